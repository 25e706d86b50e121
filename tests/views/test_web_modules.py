"""The page's modules: the golden files they are held to, their own tests under Node, and their types."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from locality.engine.record import Record
from locality.network.cell import explain
from locality.network.layers import LAYERS
from locality.network.network import INPUT
from locality.network.plain import from_dict
from views.web_golden import GOLDEN, contents, geometry, text_of, traced, unpacked, walked

TESTS = Path(__file__).parents[1] / "web"
NODE = shutil.which("node")
LARGEST = 1_600_000  # bytes of all golden files together


@pytest.fixture(scope="session", autouse=True)
def written(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--overwrite"):
        GOLDEN.mkdir(parents=True, exist_ok=True)
        for name, entries in contents().items():
            (GOLDEN / f"{name}.json").write_text(text_of(entries), encoding="utf-8", newline="\n")


def golden(name: str) -> Any:
    file = GOLDEN / f"{name}.json"
    assert file.exists(), f"{file} is missing; write it with --overwrite"
    return json.loads(file.read_text(encoding="utf-8"))


def test_the_golden_geometry_is_reproduced() -> None:
    assert json.loads(text_of(geometry())) == golden("geometry")


def test_the_golden_files_hold_every_kind_of_layer_and_stay_small() -> None:
    kinds = {entry["layer"] for case in golden("layers") for entry in case["network"]["nodes"]}
    assert kinds == {layer.__name__ for layer in LAYERS}
    assert sum(file.stat().st_size for file in GOLDEN.iterdir()) < LARGEST


@pytest.mark.parametrize("file", ["layers", "networks", "occlusion", "seen", "zoo"])
def test_the_golden_shapes_and_costs_are_reproduced(file: str) -> None:
    for case in golden(file):
        net = from_dict(case["network"])
        assert json.loads(json.dumps(traced(net))) == {name: case[name] for name in ("network", "rows")}
        for asked in case.get("asked", ()):
            assert walked(net, asked["node"], tuple(asked["place"])) == asked["seen"]


@pytest.mark.parametrize("file", ["layers", "networks"])
def test_the_golden_cells_are_reproduced(file: str) -> None:
    for case in golden(file):
        arrays = {part: {name: unpacked(array) for name, array in case[part].items()} for part in PARTS}
        values = {name: array[None] for name, array in arrays["values"].items()}
        net = from_dict(case["network"])
        run = Record(net, values, arrays["parameters"], values[INPUT], (), (), None)
        assert all(values[name].shape[1:] == shape for name, shape in net.shapes.items())
        for found in case["cells"]:
            cell = explain(run, found["node"], found["cell"])
            assert abs(cell.value - found["value"]) <= 1e-12 * found["scale"]
            tolerance = 1e-6 if net.dtype == "float32" else 1e-12
            assert abs(cell.value - found["computed"]) <= max(tolerance * found["scale"], 1e-37)
            np.testing.assert_array_equal(cell.patch, unpacked(found["patch"]))
            np.testing.assert_array_equal(cell.sites.ravel(), unpacked(found["sites"]).ravel())
            assert (cell.rule, cell.kind, list(cell.inputs)) == (found["rule"], found["kind"], found["inputs"])


PARTS = ("values", "parameters")


@pytest.mark.skipif(NODE is None, reason="there is no Node here: the page's modules are not tested")
@pytest.mark.parametrize("file", sorted(TESTS.glob("*.test.js")), ids=lambda file: file.name)
def test_the_modules_pass_their_tests_under_node(file: Path) -> None:
    assert NODE is not None
    ran = subprocess.run([NODE, "--test", str(file)], cwd=TESTS, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_types_of_the_modules_are_checked() -> None:
    folders = [Path(os.environ.get("LOCALITY_WEB_TOOLS", TESTS)), TESTS]
    compilers = [folder / "node_modules" / "typescript" / "bin" / "tsc" for folder in folders]
    found = next((file for file in compilers if file.exists()), None)
    if NODE is None or found is None:
        pytest.skip("there is no TypeScript here: run `npm install` in tests/web, or set LOCALITY_WEB_TOOLS")
    ran = subprocess.run([NODE, str(found), "--project", str(TESTS)], capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
