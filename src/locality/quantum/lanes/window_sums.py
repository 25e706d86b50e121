"""The innermost loops: sums over windows, and sums of products of slopes and inputs, one lattice in each lane, kept in
registers.

A compiler does not find this form by itself: between two taps it writes the sums back to memory. Spelled out in LLVM's
own vectors, a loop reaches more than half of what a core can multiply and add.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from locality.quantum.lanes.vectors import WHOLE, every_lane, opened, vector_of

Array = npt.NDArray[Any]

WIDTHS = (16, 8, 4)  # output channels whose sums are kept in registers at once


def _window_sums(width: int) -> Any:
    @intrinsic
    def sums(typing, values, start, plane, channels, cells, first, taps, weights, weight, bias, bound, out, end, step):  # type: ignore[no-untyped-def]
        """out[end + r step + lane] = bias[bound + r] + sum over channels c and taps t of
        weights[weight + (c taps + t) width + r] * values[start + c plane + cells[first + t] + lane],
        for r below `width` and every lane."""
        kinds = (values, start, plane, channels, cells, first, taps, weights, weight, bias, bound, out, end, step)
        return types.void(*kinds), lambda context, builder, signature, given: _loops(
            context, builder, kinds, given, width
        )

    return sums


def _loops(context: Any, builder: Any, kinds: Any, given: Any, width: int) -> Any:
    vector, size = vector_of(context, kinds[0])
    pointers, numbers = opened(context, builder, kinds, given)
    values, cells, weights, bias, out = (pointers[k] for k in (0, 4, 7, 9, 11))
    start, plane, channels, first, taps, weight, bound, end, step = (numbers[k] for k in (1, 2, 3, 5, 6, 8, 10, 12, 13))

    def loaded(base: Any, place: Any) -> Any:
        return builder.load(builder.gep(base, [place]))

    def vector_at(base: Any, place: Any) -> Any:
        return builder.bitcast(builder.gep(base, [place]), vector.as_pointer())

    initial = [every_lane(builder, vector, loaded(bias, builder.add(bound, WHOLE(r)))) for r in range(width)]
    entry = builder.block
    channel, tap, next_channel, done = (builder.append_basic_block(name) for name in ("channel", "tap", "next", "done"))
    builder.branch(channel)

    builder.position_at_end(channel)
    c, w_channel = builder.phi(WHOLE), builder.phi(WHOLE)
    outer = [builder.phi(vector) for _ in range(width)]
    base = builder.add(start, builder.mul(c, plane))
    builder.branch(tap)

    builder.position_at_end(tap)
    t, w = builder.phi(WHOLE), builder.phi(WHOLE)
    inner = [builder.phi(vector) for _ in range(width)]
    cell = loaded(cells, builder.add(first, t))
    read = builder.load(vector_at(values, builder.add(base, builder.sext(cell, WHOLE))), align=size)
    sums = []
    for r in range(width):
        product = builder.fmul(
            read, every_lane(builder, vector, loaded(weights, builder.add(w, WHOLE(r)))), flags=("contract",)
        )
        sums.append(builder.fadd(product, inner[r], flags=("contract",)))
    following, w_following = builder.add(t, WHOLE(1)), builder.add(w, WHOLE(width))
    builder.cbranch(builder.icmp_signed("<", following, taps), tap, next_channel)

    builder.position_at_end(next_channel)
    c_following = builder.add(c, WHOLE(1))
    builder.cbranch(builder.icmp_signed("<", c_following, channels), channel, done)

    for phi, before, after in [
        (c, WHOLE(0), c_following),
        (w_channel, weight, w_following),
        *zip(outer, initial, sums, strict=True),
    ]:
        phi.add_incoming(before, entry)
        phi.add_incoming(after, next_channel)
    for phi, before, after in [
        (t, WHOLE(0), following),
        (w, w_channel, w_following),
        *zip(inner, outer, sums, strict=True),
    ]:
        phi.add_incoming(before, channel)
        phi.add_incoming(after, tap)

    builder.position_at_end(done)
    for r in range(width):
        builder.store(sums[r], vector_at(out, builder.add(end, builder.mul(step, WHOLE(r)))), align=size)
    return context.get_dummy_value()


window_sums_16, window_sums_8, window_sums_4 = map(_window_sums, WIDTHS)


def in_blocks(weight: Array, widths: tuple[int, ...] = WIDTHS) -> list[Array]:
    """Weight (outputs, channels, taps) in blocks of so many outputs, filled up with zeros, each in one line:
    channel by channel, tap by tap, the output fastest."""
    weight = np.concatenate([weight, np.zeros((-len(weight) % widths[-1], *weight.shape[1:]), weight.dtype)])
    blocks, done = [], 0
    while done < len(weight):
        width = next(w for w in widths if w <= len(weight) - done)
        blocks.append(weight[done : done + width].transpose(1, 2, 0).reshape(-1))
        done += width
    return blocks


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def window_sums(
    values: Any, source: int, plane: int, channels: int, cells: Any, table: int, taps: int, weights: Any, weight: int,
    bias: Any, bound: int, out: Any, end: int, step: int, outputs: int, sums: int, lanes: int,
) -> None:  # fmt: skip
    """`sums` output channels, a multiple of 4, at every output cell: 16, 8 or 4 at once."""
    done = 0
    while done < sums:
        left = sums - done
        width = 16 if left >= 16 else 8 if left >= 8 else 4
        for u in range(outputs):
            first, place = table + u * taps, end + done * step + u * lanes
            if width == 16:
                window_sums_16(
                    values, source, plane, channels, cells, first, taps, weights, weight, bias, bound, out, place, step
                )
            elif width == 8:
                window_sums_8(
                    values, source, plane, channels, cells, first, taps, weights, weight, bias, bound, out, place, step
                )
            else:
                window_sums_4(
                    values, source, plane, channels, cells, first, taps, weights, weight, bias, bound, out, place, step
                )
        weight += channels * taps * width
        bound += width
        done += width


BLOCK = 4  # output channels, and taps, whose products are summed at once


@intrinsic
def slope_products(  # type: ignore[no-untyped-def]
    typing, slopes, start, step, channel, channels, values, base, cells, first, taps, tap, outputs, out, end, stride
):
    """out[end + (o stride + t) lanes + lane] = sum over output cells u of slopes[start + o step + u lanes + lane] *
    values[base + cells[first + u taps + t] + lane], for 4 output channels o from `channel` on and 4 taps t from `tap`
    on; the last of `channels` and of `taps` is taken again where there are no more."""
    kinds = (slopes, start, step, channel, channels, values, base, cells, first, taps, tap, outputs, out, end, stride)
    return types.void(*kinds), lambda context, builder, signature, given: _products(context, builder, kinds, given)


def _products(context: Any, builder: Any, kinds: Any, given: Any) -> Any:
    vector, size = vector_of(context, kinds[0])
    lanes = WHOLE(vector.count)
    pointers, numbers = opened(context, builder, kinds, given)
    slopes, values, cells, out = (pointers[k] for k in (0, 5, 7, 12))
    start, step, channel, channels, base, first, taps, tap, outputs, end, stride = (
        numbers[k] for k in (1, 2, 3, 4, 6, 8, 9, 10, 11, 13, 14)
    )

    def at_most(number: Any, most: Any) -> Any:
        return builder.select(builder.icmp_signed("<", number, most), number, most)

    def vector_at(pointer: Any, place: Any) -> Any:
        return builder.bitcast(builder.gep(pointer, [place]), vector.as_pointer())

    one = WHOLE(1)
    rows = [at_most(builder.add(channel, WHOLE(k)), builder.sub(channels, one)) for k in range(BLOCK)]
    columns = [at_most(builder.add(tap, WHOLE(k)), builder.sub(taps, one)) for k in range(BLOCK)]
    from_slopes = [builder.add(start, builder.mul(row, step)) for row in rows]
    entry = builder.block
    cell, done = (builder.append_basic_block(name) for name in ("cell", "done"))
    builder.branch(cell)

    builder.position_at_end(cell)
    u = builder.phi(WHOLE)
    before = [[builder.phi(vector) for _ in columns] for _ in rows]
    table = builder.add(first, builder.mul(u, taps))
    read = []
    for column in columns:
        place = builder.sext(builder.load(builder.gep(cells, [builder.add(table, column)])), WHOLE)
        read.append(builder.load(vector_at(values, builder.add(base, place)), align=size))
    after = []
    for row, sums in zip(from_slopes, before, strict=True):
        slope = builder.load(vector_at(slopes, builder.add(row, builder.mul(u, lanes))), align=size)
        fused = [builder.fmul(slope, one_read, flags=("contract",)) for one_read in read]
        after.append([builder.fadd(new, old, flags=("contract",)) for new, old in zip(fused, sums, strict=True)])
    following = builder.add(u, one)
    builder.cbranch(builder.icmp_signed("<", following, outputs), cell, done)
    u.add_incoming(WHOLE(0), entry)
    u.add_incoming(following, cell)
    nothing = ir.Constant(vector, None)
    for old, new in zip(before, after, strict=True):
        for phi, value in zip(old, new, strict=True):
            phi.add_incoming(nothing, entry)
            phi.add_incoming(value, cell)

    builder.position_at_end(done)
    for row, sums in zip(rows, after, strict=True):
        for column, value in zip(columns, sums, strict=True):
            place = builder.mul(builder.add(builder.mul(row, stride), column), lanes)
            builder.store(value, vector_at(out, builder.add(end, place)), align=size)
    return context.get_dummy_value()
