"""The lab's page in a real browser: networks chosen and typed, training watched, stopped, and opened at its end."""

import shutil

import pytest

from .conftest import served

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright for Python is installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@pytest.fixture
def page(browser):
    """A page in which nothing may go wrong: no error on its console, no request to another place."""
    page, wrong = browser.new_page(), []
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: None if "//127.0.0.1:" in asked.url else wrong.append(asked.url))
    page.set_default_timeout(30_000)
    page.wrong = wrong
    yield page
    page.close()
    assert wrong == []


def test_what_the_network_looks_at_is_asked_of_the_lab_and_follows_the_picture(page, lab):
    asked = []
    page.on("request", lambda one: asked.append(one.url) if "/attribution" in one.url or "/field" in one.url else None)
    page.goto(f"http://127.0.0.1:{lab.port}/?net=lenet5#network?looks=grad-cam&of=3")
    said = page.locator(".looked .row p").first
    page.wait_for_selector(".looked .row p:has-text('Grad-CAM')")
    first = said.inner_text()
    page.locator(".samples .thumbnail input").nth(1).check()
    sync_api.expect(said).not_to_have_text(first)
    assert said.inner_text().startswith("Grad-CAM")
    assert len(asked) == 2
    assert len({url.split("/api/scene/")[1].split("/")[0] for url in asked}) == 2  # two pictures, two scenes
    page.goto(f"http://127.0.0.1:{lab.port}/?net=lenet5#network?node=conv2&cell=0,2,2")
    page.get_by_role("button", name="Measure the effective field").click()
    page.wait_for_selector(".effective figcaption:has-text('in theory')")


def test_a_network_is_chosen_typed_and_kept_in_the_address(page, lab):
    page.goto(f"http://127.0.0.1:{lab.port}/")
    page.wait_for_selector(".brand:has-text('small')")  # the youngest run
    chooser = page.get_by_label("Network", exact=True)
    assert page.locator(".lab-bar option[value='run:broken']").is_disabled()
    chooser.select_option("lenet5")
    page.wait_for_selector(".brand:has-text('lenet5')")
    assert page.url.startswith(f"http://127.0.0.1:{lab.port}/?net=lenet5")
    page.reload()
    page.wait_for_selector(".brand:has-text('lenet5')")
    chooser.select_option(label="A line of notation…")
    line = page.get_by_label("A network as a line of notation")
    line.fill("typed: 1x5x5 | max 2x2")
    page.wrong.clear()
    line.press("Enter")
    said = page.wait_for_selector(".lab > .notice.bad")
    assert "does not tile 5" in said.inner_text()
    assert line.input_value() == "typed: 1x5x5 | max 2x2"  # there to be mended
    # Chromium itself notes every answer that is a refusal.
    assert all("status of 400" in each for each in page.wrong)
    page.wrong.clear()
    line.fill("typed: 1x6x6 | max 2x2")
    page.get_by_role("button", name="Open").click()
    page.wait_for_selector(".brand:has-text('typed')")
    page.wait_for_selector(".lab > .notice", state="hidden")


def test_training_is_begun_survives_a_reload_is_stopped_and_opens_at_its_end(page, trained, tmp_path):
    shutil.copytree(trained, tmp_path / "small")
    with served(tmp_path) as lab:
        page.goto(f"http://127.0.0.1:{lab.port}/?net=run:small")
        page.wait_for_selector(".brand:has-text('small')")
        page.get_by_role("button", name="Train").first.click()
        panel = page.get_by_role("region", name="Training")
        epochs = panel.get_by_label("Epochs")
        epochs.fill("none")
        panel.get_by_role("button", name="Train").click()
        assert page.inner_text(".lab-training .notice") == (
            'Epochs: "none" is not a whole number. Type a whole number.'
        )
        epochs.fill("100000")
        panel.get_by_role("button", name="Train").click()
        page.wait_for_selector(".lab-training svg[aria-label^='Loss after epoch']")
        panel.get_by_role("button", name="Stop").focus()
        page.wait_for_timeout(700)  # more than one look at the training: the focus stays
        assert page.evaluate("document.activeElement.textContent") == "Stop"
        page.reload()
        page.wait_for_selector(".lab-training svg[aria-label^='Accuracy after epoch']")
        panel.get_by_role("button", name="Stop").click()
        panel.get_by_role("button", name="Go on").first.wait_for()
        assert page.inner_text(".lab-training [role=status] >> nth=-1").startswith("stopped after ")
        epochs.fill("1")
        panel.get_by_role("button", name="Train").click()
        page.wait_for_url("**/?net=run%3Asmall-digits-2*")
        assert "of the test pictures are classified correctly" in panel.inner_text()
        assert lab.get("/api/train/run:small-digits")["state"] == "stopped"
        page.goto("about:blank")  # before the lab closes: the page would say that it does not answer
