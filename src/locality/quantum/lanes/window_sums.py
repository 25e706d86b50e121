"""The innermost loop: the sums of several output channels at one place, one lattice in each lane, kept in registers.

A compiler does not find this form by itself: between two taps it writes the sums back to memory. Spelled out in LLVM's
own vectors, the loop reaches more than half of what a core can multiply and add.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

BYTES = 64  # of a vector: 16 lattices in float32, 8 in float64
WIDTHS = (16, 8, 4)  # output channels whose sums are kept in registers at once

_WHOLE = ir.IntType(64)


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
    size = kinds[0].dtype.bitwidth // 8
    vector = ir.VectorType(context.get_data_type(kinds[0].dtype), BYTES // size)
    pointers, numbers = {}, {}
    for k, (kind, value) in enumerate(zip(kinds, given, strict=True)):
        if isinstance(kind, types.Array):
            pointers[k] = make_array(kind)(context, builder, value).data  # type: ignore[no-untyped-call]
        else:
            numbers[k] = builder.sext(value, _WHOLE) if value.type.width < 64 else value
    values, cells, weights, bias, out = (pointers[k] for k in (0, 4, 7, 9, 11))
    start, plane, channels, first, taps, weight, bound, end, step = (numbers[k] for k in (1, 2, 3, 5, 6, 8, 10, 12, 13))

    def loaded(base: Any, place: Any) -> Any:
        return builder.load(builder.gep(base, [place]))

    def every_lane(scalar: Any) -> Any:
        nothing = ir.Constant(vector, ir.Undefined)
        one = builder.insert_element(nothing, scalar, ir.Constant(ir.IntType(32), 0))
        return builder.shuffle_vector(one, nothing, ir.Constant(ir.VectorType(ir.IntType(32), vector.count), None))

    def vector_at(base: Any, place: Any) -> Any:
        return builder.bitcast(builder.gep(base, [place]), vector.as_pointer())

    initial = [every_lane(loaded(bias, builder.add(bound, _WHOLE(r)))) for r in range(width)]
    entry = builder.block
    channel, tap, next_channel, done = (builder.append_basic_block(name) for name in ("channel", "tap", "next", "done"))
    builder.branch(channel)

    builder.position_at_end(channel)
    c, w_channel = builder.phi(_WHOLE), builder.phi(_WHOLE)
    outer = [builder.phi(vector) for _ in range(width)]
    base = builder.add(start, builder.mul(c, plane))
    builder.branch(tap)

    builder.position_at_end(tap)
    t, w = builder.phi(_WHOLE), builder.phi(_WHOLE)
    inner = [builder.phi(vector) for _ in range(width)]
    cell = loaded(cells, builder.add(first, t))
    read = builder.load(vector_at(values, builder.add(base, builder.sext(cell, _WHOLE))), align=size)
    sums = []
    for r in range(width):
        product = builder.fmul(read, every_lane(loaded(weights, builder.add(w, _WHOLE(r)))), flags=("contract",))
        sums.append(builder.fadd(product, inner[r], flags=("contract",)))
    following, w_following = builder.add(t, _WHOLE(1)), builder.add(w, _WHOLE(width))
    builder.cbranch(builder.icmp_signed("<", following, taps), tap, next_channel)

    builder.position_at_end(next_channel)
    c_following = builder.add(c, _WHOLE(1))
    builder.cbranch(builder.icmp_signed("<", c_following, channels), channel, done)

    for phi, before, after in [
        (c, _WHOLE(0), c_following),
        (w_channel, weight, w_following),
        *zip(outer, initial, sums, strict=True),
    ]:
        phi.add_incoming(before, entry)
        phi.add_incoming(after, next_channel)
    for phi, before, after in [
        (t, _WHOLE(0), following),
        (w, w_channel, w_following),
        *zip(inner, outer, sums, strict=True),
    ]:
        phi.add_incoming(before, channel)
        phi.add_incoming(after, tap)

    builder.position_at_end(done)
    for r in range(width):
        builder.store(sums[r], vector_at(out, builder.add(end, builder.mul(step, _WHOLE(r)))), align=size)
    return context.get_dummy_value()


window_sums_16, window_sums_8, window_sums_4 = map(_window_sums, WIDTHS)
