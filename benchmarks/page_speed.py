"""How soon does the page answer? First paint, hover, a new picture, a large network from the lab.

Everything is measured inside Chromium by its own clock, performance.now(). A load is fresh each time; a hover is the
handlers of one pointermove and what they draw, in this task or the next frame; a new picture counts from the click on
a sample until its maps are drawn; ResNet-50 counts from choosing it in the lab's list.

    python benchmarks/page_speed.py            about two minutes
    python benchmarks/page_speed.py --smoke    a few seconds; its numbers mean nothing
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import locality as loc

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SCREEN = {"width": 1440, "height": 900}

# Notes when the columns stand on the screen: the canvas has its size, and one more frame has passed.
WATCH = """
(() => {
  const look = () => {
    const canvas = document.querySelector(".columns-canvas");
    if (canvas && canvas.width !== 300) requestAnimationFrame(() => { window.drawnAt = performance.now(); });
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""
PAINTED = """() => new Promise((done) => {
  const ready = () => {
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    if (paint && window.drawnAt) done([paint.startTime, window.drawnAt]);
    else setTimeout(ready, 5);
  };
  ready();
})"""

# Points at `count` places in turn; of each, how long its handlers took and the drawing that they put off.
HOVER = """async (count) => {
  const canvas = document.querySelector(".columns-canvas"), box = canvas.getBoundingClientRect();
  const taken = [], frame = window.requestAnimationFrame.bind(window);
  for (let i = 0; i < count; i++) {
    let spent = 0;
    window.requestAnimationFrame = (does) => frame((now) => {
      const began = performance.now();
      does(now);
      spent += performance.now() - began;
    });
    const x = box.left + ((i * 0.618034) % 1) * box.width, y = box.top + ((i * 0.754878) % 1) * box.height;
    const began = performance.now();
    canvas.dispatchEvent(new PointerEvent("pointermove", { clientX: x, clientY: y, bubbles: true }));
    spent += performance.now() - began;
    await new Promise((done) => frame(() => setTimeout(done)));
    window.requestAnimationFrame = frame;
    taken.push(spent);
  }
  return taken;
}"""

# Chooses a sample, and waits until what the network says of it and its maps are drawn: both in one task.
CHOOSE = """(i) => new Promise((done, failed) => {
  const all = document.querySelectorAll("#room-network .samples input");
  const inputs = [...all].filter((one) => one.parentElement.checkVisibility({ visibilityProperty: true }));
  setTimeout(() => failed(new Error("The picture is not shown.")), 20000);
  const input = inputs[i % inputs.length];
  const seen = new MutationObserver(() => { seen.disconnect(); done(performance.now() - began); });
  seen.observe(document.querySelector("#room-network .answer"), { childList: true });
  const began = performance.now();
  input.click();
})"""

# Chooses a network in the lab's list: until its columns stand, and until it has been computed.
OPEN = """(name) => new Promise((done, failed) => {
  setTimeout(() => failed(new Error(`${name} is not shown.`)), 60000);
  const select = document.querySelector(".lab-bar select"), began = performance.now();
  let drawn = 0;
  select.value = name;
  select.dispatchEvent(new Event("change"));
  const look = () => {
    const here = document.querySelector(".brand span")?.textContent === name;
    const canvas = here && document.querySelector("#room-network .columns-canvas");
    if (canvas && canvas.width !== 300) drawn ||= performance.now() - began;
    if (drawn && document.querySelector("#room-network .says")) done([drawn, performance.now() - began]);
    else requestAnimationFrame(look);
  };
  look();
})"""


def said(what: str, taken: Sequence[float], goal: float, *, nearly_all: bool = False) -> None:
    """One line: the median, or of many the 95th percentile, the spread, and the goal."""
    ordered = sorted(taken)
    middle = ordered[round(0.95 * (len(ordered) - 1))] if nearly_all else statistics.median(ordered)
    name = "95th percentile" if nearly_all else "median"
    met = "met" if middle < goal else "MISSED"
    print(
        f"{what:<44} {name} {middle:8.1f} ms ({ordered[0]:.1f} to {ordered[-1]:.1f}, {len(ordered)} times); "
        f"goal {goal:g} ms: {met}",
        flush=True,
    )


@contextmanager
def window(browser: Any, address: str) -> Iterator[Any]:
    """A fresh window on a page, its columns drawn."""
    context = browser.new_context(viewport=SCREEN)
    context.add_init_script(WATCH)
    tab = context.new_page()
    tab.goto(address)
    try:
        yield tab
    finally:
        context.close()


def first_paint(browser: Any, path: Path, loads: int) -> None:
    painted, drawn = [], []
    for _ in range(loads + 1):
        with window(browser, path.as_uri()) as tab:
            paint, columns = tab.evaluate(PAINTED)
            painted.append(paint)
            drawn.append(columns)
    said("lenet5 from the disk: first contentful paint", painted[1:], 1000)  # the first load warms up
    said("lenet5 from the disk: columns drawn", drawn[1:], 1000)


def hover(browser: Any, name: str, path: Path, count: int) -> None:
    with window(browser, path.as_uri()) as tab:
        tab.evaluate(PAINTED)
        tab.evaluate(HOVER, 10)
        said(f"{name}: hover handled and drawn", tab.evaluate(HOVER, count), 16, nearly_all=True)


def new_picture(browser: Any, path: Path, count: int) -> None:
    with window(browser, path.as_uri()) as tab:
        tab.evaluate(PAINTED)
        taken = [tab.evaluate(CHOOSE, i) for i in range(1, count + 3)]
        said("tiny-vgg: a new picture", taken[2:], 100)


@contextmanager
def lab(folder: Path) -> Iterator[str]:
    """The lab as a person starts it; gives its address."""
    command = [sys.executable, "-m", "locality", "lab", "--port", "0", "--no-open", "--runs", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield next(word for word in running.stdout.readline().split() if word.startswith("http"))
        finally:
            running.terminate()


def from_the_lab(browser: Any, name: str, folder: Path, times: int) -> None:
    drawn, answered = [], []
    for _ in range(times):  # each time a lab that has computed nothing yet
        with lab(folder) as address, window(browser, address) as tab:
            tab.evaluate(PAINTED)
            columns, answer = tab.evaluate(OPEN, name)
            drawn.append(columns)
            answered.append(answer)
    said(f"{name} from the lab: its columns stand", drawn, 3000)
    said(f"{name} from the lab: computed, its answer said", answered, 3000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="a small size that only shows that it runs")
    smoke = parser.parse_args().smoke
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sync_playwright = None
    if sync_playwright is None or PROGRAM is None:
        print("locality: there is no Chromium here, or no Playwright to drive it: nothing is measured.")
        return
    loads, points, pictures, labs = (1, 20, 2, 1) if smoke else (15, 400, 20, 3)
    large = "tiny-vgg" if smoke else "resnet50"
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        folder = Path(made)
        pages = {
            name: loc.page(loc.build(loc.zoo.get(name))).save(folder / f"{name}.html")
            for name in dict.fromkeys(["lenet5", "tiny-vgg", large])
        }
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox", "--disable-gpu"])
        print(f"locality {loc.__version__}, Chromium {browser.version}, {SCREEN['width']}x{SCREEN['height']}, no GPU")
        first_paint(browser, pages["lenet5"], loads)
        for name, path in pages.items():
            hover(browser, name, path, points)
        new_picture(browser, pages["tiny-vgg"], pictures)
        from_the_lab(browser, large, folder, labs)
        browser.close()


if __name__ == "__main__":
    main()
