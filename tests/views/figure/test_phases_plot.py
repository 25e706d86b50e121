"""The figure of the study of phases: what it draws is what the plain data hold."""

import json
from copy import deepcopy

import numpy as np
import pytest

import locality as loc
from locality.errors import LocalityError

TC = 2.269185


def plain(sizes=(10, 20, 30, 40), gauge=True):
    rows = []
    for size in sizes:
        x = np.linspace(-3.5, 4.0, 25)
        curve = {
            "temperatures": (TC * (1 + x / size)).tolist(),
            "ordered": (1 / (1 + np.exp(1.5 * x))).tolist(),
            "errors": [0.01] * 25,
            "crossing": {"value": TC + 0.2 / size, "error": 0.003},
            "slope": {"value": -0.1 * size, "error": 0.01},
        }
        controls = [
            {"name": name, "accuracy": accuracy, "interval": [0.9, 1.0], **curve}
            for name, accuracy in (("magnetisation", 0.93), ("energy", 0.94), ("shuffled", 0.5), ("far", 0.92))
        ]
        row = {"size": size, "parameters": 100, "accuracy": 0.9321, "interval": [0.93, 0.94], "published": 0.932}
        rows.append({**row, **curve, "controls": controls, "triangular": curve})
    line = {"value": {"value": TC, "error": 0.004}, "gradient": {"value": 0.2, "error": 0.05}, "chi2": 1, "freedom": 2}
    return {
        "study": "phases",
        "lattice": "square",
        "network": "carrasquilla-2017",
        "critical": TC,
        "exact_nu": 1.0,
        "samples": 2000,
        "seeds": 5,
        "rows": rows,
        "fit": line if len(sizes) > 1 else None,
        "gauge": [{"name": "carrasquilla-2017", "size": 16, "accuracy": 0.5}] if gauge else [],
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_size_is_a_curve_and_a_point_and_the_table_holds_its_numbers(theme):
    study = plain()
    figure = loc.figure.phases(json.loads(json.dumps(study)), theme=theme)
    curves, sizes, scaled, table = figure.axes
    assert [text.get_text() for text in curves.get_legend().get_texts()] == ["L = 10", "L = 20", "L = 30", "L = 40"]
    drawn = [one.lines[0].get_xydata() for one in curves.containers]
    for row, points in zip(study["rows"], drawn, strict=True):
        assert points == pytest.approx(np.stack([row["temperatures"], row["ordered"]], 1))
    assert [one.lines[0].get_xydata()[0].tolist() for one in sizes.containers][1:] == [
        pytest.approx([1 / row["size"], row["crossing"]["value"]]) for row in study["rows"]
    ]
    assert "2.2692 ± 0.0040" in sizes.get_title()
    together = [one.lines[0].get_xdata() for one in scaled.containers]
    assert all(np.allclose(each, together[0]) for each in together)
    words = [text.get_text() for text in table.texts]
    assert words.count("93.2") == 8
    assert words[-2:] == ["carrasquilla-2017", "50.0"]


def test_nothing_of_the_table_runs_into_its_neighbour():
    figure = loc.figure.phases(plain(sizes=(10, 20, 30, 40, 60, 100)))
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.axes[3].texts]
    assert not any(a.overlaps(b) for place, a in enumerate(boxes) for b in boxes[:place])
    frame = figure.bbox
    assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 for box in boxes)


def test_what_is_not_known_is_left_out():
    study = deepcopy(plain(sizes=(10,), gauge=False))
    row = study["rows"][0]
    row["crossing"] = row["published"] = None
    figure = loc.figure.phases(study)
    assert figure.axes[1].get_title() == "T*, where P = 1/2"
    assert [text.get_text() for text in figure.axes[3].texts].count("93.2") == 1
    row["crossing"] = {"value": 2.3, "error": None}
    assert loc.figure.phases(study)._repr_svg_().startswith("<svg")


@pytest.mark.parametrize("given", [None, {}, {"study": "generations", "rows": [1]}, {"study": "phases", "rows": []}])
def test_other_data_are_refused(given):
    with pytest.raises(LocalityError) as error:
        loc.figure.phases(given)
    assert str(error.value) == (
        "phases: this is not the plain data of that study. Give what its to_dict gives, or the JSON that "
        "`locality phases --json` prints."
    )
