"""How long do figures take? The 15 published animations as GIFs, and the largest network drawn with its blocks folded.

Whole processes, from the command line, as a person starts them; the first round warms the disk and is not counted.

    python benchmarks/figures.py            about a minute
    python benchmarks/figures.py --smoke    once each; its numbers mean nothing
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

import locality as loc
from locality.views.figure.animation.published import NAMES


def taken(arguments: list[str], rounds: int) -> list[float]:
    """The seconds that each of some rounds of a command takes; one more goes before them where there are several."""
    seconds = []
    for _ in range(rounds + (rounds > 1)):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "locality", *arguments], check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - started)
    return seconds[-rounds:]


def said(what: str, seconds: list[float], goal: float, more: str) -> None:
    """One line: the median, the spread, the goal."""
    middle = statistics.median(seconds)
    spread = f"({min(seconds):.2f} to {max(seconds):.2f}, {len(seconds)} times)"
    met = "met" if middle < goal else "MISSED"
    print(f"{what:<44} median {middle:6.2f} s {spread}; goal {goal:g} s: {met}; {more}", flush=True)


def animations(folder: Path, rounds: int, more: list[str]) -> None:
    seconds = taken(["animate", "--all", "-o", str(folder), *more], rounds)
    paths = [folder / f"{name}.gif" for name in NAMES]
    frames = 0
    for path in paths:
        with Image.open(path) as picture:
            frames += getattr(picture, "n_frames", 1)
    if frames != 322:  # a fast wrong answer does not count
        raise SystemExit(f"locality animate --all wrote {frames} frames, not 322.")
    size = sum(path.stat().st_size for path in paths) / 1e6
    each = 1000 * statistics.median(seconds) / frames
    said(" ".join(["animate --all", *more]), seconds, 10, f"{frames} frames, {each:.1f} ms each, {size:.2f} MB")


def network(name: str, folder: Path, rounds: int) -> None:
    path = folder / f"{name}.svg"
    seconds = taken(["draw", name, "-o", str(path)], rounds)
    size = path.stat().st_size / 1e6
    said(f"draw {name} -o {path.name}", seconds, 2, f"{size:.3f} MB, goal 1 MB: {'met' if size < 1 else 'MISSED'}")


def main() -> None:
    smoke = "--smoke" in sys.argv
    rounds = 1 if smoke else 5
    print(f"locality {loc.__version__}: whole processes, the interpreter's start included")
    with tempfile.TemporaryDirectory() as made:
        animations(Path(made) / "plain", rounds, [])
        if not smoke:
            animations(Path(made) / "numbers", rounds, ["--seed", "1", "--caption"])
        network("resnet152", Path(made), rounds)


if __name__ == "__main__":
    main()
