"""Elementary functions that a compiler turns into vector code, by the polynomials of the Cephes library, right to a
few units in the last place; in float64 only exp and erf, which gelu and sums of amplitudes need, the others are the C
library's."""

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

_F = np.float32
FUSED: Any = {"fastmath": {"contract"}}  # a product and a sum in one instruction, rounded once


def _floats(*numbers: float) -> tuple[Any, ...]:
    return tuple(_F(number) for number in numbers)


ONE, TWO, HALF, ZERO = _floats(1, 2, 0.5, 0)
LN2, LN2_HIGH, LN2_LOW, LOG2E = _floats(math.log(2), 0.693359375, -2.12194440e-4, 1 / math.log(2))
SMALLEST, LARGEST = _floats(-87.3, 88.3)  # where exp would leave the normal numbers
PI, PI_2, PI_4, FOUR_PI = _floats(math.pi, math.pi / 2, math.pi / 4, 4 / math.pi)
TAN_PI_8, ROOT_HALF = _floats(math.sqrt(2) - 1, math.sqrt(0.5))
E5, E4, E3, E2, E1, E0 = _floats(
    1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1
)
L8, L7, L6, L5, L4, L3, L2, L1, L0 = _floats(
    *(7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1),
    *(-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1),
)
P1, P2, P3 = _floats(0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8)  # pi/4 in three parts
S2, S1, S0 = _floats(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
C2, C1, C0 = _floats(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
A3, A2, A1, A0 = _floats(8.05374449538e-2, -1.38776856032e-1, 1.99777106478e-1, -3.33329491539e-1)
# erf(x)/x on 0 to 4 as a fraction in x^2, fitted for the least largest relative error, 6.5e-8; beyond 4 erf is 1.
FOUR, G0, G1, G2, G3, G4, G5, G6 = _floats(
    *(4, 1.128379094, 2.071206439e-1, 5.152426325e-2, 3.990366914e-3),
    *(1.472809116e-4, -1.942282106e-6, 1.911085667e-8),
)
H1, H2, H3, H4 = _floats(5.168871414e-1, 1.179688315e-1, 1.495766611e-2, 1.021060554e-3)
# The same in float64.
WIDE_SMALLEST, WIDE_LARGEST = -708.0, 709.0
WIDE_LN2_HIGH, WIDE_LN2_LOW, WIDE_LOG2E = 6.93145751953125e-1, 1.42860682030941723212e-6, 1 / math.log(2)
X2, X1, X0 = 1.26177193074810590878e-4, 3.02994407707441961300e-2, 1.0
Y3, Y2, Y1, Y0 = 3.00198505138664455042e-6, 2.52448340349684104192e-3, 2.27265548208155028766e-1, 2.0
# erf(x)/x on 0 to 1 as a fraction in x^2, and (1 - erf(x)) exp(x^2) beyond as one in x; beyond 6 erf is 1.
T4, T3, T2 = 9.60497373987051638749, 90.0260197203842689217, 2232.00534594684319226
T1, T0 = 7003.32514112805075473, 55592.3013010394962768
U4, U3, U2 = 33.5617141647503099647, 521.357949780152679795, 4594.32382970980127987
U1, U0 = 22629.0000613890934246, 49267.3942608635921086
V8, V7, V6, V5 = 2.46196981473530512524e-10, 0.564189564831068821977, 7.46321056442269912687, 48.6371970985681366614
V4, V3, V2 = 196.520832956077098242, 526.445194995477358631, 934.52852717195760754
V1, V0 = 1027.55188689515710272, 557.535335369399327526
W7, W6, W5, W4 = 13.2281951154744992508, 86.7072140885989742329, 354.937778887819891062, 975.708501743205489753
W3, W2, W1, W0 = 1823.90916687909736289, 2246.33760818710981792, 1656.66309194161350182, 557.535340817727675546


@intrinsic
def _bits(typing, x):  # type: ignore[no-untyped-def]
    """The bits of a float32 as an int32."""
    return types.int32(types.float32), lambda context, builder, signature, given: builder.bitcast(
        given[0], ir.IntType(32)
    )


@intrinsic
def _wide_from_bits(typing, n):  # type: ignore[no-untyped-def]
    """The float64 with these bits."""
    return types.float64(types.int64), lambda context, builder, signature, given: builder.bitcast(
        given[0], ir.DoubleType()
    )


@intrinsic
def _from_bits(typing, n):  # type: ignore[no-untyped-def]
    """The float32 with these bits."""
    return types.float32(types.int32), lambda context, builder, signature, given: builder.bitcast(
        given[0], ir.FloatType()
    )


def exp(x: Any) -> Any:
    raise NotImplementedError


def log(x: Any) -> Any:
    raise NotImplementedError


def sin(x: Any) -> Any:
    raise NotImplementedError


def cos(x: Any) -> Any:
    raise NotImplementedError


def angle(y: Any, x: Any) -> Any:
    """atan2."""
    raise NotImplementedError


def erf(x: Any) -> Any:
    raise NotImplementedError


def _wide_exp(x):  # type: ignore[no-untyped-def]
    x = min(max(x, WIDE_SMALLEST), WIDE_LARGEST)
    n = np.floor(x * WIDE_LOG2E + 0.5)
    x = (x - n * WIDE_LN2_HIGH) - n * WIDE_LN2_LOW
    z = x * x
    p = x * ((X2 * z + X1) * z + X0)
    y = 1.0 + 2.0 * (p / ((((Y3 * z + Y2) * z + Y1) * z + Y0) - p))
    return y * _wide_from_bits((np.int64(n) + np.int64(1023)) << np.int64(52))  # type: ignore[call-arg]


@overload(exp, jit_options=FUSED)
def _exp(x):  # type: ignore[no-untyped-def]
    if x != types.float32:
        return _wide_exp

    def short(x):  # type: ignore[no-untyped-def]
        x = min(max(x, SMALLEST), LARGEST)
        n = np.floor(x * LOG2E + HALF)
        x = (x - n * LN2_HIGH) - n * LN2_LOW
        y = (((((E5 * x + E4) * x + E3) * x + E2) * x + E1) * x + E0) * x * x + x + ONE
        return y * _from_bits((np.int32(n) + np.int32(127)) << np.int32(23))  # type: ignore[call-arg]

    return short


@overload(log, jit_options=FUSED)
def _log(x):  # type: ignore[no-untyped-def]
    if x != types.float32:
        return lambda x: math.log(x)

    def short(x):  # type: ignore[no-untyped-def]
        bits: Any = _bits(x)  # type: ignore[call-arg]
        n = _F((bits >> np.int32(23)) - np.int32(126))
        m = _from_bits((bits & np.int32(0x007FFFFF)) | np.int32(0x3F000000))
        low = m < ROOT_HALF
        n = n - ONE if low else n
        m = m + m - ONE if low else m - ONE
        z = m * m
        y = ((((((((L8 * m + L7) * m + L6) * m + L5) * m + L4) * m + L3) * m + L2) * m + L1) * m + L0) * m * z
        return (m + (y + n * LN2_LOW - HALF * z)) + n * LN2_HIGH

    return short


@overload(sin, jit_options=FUSED)
def _sin(x):  # type: ignore[no-untyped-def]
    if x != types.float32:
        return lambda x: math.sin(x)

    def short(x):  # type: ignore[no-untyped-def]
        a = abs(x)
        n = (np.int32(a * FOUR_PI) + np.int32(1)) & np.int32(-2)
        k = _F(n)
        a = ((a - k * P1) - k * P2) - k * P3
        z = a * a
        s = ((S2 * z + S1) * z + S0) * z * a + a
        c = ((C2 * z + C1) * z + C0) * z * z - HALF * z + ONE
        y = c if n & np.int32(2) else s
        y = -y if n & np.int32(4) else y
        return -y if x < ZERO else y

    return short


@overload(cos, jit_options=FUSED)
def _cos(x):  # type: ignore[no-untyped-def]
    if x != types.float32:
        return lambda x: math.cos(x)

    def short(x):  # type: ignore[no-untyped-def]
        a = abs(x)
        n = (np.int32(a * FOUR_PI) + np.int32(1)) & np.int32(-2)
        k = _F(n)
        a = ((a - k * P1) - k * P2) - k * P3
        z = a * a
        s = ((S2 * z + S1) * z + S0) * z * a + a
        c = ((C2 * z + C1) * z + C0) * z * z - HALF * z + ONE
        y = s if n & np.int32(2) else c
        return -y if (n + np.int32(2)) & np.int32(4) else y

    return short


@overload(angle, jit_options=FUSED)
def _angle(y, x):  # type: ignore[no-untyped-def]
    if x != types.float32:
        return lambda y, x: math.atan2(y, x)

    def short(y, x):  # type: ignore[no-untyped-def]
        ay, ax = abs(y), abs(x)
        large, small = max(ay, ax), min(ay, ax)
        t = small / (large if large > ZERO else ONE)
        beyond = t > TAN_PI_8
        t = (t - ONE) / (t + ONE) if beyond else t
        z = t * t
        r = (((A3 * z + A2) * z + A1) * z + A0) * z * t + t
        r = r + PI_4 if beyond else r
        r = PI_2 - r if ay > ax else r
        r = PI - r if x < ZERO else r
        return -r if y < ZERO else r

    return short


@overload(erf, jit_options=FUSED)
def _erf(x):  # type: ignore[no-untyped-def]
    if x != types.float32:

        def wide(x):  # type: ignore[no-untyped-def]
            a = min(abs(x), 6.0)
            z = a * a
            inside = x * ((((T4 * z + T3) * z + T2) * z + T1) * z + T0)
            inside /= ((((z + U4) * z + U3) * z + U2) * z + U1) * z + U0
            left = (((((((V8 * a + V7) * a + V6) * a + V5) * a + V4) * a + V3) * a + V2) * a + V1) * a + V0
            left /= (((((((a + W7) * a + W6) * a + W5) * a + W4) * a + W3) * a + W2) * a + W1) * a + W0
            beyond = 1.0 - exp(-z) * left
            beyond = -beyond if x < 0.0 else beyond
            return beyond if a > 1.0 else inside

        return wide

    def short(x):  # type: ignore[no-untyped-def]
        x = min(max(x, -FOUR), FOUR)
        z = x * x
        above = (((((G6 * z + G5) * z + G4) * z + G3) * z + G2) * z + G1) * z + G0
        below = (((H4 * z + H3) * z + H2) * z + H1) * z + ONE
        return min(max(x * above / below, -ONE), ONE)

    return short
