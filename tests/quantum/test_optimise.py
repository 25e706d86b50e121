"""One step of the optimisation, against sums over all configurations, and what becomes of numbers that are none."""

import numpy as np
import pytest
import torch

from locality import VMC
from locality.lattice import Lattice
from locality.quantum import optimise
from locality.quantum.configurations import every
from locality.quantum.hamiltonian import Hamiltonian
from locality.quantum.optimise import Search, advance, move, within
from locality.quantum.sampler import begin, sweep
from wave_functions import KINDS, generator, state_of_kind

CHAIN, J2 = Lattice("chain", 8), 0.4


def settings(**changed):
    return VMC(**{"steps": 10, "samples": 1024, "learning_rate": 0.02, "schedule": "constant"} | changed)


def search_of(kind="modulus and phase", **changed):
    vmc = settings(**changed)
    state, hamiltonian = state_of_kind(kind, CHAIN, signs="marshall"), Hamiltonian(CHAIN, J2)
    search = Search(
        hamiltonian, state, vmc, begin(CHAIN, vmc.chains or vmc.samples, state.log_psi, vmc.seed), hamiltonian.pairs
    )
    sweep(search.chains, search.pairs, state.log_psi, 160, vmc.power(8))
    return search


def exact(search):
    """Energy and variance per site of the state, by sums over all configurations."""
    configurations = every(CHAIN)
    psi = np.exp(search.state.log_psi(configurations))
    psi /= np.linalg.norm(psi)
    applied = search.hamiltonian.matrix(configurations) @ psi
    energy = np.vdot(psi, applied).real
    return energy / CHAIN.sites, (np.vdot(applied, applied).real - energy**2) / CHAIN.sites


def parameters(search):
    return torch.cat([torch.view_as_real(p).flatten() if p.is_complex() else p.flatten()
                      for p in search.state.model.parameters()]).detach().clone()  # fmt: skip


@pytest.mark.parametrize(("exponent", "hop"), [(2.0, 0.0), (1.0, 0.0), (2.0, 0.5), (1.5, 0.5)])
@pytest.mark.parametrize("kind", KINDS)
def test_energy_and_variance_of_a_step_are_those_of_the_state_before_it_however_it_is_sampled(kind, exponent, hop):
    search = search_of(kind, exponent=exponent, hop=hop)
    energy, variance = exact(search)
    line = advance(search)
    assert abs(line["energy"] - energy) < 5 * line["error"]
    if hop:  # where psi is nearly 0, plain sampling misses local energies that are huge
        assert line["variance"] == pytest.approx(variance, rel=0.3)
    assert abs(line["imaginary"]) < 5 * line["error"]
    assert 1 < line["effective"] <= 1024 + 1e-6
    if (exponent, hop) == (2.0, 0.0):
        assert line["effective"] == pytest.approx(1024)


@pytest.mark.parametrize("kind", KINDS)
def test_steps_lead_down(kind):
    search = search_of(kind, learning_rate=1e-3)
    energies = [exact(search)[0]]
    for _ in range(3):
        advance(search)
        energies.append(exact(search)[0])
    assert energies == sorted(energies, reverse=True)
    assert energies[0] - energies[-1] > 5e-4


@pytest.mark.parametrize("solver", ["cholesky", "pinv"])
def test_a_step_changes_the_energy_by_twice_the_slope_that_stochastic_reconfiguration_gives_it(solver):
    """dE = -2 rate e^H O (O^H O + shift)^-1 O^H e: with a shift that drowns the metric, -2 rate |O^H e|^2/shift, and
    the step is then O^H e/shift, so that dE = -2 rate shift |step|^2."""
    rate, shift = 0.1, 1e3
    plain = {"samples": 2**14, "exponent": 2.0, "hop": 0.0, "momentum": 0, "clip": 0, "cutoff": 0}
    search = search_of(**plain, learning_rate=rate, shift=shift, solver=solver)
    before = exact(search)[0]
    line = advance(search)
    expected = -2 * rate * shift * line["norm"] ** 2 / CHAIN.sites
    assert exact(search)[0] - before == pytest.approx(expected, rel=0.1)


def test_a_line_says_what_was_done():
    search = search_of(schedule="cosine", samples=512, chains=128)
    before = parameters(search)
    lines = [advance(search)]
    moved = float((parameters(search) - before).norm())
    assert moved == pytest.approx(lines[0]["learning_rate"] * lines[0]["norm"], rel=1e-5)
    lines.append(advance(search))
    assert search.history == lines
    assert [line["step"] for line in lines] == [1, 2]
    assert [line["learning_rate"] for line in lines] == [search.vmc.rate(0), search.vmc.rate(1)]
    for line in lines:
        assert 0 < line["acceptance"] < 1
        assert list(line["split"]) == ["sampling", "energies", "gradients", "solve"]
        assert all(seconds > 0 for seconds in line["split"].values())
        assert sum(line["split"].values()) == pytest.approx(line["seconds"])
    assert lines[1]["norm"] == pytest.approx(float(search.previous.norm()))
    assert np.array_equal(search.chains.log_psi, search.state.log_psi(search.chains.configurations))


def test_the_step_before_is_kept_for_the_momentum_and_only_then_counts():
    found = {}
    for momentum in (0.0, 0.9):
        for forgotten in (False, True):
            search = search_of(samples=64, momentum=momentum)
            advance(search)
            if forgotten:
                search.previous = None
            advance(search)
            found[momentum, forgotten] = parameters(search)
    assert torch.equal(found[0.0, False], found[0.0, True])
    assert not torch.equal(found[0.9, False], found[0.9, True])


def test_a_move_takes_the_parameters_in_their_order_and_tells_the_state():
    search = search_of()
    before = [parameter.detach().clone() for parameter in search.state.model.parameters()]
    found = torch.arange(search.state.parameters, dtype=torch.float64)
    configurations = every(CHAIN)[:3]
    move(search.state, found, 0.25)
    place = 0
    for parameter, old in zip(search.state.model.parameters(), before, strict=True):
        step = 0.25 * torch.arange(place, place + old.numel()).reshape(old.shape)
        assert torch.allclose(parameter.detach(), old - step, rtol=1e-12)
        place += old.numel()
    with torch.no_grad():
        expected = search.state.log_psi_tensor(configurations).numpy()
    assert np.allclose(search.state.log_psi(configurations).real, expected.real, rtol=1e-9)


def clipped(energies, clip):
    """The same, one energy at a time."""
    centre = np.median(energies.real)
    most = clip * np.mean([abs(energy - centre) for energy in energies])
    found = []
    for energy in energies:
        off = abs(energy - centre)
        found.append(energy if off <= most else centre + (energy - centre) / off * most)
    return np.array(found), sum(abs(energy - centre) > most for energy in energies)


def test_outliers_are_moved_to_so_many_mean_deviations_from_the_median_in_their_direction():
    random = generator(4)
    energies = random.normal(-3, 1, 500) + 1j * random.normal(0, 0.5, 500)
    energies[:3] = [200, -90 + 40j, 70j]
    for clip in (2.0, 5.0, 50.0):
        near, count = within(energies, clip)
        expected, many = clipped(energies, clip)
        assert np.allclose(near, expected, rtol=1e-13)
        assert count == many
    assert within(energies, 5.0)[1] == 3
    assert within(energies, 1e6)[1] == 0
    untouched, none = within(energies, 0)
    assert (none, untouched is energies) == (0, True)
    alike = np.full(6, -2.5 + 0j)  # an eigenstate
    assert np.array_equal(within(alike, 5.0)[0], alike)
    assert within(alike, 5.0)[1] == 0


def test_clipping_is_said_in_the_line_and_leaves_the_energy_that_is_reported(monkeypatch):
    lines = [advance(search_of(samples=512, clip=clip)) for clip in (0, 1.0, 50.0)]
    assert lines[0]["energy"] == lines[1]["energy"] == lines[2]["energy"]
    assert lines[0]["clipped"] == lines[2]["clipped"] == 0
    assert 100 < lines[1]["clipped"] < 400
    assert lines[1]["norm"] != lines[0]["norm"] == lines[2]["norm"]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_step_that_is_no_number_is_not_taken(monkeypatch, value):
    search = search_of(samples=64)
    advance(search)
    before, previous = parameters(search), search.previous.clone()
    monkeypatch.setattr(optimise, "step", lambda rows, *rest: torch.full((rows.shape[1],), value, dtype=torch.float64))
    assert advance(search) is None
    assert len(search.history) == 1
    assert torch.equal(parameters(search), before)
    assert torch.equal(search.previous, previous)


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_that_are_no_numbers_give_no_line(kind):
    search = search_of(kind, samples=64)
    move(search.state, torch.full((search.state.parameters,), np.nan), 1.0)
    search.chains.log_psi = search.state.log_psi(search.chains.configurations)
    assert advance(search) is None
    assert search.history == []
    assert search.previous is None
