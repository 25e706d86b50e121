"""The numbers of the other rooms, held against scipy, torch and Python."""

import base64
import re
from functools import partial
from urllib.parse import quote

import numpy as np
import pytest
import torch
from opened import Opened, number
from scipy import ndimage
from torch.nn import functional as F

from locality.geometry.cost import convolution
from locality.lattice.blocks import block_spin
from locality.views.page import WEB
from locality.views.sample import shipped

PICTURE = shipped()[0].array  # the first photograph, which the rooms begin with
GREY = (PICTURE.astype(int) * np.array([19595, 38470, 7471])[:, None, None]).sum(0) + 32768 >> 16


# --- kernels: ndimage.correlate is written independently of us

KERNELS = {
    "left-sobel": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    "1 2 / 3 -4 / 0.5 7": [[1, 2], [3, -4], [0.5, 7]],
}
MODES = {"extend": "nearest", "reflect": "mirror", "wrap": "wrap", "zero": "constant"}
CELLS = [(0, 0), (159, 159), (80, 41)]


def near(found: float, wanted: float) -> bool:
    return abs(found - wanted) <= 1e-9 * max(1, abs(wanted))


def sum_shown(page: Opened) -> float:
    return number(page.text("#room-kernels .kernel-sum b.out"))


@pytest.mark.parametrize("edges", MODES)
def test_a_kernel_on_a_picture_gives_what_scipy_gives(lenet, edges):
    for text, rows in KERNELS.items():
        weights = np.array(rows, float)
        origin = [n % 2 - 1 for n in weights.shape]  # the middle of an even kernel is the cell before its centre
        how = {"mode": MODES[edges], "cval": 0, "origin": origin}
        wanted = {"": ndimage.correlate(GREY.astype(float), weights, **how)}
        if len(weights[0]) == 3:
            wanted["&laid=convolution"] = ndimage.convolve(GREY.astype(float), weights, **how)
        for laid, sums in wanted.items():
            for y, x in CELLS:
                lenet.go(f"#kernels?chain={quote(text)}&edges={edges}&at={y},{x}{laid}")
                lenet.says("#room-kernels .sums output", f"Output row {y}, column {x}:")
                found = lenet.until(lambda: sum_shown(lenet), partial(near, float(sums[y, x])))
                assert near(found, float(sums[y, x]))


# --- arithmetic: the sum at one position, and every output by stepping through them

SETTINGS = [
    "size=5,5&kernel=3,3&stride=2,2&padding=1,1,1,1",
    "size=6,7&kernel=3,2&stride=1,1&padding=2,1,0,1&padding_mode=reflect",
    "size=7,7&kernel=3,3&stride=1,1&padding=0,0,0,0&dilation=2,2",
    "size=9&kernel=3&stride=2&padding=1,1&padding_mode=wrap&rounding=floor",
    "size=3,3&kernel=3,3&stride=2,2&padding=1,1,1,1&output_padding=1,1&direction=transposed&view=direct",
]


def given(address: str):
    """The settings of an address: numbers by name, and the words."""
    found = dict(part.split("=") for part in address.split("&"))
    numbers = {name: [int(x) for x in text.split(",")] for name, text in found.items() if text[0].isdigit()}
    return numbers, found


def by_torch(address: str, kernel: np.ndarray) -> np.ndarray:
    """The outputs for an input that counts 1, 2, 3, ... and one kernel."""
    numbers, words = given(address)
    size = numbers["size"]
    padding = [tuple(numbers["padding"][2 * i : 2 * i + 2]) for i in range(len(size))]
    x = torch.arange(1, int(np.prod(size)) + 1, dtype=torch.float64).reshape(1, 1, *size)
    weights = torch.from_numpy(kernel).reshape(1, 1, *numbers["kernel"])
    flat = len(size) == 1
    if words.get("direction") == "transposed":
        conv = F.conv_transpose1d if flat else F.conv_transpose2d
        more = {"padding": [p[0] for p in padding], "output_padding": numbers["output_padding"]}
        return conv(x, weights, stride=numbers["stride"], **more)[0, 0].numpy()
    modes = {"zeros": "constant", "edge": "edge", "reflect": "reflect", "wrap": "wrap"}
    padded = torch.from_numpy(np.pad(x[0, 0].numpy(), padding, mode=modes[words.get("padding_mode", "zeros")]))[
        None, None
    ]
    conv = F.conv1d if flat else F.conv2d
    return conv(padded, weights, stride=numbers["stride"], dilation=numbers.get("dilation", 1))[0, 0].numpy()


@pytest.mark.parametrize("address", SETTINGS)
def test_a_window_s_outputs_are_those_of_torch(lenet, address):
    numbers, _ = given(address)
    draw = np.random.default_rng(len(address))
    kernel = draw.integers(-4, 5, int(np.prod(numbers["kernel"]))).astype(float)
    across = numbers["kernel"][-1]
    changed = ",".join(f"{i // across},{i % across},{value:g}" for i, value in enumerate(kernel))
    wanted = by_torch(address, kernel)
    lenet.go(f"#arithmetic?{address}&pattern=counting&changed={changed}")
    shape = "x".join(map(str, wanted.shape))
    lenet.until(lambda: lenet.text("#room-arithmetic .verdict h2"), lambda said: said.endswith(f"to {shape}"))
    output = lenet.locator("#room-arithmetic [aria-label^='Output map']")
    output.focus()
    for _ in range(max(wanted.shape) + 2):  # to the first output
        lenet.tab.keyboard.press("ArrowUp")
        lenet.tab.keyboard.press("ArrowLeft")
    height, width = (1, *wanted.shape)[-2:]
    cells = [(y, x) for y in range(height) for x in (range(width) if y % 2 == 0 else reversed(range(width)))]
    at = (0, 0)
    for cell in cells:  # as an ox ploughs
        key = {(0, 1): "ArrowRight", (0, -1): "ArrowLeft", (1, 0): "ArrowDown"}.get((cell[0] - at[0], cell[1] - at[1]))
        if key:
            lenet.tab.keyboard.press(key)
        said = lenet.text("#room-arithmetic .sum")
        where, value = re.match(r"output\[([\d, ]+)\] = .*?(?:= )?([−\d.e]+)$", said.replace("\n", " ")).groups()  # type: ignore[union-attr]
        assert tuple(map(int, where.split(", "))) == (cell if wanted.ndim == 2 else cell[1:]), said
        assert number(value) == wanted.reshape(height, width)[cell], said
        at = cell


def test_settings_that_do_not_tile_are_called_invalid_and_ways_are_shown(lenet):
    lenet.go("#arithmetic?size=6,6&kernel=3,3&stride=2,2&padding=0,0,0,0")
    verdict = "#room-arithmetic .verdict"
    lenet.until(lambda: lenet.text(verdict), lambda said: "6x6: invalid" in said)
    assert "2.5" in lenet.text(verdict)
    buttons = lenet.locator(f"{verdict} .ways button")
    assert buttons.count() >= 2
    buttons.first.click()
    lenet.until(lambda: lenet.text(f"{verdict} h2"), lambda said: "invalid" not in said)


# --- coarse graining


def blocks(level: np.ndarray, side: int = 2) -> np.ndarray:
    """The cells of each block, row by row."""
    height, width = (n // side for n in level.shape)
    return level.reshape(height, side, width, side).transpose(0, 2, 1, 3).reshape(height, width, side * side)


def majority(level: np.ndarray) -> np.ndarray:
    """What Python's layer makes of it."""
    import locality as loc

    model = loc.build(loc.Network("rule", (1, *level.shape), [loc.Pool("majority", 2)]))
    return model(torch.from_numpy(level[None, None].astype(np.float32)))[0, 0].numpy()


def test_the_levels_of_a_picture_are_those_of_max_average_and_majority(lenet):
    side = 64
    lenet.go(f"#grain?side={side}&block=2&rule=2&level=0&y=0&x=0")
    said = lenet.until(lambda: " ".join(lenet.locator("#room-grain [role=status]:visible").all_inner_texts()))
    assert "Level 0 is the middle 128×128" in said
    assert "every 2×2 pixels averaged to one" in said
    first = GREY[16:144, 16:144]
    plain = np.floor(blocks(first).mean(-1) + 0.5)
    # Its halves: the cut lies in the middle of the two middle values or beside them, so that it is read from the page.
    cut = number(re.search(r"cut at its median, ([\d.]+):", said)[1])  # type: ignore[index]
    assert abs(cut - np.median(plain)) <= 0.5
    spins = np.where(plain > cut, 1.0, -1.0)
    level = {"Max": plain, "Average": plain, "Majority": spins}
    draw = np.random.default_rng(0)
    for n in range(1, 5):
        level = {
            "Max": blocks(level["Max"]).max(-1),
            "Average": blocks(level["Average"]).mean(-1),
            "Majority": majority(level["Majority"]),
        }
        for y, x in [(0, 0), *draw.integers(0, side >> n, (3, 2)).tolist()]:
            lenet.go(f"#grain?side={side}&block=2&rule=2&level={n}&y={y}&x={x}")
            lenet.says("#room-grain .grain-at", f"Majority, level {n}, row {y + 1}, column {x + 1}.")
            said = lenet.locator("#room-grain .grain-sums li").all_inner_texts()
            assert len(said) == 3
            for line, (kind, values) in zip(said, level.items(), strict=True):
                assert line.startswith(kind.lower()), line
                found = number(re.findall(r"[−\d.]+(?:e[−+]?\d+)?$", line)[0])
                assert found == pytest.approx(values[y, x], rel=1e-7), line


def configuration(at: int) -> tuple[float, np.ndarray]:
    """The temperature and the spins of a notch of the slider, as they are packed in the page."""
    text = (WEB / "rooms" / "grain" / "configurations.js").read_text(encoding="utf-8")
    found = re.findall(r'"temperature": ([\d.]+), .*"spins": "([^"]+)"', text)[at]
    bits = np.unpackbits(np.frombuffer(base64.b64decode(found[1]), np.uint8))
    return float(found[0]), 2 * bits.reshape(128, 128).astype(np.int8) - 1


@pytest.mark.parametrize(("at", "side"), [(2, 128), (12, 64), (20, 54)])
def test_a_sample_of_the_ising_model_stands_beside_the_exact_numbers(lenet, at, side):
    temperature, spins = configuration(at)
    block = 3 if side == 54 else 2
    level = spins[None, :side, :side]
    for n in range(3):
        place = [int(x) for x in np.random.default_rng(at + n).integers(0, level.shape[-1], 2)]
        lenet.go(f"#grain?from=spins&ising={at}&side={side}&block={block}&rule=2&level={n}&y={place[0]}&x={place[1]}")
        lenet.says("#room-grain .grain-at", f"Majority, level {n}, row {place[0] + 1}, column {place[1] + 1}.")
        said = lenet.locator("#room-grain .grain-sums li").all_inner_texts()[2]
        assert number(re.findall(r"[−\d.]+$", said)[0]) == level[0, place[0], place[1]], said
        level = block_spin(level, block, ties="first")
    assert lenet.text("#room-grain .grain-ising caption") == (
        f"T = {temperature:.4f}, T/Tc = {temperature / (2 / np.log(1 + np.sqrt(2))):.4f}"
    )
    shown = [number(text) for text in lenet.locator("#room-grain .grain-ising td").all_inner_texts()]
    energy = -(spins * (np.roll(spins, 1, 0) + np.roll(spins, 1, 1))).mean()
    assert shown[::2] == pytest.approx([abs(spins.mean()), energy], abs=6e-4)
    said = " ".join(lenet.locator("#room-grain [role=status]:visible").all_inner_texts())
    assert (f"Level 0 is a window of {side}×{side} cut out of it, with open edges." in said) == (side < 128)
    first = lenet.locator("#room-grain .grain-facts").nth(2).locator("tbody tr").first.locator("td").all_inner_texts()
    part = spins[:side, :side].astype(int)
    joined = (part * np.roll(part, 1, 0)).sum() + (part * np.roll(part, 1, 1)).sum()
    opened = (part[1:] * part[:-1]).sum() + (part[:, 1:] * part[:, :-1]).sum()
    nearest = joined / (2 * side**2) if side == 128 else opened / (2 * side * (side - 1))
    assert number(first[3]) == pytest.approx(nearest, abs=6e-4)


def test_more_spins_than_a_sample_has_are_refused(lenet):
    lenet.go("#grain?from=spins&ising=3&side=64")
    field = lenet.locator("#room-grain").get_by_label("Cells along a side", exact=True)
    field.fill("140")
    lenet.until(lambda: "The sample has 128 spins along a side: no more cells than that." in lenet.text("#room-grain"))


# --- shared weights


def counts(page: Opened) -> list[int]:
    """Parameters and multiply-accumulates: fully connected, local, convolution."""
    return [int(number(text)) for text in page.locator("#room-sharing .sharing-number").all_inner_texts()]


@pytest.mark.parametrize(
    ("height", "width", "channels", "out", "kernel", "stride", "padding", "bias"),
    [
        (200, 200, 3, 10, 20, 20, 0, False),  # the lecture's
        (28, 28, 1, 6, 5, 1, 2, True),
        (17, 30, 4, 7, 3, 2, 1, True),
        (224, 224, 3, 64, 11, 4, 2, True),
    ],
)
def test_the_counts_are_those_of_geometry_cost(lenet, height, width, channels, out, kernel, stride, padding, bias):
    size = [(n + 2 * padding - kernel) // stride + 1 for n in (height, width)]
    wanted = convolution((channels, height, width), (out, *size), channels * out * kernel**2, bias)
    lenet.go(
        f"#sharing?height={height}&width={width}&channels={channels}&out_channels={out}&kernel_size={kernel}"
        f"&stride={stride}&padding={padding}&bias={str(bias).lower()}&rounding=floor"
    )
    ways = (wanted.full, wanted.local, wanted.shared)
    found = lenet.until(
        lambda: counts(lenet), lambda now: now == [n for way in ways for n in (way.parameters, way.macs)]
    )
    if height == 200:
        assert found[0] == 120_000_000


def test_a_shift_is_followed_where_edges_wrap_and_not_where_stride_breaks_it(lenet):
    lenet.go("#sharing?mode=wrap&right=5")
    apart = lambda: lenet.text("#room-sharing .sharing-said[role=status]")  # noqa: E731
    assert lenet.until(apart, lambda said: " = 0." in said)
    lenet.go("#sharing?mode=wrap&conv_stride=2&right=5")
    assert lenet.until(apart, lambda said: said and " = 0." not in said)
