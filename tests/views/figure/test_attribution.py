"""The figures of attributions and of the effective field: what is drawn is read back from the axes."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

import locality as loc
from locality.errors import DescriptionError, ShapeError, UnknownNameError
from locality.network.network import Network

METHODS = ("occlusion", "gradient", "integrated-gradients", "grad-cam")
TEXTS = {
    "plain": "plain: 3x12x9 | conv 4 3x3 | relu | max 2x2 floor | conv 4 2x2 | relu | flatten | dense 3",
    "line": "line: 2x30 | conv 4 5 pad 2 | relu | max 2 | conv 4 3 | relu | flatten | dense 3",
    "volume": "volume: 1x6x8x7 | conv 3 3x3x3 | relu | average 2x2x2 floor | conv 2 1x1x1 | relu | flatten | dense 3",
}


@pytest.fixture(scope="module")
def models():
    return {name: loc.build(Network.from_text(text)) for name, text in TEXTS.items()}


def picture(model, seed=0):
    return np.random.default_rng(seed).integers(0, 256, model.network.input, np.uint8)


def maps(figure):
    """The panels that hold a map, and the title of each."""
    return {axes.texts[0].get_text(): axes for axes in figure.axes if len(axes.images) == 2}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", TEXTS)
def test_every_method_has_a_map_on_a_scale_with_zero_in_its_middle(models, name, theme):
    model = models[name]
    image = picture(model)
    drawn = loc.figure.attribution(model, image, theme=theme)
    panels = maps(drawn)
    assert tuple(panels) == METHODS
    for method, axes in panels.items():
        expected = loc.attribute(model, image, method).values
        most = np.abs(expected).max()
        expected = expected[len(expected) // 2] if expected.ndim == 3 else np.atleast_2d(expected)
        shown = axes.images[1]
        np.testing.assert_array_equal(shown.get_array(), expected)
        assert (shown.norm.vmin, shown.norm.vmax) == pytest.approx((-most, most))
        assert np.ptp(axes.images[0].get_array()) > 0  # the picture, faint
        assert shown.get_alpha() == 0.75
    assert panels["grad-cam"].texts[1].get_text() == "at relu2"
    found = loc.attribute(model, image)
    score = f"{found.score:.3g}".replace("-", "−")
    assert drawn.title == f"{name}: what speaks for output {found.target}, whose score is {score}"


def test_the_picture_is_shown_as_it_looks_and_below_the_maps_in_grey(models):
    model = loc.build(Network.from_text(TEXTS["plain"]))
    model.mean, model.std = (0.4, 0.5, 0.6), (0.2, 0.3, 0.25)
    image = picture(model)
    grey = np.tensordot([0.299, 0.587, 0.114], image / 255, 1)
    for given in (image, model.prepare(image)):
        drawn = loc.figure.attribution(model, given, "gradient")
        np.testing.assert_allclose(drawn.axes[0].images[0].get_array(), image.transpose(1, 2, 0) / 255, atol=1e-6)
        np.testing.assert_allclose(maps(drawn)["gradient"].images[0].get_array(), grey, atol=1e-6)


def test_attributions_are_drawn_as_they_are(models):
    model = models["plain"]
    model.classes = ("cat", "dog", "cow")
    try:
        image = picture(model)
        found = [loc.attribute(model, image, method, "dog") for method in ("grad-cam", "gradient")]
    finally:
        model.classes = None
    drawn = loc.figure.attribution(found, image)
    assert tuple(maps(drawn)) == ("grad-cam", "gradient")
    assert drawn.title.startswith("what speaks for class dog, whose score is ")
    alone = loc.figure.attribution(found[0])
    np.testing.assert_array_equal(maps(alone)["grad-cam"].images[1].get_array(), found[0].values)


def test_every_map_is_of_the_output_that_is_asked_for(models):
    model, image = models["plain"], picture(models["plain"])
    for target in range(3):
        drawn = loc.figure.attribution(model, image, ["gradient", "grad-cam"], target)
        assert f"output {target}," in drawn.title
        for method, axes in maps(drawn).items():
            np.testing.assert_array_equal(
                axes.images[1].get_array(), loc.attribute(model, image, method, target).values
            )


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_reaches_beyond_the_figure_nor_over_another_text(models, name):
    model = models[name]
    for drawn in (loc.figure.attribution(model, picture(model)), loc.figure.effective_field(model, "conv2")):
        drawn.draw_without_rendering()
        renderer = drawn._get_renderer()
        texts = [*drawn.texts]
        for axes in drawn.axes:
            (left, right), (bottom, top) = sorted(axes.get_xlim()), sorted(axes.get_ylim())
            across = [tick.label1 for tick in axes.xaxis.get_major_ticks() if left <= tick.get_loc() <= right]
            ticks = [tick for tick in axes.yaxis.get_major_ticks() if bottom <= tick.get_loc() <= top]
            up = [label for tick in ticks for label in (tick.label1, tick.label2) if label.get_visible()]
            texts += [*axes.texts, *across, *up, axes.xaxis.label, axes.yaxis.label, axes.title]
        boxes = [text.get_window_extent(renderer) for text in texts if text.get_text().strip()]
        for i, a in enumerate(boxes):
            assert a.x0 >= 0
            assert a.x1 <= drawn.bbox.width
            for b in boxes[i + 1 :]:
                assert a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 or b.y1 <= a.y0, (a, b)


def test_it_is_written_in_every_format(models, tmp_path):
    drawn = loc.figure.attribution(models["plain"], picture(models["plain"]), "grad-cam")
    for ending in ("svg", "png", "pdf"):
        assert drawn.save(tmp_path / f"a.{ending}").stat().st_size > 1000
    with Image.open(BytesIO(drawn._repr_png_())) as image:
        assert image.width == pytest.approx(2 * drawn.bbox.width, abs=2)


# The effective field


def test_theory_stands_beside_effect(models):
    model = models["plain"]
    found = loc.effective_field(model, "conv2", place=(1, 1))
    drawn = loc.figure.effective_field(model, "conv2", place=(1, 1))
    left, right = drawn.axes[:2]
    theory = np.zeros((12, 9))
    theory[np.ix_(*found.sites)] = 1
    np.testing.assert_array_equal(left.images[0].get_array(), theory)
    np.testing.assert_array_equal(right.images[0].get_array(), found.values)
    field, effective = right.patches
    (top, bottom), (first, last) = found.stretches
    assert effective.get_bbox().extents == pytest.approx([first - 0.5, top - 0.5, last + 0.5, bottom + 0.5])
    rows, columns = found.sites
    assert field.get_bbox().extents == pytest.approx(
        [columns[0] - 0.5, rows[0] - 0.5, columns[-1] + 0.5, rows[-1] + 0.5]
    )
    assert drawn.title == f"plain: conv2 at (1, 1) can depend on {len(rows)}x{len(columns)} pixels"
    given = loc.figure.effective_field(found)
    np.testing.assert_array_equal(given.axes[1].images[0].get_array(), found.values)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda net: loc.figure.attribution(net.network, picture(net)), DescriptionError,
         "attribution: this Network computes nothing of a picture. Give a model, locality.build(net), a run, or what "
         "locality.attribute gave back."),
        (lambda net: loc.figure.attribution(net), DescriptionError,
         "attribution: there is no picture. Give one, 3x12x9."),
        (lambda net: loc.figure.attribution(net, picture(net), []), DescriptionError,
         "attribution: no method is named. Name some of: occlusion, gradient, integrated-gradients, grad-cam."),
        (lambda net: loc.figure.attribution(net, picture(net), "gradcam"), UnknownNameError,
         "Unknown method 'gradcam'. Did you mean 'grad-cam'?"),
        (lambda net: loc.figure.attribution(net, np.zeros((1, 12, 9), np.uint8)), ShapeError,
         "plain: images of shape (1, 12, 9) do not fit its input 3x12x9. Give one image 3x12x9 or a batch of them."),
        (lambda net: loc.figure.attribution([loc.attribute(net, picture(net), "gradient", i) for i in (0, 1)]),
         DescriptionError,
         "attribution: they are of outputs 0 and 1, of pictures 12x9 and 12x9. Give those of one output and one "
         "picture."),
        (lambda net: loc.figure.effective_field(net.network, "conv1"), DescriptionError,
         "effective_field: this Network computes nothing. Give a model, locality.build(net), a run, or what "
         "locality.effective_field gave back."),
        (lambda net: loc.figure.effective_field(net), DescriptionError,
         "effective_field: no node is named. Name one of conv1, relu1, pool1, conv2, relu2."),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_one_sentence(models, call, error, message):
    with pytest.raises(error) as caught:
        call(models["plain"])
    assert str(caught.value) == message
