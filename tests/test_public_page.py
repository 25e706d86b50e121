"""The names that `import locality` promises, and how little it costs."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import locality

PROMISED = {  # the verbs of docs' public page that are there so far
    "describe": "Network Node Conv ConvTranspose Pool Dense Norm Activation Dropout Flatten Upsample Residual Branches",
    "describe more": "Reshape Crop Distance Sum Concat Product Opaque",
    "check": "trace Table conv_size",
    "name": "zoo classic",
    "run": "build from_torch to_torch_code Model train Recipe Run load dataset Dataset record Record evaluate predict",
    "explain": "explain Cell attribute effective_field randomised",
    "lattice": "Lattice block_spin ising",
    "see": "page Page figure",
    "refuse": "LocalityError",
}
SOURCE = ast.parse(Path(locality.__file__).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [name for names in PROMISED.values() for name in names.split()])
def test_every_promised_name_is_there(name):
    assert name in locality.__all__
    assert getattr(locality, name) is not None


def test_every_name_is_listed_once_and_is_what_its_place_calls_so():
    assert len(set(locality.__all__)) == len(locality.__all__)
    for place, names in locality._PLACES.items():
        for name in names:
            assert getattr(locality, name) is getattr(import_module(place), name)
    assert locality.zoo is import_module("locality.zoo")
    assert locality.classic is import_module("locality.classic")
    assert locality.figure is import_module("locality.views.figure")


def test_the_imports_for_type_checkers_agree_with_the_places():
    (block,) = [node for node in SOURCE.body if isinstance(node, ast.If)]
    assert ast.unparse(block.test) == "TYPE_CHECKING"
    imports = {(node.module, one.name) for node in block.body for one in node.names}
    places = {(place, name) for place, names in locality._PLACES.items() for name in names}
    assert imports == places | {("locality", "zoo"), ("locality", "classic"), ("locality.views", "figure")}
    # `import X as X` is what makes a name public to a type checker.
    assert all(one.name == one.asname for node in block.body for one in node.names)


def test_dir_lists_every_name():
    assert set(locality.__all__) <= set(dir(locality))
    assert dir(locality) == sorted(dir(locality))


def test_a_star_import_gives_every_name():
    found = {}
    exec("from locality import *", found)
    assert set(locality.__all__) <= set(found)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'locality' has no attribute 'convolve'$"):
        _ = locality.convolve
    assert not hasattr(locality, "torch")


def test_the_version_is_the_package_s():
    project = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{locality.__version__}"\n' in project


def loaded(code):
    """The outside packages that some code loads in a process of its own, and the milliseconds it takes there."""
    lines = (
        "import sys, time",
        "before = set(sys.modules)",
        "began = time.perf_counter()",
        code,
        "print(1000 * (time.perf_counter() - began))",
        "print(*{name.split('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)",
    )
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    milliseconds, packages = done.stdout.splitlines()
    return float(milliseconds), set(packages.split())


def test_importing_the_package_takes_milliseconds_and_loads_nothing_else():
    times, packages = zip(*(loaded("import locality") for _ in range(5)), strict=True)
    assert packages == ({"locality"},) * 5
    assert sorted(times)[2] < 50  # 1 ms on a quiet machine


def test_describing_and_tracing_load_nothing_else():
    code = "import locality; locality.trace(locality.zoo.get('resnet18')); locality.Recipe(); locality.conv_size"
    assert loaded(code)[1] == {"locality"}


def test_data_load_no_torch():
    packages = loaded("import locality; locality.dataset('digits')")[1]
    assert "numpy" in packages
    assert not packages & {"torch", "sklearn", "skimage"}


def test_the_check_sees_a_package_that_is_loaded():
    assert "numpy" in loaded("import numpy")[1]
