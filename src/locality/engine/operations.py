"""The table from torch's operations to layers: what an operation of an exported program is called here.

Each rule reads one call and gives the layer, or None where the layers cannot say it; sizes are checked by whoever asks.
"""

from collections.abc import Callable
from math import prod
from operator import getitem
from typing import Any

from torch import fx, nn

from locality.engine.calls import Call, Found, each, name_of, shape_of
from locality.errors import LocalityError
from locality.network.layer import Layer
from locality.network.layers import (
    Activation,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    Dropout,
    Flatten,
    Norm,
    Pool,
    Product,
    Reshape,
    Sum,
    Upsample,
)


def found(node: fx.Node) -> Found | None:
    """What an operation is called here; None where no layer says it."""
    whole = node
    if node.target is getitem and node.args[1] == 0 and isinstance(node.args[0], fx.Node):
        whole = node.args[0]  # of a maximum with its places, and of a normalisation with its statistics
        if name_of(whole) not in _FIRST_OF_SEVERAL:
            return None
    rule = RULES.get(name_of(whole))
    if rule is None or not hasattr(whole.target, "_schema"):
        return None
    try:
        return rule(Call(whole, node))
    except LocalityError:
        return None  # an argument that our layers refuse


def _padded(x: fx.Node, axes: int) -> tuple[fx.Node, list[tuple[int, int]], str]:
    """What stands before a padding that a convolution or a mean can do itself, and that padding."""
    none = [(0, 0)] * axes
    if x.op != "call_function" or name_of(x) != "pad":
        return x, none, "zeros"
    call = Call(x)
    sides = list(call["pad"])
    mode = {"constant": "zeros", "replicate": "edge", "reflect": "reflect", "circular": "wrap"}.get(call["mode"])
    beyond = any(sides[2 * axes :])
    if mode is None or beyond or min(sides) < 0 or (mode == "zeros" and call["value"] not in (None, 0)):
        return x, none, "zeros"
    pairs = [(sides[2 * i], sides[2 * i + 1]) for i in range(len(sides[: 2 * axes]) // 2)]
    return call.x, [*reversed(pairs + none[len(pairs) :])], mode


def _conv(call: Call) -> Found | None:
    weight = call["weight"].meta["val"]
    axes = weight.ndim - 2
    if call.x.meta["val"].ndim != weight.ndim:
        return None
    x, pairs, mode = _padded(call.x, axes)
    own = call["padding"]
    padding: Any = own
    if own == "valid" or not isinstance(own, str):
        sides = (0,) * axes if own == "valid" else each(own, axes)
        if any(sides) and mode != "zeros":
            x, pairs, mode = call.x, [(0, 0)] * axes, "zeros"
        padding = tuple((a + p, b + p) for (a, b), p in zip(pairs, sides, strict=True))
    elif x is not call.x:
        x, mode = call.x, "zeros"
    layer = Conv(
        weight.shape[0],
        tuple(weight.shape[2:]),
        stride=each(call["stride"], axes),
        padding=padding,
        dilation=each(call["dilation"], axes),
        groups=call["groups"],
        bias=call["bias"] is not None,
        padding_mode=mode,
        rounding="floor",
    )
    return Found(layer, (x,), call.stored("weight", "bias"))


def _conv_transpose(call: Call) -> Found | None:
    weight = call["weight"].meta["val"]
    axes = weight.ndim - 2
    if call.x.meta["val"].ndim != weight.ndim:
        return None
    layer = ConvTranspose(
        weight.shape[1] * call["groups"],
        tuple(weight.shape[2:]),
        stride=each(call["stride"], axes),
        padding=each(call["padding"], axes),
        output_padding=each(call["output_padding"], axes),
        dilation=each(call["dilation"], axes),
        groups=call["groups"],
        bias=call["bias"] is not None,
    )
    return Found(layer, (call.x,), call.stored("weight", "bias"))


def _linear(call: Call) -> Found:
    layer = Dense(call["weight"].meta["val"].shape[0], bias=call["bias"] is not None)
    return Found(layer, (call.x,), call.stored("weight", "bias"))


def _max_pool(call: Call) -> Found:
    axes = len(call.output) - 1
    layer = Pool(
        "max",
        each(call["kernel_size"], axes),
        stride=each(call["stride"] or call["kernel_size"], axes),
        padding=each(call["padding"], axes),
        dilation=each(call["dilation"], axes),
        rounding="ceil" if call["ceil_mode"] else "floor",
    )
    return Found(layer, (call.x,))


def _average_pool(call: Call) -> Found | None:
    axes = len(call.output) - 1
    x, pairs, mode = _padded(call.x, axes)
    own = each(call["padding"], axes)
    if mode != "zeros" or (x is not call.x and (any(own) or call["ceil_mode"])):
        x, pairs = call.x, [(0, 0)] * axes
    if call.given.get("divisor_override") is not None or (any(own) and not call["count_include_pad"]):
        return None
    layer = Pool(
        "average",
        each(call["kernel_size"], axes),
        stride=each(call["stride"] or call["kernel_size"], axes),
        padding=tuple((a + p, b + p) for (a, b), p in zip(pairs, own, strict=True)),
        rounding="ceil" if call["ceil_mode"] else "floor",
    )
    return Found(layer, (x,))


def _adaptive(kind: str) -> Callable[[Call], Found]:
    def rule(call: Call) -> Found:
        size = call.output[1:]
        if set(size) == {1}:
            return Found(Pool(f"global-{kind}"), (call.x,))
        return Found(Pool(f"adaptive-{kind}", output_size=size), (call.x,))

    return rule


def _over_space(kind: str) -> Callable[[Call], Found | None]:
    """A mean or maximum over axes of space: over all of them the whole map's, else of windows as long as the axis."""

    def rule(call: Call) -> Found | None:
        value = call.x.meta["val"]
        given = call.given.get("dim")
        if given is None or call.given.get("dtype") is not None:
            return None
        axes = {axis % value.ndim for axis in each(given, 1)}
        if not axes or not axes <= set(range(2, value.ndim)):
            return None
        layer = Pool(f"global-{kind}")
        if len(axes) < value.ndim - 2:
            layer = Pool(kind, tuple(value.shape[axis] if axis in axes else 1 for axis in range(2, value.ndim)))
        return Found(layer, (call.x,), less=not call["keepdim"])

    return rule


def _batch_norm(call: Call) -> Found | None:
    weights = call.stored("weight", "bias", "running_mean", "running_var")
    if call.given.get("training") or "running_mean" not in weights or ("weight" in weights) != ("bias" in weights):
        return None
    # torch hands on 0 for a cumulative mean, which our layer does not know.
    layer = Norm("batch", eps=call["eps"], momentum=call["momentum"] or 0.1, affine="weight" in weights)
    return Found(layer, (call.x,), weights)


def _norm(kind: str) -> Callable[[Call], Found | None]:
    def rule(call: Call) -> Found | None:
        weights = call.stored("weight", "bias")
        if len(weights) == 1:
            return None
        if kind == "layer" and tuple(call["normalized_shape"]) != call.output:
            return None
        if kind == "instance" and call["running_mean"] is not None:
            return None
        groups = call["num_groups"] if kind == "group" else None
        return Found(Norm(kind, groups=groups, eps=call["eps"], affine=bool(weights)), (call.x,), weights)

    return rule


def _curve(function: str, **settings: Any) -> Callable[[Call], Found | None]:
    """A curve of torch, where it is given these settings, or none that change it."""

    def rule(call: Call) -> Found | None:
        if any(call[name] != value for name, value in settings.items()):
            return None
        return Found(Activation(function), (call.x,))

    return rule


def _leaky_relu(call: Call) -> Found | None:
    slope = float(call["negative_slope"])
    return Found(Activation("leaky_relu", slope=slope), (call.x,))


def _between(low: str, high: str) -> Callable[[Call], Found | None]:
    """Numbers cut off below and above."""
    known = {(0, 6): "relu6", (-1, 1): "hardtanh", (0, None): "relu"}

    def rule(call: Call) -> Found | None:
        function = known.get((call[low], call.given.get(high)))
        return None if function is None else Found(Activation(function), (call.x,))

    return rule


def _softmax(function: str) -> Callable[[Call], Found | None]:
    def rule(call: Call) -> Found | None:
        ours = call["dim"] % (len(call.output) + 1) == 1 and call.given.get("dtype") is None
        return Found(Activation(function), (call.x,)) if ours else None

    return rule


def _dropout(channels: bool) -> Callable[[Call], Found]:
    return lambda call: Found(Dropout(float(call["p"]), channels), (call.x,))


def _reshaped(call: Call) -> Found | None:
    """A change of shape, however many steps it took."""
    x, many = call.x, prod(call.output)
    while x.op == "call_function" and RULES.get(name_of(x)) is _reshaped and shape_of(Call(x).x) != call.output:
        x = Call(x).x
    if prod(shape_of(x)) != many:
        return None
    return Found(Flatten() if len(call.output) == 1 else Reshape(call.output), (x,))


def _cut(call: Call) -> Found | None:
    """A part of every map, however many slices it took: its edges cut away, or of every few cells the first."""
    x, kept = call.x, _kept(call)
    if kept is None:
        return None
    while x.op == "call_function" and RULES.get(name_of(x)) is _cut and (wider := _kept(Call(x))) is not None:
        kept = [outer[cells.start : cells.stop : cells.step] for outer, cells in zip(wider, kept, strict=True)]
        x = Call(x).x
    sizes = shape_of(x)[1:]
    if all(cells.step == 1 for cells in kept):
        return Found(Crop(tuple((c.start, size - c.stop) for c, size in zip(kept, sizes, strict=True))), (x,))
    if any(list(cells) != list(range(0, size, cells.step)) for cells, size in zip(kept, sizes, strict=True)):
        return None
    return Found(Pool("max", 1, stride=tuple(cells.step for cells in kept), rounding="floor"), (x,))


def _kept(call: Call) -> list[range] | None:
    """The cells that a slice keeps along each axis of space; None where it cuts elsewhere, or adds some."""
    kept = [range(size) for size in shape_of(call.x)[1:]]
    if "pad" in call.given:
        sides = call["pad"]
        if call["mode"] != "constant" or max(sides) > 0 or len(sides) > 2 * len(kept):
            return None
        for axis, (before, after) in enumerate(zip(sides[::2], sides[1::2], strict=True), 1):
            kept[-axis] = kept[-axis][-before : len(kept[-axis]) + after]
        return kept
    start, axis = call["start"], call["dim"] % (len(kept) + 2) - 2
    end = start + call["length"] if "length" in call.given else call["end"]
    if axis < 0 or not all(isinstance(place, int | None) for place in (start, end)):
        return None
    kept[axis] = kept[axis][start : end : call.given.get("step", 1)]
    return kept


def _upsample(mode: str) -> Callable[[Call], Found | None]:
    def rule(call: Call) -> Found | None:
        sizes = list(zip(call.output[1:], shape_of(call.x)[1:], strict=True))
        if call.given.get("align_corners") or any(new % old for new, old in sizes):
            return None
        scale = tuple(new // old for new, old in sizes)
        told = call.given.get("scale_factors")
        if told is not None and tuple(map(float, told)) != tuple(map(float, scale)):
            return None
        return Found(Upsample(scale, mode), (call.x,))

    return rule


def _joined(layer: type[Sum] | type[Product]) -> Callable[[Call], Found | None]:
    def rule(call: Call) -> Found | None:
        inputs = (call["self"], call["other"])
        if call.given.get("alpha", 1) != 1 or not all(isinstance(each, fx.Node) for each in inputs):
            return None
        return Found(layer(), tuple(map(_unspread, inputs)) if layer is Product else inputs)

    return rule


def _hard_sigmoid(call: Call) -> Found | None:
    """relu6(x + 3) / 6, as MobileNetV3 spelled it before torch had a word for it."""
    curve = call["self"]
    inner = found(curve) if isinstance(curve, fx.Node) else None
    if call["other"] != 6 or inner is None or inner.layer != Activation("relu6"):
        return None
    shifted = inner.inputs[0]
    if shifted.op != "call_function" or name_of(shifted) != "add" or shifted.args[1:] != (3,) or shifted.kwargs:
        return None
    return Found(Activation("hardsigmoid"), (shifted.args[0],))  # type: ignore[arg-type]


def _unspread(x: fx.Node) -> fx.Node:
    """What was spread over a map, which a product does by itself."""
    while x.op == "call_function" and name_of(x) in ("expand", "expand_as") and isinstance(x.args[0], fx.Node):
        x = x.args[0]
    return x


def _square(call: Call) -> Found | None:
    return Found(Product(), (call["self"],) * 2) if call["exponent"] == 2 else None


def _concat(call: Call) -> Found | None:
    tensors = tuple(call["tensors"])
    channels = call["dim"] % (len(call.output) + 1) == 1
    return Found(Concat(), tensors) if channels and len(tensors) > 1 else None


_FIRST_OF_SEVERAL = (
    "max_pool1d_with_indices", "max_pool2d_with_indices", "max_pool3d_with_indices", "adaptive_max_pool1d",
    "adaptive_max_pool2d", "adaptive_max_pool3d", "max", "native_batch_norm_legit_no_training",
)  # fmt: skip

# One row for each operation: what reads its call.
RULES: dict[str, Callable[[Call], Found | None]] = {
    **{f"conv{axes}d": _conv for axes in (1, 2, 3)},
    **{f"conv_transpose{axes}d": _conv_transpose for axes in (1, 2, 3)},
    "linear": _linear,
    **{f"max_pool{axes}d{rest}": _max_pool for axes in (1, 2, 3) for rest in ("", "_with_indices")},
    **{f"avg_pool{axes}d": _average_pool for axes in (1, 2, 3)},
    **{f"adaptive_avg_pool{axes}d": _adaptive("average") for axes in (1, 2, 3)},
    **{f"adaptive_max_pool{axes}d": _adaptive("max") for axes in (1, 2, 3)},
    "mean": _over_space("average"),
    "amax": _over_space("max"),
    "max": _over_space("max"),
    "batch_norm": _batch_norm,
    "native_batch_norm_legit_no_training": _batch_norm,
    "layer_norm": _norm("layer"),
    "group_norm": _norm("group"),
    "instance_norm": _norm("instance"),
    **{name: _curve(name) for name in ("relu", "relu6", "selu", "silu", "mish", "hardswish", "hardsigmoid", "sigmoid",
                                       "tanh")},
    "gelu": _curve("gelu", approximate="none"),
    "elu": _curve("elu", alpha=1, scale=1, input_scale=1),
    "softplus": _curve("softplus", beta=1, threshold=20),
    "log_sigmoid": _curve("logsigmoid"),
    "leaky_relu": _leaky_relu,
    "hardtanh": _between("min_val", "max_val"),
    "clamp": _between("min", "max"),
    "clamp_min": _between("min", "max"),
    "softmax": _softmax("softmax"),
    "log_softmax": _softmax("log_softmax"),
    "dropout": _dropout(False),
    "feature_dropout": _dropout(True),
    **dict.fromkeys(("flatten", "unflatten", "view", "unsafe_view", "reshape", "squeeze", "unsqueeze"), _reshaped),
    **dict.fromkeys(("slice", "narrow", "pad"), _cut),
    **{f"upsample_nearest{axes}d": _upsample("nearest") for axes in (1, 2, 3)},
    **{f"upsample_nearest_exact{axes}d": _upsample("nearest") for axes in (1, 2, 3)},
    **{f"upsample_{word}": _upsample("linear") for word in ("linear1d", "bilinear2d", "trilinear3d")},
    "add": _joined(Sum),
    "mul": _joined(Product),
    "div": _hard_sigmoid,
    "pow": _square,
    "cat": _concat,
}  # fmt: skip

# Modules that torch spells out in several operations, or takes for nothing.
MODULES: dict[type[nn.Module], Callable[[Any], Layer]] = {
    nn.LocalResponseNorm: lambda m: Norm(
        "local-response", size=m.size, alpha=float(m.alpha), beta=float(m.beta), k=float(m.k)
    ),
    nn.Softsign: lambda m: Activation("softsign"),
    nn.Dropout: lambda m: Dropout(m.p),
    **dict.fromkeys((nn.Dropout1d, nn.Dropout2d, nn.Dropout3d), lambda m: Dropout(m.p, channels=True)),
    nn.Flatten: lambda m: Flatten(),
}

# What hands its input on as it is, where neither its shape nor its precision changes.
SAME = (
    "clone", "contiguous", "detach", "alias", "lift_fresh_copy", "to", "type_as", "expand_as", "expand", "cat", "view",
    "reshape", "flatten", "squeeze", "unsqueeze", "slice", "narrow",
)  # fmt: skip

# Numbers that change nothing: sum([x, y]) begins with 0.
NEUTRAL = {"add": 0, "sub": 0, "mul": 1, "div": 1}


def is_neutral(node: fx.Node) -> bool:
    """Whether an operation adds zero, multiplies with one, or pads by nothing."""
    if name_of(node) == "pad":
        return not any(Call(node)["pad"])
    other = node.args[1] if len(node.args) == 2 and not node.kwargs else None
    return isinstance(other, int | float) and NEUTRAL.get(name_of(node)) == other
