"""The largest of all places' values, and their sum, for each lane: kept in a register, where a compiler would go
through memory for each place."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import for_range
from numba.extending import intrinsic

from locality.quantum.lanes.vectors import WHOLE, opened, vector_of


def _reduction(fold: Any, double: bool) -> Any:
    @intrinsic
    def reduce(typing, values, found):  # type: ignore[no-untyped-def]
        """found[lane] becomes what `fold` makes of it and values[lane], values[lanes + lane] and so on."""
        return types.void(values, found), lambda context, builder, signature, given: _emit(
            context, builder, signature.args, given, fold, double
        )

    return reduce


def _emit(context: Any, builder: Any, kinds: Any, given: Any, fold: Any, double: bool) -> Any:
    vector, size = vector_of(context, kinds[0])
    wide = ir.VectorType(ir.DoubleType(), vector.count) if double else vector
    pointers, _ = opened(context, builder, kinds, given)
    length = builder.extract_value(builder.extract_value(given[0], 5), 0)
    count = builder.sdiv(length, WHOLE(vector.count))
    place = builder.bitcast(pointers[1], wide.as_pointer())
    total = builder.alloca(wide)
    builder.store(builder.load(place, align=size), total)
    with for_range(builder, count) as loop:
        first = builder.mul(loop.index, WHOLE(vector.count))
        value = builder.load(builder.bitcast(builder.gep(pointers[0], [first]), vector.as_pointer()), align=size)
        value = builder.fpext(value, wide) if wide is not vector and size == 4 else value
        builder.store(fold(builder, builder.load(total), value), total)
    builder.store(builder.load(total), place, align=size)
    return context.get_dummy_value()


def _largest(builder: Any, total: Any, value: Any) -> Any:
    return builder.select(builder.fcmp_ordered(">", value, total), value, total)


def _largest_size(builder: Any, total: Any, value: Any) -> Any:
    return _largest(builder, _largest(builder, total, value), builder.fneg(value))


largest = _reduction(_largest, False)
largest_size = _reduction(_largest_size, False)
sums = _reduction(lambda builder, total, value: builder.fadd(total, value), True)  # in double precision
