"""Memory is counted before a run begins, and what does not fit is refused with what does."""

import re
import tracemalloc
from pathlib import Path

import pytest

from locality import VMC, Network, build, ground_state, zoo
from locality.errors import DescriptionError
from locality.lattice import Lattice
from locality.quantum import memory
from locality.quantum.gradient import log_derivatives
from locality.quantum.memory import available, check_memory, needed
from locality.quantum.state import State
from wave_functions import KINDS, some, state_of_kind

SQUARE = Lattice("square", 4)
REFUSED = re.compile(
    r"memory: (\d+) samples of ([\d,]+) parameters need (\d+\.\d) GiB, (\d+\.\d) GiB are free\. "
    r"Use samples=(\d+)(?:, chains=(\d+))?, or a smaller network\."
)


@pytest.mark.parametrize("kind", KINDS)
def test_the_derivatives_and_the_matrix_in_two_precisions_are_counted(kind):
    state = state_of_kind(kind, SQUARE)
    derivatives = log_derivatives(state, some(SQUARE, 10))
    rows = derivatives.shape[0] * derivatives.shape[1]
    side = min(rows, state.parameters)
    wide = 16 if derivatives.is_complex() else 8
    columns = max(rows, state.parameters) * side * wide  # fewer than are taken at once: all of them
    least = derivatives.nbytes + side**2 * (derivatives.element_size() + 2 * wide) + columns
    assert needed(state, 10) - needed(state, 0) == least


def test_the_residual_network_at_10x10_with_4096_samples_stays_under_4_gb():
    lattice = Lattice("square", 10)
    assert needed(State(build(zoo.get("nqs-resnet", lattice.shape)), lattice), 4096) < 4e9


@pytest.mark.parametrize(("samples", "chains"), [(4096, None), (4096, 64), (3000, 1000), (999, 333), (5, 5)])
def test_the_number_of_samples_that_is_named_fits_and_twice_as_many_do_not(monkeypatch, samples, chains):
    state = state_of_kind("modulus and phase", SQUARE)
    for share in (0.9, 0.3, 0.01, 1e-5):
        free = int(needed(state, 2) + share * (needed(state, samples) - needed(state, 2)))
        monkeypatch.setattr(memory, "available", lambda free=free: free)
        vmc = VMC(samples=samples, chains=chains)
        with pytest.raises(DescriptionError) as error:
            check_memory(state, vmc)
        said = REFUSED.fullmatch(str(error.value))
        assert said is not None
        assert (int(said[1]), int(said[2].replace(",", ""))) == (samples, state.parameters)
        assert float(said[3]) == pytest.approx(needed(state, samples) / 2**30, abs=0.051)
        assert float(said[4]) == pytest.approx(free / 2**30, abs=0.051)
        fitting = int(said[5])
        assert needed(state, fitting) <= free < needed(state, 2 * fitting + 1)
        fewer = VMC(samples=fitting, chains=int(said[6]) if said[6] else None if chains in (None, samples) else chains)
        check_memory(state, fewer)


def test_where_not_even_two_samples_fit_no_number_of_them_is_named(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 2**20)
    state = state_of_kind("real", SQUARE)
    with pytest.raises(DescriptionError) as error:
        check_memory(state, VMC(samples=64))
    assert str(error.value) == (
        f"memory: 64 samples of {state.parameters:,} parameters need {needed(state, 64) / 2**30:.1f} GiB, 0.0 GiB are "
        f"free, and fewer samples do not fit either. Make room, or use a smaller network."
    )


def test_a_run_that_memory_cannot_hold_is_refused_before_anything_is_done(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "available", lambda: 2**29)
    net = Network.from_text("1x4x4 | conv 16 3x3 same wrap | gelu | conv 16 3x3 same wrap | gelu | conv 2 1x1")
    with pytest.raises(DescriptionError) as error:
        ground_state(SQUARE, 0.5, net, VMC(steps=1, samples=2**17), out=tmp_path / "run")
    assert REFUSED.fullmatch(str(error.value))
    assert not (tmp_path / "run").exists()


def test_where_the_system_does_not_say_how_much_is_free_nothing_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: None)
    check_memory(state_of_kind("real", SQUARE), VMC(samples=2**40))


def test_what_is_free_is_read_from_the_system_where_it_says_so(monkeypatch):
    if Path("/proc/meminfo").exists():
        assert 2**20 < available() < 2**50
    told = "MemTotal:       32000000 kB\nMemFree:          100 kB\nMemAvailable:    2000 kB\n"
    monkeypatch.setattr(Path, "read_text", lambda self, encoding: told)
    assert available() == 2000 * 1024

    def gone(self, encoding):
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", gone)
    assert available() is None


@pytest.mark.parametrize("symmetry", ["none", "c4v+flip"])
def test_derivatives_are_made_so_many_at_a_time_whatever_the_group_and_the_numbers(symmetry):
    state = State(build(zoo.get("choo-2019", SQUARE.shape)), SQUARE, "none", symmetry)
    configurations = some(SQUARE, 400)
    log_derivatives(state, configurations[:20])  # compiled
    peaks = []
    for at_once in (2**20, 2**23):
        tracemalloc.start()
        found = log_derivatives(state, configurations, at_once)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert found.shape == (1, 400, 3838)
    assert peaks[0] < 3 * 2**20 < peaks[1] < 3 * 2**23
