"""The J1-J2 model: H = sum over neighbours of S.S + J2 times the sum over next neighbours, S = sigma/2, J1 = 1."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import csr_array

from locality.errors import DescriptionError
from locality.lattice import Lattice
from locality.lattice.exact import coupling_given

Array = npt.NDArray[Any]
# Connected configurations that are evaluated at once: bounds the memory, and is far more than the lanes of a processor.
AT_ONCE = 65_536
LARGEST = 1e6  # J2: beyond, single precision sees nothing of J1


@dataclass(frozen=True)
class Hamiltonian:
    """The antiferromagnet on a lattice, in the sector of as many up spins as down spins.

    On configurations it acts as sum over pairs of J/4 on parallel and -J/4 on antiparallel spins, and J/2 times the
    configuration with an antiparallel pair exchanged.

    Raises `DescriptionError` for an odd number of sites, where no such sector exists, and for a J2 that is no number;
    `ShapeError` where the lattice is too small for next neighbours.
    """

    lattice: Lattice
    j2: float

    def __post_init__(self) -> None:
        if not isinstance(self.lattice, Lattice):
            raise DescriptionError(f'{self.lattice!r} is no lattice. Give one, such as Lattice("square", 6).')
        object.__setattr__(self, "j2", coupling_given(str(self.lattice), self.j2))
        if abs(self.j2) > LARGEST:
            raise DescriptionError(f"{self.lattice}: j2 is {self.j2:g}, beyond {LARGEST:g} times J1. Use less.")
        if self.lattice.sites % 2:
            raise DescriptionError(
                f"{self.lattice}: {self.lattice.sites} sites cannot hold as many up as down spins (Sz = 0). Use an "
                f"even number of sites."
            )
        self.strengths  # noqa: B018  # a lattice too small for J2 is said here

    @cached_property
    def _bonds(self) -> tuple[Array, Array]:
        bonds = [self.lattice.bonds(1)] + ([self.lattice.bonds(2)] if self.j2 else [])
        strengths = [1.0] * len(bonds[0]) + ([self.j2] * len(bonds[1]) if self.j2 else [])
        pairs, place = np.unique(np.sort(np.concatenate(bonds), axis=1), axis=0, return_inverse=True)
        return pairs.astype(np.int32), np.bincount(place.reshape(-1), strengths, len(pairs))

    @property
    def pairs(self) -> Array:
        """The pairs of sites that interact, each once: int32 (pairs, 2)."""
        return self._bonds[0]

    @property
    def strengths(self) -> Array:
        """The coupling of each pair."""
        return self._bonds[1]

    def diagonal(self, configurations: Array) -> Array:
        """<s|H|s> of each configuration: float64 (n,)."""
        found: Array = _diagonal(configurations, self.pairs, self.strengths)
        return found

    def exchanged(self, configurations: Array) -> tuple[Array, Array, Array, Array]:
        """The configurations that H leads to, int8 (m, sites), from which of the given ones each comes, with what
        matrix element, and how many antiparallel pairs it has itself. Such a pair leads to one, a parallel one to
        none."""
        counts = _antiparallel(configurations, self.pairs)
        source = np.repeat(np.arange(len(configurations)), counts)
        found = np.empty((len(source), self.lattice.sites), np.int8)
        elements, antiparallel = np.empty(len(source)), np.empty(len(source))
        _exchange(configurations, self.pairs, self.strengths, counts, found, elements, antiparallel)
        return found, source, elements, antiparallel

    def matrix(self, configurations: Array) -> csr_array:
        """H among these configurations, sparse: all of a sector make the whole of it. For small lattices."""
        codes = np.packbits(configurations > 0, axis=1)
        order = {code.tobytes(): k for k, code in enumerate(codes)}
        found, source, elements, _ = self.exchanged(configurations)
        ends = np.array([order.get(code.tobytes(), -1) for code in np.packbits(found > 0, axis=1)], int)
        among = ends >= 0
        count = len(configurations)
        off = csr_array((elements[among], (ends[among], source[among])), shape=(count, count))
        return csr_array(off + csr_array((self.diagonal(configurations), (range(count), range(count))), off.shape))


def local_energies(
    hamiltonian: Hamiltonian,
    configurations: Array,
    log_psi: Callable[[Array], Array],
    values: Array | None = None,
    at_once: int = AT_ONCE,
) -> Array:
    """E(s) = sum over s' of <s|H|s'> psi(s')/psi(s), complex128 (n,), whose mean over |psi|^2 is the energy.

    `values` are log psi of the configurations, where they are known. Up to 64 sites each configuration that occurs
    is evaluated once, however many lead to it; not more than about `at_once` are held in memory.
    """
    values = log_psi(configurations) if values is None else values
    return local_sums(hamiltonian, configurations, log_psi, values, 2.0, at_once)[0]


def local_sums(
    hamiltonian: Hamiltonian,
    configurations: Array,
    log_psi: Callable[[Array], Array],
    values: Array,
    exponent: float,
    at_once: int = AT_ONCE,
) -> tuple[Array, Array]:
    """The local energies, and beside them the sum over the same s' of |psi(s')/psi(s)|^exponent over the number of
    exchanges that s' has: how often one exchange, drawn at random, leads from |psi|^exponent to s, in units of its own
    |psi(s)|^exponent; float64 (n,)."""
    energies = hamiltonian.diagonal(configurations).astype(complex)
    reached = np.zeros(len(configurations))
    each = max(1, at_once // max(1, len(hamiltonian.pairs)))
    for first in range(0, len(configurations), each):
        part = slice(first, first + each)
        found, source, elements, antiparallel = hamiltonian.exchanged(configurations[part])
        ratios = np.exp(_log_psi_of_each(found, log_psi) - values[part][source])
        energies[part] += _summed(elements * ratios, source, len(configurations[part]))
        reached[part] = np.bincount(source, np.abs(ratios) ** exponent / antiparallel, len(configurations[part]))
    return energies, reached


def _log_psi_of_each(configurations: Array, log_psi: Callable[[Array], Array]) -> Array:
    if configurations.shape[1] > 64:
        return log_psi(configurations)
    codes = _codes(configurations)
    _, first, place = np.unique(codes, return_index=True, return_inverse=True)
    return log_psi(configurations[first])[place]


def _summed(values: Array, source: Array, count: int) -> Array:
    return np.bincount(source, values.real, count) + 1j * np.bincount(source, values.imag, count)


@njit(cache=True, nogil=True)
def _diagonal(configurations: Any, pairs: Any, strengths: Any) -> Any:
    found = np.zeros(configurations.shape[0])
    for n in range(configurations.shape[0]):
        for k in range(pairs.shape[0]):
            found[n] += 0.25 * strengths[k] * configurations[n, pairs[k, 0]] * configurations[n, pairs[k, 1]]
    return found


@njit(cache=True, nogil=True)
def _antiparallel(configurations: Any, pairs: Any) -> Any:
    found = np.zeros(configurations.shape[0], np.int64)
    for n in range(configurations.shape[0]):
        for k in range(pairs.shape[0]):
            found[n] += configurations[n, pairs[k, 0]] != configurations[n, pairs[k, 1]]
    return found


@njit(cache=True, nogil=True)
def _exchange(
    configurations: Any, pairs: Any, strengths: Any, counts: Any, found: Any, elements: Any, antiparallel: Any
) -> None:
    m = 0
    around = np.empty(configurations.shape[1], np.int64)  # the sum of a spin's products with those it is paired with
    for n in range(configurations.shape[0]):
        around[:] = 0
        for k in range(pairs.shape[0]):
            product = configurations[n, pairs[k, 0]] * configurations[n, pairs[k, 1]]
            around[pairs[k, 0]] += product
            around[pairs[k, 1]] += product
        for k in range(pairs.shape[0]):
            a, b = pairs[k, 0], pairs[k, 1]
            if configurations[n, a] != configurations[n, b]:
                for i in range(configurations.shape[1]):
                    found[m, i] = configurations[n, i]
                found[m, a] = configurations[n, b]
                found[m, b] = configurations[n, a]
                elements[m] = 0.5 * strengths[k]
                # a turned spin's parallel pairs become antiparallel and the other way round; that of both stays
                antiparallel[m] = counts[n] + around[a] + around[b] + 2
                m += 1


@njit(cache=True, nogil=True)
def _codes(configurations: Any) -> Any:
    """A number for each configuration of up to 64 sites: its up spins as bits."""
    found = np.zeros(configurations.shape[0], np.uint64)
    for n in range(configurations.shape[0]):
        code = np.uint64(0)
        for i in range(configurations.shape[1]):
            code = (code << np.uint64(1)) | np.uint64(configurations[n, i] > 0)
        found[n] = code
    return found
