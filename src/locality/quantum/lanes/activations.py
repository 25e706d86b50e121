"""Activations, and the way back through them."""

from typing import Any

from numba import njit

from locality.quantum.lanes import operations as op
from locality.quantum.lanes.functions import angle, cos, erf, exp, log, sin
from locality.quantum.lanes.vectors import wide_vectors


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def activate(kind: int, values: Any, numbers: Any) -> None:
    """An activation in place; of complex numbers the real parts come first, then as many imaginary ones."""
    wide_vectors()  # type: ignore[call-arg]
    zero, half, one, tiny = numbers[0], numbers[1], numbers[2], numbers[3]
    if kind == op.RELU:
        for i in range(values.size):
            values[i] = max(values[i], zero)
    elif kind == op.GELU:
        root = half * numbers[4]
        for i in range(values.size):
            values[i] = values[i] * half * (one + erf(values[i] * root))
    elif kind == op.TANH:
        for i in range(values.size):
            e = exp(-abs(values[i] + values[i]))
            t = (one - e) / (one + e)
            values[i] = t if values[i] > zero else -t
    elif kind == op.SIGMOID:
        for i in range(values.size):
            values[i] = one / (one + exp(-values[i]))
    elif kind == op.SILU:
        for i in range(values.size):
            values[i] = values[i] / (one + exp(-values[i]))
    elif kind == op.LOG_COSH:
        two = log(one + one)
        for i in range(values.size):
            a = abs(values[i])
            values[i] = a + log(one + exp(-a - a)) - two
    elif kind == op.COMPLEX_RELU:
        real, imaginary = values[: values.size // 2], values[values.size // 2 :]
        for i in range(real.size):
            x, y = real[i], imaginary[i]
            keep = one if x + y > zero else zero  # the half plane -pi/4 < arg z < 3 pi/4
            real[i] = x * keep
            imaginary[i] = y * keep
    elif kind == op.COMPLEX_LOG_COSH:
        real, imaginary = values[: values.size // 2], values[values.size // 2 :]
        two = log(one + one)
        for i in range(real.size):
            side = -one if real[i] < zero else one
            x, y = real[i] * side, imaginary[i] * side
            q = exp(-x - x)
            u, v = one + q * cos(y + y), -q * sin(y + y)
            real[i] = x - two + half * log(max(u * u + v * v, tiny))
            imaginary[i] = y + angle(v, u)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def activate_back(kind: int, x: Any, slope: Any, numbers: Any) -> None:
    """Slopes with respect to the outputs of an activation become those with respect to its inputs x."""
    wide_vectors()  # type: ignore[call-arg]
    zero, half, one = numbers[0], numbers[1], numbers[2]
    if kind == op.RELU:
        for i in range(x.size):
            slope[i] *= one if x[i] > zero else zero
    elif kind == op.GELU:
        root, density = half * numbers[4], numbers[5]
        for i in range(x.size):
            slope[i] *= half * (one + erf(x[i] * root)) + x[i] * density * exp(-half * x[i] * x[i])
    elif kind in (op.TANH, op.LOG_COSH):
        for i in range(x.size):
            e = exp(-abs(x[i] + x[i]))
            t = (one - e) / (one + e)
            t = t if x[i] > zero else -t
            slope[i] *= t if kind == op.LOG_COSH else one - t * t
    elif kind == op.SIGMOID:
        for i in range(x.size):
            y = one / (one + exp(-x[i]))
            slope[i] *= y * (one - y)
    elif kind == op.SILU:
        for i in range(x.size):
            y = one / (one + exp(-x[i]))
            slope[i] *= y * (one + x[i] * (one - y))
    elif kind == op.COMPLEX_RELU:
        count = x.size // 2
        for i in range(count):
            keep = one if x[i] + x[count + i] > zero else zero
            slope[i] *= keep
            slope[count + i] *= keep
    elif kind == op.COMPLEX_LOG_COSH:
        count = x.size // 2
        for i in range(count):
            side = -one if x[i] < zero else one
            a, b = x[i] * side, x[count + i] * side
            q = exp(-a - a)
            u, v = q * cos(b + b), -q * sin(b + b)
            below = (one + u) * (one + u) + v * v
            real, imaginary = side * (one - u * u - v * v) / below, -side * (v + v) / below
            s, t = slope[i], slope[count + i]
            slope[i] = s * real + t * imaginary
            slope[count + i] = t * real - s * imaginary
