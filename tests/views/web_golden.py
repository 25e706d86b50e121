"""Golden files for the page's JavaScript: what Python and torch compute, in tests/web/golden/arithmetic.

Numbers stand as base64 of little-endian bytes, in the smallest type that holds them exactly. Written with
`--overwrite` by test_web_modules.py, which otherwise holds Python itself to what stands there.
"""

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, fields
from math import erf, prod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hypothesis import HealthCheck, Phase, given, seed, settings

from conformance.layer_cases import CASES
from locality import zoo
from locality.engine.build import build
from locality.engine.record import Record, record
from locality.errors import DescriptionError, LocalityError
from locality.geometry.cost import convolution, dense, transposed_convolution
from locality.geometry.footprint import footprint_taps
from locality.geometry.refusal import misfit, untiled
from locality.geometry.window import PADDING_MODES, ROUNDINGS, Adaptive, Repeat, Transposed, Window, conv_size, source
from locality.network.cell import explain
from locality.network.layers import (
    LAYERS,
    Activation,
    Concat,
    Conv,
    ConvTranspose,
    Dense,
    Dropout,
    Flatten,
    Norm,
    Opaque,
    Pool,
    Product,
    Sum,
    Upsample,
)
from locality.network.network import INPUT, Branches, Network, Node, Residual
from locality.network.plain import to_dict
from locality.network.seen import _read, seen
from locality.network.table import trace
from strategies import graphs, networks

LARGEST_MAP = 600  # cells
GOLDEN = Path(__file__).parents[1] / "web" / "golden" / "arithmetic"
Draw = np.random.Generator


def packed(array: Any) -> dict[str, Any]:
    """An array as JSON: its shape, the smallest dtype that holds it exactly, its bytes."""
    array = np.asarray(array)
    for dtype in ("<f4", "<f8") if array.dtype.kind == "f" else ("|i1", "<i2", "<i4"):
        with np.errstate(over="ignore"):
            small = array.astype(dtype)
        if np.array_equal(small, array):
            break
    return {"dtype": dtype[1:], "shape": list(array.shape), "data": base64.b64encode(small.tobytes()).decode()}


def unpacked(plain: dict[str, Any]) -> Any:
    array = np.frombuffer(base64.b64decode(plain["data"]), f"<{plain['dtype']}")
    return array.reshape(plain["shape"])


def contents() -> dict[str, list[Any]]:
    """Every golden file by name: a list, one entry a line."""
    return {
        "geometry": geometry(),
        "layers": [computed(case.net, case.given(1)[0], [case.node]) for case in layer_cases()],
        "networks": [computed(net, image, list(net.shapes)[1:]) for net, image in whole_networks()],
        "defaults": defaults(),
        "erf": [[x, erf(x)] for x in np.linspace(-6.5, 6.5, 261).round(3).tolist()],
        "seen": seen_places(),
        "occlusion": occluded(),
        "zoo": [traced(zoo.get(name)) for name in ("lenet5", "tiny-vgg", "alexnet", "googlenet", "resnet18")],
    }


def text_of(entries: list[Any]) -> str:
    return "[\n" + ",\n".join(json.dumps(entry, allow_nan=False, separators=(",", ":")) for entry in entries) + "\n]\n"


def layer_cases() -> Iterable[Any]:
    """The battery's cases but the largest, in float32 and every third one in float64."""
    for cases in CASES.values():
        for number, case in enumerate(
            case for case in cases if max(map(prod, case.net.shapes.values())) <= LARGEST_MAP
        ):
            yield case.as_dtype("float64") if number % 3 == 2 else case


def defaults() -> list[Any]:
    """What every layer's arguments are when they are left out."""
    return [
        [cls.__name__, {f.name: f.default for f in fields(cls) if f.name != "name" and f.default is not MISSING}]
        for cls in LAYERS
    ]


def traced(net: Network) -> dict[str, Any]:
    """A network, and the integers that its nodes come to."""
    rows = {row.name: [list(row.output), row.parameters, row.macs, row.kind] for row in trace(net).rows}
    return {"network": to_dict(net), "rows": rows}


def computed(net: Network, image: Any, nodes: Sequence[str]) -> dict[str, Any]:
    """A network with weights and what torch makes of an image, and some cells of these nodes spelled out."""
    draw = np.random.default_rng(len(net.nodes))
    entry = {**traced(net), "values": {INPUT: packed(image)}, "parameters": {}, "cells": []}
    if any(isinstance(node.layer, Opaque) for node in net.nodes):
        entry["values"] |= {node.name: packed(draw.random(net.shapes[node.name])) for node in net.nodes}
        return entry
    model = build(net)
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                value.copy_(torch.from_numpy(np.asarray(draw.normal(size=value.shape))))
            if name.endswith("running_var"):
                value.abs_().add_(0.1)
    run = record(model, image[None])
    entry["values"] = {name: packed(value[0]) for name, value in run.values.items()}
    entry["parameters"] = {
        name: packed(value) for name, value in run.parameters.items() if not name.endswith("num_batches_tracked")
    }
    for name in nodes:
        shape = net.shapes[name]
        # Of a layer on its own a corner as well, where the padding is.
        corner = tuple((n - 1) * int(draw.integers(2)) for n in shape)
        wanted = [corner, tuple(map(int, draw.integers(shape)))] if len(nodes) == 1 else [corner]
        found = [spelled_out(run, name, place) for place in wanted]
        entry["cells"] += found if sum(prod(cell["patch"]["shape"]) for cell in found) < 120 else found[-1:]
    return entry


def spelled_out(run: Record, node: str, place: tuple[int, ...]) -> dict[str, Any]:
    """A cell as JSON; its products only where they are not patch times weights."""
    cell = explain(run, node, place)
    plain = {
        "node": node,
        "kind": cell.kind,
        "cell": list(place),
        "inputs": list(cell.inputs),
        "patch": packed(cell.patch),
        "weights": None if cell.weights is None else packed(cell.weights),
        "bias": cell.bias,
        "value": cell.value,
        "computed": cell.computed,
        "sites": packed(cell.sites.reshape(cell.patch.size, len(run.network.inputs(run.network.node(node))[0]))),
        "rule": cell.rule,
        "activation": cell.activation,
        "scale": cell.scale,
    }
    weights = cell.weights
    if weights is None or not np.array_equal(np.where(weights == 0, 0, cell.patch) * weights, cell.products):
        plain["products"] = packed(cell.products)
    return plain


def whole_networks() -> list[tuple[Network, Any]]:
    """Chains, branches and graphs chosen for what they join, then small random ones."""
    gate = [Pool("global-average"), Conv(2, 1), Activation("relu"), Conv(4, 1), Activation("sigmoid")]
    relu, same = Activation("relu"), Conv(4, 3, padding="same")
    down = [Pool("max", 2), Conv(6, 3, padding="same"), relu, ConvTranspose(4, 2, stride=2)]
    inception = Branches([[Conv(3, 1)], [Conv(2, 1), Conv(4, 3, padding=1)], [Pool("max", 3, stride=1, padding=1)]])
    chosen = [
        Network("chain", (1, 12, 12), [Conv(4, 3, padding=1), Activation("tanh"), Pool("average", 2), Conv(5, 3),
                                       Activation("gelu"), Flatten(), Dense(6), relu, Dense(3), Activation("softmax")]),
        Network("residual", (2, 8, 8), [
            Residual([same, Norm("batch"), relu, same, Norm("batch")], [Conv(4, 1), Norm("batch")]), relu,
            Residual([same, relu]), Pool("global-average"), Flatten(), Dense(3)]),
        Network("inception", (2, 7, 7), [inception, relu, Norm("local-response", size=3), Pool("majority", 7)]),
        Network("u-net", (1, 8, 8), [same, relu, Branches([down, []]), Conv(2, 1), Activation("log_softmax")]),
        Network("gated", (3, 6, 6), [same, Branches([[], gate], "product"), Norm("group", groups=2), Dropout(0.4),
                                     Upsample(2, "linear"), Norm("layer"), Activation("silu")]),
        Network("line", (2, 16), [Conv(4, 5, 2, ((2, 1),)), relu, Norm("instance"), Flatten(), Dense(2)]),
        Network("solid", (1, 4, 5, 4), [Conv(2, 3, padding=1), relu, Pool("max", 2, rounding="ceil"), Upsample(2)]),
        Network("shared", (3, 6, 6), nodes=[
            Node("first", Conv(3, 3, padding="same", padding_mode="wrap"), INPUT), Node("bend", relu, "first"),
            Node("again", Conv(3, 3, padding="same"), "bend", "first"), Node("norm", Norm("batch"), "again"),
            Node("norm-again", Norm("batch"), "bend", "norm"), Node("sum", Sum(), ["norm", "norm-again", INPUT]),
            Node("both", Concat(), ["sum", "bend"]), Node("times", Product(), ["both", "both"])]),
    ]  # fmt: skip
    chosen += [Network(f"{net.name}-wide", net.input, nodes=net.nodes, dtype="float64") for net in chosen[:3]]
    drawn = several(networks(dtypes=("float32", "float64")), 30, lambda net: 4 < _cells(net) < 300)
    draw = np.random.default_rng(7)
    return [(net, draw.normal(size=net.input).astype(net.dtype)) for net in [*chosen, *drawn]]


def _cells(net: Network) -> int:
    weights = sum(prod(shape) for node in net.nodes for shape in net.parameters(node).values())
    return sum(map(prod, net.shapes.values())) + weights


def several(strategy: Any, count: int, fits: Any) -> list[Any]:
    """That many different networks of a strategy, always the same ones with one version of Hypothesis."""
    found: dict[str, Network] = {}

    @seed(20)
    @settings(max_examples=12 * count, database=None, phases=[Phase.generate], deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(strategy)
    def collect(net: Network) -> None:
        if len(found) < count and fits(net):
            found.setdefault(json.dumps(to_dict(net)), net)

    collect()
    assert len(found) == count
    return list(found.values())


def seen_places() -> list[dict[str, Any]]:
    """Networks with the places that some of their cells can depend on, on every node behind them."""
    chosen = [net for net, _ in whole_networks()[:8]]
    drawn_taps = Conv(1, 3, dilation=2, footprint="101")
    chosen += [
        Network("drawn", (1, 15), [drawn_taps, drawn_taps, Conv(1, (3,), footprint="100")]),
        Network("gaps", (1, 3, 3), [Norm("layer"), ConvTranspose(2, 1, stride=3), Conv(1, 1), Upsample(2)]),
    ]
    drawn = [*several(networks(), 40, lambda net: len(net.nodes) > 2), *several(graphs(), 30, lambda net: True)]
    draw, entries = np.random.default_rng(8), []
    for net in [*chosen, *drawn]:
        asked = []
        for number in draw.integers(len(net.nodes), size=3):
            node = net.nodes[number].name
            place = tuple(int(x) for x in draw.integers(net.shapes[node][1:]))
            asked.append({"node": node, "place": list(place), "seen": walked(net, node, place)})
        entries.append({**traced(net), "asked": asked})
    return entries


def occluded() -> list[dict[str, Any]]:
    """Small networks with a picture each, and what occlusion gives of it for one output."""
    lines = ["1x9x12 | conv 3 3x3 | relu | max 7x10 | flatten | dense 4", "3x20x20 | conv 2 5x5 stride 3 | tanh",
             "2x4x28 | conv 2 3x3 | flatten | dense 3 | softmax"]  # fmt: skip
    draw, entries = np.random.default_rng(10), []
    for number, line in enumerate(lines):
        net = Network.from_text(line)
        model = build(net, seed=number)
        image = draw.normal(size=net.input).astype(net.dtype)
        found = model.attribute(image, method="occlusion")
        parameters = {name: packed(value.numpy()) for name, value in model.state_dict().items()}
        entry = {**traced(net), "values": {INPUT: packed(image)}, "parameters": parameters, "cells": []}
        entries.append({**entry, "target": found.target, "score": found.score, "map": packed(found.values)})
    return entries


def walked(net: Network, node: str, place: tuple[int, ...]) -> dict[str, list[list[int]]]:
    """What `seen` walks through, on every node behind this one and not on the input alone."""
    wanted: dict[str, list[set[int]]] = {node: [{x} for x in place]}
    for other in reversed(net.nodes):
        for name, read in _read(net, other, wanted[other.name]) if other.name in wanted else []:
            into = wanted.setdefault(name, [set() for _ in net.shapes[name][1:]])
            for axis, cells in zip(into, read, strict=True):
                axis |= cells
    result = {name: [sorted(axis) for axis in axes] for name, axes in wanted.items()}
    assert tuple(map(tuple, result.get(INPUT, [[] for _ in net.input[1:]]))) == seen(net, node, place)
    return result


def geometry() -> list[Any]:
    """Questions to the geometry with their answers: ["outputs", arguments, answer], a refusal as {"error": text}."""
    draw = np.random.default_rng(9)
    windows = [_window(draw) for _ in range(240)]
    windows += [(Window(1, stride), size) for stride in (32, 64, 96) for size in range(2, 40, 3)]
    entries: list[Any] = []
    for window, size in windows:
        answers = [_said(window.outputs, size), list(window.reads(size)), window.takes(size), window.rest(size)]
        entries.append(["window", [_plain(window), size], answers])
    for _ in range(200):
        kernel, stride, dilation, extra = (int(x) for x in draw.integers(1, 5, size=4))
        padding = tuple(int(x) for x in draw.integers(0, 4, size=2))
        axis = Transposed(kernel, stride, padding, dilation, extra - 1)
        size, output = (int(x) for x in draw.integers(1, 6, size=2))
        answers = [_said(axis.outputs, size), [list(pair) for pair in axis.pairs(output)]]
        entries.append(["transposed", [_plain(axis), size, output], answers])
    for size, out in np.ndindex(8, 8):
        adaptive = Adaptive(size + 1, out + 1)
        entries.append(["reads", [_plain(adaptive), out // 2], list(adaptive.reads(out // 2))])
    for scale, linear, output in np.ndindex(6, 2, 12):
        repeat = Repeat(scale + 1, bool(linear))
        answers = [list(repeat.reads(output)), list(repeat.shares(output))]
        entries.append(["repeat", [_plain(repeat), output], answers])
    for mode in PADDING_MODES:
        for size in range(1, 5):
            cells = range(1 - size, 2 * size - 1) if mode == "reflect" else range(-size, 2 * size)
            entries += [["source", [cell, size, mode], source(cell, size, mode)] for cell in cells]
    for kind, answer in _sentences(draw):
        entries.append([kind, *answer])
    for padding in (0, 1, "same", (2, 1)):
        for kernel, stride, rounding in ((3, 1, "exact"), (4, 1, "exact"), (5, 2, "floor"), (7, 3, "exact")):
            if padding != "same" or stride == 1:
                given_ = {"stride": stride, "padding": padding, "dilation": 1, "rounding": rounding}
                entries.append(["convSize", [12, kernel, given_], _said(conv_size, 12, kernel, **given_)])
    for footprint, sides in (("full", (2, 2)), ("diamond", (3,)), ("diamond", (5, 5)), ("diamond", (3, 3, 3)),
                             ("hexagon", (3, 3)), ("101", (3,)), ("01/11/10", (3, 2)), ("11/11", (2, 2))):  # fmt: skip
        taps = footprint_taps(footprint, sides)
        entries.append(["footprintTaps", [footprint, list(sides)], taps and [list(tap) for tap in taps]])
    for costs, name in ((convolution, "convolution"), (transposed_convolution, "transposedConvolution")):
        for bias in (True, False):
            answer = _costs(costs((4, 9, 8), (6, 5, 7), 108, bias))
            entries.append([name, [[4, 9, 8], [6, 5, 7], 108, bias], answer])
    entries.append(["dense", [[200, 200, 3], [1000], True], _costs(dense((200, 200, 3), (1000,)))])
    return entries


def _costs(costs: Any) -> dict[str, Any]:
    return {name: dict(vars(getattr(costs, name))) for name in ("shared", "local", "full")}


def _sentences(draw: Draw) -> Iterable[tuple[str, Any]]:
    """The refusals of windows over one, two and three axes, as a layer writes them."""
    count = {"misfit": 0, "untiled": 0}
    while min(count.values()) < 60:
        axes = int(draw.integers(1, 4))
        pairs = [_window(draw)] * axes if draw.integers(3) == 0 else [_window(draw) for _ in range(axes)]
        if draw.integers(2) == 0:
            pairs = [(window, pairs[0][1]) for window, _ in pairs]
        windows, sizes = [window for window, _ in pairs], [size for _, size in pairs]
        word, pads = ("kernel", True) if draw.integers(2) else ("window", bool(draw.integers(2)))
        plain = [[_plain(window) for window in windows], sizes, word]
        if not all(window.fits(size) for window, size in pairs):
            kind, answer = "misfit", ([*plain, pads], misfit(windows, sizes, word, pads))
        elif all(window.rest(size) == 0 or window.rounding != "exact" for window, size in pairs):
            continue
        else:
            kind, answer = "untiled", (plain, untiled(windows, sizes, word))
        count[kind] += 1
        if count[kind] <= 80:
            yield kind, answer


def _window(draw: Draw) -> tuple[Window, int]:
    kernel, stride, size = int(draw.integers(1, 12)), int(draw.integers(1, 5)), int(draw.integers(1, 14))
    before, after = (int(x) for x in draw.integers(0, 4, size=2))
    dilation = int(draw.choice([1, 1, 2, 3]))
    padding = (before, before if draw.integers(2) else after)
    rounding = str(draw.choice(["exact", *ROUNDINGS]))
    return Window(kernel, stride, padding, dilation, rounding), size


def _plain(axis: Any) -> dict[str, Any]:
    """A map of one axis, as the page writes it."""
    return {"kind": type(axis).__name__.lower(), **{name: _listed(value) for name, value in vars(axis).items()}}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _said(ask: Any, *arguments: Any, **named: Any) -> Any:
    try:
        return ask(*arguments, **named)
    except (LocalityError, DescriptionError) as error:
        return {"error": str(error)}
