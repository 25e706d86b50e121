"""Pictures from outside: what the network then says is what torch says of the picture as Python fits it."""

import base64
import io
import struct
import zlib

import numpy as np
import pytest
from opened import Opened
from PIL import Image, ImageDraw
from subjects import SUBJECTS

from locality.data import fit_digit, fit_picture, read_picture
from locality.errors import DataError

FILE = "#room-network input[type=file]"
NOTICE = "#room-network .pictures .notice"


def seven(width: int = 120, height: int = 90, ink: int = 20, paper: int = 235) -> Image.Image:
    """A dark 7 on light paper, off the centre, with a speck of colour."""
    image = Image.new("RGB", (width, height), (paper, paper, paper - 10))
    line = [(0.3 * width, 0.2 * height), (0.55 * width, 0.22 * height), (0.4 * width, 0.8 * height)]
    ImageDraw.Draw(image).line(line, (ink, ink + 8, ink), width // 14, joint="curve")
    return image


def photograph(width: int, height: int) -> Image.Image:
    draw = np.random.default_rng(width)
    small = Image.fromarray(draw.integers(0, 256, (7, 9, 3), np.uint8))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def scores(page: Opened, name: str = "lenet5") -> np.ndarray:
    net = SUBJECTS[name].net
    return page.values(net.nodes[-1].name, [(i,) for i in range(net.output[0])])


def expect(page: Opened, picture: np.ndarray, name: str = "lenet5") -> None:
    """The scores become those that torch gives the picture, which is in the network's shape."""
    wanted = SUBJECTS[name].model.record(picture).output[0]
    apart = page.until(lambda: np.abs(scores(page, name) - wanted).max(), lambda most: most <= 1e-4)
    assert apart <= 1e-4


def fitted(image: Image.Image) -> np.ndarray:
    """As Python brings a digit to LeNet-5."""
    return fit_digit(np.asarray(image.convert("RGB")).transpose(2, 0, 1), (1, 28, 28))[0]


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def give(page: Opened, event: str, name: str, content: bytes, kind: str = "image/png") -> None:
    """Drop or paste a file on the place for pictures."""
    page.frame.evaluate(
        """([event, name, content, type]) => {
          const given = new DataTransfer();
          const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
          given.items.add(new File([bytes], name, { type }));
          const how = { bubbles: true, cancelable: true, dataTransfer: given, clipboardData: given };
          const made = event === "paste" ? new ClipboardEvent("paste", how) : new DragEvent(event, how);
          const place = event === "paste" ? document.body : document.querySelector("#room-network .pictures");
          place.dispatchEvent(made);
        }""",
        [event, name, base64.b64encode(content).decode(), kind],
    )


def drawing(page: Opened, selector: str) -> Image.Image:
    """What stands on a canvas, or in a video."""
    url = page.locator(selector).first.evaluate(
        """(shown) => {
          const canvas = document.createElement("canvas");
          canvas.width = shown.videoWidth ?? shown.width;
          canvas.height = shown.videoHeight ?? shown.height;
          canvas.getContext("2d").drawImage(shown, 0, 0);
          return canvas.toDataURL("image/png");
        }"""
    )
    return Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB")


def test_a_png_is_fitted_as_python_fits_it(lenet, tmp_path):
    before = scores(lenet)
    path = tmp_path / "seven.png"
    seven().save(path)
    lenet.locator(FILE).set_input_files(path)
    expect(lenet, fit_digit(read_picture(path), (1, 28, 28))[0])
    assert np.abs(scores(lenet) - before).max() > 1e-2  # it is not what was there before
    assert lenet.text(NOTICE).startswith("Dark digit on a light ground: inverted; cropped to the ink, ")


def test_a_photograph_that_a_camera_turned_is_seen_upright(lenet, tmp_path):
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    seven().convert("L").rotate(90, expand=True).save(path, quality=95, exif=exif)
    lenet.locator(FILE).set_input_files(path)
    expect(lenet, fit_digit(read_picture(path), (1, 28, 28))[0])
    upright = fitted(seven().convert("L"))
    assert np.abs(upright.astype(int) - fit_digit(read_picture(path), (1, 28, 28))[0]).mean() < 8  # not lying


@pytest.mark.parametrize("size", [(97, 31), (24, 20), (40, 130)])
def test_a_picture_of_another_form_is_cut_and_not_stretched(shown, tmp_path, size):
    page = shown("colour")
    path = tmp_path / "wide.png"
    photograph(*size).save(path)
    page.locator(FILE).set_input_files(path)
    expect(page, fit_picture(read_picture(path), (3, 20, 24)), "colour")
    said = "used as it is" if size == (24, 20) else "brought to 24x20, the overhang is cut off"
    assert page.text(NOTICE) == f"{size[0]}x{size[1]}: {said}."


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_picture_can_be_dropped_and_pasted(lenet, event):
    image = seven(200 if event == "drop" else 90, 120)
    give(lenet, event, "mine.png", png(image))
    expect(lenet, fitted(image))


def test_a_digit_drawn_with_the_mouse_is_seen_as_drawn(shown):
    page = shown("lenet5")
    page.locator("#room-network button:text-is('Draw')").click()
    pad = page.locator("#room-network .drawing-pad canvas").first
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    at = lambda x, y: (box["x"] + x * box["width"], box["y"] + y * box["height"])  # noqa: E731
    page.tab.mouse.move(*at(0.3, 0.25))
    page.tab.mouse.down()
    for x, y in [(0.65, 0.25), (0.55, 0.5), (0.45, 0.8)]:
        page.tab.mouse.move(*at(x, y), steps=4)
    page.tab.mouse.up()
    expect(page, fitted(drawing(page, "#room-network .drawing-pad canvas")))
    page.locator("#room-network button[aria-label='Clear the drawing']").click()
    expect(page, np.zeros((1, 28, 28), np.uint8))
    assert page.text(NOTICE) == "The pad is empty."


def test_another_sample_is_computed_at_once(lenet):
    pictures = SUBJECTS["lenet5"].page.scene
    choices = lenet.locator("#room-network .samples input")
    for i in range(1, min(3, choices.count())):
        choices.nth(i).check(force=True)
        ref = pictures.manifest["pictures"][i]["array"]
        expect(lenet, pictures.arrays[ref["buffer"]])


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


BILLION = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 40000, 25000, 8, 2, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(bytes(1000)))
    + chunk(b"IEND", b"")
)
REFUSED = {  # a file, and the words its sentence must have beside the file's name
    "notes.txt": (b"Not a picture.", ["is not a picture that this browser can read. Use PNG, JPEG, WebP or GIF."]),
    "empty.png": (b"", ["Use", "PNG, JPEG, WebP or GIF."]),
    "cut.png": (png(seven())[:200], ["is damaged, or of a kind that this browser cannot read. Save it"]),
    "huge.png": (BILLION, ["1000 megapixels", "40000x25000", "more than the 50 that are read here. Make it smaller"]),
    "blank.png": (png(Image.new("RGB", (50, 40), "white")), []),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_picture_gets_a_sentence_and_the_page_goes_on(lenet, tmp_path, name):
    content, words = REFUSED[name]
    before = scores(lenet)
    path = tmp_path / name
    path.write_bytes(content)
    lenet.locator(FILE).set_input_files(path)
    said = lenet.locator(f"{NOTICE}.bad")
    said.wait_for(timeout=3000)  # at once: nothing was decoded that is refused
    if words:
        assert said.inner_text().startswith(name)
        assert all(word in said.inner_text() for word in words), said.inner_text()
    else:
        with pytest.raises(DataError) as refusal:
            fitted(Image.new("RGB", (50, 40), "white"))
        assert said.inner_text() == str(refusal.value)
    np.testing.assert_array_equal(scores(lenet), before)
    give(lenet, "drop", "good.png", png(seven(80, 90)))
    expect(lenet, fitted(seven(80, 90)))
    assert lenet.locator(f"{NOTICE}.bad").count() == 0


def test_a_network_too_large_to_compute_takes_no_other_picture_and_says_so(shown):
    page = shown("resnet18")
    said = page.locator("#room-network .choosing .muted")
    said.wait_for()
    assert said.inner_text() == 'This file shows the picture recorded with it. "locality lab" computes any other.'
    assert page.locator(FILE).count() == 0
    kept = page.scene()["cells"][0]
    assert page.cell(kept["node"], kept["cell"]).by == "torch"  # what was recorded is still there
