"""`locality trace mymodule:Net --input 3x64x64`, and train, explain, page, draw: Python's own import rules, and
mistakes in one sentence."""

import sys

import pytest

import locality as loc
from locality.__main__ import main

SOURCE = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2)
        self.fc = nn.Linear(8, 2)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).mean((2, 3)))

class Digits(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).mean((2, 3)))

class Wide(nn.Module):
    def __init__(self, width, depth=2):
        super().__init__()

class Breaks(nn.Module):
    def __init__(self):
        super().__init__()
        raise ValueError("no luck today.")

def make():
    return Net()

net = Net()
number = 3

def other():
    return 3
"""


@pytest.fixture
def typed(monkeypatch, capsys, tmp_path):
    """Runs `locality trace` in an empty folder with a module in it: (status, stdout, stderr)."""
    (tmp_path / "shapes.py").write_text(SOURCE)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "inner.py").write_text("from shapes import Net")
    (tmp_path / "broken.py").write_text("import torch\nimport notthere.either\n")
    (tmp_path / "wrong.py").write_text("import torch\nx = 1 / 0\n")
    (tmp_path / "ends.py").write_text("import sys\nsys.exit('bye')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)

    def run(*words):
        commands = ("trace", "train", "explain", "page", "draw")
        words = words if words[0] in commands else ("trace", *words)
        monkeypatch.setattr(sys, "argv", ["locality", *words])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return end.value.code, out, err

    yield run
    for name in set(sys.modules) - before:
        if name.split(".")[0] in ("shapes", "package", "broken", "wrong", "ends"):
            del sys.modules[name]


@pytest.mark.parametrize("net", ["shapes:Net", "shapes.py:Net", "shapes:make", "shapes:net", "package.inner:Net",
                                 "./package/../shapes.py:Net"])  # fmt: skip
def test_a_module_is_found_made_and_traced(typed, net):
    status, out, err = typed(net, "--input", "3x16x16")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "Net: 3x16x16 -> 2"
    assert [line.split()[0] for line in lines[4:9]] == ["conv", "relu", "mean_", "flatten", "fc"]
    assert "conv: 31 of its 256 input sites are read by no window." in lines  # what torch drops in silence


def test_everything_else_takes_a_module_as_well(typed, tmp_path):
    net = ("shapes:Digits", "--input", "1x8x8")
    status, out, _ = typed("train", *net, "--data", "digits", "--epochs", "1", "--quiet", "--out", "run")
    assert status == 0
    assert "test pictures are classified correctly" in out
    assert typed("train", *net, "--data", "digits", "--out", "run", "--resume", "--quiet")[0] == 0
    kept = loc.load(tmp_path / "run")
    assert kept.network.node("conv").layer == loc.Conv(8, 3)
    assert typed("page", *net)[:2] == (0, f"Digits.html ({(tmp_path / 'Digits.html').stat().st_size / 1e6:.1f} MB): "
                                          "open it in a browser.\n")  # fmt: skip
    assert typed("draw", *net, "-o", "net.svg")[0] == 0
    assert "Digits" in (tmp_path / "net.svg").read_text()
    first, again = (typed("explain", *net, "conv", "2", "1", "1")[1] for _ in range(2))
    assert first == again  # the weights that torch draws are the same each time
    assert first.startswith("Digits, looking at ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["shapes:Net"], "shapes:Net: the size of its input is not known. Give it to trace, train, explain, page or "
         "draw, for example --input 3x64x64."),
        (["shapes:Net", "--input", "3by4"],
         "--input 3by4: this is no size. Give channels and space, for example --input 3x64x64."),
        (["lenet5", "--input", "3x4x4"],
         "--input: lenet5 has an input of its own. Leave it out; it is for module:Net."),
        (["nowhere.at.all:Net", "--input", "3x4x4"],
         "nowhere.at.all:Net: there is no module nowhere, here or among the installed ones. "
         "Go to the folder that it is in, or give its file: path/to/all.py:..."),
        (["nowhere.py:Net", "--input", "3x4x4"], "nowhere.py:Net: there is no file nowhere.py. Check the path."),
        (["shapes:Nett", "--input", "3x4x4"],
         "shapes:Nett: there is no Nett in shapes. Its modules of torch are: Net, Digits, Wide, Breaks, net."),
        (["shapes:Wide", "--input", "3x4x4"],
         "shapes:Wide: it needs width. Write a function without arguments that makes it, for example "
         "def make(): return Wide(...), and name that one."),
        (["shapes:number", "--input", "3x4x4"],
         "shapes:number: it is of type int. Name a module of torch, its class, or what makes it."),
        (["shapes:other", "--input", "3x4x4"],
         "shapes:other: it gives something of type int. Name what makes a module of torch."),
        (["shapes:Breaks", "--input", "3x4x4"],
         'shapes:Breaks: making it fails in shapes.py, line 30: `raise ValueError("no luck today.")`: ValueError: '
         "no luck today. Mend that first."),
        (["broken:Net", "--input", "3x4x4"],
         "broken:Net: importing it fails in broken.py, line 2: `import notthere.either`: ModuleNotFoundError: "
         "No module named 'notthere'. Mend that first."),
        (["wrong:Net", "--input", "3x4x4"],
         "wrong:Net: importing it fails in wrong.py, line 2: `x = 1 / 0`: ZeroDivisionError: division by zero. "
         "Mend that first."),
        (["ends:Net", "--input", "3x4x4"],
         "ends:Net: importing it fails in ends.py, line 2: `sys.exit('bye')`: SystemExit: bye. Mend that first."),
        (["shapes:Net", "--input", "1x16x16"],
         "Net: it does not take the example, 1x1x16x16 (Given groups=1, weight of size [8, 3, 3, 3], expected "
         "input[1, 1, 16, 16] to have 3 channels, but got 1 channels instead). "
         "Give a batch of the input it was made for: (batch, channels, *space)."),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(typed, words, said):
    assert typed(*words) == (2, "", f"{said}\n")
