"""Where the grids of a convolution figure lie: input, kernel and output, side by side or, in one dimension, in rows."""

from dataclasses import dataclass

from locality.views.figure.font import width_of
from locality.views.figure.shapes import Point, Text

WIDEST, HIGHEST = 960.0, 1100.0
MARGIN, HEAD, GAP = 16.0, 22.0, 56.0
HEADING = 12.0  # the size of a heading's letters


@dataclass(frozen=True)
class Grid:
    """Square cells in rows and columns, from the upper left corner; `heading` stands over it, or before a row."""

    x: float
    y: float
    cell: float
    rows: int
    columns: int
    heading: str = ""

    @property
    def width(self) -> float:
        return self.columns * self.cell

    @property
    def height(self) -> float:
        return self.rows * self.cell

    def at(self, row: float, column: float) -> Point:
        """The upper left corner of a cell."""
        return self.x + column * self.cell, self.y + row * self.cell

    def title(self, colour: str, beside: bool) -> Text:
        if beside:
            return Text(self.x - 10, self.y + self.height / 2, self.heading, colour, HEADING, "end")
        if width_of(self.heading, HEADING) > self.width:
            return Text(self.x, self.y - HEAD / 2, self.heading, colour, HEADING, "start")
        return Text(self.x + self.width / 2, self.y - HEAD / 2, self.heading, colour, HEADING)

    def below(self, text: str, colour: str) -> Text:
        """A line under the grid."""
        return Text(self.x + self.width / 2, self.y + self.height + 13, text, colour, 10)


@dataclass(frozen=True)
class Arrangement:
    """The grids of each kind, top down, and how much room they take. `flat` is the arrangement in rows."""

    inputs: tuple[Grid, ...]
    kernels: tuple[Grid, ...]
    outputs: tuple[Grid, ...]
    width: float
    height: float
    flat: bool


@dataclass(frozen=True)
class Stack:
    """Grids of one kind, one above the other: rows and columns of each, and their headings."""

    rows: int
    columns: int
    headings: tuple[str, ...]

    @property
    def heading(self) -> float:
        """How wide the widest heading is."""
        return max((width_of(text, HEADING) for text in self.headings), default=0.0)

    def tall(self, cell: float, between: float) -> float:
        return len(self.headings) * (self.rows * cell + between)

    def grids(self, x: float, top: float, cell: float, between: float) -> tuple[Grid, ...]:
        """The grids from a place on, so much room before each."""
        step = self.rows * cell + between
        return tuple(
            Grid(x, top + between + i * step, cell, self.rows, self.columns, heading)
            for i, heading in enumerate(self.headings)
        )


def side_by_side(inputs: Stack, kernels: Stack, outputs: Stack, wanted: float) -> Arrangement:
    """Input left, each channel's kernel beside it, output right; cells of the wanted size, or as large as the room
    allows."""
    stacks = [stack for stack in (inputs, kernels, outputs) if stack.headings]
    room = WIDEST - 2 * MARGIN - (len(stacks) - 1) * GAP
    tallest = [(HIGHEST - stack.tall(0, HEAD)) / stack.tall(1, 0) for stack in stacks]
    cell = max(1.0, min(wanted, room / sum(stack.columns for stack in stacks), *tallest))
    height = max(stack.tall(cell, HEAD) for stack in stacks)
    places, left = [], MARGIN
    for stack in stacks:
        wide = max(stack.columns * cell, stack.heading)
        places.append((left, MARGIN + (height - stack.tall(cell, HEAD)) / 2))
        left += wide + GAP
    grids = inputs.grids(*places[0], cell, HEAD)
    beside = tuple(
        Grid(places[1][0], grid.y + (grid.height - kernels.rows * cell) / 2, cell, kernels.rows, kernels.columns, text)
        for grid, text in zip(grids, kernels.headings, strict=False)
    )
    made = outputs.grids(*places[-1], cell, HEAD)
    return Arrangement(grids, beside, made, left - GAP + MARGIN, 2 * MARGIN + height, False)


def in_rows(inputs: Stack, kernels: Stack, outputs: Stack, wanted: float, over: float | None) -> Arrangement:
    """One dimension: the output's rows above, the input's below, each channel's kernel at its right. The first output
    lies over column `over` of the input; None puts the middles over each other."""
    between, lead = 12.0, max(inputs.heading, outputs.heading) + 10
    aside = kernels.heading + GAP / 2 + 10 if kernels.headings else 0.0
    over = (inputs.columns - outputs.columns) / 2 if over is None else over
    wide = max(inputs.columns, over + outputs.columns) - min(0.0, over)
    cell = max(1.0, min(wanted, (WIDEST - 2 * MARGIN - lead - aside) / (wide + kernels.columns)))
    left, gap = MARGIN + lead - min(0.0, over) * cell, 2.2 * cell + 20
    made = outputs.grids(left + over * cell, MARGIN - between, cell, between)
    top = MARGIN - between + outputs.tall(cell, between) + gap
    grids = inputs.grids(left, top - between, cell, between)
    right = MARGIN + lead + wide * cell
    beside = tuple(
        Grid(right + aside, grid.y, cell, 1, kernels.columns, text)
        for grid, text in zip(grids, kernels.headings, strict=False)
    )
    width = right + (aside + kernels.columns * cell if kernels.headings else 0.0) + MARGIN
    return Arrangement(grids, beside, made, width, grids[-1].y + cell + MARGIN, True)
