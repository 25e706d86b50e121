"""One axis of a window as it is drawn: real cells, what is put around and between them, and what each output reads."""

from dataclasses import dataclass

from locality.geometry.window import Adaptive, AxisMap, Transposed, Window, source

CELL, ZERO, PADDING, BEYOND = range(4)  # the greater one decides where two axes cross


@dataclass(frozen=True)
class Strip:
    """Cells in a row. `kinds` says what each is: a real one, padding, a zero that a transposed convolution puts
    in between, or a place beyond the padding, which only rounding up reaches and which does not exist. `sites` gives
    the real cell whose value stands there, None for a zero. `reads` gives for each output its (place, tap) pairs;
    places count from 0, the first real cell lies at `before`. `kernel` lists the taps in the order in which they lie.
    """

    before: int
    kinds: tuple[int, ...]
    sites: tuple[int | None, ...]
    reads: tuple[tuple[tuple[int, int], ...], ...]
    kernel: tuple[int, ...]


ALONE = Strip(0, (CELL,), (0,), (((0, 0),),), (0,))  # stands for the axis that one dimension lacks


def strip(axis: AxisMap, size: int, padding_mode: str = "zeros") -> Strip:
    """The cells of an axis of `size` cells.

    A transposed convolution is drawn as the direct one that it is (arXiv:1603.07285, section 4): stride - 1 zeros
    between cells, padding d(k - 1) - p around, output_padding more at the end, the kernel turned by half a turn.

    >>> strip(Transposed(3, stride=2, padding=(1, 1), output_padding=1), 2).sites
    (None, 0, None, 1, None, None)
    >>> strip(Window(2, padding=(1, 0)), 3).reads
    (((0, 0), (1, 1)), ((1, 0), (2, 1)), ((2, 0), (3, 1)))
    """
    outputs = range(axis.outputs(size))
    if isinstance(axis, Transposed):
        taps = tuple(range(axis.kernel - 1, -1, -1))
        reach, length = axis.dilation * (axis.kernel - 1), axis.stride * (size - 1) + 1
        met = [[(u + axis.padding[0] - axis.dilation * tap, tap) for tap in taps] for u in outputs]
        low, high = min(0, -reach + axis.padding[0]), max(length, len(outputs) + axis.padding[0])
        kinds = [
            PADDING if not 0 <= place < length else ZERO if place % axis.stride else CELL for place in range(low, high)
        ]
        sites = [
            place // axis.stride if kind == CELL else None for place, kind in zip(range(low, high), kinds, strict=True)
        ]
    else:
        windowed = isinstance(axis, Window)
        met = [[(place, tap) for tap, place in enumerate(axis.reads(u))] for u in outputs]
        before, after = axis.padding if isinstance(axis, Window) else (0, 0)
        low, high = -before, max(size + after, met[-1][-1][0] + 1)
        kinds = [
            BEYOND if place >= size + after else CELL if 0 <= place < size else PADDING for place in range(low, high)
        ]
        sites = [source(place, size, padding_mode) for place in range(low, high)]
        taps = tuple(range(axis.kernel)) if isinstance(axis, Window) else ()
        assert windowed or isinstance(axis, Adaptive)
    reads = tuple(tuple((place - low, tap) for place, tap in pairs) for pairs in met)
    return Strip(-low, tuple(kinds), tuple(sites), reads, taps)
