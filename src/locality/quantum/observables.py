"""Spin correlations, structure factor and order parameters of a ground state, from samples with errors, or exactly."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.errors import DataError, DescriptionError, ShapeError
from locality.lattice.estimate import Estimate
from locality.lattice.exact import Exact
from locality.lattice.lattice import Lattice
from locality.lattice.size import times
from locality.lattice.statistics import binned
from locality.lattice.table import plain
from locality.quantum.signs import stripes

Array = npt.NDArray[Any]
_AT_ONCE = 2**19  # spins that are complex numbers at a time
_SQUARE = 0.75  # S(S+1) of a spin 1/2: 3 Sz Sz of one and the same spin


@dataclass(frozen=True, eq=False)
class Measured:
    """An array of means and their standard errors: nan where the samples are too few to tell, 0 where a value is exact
    or the same in every sample by its definition."""

    values: npt.NDArray[np.float64]
    errors: npt.NDArray[np.float64]

    def to_dict(self) -> dict[str, Any]:
        """Nested lists `values` and `errors`, None for what is not known."""
        return {"values": _lists(self.values), "errors": _lists(self.errors)}


@dataclass(frozen=True, eq=False)
class Observables:
    """What `correlations`, `structure_factor`, `staggered` and `stripe` find, and the `waves` of the structure factor,
    (*size, dimension). With open edges there are no `correlations`, as no two sites are alike."""

    waves: npt.NDArray[np.float64]
    structure_factor: Measured
    correlations: Measured | None
    staggered: Estimate | None
    stripe: Estimate | None

    def to_dict(self) -> dict[str, Any]:
        """The observables as plain data."""
        return {
            "structure_factor": {"waves": self.waves.tolist()} | self.structure_factor.to_dict(),
            "correlations": None if self.correlations is None else self.correlations.to_dict(),
            "staggered": None if self.staggered is None else plain(self.staggered),
            "stripe": None if self.stripe is None else plain(self.stripe),
        }


def observables(lattice: Lattice, configurations: Any, weights: Any = None) -> Observables:
    """All observables of a state, from configurations drawn from |psi|^2, or from all of them and their `weights`.

    `configurations` are +1 and -1, (chains, steps, sites) or one chain (steps, sites), in the lattice's flat order;
    errors know of the autocorrelation, and of chains that do not agree (`lattice.statistics.binned`). With `weights`,
    the probabilities of configurations (n, sites), the values are exact and the errors 0.

    All come from spins along z alone, with 3 <Sz_i Sz_j> for <S_i.S_j>. **That is right only for a singlet**, total
    spin 0, which is the ground state of most antiferromagnets of even size; for a state of another spin, or one that a
    network has not made a singlet, it is its z part alone, three times. Raises `ShapeError` for configurations or
    weights of another shape, and `DataError` for none, for spins other than +1 and -1, and for weights that are no
    probabilities.

    >>> from locality.lattice import Lattice
    >>> from locality.lattice.exact import ground_state_energy
    >>> found = ground_state_energy(Lattice("square", 4), 0.0)
    >>> exact = observables(found.lattice, found.configurations, found.amplitudes**2)
    >>> print(exact.structure_factor.values[2, 2].round(6), exact.staggered)
    4.424434 0.276527(0)

    The state in which the spins stand in a checkerboard is no singlet: three times its z part is 3/4, where its true
    m^2 is that of a classical spin of 1/2 and the quantum part of each with itself, 1/4 + 1/32.

    >>> neel = found.lattice.signs[None]
    >>> observables(found.lattice, neel, [1.0]).staggered.value
    0.75
    """
    if weights is None:
        chains = _chains(lattice, configurations)
        return Observables(
            waves(lattice),
            _structure_factor(lattice, chains),
            _correlations(lattice, chains) if lattice.periodic else None,
            _order(chains, _neel(lattice)),
            _order(chains, _stripes(lattice)),
        )
    return _of_pairs(lattice, _pairs(lattice, configurations, weights))


def of_exact(exact: Exact) -> Observables:
    """The observables of a ground state from its <S_i.S_j> between all sites, whatever its total spin."""
    return _of_pairs(exact.lattice, exact.correlations)


def correlations(lattice: Lattice, configurations: Any, weights: Any = None) -> Measured:
    """<S_0.S_r>, (sublattices, sublattices, *size): from a site of a sublattice to the site of another (or the same)
    so many cells away along each axis, round the edges, averaged over all places to begin.

    Configurations, weights, the assumption of a singlet and errors raised are those of `observables`; besides,
    `DescriptionError` for open edges, where no two sites are alike.
    """
    if not lattice.periodic:
        raise DescriptionError(
            f"{lattice}: correlations are averaged over translations, which open edges do not have. "
            f"Use periodic=True, or look at the structure factor."
        )
    if weights is None:
        return _correlations(lattice, _chains(lattice, configurations))
    return _translated(lattice, _pairs(lattice, configurations, weights))


def structure_factor(lattice: Lattice, configurations: Any, weights: Any = None) -> Measured:
    """S(q) = (1/N) sum over sites i, j of exp(i q.(r_i - r_j)) <S_i.S_j> at the waves of `waves`, (*size).

    Its mean over all q is 3/4 on a lattice of one sublattice, S(0) is 0 for a singlet, and an order at q shows as
    S(q) growing with N. On lattices of several sublattices r are the true positions of the sites, and S(q) goes on to
    change from one zone to the next. Configurations, weights, the assumption of a singlet and errors raised are those
    of `observables`.
    """
    if weights is None:
        return _structure_factor(lattice, _chains(lattice, configurations))
    return _transformed(lattice, _pairs(lattice, configurations, weights))


def staggered(lattice: Lattice, configurations: Any, weights: Any = None) -> Estimate | None:
    """m^2 = (1/N^2) sum of s_i s_j <S_i.S_j> with s = +1 and -1 on the two halves of a bipartite lattice: on the square
    lattice S(pi, pi)/N, the order of Neel. None where the lattice is not bipartite. As `observables` else."""
    return _either(lattice, configurations, weights, _neel(lattice))


def stripe(lattice: Lattice, configurations: Any, weights: Any = None) -> Estimate | None:
    """m^2 = (S(pi, 0) + S(0, pi))/N of the square lattice: the sum, so that stripes along one axis, and a state that
    lies in both, have the same. Only the axes with an even side count, or any with open edges; None where there is
    none, and on another lattice. As `observables` else."""
    return _either(lattice, configurations, weights, _stripes(lattice))


def v_score(energy: float, variance: float, sites: int) -> float:
    """N Var(H)/E^2 of the total energy and the variance of H: 0 for an eigenstate, comparable from one magnet to the
    next (Wu et al., Science 386, 296 (2024), with E_inf = 0, the energy of a magnet at infinite temperature). Infinite
    for an energy of 0.

    >>> v_score(-8.4, 0.21, 16)
    0.047619047619047616
    """
    return sites * variance / energy**2 if energy else inf


def waves(lattice: Lattice) -> npt.NDArray[np.float64]:
    """The waves that fit the lattice, (*size, dimension): q = sum over axes of (m/L) b, m = 0 to L - 1 in reading
    order, b the reciprocal vectors of the cells, b.a = 2 pi; per distance of nearest neighbours.

    >>> waves(Lattice("square", 4))[2, 1] / np.pi
    array([1. , 0.5])
    """
    reciprocal = 2 * np.pi * np.linalg.inv(lattice.vectors).T
    steps = np.moveaxis(np.indices(lattice.size), 0, -1) / lattice.size
    found: npt.NDArray[np.float64] = steps @ reciprocal
    return found


def _structure_factor(lattice: Lattice, chains: Array) -> Measured:
    axes = tuple(range(2, lattice.dimension + 2))
    within = lattice.positions[: lattice.sublattices]  # of the first cell
    phases = np.exp(-1j * np.moveaxis(waves(lattice) @ within.T, -1, 0))
    found = np.empty((*chains.shape[:2], *lattice.size))
    for chain, some in _batches(chains):
        amplitudes = np.fft.fftn(lattice.unflat(chains[chain, some].astype(np.float64)), axes=axes)
        found[chain, some] = np.abs((amplitudes * phases).sum(axis=1)) ** 2 * (_SQUARE / lattice.sites)
    fixed = np.zeros(lattice.size, bool)
    fixed[(0,) * lattice.dimension] = not chains.sum(axis=2, dtype=np.int64).any()  # then S(0) is 0
    return _measured(found, fixed)


def _correlations(lattice: Lattice, chains: Array) -> Measured:
    """By the theorem of Wiener and Khinchin: correlations are the transform of products of transforms."""
    axes = tuple(range(-lattice.dimension, 0))
    found = np.empty((*chains.shape[:2], lattice.sublattices, *lattice.shape))
    for chain, some in _batches(chains):
        amplitudes = np.fft.fftn(lattice.unflat(chains[chain, some].astype(np.float64)), axes=axes)
        products = amplitudes[:, :, None].conj() * amplitudes[:, None]
        found[chain, some] = np.fft.ifftn(products, axes=axes).real * (_SQUARE / lattice.cells)
    fixed = np.zeros(found.shape[2:], bool)
    each = np.arange(lattice.sublattices)
    fixed.reshape(lattice.sublattices, lattice.sublattices, -1)[each, each, 0] = True  # a spin and itself
    return _measured(found, fixed)


def _order(chains: Array, patterns: Array | None) -> Estimate | None:
    if patterns is None:
        return None
    sums = chains.astype(np.float64) @ patterns.T / chains.shape[-1]
    return binned(_SQUARE * (sums**2).sum(axis=-1))


def _either(lattice: Lattice, configurations: Any, weights: Any, patterns: Array | None) -> Estimate | None:
    if weights is None:
        return _order(_chains(lattice, configurations), patterns)
    return _ordered(_pairs(lattice, configurations, weights), patterns)


def _measured(series: Array, fixed: Array) -> Measured:
    """Means over chains and steps, and their errors, but 0 for those that are `fixed`."""
    found = [binned(one) for one in np.moveaxis(series.reshape(*series.shape[:2], -1), 2, 0)]
    values = np.array([one.value for one in found])
    errors = np.array([nan if one.error is None else one.error for one in found])
    return Measured(values.reshape(fixed.shape), np.where(fixed, 0.0, errors.reshape(fixed.shape)))


def _of_pairs(lattice: Lattice, pairs: Array) -> Observables:
    return Observables(
        waves(lattice),
        _transformed(lattice, pairs),
        _translated(lattice, pairs) if lattice.periodic else None,
        _ordered(pairs, _neel(lattice)),
        _ordered(pairs, _stripes(lattice)),
    )


def _transformed(lattice: Lattice, pairs: Array) -> Measured:
    phases = np.exp(1j * lattice.positions @ waves(lattice).reshape(-1, lattice.dimension).T)
    found = (phases.conj() * (pairs @ phases)).sum(axis=0).real / lattice.sites
    return _exact(found.reshape(lattice.size))


def _translated(lattice: Lattice, pairs: Array) -> Measured:
    cells, sublattices = lattice.cells, lattice.sublattices
    places = np.indices(lattice.size).reshape(lattice.dimension, -1)
    ends = np.ravel_multi_index(tuple(places[:, :, None] + places[:, None]), lattice.size, mode="wrap")
    by_cell = pairs.reshape(cells, sublattices, cells, sublattices)
    mean = by_cell[np.arange(cells)[:, None], :, ends].mean(axis=0)  # (cells away, from, to)
    return _exact(np.moveaxis(mean, 0, -1).reshape(sublattices, *lattice.shape))


def _exact(values: Array) -> Measured:
    return Measured(values, np.zeros_like(values))


def _ordered(pairs: Array, patterns: Array | None) -> Estimate | None:
    if patterns is None:
        return None
    return Estimate(float(np.einsum("ki,ij,kj", patterns, pairs, patterns)) / len(pairs) ** 2, 0.0)


def _neel(lattice: Lattice) -> Array | None:
    return None if lattice.signs is None else lattice.signs[None].astype(np.float64)


def _stripes(lattice: Lattice) -> Array | None:
    found = list(stripes(lattice).values())
    return np.array(found, np.float64) if found else None


def _pairs(lattice: Lattice, configurations: Any, weights: Any) -> Array:
    """3 <Sz_i Sz_j> between all sites, (sites, sites)."""
    spins = _spins(lattice, configurations)
    chances = np.asarray(weights, np.float64)
    if spins.ndim != 2 or chances.shape != spins.shape[:1]:
        raise ShapeError(
            f"{lattice}: weights of shape {times(chances.shape)} do not fit configurations of shape "
            f"{times(spins.shape)}. Give (n,) and (n, {lattice.sites})."
        )
    if not (chances >= 0).all() or abs(chances.sum() - 1) > 1e-6:
        raise DataError(
            f"{lattice}: weights from {chances.min():.3g} that sum to {chances.sum():.6g} are no probabilities. "
            f"Divide |psi|^2 by its sum."
        )
    found: Array = _SQUARE * (spins.T * chances) @ spins
    return found


def _chains(lattice: Lattice, configurations: Any) -> Array:
    spins = _spins(lattice, configurations)
    return spins if spins.ndim == 3 else spins[None]


def _spins(lattice: Lattice, configurations: Any) -> Array:
    spins = np.asarray(configurations)
    if spins.ndim not in (2, 3) or spins.shape[-1] != lattice.sites:
        raise ShapeError(
            f"{lattice}: configurations of shape {times(spins.shape)} are not of its {lattice.sites} sites. "
            f"Give (steps, {lattice.sites}), with or without an axis of chains before."
        )
    if not spins.size:
        raise DataError(f"{lattice}: configurations of shape {times(spins.shape)} are none. Give at least one.")
    if not ((spins == 1) | (spins == -1)).all():
        raise DataError(f"{lattice}: spins are +1 and -1, not from {spins.min()} to {spins.max()}. Give 2 Sz.")
    return spins


def _batches(chains: Array) -> Iterator[tuple[int, slice]]:
    many = max(1, _AT_ONCE // chains.shape[-1])
    for chain in range(len(chains)):
        for start in range(0, chains.shape[1], many):
            yield chain, slice(start, start + many)


def _lists(values: Array) -> Any:
    """Nested lists, None for what is not a number."""
    if values.ndim:
        return [_lists(each) for each in values]
    return float(values) if isfinite(values) else None
