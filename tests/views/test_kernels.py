"""Kernels and what they make of pictures, against scipy, torch, plain loops, and the page's golden file."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from locality.errors import LocalityError
from locality.geometry.window import source
from locality.views.filter import EDGES, apply, clamped, magnitude, run, signed
from locality.views.kernels import FORMULAS, chain, factors, kernel, names

GOLDEN = Path(__file__).parents[1] / "web" / "golden" / "kernels.json"
WHOLE = st.integers(-9, 9)


def arrays(sides):
    """Arrays of small whole numbers: every sum of them is exact, in any order."""
    shapes = st.tuples(sides, sides)
    return shapes.flatmap(
        lambda shape: st.lists(WHOLE, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]).map(
            lambda numbers: np.array(numbers, float).reshape(shape)
        )
    )


def by_hand(picture, weights, edges, stride, flip):
    """The sums one cell at a time, with nothing but loops."""
    (height, width), (rows, columns) = picture.shape, weights.shape
    sums = []
    for top in range(0, height, stride):
        line = []
        for left in range(0, width, stride):
            total, hangs = 0.0, False
            for i, j in product(range(rows), range(columns)):
                y, x = top + i - (rows - 1) // 2, left + j - (columns - 1) // 2
                hangs |= not (0 <= y < height and 0 <= x < width)
                weight = weights[rows - 1 - i, columns - 1 - j] if flip else weights[i, j]
                y, x = source(y, height, EDGES[edges]), source(x, width, EDGES[edges])
                total += 0 if y is None or x is None else weight * picture[y, x]
            line.append(0.0 if hangs and edges == "black" else total)
        sums.append(line)
    return np.array(sums)


@given(
    arrays(st.integers(1, 6)), arrays(st.integers(1, 5)), st.sampled_from(list(EDGES)), st.integers(1, 3), st.booleans()
)
def test_every_sum_is_what_plain_loops_give(picture, weights, edges, stride, flip):
    np.testing.assert_array_equal(
        apply(picture, weights, edges, stride, flip), by_hand(picture, weights, edges, stride, flip)
    )


SCIPY = {"extend": "nearest", "reflect": "mirror", "wrap": "wrap", "zero": "constant"}


@pytest.mark.parametrize(("edges", "mode"), SCIPY.items())
@given(arrays(st.integers(6, 9)), arrays(st.integers(1, 5)))
def test_correlation_is_scipys(edges, mode, picture, weights):
    origin = [-1 if size % 2 == 0 else 0 for size in weights.shape]  # scipy has an even kernel's middle one further on
    theirs = ndimage.correlate(picture, weights, mode=mode, origin=origin)
    np.testing.assert_array_equal(apply(picture, weights, edges), theirs)


@pytest.mark.parametrize(("edges", "mode"), SCIPY.items())
@pytest.mark.parametrize("text", ["emboss", "gabor 3 20", "log 1.2", "motion 7 35", "1 2 3 / 4 5 6 / 7 8 9"])
def test_true_convolution_is_scipys(edges, mode, text):
    picture = np.random.default_rng(0).uniform(0, 255, (17, 23))
    theirs = ndimage.convolve(picture, kernel(text), mode=mode)
    np.testing.assert_allclose(apply(picture, kernel(text), edges, flip=True), theirs, rtol=0, atol=1e-10)


@settings(max_examples=30)
@given(arrays(st.integers(5, 8)), arrays(st.integers(1, 4)), st.integers(1, 3))
def test_zero_edges_and_stride_are_torchs(picture, weights, stride):
    (top, left), (bottom, right) = (np.array(weights.shape) - 1) // 2, np.array(weights.shape) // 2
    padded = torch.nn.functional.pad(torch.tensor(picture), (int(left), int(right), int(top), int(bottom)))
    theirs = torch.nn.functional.conv2d(padded[None, None], torch.tensor(weights)[None, None], stride=stride)[0, 0]
    np.testing.assert_array_equal(apply(picture, weights, "zero", stride), theirs.numpy())


def test_channels_are_filtered_each_alone():
    picture = np.random.default_rng(0).uniform(0, 255, (3, 9, 8))
    whole = apply(picture, kernel("sharpen"), "reflect", 2)
    for channel in range(3):
        np.testing.assert_array_equal(whole[channel], apply(picture[channel], kernel("sharpen"), "reflect", 2))


def test_the_left_sobel_kernel_sees_an_edge_that_is_bright_on_the_left_as_positive():
    picture = np.array([[9.0, 9, 0, 0]] * 3)
    assert apply(picture, kernel("left-sobel"))[1].tolist() == [0, 36, 36, 0]
    assert apply(picture, kernel("left-sobel"), flip=True)[1].tolist() == [0, -36, -36, 0]


def test_the_magnitude_is_that_of_scipys_sobel_pair():
    picture = np.random.default_rng(1).uniform(0, 255, (20, 30))
    theirs = np.hypot(*(ndimage.sobel(picture, axis, mode="nearest") for axis in (0, 1)))
    np.testing.assert_allclose(magnitude(picture, kernel("left-sobel")), theirs, rtol=1e-12)


def test_a_chain_rounds_nothing_between_its_kernels():
    picture = np.random.default_rng(2).integers(0, 256, (3, 12, 12))
    steps = chain("outline, magnitude prewitt stride 2, gaussian 0.7")
    first = apply(picture, kernel("outline"), "wrap")
    second = magnitude(first, kernel("prewitt"), "wrap", 2)
    np.testing.assert_array_equal(run(picture, steps, "wrap"), apply(second, kernel("gaussian 0.7"), "wrap"))
    assert [step.stride for step in chain("blur stride 3, box", stride=2)] == [3, 2]
    assert [step.magnitude for step in chain("blur, box", magnitude=True)] == [False, True]


def test_what_a_screen_shows_is_rounded_and_clamped():
    assert clamped(np.array([-0.6, 0.5, 1.5, 254.5, 255.4, 1e9])).tolist() == [0, 0, 2, 254, 255, 255]
    picture, most = signed(np.array([-8.0, 4.0, 0.0]))
    assert (picture.tolist(), most) == ([1, 192, 128], 8.0)
    assert signed(np.zeros(2))[0].tolist() == [128, 128]


# --- the kernels themselves


def test_the_named_kernels_are_those_of_the_textbook():
    assert kernel("outline").tolist() == [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]
    assert kernel("blur").tolist() == (np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16).tolist()
    assert kernel("emboss").tolist() == [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]
    assert kernel("left-sobel").tolist() == (-kernel("right-sobel")).tolist()
    assert kernel("left-sobel").tolist() == kernel("top-sobel").T.tolist()
    assert kernel("top-sobel").tolist() == (-kernel("bottom-sobel")).tolist()
    assert kernel("identity").tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize("sigma", [0.3, 1, 1.5, 2.2, 5])
def test_the_gaussian_is_the_impulse_response_of_scipys(sigma):
    point = np.zeros((41, 41))
    point[20, 20] = 1
    reach = kernel("gaussian", sigma).shape[0] // 2
    theirs = ndimage.gaussian_filter(point, sigma, radius=reach)[20 - reach : 21 + reach, 20 - reach : 21 + reach]
    np.testing.assert_allclose(kernel("gaussian", sigma), theirs, rtol=1e-10)


def test_the_laplacian_of_a_gaussian_is_near_the_laplacian_of_a_wide_one():
    theirs = ndimage.laplace(kernel("gaussian", 3))[4:-4, 4:-4]
    np.testing.assert_allclose(kernel("log", 3)[4:-4, 4:-4], theirs, atol=1e-4)
    assert abs(kernel("log", 3).sum()) < 1e-15


@pytest.mark.parametrize("angle", [0, 30, -45, 90, 137])
def test_a_gabor_kernel_passes_its_own_wave_unchanged_and_no_flat_area(angle):
    y, x = np.mgrid[-30:31, -30:31]
    turn = np.radians(angle)
    wave = np.cos(2 * np.pi * (x * np.cos(turn) - y * np.sin(turn)) / 5)
    passed = apply(wave, kernel("gabor", 5, angle), "extend")
    np.testing.assert_allclose(passed[20:-20, 20:-20], wave[20:-20, 20:-20], atol=1e-3)
    assert passed[30, 30] == pytest.approx(1, abs=1e-12)
    assert abs(apply(np.full((30, 30), 200), kernel("gabor", 5, angle))).max() < 1e-12


@pytest.mark.parametrize(("length", "angle", "size"), [(7, 0, 7), (4, 30, 5), (1, 0, 1), (31, 45, 31), (8, 90, 9)])
def test_motion_blur_has_sum_1_and_lies_along_its_line(length, angle, size):
    values = kernel("motion", length, angle)
    assert values.shape == (size, size)
    assert values.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(values, values[::-1, ::-1], atol=1e-9)
    y, x = np.mgrid[-(size // 2) : size // 2 + 1, -(size // 2) : size // 2 + 1]
    across = x * np.sin(np.radians(angle)) + y * np.cos(np.radians(angle))
    assert np.abs(across[values > 0]).max(initial=0) < 1.5
    if size > 1 and angle not in (0, 90):
        assert (values * x * -y).sum() > 0  # it rises to the right


@given(arrays(st.integers(1, 5)))
def test_factors_are_found_where_the_rank_is_1(values):
    found = factors(values)
    assert (found is not None) == (np.linalg.matrix_rank(values) == 1)
    if found:
        np.testing.assert_allclose(np.outer(*found), values, atol=1e-12)


@pytest.mark.parametrize("name", names())
def test_every_name_gives_a_finite_kernel_of_at_most_31_rows(name):
    values = kernel(name)
    assert np.isfinite(values).all()
    assert max(values.shape) <= 31
    for number, parameter in enumerate(FORMULAS[name].parameters if name in FORMULAS else ()):
        usual = [each.usual for each in FORMULAS[name].parameters[:number]]
        for end in (parameter.low, parameter.high):
            assert max(kernel(name, *usual, end).shape) <= 31


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1 2 / 3 4", [[1, 2], [3, 4]]),
        ("1 2; 3 4;", [[1, 2], [3, 4]]),
        ("1 2\n3 4", [[1, 2], [3, 4]]),
        ("1 2/ 3 4", [[1, 2], [3, 4]]),
        ("1/2 -1/4", [[0.5, -0.25]]),
        ("(1 1 / 2 -2) / 4", [[0.25, 0.25], [0.5, -0.5]]),
        ("(1)", [[1]]),
        ("−1 +.5 1e-1 2.", [[-1, 0.5, 0.1, 2]]),
    ],
)
def test_rows_are_read_as_they_are_written(text, rows):
    assert kernel(text).tolist() == rows


REFUSALS = {
    "": 'kernel: nothing is given. Give a name such as sharpen, or rows such as "1 0 -1 / 2 0 -2".',
    "sharpen,": "kernel 2 of the chain: kernel: nothing is given. Give a name such as sharpen, or rows such as "
    '"1 0 -1 / 2 0 -2".',
    "0 x 0 / 1 1 1": "kernel: row 1, number 2: 'x' is not a number. Give a number or a fraction, such as -1, 0.5 or "
    "1/9.",
    "1 0 / 0 nan": "kernel: row 2, number 2: 'nan' is not a number. Give a number or a fraction, such as -1, 0.5 or "
    "1/9.",
    "1e13": "kernel: row 1, number 1: '1e13' is not a number. Give a number or a fraction, such as -1, 0.5 or 1/9.",
    "1 0/0": "kernel: row 1, number 2: '0/0' is not a number. Give a number or a fraction, such as -1, 0.5 or 1/9. "
    "Put spaces around a / that ends a row.",
    "1 2 / 3": "kernel: row 2 has 1 numbers, row 1 has 2. Give every row as many.",
    "1 /": "kernel: row 2 holds no number. Give every row as many numbers.",
    "1 " * 12: "kernel: 1x12 is too large. Give at most 11 rows and columns.",
    "(1 2)/0": "kernel: it cannot be divided by '0'. Give a number other than 0.",
    "blur 3": "blur: it takes no number, 1 given. Write blur alone.",
    "gaussian 9": "gaussian: sigma 9 lies outside 0.3 to 5. Give 1, say.",
    "gaussian x": "gaussian: sigma 'x' is not a number. Give 1, say.",
    "box 2.5": "box: size '2.5' is not a whole number. Give 3, say.",
    "gabor 4 0 1": "gabor: it takes 2 numbers (wavelength, angle), 3 given. Leave the rest out.",
    "blur stride 0": "stride is 0; it must be a whole number of at least 1. Give stride=1 or more.",
    "blur stride x": "stride is 'x'; it must be a whole number of at least 1. Give stride=1 or more.",
}


@pytest.mark.parametrize(("text", "message"), REFUSALS.items())
def test_what_cannot_be_read_is_said_with_its_place(text, message):
    with pytest.raises(LocalityError) as error:
        chain(text)
    assert str(error.value) == message


def test_an_unknown_name_is_met_with_the_nearest_one():
    with pytest.raises(LocalityError, match=r"^Unknown kernel 'sharpn'. Did you mean 'sharpen'\?$"):
        kernel("sharpn")
    with pytest.raises(LocalityError, match=r"^Unknown edges 'mirror'"):
        apply(np.zeros((3, 3)), kernel("blur"), "mirror")
    with pytest.raises(LocalityError, match=r"^apply: a picture of shape \(3,\) and a kernel"):
        apply(np.zeros(3), kernel("blur"))


# --- the golden file that holds the page to the same numbers

CASES = ["outline", "left-sobel", "gaussian 1.3", "magnitude scharr", "1 2 / 3 4 / 5 6", "1/9 -1/3 2", "1 2 3 4"]
CHAINS = ["gaussian 0.8, log 1.1", "blur stride 2, magnitude 1 -1", "emboss stride 3, sharpen, box 2"]
FACTORED = ["left-sobel", "right-sobel", "blur", "gaussian 1", "box 4", "sharpen", "gabor", "6 -4 / -9 6", "0 0 / 0 -3"]


def golden():
    """Everything that the page must come to as well, as plain lists."""
    random = np.random.default_rng(7)
    picture = random.integers(0, 256, (2, 7, 9))
    texts = [*names(), "gaussian 2.3", "log 3", "gabor 5 30", "gabor 2 -120", "motion 4 30", "motion 9 90", "box 6"]
    applied = [
        {"chain": text, "edges": edges, "flip": flip, "result": run(picture, chain(text), edges, flip).tolist()}
        for text, edges, flip in [
            *product(CASES, EDGES, [False, True]),
            *product(CHAINS, ["extend", "black"], [False]),
        ]
    ]
    colour = random.integers(0, 256, (3, 5, 6), np.uint8)
    values = np.concatenate([random.uniform(-300, 500, 40), np.arange(-2, 258, 6.5)])
    grey, most = signed(values)
    return {
        "formulas": {
            name: [[each.name, each.low, each.high, each.usual, each.whole] for each in formula.parameters]
            for name, formula in FORMULAS.items()
        },
        "kernels": [{"text": text, "rows": kernel(text).tolist()} for text in texts],
        "factors": [
            {"text": text, "factors": found and [each.tolist() for each in found]}
            for text, found in ((text, factors(kernel(text))) for text in FACTORED)
        ],
        "spectra": [{"text": text, "strength": spectrum(kernel(text), 8)} for text in [*texts, "1 2 / 3 4 / 5 6"]],
        "picture": picture.tolist(),
        "applied": applied,
        "colour": colour.tolist(),
        "luminance": np.asarray(Image.fromarray(colour.transpose(1, 2, 0).copy()).convert("L")).tolist(),
        "values": values.tolist(),
        "clamped": clamped(values).tolist(),
        "signed": {"most": most, "bytes": grey.tolist()},
        "refusals": [[text, message] for text, message in REFUSALS.items()],
    }


def spectrum(values, size):
    """|K(f)| at f = -1/2, ..., 1/2 in steps of 1/size, from the discrete Fourier transform of a padded kernel."""
    around = -(-max(values.shape) // size) * size  # a transform at least as large, thinned out
    found = np.abs(np.fft.fftshift(np.fft.fft2(values, (around, around)))[:: around // size, :: around // size])
    return np.pad(found, (0, 1), mode="wrap").tolist()  # f = 1/2 is f = -1/2 again


def test_the_golden_file_of_the_page_holds_what_python_gives(request):
    plain = golden()
    if request.config.getoption("--overwrite"):
        lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in plain.items())
        GOLDEN.write_text("{" + lines + "}\n", encoding="utf-8")
    assert GOLDEN.exists(), f"{GOLDEN} is missing; write it with --overwrite"
    close(json.loads(GOLDEN.read_text(encoding="utf-8")), plain)


def close(kept, found):
    """Equal, numbers within the rounding of exp and cos on another machine."""
    assert type(kept) is type(found) or {type(kept), type(found)} == {int, float}
    if isinstance(found, dict):
        assert list(kept) == list(found)
        for key, value in found.items():
            close(kept[key], value)
    elif isinstance(found, list) and found and all(isinstance(each, int | float) for each in found):
        np.testing.assert_allclose(kept, found, rtol=1e-12, atol=1e-10)
    elif isinstance(found, list):
        assert len(kept) == len(found)
        for one, other in zip(kept, found, strict=True):
            close(one, other)
    else:
        assert kept == found


def test_sums_beyond_all_numbers_are_refused():
    steps = chain(", ".join(["1000000000000"] * 27))
    with pytest.raises(LocalityError, match=r"^kernel: the sums grow beyond what a number can hold\. Use smaller"):
        run(np.full((1, 3, 3), 200.0), steps)
