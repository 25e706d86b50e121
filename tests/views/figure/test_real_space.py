"""Lattices drawn in real space: every site, every bond, as long as it is, and in the right colours."""

import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import locality as loc
from locality.errors import DataError, DescriptionError, ShapeError, UnknownNameError
from locality.lattice import LATTICES, Lattice
from locality.views.figure.formats.svg import svg
from locality.views.figure.shapes import Circle, Polygon, Text
from locality.views.figure.theme import DARK, LIGHT
from views.figure.drawn import on_each_other, outside

UP, DOWN = (LIGHT.shade(sign, 1.6) for sign in (1, -1))


def spins_of(lattice, seed=0):
    return np.random.default_rng(seed).choice([-1, 1], lattice.shape)


def shapes(figure, word):
    """The shapes of that kind by the numbers in their names; several for one name in a list."""
    found = {}
    for shape in figure.shapes:
        if shape.name.startswith(f"{word} "):
            found.setdefault(tuple(map(int, shape.name.split()[1:])), []).append(shape)
    return found


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("name", LATTICES)
def test_every_site_and_every_bond_is_drawn_once_and_bonds_have_one_length_for_each_distance(name, periodic):
    lattice = Lattice(name, 4, periodic)
    figure = loc.figure.lattice(lattice)
    sites, bonds, ends = (shapes(figure, word) for word in ("site", "bond", "end"))
    assert sorted(sites) == [(site,) for site in range(lattice.sites)]
    assert set(bonds) | set(ends) == set(map(tuple, lattice.bonds().tolist())) or name == "cubic"
    assert not set(bonds) & set(ends)
    assert all(len(each) == 2 for each in ends.values())
    assert bool(ends) == (periodic and name != "cubic")
    inner = set(map(tuple, Lattice(name, 4, periodic=False).bonds().tolist()))
    assert set(bonds) == inner
    for (start, end), (line,) in bonds.items():
        assert line.points == tuple((sites[site,][0].x, sites[site,][0].y) for site in (start, end))
    lengths = {round(float(np.hypot(*np.subtract(*line.points))), 3) for (line,) in bonds.values()}
    assert len(lengths) == {"checkerboard": 2, "cubic": 2}.get(name, 1)
    # The two ends of a bond around the edge point at each other, and meet in the middle but for a gap.
    for (_, end), (one, other) in ends.items():
        if lattice.dimension == 2:  # and beyond the edge stands an image of the other site
            beyond = np.add(one.points[0], np.subtract(one.points[1], one.points[0]) / 0.45)
            turns = np.subtract(beyond, (sites[end,][0].x, sites[end,][0].y)) / 56
            turns = turns[::-1] @ np.linalg.inv(lattice.vectors) / lattice.size
            assert np.allclose(turns, np.round(turns), atol=0.01)
            assert np.round(turns).any()
        assert np.allclose(np.subtract(*one.points), -np.subtract(*other.points))
        length = float(np.hypot(*np.subtract(*one.points))) / 0.45
        assert any(abs(length - full) < 0.01 for full in lengths)


def test_rows_run_down_and_columns_to_the_right_as_in_a_picture():
    spins = np.array([[[1, 1, -1], [-1, 1, 1], [1, -1, -1]]])
    sites = shapes(loc.figure.lattice(Lattice("square", 3), spins), "site")
    for row in range(3):
        for column in range(3):
            (site,) = sites[3 * row + column,]
            assert (site.x - sites[0,][0].x, site.y - sites[0,][0].y) == pytest.approx((56 * column, 56 * row))
            assert site.fill == (UP if spins[0, row, column] == 1 else DOWN)


@pytest.mark.parametrize("name", ["honeycomb", "kagome", "checkerboard"])
def test_sublattices_are_told_apart_with_and_without_spins(name):
    lattice = Lattice(name, 3)
    plain, spun = loc.figure.lattice(lattice), loc.figure.lattice(lattice, spins_of(lattice))
    colours = [{shapes(plain, "site")[site,][0].fill for site in range(s, lattice.sites, lattice.sublattices)}
               for s in range(lattice.sublattices)]  # fmt: skip
    assert all(len(each) == 1 for each in colours)
    assert len(set.union(*colours)) == lattice.sublattices
    rings = [shape.stroke for shape in spun.shapes if isinstance(shape, Circle) and shape.stroke and not shape.name]
    assert sorted(rings) == sorted(colour for each in colours for colour in each for _ in range(lattice.cells))
    flat = lattice.flat(spins_of(lattice))
    assert [shapes(spun, "site")[site,][0].fill for site in range(lattice.sites)] == [
        UP if spin == 1 else DOWN for spin in flat
    ]
    said = [shape.text for shape in spun.shapes if isinstance(shape, Text)]
    assert said == ["up, +1", "down, −1", *(f"sublattice {s}" for s in range(lattice.sublattices))]
    assert f"{(flat == 1).sum()} spins up, {(flat == -1).sum()} down." in spun.description


def test_the_cell_that_is_outlined_holds_one_site_of_each_sublattice():
    for name in ("honeycomb", "kagome", "checkerboard"):
        lattice = Lattice(name, 3)
        figure = loc.figure.lattice(lattice)
        (cell,) = [shape for shape in figure.shapes if isinstance(shape, Polygon)]
        corner, along, across = cell.points[0], *(np.subtract(cell.points[i], cell.points[0]) for i in (1, 3))
        across_cell = np.linalg.inv(np.stack([along, across]))
        within = []
        for (site,), (circle,) in shapes(figure, "site").items():
            place = np.subtract((circle.x, circle.y), corner) @ across_cell
            within += [site] if (np.abs(place - 0.5) < 0.499).all() else []
        assert within == list(range(lattice.sublattices))


@pytest.mark.parametrize("name", LATTICES)
def test_a_site_and_its_neighbours_are_marked(name):
    lattice = Lattice(name, 4)
    site = lattice.sites // 2
    figure = loc.figure.lattice(lattice, site=site)
    marked = shapes(figure, "marked")
    assert {number for (number,) in marked if number != site} == set(lattice.neighbours()[site].tolist())
    assert (site,) in marked
    thick = {
        name
        for word in ("bond", "end")
        for name, (line, *_) in shapes(figure, word).items()
        if line.stroke == LIGHT.window
    }
    assert all(site in pair for pair in thick)
    assert figure.shapes[-1].text == f"its {lattice.neighbours().shape[1]} neighbours"


def test_a_small_cube_is_drawn_from_back_to_front_and_a_large_one_by_its_three_faces():
    lattice = Lattice("cubic", 3)
    figure = loc.figure.lattice(lattice)
    order = [int(shape.name.split()[1]) // 9 for shape in figure.shapes if shape.name.startswith("site ")]
    assert order == sorted(order, reverse=True)
    large = Lattice("cubic", 8)
    drawn = shapes(loc.figure.lattice(large, spins_of(large)), "site")
    faces = {s for s in range(512) for i, j, k in [np.unravel_index(s, large.size)] if i == 0 or j == 0 or k == 7}
    assert {number for (number,) in drawn} == faces
    assert loc.figure.lattice(large).description == (
        "cubic 8x8x8: 512 sites, 1536 bonds; the three faces in sight are drawn."
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", LATTICES)
def test_nothing_reaches_out_and_no_words_cover_each_other(name, theme):
    for side, periodic in ((3, True), (1, False), (12, True)):
        lattice = Lattice(name, side, periodic)
        for spins in (None, spins_of(lattice)):
            figure = loc.figure.lattice(lattice, spins, site=0, theme=theme)
            assert outside(figure) == []
            assert on_each_other(figure) == []
            # The sites take 760 x 620 at most; beyond them come ends of bonds, the legend and the margin.
            assert figure.width < 760 + 100
            assert figure.height < 620 + 130
            assert figure.background == {"light": LIGHT, "dark": DARK}[theme].background


@pytest.mark.parametrize("name", ["square", "triangular", "honeycomb", "kagome", "checkerboard"])
def test_32_cells_a_side_can_still_be_told_apart(name):
    lattice = Lattice(name, 32)
    figure = loc.figure.lattice(lattice, spins_of(lattice))
    places = np.array([(circle.x, circle.y) for (circle,) in shapes(figure, "site").values()])
    apart = np.linalg.norm(places[:200, None] - places[None], axis=2)
    nearest = apart[apart > 1e-9].min()
    radius = shapes(figure, "site")[0,][0].radius
    assert nearest > 7
    assert 2 * radius < nearest
    assert figure.width < 850


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_it_is_saved_in_every_format(tmp_path, ending):
    lattice = Lattice("kagome", 3)
    path = loc.figure.lattice(lattice, spins_of(lattice)).save(tmp_path / f"kagome.{ending}")
    if ending == "png":
        with Image.open(path) as picture:
            colours = {tuple(colour) for colour in np.array(picture.convert("RGB")).reshape(-1, 3)}
        assert {tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)) for colour in (UP, DOWN)} <= colours
    elif ending == "pdf":
        assert path.read_bytes().startswith(b"%PDF")
    else:
        assert path.read_text("utf-8").count("<circle") == 27 * 2 + 5


def test_plain_data_are_enough_and_give_the_same_picture():
    lattice = Lattice("honeycomb", 3)
    marks = re.compile(r"f[0-9a-f]{8}")
    assert marks.sub("", svg(loc.figure.lattice(lattice.to_dict()))) == marks.sub("", svg(loc.figure.lattice(lattice)))


def test_drawing_a_lattice_loads_neither_torch_nor_matplotlib_nor_numba():
    told = (
        "import sys, locality as loc; loc.figure.lattice(loc.Lattice('kagome', 4))\n"
        "print(sorted({'torch', 'matplotlib', 'numba', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: loc.figure.lattice("kagome"), DescriptionError,
         "lattice: str is no lattice. Give locality.Lattice('kagome', 4), say, or what its to_dict gives."),
        (lambda: loc.figure.lattice({"name": "kagome"}), DescriptionError,
         "lattice: dict is no lattice. Give locality.Lattice('kagome', 4), say, or what its to_dict gives."),
        (lambda: loc.figure.lattice(Lattice("square", 4), np.ones((4, 4))), ShapeError,
         "square 4x4: spins of shape 4x4 are not one configuration of 1x4x4. Give (sublattices, *size)."),
        (lambda: loc.figure.lattice(Lattice("chain", 3), [[1, 0, -1]]), DataError,
         "chain 3: 0 is no spin. Give +1 for up and -1 for down."),
        (lambda: loc.figure.lattice(Lattice("chain", 3), site=3), ShapeError,
         "chain 3: there is no site 3. Give a number from 0 to 2."),
        (lambda: loc.figure.lattice(Lattice("cubic", 8), site=100), ShapeError,
         "cubic 8x8x8: site 100 lies inside, and of so many only three faces are drawn. Mark site 0, say."),
        (lambda: loc.figure.lattice(Lattice("square", 128)), ShapeError,
         "square 128x128: 16,384 sites are too many to be told apart, 10,000 can be drawn. Draw fewer."),
        (lambda: loc.figure.lattice(Lattice("square", 4), theme="dusk"), UnknownNameError,
         "Unknown theme 'dusk'. Known are: light, dark."),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(make, kind, message):
    with pytest.raises(kind) as error:
        make()
    assert str(error.value) == message
