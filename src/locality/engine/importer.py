"""`from_torch`: an ordinary `nn.Module` becomes a `Model`, with a description that everything else here reads."""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from locality.engine.agreement import check_agreement
from locality.engine.build import Model
from locality.engine.exporting import check_batch, check_signature, exported, quiet, sizes_text
from locality.engine.steps import Steps, steps_of
from locality.errors import DescriptionError, ShapeError
from locality.network.network import Network

_DTYPES = {torch.float32: "float32", torch.float64: "float64"}


def from_torch(module: nn.Module, example: Any) -> Model:
    """A PyTorch module as a `Model`: the nodes of its `network` carry the author's own names, its weights are copies.

    `example` is a batch of input (N, channels, *space), a tensor or an array. What is exported (by torch.export) is a
    copy in eval mode; the module itself is left as it is. Operations that no layer here says become `Opaque` nodes:
    their values are computed and shown, but not explained. The model's outputs are compared with the module's on the
    example and on random inputs in a batch of another size, in float64 (to 1e-9 of the largest number) and in float32
    (1e-4).

    Raises `ShapeError` for an example that the module does not take, and `DescriptionError` for a module that cannot
    be exported, that takes or gives other things than one tensor of real numbers, or whose import differs.

    >>> module = nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.Flatten(), nn.Linear(3456, 10))
    >>> model = from_torch(module, torch.zeros(1, 1, 28, 28))
    >>> [node.name for node in model.network.nodes], model.network.node("0").layer
    (['0', '1', '2', '3'], Conv(6, 5))
    """
    copy = _copied(module)
    batch = _batch(copy, example)
    expected = _output(copy, batch)
    model, steps = _imported(copy, batch)
    double, narrow = deepcopy(model).double(), False
    if steps.fixed:
        double, again = _imported(deepcopy(copy).double(), batch.double())
        narrow = again.narrow
    check_agreement(copy, model, double, batch, expected, steps.calls, narrow)
    return model


def _imported(module: nn.Module, batch: Tensor) -> tuple[Model, Steps]:
    """The model of a module, not yet compared with it."""
    steps = steps_of(exported(module, batch), module)
    name = re.sub(r"\W", "_", type(module).__name__, flags=re.ASCII)
    net = Network(name, tuple(batch.shape[1:]), nodes=steps.nodes, dtype=_DTYPES[batch.dtype])
    model = Model(net, steps.operations)
    state = model.state_dict()
    with torch.no_grad():
        for key, tensor in steps.tensors.items():
            state[key].copy_(tensor)
    return model.train(False), steps


def _copied(module: Any) -> nn.Module:
    """A copy of the module in eval mode."""
    if isinstance(module, type) and issubclass(module, nn.Module):
        raise DescriptionError(f"{module.__name__}: this is the class. Give a module of it, {module.__name__}(...).")
    if isinstance(module, Mapping):
        raise DescriptionError(
            f"the module is {type(module).__name__}, weights alone. Make the module they are of, and give it them "
            f"with load_state_dict."
        )
    if not isinstance(module, nn.Module):
        raise DescriptionError(f"{module!r:.80}: a {type(module).__name__} is no nn.Module. Give a module of torch.")
    if isinstance(module, nn.DataParallel):
        module = module.module
    name = type(module).__name__
    if isinstance(module, torch.jit.ScriptModule):
        raise DescriptionError(f"{name}: a compiled module cannot be exported. Give the module it was compiled from.")
    if any(is_lazy(one) for one in (*module.parameters(), *module.buffers())):
        raise DescriptionError(f"{name}: it has lazy layers, whose sizes are not known yet. Call it once before.")
    if any(one.is_meta for one in (*module.parameters(), *module.buffers())):
        raise DescriptionError(
            f"{name}: its weights are on the device meta, which holds no numbers. Make it on the CPU, or use "
            f'module.to_empty(device="cpu") and load its weights.'
        )
    if any(".quantized" in type(part).__module__ for part in module.modules()):
        raise DescriptionError(f"{name}: its layers are quantised. Import the module it was before.")
    kinds = {one.dtype for one in module.parameters() if one.is_floating_point() or one.is_complex()}
    if kinds - set(_DTYPES) or len(kinds) > 1:
        have = ", ".join(sorted(str(kind).removeprefix("torch.") for kind in kinds))
        raise DescriptionError(f"{name}: its weights are {have}. Give it in one real precision: module.float().")
    check_signature(module)
    try:
        with quiet():
            copy: nn.Module = deepcopy(module, _computed(module)).eval().cpu()
    except Exception as error:
        first = str(error).strip().split("\n")[0].rstrip(".")
        raise DescriptionError(
            f"{name}: it cannot be copied ({first}). Keep only parameters, buffers and plain values as attributes."
        ) from None
    _drop_hooks(copy)
    return copy


def _computed(module: nn.Module) -> dict[int, Any]:
    """Copies of the tensors kept from a call (a pruned weight, features looked at later), which refuse to be copied."""
    held = [value for part in module.modules() for value in vars(part).values()]
    held += [value for many in held if isinstance(many, list | tuple) for value in many]
    held += [value for many in held if isinstance(many, dict) for value in many.values()]
    return {id(one): one.detach().clone() for one in held if isinstance(one, Tensor) and not one.is_leaf}


def _drop_hooks(copy: nn.Module) -> None:
    """Take out the author's hooks, which would be called with an export's own tensors; torch's own compute weights."""
    for part in copy.modules():
        for hooks in (part._forward_pre_hooks, part._forward_hooks, part._backward_pre_hooks, part._backward_hooks):
            for key, hook in list(hooks.items()):
                home = hook if hasattr(hook, "__qualname__") else type(hook)
                if not str(home.__module__).startswith("torch."):
                    del hooks[key]


def _batch(module: nn.Module, example: Any) -> Tensor:
    """The example as a batch in the precision of the module's weights."""
    name = type(module).__name__
    if isinstance(example, np.ndarray):
        example = torch.from_numpy(example.copy())
    if not isinstance(example, Tensor):
        raise DescriptionError(
            f"{name}: the example is a {type(example).__name__}. "
            f"Give one tensor (batch, channels, *space), for example torch.zeros(1, 3, 64, 64)."
        )
    kind = str(example.dtype).removeprefix("torch.")
    if not example.is_floating_point():
        raise DescriptionError(
            f"{name}: the example is {kind}, a network here reads real numbers. Give a float example; of a module that "
            f"looks numbers up (an embedding), import the part behind it."
        )
    if example.is_meta:
        raise DescriptionError(
            f"{name}: the example is on the device meta, which holds no numbers. Give torch.zeros(...)."
        )
    if not 2 <= example.ndim <= 5 or not example.numel():
        raise ShapeError(
            f"{name}: the example's shape is {sizes_text(example)}, not (batch, channels, *space) with at most 3 axes "
            f"of space and nothing empty. Give, for example, torch.zeros(1, 3, 64, 64)."
        )
    like = next((one.dtype for one in module.parameters()), example.dtype)
    dtype = like if like in _DTYPES else torch.float32
    return example.detach().cpu().to(dtype)


def _output(module: nn.Module, batch: Tensor) -> Tensor:
    """What the module gives for the batch. Raises where it does not take it, or does not give one tensor."""
    name = type(module).__name__
    try:
        with torch.no_grad(), quiet():
            output = module(batch.clone())
    except Exception as error:
        check_batch(module, batch)
        first = str(error).strip().split("\n")[0].rstrip(".")
        raise ShapeError(
            f"{name}: it does not take the example, {sizes_text(batch)} ({first[:200]}). "
            f"Give a batch of the input it was made for: (batch, channels, *space)."
        ) from None
    if not isinstance(output, Tensor):
        held = f"a {type(output).__name__}"
        raise DescriptionError(
            f"{name}: it gives {held}, a network here gives one tensor. "
            f"Wrap it in a module whose forward returns the one that you want."
        )
    if output.shape[:1] != batch.shape[:1]:
        check_batch(module, batch)
    return output
