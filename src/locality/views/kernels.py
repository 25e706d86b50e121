"""Image kernels: named ones, those that a formula gives, and rows of numbers that a person typed.

A kernel is a float64 array (rows, columns). A chain is kernels one after the other, written with commas between them:
"gaussian 2, magnitude left-sobel stride 2". The page's twin is web/kernels.js.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, cos, floor, isfinite, pi, radians, sin

import numpy as np
import numpy.typing as npt

from locality.errors import DescriptionError, unknown
from locality.geometry.arguments import whole

Kernel = npt.NDArray[np.float64]

MOST_TYPED = 11  # rows and columns that a person may type
MOST = 31  # rows and columns of those that a formula gives

_ROWS = {
    "identity": "0 0 0 / 0 1 0 / 0 0 0",
    "outline": "-1 -1 -1 / -1 8 -1 / -1 -1 -1",
    "blur": "(1 2 1 / 2 4 2 / 1 2 1)/16",
    "sharpen": "0 -1 0 / -1 5 -1 / 0 -1 0",
    "emboss": "-2 -1 0 / -1 1 1 / 0 1 2",
    "left-sobel": "1 0 -1 / 2 0 -2 / 1 0 -1",
    "right-sobel": "-1 0 1 / -2 0 2 / -1 0 1",
    "top-sobel": "1 2 1 / 0 0 0 / -1 -2 -1",
    "bottom-sobel": "-1 -2 -1 / 0 0 0 / 1 2 1",
    "prewitt": "1 0 -1 / 1 0 -1 / 1 0 -1",
    "scharr": "3 0 -3 / 10 0 -10 / 3 0 -3",
    "laplacian": "0 1 0 / 1 -4 1 / 0 1 0",
}


@dataclass(frozen=True)
class Parameter:
    """One number that a kernel's formula takes: its name, its bounds, and what it is when left out."""

    name: str
    low: float
    high: float
    usual: float
    whole: bool = False


@dataclass(frozen=True)
class Formula:
    """A kernel that a formula gives, with what it takes and a sentence about it."""

    about: str
    parameters: tuple[Parameter, ...]
    make: Callable[..., Kernel]


def _box(size: float) -> Kernel:
    return np.full((int(size), int(size)), 1 / size**2)


def _bell(sigma: float) -> tuple[Kernel, Kernel]:
    """exp(-x^2 / 2 sigma^2) at whole x up to three sigma from the middle, and those x."""
    reach = ceil(3 * sigma)
    x = np.arange(-reach, reach + 1.0)
    return np.exp(-(x**2) / (2 * sigma**2)), x


def _gaussian(sigma: float) -> Kernel:
    bell, _ = _bell(sigma)
    return np.outer(bell / bell.sum(), bell / bell.sum())


def _log(sigma: float) -> Kernel:
    """The Laplacian of a Gaussian of sum 1, its small mean taken off so that flat areas become 0."""
    bell, x = _bell(sigma)
    curve = (np.add.outer(x * x, x * x) - 2 * sigma**2) / sigma**4
    values = np.outer(bell, bell) / bell.sum() ** 2 * curve
    return np.asarray(values - values.mean())


def _gabor(wavelength: float, angle: float) -> Kernel:
    """A wave under a round bell of 0.4 wavelengths; its own wave passes with strength 1, flat areas become 0."""
    bell, x = _bell(0.4 * wavelength)
    wave = np.cos(2 * pi * np.add.outer(-x * sin(radians(angle)), x * cos(radians(angle))) / wavelength)
    values = np.outer(bell, bell) * wave
    values -= values.mean()
    return np.asarray(values / (values * wave).sum())


def _motion(length: float, angle: float) -> Kernel:
    """A line of `length` points through the middle, each shared out over the four cells around it."""
    reach = ceil((length - 1) / 2)
    rows = [[0.0] * (2 * reach + 1) for _ in range(2 * reach + 1)]
    for i in range(int(length)):
        t = i - (length - 1) / 2
        # Rounded, so that a line along the grid stays on the grid.
        x = floor(t * cos(radians(angle)) * 1e9 + 0.5) / 1e9 + reach
        y = floor(-t * sin(radians(angle)) * 1e9 + 0.5) / 1e9 + reach
        left, top = floor(x), floor(y)
        for row, high in ((top, 1 - (y - top)), (top + 1, y - top)):
            for column, wide in ((left, 1 - (x - left)), (left + 1, x - left)):
                if high * wide > 0:
                    rows[row][column] += high * wide / length
    return np.array(rows)


_ANGLE = Parameter("angle", -180, 180, 0)
FORMULAS = {
    "box": Formula("the mean of N x N cells", (Parameter("size", 1, MOST, 3, whole=True),), _box),
    "gaussian": Formula(
        "a soft blur, cut at three sigma, its sum brought to 1", (Parameter("sigma", 0.3, 5, 1),), _gaussian
    ),
    "log": Formula(
        "Laplacian of a Gaussian: cut at three sigma, its sum brought to 0",
        (Parameter("sigma", 0.5, 3, 1),),
        _log,
    ),
    "gabor": Formula(
        "a wave under a bell; degrees count against the clock",
        (Parameter("wavelength", 2, 8, 4), _ANGLE),
        _gabor,
    ),
    "motion": Formula(
        "a camera that moved along a line; degrees count against the clock",
        (Parameter("length", 1, MOST, 7, whole=True), _ANGLE),
        _motion,
    ),
}


@dataclass(frozen=True, eq=False)
class Step:
    """One kernel of a chain, as it was written and as numbers; `magnitude` takes its transpose along."""

    text: str
    kernel: Kernel
    magnitude: bool = False
    stride: int = 1


def names() -> list[str]:
    """The names of all kernels; the last ones take parameters."""
    return [*_ROWS, *FORMULAS]


def rows_of(name: str) -> str | None:
    """The rows of a named kernel as they are typed; None for one that a formula gives."""
    return _ROWS.get(name)


def kernel(text: str, *parameters: float) -> Kernel:
    """The kernel of a name with its parameters, or of rows of numbers.

    Rows are separated by " / ", by semicolons or by line breaks; a fraction has no spaces around its stroke. All rows
    may share a divisor: "(1 2 1 / 2 4 2 / 1 2 1)/16". A `DescriptionError` says what cannot be read, and where.

    >>> kernel("sharpen").tolist()
    [[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]]
    >>> kernel("gaussian", 1.5).shape, kernel("box 2").tolist()
    ((11, 11), [[0.25, 0.25], [0.25, 0.25]])
    >>> kernel("1/4 1/2 1/4").tolist()
    [[0.25, 0.5, 0.25]]
    """
    text = " ".join([text.replace("\N{MINUS SIGN}", "-").strip(), *(repr(each) for each in parameters)])
    if not text:
        raise DescriptionError(
            'kernel: nothing is given. Give a name such as sharpen, or rows such as "1 0 -1 / 2 0 -2".'
        )
    if not text[0].isalpha() or re.search(r"[/;\n]", text):
        return _typed(_ROWS.get(text, text))
    name, *given = text.split()
    if name in _ROWS:
        if given:
            raise DescriptionError(f"{name}: it takes no number, {len(given)} given. Write {name} alone.")
        return _typed(_ROWS[name])
    if name not in FORMULAS:
        raise unknown("kernel", name, names())
    formula = FORMULAS[name]
    takes = formula.parameters
    if len(given) > len(takes):
        most = f"{len(takes)} number{'s' * (len(takes) > 1)} ({', '.join(each.name for each in takes)})"
        raise DescriptionError(f"{name}: it takes {most}, {len(given)} given. Leave the rest out.")
    values = [_within(name, each, word) for each, word in zip(takes, given, strict=False)]
    return formula.make(*values, *(each.usual for each in takes[len(given) :]))


def chain(text: str, stride: int = 1, magnitude: bool = False) -> list[Step]:
    """The kernels of a line, one after the other: commas between them, "magnitude" before one for the length of the
    gradient that it makes with its transpose, "stride N" after one.

    `stride` is that of every kernel that names none; `magnitude` is for the last kernel.

    >>> [(step.text, step.magnitude, step.stride) for step in chain("gaussian 2, magnitude left-sobel stride 2")]
    [('gaussian 2', False, 1), ('left-sobel', True, 2)]
    """
    steps = []
    for number, words in enumerate(text.split(","), 1):
        try:
            steps.append(_step(words.strip(), stride))
        except DescriptionError as error:
            if "," not in text:
                raise
            raise DescriptionError(f"kernel {number} of the chain: {error}") from None
    if magnitude:
        steps[-1] = replace(steps[-1], magnitude=True)
    return steps


def factors(values: Kernel) -> tuple[Kernel, Kernel] | None:
    """A column and a row whose product is the kernel, where it is one (its rank is 1); else None.

    Whole numbers come as whole numbers in lowest terms; where the row can sum to 1, it does.

    >>> column, row = factors(kernel("left-sobel"))
    >>> column.tolist(), row.tolist()
    ([1.0, 2.0, 1.0], [1.0, 0.0, -1.0])
    >>> factors(kernel("sharpen")) is None
    True
    """
    most = np.abs(values).max()
    if most == 0:
        return None
    at, across = (int(i) for i in np.unravel_index(np.abs(values).argmax(), values.shape))
    row = values[at] / values[at, across]
    column = values[:, across]
    if np.abs(values - np.outer(column, row)).max() > 1e-9 * most:
        return None
    if (values == np.rint(values)).all():
        divisor = int(np.gcd.reduce(np.abs(values[at]).astype(np.int64)))
        sign = -1 if values[at][np.nonzero(values[at])[0][0]] < 0 else 1
        row = sign * values[at] / divisor
        return column / row[across] + 0.0, row + 0.0
    total = row.sum()
    if abs(total) > 1e-6:
        return column * total, row / total
    return column, row


def _step(words: str, usual: int) -> Step:
    magnitude = re.match(r"magnitude\b\s*", words)
    text = words[magnitude.end() :] if magnitude else words
    named = re.search(r"\s+stride\s+(\S+)$", text)
    stride: int | str = usual
    if named:
        text = text[: named.start()]
        stride = int(named[1]) if re.fullmatch(r"\d{1,9}", named[1], re.ASCII) else named[1]
    return Step(text, kernel(text), magnitude is not None, whole("stride", stride))


def _within(name: str, parameter: Parameter, word: str) -> float:
    value = _number(word)
    kind = "a whole number" if parameter.whole else "a number"
    if value is None or (parameter.whole and value != int(value)):
        raise DescriptionError(f"{name}: {parameter.name} {word!r} is not {kind}. Give {parameter.usual:g}, say.")
    if not parameter.low <= value <= parameter.high:
        raise DescriptionError(
            f"{name}: {parameter.name} {value:g} lies outside {parameter.low:g} to {parameter.high:g}. "
            f"Give {parameter.usual:g}, say."
        )
    return value


def _typed(text: str) -> Kernel:
    """Rows of numbers, as `kernel` describes them."""
    shared = re.fullmatch(r"\s*\((.*)\)\s*(?:/\s*(\S+))?\s*", text, re.DOTALL)
    divisor = _number(shared[2] or "1") if shared else 1.0
    if divisor is None or divisor == 0:
        raise DescriptionError(f"kernel: it cannot be divided by {shared and shared[2]!r}. Give a number other than 0.")
    lines = re.split(r"\s+/\s*|\s*/\s+|[;\n]", (shared[1] if shared else text).strip().strip(";"))
    rows = [_line(number, line.split()) for number, line in enumerate(lines, 1)]
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise DescriptionError(
                f"kernel: row {number} has {len(row)} numbers, row 1 has {len(rows[0])}. Give every row as many."
            )
    if max(len(rows), len(rows[0])) > MOST_TYPED:
        raise DescriptionError(
            f"kernel: {len(rows)}x{len(rows[0])} is too large. Give at most {MOST_TYPED} rows and columns."
        )
    return np.array(rows) / divisor


def _line(number: int, words: list[str]) -> list[float]:
    if not words:
        raise DescriptionError(f"kernel: row {number} holds no number. Give every row as many numbers.")
    row = []
    for place, word in enumerate(words, 1):
        value = _number(word)
        if value is None:
            stroke = " Put spaces around a / that ends a row." if "/" in word else ""
            raise DescriptionError(
                f"kernel: row {number}, number {place}: {word!r} is not a number. Give a number or a fraction, "
                f"such as -1, 0.5 or 1/9.{stroke}"
            )
        row.append(value)
    return row


_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


def _number(word: str) -> float | None:
    """The value of a number or a fraction, up to a million million; None for anything else."""
    parts = re.fullmatch(f"({_NUMBER})(?:/({_NUMBER}))?", word, re.ASCII)
    if not parts or (parts[2] and float(parts[2]) == 0):
        return None
    value = float(parts[1]) / float(parts[2] or 1)
    return value if isfinite(value) and abs(value) <= 1e12 else None
