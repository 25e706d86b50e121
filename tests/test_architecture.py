"""Keeps the table "Arrows" of the design: which folder may import what, imports inside functions included."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "locality"
ALL = {"errors", "geometry", "network", "zoo", "lattice", "data", "classic", "engine", "quantum", "studies", "views"}
# folder: (what it may import of ours, of others, of others inside a function)
ARROWS: dict[str, tuple[set[str], set[str], set[str]]] = {
    "errors": (set(), set(), set()),
    "geometry": ({"errors"}, set(), set()),
    "network": ({"errors", "geometry"}, set(), set()),
    "zoo": ({"errors", "network"}, set(), set()),
    "lattice": ({"errors"}, {"numpy", "scipy", "numba"}, set()),
    "data": ({"errors", "lattice"}, {"numpy", "PIL", "sklearn", "platformdirs"}, {"astropy", "nibabel"}),
    "classic": ({"errors", "geometry", "data"}, {"numpy", "skimage", "sklearn", "safetensors"}, set()),
    "engine": ({"errors", "geometry", "network", "zoo", "data"}, {"numpy", "torch", "safetensors", "rich"}, set()),
    "quantum": (
        {"errors", "geometry", "network", "zoo", "engine", "lattice"},
        {"numpy", "scipy", "numba", "llvmlite", "torch"},
        set(),
    ),
    "studies": (ALL - {"views"}, {"numpy"}, set()),
    "views": (
        {"errors", "geometry", "network"},
        {"numpy", "PIL", "matplotlib"},
        {"fontTools", "imageio_ffmpeg", "reportlab"},
    ),
    "server": (ALL, {"starlette", "uvicorn"}, set()),
    "cli": (ALL | {"server", "locality"}, {"typer", "rich"}, set()),
    "locality": (ALL, set(), set()),  # the public page itself
}
NUMPY_TOO = ("network/cell.py", "network/curves.py", "network/initial.py")
VAGUE = {"utils", "util", "helpers", "helper", "common", "core", "base", "misc"}


def folder_of(path: str) -> str:
    first = path.split("/")[0].removesuffix(".py")
    return {"__init__": "locality", "__main__": "cli"}.get(first, first)


def imports(tree: ast.AST, inside: bool = False) -> Iterator[tuple[str, bool]]:
    """Every module named in an import, by statement or by call, and whether that happens inside a function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((name.name, inside) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module != "locality":
            yield node.module or "", inside
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{'.' * node.level or 'locality.'}{name.name}", inside) for name in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            yield from ((str(name.value), inside) for name in node.args[:1] if isinstance(name, ast.Constant))
        yield from imports(node, inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))


def faults(path: str, source: str) -> list[str]:
    """What a file, by its path under src/locality, imports against the table."""
    folder, found = folder_of(path), []
    if folder not in ARROWS:
        return [f"{path}: {folder!r} is no folder of the table"]
    ours, others, late = ARROWS[folder]
    for module, inside in imports(ast.parse(source)):
        first, *rest = module.split(".")
        if first == "locality":
            part = rest[0] if rest and rest[0] in ARROWS else "locality"
            allowed = part in ours | {folder}
        else:
            known = others | set(sys.stdlib_module_names) | (late if inside else set())
            allowed = first in known or (first == "numpy" and path in NUMPY_TOO)
        if not allowed:
            found.append(f"{path} imports {module}")
    return found


def test_no_file_imports_against_the_table_of_arrows() -> None:
    files = sorted(SOURCE.rglob("*.py"))
    assert len(files) > 40
    assert [fault for file in files for fault in faults(file.relative_to(SOURCE).as_posix(), file.read_text())] == []


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    assert [str(path) for path in SOURCE.rglob("*") if path.stem.strip("_") in VAGUE] == []


@pytest.mark.parametrize(
    ("path", "source", "module"),
    [
        ("errors.py", "from locality.geometry import cost", "locality.geometry"),
        ("geometry/window.py", "import numpy as np", "numpy"),
        ("geometry/window.py", "from locality.network.layer import Layer", "locality.network.layer"),
        ("network/table.py", "def f():\n    import numpy.linalg", "numpy.linalg"),
        ("network/cell.py", "from torch import nn", "torch"),
        ("zoo/lenet.py", "class A:\n    def f(self):\n        import locality.engine.build", "locality.engine.build"),
        ("lattice/ising.py", "import torch", "torch"),
        ("data/folder.py", "from importlib import import_module\nimport_module('torch')", "torch"),
        ("data/fits.py", "import astropy.io.fits", "astropy.io.fits"),
        ("views/page.py", "from locality import engine", "locality.engine"),
        ("views/page.py", "if TYPE_CHECKING:\n    from locality.engine.record import Record", "locality.engine.record"),
        ("views/page.py", "__import__('torch.nn')", "torch.nn"),
        ("engine/train.py", "from locality.cli import app", "locality.cli"),
        ("engine/train.py", "from locality import build", "locality.build"),
        ("engine/train.py", "async def f():\n    from locality.views import page", "locality.views"),
        ("quantum/state.py", "import locality", "locality"),
        ("studies/flow.py", "import locality.server.app", "locality.server.app"),
        ("server/app.py", "from locality.__main__ import main", "locality.__main__"),
        ("network/layer.py", "from ..engine import build", "..build"),
        ("__init__.py", "import numpy", "numpy"),
    ],
)  # fmt: skip
def test_a_forbidden_import_is_found(path: str, source: str, module: str) -> None:
    assert faults(path, source) == [f"{path} imports {module}"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("network/cell.py", "import numpy as np\nfrom locality.geometry.window import Window\nimport itertools"),
        ("data/fits.py", "def read():\n    from astropy.io import fits"),
        ("cli.py", "import typer\ndef lab():\n    from locality.server import app"),
        ("__main__.py", "from locality.cli import app"),
        ("engine/record.py", "from locality.engine.build import Model\nimport torch.nn.functional"),
    ],
)
def test_an_allowed_import_is_left_alone(path: str, source: str) -> None:
    assert faults(path, source) == []


def test_a_folder_that_the_table_does_not_know_is_found() -> None:
    assert faults("extras/thing.py", "") == ["extras/thing.py: 'extras' is no folder of the table"]


@pytest.mark.parametrize("module", ["locality", "locality.network.table", "locality.zoo", "locality.geometry.window"])
def test_a_description_loads_neither_numpy_nor_torch(module: str) -> None:
    told = f"import sys, {module}; print(sorted({{'numpy', 'torch', 'scipy', 'PIL', 'rich'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
