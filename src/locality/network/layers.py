"""The layers: frozen data, each with its shape, its parameters, its costs and what it reads.

A layer knows nothing of its place; a `Node` gives it a name and inputs. Shapes are (channels, *space) without the
batch; a flat shape is (features,). `shape` raises the errors of bad arithmetic, the network adds where it happened.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from math import prod
from typing import Any, ClassVar, Self

from locality.errors import DescriptionError, ShapeError
from locality.geometry import cost
from locality.geometry.arguments import (
    Padding,
    check_same,
    flag,
    number,
    one_of,
    padding_along,
    padding_entries,
    per_axis,
    shape_text,
    whole,
)
from locality.geometry.footprint import check_footprint, footprint_taps
from locality.geometry.refusal import misfit, untiled
from locality.geometry.window import (
    PADDING_MODES,
    ROUNDINGS,
    Adaptive,
    AxisMap,
    Repeat,
    Transposed,
    Window,
)
from locality.network.layer import (
    Layer,
    PerAxis,
    Shape,
    axes_text,
    check_groups,
    counted,
    multiples,
    shapes_text,
    shortest,
    space_of,
    spread,
)

# Those that keep about half of the variance: their weights start larger (see network/initial.py).
RECTIFIERS = (
    "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "hardswish", "log-cosh",
    "complex-relu",
)  # fmt: skip
SATURATING = ("sigmoid", "hardsigmoid", "logsigmoid", "tanh", "hardtanh", "scaled-tanh", "softsign")
ACTIVATIONS = (*RECTIFIERS, *SATURATING, "softmax", "log_softmax")
COMPLEX_ACTIVATIONS = ("tanh", "log-cosh", "complex-relu")  # those that complex numbers have too
GLOBAL_POOLS = ("global-average", "global-max")
ADAPTIVE_POOLS = ("adaptive-average", "adaptive-max")
POOLS = ("max", "average", "majority", "subsampling", *GLOBAL_POOLS, *ADAPTIVE_POOLS)
# What each normalisation reads.
NORMS = {
    "batch": ("eps", "momentum", "affine"),
    "layer": ("eps", "affine"),
    "instance": ("eps", "affine"),
    "group": ("groups", "eps", "affine"),
    "local-response": ("size", "alpha", "beta", "k"),
}


@dataclass(frozen=True, repr=False)
class Conv(Layer):
    """A convolution: z_{x,y,K} = sum_{m,n,c} a_{x+m-1,y+n-1,c} W_{mn,c,K} + b_K, the same W and b at every place.

    The lecture's L_patch is `kernel_size`, N_z is `padding`, s is `stride`, N_f is `out_channels`. As in PyTorch it
    is a cross-correlation. Space has 1, 2 or 3 axes, and a tuple gives one number for each. `footprint` says which
    taps exist, `connections` which channels each output channel reads (LeNet-5's table of 1998): only those weights
    are stored and counted, the connected pairs one after the other, (pairs, *kernel_size). Raises `DescriptionError`
    or `UnknownNameError` for arguments that no input could make right, and `ShapeError` in a network whose sizes it
    does not fit.

    >>> Conv(6, 5).shape([(1, 28, 28)])
    (6, 24, 24)
    >>> Conv(12, 5, padding="same", footprint="diamond").parameters([(1, 6, 6)])
    {'weight': (12, 1, 13), 'bias': (12,)}
    >>> Conv(3, 5, connections=[[0], [1], [0, 1]]).parameters([(2, 12, 12)])
    {'weight': (4, 5, 5), 'bias': (3,)}
    """

    out_channels: int
    kernel_size: PerAxis
    stride: PerAxis = 1
    padding: Padding = 0
    dilation: PerAxis = 1
    groups: int = 1
    bias: bool = True
    padding_mode: str = "zeros"
    footprint: str = "full"
    rounding: str = "exact"
    connections: tuple[tuple[int, ...], ...] | None = None
    name: str | None = None
    prefix: ClassVar[str] = "conv"

    def check(self) -> None:
        _check_convolution(self)
        one_of("padding_mode", self.padding_mode, PADDING_MODES)
        if self.rounding == "ceil":
            raise DescriptionError('rounding "ceil" is for pooling only. Use "floor", or padding that lets it tile.')
        one_of("rounding", self.rounding, ROUNDINGS)
        check_footprint(self.footprint)
        if self.connections is not None:
            self._put(connections=_connections(self.connections, self.out_channels, self.groups))

    def on_axes(self, axes: int) -> Self:
        return shortest(self, axes, "kernel_size", "stride", "dilation")

    def reads(self, channels: int) -> tuple[tuple[int, ...], ...]:
        """For each output channel, those of so many input channels that it reads."""
        if self.connections is not None:
            return self.connections
        wide, each = channels // self.groups, self.out_channels // self.groups
        return tuple(tuple(range(k // each * wide, (k // each + 1) * wide)) for k in range(self.out_channels))

    def kernel_at(self, channels: int, output: int, channel: int) -> tuple[int, ...]:
        """Where the kernel of an output channel and one of the input channels that it reads stands in `weight`."""
        if self.connections is not None:
            return (sum(map(len, self.connections[:output])) + self.connections[output].index(channel),)
        return (output, channel % (channels // self.groups))

    def windows(self, space: Shape) -> tuple[Window, ...]:
        return _windows(self, space)

    def taps(self, space: Shape) -> list[tuple[int, ...]] | None:
        return footprint_taps(self.footprint, [window.kernel for window in self.windows(space)])

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        space = space_of(inputs[0])
        windows = self.windows(space)
        self.taps(space)
        check_groups(self.groups, inputs[0][0])
        last = max(map(max, self.connections or ((0,),)))
        if last >= inputs[0][0]:
            raise ShapeError(
                f"connections read channel {last}, its input has {counted(inputs[0][0], 'channel')}, counted from 0. "
                f"Name channels 0 to {inputs[0][0] - 1}."
            )
        for window, size in zip(windows, space, strict=True):
            most = size - 1 if self.padding_mode == "reflect" else size if self.padding_mode == "wrap" else None
            if most is not None and max(window.padding) > most:
                raise ShapeError(
                    f'padding {max(window.padding)} is too much for padding_mode "{self.padding_mode}" on a side of '
                    f"{size}. Use padding of at most {most}, or another padding_mode."
                )
        return (self.out_channels, *_tile(windows, space, "kernel"))

    def parameters(self, inputs: Sequence[Shape]) -> dict[str, Shape]:
        space, taps = inputs[0][1:], self.taps(inputs[0][1:])
        kernel = tuple(window.kernel for window in self.windows(space)) if taps is None else (len(taps),)
        pairs: Shape = (self.out_channels, inputs[0][0] // self.groups)
        if self.connections is not None:
            pairs = (sum(map(len, self.connections)),)
        weight = (*pairs, *kernel)
        return {"weight": weight, "bias": (self.out_channels,)} if self.bias else {"weight": weight}

    def costs(self, inputs: Sequence[Shape]) -> cost.Costs:
        weights = prod(self.parameters(inputs)["weight"])
        return cost.convolution(inputs[0], self.shape(inputs), weights, self.bias)

    def maps(self, inputs: Sequence[Shape]) -> tuple[AxisMap, ...]:
        return self.windows(inputs[0][1:])


@dataclass(frozen=True, repr=False)
class ConvTranspose(Layer):
    """A transposed convolution: the same arithmetic as the gradient of a `Conv`, so that small maps become large.

    o = s(i - 1) + d(k - 1) + 1 - 2p + output_padding along each axis (arXiv:1603.07285). The weight is stored as in
    PyTorch, (channels, out_channels / groups, *kernel_size).

    >>> ConvTranspose(8, 2, stride=2).shape([(16, 7, 7)])
    (8, 14, 14)
    """

    out_channels: int
    kernel_size: PerAxis
    stride: PerAxis = 1
    padding: Padding = 0
    output_padding: PerAxis = 0
    dilation: PerAxis = 1
    groups: int = 1
    bias: bool = True
    name: str | None = None
    prefix: ClassVar[str] = "transpose"

    @property
    def word(self) -> str:
        return "conv-transpose"

    def check(self) -> None:
        if self.padding == "same":
            raise DescriptionError('padding "same" has no meaning here. Give the padding to cut away as a number.')
        _check_convolution(self)
        self._put(output_padding=per_axis("output_padding", self.output_padding, 0))

    def on_axes(self, axes: int) -> Self:
        return shortest(self, axes, "kernel_size", "stride", "dilation", "output_padding")

    def maps(self, inputs: Sequence[Shape]) -> tuple[Transposed, ...]:
        space = inputs[0][1:]
        extra = spread("output_padding", self.output_padding, len(space))
        maps = tuple(
            Transposed(w.kernel, w.stride, w.padding, w.dilation, a)
            for w, a in zip(_windows(self, space), extra, strict=True)
        )
        for axis in maps:
            if axis.output_padding >= max(axis.stride, axis.dilation):
                raise ShapeError(
                    f"output_padding {axis.output_padding} must be smaller than the stride {axis.stride} or the "
                    f"dilation {axis.dilation}. Use at most {max(axis.stride, axis.dilation) - 1}."
                )
        return maps

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        space = space_of(inputs[0])
        check_groups(self.groups, inputs[0][0])
        sizes = (axis.outputs(size) for axis, size in zip(self.maps(inputs), space, strict=True))
        return (self.out_channels, *sizes)

    def parameters(self, inputs: Sequence[Shape]) -> dict[str, Shape]:
        kernel = spread("kernel_size", self.kernel_size, len(inputs[0]) - 1)
        weight = (inputs[0][0], self.out_channels // self.groups, *kernel)
        return {"weight": weight, "bias": (self.out_channels,)} if self.bias else {"weight": weight}

    def costs(self, inputs: Sequence[Shape]) -> cost.Costs:
        weights = prod(self.parameters(inputs)["weight"])
        return cost.transposed_convolution(inputs[0], self.shape(inputs), weights, self.bias)


@dataclass(frozen=True, repr=False)
class Pool(Layer):
    """Coarse graining: one number for a window of each channel.

    `kind` is max, average, majority (the sign of the window's sum; a tie goes to the window's first site),
    subsampling (LeNet's of 1998: the sum times a trained weight, plus a trained bias, one of each a channel),
    global-average or global-max (the whole map), adaptive-average or adaptive-max (`output_size` cells a side).
    The stride is the kernel's size unless given. Max pads with minus infinity, average counts the zeros it pads.

    >>> Pool("average", 2).shape([(6, 28, 28)])
    (6, 14, 14)
    >>> Pool("global-average").shape([(512, 7, 7)])
    (512, 1, 1)
    >>> Pool("subsampling", 2).parameters([(6, 28, 28)])
    {'weight': (6,), 'bias': (6,)}
    """

    kind: str
    kernel_size: PerAxis | None = None
    stride: PerAxis | None = None
    padding: Padding = 0
    dilation: PerAxis = 1
    rounding: str = "exact"
    output_size: PerAxis | None = None
    name: str | None = None
    prefix: ClassVar[str] = "pool"

    @property
    def word(self) -> str:
        return self.kind

    def check(self) -> None:
        one_of("pooling", self.kind, POOLS)
        if self.kind in (*GLOBAL_POOLS, *ADAPTIVE_POOLS):
            windowed = (self.kernel_size, self.stride, self.padding, self.dilation, self.rounding)
            if windowed != (None, None, 0, 1, "exact"):
                raise DescriptionError(
                    f"{self.kind} pooling has no window of its own. "
                    f"Leave out kernel_size, stride, padding, dilation and rounding."
                )
            if self.kind in ADAPTIVE_POOLS:
                if self.output_size is None:
                    raise DescriptionError("the size of its output is missing. Give output_size.")
                self._put(output_size=per_axis("output_size", self.output_size))
            elif self.output_size is not None:
                adaptive = self.kind.replace("global", "adaptive")
                raise DescriptionError(
                    f'{self.kind} pooling gives one cell a channel. Leave out output_size, or use "{adaptive}".'
                )
            return
        if self.output_size is not None:
            raise DescriptionError("output_size is for adaptive pooling. Give kernel_size, or use adaptive pooling.")
        if self.kernel_size is None:
            raise DescriptionError("the size of its window is missing. Give kernel_size.")
        self._put(kernel_size=per_axis("kernel_size", self.kernel_size), padding=padding_entries(self.padding))
        self._put(dilation=per_axis("dilation", self.dilation))
        if self.stride is not None:
            self._put(stride=per_axis("stride", self.stride))
        one_of("rounding", self.rounding, ROUNDINGS)
        if self.kind == "majority" and self.padding != 0:
            raise DescriptionError("majority pooling takes no padding: only real sites vote. Leave out padding.")

    def on_axes(self, axes: int) -> Self:
        short = shortest(self, axes, "kernel_size", "stride", "dilation", "output_size")
        return replace(short, stride=None) if short.stride == short.kernel_size else short

    def windows(self, space: Shape) -> tuple[Window, ...]:
        return () if self.kernel_size is None else _windows(self, space)

    def maps(self, inputs: Sequence[Shape]) -> tuple[AxisMap, ...]:
        space = inputs[0][1:]
        if self.kernel_size is not None:
            return self.windows(space)
        sizes = spread("output_size", 1 if self.output_size is None else self.output_size, len(space))
        return tuple(Adaptive(size, out) for size, out in zip(space, sizes, strict=True))

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        space = space_of(inputs[0])
        if self.kernel_size is None:
            return (
                inputs[0][0],
                *(axis.outputs(n) for axis, n in zip(self.maps(inputs), space, strict=True)),
            )
        windows = self.windows(space)
        sizes = _tile(windows, space, "window", pads=self.kind != "majority")
        if self.kind == "max":
            for window, size, outputs in zip(windows, space, sizes, strict=True):
                if not all(any(0 <= cell < size for cell in window.reads(u)) for u in range(outputs)):
                    # As many cells as the dilation, or more, cannot lie between two taps.
                    between = window.kernel > 1 and size < window.dilation
                    most = f"a dilation of at most {size}" if between else f"padding of at most {window.span - 1}"
                    raise ShapeError(
                        f"with padding {max(window.padding)} some windows of {window.kernel} read padding alone, "
                        f"where there is no maximum. Use {most}."
                    )
        return (inputs[0][0], *sizes)

    def parameters(self, inputs: Sequence[Shape]) -> dict[str, Shape]:
        return dict.fromkeys(("weight", "bias"), inputs[0][:1]) if self.kind == "subsampling" else {}

    def costs(self, inputs: Sequence[Shape]) -> cost.Costs | None:
        if self.kind != "subsampling":
            return None
        taps = prod(window.kernel for window in self.windows(inputs[0][1:]))
        return cost.subsampling(inputs[0], self.shape(inputs), taps)


@dataclass(frozen=True, repr=False)
class Crop(Layer):
    """The map without `cells` at its edges: an int for every side, or one entry per axis, each an int or a
    (before, after) pair. A U-Net crops what it passes across, because unpadded convolutions have made the rest smaller
    (arXiv:1505.04597).

    >>> Crop(4).shape([(512, 64, 64)])
    (512, 56, 56)
    """

    cells: Padding
    name: str | None = None
    prefix: ClassVar[str] = "crop"

    def check(self) -> None:
        if self.cells == "same":
            raise DescriptionError('cells "same" has no meaning here. Give the number of cells to cut away.')
        self._put(cells=padding_entries(self.cells, "cells"))

    def on_axes(self, axes: int) -> Self:
        return shortest(self, axes, "cells")

    def maps(self, inputs: Sequence[Shape]) -> tuple[Window, ...]:
        pairs = _sides("cells", self.cells, len(space_of(inputs[0])))
        return tuple(Window(1, padding=(-before, -after)) for before, after in pairs)

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        sizes = [size + sum(w.padding) for w, size in zip(self.maps(inputs), space_of(inputs[0]), strict=True)]
        for size, left in zip(inputs[0][1:], sizes, strict=True):
            if left < 1:
                raise ShapeError(f"nothing is left of {size} when {size - left} are cut away. Use fewer cells.")
        return (inputs[0][0], *sizes)


@dataclass(frozen=True, repr=False)
class Distance(Layer):
    """How near the input lies to fixed prototypes: output i is -sum_j (x_j - w_ij)^2, the last layer of LeNet-5 in 1998
    with its sign turned, so that the nearest pattern has the largest number.

    `prototypes` has one drawing for each output, rows of 0 and 1 parted by "/": 0 stands for w = -1, 1 for w = +1.
    Nothing is trained.

    >>> Distance(["010/111", "000/111"]).shape([(6,)])
    (2,)
    """

    prototypes: tuple[str, ...]
    name: str | None = None
    prefix: ClassVar[str] = "distance"

    def check(self) -> None:
        given = self.prototypes
        if isinstance(given, str) or not isinstance(given, Sequence) or not given:
            raise DescriptionError(f"prototypes is {given!r}. Give one drawing for each output: ['01/10', '11/00'].")
        for pattern in given:
            if not isinstance(pattern, str) or not re.fullmatch("[01]+(/[01]+)*", pattern):
                raise DescriptionError(f"{pattern!r} is no pattern. Write rows of 0 and 1 parted by '/': '010/111'.")
        if len({len(pattern.replace("/", "")) for pattern in given}) > 1:
            raise DescriptionError("its prototypes differ in size. Give them all the same rows and columns.")
        self._put(prototypes=tuple(given))

    def weights(self) -> list[list[int]]:
        """The prototypes as rows of -1 and +1, one for each output."""
        return [[1 if mark == "1" else -1 for mark in pattern.replace("/", "")] for pattern in self.prototypes]

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        wide = len(self.prototypes[0].replace("/", ""))
        if inputs[0] != (wide,):
            raise ShapeError(f"its prototypes have {wide} cells, its input is {shape_text(inputs[0])}. Give it {wide}.")
        return (len(self.prototypes),)

    def costs(self, inputs: Sequence[Shape]) -> cost.Costs:
        return cost.fixed(inputs[0], self.shape(inputs))

    def maps(self, inputs: Sequence[Shape]) -> None:
        return None


@dataclass(frozen=True, repr=False)
class Dense(Layer):
    """A fully connected layer: every output is a weighted sum of all inputs, plus a bias.

    >>> Dense(1000).parameters([(120_000,)])
    {'weight': (1000, 120000), 'bias': (1000,)}
    """

    out_features: int
    bias: bool = True
    name: str | None = None
    prefix: ClassVar[str] = "dense"

    def check(self) -> None:
        self._put(out_features=whole("out_features", self.out_features), bias=flag("bias", self.bias))

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        if len(inputs[0]) != 1:
            raise ShapeError(
                f"a dense layer needs a flat input, its input is {shape_text(inputs[0])}. Put Flatten() before it."
            )
        return (self.out_features,)

    def parameters(self, inputs: Sequence[Shape]) -> dict[str, Shape]:
        weight = (self.out_features, inputs[0][0])
        return {"weight": weight, "bias": (self.out_features,)} if self.bias else {"weight": weight}

    def costs(self, inputs: Sequence[Shape]) -> cost.Costs:
        return cost.dense(inputs[0], self.shape(inputs), self.bias)

    def maps(self, inputs: Sequence[Shape]) -> None:
        return None


@dataclass(frozen=True, repr=False)
class Norm(Layer):
    """Normalisation: subtract a mean, divide by a deviation, then scale and shift (where `affine`).

    `kind` is batch (over images and space, for each channel; the running mean and variance when not training),
    layer (over channels and space of one image, with a scale and shift for every cell), instance (over the space of
    each channel), group (over `groups` sets of channels), or local-response: a / (k + alpha/size sum of a^2 over
    `size` neighbouring channels)^beta.

    >>> Norm("batch").parameters([(64, 56, 56)])
    {'weight': (64,), 'bias': (64,)}
    """

    kind: str
    groups: int | None = None
    size: int | None = None
    eps: float = 1e-5
    momentum: float = 0.1
    affine: bool = True
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 1.0
    name: str | None = None
    prefix: ClassVar[str] = "norm"

    @property
    def word(self) -> str:
        return f"{self.kind}-norm"

    def check(self) -> None:
        one_of("normalisation", self.kind, tuple(NORMS))
        for argument in ("groups", "size"):
            value = getattr(self, argument)
            if argument in NORMS[self.kind]:
                if value is None:
                    raise DescriptionError(f"{self.kind} normalisation needs {argument}. Give {argument}=2, say.")
                self._put(**{argument: whole(argument, value)})
        flag("affine", self.affine)
        for argument in ("eps", "momentum", "alpha", "beta", "k"):
            example = "1e-5" if argument == "eps" else "0.1"
            self._put(**{argument: number(argument, getattr(self, argument), example)})
        if self.momentum > 1:
            raise DescriptionError(f"momentum is {self.momentum:g}; it must be at most 1. Give momentum=0.1, say.")
        for field in fields(self):
            if field.name in ("kind", "name", *NORMS[self.kind]) or getattr(self, field.name) == field.default:
                continue
            *others, last = [kind for kind, read in NORMS.items() if field.name in read]
            kinds = f"{', '.join(others)} and {last}" if others else last
            raise DescriptionError(f"{field.name} is for {kinds} normalisation. Leave it out.")

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        if self.kind == "instance" and prod(space_of(inputs[0])) == 1:
            raise ShapeError("a map of one cell has no deviation to divide by. Normalise before the space is gone.")
        if self.groups is not None:
            check_groups(self.groups, inputs[0][0])
            if prod(inputs[0]) == self.groups:
                raise ShapeError(
                    "a group of one cell has no deviation to divide by. Use fewer groups, or normalise before the "
                    "space is gone."
                )
        return inputs[0]

    def parameters(self, inputs: Sequence[Shape]) -> dict[str, Shape]:
        if not self.affine or self.kind == "local-response":
            return {}
        shape = inputs[0] if self.kind == "layer" else inputs[0][:1]
        return {"weight": shape, "bias": shape}

    def maps(self, inputs: Sequence[Shape]) -> tuple[AxisMap, ...] | None:
        # The statistics of one image's whole map: every output depends on every input.
        return None if self.kind in ("layer", "instance", "group") else super().maps(inputs)


@dataclass(frozen=True, repr=False)
class Activation(Layer):
    """A curve applied to every number (torch's names, and scaled-tanh: 1.7159 tanh(2a/3), LeCun 1998), or softmax
    over the channels of each place. `slope` is the one of leaky_relu below zero.

    Complex numbers have tanh and two curves of wave functions (Choo, Neupert and Carleo, arXiv:1903.06713). log-cosh is
    ln cosh a, even, and without a jump on either half plane Re a > 0 and Re a < 0: there its imaginary part goes on
    beyond pi. complex-relu keeps a where -pi/4 < arg a < 3 pi/4, which is Re a + Im a > 0, and gives 0 elsewhere, on
    the two boundary rays too: of real numbers it is relu.

    >>> Activation("relu").shape([(6, 28, 28)])
    (6, 28, 28)
    """

    function: str
    slope: float | None = None
    name: str | None = None

    @property
    def word(self) -> str:
        return self.function

    def check(self) -> None:
        one_of("activation", self.function, ACTIVATIONS)
        if self.function == "leaky_relu":
            self._put(slope=number("slope", 0.01 if self.slope is None else self.slope))
        elif self.slope is not None:
            raise DescriptionError("slope is for leaky_relu. Leave it out.")


@dataclass(frozen=True, repr=False)
class Dropout(Layer):
    """While training, each number is zeroed with probability `p` and the others are divided by 1 - p; whole maps at a
    time where `channels` is true (torch's Dropout2d, arXiv:1411.4280).

    >>> Dropout(0.5).shape([(4096,)])
    (4096,)
    """

    p: float = 0.5
    channels: bool = False
    name: str | None = None
    prefix: ClassVar[str] = "dropout"

    def check(self) -> None:
        self._put(p=number("p", self.p), channels=flag("channels", self.channels))
        if not 0 <= self.p < 1:
            raise DescriptionError(f"p is {self.p:g}; it must be at least 0 and below 1. Give a probability.")

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        if self.channels:
            space_of(inputs[0])
        return inputs[0]


@dataclass(frozen=True, repr=False)
class Flatten(Layer):
    """All channels and places in one row, channel by channel, row by row.

    >>> Flatten().shape([(16, 5, 5)])
    (400,)
    """

    name: str | None = None
    prefix: ClassVar[str] = "flatten"

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        return (prod(inputs[0]),)

    def maps(self, inputs: Sequence[Shape]) -> None:
        return None


@dataclass(frozen=True, repr=False)
class Reshape(Layer):
    """The same numbers in another shape, kept in the order of `Flatten`: channel by channel, row by row.

    >>> Reshape((64, 1, 1)).shape([(64,)])
    (64, 1, 1)
    """

    output: Shape
    name: str | None = None
    prefix: ClassVar[str] = "reshape"

    def check(self) -> None:
        given = (self.output,) if isinstance(self.output, int) else self.output
        if isinstance(given, str) or not isinstance(given, Sequence) or not 1 <= len(given) <= 4:
            raise DescriptionError(
                f"output is {given!r}; it must be (channels, *space) with at most 3 axes of space. "
                f"Give, for example, (64, 1, 1)."
            )
        self._put(output=tuple(whole("output", size) for size in given))

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        have, wanted = prod(inputs[0]), prod(self.output)
        if have != wanted:
            raise ShapeError(
                f"its input {shape_text(inputs[0])} has {counted(have, 'number')}, {shape_text(self.output)} has "
                f"{wanted}. Give a shape of {counted(have, 'number')}."
            )
        return self.output

    def maps(self, inputs: Sequence[Shape]) -> None:
        return None


@dataclass(frozen=True, repr=False)
class Upsample(Layer):
    """Every map made larger by a whole `scale`: "nearest" repeats cells, "linear" draws lines between their centres
    (bilinear on two axes, trilinear on three; torch's align_corners=False).

    >>> Upsample(2).shape([(8, 7, 7)])
    (8, 14, 14)
    """

    scale: PerAxis
    mode: str = "nearest"
    name: str | None = None
    prefix: ClassVar[str] = "upsample"

    def check(self) -> None:
        self._put(scale=per_axis("scale", self.scale))
        one_of("mode", self.mode, ("nearest", "linear"))

    def on_axes(self, axes: int) -> Self:
        return shortest(self, axes, "scale")

    def maps(self, inputs: Sequence[Shape]) -> tuple[Repeat, ...]:
        scales = spread("scale", self.scale, len(inputs[0]) - 1)
        return tuple(Repeat(scale, self.mode == "linear") for scale in scales)

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        space = space_of(inputs[0])
        return (
            inputs[0][0],
            *(axis.outputs(size) for axis, size in zip(self.maps(inputs), space, strict=True)),
        )


class _SameShapes(Layer):
    """A join whose inputs have one shape, which is its output's."""

    joins: ClassVar[bool] = True

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        if len(set(inputs)) > 1:
            raise ShapeError(
                f'its inputs differ in shape: {shapes_text(inputs)}. Make them equal: padding="same" '
                f"keeps the space, and a 1x1 convolution on the shortcut changes channels, with a stride the space too."
            )
        return inputs[0]


@dataclass(frozen=True, repr=False)
class Sum(_SameShapes):
    """The sum of its inputs, number by number: a residual network's join.

    >>> Sum().shape([(64, 56, 56), (64, 56, 56)])
    (64, 56, 56)
    """

    name: str | None = None
    prefix: ClassVar[str] = "sum"


@dataclass(frozen=True, repr=False)
class Product(_SameShapes):
    """The product of its inputs, number by number. An input of one cell a channel scales the whole map (squeeze and
    excitation, arXiv:1709.01507).

    >>> Product().shape([(64, 56, 56), (64, 1, 1)])
    (64, 56, 56)
    """

    name: str | None = None
    prefix: ClassVar[str] = "product"

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        largest = max(inputs, key=prod)
        gate = (largest[0], *(1 for _ in largest[1:]))
        return super().shape([largest if shape == gate else shape for shape in inputs])


@dataclass(frozen=True, repr=False)
class Concat(Layer):
    """The channels of its inputs, one after the other: an inception module's or a U-Net's join.

    >>> Concat().shape([(64, 28, 28), (128, 28, 28)])
    (192, 28, 28)
    """

    name: str | None = None
    prefix: ClassVar[str] = "concat"
    joins: ClassVar[bool] = True

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        if len({shape[1:] for shape in inputs}) > 1:
            raise ShapeError(
                f"its inputs differ in space: {shapes_text(inputs)}. Make it equal in every branch, "
                f'for example with padding="same".'
            )
        return (sum(shape[0] for shape in inputs), *inputs[0][1:])


@dataclass(frozen=True, repr=False)
class Opaque(Layer):
    """An operation with values but no arithmetic rule here: its output's shape is stated, its sum is not known.
    `stored` are the names and shapes of what it learns, which counts as parameters.

    >>> Opaque("attention", output=(64, 14, 14)).shape([(64, 14, 14)])
    (64, 14, 14)
    """

    operation: str
    output: Shape
    stored: tuple[tuple[str, Shape], ...] = ()
    name: str | None = None
    prefix: ClassVar[str] = "opaque"

    def check(self) -> None:
        if not isinstance(self.operation, str) or not self.operation:
            raise DescriptionError("the operation has no name. Say what it does, for example Opaque('attention', ...).")
        if not isinstance(self.output, Sequence) or not self.output:
            raise DescriptionError("the shape of its output is missing. Give output, for example (64, 14, 14).")
        self._put(output=tuple(whole("output", size) for size in self.output))
        try:
            held = tuple((str(name), tuple(whole(str(name), size, 0) for size in shape)) for name, shape in self.stored)
        except (TypeError, ValueError):
            raise DescriptionError(
                f"stored is {self.stored!r}, not names with shapes. Give, for example, (('gamma', (64, 1, 1)),)."
            ) from None
        self._put(stored=held)

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        return self.output

    def parameters(self, inputs: Sequence[Shape]) -> dict[str, Shape]:
        return dict(self.stored)

    def maps(self, inputs: Sequence[Shape]) -> None:
        return None


LAYERS: tuple[type[Layer], ...] = (
    Conv, ConvTranspose, Pool, Dense, Norm, Activation, Dropout, Flatten, Reshape, Upsample, Crop, Distance, Sum,
    Concat, Product, Opaque,
)  # fmt: skip


def _check_convolution(layer: Conv | ConvTranspose) -> None:
    layer._put(out_channels=whole("out_channels", layer.out_channels), groups=whole("groups", layer.groups))
    flag("bias", layer.bias)
    for argument in ("kernel_size", "stride", "dilation"):
        layer._put(**{argument: per_axis(argument, getattr(layer, argument))})
    layer._put(padding=padding_entries(layer.padding))
    if layer.padding == "same":
        check_same(layer.stride)
    if layer.out_channels % layer.groups:
        raise DescriptionError(
            f"{layer.groups} groups do not divide {layer.out_channels} output channels. "
            f"Use {multiples(layer.out_channels, layer.groups)} output channels, or another number of groups."
        )


def _windows(layer: Conv | ConvTranspose | Pool, space: Shape) -> tuple[Window, ...]:
    axes = len(space)
    assert layer.kernel_size is not None
    kernel = spread("kernel_size", layer.kernel_size, axes)
    stride = kernel if layer.stride is None else spread("stride", layer.stride, axes)
    dilation = spread("dilation", layer.dilation, axes)
    padding = _entries("padding", layer.padding, axes)
    rounding = getattr(layer, "rounding", "exact")
    return tuple(
        Window(k, s, padding_along(p, k, s, d), d, rounding)
        for k, s, p, d in zip(kernel, stride, padding, dilation, strict=True)
    )


def _entries(argument: str, given: Padding, axes: int) -> Sequence[Any]:
    """One entry for each axis. Raises `ShapeError` where there are more or fewer."""
    entries: Sequence[Any] = [given] * axes if isinstance(given, int | str) else given
    if len(entries) != axes:
        raise ShapeError(
            f"{argument} has {counted(len(entries), 'entry', 'entries')}, its input has {axes_text(axes)} of space. "
            f"Give one number, or one entry per axis."
        )
    return entries


def _sides(argument: str, given: Padding, axes: int) -> list[tuple[int, int]]:
    """(before, after) for each axis."""
    return [entry if isinstance(entry, tuple) else (entry, entry) for entry in _entries(argument, given, axes)]


def _connections(given: Any, out_channels: int, groups: int) -> tuple[tuple[int, ...], ...]:
    """The table of connections in one form: a tuple of channel numbers, in rising order, for each output channel."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise DescriptionError(f"connections is {given!r}. Give, for each output channel, a list of input channels.")
    if len(given) != out_channels:
        raise DescriptionError(
            f"connections has {counted(len(given), 'entry', 'entries')} for {out_channels} output channels. "
            f"Give one for each."
        )
    if groups != 1:
        raise DescriptionError("connections and groups say the same thing in two ways. Leave one out.")
    table = []
    for output, channels in enumerate(given):
        if isinstance(channels, str) or not isinstance(channels, Sequence) or not channels:
            raise DescriptionError(f"output channel {output} reads {channels!r}. Give it a list of input channels.")
        read = tuple(sorted(whole("connections", channel, 0) for channel in channels))
        if len(set(read)) < len(read):
            raise DescriptionError(f"output channel {output} reads a channel twice: {list(read)}. Name each once.")
        table.append(read)
    return tuple(table)


def _tile(windows: Sequence[Window], space: Shape, word: str, pads: bool = True) -> tuple[int, ...]:
    if not all(window.fits(size) for window, size in zip(windows, space, strict=True)):
        raise ShapeError(misfit(windows, space, word, pads))
    if any(w.rounding == "exact" and w.rest(size) for w, size in zip(windows, space, strict=True)):
        raise ShapeError(untiled(windows, space, word))
    return tuple(window.outputs(size) for window, size in zip(windows, space, strict=True))
