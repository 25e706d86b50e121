"""The camera: Chromium's pretended one, which shows a picture of ours; and one that is refused."""

import numpy as np
import pytest
from opened import Opened
from test_pictures import NOTICE, drawing, expect, fitted, seven

ALLOWED = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@pytest.fixture
def film(tmp_path):
    """A dark digit on grey paper, three frames of it."""
    grey = np.asarray(seven(160, 120).convert("L"))
    colourless = bytes([128]) * (160 * 120 // 2)
    path = tmp_path / "film.y4m"
    path.write_bytes(b"YUV4MPEG2 W160 H120 F15:1 Ip A1:1 C420jpeg\n" + 3 * (b"FRAME\n" + grey.tobytes() + colourless))
    return path


def test_the_camera_s_picture_is_seen_as_it_is(launch, saved, film):
    page = Opened(launch(*ALLOWED, f"--use-file-for-fake-video-capture={film}"), saved("lenet5"))
    page.locator("#room-network button:text-is('Camera')").click()
    page.locator("#room-network .camera video").wait_for()
    page.until(lambda: page.text(NOTICE), lambda said: "cropped to the ink" in said)
    expect(page, fitted(drawing(page, "#room-network .camera video")))  # every frame of the film is the same
    page.locator("#room-network button[aria-label='Stop the camera']").click()
    page.locator(f"{NOTICE}:text-is('The camera is off. Its last picture stays.')").wait_for()
    assert page.locator("#room-network .camera").is_hidden()
    page.close()


def test_a_refused_camera_gets_a_sentence_and_the_page_goes_on(launch, saved):
    page = Opened(launch("--use-fake-device-for-media-stream", "--deny-permission-prompts"), saved("lenet5"))
    page.locator("#room-network button:text-is('Camera')").click()
    page.locator(f"{NOTICE}.bad").wait_for()
    said = page.text(NOTICE)
    assert said.startswith("camera: the browser does not allow it here. Allow it")
    assert said.endswith("or upload a picture.")
    page.cell("conv1", (0, 3, 3))
    page.close()


def test_where_there_is_no_camera_the_page_says_so(shown):
    page = shown("lenet5", permissions=["camera"])
    page.locator("#room-network button:text-is('Camera')").click()
    page.locator(f"{NOTICE}.bad").wait_for()
    said = page.text(NOTICE)
    assert said.startswith("camera: none was found. Connect one")
    assert said.endswith("or upload a picture.")
