"""Operations that no layer says, as modules that compute them: a piece of an exported program, with its tensors."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn

from locality.engine.exporting import Exported
from locality.network.layer import Shape


@dataclass(frozen=True)
class Piece:
    """What computes one value: a module, the values it is called with, and the tensors it keeps by their names."""

    module: fx.GraphModule
    inputs: tuple[fx.Node, ...]
    tensors: dict[str, Tensor]

    @property
    def parameters(self) -> tuple[tuple[str, Shape], ...]:
        """Names and shapes of what it learns."""
        return tuple((name, tuple(one.shape)) for name, one in self.module.named_parameters())


def piece(program: Exported, wanted: fx.Node, known: set[fx.Node]) -> Piece:
    """The part of a program that computes `wanted` from the `known` values and from tensors that the module keeps."""
    graph = fx.Graph()
    made: dict[fx.Node, fx.Node] = {}
    inputs: list[fx.Node] = []
    held: dict[str, Any] = {}
    tensors: dict[str, Tensor] = {}
    needed = _needed(wanted, known)
    for node in program.graph.nodes:
        if node in needed and node in known and node is not wanted:
            made[node] = graph.placeholder(f"x{len(inputs)}")
            inputs.append(node)
    for node in program.graph.nodes:
        if node not in needed or node in made:
            continue
        if node in program.tensors:
            tensor = program.tensors[node]
            name = _free(program.names[node].rpartition(".")[2], held)
            tensors[name] = tensor
            copied = tensor.detach().clone()  # two operations that read one tensor each have their own
            held[name] = nn.Parameter(copied) if isinstance(tensor, nn.Parameter) else copied
            made[node] = graph.get_attr(name)
        elif node.op == "get_attr":
            held[node.target] = getattr(program.root, node.target)
            made[node] = graph.get_attr(node.target)
        else:
            made[node] = graph.node_copy(node, made.__getitem__)
            _adapt(graph, made[node], made[inputs[0]] if inputs else None, held)
    graph.output(made[wanted])
    module = fx.GraphModule(held, graph, "Operation")
    return Piece(module, tuple(inputs), tensors)


def _needed(wanted: fx.Node, known: set[fx.Node]) -> set[fx.Node]:
    """Everything that a value is computed from, back to the known ones."""
    needed, todo = {wanted}, [wanted]
    while todo:
        node = todo.pop()
        if node is wanted or node not in known:
            more = [source for source in node.all_input_nodes if source not in needed]
            needed |= set(more)
            todo += more
    return needed


def _adapt(graph: fx.Graph, node: fx.Node, like: fx.Node | None, held: dict[str, Any]) -> None:
    """Take out what an export writes in that held for the example alone: its layout, its device, that nothing is
    trained."""
    if node.target in (torch.ops.aten.view.default, torch.ops.aten._unsafe_view.default):
        node.target = torch.ops.aten.reshape.default  # a view of another memory format would be refused
    if node.kwargs.get("device") is not None and like is not None:
        with graph.inserting_before(node):
            device = graph.call_function(getattr, (like, "device"))
        node.kwargs = {**node.kwargs, "device": device}
    name = getattr(getattr(node.target, "overloadpacket", None), "__name__", "")
    if name.endswith("dropout") and len(node.args) == 3:
        held["training"] = False
        with graph.inserting_before(node):
            node.args = (*node.args[:2], graph.get_attr("training"))


def _free(name: str, held: dict[str, Any]) -> str:
    while name in held or hasattr(nn.Module(), name) or not name.isidentifier():
        name = f"{name}_" if name.isidentifier() else "constant"
    return name
