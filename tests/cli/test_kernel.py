"""`locality kernel`, as a person types it."""

import json

import numpy as np
import pytest

from locality.data import read_picture, write_picture
from locality.views.filter import apply, clamped, magnitude, signed
from locality.views.kernels import kernel, names

COMMAND = "kernel"


@pytest.fixture(autouse=True)
def picture(tmp_path):
    """A colour picture in.png in an empty folder, where every test stands."""
    pixels = np.random.default_rng(0).integers(0, 256, (3, 12, 17), np.uint8)
    write_picture(pixels, tmp_path / "in.png")
    return pixels


@pytest.fixture
def result(typed, tmp_path):
    """Runs what must go well: the picture written, and the sentence."""

    def run(*words):
        status, out, err = typed(words[0], "in.png", "-o", "new folder/out.png", *words[1:])
        assert (status, err) == (0, "")
        return read_picture(tmp_path / "new folder" / "out.png"), out

    return run


def test_a_named_kernel_is_laid_over_every_colour(picture, result):
    found, said = result("sharpen", "--edges", "extend")
    values = apply(picture, kernel("sharpen"))
    np.testing.assert_array_equal(found, clamped(values))
    outside = f"{((values < 0) | (values > 255)).mean():.1%}"
    assert said == (
        f"new folder/out.png: 17x12, values from {values.min():g} to {values.max():g}; the {outside} outside 0 to 255 "
        "are clamped. --signed shows them.\n"
    )


def test_rows_may_begin_with_a_minus(picture, result):
    found, _ = result("-1 -1 -1 / -1 9 -1 / -1 -1 -1", "--edges", "black", "--stride", "2", "--convolution")
    values = apply(picture, kernel("-1 -1 -1 / -1 9 -1 / -1 -1 -1"), "black", 2, flip=True)
    assert found.shape == (3, 6, 9)
    np.testing.assert_array_equal(found, clamped(values))


def test_kernels_are_chained_by_commas_and_by_then(picture, result):
    found, said = result("gaussian 1, emboss", "--then", "-1 0 1", "--magnitude", "--signed", "--edges", "wrap")
    soft = apply(apply(picture, kernel("gaussian 1"), "wrap"), kernel("emboss"), "wrap")
    pixels, most = signed(magnitude(soft, kernel("-1 0 1"), "wrap"))
    np.testing.assert_array_equal(found, pixels)
    assert said.endswith(f"Grey 128 stands for 0, white (255) for {most:.6g}, black (1) for -{most:.6g}.\n")


def test_grey_is_the_luminance(result, tmp_path):
    found, said = result("identity", "--grey")
    np.testing.assert_array_equal(found, read_picture(tmp_path / "in.png", channels=1))
    assert said == f"new folder/out.png: 17x12, values from {found.min()} to {found.max()}, rounded.\n"


def test_the_list_names_every_kernel_and_json_is_for_programs(typed):
    status, out, _ = typed("--list")
    assert status == 0
    assert max(map(len, out.splitlines())) <= 80
    assert [line.split()[0] for line in out.splitlines() if not line.startswith(" ")] == names()
    assert [each["name"] for each in json.loads(typed("--list", "--json")[1])] == names()
    told = json.loads(typed("box 2", "in.png", "-o", "out.png", "--json")[1])
    assert told["steps"][0]["kernel"] == [[0.25, 0.25], [0.25, 0.25]]
    assert (told["shape"], told["outside"], told["signed"]) == ([3, 12, 17], 0, None)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sharpn", "in.png", "-o", "a.png"], "Unknown kernel 'sharpn'. Did you mean 'sharpen'?"),
        (
            ["0 x", "in.png", "-o", "a.png"],
            "kernel: row 1, number 2: 'x' is not a number. Give a number or a fraction, such as -1, 0.5 or 1/9.",
        ),
        (["blur", "no.png", "-o", "a.png"], "no.png: there is no such file. Check the path."),
        (
            ["blur", "in.png", "-o", "a.png", "--edges", "foo"],
            "Unknown edges 'foo'. Known are: black, extend, reflect, wrap, zero.",
        ),
        (
            ["blur", "in.png"],
            "kernel: a kernel, a picture and a place for the result are needed. "
            "Write locality kernel sharpen in.png -o out.png, or --list for the names.",
        ),
        (
            ["blur", "in.png", "-o", "a.xyz"],
            "a.xyz: the picture cannot be written (unknown file extension: .xyz). Give another place, ending in .png.",
        ),
    ],
)
def test_what_cannot_be_done_is_one_sentence(typed, words, message):
    assert typed(*words) == (2, "", f"{message}\n")


def test_a_stride_of_0_is_refused(typed):
    status, out, err = typed("blur", "in.png", "-o", "a.png", "--stride", "0")
    assert (status, out) == (2, "")
    assert "--stride" in err
