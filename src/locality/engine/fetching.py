"""How far a download, or the drawing of spins, is on a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from locality.data.cache import Progress
from locality.data.spin_names import is_spins


@contextmanager
def fetching() -> Iterator[Progress | None]:
    """What to call as a file arrives, or as spins are drawn: a bar from the first call to the end of the block. None
    where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    tasks: dict[str, TaskID] = {}

    def shown(name: str, done: int, size: int) -> None:
        if not tasks:
            bar.start()
        if name not in tasks:
            tasks[name] = bar.add_task(f"{'drawing' if is_spins(name) else 'fetching'} {name}", total=size)
        bar.update(tasks[name], completed=done, total=size)

    try:
        yield shown
    finally:
        bar.stop()
