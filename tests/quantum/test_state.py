"""Wave functions against their definition in plain numpy, for every kind, pooling, sign rule, group and evaluator."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from locality import Activation, Conv, Dense, Dropout, Flatten, Network, Node, Norm, Pool, Residual, build, zoo
from locality.errors import DescriptionError, ShapeError, UnknownNameError
from locality.lattice import Lattice
from locality.network.layers import Sum
from locality.quantum.configurations import every
from locality.quantum.gradient import log_derivatives
from locality.quantum.state import State
from wave_functions import (
    KINDS,
    POOLINGS,
    SQUARE,
    amplitudes,
    conv,
    images,
    off,
    projected,
    sign,
    some,
    state_of,
    state_of_kind,
)

GROUPS = [
    "none", "translations", "translations:2,2", "translations:1,3", "c4", "c4:B", "c4:i", "c4:-i", "c4v", "c4v:A2",
    "c4v:B1", "c4v:B2", "flip", "flip:odd", "c4v:B1+flip:odd", "translations+c4v+flip",
]  # fmt: skip
COMPLEX = ("c4:i", "c4:-i")
WAVES = ("translations:2,2", "translations:1,3")
ROUNDING = 1e-10  # of psi where one sum does not cancel, in float64


def cancelled(state, configurations):
    """How much larger than their sum the terms of a projection are: rounding grows by as much."""
    terms = [amplitudes(state, one) for _, one in images(state.lattice, configurations, state.symmetry)]
    size = np.abs(terms).sum(0)
    return size / (np.abs(projected(state, configurations)) + 1e-12 * size)


def kept(state, count):
    """Configurations at which the terms of the projection do not all but cancel."""
    configurations = some(state.lattice, count)
    return configurations[cancelled(state, configurations) < 1e3]


def by_torch(state, configurations):
    with torch.no_grad():
        return np.exp(state.log_psi_tensor(configurations).numpy())


@pytest.mark.parametrize("symmetry", [group for group in GROUPS if group not in WAVES])
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_psi_is_the_sum_over_the_group_of_character_sign_and_amplitude_by_lanes_and_by_torch(kind, pooling, symmetry):
    if kind.startswith("real") and symmetry in COMPLEX:
        symmetry = "c4:B"  # a real psi has no complex characters
    state = state_of_kind(kind, SQUARE, pooling=pooling, symmetry=symmetry, signs="marshall")
    assert state.evaluator == "lanes"
    configurations = kept(state, 24)
    assert len(configurations) > 8
    expected = projected(state, configurations)
    assert off(state, configurations, expected) < ROUNDING
    assert np.abs(by_torch(state, configurations) / expected - 1).max() < ROUNDING


@pytest.mark.parametrize("symmetry", WAVES)
def test_a_function_that_no_translation_changes_has_no_wave_but_zero(symmetry):
    state = state_of_kind("modulus and phase", SQUARE, symmetry=symmetry)
    configurations = some(SQUARE, 20)
    size = sum(np.abs(amplitudes(state, one)) for _, one in images(SQUARE, configurations, symmetry))
    assert (np.abs(np.exp(state.log_psi(configurations))) < 1e-12 * size).all()


@pytest.mark.parametrize("symmetry", GROUPS)
def test_a_network_that_sees_the_place_is_projected_on_every_group(symmetry):
    layers = [Flatten(), Dense(6), Activation("log-cosh"), Dense(2)]
    state = state_of(layers, SQUARE, symmetry=symmetry, signs="stripe")
    assert state.evaluator == "lanes"
    configurations = kept(state, 24)
    assert len(configurations) > 8
    expected = projected(state, configurations)
    assert off(state, configurations, expected) < ROUNDING
    assert np.abs(by_torch(state, configurations) / expected - 1).max() < ROUNDING


@pytest.mark.parametrize("symmetry", [group for group in GROUPS if group != "none"])
@pytest.mark.parametrize("signs", ["none", "marshall", "stripe"])
def test_an_element_of_the_group_changes_psi_by_its_character_only(symmetry, signs):
    layers = [Flatten(), Dense(6), Activation("log-cosh"), Dense(2)]
    state = state_of(layers, SQUARE, symmetry=symmetry, signs=signs)
    configurations = kept(state, 10)
    psi = np.exp(state.log_psi(configurations))
    assert len(configurations) > 4
    for character, one in images(SQUARE, configurations, symmetry):
        assert np.abs(np.exp(state.log_psi(one)) * character / psi - 1).max() < ROUNDING


LATTICES = [
    (Lattice("chain", 8), 3, "translations:4+flip"),
    (Lattice("chain", 6, periodic=False), 5, "flip:odd"),
    (Lattice("cubic", (3, 4, 3)), 3, "translations"),
    (Lattice("honeycomb", 3), 3, "translations+flip"),
    (Lattice("kagome", (3, 4)), 3, "flip"),
    (Lattice("triangular", 4), 3, "translations"),
    (Lattice("checkerboard", 3), 3, "none"),
    (Lattice("square", (4, 6)), 3, "translations+flip"),
    (Lattice("square", 4, periodic=False), 3, "flip"),
]


@pytest.mark.parametrize(("lattice", "kernel", "symmetry"), LATTICES, ids=str)
def test_chains_cubes_and_lattices_of_several_sublattices(lattice, kernel, symmetry):
    layers = [Conv(3, kernel, padding="same", padding_mode="wrap"), Activation("gelu"), Flatten(), Dense(2)]
    state = state_of(layers, lattice, symmetry=symmetry)
    assert state.evaluator == "lanes"
    configurations = kept(state, 20)
    assert len(configurations) > 8
    assert off(state, configurations, projected(state, configurations)) < ROUNDING


def nodes(*rows):
    return [Node(name, layer, inputs) for name, layer, inputs in rows]


BRANCHED = nodes(
    ("one", conv(3), ("input",)),
    ("curve", Activation("tanh"), ("one",)),
    ("two", conv(3), ("curve",)),
    ("other", conv(3, 1), ("input",)),
    ("sum", Sum(), ("curve", "two", "other", "curve")),
    ("relu", Activation("relu"), ("sum",)),
    ("four", conv(3), ("relu",)),
    ("again", Sum(), ("four", "relu", "sum")),
    ("end", conv(2), ("again",)),
)
KNOWN = {
    "a kernel wider than the lattice": ("float64", [conv(4, 7), Activation("relu"), conv(2, 5)]),
    "a diamond": ("float64", [conv(4, 5, footprint="diamond"), Activation("tanh"), conv(2)]),
    "a hexagon": ("float64", [conv(4, footprint="hexagon"), Activation("sigmoid"), conv(2)]),
    "a shape drawn": ("float64", [conv(4, footprint="010/110/001"), Activation("silu"), conv(2)]),
    "no bias": ("float64", [conv(4, bias=False), Activation("relu"), conv(2, bias=False)]),
    "a stride": ("float64", [Conv(4, 4, stride=2, padding=1, padding_mode="wrap"), Activation("tanh"), conv(2, 1)]),
    "a stride without edges": ("float64", [Conv(4, 2, stride=2), Activation("tanh"), conv(2, 1)]),
    "a valid window": ("float64", [Conv(4, 3), Activation("tanh"), Conv(2, 2)]),
    "dilation": ("float64", [conv(4, 3, dilation=2), Activation("gelu"), conv(2)]),
    "an even kernel": ("float64", [conv(4, 2), Activation("log-cosh"), conv(2)]),
    "uneven padding": ("float64", [Conv(2, 3, padding=((2, 0), (0, 2)), padding_mode="wrap")]),
    "many channels": ("float64", [conv(29), Activation("relu"), conv(6)]),
    "four channels": ("float64", [conv(4)]),
    "an activation of the spins": ("float64", [Activation("silu"), conv(2)]),
    "dropout": ("float64", [conv(4), Dropout(0.5), Activation("relu"), conv(2), Dropout(0.9)]),
    "residual blocks": (
        "float64",
        [conv(4), Residual([Activation("gelu"), conv(4), Activation("gelu"), conv(4)]), conv(2)],
    ),
    "wide residual blocks": (
        "float64",
        [
            conv(12), Residual([Activation("gelu"), conv(12), Activation("relu"), conv(12)]),
            Residual([Activation("tanh"), conv(12)]), Activation("silu"), conv(12), Activation("sigmoid"), conv(2),
        ],
    ),
    "residual blocks filled up": ("float64", [conv(10), Residual([Activation("log-cosh"), conv(10)]), conv(2)]),
    "an activation read twice": (
        "float64",
        nodes(
            ("one", conv(12), ("input",)), ("curve", Activation("gelu"), ("one",)), ("two", conv(12), ("curve",)),
            ("sum", Sum(), ("curve", "two")), ("three", conv(2), ("sum",)),
        ),
    ),
    "wide complex residual": ("complex128", [conv(8), Residual([Activation("log-cosh"), conv(8)]), conv(1)]),
    "spins twice": (
        "float64", nodes(("sum", Sum(), ("input", "input")), ("one", conv(4), ("sum",)), ("two", conv(2), ("one",))),
    ),
    "sums of more than two": ("float64", BRANCHED),
    "restricted Boltzmann, positive": ("float64", [Flatten(), Dense(12), Activation("log-cosh"), Dense(1)]),
    "restricted Boltzmann": ("complex128", [Flatten(), Dense(12), Activation("log-cosh")]),
    "dense layers": ("float64", [Flatten(), Dense(9), Activation("relu"), Dense(5), Activation("tanh"), Dense(2)]),
    "dense behind maps": ("float64", [conv(3), Activation("relu"), Flatten(), Dense(5), Activation("tanh"), Dense(2)]),
    "complex dense behind maps": ("complex128", [conv(3), Activation("complex-relu"), Flatten(), Dense(3)]),
    "complex without an activation": ("complex128", [conv(3), conv(3)]),
    "complex residual": (
        "complex128",
        [conv(3), Residual([Activation("log-cosh"), conv(3)]), Activation("complex-relu"), conv(1)],
    ),
    "flat at the end": ("float64", [conv(2), Activation("tanh"), Flatten()]),
    "one flat channel at the end": ("float64", [conv(1), Activation("tanh"), Flatten()]),
}  # fmt: skip
UNKNOWN = {
    "layer norm": ("float64", [conv(3), Norm("layer"), conv(2)]),
    "batch norm": ("float64", [conv(3), Norm("batch"), conv(2)]),
    "zeros at the edge": ("float64", [Conv(3, 3, padding=1), conv(2)]),
    "groups": ("float64", [conv(4), conv(4, groups=2)]),
    "elu": ("float64", [conv(3), Activation("elu"), conv(2)]),
    "complex tanh": ("complex128", [conv(3), Activation("tanh"), conv(2)]),
    "pooling": ("float64", [conv(3), Pool("average", 2), conv(2)]),
    "complex spins in a sum": (
        "complex128",
        nodes(("one", conv(1), ("input",)), ("sum", Sum(), ("input", "one")), ("two", conv(2), ("sum",))),
    ),
    "shared weights": (
        "float64",
        [
            Node("one", conv(2), ("input",)), Node("curve", Activation("tanh"), ("one",)),
            Node("two", conv(2), ("curve",)), Node("three", conv(2), ("two",), weights="two"),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("name", [*KNOWN, *UNKNOWN])
def test_lanes_know_these_layers_and_torch_computes_the_others(name, pooling):
    dtype, layers = (KNOWN | UNKNOWN)[name]
    state = state_of(layers, SQUARE, dtype, pooling=pooling)
    assert state.evaluator == ("lanes" if name in KNOWN else "torch")
    configurations = some(SQUARE, 33)
    assert off(state, configurations, amplitudes(state, configurations)) < ROUNDING
    assert np.abs(by_torch(state, configurations) / amplitudes(state, configurations) - 1).max() < ROUNDING


def test_layers_that_lanes_do_not_know_are_projected_too():
    state = state_of(UNKNOWN["zeros at the edge"][1], SQUARE, symmetry="c4v:B1+flip", signs="marshall")
    configurations = kept(state, 24)
    assert state.evaluator == "torch"
    assert off(state, configurations, projected(state, configurations)) < ROUNDING


@pytest.mark.parametrize("name", ["modulus and phase", "zeros at the edge"])
@pytest.mark.parametrize("symmetry", ["none", "flip"])
def test_psi_of_a_configuration_does_not_depend_on_how_many_are_asked_at_once(name, symmetry):
    dtype, layers = (KINDS | UNKNOWN)[name]
    state = state_of(layers, SQUARE, dtype, symmetry=symmetry)
    configurations = some(SQUARE, 1000)
    whole = state.log_psi(configurations)
    for count in (0, 1, 7, 8, 9, 15, 16, 17, 1000):
        found = state.log_psi(configurations[:count])
        assert found.shape == (count,)
        assert found.dtype == np.complex128
        if state.evaluator == "lanes":
            assert (found == whole[:count]).all()
        assert np.abs(found - whole[:count]).max(initial=0) < 1e-12


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_psi_is_the_same_bit_for_bit_with_one_thread_and_with_two(dtype):
    state = state_of(KINDS["modulus and phase"][1], SQUARE, dtype)
    configurations = some(SQUARE, 333)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = state.log_psi(configurations)
        torch.set_num_threads(2)
        assert (state.log_psi(configurations) == alone).all()
        assert (state.log_psi(configurations[:17]) == alone[:17]).all()
    finally:
        torch.set_num_threads(before)


def widened(state):
    """The same wave function in double precision."""
    wide = {"float32": torch.float64, "complex64": torch.complex128}[state.model.network.dtype]
    model = build(replace(state.model.network, dtype=str(wide).removeprefix("torch.")))
    model.load_state_dict({name: value.to(wide) for name, value in state.model.state_dict().items()})
    return State(model, state.lattice, pooling=state.pooling)


def condition(state, configurations):
    """By how many times psi's relative error is larger than the errors of the last node's values, each relative to 1
    or to itself."""
    with torch.no_grad():
        values = state.model(state.images(configurations)[0]).flatten(1).numpy()
    if state.kind == "real":
        each, steep = 1 + np.sinh(values), np.cosh(values) * (1 + np.abs(values))
    else:
        z = (
            values
            if state.kind == "holomorphic"
            else values[:, : values.shape[1] // 2] + 1j * values[:, values.shape[1] // 2 :]
        )
        each = np.exp(z)
        steep = np.abs(each) * (1 + np.abs(z))
    if state.pooling == "product":
        return (steep / np.abs(each)).sum(1)
    return steep.sum(1) / np.abs(each.sum(1))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_in_single_precision_psi_is_right_to_a_few_roundings_of_each_value(kind, pooling):
    dtype, layers = KINDS[kind]
    state = state_of(layers, SQUARE, {"float64": "float32", "complex128": "complex64"}[dtype], pooling=pooling)
    exact, configurations = widened(state), every(SQUARE)[::30]
    error = np.abs(np.exp(state.log_psi(configurations)) / amplitudes(exact, configurations) - 1)
    size = condition(exact, configurations) * 2.0**-24
    assert state.evaluator == "lanes"
    assert (error < 6 * size).all()  # measured: 3.7 at most, torch's own 3.3
    assert np.median(size) < 1e-4


@pytest.mark.parametrize("name", ["nqs-resnet", "choo-2019"])
def test_the_networks_of_the_zoo_are_right_to_the_rounding_of_single_precision(name):
    pooling = "product" if name == "choo-2019" else "sum"
    state = State(build(zoo.get(name, input=SQUARE.shape), seed=2), SQUARE, signs="marshall", pooling=pooling)
    configurations = some(SQUARE, 300)
    exact, found = widened(state), state.log_psi(configurations)
    expected = sign(SQUARE, configurations, "marshall") * amplitudes(exact, configurations)
    assert state.evaluator == exact.evaluator == "lanes"
    assert off(exact, configurations, amplitudes(exact, configurations)) < ROUNDING
    error = np.abs(np.exp(found) / expected - 1) / (condition(exact, configurations) * 2.0**-24)
    assert error.max() < 6


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lattice", [SQUARE, Lattice("square", (4, 6))], ids=str)
def test_convolutions_with_periodic_edges_give_translations_of_a_configuration_the_same_psi(kind, lattice):
    state = state_of_kind(kind, lattice)
    configurations = some(lattice, 5)
    values = state.log_psi(configurations)
    for _, one in images(lattice, configurations, "translations:0,0"):
        assert np.abs(np.exp(state.log_psi(one) - values) - 1).max() < 1e-12


def test_refresh_takes_notice_of_changed_parameters():
    state = state_of_kind("modulus and phase", SQUARE)
    configurations = some(SQUARE, 10)
    before = state.log_psi(configurations)
    with torch.no_grad():
        for parameter in state.model.parameters():
            parameter.mul_(1.5)
    state.refresh()
    assert np.abs(state.log_psi(configurations) - before).max() > 1e-3
    assert off(state, configurations, amplitudes(state, configurations)) < ROUNDING


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_parameter_that_is_no_number_makes_psi_none(dtype, pooling):
    for curve in ("log-cosh", "complex-relu") if dtype == "complex64" else ("relu", "gelu", "tanh", "sigmoid", "silu"):
        state = state_of([conv(3), Activation(curve), conv(2)], SQUARE, dtype, pooling=pooling)
        with torch.no_grad():
            state.model.conv1.weight[0, 0, 0, 0] = np.nan
        state.refresh()
        assert state.evaluator == "lanes"
        assert np.isnan(state.log_psi(some(SQUARE, 20)).real).all()


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_real_amplitudes_beyond_the_largest_number_are_those_of_the_model(dtype, pooling):
    state = state_of([conv(3), Activation("tanh"), conv(3)], SQUARE, dtype, pooling=pooling)
    with torch.no_grad():
        state.model.conv2.weight.mul_(2000)
    state.refresh()
    found, configurations = state.log_psi(some(SQUARE, 50)), some(SQUARE, 50)
    assert found.real.min() > 750  # e^750 is no number
    derivatives = log_derivatives(state, configurations)
    assert torch.isfinite(derivatives).all()
    state.lanes = None
    assert np.abs(found / state.log_psi(configurations) - 1).max() < (1e-5 if dtype == "float32" else 1e-13)
    general = log_derivatives(state, configurations)
    assert (derivatives - general).abs().max() < (1e-3 if dtype == "float32" else 1e-11) * general.abs().max()


def test_a_real_psi_changes_sign_and_its_zeros_are_zero():
    state = state_of([conv(1, 1)], SQUARE, "float64")
    with torch.no_grad():
        state.model.conv1.weight.fill_(np.arcsinh(1.0))  # 1 + sinh(weight s) is 2 for an up spin, 0 for a down spin
        state.model.conv1.bias.zero_()
    state.refresh()
    assert (np.exp(state.log_psi(some(SQUARE, 20)).real) < 1e-12).all()
    with torch.no_grad():
        state.model.conv1.weight.fill_(np.arcsinh(3.0))  # 4 and -2
    state.refresh()
    assert np.exp(state.log_psi(some(SQUARE, 20))) == pytest.approx(np.full(20, 4.0**8 * 2**8), rel=1e-12)
    real = state_of_kind("real", SQUARE, pooling="sum")
    with torch.no_grad():
        real.model.conv2.weight.mul_(4)
    real.refresh()
    values = np.exp(real.log_psi(some(SQUARE, 200)))
    assert np.abs(values.imag).max() < 1e-12 * np.abs(values).max()
    assert values.real.min() < 0 < values.real.max()


def test_a_state_says_its_kind_and_how_many_parameters_it_has():
    found = {kind: state_of_kind(kind, SQUARE) for kind in KINDS}
    assert [state.kind for state in found.values()] == ["real", "modulus and phase", "real", "holomorphic"]
    assert found["real"].parameters == 3 * 9 + 3 + 27 + 1
    assert found["holomorphic"].parameters == 3 * 9 + 3 + 54 + 2


def message_of(layers, lattice=SQUARE, dtype="float64", **how):
    model = build(Network("net", layers[0] if isinstance(layers[0], tuple) else lattice.shape, layers[1:], dtype=dtype))
    return State(model, lattice, **how)


@pytest.mark.parametrize(
    ("shape", "channels", "how", "error", "message"),
    [
        (
            (1, 6, 6), 2, {}, ShapeError,
            "net: its input is 1x6x6, the square 4x4 lattice's spins are 1x4x4. Describe one for 1x4x4.",
        ),
        (
            (1, 4, 4), 2, {"pooling": "mean"}, DescriptionError,
            "pooling 'mean' is none. Use product (the logs add up) or sum.",
        ),
        (
            (1, 4, 4), 1, {"symmetry": "c4:i"}, DescriptionError,
            "symmetry 'c4:i' makes psi complex, net is real. Use two output channels, or a representation with "
            "characters 1 and -1.",
        ),
        ((1, 4, 4), 1, {"signs": "marshal"}, UnknownNameError, "Unknown sign rule 'marshal'. Did you mean 'marshall'?"),
        ((1, 4, 4), 1, {"symmetry": "c4x"}, UnknownNameError, "Unknown symmetry 'c4x'. Did you mean 'c4'?"),
    ],
)  # fmt: skip
def test_what_makes_no_state_is_refused(shape, channels, how, error, message):
    model = build(Network("net", shape, [conv(channels)], dtype="float64"))
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        State(model, SQUARE, **how)
