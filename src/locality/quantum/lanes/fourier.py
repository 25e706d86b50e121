"""Convolutions by Fourier transforms: on a small periodic lattice with many channels there are fewer products in them.

In frequencies a convolution is a matrix product over channels for each, of about two numbers a site instead of as many
as the kernel has taps. The transforms are real and separable; each is straight code on vectors, a lattice in each lane.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from locality.quantum.lanes.activations import activate
from locality.quantum.lanes.products import COMPLEX_WIDTHS, complex_products, real_products
from locality.quantum.lanes.transforms import (
    SIZES,
    selves,
    transform,
    transform_back,
    transform_back_added,
    transform_complex,
    transform_complex_back,
)
from locality.quantum.lanes.window_sums import WIDTHS, in_blocks

Array = npt.NDArray[Any]

TRANSFORMS = 16  # what a site of a channel takes, there or back, in the time of as many products


@dataclass(frozen=True)
class Frequencies:
    """How a convolution over down x across cells is done in frequencies: `phases`, complex (frequencies, taps), is what
    each tap counts in each of them. One that is its own opposite has one number, each other pair of opposites two."""

    down: int
    across: int
    phases: Array

    def placed(self, weight: Array) -> Array:
        """Weights (outputs, channels, taps), the outputs a multiple of 4, as `fourier_sums` reads them: a matrix for
        each frequency, of real parts and then of imaginary ones."""
        found = []
        for (k, q), values in zip(
            _order(self.down, self.across), np.moveaxis(weight @ self.phases.T, -1, 0), strict=True
        ):
            alone = 2 * k % self.down == 0 and 2 * q % self.across == 0
            parts = [values.real] if alone else [values.real, values.imag]
            found += in_blocks(np.stack(parts, -1).astype(weight.dtype), WIDTHS if alone else COMPLEX_WIDTHS)
        return np.concatenate(found)

    @property
    def sites(self) -> int:
        """Of the lattice."""
        return self.down * self.across

    def products(self, channels: int, sums: int) -> int:
        """How many vectors are multiplied for so many channels; what the transforms take is added."""
        return (2 * self.sites - self.alone) * channels * sums + TRANSFORMS * self.sites * (channels + sums)

    @property
    def alone(self) -> int:
        """How many frequencies are their own opposites: they are real."""
        return selves(self.down) * selves(self.across)

    def room(self, channels: int, sums: int) -> int:
        """How many vectors `fourier_sums` needs for itself."""
        return self.sites * (max(channels, sums) + 1) + 2 * self.down * (channels + sums)


def frequencies(table: Array, space: tuple[int, ...]) -> Frequencies | None:
    """The frequencies of a convolution whose taps read the cells of `table` (cells, taps); None where it is not the
    same for every cell, or where there is no code for a lattice of this size."""
    down, across = (1, *space)[-2:]
    if len(space) > 2 or down not in SIZES or across not in SIZES or len(table) != down * across:
        return None
    cells = np.stack(np.divmod(np.arange(down * across), across), axis=-1)
    offsets = cells[table[0]]
    there = (cells[:, None] + offsets) % (down, across)
    if (there @ (across, 1) != table).any():
        return None
    steps = np.array(_order(down, across)) @ (offsets * (across, down)).T  # of which down x across are a whole turn
    phases = np.exp(-2j * np.pi * (steps % (down * across)) / (down * across)) / (down * across)
    opposites = [2 * k % down > 0 or 2 * q % across > 0 for k, q in _order(down, across)]
    phases[opposites] *= 2
    return Frequencies(down, across, phases)


def _order(down: int, across: int) -> list[tuple[int, int]]:
    """The frequencies along both axes in the order that `fourier_sums` has them, of opposites only one."""
    found = []
    for q in [0, across // 2][: selves(across)]:
        found += [(k, q) for k in [0, down // 2][: selves(down)]]
        found += [(k, q) for k in range(1, (down + 1) // 2)]
    for q in range(1, (across + 1) // 2):
        found += [(k, q) for k in [0, down // 2][: selves(down)]]
        found += [(side * k, q) for k in range(1, (down + 1) // 2) for side in (1, -1)]
    return found


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def fourier_sums(
    work: Any, source: int, channels: int, down: int, across: int, activation: int, numbers: Any, weights: Any,
    weight: int, bias: Any, bound: int, end: int, sums: int, added: int, room: int, lanes: int,
) -> None:  # fmt: skip
    """A convolution of `channels` planes of down x across cells from work[source] on, after an `activation` if that is
    not 0, to `sums` ones from work[end] on, by `weights` as `Frequencies` has them; `added` to what is there, or not.

    Rows are transformed first, all of them; then, column by column, so that all of it stays near the processor: the
    column of every channel, products over channels, and the way back. From work[room] on lie the columns (column,
    channel, row, lane), the frequencies of one or two of them (frequency, channel, lane), before and after, and one
    plane.
    """
    column, high = max(channels, sums) * down * lanes, down * lanes
    before = room + column * across
    after = before + 2 * down * channels * lanes
    read, write = channels * lanes, sums * lanes  # from one frequency to the next
    if activation:
        start, size = after + 2 * down * sums * lanes, down * across * lanes
        plane = work[start : start + size]
        for c in range(channels):
            plane[:] = work[source + c * size : source + (c + 1) * size]
            activate(activation, plane, numbers)
            transform(across, work, start, lanes, room + c * high, column, 0, down, across * lanes, lanes)
    else:
        transform(across, work, source, lanes, room, column, 0, channels * down, across * lanes, lanes)
    alone, apart = min(across, 2 - across % 2), min(down, 2 - down % 2)
    here = 0
    while here < across:
        place = room + here * column
        real = apart if here < alone else 0
        columns = 1 if here < alone else 2
        if columns == 1:
            transform(down, work, place, lanes, before, read, 0, channels, high, lanes)
        else:
            transform_complex(down, work, place, lanes, before, read, column, channels, high, lanes)
        for k in range(real):
            real_products(
                work, before + k * read, channels, weights, weight, bias, bound, after + k * write, sums, lanes
            )
            weight += channels * sums
            bound += sums
        for k in range(real, columns * down, 2):
            complex_products(work, before + k * read, channels, weights, weight, after + k * write, sums, lanes)
            weight += 2 * channels * sums
        if columns == 1:
            transform_back(down, work, after, write, place, lanes, 0, sums, lanes, high)
        else:
            transform_complex_back(down, work, after, write, place, lanes, column, sums, lanes, high)
        here += columns
    if added:
        transform_back_added(across, work, room, column, end, lanes, 0, sums * down, lanes, across * lanes)
    else:
        transform_back(across, work, room, column, end, lanes, 0, sums * down, lanes, across * lanes)
