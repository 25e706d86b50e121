"""The sampler against exact probabilities, and what it keeps: magnetisation, zeros, its place in the random numbers."""

import numpy as np
import pytest
from scipy.stats import chi2

from locality.lattice import Lattice
from locality.quantum.configurations import every
from locality.quantum.hamiltonian import Hamiltonian, local_energies, local_sums
from locality.quantum.sampler import Chains, begin, hopped, sweep, weights
from wave_functions import generator, state_of_kind

CHAIN, HONEYCOMB = Lattice("chain", 8), Lattice("honeycomb", (2, 3), periodic=False)  # 70 and 924 configurations


def pairs_of(lattice):
    return Hamiltonian(lattice, 0.5).pairs


def order_of(lattice):
    """The place of each configuration in `every`."""
    powers = 1 << np.arange(lattice.sites)
    places = np.full(2**lattice.sites, -1)
    places[(every(lattice) > 0) @ powers] = np.arange(len(every(lattice)))
    return lambda configurations: places[(configurations > 0) @ powers]


def tabled(lattice, seed=1):
    """A random psi of every configuration, over three decades, and its logarithm as a function."""
    random = generator(seed)
    count = len(every(lattice))
    logs = random.uniform(-2.5, 0, count) + 2j * np.pi * random.random(count)
    order = order_of(lattice)
    return logs, lambda configurations: logs[order(configurations)]


def chi_square(counts, expected):
    return chi2.sf(((counts - expected) ** 2 / expected).sum(), len(counts) - 1)


@pytest.mark.parametrize("exponent", [2.0, 1.0])
@pytest.mark.parametrize("lattice", [CHAIN, HONEYCOMB], ids=str)
def test_independent_chains_end_at_each_configuration_as_often_as_its_probability_says(lattice, exponent):
    logs, log_psi = tabled(lattice)
    chains = begin(lattice, 10_000, log_psi, seed=3)
    sweep(chains, pairs_of(lattice), log_psi, 20 * lattice.sites, exponent)
    assert (chains.log_psi == log_psi(chains.configurations)).all()
    probabilities = np.exp(exponent * logs.real)
    probabilities /= probabilities.sum()
    counts = np.bincount(order_of(lattice)(chains.configurations), minlength=len(logs))
    rare = probabilities * 10_000 < 5  # together in one class
    counts = np.append(counts[~rare], counts[rare].sum())
    expected = np.append(probabilities[~rare], probabilities[rare].sum()) * 10_000
    kept = expected > 0
    p = chi_square(counts[kept], expected[kept])
    assert p > 1e-4
    wrong = np.exp((3 - exponent) * logs.real)  # of the other exponent
    wrong = np.append(wrong[~rare], wrong[rare].sum()) / wrong.sum() * 10_000
    assert chi_square(counts[kept], wrong[kept]) < 1e-12


def test_a_wave_function_of_a_network_is_sampled_by_its_square():
    state = state_of_kind("modulus and phase", CHAIN, signs="marshall", symmetry="translations")
    probabilities = np.exp(2 * state.log_psi(every(CHAIN)).real)
    probabilities /= probabilities.sum()
    chains = begin(CHAIN, 4000, state.log_psi, seed=5)
    sweep(chains, pairs_of(CHAIN), state.log_psi, 100)
    counts = np.bincount(order_of(CHAIN)(chains.configurations), minlength=70)
    enough = probabilities * 4000 > 5
    expected = np.append(probabilities[enough], max(probabilities[~enough].sum(), 1e-9)) * 4000
    assert enough.sum() > 20
    assert chi_square(np.append(counts[enough], counts[~enough].sum()), expected) > 1e-4


def drawn_from(logs, exponent, hop):
    """How likely each configuration of the chain is: a share `hop` comes by one exchange, drawn evenly, from
    |psi|^exponent."""
    found, source, *_ = Hamiltonian(CHAIN, 0.5).exchanged(every(CHAIN))
    before = np.exp(exponent * logs.real)
    before /= before.sum()
    exchanges = np.bincount(source)
    after = np.bincount(order_of(CHAIN)(found), before[source] / exchanges[source])
    return (1 - hop) * before + hop * after


@pytest.mark.parametrize(("exponent", "hop"), [(2.0, 0.0), (1.0, 0.0), (1.5, 0.5), (2.0, 0.9)])
def test_the_reweighted_mean_energy_is_the_exact_sum_within_5_sigma(exponent, hop):
    logs, log_psi = tabled(CHAIN, seed=2)
    hamiltonian = Hamiltonian(CHAIN, 0.5)
    exact = local_energies(hamiltonian, every(CHAIN), log_psi)
    probabilities = np.exp(2 * logs.real) / np.exp(2 * logs.real).sum()
    energy = (probabilities * exact).sum()
    assert energy.imag == pytest.approx(0, abs=1e-12)
    chains = begin(CHAIN, 4000, log_psi, seed=7)
    sweep(chains, hamiltonian.pairs, log_psi, 320, exponent)
    spins, values = hopped(chains, hamiltonian.pairs, log_psi, hop)
    energies, reached = local_sums(hamiltonian, spins, log_psi, values, exponent)
    counts = weights(values, exponent, hop, reached)
    found = (counts * energies).sum()
    sigma = np.sqrt((counts**2 * np.abs(energies - found) ** 2).sum())
    assert abs(found - energy) < 5 * sigma
    assert sigma < 0.1


@pytest.mark.parametrize(("exponent", "hop"), [(2.0, 0.0), (1.0, 0.3), (1.5, 0.9)])
def test_weights_are_the_square_over_the_probability_of_being_drawn(exponent, hop):
    logs, log_psi = tabled(CHAIN, seed=3)
    energies, reached = local_sums(Hamiltonian(CHAIN, 0.5), every(CHAIN), log_psi, logs, exponent)
    assert np.abs(energies - local_energies(Hamiltonian(CHAIN, 0.5), every(CHAIN), log_psi)).max() == 0
    expected = np.exp(2 * logs.real) / drawn_from(logs, exponent, hop)
    found = weights(logs, exponent, hop, reached)
    assert found == pytest.approx(expected / expected.sum(), rel=1e-12)


@pytest.mark.parametrize("hop", [0.0, 0.5, 0.9])
def test_a_share_of_the_configurations_is_moved_by_one_exchange_each_and_the_others_stay(hop):
    _, log_psi = tabled(CHAIN)
    pairs = pairs_of(CHAIN)
    start = np.repeat(every(CHAIN)[[9]], 4000, axis=0)
    chains = Chains(start.copy(), log_psi(start), generator(1))
    spins, values = hopped(chains, pairs, log_psi, hop)
    moved = round(4000 * hop)
    assert (values == log_psi(spins)).all()
    assert (spins[moved:] == start[moved:]).all()
    assert ((spins != start).sum(1)[:moved] == 2).all()
    assert (chains.configurations == start).all()
    assert (chains.log_psi == log_psi(start)).all()
    ends, *_ = Hamiltonian(CHAIN, 0.5).exchanged(every(CHAIN)[[9]])
    places = order_of(CHAIN)(ends)
    counts = np.bincount(order_of(CHAIN)(spins[:moved]), minlength=70)
    assert counts.sum() == counts[places].sum()
    if hop:
        assert chi_square(counts[places], np.full(len(places), moved / len(places))) > 1e-4


def test_weights_of_amplitudes_far_apart_are_numbers():
    logs = generator(1).normal(size=50) * 40 + 1j
    none = np.zeros(50)
    assert weights(logs, 2.0, 0.0, none) == pytest.approx(np.full(50, 1 / 50), rel=1e-14)
    found = weights(logs, 1.5, 0.0, none)
    assert found.sum() == pytest.approx(1, rel=1e-14)
    assert np.log(found[1:] / found[0]) == pytest.approx(0.5 * (logs[1:] - logs[0]).real, rel=1e-9)
    assert np.isfinite(weights(logs + 1000, 1.0, 0.0, none)).all()


@pytest.mark.parametrize("lattice", [CHAIN, HONEYCOMB, Lattice("square", (4, 6))], ids=str)
def test_the_magnetisation_stays_zero_and_moves_are_exchanges_of_the_pairs(lattice):
    pairs = pairs_of(lattice)
    allowed = {frozenset(pair) for pair in pairs.tolist()}
    seen = []

    def log_psi(configurations):
        seen.append(configurations.copy())
        return np.zeros(len(configurations), complex)

    chains = begin(lattice, 50, log_psi, seed=1)
    assert chains.configurations.dtype == np.int8
    for _ in range(30):
        before = chains.configurations.copy()
        sweep(chains, pairs, log_psi, 1)
        changed = chains.configurations != before
        assert {frozenset(np.flatnonzero(row).tolist()) for row in changed if row.any()} <= allowed
    assert all((some.sum(1) == 0).all() for some in seen)
    assert (chains.configurations.sum(1) == 0).all()


def test_only_antiparallel_pairs_are_evaluated_and_counted_and_of_psi_1_every_exchange_is_made():
    asked = []

    def log_psi(configurations):
        asked.append(len(configurations))
        return np.zeros(len(configurations), complex)

    chains = begin(CHAIN, 300, log_psi, seed=1)
    asked.clear()
    sweep(chains, pairs_of(CHAIN), log_psi, 50)
    assert chains.tried == chains.made == sum(asked)
    assert chains.acceptance == 1
    # Of 8 spins 4 are up: a pair is antiparallel with probability 2 (4/8)(4/7) = 4/7.
    assert chains.tried / (300 * 50) == pytest.approx(4 / 7, abs=0.02)
    assert Chains(chains.configurations, chains.log_psi, chains.random).acceptance == 0


def test_the_acceptance_is_the_mean_of_min_1_and_the_ratio():
    logs, log_psi = tabled(CHAIN)
    chains = begin(CHAIN, 4000, log_psi, seed=2)
    sweep(chains, pairs_of(CHAIN), log_psi, 300)
    chains.tried = chains.made = 0
    sweep(chains, pairs_of(CHAIN), log_psi, 20)
    hamiltonian, order = Hamiltonian(CHAIN, 0.5), order_of(CHAIN)
    found, source, *_ = hamiltonian.exchanged(every(CHAIN))
    probabilities = np.exp(2 * logs.real)[source]
    ratio = np.exp(2 * (logs[order(found)] - logs[source]).real)
    expected = (probabilities * ratio.clip(max=1)).sum() / probabilities.sum()
    assert chains.acceptance == pytest.approx(expected, abs=0.01)
    assert chains.made < chains.tried


def test_a_configuration_where_psi_is_zero_is_never_entered_not_even_at_the_start():
    logs, _ = tabled(CHAIN)
    logs[::2] = -np.inf
    order = order_of(CHAIN)
    log_psi = lambda configurations: logs[order(configurations)]  # noqa: E731
    chains = begin(CHAIN, 500, log_psi, seed=4)
    assert np.isfinite(chains.log_psi.real).all()
    for _ in range(40):
        sweep(chains, pairs_of(CHAIN), log_psi, 5)
        assert np.isfinite(chains.log_psi.real).all()
        assert (order(chains.configurations) % 2 == 1).all()


def test_where_psi_is_no_number_nothing_is_entered_either():
    logs, _ = tabled(CHAIN)
    logs[::2] = np.nan
    order = order_of(CHAIN)
    log_psi = lambda configurations: logs[order(configurations)]  # noqa: E731
    chains = begin(CHAIN, 500, log_psi, seed=4)
    sweep(chains, pairs_of(CHAIN), log_psi, 100)
    assert np.isfinite(chains.log_psi).all()


def test_a_seed_repeats_and_a_restored_generator_goes_on_as_the_first_did():
    _, log_psi = tabled(HONEYCOMB)
    pairs = pairs_of(HONEYCOMB)
    one, other, third = (begin(HONEYCOMB, 40, log_psi, seed) for seed in (6, 6, 7))
    assert (one.configurations == other.configurations).all()
    assert not (one.configurations == third.configurations).all()
    for chains in (one, other):
        sweep(chains, pairs, log_psi, 30)
    assert (one.configurations == other.configurations).all()
    restored = np.random.Generator(np.random.PCG64())
    restored.bit_generator.state = one.random.bit_generator.state
    again = Chains(one.configurations.copy(), one.log_psi.copy(), restored)
    sweep(one, pairs, log_psi, 30)
    sweep(again, pairs, log_psi, 30)
    assert (again.configurations == one.configurations).all()
    assert (again.log_psi == one.log_psi).all()


def test_sampling_is_the_same_however_it_is_cut_into_sweeps_of_one_proposal_each_or_of_many_in_law():
    _, log_psi = tabled(CHAIN)
    pairs = pairs_of(CHAIN)
    means = []
    for cut in (1, 200):
        chains = begin(CHAIN, 4000, log_psi, seed=cut)
        for _ in range(200 // cut):
            sweep(chains, pairs, log_psi, cut)
        means.append((chains.log_psi.real.mean(), chains.log_psi.real.std() / np.sqrt(4000)))
    (one, sigma), (other, _) = means
    assert abs(one - other) < 5 * np.sqrt(2) * sigma
