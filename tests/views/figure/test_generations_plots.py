"""The figures of the studies: every number of the rows is in them, and nothing else is drawn."""

import re

import pytest

from locality.errors import DescriptionError, UnknownNameError
from locality.views.figure.plots.generations import generations, permutation


def row(name, year, error, top5):
    interval = None if error is None else [error - 0.006, error + 0.0065]
    counts = {"parameters": None if error is None else 12_345, "macs": 4_000_000 if error else None, "seconds": 61.4}
    return {"name": name, "year": year, "error": error, "interval": interval, "imagenet_top5": top5, **counts}


STUDY = {
    "study": "generations", "data": "fashion-mnist", "train": 60_000, "test": 10_000, "epochs": 6, "seeds": 1,
    "rows": [row("HOG + SVM", 2010, 0.1106, 28.2), row("LeNet-5", 1998, 0.1037, None), row("human", None, None, 5.1)],
}  # fmt: skip


def measured(error):
    return {"error": error, "interval": [max(0, error - 0.01), error + 0.02], "errors": [error]}


ORDER = {
    "study": "permutation", "data": "mnist", "epochs": 3, "seeds": 5,
    "rows": [
        {"name": name, "pictures": measured(first), "permuted": measured(second),
         "moved": [{"pixels": far, **measured(first + 0.1 * far)} for far in range(5)]}
        for name, first, second in (("fully connected", 0.0164, 0.0159), ("LeNet-5", 0.0089, 0.0279))
    ],
}  # fmt: skip


def texts(plot):
    return re.findall(r"<text[^>]*>([^<]*)</text>", plot._repr_svg_())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_generations_show_every_error_once_and_the_years(theme):
    found = texts(generations(STUDY, theme=theme))
    for text in ("11.06", "10.37", "28.2  (2010)", "5.1", "12,345 parameters, 4.0 M MACs, 61 s", "published only"):
        assert found.count(text) == (2 if text.startswith("12,345") else 1), text
    assert (
        "60,000 pictures to train on, 10,000 to test; 6 epochs for every network, 1 seed. Bars: 95 % confidence."
        in found
    )


def test_a_bar_reaches_from_end_to_end_of_its_interval():
    here, there = generations(STUDY).axes
    ends = [bar.get_paths()[0].vertices[:, 0].tolist() for bar in here.collections]
    assert ends == [pytest.approx([10.46, 11.71]), pytest.approx([9.77, 11.02])]
    assert [line.get_xdata()[0] for line in there.lines] == [28.2, 5.1]
    assert here.get_xlim()[0] == there.get_xlim()[0] == 0


@pytest.mark.parametrize(("error", "interval"), [(0.0, [1e-18, 0.1]), (1.0, [0.9, 1 - 1e-16])])
def test_an_error_that_a_rounding_puts_outside_its_interval_is_drawn(error, interval):
    one = {**row("HOG + SVM", 2010, 0.5, 28.2), "error": error, "interval": interval}
    assert f"{100 * error:.2f}" in texts(generations({**STUDY, "rows": [one]}))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_permutation_shows_all_four_errors_and_both_curves(theme):
    plot = permutation(ORDER, theme=theme)
    found = texts(plot)
    assert {"1.64", "1.59", "0.89", "2.79", "fully connected", "LeNet-5", "0", "1", "2", "3", "4"} <= set(found)
    assert (found.count("the pictures"), found.count("pixels permuted")) == (2, 2)
    curves = [
        line.get_ydata() for line in plot.axes[1].lines if len(line.get_ydata()) == 5 and line.get_label()[0] != "_"
    ]
    heights = [list(curve) for curve in curves] or [list(c.lines[0].get_ydata()) for c in plot.axes[1].containers]
    assert heights == [
        pytest.approx([1.64, 11.64, 21.64, 31.64, 41.64]),
        pytest.approx([0.89, 10.89, 20.89, 30.89, 40.89]),
    ]


@pytest.mark.parametrize("given", [None, {}, ORDER, {"study": "generations", "rows": []}])
def test_data_of_something_else_are_refused(given):
    with pytest.raises(DescriptionError) as error:
        generations(given)
    assert str(error.value) == (
        "generations: this is not the plain data of that study. Give what its to_dict gives, or the JSON that "
        "`locality generations --json` prints."
    )


def test_an_unknown_theme_is_refused():
    with pytest.raises(UnknownNameError):
        permutation(ORDER, theme="drak")
