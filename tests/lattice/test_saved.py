"""Samples in a folder: the same when loaded, whole or not at all, and damaged ones in a sentence."""

import json

import numpy as np
import pytest

from locality import ising
from locality.errors import DataError
from locality.lattice import Lattice, saved
from locality.lattice.saved import load_samples

CHAIN = Lattice("honeycomb", 4)
FILES = ["samples.json", "series.npz", "spins.npy"]


@pytest.fixture(params=[2.0, [1.0, 2.0]], ids=["one", "scan"])
def drawn(request):
    return ising(CHAIN, request.param, 32, coupling=(1, 0.5), field=0.1, seed=3)


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_is_saved_is_loaded(drawn, tmp_path):
    folder = drawn.save(tmp_path / "a" / "b")
    found = load_samples(folder)
    assert type(found) is type(drawn)
    assert files(folder) == FILES
    assert isinstance(found.spins, np.memmap)
    assert repr(found) == repr(drawn)
    assert found.to_dict() == drawn.to_dict()
    assert np.array_equal(found.spins, drawn.spins)
    with pytest.raises(ValueError, match="read-only"):
        found.spins[0] = 1


def test_provenance_is_kept_as_it_was(tmp_path):
    drawn = ising(CHAIN, 2.0, 16, seed=9)
    again = load_samples(load_samples(drawn.save(tmp_path / "a")).save(tmp_path / "b"))
    assert again.provenance == drawn.provenance
    plain = json.loads((tmp_path / "b" / "samples.json").read_text("utf-8"))
    assert (plain["seed"], plain["methods"], plain["temperatures"], plain["coupling"]) == (9, ["wolff"], [2.0], [1.0])
    assert set(plain["versions"]) == {"python", "locality", "numpy", "numba"}
    assert plain["date"].startswith("20")
    assert plain["seconds"] > 0


@pytest.mark.parametrize("temperature", [2.0, [1.0, 2.0]])
def test_samples_drawn_into_a_folder_are_those_drawn_into_memory(tmp_path, temperature):
    here, there = ising(CHAIN, temperature, 32), ising(CHAIN, temperature, 32, out=tmp_path / "there")
    assert isinstance(there.spins, np.memmap)
    assert np.array_equal(here.spins, there.spins)
    assert files(tmp_path / "there") == FILES


def test_new_samples_take_the_place_of_old_ones(tmp_path):
    ising(CHAIN, 2.0, 32).save(tmp_path)
    ising(CHAIN, 3.0, 16).save(tmp_path)
    assert (load_samples(tmp_path).temperature, len(load_samples(tmp_path))) == (3.0, 16)
    assert files(tmp_path) == FILES


def test_samples_are_saved_over_themselves(tmp_path):
    first = ising(CHAIN, 2.0, 32, out=tmp_path / "x")
    load_samples(tmp_path / "x").save(tmp_path / "x")
    assert np.array_equal(load_samples(tmp_path / "x").spins, first.spins)


def test_what_fails_leaves_the_folder_as_it_was(tmp_path, monkeypatch):
    old = ising(CHAIN, 2.0, 32, out=tmp_path / "old")

    def broken(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(saved, "_series", broken)
    for folder in ("old", "new"):
        with pytest.raises(KeyboardInterrupt):
            ising(CHAIN, 3.0, 16, out=tmp_path / folder)
    assert files(tmp_path) == ["old"]
    assert files(tmp_path / "old") == FILES
    assert np.array_equal(load_samples(tmp_path / "old").spins, old.spins)


def test_a_folder_without_samples_is_refused(tmp_path):
    with pytest.raises(DataError) as error:
        load_samples(tmp_path)
    assert str(error.value) == (
        f"{tmp_path}: there are no samples, samples.json is missing. Give a folder that ising or save has made."
    )


def test_a_folder_with_other_files_is_not_written_into(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(DataError) as error:
        ising(CHAIN, 2.0, 16, out=tmp_path)
    assert str(error.value) == f"{tmp_path}: the folder holds other files. Give a new or an empty one."
    assert files(tmp_path) == ["thesis.tex"]


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError) as error:
        ising(CHAIN, 2.0, 16, out=tmp_path / "file" / "x")
    assert str(error.value) == (
        f"{tmp_path / 'file' / 'x'}: it cannot be written (Not a directory). Give another folder."
    )


def cut(path):
    path.write_bytes(path.read_bytes()[:200])


def changed(name, value):
    def change(path):
        plain = json.loads(path.read_text("utf-8"))
        path.write_text(
            json.dumps(
                {**plain, name: value} if value is not ... else {key: one for key, one in plain.items() if key != name}
            )
        )

    return change


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        ("samples.json", cut, None),
        ("samples.json", lambda path: path.write_text("[]"), None),
        ("samples.json", lambda path: path.write_bytes(b"\xff\xfe\x00"), None),
        ("samples.json", changed("methods", ...), "the samples are damaged ('methods' is missing). Draw them anew."),
        ("samples.json", changed("format", 9), "the samples are of format 9, this version reads 1. Draw them anew."),
        ("samples.json", changed("lattice", {"name": "squid", "size": [3], "periodic": True}), None),
        (
            "samples.json",
            changed("spins", [1, 2]),
            "the samples are damaged (spins.npy holds int8 (16, 2, 4, 4), not int8 (1, 2)). Draw them anew.",
        ),
        ("spins.npy", cut, None),
        ("spins.npy", lambda path: path.unlink(), None),
        ("spins.npy", lambda path: path.write_text("spins"), None),
        ("series.npz", cut, None),
        ("series.npz", lambda path: path.unlink(), None),
    ],
)
def test_damaged_samples_are_refused_in_one_sentence(tmp_path, name, damage, said):
    ising(CHAIN, 2.0, 16, out=tmp_path / "x")
    damage(tmp_path / "x" / name)
    with pytest.raises(DataError) as error:
        load_samples(tmp_path / "x")
    assert str(error.value).startswith(f"{tmp_path / 'x'}: the samples are ")
    assert str(error.value).endswith(" Draw them anew.")
    assert "\n" not in str(error.value)
    assert said is None or str(error.value) == f"{tmp_path / 'x'}: {said}"


def test_too_little_disk_is_said_before_anything_is_drawn(tmp_path):
    with pytest.raises(DataError) as error:
        ising(Lattice("square", 100), 2.0, 10**12, out=tmp_path / "x")
    assert str(error.value).startswith(f"{tmp_path / 'x'}: the spins take 1e+07 GB, and ")
    assert str(error.value).endswith(" GB of disk are free. Use another disk, or ask for fewer samples.")
    assert files(tmp_path) == []
