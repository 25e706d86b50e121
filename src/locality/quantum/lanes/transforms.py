"""Real Fourier transforms of a row of vectors, one lattice in each lane, as straight code for each length.

`forward` and `back` are plain arithmetic: of numbers they make numbers, of registers the code that is run.
"""

from math import cos, pi
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import for_range
from numba.extending import intrinsic

from locality.quantum.lanes.vectors import WHOLE, opened, vector_of

SIZES = (1, 2, 3, 4, 5, 6, 8, 10, 12)  # that there is code for


def forward(x: list[Any]) -> tuple[list[Any], list[Any]]:
    """Sums over j of x_j cos(2 pi j k/n) for k = 0 to n/2, and of x_j sin(2 pi j k/n) for the k between."""
    n, half = len(x), len(x) // 2
    if n == 1:
        return x, []
    if n % 2:
        places, ks = range(1, half + 1), range(half + 1)
        add, less = [x[j] + x[n - j] for j in places], [x[j] - x[n - j] for j in places]
        return (
            [_sum([(1, x[0]), *((_cos(j * k, n), a) for j, a in zip(places, add, strict=True))]) for k in ks],
            [_sum([(_sin(j * k, n), a) for j, a in zip(places, less, strict=True)]) for k in ks[1:]],
        )
    even = forward([x[j] + x[j + half] for j in range(half)])
    z = [x[j] - x[j + half] for j in range(half)]
    places, ks = range(1, (half + 1) // 2), range(1, half + 1, 2)
    less, add = [z[j] - z[half - j] for j in places], [z[j] + z[half - j] for j in places]
    middle = [(half // 2, z[half // 2])] if half % 2 == 0 else []
    cosines, sines = [x[0]] * (half + 1), [x[0]] * half
    cosines[::2], sines[2::2] = even
    cosines[1::2] = [_sum([(1, z[0]), *((_cos(j * k, n), a) for j, a in zip(places, less, strict=True))]) for k in ks]
    sines[1::2] = [
        _sum([(_sin(j * k, n), a) for j, a in [*zip(places, add, strict=True), *middle]]) for k in ks if k < half
    ]
    return cosines, sines[1:]


def back(cosines: list[Any], sines: list[Any]) -> list[Any]:
    """The transpose of `forward`: sums over k of c_k cos(2 pi j k/n) and s_k sin(2 pi j k/n) for j = 0 to n - 1."""
    n = len(cosines) + len(sines)
    half = n // 2
    if n == 1:
        return cosines
    if n % 2:
        even = [_sum([(_cos(j * k, n), c) for k, c in enumerate(cosines)]) for j in range(half + 1)]
        odd = [_sum([(_sin(j * k, n), s) for k, s in enumerate(sines, 1)]) for j in range(1, half + 1)]
        there = [a + b for a, b in zip(even[1:], odd, strict=True)]
        return [even[0], *there, *(a - b for a, b in zip(even[:0:-1], odd[::-1], strict=True))]
    even = back(cosines[::2], sines[1::2])
    ks = range(1, half + 1, 2)
    odd = [cosines[0]] * half
    for j in range(half // 2 + 1):
        with_cosines = [(_cos(j * k, n), c) for k, c in zip(ks, cosines[1::2], strict=True)]
        with_sines = [(_sin(j * k, n), s) for k, s in zip(ks, sines[::2], strict=False)]
        if j == 0:
            odd[j] = _sum(with_cosines)
        elif 2 * j == half:
            odd[j] = _sum(with_sines)
        else:
            a, b = _sum(with_cosines), _sum(with_sines)
            odd[j], odd[half - j] = a + b, b - a
    return [*(a + b for a, b in zip(even, odd, strict=True)), *(a - b for a, b in zip(even, odd, strict=True))]


def _cos(steps: int, n: int) -> float:
    found = cos(2 * pi * (steps % n) / n)
    whole = round(found)
    return whole if abs(found - whole) < 1e-9 else found  # what is added, or left out, is known exactly


def _sin(steps: int, n: int) -> float:
    return _cos(4 * steps - n, 4 * n)


def _sum(terms: list[tuple[float, Any]]) -> Any:
    """The sum of numbers times values: what counts once is added, what counts not at all is left out."""
    terms = sorted((term for term in terms if term[0]), key=lambda term: term[0] != 1)
    number, total = terms[0]
    total = total if number == 1 else number * total
    for number, value in terms[1:]:
        total = total + value if number == 1 else total - value if number == -1 else total + number * value
    return total


def in_line(cosines: list[Any], sines: list[Any]) -> list[Any]:
    """First what has no sine, then cosine and sine of each frequency in turn."""
    alone = selves(len(cosines) + len(sines))
    pairs = zip(cosines[1:], sines, strict=False)
    return [*([cosines[0], cosines[-1]][:alone]), *(value for pair in pairs for value in pair)]


def out_of_line(values: list[Any]) -> tuple[list[Any], list[Any]]:
    """Cosines and sines of values in line."""
    alone = selves(len(values))
    return [values[0], *values[alone::2], *values[1:alone]], values[alone + 1 :: 2]


def selves(n: int) -> int:
    """How many of n frequencies are their own opposites."""
    return min(n, 2 - n % 2)


def forward_complex(x: list[Any]) -> list[Any]:
    """Sums of z_j exp(2 pi i j k/n) of the complex z whose real parts come first in x: real and imaginary part of each,
    first of k = 0 and n/2, then of each k and n - k in turn."""
    n = len(x) // 2
    (a, b), (c, d) = forward(x[:n]), forward(x[n:])
    found = [a[0], c[0], a[-1], c[-1]][: 2 * selves(n)]
    for k, (bk, dk) in enumerate(zip(b, d, strict=True), 1):
        found += [a[k] - dk, bk + c[k], a[k] + dk, c[k] - bk]
    return found


def back_complex(x: list[Any]) -> list[Any]:
    """The transpose of `forward_complex`."""
    n = len(x) // 2
    alone = selves(n)
    a, b, c, d = [x[0]], [], [x[1]], []
    for k in range(2 * alone, 2 * n, 4):
        a.append(x[k] + x[k + 2])
        b.append(x[k + 1] - x[k + 3])
        c.append(x[k + 1] + x[k + 3])
        d.append(x[k + 2] - x[k])
    a += x[2 : 2 * alone : 2]
    c += x[3 : 2 * alone : 2]
    return back(a, b) + back(c, d)


class _Vector:
    """A vector in a register, with the arithmetic that the transforms need."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    def __add__(self, other: "_Vector") -> "_Vector":
        return _Vector(self.builder, self.builder.fadd(self.value, other.value, flags=("contract",)))

    def __sub__(self, other: "_Vector") -> "_Vector":
        return _Vector(self.builder, self.builder.fsub(self.value, other.value, flags=("contract",)))

    def __rmul__(self, number: float) -> "_Vector":
        every = ir.Constant(self.value.type, [number] * self.value.type.count)
        return _Vector(self.builder, self.builder.fmul(every, self.value, flags=("contract",)))


def _on_vectors(transform: Any, before: int, after: int, added: bool = False) -> Any:
    @intrinsic
    def many(typing, n, work, start, step, end, stride, apart, count, start_step, end_step):  # type: ignore[no-untyped-def]
        """For k below `count`, and n of `SIZES`: vectors `step` apart from work[start + k start_step] on are
        transformed, and written `stride` apart from work[end + k end_step] on. Where there are two parts, n vectors
        each, the second lies `apart` from the first. With `added` they are added to what is there."""
        kinds = (n, work, start, step, end, stride, apart, count, start_step, end_step)
        return types.void(*kinds), lambda context, builder, signature, given: _emit(
            context, builder, kinds, given, transform, before, after, added
        )

    return many


def _emit(
    context: Any, builder: Any, kinds: Any, given: Any, transform: Any, before: int, after: int, added: bool
) -> Any:
    vector, size = vector_of(context, kinds[1])
    pointers, numbers = opened(context, builder, kinds, given)
    work = pointers[1]
    n, start, step, end, stride, apart, count, start_step, end_step = (numbers[k] for k in (0, *range(2, 10)))

    def places(first: Any, step: Any, parts: int, length: int) -> list[Any]:
        found = []
        for base in [first, builder.add(first, apart)][:parts]:
            found += [builder.add(base, builder.mul(step, WHOLE(k))) for k in range(length)]
        return [builder.bitcast(builder.gep(work, [place]), vector.as_pointer()) for place in found]

    done = builder.append_basic_block("done")
    choice = builder.switch(n, done)
    for length in SIZES:
        block = builder.append_basic_block(f"length{length}")
        choice.add_case(WHOLE(length), block)
        builder.position_at_end(block)
        several = max(before, after) * length
        with for_range(builder, count) as loop:
            first = builder.add(start, builder.mul(loop.index, start_step))
            read = [builder.load(at, align=size) for at in places(first, step, before, several // before)]
            found = transform([_Vector(builder, value) for value in read])
            first = builder.add(end, builder.mul(loop.index, end_step))
            for value, to in zip(found, places(first, stride, after, several // after), strict=True):
                total = _Vector(builder, builder.load(to, align=size)) + value if added else value
                builder.store(total.value, to, align=size)
        builder.branch(done)
    builder.position_at_end(done)
    return context.get_dummy_value()


transform = _on_vectors(lambda x: in_line(*forward(x)), 1, 1)
transform_back = _on_vectors(lambda x: back(*out_of_line(x)), 1, 1)
transform_back_added = _on_vectors(lambda x: back(*out_of_line(x)), 1, 1, added=True)
transform_complex = _on_vectors(forward_complex, 2, 1)
transform_complex_back = _on_vectors(back_complex, 1, 2)
