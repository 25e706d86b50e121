"""Two lattices at the critical temperature: levels of one size, reached from different sides, look alike (Wilson, in
Recent Developments in Gauge Theories (1980))."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any

from locality.lattice.statistics import Estimate
from locality.lattice.table import columns, value
from locality.studies.flow import Flow

QUANTITIES = {"nearest": "neighbours", "binder": "U4"}


@dataclass(frozen=True)
class Match:
    """One quantity on level `level` of the large lattice, and the same on level `other_level` of one whose side was
    `other_side`; both levels have `side` cells along a side. `sigmas` is their distance in standard errors, None
    without errors."""

    quantity: str
    side: int
    level: int
    other_side: int
    other_level: int
    here: Estimate
    there: Estimate

    @property
    def sigmas(self) -> float | None:
        if self.here.error is None or self.there.error is None:
            return None
        spread = hypot(self.here.error, self.there.error)
        return (self.here.value - self.there.value) / spread if spread else None


@dataclass(frozen=True, repr=False)
class Matching:
    """What level n of a lattice has in common with a lattice of that side, and with level n - 1 of one that began a
    block smaller; printed it is a table for each quantity.

    At the critical temperature the second distance goes to zero within a level or two. The first does not quite: a
    lattice on which nothing was coarse-grained has not yet come to the fixed point.
    """

    side: int
    matches: tuple[Match, ...]

    def __repr__(self) -> str:
        parts = []
        for quantity, name in QUANTITIES.items():
            rows = [match for match in self.matches if match.quantity == quantity]
            smaller = max((match.other_side for match in rows), default=0)
            table = [["side", f"level n of {self.side}", "level 0", "sigma", f"level n-1 of {smaller}", "sigma"]]
            for side in sorted({match.side for match in rows}, reverse=True):
                fresh = next((m for m in rows if m.side == side and m.other_level == 0), None)
                before = next((m for m in rows if m.side == side and m.other_side == smaller), None)
                here = next(match.here for match in rows if match.side == side)
                table.append([f"{side}", value(here), *_cells(fresh), *_cells(before)])
            parts.append("\n".join([name, *columns(table)]))
        return "\n\n".join(parts)

    def to_dict(self) -> list[dict[str, Any]]:
        """The matches as plain data."""
        return [
            {name: getattr(match, name) for name in ("quantity", "side", "level", "other_side", "other_level")}
            | {name: {"value": each.value, "error": each.error} for name, each in _ends(match)}
            | {"sigmas": match.sigmas}
            for match in self.matches
        ]


def matching(large: Flow, others: Sequence[Flow]) -> Matching:
    """Compare the levels of a flow with those of smaller lattices at the same temperature: level n with level 0 of the
    lattice that has that side, and with level n - 1 of the lattice whose side is a block smaller."""
    return Matching(large.levels[0].size[0], tuple(_matches(large, others)))


def _matches(large: Flow, others: Sequence[Flow]) -> Iterator[Match]:
    for quantity in QUANTITIES:
        for number, level in enumerate(large.levels):
            for other in others:
                sizes = [each.size for each in other.levels]
                if number == 0 or level.size not in sizes:
                    continue
                place = sizes.index(level.size)
                ends = getattr(level, quantity), getattr(other.levels[place], quantity)
                if place in (0, number - 1) and None not in ends:
                    yield Match(quantity, level.size[0], number, other.levels[0].size[0], place, *ends)


def _cells(match: Match | None) -> tuple[str, str]:
    if match is None:
        return "-", "-"
    return value(match.there), "-" if match.sigmas is None else f"{match.sigmas:+.1f}"


def _ends(match: Match) -> tuple[tuple[str, Estimate], ...]:
    return ("here", match.here), ("there", match.there)
