"""A figure's file: written whole or not at all, in a format that its ending names."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from locality.errors import DataError, LocalityError
from locality.views.whole import write_whole


def saved(path: str | Path, endings: Iterable[str], write: Callable[[Path], None], scale: float | None = None) -> Path:
    """Let `write` write a file beside `path`, put it in its place, and give the path back. Raises `DataError` for
    another ending, a folder that is not there, a scale that makes no picture, and a place that cannot be written.

    >>> saved("figure.bmp", [".svg", ".png"], lambda path: None)
    Traceback (most recent call last):
    ...
    locality.errors.DataError: figure.bmp: no figure is written with this ending. Use .svg, .png.
    """
    path = Path(path)
    if path.suffix.lower() not in (endings := list(endings)):
        raise DataError(f"{path}: no figure is written with this ending. Use {', '.join(endings)}.")
    if os.path.isdir(path):
        raise DataError(f"{path}: this is a folder. Give the name of a file in it, such as {path / 'figure.svg'}.")
    if not os.path.isdir(path.parent):
        raise DataError(f"{path}: there is no folder {path.parent}. Make it first, or give another place.")
    if scale is not None and not (isinstance(scale, int | float) and 0 < scale <= 20):
        raise DataError(f"{path}: a scale of {scale!r} makes no picture. Give one above 0 and up to 20.")
    try:
        write_whole(path, write)
    except LocalityError:
        raise
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{path}: the figure cannot be written ({why}). Give another place.") from None
    return path
