"""`exported`: what torch.export sees of a module, its errors turned into sentences.

The module is taken in eval mode with a batch of any size. Operations that change a tensor in place are written as ones
that give a new tensor, so that every value of the graph stands for itself.
"""

import inspect
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from io import StringIO
from operator import getitem
from pathlib import Path
from traceback import extract_tb
from typing import Any

import torch
from torch import Tensor, fx, nn

from locality.errors import DescriptionError, ShapeError

BATCH = 5  # of the traced example: larger than one, and rarely the size of anything else


@dataclass(frozen=True)
class Exported:
    """A program: its graph, the node that is the input, the one that is the output, the tensors that it keeps by
    placeholder, their names in the module, and the module that nested graphs hang on."""

    graph: fx.Graph
    input: fx.Node
    output: fx.Node
    tensors: dict[fx.Node, Tensor]
    names: dict[fx.Node, str]
    root: nn.Module


def exported(module: nn.Module, example: Tensor) -> Exported:
    """The program of a module in eval mode. Raises `DescriptionError` where it cannot be exported."""
    batch = torch.cat([example] * BATCH)[:BATCH]
    with quiet():
        try:
            program = torch.export.export(module, (batch,), dynamic_shapes=({0: torch.export.Dim.AUTO},), strict=False)
        except Exception:
            try:
                program = torch.export.export(module, (batch,), strict=False)
            except Exception as error:
                if not _computes(module, batch):
                    check_batch(module, example)
                raise DescriptionError(f"{type(module).__name__}: {_said(error, module, batch)}") from None
        if not _without_changes(program.graph):
            program = program.run_decompositions({})
    program.graph.eliminate_dead_code()
    signature = program.graph_signature
    kept = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    lifted = signature.inputs_to_lifted_tensor_constants
    tensors, names, inputs = {}, {}, []
    for node in program.graph.nodes:
        if node.op == "placeholder":
            name = kept.get(node.name) or lifted.get(node.name)
            if name is None:
                inputs.append(node)
                continue
            held = program.state_dict.get(name)
            tensors[node] = program.constants[name] if held is None else held
            names[node] = name
    out = next(node for node in program.graph.nodes if node.op == "output").args[0]
    return Exported(program.graph, inputs[0], out[len(out) - 1], tensors, names, program.graph_module)


@contextmanager
def quiet() -> Iterator[None]:
    """torch's warnings, and what it prints of its own insides, are kept from whoever imports a network."""
    logs = [logging.getLogger(name) for name in ("torch", "torch.__trace")]
    levels = [log.level for log in logs]
    with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        warnings.simplefilter("ignore")
        for log in logs:
            log.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            for log, level in zip(logs, levels, strict=True):
                log.setLevel(level)


def user_line(error: BaseException) -> str:
    """Where in the author's code an error came from: the innermost line outside torch, or nothing."""
    inside = Path(torch.__file__).parent
    lines = [
        frame
        for frame in extract_tb(error.__traceback__)
        if inside not in Path(frame.filename).parents and Path(__file__).parent not in Path(frame.filename).parents
    ]
    return f"{Path(lines[-1].filename).name}, line {lines[-1].lineno}: `{lines[-1].line}`" if lines else ""


def check_signature(module: nn.Module) -> None:
    """Raise `DescriptionError` where a module's forward wants another number of inputs than one."""
    name = type(module).__name__
    try:
        parameters = list(inspect.signature(module.forward).parameters.values())
    except (TypeError, ValueError):
        return
    places = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    first = [p for p in parameters if p.kind in places]
    wanted = [p.name for p in parameters if p.default is p.empty and p.kind in (*places, p.KEYWORD_ONLY)]
    if len(wanted) > 1:
        raise DescriptionError(
            f"{name}: its forward takes {len(wanted)} inputs ({', '.join(wanted)}), a network here has one. "
            f"Wrap it in a module whose forward(x) takes one and makes the others, or import a part with one input."
        )
    if not first and not any(p.kind is p.VAR_POSITIONAL for p in parameters):
        raise DescriptionError(f"{name}: its forward takes no input. Give a module whose forward takes one tensor.")


def _computes(module: nn.Module, batch: Tensor) -> bool:
    with torch.no_grad(), suppress(Exception):
        module(batch.clone())
        return True
    return False


def check_batch(module: nn.Module, example: Tensor) -> None:
    """Raise `ShapeError` where an example seems to be one image, without the axis of a batch."""
    one = None
    with torch.no_grad(), quiet(), suppress(Exception):
        one = module(example[None].clone())
    if isinstance(one, Tensor) and one.shape[:1] == (1,) and example.ndim < 5:
        raise ShapeError(
            f"{type(module).__name__}: the example, {sizes_text(example)}, has no axis for the batch. "
            f"Give example[None], {sizes_text(example[None])}."
        )


def sizes_text(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "that of one number"


def baked(count: int) -> str:
    """What is said where a module does not compute so many images."""
    return (
        f"it computes the example, but not {count} images: a batch of one size is written into it. "
        f"Write x.shape[0] or -1 for the batch in view and reshape."
    )


def _said(error: Exception, module: nn.Module, batch: Tensor) -> str:
    """Why torch.export refused, and what to do."""
    if not _computes(module, batch):
        return baked(len(batch))
    text, kind = str(error), type(error).__name__
    line = user_line(error)
    at = f" ({line})" if line else ""
    if "data-dependent" in text or "DataDependent" in kind or "aten._local_scalar_dense" in text:
        return (
            f"what its forward does depends on the numbers it computes{at}, and an export follows one way only. "
            f"Use torch.where instead of if, or import the part of the module without it."
        )
    first = text.strip().split("\n")[0].rstrip(".")
    return (
        f"torch.export cannot follow its forward{at}: {kind}: {first[:200]}. "
        f"Write that step with torch's own operations on tensors, or import the part of the module without it."
    )


def _without_changes(graph: fx.Graph) -> bool:
    """Let every operation that changes its input in place give a new tensor; whatever reads the changed one later reads
    the operation already. False where a change reaches further, through a view."""
    position = {node: number for number, node in enumerate(graph.nodes)}
    plain = {}
    for node in graph.nodes:
        if node.op != "call_function" or not _mutates(node.target):
            continue
        name, overload = node.target.overloadpacket.__name__, node.target._overloadname
        packet = getattr(torch.ops.aten, name.removesuffix("_"), None)
        if not name.endswith("_") or packet is None or not hasattr(packet, overload):
            return False
        if any(position[user] > position[node] for other in _same_memory(node.args[0]) for user in other.users):
            return False
        plain[node] = getattr(packet, overload)
    for node, target in plain.items():
        node.target = target
    return True


def _same_memory(base: Any) -> set[fx.Node]:
    """The other values that are views of a value's numbers, or that it is a view of."""
    root = base
    while root.op == "call_function" and _is_view(root.target):
        root = root.args[0]
    found, todo = {root}, [root]
    while todo:
        views = [user for user in todo.pop().users if user.op == "call_function" and _is_view(user.target)]
        found |= set(views)
        todo += views
    return found - {base}


def _mutates(target: Any) -> bool:
    schema = getattr(target, "_schema", None)
    return bool(schema is not None and schema.is_mutable)


def _is_view(target: Any) -> bool:
    schema = getattr(target, "_schema", None)
    views = schema is not None and not schema.is_mutable and any(each.alias_info for each in schema.returns)
    return target is getitem or views
