"""What the page copies of a cell: programs that are run, and LaTeX that is counted."""

import contextlib
import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import locality as loc
from locality.network.layers import ACTIVATIONS
from locality.network.plain import to_dict

WRITTEN = Path(__file__).parents[1] / "web" / "written.mjs"
CURVES = [name for name in ACTIVATIONS if "softmax" not in name]
LINES = [
    "curves: 2x3x3 float64 | " + " | ".join(f"{curve} as {curve}" for curve in CURVES) + " | log_softmax as log",
    "windows: 4x9x9 float64 | conv 8 3x3 pad 1 as zeros | conv 8 3x3 same dilation 2 reflect groups 2 as dilated | "
    "conv 4 3x3 same edge hexagon as hexagon | conv 4 5x5 same wrap diamond no-bias as diamond | "
    "conv-transpose 4 3x3 stride 2 pad 1 output-pad 1 groups 2 as up | conv-transpose 2 2x2 stride 3 as holes | "
    "max 3x3 stride 1 pad 1 as max | average 3x3 stride 2 pad 1 floor as average | majority 2x2 floor as majority | "
    "adaptive-average 4x4 as adaptive | upsample 2 linear as linear | global-max as global | flatten | "
    "dense 20 as d1 | dropout 0.2 as drop | dense 3 no-bias as d2 | softmax as soft",
    "old: 4x8x8 float64 | conv 3 3x3 connections 0,1+3,0+2+3 as connected | subsampling 2x2 as subsampling | "
    "crop 1+0x0+1 as crop | reshape 2x6 as reshaped | flatten | distance 0101/1111/0000,1111/0000/0101 as distance",
    "joins: 4x6x6 float64 | sum[ conv 4 3x3 same as one ; skip ] as sum | "
    "product[ skip ; global-average as squeeze | conv 4 1x1 as gate | sigmoid ] as product | "
    "concat[ conv 2 1x1 as left ; conv 3 3x3 same as right ] as cat",
    "norms: 4x5x5 float64 | batch-norm as batch | instance-norm as instance | group-norm 2 as group | "
    "layer-norm as layer | local-response-norm 3 as response | batch-norm no-affine as plain | flatten | "
    "layer-norm as flat",
    "line: 3x20 float64 | conv 4 3 stride 2 pad 1 floor as conv | max 2 as max | batch-norm as batch | "
    "average 5 as average",
    "volume: 2x4x4x4 float64 | conv 3 3x3x3 same as conv | max 2x2x2 as max | average 2x2x2 as average",
]


def _arrays(arrays: dict[str, Any]) -> dict[str, Any]:
    return {name: {"shape": array.shape, "data": array.ravel().tolist()} for name, array in arrays.items()}


def _written() -> list[dict[str, Any]]:
    cases = []
    for seed, line in enumerate(LINES):
        net = loc.Network.from_text(line)
        model = loc.build(net, seed=seed)
        rng = np.random.default_rng(seed)
        for key, array in model.state_dict().items():  # scales, shifts and running statistics of no round numbers
            if array.is_floating_point():
                signs = 1 if key.endswith("running_var") else rng.choice([-1, 1], array.shape)
                array.copy_(array.new_tensor(signs * rng.uniform(0.2, 1.2, array.shape)))
        image = rng.normal(size=net.input)
        if net.name == "windows":
            image[:, :3] = 0  # a majority without votes
        record = loc.record(model, image)
        places = []
        for node in net.nodes:
            shape = net.shapes[node.name]
            corners = [
                (0, *(0 for _ in shape[1:])),
                tuple(size - 1 for size in shape),
                tuple(size // 2 for size in shape),
            ]
            places += [[node.name, list(place)] for place in dict.fromkeys(corners)]
        values = {name: array[0] for name, array in record.values.items()}
        cases.append(
            {
                "network": to_dict(net),
                "values": _arrays(values),
                "parameters": _arrays(record.parameters),
                "places": places,
            }
        )
    done = subprocess.run(["node", str(WRITTEN)], input=json.dumps(cases), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


@pytest.fixture(scope="module")
def written() -> list[dict[str, Any]]:
    if shutil.which("node") is None:
        pytest.skip("Node is not installed: the page's formulas are not run.")
    return _written()


def test_what_is_copied_for_numpy_and_pytorch_runs_and_prints_the_value(written: list[dict[str, Any]]) -> None:
    for cell in written:
        for program in cell["programs"]:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(program, f"{cell['network']} {cell['node']}", "exec"), {})
            apart = abs(float(printed.getvalue()) - cell["value"])
            assert apart <= 1e-12 * max(cell["scale"], 1e-3), f"{cell['node']}{cell['place']}: {apart} apart\n{program}"


def test_programs_name_their_cell_and_need_no_other_name(written: list[dict[str, Any]]) -> None:
    for cell in written:
        for program in cell["programs"]:
            assert program.startswith(f"# {cell['node']}[{', '.join(map(str, cell['place']))}]: ")
            assert program.endswith("print(float(value))\n")


def test_latex_is_balanced_and_its_sums_come_to_the_value(written: list[dict[str, Any]]) -> None:
    summed = 0
    for cell in written:
        text = cell["latex"]
        plain = re.sub(r"\\[{}]", "", text)
        assert plain.count("{") == plain.count("}"), text
        assert text.count("\\left") - text.count("\\left|") == text.count("\\right") - text.count("\\right|"), text
        assert text.count("\\begin{") == text.count("\\end{"), text
        assert float(_number(text.rsplit("&= ", 1)[1].split("\n")[0])) == cell["value"]
        value = _sum(text.split("&= ", 1)[1].split(" \\\\\n&= ")[0])
        if value is not None:
            summed += 1
            assert abs(value - cell["value"]) <= 1e-12 * max(cell["scale"], 1e-3), text
    assert summed > 40  # sums of products, short and cut


def _number(text: str) -> str:
    return re.sub(r"\s*\\times 10\^\{(-?\d+)\}", r"e\1", text).strip()


def _sum(text: str) -> float | None:
    """What a sum of numbers and products in LaTeX comes to, a cut one by what it says of its rest; None for others."""
    said = re.sub(
        r"\\underbrace\{\\cdots\}_\{\d+ \\text\{ more terms, together \} ([^{}]+(?:\{[^{}]*\})?)\}", r"(\1)", text
    )
    said = _number(said).replace("\\cdot", "*")
    if re.search(r"[a-zA-Z\\]", re.sub(r"\de-?\d", "", said)):
        return None
    return float(eval(said))
