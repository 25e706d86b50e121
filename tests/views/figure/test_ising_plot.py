"""The figures of Ising samples: every measured number is in them, and exact curves only where something is known."""

import re

import numpy as np
import pytest

from locality.errors import DescriptionError, UnknownNameError
from locality.views.figure.plots.ising import ising


def measured(value, error=0.01, exact=None):
    return {"value": value, "error": error, "exact": exact, "sigmas": None}


def row(temperature, settled=True, error=0.01):
    names = {"energy": -1.0, "heat_capacity": 0.5, "magnetisation": 0.3, "susceptibility": 2.0, "binder": 0.4}
    found = {name: measured(value + 0.1 * temperature, error) for name, value in names.items()}
    return {"temperature": temperature, "equilibrated": settled, "method": "wolff", "burn_in": 128, "every": 3, **found}


SHARED = {
    "study": "ising",
    "lattice": {"name": "square", "size": [4, 4], "periodic": True},
    "coupling": [1.0], "field": 0.0, "seed": 0, "samples": 200, "chains": 4, "critical": 2.269, "remarks": [],
}  # fmt: skip
SCAN = SHARED | {
    "temperatures": [1.0, 2.0, 3.0],
    "rows": [row(1.0), row(2.0, settled=False), row(3.0, error=None)],
    "curves": {
        "temperatures": [1.0, 2.0, 3.0],
        "finite": {"energy": [-1.9, -1.7, -0.8]},
        "infinite": {"energy": [-1.9, -1.7, -0.8], "heat_capacity": [0.1, None, 0.2]},
    },
}
ONE = SHARED | {
    "temperatures": [2.0],
    "rows": [row(2.0) | {"energy": measured(-1.7, exact=-1.71)}],
    "series": {
        "energies": [[-1.7] * 50] * 4,
        "magnetisations": [[0.5, -0.5] * 25] * 4,
        "relaxation": {"steps": [1, 2, 4], "energies": [[-2.0, -1.8, -1.7]] * 4, "orders": [[1.0, 0.7, 0.6]] * 4},
    },
    "correlation": {"distance": [0.0, 1.0, 2.0], "value": [1.0, 0.6, 0.4], "error": [0.0, 0.01, None]},
    "picture": {"spins": [1, -1] * 8, "positions": np.indices((4, 4)).reshape(2, -1).T.tolist()},
}


def texts(plot):
    return re.findall(r"<text[^>]*>([^<]*)</text>", plot._repr_svg_())


def bars(axes):
    """The points of every bar plot of a panel: (temperatures, values)."""
    return [(list(one.lines[0].get_xdata()), list(one.lines[0].get_ydata())) for one in axes.containers]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_scan_shows_every_observable_at_every_temperature(theme):
    plot = ising(SCAN, theme=theme)
    assert [axes.get_title() for axes in plot.axes] == [
        "energy per site", "heat capacity per site", "<|m|>", "susceptibility per site", "Binder's U4"
    ]  # fmt: skip
    assert plot.title == "Ising model, square 4x4"
    for axes, name in zip(
        plot.axes, ("energy", "heat_capacity", "magnetisation", "susceptibility", "binder"), strict=True
    ):
        shown = dict(pair for at, values in bars(axes) for pair in zip(at, values, strict=True))
        assert shown == {one["temperature"]: one[name]["value"] for one in SCAN["rows"]}


def test_what_cannot_be_trusted_looks_different():
    plot = ising(SCAN)
    labels = {one.get_label() for one in plot.axes[0].containers}
    assert labels == {"measured", "not equilibrated", "measured, too few for an error"}
    assert labels < set(texts(plot))


def test_exact_curves_are_drawn_only_where_they_are_known():
    plot = ising(SCAN)
    known = [{line.get_label() for line in axes.lines if "exact" in str(line.get_label())} for axes in plot.axes]
    both = {"exact, this lattice", "exact, infinite lattice"}
    assert known == [both, {"exact, infinite lattice"}, set(), set(), set()]
    high = plot.axes[1].get_ylim()[1]
    assert 0.8 < high < 1.0  # what diverges does not flatten the rest


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_one_temperature_shows_spins_the_way_and_the_correlation(theme):
    plot = ising(ONE, theme=theme)
    found = texts(plot)
    assert "Ising model, square 4x4, T = 2" in found
    assert "200 samples by wolff in 4 chains, equilibrated after 128 steps, then one of 3 kept." in found
    assert {"ordered start", "random start", "exact"} <= set(found)
    (image,) = plot.axes[0].images
    assert np.asarray(image.get_array()).tolist() == np.reshape([1, -1] * 8, (4, 4)).tolist()
    assert [list(line.get_ydata()) for line in plot.axes[1].lines[:4]] == [[-2.0, -1.8, -1.7]] * 4
    assert sum(patch.get_height() for patch in plot.axes[4].patches) == 200
    assert bars(plot.axes[5]) == [([0.0, 1.0, 2.0], [1.0, 0.6, 0.4])]


@pytest.mark.parametrize(
    ("name", "size", "spins"), [("chain", [16], 16), ("cubic", [4, 4, 4], 64), ("honeycomb", [2, 4], 16)]
)
def test_other_lattices_show_their_spins(name, size, spins):
    places = np.random.default_rng(0).random((spins, len(size))).tolist()
    plain = ONE | {
        "lattice": {"name": name, "size": size, "periodic": False},
        "picture": {"spins": [1] * spins, "positions": places},
    }
    plot = ising(plain)
    assert f"{name} {'x'.join(map(str, size))} with open edges" in plot.title
    drawn = plot.axes[0].collections if name == "honeycomb" else plot.axes[0].images
    assert len(drawn) == 1


def test_nothing_recorded_and_a_coupling_and_a_field_are_said():
    series = ONE["series"] | {"relaxation": {"steps": [], "energies": [[]] * 4, "orders": [[]] * 4}}
    plot = ising(ONE | {"series": series, "coupling": [1.0, -0.5], "field": 0.1})
    assert texts(plot).count("not recorded: no burn-in") == 2
    assert plot.title == "Ising model, square 4x4, coupling 1, -0.5, field 0.1, T = 2"


@pytest.mark.parametrize("given", [None, {}, {"study": "ising"}, {"study": "phases", "curves": {}}])
def test_data_of_something_else_are_refused(given):
    with pytest.raises(DescriptionError) as error:
        ising(given)
    assert str(error.value) == (
        "ising: this is not the plain data of Ising samples. Give what their to_dict gives: "
        "figure.ising(samples.to_dict())."
    )


def test_an_unknown_theme_is_refused():
    with pytest.raises(UnknownNameError):
        ising(SCAN, theme="drak")
