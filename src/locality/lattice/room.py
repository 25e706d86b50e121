"""Room for spins in memory and on disk, asked for before anything is drawn."""

import os
import shutil
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.errors import DataError, DescriptionError


def in_memory(shape: Sequence[int]) -> npt.NDArray[np.int8]:
    """An array for so many spins. Raises `DescriptionError` where memory will not hold them."""
    needed, free = prod(shape), free_memory()
    if needed > 0.9 * free:
        raise DescriptionError(
            f"ising: the spins take {gigabytes(needed)}, and {gigabytes(free)} of memory are free. Write them to disk "
            f"with out='FOLDER', or ask for fewer samples."
        )
    return np.empty(tuple(shape), np.int8)


def on_disk(path: Path, shape: Sequence[int], folder: Path) -> npt.NDArray[np.int8]:
    """A new file for so many spins, mapped, on its way into a folder. Raises `DataError` where the disk will not hold
    them."""
    needed, free = prod(shape), shutil.disk_usage(path.parent).free
    if needed > free:
        raise DataError(
            f"{folder}: the spins take {gigabytes(needed)}, and {gigabytes(free)} of disk are free. Use another "
            f"disk, or ask for fewer samples."
        )
    made = np.lib.format.open_memmap(path, "w+", np.int8, tuple(shape))
    if hasattr(os, "posix_fallocate"):  # a full disk is an error now, not a crash while drawing
        with open(path, "rb+") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return made


def free_memory() -> int:
    """Bytes that can be had without swapping."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            found: dict[str, Any] = dict(line.split(":") for line in file)
        return int(found["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):  # not Linux: what is built in is the most that can be said
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 2**34


def gigabytes(count: int) -> str:
    """A number of bytes as it stands in messages."""
    return f"{count / 1e9:.3g} GB"
