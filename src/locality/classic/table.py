"""The table of a pipeline: what each step puts out, how long it is, what of it is learned."""

import json
from dataclasses import asdict, dataclass
from math import prod

from locality.errors import unknown
from locality.geometry.arguments import shape_text


@dataclass(frozen=True)
class Row:
    """One step. `output` is the shape (channels, *space) of what one picture becomes, `parameters` how many numbers
    are learned for the step, `how` where the length comes from, in words; `uncovered` counts the pixels it leaves
    unread."""

    name: str
    output: tuple[int, ...]
    parameters: int
    how: str
    uncovered: int = 0

    @property
    def length(self) -> int:
        """How many numbers the step makes of one picture."""
        return prod(self.output)


@dataclass(frozen=True, repr=False)
class Table:
    """The rows of a pipeline. The last is the SVM, the one before it the vector that the SVM reads."""

    name: str
    input: tuple[int, ...]
    rows: tuple[Row, ...]

    @property
    def length(self) -> int:
        """The length of the vector that stands for one picture."""
        return self.rows[-2].length

    @property
    def parameters(self) -> int:
        """How many numbers are learned."""
        return sum(row.parameters for row in self.rows)

    def __getitem__(self, name: str) -> Row:
        """The row of a step. Raises `UnknownNameError` when there is none."""
        for row in self.rows:
            if row.name == name:
                return row
        raise unknown("step", name, [row.name for row in self.rows])

    def __repr__(self) -> str:
        return self.to_text()  # what a notebook shows

    def to_text(self) -> str:
        """The table as text."""
        head = ["name", "output", "length", "parameters", "how"]
        body = [
            [
                row.name,
                shape_text(row.output),
                f"{row.length:,}",
                f"{row.parameters:,}" if row.parameters else ".",
                row.how,
            ]
            for row in self.rows
        ]
        widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
        lines = [f"{self.name}: {shape_text(self.input)} -> {shape_text(self.rows[-1].output)}", ""]
        for cells in [head, ["-" * width for width in widths], *body]:
            aligned = [
                cell.rjust(width) if column in (2, 3) else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
            ]
            lines.append("  ".join(aligned).rstrip())
        lines += [
            "",
            f"{self.parameters:,} parameters, {self.rows[-1].parameters:,} of them learned from labels (svm).",
        ]
        area = prod(self.input[1:])
        lines += [
            f"{row.name}: {row.uncovered:,} of {area:,} pixels are in none." for row in self.rows if row.uncovered
        ]
        return "\n".join(lines)

    def to_json(self) -> str:
        """The table as JSON: `name`, `input`, `length`, `parameters`, `rows` with every column."""
        plain = {
            "name": self.name,
            "input": list(self.input),
            "length": self.length,
            "parameters": self.parameters,
            "rows": [{**asdict(row), "length": row.length} for row in self.rows],
        }
        return json.dumps(plain, indent=1)
