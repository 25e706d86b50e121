"""Products over channels, for one frequency and one lattice in each lane: a matrix of weights times vectors."""

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from locality.quantum.lanes.vectors import WHOLE, every_lane, opened, vector_of
from locality.quantum.lanes.window_sums import WIDTHS

COMPLEX_WIDTHS = (8, 4)  # output channels whose sums are kept in registers at once


def _products(width: int, parts: int) -> Any:
    @intrinsic
    def products(typing, values, start, channels, weights, weight, bias, bound, out, end, sums):  # type: ignore[no-untyped-def]
        """`width` output channels of one frequency: bias plus the sum over channels c of their weights times the vector
        at values[start + c lanes]. Where there are two parts, both are complex and there is no bias: imaginary parts
        lie `channels` vectors, those of the outputs `sums` vectors, after the real ones."""
        kinds = (values, start, channels, weights, weight, bias, bound, out, end, sums)
        return types.void(*kinds), lambda context, builder, signature, given: _emit_products(
            context, builder, kinds, given, width, parts
        )

    return products


def _emit_products(context: Any, builder: Any, kinds: Any, given: Any, width: int, parts: int) -> Any:
    vector, size = vector_of(context, kinds[0])
    pointers, numbers = opened(context, builder, kinds, given)
    values, weights, bias, out = (pointers[k] for k in (0, 3, 5, 7))
    start, channels, weight, bound, end, sums = (numbers[k] for k in (1, 2, 4, 6, 8, 9))

    def vector_at(base: Any, first: Any, *vectors: Any) -> Any:
        for number in vectors:
            first = builder.add(first, builder.mul(number, WHOLE(vector.count)))
        return builder.bitcast(builder.gep(base, [first]), vector.as_pointer())

    def loaded(base: Any, first: Any, k: int) -> Any:
        return every_lane(builder, vector, builder.load(builder.gep(base, [builder.add(first, WHOLE(k))])))

    nothing = ir.Constant(vector, None)
    initial = [loaded(bias, bound, r) if parts == 1 else nothing for r in range(width)] + [nothing] * width
    entry = builder.block
    channel, done = (builder.append_basic_block(name) for name in ("channel", "done"))
    builder.branch(channel)

    builder.position_at_end(channel)
    c, w = builder.phi(WHOLE), builder.phi(WHOLE)
    sums_before = [builder.phi(vector) for _ in range(parts * width)]
    read = [builder.load(vector_at(values, start, c, *[channels] * part), align=size) for part in range(parts)]
    sums_after = []

    def fused(number: Any, value: Any, total: Any, less: bool = False) -> Any:
        product = builder.fmul(number, value, flags=("contract",))
        return (builder.fsub if less else builder.fadd)(total, product, flags=("contract",))

    if parts == 1:
        for r in range(width):
            sums_after.append(fused(loaded(weights, w, r), read[0], sums_before[r]))
    else:
        real, imaginary = [], []
        for r in range(width):
            a, b = loaded(weights, w, r), loaded(weights, w, width + r)
            real.append(fused(b, read[1], fused(a, read[0], sums_before[r]), less=True))
            imaginary.append(fused(b, read[0], fused(a, read[1], sums_before[width + r])))
        sums_after = real + imaginary
    c_following, w_following = builder.add(c, WHOLE(1)), builder.add(w, WHOLE(parts * width))
    builder.cbranch(builder.icmp_signed("<", c_following, channels), channel, done)
    for phi, first, following in [
        (c, WHOLE(0), c_following),
        (w, weight, w_following),
        *zip(sums_before, initial, sums_after, strict=False),
    ]:
        phi.add_incoming(first, entry)
        phi.add_incoming(following, channel)

    builder.position_at_end(done)
    for k, total in enumerate(sums_after):
        part, r = divmod(k, width)
        builder.store(total, vector_at(out, end, WHOLE(r), *[sums] * part), align=size)
    return context.get_dummy_value()


_real_16, _real_8, _real_4 = (_products(width, 1) for width in WIDTHS)
_complex_8, _complex_4 = (_products(width, 2) for width in COMPLEX_WIDTHS)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def real_products(
    values: Any, start: int, channels: int, weights: Any, weight: int, bias: Any, bound: int, end: int, sums: int,
    lanes: int,
) -> None:  # fmt: skip
    done = 0
    while done < sums:
        left, place = sums - done, end + done * lanes
        width = 16 if left >= 16 else 8 if left >= 8 else 4
        if width == 16:
            _real_16(values, start, channels, weights, weight, bias, bound + done, values, place, sums)
        elif width == 8:
            _real_8(values, start, channels, weights, weight, bias, bound + done, values, place, sums)
        else:
            _real_4(values, start, channels, weights, weight, bias, bound + done, values, place, sums)
        weight += channels * width
        done += width


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def complex_products(
    values: Any, start: int, channels: int, weights: Any, weight: int, end: int, sums: int, lanes: int
) -> None:
    done = 0
    while done < sums:
        width, place = 8 if sums - done >= 8 else 4, end + done * lanes
        if width == 8:
            _complex_8(values, start, channels, weights, weight, weights, 0, values, place, sums)
        else:
            _complex_4(values, start, channels, weights, weight, weights, 0, values, place, sums)
        weight += 2 * channels * width
        done += width
