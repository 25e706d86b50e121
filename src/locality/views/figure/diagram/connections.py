"""What `neurons` draws: the columns of units, and which unit reads which other one, with what weight."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.network.layers import (
    Activation,
    Concat,
    Conv,
    ConvTranspose,
    Dense,
    Distance,
    Dropout,
    Flatten,
    Norm,
    Opaque,
)
from locality.network.network import INPUT, Network, Node
from locality.views.figure.diagram.plan import Plan
from locality.views.figure.diagram.stages import KINDS, Stage
from locality.views.figure.diagram.wording import size_text

_QUIET = (Activation, Norm, Dropout, Flatten)  # they join the layer beside them


@dataclass(frozen=True)
class Edge:
    """From unit `start` of one stage to unit `end` of another; units are channels, or features where there is no
    space. `weight` is None where there is none or nobody knows it; `signed` says that it is a number of the layer,
    and not the norm of a kernel."""

    start: int
    end: int
    weight: float | None = None
    signed: bool = False


@dataclass(frozen=True)
class Column:
    """A stage, the text of its size, and the units of it that are shown."""

    stage: Stage
    size: str
    shown: tuple[int, ...]

    @property
    def square(self) -> bool:
        """Whether its units are maps, and not single numbers."""
        return prod(self.stage.shape[1:]) > 1

    @property
    def places(self) -> int:
        """How many units stand in it, the ellipsis counted as one."""
        return len(self.shown) + self.gapped

    @property
    def gapped(self) -> bool:
        """Whether units are left out."""
        return len(self.shown) < self.stage.shape[0]

    def offset(self, unit: int | None) -> float:
        """How many places from the middle a unit stands; None is the ellipsis."""
        half = len(self.shown) // 2
        place = half if unit is None else self.shown.index(unit)
        late = unit is not None and self.gapped and place >= half
        return place + late - (self.places - 1) / 2


def layer_of(net: Network, stage: Stage) -> Node | None:
    """The one layer that a stage is, not counting those that only touch each number; None for the input and for
    blocks of several.

    >>> net = Network.from_text("1x28x28 | conv 6 5x5 | relu | flatten | dense 10")
    >>> from locality.views.figure.diagram.stages import stages
    >>> [node and node.name for node in (layer_of(net, stage) for stage in stages(net, chain=True))]
    [None, 'conv1', 'dense1']
    """
    nodes = [net.node(name) for name in stage.nodes]
    if stage.kind != "block":
        return next((node for node in nodes if KINDS[type(node.layer)] == stage.kind), None)
    found = [node for node in nodes if not isinstance(node.layer, _QUIET)]
    return found[0] if len(found) == 1 and len(found[0].inputs) == len(stage.reads) else None


def unrolled(plan: Plan) -> list[tuple[Stage, str]]:
    """The stages with the text of their sizes; where a layer reads maps as one row of numbers, these are a column of
    their own. An input that is read in no other way is that row at once.

    >>> from locality.views.figure.diagram.stages import stages
    >>> net = Network.from_text("1x28x28 | conv 6 5x5 | flatten | dense 10")
    >>> [(stage.name, size) for stage, size in unrolled(Plan(net, tuple(stages(net, chain=True))))][2:]
    [('flatten1', '3456 = 6 × 24 × 24'), ('dense1', '10')]
    """
    net = plan.net
    layers = {stage.name: layer_of(net, stage) for stage in plan.stages if stage.kind != "flatten"}
    flat = {
        stage.name
        for stage in plan.stages
        if len(stage.reads) == 1 and (node := layers.get(stage.name)) and len(net.inputs(node)[0]) == 1
    }
    kept: dict[str, tuple[Stage, str]] = {}
    for stage in plan.stages:
        text = size_text(stage)
        if stage.kind == "input":
            readers = [one.name for one in plan.stages if stage.name in one.reads]
            if len(stage.shape) > 1 and readers and all(name in flat for name in readers):
                cells = prod(stage.shape)
                stage, text = replace(stage, shape=(cells,)), f"{cells} = {text}"
        elif stage.name in flat:
            before = kept[stage.reads[0]][0]
            if prod(before.shape[1:]) > 1:
                cells = prod(before.shape)
                flatten = next((n for n in stage.nodes if isinstance(net.node(n).layer, Flatten)), None)
                name, label = (flatten, flatten) if flatten else (f"{stage.name} cells", "cells")
                nodes = (flatten,) if flatten else before.nodes[-1:]
                row = Stage(name, label, "flatten", (cells,), (before.name,), nodes)
                kept[name] = row, f"{cells} = {size_text(before)}"
                stage = replace(stage, reads=(name,))
        elif stage.kind == "flatten" and len(kept[stage.reads[0]][0].shape) > 1:
            text = f"{text} = {size_text(kept[stage.reads[0]][0])}"
        kept[stage.name] = stage, text
    return list(kept.values())


def shown(units: int, places: int) -> tuple[int, ...]:
    """The units that a column with so many places shows: all of them, or as many first as last ones.

    >>> shown(300, 7)
    (0, 1, 2, 297, 298, 299)
    """
    half = places // 2
    return tuple(range(units)) if units <= places else (*range(half), *range(units - half, units))


def connections(
    plan: Plan, before: Stage, after: Stage, starts: Sequence[int], ends: Sequence[int]
) -> list[Edge] | None:
    """The edges from some units of a stage to some of another: [] where the one does not read the other, None where
    it does and no single edge can be told, because more than one layer lies between, or because none ends at these.

    >>> net = Network.from_text("4x1x1 | conv 4 1x1 groups 2")
    >>> from locality.views.figure.diagram.stages import stages
    >>> before, after = stages(net, chain=True)
    >>> [(edge.start, edge.end) for edge in connections(Plan(net, (before, after)), before, after, range(4), range(4))]
    [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2), (2, 3), (3, 2), (3, 3)]
    """
    if before.name not in after.reads:
        return []
    pairs = [(start, end) for start in starts for end in ends]
    if after.kind == "flatten":
        cells = prod(before.shape[1:])
        whole = after.shape[0] == prod(before.shape)
        return [Edge(i, j) for i, j in pairs if j // cells == i] or None if whole else None
    node = layer_of(plan.net, after)
    if node is None or isinstance(node.layer, Opaque):
        return None
    stored = plan.parameters.get(f"{node.weights or node.name}.weight")
    inputs = plan.net.inputs(node)
    found: list[Edge] = []
    for place, name in enumerate(after.reads):
        if name == before.name:
            if inputs[place][0] != before.shape[0] or not _next_to(plan.net, node.inputs[place], before):
                return None
            joined = [(i, j) for i, j in pairs if _connected(plan.net, node, place, i, j)]
            found += [Edge(i, j, *_weight(node, stored, inputs[0][0], i, j)) for i, j in joined]
    return found or None


def _next_to(net: Network, source: str, before: Stage) -> bool:
    """Whether nothing but what touches each number lies between a stage's layer and what a layer reads."""
    layer = layer_of(net, before)
    own = [name for name in before.nodes if not isinstance(net.node(name).layer, _QUIET)]
    goals = [layer.name] if layer else own or before.nodes or (INPUT,)
    while source not in goals:
        if source == INPUT or not isinstance(net.node(source).layer, _QUIET):
            return False
        source = net.node(source).inputs[0]
    return True


def _connected(net: Network, node: Node, place: int, start: int, end: int) -> bool:
    """Whether channel `end` of a layer's output depends on channel `start` of what it reads at a place."""
    layer, inputs = node.layer, net.inputs(node)
    reads, gives = inputs[place][0], net.shapes[node.name][0]
    kind = layer.kind if isinstance(layer, Norm) else getattr(layer, "function", "")
    if isinstance(layer, Dense | Distance) or kind in ("softmax", "log_softmax", "layer"):
        return True
    if isinstance(layer, Conv):
        return start in layer.reads(reads)[end]
    if isinstance(layer, ConvTranspose) or (isinstance(layer, Norm) and kind == "group"):
        groups = layer.groups or 1
        return start // (reads // groups) == end // (gives // groups)
    if isinstance(layer, Norm) and kind == "local-response":
        size = layer.size or 1
        return -(size // 2) <= start - end <= (size - 1) // 2
    if isinstance(layer, Concat):
        return start + sum(shape[0] for shape in inputs[:place]) == end
    return start == end


def _weight(node: Node, stored: npt.NDArray[Any] | None, reads: int, start: int, end: int) -> tuple[float | None, bool]:
    """The weight of a connection and whether it has a sign: a kernel stands for itself with its norm."""
    if stored is None or not isinstance(node.layer, Dense | Conv | ConvTranspose):
        return None, False
    if isinstance(node.layer, Dense) and not np.iscomplexobj(stored):
        return float(stored[end, start]), True
    if isinstance(node.layer, ConvTranspose):
        kernel = stored[start, end % stored.shape[1]]
    elif isinstance(node.layer, Conv):
        kernel = stored[node.layer.kernel_at(reads, end, start)]
    else:
        kernel = stored[end, start]
    return float(np.linalg.norm(np.ravel(kernel))), False
