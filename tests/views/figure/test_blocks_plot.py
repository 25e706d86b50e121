"""The figure of coarse graining: the pictures are the spins, the curves the numbers, and both have their colours."""

import re

import numpy as np
import pytest

from locality.errors import DescriptionError, UnknownNameError
from locality.views.figure.plots.blocks import blocks


def level(side, shift, picture=True):
    estimate = {"value": 0.5 + shift, "error": 0.01, "exact": None}
    rows = ["".join("+" if (x + y * side) % 3 else "-" for x in range(side)) for y in range(side)]
    names = ("nearest", "diagonal", "magnetisation", "magnetisation2", "binder", "ties")
    return {"size": [side, side], "picture": rows if picture else None} | dict.fromkeys(names, estimate)


def flow(temperature, shift, picture=True):
    return {
        "study": "flow", "lattice": "square", "temperature": temperature, "block": [2, 2], "rule": "majority",
        "ties": "random", "seed": 0, "samples": 1500,
        "levels": [level(side, n * shift, picture) for n, side in enumerate((16, 8, 4))],
    }  # fmt: skip


STUDY = {"study": "blocks", "flows": [flow(2.04, 0.2), flow(2.269185, 0.01), flow(2.5, -0.2)]}


def texts(plot):
    return re.findall(r"<text[^>]*>([^<]*)</text>", plot._repr_svg_())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_temperature_has_a_row_of_pictures_and_a_curve_in_its_colour(theme):
    plot = blocks(STUDY, theme=theme)
    found = texts(plot)
    for said in ("T = 2.04", "T = 2.269", "T = 2.5"):
        assert found.count(said) == 2, said  # at its row and in the legend
    assert {"16x16", "8x8", "4x4", "nearest-neighbour correlation", "Binder's U4", "level"} <= set(found)
    assert "Coarse graining the 16x16 square lattice, majority of 2x2" in found
    assert "1,500 samples at each temperature, ties by a fair coin. Bars: one standard error." in found
    rows = [text for text in plot.texts if text.get_text().startswith("T = ")]
    curves = [bars.lines[0].get_color() for bars in plot.axes[-3].containers]
    assert [row.get_color() for row in rows] == curves
    assert len(set(curves)) == 3


def test_a_picture_shows_its_spins():
    plot = blocks(STUDY)
    pictures = [axes for axes in plot.axes if axes.images]
    assert len(pictures) == 9
    for axes, drawn in zip(pictures, STUDY["flows"][0]["levels"], strict=False):
        values = np.asarray(axes.images[0].get_array())
        assert ["".join("+" if one > 0 else "-" for one in row) for row in values] == drawn["picture"]


def test_averages_are_drawn_as_numbers_between_the_two_colours():
    averages = flow(2.0, 0.0)
    averages["levels"][1]["picture"] = [[0.5, -0.25], [0.0, 1.0]]
    axes = [axes for axes in blocks(averages).axes if axes.images]
    np.testing.assert_array_equal(axes[1].images[0].get_array(), [[0.5, -0.25], [0.0, 1.0]])
    assert axes[0].images[0].get_clim() == axes[1].images[0].get_clim() == (-1, 1)


def test_a_curve_has_the_values_and_their_errors():
    bars = blocks(STUDY).axes[-3].containers[0]
    assert bars.lines[0].get_ydata().tolist() == pytest.approx([0.5, 0.7, 0.9])
    ends = bars.lines[2][0].get_segments()
    assert [[y for _, y in segment] for segment in ends] == [
        pytest.approx([0.5 + s - 0.01, 0.5 + s + 0.01]) for s in (0, 0.2, 0.4)
    ]


def test_one_flow_alone_and_one_without_pictures_or_errors_are_drawn():
    bare = flow(None, 0.1, picture=False)
    bare["levels"][0]["nearest"] = {"value": 1.0, "error": None, "exact": None}
    bare["levels"][0]["binder"] = None
    plot = blocks(bare)
    assert (len(plot.axes), [axes for axes in plot.axes if axes.images]) == (3, [])
    assert texts(plot).count("spins") == 1
    many = {"study": "flows", "flows": [flow(1.5 + n / 10, 0.0) for n in range(6)]}
    assert len({bars.lines[0].get_color() for bars in blocks(many).axes[-1].containers}) == 6


def test_a_theme_and_data_that_cannot_be_are_refused():
    with pytest.raises(UnknownNameError, match=r"^Unknown theme 'drak'\. Did you mean 'dark'\?$"):
        blocks(STUDY, theme="drak")
    for wrong in ({"study": "generations"}, {"study": "flows", "flows": []}, None):
        with pytest.raises(DescriptionError) as refused:
            blocks(wrong)
        assert str(refused.value) == (
            "blocks: this is not the plain data of coarse graining. Give what the to_dict of a flow gives, or the JSON "
            "that `locality blocks --json` prints."
        )
