"""The sum of one output cell in a line."""

from collections.abc import Callable

import numpy as np

from locality.network.cell import Cell
from locality.views.figure.animation.numbers import is_exact, short


def spelled(cell: Cell, fits: Callable[[str], bool]) -> str:
    """How a cell's value came about, with as many terms as `fits` has room for; ≈ where numbers are shortened.

    >>> made = Cell("a", "conv", (0,), ("input",), *map(np.array, ([1, 0], [2, -1], [2, 0])), 0, 2, 2, np.array([]), "")
    >>> spelled(made, lambda text: True), spelled(made, lambda text: len(text) < 12)
    ('1·2 + 0·(−1) = 2', '1·2 + … = 2')
    """
    numbers = [float(value) for value in cell.patch.flat]
    start, between, end = "", " + ", ""
    if cell.kind.endswith("max"):
        numbers = [value for value in numbers if value != -np.inf]
        terms, start, between, end = [short(value) for value in numbers], "max(", ", ", ")"
    elif cell.kind.endswith("average"):
        terms, start, end = [_within(value) for value in numbers], "(", f")/{len(numbers)}"
    elif cell.kind == "majority":
        terms, start, end = [_within(value) for value in numbers], "sign(", ")"
    else:
        assert cell.weights is not None
        weights = [float(weight) for weight in cell.weights.flat]
        terms = [f"{_within(value)}·{_within(weight)}" for value, weight in zip(numbers, weights, strict=True)]
        numbers += weights
    value, bias = float(cell.value.real), float(cell.bias.real)
    if bias or not terms:
        end += f" + {_within(bias)}" if terms else short(bias)
    equal = "=" if all(map(is_exact, [*numbers, bias, value])) else "≈"
    if cell.kind == "majority" and not sum(numbers):
        end += " (a tie: the first site decides)"
    for kept in range(len(terms), 0, -1):
        cut = [] if kept == len(terms) else ["…"]
        text = f"{start}{between.join([*terms[:kept], *cut])}{end} {equal} {short(value)}"
        if fits(text):
            return text
    return f"{start}…{end} {equal} {short(value)}" if terms else f"nothing falls here: {short(value)}"


def _within(value: float) -> str:
    """A number as a term: a negative one stands in brackets."""
    text = short(value)
    return f"({text})" if text.startswith("−") else text
