"""`figure.network`: what holds for every style, every network of the zoo, and every mistake."""

import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import locality as loc
from locality import zoo
from locality.errors import LocalityError
from locality.geometry.arguments import shape_text
from locality.views.figure.diagram.network import STYLES
from locality.views.figure.figure import Figure
from locality.views.figure.formats.svg import svg
from locality.views.figure.shapes import Text

SMALL = loc.Network.from_text("small: 1x8x8 | conv 4 3x3 | relu | max 2x2 | flatten | dense 10")
WIDTHS = {"column": 340.0, "slide": 960.0}


def texts(figure: Figure) -> list[Text]:
    return [shape for shape in figure.shapes if isinstance(shape, Text)]


def apart(one: Text, other: Text) -> bool:
    a, b = one.box, other.box
    return a[2] <= b[0] + 0.01 or b[2] <= a[0] + 0.01 or a[3] <= b[1] + 0.01 or b[3] <= a[1] + 0.01


# Where boxes stand side by side, or a single word is wider than its column, a label may be cut.
TIGHT = {("unet", "graph"), ("unet", "neurons"), ("googlenet-2014-heads", "graph"), ("lenet1", "neurons"),
         ("lenet5-1998", "neurons")}  # fmt: skip


@pytest.mark.parametrize("name", zoo.names())
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_label_is_cut_small_or_on_another(name: str, style: str, direction: str, width: str) -> None:
    figure = loc.figure.network(zoo.get(name), style, direction=direction, width=WIDTHS[width])
    assert figure.width <= WIDTHS[width] + 0.01
    for shape in figure.shapes:
        left, top, right, bottom = shape.box
        assert left >= -0.01, shape
        assert top >= -0.01, shape
        assert right <= figure.width + 0.01, shape
        assert bottom <= figure.height + 0.01, shape
    labels = texts(figure)
    assert all(label.size >= 9 for label in labels)
    assert (name, style) in TIGHT or [label.text for label in labels if "…" in label.text] == []
    assert [(a.text, b.text) for a, b in combinations(labels, 2) if not apart(a, b)] == []


@pytest.mark.parametrize("name", zoo.names())
@pytest.mark.parametrize("style", STYLES)
def test_every_svg_parses_and_tells_its_title_and_its_stages(name: str, style: str) -> None:
    net = zoo.get(name)
    root = ET.fromstring(svg(loc.figure.network(net, style)))
    space = "{http://www.w3.org/2000/svg}"
    title, description = root.find(f"{space}title"), root.find(f"{space}desc")
    assert title is not None
    assert description is not None
    assert title.text == f"{name}: {'x'.join(map(str, net.input))} → {shape_text(net.output)}"
    assert (description.text or "").startswith(f"{name} in ")


def test_dark_and_single_colours_are_used() -> None:
    dark = loc.figure.network(SMALL, "maps", theme="dark", colours={"input": "#12ab34"})
    assert dark.background == "#131419"
    assert any(getattr(shape, "stroke", None) == "#12ab34" for shape in dark.shapes)


def test_labels_hidden_layers_and_groups_reach_the_picture() -> None:
    figure = loc.figure.network(SMALL, hide=["relu"], group={"head": ["flatten1", "dense1"]}, labels={"conv1": "edges"})
    shown = {text.text for text in texts(figure)}
    assert {"edges", "head", "pool1"} <= shown
    assert not {"relu1", "conv1", "dense1"} & shown


def test_a_record_shows_its_own_picture_and_a_model_the_one_given() -> None:
    model = loc.build(SMALL)
    image = np.arange(64, dtype=np.uint8).reshape(1, 8, 8)
    one = loc.figure.network(model, "maps", image=image)
    other = loc.figure.network(model.record(image), "maps")
    assert svg(one) == svg(other)
    assert svg(one) != svg(loc.figure.network(model, "maps"))


@pytest.mark.parametrize("shape", ["3x16", "1x16", "1x6x8x4"])
def test_a_picture_of_one_or_three_axes_is_shown_as_it_lies(shape: str) -> None:
    net = loc.Network.from_text(f"{shape} | conv 2 {'x'.join('3' for _ in shape.split('x')[1:])} same | relu")
    image = np.random.default_rng(0).integers(0, 256, net.input, np.uint8)
    figure = loc.figure.network(loc.build(net), "maps", image=image)
    (shown,) = (one.pixels for one in figure.shapes if one.name == "picture input")
    wanted = image[:, None] if image.ndim == 2 else image[:, 3]  # a line, or the middle plane of six
    np.testing.assert_array_equal(shown, np.broadcast_to(np.moveaxis(wanted, 0, -1), shown.shape))


@pytest.mark.parametrize("ending", ["svg", "png", "pdf", "gif"])
def test_letters_that_the_font_lacks_do_not_keep_it_from_being_written(ending: str, tmp_path: Path) -> None:
    figure = loc.figure.network(SMALL, labels={"conv1": "卷积 🎈 " + 300 * "long"})
    assert figure.save(tmp_path / f"a.{ending}").stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"style": "graphs"}, "Unknown style 'graphs'. Did you mean 'graph'?"),
        ({"direction": "up"}, "Unknown direction 'up'. Known are: right, down."),
        ({"theme": None}, 'theme: None is no theme. Give "light", "dark" or a figure.Theme.'),
        (
            {"colours": ["red"]},
            'colours: give names with their colours, such as {"input": "#ff0000"}.',
        ),
        ({"theme": "drak"}, "Unknown theme 'drak'. Did you mean 'dark'?"),
        ({"width": 20}, "width 20: a diagram takes 240 to 20000 pixels. Use 340 or 960, say."),
        ({"colours": {"inputs": "#000000"}}, "Unknown colour 'inputs'. Did you mean 'input'?"),
        (
            {"colours": {"input": "red"}},
            "colour input: 'red' is no colour. Write it as #rrggbb, such as #1a5fc4.",
        ),
        (
            {"logarithmic": True},
            'graph: only boxes have sides to scale. Leave out logarithmic, or use style="boxes".',
        ),
        (
            {"image": np.zeros((1, 8, 8), np.uint8)},
            'graph: it shows no picture. Leave out the image, or use style="maps" or "neurons".',
        ),
        (
            {"image": np.zeros((1, 8, 8), np.uint8), "style": "maps"},
            "small: a description has no weights that could make something of an image. "
            "Give a model, locality.build(net), or a run.",
        ),
    ],
)
def test_a_mistake_is_one_sentence(words: dict[str, object], message: str) -> None:
    with pytest.raises(LocalityError) as refused:
        loc.figure.network(SMALL, **words)  # type: ignore[arg-type]
    assert str(refused.value) == message


def test_a_theme_has_colours_alone() -> None:
    for words in ({"ink": "red"}, {"input": '"/><script>'}, {"scale": ("#000000",)}, {"scale": "#000000"}):
        with pytest.raises(LocalityError, match=r"^colour "):
            loc.figure.Theme(**words)  # type: ignore[arg-type]


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(LocalityError, match=r"^'lenet5' is not a network"):
        loc.figure.network("lenet5")
