"""Ctrl-C between the steps of a long computation, where what was done can be kept."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from locality.cli.output import say


@contextmanager
def between_steps() -> Iterator[Callable[[], None]]:
    """A function to call after each step: it raises `KeyboardInterrupt` if Ctrl-C was pressed during it. Pressed again,
    Ctrl-C stops at once."""
    pressed = False

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True
        say(["Stopping after this step; Ctrl-C again stops at once."])

    def check() -> None:
        if pressed:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # only there can signals be waited for
        yield check
        return
    before = signal.signal(signal.SIGINT, press)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
