"""From the last node's values to log psi: three kinds of state, two ways to gather the places of the lattice."""

import math

import torch
from torch import Tensor

from locality.errors import DescriptionError
from locality.network.network import Network

KINDS = ("real", "modulus and phase", "holomorphic")
POOLINGS = ("product", "sum")


def kind_of(network: Network) -> str:
    """What a network's values say of psi: holomorphic with complex weights, modulus and phase with two output channels,
    real, and free to change sign, with any other number of them."""
    if network.dtype.startswith("complex"):
        return "holomorphic"
    return "modulus and phase" if network.output[0] == 2 else "real"


def log_amplitude(values: Tensor, kind: str, pooling: str) -> Tensor:
    """log psi, complex (n,), of the last node's values (n, channels, *cells).

    Each place of each channel has an amplitude f: exp(z) of a complex z, 1 + sinh(a) of a real number, which is
    positive where the network says nothing yet and can change sign; each place of two channels, a log modulus a and a
    phase b, has exp(a + ib). psi is their product (log psi the sum of the logs) or their sum.
    """
    flat = values.flatten(1)
    if kind == "real":
        size = flat.abs().detach()
        if pooling == "sum":
            size = size.amax(1, keepdim=True)
        f = (-size).exp() + ((flat - size).exp() - (-flat - size).exp()) / 2  # times e^size: it is never too large
        if pooling == "sum":
            f = f.sum(1, keepdim=True)
        return torch.complex((f.abs().log() + size).sum(1), math.pi * (f < 0).sum(1).to(f.dtype))
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
