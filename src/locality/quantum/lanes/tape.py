"""What the way back needs besides a program that keeps every value: tables and weights of the windows run backwards."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.network.network import Network
from locality.quantum.lanes import operations as op
from locality.quantum.lanes.program import Program, program
from locality.quantum.lanes.vectors import BYTES
from locality.quantum.lanes.window_sums import in_blocks

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Tape:
    """A program that keeps every value, its rows with the columns of the way back; the output cells that each input
    cell is read by; whose weights it needs; the room for one layer's slopes; the length of a row of derivatives."""

    program: Program
    operations: Array
    back_cells: Array
    backwards: tuple[bool, ...]
    room: int
    width: int

    def placed(self, parameters: dict[str, Array]) -> Array:
        """The weights of the way back in one line: of each window the input channels take the place of the outputs."""
        blocks = [
            block
            for one, needed in zip(self.program.windows, self.backwards, strict=True)
            if needed
            for block in in_blocks(one.expanded(parameters)[0].transpose(1, 0, 2))
        ]
        dtype = np.zeros(1, next(iter(parameters.values())).dtype).real.dtype
        return np.concatenate([*blocks, np.zeros(1, dtype)])

    def columns(self, parameters: dict[str, Array]) -> Array:
        """Where each real parameter's derivative lies in a row, in the order of `parameters`."""
        start, at = 0, {}
        for one in self.program.windows:
            weight = one.outputs * one.channels * one.taps
            at[f"{one.node}.weight"], at[f"{one.node}.bias"] = start, start + weight
            start += weight + one.outputs * one.biased
        return np.concatenate([np.arange(at[name], at[name] + value.size) for name, value in parameters.items()])

    def joined(self, rows: Array, parameters: dict[str, Array]) -> Array:
        """Complex derivatives (n, parameters) of rows of real ones: f' = d Re f/d Re w - i d Re f/d Im w."""
        found, start = {}, 0
        for one in self.program.windows:
            size = 2 * one.outputs * one.channels * one.taps
            part = rows[:, start : start + size].reshape(len(rows), 2, one.outputs, one.channels, one.taps)
            start += size
            real, imaginary = part[:, 0], part[:, 1]
            channels = parameters[f"{one.node}.weight"].size // (one.outputs * one.taps)
            weight = real[:, :, :channels] - 1j * imaginary[:, :, :channels]
            if channels < one.channels:
                weight = weight + imaginary[:, :, channels:] + 1j * real[:, :, channels:]
            found[f"{one.node}.weight"] = weight.reshape(len(rows), one.outputs * channels * one.taps)
            if one.biased:
                bias = rows[:, start : start + 2 * one.outputs].reshape(len(rows), 2, one.outputs)
                found[f"{one.node}.bias"] = bias[:, 0] - 1j * bias[:, 1]
                start += 2 * one.outputs
        return np.concatenate([found[name] for name in parameters], axis=1)


def tape(network: Network) -> Tape | None:
    """The network's tape; None where a layer's windows have no such way back: with a stride, or dense behind maps."""
    steps = program(network, keep=True)
    if steps is None:
        return None
    lanes = BYTES // (4 if network.dtype in ("float32", "complex64") else 8)
    parts = 2 if network.dtype.startswith("complex") else 1
    operations = np.zeros((len(steps.operations), op.TAPE_COLUMNS), np.int64)
    operations[:, : op.COLUMNS] = steps.operations
    tables: list[Array] = []
    backwards = []
    room = place = weights = 0
    rows = operations[operations[:, op.KIND] == op.WINDOWS]
    for row, one, table in zip(rows, steps.windows, steps.tables, strict=True):
        true = one.outputs * parts
        row[op.TRUE], row[op.PLACE] = true, place
        place += true * (one.channels * one.taps + one.biased)
        row[op.BIASED] = one.biased
        needed = bool(row[op.SOURCE])  # the spins lie at 0
        backwards.append(needed)
        row[op.BACK_WEIGHTS] = -1
        if needed:
            back = _readers(table, int(row[op.PLANE]) // lanes)
            if back is None:
                return None
            row[op.BACK_CELLS] = sum(map(len, tables))
            row[op.BACK_WEIGHTS], row[op.BACK_SUMS] = weights, -(-one.channels // 4) * 4
            tables.append(back.reshape(-1) * lanes)
            weights += int(row[op.BACK_SUMS]) * true * one.taps
            room = max(room, int(row[op.BACK_SUMS] * row[op.PLANE]))
    operations[operations[:, op.KIND] == op.WINDOWS] = rows
    cells = np.concatenate([*tables, np.zeros(1, int)]).astype(np.int32)
    return Tape(steps, operations, cells, tuple(backwards), max(room, 1), place)


def _readers(table: Array, plane: int) -> Array | None:
    """The output cell that reads each input cell through each tap, where there is just one: (input cells, taps)."""
    outputs, taps = table.shape
    if outputs != plane:
        return None
    found = np.full((plane, taps), -1)
    found[table, np.arange(taps)] = np.arange(outputs)[:, None]
    return None if (found < 0).any() else found
