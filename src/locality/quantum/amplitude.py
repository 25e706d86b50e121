"""From the last node's values to log psi: three kinds of state, two ways to gather the places of the lattice."""

import math

import torch
from torch import Tensor

from locality.errors import DescriptionError, ShapeError
from locality.network.network import Network

KINDS = ("real", "modulus and phase", "holomorphic")
POOLINGS = ("product", "sum")


def kind_of(network: Network) -> str:
    """What a network's values say of psi: holomorphic with complex weights, real with one output channel, modulus and
    phase with an even number of them. Raises `ShapeError` for another number."""
    if network.dtype.startswith("complex"):
        return "holomorphic"
    channels = network.output[0]
    if channels != 1 and channels % 2:
        raise ShapeError(
            f"{network.name}: {channels} output channels make no amplitude. Use 1 (psi is real and changes sign), or "
            f"an even number: log moduli first, then as many phases."
        )
    return "real" if channels == 1 else "modulus and phase"


def log_amplitude(values: Tensor, kind: str, pooling: str) -> Tensor:
    """log psi, complex (n,), of the last node's values (n, channels, *cells).

    Each place, and each channel (or pair of channels), has an amplitude f: exp(z) of a complex z, exp(a + ib) of a log
    modulus and a phase, 1 + sinh(a) of a real number, which is positive where the network says nothing yet and can
    change sign. psi is their product (log psi the sum of the logs) or their sum.
    """
    flat = values.flatten(1)
    if kind == "real":
        f = 1 + torch.sinh(flat)
        if pooling == "sum":
            f = f.sum(1, keepdim=True)
        return torch.complex(f.abs().log().sum(1), math.pi * (f < 0).sum(1).to(f.dtype))
    if kind == "holomorphic":
        z = flat
    else:
        z = torch.complex(*flat.chunk(2, 1))
    if pooling == "product":
        return z.sum(1)
    largest = z.real.max(1, keepdim=True).values.detach()
    return (z - largest).exp().sum(1).log() + largest[:, 0]


def check_pooling(pooling: str) -> str:
    """Raises `DescriptionError` for another way."""
    if pooling not in POOLINGS:
        raise DescriptionError(f"pooling {pooling!r} is none. Use product (the logs add up) or sum.")
    return pooling
