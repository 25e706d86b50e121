"""The sentences for windows that do not fit or do not tile: what is wrong, with the numbers, and what would do."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from math import ceil, lcm
from typing import TYPE_CHECKING

from locality.geometry.arguments import shape_text

if TYPE_CHECKING:
    from locality.geometry.window import Window


def misfit(windows: Sequence["Window"], sizes: Sequence[int], word: str = "kernel", pads: bool = True) -> str:
    """The sentence for a kernel larger than its padded input. What it proposes fits and, rounding "exact", tiles;
    padding is proposed only where the layer takes it (`pads`).

    >>> from locality.geometry.window import Window
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
    ways = [] if padding is None or not pads else [f"padding of {'at least ' * all_do}{padding}"]
    if all(kernels):
        ways.append(f"a {word} of {'at most ' * all_do}{_each(kernels)}")
    if not ways:
        larger = [next(n for n in count(max(size, w.span - sum(w.padding))) if w.takes(n)) for w, size in pairs]
        ways.append(f"an input of {shape_text(larger)}")
    its = f"its {shape_text(sizes)} input" if len(sizes) > 1 else f"its input of {sizes[0]}"
    dilated = f" with {_dilation_text(windows)}" if any(w.dilation > 1 for w in windows) else ""
    return (
        f"{_named(windows, word)}{dilated} does not fit {its} "
        f"(padding {padding_text([w.padding for w in windows])}). Use {' or '.join(ways)}."
    )


def untiled(windows: Sequence["Window"], sizes: Sequence[int], word: str = "kernel") -> str:
    """The sentence for a window that does not tile its input: the formula, what flooring drops, the sizes that fit.

    >>> from locality.geometry.window import Window
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
        moves.append(f"padding {padding_text([w.padding for w in windows])}")
    if alike:
        what = str(sizes[0])
    elif len(off) == 1:
        what = f"the {('depth', 'height', 'width')[-len(sizes) :][off[0]]} {sizes[off[0]]}"
    else:
        what = shape_text(sizes)
    sums = " and ".join(dict.fromkeys(_sum(*pairs[axis]) for axis in off))
    below = [size - w.rest(size) for w, size in pairs]
    above = [size + -w.rest(size) % w.stride for w, size in pairs]
    inputs = [str(fit[0]) if alike else shape_text(fit) for fit in (below, above) if min(fit) > 0]
    return (
        f"{_named(windows, word)} with {_listed(moves)} does not tile {what}: {sums}. "
        f'Use rounding="floor" ({_dropped(pairs)}), or an input of {" or ".join(inputs)}.'
    )


def _sum(window: "Window", size: int) -> str:
    before, after = window.padding
    pads = f" + 2*{before}" if before == after else f" + {before} + {after}"
    outputs = (size + before + after - window.span) / window.stride + 1
    digits = max(4, len(str(window.stride)))  # enough that a fraction never looks whole
    return (
        f"({size} - {window.span}{pads if before or after else ''})/{window.stride} + 1 = "
        f"{f'{outputs:.{digits}f}'.rstrip('0')}"
    )


def _dropped(pairs: Sequence[tuple["Window", int]]) -> str:
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


def _named(windows: Sequence["Window"], word: str) -> str:
    if len(windows) == 1:
        return f"a {word} of {windows[0].kernel}"
    kernel = shape_text([window.kernel for window in windows])
    article = "an" if kernel[0] == "8" or kernel.split("x")[0] in ("11", "18") else "a"
    return f"{article} {kernel} {word}"


def _dilation_text(windows: Sequence["Window"]) -> str:
    return f"dilation {_each([w.dilation for w in windows])} (a span of {_each([w.span for w in windows])})"


def padding_text(paddings: Sequence[tuple[int, int]]) -> str:
    before, after = paddings[0]
    if len(set(paddings)) == 1:
        return str(before) if before == after else f"{before} before and {after} after"
    return str(tuple(before if before == after else (before, after) for before, after in paddings))


def _each(values: Sequence[int]) -> str:
    return str(values[0]) if len(set(values)) == 1 else shape_text(values)


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
