"""Shifts of a lattice seen by networks: what keeps them, what breaks them, and what is said about it."""

import json
from copy import deepcopy

import numpy as np
import pytest

import locality as loc
from locality.engine.run import Run
from locality.errors import DescriptionError, ShapeError
from locality.lattice import LATTICES, Lattice
from locality.studies import equivariance as study
from locality.studies.equivariance import equivariance


def net(text, **how):
    made = loc.Network.from_text(text)
    return loc.Network(made.name, made.input, nodes=made.nodes, **how)


@pytest.mark.parametrize("name", LATTICES)
def test_wrap_padding_keeps_every_shift_to_1e_12_on_every_lattice(name):
    lattice = Lattice(name, {"chain": 12, "cubic": 4}.get(name, (6, 5)))
    footprint = lattice.footprint()
    kernel = {"chain": 3, "cubic": 3}.get(name, 3)
    made = loc.Network("deep", lattice.shape, [
        loc.Conv(6, kernel, padding=1, padding_mode="wrap", footprint=footprint), loc.Activation("relu"),
        loc.Residual([loc.Conv(6, kernel, padding=1, padding_mode="wrap"), loc.Norm("batch"), loc.Activation("tanh")]),
        loc.Conv(3, kernel, padding=2, dilation=2, padding_mode="wrap"),
        loc.Pool("global-average"), loc.Flatten(), loc.Dense(2),
    ])  # fmt: skip
    found = equivariance(made, lattice, seed=1)
    assert found.broken is None
    assert found.ends is None
    assert found.why == "Every node moves along with its input, for every shift."
    for row in found.rows:
        assert row.differences.shape == lattice.size
        assert row.differences.max() <= 1e-12
        assert row.scale > 1e-3
        assert row.keeps == "every shift"


def test_the_differences_are_those_that_one_finds_by_hand():
    made = net("1x6x8 | conv 3 3x3 pad 1 | relu | max 2x2", dtype="float64")
    lattice, model = Lattice("square", (6, 8)), loc.build(made, seed=4)
    found = equivariance(made, lattice, seed=4)
    x = np.random.Generator(np.random.PCG64(np.random.SeedSequence([4]))).uniform(-1, 1, (1, 6, 8))
    for by in ((0, 0), (1, 0), (2, 6), (5, 3)):
        still, moved = model.record(x), model.record(np.roll(x, by, (1, 2)))
        difference = np.abs(moved["conv1"] - np.roll(still["conv1"], by, (2, 3))).max()
        assert found["conv1"].differences[by] == difference
    by = (2, 6)
    pooled = np.abs(moved_by(model, x, by)["pool1"] - np.roll(model.record(x)["pool1"], (1, 3), (2, 3))).max()
    assert found["pool1"].differences[by] == pooled
    # Half a cell of the coarser map: the nearest whole cells, and the best of them.
    moved, still = moved_by(model, x, (3, 2))["pool1"], model.record(x)["pool1"]
    ways = [np.abs(moved - np.roll(still, (half, 1), (2, 3))).max() for half in (1, 2)]
    assert found["pool1"].differences[3, 2] == min(ways)


def moved_by(model, x, by):
    return model.record(np.roll(x, by, (1, 2)))


@pytest.mark.parametrize("mode", ["zeros", "edge", "reflect"])
def test_any_padding_but_wrap_breaks_every_shift(mode):
    layer = loc.Conv(2, 3, padding=1, padding_mode=mode)
    found = equivariance(loc.Network("n", (1, 6, 6), [loc.Conv(2, 1), layer]), Lattice("square", 6))
    fill = "zeros" if mode == "zeros" else f'padding_mode "{mode}"'
    assert [row.keeps for row in found.rows] == ["every shift", "no shift"]
    assert found.broken.node == "conv2"
    assert found["conv2"].differences[0, 0] == 0
    assert (np.sort(found["conv2"].differences.ravel())[1:] > 1e-3).all()
    assert found.why == (
        f"conv2: it pads with {fill}, so cells at an edge do not see their neighbours across it. "
        f'Use padding_mode="wrap".'
    )


EVERY = "Every node moves along with its input, for every shift."
STEPS = "it moves in steps of {0}, so only shifts by multiples of {0} are kept."
SHORT = "its windows stop at the edges (8x8 cells become 6x6), so nothing goes round any more."
PADS = "so cells at an edge do not see their neighbours across it."
ROW = "it puts the cells of {} in one row, where a shift means nothing: the claim ends before it."


@pytest.mark.parametrize(
    ("text", "keeps", "why"),
    [
        ("conv 2 2x2 stride 2 | relu", "multiples of 2", f"conv1: {STEPS.format(2)}"),
        ("conv 2 2x1 stride 2x1", "multiples of (2, 1)", f"conv1: {STEPS.format((2, 1))}"),
        ("average 4x4", "multiples of 4", f"pool1: {STEPS.format(4)}"),
        ("majority 2x2", "multiples of 2", f"pool1: {STEPS.format(2)}"),
        ("max 2x2 | upsample 2", "multiples of 2", f"pool1: {STEPS.format(2)}"),
        ("conv 2 3x3", "no shift", f'conv1: {SHORT} Use padding="same" and padding_mode="wrap".'),
        ("max 3x3 stride 1", "no shift", f"pool1: {SHORT} Use a window that tiles the map."),
        ("max 3x3 stride 2 pad 1 floor", "no shift", f"pool1: it pads, {PADS} Leave padding out."),
        ("crop 1", "no shift", "crop1: it cuts the edges off, so nothing goes round any more. Leave it out."),
        ("upsample 2 linear", "no shift",
         'upsample1: its lines end at the edges instead of going round. Use mode "nearest".'),
        ("conv-transpose 2 4x4 stride 2 pad 1", "no shift",
         "transpose1: what it adds beyond an edge does not come in on the other side. Use a stride as large as the "
         "kernel."),
        ("upsample 2", "every shift", EVERY),
        ("conv-transpose 2 2x2 stride 2", "every shift", EVERY),
        ("global-max | flatten | dense 3", "every shift", EVERY),
        ("layer-norm", "every shift", EVERY),
        ("flatten | dense 3", "-", f"flatten1: {ROW.format('1x8x8')}"),
        ("conv 2 3x3 pad 1 | flatten | dense 3", "-",
         f'conv1: it pads with zeros, {PADS} Use padding_mode="wrap". flatten1: {ROW.format("2x8x8")}'),
    ],
)  # fmt: skip
def test_the_first_node_that_breaks_it_and_why_is_said(text, keeps, why):
    found = equivariance(net(f"1x8x8 | {text}"), Lattice("square", 8))
    assert found.rows[-1].keeps == keeps
    assert found.why == why


def test_a_normalisation_with_weights_of_its_own_for_every_cell_breaks_it_when_they_differ():
    model = loc.build(net("1x4x4 | layer-norm"))
    model.norm1.weight.data[0, 1, 2] = 3.0
    found = equivariance(model, Lattice("square", 4))
    assert found.rows[-1].keeps == "no shift"
    assert found.why.startswith("norm1: layer-norm treats the cells differently (largest difference ")


def test_a_model_or_run_is_asked_with_its_own_weights_and_left_as_it_was():
    model = loc.build(net("1x6x6 | conv 2 3x3 pad 1 | relu | global-average"), seed=3)
    model.conv1.weight.data.zero_()
    model.conv1.weight.data[:, :, 1, 1] = 1.0  # it reads nothing but the cell itself
    before = deepcopy(model.state_dict())
    found = equivariance(model, Lattice("square", 6))
    assert found.broken is None
    assert found.network is model.network
    assert all((model.state_dict()[name] == value).all() for name, value in before.items())
    assert {value.dtype for value in model.state_dict().values()} == {before["conv1.weight"].dtype}
    run = Run(model, loc.Recipe(), "none")
    assert equivariance(run, Lattice("square", 6)).to_dict() == found.to_dict()


def test_complex_networks_are_asked_too():
    made = net("1x6x6 | conv 2 3x3 pad 1 wrap | conv 2 3x3 pad 1", dtype="complex64")
    found = equivariance(loc.build(made), Lattice("square", 6))
    assert [row.keeps for row in found.rows] == ["every shift", "no shift"]
    assert found["conv1"].differences.max() < 1e-12


def test_a_seed_means_the_same_and_chunks_change_nothing(monkeypatch):
    made, lattice = net("2x4x6 | conv 2 3x3 pad 1 | max 2x2"), Lattice("honeycomb", (4, 6))
    whole = equivariance(made, lattice, seed=2).to_dict()
    monkeypatch.setattr(study, "_NUMBERS", 500)
    assert equivariance(made, lattice, seed=2).to_dict() == whole
    assert equivariance(made, lattice, seed=3).to_dict() != whole


def test_it_prints_as_a_table_and_goes_through_json():
    made = net("small: 1x4x4 | conv 2 3x3 pad 1 wrap | average 2x2 | flatten | dense 1")
    found = equivariance(made, Lattice("square", 4))
    largest = f"{found['pool1'].differences.max():.1e}"
    assert repr(found).splitlines() == [
        "small on square 4x4: node(shift x) - shift(node x) for all 16 shifts, in float64.",
        "",
        "node      layer    output  keeps           largest difference",
        f"conv1     conv     2x4x4   every shift     {found['conv1'].differences.max():.1e}",
        f"pool1     average  2x2x2   multiples of 2  {largest}",
        "flatten1  flatten  8       -               -",
        "dense1    dense    1       -               -",
        "",
        f"pool1: {STEPS.format(2)} flatten1: {ROW.format('2x2x2')}",
    ]
    plain = json.loads(json.dumps(found.to_dict()))
    assert (plain["broken"], plain["ends"], plain["lattice"]) == (
        "pool1",
        "flatten1",
        {"name": "square", "size": [4, 4]},
    )
    assert np.array_equal(plain["rows"][1]["differences"], found["pool1"].differences)
    with pytest.raises(loc.LocalityError, match=r"^Unknown node 'pool2'. Did you mean 'pool1'\?$"):
        found["pool2"]


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: equivariance(loc.zoo.get("lenet5"), Lattice("kagome", 4)), ShapeError,
         "lenet5: its input 1x28x28 does not fit kagome 4x4, whose spins are 3x4x4. Describe the network with that "
         "input, or take another lattice."),
        (lambda: equivariance(net("n: 1x4x4 | relu"), Lattice("square", 4, periodic=False)), DescriptionError,
         "square 4x4 with open edges: open edges do not move on. Use a periodic lattice."),
        (lambda: equivariance(net("n: 1x4x4 | relu"), "square"), DescriptionError,
         "n: 'square' is no lattice. Give locality.Lattice('square', 8), say."),
        (lambda: equivariance("lenet5", Lattice("square", 4)), DescriptionError,
         "'lenet5' is not a network. Use locality.zoo.get('lenet5') or "
         "Network.from_text('1x28x28 | conv 6 5x5 | relu'), say."),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(make, kind, message):
    with pytest.raises(kind) as error:
        make()
    assert str(error.value) == message
