"""IDX files, whole and damaged."""

import struct

import numpy as np
import pytest

from locality.data.idx import parse_idx, read_idx
from locality.errors import DataError


def idx(kind, shape, payload):
    return np.frombuffer(bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + payload, np.uint8)


@pytest.mark.parametrize(
    ("kind", "dtype"), [(0x08, "u1"), (0x09, "i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")]
)
def test_every_type_of_value_is_read(kind, dtype):
    values = np.arange(6).reshape(2, 3).astype(dtype)
    read = parse_idx(idx(kind, (2, 3), values.tobytes()), "x")
    np.testing.assert_array_equal(read, values)
    assert read.dtype == np.dtype(dtype)


def test_a_file_is_read_and_can_be_written_to(tmp_path):
    (tmp_path / "x").write_bytes(idx(8, (2, 2), b"abcd").tobytes())
    read = read_idx(tmp_path / "x")
    assert read.tolist() == [[97, 98], [99, 100]]
    assert read.flags.writeable  # torch.from_numpy warns otherwise


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "x: not an IDX file: it begins with nothing, not with 00 00. Fetch the file again."),
        (b"<htm", "x: not an IDX file: it begins with 3c 68 74 6d, not with 00 00. Fetch the file again."),
        (b"\x1f\x8b\x08\x00", "x: still compressed with gzip. Unpack it first (gunzip)."),
        (
            b"\0\0\x07\1\0\0\0\0",
            "x: IDX type 07 is not one of 08, 09, 0b, 0c, 0d, 0e. Fetch the file again.",
        ),
        (b"\0\0\x08\3\0\0\0\1", "x: ends inside its header, after 8 of 16 bytes. Fetch the file again."),
        (
            idx(8, (2, 3), b"12345").tobytes(),
            "x: its header announces 2x3 values, 18 bytes in all, but the file has 17. Fetch the file again.",
        ),
        (
            idx(8, (2, 3), b"1234567").tobytes(),
            "x: its header announces 2x3 values, 18 bytes in all, but the file has 19. Fetch the file again.",
        ),
        (
            idx(8, (2**31, 2**31, 4), b"").tobytes(),  # 2**64 values: 0 in 64-bit arithmetic
            "x: its header announces 2147483648x2147483648x4 values, 18446744073709551632 bytes in all, "
            "but the file has 16. Fetch the file again.",
        ),
    ],
)
def test_a_damaged_idx_file_is_refused(raw, message):
    with pytest.raises(DataError) as error:
        parse_idx(np.frombuffer(raw, np.uint8), "x")
    assert str(error.value) == message


def test_a_missing_idx_file_is_named(tmp_path):
    with pytest.raises(DataError) as error:
        read_idx(tmp_path / "x")
    assert str(error.value) == f"{tmp_path}/x: cannot be read (No such file or directory). Check the path."
