"""`build`: a description becomes a `Model`, an ordinary `nn.Module` whose state-dict keys are the node names."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from locality import zoo
from locality.data.preprocessing import Preprocessing
from locality.engine import modules
from locality.engine.weights import put_weights
from locality.errors import DataError, DescriptionError, RunError, ShapeError
from locality.geometry.arguments import whole
from locality.network.initial import initial_weights
from locality.network.layer import Layer, Shape
from locality.network.layers import (
    COMPLEX_ACTIVATIONS,
    Activation,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    Distance,
    Dropout,
    Flatten,
    Norm,
    Opaque,
    Pool,
    Product,
    Reshape,
    Sum,
    Upsample,
)
from locality.network.network import INPUT, Network, Node, network_of, shape_text

# One row for each layer: what makes its module from the layer and the shapes of its inputs.
MODULES: dict[type[Layer], Callable[[Any, list[Shape]], nn.Module]] = {
    Conv: modules.conv,
    ConvTranspose: modules.conv_transpose,
    Pool: modules.pool,
    Dense: modules.dense,
    Norm: modules.norm,
    Activation: modules.activation,
    Dropout: modules.dropout,
    Flatten: lambda layer, inputs: nn.Flatten(),
    Reshape: lambda layer, inputs: modules.Reshape(layer),
    Upsample: modules.upsample,
    Crop: modules.Crop,
    Distance: lambda layer, inputs: modules.Distance(layer),
    Sum: lambda layer, inputs: modules.Sum(),
    Concat: lambda layer, inputs: modules.Concat(),
    Product: lambda layer, inputs: modules.Product(),
}

# A node as it is computed: name, module, what it reads, what nobody reads after it.
Step = tuple[str, nn.Module, tuple[str, ...], tuple[str, ...]]


class Model(nn.Module):
    """A network that computes: an ordinary `nn.Module`, its nodes' modules under their own names.

    `network` is its description; `mean` and `std` say how pictures are brought to its scale (one number a channel, on
    brightnesses from 0 to 1), `classes` names its outputs where they are known, `preprocessing` cuts pictures to its
    input as published weights want them, `notes` holds what there is to say of its weights. Called on a float tensor
    (N, channels, *space), it gives the last node's output. `operations` are the modules of opaque nodes, by name.

    >>> model = build(Network.from_text("1x28x28 | conv 6 5x5 | relu | flatten | dense 10"))
    >>> list(model.state_dict())
    ['conv1.weight', 'conv1.bias', 'dense1.weight', 'dense1.bias']
    >>> model(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(self, network: Network, operations: Mapping[str, nn.Module] | None = None) -> None:
        super().__init__()
        self.network = network
        self.mean: tuple[float, ...] = (0.0,) * network.input[0]
        self.std: tuple[float, ...] = (1.0,) * network.input[0]
        self.classes: tuple[str, ...] | None = None
        self.preprocessing: Preprocessing | None = None
        self.notes: tuple[str, ...] = ()
        dtype = getattr(torch, network.dtype)
        made: dict[str, nn.Module] = {}
        self._plan: list[Step] = []
        self._shared: list[tuple[nn.Module, nn.Module, tuple[str, ...]]] = []
        self._watched: list[tuple[dict[str, nn.Module | None], str, nn.Module]] = []
        for node in network.nodes:
            if isinstance(node.layer, Opaque) and node.name not in (operations or {}):
                raise DescriptionError(
                    f"{node.name}: {node.layer.operation} has no arithmetic rule here, so it cannot be built. "
                    f"Load the run with the module it was imported from."
                )
            if dtype.is_complex:
                _check_complex(node, network.dtype)
            if isinstance(node.layer, Opaque):
                module = (operations or {})[node.name]
            else:
                module = _cast(MODULES[type(node.layer)](node.layer, network.inputs(node)), dtype)
            made[node.name] = module
            if node.weights is not None:
                _share(module, made[node.weights], node.layer.parameters(network.inputs(node)))
            _put(self, node.name, module)
        self._resolve()

    def forward(self, x: Tensor) -> Tensor:
        return _run(self._steps(), x)

    def logits(self, x: Tensor) -> Tensor:
        """What the softmax is taken of: the output, or the input of a softmax at the end."""
        return _run(self._steps()[:-1] if softens(self.network.nodes[-1]) else self._steps(), x)

    def all_logits(self, x: Tensor) -> list[Tensor]:
        """The logits, and after them those of the auxiliary heads, which only training wants."""
        if not self.network.heads:
            return [self.logits(x)]
        values = self.every(x)
        ends = [self.network.nodes[-1], *map(self.network.node, self.network.heads)]
        return [values[end.inputs[0] if softens(end) else end.name] for end in ends]

    def every(self, x: Tensor) -> dict[str, Tensor]:
        """Every node's output by name, the input's own included."""
        self._steps()
        values: dict[str, Tensor] = {INPUT: x}
        for node in self.network.nodes:
            values[node.name] = self.get_submodule(node.name)(*[values[source] for source in node.inputs])
        return values

    def operations(self) -> dict[str, nn.Module]:
        """Copies of the modules of the opaque nodes, by name: what a description alone does not give."""
        opaque = [node.name for node in self.network.nodes if isinstance(node.layer, Opaque)]
        return {name: deepcopy(self.get_submodule(name)) for name in opaque}

    def _steps(self) -> list[Step]:
        # Whoever put another module in place of one (`model.fc = nn.Linear(...)`) wants it computed with.
        if any(held.get(key) is not module for held, key, module in self._watched):
            self._resolve()
        # Whoever put other parameters in place (`load_state_dict(..., assign=True)`) put them at their owner alone.
        for module, owner, names in self._shared:
            _share(module, owner, names)
        return self._plan

    def _resolve(self) -> None:
        """Look up the modules by name, and note on the way where each was found."""
        watched: dict[tuple[int, str], tuple[dict[str, nn.Module | None], str, nn.Module]] = {}
        for node in self.network.nodes:
            root: nn.Module = self
            for key in node.name.split("."):
                held, root = root._modules, root.get_submodule(key)
                watched[id(held), key] = (held, key, root)
        self._watched = list(watched.values())
        self._plan = _plan(self)
        self._shared = []
        for node in self.network.nodes:
            if node.weights is not None:
                module, names = self.get_submodule(node.name), node.layer.parameters(self.network.inputs(node))
                if all(name in module.__dict__ for name in names):  # a module put in its place has its own
                    self._shared.append((module, self.get_submodule(node.weights), tuple(names)))

    def prepare(self, images: Any) -> Tensor:
        """Pictures as the network reads them: uint8 (N, C, H, W), or one picture (C, H, W), is brought to
        (brightness - mean)/std; floats, complex numbers and whole numbers from -1 to 1 (spins) are taken as they are.
        The result has the weights' dtype and device. Raises `ShapeError` for another shape, `DataError` for other
        whole numbers, whose scale nobody knows."""
        try:
            given = images if isinstance(images, Tensor) else torch.from_numpy(_writable(images))
        except (TypeError, ValueError):
            raise DataError(
                f"{self.network.name}: a {type(images).__name__} is no picture. Give an array "
                f"{shape_text(self.network.input)} of bytes or floats; locality.data.read_picture reads a file."
            ) from None
        if _is_whole(given) and given.numel() and given.abs().max() > 1:
            raise DataError(
                f"{self.network.name}: images of {str(given.dtype).removeprefix('torch.')} have no agreed scale. "
                f"Give bytes (uint8, 0 to 255), or floats that are on the network's scale."
            )
        shape, want = tuple(given.shape), self.network.input
        if shape == want:
            given = given[None]
        elif shape[1:] != want or not shape[0]:
            raise ShapeError(
                f"{self.network.name}: images of shape {shape} do not fit its input {shape_text(want)}. "
                f"Give one image {shape_text(want)} or a batch of them."
            )
        weights = (t for t in chain(self.parameters(), self.buffers()) if t.is_floating_point() or t.is_complex())
        scale = self.scale
        like = next(weights, scale)
        if given.dtype == torch.uint8:
            scale = scale.to(like.device)
            given = given.to(device=like.device, dtype=scale.dtype).mul_(scale[0]).add_(scale[1])
        return given.to(device=like.device, dtype=like.dtype)

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

    def evaluate(self, data: Any) -> Any:
        """Its figures on the test pictures of a data set (see `locality.evaluate`)."""
        from locality.engine.evaluate import evaluate

        return evaluate(self, data)

    def attribute(self, image: Any, **arguments: Any) -> Any:
        """What it looks at in a picture (see `locality.attribute`)."""
        from locality.engine.attribute import attribute

        return attribute(self, image, **arguments)

    def effective_field(self, node: str, **arguments: Any) -> Any:
        """Which pixels move a cell (see `locality.effective_field`)."""
        from locality.engine.attribute import effective_field

        return effective_field(self, node, **arguments)

    def optimized(self) -> nn.Module:
        """A copy for inference alone, with the same outputs in less time (see `locality.engine.optimized`)."""
        from locality.engine.optimized import optimized

        return optimized(self)


def softens(node: Node) -> bool:
    """Whether a node makes probabilities of logits."""
    return isinstance(node.layer, Activation) and node.layer.function in ("softmax", "log_softmax")


def _is_whole(given: Tensor) -> bool:
    """Whether these are whole numbers, but not bytes: spins, or pictures in another format."""
    return given.dtype not in (torch.uint8, torch.bool) and not given.is_floating_point() and not given.is_complex()


def build(net: Any, seed: int = 0, weights: str | Path | None = None) -> Model:
    """The network as a `Model`, with initial weights that are the same for the same seed on every machine.

    `net` is a `Network`, a name of the zoo, or a model: then operations that no layer says are copied from it with
    their weights. How the others are drawn stands in `locality.network.initial`.

    `weights="imagenet"` takes the published weights instead, from the cache or the web, checked and strictly by name,
    and sets `mean`, `std`, `classes` and `preprocessing` to what they were trained with; `weights=PATH` takes those of
    a `.pth` or `.safetensors` file. Nothing in a file is run.

    Raises `DescriptionError` for a description with opaque nodes, which say nothing of what they compute,
    `UnknownNameError` for a name that the zoo has not, `DataError` for weights that cannot be fetched, `RunError` for
    weights that are not the network's: all that is missing, too many or of another shape is named.

    >>> net = Network.from_text("1x8x8 | conv 2 3x3 | flatten | dense 3")
    >>> bool((build(net, seed=1).conv1.weight == build(net, seed=1).conv1.weight).all())
    True
    """
    if isinstance(net, str):
        net = zoo.get(net)
    given, net = getattr(net, "model", net), network_of(net)
    model = Model(net, given.operations() if isinstance(given, Model) else None)
    if weights is not None:
        put_weights(model, weights)
        return model.train(False)
    state = model.state_dict()
    with torch.no_grad():
        for name, array in initial_weights(net, whole("seed", seed, 0)).items():
            state[name].copy_(torch.from_numpy(array))
    return model.train(False)


def model_of(subject: Any) -> Model:
    """The model itself, or that of what has one (a run). Raises `RunError` for anything else."""
    model = subject if isinstance(subject, Model) else getattr(subject, "model", None)
    if not isinstance(model, Model):
        name = f"{subject.name}: a" if isinstance(subject, Network) else f"{subject!r:.80}: a"
        raise RunError(f"{name} {type(subject).__name__} is no model or run. Build it first: locality.build(net).")
    return model


@contextmanager
def after_training(model: Model) -> Iterator[None]:
    """The model computes as after training (no dropout, running statistics), and is left as it was."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def _run(plan: list[Step], x: Tensor) -> Tensor:
    values: dict[str, Tensor] = {INPUT: x}
    for name, module, inputs, last in plan:
        values[name] = x = module(*[values[source] for source in inputs])
        for source in last:
            del values[source]
    return x


def _writable(images: Any) -> np.ndarray[Any, Any]:
    """The array as torch takes it: in one piece, in this machine's byte order (FITS files have the other one), and
    with leave to write, without which torch warns. A copy only where it must be."""
    array = np.asarray(images, order="C")
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    return array if array.flags.writeable else array.copy()


def _plan(model: Model) -> list[Step]:
    """What the output needs, in order: name, module, what it reads, what nobody reads after it and can be freed."""
    nodes = model.network.trunk()
    uses = Counter(source for node in nodes for source in set(node.inputs))
    plan: list[Step] = []
    for node in nodes:
        uses.subtract(set(node.inputs))
        done = tuple(source for source in set(node.inputs) if not uses[source])
        plan.append((node.name, model.get_submodule(node.name), node.inputs, done))
    return plan


def _check_complex(node: Node, dtype: str) -> None:
    """Refuse what is for real numbers alone: complex ones have no order, and most curves need one."""
    curve = isinstance(node.layer, Activation)
    if node.layer.word in COMPLEX_ACTIVATIONS or not (
        curve or isinstance(node.layer, Norm | Pool | Upsample | Distance)
    ):
        return
    instead = (
        f"take {', '.join(COMPLEX_ACTIVATIONS[:-1])} or {COMPLEX_ACTIVATIONS[-1]}" if curve else "leave the layer out"
    )
    raise DescriptionError(
        f"{node.name}: {node.layer.word} is for real numbers, the network's are {dtype}. Use float32, or {instead}."
    )


def _put(root: nn.Module, name: str, module: nn.Module) -> None:
    """Put a module under a dotted name, with plain containers on the way, as torchvision's names have them."""
    *path, last = name.split(".")
    for part in path:
        if part not in root._modules:
            _check_word(name, root, part)
            root.add_module(part, nn.Module())
        root = cast(nn.Module, root._modules[part])
    _check_word(name, root, last)
    root.add_module(last, module)


def _check_word(name: str, root: nn.Module, part: str) -> None:
    if hasattr(root, part):
        what = "a word of torch's modules" if hasattr(nn.Module(), part) else "an attribute of Model"
        raise DescriptionError(f"{name}: {part!r} is {what}. Name the node otherwise.")


def is_taken(part: str, first: bool) -> bool:
    """Whether a model, or a container in it, has an attribute of that name, so that no node's name may hold it."""
    plain = _plain_model() if first else nn.Module()
    return part not in plain._modules and hasattr(plain, part)


@cache
def _plain_model() -> Model:
    return Model(Network.from_text("1 | relu"))


def _cast(module: nn.Module, dtype: torch.dtype) -> nn.Module:
    """The module in that dtype, whole numbers left as they are; `Module.to` would warn of complex ones."""
    module._apply(lambda t: t.to(dtype) if t.is_floating_point() or t.is_complex() else t)  # type: ignore[no-untyped-call]
    return module


def _share(module: nn.Module, owner: nn.Module, parameters: Iterable[str]) -> None:
    """Let a module use another's parameters without owning them, so that they are stored and counted once."""
    for name in parameters:
        module._parameters.pop(name, None)
        module.__dict__[name] = getattr(owner, name)
