"""The figures of a run and of a record: what is drawn is read back from the axes."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont
from PIL import Image
from pypdf import PdfReader
from sklearn.metrics import confusion_matrix

import locality as loc
from locality import classic
from locality.engine.evaluate import Evaluation
from locality.errors import DataError, DescriptionError, RunError, ShapeError, UnknownNameError
from locality.network.layers import Conv, ConvTranspose, Flatten, Pool, Upsample
from locality.network.network import Network, Node
from locality.views.figure.font import FILE
from locality.views.figure.plots.field import field
from locality.views.figure.plots.insides import feature_maps, kernels
from locality.views.figure.plots.plot import SHIPPED
from locality.views.figure.plots.training import confusion, curves, mistakes
from locality.views.figure.theme import DARK, LIGHT

SMALL = "small: 1x8x8 | conv 6 3x3 | relu | max 2x2 | conv 4 2x2 | relu | flatten | dense 10"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    recipe = loc.Recipe(epochs=3, batch_size=32, validation=0.2)
    folder = tmp_path_factory.mktemp("runs") / "small"
    return loc.train(Network.from_text(SMALL), loc.dataset("digits"), recipe, out=folder, progress=False)


@pytest.fixture(scope="module")
def every(run):
    picture = run.data.test.images[0]
    stopped = replace(run, history=run.history[:1], accuracy=None)
    return {
        "curves": curves(run),
        "stopped": curves(stopped),
        "one epoch": curves(replace(run, history=run.history[:1]), theme="dark"),
        "confusion": confusion(run, theme="dark"),
        "mistakes": mistakes(run),
        "kernels": kernels(run),
        "strips": kernels(run, "conv2", theme="dark"),
        "feature_maps": feature_maps(run, picture),
        "field": field(run, "conv2", (0, 1), picture),
        "bare": field(run.network, "relu2", 0 * np.ones(2, int), theme="dark"),
    }


def panels(figure):
    """The axes that hold a panel, in order: those without a colour bar."""
    return [axes for axes in figure.axes if not hasattr(axes, "_colorbar") and axes.get_label() != "<colorbar>"]


def image_of(axes):
    return np.ma.filled(axes.images[0].get_array().astype(float), np.nan)


def lines_of(axes):
    return {line.get_label(): np.stack(line.get_data(), 1) for line in axes.lines}


# A run


def test_curves_are_the_lines_of_metrics_jsonl(run):
    kept = [json.loads(line) for line in (run.folder / "metrics.jsonl").read_text().splitlines()]
    loss, accuracy, rate = curves(run).axes
    for axes, key, label, factor in (
        (loss, "loss", "training pictures, labels smoothed by 0.03", 1),
        (accuracy, "accuracy", "training pictures, while it learns", 100),
        (accuracy, "validation_accuracy", "pictures held out", 100),
        (rate, "rate", "at the end of the epoch", 1),
    ):
        np.testing.assert_allclose(lines_of(axes)[label], [(line["epoch"], factor * line[key]) for line in kept])
    told = json.loads((run.folder / "run.json").read_text())["accuracy"]
    assert lines_of(accuracy)[f"test pictures: {told:.2%}"].tolist() == [[3, 100 * told]]
    assert [axes.get_ylabel() for axes in (loss, accuracy)] == ["cross-entropy (nats)", "classified correctly (%)"]
    assert all(axes.get_legend() for axes in (loss, accuracy, rate))


def test_epochs_to_come_are_shaded_and_one_epoch_has_one_tick(every):
    for axes in every["stopped"].axes:
        (shade,) = axes.patches
        assert (shade.get_x(), shade.get_width()) == (1.5, 2)
        assert shade.get_label() == "not trained yet"
    assert every["stopped"].title == "small on digits: stopped after epoch 1 of 3"
    assert not any(axes.patches for axes in every["curves"].axes)


def test_a_run_without_held_out_pictures_has_no_line_for_them(run):
    lines = tuple({key: line[key] for key in ("epoch", "loss", "accuracy")} for line in run.history)
    drawn = curves(replace(run, history=lines)).axes
    assert len(drawn) == 2
    assert "pictures held out" not in lines_of(drawn[1])


def test_the_confusion_matrix_is_that_of_sklearn_on_what_torch_predicts(run, every):
    test = run.data.test
    with torch.inference_mode():
        predicted = run.model(run.model.prepare(test.images)).argmax(1).numpy()
    expected = confusion_matrix(test.labels, predicted, labels=range(10))
    axes = every["confusion"].axes[0]
    drawn = np.zeros((10, 10))
    for text in axes.texts:
        x, y = text.get_position()
        drawn[y, x] = 0 if text.get_text() == "·" else int(text.get_text().replace(",", ""))
    assert (drawn == expected).all()
    right, wrong = (np.ma.filled(image.get_array().astype(float), 0.0) for image in axes.images)
    np.testing.assert_allclose(right + wrong, 100 * expected / expected.sum(1, keepdims=True))
    assert not (right * ~np.eye(10, dtype=bool)).any()
    assert not wrong.diagonal().any()
    assert axes.images[1].norm.vmax == pytest.approx(wrong.max())  # the largest mistake has the full colour
    low, high = loc.evaluate(run).interval()
    shown = [text.get_text() for text in every["confusion"].texts]
    assert f"{run.accuracy:.2%} of 359 test pictures" in every["confusion"].title
    assert f"With 95% confidence the true share lies between {low:.2%} and {high:.2%}." in shown


def test_an_evaluation_is_drawn_as_its_run(run):
    one, other = confusion(run), confusion(loc.evaluate(run))
    assert [text.get_text() for text in one.axes[0].texts] == [text.get_text() for text in other.axes[0].texts]


def test_many_classes_are_coloured_but_not_numbered():
    draw = np.random.default_rng(0)
    labels, shares = np.repeat(np.arange(30), 4), draw.dirichlet(np.ones(30), 120)
    answers = Evaluation(tuple(f"the class {i} of many" for i in range(30)), labels, shares, "test")
    axes = confusion(answers).axes[0]
    drawn = sum(np.ma.filled(image.get_array(), 0.0) for image in axes.images)
    np.testing.assert_allclose(drawn, 25 * confusion_matrix(labels, shares.argmax(1), labels=range(30)))
    assert not axes.texts


def test_the_surest_mistakes_are_shown_with_their_classes(run, every):
    found = loc.evaluate(run).mistakes(12)
    drawn = panels(every["mistakes"])
    assert len(drawn) == len(found) == 12
    for axes, one in zip(drawn, found, strict=True):
        assert (image_of(axes) * 255 == run.data.test.images[one.index, 0]).all()
        assert [text.get_text() for text in axes.texts] == [one.label, f"{one.predicted}  {one.probability:.1%}"]


def test_no_mistake_is_said_to_be_none(run):
    data = run.data
    perfect = Evaluation(data.classes, data.test.labels, np.eye(10)[data.test.labels], "test")
    shown = mistakes(perfect, data=data)
    assert not shown.axes
    assert shown.title == "digits: no mistakes among 359 test pictures"
    assert "Every one is classified correctly." in [text.get_text() for text in shown.texts]


# Weights


def drawn_strips(figure, reads, wide):
    """Kernels (outputs, reads, rows, columns) as they lie beside each other in each panel."""
    whole = np.stack([image_of(axes) for axes in panels(figure)])
    assert np.isnan(whole[..., wide :: wide + 1]).all()
    return np.stack([whole[..., c * (wide + 1) : c * (wide + 1) + wide] for c in range(reads)], 1)


def test_kernels_are_those_of_the_state_dict(run, every):
    state = run.model.state_dict()
    first, second = state["conv1.weight"].numpy(), state["conv2.weight"].numpy()
    np.testing.assert_array_equal([image_of(axes) for axes in panels(every["kernels"])], first[:, 0].astype(float))
    np.testing.assert_array_equal(drawn_strips(every["strips"], 6, 2), second.astype(float))
    for name, weight, theme in (("kernels", first, LIGHT), ("strips", second, DARK)):
        image = panels(every[name])[0].images[0]
        assert (image.norm.vmin, image.norm.vmax) == (-np.abs(weight).max(), np.abs(weight).max())
        assert matplotlib.colors.to_hex(image.cmap(0.5)) == theme.scale[4]  # zero


def test_kernels_of_three_channels_are_colour_pictures():
    net = Network("colour", (3, 9, 9), [Conv(70, 5)])
    weight = loc.build(net).state_dict()["conv1.weight"].numpy()
    figure = kernels(loc.build(net))
    drawn = np.stack([axes.images[0].get_array() for axes in panels(figure)[:64]])
    np.testing.assert_allclose(
        (drawn - 0.5) * 2 * np.abs(weight[:64]).max(), weight[:64].transpose(0, 2, 3, 1), atol=1e-7
    )
    assert "the first 64 of 70 output channels" in figure.title


def test_taps_outside_a_footprint_are_blank():
    net = Network("hexagons", (1, 6, 6), [Conv(2, 3, footprint="hexagon")])
    weight = loc.build(net).state_dict()["conv1.weight"].numpy()
    for axes, kernel in zip(panels(kernels(net)), weight[:, 0], strict=False):
        drawn = image_of(axes)
        assert np.isnan([drawn[0, 0], drawn[2, 2]]).all()
        np.testing.assert_array_equal(drawn[np.isfinite(drawn)], kernel.astype(float))


def test_kernels_along_one_axis_are_bars_or_rows():
    net = Network("line", (1, 9), [Conv(3, 4), Conv(2, 3)])
    state = loc.build(net).state_dict()
    bars = [[bar.get_height() for bar in axes.patches] for axes in panels(kernels(net))[:3]]
    np.testing.assert_allclose(bars, state["conv1.weight"][:, 0], rtol=1e-6)
    rows = [image_of(axes) for axes in panels(kernels(net, "conv2"))]
    np.testing.assert_array_equal(rows, state["conv2.weight"].numpy().astype(float))


def test_transposed_kernels_stand_by_output_channel_and_shared_ones_are_found():
    net = Network("up", (4, 5, 5), [ConvTranspose(6, 3, groups=2)])
    weight = loc.build(net).state_dict()["transpose1.weight"].numpy()  # (in, out / groups, ...)
    expected = [[weight[2 * (k // 3) + c, k % 3] for c in range(2)] for k in range(6)]
    np.testing.assert_array_equal(drawn_strips(kernels(net), 2, 3), np.float64(expected))
    same = {"padding": "same"}
    twice = [Node("a", Conv(1, 3, **same), "input"), Node("b", Conv(1, 3, **same), "a", weights="a")]
    shared = Network("shared", (1, 5, 5), nodes=twice)
    assert (image_of(kernels(shared, "b").axes[0]) == image_of(kernels(shared, "a").axes[0])).all()


# A picture


@pytest.mark.parametrize("kind", [np.int8, np.float32])
def test_spins_are_drawn_in_two_colours_also_where_all_are_up(kind):
    model = loc.build(loc.Network.from_text("1x6x6 | conv 2 3x3 | flatten | dense 2"))
    spins = np.ones((1, 6, 6), kind)
    figure = feature_maps(model, spins)
    assert ">±1<" in figure._repr_svg_()
    assert ">±1<" not in feature_maps(model, np.full((1, 6, 6), 255, np.uint8))._repr_svg_()


def test_feature_maps_are_what_torch_computes(run, every):
    picture = run.data.test.images[0]
    with torch.inference_mode():
        values = run.model.prepare(picture)
        expected = [picture / 255]
        for name in ("conv1", "relu1", "pool1", "conv2", "relu2"):
            values = run.model.get_submodule(name)(values)
            expected += list(values[0].numpy())
    drawn = panels(every["feature_maps"])
    assert len(drawn) == len(expected) == 1 + 6 + 6 + 6 + 4 + 4
    for axes, channel in zip(drawn, expected, strict=True):
        np.testing.assert_allclose(image_of(axes), np.squeeze(channel), atol=1e-5)
    assert all(axes.images[0].norm.vmin == -axes.images[0].norm.vmax for axes in drawn[1:])


def test_many_channels_and_nodes_are_counted():
    layers = [Conv(12, 3, padding="same", name=f"c{i}") for i in range(5)] + [Pool("max", 2)]
    net = Network("many", (1, 4, 8, 8)[1:], [*layers, *(Conv(9, 3, padding="same", name=f"d{i}") for i in range(5))])
    figure = feature_maps(loc.build(net), np.zeros((4, 8, 8), np.float32))
    texts = [text.get_text() for text in figure.texts]
    assert figure.title == "many: a picture in 2 of 11 nodes"
    assert {"c4", "d4", "8 of 12 channels", "8 of 9 channels"} <= set(texts)
    assert len(panels(feature_maps(loc.build(net), np.zeros((4, 8, 8), np.float32), nodes=["c0"]))) == 1 + 8


NETS = [
    (Network("plain", (2, 12, 11), [Conv(3, 3), Conv(2, (3, 2), stride=(2, 1), rounding="floor")]), (2, 4)),
    (Network("same", (1, 9, 9), [Conv(2, 5, padding="same"), Pool("average", 3), Conv(1, 3, padding=1)]), (0, 2)),
    (Network("gaps", (1, 14, 14), [Conv(1, 3, dilation=3), Conv(1, 2, dilation=6)]), (1, 0)),
    (Network("wrap", (1, 8, 8), [Conv(2, 3, padding="same", padding_mode="wrap")] * 2), (0, 7)),
    (Network("up", (1, 6, 6), [Conv(2, 3, padding="same"), ConvTranspose(1, 2, stride=2), Upsample(2)]), (5, 23)),
    (Network("line", (3, 20), [Conv(2, 5, padding=2), Conv(1, 3, stride=2, rounding="floor")]), (0,)),
    (Network("volume", (1, 5, 6, 7), [Conv(1, 3), Conv(1, 2)]), (1, 0, 3)),
    (Network("flat", (1, 4, 5), [Conv(2, 3), Flatten()]), ()),
]


@pytest.mark.parametrize(("net", "place"), NETS, ids=lambda value: getattr(value, "name", ""))
def test_the_field_is_where_the_gradient_is_not_zero(net, place):
    model = loc.build(net).double()
    with torch.no_grad():
        for weight in model.parameters():
            weight.uniform_(0.5, 1.5)
    x = torch.rand(1, *net.input, dtype=torch.float64, requires_grad=True)
    model(x)[0, 0 if place else slice(None)][place].sum().backward()
    reached = (x.grad[0].abs().sum(0) > 0).numpy()
    last = net.nodes[-1].name
    figure = field(net, last, place)
    drawn = np.zeros(net.input[-2:] if len(net.input) > 2 else (1, net.input[1]), bool)
    for patch in figure.axes[0].patches:
        if patch.get_label() == "seen":
            left, top = round(patch.get_x() + 0.5), round(patch.get_y() + 0.5)
            drawn[top : top + round(patch.get_height()), left : left + round(patch.get_width())] = True
    assert (drawn == (reached.any(0) if reached.ndim == 3 else reached)).all()
    sizes = [int(reached.any(tuple(a for a in range(reached.ndim) if a != axis)).sum()) for axis in range(reached.ndim)]
    assert f"can depend on {'x'.join(map(str, sizes))} cells" in figure.title


def test_the_dashed_field_hangs_over_the_edge_by_what_padding_it_reaches():
    net = Network("edge", (1, 12, 12), [Conv(1, 5, padding=2), Pool("average", 2), Conv(1, 3, padding=1)])
    for place, box, said in (
        ((0, 3), (1.5, -4.5, 10, 10), "4 rows above"),
        ((5, 5), (5.5, 5.5, 10, 10), "4 rows below, 4 columns right"),
    ):
        figure = field(net, "conv2", place)
        (whole,) = (patch for patch in figure.axes[0].patches if patch.get_label() == "whole")
        assert (whole.get_x(), whole.get_y(), whole.get_width(), whole.get_height()) == box
        note = figure.texts[-1].get_text()
        assert note == (
            f"Field: size 10x10, jump 2, the first output's centre at 0.5. It reaches into the padding: {said}."
        )


# What all have


def test_every_figure_is_an_ordinary_one_that_shows_and_saves_itself(every, tmp_path):
    marks = set()
    for name, figure in every.items():
        assert isinstance(figure, Figure)
        wide, high = (round(side) for side in figure.bbox.size)
        text = figure._repr_svg_()
        root = ElementTree.fromstring(text)
        assert text == figure._repr_svg_() == figure.save(tmp_path / f"{name}.svg").read_text()
        marks.add(root.attrib["class"])
        named = {part.attrib["id"]: part.text for part in root if part.tag.endswith(("title", "desc"))}
        assert [named[each] for each in root.attrib["aria-labelledby"].split()] == [figure.title, figure.description]
        assert not re.search(r">\s*\*\{", text)
        assert "data:font/woff;base64" in text
        with Image.open(figure.save(tmp_path / f"{name}.png", 1)) as picture:
            assert picture.size == pytest.approx((wide, high), abs=1)
        with Image.open(BytesIO(figure._repr_png_())) as picture:
            assert picture.size == pytest.approx((wide * 2, high * 2), abs=2)
        (page,) = PdfReader(figure.save(tmp_path / f"{name}.PDF")).pages
        assert float(page.mediabox.width) == pytest.approx(wide * 0.75, abs=1)
    assert len(marks) == len(every)
    assert findfont(SHIPPED) == str(FILE)  # and no other of that name, which may be installed


def test_nothing_stands_beyond_the_edge_and_no_text_is_tiny(every):
    long = Network("a-network-with-a-name-" + 4 * "that-goes-on-", (1, 8, 8), [Conv(2, 3, padding=1)])
    longest = feature_maps(loc.build(long), np.zeros((1, 8, 8), np.float32))
    for name, figure in {**every, "long": field(long, "conv1", (7, 7)), "longest": longest}.items():
        with matplotlib.rc_context({"text.hinting": "none"}):  # measured as it is drawn
            figure.draw_without_rendering()
            tight = figure.get_tightbbox()
        wide, high = figure.get_size_inches()
        assert min(tight.x0, tight.y0, wide - tight.x1, high - tight.y1) > 0, name
        sizes = [text.get_fontsize() for text in figure.findobj(matplotlib.text.Text) if text.get_text()]
        assert min(sizes) >= 9 * 0.75, name


def test_saving_refuses_in_a_sentence_and_leaves_nothing(every, tmp_path):
    figure = every["field"]
    (tmp_path / "taken.svg").mkdir()
    for path, said in (
        (tmp_path / "a.gif", "Use .svg, .png, .pdf."),
        (tmp_path / "none" / "a.svg", "there is no folder"),
        (tmp_path / "taken.svg", "this is a folder"),
    ):
        with pytest.raises(DataError, match=re.escape(said)):
            figure.save(path)
    with pytest.raises(DataError, match="a scale of 0 makes no picture"):
        figure.save(tmp_path / "a.png", 0)
    assert [path.name for path in tmp_path.iterdir()] == ["taken.svg"]


def test_pyplot_is_not_imported_and_no_setting_stays_changed():
    told = (  # who asks for the setting "backend" imports pyplot
        "import sys, matplotlib; params = matplotlib.rcParams\n"
        "before = {key: params[key] for key in params if key != 'backend'}\n"
        "from locality.network.network import Network\n"
        "from locality.views.figure import field, kernels\n"
        "net = Network.from_text('1x8x8 | conv 4 3x3')\n"
        "[figure(net, *more)._repr_png_() for figure, more in ((kernels, ()), (field, ('conv1', (0, 0))))]\n"
        "same = all(params[key] == before[key] for key in before)\n"
        "print('matplotlib.pyplot' in sys.modules, 'torch' in sys.modules, same)"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "True"]


NET = Network.from_text(SMALL)
FLAT = Network.from_text("flat: 4 | dense 2")


@pytest.mark.parametrize(
    ("ask", "kind", "said"),
    [
        (lambda run: curves(NET), DescriptionError, "curves: this Network is no run."),
        (lambda run: curves(replace(run, history=())), RunError, "small: no epoch is done"),
        (lambda run: confusion(NET), DescriptionError, "confusion: this Network has no answers"),
        (
            lambda run: confusion(run, replace(run.data, classes=tuple("abcdefghij"))),
            RunError,
            "small: it was trained on the classes",
        ),
        (lambda run: mistakes(loc.evaluate(run)), DescriptionError, "mistakes: these answers come without pictures."),
        (lambda run: mistakes(run, 0), DescriptionError, "most is 0; it must be a whole number"),
        (lambda run: kernels("lenet5"), DescriptionError, "'lenet5' is not a network."),
        (lambda run: kernels(run, "conv7"), UnknownNameError, "Unknown node 'conv7'. Did you mean 'conv"),
        (lambda run: kernels(run, "dense1"), DescriptionError, "dense1: a dense layer has no kernels. Name one of"),
        (lambda run: kernels(FLAT), DescriptionError, "flat: it has no convolution"),
        (lambda run: feature_maps(NET, np.zeros((1, 8, 8))), DescriptionError, "this Network computes nothing"),
        (lambda run: feature_maps(run), DescriptionError, "there is no picture. Give one, 1x8x8."),
        (lambda run: feature_maps(run, np.zeros((1, 8, 9))), ShapeError, "do not fit its input 1x8x8"),
        (lambda run: feature_maps(run, np.zeros((1, 8, 8)), ["dense1"]), DescriptionError, "dense1: its output is fl"),
        (lambda run: field(run, "conv1", (6, 0)), ShapeError, "conv1: there is no place (6, 0)"),
        (lambda run: field(run, "convx", (0, 0)), UnknownNameError, "Unknown node 'convx'."),
        (lambda run: field(run, "conv1", (0, 0), np.zeros((3, 8, 8))), ShapeError, "do not fit its input 1x8x8"),
        (lambda run: field(run, "conv1", (0, 0), "cat.png"), DataError, "field: a str is no array."),
        (lambda run: field(FLAT, "dense1", ()), ShapeError, "flat: its input is flat"),
        (lambda run: kernels(run, theme="sepia"), UnknownNameError, "Unknown theme 'sepia'."),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_in_a_sentence(run, ask, kind, said):
    with pytest.raises(kind, match=re.escape(said)) as caught:
        ask(run)
    assert "\n" not in str(caught.value)


def test_a_confusion_is_drawn_of_whatever_counted_one():
    data = loc.dataset("digits")
    fitted = classic.fit(classic.get("hog-svm"), data)
    found = classic.evaluate(fitted, data.test)
    drawn = loc.figure.confusion(found)
    assert f"{found.accuracy:.2%} of 359 pictures are classified correctly" in "".join(
        t.get_text() for t in drawn.texts
    )
    with pytest.raises(
        DescriptionError, match=r"^mistakes: this Evaluation keeps no probabilities and no pictures\. Give"
    ):
        loc.figure.mistakes(found)
