"""`locality draw`, as a person types it."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import locality as loc
from locality.data import write_picture
from locality.views.figure.formats.svg import svg

COMMAND = "draw"
SMALL = "small: 1x8x8 | conv 4 3x3 | relu | max 2x2 | flatten | dense 10"


@pytest.mark.parametrize("name", loc.zoo.names())
def test_every_network_of_the_zoo_is_drawn(typed, tmp_path, name):
    status, out, err = typed(name)
    assert (status, err) == (0, "")
    drawn = loc.figure.network(loc.zoo.get(name))
    assert (tmp_path / f"{name}.svg").read_text("utf-8") == svg(drawn)
    assert out == f"{name}.svg: {drawn.title}, {drawn.width:.0f}x{drawn.height:.0f} pixels.\n"


@pytest.mark.parametrize("style", ["graph", "maps", "boxes", "neurons"])
def test_a_line_of_notation_is_drawn_in_every_style_and_format(typed, tmp_path, style):
    for ending in ("svg", "png", "pdf"):
        assert typed(SMALL, "--style", style, "-o", f"{style}.{ending}", "--width", 340)[0] == 0
    with Image.open(tmp_path / f"{style}.png") as picture:
        assert picture.width <= 680
    assert (tmp_path / f"{style}.pdf").read_bytes().startswith(b"%PDF")


def test_what_is_asked_for_is_drawn(typed, tmp_path):
    words = ("--hide", "relu", "--group", "head=flatten1, dense1", "--label", "conv1=edges = lines", "--theme", "dark")
    status, out, _ = typed(SMALL, *words, "--colour", "input=#12ab34", "--direction", "right", "--json")
    assert status == 0
    drawn = loc.figure.network(
        loc.Network.from_text(SMALL), hide=["relu"], group={"head": ["flatten1", "dense1"]}, theme="dark",
        labels={"conv1": "edges = lines"}, colours={"input": "#12ab34"}, direction="right",
    )  # fmt: skip
    assert (tmp_path / "small.svg").read_text("utf-8") == svg(drawn)
    assert json.loads(out) == {
        "figure": "small.svg", "width": drawn.width, "height": drawn.height, "title": "small: 1x8x8 → 10"
    }  # fmt: skip


def test_blocks_open_by_name_or_all(typed, tmp_path):
    sizes = []
    for words in ((), ("--open", "layer1"), ("--open", "all")):
        assert typed("resnet18", *words)[0] == 0
        sizes.append((tmp_path / "resnet18.svg").read_text("utf-8").count("<text"))
    assert sizes == sorted(set(sizes))


def test_a_run_shows_its_weights_and_a_description_initial_ones_on_a_picture(typed, tmp_path):
    run = loc.train(loc.Network.from_text(SMALL), loc.dataset("digits"), loc.Recipe(epochs=1), out=tmp_path / "run",
                    progress=False)  # fmt: skip
    assert typed("run", "--style", "neurons")[0] == 0
    assert (tmp_path / "small-neurons.svg").read_text("utf-8") == svg(loc.figure.network(run, "neurons"))
    pixels = np.random.default_rng(0).integers(0, 256, (3, 20, 30), np.uint8)
    write_picture(pixels, tmp_path / "in.png")
    status, _, err = typed(SMALL, "--style", "maps", "--image", "in.png")
    assert status == 0
    assert "in.png: coloured: made grey\n" in err
    assert "Initial weights (seed 0): nothing has been learnt yet.\n" in err


def test_a_lattice_is_drawn_by_its_name_and_size(typed, tmp_path):
    status, out, err = typed("--lattice", "kagome", "--size", 4, "-o", "k.svg")
    drawn = loc.figure.lattice(loc.Lattice("kagome", 4))
    assert (status, err) == (0, "")
    assert out == f"k.svg: kagome 4x4, {drawn.width:.0f}x{drawn.height:.0f} pixels.\n"
    assert (tmp_path / "k.svg").read_text("utf-8") == svg(drawn)
    words = ("--size", "3x5", "--open-edges", "--site", 7, "--theme", "dark", "--json")
    status, out, _ = typed("--lattice", "square", *words)
    drawn = loc.figure.lattice(loc.Lattice("square", (3, 5), periodic=False), site=7, theme="dark")
    assert (tmp_path / "square.svg").read_text("utf-8") == svg(drawn)
    assert json.loads(out)["title"] == "square 3x5 with open edges"


def test_drawing_a_description_loads_neither_torch_nor_matplotlib(tmp_path):
    told = (
        "import sys; from locality.__main__ import main; sys.argv = ['locality', 'draw', 'resnet152', '-o', 'r.svg']\n"
        "try: main()\nexcept SystemExit as end: print(end.code, sorted({'torch', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.stdout.splitlines()[-1] == "0 []", done.stderr
    assert (tmp_path / "r.svg").stat().st_size < 1_000_000


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("lenet",), "Unknown network 'lenet'. Did you mean 'lenet5'?"),
        (("lenet5", "-o", "a.bmp"), "a.bmp: no figure is written with this ending. Use .svg, .png, .pdf, .gif, .mp4."),
        (("lenet5", "-o", "no/a.svg"), "no/a.svg: there is no folder no. Make it first, or give another place."),
        (("lenet5", "--style", "map"), "Unknown style 'map'. Did you mean 'maps'?"),
        (("lenet5", "--label", "conv1"),
         "--label: 'conv1' has no name or no '='. Write NAME=VALUE, such as conv1=edges."),
        (("lenet5", "--open", "layer1"), "Unknown block 'layer1'. Nothing is folded here."),
        (("lenet5", "--width", "1"), "width 1.0: a diagram takes 240 to 20000 pixels. Use 340 or 960, say."),
        (("1x5x5 | conv 1 4x4 stride 2",),
         'conv1: a 4x4 kernel with stride 2 does not tile 5: (5 - 4)/2 + 1 = 1.5. Use rounding="floor" '
         "(the last row and column are dropped), or an input of 4 or 6. (1x5x5)"),
        ((), "draw: there is nothing to draw. Give a NET, such as lenet5, or --lattice kagome."),
        (("--lattice", "kagme"), "Unknown lattice 'kagme'. Did you mean 'kagome'?"),
        (("--lattice", "square", "--size", "4xa"),
         "--size: '4xa' is no size. Write the cells along each axis, such as 4 or 4x6."),
        (("--lattice", "square", "--size", "2"),
         "square 2x2: with 2 cells along axis 0 and 2 cells along axis 1 the bonds of order 1 go round it and join "
         "some sites twice. Use at least 3, or open edges (periodic=False)."),
        (("--lattice", "kagome", "--site", "48"),
         "kagome 4x4: there is no site 48. Give a number from 0 to 47."),
        (("lenet5", "--lattice", "kagome", "--style", "maps"),
         "--lattice kagome: it has no NET and no --style. Leave that out."),
        (("lenet5", "--size", "4", "--site", "0"), "lenet5: it has no --size and no --site. Leave that out."),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_and_leaves_no_file(typed, tmp_path, words, message):
    assert typed(*words) == (2, "", message + "\n")
    assert list(tmp_path.iterdir()) == []
