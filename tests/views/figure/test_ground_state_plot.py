"""The figure of ground states: what it draws is what the plain data hold, and it says what it compares with."""

import json

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import locality as loc
from ground_states import EXACT, history, result
from locality.errors import LocalityError, RunError


def words(plot):
    return [text.get_text() for text in plot.findobj(lambda one: hasattr(one, "get_text"))]


def lines(axes):
    return [np.stack([line.get_xdata(), line.get_ydata()], 1) for line in axes.lines]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_one_run_shows_each_step_its_mean_the_reference_and_the_relative_error(theme):
    run = result()
    plot = loc.figure.ground_state(json.loads(json.dumps(run)), theme=theme)
    above, below = plot.axes
    energies = np.array([line["energy"] for line in run["history"]])
    raw, mean, exact = lines(above)
    assert raw == pytest.approx(np.stack([np.arange(1, 301), energies], 1))
    assert mean[-1, 1] == pytest.approx(energies[-30:].mean())
    assert mean[9, 1] == pytest.approx(energies[9])  # of ten steps the last one
    assert exact[:, 1].tolist() == [EXACT[0.5]] * 2
    assert "exact  −0.50381" in words(plot)
    noise, distance, _ = lines(below)
    assert distance[:, 1] == pytest.approx(np.abs(energies - EXACT[0.5]) / -EXACT[0.5])
    assert noise[0, 1] == pytest.approx(run["history"][0]["error"] / -EXACT[0.5])
    assert below.get_yscale() == "log"
    assert below.get_title(loc="left") == "relative error, |E − E0| / |E0|"
    assert plot.title == "J1-J2 magnet on square 6x6, J2 = 0.5: −0.50301 ± 0.00012 per site"
    assert "nqs-resnet, 12,345 parameters, sign rule marshall, symmetry c4v+flip" in words(plot)


def test_the_first_steps_and_outliers_do_not_flatten_the_rest():
    run = result()
    run["history"][200]["energy"] = 5.0
    low, high = loc.figure.ground_state(run).axes[0].get_ylim()
    assert -0.52 < low < EXACT[0.5] < -0.49 < high < -0.47


def test_without_a_reference_the_variance_is_drawn():
    run = result(reference=None, warnings=["chains: they do not agree."])
    plot = loc.figure.ground_state(run)
    assert plot.axes[1].get_title(loc="left") == "variance of H per site"
    assert lines(plot.axes[1])[0][:, 1] == pytest.approx([line["variance"] for line in run["history"]])
    assert len(lines(plot.axes[0])) == 2
    note = "nqs-resnet, 12,345 parameters, sign rule marshall, symmetry c4v+flip. 1 warning: see the report"
    assert note in words(plot)


def test_several_runs_are_told_apart_by_what_differs():
    table = [result(j2, 100 + 10 * place) for place, j2 in enumerate(EXACT)]
    plot = loc.figure.ground_state(table)
    said = words(plot)
    assert plot.title == "Ground states of the J1-J2 magnet"
    assert "square 6x6, nqs-resnet, sign rule marshall, symmetry c4v+flip" in said
    for run, j2 in zip(table, EXACT, strict=True):
        energy, exact = (f"{value:.5f}".replace("-", "−") for value in (run["energy_per_site"], EXACT[j2]))
        assert f"J2 = {j2:g}:  {energy} ± 0.00012,  exact {exact}" in said
    drawn = {line[0, 1] for line in lines(plot.axes[0]) if len(line) == 2}
    assert drawn == set(EXACT.values())
    colours = [line.get_color() for line in plot.axes[0].lines]
    assert colours[1] == colours[12]  # a reference has the colour of its run


def test_several_runs_of_one_problem_share_its_reference():
    runs = [result(signs="none"), result(symmetry="none", error=None)]
    plot = loc.figure.ground_state(runs)
    assert "square 6x6, J2 = 0.5, nqs-resnet" in words(plot)
    assert "sign rule none, symmetry c4v+flip:  −0.50301 ± 0.00012,  exact −0.50381" in words(plot)
    assert "sign rule marshall, symmetry none:  −0.50301,  exact −0.50381" in words(plot)
    assert sum(len(line) == 2 for line in lines(plot.axes[0])) == 1


def test_runs_alike_are_numbered_and_seeds_are_named():
    assert "run (2):  −0.50301 ± 0.00012,  exact −0.50381" in words(loc.figure.ground_state([result(), result()]))
    seeds = [result(vmc={"seed": seed}) for seed in (0, 7)]
    assert "seed 7:  −0.50301 ± 0.00012,  exact −0.50381" in words(loc.figure.ground_state(seeds))


def test_where_one_run_has_no_reference_all_show_their_variance():
    other = result(lattice={"name": "kagome", "size": [4, 4], "periodic": False}, reference=None)
    plot = loc.figure.ground_state([result(), other])
    assert plot.axes[1].get_title(loc="left") == "variance of H per site"
    assert "kagome 4x4 with open edges:  −0.50301 ± 0.00012" in words(plot)


@pytest.mark.parametrize("count", [1, 2, 6])
def test_nothing_written_runs_into_anything_else_or_out_of_the_figure(count):
    runs = [result(j2, 60) for j2 in EXACT][:count]
    plot = loc.figure.ground_state(runs)
    FigureCanvasAgg(plot).draw()
    (legend,) = plot.legends
    texts = [*plot.texts, *legend.get_texts(), *(axes.xaxis.label for axes in plot.axes)]
    ticks = plot.axes[1].xaxis.get_major_ticks()
    texts += [tick.label1 for tick in ticks if tick.get_loc() <= plot.axes[1].get_xlim()[1]]
    boxes = [text.get_window_extent() for text in texts if text.get_text() and text.get_visible()]
    assert not any(a.overlaps(b) for place, a in enumerate(boxes) for b in boxes[:place])
    frame = plot.bbox
    assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 for box in boxes)


def test_one_step_and_missing_numbers_are_drawn():
    lines_of_one = history(1, -0.5)
    lines_of_one[0] |= {"error": None}
    assert loc.figure.ground_state(result(history=lines_of_one))._repr_svg_().startswith("<svg")
    gap = result(steps=40)
    gap["history"][20]["energy"] = None
    assert np.isfinite(lines(loc.figure.ground_state(gap).axes[0])[1][:, 1]).sum() == 39 + (21 // 10 > 1)


@pytest.mark.parametrize("given", [None, {}, [], "run", {"study": "phases", "rows": [1]}, [result(), {}]])
def test_other_data_are_refused(given):
    with pytest.raises(LocalityError) as error:
        loc.figure.ground_state(given)
    assert str(error.value) == (
        "ground_state: this is no ground state. Give what locality.ground_state returned, or the JSON that "
        "`locality ground-state --json` prints."
    )


def test_a_run_without_a_step_is_refused():
    with pytest.raises(RunError) as error:
        loc.figure.ground_state(result(history=[]))
    assert str(error.value) == "ground_state: nqs-resnet on square 6x6 has no step to draw. Run it."
