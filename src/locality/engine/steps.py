"""An exported program as the nodes of a network: each operation a layer where one says it, an opaque one elsewhere."""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, fx, nn

from locality.engine.calls import Found, name_of, shape_of
from locality.engine.exporting import Exported
from locality.engine.naming import Call, call_of, names_of, single
from locality.engine.opaque import piece
from locality.engine.operations import MODULES, SAME, found, is_neutral
from locality.errors import DescriptionError, LocalityError
from locality.network.layer import Layer, Shape
from locality.network.layers import Flatten, Opaque, Reshape
from locality.network.network import INPUT, Node


@dataclass(frozen=True)
class Steps:
    """A program as nodes: the modules of the opaque ones, the tensors that the others store (by "node.parameter"),
    the call that a node is of one of the module's own parts, whether numbers of one precision stand in it,
    and whether some are computed in less than the input's."""

    nodes: list[Node]
    operations: dict[str, nn.Module]
    tensors: dict[str, Tensor]
    calls: dict[str, Call]
    fixed: bool
    narrow: bool


@dataclass(frozen=True)
class _Draft:
    """A node before it has its name: it goes under `key`, and names what it reads by theirs."""

    key: str
    call: Call
    operation: str
    layer: Layer
    inputs: tuple[str, ...]
    owner: str | None = None
    tensors: dict[str, Tensor] = field(default_factory=dict)
    module: nn.Module | None = None
    fixed: bool = False


def steps_of(program: Exported, module: nn.Module) -> Steps:
    """The nodes of a program exported from `module`. Raises `DescriptionError` where its output is not floating
    numbers on 1 to 4 axes for each image."""
    drafts = _needed(_Walk(program, module).drafts())
    steps = [(draft.call, draft.operation) for draft in drafts]
    names, own = names_of(module, steps), single(steps)
    named = {INPUT: INPUT} | {draft.key: name for draft, name in zip(drafts, names, strict=True)}
    nodes = [
        Node(named[d.key], d.layer, [named[key] for key in d.inputs], None if d.owner is None else named[d.owner])
        for d in drafts
    ]
    return Steps(
        nodes=nodes,
        operations={named[draft.key]: draft.module for draft in drafts if draft.module is not None},
        tensors={f"{named[d.key]}.{name}": tensor for d in drafts for name, tensor in d.tensors.items()},
        calls={named[draft.key]: draft.call for draft in drafts if draft.call in own},
        fixed=any(draft.fixed for draft in drafts) or _holds_precision(program),
        narrow=_is_narrow(program),
    )


class _Walk:
    """The walk along a program. `keys` are the values that are nodes, or the input; every other value becomes part of
    the opaque operations that read it."""

    def __init__(self, program: Exported, module: nn.Module) -> None:
        self.program, self.module = program, module
        self.keys: dict[fx.Node, str] = {program.input: INPUT}
        self.shapes: dict[str, Shape] = {INPUT: shape_of(program.input)}
        self.depends = {program.input}
        self.owners: dict[Any, str] = {}  # which node stores these tensors
        self.calls: dict[Call, list[fx.Node]] = {}
        self.made: list[_Draft] = []
        self.names = {name: node for node, name in program.names.items()}

    def drafts(self) -> list[_Draft]:
        for node in self.program.graph.nodes:
            if node.op == "call_function" and any(source in self.depends for source in node.all_input_nodes):
                self.depends.add(node)
                self.calls.setdefault(call_of(node), []).append(node)
        for node in self.program.graph.nodes:
            if node in self.depends and node is not self.program.input and self._is_visible(node):
                any(way(node) for way in (self._same, self._as_module, self._as_layer, self._as_operation))
        out = self.program.output
        if self.keys.get(out, INPUT) == INPUT:
            self._refuse(out)
        return self.made[: 1 + [draft.key for draft in self.made].index(self.keys[out])]

    def _is_visible(self, node: fx.Node) -> bool:
        """Whether a value is floating numbers for each image, on at most four axes."""
        value = node.meta.get("val")
        if not isinstance(value, torch.Tensor) or not 2 <= value.ndim <= 5 or not value.is_floating_point():
            return False
        batch = self.program.input.meta["val"].shape[0]
        first, rest = value.shape[0], value.shape[1:]
        return _size(first) == _size(batch) and all(isinstance(size, int) and size > 0 for size in rest)

    def _same(self, node: fx.Node) -> bool:
        """Where an operation hands its input on as it is, both go under one key."""
        source = node.args[0] if node.args else None
        if isinstance(source, list | tuple) and len(source) == 1:
            source = source[0]  # one tensor, concatenated with nothing
        if not isinstance(source, fx.Node) or source not in self.keys:
            return False
        unchanged = source.meta["val"].dtype == node.meta["val"].dtype and shape_of(source) == shape_of(node)
        if unchanged and (name_of(node) in SAME or is_neutral(node)) and type(self._part(node)) not in MODULES:
            self.keys[node] = self.keys[source]
            return True
        return False

    def _part(self, node: fx.Node) -> nn.Module:
        return self.module.get_submodule(call_of(node).path)

    def _as_module(self, node: fx.Node) -> bool:
        """A module that torch spells out in several operations becomes one layer, at the last of them."""
        part = self._part(node)
        group = self.calls[call_of(node)]
        if type(part) not in MODULES:
            return False
        sources = {source for one in group for source in one.all_input_nodes if source in self.keys} - set(group)
        if len(sources) != 1:
            return False
        try:
            layer = MODULES[type(part)](part)
        except LocalityError:
            return False
        return node is not group[-1] or self._add(node, Found(layer, tuple(sources)))

    def _as_layer(self, node: fx.Node) -> bool:
        one = found(node)
        return one is not None and self._add(node, one)

    def _add(self, node: fx.Node, one: Found) -> bool:
        """Add what was found, if it can stand: everything it reads is a node, and all sizes come out."""
        if not all(source in self.keys for source in one.inputs) or set(one.weights.values()) & self.depends:
            return False
        keys = tuple(self.keys[source] for source in one.inputs)
        inputs = [self.shapes[key] for key in keys]
        layer = _fitting(one.layer, inputs, None if one.less else shape_of(node))
        if layer is None:
            return False
        wanted = layer.parameters(inputs)
        tensors = {name: self._value(tensor) for name, tensor in one.weights.items()}
        if any(name not in tensors or tuple(tensors[name].shape) != shape for name, shape in wanted.items()):
            return False
        own = {name: tensors[name] for name in wanted}
        key = f"{node.name}.pooled" if one.less else node.name
        owner = self._owner(key, layer, own)
        stored = {name: tensor for name, tensor in tensors.items() if owner is None or name not in wanted}
        stored |= self._counter(one.weights.get("running_mean"))
        fixed = any(tensor not in self.program.tensors for tensor in one.weights.values())
        draft = _Draft(key, call_of(node), name_of(node), layer, keys, owner, stored, fixed=fixed)
        self._put(node, draft, layer.shape(inputs))
        if one.less:
            left = shape_of(node)
            word, after = ("flatten", Flatten()) if len(left) == 1 else ("reshape", Reshape(left))
            self._put(node, _Draft(node.name, call_of(node), word, after, (key,)), left)
        return True

    def _put(self, node: fx.Node, draft: _Draft, shape: Shape) -> None:
        self.made.append(draft)
        self.keys[node], self.shapes[draft.key] = draft.key, shape

    def _owner(self, key: str, layer: Layer, tensors: dict[str, Tensor]) -> str | None:
        """The earlier node that stores the same tensors, where there is one."""
        same = (type(layer), *((name, tensor.data_ptr(), tensor.shape) for name, tensor in tensors.items()))
        owner = self.owners.setdefault(same, key) if tensors else key
        return None if owner == key else owner

    def _counter(self, mean: fx.Node | None) -> dict[str, Tensor]:
        """How many batches a normalisation has seen, which torch keeps beside its running mean."""
        name = "" if mean is None else self.program.names.get(mean, "").removesuffix("running_mean")
        counter = self.names.get(f"{name}num_batches_tracked")
        return {} if mean is None or counter is None else {"num_batches_tracked": self.program.tensors[counter]}

    def _value(self, node: fx.Node) -> Tensor:
        """A tensor that does not depend on the input: one that the module keeps, or one computed from such."""
        if node in self.program.tensors:
            return self.program.tensors[node].detach()
        with torch.no_grad():
            computed: Tensor = piece(self.program, node, set()).module()
        return computed

    def _as_operation(self, node: fx.Node) -> bool:
        one = piece(self.program, node, set(self.keys))
        layer = Opaque(name_of(node), shape_of(node), one.parameters)
        keys = tuple(self.keys[source] for source in one.inputs)
        owner = self._owner(node.name, layer, {name: one.tensors[name] for name, _ in one.parameters})
        draft = _Draft(node.name, call_of(node), name_of(node), layer, keys, owner, {}, one.module)
        self._put(node, draft, shape_of(node))
        return True

    def _refuse(self, out: fx.Node) -> None:
        name, batch = type(self.module).__name__, self.program.input.meta["val"].shape[0]
        if out not in self.depends:
            raise DescriptionError(f"{name}: its output does not depend on its input. Return what it computes.")
        if out in self.keys:
            raise DescriptionError(f"{name}: it hands its input on as it is. Give a module that computes something.")
        value = out.meta["val"]
        sizes = [str(size) if isinstance(size, int) else str(size).replace(str(batch), "batch") for size in value.shape]
        kind = str(value.dtype).removeprefix("torch.")
        raise DescriptionError(
            f"{name}: its output is {kind} ({', '.join(sizes)}). Return floating numbers (batch, outputs) or "
            f"(batch, channels, *space), and write x.shape[0] or -1 for the batch in view and reshape."
        )


def _fitting(layer: Layer, inputs: list[Shape], output: Shape | None) -> Layer | None:
    """The layer, exact where it tiles, if its output comes out in that shape; None otherwise."""
    exact = [replace(layer, rounding="exact")] if hasattr(layer, "rounding") else []  # type: ignore[type-var]
    for one in [*exact, layer]:
        try:
            one = one.on_axes(len(inputs[0]) - 1)
            shape = one.shape(inputs)
        except LocalityError:
            continue
        if output is None or shape == output:
            return one
    return None


def _needed(drafts: list[_Draft]) -> list[_Draft]:
    """Those that the last one is computed from, and it."""
    needed = {drafts[-1].key}
    for draft in reversed(drafts):
        if draft.key in needed:
            needed |= {*draft.inputs, *([draft.owner] if draft.owner else [])}
    return [draft for draft in drafts if draft.key in needed]


def _holds_precision(program: Exported) -> bool:
    """Whether a precision is written into the program: x.float(), say."""
    given = (value for node in program.graph.nodes for value in (*node.args, *node.kwargs.values()))
    return any(isinstance(value, torch.dtype) for value in given)


def _is_narrow(program: Exported) -> bool:
    """Whether some numbers have less precision than the input's."""
    values = (node.meta.get("val") for node in program.graph.nodes)
    floats = [value.dtype for value in values if isinstance(value, Tensor) and value.is_floating_point()]
    return any(dtype.itemsize < program.input.meta["val"].dtype.itemsize for dtype in floats)


def _size(size: Any) -> Any:
    return size if isinstance(size, int) else size.node.expr
