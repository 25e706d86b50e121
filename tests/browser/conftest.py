"""The page in a real browser: the system's Chromium, driven by Playwright; where either is missing, a line says so."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# Lets the files of this folder import one another: pytest's importlib mode does not.
sys.path.insert(0, str(Path(__file__).parent))

from opened import Opened
from subjects import SUBJECTS

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"]


@pytest.fixture(scope="module")
def launch() -> Iterator[Callable[..., Any]]:
    """Starts a Chromium with arguments of its own, closed after the module. Not longer: while one is driven, nothing
    else in this process may run an event loop."""
    driver = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: no browser is driven.")
    if PROGRAM is None:
        pytest.skip("There is no Chromium here: no page is opened.")
    with driver.sync_playwright() as playwright:
        browsers = []

        def start(*arguments: str) -> Any:
            browsers.append(playwright.chromium.launch(executable_path=PROGRAM, args=[*ARGUMENTS, *arguments]))
            return browsers[-1]

        yield start
        for browser in browsers:
            browser.close()


@pytest.fixture(scope="module")
def chromium(launch: Callable[..., Any]) -> Any:
    return launch()


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A subject's page as a file, made when it is first asked for."""
    folder = tmp_path_factory.mktemp("pages")

    def save(name: str) -> Path:
        path = folder / f"{name}.html"
        return path if path.exists() else SUBJECTS[name].page.save(path)

    return save


@pytest.fixture
def shown(chromium: Any, saved: Callable[[str], Path]) -> Iterator[Callable[..., Opened]]:
    """Opens a subject's page in a window of its own. At the end of the test nothing may have gone wrong in it, and
    nothing may have been asked of anyone but the file itself."""
    opened: list[Opened] = []

    def show(name: str, place: str = "", **window: Any) -> Opened:
        opened.append(Opened(chromium, saved(name), place, **window))
        return opened[-1]

    yield show
    for one in opened:
        one.close()


@pytest.fixture(scope="module")
def lenet(chromium: Any, saved: Callable[[str], Path]) -> Iterator[Opened]:
    """LeNet-5's page, one for all tests of a module: each goes where it wants, and puts back what it changed."""
    one = Opened(chromium, saved("lenet5"))
    yield one
    one.close()
