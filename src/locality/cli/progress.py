"""A bar that counts, and one with energies, where standard error is a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

LINES = 20  # of a run of many steps, where there is no terminal


@contextmanager
def counting(title: str, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """What a long computation tells how much is done of how much; None where nobody would see it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        refresh_per_second=4,
        transient=True,
    )
    with bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def energies(quiet: bool) -> Iterator[Callable[[dict[str, Any], int], None] | None]:
    """What an optimisation tells of each of its steps: a bar with the energy per site and the time left; where standard
    error is no terminal, a line for every twentieth part of the steps; None where not wanted."""
    if quiet:
        yield None
        return
    if not sys.stderr.isatty():
        yield _told
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[at]}"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        TextColumn("left"),
        console=Console(stderr=True),
        expand=True,
        refresh_per_second=4,
        transient=True,
    )
    with bar:
        task = bar.add_task("preparing", total=None, at="")
        begun = False

        def told(line: dict[str, Any], steps: int) -> None:
            nonlocal begun
            if not begun:  # the first step, or the first after a restart: its time is that of compiling
                bar.reset(task, total=steps, completed=line["step"])
            begun = True
            bar.update(task, completed=line["step"], description=_said(line), at=f"{line['step']}/{steps}")

        yield told


def _told(line: dict[str, Any], steps: int) -> None:
    """A line for the first step, the last, and every twentieth part."""
    if line["step"] in (1, steps) or line["step"] % max(1, steps // LINES) == 0:
        print(f"step {line['step']} of {steps}: {_said(line)}, {line['seconds']:.2f} s", file=sys.stderr, flush=True)


def _said(line: dict[str, Any]) -> str:
    error = "" if line["error"] is None else f" \u00b1 {line['error']:.5f}"
    return f"{line['energy']:.5f}{error}, variance {line['variance']:#.2g}, {line['acceptance']:.0%} accepted"
