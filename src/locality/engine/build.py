"""`build`: a description becomes a `Model`, an ordinary `nn.Module` whose state-dict keys are the node names."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from locality.engine import modules
from locality.errors import DescriptionError, ShapeError
from locality.geometry.arguments import whole
from locality.network.initial import initial_weights
from locality.network.layer import Layer, Shape
from locality.network.layers import (
    Activation,
    Concat,
    Conv,
    ConvTranspose,
    Dense,
    Dropout,
    Flatten,
    Norm,
    Opaque,
    Pool,
    Product,
    Sum,
    Upsample,
)
from locality.network.network import INPUT, Network, shape_text

# One row for each layer: what makes its module from the layer and the shapes of its inputs.
MODULES: dict[type[Layer], Callable[[Any, list[Shape]], nn.Module]] = {
    Conv: modules.conv,
    ConvTranspose: modules.conv_transpose,
    Pool: modules.pool,
    Dense: modules.dense,
    Norm: modules.norm,
    Activation: modules.activation,
    Dropout: lambda layer, inputs: nn.Dropout(layer.p),
    Flatten: lambda layer, inputs: nn.Flatten(),
    Upsample: modules.upsample,
    Sum: lambda layer, inputs: modules.Sum(),
    Concat: lambda layer, inputs: modules.Concat(),
    Product: lambda layer, inputs: modules.Product(),
}


class Model(nn.Module):
    """A network that computes: an ordinary `nn.Module`, its nodes' modules under their own names.

    `network` is its description; `mean` and `std` say how pictures are brought to its scale (one number a channel, on
    brightnesses from 0 to 1), `classes` names its outputs where they are known. Called on a float tensor
    (N, channels, *space), it gives the last node's output.

    >>> model = build(Network.from_text("1x28x28 | conv 6 5x5 | relu | flatten | dense 10"))
    >>> list(model.state_dict())
    ['conv1.weight', 'conv1.bias', 'dense1.weight', 'dense1.bias']
    >>> model(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        self.mean: tuple[float, ...] = (0.0,) * network.input[0]
        self.std: tuple[float, ...] = (1.0,) * network.input[0]
        self.classes: tuple[str, ...] | None = None
        dtype = getattr(torch, network.dtype)
        made: dict[str, nn.Module] = {}
        for node in network.nodes:
            if isinstance(node.layer, Opaque):
                raise DescriptionError(
                    f"{node.name}: {node.layer.operation} has no arithmetic rule here, so it cannot be built. "
                    f"Load the run with the module it was imported from."
                )
            module = MODULES[type(node.layer)](node.layer, network.inputs(node)).to(dtype)
            made[node.name] = module
            if node.weights is not None:
                _share(module, made[node.weights], node.layer.parameters(network.inputs(node)))
            _put(self, node.name, module)
        self._plan = _plan(network, made)

    def forward(self, x: Tensor) -> Tensor:
        return _run(self._plan, x)

    def logits(self, x: Tensor) -> Tensor:
        """What the softmax is taken of: the output, or the input of a softmax at the end."""
        last = self.network.nodes[-1].layer
        ends = isinstance(last, Activation) and last.function in ("softmax", "log_softmax")
        return _run(self._plan[:-1] if ends else self._plan, x)

    def every(self, x: Tensor) -> dict[str, Tensor]:
        """Every node's output by name, the input's own included."""
        values: dict[str, Tensor] = {INPUT: x}
        for name, module, inputs, _ in self._plan:
            values[name] = module(*[values[source] for source in inputs])
        return values

    def prepare(self, images: Any) -> Tensor:
        """Pictures as the network reads them: uint8 (N, C, H, W), or one picture (C, H, W), is brought to
        (brightness - mean)/std; anything else is taken as it is, in the network's dtype. Raises `ShapeError` for
        another shape."""
        given = images if isinstance(images, Tensor) else torch.from_numpy(np.ascontiguousarray(images))
        shape, want = tuple(given.shape), self.network.input
        if shape == want:
            given = given[None]
        elif shape[1:] != want or not shape[0]:
            raise ShapeError(
                f"{self.network.name}: images of shape {shape} do not fit its input {shape_text(want)}. "
                f"Give one image {shape_text(want)} or a batch of them."
            )
        where = next(iter(self.parameters()), torch.empty(0))
        dtype = getattr(torch, self.network.dtype)
        if given.dtype != torch.uint8:
            return given.to(device=where.device, dtype=dtype)
        scale = self.scale.to(where.device)
        return given.to(device=where.device, dtype=dtype).mul_(scale[0]).add_(scale[1])

    @property
    def scale(self) -> Tensor:
        """What a byte is multiplied with, and what is added, to bring it to the network's scale."""
        axes = (1,) * (len(self.network.input) - 1)
        pairs = [
            (1 / (255 * (std or 1.0)), -mean / (std or 1.0)) for mean, std in zip(self.mean, self.std, strict=True)
        ]
        return torch.tensor(pairs, dtype=getattr(torch, self.network.dtype)).T.reshape(2, -1, *axes)

    def record(self, images: Any) -> Any:
        """The record of these images (see `locality.record`)."""
        from locality.engine.record import record

        return record(self, images)


def build(net: Network, seed: int = 0) -> Model:
    """The network as a `Model`, with initial weights that are the same for the same seed on every machine.

    How they are drawn stands in `locality.network.initial`. Raises `DescriptionError` for a network with opaque nodes.

    >>> net = Network.from_text("1x8x8 | conv 2 3x3 | flatten | dense 3")
    >>> bool((build(net, seed=1).conv1.weight == build(net, seed=1).conv1.weight).all())
    True
    """
    model = Model(net)
    weights = initial_weights(net, whole("seed", seed, 0))
    state = model.state_dict()
    with torch.no_grad():
        for name, array in weights.items():
            state[name].copy_(torch.from_numpy(array))
    return model.train(False)


Step = tuple[str, nn.Module, tuple[str, ...], tuple[str, ...]]


def _run(plan: list[Step], x: Tensor) -> Tensor:
    values: dict[str, Tensor] = {INPUT: x}
    for name, module, inputs, last in plan:
        values[name] = x = module(*[values[source] for source in inputs])
        for source in last:
            del values[source]
    return x


def _plan(network: Network, made: dict[str, nn.Module]) -> list[Step]:
    """The nodes in order: name, module, what it reads, and what nobody reads after it, so that it can be freed."""
    uses = Counter(source for node in network.nodes for source in set(node.inputs))
    plan: list[Step] = []
    for node in network.nodes:
        uses.subtract(set(node.inputs))
        plan.append((node.name, made[node.name], node.inputs, tuple(s for s in set(node.inputs) if not uses[s])))
    return plan


def _put(root: nn.Module, name: str, module: nn.Module) -> None:
    """Put a module under a dotted name, with plain containers on the way, as torchvision's names have them."""
    *path, last = name.split(".")
    for part in path:
        if part not in root._modules:
            root.add_module(part, nn.Module())
        root = cast(nn.Module, root._modules[part])
    if hasattr(root, last) and last not in root._modules:
        raise DescriptionError(f"{name}: {last!r} is a word of torch's modules. Name the node otherwise.")
    root.add_module(last, module)


def _share(module: nn.Module, owner: nn.Module, parameters: Sequence[str] | dict[str, Shape]) -> None:
    """Let a module use another's parameters without owning them, so that they are stored and counted once."""
    for name in parameters:
        del module._parameters[name]
        module.__dict__[name] = getattr(owner, name)
