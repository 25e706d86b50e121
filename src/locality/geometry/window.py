"""One axis of a window: how many outputs, which inputs one output reads, what is left unread.

Every layer that looks at a neighbourhood is one of four maps along each axis: `Window` (convolution and pooling),
`Transposed`, `Adaptive` and `Repeat` (upsampling). Each says `outputs(size)` and `reads(output)`, and repeats itself:
the output `period` later reads `step` inputs further on. That is all the receptive field needs to know.

The lecture's formula, L_1 = (L - L_patch + 2 N_z)/s + 1, stands here and nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import gcd, prod

from locality.errors import ShapeError, unknown
from locality.geometry.arguments import one_of, padding_along, whole
from locality.geometry.refusal import misfit, padding_text, untiled

ROUNDINGS = ("exact", "floor", "ceil")
PADDING_MODES = ("zeros", "edge", "reflect", "wrap")


@dataclass(frozen=True)
class Window:
    """A window of `kernel` taps, `dilation` apart, that moves by `stride` over a padded axis.

    `padding` is (before, after). `rounding` says what happens when the last step does not end at the edge: "exact"
    refuses, "floor" leaves the rest unread, "ceil" lets the last window hang over the edge, as long as it starts
    inside the input or the padding before it (torch's rule).
    """

    kernel: int
    stride: int = 1
    padding: tuple[int, int] = (0, 0)
    dilation: int = 1
    rounding: str = "exact"

    @property
    def span(self) -> int:
        """How many cells lie between the first tap and the last, both counted: d(k - 1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def period(self) -> int:
        return 1

    @property
    def step(self) -> int:
        return self.stride

    @property
    def overhang(self) -> int:
        """How far the last window may hang over the edge."""
        return self.stride - 1 if self.rounding == "ceil" else 0

    def fits(self, size: int) -> bool:
        """Whether there is room for one window at all."""
        return size + sum(self.padding) + self.overhang >= self.span

    def takes(self, size: int) -> bool:
        """Whether an axis of `size` cells is accepted: the window fits and, rounding "exact", tiles."""
        return self.fits(size) and not (self.rounding == "exact" and self.rest(size))

    def rest(self, size: int) -> int:
        """The cells (padding included) left over after the last full step."""
        return (size + sum(self.padding) - self.span) % self.stride

    def outputs(self, size: int) -> int:
        """The number of outputs on an axis of `size` cells.

        Raises `ShapeError` when the kernel does not fit, or does not tile under rounding="exact"; the text then names
        the nearest settings that do.

        >>> Window(5, padding=(2, 2)).outputs(28)
        28
        >>> Window(3, stride=2, rounding="ceil").outputs(112)
        56
        >>> Window(7, stride=2, padding=(3, 3)).outputs(225)
        113
        """
        if not self.fits(size):
            raise ShapeError(misfit([self], [size]))
        rest = self.rest(size)
        if rest and self.rounding == "exact":
            raise ShapeError(untiled([self], [size]))
        outputs = (size + sum(self.padding) - self.span) // self.stride + 1
        if rest and self.rounding == "ceil" and outputs * self.stride < size + self.padding[0]:
            outputs += 1
        return outputs

    def reads(self, output: int) -> range:
        """The cells that an output reads, counted from the first real one: negative ones lie in the padding."""
        start = output * self.stride - self.padding[0]
        return range(start, start + self.span, self.dilation)


@dataclass(frozen=True)
class Transposed:
    """The same window run backwards: every input is spread over `kernel` outputs, `stride` apart.

    o = s(i - 1) + d(k - 1) + 1 - p_before - p_after + output_padding (arXiv:1603.07285, section 4).
    """

    kernel: int
    stride: int = 1
    padding: tuple[int, int] = (0, 0)
    dilation: int = 1
    output_padding: int = 0

    @property
    def period(self) -> int:
        return self.stride

    @property
    def step(self) -> int:
        return 1

    def outputs(self, size: int) -> int:
        """The number of outputs; `ShapeError` when the padding cuts everything away.

        >>> Transposed(3, stride=2, padding=(1, 1), output_padding=1).outputs(3)
        6
        """
        grown = self.stride * (size - 1) + self.dilation * (self.kernel - 1) + 1 + self.output_padding
        outputs = grown - sum(self.padding)
        if outputs < 1:
            cells = "the only cell" if grown == 1 else f"all {grown} cells"
            raise ShapeError(
                f"padding {padding_text([self.padding])} cuts away {cells} of the transposed output. "
                f"Use padding of at most {(grown - 1) // 2}."
            )
        return outputs

    def reads(self, output: int) -> list[int]:
        """The inputs that one output collects, in rising order: none at all where the stride leaves a gap.

        >>> Transposed(3, stride=2).reads(2), Transposed(1, stride=2).reads(1)
        ([0, 1], [])
        """
        return [cell for cell, _ in self.pairs(output)]

    def pairs(self, output: int) -> list[tuple[int, int]]:
        """The inputs that one output collects, each with the number of the tap that it meets.

        >>> Transposed(3, stride=2).pairs(2)
        [(0, 2), (1, 0)]
        """
        place = output + self.padding[0]
        starts = [(place - tap * self.dilation, tap) for tap in range(self.kernel - 1, -1, -1)]
        return [(start // self.stride, tap) for start, tap in starts if start % self.stride == 0]


@dataclass(frozen=True)
class Adaptive:
    """`size` inputs shared out over `out` outputs as evenly as whole cells allow: output u reads
    floor(u size / out) up to ceil((u + 1) size / out), the end left out. One output is global pooling.

    >>> [list(Adaptive(5, 2).reads(u)) for u in range(2)]
    [[0, 1, 2], [2, 3, 4]]
    """

    size: int
    out: int

    @property
    def period(self) -> int:
        return self.out // gcd(self.size, self.out)

    @property
    def step(self) -> int:
        return self.size // gcd(self.size, self.out)

    def outputs(self, size: int) -> int:
        return self.out

    def reads(self, output: int) -> range:
        return range(output * self.size // self.out, -(-(output + 1) * self.size // self.out))


@dataclass(frozen=True)
class Repeat:
    """Upsampling by a whole `scale`: every input `scale` times, or a line drawn between neighbours (`linear`),
    whose first and last cells read beyond the border, where the edge is held.

    >>> [list(Repeat(2, linear=True).reads(u)) for u in range(4)]
    [[-1, 0], [0, 1], [0, 1], [1, 2]]
    """

    scale: int
    linear: bool = False

    @property
    def period(self) -> int:
        return self.scale

    @property
    def step(self) -> int:
        return 1

    def outputs(self, size: int) -> int:
        return size * self.scale

    def reads(self, output: int) -> range:
        if not self.linear:
            return range(output // self.scale, output // self.scale + 1)
        # The centre of output u lies at (u + 1/2)/scale - 1/2 of the inputs: in halves of an output, no rounding.
        place = 2 * output + 1 - self.scale
        low = place // (2 * self.scale)
        return range(low, low + (2 if place % (2 * self.scale) else 1))

    def shares(self, output: int) -> tuple[float, ...]:
        """How much each cell that an output reads counts, by how near it is.

        >>> Repeat(2, linear=True).shares(0), Repeat(3, linear=True).shares(1)
        ((0.25, 0.75), (1.0,))
        """
        if len(self.reads(output)) == 1:
            return (1.0,)
        past = (2 * output + 1 - self.scale) % (2 * self.scale) / (2 * self.scale)
        return 1 - past, past


AxisMap = Window | Transposed | Adaptive | Repeat


def conv_size(
    input: int,
    kernel_size: int,
    stride: int = 1,
    padding: int | tuple[int, int] | str = 0,
    dilation: int = 1,
    rounding: str = "exact",
) -> int:
    """The number of outputs of a convolution or pooling along one axis.

    L_1 = (L - L_patch + 2 N_z)/s + 1, with L_patch = dilation (kernel_size - 1) + 1. `padding` is one number, a
    (before, after) pair, or "same" (stride 1 only). Raises `ShapeError` when the kernel does not fit or, under
    rounding="exact", does not tile, and `DescriptionError` for arguments that are no sizes.

    >>> conv_size(28, 5, padding=2)
    28
    >>> conv_size(224, 7, stride=2, padding=3, rounding="floor")
    112
    >>> conv_size(224, 7, stride=2, padding=3)
    Traceback (most recent call last):
    ...
    locality.errors.ShapeError: a kernel of 7 with stride 2 and padding 3 does not tile 224: \
(224 - 7 + 2*3)/2 + 1 = 112.5. Use rounding="floor" (the last cell of padding stays unread, no cell is lost), \
or an input of 223 or 225.
    """
    input, kernel_size = whole("input", input), whole("kernel_size", kernel_size)
    stride, dilation = whole("stride", stride), whole("dilation", dilation)
    one_of("rounding", rounding, ROUNDINGS)
    pair = padding_along(padding, kernel_size, stride, dilation)
    return Window(kernel_size, stride, pair, dilation, rounding).outputs(input)


def source(cell: int, size: int, padding_mode: str) -> int | None:
    """The real cell whose value stands at `cell`, which may lie in the padding; None where a zero stands.

    >>> [source(cell, 4, "reflect") for cell in (-2, -1, 0, 3, 4)]
    [2, 1, 0, 3, 2]
    >>> source(-1, 4, "wrap"), source(-1, 4, "edge"), source(-1, 4, "zeros")
    (3, 0, None)
    """
    if 0 <= cell < size:
        return cell
    if padding_mode == "zeros":
        return None
    if padding_mode == "edge":
        return min(max(cell, 0), size - 1)
    if padding_mode == "wrap":
        return cell % size
    if padding_mode == "reflect":
        around = cell % (2 * size - 2) if size > 1 else 0
        return min(around, 2 * size - 2 - around)
    raise unknown("padding mode", padding_mode, PADDING_MODES)


def uncovered(
    maps: Sequence[AxisMap],
    sizes: Sequence[int],
    taps: Sequence[tuple[int, ...]] | None = None,
    padding_mode: str = "zeros",
) -> int:
    """How many real sites no output reads: left over by flooring, or jumped over by stride or dilation. Padding that
    copies a site reads it.

    `taps` are the kernel offsets in use, one tuple for each; None means all of them.

    >>> uncovered([Window(3, stride=2, rounding="floor")], [6])
    1
    >>> uncovered([Window(1, stride=2), Window(1, stride=2)], [5, 5])
    16
    """
    axes = list(zip(maps, sizes, strict=True))
    if taps is None:  # the sites read are those of a rectangle
        return prod(sizes) - prod(_marks(axis, size, padding_mode).count(b"1") for axis, size in axes)
    # One tap reads a grid of sites; the union over taps, one row of the last axis at a time as a set of bits.
    marks = [
        {tap: _marks(axis, size, padding_mode, tap) for tap in {offset[number] for offset in taps}}
        for number, (axis, size) in enumerate(axes)
    ]
    places = [
        {tap: [i for i, mark in enumerate(row) if mark == ord("1")] for tap, row in each.items()} for each in marks
    ]
    rows: dict[tuple[int, ...], int] = {}
    for offset in taps:
        bits = int(marks[-1][offset[-1]], 2)
        for prefix in product(*(places[axis][tap] for axis, tap in enumerate(offset[:-1]))):
            rows[prefix] = rows.get(prefix, 0) | bits
    return prod(sizes) - sum(bits.bit_count() for bits in rows.values())


def _marks(axis: AxisMap, size: int, padding_mode: str, tap: int | None = None) -> bytearray:
    """A 1 for each real cell that some output reads, with one tap of a window or with all of them; a 0 for others."""
    marks, count = bytearray(b"0") * size, axis.outputs(size)
    if isinstance(axis, Window):
        taps = axis.reads(0) if tap is None else axis.reads(0)[tap : tap + 1]
        reads: Sequence[Sequence[int]] = [range(first, first + count * axis.stride, axis.stride) for first in taps]
    else:
        reads = [axis.reads(u) for u in range(count)]
    for cells in reads:
        if isinstance(cells, range):  # the real ones at a stroke: a long axis has many
            low, high = (max(0, -((cells.start - edge) // cells.step)) for edge in (0, size))
            inside, cells = cells[low:high], [*cells[:low], *cells[high:]]
            marks[inside.start : inside.stop : inside.step] = b"1" * len(inside)
        for site in {source(cell, size, padding_mode) for cell in cells}:
            if site is not None:
                marks[site] = ord("1")
    return marks


def unread_padding(window: Window, size: int) -> int:
    """How many cells of padding lie beyond the last window; no loss, since they hold nothing.

    >>> unread_padding(Window(7, stride=2, padding=(3, 3), rounding="floor"), 224)
    1
    """
    last = window.reads(window.outputs(size) - 1)[-1]
    return max(0, min(window.padding[1], size + window.padding[1] - 1 - last))  # a crop is padding below zero
