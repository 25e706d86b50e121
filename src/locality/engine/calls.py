"""One call in an exported program, its arguments by name, and what it was found to be."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import getitem
from typing import Any

from torch import fx

from locality.network.layer import Layer, Shape


@dataclass(frozen=True)
class Found:
    """What an operation is: the layer, the values it reads, and the tensors that it stores, by their names here;
    `less` where axes that the layer leaves at one cell are taken away behind it."""

    layer: Layer
    inputs: tuple[fx.Node, ...]
    weights: dict[str, fx.Node] = field(default_factory=dict)
    less: bool = False


class Call:
    """One call in an exported program: its arguments by name, defaults included, and the shape of its result, or of
    the part of it that is meant."""

    def __init__(self, node: fx.Node, part: fx.Node | None = None) -> None:
        self.output = shape_of(part or node)
        schema = getattr(node.target, "_schema", None)
        self.given: dict[str, Any] = {}
        if schema is not None:
            for place, argument in enumerate(schema.arguments):
                default = argument.default_value if argument.has_default_value() else None
                positional = node.args[place] if place < len(node.args) else default
                self.given[argument.name] = node.kwargs.get(argument.name, positional)

    def __getitem__(self, name: str) -> Any:
        return self.given[name]

    @property
    def x(self) -> fx.Node:
        """What is computed with: the first argument."""
        first: fx.Node = next(iter(self.given.values()))
        return first

    def stored(self, *names: str) -> dict[str, fx.Node]:
        """The tensors among the arguments of these names that are given."""
        return {name: self.given[name] for name in names if self.given[name] is not None}


def shape_of(node: fx.Node) -> Shape:
    """The shape of a value without its first axis; empty where it is no tensor."""
    value = node.meta.get("val")
    return tuple(getattr(value, "shape", ()))[1:]


def each(value: Any, axes: int) -> tuple[int, ...]:
    """One number for each axis, where torch takes one for all."""
    numbers = tuple(value) if isinstance(value, Sequence) else (value,)
    return numbers * axes if len(numbers) == 1 else numbers


def name_of(node: fx.Node) -> str:
    """The plain name of an operation: relu of aten.relu_.default; of a part of a result, that of the whole."""
    if node.target is getitem and isinstance(node.args[0], fx.Node):
        return name_of(node.args[0])
    packet = getattr(node.target, "overloadpacket", node.target)
    return str(getattr(packet, "__name__", packet)).strip("_") or "operation"
