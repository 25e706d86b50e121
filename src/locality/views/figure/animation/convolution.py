"""`convolution`: the window moves over its input, step by step, and the output fills."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from locality.errors import DescriptionError, ShapeError
from locality.geometry.arguments import is_inside, shape_text
from locality.geometry.window import Window
from locality.network.cell import Cell
from locality.network.layer import Layer
from locality.network.layers import Conv, ConvTranspose
from locality.network.network import Network
from locality.views.figure.animation.arithmetic import Arithmetic, arithmetic
from locality.views.figure.animation.arrangement import MARGIN, WIDEST, Arrangement, Stack, in_rows, side_by_side
from locality.views.figure.animation.caption import direct, formulas, notes, words
from locality.views.figure.animation.cells import (
    Digits,
    digits,
    drawn_input,
    drawn_kernel,
    empty_output,
    filled,
    values_of,
    window,
)
from locality.views.figure.animation.numbers import numbers_of, short
from locality.views.figure.animation.spelled import spelled
from locality.views.figure.animation.strip import BEYOND, strip
from locality.views.figure.animation.windowed import windowed
from locality.views.figure.figure import Figure
from locality.views.figure.font import shortened, width_of
from locality.views.figure.shapes import Moving, Rectangle, Shape, Text
from locality.views.figure.theme import Theme, themed

MOST_STEPS, MOST_CELLS, MOST_MARKS = 400, 5000, 50_000
_PLAIN, _NUMBERED, _LARGEST = 26.0, 34.0, 52.0  # cells without numbers, with them, with long ones
LETTERS, LEADING, SUM_LEADING = 12.0, 20.0, 24.0  # the lines under the picture
_SUM = 640.0  # the room that a sum may ask for


def convolution(
    input: Any,
    layer: Layer | str | None = None,
    *,
    image: Any = None,
    weights: Any = None,
    bias: Any = None,
    seed: int | None = None,
    channel: int | None = None,
    caption: bool = False,
    rounding: str | None = None,
    theme: str | Theme = "light",
    colours: Mapping[str, str] | None = None,
    seconds: float = 1.0,
) -> Figure:
    """The arithmetic of one convolution, transposed convolution or pooling, animated: a step for each output cell.

    `input` is the name of a published animation (`NAMES`), a line of notation with one such layer, a shape on which
    `layer` stands, or a network, model, run or record, of which `layer` names the node. Numbers are shown where any of
    `image`, `weights`, `bias` and `seed` is given (the rest is drawn by the seed), and those of a model or a record.
    `channel` shows one output channel alone, `rounding` replaces the layer's, `caption` adds the formula.

    Raises `ShapeError` for sizes that do not fit or take too many steps, `DescriptionError` and `UnknownNameError`
    for what cannot be read.

    >>> convolution("padding_strides")
    <Figure of padding strides: 348x236, 9 steps>
    """
    if not isinstance(seconds, int | float) or not 0.01 <= seconds <= 60:
        raise DescriptionError(f"seconds: {seconds!r} is no time that a step can last. Give one from 0.01 to 60.")
    net, node = windowed(input, layer, rounding)
    painted = themed(theme, colours)
    if channel is not None and not is_inside((channel,), net.output[:1]):
        raise ShapeError(f"{node.name}: there is no output channel {channel} among {net.output[0]}. Count from 0.")
    _check_size(net, channel)
    outputs = tuple(range(net.output[0])) if channel is None else (channel,)
    made = arithmetic(net, outputs, numbers_of(input, net, node, image, weights, bias, seed))
    return _figure(made, painted, caption, seconds)


def _check_size(net: Network, channel: int | None) -> None:
    """Refuse what nobody would watch to its end, before any of it is drawn."""
    (node,), channels = net.nodes, net.output[0] if channel is None else 1
    layer, maps = node.layer, node.layer.maps([net.input]) or ()
    one = f", or channel=0 for one of {channels} output channels" if channels > 1 else ""
    todo = (
        f"Use a smaller input that shows the same, such as {shape_text((1, *[8] * (len(net.input) - 1)))}{one}, "
        f"or the Arithmetic room of `locality page`."
    )
    steps = channels * prod(net.output[1:])
    if steps > MOST_STEPS:
        output = shape_text(net.output)
        raise ShapeError(
            f"{node.name}: its output {output} would take {steps:,} frames, more than {MOST_STEPS}. {todo}"
        )
    wide = net.input[0] // layer.groups if isinstance(layer, Conv | ConvTranspose) else 1
    cells = wide * prod(len(strip(axis, size).kinds) for axis, size in zip(maps, net.input[1:], strict=True))
    if cells > MOST_CELLS:
        input = shape_text(net.input)
        raise ShapeError(f"{node.name}: its input {input} takes {cells:,} cells, more than can be drawn. {todo}")
    taps = wide * prod(len(axis.reads(0)) if isinstance(axis, Window) else 1 for axis in maps)
    if steps * taps > MOST_MARKS:
        raise ShapeError(f"{node.name}: {steps:,} windows of {taps:,} cells are more than can be drawn. {todo}")


@dataclass(frozen=True)
class _Ways:
    """How the numbers of the three kinds of grid are written."""

    input: Digits
    kernel: Digits
    output: Digits


def _figure(made: Arithmetic, theme: Theme, caption: bool, seconds: float) -> Figure:
    cells = _computed(made)
    placed, ways = _arranged(made, cells)
    shapes, moving = [*_grids(made, placed, ways, theme)], [*_moving(made, placed, ways, cells, theme)]
    steps, y = len(made.places) * len(made.reading), placed.height + 4
    texts = [
        Moving(Text(MARGIN, y, text, theme.ink, LETTERS, "start", "sum"), step, step)
        for step, text in enumerate(spelled(cell, _fits) for cell in cells.values())
    ]
    y += SUM_LEADING if texts else 0.0
    for number, line in enumerate(_lines(made, caption)):
        text = shortened(line, LETTERS, WIDEST - 2 * MARGIN)
        shapes.append(Text(MARGIN, y, text, theme.muted if number else theme.ink, LETTERS, "start", "caption"))
        y += LEADING
    written = [shape for shape in (*shapes, *(one.shape for one in texts)) if isinstance(shape, Text)]
    width = max([placed.width, *(text.box[2] + MARGIN for text in written)])
    title = made.net.name.replace("_", " ")
    every = (*moving, *texts)
    return Figure(width, y - 4, tuple(shapes), title, words(made.net), theme.background, every, steps, seconds)


def _computed(made: Arithmetic) -> dict[tuple[int, ...], Cell]:
    """Every output cell in the order of the steps, by channel and place; none where no numbers are shown."""
    if made.numbers is None:
        return {}
    axes = len(made.net.input) - 1
    return {
        (output, *place): made.numbers.cell((output, *place[-axes:]))
        for output in made.reading
        for place in made.places
    }


def _arranged(made: Arithmetic, cells: Mapping[tuple[int, ...], Cell]) -> tuple[Arrangement, _Ways]:
    """Where the grids lie, with cells as large as their numbers need, and how these are written."""
    inputs, outputs = [*values_of(made), 0.0], [float(cell.value.real) for cell in cells.values()]
    shown = made.numbers is not None and made.kernelled
    weights = [made.weight(*one) for one in made.weighed] if shown else []
    longest = max(width_of(short(value), 11) + 6 for value in (*inputs, *weights, *outputs))
    side = min(_LARGEST, max(_NUMBERED, longest)) if made.numbers else _PLAIN
    net, flat = made.net, len(made.net.input) == 2
    rows, columns = made.rows, made.columns
    kernel = (len(rows.kernel), len(columns.kernel))
    kernels = _headings("kernel", made.channels, (net.input[0], *kernel), flat, net.output[0]) if shown else ()
    stacks = (
        Stack(len(rows.kinds), len(columns.kinds), _headings("input", made.channels, net.input, flat)),
        Stack(*kernel, kernels),
        Stack(len(rows.reads), len(columns.reads), _headings("output", tuple(made.reading), net.output, flat)),
    )
    if flat:
        over = columns.before if len(columns.reads) == net.input[1] else None
        placed = in_rows(*stacks, side, over)
    else:
        placed = side_by_side(*stacks, side)
    side = placed.inputs[0].cell
    pixels = made.numbers is not None and made.numbers.image.dtype == "uint8"
    return placed, _Ways(digits(inputs, side, pixels), digits(weights, side), digits(outputs, side))


def _headings(
    kind: str, channels: tuple[int, ...], shape: tuple[int, ...], flat: bool, outputs: int = 1
) -> tuple[str, ...]:
    if shape[0] > 1 or (kind == "kernel" and outputs > 1):
        more = f" → {outputs - 1}" if kind == "kernel" and outputs > 1 else ""
        return tuple(f"{kind} {channel}{more}" for channel in channels)
    return (kind if flat else f"{kind} {shape_text(shape[1:])}",)


def _grids(made: Arithmetic, placed: Arrangement, ways: _Ways, theme: Theme) -> Iterator[Shape]:
    """What stands still: the inputs, and the outputs before they are computed."""
    for channel, grid in zip(made.channels, placed.inputs, strict=True):
        yield grid.title(theme.input, placed.flat)
        yield from drawn_input(made, grid, channel, ways.input, theme)
    for grid in placed.outputs:
        yield from empty_output(made, grid, theme)


def _moving(
    made: Arithmetic, placed: Arrangement, ways: _Ways, cells: Mapping[tuple[int, ...], Cell], theme: Theme
) -> Iterator[Moving]:
    """What comes and goes: the kernel of each output channel, the cells as they are computed, and the window over
    all."""
    each, last = len(made.places), len(made.places) * len(made.reading) - 1
    for number, (output, grid) in enumerate(zip(made.reading, placed.outputs, strict=True)):
        first = number * each
        if placed.kernels:
            for channel in made.reading[output]:
                beside = placed.kernels[made.channels.index(channel)]
                named = replace(beside, heading=f"kernel {channel} → {output}") if made.net.output[0] > 1 else beside
                yield Moving(named.title(theme.window, placed.flat), first, first + each - 1)
                if made.turned and not placed.flat and channel == made.reading[output][-1]:
                    yield Moving(beside.below("turned by half a turn", theme.muted), first, first + each - 1)
                for shape in drawn_kernel(made, beside, output, channel, ways.kernel, theme):
                    yield Moving(shape, first, first + each - 1)
        for step, place in enumerate(made.places, first):
            cell = cells.get((output, *place))
            value = None if cell is None else float(cell.value.real)
            for shape in filled(made, grid, output, place, value, ways.output, theme):
                yield Moving(shape, step, last)
    for number, (output, grid) in enumerate(zip(made.reading, placed.outputs, strict=True)):
        for step, place in enumerate(made.places, number * each):
            for shape in window(made, placed, output, grid, place, ways.input, theme):
                yield Moving(shape, step, step)
    for grid in placed.outputs:  # above the lines that lead past it
        title = grid.title(theme.output, placed.flat)
        left, top, right, bottom = title.box
        yield Moving(Rectangle(left, top + 2, right - left, bottom - top - 4, theme.background), 0, last)
        yield Moving(title, 0, last)


def _lines(made: Arithmetic, caption: bool) -> list[str]:
    """What stands below: the formula where it is asked for, and always what a reader must know."""
    asked = [words(made.net), *formulas(made.net)] if caption else []
    if made.turned:
        asked.append(
            direct(made.net) if caption else "transposed, drawn as a direct convolution over the stretched input"
        )
    last = [
        max(max(place for place, _ in reads) for reads in axis.reads if reads) for axis in (made.rows, made.columns)
    ]
    reached = {
        (row, column)
        for row in range(last[0] + 1)
        for column in range(last[1] + 1)
        if max(made.rows.kinds[row], made.columns.kinds[column]) != BEYOND
    }
    return asked + notes(made.net, not reached <= made.read)


def _fits(text: str) -> bool:
    return width_of(text, LETTERS) < _SUM
