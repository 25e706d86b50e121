"""Ground states of the J1-J2 Heisenberg magnet on small lattices, exactly: Lanczos on all configurations of total spin
zero along z."""

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import comb, isfinite
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import csr_array
from scipy.sparse.linalg import eigsh

from locality.errors import DescriptionError
from locality.lattice.lattice import Lattice

Array = npt.NDArray[Any]
MOST = 20  # sites
_DENSE = 252  # configurations, of 10 sites: below, all eigenvalues are as quick
_NOTHING = 1e-10  # of the largest amplitude: what is smaller is rounding, and has no sign


@dataclass(frozen=True, eq=False, repr=False)
class Exact:
    """The ground state of H = sum S_i.S_j over nearest neighbours + j2 sum S_i.S_j over second neighbours, S = 1/2.

    `energy` is the total one; `amplitudes` (configurations,) are real and normalised, the first that is not 0 positive.
    Where several states share the lowest energy, amplitudes and correlations are those of one of them, always the same,
    which need not have the symmetry of the lattice.
    """

    lattice: Lattice
    j2: float
    energy: float
    amplitudes: npt.NDArray[np.float64]
    _codes: npt.NDArray[np.uint32] = field(repr=False)

    @property
    def energy_per_site(self) -> float:
        """The energy over the number of sites."""
        return self.energy / self.lattice.sites

    @cached_property
    def configurations(self) -> npt.NDArray[np.int8]:
        """All configurations with as many spins up (+1) as down (-1), int8 (configurations, sites), in the order of the
        amplitudes: that of the binary numbers in which site i is the bit 2^i, up for 1."""
        bits = self._codes[:, None] >> np.arange(self.lattice.sites, dtype=np.uint32) & 1
        return _kept((2 * bits.astype(np.int8) - 1).astype(np.int8))

    @cached_property
    def correlations(self) -> npt.NDArray[np.float64]:
        """<S_i.S_j> between all sites, (sites, sites), 3/4 on the diagonal; nothing is assumed of the total spin.

        An antiferromagnet on a ring of four: two spins across it are as parallel as two can be, 1/4.

        >>> ground_state_energy(Lattice("chain", 4), 0.0).correlations[0].round(12).tolist()
        [0.75, -0.5, 0.25, -0.5]
        """
        swapped = 2 * np.eye(self.lattice.sites)
        _swaps(self._codes, _places(self._codes, self.lattice.sites), self.amplitudes, swapped)
        return _kept(swapped / 2 - 0.25)

    def __repr__(self) -> str:
        return f"<Ground state of {self.lattice}, J2 = {self.j2:g}: {self.energy_per_site:.10g} per site>"


def ground_state_energy(lattice: Lattice, j2: float) -> Exact:
    """The ground state of the J1-J2 magnet, J1 = 1, of an even number of sites up to 20, periodic or open.

    Every multiplet has a state in the sector of as many spins up as down, so that the lowest energy there is the lowest
    of all. The energy is exact to about 12 digits and the same on every call. Raises `DescriptionError` for a `j2` that
    is no number, for an odd number of sites and for more than 20, and for `j2` other than 0 the `ShapeError` of
    `Lattice.bonds` where the lattice is too small for second neighbours.

    >>> ground_state_energy(Lattice("square", 4), 0.5).energy_per_site.__round__(10)
    -0.5286202095

    A chain at J2 = 1/2 falls into pairs of neighbours, each a singlet of -3/4, although every spin is coupled to four
    (Majumdar and Ghosh, J. Math. Phys. 10, 1388 (1969)); there are two ways to pair them, and one energy:

    >>> ground_state_energy(Lattice("chain", 12), 0.5).energy_per_site.__round__(12)
    -0.375
    """
    return _solved(lattice, coupling_given(str(lattice), j2))


def coupling_given(where: str, j2: Any) -> float:
    """A coupling of second neighbours as a float; `DescriptionError` for what is no finite number."""
    try:
        if isinstance(j2, Real) and not isinstance(j2, bool) and isfinite(j2):
            return float(j2)
    except OverflowError:  # of a whole number beyond every float
        pass
    raise DescriptionError(f"{where}: j2 is {j2!r}. Give the coupling of second neighbours, a number such as 0.5.")


@lru_cache(maxsize=4)
def _solved(lattice: Lattice, j2: float) -> Exact:
    sites = lattice.sites
    if sites > MOST:
        raise DescriptionError(
            f"{lattice}: {sites:,} sites are too many to diagonalise; {MOST} have {comb(MOST, MOST // 2):,} "
            f"configurations, and two more make nearly four times as many. Use at most {MOST} sites; published "
            f"energies exist of the periodic square lattice with 6x6 and 10x10 sites."
        )
    if sites % 2:
        raise DescriptionError(
            f"{lattice}: {sites} spins are an odd number, of which no half can point up. Use an even number of sites."
        )
    pairs, strengths = _coupled(lattice, j2)
    codes = _sector(sites)
    matrix = _matrix(codes, pairs, strengths, sites)
    energy, amplitudes = _lowest(matrix)
    first = amplitudes[np.abs(amplitudes) > _NOTHING * np.abs(amplitudes).max()][0]
    return Exact(lattice, j2, energy, _kept(amplitudes * np.sign(first)), _kept(codes))


def _coupled(lattice: Lattice, j2: float) -> tuple[Array, Array]:
    """The bonds (bonds, 2) and the strength of each."""
    bonds = [lattice.bonds(1)] + ([lattice.bonds(2)] if j2 else [])
    strengths = np.repeat([1.0, j2][: len(bonds)], [len(each) for each in bonds])
    return np.concatenate(bonds), strengths


def _sector(sites: int) -> npt.NDArray[np.uint32]:
    """All numbers of so many bits of which half are 1, rising."""
    every = np.arange(2**sites, dtype=np.uint32)
    half: npt.NDArray[np.uint32] = every[np.bitwise_count(every) == sites // 2]
    return half


def _places(codes: Array, sites: int) -> npt.NDArray[np.int32]:
    """Where each number stands among the codes."""
    places = np.zeros(2**sites, np.int32)
    places[codes] = np.arange(len(codes), dtype=np.int32)
    return places


def _matrix(codes: Array, pairs: Array, strengths: Array, sites: int) -> csr_array:
    """H among the configurations, with S_i.S_j = (swap of i and j)/2 - 1/4."""
    masks = (np.uint32(1) << pairs.astype(np.uint32)).sum(axis=1, dtype=np.uint32)
    moving = np.zeros(len(codes) + 1, np.int64)
    _count(codes, masks, moving)
    rows = moving.cumsum()
    columns, entries = np.empty(rows[-1], np.int32), np.empty(rows[-1])
    _fill(codes, _places(codes, sites), masks, strengths, rows, columns, entries)
    return csr_array((entries, columns, rows.astype(np.int32)), shape=(len(codes), len(codes)))


def _lowest(matrix: csr_array) -> tuple[float, Array]:
    """The lowest eigenvalue and its vector."""
    if matrix.shape[0] <= _DENSE:
        values, vectors = np.linalg.eigh(matrix.toarray())
    else:
        # Random numbers have a part in every symmetry of the lattice, so that no ground state is missed.
        start = np.random.Generator(np.random.PCG64(7)).random(matrix.shape[0]) - 0.5
        values, vectors = eigsh(matrix, k=1, which="SA", v0=start, tol=1e-13)
    return float(values[0]), vectors[:, 0]


@njit(cache=True, nogil=True)
def _count(codes: Array, masks: Array, moving: Array) -> None:
    """How many entries each row of the matrix has, the diagonal included, after a 0."""
    for row in range(len(codes)):
        entries = 1
        for mask in masks:
            bits = codes[row] & mask
            entries += bits != 0 and bits != mask
        moving[row + 1] = entries


@njit(cache=True, nogil=True)
def _fill(
    codes: Array, places: Array, masks: Array, strengths: Array, rows: Array, columns: Array, entries: Array
) -> None:
    for row in range(len(codes)):
        here, diagonal = rows[row] + 1, 0.0
        for bond in range(len(masks)):
            bits = codes[row] & masks[bond]
            if bits == 0 or bits == masks[bond]:
                diagonal += strengths[bond] / 4
            else:
                diagonal -= strengths[bond] / 4
                columns[here] = places[codes[row] ^ masks[bond]]
                entries[here] = strengths[bond] / 2
                here += 1
        columns[rows[row]], entries[rows[row]] = row, diagonal


@njit(cache=True, nogil=True)
def _swaps(codes: Array, places: Array, amplitudes: Array, swapped: Array) -> None:
    """<swap of i and j>, above the diagonal and below it."""
    for one in range(len(swapped)):
        for other in range(one):
            mask = (np.uint32(1) << np.uint32(one)) | (np.uint32(1) << np.uint32(other))
            total = 0.0
            for row in range(len(codes)):
                bits = codes[row] & mask
                to = row if bits == 0 or bits == mask else places[codes[row] ^ mask]
                total += amplitudes[row] * amplitudes[to]
            swapped[one, other] = total
            swapped[other, one] = total


def _kept(array: Array) -> Array:
    """The array, which everybody reads and nobody writes."""
    array.setflags(write=False)
    return array
