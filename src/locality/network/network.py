"""`Network`: named nodes, each with a layer and the names of its inputs. Checked when it is made."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from locality.errors import DescriptionError, LocalityError, ShapeError, unknown
from locality.geometry.arguments import one_of, whole
from locality.geometry.arguments import shape_text as shape_text
from locality.network.layer import Layer, Shape, check_extent, counted
from locality.network.layers import Concat, Product, Sum

DEEPEST = 50  # how far branches may stand in branches
EXAMPLE = "1x28x28 | conv 6 5x5 | relu"
INPUT = "input"  # the name by which nodes read the network's input
DTYPES = ("float32", "float64", "complex64", "complex128")
JOINS: dict[str, type[Layer]] = {"sum": Sum, "concat": Concat, "product": Product}
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class Node:
    """One step of a network: a name, a layer, and the names of the nodes it reads ("input" is the network's input).

    `weights` names an earlier node whose parameters this one shares.

    >>> from locality.network.layers import Conv
    >>> Node("conv1", Conv(6, 5), ["input"])
    Node(name='conv1', layer=Conv(6, 5), inputs=('input',))
    """

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    weights: str | None = None

    def __init__(self, name: str, layer: Layer, inputs: Iterable[str] | str, weights: str | None = None) -> None:
        named = (inputs,) if isinstance(inputs, str) else _listed(f"{name}: its inputs", inputs, "names")
        for source in named:
            if not isinstance(source, str):
                raise DescriptionError(f"{name}: it cannot read {source!r}. Give the names of nodes, or 'input'.")
        if not (weights is None or isinstance(weights, str)):
            raise DescriptionError(f"{name}: it cannot share the weights of {weights!r}. Give the name of a node.")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "layer", layer)
        object.__setattr__(self, "inputs", named)
        object.__setattr__(self, "weights", weights)

    def __repr__(self) -> str:
        shared = f", weights={self.weights!r}" if self.weights else ""
        return f"Node(name={self.name!r}, layer={self.layer!r}, inputs={self.inputs!r}{shared})"


@dataclass(frozen=True)
class Branches:
    """Several chains of layers that read the same input, joined by "concat", "sum" or "product".

    An empty chain passes the input on as it is. Branches and `Residual` may stand inside branches.

    >>> from locality.network.layers import Conv
    >>> net = Network("inception", (3, 8, 8), [Branches([[Conv(4, 1)], [Conv(8, 3, padding="same")]])])
    >>> net.shapes["concat1"]
    (12, 8, 8)
    """

    branches: tuple[tuple["Item", ...], ...]
    join: str = "concat"
    name: str | None = None

    def __init__(self, branches: Iterable[Iterable["Item"]], join: str = "concat", name: str | None = None) -> None:
        chains = [_listed("a branch", branch, "layers") for branch in _listed("branches", branches, "lists of layers")]
        object.__setattr__(self, "branches", tuple(chains))
        object.__setattr__(self, "join", one_of("join", join, tuple(JOINS)))
        object.__setattr__(self, "name", name)


def Residual(layers: Iterable["Item"], shortcut: Iterable["Item"] = (), name: str | None = None) -> Branches:
    """What `layers` make of their input, added to the input itself, or to what `shortcut` makes of it.

    >>> from locality.network.layers import Activation, Conv
    >>> body = [Conv(3, 3, padding="same"), Activation("relu"), Conv(3, 3, padding="same")]
    >>> net = Network("block", (3, 8, 8), [Residual(body), Activation("relu")])
    >>> net.node("sum1").inputs
    ('conv2', 'input')
    """
    return Branches([layers, shortcut], "sum", name)


Item = Layer | Branches


@dataclass(frozen=True, init=False)
class Network:
    """A network as frozen data: its input's shape and its nodes, in the order they are computed.

    Give `layers`, a chain in which `Residual` and `Branches` may stand, or `nodes`, any directed graph. The last node
    is the output. Layers without a name get one: conv1, conv2, pool1, relu1, ... Everything is checked here, without
    torch: `DescriptionError` for a graph that is none, `ShapeError` for sizes that do not fit, with the way the shape
    came there. Two networks are equal when they describe the same thing, however they were written.

    `heads` names nodes that nobody reads, of the output's shape: auxiliary classifiers (arXiv:1409.4842). While
    training each adds 0.3 of its own loss; they are no part of the output.

    >>> from locality.network.layers import Conv, Dense, Flatten, Pool
    >>> net = Network("small", (1, 28, 28), [Conv(6, 5, padding=2), Pool("max", 2), Flatten(), Dense(10)])
    >>> net.to_text()
    'small: 1x28x28 | conv 6 5x5 pad 2 | max 2x2 | flatten | dense 10'
    >>> Network("odd", (1, 28, 28), [Conv(6, 5), Pool("max", 5)])
    Traceback (most recent call last):
    ...
    locality.errors.ShapeError: pool1: a 5x5 window with stride 5 does not tile 24: (24 - 5)/5 + 1 = 4.8. \
Use rounding="floor" (the last 4 rows and columns are dropped), or an input of 20 or 25. (1x28x28 -> conv1 24x24)
    """

    name: str
    input: Shape
    nodes: tuple[Node, ...]
    dtype: str = "float32"
    heads: tuple[str, ...] = ()
    shapes: dict[str, Shape] = field(init=False, compare=False, repr=False)

    def __init__(
        self,
        name: str,
        input: Sequence[int],
        layers: Iterable[Item] | None = None,
        *,
        nodes: Iterable[Node] | None = None,
        dtype: str = "float32",
        heads: Iterable[str] = (),
    ) -> None:
        if (layers is None) == (nodes is None):
            raise DescriptionError(f"{name}: a network is made of layers or of nodes. Give one of the two.")
        if layers is not None:
            given = list(_flatten(_listed(f"{name}: layers", layers, "layers"), INPUT, _Names()))
        else:
            given = list(_listed(f"{name}: nodes", nodes, "nodes"))
        if not given:
            raise DescriptionError(f"{name}: there is no layer. Give at least one.")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise DescriptionError(f"{name!r} is no name for a network. Use letters, digits, '-', '_' and '.'.")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "input", input_shape(name, input))
        object.__setattr__(self, "dtype", one_of("dtype", dtype, DTYPES))
        _check_names(given)
        shapes: dict[str, Shape] = {INPUT: self.input}
        object.__setattr__(self, "nodes", tuple(_placed(node, given, shapes) for node in given))
        object.__setattr__(self, "shapes", shapes)
        object.__setattr__(self, "heads", _heads(name, heads))
        read = {source for node in given for source in node.inputs}
        for head in self.heads:
            if head in read or head == given[-1].name:
                what = "is the output" if head == given[-1].name else "is read by another node"
                raise DescriptionError(f"{head}: it {what}, so it is no auxiliary head. Leave it out of heads.")
            if self.shapes[self.node(head).name] != self.output:
                raise ShapeError(
                    f"{head}: an auxiliary head has the output's shape {shape_text(self.output)}, this one has "
                    f"{shape_text(self.shapes[head])}. Make it end as the network ends."
                )
        for node in given[:-1]:
            if node.name not in read and node.name not in self.heads:
                raise DescriptionError(
                    f"{node.name}: no node reads it. Join it to the others, leave it out, or name it in heads."
                )

    @property
    def output(self) -> Shape:
        """The shape of the last node's output."""
        return self.shapes[self.nodes[-1].name]

    def node(self, name: str) -> Node:
        """The node of that name. Raises `UnknownNameError` when there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise unknown("node", name, [node.name for node in self.nodes])

    def inputs(self, node: Node) -> list[Shape]:
        """The shapes that a node reads."""
        return [self.shapes[source] for source in node.inputs]

    def parameters(self, node: Node) -> dict[str, Shape]:
        """The shapes of the parameters that a node stores by name: none, where it shares another node's."""
        return {} if node.weights else node.layer.parameters(self.inputs(node))

    def trunk(self) -> tuple[Node, ...]:
        """The nodes that the output needs: all but those of auxiliary heads."""
        needed = {self.nodes[-1].name}
        for node in reversed(self.nodes):
            if node.name in needed:
                needed.update(node.inputs)
        return tuple(node for node in self.nodes if node.name in needed)

    @property
    def parameter_count(self) -> int:
        """How many numbers are learned."""
        return sum(prod(shape) for node in self.nodes for shape in self.parameters(node).values())

    def __str__(self) -> str:
        return f"{self.name}: {shape_text(self.input)} -> {shape_text(self.output)}, {len(self.nodes)} nodes"

    def to_text(self) -> str:
        """One line of notation that `from_text` turns into an equal network. Raises `DescriptionError` for a graph
        that no line can say: keep that one with `to_json`."""
        from locality.network.notation import to_text

        return to_text(self)

    @classmethod
    def from_text(cls, text: str) -> "Network":
        """The network that a line of notation describes: one layer per bar, the input first.

        >>> Network.from_text("1x28x28 | conv 6 5x5 | relu | flatten | dense 10").output
        (10,)
        """
        from locality.network.notation import from_text

        return from_text(text)

    def to_json(self) -> str:
        """The network as JSON, any graph; `from_json` turns it into an equal one."""
        from locality.network.plain import to_json

        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> "Network":
        """The network that a text written by `to_json` describes."""
        from locality.network.plain import from_json

        return from_json(text)


def network_of(subject: Any) -> Network:
    """The network that `subject` is, or has. Raises `DescriptionError` where there is none."""
    net = subject if isinstance(subject, Network) else getattr(subject, "network", None)
    if isinstance(net, Network):
        return net
    shown = repr(subject) if isinstance(subject, str) else f"this {type(subject).__name__}"
    raise DescriptionError(
        f"{shown} is not a network. Use locality.zoo.get('lenet5') or Network.from_text({EXAMPLE!r}), say."
    )


def way(shapes: dict[str, Shape], nodes: Sequence[Node], name: str) -> str:
    """How the shape came to a node, along its first inputs: 1x28x28 -> conv1 24x24 -> pool1 12x12."""
    by_name = {node.name: node for node in nodes}
    steps: list[str] = []
    while name != INPUT:
        shape = shapes[name]
        steps.append(f"{name} {shape_text(shape[1:] or shape)}")
        name = by_name[name].inputs[0]
    steps.append(shape_text(shapes[INPUT]))
    steps.reverse()
    return " -> ".join([steps[0], "...", *steps[-4:]] if len(steps) > 6 else steps)


class _Names:
    """Automatic names, counted by kind: conv1, conv2, pool1."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()

    def __call__(self, item: Layer) -> str:
        if item.name is not None:
            return item.name
        prefix = item.prefix or item.word.replace("-", "_")
        self.count[prefix] += 1
        return f"{prefix}{self.count[prefix]}"


def automatic_names(nodes: Sequence[Node]) -> dict[str, str]:
    """The name that each node would have got by itself, counting only those that did."""
    names, automatic = _Names(), {}
    for node in nodes:
        before = names.count.copy()
        automatic[node.name] = names(node.layer)
        if automatic[node.name] != node.name:
            names.count = before
    return automatic


def _listed(what: str, given: Any, of: str) -> tuple[Any, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        verb = "is" if what.startswith("a ") else "are"
        raise DescriptionError(f"{what} {verb} {given!r}, which is no list. Give a list of {of}.")
    return tuple(given)


def _flatten(items: Sequence[Item], source: str, names: _Names, depth: int = 0) -> Iterable[Node]:
    """The nodes of a chain, inner branches first, each branch before its join."""
    if depth > DEEPEST:
        raise DescriptionError(f"branches stand in branches more than {DEEPEST} deep. Use nodes for such a graph.")
    for item in items:
        if isinstance(item, Branches):
            ends: list[str] = []
            for branch in item.branches:
                end = source
                for node in _flatten(branch, source, names, depth + 1):
                    yield node
                    end = node.name
                ends.append(end)
            join = JOINS[item.join](name=item.name)  # type: ignore[call-arg]
            source = names(join)
            yield Node(source, join, ends)
        elif isinstance(item, Layer):
            name = names(item)
            yield Node(name, item, [source])
            source = name
        else:
            raise DescriptionError(f"{item!r} is no layer. Use locality's layers, Residual and Branches.")


def _placed(node: Node, nodes: Sequence[Node], shapes: dict[str, Shape]) -> Node:
    """The node with its layer in shortest form, its shape put among the shapes of those before it."""
    where = node.name
    for source in node.inputs:
        if source not in shapes:
            known = [other.name for other in nodes]
            if source in known:
                raise DescriptionError(
                    f"{where}: it reads {source!r}, which is not computed before it. List the nodes in the order they "
                    f"are computed, without a cycle."
                )
            raise type(error := unknown("input", source, [INPUT, *known]))(f"{where}: {error}")
    least = 2 if node.layer.joins else 1
    if len(node.inputs) < least or (least == 1 and len(node.inputs) > 1 and node.layer.word != "opaque"):
        reads = f"{where}: {node.layer.word} reads {counted(len(node.inputs), 'input') if node.inputs else 'nothing'}"
        if node.layer.joins:
            raise DescriptionError(f"{reads}; it joins two or more. Give it at least two inputs or branches.")
        todo = "Join them first, with Sum, Concat or Product" if node.inputs else "Name its input"
        raise DescriptionError(f"{reads}; it takes one input. {todo}.")
    inputs = [shapes[source] for source in node.inputs]
    try:
        layer = replace(node.layer.on_axes(len(inputs[0]) - 1), name=None)  # type: ignore[type-var]
        shapes[where] = layer.shape(inputs)
        own = layer.parameters(inputs)
    except LocalityError as error:
        raise type(error)(f"{where}: {error} ({way(shapes, nodes, node.inputs[0])})") from None
    if node.weights is not None:
        _check_shared(node, layer, own, nodes, shapes)
    return Node(where, layer, node.inputs, node.weights)


def _check_shared(
    node: Node, layer: Layer, own: dict[str, Shape], nodes: Sequence[Node], shapes: dict[str, Shape]
) -> None:
    earlier = {other.name: other for other in nodes[: nodes.index(node)]}
    if not own:
        raise DescriptionError(
            f"{node.name}: {layer.word} has no weights to share. Leave out weights={node.weights!r}."
        )
    if not earlier:
        raise DescriptionError(f"{node.name}: no node before it has weights. Leave out weights={node.weights!r}.")
    if node.weights not in earlier:
        error = unknown("node to share weights with", str(node.weights), list(earlier))
        raise type(error)(f"{node.name}: {error}")
    other = earlier[node.weights]
    if other.weights is not None:
        raise DescriptionError(f"{node.name}: {other.name!r} shares weights itself. Name {other.weights!r} instead.")
    theirs = other.layer.parameters([shapes[source] for source in other.inputs])
    if type(other.layer) is not type(layer) or theirs != own:
        raise DescriptionError(
            f"{node.name}: it cannot share the weights of {other.name!r}: "
            f"{_weights_text(layer, own)} against {_weights_text(other.layer, theirs)}. Use equal layers."
        )


def _weights_text(layer: Layer, parameters: dict[str, Shape]) -> str:
    return f"{layer.word} with " + (
        ", ".join(f"{name} {shape_text(shape)}" for name, shape in parameters.items()) or "no parameters"
    )


def _check_names(nodes: Sequence[Node]) -> None:
    seen: set[str] = set()
    for node in nodes:
        if not isinstance(node, Node) or not isinstance(node.layer, Layer):
            raise DescriptionError(f"{node!r} is no node. Use Node(name, layer, inputs).")
        if not isinstance(node.name, str) or not _NAME.fullmatch(node.name) or node.name == INPUT:
            raise DescriptionError(
                f"{node.name!r} is no name for a node. Use letters, digits, '-', '_' and '.'; 'input' is taken."
            )
        if node.name in seen:
            raise DescriptionError(f"{node.name}: two nodes have this name. Rename one.")
        seen.add(node.name)
    for name in seen:
        for end in (i for i, letter in enumerate(name) if letter == "."):
            if name[:end] in seen:
                raise DescriptionError(f"{name}: {name[:end]!r} is a node itself. Rename one of the two.")


def _heads(name: str, given: Any) -> tuple[str, ...]:
    heads = _listed(f"{name}: heads", given, "names of nodes")
    if isinstance(given, dict) or not all(isinstance(head, str) for head in heads) or len(set(heads)) < len(heads):
        raise DescriptionError(f"{name}: heads is {given!r}. Give a list of names of nodes, each once.")
    return heads


def input_shape(name: str, shape: Any) -> Shape:
    """The shape of a network's input, checked. Raises `DescriptionError` for what is none."""
    if not isinstance(shape, Sequence) or isinstance(shape, str) or not 1 <= len(shape) <= 4:
        raise DescriptionError(
            f"{name}: input is {shape!r}; it must be (channels, *space) with at most 3 axes of space. "
            f"Give, for example, (1, 28, 28)."
        )
    try:
        sizes = tuple(whole("input", size) for size in shape)
        check_extent("input", sizes)
    except LocalityError as error:
        raise type(error)(f"{name}: {error}") from None
    return sizes
