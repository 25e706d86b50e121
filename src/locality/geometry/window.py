"""One axis of a window: how many outputs, which inputs one output reads, what is left unread.

Every layer that looks at a neighbourhood is one of four maps along each axis: `Window` (convolution and pooling),
`Transposed`, `Adaptive` and `Repeat` (upsampling). Each says `outputs(size)` and `reads(output)`, and repeats itself:
the output `period` later reads `step` inputs further on. That is all the receptive field needs to know.

The lecture's formula, L_1 = (L - L_patch + 2 N_z)/s + 1, stands here and nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from math import ceil, gcd, lcm, prod

from locality.errors import ShapeError, unknown
from locality.geometry.arguments import one_of, padding_along, whole

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

    def reaches(self, cells: Sequence[int], size: int) -> list[int]:
        """Those of the given real cells that some window reads, for any subset of taps seen as a kernel of its own."""
        last = self.outputs(size) - 1
        return [
            cell
            for cell in cells
            if any(
                (cell + self.padding[0] - tap) % self.stride == 0
                and 0 <= cell + self.padding[0] - tap <= last * self.stride
                for tap in range(0, self.span, self.dilation)
            )
        ]


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
                f"padding {_padding_text([self.padding])} cuts away {cells} of the transposed output. "
                f"Use padding of at most {(grown - 1) // 2}."
            )
        return outputs

    def reads(self, output: int) -> list[int]:
        """The inputs that one output collects, in rising order: none at all where the stride leaves a gap.

        >>> Transposed(3, stride=2).reads(2), Transposed(1, stride=2).reads(1)
        ([0, 1], [])
        """
        place = output + self.padding[0]
        taps = range((self.kernel - 1) * self.dilation, -1, -self.dilation)
        return [(place - tap) // self.stride for tap in taps if (place - tap) % self.stride == 0]


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
    whole("input", input)
    whole("kernel_size", kernel_size)
    whole("stride", stride)
    whole("dilation", dilation)
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


def uncovered(windows: Sequence[Window], sizes: Sequence[int], taps: Sequence[tuple[int, ...]] | None = None) -> int:
    """How many real sites no window reads: left over by flooring, or jumped over by stride or dilation.

    `taps` are the kernel offsets in use, one tuple for each; None means all of them.

    >>> uncovered([Window(3, stride=2, rounding="floor")], [6])
    1
    >>> uncovered([Window(1, stride=2), Window(1, stride=2)], [5, 5])
    16
    """
    if taps is None:
        covered = 1
        for window, size in zip(windows, sizes, strict=True):
            covered *= len(window.reaches(range(size), size))
        return prod(sizes) - covered
    # One tap reaches a grid of sites; the union over taps, one row of the last axis at a time as a set of bits.
    rows: dict[tuple[int, ...], int] = {}
    grids: dict[tuple[int, int], list[int]] = {}
    for axis, (window, size) in enumerate(zip(windows, sizes, strict=True)):
        for tap in range(window.kernel):
            first, count = tap * window.dilation - window.padding[0], window.outputs(size)
            places = range(first, first + count * window.stride, window.stride)
            grids[axis, tap] = [place for place in places if 0 <= place < size]
    for offset in taps:
        bits = sum(1 << place for place in grids[len(sizes) - 1, offset[-1]])
        prefixes: list[tuple[int, ...]] = [()]
        for axis, tap in enumerate(offset[:-1]):
            prefixes = [(*prefix, place) for prefix in prefixes for place in grids[axis, tap]]
        for prefix in prefixes:
            rows[prefix] = rows.get(prefix, 0) | bits
    return prod(sizes) - sum(bits.bit_count() for bits in rows.values())


def unread_padding(window: Window, size: int) -> int:
    """How many cells of padding lie beyond the last window; no loss, since they hold nothing.

    >>> unread_padding(Window(7, stride=2, padding=(3, 3), rounding="floor"), 224)
    1
    """
    last = window.reads(window.outputs(size) - 1)[-1]
    return min(window.padding[1], max(0, size + window.padding[1] - 1 - last))


def misfit(windows: Sequence[Window], sizes: Sequence[int], word: str = "kernel") -> str:
    """The sentence for a kernel larger than its padded input. What it proposes fits and, rounding "exact", tiles.

    >>> misfit([Window(6, stride=3)], [3])
    'a kernel of 6 does not fit its input of 3 (padding 0). Use padding of 3 or a kernel of 3.'
    """
    pairs = list(zip(windows, sizes, strict=True))
    need = max(ceil((w.span - w.overhang - size) / 2) for w, size in pairs)
    paddings = range(need, need + lcm(*(w.stride for w in windows)))
    padding = next((p for p in paddings if all(replace(w, padding=(p, p)).takes(size) for w, size in pairs)), None)
    kernels = []
    for w, size in pairs:
        most = min(w.kernel, (size + sum(w.padding) + w.overhang - 1) // w.dilation + 1)
        tried = range(most, max(0, most - w.stride), -1)
        kernels.append(next((kernel for kernel in tried if replace(w, kernel=kernel).takes(size)), 0))
    # A bound only where every larger padding and every smaller kernel will do as well.
    all_do = all(w.stride == 1 or w.rounding != "exact" for w in windows)
    ways = [] if padding is None else [f"padding of {'at least ' * all_do}{padding}"]
    if all(kernels):
        ways.append(f"a {word} of {'at most ' * all_do}{_each(kernels)}")
    if not ways:
        larger = [next(n for n in count(max(size, w.span - sum(w.padding))) if w.takes(n)) for w, size in pairs]
        ways.append(f"an input of {_times(larger)}")
    its = f"its {_times(sizes)} input" if len(sizes) > 1 else f"its input of {sizes[0]}"
    dilated = f" with {_dilation_text(windows)}" if any(w.dilation > 1 for w in windows) else ""
    return (
        f"{_named(windows, word)}{dilated} does not fit {its} "
        f"(padding {_padding_text([w.padding for w in windows])}). Use {' or '.join(ways)}."
    )


def untiled(windows: Sequence[Window], sizes: Sequence[int], word: str = "kernel") -> str:
    """The sentence for a window that does not tile its input: the formula, what flooring drops, the sizes that fit.

    >>> untiled([Window(2, stride=2), Window(2, stride=2)], [5, 4], "window")
    'a 2x2 window with stride 2 does not tile the height 5: (5 - 2)/2 + 1 = 2.5. Use rounding="floor" (the last row \
is dropped), or an input of 4x4 or 6x4.'
    """
    pairs = list(zip(windows, sizes, strict=True))
    alike = len(set(pairs)) == 1
    off = [axis for axis, (w, size) in enumerate(pairs) if w.rest(size)]
    moves = [f"stride {_each([w.stride for w in windows])}"]
    if any(w.dilation > 1 for w in windows):
        moves.append(_dilation_text(windows))
    if any(map(any, (w.padding for w in windows))):
        moves.append(f"padding {_padding_text([w.padding for w in windows])}")
    if alike:
        what = str(sizes[0])
    elif len(off) == 1:
        what = f"the {('depth', 'height', 'width')[-len(sizes) :][off[0]]} {sizes[off[0]]}"
    else:
        what = _times(sizes)
    sums = " and ".join(dict.fromkeys(_sum(*pairs[axis]) for axis in off))
    below = [size - w.rest(size) for w, size in pairs]
    above = [size + -w.rest(size) % w.stride for w, size in pairs]
    inputs = [str(fit[0]) if alike else _times(fit) for fit in (below, above) if min(fit) > 0]
    return (
        f"{_named(windows, word)} with {_listed(moves)} does not tile {what}: {sums}. "
        f'Use rounding="floor" ({_dropped(pairs)}), or an input of {" or ".join(inputs)}.'
    )


def _sum(window: Window, size: int) -> str:
    before, after = window.padding
    pads = f" + 2*{before}" if before == after else f" + {before} + {after}"
    outputs = (size + before + after - window.span) / window.stride + 1
    digits = max(4, len(str(window.stride)))  # enough that a fraction never looks whole
    return (
        f"({size} - {window.span}{pads if before or after else ''})/{window.stride} + 1 = "
        f"{f'{outputs:.{digits}f}'.rstrip('0')}"
    )


def _dropped(pairs: Sequence[tuple[Window, int]]) -> str:
    ones = ("cell",) if len(pairs) == 1 else ("slice", "row", "column")[-len(pairs) :]
    lost, unread = {}, {}
    for one, (window, size) in zip(ones, pairs, strict=True):
        rest = window.rest(size)
        if rest > window.padding[1]:
            lost[one] = min(rest - window.padding[1], size)
        elif rest:
            unread[one] = rest
    parts = [f"{_last(lost)} {'is' if sum(lost.values()) == 1 else 'are'} dropped"] if lost else []
    if unread:
        parts.append(f"{_last(unread)} of padding {'stays' if sum(unread.values()) == 1 else 'stay'} unread")
    if not lost:
        parts.append(f"no {'pixel' if len(pairs) == 2 else 'cell'} is lost")
    return ", ".join(parts)


def _last(counts: dict[str, int]) -> str:
    said = [one if count == 1 else f"{count} {one}s" for one, count in counts.items()]
    if len(set(counts.values())) > 1:
        return _listed([f"the last {each}" for each in said])
    return f"the last {_listed([said[0], *(each.split()[-1] for each in said[1:])])}"


def _named(windows: Sequence[Window], word: str) -> str:
    if len(windows) == 1:
        return f"a {word} of {windows[0].kernel}"
    kernel = _times([window.kernel for window in windows])
    article = "an" if kernel[0] == "8" or kernel.split("x")[0] in ("11", "18") else "a"
    return f"{article} {kernel} {word}"


def _dilation_text(windows: Sequence[Window]) -> str:
    return f"dilation {_each([w.dilation for w in windows])} (a span of {_each([w.span for w in windows])})"


def _padding_text(paddings: Sequence[tuple[int, int]]) -> str:
    before, after = paddings[0]
    if len(set(paddings)) == 1:
        return str(before) if before == after else f"{before} before and {after} after"
    return str(tuple(before if before == after else (before, after) for before, after in paddings))


def _each(values: Sequence[int]) -> str:
    return str(values[0]) if len(set(values)) == 1 else _times(values)


def _times(values: Sequence[int]) -> str:
    return "x".join(map(str, values))


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
