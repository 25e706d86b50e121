"""What every layer computes, written a second time: plain numpy loops over the torch documentation's formulas.

Nothing here asks `locality.geometry` or the engine. Each oracle takes the layer, the arrays it reads (N, channels,
*space) and its parameters, and gives the output; those that multiply count how often.
"""

from itertools import product
from math import ceil, prod
from typing import Any

import numpy as np
from scipy.special import erf, expit, log_softmax, logsumexp

Values = tuple[Any, int]


def along(value: Any, axes: int) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple) else (value,) * axes


def pads(layer: Any, axes: int) -> list[tuple[int, int]]:
    if layer.padding == "same":
        reach = [d * (k - 1) for k, d in zip(along(layer.kernel_size, axes), along(layer.dilation, axes), strict=True)]
        return [(r // 2, r - r // 2) for r in reach]
    return [p if isinstance(p, tuple) else (p, p) for p in along(layer.padding, axes)]


def mask(footprint: str, kernel: tuple[int, ...]) -> Any:
    if footprint == "full":
        return np.ones(kernel, bool)
    if footprint == "hexagon":
        return np.array([[0, 1, 1], [1, 1, 1], [1, 1, 0]], bool)
    if footprint == "diamond":
        centre = np.abs(np.indices(kernel) - (kernel[0] - 1) // 2).sum(0)
        return centre <= (kernel[0] - 1) // 2
    return np.array([mark == "1" for mark in footprint if mark != "/"]).reshape(kernel)


def conv(layer: Any, arrays: list[Any], weights: dict[str, Any]) -> Values:
    axes = arrays[0].ndim - 2
    kernel, stride, dilation = (along(v, axes) for v in (layer.kernel_size, layer.stride, layer.dilation))
    mode = {"zeros": "constant", "edge": "edge", "reflect": "reflect", "wrap": "wrap"}[layer.padding_mode]
    x = np.pad(arrays[0], [(0, 0), (0, 0), *pads(layer, axes)], mode=mode)
    taps = mask(layer.footprint, kernel)
    wide, each = x.shape[1] // layer.groups, layer.out_channels // layer.groups
    full = np.zeros((layer.out_channels, wide, *kernel), x.dtype)
    joined = np.ones((layer.out_channels, wide), bool)
    if layer.connections is not None:
        joined = np.array([[c in reads for c in range(wide)] for reads in layer.connections])
    full[joined[(..., *(None for _ in kernel))] & taps] = weights["weight"].reshape(-1)
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    places = [(size - span) // s + 1 for size, span, s in zip(x.shape[2:], spans, stride, strict=True)]
    out, count = np.zeros((len(x), layer.out_channels, *places), x.dtype), 0
    for place in np.ndindex(*places):
        window = tuple(slice(u * s, u * s + n, d) for u, s, n, d in zip(place, stride, spans, dilation, strict=True))
        for o in range(layer.out_channels):
            patch = x[(slice(None), slice(o // each * wide, o // each * wide + wide), *window)]
            out[(slice(None), o, *place)] = (patch * full[o]).sum(tuple(range(1, axes + 2)))
            count += int(joined[o].sum()) * int(taps.sum())
    return out + _bias(weights, axes), count


def transposed(layer: Any, arrays: list[Any], weights: dict[str, Any]) -> Values:
    x, axes = arrays[0], arrays[0].ndim - 2
    kernel, stride, dilation = (along(v, axes) for v in (layer.kernel_size, layer.stride, layer.dilation))
    extra, wide, each = (
        along(layer.output_padding, axes),
        x.shape[1] // layer.groups,
        layer.out_channels // layer.groups,
    )
    grown = [
        (i - 1) * s + d * (k - 1) + 1 + a
        for i, s, d, k, a in zip(x.shape[2:], stride, dilation, kernel, extra, strict=True)
    ]
    out, count = np.zeros((len(x), layer.out_channels, *grown), x.dtype), 0
    for place, tap in product(np.ndindex(*x.shape[2:]), np.ndindex(*kernel)):
        onto = tuple(p * s + t * d for p, s, t, d in zip(place, stride, tap, dilation, strict=True))
        for c, o in product(range(x.shape[1]), range(each)):
            target = (slice(None), c // wide * each + o, *onto)
            out[target] += x[(slice(None), c, *place)] * weights["weight"][(c, o, *tap)]
            count += 1
    cut = tuple(slice(before, size - after) for (before, after), size in zip(pads(layer, axes), grown, strict=True))
    return out[(slice(None), slice(None), *cut)] + _bias(weights, axes), count


def pool(layer: Any, arrays: list[Any], weights: dict[str, Any]) -> Values:
    x = arrays[0]
    reads = [_pool_reads(layer, axis, size) for axis, size in enumerate(x.shape[2:])]
    out = np.zeros((*x.shape[:2], *map(len, reads)), x.dtype)
    for place in np.ndindex(*map(len, reads)):
        window = [along_axis[u] for along_axis, u in zip(reads, place, strict=True)]
        real = [[i for i in cells if 0 <= i < n] for cells, n in zip(window, x.shape[2:], strict=True)]
        patch = x[(slice(None), slice(None), *np.ix_(*real))].reshape(*x.shape[:2], -1)
        if layer.kind.endswith("max"):
            found = patch.max(-1)
        elif layer.kind == "subsampling":
            found = weights["weight"] * patch.sum(-1) + weights["bias"]
        elif layer.kind == "majority":
            votes = patch.sum(-1)
            found = np.sign(np.where(votes == 0, patch[..., 0], votes))
        else:
            found = patch.sum(-1) / prod(map(len, window))
        out[(slice(None), slice(None), *place)] = found
    return out, 0


def _pool_reads(layer: Any, axis: int, size: int) -> list[list[int]]:
    """The cells each output reads along an axis, explicit padding included, what hangs over the edge left out."""
    if layer.kernel_size is None:
        outs = 1 if layer.kind.startswith("global") else layer.output_size
        outs = outs if isinstance(outs, int) else outs[axis]
        return [list(range(u * size // outs, ceil((u + 1) * size / outs))) for u in range(outs)]
    stride = layer.kernel_size if layer.stride is None else layer.stride
    kernel, step, dilation, padding = (
        v if isinstance(v, int) else v[axis] for v in (layer.kernel_size, stride, layer.dilation, layer.padding)
    )
    before, after = padding if isinstance(padding, tuple) else (padding, padding)
    room = size + before + after - dilation * (kernel - 1) - 1
    count = (ceil(room / step) if layer.rounding == "ceil" else room // step) + 1
    if layer.rounding == "ceil" and (count - 1) * step >= size + before:
        count -= 1
    starts = [u * step - before for u in range(count)]
    return [[start + t * dilation for t in range(kernel) if start + t * dilation < size + after] for start in starts]


def dense(layer: Any, arrays: list[Any], weights: dict[str, Any]) -> Values:
    out, count = np.zeros((len(arrays[0]), layer.out_features), arrays[0].dtype), 0
    for o, i in product(range(layer.out_features), range(arrays[0].shape[1])):
        out[:, o] += arrays[0][:, i] * weights["weight"][o, i]
        count += 1
    return out + _bias(weights, 0), count


def norm(layer: Any, arrays: list[Any], weights: dict[str, Any]) -> Values:
    x = arrays[0]
    each = (1, -1, *(1,) * (x.ndim - 2))
    if layer.kind == "local-response":
        out = np.empty_like(x)
        for c in range(x.shape[1]):
            near = x[:, max(0, c - layer.size // 2) : c + (layer.size - 1) // 2 + 1]
            out[:, c] = x[:, c] / (layer.k + layer.alpha / layer.size * (near**2).sum(1)) ** layer.beta
        return out, 0
    if layer.kind == "batch":
        mean, variance = weights["running_mean"].reshape(each), weights["running_var"].reshape(each)
    else:
        split = {"layer": 1, "instance": x.shape[1], "group": layer.groups}[layer.kind]
        sets = x.reshape(len(x), split, -1)
        mean, variance = (
            np.repeat(moment, x[0].size // split, axis=1).reshape(x.shape) for moment in (sets.mean(2), sets.var(2))
        )
    out = (x - mean) / np.sqrt(variance + layer.eps)
    if layer.affine:
        shape = (1, *x.shape[1:]) if layer.kind == "layer" else each
        out = out * weights["weight"].reshape(shape) + weights["bias"].reshape(shape)
    return out, 0


def activation(layer: Any, arrays: list[Any], weights: dict[str, Any]) -> Values:
    x = arrays[0]
    if np.iscomplexobj(x):
        return _complex_curves(x)[layer.function], 0
    softplus = np.where(x > 20, x, np.log1p(np.exp(np.minimum(x, 20))))
    below = np.expm1(np.minimum(x, 0))
    a, s = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
    found = {
        "relu": np.maximum(x, 0), "relu6": np.clip(x, 0, 6), "leaky_relu": np.where(x > 0, x, (layer.slope or 0) * x),
        "elu": np.where(x > 0, x, below), "selu": s * np.where(x > 0, x, a * below),
        "gelu": x / 2 * (1 + erf(x / np.sqrt(2))), "silu": x * expit(x), "mish": x * np.tanh(np.logaddexp(0, x)),
        "softplus": softplus, "hardswish": x * np.clip(x + 3, 0, 6) / 6, "sigmoid": expit(x),
        "logsigmoid": -np.logaddexp(0, -x), "hardsigmoid": np.clip(x + 3, 0, 6) / 6, "tanh": np.tanh(x),
        "hardtanh": np.clip(x, -1, 1), "scaled-tanh": 1.7159 * np.tanh(2 / 3 * x), "softsign": x / (1 + np.abs(x)),
        "log-cosh": np.logaddexp(x, -x) - np.log(2), "complex-relu": np.maximum(x, 0),
        "softmax": np.exp(x - logsumexp(x, axis=1, keepdims=True)), "log_softmax": log_softmax(x, axis=1),
    }  # fmt: skip
    return found[layer.function], 0


def _complex_curves(z: Any) -> dict[str, Any]:
    """ln cosh by its modulus and its phase: |cosh z|^2 = (cosh 2x + cos 2y)/2, and the phase goes on beyond pi."""
    z = z.astype(complex)
    x, y, angle = z.real, z.imag, np.angle(z)
    phase = np.arctan(np.tanh(x) * np.tan(y)) + np.where(x < 0, -1, 1) * np.pi * np.round(y / np.pi)
    return {
        "tanh": np.tanh(z),
        "log-cosh": np.log((np.cosh(2 * x) + np.cos(2 * y)) / 2) / 2 + 1j * phase,
        "complex-relu": np.where((angle > -np.pi / 4) & (angle < 3 * np.pi / 4), z, 0),
    }


def upsample(layer: Any, arrays: list[Any], weights: dict[str, Any]) -> Values:
    x = arrays[0]
    for axis, scale in enumerate(along(layer.scale, x.ndim - 2), 2):
        if layer.mode == "nearest":
            x = np.repeat(x, scale, axis)
        else:  # half a cell in from either end, and held there
            places = (np.arange(x.shape[axis] * scale) + 0.5) / scale - 0.5
            x = np.apply_along_axis(lambda line, at=places: np.interp(at, np.arange(len(line)), line), axis, x)
    return x, 0


def crop(layer: Any, arrays: list[Any], weights: dict[str, Any]) -> Values:
    cells = [c if isinstance(c, tuple) else (c, c) for c in along(layer.cells, arrays[0].ndim - 2)]
    kept = [slice(before, size - after) for (before, after), size in zip(cells, arrays[0].shape[2:], strict=True)]
    return arrays[0][(slice(None), slice(None), *kept)], 0


def distance(layer: Any, arrays: list[Any], weights: dict[str, Any]) -> Values:
    drawn = np.array([[2.0 * int(mark) - 1 for mark in "".join(p.split("/"))] for p in layer.prototypes])
    squares = [[((x - w) ** 2).sum() for w in drawn] for x in arrays[0]]
    return -np.array(squares), drawn.size


def _bias(weights: dict[str, Any], axes: int) -> Any:
    return weights["bias"].reshape(1, -1, *(1,) * axes) if "bias" in weights else 0.0


def _plain(found: Any) -> Any:
    return lambda layer, arrays, weights: (found(arrays), 0)


ORACLES: dict[str, Any] = {
    "Conv": conv, "ConvTranspose": transposed, "Pool": pool, "Dense": dense, "Norm": norm, "Activation": activation,
    "Upsample": upsample, "Crop": crop, "Distance": distance, "Dropout": _plain(lambda arrays: arrays[0]),
    "Flatten": _plain(lambda arrays: arrays[0].reshape(len(arrays[0]), -1)),
    "Reshape": lambda layer, arrays, weights: (np.stack([x.ravel().reshape(layer.output) for x in arrays[0]]), 0),
    "Sum": _plain(sum), "Concat": _plain(lambda arrays: np.concatenate(arrays, 1)),
    "Product": _plain(lambda arrays: prod(arrays[1:], start=arrays[0])),
}  # fmt: skip
