"""`to_torch_code`: a network as the source of an ordinary `nn.Module`, to read, to keep, or to go on from."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from math import log
from typing import Any

from locality.errors import DescriptionError
from locality.network.layer import Shape, spread
from locality.network.layers import (
    Activation,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    Distance,
    Dropout,
    Flatten,
    Norm,
    Opaque,
    Pool,
    Product,
    Reshape,
    Sum,
    Upsample,
)
from locality.network.network import INPUT, Network, Node, network_of, shape_text

_CURVES = {
    "relu": "ReLU()", "relu6": "ReLU6()", "elu": "ELU()", "selu": "SELU()", "gelu": "GELU()", "silu": "SiLU()",
    "mish": "Mish()", "softplus": "Softplus()", "hardswish": "Hardswish()", "sigmoid": "Sigmoid()",
    "logsigmoid": "LogSigmoid()", "hardsigmoid": "Hardsigmoid()", "tanh": "Tanh()", "hardtanh": "Hardtanh()",
    "softsign": "Softsign()", "complex-relu": "ReLU()", "softmax": "Softmax(1)", "log_softmax": "LogSoftmax(1)",
}  # fmt: skip
# Curves that are no module of torch's, of real and of complex numbers; # stands for what is read. Complex logaddexp
# gives nan where exp(-2x) is nearly 0.
_FORMULAS = {"scaled-tanh": "1.7159 * torch.tanh(# * (2 / 3))", "log-cosh": f"torch.logaddexp(#, -#) - {log(2)}"}
_RIGHT = "torch.where(#.real < 0, -#, #)"
_COMPLEX_FORMULAS = {
    "log-cosh": f"{_RIGHT} + torch.log(1 + torch.exp(-2 * {_RIGHT})) - {log(2)}",
    "complex-relu": "torch.where(#.real + #.imag > 0, #, 0)",
}
_MODES = {"zeros": "zeros", "edge": "replicate", "reflect": "reflect", "wrap": "circular"}
_LINES = {1: "linear", 2: "bilinear", 3: "trilinear"}


def to_torch_code(net: Any) -> str:
    """The source of an `nn.Module` that computes what the network does, its state dict's keys and shapes the same.

    `net` is a `Network` or what has one; auxiliary heads are stored, but not computed. Raises `DescriptionError` for
    what torch has no module for: footprints, tables of connections, trained subsampling, the majority rule, dilated
    means, distances to drawings, opaque operations.

    >>> print(to_torch_code(Network.from_text("small: 1x8x8 | conv 4 3x3 | relu | flatten | dense 10")))
    import torch
    from torch import nn
    from torch.nn import functional as F
    <BLANKLINE>
    <BLANKLINE>
    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(1, 4, 3)
            self.relu1 = nn.ReLU()
            self.dense1 = nn.Linear(144, 10)
    <BLANKLINE>
        def forward(self, x):  # 1x8x8
            x = self.conv1(x)  # 4x6x6
            x = self.relu1(x)
            x = torch.flatten(x, 1)  # 144
            return self.dense1(x)  # 10
    <BLANKLINE>
    """
    net = network_of(net)
    parts = {node.name: made for node in net.nodes if (made := _module(net, node)) is not None}
    lines = [f"        {line}" for line in _assignments(parts)]
    name = "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", net.name))
    head = ["import torch", "from torch import nn", "from torch.nn import functional as F", "", ""]
    head += [f"class {name if name[:1].isalpha() and name != 'F' else f'Net{name}'}(nn.Module):"]
    start = ["    def __init__(self):", "        super().__init__()", *lines, ""]
    steps = [f"        {line}" for line in _steps(net, parts)]
    return "\n".join([*head, *start, f"    def forward(self, x):  # {shape_text(net.input)}", *steps, ""])


def _steps(net: Network, parts: dict[str, str]) -> list[str]:
    """The lines of forward: `x` goes along a chain, what is read again later keeps its name."""
    nodes = net.trunk()
    reads = Counter(source for node in nodes for source in node.inputs)
    held = {INPUT: "x"}
    taken = {"x", "self", "torch", "nn", "F"}
    lines = []
    if reads[INPUT] > 1 or INPUT not in nodes[0].inputs:
        held[INPUT] = "image"
        taken.add("image")
        lines.append("image = x")
    before = INPUT
    for place, node in enumerate(nodes):
        last = place + 1 == len(nodes)
        chained = not last and reads[node.name] == 1 and node.name in nodes[place + 1].inputs
        value = _value(net, node, parts, [held[source] for source in node.inputs])
        shape = net.shapes[node.name]
        said = "" if shape == net.shapes[before] else f"  # {shape_text(shape)}"
        before = node.name
        if last:
            lines.append(f"return {value}{said}")
            break
        variable = "x" if chained else re.sub(r"\W", "_", f"_{node.name}" if node.name[0].isdigit() else node.name)
        while variable in taken - {"x"} or (variable == "x" and not chained):
            variable += "_"
        taken.add(variable)
        held[node.name] = variable
        lines.append(f"{variable} = {value}{said}")
    return lines


def _value(net: Network, node: Node, parts: dict[str, str], inputs: list[str]) -> str:
    """What gives a node's output from the variables it reads."""
    layer, x = node.layer, inputs[0]
    shape = net.inputs(node)[0]
    if isinstance(layer, Sum | Product):
        return (" + " if isinstance(layer, Sum) else " * ").join(inputs)
    if isinstance(layer, Concat):
        return f"torch.cat([{', '.join(inputs)}], 1)"
    if isinstance(layer, Flatten):
        return f"torch.flatten({x}, 1)"
    if isinstance(layer, Reshape):
        return f"{x}.reshape({', '.join(map(str, (f'len({x})', *layer.output)))})"
    if isinstance(layer, Crop):
        return f"F.pad({x}, {[side for axis in reversed(layer.maps([shape])) for side in axis.padding]})"
    if isinstance(layer, Activation) and (formula := _formula(layer, net.dtype)):
        return formula.replace("#", x)
    sides = _sides(layer, shape)
    if sides is not None:
        mode = _MODES[layer.padding_mode] if isinstance(layer, Conv) else "zeros"
        least = isinstance(layer, Pool) and layer.kind == "max"
        more = f', mode="{mode}"' if mode != "zeros" else ', value=float("-inf")' if least else ""
        x = f"F.pad({x}, {sides}{more})"
    if node.weights is not None and isinstance(layer, Norm) and layer.kind == "batch":
        own, theirs = _place(node.name, parts), _place(node.weights, parts)
        return (
            f"F.batch_norm({x}, {own}.running_mean, {own}.running_var, {theirs}.weight, {theirs}.bias, "
            f"self.training, {layer.momentum!r}, {layer.eps!r})"
        )
    return f"{_place(node.weights or node.name, parts)}({x})"


def _module(net: Network, node: Node) -> str | None:
    """What makes a node's module; None where it needs none, or uses another node's."""
    layer = node.layer
    if isinstance(layer, Sum | Product | Concat | Flatten | Reshape | Crop):
        return None
    if isinstance(layer, Activation) and _formula(layer, net.dtype):
        return None
    batch = isinstance(layer, Norm) and layer.kind == "batch"
    if node.weights is not None and not batch:
        if layer != net.node(node.weights).layer:
            raise DescriptionError(
                f"{node.name}: it shares the weights of {node.weights}, a layer with other settings, which no module "
                f"of torch's says. Give both the same settings, or weights of their own."
            )
        return None
    made = _MAKERS[type(layer)](node, layer, net.inputs(node)[0])
    if made is None:
        raise DescriptionError(
            f"{node.name}: torch has no module for {_what(layer)}. Keep the network with to_json, or leave it out."
        )
    if batch and node.weights is not None:
        made = made[:-1] + ", affine=False)"
    if net.dtype != "float32" and net.parameters(node):
        made = f"{made[:-1]}, dtype=torch.{net.dtype})"
    return f"nn.{made}"


def _what(layer: Any) -> str:
    return f"the operation {layer.operation}" if isinstance(layer, Opaque) else repr(layer)


def _conv(node: Node, layer: Conv, shape: Shape) -> str | None:
    windows = layer.windows(shape[1:])
    if layer.taps(shape[1:]) is not None or layer.connections is not None:
        return None
    same = _sides(layer, shape) is None
    return _call(
        f"Conv{len(windows)}d", shape[0], layer.out_channels, _axes(w.kernel for w in windows),
        stride=(_axes(w.stride for w in windows), 1),
        padding=(_axes(w.padding[0] for w in windows) if same else 0, 0),
        dilation=(_axes(w.dilation for w in windows), 1), groups=(layer.groups, 1), bias=(layer.bias, True),
        padding_mode=(_MODES[layer.padding_mode] if same else "zeros", "zeros"),
    )  # fmt: skip


def _conv_transpose(node: Node, layer: ConvTranspose, shape: Shape) -> str | None:
    maps = layer.maps([shape])
    if any(axis.padding[0] != axis.padding[1] for axis in maps):
        return None
    return _call(
        f"ConvTranspose{len(maps)}d", shape[0], layer.out_channels, _axes(axis.kernel for axis in maps),
        stride=(_axes(axis.stride for axis in maps), 1), padding=(_axes(axis.padding[0] for axis in maps), 0),
        output_padding=(_axes(axis.output_padding for axis in maps), 0), groups=(layer.groups, 1),
        bias=(layer.bias, True), dilation=(_axes(axis.dilation for axis in maps), 1),
    )  # fmt: skip


def _pool(node: Node, layer: Pool, shape: Shape) -> str | None:
    axes = len(shape) - 1
    if layer.kernel_size is None:
        kind = "Max" if layer.kind.endswith("max") else "Avg"
        size = 1 if layer.output_size is None else _axes(spread("output_size", layer.output_size, axes))
        return _call(f"Adaptive{kind}Pool{axes}d", size)
    windows = layer.windows(shape[1:])
    sides, up = _sides(layer, shape), layer.rounding == "ceil"
    dilated = any(w.dilation != 1 for w in windows)
    if layer.kind in ("majority", "subsampling") or (layer.kind == "average" and dilated) or (sides is not None and up):
        return None
    stride, kernel = _axes(w.stride for w in windows), _axes(w.kernel for w in windows)
    settings: dict[str, tuple[Any, Any]] = {
        "stride": (stride, kernel),
        "padding": (0 if sides is not None else _axes(w.padding[0] for w in windows), 0),
        "ceil_mode": (up, False),
    }
    if layer.kind == "max":
        settings["dilation"] = (_axes(w.dilation for w in windows), 1)
    return _call(f"{'Max' if layer.kind == 'max' else 'Avg'}Pool{axes}d", kernel, **settings)


def _sides(layer: Any, shape: Shape) -> list[int] | None:
    """The padding in the order of F.pad, where a module of torch's cannot do it itself."""
    windows = layer.windows(shape[1:]) if isinstance(layer, Conv | Pool) else ()
    wide = isinstance(layer, Pool) and any(w.padding[0] > w.kernel // 2 for w in windows)
    if not wide and all(w.padding[0] == w.padding[1] for w in windows):
        return None
    return [side for w in reversed(windows) for side in w.padding]


def _norm(node: Node, layer: Norm, shape: Shape) -> str:
    axes = max(len(shape) - 1, 1)
    eps, affine = (layer.eps, 1e-5), (layer.affine, True)
    if layer.kind == "batch":
        return _call(f"BatchNorm{axes}d", shape[0], eps=eps, momentum=(layer.momentum, 0.1), affine=affine)
    if layer.kind == "layer":
        return _call("LayerNorm", list(shape), eps=eps, elementwise_affine=affine)
    if layer.kind == "instance":
        return _call(f"InstanceNorm{axes}d", shape[0], eps=eps, affine=(layer.affine, False))
    if layer.kind == "group":
        return _call("GroupNorm", layer.groups, shape[0], eps=eps, affine=affine)
    usual = {"alpha": (layer.alpha, 1e-4), "beta": (layer.beta, 0.75), "k": (layer.k, 1.0)}
    return _call("LocalResponseNorm", layer.size, **usual)


def _formula(layer: Activation, dtype: str) -> str | None:
    return (_COMPLEX_FORMULAS if dtype.startswith("complex") else _FORMULAS).get(layer.function)


def _activation(node: Node, layer: Activation, shape: Shape) -> str:
    if layer.function == "leaky_relu":
        return _call("LeakyReLU", layer.slope)
    return _CURVES[layer.function]


def _upsample(node: Node, layer: Upsample, shape: Shape) -> str:
    axes = len(shape) - 1
    scale = _axes(spread("scale", layer.scale, axes))
    mode = "nearest-exact" if layer.mode == "nearest" else _LINES[axes]
    return _call("Upsample", scale_factor=(scale, None), mode=(mode, None))


_MAKERS: dict[type, Callable[[Node, Any, Shape], str | None]] = {
    Conv: _conv, ConvTranspose: _conv_transpose, Pool: _pool, Norm: _norm, Activation: _activation,
    Upsample: _upsample, Dense: lambda node, layer, shape: _call(
        "Linear", shape[0], layer.out_features, bias=(layer.bias, True)
    ),
    Dropout: lambda node, layer, shape: _call(f"Dropout{len(shape) - 1}d" if layer.channels else "Dropout", layer.p),
    Distance: lambda node, layer, shape: None,
    Opaque: lambda node, layer, shape: None,
}  # fmt: skip


def _call(name: str, *arguments: Any, **settings: tuple[Any, Any]) -> str:
    """A call, without the settings that are as usual."""
    given = [repr(argument) for argument in arguments]
    given += [f"{key}={value!r}" for key, (value, usual) in settings.items() if value != usual]
    return f"{name}({', '.join(given)})".replace("'", '"')


def _axes(numbers: Any) -> int | tuple[int, ...]:
    """One number where all axes agree."""
    each = tuple(numbers)
    return each[0] if len(set(each)) == 1 else each


def _assignments(parts: dict[str, str]) -> list[str]:
    """The lines that make the modules, those with dotted names in containers of torch's."""
    lines: list[str] = []
    for top in dict.fromkeys(name.split(".")[0] for name in parts):
        made = "\n".join(_contained(top, parts, 0)).split("\n")
        if top.isidentifier():
            made[0] = f"self.{top} = {made[0]}"
        else:
            made[0], made[-1] = f'self.add_module("{top}", {made[0]}', f"{made[-1]})"
            if len(made) == 1:
                made = [f'self.add_module("{top}", {parts[top]})']
        lines += made
    return lines


def _contained(path: str, parts: dict[str, str], depth: int) -> list[str]:
    """What makes the module of that name, or the container of those below it."""
    if path in parts:
        return [parts[path]]
    keys = _below(path, parts)
    listed = _is_list(keys)
    lines = [f"nn.{'ModuleList([' if listed else 'ModuleDict({'}"]
    for key in keys:
        inner = _contained(f"{path}.{key}", parts, depth + 1)
        inner[0] = f"    {inner[0]}" if listed else f'    "{key}": {inner[0]}'
        lines += [inner[0], *(f"    {line}" for line in inner[1:])]
        lines[-1] += ","
    return [*lines, "])" if listed else "})"]


def _below(path: str, parts: dict[str, str]) -> list[str]:
    start = f"{path}."
    return list(dict.fromkeys(name[len(start) :].split(".")[0] for name in parts if name.startswith(start)))


def _is_list(keys: Sequence[str]) -> bool:
    return list(keys) == [str(place) for place in range(len(keys))]


def _place(name: str, parts: dict[str, str]) -> str:
    """How a module is reached: self.layer1[0]["conv1"]."""
    top, *rest = name.split(".")
    place, path = f"self.{top}" if top.isidentifier() else f'self.get_submodule("{top}")', top
    for key in rest:
        place += f"[{key}]" if _is_list(_below(path, parts)) else f'["{key}"]'
        path = f"{path}.{key}"
    return place
