"""The Ising gauge theory: spins on the bonds of a periodic square lattice, and only products around a plaquette count.

J. Carrasquilla and R. G. Melko, Machine learning phases of matter, Nature Physics 13, 431 (2017); after F. J. Wegner,
J. Math. Phys. 12, 2259 (1971). Spins are int8 arrays (..., 2, L, L): channel 0 holds the bond from a site to the next
along axis 0, channel 1 that along axis 1. The energy is -J times the sum of all plaquettes. There is no transition at
T > 0 and no local order at all; what tells the ground states from others is that every plaquette is +1.
"""

from math import inf, isnan, tanh
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.errors import DescriptionError, ShapeError

Spins = npt.NDArray[np.int8]
_AT_ONCE = 1 << 22  # plaquettes drawn at a time: 32 MB of uniform numbers


def plaquettes(spins: Any) -> Spins:
    """The product of the four spins around each plaquette: (..., L, L), the plaquette at (i, j) being that between
    sites (i, j) and (i + 1, j + 1). Raises `ShapeError` for spins that are not (..., 2, L, L).

    >>> spins = np.ones((2, 3, 3), np.int8)
    >>> spins[0, 1, 1] = -1
    >>> plaquettes(spins).tolist()
    [[1, 1, 1], [-1, -1, 1], [1, 1, 1]]
    """
    down, right = _bonds(spins)
    return np.asarray(down * np.roll(down, -1, -1) * right * np.roll(right, -1, -2))


def wilson_loops(spins: Any) -> Spins:
    """The products of spins once around the torus: (..., 2, L), first the loops along axis 0, one for each place along
    axis 1, then those along axis 1. In a ground state all loops along an axis are equal; the two signs name its sector,
    which no local change reaches. Raises `ShapeError` as `plaquettes` does.

    >>> wilson_loops(ground_states(4, 3, seed=0))[2].tolist()
    [[-1, -1, -1, -1], [1, 1, 1, 1]]
    """
    down, right = _bonds(spins)
    return np.stack([down.prod(-2, dtype=np.int8), right.prod(-1, dtype=np.int8)], axis=-2)


def transformed(spins: Any, signs: Any) -> Spins:
    """The spins after a gauge transformation: at every site where `signs` (..., L, L) is -1, the four bonds that meet
    there are flipped. Plaquettes and Wilson loops stay as they are. Raises `ShapeError` as `plaquettes` does."""
    down, right = _bonds(spins)
    at = np.asarray(signs, np.int8)
    if at.shape[-2:] != down.shape[-2:]:
        raise ShapeError(
            f"gauge: signs of shape {at.shape} do not fit a lattice of {_by(down.shape[-2:])} sites. Give (..., L, L)."
        )
    return np.stack([down * at * np.roll(at, -1, -2), right * at * np.roll(at, -1, -1)], axis=-3)


def ground_states(size: int, samples: int, seed: int = 0) -> Spins:
    """Ground states, int8 (samples, 2, size, size), each of the 2^(size^2 + 1) as likely: a random gauge transformation
    of the state with all spins up, and a random sign of each of the two Wilson loops. Raises as `gauge` does.

    Every plaquette is +1, and yet a single spin says nothing:

    >>> spins = ground_states(16, 1000, seed=1)
    >>> bool((plaquettes(spins) == 1).all()), bool(abs(spins.mean()) < 0.01)
    (True, True)
    """
    return gauge(size, 0.0, samples, seed)


def gauge(size: int, temperature: float, samples: int, seed: int = 0) -> Spins:
    """Independent configurations in equilibrium, int8 (samples, 2, size, size), at a temperature in units of J.

    Drawn directly, without a Markov chain: on a torus the plaquettes are independent signs but for their product, which
    is 1, so that signs with an even number of -1 are drawn first, then one of the equally likely configurations that
    have them. Temperature 0 gives ground states, infinity free spins. The same seed gives the same ones on every
    machine.

    Raises `DescriptionError` for a size below 2, a temperature below 0, no sample, or a negative seed.

    >>> hot = gauge(8, float("inf"), 200, seed=1)
    >>> hot.shape, bool(abs(plaquettes(hot).mean()) < 0.05)
    ((200, 2, 8, 8), True)
    """
    for name, value, least, usual in (("size", size, 2, 16), ("samples", samples, 1, 1000), ("seed", seed, 0, 0)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise DescriptionError(
                f"gauge: {name} is {value!r}; it must be a whole number of at least {least}. Give {usual}, say."
            )
    wrong = _share_of_minus(temperature)
    draw = np.random.Generator(np.random.PCG64(np.random.SeedSequence([int(seed), _NAME])))
    spins = np.empty((samples, 2, size, size), np.int8)
    step = max(1, _AT_ONCE // (size * size))
    for start in range(0, samples, step):
        count = min(step, samples - start)
        found = _with_plaquettes(_fluxes(draw, wrong, (count, size, size)))
        # A cut across the torus: the spins of one row of bonds, which every loop along the axis passes once.
        found[:, 0, 0, :] *= _signs(draw, (count, 1))
        found[:, 1, :, 0] *= _signs(draw, (count, 1))
        spins[start : start + count] = transformed(found, _signs(draw, (count, size, size)))
    return spins


def mean_plaquette(size: int, temperature: float) -> float:
    """The exact mean of a plaquette, minus the energy per plaquette in units of J: with t = tanh(J/T) and N plaquettes
    (t + t^(N-1))/(1 + t^N), where the powers come from the product of all plaquettes being 1.

    >>> [round(mean_plaquette(size, 1.0), 6) for size in (2, 4, 30)]
    [0.900413, 0.768569, 0.761594]
    """
    count, t = size * size, 1 - 2 * _share_of_minus(temperature)
    return (t + t ** (count - 1)) / (1 + t**count)


_NAME = int.from_bytes(b"gauge")  # keeps these draws apart from others of the same seed


def _share_of_minus(temperature: float) -> float:
    """How probable -1 is for a plaquette alone: (1 - tanh(J/T))/2."""
    number = isinstance(temperature, int | float | np.number) and not isinstance(temperature, bool)
    if not number or isnan(temperature) or temperature < 0:
        raise DescriptionError(f"gauge: temperature is {temperature!r}; it must be at least 0. Give it in units of J.")
    return (1 - tanh(1 / temperature if temperature else inf)) / 2


def _signs(draw: np.random.Generator, shape: tuple[int, ...], minus: float = 0.5) -> Spins:
    return np.where(draw.random(shape) < minus, np.int8(-1), np.int8(1))


def _fluxes(draw: np.random.Generator, minus: float, shape: tuple[int, int, int]) -> Spins:
    """Plaquettes with an even number of -1: what has an odd one is drawn again."""
    found = _signs(draw, shape, minus)
    while len(odd := np.flatnonzero(found.prod((1, 2), dtype=np.int8) < 0)):
        found[odd] = _signs(draw, (len(odd), *shape[1:]), minus)
    return found


def _with_plaquettes(fluxes: Spins) -> Spins:
    """One configuration with these plaquettes (samples, L, L): upright strings of -1 from each to the last row."""
    spins = np.ones((len(fluxes), 2, *fluxes.shape[1:]), np.int8)
    spins[:, 1, 1:] = np.cumprod(fluxes[:, :-1], axis=1, dtype=np.int8)
    spins[:, 0, -1, 1:] = np.cumprod(fluxes.prod(1, dtype=np.int8)[:, :-1], axis=1, dtype=np.int8)
    return spins


def _bonds(spins: Any) -> tuple[Spins, Spins]:
    """The bonds along axis 0 and those along axis 1, each (..., L, L)."""
    array = np.asarray(spins)
    if array.ndim < 3 or array.shape[-3] != 2 or array.shape[-1] != array.shape[-2]:
        raise ShapeError(
            f"gauge: spins of shape {array.shape} are not on the bonds of a square lattice. "
            f"Give (..., 2, L, L): bonds along axis 0, then along axis 1."
        )
    return array[..., 0, :, :], array[..., 1, :, :]


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
