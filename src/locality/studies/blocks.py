"""Coarse graining as an experiment: equilibrium samples below, at and above the critical temperature, their flow, and
the exponents."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from locality.errors import DataError, DescriptionError, ShapeError
from locality.geometry.arguments import whole
from locality.lattice import Lattice, critical
from locality.lattice.blocks import sides_of
from locality.lattice.ising import ising
from locality.lattice.levels import LEAST, levels
from locality.lattice.renormalisation import Exponents, exponents
from locality.lattice.samples import Samples
from locality.studies.flow import Flow, Flows, flow
from locality.studies.matching import Matching, matching
from locality.studies.measured import wrapped

NEAR = 1e-3  # a temperature so near to the critical one, as a share of it, is taken for it


@dataclass(frozen=True, eq=False, repr=False)
class Blocks:
    """The finished study: the flow at each temperature, and for the critical one how levels of one size match and, on
    the square lattice, the exponents y_T and y_H; printed it is their tables."""

    flows: Flows
    critical: float | None
    matching: Matching | None
    exponents: Exponents | None
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        parts = [repr(one) for one in self.flows]
        if self.matching is not None and self.matching.matches:
            side = self.matching.side
            parts.append(
                wrapped(
                    f"At the critical temperature: level n of {side} beside level 0 of a lattice of that side, and "
                    f"beside level n-1 of one that began a block smaller."
                )
            )
            parts.append(repr(self.matching))
        if self.exponents is not None:
            parts.append(f"Exponents at the critical temperature\n{self.exponents}")
        return "\n\n".join([*parts, *map(wrapped, self.notes)])

    def to_dict(self) -> dict[str, Any]:
        """The study as plain data."""
        return {
            "study": "blocks",
            "critical": self.critical,
            "flows": [one.to_dict() for one in self.flows],
            "matching": None if self.matching is None else self.matching.to_dict(),
            "exponents": None if self.exponents is None else self.exponents.to_dict(),
            "notes": list(self.notes),
        }


def blocks(
    lattice: str = "square",
    size: int = 64,
    temperatures: Sequence[float] | None = None,
    samples: int = 20_000,
    block: int = 2,
    rule: str = "majority",
    ties: str = "random",
    seed: int = 0,
    progress: bool = True,
) -> Blocks:
    """Sample a lattice in equilibrium, coarse-grain it level by level, and measure.

    Without temperatures: 0.9, 1 and 1.1 times the critical one. At the critical temperature smaller lattices are
    sampled too, for the levels to be compared with, and on the square lattice the exponents are taken from all samples.
    Raises what `Lattice`, `ising` and `block_spin` raise, before anything is sampled.
    """
    whole("samples", samples)
    large = Lattice(lattice, size)
    sides = sides_of(block, large.dimension)
    list(levels(np.ones((1, *large.shape), np.int8), sides, rule, ties, seed))  # refuses what cannot be, at once
    point = critical.temperature(lattice)
    if temperatures is None:
        if point is None:
            raise DescriptionError(
                f"{lattice}: it has no critical temperature to coarse-grain at. Give temperatures, such as 1.0."
            )
        temperatures = (0.9 * point, point, 1.1 * point)
    flows: list[Flow] = []
    notes: list[str] = []
    compared, found = None, None
    for temperature in temperatures:
        drawn = _sampled(large, temperature, samples, seed, progress, notes)
        flows.append(flow(drawn, sides, rule, ties, seed))
        if point is None or abs(temperature / point - 1) > NEAR or compared is not None:
            continue
        if lattice == "square" and rule != "average":
            try:
                found = exponents(drawn, block, rule, ties, seed)
            except (
                DataError,
                ShapeError,
            ) as error:  # too few samples or cells for them: the flow is there all the same
                notes.append(f"No exponents. {error}")
        smaller: list[Flow] = []
        length = size // block
        while length % block == 0 and length // block >= LEAST:
            fewer = _sampled(Lattice(lattice, length), temperature, samples, seed + 1 + len(smaller), progress, notes)
            smaller.append(flow(fewer, sides, rule, ties, seed))
            length //= block
        compared = matching(flows[-1], smaller)
    return Blocks(Flows(tuple(flows)), point, compared, found, tuple(notes))


def _sampled(
    lattice: Lattice, temperature: float, samples: int, seed: int, progress: bool, notes: list[str]
) -> Samples:
    at = f"{lattice.name} {'x'.join(map(str, lattice.size))}, T = {temperature:.6g}"
    if progress:
        print(f"{at}: {samples:,} samples", file=sys.stderr, flush=True)
    drawn = ising(lattice, temperature, samples, seed=seed)
    if not drawn.equilibrated:
        notes.append(f"{at}: these samples have not equilibrated, and their numbers cannot be trusted.")
    return drawn
