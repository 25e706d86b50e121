"""Stochastic reconfiguration against plain linear algebra of numpy: both forms, momentum, weights, cut-offs."""

import numpy as np
import pytest
import torch

from locality.quantum.solve import SOLVERS, stacked, step
from wave_functions import generator

FORMS = ["real", "stacked", "complex"]
SHAPES = [(12, 40), (40, 12), (30, 30)]  # samples, parameters


def drawn(form, samples, parameters, seed=1, weights="even", dtype=None):
    """Derivatives, local energies and weights as a run has them."""
    random = generator(seed, samples, parameters)
    parts = 2 if form == "stacked" else 1
    found = random.normal(size=(parts, samples, parameters)) + 0.3
    if form == "complex":
        found = found + 1j * random.normal(size=found.shape)
    energies = -20 + random.normal(size=samples) + 0.3j * random.normal(size=samples)
    counts = np.ones(samples) if weights == "even" else random.uniform(0.1, 3, samples)
    tensor = torch.from_numpy(found)
    return (
        tensor if dtype is None else tensor.to(dtype),
        torch.from_numpy(energies),
        torch.from_numpy(counts / counts.sum()),
    )


def by_numpy(derivatives, energies, weights):
    """O and e: centred, times the roots of the weights, imaginary parts below the real ones."""
    o, e, w = derivatives.numpy(), energies.numpy(), weights.numpy()
    roots = np.sqrt(w)
    centred = [(part - (w[:, None] * part).sum(0)) * roots[:, None] for part in o]
    errors = (e - (w * e).sum()) * roots
    if len(o) == 2:
        return np.concatenate(centred), np.concatenate([errors.real, errors.imag])
    return centred[0], errors if np.iscomplexobj(o) else errors.real


def sr(o, e, shift):
    """The matrix of parameters."""
    return np.linalg.solve(o.conj().T @ o + shift * np.eye(o.shape[1]), o.conj().T @ e)


def minsr(o, e, shift):
    """The matrix of samples."""
    return o.conj().T @ np.linalg.solve(o @ o.conj().T + shift * np.eye(o.shape[0]), e)


@pytest.mark.parametrize("weights", ["even", "uneven"])
@pytest.mark.parametrize("form", FORMS)
def test_rows_are_centred_weighted_and_stacked_as_in_numpy(form, weights):
    derivatives, energies, counts = drawn(form, 20, 7, weights=weights)
    o, e = by_numpy(derivatives, energies, counts)
    rows, errors = stacked(derivatives.clone(), energies, counts)
    assert np.abs(rows.numpy() - o).max() < 1e-14
    assert np.abs(errors.numpy() - e).max() < 1e-13
    assert rows.shape == ((40 if form == "stacked" else 20), 7)


@pytest.mark.parametrize("form", FORMS)
def test_what_rows_and_errors_make_is_half_the_gradient_of_the_energy(form):
    derivatives, energies, counts = drawn(form, 20, 7, weights="uneven")
    o, e, w = derivatives.numpy(), energies.numpy(), counts.numpy()
    whole = o[0] if form != "stacked" else o[0] + 1j * o[1]
    mean = (w[:, None] * whole).sum(0)
    expected = (w[:, None] * (whole - mean).conj() * (e - (w * e).sum())[:, None]).sum(0)
    rows, errors = stacked(derivatives, energies, counts)
    found = rows.numpy().conj().T @ errors.numpy()
    assert np.abs(found - (expected if form == "complex" else expected.real)).max() < 1e-13


@pytest.mark.parametrize("weights", ["even", "uneven"])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(("samples", "parameters"), SHAPES)
@pytest.mark.parametrize("form", FORMS)
def test_the_step_is_that_of_sr_and_of_minsr(form, samples, parameters, solver, weights):
    derivatives, energies, counts = drawn(form, samples, parameters, weights=weights)
    o, e = by_numpy(derivatives, energies, counts)
    rows, errors = stacked(derivatives, energies, counts)
    for shift in (1e-1, 1e-4):
        expected = sr(o, e, shift)
        size = np.abs(expected).max()
        assert np.abs(minsr(o, e, shift) - expected).max() < 1e-10 * size
        found = step(rows, errors, shift, solver, cutoff=0.0 if shift > 1e-2 else 1e-14)
        assert found.dtype == (torch.complex128 if form == "complex" else torch.float64)
        assert np.abs(found.numpy() - expected).max() < 1e-10 * size


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("samples", "parameters"), SHAPES)
def test_the_step_solves_the_regularised_least_squares(form, samples, parameters):
    derivatives, energies, counts = drawn(form, samples, parameters)
    rows, errors = stacked(derivatives, energies, counts)
    shift = 1e-2
    found = step(rows, errors, shift).numpy()
    o, e = rows.numpy(), errors.numpy()
    system = np.vstack([o, np.sqrt(shift) * np.eye(parameters)])
    expected = np.linalg.lstsq(system, np.concatenate([e, np.zeros(parameters)]), rcond=None)[0]
    assert np.abs(found - expected).max() < 1e-10 * np.abs(expected).max()
    cost = lambda x: (np.abs(o @ x - e) ** 2).sum() + shift * (np.abs(x) ** 2).sum()  # noqa: E731
    random = generator(5)
    for _ in range(20):
        assert cost(found + 1e-3 * random.normal(size=parameters)) > cost(found)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("samples", "parameters"), SHAPES)
@pytest.mark.parametrize("solver", SOLVERS)
def test_momentum_is_the_formula_of_spring(form, samples, parameters, solver):
    derivatives, energies, counts = drawn(form, samples, parameters)
    o, e = by_numpy(derivatives, energies, counts)
    rows, errors = stacked(derivatives, energies, counts)
    shift, mu, phi = 1e-3, 0.9, None
    found = None
    for _ in range(3):
        kept = np.zeros(parameters) if phi is None else mu * phi
        phi = minsr(o, e - o @ kept, shift) + kept
        found = step(rows, errors, shift, solver, 1e-14, momentum=mu, previous=found)
        assert np.abs(found.numpy() - phi).max() < 1e-10 * np.abs(phi).max()
    # It is what lies nearest to mu times the step before, where residuals count too.
    system = np.vstack([o, np.sqrt(shift) * np.eye(parameters)])
    expected = np.linalg.lstsq(system, np.concatenate([e, np.sqrt(shift) * kept]), rcond=None)[0]
    assert np.abs(found.numpy() - expected).max() < 1e-9 * np.abs(expected).max()


def test_without_momentum_or_a_step_before_nothing_is_kept():
    derivatives, energies, counts = drawn("real", 12, 40)
    rows, errors = stacked(derivatives, energies, counts)
    alone = step(rows, errors, 1e-3)
    assert torch.equal(step(rows, errors, 1e-3, momentum=0.9), alone)
    assert torch.equal(step(rows, errors, 1e-3, momentum=0.0, previous=torch.ones(40, dtype=torch.float64)), alone)


@pytest.mark.parametrize(("samples", "parameters"), SHAPES[:2])
@pytest.mark.parametrize("form", FORMS)
def test_the_pseudo_inverse_drops_what_lies_below_its_cutoff(form, samples, parameters):
    derivatives, energies, counts = drawn(form, samples, parameters)
    rows, errors = stacked(derivatives, energies, counts)
    o, e = rows.numpy(), errors.numpy()
    u, s, vh = np.linalg.svd(o, full_matrices=False)
    cutoff = float(np.sqrt(s[4] * s[5]) ** 2 / s[0] ** 2)  # keeps five directions
    expected = vh[:5].conj().T @ (s[:5] / (s[:5] ** 2 + 1e-3) * (u[:, :5].conj().T @ e))
    found = step(rows, errors, 1e-3, "pinv", cutoff)
    assert np.abs(found.numpy() - expected).max() < 1e-10 * np.abs(expected).max()


@pytest.mark.parametrize("form", FORMS)
def test_a_matrix_of_low_rank_without_shift_is_solved_in_the_directions_that_there_are(form):
    derivatives, energies, counts = drawn(form, 12, 40)
    derivatives[:, :, 3:] = derivatives[:, :, :1]  # cholesky fails: the rank is 3
    rows, errors = stacked(derivatives, energies, counts)
    o, e = rows.numpy(), errors.numpy()
    expected = np.linalg.pinv(o, rcond=1e-6) @ e
    for solver in SOLVERS:
        found = step(rows, errors, 0.0, solver, 1e-10).numpy()
        assert np.abs(found - expected).max() < 1e-6 * np.abs(expected).max()


def test_a_matrix_that_rounding_made_indefinite_is_built_again_in_double_precision():
    random = generator(9)
    large = random.normal(size=(64, 3)) @ random.normal(size=(3, 200)) * 100
    rows = torch.from_numpy(large + 0.1 * random.normal(size=(64, 200))).float()
    errors = rows.double() @ torch.from_numpy(random.normal(size=200))
    gram = (rows @ rows.mT).double()
    shift = -0.5 * float(torch.linalg.eigvalsh(gram)[0])
    assert shift > 1e-6  # smaller than the most negative eigenvalue: no Cholesky factor
    expected = step(rows.double(), errors, shift)
    found = step(rows, errors, shift)
    assert (found - expected).norm() < 1e-3 * expected.norm()
    by_eigenvalues = step(rows, errors, shift, "pinv", 1e-9)
    assert (by_eigenvalues - expected).norm() > 0.1 * expected.norm()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("samples", "parameters"), [(12, 40), (40, 12), (300, 700)])
def test_rows_in_single_precision_give_the_step_in_double_precision_to_their_rounding(form, samples, parameters):
    derivatives, energies, counts = drawn(form, samples, parameters)
    o, e = by_numpy(derivatives, energies, counts)
    rows, errors = stacked(derivatives.to(torch.complex64 if form == "complex" else torch.float32), energies, counts)
    found = step(rows, errors, 1e-2)
    expected = sr(o, e, 1e-2) if parameters < samples else minsr(o, e, 1e-2)
    assert found.dtype == (torch.complex128 if form == "complex" else torch.float64)
    assert np.abs(found.numpy() - expected).max() < 1e-4 * np.abs(expected).max()


@pytest.mark.parametrize("form", FORMS)
def test_more_samples_than_a_block_of_the_matrix_make_the_same_step(form):
    derivatives, energies, counts = drawn(form, 600, 610 if form != "stacked" else 1300)
    o, e = by_numpy(derivatives, energies, counts)
    rows, errors = stacked(derivatives, energies, counts)
    expected = minsr(o, e, 1e-2)
    assert np.abs(step(rows, errors, 1e-2).numpy() - expected).max() < 1e-10 * np.abs(expected).max()


def test_the_rows_are_not_changed_by_a_step():
    derivatives, energies, counts = drawn("real", 12, 40)
    rows, errors = stacked(derivatives, energies, counts)
    before = rows.clone(), errors.clone()
    previous = torch.ones(40, dtype=torch.float64)
    step(rows, errors, 1e-3, momentum=0.9, previous=previous)
    assert torch.equal(rows, before[0])
    assert torch.equal(errors, before[1])
    assert torch.equal(previous, torch.ones(40, dtype=torch.float64))


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.complex64])
def test_what_is_no_number_makes_a_step_that_is_none(solver, dtype):
    rows = torch.ones(4, 8, dtype=dtype)
    rows[1, 2] = torch.nan
    assert not step(rows, torch.ones(4, dtype=torch.float64), 1e-3, solver).isfinite().any()
