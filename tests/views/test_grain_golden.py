"""The golden files against which the page's coarse graining and its shared weights are tested, and whether torch,
Pool("majority") and geometry.cost still agree."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as nn

import locality as loc
from locality.errors import LocalityError
from locality.geometry.cost import convolution
from locality.network.plain import to_dict

GOLDEN = Path(__file__).parents[1] / "web" / "golden"

# channels, side, block: some end in a single block, some where the blocks stop tiling, one at once
GRAINS = [(1, 16, 2), (1, 27, 3), (3, 16, 4), (1, 25, 5), (1, 12, 2), (3, 18, 3), (1, 7, 2), (1, 2, 3), (1, 20, 2)]


def grain_cases() -> list[dict[str, object]]:
    rng = np.random.default_rng(0)
    cases = []
    for i, (channels, side, block) in enumerate(GRAINS):
        kinds: dict[str, Any] = {"picture": rng.integers(0, 256, (channels, side, side)).astype(float)}
        if channels == 1:
            kinds["spins"] = np.where(rng.random((1, side, side)) < 0.4 + 0.05 * i, 1.0, -1.0)
        for name, first in kinds.items():
            case: dict[str, object] = {"what": name, "side": side, "block": block, "first": numbers(first)}
            levels = {kind: pooled(first, kind, block) for kind in ("max", "average")}
            if channels == 1:
                middle = float(np.median(first))
                spins = first if name == "spins" else np.where(first > middle, 1.0, -1.0)
                levels["majority"] = pooled(spins, "majority", block)
                case |= {"median": middle, "ties": [ties(level, block) for level in levels["majority"][:-1]]}
            case["levels"] = {kind: [described(level, first) for level in all] for kind, all in levels.items()}
            cases.append(case)
    return cases


def pooled(first: Any, kind: str, block: int) -> list[Any]:
    """Every level, `first` itself the first: torch's own pooling, and the majority rule as the project builds it."""
    levels = [first]
    while levels[-1].shape[1] % block == 0:
        x = torch.from_numpy(levels[-1])[None]
        if kind == "majority":
            net = loc.Network("n", levels[-1].shape, [loc.Pool("majority", block)], dtype="float64")
            y = loc.build(net)(x)
        else:
            y = (nn.max_pool2d if kind == "max" else nn.avg_pool2d)(x, block)
        levels.append(y[0].detach().numpy())
    return levels


def ties(spins: Any, block: int) -> int:
    return int((nn.avg_pool2d(torch.from_numpy(spins)[None], block) == 0).sum())


def described(level: Any, first: Any) -> dict[str, object]:
    times = first.shape[1] // level.shape[1]
    left = first - level.repeat(times, 1).repeat(times, 2)
    return {
        "values": numbers(level),
        "mean": level.mean(),
        "deviation": level.std(),
        "distinct": len(np.unique(level)),
        "lost": (left**2).mean(),
        "joined": products(np.pad(level, ((0, 0), (1, 1), (1, 1)), "wrap"), level.shape[1]),
        "open": products(np.pad(level, ((0, 0), (1, 1), (1, 1)), constant_values=np.nan), level.shape[1]),
    }


def products(framed: Any, side: int) -> dict[str, float | None]:
    """Mean products of nearest and of diagonal neighbours of a map with a frame of one cell, NaN where nothing is."""
    if side == 1:
        return {"nearest": None, "diagonal": None}
    middle = framed[:, 1:-1, 1:-1]
    shifted = {(y, x): framed[:, 1 + y : 1 + y + side, 1 + x : 1 + x + side] for y in (0, 1) for x in (-1, 0, 1)}
    pairs = {"nearest": [(1, 0), (0, 1)], "diagonal": [(1, 1), (1, -1)]}
    return {name: float(np.nanmean([middle * shifted[step] for step in steps])) for name, steps in pairs.items()}


# height, width, channels, out_channels, kernel_size, stride, padding, bias, rounding
SETTINGS = [
    (200, 200, 3, 10, 20, 20, 0, False, "exact"),  # the lecture: 120 million weights to 1000 neurons
    (28, 28, 1, 6, 5, 1, 2, True, "exact"),
    (224, 224, 3, 64, 11, 4, 2, True, "floor"),
    (224, 224, 3, 64, 3, 1, 1, True, "exact"),
    (32, 48, 4, 7, 3, 1, 0, True, "exact"),
    (9, 17, 2, 3, 3, 2, 0, False, "exact"),
    (8, 8, 2, 3, 3, 2, 1, True, "floor"),
    (5, 5, 1, 1, 5, 1, 0, True, "exact"),
    (8, 8, 2, 3, 3, 2, 1, True, "exact"),  # from here on: refused
    (224, 224, 3, 64, 11, 4, 2, True, "exact"),
    (9, 8, 1, 1, 3, 2, 0, True, "exact"),
    (4, 4, 1, 1, 7, 1, 0, True, "exact"),
    (4, 9, 1, 1, 6, 1, 0, True, "floor"),
]
NAMES = ("height", "width", "channels", "out_channels", "kernel_size", "stride", "padding", "bias", "rounding")


def cost_cases() -> list[dict[str, object]]:
    cases = []
    for values in SETTINGS:
        given: dict[str, Any] = dict(zip(NAMES, values, strict=True))
        layer = loc.Conv(*(given[name] for name in ("out_channels", "kernel_size", "stride", "padding")),
                         bias=given["bias"], rounding=given["rounding"])  # fmt: skip
        inputs = (given["channels"], given["height"], given["width"])
        try:
            outputs = layer.on_axes(2).shape([inputs])
        except LocalityError as error:
            cases.append({"setting": given, "refused": str(error)})
            continue
        weights = given["channels"] * given["out_channels"] * given["kernel_size"] ** 2
        costs = convolution(inputs, outputs, weights, given["bias"])
        three = {way: vars(getattr(costs, way)) for way in ("full", "local", "shared")}
        cases.append({"setting": given, "output": outputs, "costs": three})
    return cases


CHAINS = {
    "zeros around, then the largest": "1x12x12 | conv 2 3x3 pad 1 | max 2x2",
    "edges joined": "1x12x12 | conv 2 3x3 pad 1 wrap | relu | max 2x2",
    "edges joined, a stride of 2": "2x8x12 | conv 2 3x3 stride 2 pad 1 wrap floor",
    "no padding": "1x17x14 | conv 2 3x3 | conv 3 4x4 stride 2 floor | average 2x2 floor",
    "edges held, dilated": "1x11x13 | conv 2 3x3 pad 2 dilation 2 edge",
    "down and up": "1x8x8 | average 2x2 | conv-transpose 2 4x4 stride 2 pad 1",
    "repeated": "1x6x6 | conv 2 3x3 pad 1 | upsample 2",
    "one number a map": "1x9x9 | conv 2 3x3 pad 1 wrap | global-average | flatten | dense 3",
}
SHIFTS = [(0, 0), (1, 0), (0, 2), (-4, 6), (3, -1)]


def shift_cases() -> list[dict[str, object]]:
    cases = []
    for name, text in CHAINS.items():
        net = replace(loc.Network.from_text(text), dtype="float64")
        model = loc.build(net, seed=3)
        x = np.random.default_rng(5).standard_normal(net.input)
        case: dict[str, object] = {"name": name, "network": to_dict(net), "input": numbers(x)}
        case["weights"] = {key: numbers(value.numpy()) for key, value in model.state_dict().items()}
        case["shifts"] = [shifted(net, model, x, shift) for shift in SHIFTS]
        cases.append(case)
    return cases


def shifted(net: loc.Network, model: Any, x: Any, shift: tuple[int, int]) -> dict[str, object]:
    """For each node the largest difference between f(T x) and T f(x), everywhere and where no window meets an edge."""
    moved = np.roll(x, shift, (1, 2))
    plain, after = values(net, model, x), values(net, model, moved)
    # Whatever has met padding is not a number in these: an oracle that knows nothing of windows.
    known, knew = values(net, model, moved, nan=True), values(net, model, x, nan=True)
    nodes = {}
    for row in loc.trace(net).rows:
        a, b = plain.get(row.name), after.get(row.name)
        if a is None or b is None:
            continue
        if a.ndim == 1:
            nodes[row.name] = {"largest": float(np.abs(b - a).max()), "inside": None, "relative": norm(b - a, a)}
            continue
        jump = [float(j) for j in row.jump]
        ways = [sorted({int(np.floor(s / j)), int(np.ceil(s / j))}) for s, j in zip(shift, jump, strict=True)]
        best: dict[str, object] | None = None
        for down in ways[0]:
            for right in ways[1]:
                expected, clear = np.roll(a, (down, right), (1, 2)), np.roll(knew[row.name], (down, right), (1, 2))
                inner = ~np.isnan(known[row.name][0]) & ~np.isnan(clear[0])
                for axis, by in enumerate((down, right)):
                    n = a.shape[axis + 1]
                    if n * jump[axis] != x.shape[axis + 1] and by:
                        gone = np.arange(n)
                        inner[(slice(None),) * axis + ((gone < by) | (gone - by >= n),)] = False
                off = np.abs(b - expected)
                inside = float(off[:, inner].max()) if inner.any() else None
                found = {
                    "moved": [down, right],
                    "largest": float(off.max()),
                    "inside": inside,
                    "relative": norm(off, expected),
                }
                if best is None or found["relative"] < best["relative"]:  # type: ignore[operator]
                    best = found
        nodes[row.name] = best
    return {"shift": shift, "nodes": nodes}


def norm(off: Any, expected: Any) -> float:
    return float(np.sqrt((off**2).sum() / (expected**2).sum())) if off.any() else 0.0


def values(net: loc.Network, model: Any, x: Any, nan: bool = False) -> dict[str, Any]:
    """What each node gives. With `nan`, all padding is not a number: torch's own functions on a framed input."""
    if not nan:
        record = model.record(x)
        return {node.name: record[node.name][0].astype(float) for node in net.nodes}
    y, state, found = torch.from_numpy(x)[None], model.state_dict(), {}
    for node in net.nodes:
        layer: Any = node.layer
        kind = type(layer).__name__
        frame = {"same": 1}.get(layer.padding, layer.padding) if kind == "Conv" else 0
        weight, bias = state.get(f"{node.name}.weight"), state.get(f"{node.name}.bias")
        if kind == "Conv":
            wrap = layer.padding_mode == "wrap"
            y = nn.pad(y, (frame,) * 4, mode="circular") if wrap else nn.pad(y, (frame,) * 4, value=torch.nan)
            y = nn.conv2d(y, weight, bias, layer.stride, 0, layer.dilation)
        elif kind == "ConvTranspose":
            y = nn.pad(y, (3,) * 4, value=torch.nan)
            y = nn.conv_transpose2d(y, weight, bias, layer.stride, layer.padding + 3 * layer.stride)
        elif kind == "Pool":
            whole = y.shape[-1] if layer.kernel_size is None else layer.kernel_size
            y = nn.max_pool2d(y, whole) if layer.kind == "max" else nn.avg_pool2d(y, whole)
        elif kind == "Activation":
            y = y.relu()
        elif kind == "Upsample":
            y = nn.interpolate(y, scale_factor=layer.scale)
        elif kind == "Flatten":
            break
        found[node.name] = y[0].numpy()
    return found


def numbers(array: Any) -> dict[str, object]:
    return {"shape": list(array.shape), "data": [float(x) for x in np.asarray(array, float).ravel()]}


FILES = {"grain": grain_cases, "sharing": lambda: {"costs": cost_cases(), "shifts": shift_cases()}}


@pytest.mark.parametrize("name", FILES)
def test_the_golden_file_of_the_page_is_what_torch_and_python_compute(name, request):
    path = GOLDEN / f"{name}.json"
    found = json.loads(json.dumps(FILES[name]()))
    if request.config.getoption("--overwrite"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, separators=(",", ":")) + "\n")
    close(found, json.loads(path.read_text()))


def close(found: Any, golden: Any, where: str = "") -> None:
    """Sums are rounded alike only on one machine: numbers may differ by a few units in the last place."""
    if isinstance(golden, dict):
        assert found.keys() == golden.keys(), where
        for key in golden:
            close(found[key], golden[key], f"{where}/{key}")
    elif isinstance(golden, list):
        assert len(found) == len(golden), where
        for i, (a, b) in enumerate(zip(found, golden, strict=True)):
            close(a, b, f"{where}/{i}")
    elif isinstance(golden, float) and isinstance(found, float):
        assert found == pytest.approx(golden, rel=1e-9, abs=1e-12), where
    else:
        assert found == golden, where
