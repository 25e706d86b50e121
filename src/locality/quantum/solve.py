"""Stochastic reconfiguration: from derivatives of log psi and local energies to the change of the parameters.

With O the derivatives less their mean and e the local energies less theirs, both times the square root of the
samples' weights (1/n each, where they are drawn from |psi|^2), the step is (O^H O + shift)^-1 O^H e (Sorella 1998),
which equals O^H (O O^H + shift)^-1 e (MinSR, Chen and Heyl 2024): the smaller of the two matrices is the one to build.
"""

import torch
from torch import Tensor

SOLVERS = ("cholesky", "pinv")
BLOCK = 128  # rows at once
COLUMNS = 4096  # of the rows, at once


def stacked(derivatives: Tensor, energies: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """O and e of derivatives (parts, n, parameters), local energies complex128 (n,), and weights (n,) with sum 1.

    One part: the derivatives of a real psi, real, or of a holomorphic one, complex. Two parts: those of log |psi| and
    of its phase to real parameters; then the rows of O are the real and the imaginary parts one after the other, and so
    are those of e, and O^T e is half the gradient of the energy. The derivatives are changed in place.
    """
    roots, narrow = weights.sqrt(), weights.to(derivatives.dtype)
    for part in derivatives:
        mean = narrow @ part
        for first in range(0, len(part), BLOCK):  # so few rows at once that they stay in the processor's cache
            some = slice(first, first + BLOCK)
            part[some].sub_(mean).mul_(roots[some, None].to(part.dtype))
    rows = derivatives.flatten(0, 1)
    errors = (energies - (weights * energies).sum()) * roots
    if len(derivatives) == 2:
        return rows, torch.cat([errors.real, errors.imag])
    return rows, errors if derivatives.is_complex() else errors.real


def step(
    rows: Tensor,
    errors: Tensor,
    shift: float,
    solver: str = "cholesky",
    cutoff: float = 1e-8,
    momentum: float = 0.0,
    previous: Tensor | None = None,
) -> Tensor:
    """The step, float64 or complex128 (parameters,), to be taken times minus the learning rate.

    `shift` is added to the diagonal of the matrix, which is built in the precision of the rows (in float64 if rounding
    leaves no Cholesky factor) and solved in float64; `pinv` drops eigenvalues below `cutoff` times the largest instead
    of leaving them to the shift alone. With `momentum` mu and the `previous` step phi, mu phi is kept where the samples
    say nothing against it (SPRING, Goldshlager, Abrahamsen and Lin 2024): O^H (O O^H + shift)^-1 (e - mu O phi) + mu
    phi.
    """
    kept = None if previous is None or not momentum else momentum * previous
    if kept is not None:
        errors = errors - (rows @ kept.to(rows.dtype)).to(errors.dtype)
    narrow = errors.to(rows.dtype) if rows.is_complex() or not errors.is_complex() else errors.real.to(rows.dtype)
    if rows.shape[1] < rows.shape[0]:
        found = _solved(rows.mH, rows.mH @ narrow, shift, solver, cutoff)
    else:
        weights = _solved(rows, narrow, shift, solver, cutoff)
        found = (rows.mH @ weights.to(rows.dtype)).to(weights.dtype)
    return found if kept is None else found + kept


def _solved(rows: Tensor, right: Tensor, shift: float, solver: str, cutoff: float) -> Tensor:
    """(rows rows^H + shift)^-1 right, in double precision."""
    wide = torch.complex128 if rows.is_complex() else torch.float64
    right = right.to(wide)
    if solver == "cholesky":
        for precision in (rows.dtype, wide):  # rounding in single precision may leave it indefinite
            matrix = _gram(rows, precision).to(wide)
            matrix.diagonal().add_(shift)
            factor, failed = torch.linalg.cholesky_ex(matrix)
            if not failed:
                return torch.cholesky_solve(right[:, None], factor)[:, 0]
    matrix = _gram(rows, rows.dtype).to(wide)
    if not torch.view_as_real(matrix).isfinite().all() if wide.is_complex else not matrix.isfinite().all():
        return torch.full_like(right, torch.nan)
    values, vectors = torch.linalg.eigh(matrix)
    kept = values > cutoff * values[-1].clamp(min=0)
    inverse = torch.where(kept, 1 / (values + shift).where(kept, torch.ones_like(values)), torch.zeros_like(values))
    found: Tensor = vectors @ (inverse * (vectors.mH @ right))
    return found


def _gram(rows: Tensor, precision: torch.dtype) -> Tensor:
    """rows times their own adjoint, on and below the diagonal: nobody reads what is above."""
    count = len(rows)
    matrix = torch.zeros(count, count, dtype=precision)
    for columns in torch.split(rows, COLUMNS, dim=1):
        some = columns.to(precision)
        for first in range(0, count, BLOCK):
            last = min(first + BLOCK, count)
            matrix[first:last, :last].addmm_(some[first:last], some[:last].mH)
    return matrix
