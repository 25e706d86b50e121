"""Spins by name: what is drawn against exact results, what is kept, and what is refused."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from locality.data import dataset, dataset_for, fit_dataset
from locality.data import spins as drawing
from locality.data.spin_names import asked, fitting, is_spins
from locality.errors import DataError, UnknownNameError
from locality.lattice.gauge import plaquettes
from locality.lattice.kaufman import torus

NAME = "ising:square:L=8:samples=200"
CACHE = Path("spins") / "ising-square-L=8-samples=200.1.bits"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALITY_CACHE", str(folder))
        dataset(NAME)
        yield folder


@pytest.fixture
def _never(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be drawn."""
    monkeypatch.setattr(drawing, "_drawn", None)


def test_the_ising_set_has_the_energies_of_kaufman_and_labels_that_change_at_the_critical_temperature(cache) -> None:
    data = dataset(NAME)
    assert repr(data) == f"<Dataset {NAME}: 2 classes, 1x8x8, 8000 train, 1600 test>"
    assert (data.classes, data.mean, data.std) == (("ordered", "disordered"), (0.0,), (1.0,))
    temperatures = np.linspace(1.0, 2 * 2.269185314 - 1.0, 40)  # of Carrasquilla and Melko: 1.0 to 3.54
    for split, count in ((data.train, 200), (data.test, 40)):
        np.testing.assert_array_equal(split.labels, np.repeat(temperatures > 2.269185314, count))
        spins = split.images[:, 0].astype(int)
        energy = -(spins * (np.roll(spins, 1, 1) + np.roll(spins, 1, 2))).mean((1, 2)).reshape(40, count)
        exact = np.array([torus(8, t)[0] for t in temperatures])
        sigma = np.maximum(energy.std(1), 0.02) / np.sqrt(count)
        assert (((energy.mean(1) - exact) / sigma) ** 2).mean() < 2.5  # 1 where samples are independent


def test_spins_to_test_on_are_others_than_those_to_train_on(cache) -> None:
    data = dataset(NAME)
    hot = {split.images[-500:].tobytes() for split in (data.train, data.test)}
    train = {spins.tobytes() for spins in data.train.images[-500:]}
    assert len(hot) == 2
    assert not train & {spins.tobytes() for spins in data.test.images[-300:]}


@pytest.mark.usefixtures("_never")
def test_a_set_that_was_drawn_is_read_back_bit_by_bit(cache) -> None:
    assert (cache / CACHE).stat().st_size < 9600 * 8 + 300  # 64 spins in 8 bytes
    data, again = dataset(NAME), dataset(NAME)
    np.testing.assert_array_equal(data.train.images, again.train.images)
    assert {*np.unique(data.test.images)} == {-1, 1}
    assert data.test.images.dtype == np.int8


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b[:-1] + bytes([b[-1] ^ 1]), lambda b: b"", lambda b: b]
)
def test_a_damaged_file_is_drawn_again(damage, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("LOCALITY_CACHE", str(tmp_path))
    before = dataset("gauge:L=4:samples=5")
    (file,) = (tmp_path / "spins").iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    drawn = []
    real = drawing._drawn
    monkeypatch.setattr(drawing, "_drawn", lambda *args: drawn.append(args) or real(*args))
    np.testing.assert_array_equal(dataset("gauge:L=4:samples=5").train.images, before.train.images)
    assert file.read_bytes() == whole
    assert len(drawn) == (damage(whole) != whole)


def test_the_gauge_set_has_ground_states_and_free_spins(cache) -> None:
    data = dataset("gauge:L=6:samples=50")
    assert data.classes == ("ground state", "infinite temperature")
    assert (data.shape, len(data.train), len(data.test)) == ((2, 6, 6), 100, 20)
    for split in (data.train, data.test):
        means = plaquettes(split.images).mean((1, 2))
        assert (means[split.labels == 0] == 1).all()
        assert abs(means[split.labels == 1]).max() < 0.6
    assert hashlib.sha256(data.train.images.tobytes()).hexdigest()[:16] == GAUGE


GAUGE = "87a96db7170d56c0"  # the same on every machine


def test_seeds_give_other_spins_and_names_say_no_more_than_they_must(cache) -> None:
    one, other = dataset("gauge:L=4:samples=20:seed=1"), dataset("gauge:L=4:samples=20")
    assert (one.train.images != other.train.images).any()
    assert other.name == dataset("gauge:L=4:seed=0:samples=20").name == "gauge:L=4:samples=20"
    assert asked("ising:kagome:L=6:samples=2500").name == "ising:kagome:L=6"


def test_progress_is_told_up_to_the_end(cache) -> None:
    told: list[tuple[str, int, int]] = []
    dataset("gauge:L=4:seed=7:samples=10", progress=lambda *each: told.append(each))
    assert told[-1] == ("gauge:L=4:seed=7:samples=10", 24 * 32, 24 * 32)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


def test_a_cache_that_cannot_be_written_is_told_and_the_spins_are_there(tmp_path, monkeypatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LOCALITY_CACHE", str(tmp_path / "file"))
    data = dataset("gauge:L=4:samples=5")
    assert data.notes == (
        f"gauge:L=4:samples=5: it is not kept, {tmp_path / 'file'} cannot be written (Not a directory).",
    )


@pytest.mark.usefixtures("_never")
def test_spins_for_a_network_are_those_of_its_shape_and_never_resized(cache) -> None:
    data = dataset_for(NAME, (1, 8, 8))
    assert fit_dataset(data, (1, 8, 8)) is data
    for ask in (lambda: dataset_for(NAME, (1, 28, 28)), lambda: fit_dataset(data, (1, 28, 28))):
        with pytest.raises(DataError) as error:
            ask()
        said = f"{NAME}: its spins are 1x8x8 and are never resized, the network's input is 1x28x28. Use "
        assert (
            str(error.value).replace("ising:square:L=28:samples=200, or ", "")
            == f"{said}a network whose input is 1x8x8."
        )
    assert fitting(NAME, (1, 28, 28)) == "ising:square:L=28:samples=200"
    assert [fitting(NAME, shape) for shape in ((1, 8, 9), (2, 8, 8), (1, 8), (1, 2, 2), (5,))] == [None] * 5


def test_names_of_spins_are_told_from_others() -> None:
    assert [is_spins(name) for name in ("ising", "gauge:L=3", "digits", "folder:ising:x", 5)] == [
        True,
        True,
        *[False] * 3,
    ]


EXAMPLE = "Write for example ising:square:L=32 or ising:square:L=32:seed=1:samples=500."


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ising", f"ising: the lattice is missing. {EXAMPLE}"),
        ("ising:L=8", f"ising:L=8: the lattice is missing. {EXAMPLE}"),
        ("ising:square", f"ising:square: the size L is missing. {EXAMPLE}"),
        ("ising:square:32", f"ising:square:32: '32' is none of L=, seed= and samples=. {EXAMPLE}"),
        ("ising:square:L=x", f"ising:square:L=x: L is 'x', and no whole number of at least 1. {EXAMPLE}"),
        ("ising:square:L=8:L=9", f"ising:square:L=8:L=9: 'L=9' is the second L. {EXAMPLE}"),
        (
            "ising:square:L=8:samples=0",
            f"ising:square:L=8:samples=0: samples is '0', and no whole number of at least 1. {EXAMPLE}",
        ),
        (
            "ising:square:L=2",
            "ising:square:L=2: on so small a torus two bonds would join the same two sites. Ask for L=3 or more.",
        ),
        (
            "ising:square:L=900",
            "ising:square:L=900: its spins would take 97.2 GB. Ask for fewer samples, or a smaller L.",
        ),
        (
            "ising:chain:L=8",
            "ising:chain:L=8: no critical temperature of the chain lattice is known here, so spins have no label. "
            "Use square, triangular, honeycomb, kagome or cubic, for example ising:square:L=32.",
        ),
        (
            "gauge",
            "gauge: the size L is missing. Write for example gauge:L=16 or gauge:L=16:seed=1:samples=500.",
        ),
        ("gauge:L=1", "gauge:L=1: a torus of bonds has at least 2 cells along a side. Ask for L=2 or more."),
    ],
)
def test_a_name_that_says_too_little_or_too_much_is_refused(name: str, message: str) -> None:
    with pytest.raises(DataError) as error:
        dataset(name)
    assert str(error.value) == message


def test_an_unknown_lattice_and_a_size_in_pixels_are_refused() -> None:
    with pytest.raises(UnknownNameError) as unknown:
        dataset("ising:sqare:L=8")
    assert str(unknown.value) == "Unknown lattice 'sqare'. Did you mean 'square'?"
    with pytest.raises(DataError) as error:
        dataset("gauge:L=8", size=3)
    assert str(error.value) == "gauge:L=8: size=3 is for folder:PATH; gauge:L=8 has one size. Leave size out."
