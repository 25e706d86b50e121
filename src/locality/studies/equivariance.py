"""Does a network move along with its input? Every shift of a lattice, node by node, and where and why it ends."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.engine.build import Model, build, model_of
from locality.engine.record import record
from locality.errors import DescriptionError, ShapeError
from locality.geometry.arguments import whole
from locality.lattice import Lattice
from locality.network.layers import Conv, ConvTranspose, Crop, Flatten, Pool, Reshape, Upsample
from locality.network.network import INPUT, Network, Node, network_of, shape_text

Array = npt.NDArray[Any]
TOLERANCE = 1e-10  # of a node's largest value: rounding is far below, a broken symmetry far above
_NUMBERS = 2**23  # outputs computed at a time


@dataclass(frozen=True, eq=False, repr=False)
class Moved:
    """One node: `differences`, (*size) of the lattice, holds for a shift by (i, j, ...) cells the largest
    |node(shift x) - shift(node x)|; None where nothing is left that could move along. `scale` is the largest |node x|.
    """

    node: str
    layer: str
    shape: tuple[int, ...]
    differences: Array | None
    scale: float

    @cached_property
    def kept(self) -> Array | None:
        """For every shift, whether the node moves along, up to rounding."""
        return None if self.differences is None else self.differences <= TOLERANCE * max(self.scale, 1e-300)

    @property
    def keeps(self) -> str:
        """The shifts that are kept, in words."""
        if self.kept is None:
            return "-"
        if self.kept.all():
            return "every shift"
        if self.kept.sum() == 1:
            return "no shift"
        steps = [_step(self.kept, axis) for axis in range(self.kept.ndim)]
        shift = np.indices(self.kept.shape)
        if (self.kept == np.all([along % step == 0 for along, step in zip(shift, steps, strict=True)], axis=0)).all():
            return f"multiples of {steps[0] if len(set(steps)) == 1 else tuple(steps)}"
        return f"{self.kept.sum()} of {self.kept.size} shifts"


@dataclass(frozen=True, eq=False, repr=False)
class Equivariance:
    """The finished study: printed it is a table, with what breaks the symmetry below it."""

    network: Network
    lattice: Lattice
    seed: int
    rows: tuple[Moved, ...]

    def __getitem__(self, node: str) -> Moved:
        self.network.node(node)
        return next(row for row in self.rows if row.node == node)

    @property
    def broken(self) -> Moved | None:
        """The first node that keeps fewer shifts than what it reads; None where every shift is kept."""
        return next((row for row in self.rows if row.kept is not None and not row.kept.all()), None)

    @property
    def ends(self) -> Moved | None:
        """The first node after which the claim means nothing, since its output has no cells; None where it has."""
        return next((row for row in self.rows if row.kept is None), None)

    @property
    def why(self) -> str:
        """Where the network stops moving along with its input, and why, in a sentence or two."""
        said = []
        if self.broken:
            said.append(_reason(self.network, self.network.node(self.broken.node), self.broken))
        if self.ends:
            shape = shape_text(self.network.inputs(self.network.node(self.ends.node))[0])
            said.append(
                f"{self.ends.node}: it puts the cells of {shape} in one row, where a shift means nothing: the claim "
                f"ends before it."
            )
        return " ".join(said) or "Every node moves along with its input, for every shift."

    def __repr__(self) -> str:
        head = ["node", "layer", "output", "keeps", "largest difference"]
        lines = [
            [row.node, row.layer, shape_text(row.shape), row.keeps, "-" if row.kept is None else _largest(row)]
            for row in self.rows
        ]
        widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
        table = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in [head, *lines]]
        shifts = f"{self.network.name} on {self.lattice}: node(shift x) - shift(node x) for all {self.lattice.cells} "
        return "\n".join([f"{shifts}shifts, in float64.", "", *table, "", self.why])

    def to_dict(self) -> dict[str, Any]:
        """The study as plain data; differences are nested lists, one number for each shift."""
        return {
            "study": "equivariance",
            "network": self.network.name,
            "lattice": {"name": self.lattice.name, "size": list(self.lattice.size)},
            "seed": self.seed,
            "broken": self.broken and self.broken.node,
            "ends": self.ends and self.ends.node,
            "why": self.why,
            "rows": [
                {
                    "node": row.node,
                    "layer": row.layer,
                    "shape": list(row.shape),
                    "keeps": row.keeps,
                    "scale": row.scale,
                    "differences": None if row.differences is None else row.differences.tolist(),
                }
                for row in self.rows
            ],
        }


def equivariance(subject: Any, lattice: Lattice, seed: int = 0) -> Equivariance:
    """How well a network moves along with spins on a periodic lattice: the largest |node(shift x) - shift(node x)| for
    every shift and every node, in float64, for random numbers x.

    `subject` is a network (then with initial weights drawn from `seed`), a model or a run. A node whose map is coarser
    than the lattice moves by as many fewer cells; where that is no whole number, the nearest ones are tried, and the
    best counts. So pooling over the whole map keeps every shift: nothing is left to move.

    Raises `ShapeError` where the network's input is not the lattice's spins, `DescriptionError` for open edges.

    >>> net = Network.from_text("1x6x6 | conv 4 3x3 pad 1 wrap | relu | max 2x2 | conv 4 3x3 pad 1")
    >>> study = equivariance(net, Lattice("square", 6))
    >>> [row.keeps for row in study.rows]
    ['every shift', 'every shift', 'multiples of 2', 'no shift']
    >>> print(study.why)
    pool1: it moves in steps of 2, so only shifts by multiples of 2 are kept.
    """
    net = network_of(subject)
    whole("seed", seed, 0)
    if not isinstance(lattice, Lattice):
        raise DescriptionError(f"{net.name}: {lattice!r} is no lattice. Give locality.Lattice('square', 8), say.")
    if not lattice.periodic:
        raise DescriptionError(f"{lattice}: open edges do not move on. Use a periodic lattice.")
    if net.input != lattice.shape:
        raise ShapeError(
            f"{net.name}: its input {shape_text(net.input)} does not fit {lattice}, whose spins are "
            f"{shape_text(lattice.shape)}. Describe the network with that input, or take another lattice."
        )
    model = _in_double(subject, net, seed)
    there = _moving(net)
    x = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed]))).uniform(-1, 1, lattice.shape)
    still = record(model, x)
    found = {name: np.zeros(lattice.size) for name in there}
    for shifts in _chunks(net, lattice):
        moved = record(model, np.stack([lattice.shift(x, by) for by in shifts]))
        for name in there:
            for by, value in zip(shifts, moved[name], strict=True):
                found[name][by] = _difference(value, still[name][0], by, lattice.size)
    rows = tuple(
        Moved(
            node.name,
            node.layer.word,
            net.shapes[node.name],
            found.get(node.name),
            float(np.abs(still[node.name]).max()),
        )
        for node in net.nodes
    )
    return Equivariance(net, lattice, seed, rows)


def _in_double(subject: Any, net: Network, seed: int) -> Model:
    """The network in double precision, with the subject's weights where it has some."""
    dtype = "complex128" if net.dtype.startswith("complex") else "float64"
    wide = Network(net.name, net.input, nodes=net.nodes, heads=net.heads, dtype=dtype)
    if isinstance(subject, Network):
        return build(wide, seed)
    model = deepcopy(model_of(subject))
    model.network = wide
    return model._apply(  # type: ignore[no-untyped-call, no-any-return]
        lambda t: t.cdouble() if t.is_complex() else t.double() if t.is_floating_point() else t
    )


def _moving(net: Network) -> list[str]:
    """The nodes whose output can move along: maps, and numbers made of maps of one cell."""
    there = [INPUT]
    for node in net.nodes:
        cells = [prod(net.shapes[source][1:]) for source in node.inputs]
        lost = isinstance(node.layer, Flatten | Reshape) and max(cells) > 1
        lost |= isinstance(node.layer, Reshape) and prod(net.shapes[node.name][1:]) > 1
        if not lost and all(source in there for source in node.inputs):
            there.append(node.name)
    return there[1:]


def _chunks(net: Network, lattice: Lattice) -> Iterator[list[tuple[int, ...]]]:
    """All shifts, as many at a time as memory holds."""
    shifts = list(np.ndindex(*lattice.size))
    most = max(1, _NUMBERS // sum(map(prod, net.shapes.values())))
    for start in range(0, len(shifts), most):
        yield shifts[start : start + most]


def _difference(moved: Array, still: Array, by: tuple[int, ...], size: tuple[int, ...]) -> float:
    """The largest |moved - shifted still|, the shift brought to the map's own cells."""
    space = still.shape[1:]
    ways = [{step * out // side, -(-step * out // side)} for step, out, side in zip(by, space, size, strict=False)]
    axes = tuple(range(1, still.ndim))
    return min(float(np.abs(moved - np.roll(still, way, axes)).max()) for way in product(*ways))


def _reason(net: Network, node: Node, row: Moved) -> str:
    """Why a node keeps fewer shifts than what it reads."""
    layer, before, after = node.layer, net.inputs(node)[0][1:], row.shape[1:]
    windows = layer.windows(before)
    pads = any(window.padding != (0, 0) for window in windows)
    strides = [window.stride for window in windows]
    if isinstance(layer, Conv) and pads and layer.padding_mode != "wrap":
        fill = "zeros" if layer.padding_mode == "zeros" else f'padding_mode "{layer.padding_mode}"'
        return (
            f"{node.name}: it pads with {fill}, so cells at an edge do not see their neighbours across it. "
            f'Use padding_mode="wrap".'
        )
    if isinstance(layer, Pool) and pads:
        return f"{node.name}: it pads, so cells at an edge do not see their neighbours across it. Leave padding out."
    if isinstance(layer, Upsample) and layer.mode == "linear":
        return f'{node.name}: its lines end at the edges instead of going round. Use mode "nearest".'
    if isinstance(layer, Crop):
        return f"{node.name}: it cuts the edges off, so nothing goes round any more. Leave it out."
    if isinstance(layer, ConvTranspose):
        return (
            f"{node.name}: what it adds beyond an edge does not come in on the other side. Use a stride as large as "
            f"the kernel."
        )
    if windows and max(strides) > 1 and row.keeps.startswith("multiples"):
        step = strides[0] if len(set(strides)) == 1 else tuple(strides)
        return f"{node.name}: it moves in steps of {step}, so only shifts by {row.keeps} are kept."
    if windows and any(side % out for side, out in zip(before, after, strict=True)):
        todo = 'padding="same" and padding_mode="wrap"' if isinstance(layer, Conv) else "a window that tiles the map"
        return (
            f"{node.name}: its windows stop at the edges ({shape_text(before)} cells become {shape_text(after)}), so "
            f"nothing goes round any more. Use {todo}."
        )
    return f"{node.name}: {layer.word} treats the cells differently (largest difference {_largest(row)})."


def _step(kept: Array, axis: int) -> int:
    """The smallest shift along one axis alone that is kept."""
    along = kept[tuple(slice(None) if other == axis else 0 for other in range(kept.ndim))]
    return int(next((step for step in range(1, len(along)) if along[step]), len(along)))


def _largest(row: Moved) -> str:
    assert row.differences is not None
    return f"{row.differences.max():.1e}"
