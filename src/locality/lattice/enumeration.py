"""Every configuration of a small lattice, counted by its energy and its magnetisation: exact results at any temperature
and in any field."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from locality.errors import DescriptionError
from locality.lattice.lattice import Lattice
from locality.lattice.moments import observables
from locality.lattice.temperature import temperature_given

Counts = npt.NDArray[np.int64]
MOST = 25  # sites
_CELLS = 2**24  # of the table that is counted into


@dataclass(frozen=True, eq=False)
class States:
    """The density of states: `counts` configurations have the sums `products` (rows, orders) of s_i s_j over the bonds
    of each neighbour order, and the sum `magnetisation` (rows,) of all spins. All are whole numbers."""

    sites: int
    coupling: tuple[float, ...]
    products: Counts
    magnetisation: Counts
    counts: Counts

    def energy(self, field: float = 0.0) -> npt.NDArray[np.float64]:
        """The total energy of each row, - sum over orders of J products - h magnetisation."""
        found: npt.NDArray[np.float64] = -self.products @ np.array(self.coupling) - field * self.magnetisation
        return found


def states(lattice: Lattice, coupling: float | Sequence[float] = 1.0) -> States:
    """The density of states of a lattice of up to 25 sites, over the bonds of every order with a coupling.

    Half of the configurations are visited, each one spin away from the one before (a Gray code), and the other half are
    their mirror images. Raises `DescriptionError` for more sites, or for so many orders that the levels are too many to
    count, and what `Lattice.bonds` raises for an order that the lattice is too small for.

    >>> found = states(Lattice("square", 3))
    >>> int(found.counts.sum()), np.unique(found.energy())[:3], found.counts[found.energy() == -18]
    (512, array([-18., -10.,  -6.]), array([1, 1]))
    """
    strengths = couplings(coupling)
    if lattice.sites > MOST:
        raise DescriptionError(
            f"{lattice}: {lattice.sites} sites have 2^{lattice.sites} configurations, too many to count one by one. "
            f"Use at most {MOST} sites."
        )
    orders = tuple(order for order, strength in enumerate(strengths, 1) if strength)
    products, magnetisation, counts = _counted(lattice, orders)
    return States(lattice.sites, tuple(strengths[order - 1] for order in orders), products, magnetisation, counts)


def exact(
    lattice: Lattice, temperature: float, coupling: float | Sequence[float] = 1.0, field: float = 0.0
) -> dict[str, float]:
    """The observables of a lattice of up to 25 sites in equilibrium, from its density of states: `energy` and
    `heat_capacity` per site, `magnetisation` <|m|>, `magnetisation2` <m^2>, `magnetisation4` <m^4>, `binder`
    1 - <m^4>/(3 <m^2>^2) and `susceptibility` sites (<m^2> - <|m|>^2)/T.

    `coupling` is one number, or one for each neighbour order; above 0 is ferromagnetic. Raises what `states` raises,
    and `DescriptionError` for a temperature that is none.

    >>> found = exact(Lattice("square", 4), 2.269185314213022)
    >>> round(found["magnetisation"], 10), round(found["magnetisation2"], 10)
    (0.8438604448, 0.7613589086)

    Spins on a triangle cannot all be opposite, so that even without heat a third of the bonds are unsatisfied:

    >>> exact(Lattice("triangular", 3), 1e-9, coupling=-1.0)["energy"]
    -1.0
    """
    temperature = temperature_given("exact", temperature)
    found = states(lattice, coupling)
    return observables(found.energy(field), found.magnetisation, np.log(found.counts), found.sites, temperature)


def countable(lattice: Lattice, coupling: float | Sequence[float] = 1.0) -> bool:
    """Whether `states` counts this lattice with these couplings."""
    orders = [order for order, strength in enumerate(couplings(coupling), 1) if strength]
    return lattice.sites <= MOST and prod(_levels(lattice, orders)) * (lattice.sites + 1) <= _CELLS


def couplings(coupling: Any) -> tuple[float, ...]:
    """One strength for each neighbour order, from one number or several. Raises `DescriptionError`."""
    given = np.asarray(coupling)
    if given.ndim > 1 or not given.size or given.dtype.kind not in "iuf" or not np.isfinite(given).all():
        raise DescriptionError(f"coupling {coupling!r} is no strength. Give one number, or one for each order.")
    return tuple(map(float, np.atleast_1d(given)))


@lru_cache(maxsize=64)
def _counted(lattice: Lattice, orders: tuple[int, ...]) -> tuple[Counts, Counts, Counts]:
    bonds = [lattice.bonds(order) for order in orders]
    masks = np.zeros((max(1, len(orders)), lattice.sites), np.uint32)
    for row, pairs in zip(masks, bonds, strict=False):
        for one, other in pairs.tolist():
            row[one] |= np.uint32(1 << other)
            row[other] |= np.uint32(1 << one)
    levels = _levels(lattice, orders)
    if prod(levels) * (lattice.sites + 1) > _CELLS:
        raise DescriptionError(
            f"{lattice}: {len(orders)} neighbour orders make {prod(levels):,} energy levels, too many to count. "
            f"Use fewer orders or a smaller lattice."
        )
    steps = np.cumprod([1, *levels[::-1]])[::-1][1:] * (lattice.sites + 1) if orders else np.zeros(1)
    half = np.zeros((prod(levels), lattice.sites + 1), np.int64)
    _walk(masks, steps.astype(np.int64), half.reshape(-1))
    table = (half + half[:, ::-1]).reshape(*levels, lattice.sites + 1)
    *broken, down = np.nonzero(table)
    sums = [len(pairs) - 2 * row for pairs, row in zip(bonds, broken, strict=True)]
    products = np.stack(sums, axis=-1) if orders else np.zeros((len(down), 0), np.int64)
    found = products, lattice.sites - 2 * down, table[table > 0]
    for each in found:
        each.setflags(write=False)
    return found


def _levels(lattice: Lattice, orders: Sequence[int]) -> list[int]:
    """How many energies the bonds of each order can have."""
    return [len(lattice.bonds(order)) + 1 for order in orders]


@njit(cache=True, nogil=True)
def _walk(masks: npt.NDArray[np.uint32], steps: Counts, table: Counts) -> None:
    """Count into the table, at the place (unsatisfied bonds of each order, spins down), every configuration whose last
    spin is up."""
    sites = masks.shape[1]
    around = np.zeros(masks.shape, np.int64)
    for order in range(masks.shape[0]):
        for site in range(sites):
            around[order, site] = _ones(masks[order, site])
    down = np.uint32(0)
    place = np.int64(0)
    table[0] += 1
    for number in range(1, 1 << (sites - 1)):
        site = 0
        while not (number >> site) & 1:
            site += 1
        was_down = (down >> np.uint32(site)) & np.uint32(1)
        for order in range(masks.shape[0]):
            others = _ones(down & masks[order, site])  # neighbours that are down
            change = around[order, site] - 2 * others
            place += steps[order] * (-change if was_down else change)
        place += -1 if was_down else 1
        down ^= np.uint32(1) << np.uint32(site)
        table[place] += 1


@njit(cache=True, nogil=True, inline="always")
def _ones(bits: np.uint32) -> np.int64:
    """How many bits are 1."""
    bits = bits - ((bits >> np.uint32(1)) & np.uint32(0x55555555))
    bits = (bits & np.uint32(0x33333333)) + ((bits >> np.uint32(2)) & np.uint32(0x33333333))
    bits = (bits + (bits >> np.uint32(4))) & np.uint32(0x0F0F0F0F)
    return np.int64((np.uint32(bits * np.uint32(0x01010101))) >> np.uint32(24))
