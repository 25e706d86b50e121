"""A page that is open in a browser, and what a test reads from it."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

PATIENCE = 15.0  # seconds until something that must happen counts as not happening
ROOMS = ["network", "kernels", "arithmetic", "grain", "sharing"]

# Goes to a cell by its address, waits until its arithmetic is shown, and reads every number of it.
CELL = """async ([node, cell, patience]) => {
  const name = `${node}[${cell.join(", ")}]`;
  const until = performance.now() + 1000 * patience;
  const text = (selector) => document.querySelector(`#room-network .cell-panel ${selector}`)?.textContent ?? "";
  const there = () => text("h2") === node && text(".place .said").split(" = ")[0] === name;
  if (!there()) location.hash = `#network?node=${node}&cell=${cell.join(",")}`;
  while (!there()) {
    if (performance.now() > until) throw new Error(`${name} is not shown, but ${text(".place .said")}`);
    await new Promise((done) => setTimeout(done));
  }
  const check = document.querySelector("#room-network .cell-check");
  if (!check) return { said: text(".cell-main") };
  const all = document.querySelector("#room-network .all-terms");
  if (!all.open) {
    all.open = true;
    await new Promise((done) => all.addEventListener("toggle", done, { once: true }));
  }
  const rows = [...all.querySelectorAll("tr[data-product]")].map((row) => row.dataset);
  const plain = (x) => (x === undefined ? null : String(x));
  return {
    products: rows.map((row) => plain(row.product)), inputs: rows.map((row) => plain(row.input)),
    weights: rows.map((row) => plain(row.weight)), bias: check.dataset.bias, sum: check.dataset.sum,
    computed: check.dataset.computed, scale: check.dataset.scale, by: check.dataset.by,
    bad: check.classList.contains("bad"), shown: document.querySelector("#room-network .result strong")?.textContent,
  };
}"""


@dataclass(frozen=True)
class Shown:
    """A cell's arithmetic as the page shows it; its numbers are float64."""

    products: np.ndarray
    inputs: np.ndarray
    weights: np.ndarray | None
    bias: float
    sum: float
    computed: float
    scale: float
    by: str
    bad: bool


class Opened:
    """A window of its own on one file. `frame` is where the page runs: the window itself, or an iframe in it."""

    def __init__(
        self,
        browser: Any,
        path: Path,
        place: str = "",
        *,
        rooms: Sequence[str] = ROOMS,
        framed: bool = False,
        **window: Any,
    ) -> None:
        self.path, self.place = path, place
        self.troubles: list[str] = []
        self.asked: list[str] = []
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 1000}, **window})
        self.context.set_default_timeout(1000 * PATIENCE)
        self.tab = self.context.new_page()
        self.tab.on("console", self._console)
        self.tab.on("pageerror", lambda error: self.troubles.append(f"page error: {error}"))
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.tab.goto(path.as_uri() + place)
        self.frame = self.tab.frames[1] if framed else self.tab
        room = place.removeprefix("#").split("?")[0]
        self.settle(room if room in ROOMS else ROOMS[0])

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"console {message.type}: {message.text}")

    # --- going about

    def locator(self, selector: str) -> Any:
        return self.frame.locator(selector)

    def room(self, name: str, selector: str = "") -> Any:
        """What a selector finds in a room."""
        return self.frame.locator(f"#room-{name} {selector}".strip())

    def settle(self, room: str) -> None:
        """Wait until a room stands."""
        self.room(room, "> .content > *").first.wait_for()

    def enter(self, room: str) -> None:
        """Go to a room by the navigation."""
        self.locator(f"nav a[href='#{room}']").click()
        self.settle(room)

    def go(self, place: str) -> None:
        """Go to an address, as a link does."""
        self.frame.evaluate("place => { location.hash = place; }", place)
        self.settle(place.removeprefix("#").split("?")[0])

    def until(self, found: Callable[[], Any], wanted: Callable[[Any], bool] = bool) -> Any:
        """What is found, once it is as wanted."""
        end = time.monotonic() + PATIENCE
        while not wanted(value := found()):
            assert time.monotonic() < end, f"still {value!r}"
            self.tab.wait_for_timeout(30)
        return value

    def says(self, selector: str, beginning: str) -> str:
        """The text of an element, once it begins so."""
        return str(self.until(lambda: self.text(selector), lambda text: text.startswith(beginning)))

    def text(self, selector: str) -> str:
        return str(self.locator(selector).first.inner_text())

    # --- reading

    def cell(self, node: str, place: Sequence[int]) -> Shown:
        """A cell's arithmetic, gone to by its address."""
        found = self.frame.evaluate(CELL, [node, [int(x) for x in place], PATIENCE])
        assert "said" not in found, found["said"]
        numbers = {key: np.array(found[key], np.float64) for key in ("products", "inputs")}
        weights = None if None in found["weights"] else np.array(found["weights"], np.float64)
        single = {key: number(found[key]) for key in ("bias", "sum", "computed", "scale")}
        return Shown(**numbers, weights=weights, **single, by=found["by"], bad=found["bad"])

    def values(self, node: str, places: Sequence[Sequence[int]]) -> np.ndarray:
        """The numbers that were computed at some cells, in full."""
        return np.array([self.cell(node, place).computed for place in places])

    def scene(self) -> Any:
        """The plain data in the file."""
        return json.loads(self.frame.evaluate("document.getElementById('scene').textContent"))

    # --- the end

    def check(self) -> None:
        """Nothing went wrong, and nobody but the file was asked."""
        assert not self.troubles, self.troubles
        strange = {url for url in self.asked if not url.startswith(("data:", "blob:"))}
        assert strange <= {self.path.as_uri(), self.path.as_uri() + self.place, "about:srcdoc"}

    def close(self) -> None:
        self.context.close()
        self.check()


def number(text: str) -> float:
    """A number as JavaScript writes it."""
    return float(text.replace("Infinity", "inf").replace("−", "-").replace("\u202f", ""))
