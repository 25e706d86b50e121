"""A lattice where it stands in space: sites, bonds, sublattices, spins, and what one site has around it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.errors import DataError, DescriptionError, ShapeError
from locality.geometry.arguments import shape_text
from locality.views.figure.diagram.plan import Drawing
from locality.views.figure.figure import Figure
from locality.views.figure.font import width_of
from locality.views.figure.shapes import Circle, Line, Polygon, Shape, Text, shifted
from locality.views.figure.theme import Theme, mixed, themed

Array = npt.NDArray[Any]
Entry = tuple[str | None, str | None, str]  # of the legend: fill, ring, text

MOST = 10_000  # sites
SPIN = 1.6  # spins lie within the ends of the signed scale, as on the page
_WIDE, _HIGH, _MARGIN = 760.0, 620.0, 16.0
_NEAR, _FAR = 56.0, 4.0  # pixels between nearest neighbours, at most and at least
_RINGED = 20.0  # pixels between neighbours from which a site has room for a ring
_DEEP = 6  # cells a side up to which all of a cubic lattice is drawn, not its faces alone
# Where the axes of space point on the paper: an array's rows run down, its columns to the right, and of three axes
# the first leads away from the eye.
_AXES = {1: ((1.0, 0.0),), 2: ((0.0, 1.0), (1.0, 0.0)), 3: ((0.4, -0.28), (0.0, 1.0), (1.0, 0.0))}


@dataclass(frozen=True)
class _Drawn:
    """What is drawn, in pixels: `sites` by number, where they are (all of them), how far back (0 to 1)."""

    sites: Array
    places: Array
    depth: Array
    unit: float
    theme: Theme

    def colour(self, colour: str, depth: float) -> str:
        """A colour, paler the farther back."""
        return mixed(colour, self.theme.background, 0.55 * depth)


def lattice(subject: Any, spins: Any = None, *, site: int | None = None, theme: str | Theme = "light") -> Figure:
    """A lattice in real space: its sites, coloured by sublattice, and its bonds; those that go round the edges are cut
    in two. With `spins` (sublattices, *size) the sites show them, +1 and -1, and rings tell the sublattices apart.

    `subject` is a lattice or its plain data (`to_dict()`); `site` marks the site of that number and its neighbours.
    The first axis runs down and the second to the right, as in a picture; a cubic lattice's first leads back.

    Raises `DescriptionError` for what is no lattice, `ShapeError` for spins of another shape, a site that is not there
    and more than 10,000 sites, `DataError` for spins other than +1 and -1.

    >>> cell = {"name": "chain", "size": [3], "periodic": False, "sublattices": 1, "vectors": [[1.0]],
    ...         "positions": [[0.0], [1.0], [2.0]], "bonds": [[0, 1], [1, 2]]}
    >>> lattice(cell, [[1, -1, 1]]).description
    'chain 3 with open edges: 3 sites, 2 bonds; 2 spins up, 1 down.'
    """
    plain, look = _plain(subject), themed(theme)
    size, count, kinds = tuple(plain["size"]), len(plain["positions"]), plain["sublattices"]
    name = f"{plain['name']} {shape_text(size)}{'' if plain['periodic'] else ' with open edges'}"
    if count > MOST:
        raise ShapeError(f"{name}: {count:,} sites are too many to be told apart, {MOST:,} can be drawn. Draw fewer.")
    if site is not None and (isinstance(site, bool) or not isinstance(site, int | np.integer) or not 0 <= site < count):
        raise ShapeError(f"{name}: there is no site {site!r}. Give a number from 0 to {count - 1}.")
    signs = None if spins is None else _signs(name, spins, kinds, size)
    bonds = np.array(plain["bonds"], int).reshape(-1, 2)
    drawn = _placed(plain, look)
    if site is not None and site not in drawn.sites:
        raise ShapeError(
            f"{name}: site {site} lies inside, and of so many only three faces are drawn. Mark site 0, say."
        )
    around = set() if site is None else {int(end) for bond in bonds if site in bond for end in bond} - {site}
    parts = [*_bonds(plain, bonds, drawn, site), *_sites(drawn, kinds, signs, site, around)]
    parts.sort(key=lambda part: -part[0])
    shapes = [*_outline(plain, drawn), *(shape for _, shape in parts)]
    entries = _entries(look, kinds if signs is None or drawn.unit >= _RINGED else 1, signs, site, len(around))
    left, top = (min(shape.box[side] for shape in shapes) for side in (0, 1))
    shapes = [shifted(shape, -left, -top) for shape in shapes]
    width, height = (max(shape.box[side] for shape in shapes) for side in (2, 3))
    below, wide, high = _legend(entries, look, max(width, 420.0))
    inner = max(width, wide)
    shapes = [shifted(shape, (inner - width) / 2, 0) for shape in shapes]
    shapes += [shifted(shape, (inner - wide) / 2, height + 14) for shape in below]
    told = f"{count} sites, {len(bonds)} bonds"
    if signs is not None:
        told += f"; {(signs > 0).sum()} spins up, {(signs < 0).sum()} down"
    if len(drawn.sites) < count:
        told += "; the three faces in sight are drawn"
    return Figure(
        width=inner + 2 * _MARGIN,
        height=height + (14 + high if below else 0.0) + 2 * _MARGIN,
        shapes=tuple(shifted(shape, _MARGIN, _MARGIN) for shape in shapes),
        title=name,
        description=f"{name}: {told}.",
        background=look.background,
    )


def _plain(subject: Any) -> Mapping[str, Any]:
    plain = subject.to_dict() if hasattr(subject, "to_dict") else subject
    keys = {"name", "size", "periodic", "sublattices", "vectors", "positions", "bonds"}
    if not isinstance(plain, Mapping) or not keys <= set(plain):
        raise DescriptionError(
            f"lattice: {type(subject).__name__} is no lattice. Give locality.Lattice('kagome', 4), say, or what its "
            f"to_dict gives."
        )
    return plain


def _signs(name: str, spins: Any, kinds: int, size: tuple[int, ...]) -> Array:
    """The spins by site: cell by cell, sublattice fastest."""
    values = np.asarray(spins)
    if values.shape != (kinds, *size):
        raise ShapeError(
            f"{name}: spins of shape {shape_text(values.shape)} are not one configuration of "
            f"{shape_text((kinds, *size))}. Give (sublattices, *size)."
        )
    flat = np.moveaxis(values, 0, -1).ravel()
    wrong = flat[(flat != 1) & (flat != -1)]
    if wrong.size:
        raise DataError(f"{name}: {wrong[0]} is no spin. Give +1 for up and -1 for down.")
    return flat


def _placed(plain: Mapping[str, Any], theme: Theme) -> _Drawn:
    positions, size = np.array(plain["positions"], float), plain["size"]
    sites, depth = np.arange(len(positions)), np.zeros(len(positions))
    if len(size) == 3:
        depth = positions[:, 0] / max(positions[:, 0].max(), 1.0)
        if max(size) > _DEEP:
            front, up, right = positions.T
            sites = np.flatnonzero((front == 0) | (up == 0) | (right == right.max()))
    flat = positions @ np.array(_AXES[len(size)])
    wide, high = np.ptp(flat, axis=0)
    unit = min(_NEAR, _WIDE / max(wide, 1e-9), _HIGH / max(high, 1e-9))
    unit = max(unit, _FAR)
    return _Drawn(sites, flat * unit, depth, float(unit), theme)


def _outline(plain: Mapping[str, Any], drawn: _Drawn) -> Iterator[Shape]:
    """A cell with its sites, where it has several."""
    kinds = plain["sublattices"]
    if kinds == 1:
        return
    along, across = np.array(plain["vectors"], float) @ np.array(_AXES[len(plain["size"])]) * drawn.unit
    middle = drawn.places[:kinds].mean(axis=0)
    corners = (middle + a * along / 2 + b * across / 2 for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)))
    yield Polygon(tuple((float(x), float(y)) for x, y in corners), drawn.theme.soft, drawn.theme.line, 1.0, name="cell")


def _bonds(plain: Mapping[str, Any], bonds: Array, drawn: _Drawn, site: int | None) -> Iterator[tuple[float, Shape]]:
    """Lines from site to site, with how far back they are; where a bond goes round an edge, a short end at each of its
    two sites."""
    theme, unit, axes = drawn.theme, drawn.unit, len(plain["size"])
    line = min(max(0.045 * unit, 0.6), 2.0)
    seen = set(drawn.sites.tolist())
    steps, wraps = _steps(plain, bonds)
    for (start, end), step, wrap in zip(bonds.tolist(), steps @ np.array(_AXES[axes]) * unit, wraps, strict=True):
        if not {start, end} <= seen or (wrap and axes == 3):
            continue
        marked = site in (start, end)
        depth = float(drawn.depth[[start, end]].max())
        colour = theme.window if marked else drawn.colour(theme.muted, depth)
        thick, behind = 2 * line if marked else line, depth + 1e-6
        one, other = drawn.places[start], drawn.places[end]
        if not wrap:
            yield behind, Line((_point(one), _point(other)), colour, thick, name=f"bond {start} {end}")
            continue
        short = colour if marked else mixed(colour, theme.background, 0.4)
        for place, way in ((one, step), (other, -step)):
            yield behind, Line((_point(place), _point(place + 0.45 * way)), short, thick, name=f"end {start} {end}")


def _steps(plain: Mapping[str, Any], bonds: Array) -> tuple[Array, list[bool]]:
    """From the first site of each bond to the second the shortest way, and whether that goes round an edge."""
    positions, vectors = np.array(plain["positions"], float), np.array(plain["vectors"], float)
    straight = positions[bonds[:, 1]] - positions[bonds[:, 0]]
    if not plain["periodic"] or not len(bonds):
        return straight, [False] * len(bonds)
    turns = np.array(sorted(product((-1, 0, 1), repeat=len(vectors)), key=lambda turn: sum(map(abs, turn))))
    ways = straight[:, None] + (turns * plain["size"]) @ vectors
    best = np.round(np.linalg.norm(ways, axis=2), 6).argmin(axis=1)
    return ways[np.arange(len(bonds)), best], [bool(one) for one in best]


def _sites(
    drawn: _Drawn, kinds: int, signs: Array | None, site: int | None, around: set[int]
) -> Iterator[tuple[float, Shape]]:
    """A circle for each site, with how far back it is; spins have a ring in their sublattice's colour around them."""
    theme, unit, colours = drawn.theme, drawn.unit, _colours(drawn.theme)
    deep = bool(drawn.depth.any()) and len(drawn.sites) == len(drawn.places)  # one can look between the sites
    close = 0.31 if unit >= _RINGED else 0.4
    radius = max((0.17 if signs is None else close) * unit * (0.7 if deep else 1.0), 1.5)
    ringed = signs is not None and kinds > 1 and unit >= _RINGED
    for number in drawn.sites.tolist():
        (x, y), depth = _point(drawn.places[number]), float(drawn.depth[number])
        if number == site or number in around:
            halo = theme.window if number == site else theme.window_soft
            yield depth, Circle(x, y, radius + max(0.13 * unit, 2), halo, name=f"marked {number}")
        tint = colours[number % kinds]
        if ringed:
            yield depth, Circle(x, y, radius + 0.02 * unit, theme.background, tint, 0.06 * unit)
        fill = tint if signs is None else theme.shade(float(signs[number]), SPIN)
        yield depth, Circle(x, y, radius * (0.78 if ringed else 1), drawn.colour(fill, depth), name=f"site {number}")


def _colours(theme: Theme) -> tuple[str, ...]:
    return theme.input, theme.output, theme.ink


def _entries(theme: Theme, kinds: int, signs: Array | None, site: int | None, around: int) -> list[Entry]:
    found: list[Entry] = []
    if signs is not None:
        found += [(theme.shade(1, SPIN), None, "up, +1"), (theme.shade(-1, SPIN), None, "down, −1")]
    for number, colour in enumerate(_colours(theme)[:kinds] if kinds > 1 else ()):
        found.append((*((colour, None) if signs is None else (None, colour)), f"sublattice {number}"))
    if site is not None:
        found += [(theme.window, None, f"site {site}"), (theme.window_soft, None, f"its {around} neighbours")]
    return found


def _legend(entries: list[Entry], theme: Theme, room: float) -> Drawing:
    """The entries side by side, and below each other where there is no room: shapes, width, height."""
    shapes: list[Shape] = []
    x = y = widest = 0.0
    for fill, ring, text in entries:
        wide = 16 + width_of(text, 11)
        if x and x + wide > room:
            x, y = 0.0, y + 18
        shapes.append(Circle(x + 6, y + 8, 5 if fill else 4, fill, ring, 2.0, name="legend"))
        shapes.append(Text(x + 16, y + 8, text, theme.muted, 11, "start", "legend"))
        widest = max(widest, x + wide)
        x += wide + 16
    return shapes, widest, y + 16 if entries else 0.0


def _point(place: Array) -> tuple[float, float]:
    return float(place[0]), float(place[1])
