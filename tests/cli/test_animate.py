"""`locality animate`, as a person types it."""

import json

import numpy as np
import pytest
from PIL import Image

import locality as loc
from locality.data import write_picture
from locality.views.figure.animation.published import NAMES
from locality.views.figure.formats.svg import svg
from locality.views.kernels import kernel

COMMAND = "animate"
LINE = "1x5x5 | conv 1 3x3 stride 2 pad 1"


def frames(path):
    with Image.open(path) as picture:
        return picture.n_frames


def test_a_published_one_becomes_a_gif_of_its_steps(typed, tmp_path):
    status, out, err = typed("padding_strides_odd_transposed", "-o", "a.gif")
    assert (status, err) == (0, "")
    assert out == ("a.gif: 3x3 input, 3x3 kernel, transposed, stride 2, padding 1, output padding 1; 36 steps.\n")
    assert frames(tmp_path / "a.gif") == 36


def test_all_fifteen_are_written(typed, tmp_path):
    status, out, err = typed("--all", "-o", "new/gallery/")
    assert (status, err) == (0, "")
    assert len(out.splitlines()) == 15
    files = {path.stem: path for path in (tmp_path / "new" / "gallery").iterdir()}
    assert set(files) == set(NAMES)
    for name, path in files.items():
        assert frames(path) == loc.figure.convolution(name).steps


def test_all_of_them_come_in_any_format(typed, tmp_path):
    status, out, _ = typed("--all", "-o", ".", "--kind", "svg", "--json", "--seed", 4, "--rounding", "floor")
    assert status == 0
    told = json.loads(out)
    assert [one["figure"] for one in told] == [f"{name}.svg" for name in NAMES]
    assert sum(one["steps"] for one in told) == 322
    assert (tmp_path / "dilation.svg").read_text("utf-8") == svg(loc.figure.convolution("dilation", seed=4))


def test_the_list_names_them(typed):
    status, out, _ = typed("--list")
    assert status == 0
    assert out.splitlines()[::2] == list(NAMES)
    assert out.splitlines()[1] == "  4x4 input, 3x3 kernel, stride 1, padding 0; 4 steps"
    assert [one["name"] for one in json.loads(typed("--list", "--json")[1])] == list(NAMES)


def test_a_line_with_everything_said(typed, tmp_path):
    write_picture(np.random.default_rng(0).integers(0, 256, (1, 5, 5), np.uint8), tmp_path / "in.png")
    words = ("--image", "in.png", "--weights", "-1 0 1 / -2 0 2 / -1 0 1", "--caption", "--theme", "dark")
    status, out, err = typed(LINE, *words, "--colour", "window=#ff0000", "--seconds", 0.5, "-o", "b.svg", "--json")
    assert (status, err) == (0, "in.png: taken as it is\n")
    assert json.loads(out)["steps"] == 9
    pixels = loc.data.read_picture(tmp_path / "in.png")
    wanted = loc.figure.convolution(
        LINE, image=pixels, weights=kernel("-1 0 1 / -2 0 2 / -1 0 1"), caption=True, theme="dark",
        colours={"window": "#ff0000"}, seconds=0.5,
    )  # fmt: skip
    assert (tmp_path / "b.svg").read_text("utf-8") == svg(wanted)


def test_stills_and_single_steps(typed, tmp_path):
    moving = loc.figure.convolution(LINE, seed=1)
    assert typed(LINE, "--seed", 1, "--still", "-o", "all.svg")[1].endswith("; a still picture.\n")
    assert (tmp_path / "all.svg").read_text("utf-8") == svg(moving.still())
    assert typed(LINE, "--seed", 1, "--step", 4, "-o", "one.svg")[0] == 0
    assert (tmp_path / "one.svg").read_text("utf-8") == svg(moving.step(4))


def test_a_layer_of_a_network_or_a_run_is_shown(typed, tmp_path):
    assert typed("tiny-vgg", "--node", "max_pool_2", "--channel", 0, "-o", "a.svg")[0] == 0
    net = loc.Network.from_text("small: 1x8x8 | conv 4 3x3 | relu | max 2x2 | flatten | dense 10")
    run = loc.train(net, loc.dataset("digits"), loc.Recipe(epochs=1), out=tmp_path / "run", progress=False)
    picture = run.data.test.images[0]
    write_picture(picture, tmp_path / "in.png")
    assert typed("run", "--node", "pool1", "--image", "in.png", "-o", "b.svg")[0] == 0
    fitted = (tmp_path / "b.svg").read_text("utf-8")
    assert fitted.count('data-name="output ') == loc.figure.convolution(net, "pool1").steps == 36


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "animate: what to show is missing. Give a name of --list, or a line such as "
         '"1x5x5 | conv 1 3x3 stride 2 pad 1".'),
        (("padding_stride",), "Unknown animation 'padding_stride'. Did you mean 'padding_strides'?"),
        (("1x6x6 | conv 1 3x3 stride 2 pad 1", "-o", "a.gif"),
         "conv1: a 3x3 kernel with stride 2 and padding 1 does not tile 6: (6 - 3 + 2*1)/2 + 1 = 3.5. "
         'Use rounding="floor" (the last row and column of padding stay unread, no pixel is lost), '
         "or an input of 5 or 7. (1x6x6)"),
        (("1x300x300 | conv 1 3x3",),
         "conv1: its output 1x298x298 would take 88,804 frames, more than 400. Use a smaller input that shows the "
         "same, such as 1x8x8, or the Arithmetic room of `locality page`."),
        ((LINE, "-o", "a.webm"), "a.webm: no figure is written with this ending. Use .svg, .png, .pdf, .gif, .mp4."),
        ((LINE, "-o", "no/a.gif"), "no/a.gif: there is no folder no. Make it first, or give another place."),
        ((LINE, "--step", "9"), "network: there is no step 9 among 9. Count from 0."),
        ((LINE, "--seconds", "0"), "seconds: 0.0 is no time that a step can last. Give one from 0.01 to 60."),
        ((LINE, "--weights", "blur, blur"), "--weights: 'blur, blur' is 2 kernels. Give one."),
        ((LINE, "--weights", "1 1 / 1 1"), "weight: its shape is 2x2. Give 1x1x3x3, or 3x3 for all channels."),
        (("--all",), "--all: a folder to write to is missing. Give one, such as -o gallery/."),
        (("--all", "-o", "g", "--kind", "webp"), "Unknown kind 'webp'. Known are: gif, svg, mp4, png, pdf."),
        ((LINE, "--all", "-o", "g"),
         "--all: the named animations have no picture, kernel, node, channel or step. Leave them out."),
        (("--all", "-o", "g", "--rounding", "exact"),
         "conv1: a 3x3 kernel with stride 2 and padding 1 does not tile 6: (6 - 3 + 2*1)/2 + 1 = 3.5. "
         'Use rounding="floor" (the last row and column of padding stay unread, no pixel is lost), '
         "or an input of 5 or 7. (1x6x6)"),
        ((LINE, "--kind", "png"), "--kind: it is for --all. Name the file with -o, ending in what it should be."),
        ((LINE, "--still", "--step", "1"),
         "--step: one step is no picture of all of them. Leave out --still or --step."),
        (("lenet5", "--node", "tanh1"),
         "tanh1: tanh has no window that moves. Give a convolution or a pooling, such as conv1."),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_and_leaves_no_file(typed, tmp_path, words, message):
    assert typed(*words) == (2, "", message + "\n")
    assert list(tmp_path.iterdir()) == []


def test_rounding_floor_shows_the_floor_version(typed, tmp_path):
    line = "1x6x6 | conv 1 3x3 stride 2 pad 1"
    assert typed(line, "--rounding", "floor", "-o", "a.gif")[0] == 0
    assert frames(tmp_path / "a.gif") == 9
