"""The receptive field along one axis: which stretch of the network's input an output can depend on.

A `Field` says it for every output at once, borders taken as if the input went on for ever: output u + period reads
what output u reads, `step` inputs further on. Its jump is step/period: a whole number for convolutions, a fraction
once a layer upsamples; then the field may vary with the phase.
"""

from collections.abc import Container
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from locality.geometry.window import AxisMap

Span = tuple[int, int] | None  # first and last input, None where an output reads nothing


@dataclass(frozen=True)
class Field:
    """For each output of one period, the first and last input it depends on.

    `step` is None where no rule repeats (branches with different jumps were joined); then `spans` lists every output.
    """

    spans: tuple[Span, ...] = ((0, 0),)
    step: int | None = 1

    @property
    def period(self) -> int:
        return len(self.spans)

    @property
    def size(self) -> int:
        """The number of inputs from the first to the last; the largest, where it varies."""
        return max((last - first + 1 for first, last in filter(None, self.spans)), default=0)

    @property
    def varies(self) -> bool:
        """Whether outputs differ in the size of their field."""
        return len({span and span[1] - span[0] for span in self.spans}) > 1

    @property
    def jump(self) -> Fraction | None:
        """How far the field moves from one output to the next, on average; None where no rule repeats."""
        return None if self.step is None else Fraction(self.step, self.period)

    @property
    def offset(self) -> Fraction | None:
        """The centre of the first output's field, in input cells from 0; half-integer where its size is even."""
        span = self.spans[0]
        return None if span is None else Fraction(span[0] + span[1], 2)

    def span(self, output: int) -> Span:
        """The first and last input that an output can depend on; beyond a list, the nearest entry.

        >>> Field(((-1, 1),), step=2).span(3)
        (5, 7)
        """
        if self.step is None:
            return self.spans[min(max(output, 0), self.period - 1)]
        turns, phase = divmod(output, self.period)
        span = self.spans[phase]
        return None if span is None else (span[0] + turns * self.step, span[1] + turns * self.step)


def compose(field: Field, layer: AxisMap, outputs: int, used: Container[int] | None = None) -> Field:
    """The field after one more layer, whose own outputs number `outputs`; `used` are the numbers of the window's taps
    that exist, None where all do.

    For a convolution this gives size += (k - 1) d jump and jump *= stride (Araujo, Norris and Sim, Distill 2019);
    here it follows from the reads themselves, so that it holds for every map.

    >>> from locality.geometry.window import Window
    >>> seen = compose(Field(), Window(3), 62)
    >>> seen = compose(seen, Window(2, stride=2), 31)
    >>> seen.size, seen.jump, seen.offset
    (4, Fraction(2, 1), Fraction(3, 2))
    """

    def span(output: int) -> Span:
        reads = layer.reads(output)
        return _hull([field.span(i) for tap, i in enumerate(reads) if used is None or tap in used])

    if field.step is None:
        return Field(tuple(span(u) for u in range(outputs)), None)
    turns = field.period // gcd(layer.step, field.period)
    period = layer.period * turns
    spans = tuple(span(u) for u in range(period))
    return _shortest(Field(spans, layer.step * turns * field.step // field.period))


def union(fields: list[Field], outputs: int) -> Field:
    """The field of a sum, a concatenation or a product of branches: all that any of them sees.

    >>> union([Field(((0, 0),)), Field(((-2, 2),))], 8).size
    5
    """
    if len({field.jump for field in fields}) > 1 or fields[0].step is None:
        return Field(tuple(_hull([field.span(u) for field in fields]) for u in range(outputs)), None)
    period = lcm(*(field.period for field in fields))
    spans = tuple(_hull([field.span(u) for field in fields]) for u in range(period))
    return _shortest(Field(spans, fields[0].step * period // fields[0].period))


def _hull(spans: list[Span]) -> Span:
    seen = [span for span in spans if span is not None]
    return (min(first for first, _ in seen), max(last for _, last in seen)) if seen else None


def _shortest(field: Field) -> Field:
    """The same field with the shortest period, so that upsampling followed by pooling is plain again."""
    for period in range(1, field.period):
        if field.period % period == 0 and field.step is not None and field.step * period % field.period == 0:
            shorter = Field(field.spans[:period], field.step * period // field.period)
            if all(shorter.span(u) == span for u, span in enumerate(field.spans)):
                return shorter
    return field
