"""The progress of training in the terminal: epochs, loss, accuracy, time left."""

import sys
from types import TracebackType
from typing import Any


class Progress:
    """A bar where standard error is a terminal, one line for each epoch where it is not, nothing where not wanted."""

    def __init__(self, title: str, steps: int, done: int, wanted: bool) -> None:
        self.bar: Any = None
        self.lines = wanted and not sys.stderr.isatty()
        if wanted and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self.bar = Bar(
                TextColumn("{task.description}", markup=False),  # a title may have brackets of its own
                BarColumn(),
                TextColumn("{task.percentage:>3.0f} %"),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[said]}", markup=False),
                console=Console(stderr=True),
                refresh_per_second=4,
            )
            self.task = self.bar.add_task(title, total=steps, completed=done, said="")

    def __enter__(self) -> "Progress":
        if self.bar:
            self.bar.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.bar:
            self.bar.stop()

    def step(self, done: int, loss: float, accuracy: float) -> None:
        """So many batches are done."""
        if self.bar:
            self.bar.update(self.task, completed=done, said=f"loss {loss:.3f}, accuracy {accuracy:.1%}")

    def epoch(self, line: dict[str, Any], epochs: int) -> None:
        """One epoch is done."""
        said = f"epoch {line['epoch']} of {epochs}: loss {line['loss']:.4f}, accuracy {line['accuracy']:.2%}"
        if "validation_accuracy" in line:
            said += f", held out {line['validation_accuracy']:.2%}"
        said += f", {line['seconds']:.1f} s"
        if self.bar:
            self.bar.console.print(said)
        elif self.lines:
            print(said, file=sys.stderr, flush=True)
