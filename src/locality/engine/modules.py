"""The modules behind the layers: torch's own where it has them, a few lines where it has not."""

from collections.abc import Sequence
from functools import reduce
from math import log, prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from locality.geometry.window import AxisMap, Repeat, Window
from locality.network import layers
from locality.network.layer import Shape, spread
from locality.network.layers import Activation, Conv, ConvTranspose, Dense, Norm, Pool, Upsample

MODES = {"zeros": "zeros", "edge": "replicate", "reflect": "reflect", "wrap": "circular"}


def conv(layer: Conv, inputs: list[Shape]) -> nn.Module:
    """torch's convolution where it can say the layer; `Convolution` for footprints, tables and two-sided padding."""
    channels, *space = inputs[0]
    windows = layer.windows(tuple(space))
    taps = layer.taps(tuple(space))
    if taps is None and layer.connections is None and all(w.padding[0] == w.padding[1] for w in windows):
        return _unset(
            _torch("Conv", len(space)),
            in_channels=channels,
            out_channels=layer.out_channels,
            kernel_size=_each(windows, "kernel"),
            stride=_each(windows, "stride"),
            padding=tuple(w.padding[0] for w in windows),
            dilation=_each(windows, "dilation"),
            groups=layer.groups,
            bias=layer.bias,
            padding_mode=MODES[layer.padding_mode],
        )
    return Convolution(layer, windows, channels, taps, layer.parameters(inputs))


class Convolution(nn.Module):
    """A convolution with padding of its own on each side, or one that stores the taps of a footprint alone, or the
    connected pairs of channels alone, and scatters them into the whole weight when computing."""

    place: Tensor

    def __init__(
        self,
        layer: Conv,
        windows: Sequence[Window],
        channels: int,
        taps: list[tuple[int, ...]] | None,
        shapes: dict[str, Shape],
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(shapes["weight"]))
        self.bias = nn.Parameter(torch.zeros(shapes["bias"])) if layer.bias else None
        self.kernel, self.stride, self.dilation = (_each(windows, name) for name in ("kernel", "stride", "dilation"))
        self.groups, self.mode = layer.groups, MODES[layer.padding_mode].replace("zeros", "constant")
        self.padding = _pads([w.padding for w in windows])
        self.convolve: Any = [F.conv1d, F.conv2d, F.conv3d][len(windows) - 1]
        self.full = (layer.out_channels, channels // layer.groups, *self.kernel)
        place = None
        if taps is not None or layer.connections is not None:
            pairs = [(k, c) for k, read in enumerate(layer.reads(channels)) for c in read]
            rows = torch.tensor([k * self.full[1] + c % self.full[1] for k, c in pairs])
            cells = range(prod(self.kernel)) if taps is None else [_flat(offset, self.kernel) for offset in taps]
            place = (rows[:, None] * prod(self.kernel) + torch.tensor(list(cells))).reshape(-1)
        self.register_buffer("place", place, persistent=False)

    def whole(self) -> Tensor:
        """The weight with every tap and every pair of channels, zeros where nothing is stored."""
        if self.place is None:
            return self.weight
        full = self.weight.new_zeros(prod(self.full)).index_copy(0, self.place, self.weight.reshape(-1))
        return full.reshape(self.full)

    def forward(self, x: Tensor) -> Tensor:
        if any(self.padding):
            x = F.pad(x, self.padding, self.mode)
        result: Tensor = self.convolve(x, self.whole(), self.bias, self.stride, 0, self.dilation, self.groups)
        return result


def conv_transpose(layer: ConvTranspose, inputs: list[Shape]) -> nn.Module:
    """torch's transposed convolution; padding that differs on the two sides is cut away behind it."""
    maps = layer.maps(inputs)
    if any(axis.padding[0] != axis.padding[1] for axis in maps):
        return Transposed(layer, maps, layer.parameters(inputs))
    return _unset(
        _torch("ConvTranspose", len(maps)),
        in_channels=inputs[0][0],
        out_channels=layer.out_channels,
        kernel_size=_each(maps, "kernel"),
        stride=_each(maps, "stride"),
        padding=tuple(axis.padding[0] for axis in maps),
        output_padding=_each(maps, "output_padding"),
        groups=layer.groups,
        bias=layer.bias,
        dilation=_each(maps, "dilation"),
    )


class Transposed(nn.Module):
    """A transposed convolution whose padding, cut away behind it, differs on the two sides."""

    def __init__(self, layer: ConvTranspose, maps: Sequence[Any], shapes: dict[str, Shape]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(shapes["weight"]))
        self.bias = nn.Parameter(torch.zeros(shapes["bias"])) if layer.bias else None
        self.stride, self.output_padding, self.dilation = (
            _each(maps, name) for name in ("stride", "output_padding", "dilation")
        )
        self.groups = layer.groups
        self.cut = _pads([(-axis.padding[0], -axis.padding[1]) for axis in maps])
        self.convolve: Any = [F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d][len(maps) - 1]

    def forward(self, x: Tensor) -> Tensor:
        moves = (self.stride, 0, self.output_padding, self.groups, self.dilation)
        return F.pad(self.convolve(x, self.weight, self.bias, *moves), self.cut)


def pool(layer: Pool, inputs: list[Shape]) -> nn.Module:
    """torch's pooling where it can say the layer exactly; `Average` and `Pooling` for the rest."""
    space = inputs[0][1:]
    axes = len(space)
    if layer.kernel_size is None:
        maps = layer.maps(inputs)
        shared_out = layer.kind == "adaptive-average"
        if shared_out and prod(max(len(axis.reads(u)) for u in range(axis.outputs(0))) for axis in maps) > LARGE:
            return Average(maps, space, [(0, 0)] * axes)
        kind = "AdaptiveMaxPool" if layer.kind.endswith("max") else "AdaptiveAvgPool"
        size = layer.output_size if layer.output_size is not None else 1
        adaptive: nn.Module = _torch(kind, axes)(spread("output_size", size, axes))
        return adaptive
    windows = layer.windows(space)
    usual = all(w.padding[0] == w.padding[1] <= w.kernel // 2 for w in windows)
    moves = (_each(windows, "kernel"), _each(windows, "stride"), tuple(w.padding[0] for w in windows))
    up = layer.rounding == "ceil"
    if layer.kind == "subsampling":
        return Subsampling(inputs[0][0], windows, space)
    if layer.kind == "max" and usual:
        largest: nn.Module = _torch("MaxPool", axes)(*moves, _each(windows, "dilation"), ceil_mode=up)
        return largest
    if layer.kind != "average":
        return Pooling(layer.kind, windows, space)
    # torch's average on three axes wants every window to fit the input without its padding.
    roomy = axes < 3 or all(w.kernel <= size for w, size in zip(windows, space, strict=True))
    if usual and roomy and all(w.dilation == 1 for w in windows) and prod(moves[0]) <= LARGE:
        if axes == 2 and not up and not any(moves[2]):
            return QuickAverage(inputs[0][0], moves[0], moves[1])
        mean: nn.Module = _torch("AvgPool", axes)(*moves, ceil_mode=up)
        return mean
    return Average(windows, space, [w.padding for w in windows])


# torch adds up a window one cell after another, and its rounding grows with the window: 2e-6 at 32x32.
LARGE = 64


class Average(nn.Module):
    """The mean of each window, one axis after the other: for large windows, and for what torch's average cannot say
    (two-sided or wide padding, dilation)."""

    def __init__(self, maps: Sequence[AxisMap], space: Shape, padding: Sequence[tuple[int, int]]) -> None:
        super().__init__()
        self.axes: list[list[tuple[slice, int]]] = []
        for axis, size, (_, after) in zip(maps, space, padding, strict=True):
            reads = [axis.reads(u) for u in range(axis.outputs(size))]
            # Explicit padding counts; what hangs over the edge when rounding up does not.
            counts = [sum(x < size + after for x in cells) for cells in reads]
            real = [[x for x in cells if 0 <= x < size] for cells in reads]
            parts = [slice(x[0], x[-1] + 1, x[1] - x[0] if len(x) > 1 else 1) if x else slice(0, 0) for x in real]
            self.axes.append(list(zip(parts, counts, strict=True)))

    def forward(self, x: Tensor) -> Tensor:
        for axis, parts in enumerate(self.axes, 2):
            before = (slice(None),) * axis
            x = torch.stack([x[(*before, part)].sum(axis) / count for part, count in parts], axis)
        return x


class QuickAverage(nn.AvgPool2d):
    """torch's average, but while training in channels_last on a CPU, where its gradient is slow: there the same sum as
    a convolution of each channel with equal weights, which makes a step of LeNet-5 a twelfth faster."""

    share: Tensor

    def __init__(self, channels: int, kernel: tuple[int, ...], stride: tuple[int, ...]) -> None:
        super().__init__(kernel, stride)  # type: ignore[arg-type]
        share = torch.full((channels, 1, *kernel), 1 / prod(kernel)).contiguous(memory_format=torch.channels_last)
        self.register_buffer("share", share, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        quick = x.requires_grad and x.device.type == "cpu" and x.is_contiguous(memory_format=torch.channels_last)
        if not quick:
            return super().forward(x)
        return F.conv2d(x, self.share, stride=self.stride, groups=len(self.share))


class Pooling(nn.Module):
    """Pooling window by window: the majority rule, and the maximum over two-sided or wide padding."""

    def __init__(self, kind: str, windows: Sequence[Window], space: Shape) -> None:
        super().__init__()
        self.kind, self.windows, self.space = kind, tuple(windows), space

    def forward(self, x: Tensor) -> Tensor:
        axes = tuple(range(-len(self.windows), 0))
        if self.kind == "max":
            return _windows(x, self.windows, self.space, fill=-torch.inf).amax(axes)
        parts = _windows(x, self.windows, self.space, fill=0.0)
        votes, first = parts.sum(axes, dtype=widest(x)), parts.flatten(-len(axes))[..., 0]
        return torch.where(votes == 0, first, votes.to(x.dtype)).sign()


class Subsampling(nn.Module):
    """The sum of each window, times one weight a channel, plus one bias a channel: a convolution of each channel with
    equal weights."""

    def __init__(self, channels: int, windows: Sequence[Window], space: Shape) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.kernel, self.stride, self.dilation = (_each(windows, name) for name in ("kernel", "stride", "dilation"))
        self.sides = _pads(_reached(windows, space))
        self.convolve: Any = [F.conv1d, F.conv2d, F.conv3d][len(windows) - 1]

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight.reshape(-1, *(1,) * (x.ndim - 1)).expand(-1, 1, *self.kernel)
        x = F.pad(x, self.sides) if any(self.sides) else x
        result: Tensor = self.convolve(x, weight, self.bias, self.stride, 0, self.dilation, len(self.weight))
        return result


def _windows(x: Tensor, windows: Sequence[Window], space: Shape, fill: float) -> Tensor:
    """Every window of x as axes of its own, at the end: (N, C, *places, *kernel)."""
    x = F.pad(x, _pads(_reached(windows, space)), value=fill)
    for axis, w in enumerate(windows):
        x = x.unfold(2 + axis, w.span, w.stride)
        x = x[..., :: w.dilation]
    return x


def _reached(windows: Sequence[Window], space: Shape) -> list[tuple[int, int]]:
    """How far the windows reach beyond an axis before and after it; below zero where the last one ends before it."""
    ends = [(w.outputs(size) - 1) * w.stride + w.span - w.padding[0] for w, size in zip(windows, space, strict=True)]
    return [(w.padding[0], end - size) for w, end, size in zip(windows, ends, space, strict=True)]


def dense(layer: Dense, inputs: list[Shape]) -> nn.Module:
    """torch's linear layer."""
    return _unset(nn.Linear, in_features=inputs[0][0], out_features=layer.out_features, bias=layer.bias)


def dropout(layer: layers.Dropout, inputs: list[Shape]) -> nn.Module:
    """torch's dropout, of numbers or of whole channels."""
    dropped: nn.Module = _torch("Dropout", len(inputs[0]) - 1)(layer.p) if layer.channels else nn.Dropout(layer.p)
    return dropped


class Reshape(nn.Module):
    """The same numbers in another shape."""

    def __init__(self, layer: layers.Reshape) -> None:
        super().__init__()
        self.output = layer.output

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(len(x), *self.output)


class Crop(nn.Module):
    """The map without cells at its edges."""

    def __init__(self, layer: layers.Crop, inputs: list[Shape]) -> None:
        super().__init__()
        self.sides = _pads([window.padding for window in layer.maps(inputs)])

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x, self.sides)


class Distance(nn.Module):
    """Less the square of the distance to each of some fixed prototypes."""

    prototypes: Tensor

    def __init__(self, layer: layers.Distance) -> None:
        super().__init__()
        self.register_buffer("prototypes", torch.tensor(layer.weights(), dtype=torch.float32), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return -((x[:, None] - self.prototypes) ** 2).sum(2)


def norm(layer: Norm, inputs: list[Shape]) -> nn.Module:
    """torch's normalisation of that kind."""
    channels, *space = inputs[0]
    axes = max(len(space), 1)
    if layer.kind == "batch":
        batch: nn.Module = _torch("BatchNorm", axes)(channels, layer.eps, layer.momentum, layer.affine)
        return batch
    if layer.kind == "layer":
        return nn.LayerNorm(list(inputs[0]), layer.eps, layer.affine)
    if layer.kind == "instance":
        instance: nn.Module = _torch("InstanceNorm", axes)(channels, layer.eps, affine=layer.affine)
        return instance
    if layer.groups is not None:
        return nn.GroupNorm(layer.groups, channels, layer.eps, layer.affine)
    response = nn.LocalResponseNorm(layer.size or 1, layer.alpha, layer.beta, layer.k)
    return response if space else nn.Sequential(nn.Unflatten(1, (channels, 1)), response, nn.Flatten())


class ScaledTanh(nn.Module):
    """1.7159 tanh(2x/3), the squashing function of LeNet-5 in 1998."""

    def forward(self, x: Tensor) -> Tensor:
        return 1.7159 * torch.tanh(x * (2 / 3))


class LogCosh(nn.Module):
    """ln cosh x = x + ln(1 + exp(-2x)) - ln 2 on the right half plane, where exp cannot overflow; cosh is even. Not by
    torch's log1p or logaddexp, which are nan of complex numbers below 1e-38 (torch 2.13, complex64)."""

    def forward(self, x: Tensor) -> Tensor:
        x = torch.where(x.real < 0, -x, x) if x.is_complex() else x.abs()
        return x + torch.log(1 + torch.exp(-2 * x)) - log(2)


class ComplexReLU(nn.Module):
    """x where -pi/4 < arg x < 3 pi/4, which is Re x + Im x > 0, and 0 elsewhere; relu of real numbers."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.where(x.real + x.imag <= 0, 0, x) if x.is_complex() else F.relu(x)


class Softmax(nn.Module):
    """Softmax over the channels. Inside in double precision: exp turns the rounding of a difference of 20 into 1e-6."""

    def forward(self, x: Tensor) -> Tensor:
        return F.softmax(x, 1, dtype=widest(x)).to(x.dtype)


CURVES: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU, "relu6": nn.ReLU6, "elu": nn.ELU, "selu": nn.SELU, "gelu": nn.GELU, "silu": nn.SiLU,
    "mish": nn.Mish, "softplus": nn.Softplus, "hardswish": nn.Hardswish, "sigmoid": nn.Sigmoid,
    "logsigmoid": nn.LogSigmoid, "hardsigmoid": nn.Hardsigmoid, "tanh": nn.Tanh, "hardtanh": nn.Hardtanh,
    "scaled-tanh": ScaledTanh, "softsign": nn.Softsign, "log-cosh": LogCosh, "complex-relu": ComplexReLU,
}  # fmt: skip


def activation(layer: Activation, inputs: list[Shape]) -> nn.Module:
    """The curve as a module; softmax runs over the channels."""
    if layer.function == "leaky_relu":
        return nn.LeakyReLU(layer.slope or 0.0)
    if layer.function in ("softmax", "log_softmax"):
        return Softmax() if layer.function == "softmax" else nn.LogSoftmax(1)
    return CURVES[layer.function]()


def upsample(layer: Upsample, inputs: list[Shape]) -> nn.Module:
    """torch's repetition of cells; lines between them by `Linear`."""
    if layer.mode == "linear":
        return Linear(layer.maps(inputs), inputs[0][1:])
    # "nearest" itself takes the wrong cell for scales like 41, whose reciprocal rounds down.
    scale = tuple(map(float, spread("scale", layer.scale, len(inputs[0]) - 1)))
    return nn.Upsample(scale_factor=scale, mode="nearest-exact")


class Linear(nn.Module):
    """A line drawn between neighbouring cells, one axis after the other. torch computes the places in single
    precision, which shifts them by up to 1e-5 of a cell unless the scale is a power of two."""

    def __init__(self, maps: Sequence[Repeat], space: Shape) -> None:
        super().__init__()
        self.axes = len(maps)
        for number, (axis, size) in enumerate(zip(maps, space, strict=True)):
            outputs = range(axis.outputs(size))
            for end in (0, -1):
                held = [min(max(axis.reads(u)[end], 0), size - 1) for u in outputs]
                self.register_buffer(f"cells{number}{end}", torch.tensor(held), persistent=False)
            share = torch.tensor([axis.shares(u)[-1] for u in outputs], dtype=torch.float64)
            self.register_buffer(f"shares{number}", share, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        for number in range(self.axes):
            axis = 2 + number
            first, last = (x.index_select(axis, self.get_buffer(f"cells{number}{end}")) for end in (0, -1))
            share = self.get_buffer(f"shares{number}").to(x.dtype).reshape(-1, *(1,) * (self.axes - 1 - number))
            x = first * (1 - share) + last * share
        return x


class Sum(nn.Module):
    def forward(self, *inputs: Tensor) -> Tensor:
        return reduce(torch.add, inputs)


class Product(nn.Module):
    def forward(self, *inputs: Tensor) -> Tensor:
        return reduce(torch.mul, inputs)


class Concat(nn.Module):
    def forward(self, *inputs: Tensor) -> Tensor:
        return torch.cat(inputs, 1)


def memory_format(space: Sequence[int]) -> torch.memory_format:
    """How arrays over so many axes of space lie in memory where most is computed: channels last is for two."""
    return torch.channels_last if len(space) == 2 else torch.contiguous_format


def widest(x: Tensor) -> torch.dtype:
    """The precision in which sums are taken that must not go wrong: double, where the device has it."""
    return torch.float32 if x.device.type == "mps" else torch.float64


def _torch(name: str, axes: int) -> Any:
    """torch's class of that name for so many axes of space: Conv2d, MaxPool1d."""
    return getattr(nn, f"{name}{axes}d")


def _unset(made: Any, **arguments: Any) -> nn.Module:
    """A module whose parameters are not drawn: `build` fills them, and torch's random numbers stay untouched."""
    module: nn.Module = nn.utils.skip_init(made, **arguments)  # type: ignore[no-untyped-call]
    return module


def _each(maps: Sequence[Any], name: str) -> tuple[int, ...]:
    return tuple(getattr(axis, name) for axis in maps)


def _pads(pairs: Sequence[tuple[int, int]]) -> list[int]:
    """(before, after) per axis in the order of `F.pad`: the last axis first."""
    return [side for pair in reversed(pairs) for side in pair]


def _flat(offset: tuple[int, ...], kernel: tuple[int, ...]) -> int:
    place = 0
    for step, size in zip(offset, kernel, strict=True):
        place = place * size + step
    return place
