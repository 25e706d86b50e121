"""Small wave functions for the tests of `quantum`, and what they are by definition: amplitudes and sums over groups
in plain numpy, of what the torch model makes of the spins."""

import numpy as np
import torch

from locality import Activation, Conv, Network, build
from locality.lattice import Lattice
from locality.quantum.configurations import drawn
from locality.quantum.state import State


def generator(*seeds):
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seeds)))


def conv(channels, kernel=3, **more):
    """A convolution with periodic edges that keeps the size."""
    return Conv(channels, kernel, **({"padding": "same", "padding_mode": "wrap"} | more))


# One network of every kind of state: its numbers, its layers.
KINDS = {
    "real": ("float64", [conv(3), Activation("tanh"), conv(1)]),
    "modulus and phase": ("float64", [conv(3), Activation("gelu"), conv(2)]),
    "real, three channels": ("float64", [conv(3), Activation("silu"), conv(3)]),
    "holomorphic": ("complex128", [conv(3), Activation("log-cosh"), conv(2), Activation("complex-relu")]),
}
POOLINGS = ("product", "sum")


def model_of(layers, lattice, dtype="float64", seed=5):
    """A model of these layers (or nodes), with every parameter drawn, biases too."""
    what = {"nodes": layers} if hasattr(layers[0], "inputs") else {"layers": layers}
    model = build(Network("net", lattice.shape, dtype=dtype, **what), seed=seed)
    random = generator(seed, 1)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = random.normal(size=(2, *parameter.shape)) * 0.2
            noise = torch.from_numpy(noise[0] + 1j * noise[1] if parameter.is_complex() else noise[0])
            parameter.add_(noise.to(parameter.dtype))
    return model


def state_of(layers, lattice, dtype="float64", seed=5, **how):
    return State(model_of(layers, lattice, dtype, seed), lattice, **how)


def state_of_kind(kind, lattice, **how):
    dtype, layers = KINDS[kind]
    return state_of(layers, lattice, dtype, **how)


def some(lattice, count, seed=11):
    return drawn(lattice, count, generator(seed))


def amplitudes(state, configurations):
    """What the network says of psi, complex (n,): no sign rule, no projection."""
    model = state.model
    like = next(model.parameters())
    with torch.no_grad():
        spins = np.ascontiguousarray(state.lattice.unflat(configurations))
        values = model(torch.from_numpy(spins).to(like.dtype)).flatten(1).numpy()
    if state.kind == "real":
        each = 1 + np.sinh(values) + 0j
    elif state.kind == "holomorphic":
        each = np.exp(values)
    else:
        half = values.shape[1] // 2
        each = np.exp(values[:, :half] + 1j * values[:, half:])
    return each.prod(1) if state.pooling == "product" else each.sum(1)


def sign(lattice, configurations, rule):
    """(-1)^(up spins) on one sublattice, or on every other row."""
    if rule == "none":
        return np.ones(len(configurations))
    if rule == "marshall":
        half = lattice.signs > 0
    else:
        half = lattice.unflat(np.arange(lattice.sites))[0, ::2].reshape(-1)
    return (-1.0) ** (configurations[:, half] > 0).sum(1)


def translated(lattice, configurations):
    """All shifts, each with the shift itself."""
    spins = lattice.unflat(configurations)
    axes = tuple(range(-lattice.dimension, 0))
    for by in np.ndindex(lattice.size):
        yield by, lattice.flat(np.roll(spins, by, axes))


def turned(lattice, configurations, quarters=1):
    """Turned about site (0, 0) by quarters of a turn: what was at (x, y) goes to (-y, x)."""
    spins = lattice.unflat(configurations)
    for _ in range(quarters):
        spins = np.roll(np.rot90(spins, axes=(-2, -1)), 1, axis=-2)
    return lattice.flat(spins)


def mirrored(lattice, configurations):
    """What was at (x, y) goes to (-x, y)."""
    return lattice.flat(np.roll(lattice.unflat(configurations)[..., ::-1, :], 1, axis=-2))


def images(lattice, configurations, symmetry):
    """(character, g s) for every element g of a group by name, one after the other; characters from textbooks."""
    groups = [part.partition(":")[::2] for part in symmetry.split("+")]
    found = [(1, configurations)]
    for group, representation in groups:
        more = []
        for character, one in found:
            if group == "none":
                more.append((character, one))
            elif group == "translations":
                wave = np.array([int(k) for k in representation.split(",")] if representation else [0])
                for by, shifted in translated(lattice, one):
                    phase = (wave * np.array(by) / np.array(lattice.size)).sum()
                    more.append((character * np.exp(-2j * np.pi * phase), shifted))
            elif group == "flip":
                more += [(character, one), (character * (-1 if representation == "odd" else 1), -one)]
            elif group == "c4":
                turn = {"": 1, "A": 1, "B": -1, "i": 1j, "-i": -1j}[representation]
                more += [(character * turn**k, turned(lattice, one, k)) for k in range(4)]
            else:
                turn, axis = {"": (1, 1), "A1": (1, 1), "A2": (1, -1), "B1": (-1, 1), "B2": (-1, -1)}[representation]
                for k in range(4):
                    more.append((character * turn**k, turned(lattice, one, k)))
                    more.append((character * turn**k * axis, turned(lattice, mirrored(lattice, one), k)))
        found = more
    return found


def projected(state, configurations):
    """psi by definition: the sum over a group's elements g of character(g) sign(g s) f(g s)."""
    return sum(
        character * sign(state.lattice, one, state.signs) * amplitudes(state, one)
        for character, one in images(state.lattice, configurations, state.symmetry)
    )


def off(state, configurations, expected):
    """The largest relative deviation of a state's psi from what is expected."""
    found = state.log_psi(configurations)
    assert found.dtype == np.complex128
    assert found.shape == (len(configurations),)
    return np.abs(np.exp(found) / expected - 1).max()


SQUARE = Lattice("square", 4)
