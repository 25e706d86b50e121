"""The formula of every activation that acts on one number at a time, real or (for a few) complex."""

from collections.abc import Callable
from math import erf, exp, log, sqrt
from typing import Any

import numpy as np


def _sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))


def _softplus(x: float) -> float:
    return x if x > 20 else float(np.logaddexp(0.0, x))  # from 20 on a straight line, as in torch


def _log_cosh(x: Any) -> tuple[Any, float]:
    """ln cosh x = x + ln(1 + exp(-2x)) - ln 2 on the right half plane, where exp cannot overflow; cosh is even."""
    right = -x if x.real < 0 else x
    return right + np.log1p(np.exp(-2 * right)).item(), -log(2)


_SELU = (1.0507009873554805, 1.6732632423543772)  # Klambauer et al., arXiv:1706.02515

# Each curve as a sum of one term or two: two where they cancel, so that rounding is measured against both.
CURVES: dict[str, Callable[[Any, float], Any]] = {
    "relu": lambda x, _: max(x, 0.0),
    "relu6": lambda x, _: min(max(x, 0.0), 6.0),
    "leaky_relu": lambda x, slope: x if x >= 0 else slope * x,
    "elu": lambda x, _: x if x > 0 else float(np.expm1(x)),
    "selu": lambda x, _: _SELU[0] * (x if x > 0 else _SELU[1] * float(np.expm1(x))),
    "gelu": lambda x, _: (x / 2, x / 2 * erf(x / sqrt(2))),
    "silu": lambda x, _: x * _sigmoid(x),
    "mish": lambda x, _: x * float(np.tanh(np.logaddexp(0.0, x))),
    "softplus": lambda x, _: _softplus(x),
    "hardswish": lambda x, _: (x * x / 6, x / 2) if -3 < x < 3 else x * (x >= 3),
    "log-cosh": lambda x, _: _log_cosh(x),
    "complex-relu": lambda x, _: type(x)(0) if x.real + x.imag <= 0 else x,
    "sigmoid": lambda x, _: _sigmoid(x),
    "logsigmoid": lambda x, _: -float(np.logaddexp(0.0, -x)),
    "hardsigmoid": lambda x, _: (x / 6, 0.5) if -3 < x < 3 else float(x >= 3),
    "tanh": lambda x, _: np.tanh(x).item(),
    "hardtanh": lambda x, _: min(max(x, -1.0), 1.0),
    "scaled-tanh": lambda x, _: 1.7159 * float(np.tanh(2 * x / 3)),
    "softsign": lambda x, _: x / (1 + abs(x)),
}
