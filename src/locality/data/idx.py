"""The IDX format, in which MNIST and its relatives are kept.

Two zero bytes, one for the type, one for the number of axes; each axis's length as a big-endian 32-bit integer;
then the values, big-endian, the last axis running fastest.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.errors import DataError

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: str | Path) -> npt.NDArray[Any]:
    """The array in an IDX file. A missing or damaged file is a `DataError` that says what is wrong with it."""
    try:
        raw = np.fromfile(path, np.uint8)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}). Check the path.") from None
    return parse_idx(raw, str(path))


def parse_idx(raw: npt.NDArray[np.uint8], where: str) -> npt.NDArray[Any]:
    """The array in the bytes of an IDX file (a view of them, nothing is copied); `where` names them in errors.

    >>> parse_idx(np.array([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9], np.uint8), "three")
    array([7, 8, 9], dtype=uint8)
    """
    again = "Fetch the file again."
    if raw[:2].tolist() == [0x1F, 0x8B]:
        raise DataError(f"{where}: still compressed with gzip. Unpack it first (gunzip).")
    if len(raw) < 4 or raw[0] or raw[1]:
        begins = " ".join(f"{byte:02x}" for byte in raw[:4].tolist()) or "nothing"
        raise DataError(f"{where}: not an IDX file: it begins with {begins}, not with 00 00. {again}")
    kind, axes = int(raw[2]), int(raw[3])
    if kind not in _TYPES:
        known = ", ".join(f"{known:02x}" for known in _TYPES)
        raise DataError(f"{where}: IDX type {kind:02x} is not one of {known}. {again}")
    start = 4 + 4 * axes
    if len(raw) < start:
        raise DataError(f"{where}: ends inside its header, after {len(raw)} of {start} bytes. {again}")
    shape = tuple(raw[4:start].view(">u4").tolist())
    dtype = np.dtype(_TYPES[kind])
    size = start + dtype.itemsize * int(np.prod(shape, dtype=object))  # object: a false header must not overflow
    if len(raw) != size:
        sides = "x".join(str(side) for side in shape)
        raise DataError(
            f"{where}: its header announces {sides} values, {size} bytes in all, but the file has {len(raw)}. {again}"
        )
    return raw[start:].view(dtype).reshape(shape)
