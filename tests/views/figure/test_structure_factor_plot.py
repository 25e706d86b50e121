"""The figure of the structure factor: every wave in its cell, and the walk along the lines of the zone."""

import numpy as np
import pytest

import locality as loc
from ground_states import result
from locality.errors import DescriptionError
from locality.lattice.exact import ground_state_energy
from locality.quantum.observables import of_exact

REFUSED = (
    "structure_factor: this is not the plain data of a ground state with its observables. Give what its to_dict gives, "
    "or the JSON that `locality ground-state --json` prints."
)


def measured(values, **changed):
    factor = {"waves": None, "values": values.tolist(), "errors": (0.01 * values).tolist()}
    return result(observables={"structure_factor": factor}, **changed)


def cells(axes):
    """The values of the map, by (qx, qy) in units of pi."""
    (mesh,) = axes.collections
    corners = mesh.get_coordinates()
    middles = (corners[:-1, :-1] + corners[1:, 1:]) / 2
    values = np.reshape(mesh.get_array(), middles.shape[:2])
    return {tuple(np.round(at, 9)): value for row, shown in zip(middles, values, strict=True)
            for at, value in zip(row, shown, strict=True)}  # fmt: skip


@pytest.mark.parametrize(("theme", "j2", "corner"), [("light", 0.0, (1, 1)), ("dark", 1.0, (1, 0))])
def test_the_exact_states_of_4x4_have_their_peaks_where_neel_and_stripes_order(theme, j2, corner):
    exact = of_exact(ground_state_energy(loc.Lattice("square", 4), j2)).to_dict()
    plot = loc.figure.structure_factor(result(j2, observables=exact), theme=theme)
    found = cells(plot.axes[0])
    assert max(found, key=found.get) in {corner, corner[::-1], tuple(-np.array(corner)), (-1, 1), (1, -1), (0, -1)}
    assert found[corner] == pytest.approx(max(found.values()))
    factor = np.array(exact["structure_factor"]["values"])
    assert found[(0.5, 1.0)] == found[(0.5, -1.0)] == factor[2, 1]
    assert plot.title == f"Structure factor S(q), square 4x4, J2 = {j2:g}"


def test_the_second_axis_of_the_lattice_runs_to_the_right():
    values = np.arange(24.0).reshape(4, 6)
    plot = loc.figure.structure_factor(measured(values))
    found = cells(plot.axes[0])
    assert (found[(0, 0)], found[(round(1 / 3, 9), 0)], found[(0, 0.5)]) == (0.0, 1.0, 6.0)
    assert len(plot.axes) == 2  # a map and its scale: no walk where the sides differ


def test_of_an_odd_side_no_wave_is_shown_twice():
    found = cells(loc.figure.structure_factor(measured(np.arange(15.0).reshape(3, 5))).axes[0])
    assert sorted(found.values()) == list(range(15))


def test_the_walk_goes_from_corner_to_corner_with_its_errors():
    values = np.arange(36.0).reshape(6, 6)
    plot = loc.figure.structure_factor(measured(values))
    walk = plot.axes[2]
    line = walk.containers[0].lines[0]
    waves = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 3), (2, 3), (3, 3), (2, 2), (1, 1), (0, 0)]
    assert line.get_ydata().tolist() == [values[wave] for wave in waves]
    assert line.get_xdata()[[3, 6, 9]] == pytest.approx([3, 6, 6 + 3 * np.sqrt(2)])
    assert [label.get_text() for label in walk.get_xticklabels()] == ["(0, 0)", "(π, 0)", "(π, π)", "(0, 0)"]
    (bars,) = walk.containers[0].lines[2]
    assert np.ptp(bars.get_segments()[6][:, 1]) == pytest.approx(2 * 0.01 * values[3, 3])


def test_errors_that_are_not_known_are_left_out():
    plain = measured(np.ones((4, 4)))
    plain["observables"]["structure_factor"]["errors"][0][1] = None
    assert loc.figure.structure_factor(plain)._repr_svg_().startswith("<svg")


@pytest.mark.parametrize("given", [None, {}, [result()], result(), result(observables=None)])
def test_other_data_are_refused(given):
    with pytest.raises(DescriptionError) as error:
        loc.figure.structure_factor(given)
    assert str(error.value) == REFUSED


@pytest.mark.parametrize(
    ("name", "periodic", "said"), [("kagome", True, "kagome"), ("square", False, "square with open edges")]
)
def test_other_lattices_are_refused(name, periodic, said):
    with pytest.raises(DescriptionError) as error:
        loc.figure.structure_factor(
            measured(np.ones((4, 4)), lattice={"name": name, "size": [4, 4], "periodic": periodic})
        )
    assert str(error.value) == (
        f"structure_factor: the lattice is {said}; this figure is of the zone of a periodic square one. Read S(q) in "
        f"the data."
    )
