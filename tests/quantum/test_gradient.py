"""Derivatives of log psi against central differences, and the ways to compute them against each other."""

import numpy as np
import pytest
import torch

from locality import Activation, Conv, Dense, Dropout, Flatten, Node, Norm, build, zoo
from locality.lattice import Lattice
from locality.network.layers import Sum
from locality.quantum import gradient
from locality.quantum.gradient import log_derivatives
from locality.quantum.state import State
from wave_functions import (
    KINDS,
    POOLINGS,
    SQUARE,
    amplitudes,
    conv,
    generator,
    images,
    projected,
    some,
    state_of,
    state_of_kind,
)

STEP = 3e-5  # differences of four points are wrong by STEP^4 d^5/30, by rounding over STEP


def central_differences(state, configurations, chosen):
    """d log psi by the chosen parameters, by the definition of psi: (parts, n, chosen)."""
    flat = torch.cat([parameter.detach().reshape(-1) for parameter in state.model.parameters()])
    columns = []
    for place in chosen:
        ends = []
        for change in (1, -1, 2, -2):
            moved = flat.clone()
            moved[place] += change * STEP
            put(state, moved)
            ends.append(projected(state, configurations))
        columns.append((8 * np.log(ends[0] / ends[1]) - np.log(ends[2] / ends[3])) / (12 * STEP))
    put(state, flat)
    found = np.stack(columns, axis=1)
    if state.kind == "holomorphic":
        return found[None]
    return np.stack([found.real, found.imag]) if state.kind == "modulus and phase" else found.real[None]


def put(state, flat):
    torch.nn.utils.vector_to_parameters(flat, state.model.parameters())


def in_general(state, configurations):
    """By the general way, whatever the layers are."""
    parts = 2 if state.kind == "modulus and phase" else 1
    dtype = next(state.model.parameters()).dtype
    into = torch.zeros(parts, len(configurations), state.parameters, dtype=dtype)
    gradient._by_vmap(state, configurations, into)
    return into.numpy()


def well_conditioned(state, count):
    """Configurations where neither the sum over the group all but vanishes nor, of a real psi, one of its factors."""
    configurations = some(state.lattice, 50 * count)
    psi = np.abs(projected(state, configurations))
    size = sum(np.abs(amplitudes(state, one)) for _, one in images(state.lattice, configurations, state.symmetry))
    chosen = psi > 0.05 * size
    if state.kind == "real":
        with torch.no_grad():
            values = state.model(state.images(configurations)[0])
        factors = np.abs(1 + np.sinh(values.numpy())).reshape(len(configurations), -1)
        chosen &= factors.min(1) > (1.6 / factors.shape[1] if state.pooling == "product" else 0)
    assert chosen.sum() >= count
    return configurations[chosen][:count]


def check_differences(state, count=4, parameters=8):
    configurations = well_conditioned(state, count)
    chosen = np.sort(generator(8).permutation(state.parameters)[:parameters])
    found = log_derivatives(state, configurations)
    assert found.shape == (2 if state.kind == "modulus and phase" else 1, count, state.parameters)
    assert found.dtype == next(state.model.parameters()).dtype
    expected = central_differences(state, configurations, chosen)
    size = np.abs(expected).max().clip(1)
    assert np.abs(found.numpy()[:, :, chosen] - expected).max() < 2e-9 * size
    return found.numpy(), configurations


@pytest.mark.parametrize("symmetry", ["none", "translations", "c4:i", "c4v:B1", "c4v+flip", "flip:odd"])
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_derivatives_are_central_differences_for_every_kind_pooling_and_projection(kind, pooling, symmetry):
    if kind.startswith("real") and symmetry == "c4:i":
        symmetry = "c4:B"  # a real psi has no complex characters
    dtype, layers = KINDS[kind]
    if symmetry in ("c4:i", "c4v:B1", "flip:odd"):  # small networks of convolutions all but cancel there
        numbers = {"real": 1, "modulus and phase": 2}.get(kind, 3)
        layers = [Flatten(), Dense(5), Activation("log-cosh"), Dense(numbers)]
    state = state_of(layers, SQUARE, dtype, pooling=pooling, symmetry=symmetry, signs="marshall")
    found, configurations = check_differences(state)
    general = in_general(state, configurations)
    assert np.abs(found - general).max() < 1e-10 * np.abs(general).max().clip(1)


BRANCHED = [
    Node("one", conv(3), ("input",)),
    Node("curve", Activation("tanh"), ("one",)),
    Node("two", conv(3), ("curve",)),
    Node("other", conv(3, 1), ("input",)),
    Node("sum", Sum(), ("curve", "two", "other", "curve")),
    Node("relu", Activation("relu"), ("sum",)),
    Node("four", conv(3), ("relu",)),
    Node("again", Sum(), ("four", "relu", "sum")),
    Node("end", conv(2), ("again",)),
]
SHARED = [
    Node("one", conv(2), ("input",)),
    Node("curve", Activation("tanh"), ("one",)),
    Node("two", conv(2), ("curve",)),
    Node("three", conv(2), ("two",), weights="two"),
]
NETWORKS = {
    "a kernel wider than the lattice": ("float64", [conv(3, 7), Activation("gelu"), conv(2, 5)]),
    "a diamond and a hexagon": (
        "float64", [conv(3, 5, footprint="diamond"), Activation("sigmoid"), conv(2, footprint="hexagon")]
    ),
    "no bias": ("float64", [conv(5, bias=False), Activation("silu"), conv(2, bias=False)]),
    "a stride": ("float64", [Conv(4, 4, stride=2, padding=1, padding_mode="wrap"), Activation("tanh"), conv(2, 1)]),
    "a stride behind a layer": ("float64", [conv(3), Activation("tanh"), Conv(2, 2, stride=2)]),
    "a valid window": ("float64", [conv(3), Activation("tanh"), Conv(2, 3)]),
    "dilation": ("float64", [conv(3, 3, dilation=2), Activation("relu"), conv(2, dilation=2)]),
    "an even kernel": ("float64", [conv(3, 2), Activation("log-cosh"), conv(2, 2)]),
    "many channels": ("float64", [conv(21), Activation("relu"), conv(6)]),
    "an activation of the spins": ("float64", [Activation("silu"), conv(2)]),
    "dropout": ("float64", [conv(3), Dropout(0.5), Activation("relu"), conv(2), Dropout(0.9)]),
    "sums of more than two": ("float64", BRANCHED),
    "restricted Boltzmann": ("complex128", [Flatten(), Dense(9), Activation("log-cosh")]),
    "dense layers": ("float64", [Flatten(), Dense(7), Activation("relu"), Dense(5), Activation("tanh"), Dense(2)]),
    "dense behind maps": ("float64", [conv(3), Activation("gelu"), Flatten(), Dense(4), Activation("tanh"), Dense(2)]),
    "complex dense behind maps": ("complex128", [conv(3), Activation("complex-relu"), Flatten(), Dense(3)]),
    "complex without a bias": ("complex128", [conv(3, bias=False), Activation("log-cosh"), conv(3, bias=False)]),
    "layer norm": ("float64", [conv(3), Norm("layer"), conv(2)]),
    "zeros at the edge": ("float64", [Conv(3, 3, padding=1), conv(2)]),
    "groups": ("float64", [conv(4), conv(2, groups=2)]),
    "elu": ("float64", [conv(3), Activation("elu"), conv(2)]),
    "complex tanh": ("complex128", [conv(3), Activation("tanh"), conv(2)]),
    "shared weights": ("float64", SHARED),
}  # fmt: skip


@pytest.mark.parametrize("symmetry", ["none", "flip"])
@pytest.mark.parametrize("name", NETWORKS)
def test_derivatives_are_central_differences_for_every_layer(name, symmetry):
    dtype, layers = NETWORKS[name]
    state = state_of(layers, SQUARE, dtype, symmetry=symmetry)
    found, configurations = check_differences(state, parameters=6)
    general = in_general(state, configurations)
    assert np.abs(found - general).max() < 1e-10 * np.abs(general).max().clip(1)


@pytest.mark.parametrize(
    ("lattice", "symmetry"),
    [
        (Lattice("chain", 8), "translations+flip"),
        (Lattice("cubic", (3, 4, 3)), "none"),
        (Lattice("honeycomb", 3), "translations"),
        (Lattice("kagome", (3, 4)), "flip"),
        (Lattice("square", (4, 6)), "none"),
    ],
    ids=str,
)
def test_derivatives_are_central_differences_on_other_lattices(lattice, symmetry):
    check_differences(state_of([conv(3), Activation("gelu"), conv(2)], lattice, symmetry=symmetry))


def by_torch_alone(state, configurations):
    """What the state computes where it has no kernels."""
    state.lanes = None
    return log_derivatives(state, configurations).numpy()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("symmetry", ["none", "c4v"])
def test_kernels_unfolding_and_the_general_way_give_the_same_numbers(kind, symmetry):
    state = state_of_kind(kind, SQUARE, symmetry=symmetry, signs="marshall")
    configurations = well_conditioned(state, 19)
    found = log_derivatives(state, configurations).numpy()
    general = in_general(state, configurations)
    assert np.abs(found - general).max() < 1e-11 * np.abs(general).max()
    assert np.abs(by_torch_alone(state, configurations) - general).max() < 1e-11 * np.abs(general).max()


@pytest.mark.parametrize("name", ["modulus and phase", "holomorphic", "elu"])
def test_derivatives_of_chunks_are_those_of_the_whole(name):
    dtype, layers = (KINDS | NETWORKS)[name]
    state = state_of(layers, SQUARE, dtype, symmetry="c4v")
    state.lanes = None  # kernels hold no more than a block of lattices at any time
    configurations = some(SQUARE, 33)
    whole = log_derivatives(state, configurations)
    for at_once in (1, 10 * gradient._bytes(state)):
        found = log_derivatives(state, configurations, at_once=at_once)
        assert (found - whole).abs().max() < 1e-12 * whole.abs().max()


@pytest.mark.parametrize("name", ["modulus and phase", "holomorphic", "elu", "real"])
def test_derivatives_of_a_configuration_do_not_depend_on_the_others(name):
    dtype, layers = (KINDS | NETWORKS)[name]
    state = state_of(layers, SQUARE, dtype, symmetry="flip")
    configurations = some(SQUARE, 33)
    whole = log_derivatives(state, configurations)
    for count in (0, 1, 8, 15, 16, 17, 32):
        found = log_derivatives(state, configurations[:count])
        assert found.shape == (*whole.shape[:1], count, whole.shape[2])
        assert (found - whole[:, :count]).abs().sum() <= 1e-12 * whole.abs().sum()


@pytest.mark.parametrize("kind", ["modulus and phase", "holomorphic"])
def test_derivatives_are_the_same_bit_for_bit_with_one_thread_and_with_two(kind):
    state = state_of_kind(kind, SQUARE, symmetry="c4")
    configurations = some(SQUARE, 50)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = log_derivatives(state, configurations)
        torch.set_num_threads(2)
        assert torch.equal(log_derivatives(state, configurations), alone)
    finally:
        torch.set_num_threads(before)


def test_the_parameters_stand_in_the_order_of_the_model():
    state = state_of(BRANCHED, SQUARE)
    configurations = some(SQUARE, 3)
    found = log_derivatives(state, configurations)
    place = 0
    for parameter in state.model.parameters():
        state.model.zero_grad()
        state.log_psi_tensor(configurations)[1].real.backward()
        part = found[0, 1, place : place + parameter.numel()].reshape(parameter.shape)
        assert (part - parameter.grad).abs().max() < 1e-12
        place += parameter.numel()
    assert place == found.shape[2]


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_in_single_precision_derivatives_are_right_to_its_rounding(kind, pooling):
    dtype, layers = KINDS[kind]
    wide = state_of(layers, SQUARE, dtype, pooling=pooling, symmetry="c4")
    short = state_of(
        layers, SQUARE, {"float64": "float32", "complex128": "complex64"}[dtype], pooling=pooling, symmetry="c4"
    )
    wide.model.load_state_dict(short.model.state_dict())
    wide.refresh()
    configurations = well_conditioned(wide, 16)
    expected = log_derivatives(wide, configurations)
    found = log_derivatives(short, configurations)
    assert found.dtype == next(short.model.parameters()).dtype
    error = (found - expected).abs().amax() / expected.abs().amax()
    assert error < 1e-5


@pytest.mark.parametrize("name", ["nqs-resnet", "choo-2019"])
def test_the_networks_of_the_zoo_have_the_derivatives_of_the_general_way(name):
    pooling = "product" if name == "choo-2019" else "sum"
    state = State(build(zoo.get(name, input=SQUARE.shape), seed=2), SQUARE, signs="marshall", pooling=pooling)
    configurations = some(SQUARE, 20)
    found, general = log_derivatives(state, configurations).numpy(), in_general(state, configurations)
    assert np.abs(found - general).max() < 1e-5 * np.abs(general).max()
