"""Animations of convolution arithmetic: every size, every number and every marked cell against torch."""

import re

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import locality as loc
from locality.errors import LocalityError
from locality.network.layers import Conv, ConvTranspose, Pool
from locality.views.figure.animation.published import NAMES, published
from locality.views.figure.figure import Figure
from views.figure.drawn import check_golden, names, number, on_each_other, outside

# docs of conv_arithmetic (arXiv:1603.07285): input, kernel, stride, padding, dilation, output; the transposed twin's
# input and output.
PUBLISHED = {
    "no_padding_no_strides": (4, 3, 1, 0, 1, 2, 2, 4),
    "arbitrary_padding_no_strides": (5, 4, 1, 2, 1, 6, 6, 5),
    "same_padding_no_strides": (5, 3, 1, 1, 1, 5, 5, 5),
    "full_padding_no_strides": (5, 3, 1, 2, 1, 7, 7, 5),
    "no_padding_strides": (5, 3, 2, 0, 1, 2, 2, 5),
    "padding_strides": (5, 3, 2, 1, 1, 3, 3, 5),
    "padding_strides_odd": (6, 3, 2, 1, 1, 3, 3, 6),
    "dilation": (7, 3, 1, 0, 2, 3, None, None),
}
CASES = {
    "not square": "1x6x4 | conv 1 3x2 stride 1x2 pad 1x0",
    "two-sided padding": "1x5x5 | conv 1 3x3 pad 2+0x1+1",
    "edge": "1x4x4 | conv 1 3x3 pad 2 edge",
    "reflect": "1x4x5 | conv 1 3x3 pad 2 reflect",
    "wrap": "1x4x4 | conv 1 3x3 pad 1 wrap",
    "footprint": "1x5x5 | conv 1 3x3 pad 1 footprint 010/111/010",
    "groups": "4x3x3 | conv 2 2x2 groups 2",
    "channels": "2x4x4 | conv 3 3x3 dilation 1 stride 1",
    "floor": "1x6x6 | conv 1 3x3 stride 2 floor",
    "transposed": "2x3x3 | conv-transpose 2 3x3 stride 2 pad 1 output-pad 1",
    "transposed groups": "4x2x2 | conv-transpose 4 2x2 stride 2 groups 2",
    "transposed, dilated": "1x3x4 | conv-transpose 1 2x3 dilation 2 pad 1",
    "transposed, cut": "1x5x5 | conv-transpose 1 2x2 pad 2",
    "max": "2x4x4 | max 2x2",
    "max, ceil": "1x5x5 | max 2x2 ceil",
    "max, padded": "1x5x5 | max 3x3 stride 2 pad 1",
    "average": "1x4x6 | average 2x3",
    "average, padded": "1x5x5 | average 3x3 stride 2 pad 1",
    "majority": "1x4x4 | majority 2x2",
    "causal": "1x8 | conv 1 3 pad 2+0",
    "dilated line": "2x9 | conv 2 3 dilation 2 pad 2",
    "transposed line": "1x4 | conv-transpose 1 3 stride 2",
    "adaptive": "1x5x5 | adaptive-average 2x2",
    "transposed, one cell": "2x1x1 | conv-transpose 1 3x3 pad 1",
}  # fmt: skip


def torch_output(line: loc.Network, figure: Figure) -> torch.Tensor:
    """What torch computes from the numbers that stand in the figure."""
    image = np.full(line.input, np.nan)
    for name, text in names(figure, "input ").items():
        image[tuple(map(int, name.split()))] = number(text)
    assert np.isfinite(image).all()
    (node,) = line.nodes
    model = loc.build(line).double()
    state = model.state_dict()
    for kind, shape in line.parameters(node).items():
        if kind == "bias":
            state[f"{node.name}.bias"] = torch.zeros(shape, dtype=torch.float64)
    channels, outputs = {}, line.output[0]
    for name, text in names(figure.step(0), "kernel ").items():
        channels[tuple(map(int, name.split()))] = number(text)
    if channels:
        # Each output channel shows its own kernels while it is computed.
        weight = torch.full_like(state[f"{node.name}.weight"], float("nan"))
        layer, each = node.layer, figure.steps // outputs
        taps = layer.taps(line.input[1:])
        for output in range(outputs):
            for name, text in names(figure.step(output * each), "kernel ").items():
                channel, *tap = map(int, name.split())
                if isinstance(layer, ConvTranspose):
                    weight[(channel, output % (layer.out_channels // layer.groups), *tap)] = number(text)
                else:
                    inside = channel % (line.input[0] // layer.groups)
                    place = tuple(tap) if taps is None else (taps.index(tuple(tap)),)
                    weight[(output, inside, *place)] = number(text)
        assert not weight.isnan().any()
        state[f"{node.name}.weight"] = weight
    model.load_state_dict(state)
    return model(torch.tensor(image)[None])[0].detach()


def agrees_with_torch(text: str, seed: int) -> Figure:
    net = loc.Network.from_text(text)
    figure = loc.figure.convolution(text, seed=seed)
    wanted = torch_output(net, figure)
    shown = names(figure, "output ")
    assert len(shown) == wanted.numel() == figure.steps
    for name, text in shown.items():
        value = float(wanted[tuple(map(int, name.split()))])
        exponent = int(text.partition("e")[2].replace("−", "-") or 0)
        shortest = 0.5001 * 10.0 ** (exponent - len(text.partition("e")[0].partition(".")[2]))
        assert abs(number(text) - value) <= (1e-9 if value == int(value) else shortest), (name, text, value)
    return figure


@pytest.mark.parametrize("name", NAMES)
def test_the_published_sizes_are_drawn(name: str) -> None:
    i, k, s, p, d, o, back, grown = PUBLISHED[name.removesuffix("_transposed")]
    net, figure = published(name), loc.figure.convolution(name, seed=0)
    (layer,) = (node.layer for node in net.nodes)
    sizes = (back, grown) if name.endswith("_transposed") else (i, o)
    assert (net.input, net.output) == ((1, sizes[0], sizes[0]), (1, sizes[1], sizes[1]))
    assert (layer.kernel_size, layer.stride, layer.padding, layer.dilation) == (k, s, p, d)
    assert figure.steps == sizes[1] ** 2
    assert len(names(figure, "input ")) == sizes[0] ** 2
    assert len(names(figure, "output ")) == sizes[1] ** 2
    agrees_with_torch(net.to_text().partition(": ")[2], seed=1)


def test_there_are_fifteen_with_322_steps() -> None:
    assert len(NAMES) == 15
    assert sum(loc.figure.convolution(name).steps for name in NAMES) == 322


@pytest.mark.parametrize("name", NAMES)
def test_the_published_ones_are_as_they_were_looked_at(name: str, request: pytest.FixtureRequest) -> None:
    check_golden(request, loc.figure.convolution(name), f"convolution/{name}")


@pytest.mark.parametrize("case", CASES)
def test_every_number_drawn_is_torch_s(case: str) -> None:
    agrees_with_torch(CASES[case], seed=3)


@st.composite
def lines(draw: st.DrawFn) -> str:
    """Small convolutions of every kind, in the notation."""
    axes, channels = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    transposed = draw(st.booleans())  # these grow: small ones, so that all digits stay legible
    size = [draw(st.integers(3, 4 if transposed else 6)) for _ in range(axes)]
    kernel = [draw(st.integers(1, 3)) for _ in range(axes)]
    stride, dilation = draw(st.integers(1, 2 if transposed else 3)), draw(st.integers(1, 2))
    span = dilation * (max(kernel) - 1)
    padding = draw(st.integers(0, min(span, 2) if transposed else 2))
    mode = "" if transposed else draw(st.sampled_from(["", " edge", " reflect", " wrap"]))
    head = f"{'x'.join(map(str, [channels, *size]))} | {'conv-transpose' if transposed else 'conv'} "
    last = "" if transposed else " floor"
    rest = f"stride {stride} pad {padding} dilation {dilation}{mode}{last}"
    return f"{head}{draw(st.integers(1, 2))} {'x'.join(map(str, kernel))} {rest}"


@given(lines(), st.integers(0, 99))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_settings_agree_with_torch(line: str, seed: int) -> None:
    try:
        loc.Network.from_text(line)
    except LocalityError:
        return
    figure = agrees_with_torch(line, seed)
    assert outside(figure) == []


PADS = {"edge": 2, "reflect": 2, "wrap": 1}


def there_in(figure: Figure, step: int, prefix: str) -> list[str]:
    return [shape.name for shape in figure.step(step).shapes if shape.name.startswith(prefix)]


@pytest.mark.parametrize(
    "case", [case for case in CASES if case not in ("majority", "max", "max, ceil", "max, padded")]
)
def test_the_cells_marked_are_those_on_which_torch_s_output_depends(case: str) -> None:
    net = loc.Network.from_text(CASES[case])
    figure = loc.figure.convolution(CASES[case])
    model = loc.build(net).double()
    for parameter in model.parameters():
        torch.nn.init.constant_(parameter, 1.0)
    image = torch.ones(1, *net.input, dtype=torch.float64, requires_grad=True)
    places = list(np.ndindex(*net.output))
    for step, place in enumerate(places):
        (gradient,) = torch.autograd.grad(model(image)[(0, *place)], image, retain_graph=True)
        wanted = {tuple(cell) for cell in gradient[0].nonzero().tolist()}
        marked = {tuple(map(int, name.split()[2:])) for name in there_in(figure, step, "tap input")}
        if case in PADS:
            # What the padding copies counts for torch too: told here by numpy's own padding.
            index = np.pad(np.arange(net.input[1] * net.input[2]).reshape(net.input[1:]), PADS[case], mode=case)
            for name in there_in(figure, step, "tap padding"):
                channel, row, column = map(int, name.split()[2:])
                marked.add((channel, *divmod(int(index[row + PADS[case], column + PADS[case]]), net.input[2])))
        assert marked == wanted


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_cut_and_no_number_covers_another(case: str, theme: str) -> None:
    figure = loc.figure.convolution(CASES[case], seed=2, caption=True, theme=theme)
    assert outside(figure) == []
    assert figure.width <= 960
    for step in {0, figure.steps // 2, figure.steps - 1}:
        assert on_each_other(figure.step(step)) == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_the_published_ones_is_cut_or_covered(name: str) -> None:
    figure = loc.figure.convolution(name, caption=True)
    assert outside(figure) == []
    assert all(on_each_other(figure.step(step)) == [] for step in range(figure.steps))


def test_a_picture_s_pixels_and_a_given_kernel_are_shown() -> None:
    pixels = np.arange(0, 250, 10, dtype=np.uint8).reshape(1, 5, 5)
    kernel = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    figure = loc.figure.convolution("1x5x5 | conv 1 3x3 same", image=pixels, weights=kernel, bias=1)
    shown = names(figure, "input ")
    assert [number(shown[f"0 {y} {x}"]) for y in range(5) for x in range(5)] == pixels.ravel().tolist()
    wanted = torch.nn.functional.conv2d(
        torch.tensor(pixels[None].astype(float)), torch.tensor(kernel[None, None].astype(float)), padding=1
    )
    results = names(figure, "output ")
    assert number(results["0 2 2"]) == float(wanted[0, 0, 2, 2]) + 1


def test_a_record_shows_its_own_numbers() -> None:
    net = loc.Network.from_text("1x6x6 | conv 2 3x3 | relu | max 2x2 | flatten | dense 3")
    model = loc.build(net, seed=2)
    record = model.record(np.arange(36, dtype=np.uint8).reshape(1, 6, 6))
    figure = loc.figure.convolution(record, "pool1")
    results = names(figure, "output ")
    for name, text in results.items():
        value = float(record["pool1"][(0, *map(int, name.split()))])
        assert abs(number(text) - value) <= 0.051 * max(1.0, abs(value))
    assert figure.steps == record["pool1"][0].size
    assert loc.figure.convolution(record, "conv1", channel=1).steps == 16


def test_the_sum_is_spelled_and_adds_up() -> None:
    figure = loc.figure.convolution("1x3x3 | conv 1 2x2", seed=5)
    for step in range(4):
        (line,) = (shape.text for shape in figure.step(step).shapes if shape.name == "sum")
        terms, _, result = line.replace("−", "-").partition(" = ")
        assert eval(terms.replace("·", "*")) == float(result)


def test_the_formula_stands_below_where_it_is_asked_for() -> None:
    lines = [
        shape.text
        for shape in loc.figure.convolution("padding_strides", caption=True).shapes
        if shape.name == "caption"
    ]
    assert lines == ["5x5 input, 3x3 kernel, stride 2, padding 1", "o = (i + 2p − k)/s + 1 = (5 + 2·1 − 3)/2 + 1 = 3"]


def test_the_odd_one_says_that_it_floors() -> None:
    lines = [shape.text for shape in loc.figure.convolution("padding_strides_odd").shapes if shape.name == "caption"]
    assert lines == ["rounding floor: the last row and column of padding stay unread (hatched)"]
    twin = loc.figure.convolution("padding_strides_odd_transposed")
    assert [shape.text for shape in twin.shapes if shape.name == "caption"] == [
        "transposed, drawn as a direct convolution over the stretched input",
        "output padding 1: 1 more row and 1 more column of zeros at the end",
    ]


def test_a_whole_average_is_whole_and_says_so() -> None:
    figure = loc.figure.convolution("1x3x3 | average 3x3", image=np.full((3, 3), 4))
    assert names(figure, "output ") == {"0 0 0": "4"}
    (line,) = (one.shape.text for one in figure.moving if getattr(one.shape, "name", "") == "sum")
    assert line.endswith(")/9 = 4")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("padding_stride",), "Unknown animation 'padding_stride'. Did you mean 'padding_strides'?"),
        (("1x6x6 | conv 1 3x3 stride 2 pad 1",),
         "conv1: a 3x3 kernel with stride 2 and padding 1 does not tile 6: (6 - 3 + 2*1)/2 + 1 = 3.5. "
         'Use rounding="floor" (the last row and column of padding stay unread, no pixel is lost), '
         "or an input of 5 or 7. (1x6x6)"),
        (("1x300x300 | conv 1 3x3",),
         "conv1: its output 1x298x298 would take 88,804 frames, more than 400. Use a smaller input that shows the "
         "same, such as 1x8x8, or the Arithmetic room of `locality page`."),
        (("1x1x1 | conv 1 1x1 stride 250 pad 500",),
         "conv1: its input 1x1x1 takes 1,002,001 cells, more than can be drawn. Use a smaller input that shows the "
         "same, such as 1x8x8, or the Arithmetic room of `locality page`."),
        (("1x69x69 | conv 1 50x50",),
         "conv1: 400 windows of 2,500 cells are more than can be drawn. Use a smaller input that shows the same, such "
         "as 1x8x8, or the Arithmetic room of `locality page`."),
        (("1x5x5 | conv 100000000 3x3",),
         "conv1: its output 100000000x3x3 would take 900,000,000 frames, more than 400. Use a smaller input that shows "
         "the same, such as 1x8x8, or channel=0 for one of 100000000 output channels, or the Arithmetic room of "
         "`locality page`."),
        (("1x4x4x4 | conv 1 3x3x3",),
         "conv1: its input 1x4x4x4 has 3 axes of space, of which two are drawn. "
         "Show one plane of it: 1x4x4 with the same settings on two axes."),
        (("1x8x8 | relu",), "network: no layer has a window. Give a convolution or a pooling."),
        (("1x8x8 | conv 2 3x3 | max 2x2",), "network: 2 layers have a window. Name the node to show: conv1, pool1."),
        (((1, 5, 5),), "convolution: a shape alone has no layer. Give a layer too, such as Conv(1, 3)."),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(given: tuple[object, ...], message: str) -> None:
    with pytest.raises(LocalityError) as refused:
        loc.figure.convolution(*given)
    assert str(refused.value) == message


def test_rounding_shows_what_flooring_leaves() -> None:
    figure = loc.figure.convolution("1x6x6 | conv 1 3x3 stride 2 pad 1", rounding="floor")
    assert figure.steps == 9
    assert "rounding floor" in [s.text for s in figure.shapes if s.name == "caption"][-1]


def test_only_what_is_hatched_is_said_to_be() -> None:
    for line, hatched in (("1x5x5 | average 2x2 ceil", False), ("1x5x5 | average 1x1 stride 2", True)):
        figure = loc.figure.convolution(line)
        said = [shape.text for shape in figure.shapes if shape.name == "caption"]
        assert ("hatched cells are read by no output" in said) == hatched


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1x7 | conv 1 3 stride 5 pad 0+3 floor",
         ["rounding floor: the last 2 cells of padding stay unread (hatched)",
          "the other hatched cells are jumped over"]),
        ("1x10x10 | conv 1 3x3 stride 4 floor",
         ["rounding floor: the last 3 rows and 3 columns stay unread (hatched)",
          "the other hatched cells are jumped over"]),
        ("1x6x6 | conv 1 3x3 stride 2 floor",
         ["rounding floor: the last row and column stay unread (hatched)"]),
    ],
)  # fmt: skip
def test_all_that_is_hatched_is_explained(line: str, said: list[str]) -> None:
    assert [shape.text for shape in loc.figure.convolution(line).shapes if shape.name == "caption"] == said


def test_one_dimension_is_said_in_its_own_words() -> None:
    figure = loc.figure.convolution("1x8 | conv 1 3 pad 2+0", caption=True)
    said = [shape.text for shape in figure.shapes if shape.name == "caption"]
    assert said[0] == "input of 8, kernel of 3, stride 1, padding 2 before and 0 after"


def test_a_layer_may_stand_on_a_shape() -> None:
    one = loc.figure.convolution((1, 4, 4), Pool("max", 2), seed=1)
    assert re.fullmatch(r"<Figure of convolution: \d+x\d+, 4 steps>", repr(one))
    assert loc.figure.convolution((1, 4), Conv(1, 3, padding=[(2, 0)])).steps == 4
