"""The derivatives of log psi to every parameter, for each configuration by itself and without a loop over them.

A convolution's is what came in, unfolded by its windows, times what log psi asks of its outputs: one product of
matrices a configuration, for all at once. Layers that this does not know go the general way, a derivative under vmap.
"""

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from locality.network.layers import Conv, Dense
from locality.network.network import Network
from locality.quantum.windows import cells_read

if TYPE_CHECKING:
    from locality.quantum.state import State

Array = npt.NDArray[Any]
AT_ONCE = 96 * 2**20  # bytes of unfolded inputs that are held at once


def log_derivatives(state: "State", configurations: Array, at_once: int = AT_ONCE) -> Tensor:
    """d log psi / d parameter: (parts, n, parameters), the parameters in the order of `model.parameters()`, each in one
    line.

    One part for a real psi (real) and for a holomorphic one (complex), two for log modulus and phase (d log |psi| and
    d phase, real).
    """
    names = [name for name, _ in state.model.named_parameters()]
    sizes = [parameter.numel() for parameter in state.model.parameters()]
    parts = 2 if state.kind == "modulus and phase" else 1
    dtype = next(state.model.parameters()).dtype
    found = torch.zeros(parts, len(configurations), sum(sizes), dtype=dtype)
    by_kernels = state.lanes is not None and state.lanes.derives
    known = None if by_kernels else _unfolded(state.model.network)
    places = dict(zip(names, np.cumsum([0, *sizes]), strict=False))
    each = max(1, at_once // (_bytes_by_kernels(state, sum(sizes)) if by_kernels else _bytes(state)))
    for first in range(0, len(configurations), each):
        some = configurations[first : first + each]
        into = found[:, first : first + len(some)]
        if state.lanes is not None and by_kernels:
            state.lanes.derivatives(*state.shares(some), into.numpy())
        elif known is None:
            _by_vmap(state, some, into)
        else:
            _by_unfolding(state, some, into, known, places)
    return found


def _bytes_by_kernels(state: "State", parameters: int) -> int:
    """The same of the kernels: spins and shares of its images, and complex numbers in the making."""
    size = next(state.model.parameters()).element_size()
    return len(state.projection) * (state.lattice.sites + 64) + 5 * size * parameters


def _bytes(state: "State") -> int:
    """Bytes that one configuration needs at most while its derivatives are computed."""
    network = state.model.network
    size = next(state.model.parameters()).element_size() * len(state.projection)
    widest = [1]
    for node in network.nodes:
        if isinstance(node.layer, Conv):
            shape = network.inputs(node)[0]
            widest.append(
                shape[0]
                * prod(node.layer.windows(shape[1:])[k].kernel for k in range(len(shape) - 1))
                * prod(network.shapes[node.name][1:])
            )
    return size * (max(widest) + 4 * sum(prod(shape) for shape in network.shapes.values()))


def _unfolded(network: Network) -> dict[str, Array | None] | None:
    """The cells that each node with parameters reads, None for a dense layer; None for all where one is not known."""
    found: dict[str, Array | None] = {}
    for node in network.nodes:
        if not network.parameters(node):
            continue
        shape = network.inputs(node)[0]
        if node.weights is not None or any(other.weights == node.name for other in network.nodes):
            return None
        if isinstance(node.layer, Dense) and len(shape) == 1:
            found[node.name] = None
        else:
            table = cells_read(node.layer, shape)
            if table is None:
                return None
            found[node.name] = table
    return found


def _by_unfolding(
    state: "State", configurations: Array, into: Tensor, known: dict[str, Array | None], places: dict[str, Any]
) -> None:
    inputs: dict[str, Tensor] = {}
    outputs: dict[str, Tensor] = {}
    count = len(configurations)

    def keep(name: str) -> Any:
        def hook(module: nn.Module, given: tuple[Tensor, ...], made: Tensor) -> None:
            inputs[name], outputs[name] = given[0].detach(), made

        return hook

    hooks = [state.model.get_submodule(name).register_forward_hook(keep(name)) for name in known]
    try:
        log_psi = state.log_psi_tensor(configurations)
    finally:
        for hook in hooks:
            hook.remove()
    asked = [log_psi.real] if into.shape[0] == 1 else [log_psi.real, log_psi.imag]
    for k, what in enumerate(asked):
        wanted = torch.autograd.grad(what.sum(), list(outputs.values()), retain_graph=k + 1 < len(asked))
        for name, slope in zip(outputs, wanted, strict=True):
            slope = slope.conj().resolve_conj()
            # (configurations, images under the projection, channels, cells) -> images and cells in one line
            slope = slope.reshape(count, -1, slope.shape[1], prod(slope.shape[2:])).transpose(1, 2).flatten(2)
            table = known[name]
            given = inputs[name].reshape(count, -1, inputs[name].shape[1], prod(inputs[name].shape[2:]))
            channels = given.shape[2]
            cells = torch.zeros(1, 1, dtype=torch.int64) if table is None else torch.from_numpy(table).long()
            read = given.transpose(2, 3)[:, :, cells].flatten(3).flatten(1, 2)  # (configurations, cells, taps*channels)
            weight = torch.bmm(slope, read).reshape(count, slope.shape[1], cells.shape[1], channels).transpose(2, 3)
            start = places[f"{name}.weight"]
            into[k, :, start : start + weight[0].numel()] = weight.flatten(1)
            if f"{name}.bias" in places:
                start = places[f"{name}.bias"]
                into[k, :, start : start + slope.shape[1]] = slope.sum(2)


def _by_vmap(state: "State", configurations: Array, into: Tensor) -> None:
    """The general way: one configuration's derivative, mapped over all."""
    parameters = {name: value.detach() for name, value in state.model.named_parameters()}

    def one(values: dict[str, Tensor], images: Tensor, signs: Tensor, k: int) -> Tensor:
        made = torch.func.functional_call(state.model, values, (images,))
        log_psi = state.gathered(made, signs[None])[0]
        return log_psi.imag if k else log_psi.real

    images, signs = state.images(configurations)
    images = images.reshape(len(configurations), -1, *images.shape[1:])
    for k in range(into.shape[0]):
        slopes = torch.func.vmap(torch.func.grad(one), in_dims=(None, 0, 0, None))(parameters, images, signs, k)
        into[k] = torch.cat([slopes[name].conj().flatten(1) for name in parameters], dim=1)
