"""Writing one picture."""

import numpy as np
import pytest

from locality.data import read_picture, write_picture
from locality.errors import DataError


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_written_as_png_reads_back_the_same(tmp_path, channels):
    picture = np.random.default_rng(0).integers(0, 256, (channels, 5, 7), np.uint8)
    path = tmp_path / "neuer Ordner" / "ä" / "bild.png"
    write_picture(picture, path)
    np.testing.assert_array_equal(read_picture(path), picture)
    assert list(path.parent.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("here")
    with pytest.raises(DataError) as error:
        write_picture(np.zeros((1, 4, 4), np.uint8), tmp_path / "file" / "a.png")
    assert str(error.value).startswith(f"{tmp_path}/file/a.png: the picture cannot be written (")
    assert str(error.value).endswith("). Give another place, ending in .png.")
    assert (tmp_path / "file").read_text() == "here"


def test_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(DataError) as error:
        write_picture(np.zeros((1, 4, 4), np.uint8), tmp_path / "a.xyz")
    assert str(error.value) == (
        f"{tmp_path}/a.xyz: the picture cannot be written (unknown file extension: .xyz). "
        "Give another place, ending in .png."
    )
    assert not (tmp_path / "a.xyz").exists()


def test_what_is_not_a_picture_is_refused(tmp_path):
    with pytest.raises(DataError):
        write_picture(np.zeros((4, 4)), tmp_path / "a.png")
    assert not list(tmp_path.iterdir())
