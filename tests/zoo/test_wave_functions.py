"""The networks of the zoo that are wave functions: their sizes, their symmetry, every number spelled out."""

import numpy as np
import pytest
import torch

import locality as loc
from locality.network.layers import Conv
from locality.zoo.choo import choo_2019
from locality.zoo.nqs_resnet import nqs_resnet

NAMES = ("choo-2019", "nqs-resnet")


def spins(shape: tuple[int, ...], dtype: str, seed: int = 0):
    return torch.from_numpy(np.random.default_rng(seed).choice([-1.0, 1.0], (2, *shape)).astype(dtype))


def test_choo_2019_is_the_one_that_was_published():
    net = loc.zoo.get("choo-2019")
    assert (net.dtype, net.output, net.parameter_count) == ("complex64", (2, 6, 6), 3838)
    words = [node.layer.word for node in net.nodes]
    assert words == ["conv", "log-cosh", *["conv", "complex-relu"] * 5]
    convolutions = [node.layer for node in net.nodes if isinstance(node.layer, Conv)]
    assert [layer.out_channels for layer in convolutions] == [12, 10, 8, 6, 4, 2]
    settings = {(layer.kernel_size, layer.footprint, layer.padding_mode, layer.bias) for layer in convolutions}
    assert settings == {(5, "diamond", "wrap", True)}
    assert len(convolutions[0].taps((6, 6))) == 13


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("input", [(1, 10, 10), (1, 5, 5), (1, 4, 6), (2, 6, 6), (3, 4, 4)])
def test_they_fit_every_lattice_and_keep_its_cells(name, input):
    assert loc.zoo.get(name, input=input).output == (2 if name == "choo-2019" else 16, *input[1:])


def test_nqs_resnet_fits_three_cells_a_side_and_chains_and_volumes():
    for input in ((1, 3, 3), (3, 3, 3), (1, 12), (1, 3, 4, 3)):
        net = loc.zoo.get("nqs-resnet", input=input)
        assert loc.build(net)(spins(input, "float32")).shape == (2, 16, *input[1:])


@pytest.mark.parametrize("input", [(1, 6, 6), (1, 5, 7), (2, 4, 4)])
@pytest.mark.parametrize("made", [choo_2019, nqs_resnet])
def test_a_shift_of_the_spins_shifts_the_maps(made, input):
    net = made(input)
    precise = loc.Network(net.name, net.input, nodes=net.nodes, dtype="complex128" if made is choo_2019 else "float64")
    model, given = loc.build(precise), spins(input, precise.dtype)
    with torch.no_grad():
        out = model(given)
        for shift in ((1, 0), (0, 1), (2, 3)):
            moved = model(given.roll(shift, (2, 3)))
            assert (moved - out.roll(shift, (2, 3))).abs().max() < 1e-13 * out.abs().max()


def test_choo_2019_takes_another_precision():
    net = choo_2019(dtype="complex128")
    assert loc.Network.from_json(net.to_json()) == net == loc.Network.from_text(net.to_text())
    assert net.dtype == "complex128"
    wide, narrow = loc.build(net), loc.build("choo-2019")
    given = spins((1, 6, 6), "complex128")
    with torch.no_grad():
        torch.testing.assert_close(narrow(given.to(torch.complex64)), wide(given).to(torch.complex64))


@pytest.mark.parametrize(("dtype", "tolerance"), [("complex64", 1e-6), ("complex128", 1e-12)])
def test_every_cell_of_choo_2019_adds_up(dtype, tolerance):
    net = choo_2019((1, 4, 4), dtype)
    run = loc.record(loc.build(net, seed=2), spins((1, 4, 4), dtype)[:1].numpy())
    for node in net.nodes:
        for place in [(0, 0, 0), (1, 3, 2)]:
            cell = loc.explain(run, node.name, place)
            assert isinstance(cell.value, complex)
            assert cell.value == cell.products.sum() + cell.bias
            assert abs(cell.value - cell.computed) <= tolerance * cell.scale
            assert f"{node.layer.word} of the input" in cell.rule or node.layer.word == "conv"


def test_the_table_says_that_its_numbers_are_complex():
    table = loc.trace(loc.zoo.get("choo-2019"))
    assert table.parameters == 3838
    assert str(table).splitlines()[-5:-3] == [
        "3,838 parameters, 136,656 multiply-accumulates (MACs).",
        "All are of complex numbers: 7,676 real parameters.",
    ]


def test_the_weights_of_the_layers_before_a_wave_function_s_curves_are_a_rectifier_s():
    """ln cosh of a complex number of variance 1 and complex-relu keep half of its mean square: so the gain is 2."""
    draw = np.random.default_rng(0).normal(size=(2, 200_000)) / np.sqrt(2)
    z = torch.from_numpy(draw[0] + 1j * draw[1])[None]
    for name in ("log-cosh", "complex-relu"):
        model = loc.build(loc.Network("curve", z.shape[1:], [loc.Activation(name)], dtype="complex128"))
        assert float((model(z).abs() ** 2).mean()) == pytest.approx(0.5, abs=0.01)
    weights = loc.build(loc.zoo.get("choo-2019")).state_dict()
    for number, fan_in in ((1, 13), (2, 13 * 12), (3, 13 * 10)):
        weight = weights[f"conv{number}.weight"]
        assert float((weight.abs() ** 2).mean()) == pytest.approx(2 / fan_in, rel=5 * (0.4 / weight.numel()) ** 0.5)
