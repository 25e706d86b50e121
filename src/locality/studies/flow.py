"""What coarse graining does to spins, level by level: away from the critical temperature they flow to full order or to
none, at it they stay as they are (Kadanoff; Wilson, Rev. Mod. Phys. 47, 773 (1975))."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan, prod
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from locality.errors import DescriptionError, ShapeError
from locality.lattice import Lattice
from locality.lattice.blocks import Block, sides_of, tied
from locality.lattice.levels import chains_of, levels
from locality.lattice.operators import bond_products
from locality.lattice.samples import Samples, Scan
from locality.lattice.statistics import Estimate, binned, jackknife
from locality.lattice.table import columns, exact, sigmas, value

Array = npt.NDArray[Any]

CUBIC = ("chain", "square", "cubic")  # what an array of spins is taken for, by its axes of space
_NAMES = {
    "nearest": "neighbours",
    "diagonal": "diagonal",
    "magnetisation": "<|m|>",
    "magnetisation2": "<m^2>",
    "binder": "U4",
    "ties": "ties",
}


@dataclass(frozen=True, eq=False)
class Level:
    """One level: its cells along each axis, the mean product of nearest and of second-nearest neighbours (on the square
    lattice the diagonal ones; None where the level is too small to have them), the magnetisation per site as <|m|> and
    <m^2>, Binder's U4 = 1 - <m^4>/(3 <m^2>^2) (None where no sample has a magnetisation), and the share of the blocks
    of the level before that were ties (None where none can be). `picture` is its last sample, (sublattices, *space).
    """

    size: tuple[int, ...]
    nearest: Estimate
    diagonal: Estimate | None
    magnetisation: Estimate
    magnetisation2: Estimate
    binder: Estimate | None
    ties: Estimate | None
    picture: Array

    def quantities(self) -> dict[str, Estimate | None]:
        """Every quantity by its name."""
        return {name: getattr(self, name) for name in _NAMES}


@dataclass(frozen=True, eq=False, repr=False)
class Flow:
    """The levels of the samples at one temperature (None for spins of unknown origin); printed it is a table."""

    lattice: str
    temperature: float | None
    block: tuple[int, ...]
    rule: str
    ties: str
    seed: int
    samples: int
    levels: tuple[Level, ...]

    def __repr__(self) -> str:
        at = "" if self.temperature is None else f" at T = {self.temperature:.6g}"
        blocks = "x".join(map(str, self.block))
        head = f"{self.lattice} {_times(self.levels[0].size)}{at}: {self.rule} of {blocks}, {self.samples:,} samples"
        shown = [name for name in _NAMES if any(level.quantities()[name] for level in self.levels)]
        table = [["level", "side", *(_NAMES[name] for name in shown)]]
        for number, level in enumerate(self.levels):
            found = level.quantities()
            side = f"{level.size[0]}" if len(set(level.size)) == 1 else _times(level.size)
            table.append([f"{number}", side, *(value(one) if (one := found[name]) else "-" for name in shown)])
        known = [
            f"{_NAMES[name]} {exact(one)} ({sigmas(one)} sigma)"
            for name, one in self.levels[0].quantities().items()
            if one is not None and one.sigmas is not None
        ]
        notes = [f"Exact on level 0: {', '.join(known)}."] if known else []
        if any(cell.endswith("(?)") for row in table for cell in row):
            notes.append("(?): too few samples for an error.")
        return "\n".join([head, *columns(table), *notes])

    def to_dict(self) -> dict[str, Any]:
        """The flow as plain data: of every level its size, its quantities with their errors (and exact values where
        they are known), and on one sublattice in two dimensions its last sample as rows of + and -, or of averages."""
        return {
            "study": "flow",
            "lattice": self.lattice,
            "temperature": self.temperature,
            "block": list(self.block),
            "rule": self.rule,
            "ties": self.ties,
            "seed": self.seed,
            "samples": self.samples,
            "levels": [
                {"size": list(level.size)}
                | {name: _plain(found) for name, found in level.quantities().items()}
                | {"picture": _drawn(level.picture)}
                for level in self.levels
            ],
        }


@dataclass(frozen=True, eq=False, repr=False)
class Flows(Sequence[Flow]):
    """The flows of a scan of temperatures, in its order."""

    flows: tuple[Flow, ...]

    def __getitem__(self, place: Any) -> Any:
        return self.flows[place]

    def __len__(self) -> int:
        return len(self.flows)

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self.flows))

    def to_dict(self) -> dict[str, Any]:
        """The flows as plain data."""
        return {"study": "flows", "flows": [one.to_dict() for one in self.flows]}


@overload
def flow(spins: Scan, block: Block = 2, rule: str = "majority", ties: str = "random", seed: int = 0) -> Flows: ...


@overload
def flow(
    spins: Samples | Array, block: Block = 2, rule: str = "majority", ties: str = "random", seed: int = 0
) -> Flow: ...


def flow(spins: Any, block: Block = 2, rule: str = "majority", ties: str = "random", seed: int = 0) -> Flow | Flows:
    """Coarse-grain samples again and again, and measure every level, with errors.

    `spins` is what `ising` gives, for one temperature or several, or an array (samples, 1, *space), taken for a square
    lattice with its edges joined, or with an axis of independent chains before it. Levels go on while the block divides
    the sides and 3 cells are left. Below the critical temperature the nearest-neighbour correlation flows to 1, above
    it to 0. Raises what `block_spin` raises.

    Spins drawn alone know of no neighbour on any level, and three blocks in eight are ties:

    >>> drawn = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (500, 1, 24, 24))
    >>> noise = flow(drawn)
    >>> [abs(level.nearest.value) < 5 * level.nearest.error for level in noise.levels]
    [True, True, True, True]
    >>> print(noise.levels[1].ties)
    0.3734(19)
    """
    if hasattr(spins, "temperatures"):
        return Flows(tuple(_flow(one, block, rule, ties, seed) for one in spins))
    return _flow(spins, block, rule, ties, seed)


def _flow(spins: Any, block: Block, rule: str, ties: str, seed: int) -> Flow:
    given = getattr(spins, "lattice", None)
    sides = sides_of(block, None if given is None else given.dimension)
    if given is None:
        shape = chains_of(spins, len(sides)).shape
        if shape[2] != 1:
            raise DescriptionError(
                f"flow: an array of spins is taken for a square lattice, which has one sublattice, not {shape[2]}. "
                f"Give what ising gives."
            )
        given = Lattice(CUBIC[len(sides) - 1], shape[3:])
    can_tie = rule == "majority" and prod(sides) % 2 == 0
    found: list[Level] = []
    finer: Array | None = None
    for level in levels(spins, sides, rule, ties, seed):
        share = None if finer is None or not can_tie else _over_sites(tied(finer, sides), len(sides))
        found.append(_level(level, Lattice(given.name, level.shape[3:], given.periodic), share))
        finer = level
    found[0] = _beside_exact(found[0], spins, given)
    samples = prod(chains_of(spins, len(sides)).shape[:2])
    return Flow(given.name, getattr(spins, "temperature", None), sides, rule, ties, seed, samples, tuple(found))


def _level(spins: Array, lattice: Lattice, share: Array | None) -> Level:
    chains, steps = spins.shape[:2]
    sites = lattice.flat(spins).reshape(chains * steps, lattice.sites)

    def correlated(order: int) -> Estimate | None:
        try:
            bonds = lattice.bonds(order)
        except ShapeError:  # too small for it
            return None
        return binned(bond_products(sites, bonds).reshape(chains, steps))

    mean = _over_sites(spins, lattice.dimension)
    nearest = correlated(1)
    assert nearest is not None  # a lattice has nearest neighbours
    return Level(
        lattice.size,
        nearest,
        correlated(2),
        binned(np.abs(mean)),
        binned(mean**2),
        jackknife(_binder, mean**4, mean**2) if mean.any() else None,
        None if share is None else binned(share),
        np.array(spins[-1, -1]),
    )


def _binder(fourth: float, second: float) -> float:
    return 1 - fourth / (3 * second**2) if second else nan


def _over_sites(values: Array, axes: int) -> Array:
    """The mean over all sites of each sample: (chains, steps)."""
    return np.asarray(values.mean(tuple(range(-axes - 1, 0)), dtype=float))


def _beside_exact(level: Level, spins: Any, lattice: Lattice) -> Level:
    """Level 0 with what is known exactly of it: samples of `ising` know."""
    if not hasattr(spins, "energies"):
        return level
    coupling = np.atleast_1d(spins.coupling)
    known = {name: getattr(spins, name).exact for name in ("magnetisation", "magnetisation2", "binder")}
    if len(coupling) == 1 and spins.field == 0 and spins.energy.exact is not None:
        known["nearest"] = -spins.energy.exact * lattice.sites / len(lattice.bonds()) / float(coupling[0])
    return replace(
        level,
        **{
            name: replace(getattr(level, name), exact=one)
            for name, one in known.items()
            if one is not None and getattr(level, name) is not None
        },
    )


def _plain(found: Estimate | None) -> dict[str, float | None] | None:
    return None if found is None else {"value": found.value, "error": found.error, "exact": found.exact}


def _drawn(picture: Array) -> list[str] | list[list[float]] | None:
    """A level as rows of + and -, of numbers where it is averages; None with sublattices or other axes."""
    if picture.ndim != 3 or len(picture) != 1:
        return None
    if picture.dtype.kind == "f":
        rows: list[list[float]] = np.round(picture[0], 3).tolist()
        return rows
    return ["".join("+" if spin > 0 else "-" for spin in row) for row in picture[0]]


def _times(size: Sequence[int]) -> str:
    return "x".join(map(str, size))
