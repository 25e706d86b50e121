"""Files that come into their place whole, or not at all."""

import os
import stat

import numpy as np
import pytest

from locality.data import write_picture
from locality.data.replacing import replacing


def test_files_replace_what_was_there_and_nothing_is_left_beside_them(tmp_path):
    (tmp_path / "a").write_text("old")
    with replacing(tmp_path, ["a", "b"]) as beside:
        (beside / "a").write_text("new")
        (beside / "b").write_text("other")
        (beside / "scrap").write_text("not wanted")
        assert (tmp_path / "a").read_text() == "old"
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "new", "b": "other"}


def test_what_goes_wrong_leaves_the_folder_as_it_was(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(FileNotFoundError), replacing(tmp_path, ["a", "b"]) as beside:
        (beside / "a").write_text("new")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old"}


def test_files_are_on_the_disk_before_they_move(tmp_path, monkeypatch):
    done = []
    real = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: (done.append("fsync"), real[0](file)))
    monkeypatch.setattr(os, "replace", lambda old, new: (done.append("replace"), real[1](old, new)))
    write_picture(np.zeros((1, 4, 4), np.uint8), tmp_path / "a.png")
    assert done == ["fsync", "replace"]


@pytest.mark.skipif(os.name == "nt", reason="permissions")
def test_a_picture_has_the_permissions_that_any_new_file_has_and_a_name_of_any_length(tmp_path):
    path = tmp_path / f"{'x' * 251}.png"
    write_picture(np.zeros((1, 4, 4), np.uint8), path)
    (tmp_path / "plain").write_text("")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)
