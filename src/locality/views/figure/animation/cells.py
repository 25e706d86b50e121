"""The grids of a convolution figure drawn: cells with or without numbers, and what moves over them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isfinite

import numpy as np

from locality.views.figure.animation.arithmetic import Arithmetic, Seen
from locality.views.figure.animation.arrangement import Arrangement, Grid
from locality.views.figure.animation.numbers import short
from locality.views.figure.animation.strip import BEYOND, CELL, PADDING
from locality.views.figure.font import width_of
from locality.views.figure.shapes import Line, Rectangle, Shape, Text
from locality.views.figure.theme import Theme, ink_on, mixed

SMALLEST, LARGEST = 9.0, 13.0  # digits
_FAINT = 0.45  # how strong the colours of cells are over which the window does not lie


@dataclass(frozen=True)
class Digits:
    """How one grid's numbers are shown: their size (0 for none) and the value at the end of the colours; `pixels`
    are grey levels."""

    size: float
    most: float
    pixels: bool = False

    def fill(self, value: float, theme: Theme, faint: bool = False) -> str:
        """The colour of a value; a faint one is nearer to the ground."""
        if self.pixels:  # a picture stays as it is
            return "#" + f"{int(value):02x}" * 3
        full = theme.shade(value, self.most) if isfinite(value) else theme.soft
        return mixed(theme.background, full, _FAINT) if faint else full

    def text(self, value: float, grid: Grid, row: float, column: float, colour: str, name: str) -> Iterator[Text]:
        if self.size:
            x, y = grid.at(row + 0.5, column + 0.5)
            yield Text(x, y, short(value), colour, self.size, name=name)


def digits(values: Iterable[float], cell: float, pixels: bool = False) -> Digits:
    """Digits as large as all of these values allow in cells of a size; none where they could not be read."""
    values = list(values)
    widest = max((width_of(short(value), 1) for value in values), default=1.0)
    size = min(LARGEST, 0.42 * cell, (cell - 4) / widest)
    most = max((abs(value) for value in values if isfinite(value)), default=0.0)
    return Digits(round(size, 1) if size >= SMALLEST else 0.0, most, pixels)


def drawn_input(made: Arithmetic, grid: Grid, channel: int, shown: Digits, theme: Theme) -> Iterator[Shape]:
    """One channel of the input with its padding; cells that no output reads are greyed and struck through."""
    side, texts = grid.cell, list[Text]()
    for row in range(grid.rows):
        for column in range(grid.columns):
            seen, (x, y) = made.seen(channel, row, column), grid.at(row, column)
            if seen.kind == BEYOND:
                continue
            value, unread = made.value(seen), (row, column) not in made.read
            fill, ink = _input_fill(seen, value, shown, theme, unread)
            framed = seen.kind == CELL and value is None
            yield Rectangle(x, y, side, side, fill, theme.input if framed else theme.line)
            if unread:
                yield Line(((x + 2, y + side - 2), (x + side - 2, y + 2)), theme.line)
            if value is not None:
                texts += shown.text(value, grid, row, column, ink, seen.name)
    if PADDING in (*made.rows.kinds, *made.columns.kinds):
        yield _dashed(made, grid, theme)
    if made.numbers is not None:
        yield from _frames(made, grid, theme.input)
    yield from texts


def _input_fill(seen: Seen, value: float | None, shown: Digits, theme: Theme, unread: bool) -> tuple[str, str]:
    """The colours of an input cell and of its number, while the window does not lie over it."""
    if unread:
        return theme.soft, theme.muted
    if seen.kind != CELL:
        copied = seen.site is not None and value is None
        return mixed(theme.background, theme.input_soft, 0.35 if copied else 0.0), theme.muted
    fill = theme.input_soft if value is None else shown.fill(value, theme, faint=True)
    return fill, ink_on(fill)


def _dashed(made: Arithmetic, grid: Grid, theme: Theme) -> Rectangle:
    """The outline of input and padding together."""
    rows = sum(kind != BEYOND for kind in made.rows.kinds)
    columns = sum(kind != BEYOND for kind in made.columns.kinds)
    size = (columns * grid.cell, rows * grid.cell)
    return Rectangle(grid.x, grid.y, *size, None, theme.muted, 1.2, dash=(4, 3))


def _frames(made: Arithmetic, grid: Grid, colour: str) -> Iterator[Rectangle]:
    """A frame around the real cells, or around each where zeros lie between."""
    rows = [row for row, kind in enumerate(made.rows.kinds) if kind == CELL]
    columns = [column for column, kind in enumerate(made.columns.kinds) if kind == CELL]
    dense = rows[-1] - rows[0] < len(rows) and columns[-1] - columns[0] < len(columns)
    for row in rows[:1] if dense else rows:
        for column in columns[:1] if dense else columns:
            high, wide = (len(rows), len(columns)) if dense else (1, 1)
            yield Rectangle(*grid.at(row, column), wide * grid.cell, high * grid.cell, None, colour, 2)


def drawn_kernel(
    made: Arithmetic, grid: Grid, output: int, channel: int, shown: Digits, theme: Theme
) -> Iterator[Shape]:
    """The weights in the order in which they lie over the input; a tap that does not exist is left empty."""
    for row, down in enumerate(made.rows.kernel):
        for column, across in enumerate(made.columns.kernel):
            x, y = grid.at(row, column)
            if (down, across) not in made.taps:
                yield Rectangle(x, y, grid.cell, grid.cell, None, theme.line, dash=(2, 2))
                continue
            value = made.weight(output, channel, (down, across))
            fill = shown.fill(value, theme)
            yield Rectangle(x, y, grid.cell, grid.cell, fill, theme.line)
            yield from shown.text(value, grid, row, column, ink_on(fill), made.named("kernel", channel, down, across))
    yield Rectangle(grid.x, grid.y, grid.width, grid.height, None, theme.window, 2)


def empty_output(made: Arithmetic, grid: Grid, theme: Theme) -> Iterator[Shape]:
    """An output before its cells are computed."""
    for row, column in made.places:
        yield Rectangle(*grid.at(row, column), grid.cell, grid.cell, theme.background, theme.line)
    yield Rectangle(grid.x, grid.y, grid.width, grid.height, None, theme.output, 2)


def filled(
    made: Arithmetic, grid: Grid, output: int, place: tuple[int, int], value: float | None, shown: Digits, theme: Theme
) -> Iterator[Shape]:
    """One output cell once it is computed."""
    name = made.named("output", output, *place)
    if value is None:
        yield Rectangle(*grid.at(*place), grid.cell, grid.cell, theme.output_soft, theme.output, name=name)
        return
    fill = shown.fill(value, theme, faint=True)
    yield Rectangle(*grid.at(*place), grid.cell, grid.cell, fill, theme.line)
    yield from shown.text(value, grid, *place, ink_on(fill), name)


def window(
    made: Arithmetic, placed: Arrangement, output: int, into: Grid, place: tuple[int, int], shown: Digits, theme: Theme
) -> Iterator[Shape]:
    """Where the kernel lies at one step: its taps lit up, its outline, and lines from its corners to the output."""
    taps, outlines = made.window(*place), []
    for channel in made.reading[output]:
        number = made.channels.index(channel)
        grid = placed.inputs[number]
        for row, column in taps:
            seen, (x, y) = made.seen(channel, row, column), grid.at(row, column)
            value, name = made.value(seen), f"tap {seen.name}"
            if value is None:
                fill = mixed(theme.window_soft, theme.window, 0.45) if seen.kind == CELL else theme.window_soft
                yield Rectangle(x, y, grid.cell, grid.cell, fill, theme.window, name=name)
            else:
                fill = shown.fill(value, theme)
                yield Rectangle(x, y, grid.cell, grid.cell, fill, theme.window, name=name)
                yield from shown.text(value, grid, row, column, ink_on(fill), "")
        rows, columns = [row for row, _ in made.rows.reads[place[0]]], [at for at, _ in made.columns.reads[place[1]]]
        if rows and columns:
            left, top = grid.at(min(rows), min(columns))
            right, bottom = grid.at(max(rows) + 1, max(columns) + 1)
            yield from _outlined(left, top, right, bottom, theme)
            outlines.append((number, left, top, right, bottom))
    x0, y0 = into.at(*place)
    x1, y1 = into.at(place[0] + 1, place[1] + 1)
    faint = mixed(theme.background, theme.window, 0.55)
    if placed.flat:
        first = placed.inputs[made.channels.index(made.reading[output][0])]
        for column in sorted({column for _, column in taps}):
            yield Line(((first.at(0, column + 0.5)[0], first.y), ((x0 + x1) / 2, y1)), faint, 1.2)
    else:
        for number, _, top, right, bottom in outlines:
            if placed.kernels:
                kernel = placed.kernels[number]
                yield Line(((right, top), (kernel.x, kernel.y)), faint, 1.2)
                yield Line(((right, bottom), (kernel.x, kernel.y + kernel.height)), faint, 1.2)
                right, top, bottom = kernel.x + kernel.width, kernel.y, kernel.y + kernel.height
            end = x0 if made.numbers is None else into.x  # no line runs through a number
            yield Line(((right, top), (end, y0)), faint, 1.2)
            yield Line(((right, bottom), (end, y1)), faint, 1.2)
    if made.numbers is None:
        yield Rectangle(x0, y0, x1 - x0, y1 - y0, theme.output)
    yield from _outlined(x0, y0, x1, y1, theme)


def _outlined(left: float, top: float, right: float, bottom: float, theme: Theme) -> Iterator[Rectangle]:
    """A frame that stands out from any colour: it has a rim of the ground's."""
    for colour, line in ((theme.background, 4.5), (theme.window, 2.5)):
        yield Rectangle(left, top, right - left, bottom - top, None, colour, line)


def values_of(made: Arithmetic) -> list[float]:
    """Every number that the drawn input shows."""
    if made.numbers is None:
        return []
    image = made.numbers.image
    return [float(value) for channel in made.channels for value in np.asarray(image[channel]).flat]
