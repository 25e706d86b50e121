"""Groups that a wave function is projected on: translations, the point group, the flip of all spins."""

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.errors import DescriptionError, unknown
from locality.lattice import Lattice

Array = npt.NDArray[Any]

GROUPS = ("none", "translations", "c4", "c4v", "flip")
# Characters of the representations of one dimension: of c4v for a quarter turn, a half turn, a reflection in an axis
# and one in a diagonal; of c4 for a quarter turn against the clock; of the flip for itself.
C4V = {"A1": (1, 1, 1, 1), "A2": (1, 1, -1, -1), "B1": (-1, 1, 1, -1), "B2": (-1, 1, -1, 1)}
C4 = {"A": 1, "B": -1, "i": 1j, "-i": -1j}
FLIPS = {"even": 1, "odd": -1}

# Elements of a group: permutations of the sites, turns of the spins, characters.
Elements = tuple[Array, Array, Array]


@dataclass(frozen=True, eq=False)
class Projection:
    """Elements g of a group: `sites` (elements, sites), where (g s)[i] = turns[g] s[sites[g, i]], `turns` +1, or -1
    where all spins are flipped, and the characters. Projected, psi(s) = sum over g of character(g) f(g s), so that
    psi(g s) = psi(s)/character(g)."""

    name: str
    sites: Array
    turns: Array
    characters: Array

    def __len__(self) -> int:
        return len(self.sites)

    def images(self, configurations: Array) -> Array:
        """Every g s of configurations (n, sites): (n, elements, sites)."""
        if self.name == "none":
            return configurations[:, None]
        found: Array = configurations[:, self.sites] * self.turns[:, None]
        return found


def projection(lattice: Lattice, name: str) -> Projection:
    """A group by name: "none", or some of "translations", "c4" (quarter turns) or "c4v" (reflections too), and "flip"
    (of all spins), joined by +.

    Each stands for the representation in which nothing changes, or names another of one dimension behind a colon:
    "translations:2,0" a wave with 2 periods along the first axis, "c4v:B1" (A1, A2, B1, B2), "c4:i" (A, B, i, -i),
    "flip:odd". Characters other than 1 and -1 make psi complex.

    Raises `UnknownNameError` for another name, `DescriptionError` for a lattice without these symmetries and for a wave
    that the point group turns into another one.

    >>> len(projection(Lattice("square", 4), "c4v+flip")), len(projection(Lattice("honeycomb", 4), "translations"))
    (16, 16)
    >>> projection(Lattice("chain", 4), "translations:2").characters
    array([ 1., -1.,  1., -1.])
    """
    if not isinstance(name, str):
        raise unknown("symmetry", name, GROUPS)
    found: Elements = (np.arange(lattice.sites)[None], np.ones(1, np.int8), np.ones(1))
    parts = [part.partition(":")[::2] for part in name.split("+")]
    for group, representation in sorted(parts, key=lambda part: GROUPS.index(part[0]) if part[0] in GROUPS else 0):
        if group not in GROUPS:
            raise unknown("symmetry", group, GROUPS)
        if group != "none":
            elements = _elements(lattice, group, representation)
            _check_waves(name, group, found, elements)
            found = _product(found, elements)
    sites, turns, characters = found
    if len({(tuple(one), turn) for one, turn in zip(sites.tolist(), turns, strict=True)}) < len(sites):
        raise DescriptionError(f"symmetry {name!r} names a group twice. Name each once, such as translations+c4v+flip.")
    real = characters.real.copy() if np.allclose(characters.imag, 0, atol=1e-12) else characters
    return Projection(name, sites, turns, real.round(12) + 0)


def _product(one: Elements, other: Elements) -> Elements:
    """First an element of `one`, then one of `other`, with all pairs."""
    sites = one[0][:, other[0]].reshape(-1, one[0].shape[1])
    return sites, np.outer(one[1], other[1]).reshape(-1).astype(np.int8), np.outer(one[2], other[2]).reshape(-1)


def _check_waves(name: str, group: str, waves: Elements, turns: Elements) -> None:
    """Characters of both multiply only where each turn carries an element to one of the same character."""
    of = {tuple(sites): character for sites, character in zip(waves[0].tolist(), waves[2], strict=True)}
    for turn in turns[0]:
        carried = turn[waves[0][:, np.argsort(turn)]]
        if not np.allclose([of.get(tuple(sites), 0) for sites in carried.tolist()], waves[2]):
            raise DescriptionError(
                f"symmetry {name!r}: {group} turns its wave into another one. Leave {group} out, or use a wave that it "
                f"keeps: as many periods along both axes, none or half the cells."
            )


def _elements(lattice: Lattice, group: str, representation: str) -> Elements:
    if group == "translations":
        return _translations(lattice, representation)
    if group == "flip":
        sign = _named(FLIPS, group, representation or "even")
        return np.tile(np.arange(lattice.sites), (2, 1)), np.array([1, -1], np.int8), np.array([1.0, sign])
    symmetries = lattice.symmetries
    if lattice.name != "square" or len(symmetries) != 8:
        raise DescriptionError(
            f"{lattice}: {group} is the symmetry of a square lattice with equal sides. Use another symmetry."
        )
    if group == "c4v":
        of_class = _named(C4V, group, representation or "A1")
        characters = [_of_class(one.matrix, of_class) for one in symmetries]
    else:
        turns = [one for one in symmetries if one.name == "identity" or one.name.startswith("rotation")]
        quarter = next(one.matrix for one in turns if one.name == "rotation by 90 degrees")
        powers = [np.linalg.matrix_power(quarter, k) for k in range(4)]
        character = _named(C4, group, representation or "A")
        symmetries = tuple(turns)
        characters = [
            character ** next(k for k, power in enumerate(powers) if np.array_equal(one.matrix, power)) for one in turns
        ]
    sites = np.argsort([one.sites for one in symmetries], axis=1)  # from where each site's spin comes
    return sites, np.ones(len(sites), np.int8), np.array(characters)


def _of_class(matrix: Array, characters: tuple[int, ...]) -> int:
    """The character of a rotation or reflection of the square, by its class."""
    quarter, half, axis, diagonal = characters
    if round(np.linalg.det(matrix)) == 1:
        return {2: 1, 0: quarter, -2: half}[round(np.trace(matrix))]
    return axis if matrix[0, 0] else diagonal


def _translations(lattice: Lattice, representation: str) -> Elements:
    if not lattice.periodic:
        raise DescriptionError(f"{lattice}: with open edges it has no translations. Leave them out of the symmetry.")
    waves = representation.split(",") if representation else ["0"] * lattice.dimension
    if len(waves) != lattice.dimension or not all(wave.removeprefix("-").isdecimal() for wave in waves):
        example = "translations:" + ",".join(["1"] + ["0"] * (lattice.dimension - 1))
        raise DescriptionError(
            f"symmetry translations:{representation}: a wave on {lattice} has {lattice.dimension} whole numbers of "
            f"periods. Write {example}, say."
        )
    numbers = lattice.unflat(np.arange(lattice.sites))
    shifts = list(product(*map(range, lattice.size)))
    sites = np.array([lattice.flat(lattice.shift(numbers, by)) for by in shifts])
    turns = np.array(shifts) @ (np.array(waves, int) / np.array(lattice.size))
    return sites, np.ones(len(sites), np.int8), np.exp(-2j * np.pi * turns)


def _named(table: dict[str, Any], group: str, representation: str) -> Any:
    if representation not in table:
        raise unknown(f"representation of {group}", representation, tuple(table))
    return table[representation]
