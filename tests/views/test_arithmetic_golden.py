"""The golden file against which the page's room of convolution arithmetic is tested, and whether torch still agrees.

Numbers are small whole ones, so that every sum is exact and no order of adding matters.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from locality.errors import ShapeError
from locality.geometry.window import Transposed, Window

FILE = Path(__file__).parents[1] / "web" / "golden" / "arithmetic_room.json"
WEB = Path(__file__).parents[2] / "src" / "locality" / "views" / "web"
NODE = shutil.which("node")
MODES = {"zeros": "constant", "edge": "replicate", "reflect": "reflect", "wrap": "circular"}
Settings = dict[str, Any]

# The published animations: input, kernel, stride, padding, dilation -> output; and, transposed, input,
# output_padding -> output (vdumoulin/conv_arithmetic, arXiv:1603.07285).
ANIMATIONS = {
    "no_padding_no_strides": ((4, 3, 1, 0, 1, 2), (2, 0, 4)),
    "arbitrary_padding_no_strides": ((5, 4, 1, 2, 1, 6), (6, 0, 5)),
    "same_padding_no_strides": ((5, 3, 1, 1, 1, 5), (5, 0, 5)),
    "full_padding_no_strides": ((5, 3, 1, 2, 1, 7), (7, 0, 5)),
    "no_padding_strides": ((5, 3, 2, 0, 1, 2), (2, 0, 5)),
    "padding_strides": ((5, 3, 2, 1, 1, 3), (3, 0, 5)),
    "padding_strides_odd": ((6, 3, 2, 1, 1, 3), (3, 1, 6)),
    "dilation": ((7, 3, 1, 0, 2, 3), None),
}


def axis(
    size: int, kernel: int, stride: int = 1, before: int = 0, after: int = 0, dilation: int = 1, extra: int = 0
) -> Settings:
    return {
        "size": size, "kernel": kernel, "stride": stride, "padding": [before, after],
        "dilation": dilation, "output_padding": extra,
    }  # fmt: skip


def settings(
    axes: list[Settings], direction: str = "convolution", mode: str = "zeros", rounding: str = "floor"
) -> Settings:
    return {"direction": direction, "axes": axes, "padding_mode": mode, "rounding": rounding}


def animations() -> list[tuple[str, Settings, int]]:
    """The fifteen published ones: name, settings, the output's side."""
    found = []
    for name, ((i, k, s, p, d, o), twin) in ANIMATIONS.items():
        rounding = "floor" if name.endswith("odd") else "exact"
        found.append((name, settings([axis(i, k, s, p, p, d)] * 2, rounding=rounding), o))
        if twin:
            back = settings([axis(twin[0], k, s, p, p, 1, twin[1])] * 2, "transposed", rounding="exact")
            found.append((f"{name}_transposed", back, twin[2]))
    return found


def drawn(many: int) -> list[Settings]:
    """Settings at random that have an output: both directions, all edges, one axis and two."""
    draw = np.random.default_rng(3)
    found: list[Settings] = []
    while len(found) < many:
        direction = ("convolution", "transposed")[len(found) % 3 == 2]
        mode = list(MODES)[len(found) % 4] if direction == "convolution" else "zeros"
        axes = []
        for _ in range(1 + len(found) // 12 % 2):
            numbers = [int(draw.integers(low, high)) for low, high in [(1, 8), (1, 5), (1, 4), (0, 4), (0, 4), (1, 4)]]
            extra = int(draw.integers(max(numbers[2], numbers[5]))) if direction == "transposed" else 0
            axes.append(axis(*numbers, extra))
        if all(possible(one, direction, mode) for one in axes):
            found.append(settings(axes, direction, mode))
    return found


def possible(one: Settings, direction: str, mode: str) -> bool:
    kernel, stride, dilation, padding, size = (
        one[name] for name in ("kernel", "stride", "dilation", "padding", "size")
    )
    pads = (padding[0], padding[1])
    if direction == "transposed":
        try:
            return Transposed(kernel, stride, pads, dilation, one["output_padding"]).outputs(size) > 0
        except ShapeError:
            return False
    most = {"reflect": size - 1, "wrap": size}.get(mode, 99)
    return max(pads) <= most and Window(kernel, stride, pads, dilation, "floor").takes(size)


def convolved(given: Settings, x: Any, weight: Any) -> Any:
    """What torch makes of a batch of maps."""
    axes = given["axes"]
    stride, dilation, extra = (tuple(one[name] for one in axes) for name in ("stride", "dilation", "output_padding"))
    if given["direction"] == "transposed":
        back = [F.conv_transpose1d, F.conv_transpose2d][len(axes) - 1]
        y = back(x, weight, stride=stride, output_padding=extra, dilation=dilation)
        cut = [slice(one["padding"][0], y.shape[2 + i] - one["padding"][1]) for i, one in enumerate(axes)]
        return y[(slice(None), slice(None), *cut)]
    pads = [side for one in reversed(axes) for side in one["padding"]]
    padded = F.pad(x, pads, MODES[given["padding_mode"]])
    return [F.conv1d, F.conv2d][len(axes) - 1](padded, weight, stride=stride, dilation=dilation)


def entry(given: Settings, name: str, draw: np.random.Generator) -> dict[str, Any]:
    sizes = [one["size"] for one in given["axes"]]
    x = draw.integers(-5, 10, sizes)
    weight = draw.integers(-3, 4, [one["kernel"] for one in given["axes"]])
    batch, weights = (torch.tensor(array, dtype=torch.float64)[None, None] for array in (x, weight))
    output = convolved(given, batch, weights)[0, 0]
    # A single one at each input in turn gives the columns of the matrix.
    units = torch.eye(x.size, dtype=torch.float64).reshape(x.size, 1, *sizes)
    matrix = convolved(given, units, weights).reshape(x.size, -1).T
    reading = convolved(given, units, torch.ones_like(weights)).reshape(x.size, -1)
    found = {
        "name": name, "settings": given, "input": x.tolist(), "kernel": weight.tolist(), "shape": list(output.shape),
        "output": output.to(torch.int64).tolist(), "readers": (reading > 0).sum(1).tolist(),
    }  # fmt: skip
    if matrix.numel() <= 400:
        found["matrix"] = matrix.to(torch.int64).tolist()
    return found


def entries() -> list[dict[str, Any]]:
    draw = np.random.default_rng(0)
    named = [(given, name) for name, given, _ in animations()]
    return [entry(given, name, draw) for given, name in [*named, *((given, "") for given in drawn(120))]]


def test_the_golden_convolutions_of_the_page_are_what_torch_computes(request: pytest.FixtureRequest) -> None:
    now = entries()
    if request.config.getoption("--overwrite"):
        lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in now)
        FILE.write_text(f"[\n{lines}\n]\n", encoding="utf-8", newline="\n")
    assert FILE.exists(), f"{FILE} is missing; write it with --overwrite"
    assert json.loads(FILE.read_text(encoding="utf-8")) == now


def test_every_edge_both_directions_and_both_numbers_of_axes_are_among_them() -> None:
    kinds = {(given["direction"], given["padding_mode"], len(given["axes"])) for given in drawn(120)}
    assert kinds == {("convolution", mode, axes) for mode in MODES for axes in (1, 2)} | {
        ("transposed", "zeros", axes) for axes in (1, 2)
    }


@pytest.mark.parametrize(("name", "given", "side"), animations(), ids=[name for name, _, _ in animations()])
def test_the_published_animations_have_their_published_outputs(name: str, given: Settings, side: int) -> None:
    assert entry(given, name, np.random.default_rng(0))["shape"] == [side, side]


@pytest.mark.skipif(NODE is None, reason="node is not installed, so the page's PyTorch lines are not run")
def test_the_pytorch_lines_of_the_page_do_what_it_draws() -> None:
    cases = entries()
    script = f"""
        import {{ readFileSync }} from "node:fs";
        import {{ torchCode }} from {json.dumps((WEB / "rooms/arithmetic/torch.js").as_uri())};
        const cases = JSON.parse(readFileSync(0, "utf8"));
        console.log(JSON.stringify(cases.map(({{ settings }}) => torchCode(settings))));
    """
    done = subprocess.run(
        [str(NODE), "--input-type=module", "-e", script],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
    )
    for case, code in zip(cases, json.loads(done.stdout), strict=True):
        known: dict[str, Any] = {"nn": nn, "F": F, "x": torch.tensor(case["input"], dtype=torch.float64)[None, None]}
        first, rest = code.split("\n", 1)
        exec(first, known)
        known["layer"].double().weight.data = torch.tensor(case["kernel"], dtype=torch.float64)[None, None]
        exec(rest, known)
        assert known["y"][0, 0].tolist() == case["output"], code
