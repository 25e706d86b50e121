"""What the innermost loops are built of: vectors of one lattice a lane, in LLVM's own instructions."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

BYTES = 64  # of a vector: 16 lattices in float32, 8 in float64
WHOLE = ir.IntType(64)


def vector_of(context: Any, array: Any) -> tuple[Any, int]:
    """The vector of an array's numbers, and the bytes of one of them."""
    size = array.dtype.bitwidth // 8
    return ir.VectorType(context.get_data_type(array.dtype), BYTES // size), size


def every_lane(builder: Any, vector: Any, scalar: Any) -> Any:
    """A vector with the same number in every lane."""
    nothing = ir.Constant(vector, ir.Undefined)
    one = builder.insert_element(nothing, scalar, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(one, nothing, ir.Constant(ir.VectorType(ir.IntType(32), vector.count), None))


def opened(context: Any, builder: Any, kinds: Any, given: Any) -> tuple[dict[int, Any], dict[int, Any]]:
    """Arguments by their place: where arrays begin, and whole numbers of 64 bits."""
    pointers, numbers = {}, {}
    for k, (kind, value) in enumerate(zip(kinds, given, strict=True)):
        if isinstance(kind, types.Array):
            pointers[k] = make_array(kind)(context, builder, value).data  # type: ignore[no-untyped-call]
        else:
            numbers[k] = builder.sext(value, WHOLE) if value.type.width < 64 else value
    return pointers, numbers


@intrinsic
def lane_count(typing, values):  # type: ignore[no-untyped-def]
    """How many of an array's numbers a vector holds, as a number that the compiler knows."""
    lanes = BYTES * 8 // values.dtype.bitwidth
    return types.int64(values), lambda context, builder, signature, given: WHOLE(lanes)


@intrinsic
def wide_vectors(typing):  # type: ignore[no-untyped-def]
    """In a function that calls this, loops become code on vectors as wide as the processor has: compilers take half of
    that, for the sake of short loops between other code."""

    def mark(context, builder, signature, given):  # type: ignore[no-untyped-def]
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')  # not one that llvmlite has a name for
        return context.get_dummy_value()

    return types.void(), mark
