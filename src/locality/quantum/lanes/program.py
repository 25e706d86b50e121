"""A network as a list of operations on one workspace, as `kernel.run` reads it."""

from collections import Counter
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.network.layers import Activation, Conv, Dense, Dropout, Flatten, Sum
from locality.network.network import INPUT, Network, Node
from locality.quantum.lanes import operations as op
from locality.quantum.lanes.fourier import Frequencies, frequencies
from locality.quantum.lanes.vectors import BYTES
from locality.quantum.lanes.window_sums import WIDTHS, in_blocks
from locality.quantum.windows import cells_read

Array = npt.NDArray[Any]

ACTIVATIONS = {
    "relu": op.RELU,
    "gelu": op.GELU,
    "tanh": op.TANH,
    "sigmoid": op.SIGMOID,
    "silu": op.SILU,
    "log-cosh": op.LOG_COSH,
}
COMPLEX_ACTIVATIONS = {"complex-relu": op.COMPLEX_RELU, "log-cosh": op.COMPLEX_LOG_COSH}


@dataclass(frozen=True)
class Windows:
    """Where the weights of one convolution or dense layer lie: `sums` output channels, the last of them filled up with
    zeros to a whole vector, that read `channels` input channels through `taps`."""

    node: str
    outputs: int
    sums: int
    channels: int
    taps: int
    biased: bool
    frequencies: Frequencies | None = None  # None: it is summed over windows

    def expanded(self, parameters: dict[str, Array]) -> tuple[Array, Array]:
        """Weight (outputs, channels, taps) and bias (outputs,) as real numbers: those of complex ones are twice as many
        output channels, the real parts first, that read real parts and then imaginary ones."""
        weight = parameters[f"{self.node}.weight"].reshape(self.outputs, -1, self.taps)
        bias = parameters.get(f"{self.node}.bias", np.zeros(self.outputs, weight.dtype))
        if not np.iscomplexobj(weight):
            return weight, bias
        real, imaginary = weight.real, weight.imag
        if weight.shape[1] < self.channels:
            real, imaginary = np.hstack([real, -imaginary]), np.hstack([imaginary, real])
        return np.concatenate([real, imaginary]), np.concatenate([bias.real, bias.imag])


@dataclass(frozen=True)
class Program:
    """Operations, one a row (see `operations.py`); the cells that windows read, as places in the workspace; the
    workspace's size; where the last node's values lie, and how many amplitudes they are."""

    operations: Array
    cells: Array
    workspace: int
    end: int
    count: int
    windows: tuple[Windows, ...]
    tables: tuple[Array, ...]  # of those not done in frequencies, (output cells, taps): the input cells

    def placed(self, parameters: dict[str, Array]) -> tuple[Array, Array]:
        """A model's parameters as the kernel reads them: weights and biases, each in one line. Complex ones become
        twice as many channels, the real parts first."""
        weights, biases = [], []
        for one in self.windows:
            weight, bias = one.expanded(parameters)
            filling = one.sums - len(weight)
            weight, bias = np.pad(weight, ((0, filling), (0, 0), (0, 0))), np.pad(bias, (0, filling))
            if one.frequencies is None:
                weights += in_blocks(weight)
                biases.append(bias)
            else:
                weights.append(one.frequencies.placed(weight))
                biases.append(np.pad(bias, (0, one.sums * (one.frequencies.alone - 1))))  # of frequency 0 alone
        return np.concatenate(weights), np.concatenate(biases)


def program(network: Network, keep: bool = False) -> Program | None:
    """The network's program; None where it holds a layer that only the general way computes. With `keep` every node has
    a place of its own in the workspace, as the way back wants it, and activations name where their inputs lie."""
    try:
        return _Writer(network, keep).program()
    except _UnknownError:
        return None


class _UnknownError(Exception):
    """A layer that no operation of the kernel computes."""


class _Writer:
    """Writes the operations node by node, and deals out the workspace: what nobody reads any more is used again."""

    def __init__(self, network: Network, keep: bool) -> None:
        self.network, self.keep = network, keep
        self.complex = network.dtype.startswith("complex")
        self.lanes = BYTES // (4 if network.dtype in ("float32", "complex64") else 8)
        self.rows: list[list[int]] = []
        self.tables: list[Array] = []
        self.windows: list[Windows] = []
        self.size = self.cells = self.weights = self.biases = 0
        self.free: list[tuple[int, int]] = []
        self.same: dict[str, str] = {}  # nodes that pass on what another one made
        self.shapes = dict(network.shapes) | {INPUT: network.input}

    def program(self) -> Program:
        for node in self.network.trunk():
            if isinstance(node.layer, Flatten | Dropout):
                self.same[node.name] = self._maker(node.inputs[0])
        nodes = [node for node in self.network.trunk() if node.name not in self.same]
        last = self._maker(self.network.trunk()[-1].name)
        self.uses = Counter(self._maker(source) for node in nodes for source in node.inputs)
        self.uses[last] += 1
        self.readers = dict(self.uses)
        self.at = {INPUT: self._take(prod(self.network.input) * self.lanes)}
        for node in nodes:
            if isinstance(node.layer, Conv | Dense) and node.weights is None:
                self._sums_over_windows(node)
            elif isinstance(node.layer, Activation):
                kind = (COMPLEX_ACTIVATIONS if self.complex else ACTIVATIONS).get(node.layer.function)
                if kind is None:
                    raise _UnknownError
                start, end = self._own(node, self._maker(node.inputs[0]))
                self._emit(kind, SOURCE=start, END=end, LENGTH=self._length(node.name))
            elif isinstance(node.layer, Sum):
                # What was computed last comes last: it may be added to the others as it is made.
                made = self.rows[-1][op.END] if self.rows else -1
                sources = sorted(map(self._maker, node.inputs), key=lambda name: self.at[name][0] == made)
                _, end = self._own(node, sources[0])
                for source in sources[1:]:
                    if not self._added_at_once(source, end, self._length(node.name)):
                        self._emit(op.ADD, SOURCE=self.at[source][0], END=end, LENGTH=self._length(node.name))
                    self._done_with(source)
            else:
                raise _UnknownError
        count = prod(self.network.output)
        if not self.complex and self.network.output[0] == 2:
            count //= 2  # moduli first, then phases
        return Program(
            np.array(self.rows, np.int64),
            np.concatenate([np.zeros(0), *(table.reshape(-1) * self.lanes for table in self.tables)]).astype(np.int32),
            self.size,
            self.at[last][0],
            count,
            tuple(self.windows),
            tuple(self.tables),
        )

    def _sums_over_windows(self, node: Node) -> None:
        source = self._maker(node.inputs[0])
        shape = self.shapes[source]
        plane = prod(shape[1:])
        dense = isinstance(node.layer, Dense)
        table = np.arange(plane)[None] if dense else cells_read(node.layer, shape)
        if table is None:
            raise _UnknownError
        channels = shape[0] * (2 if self.complex and source != INPUT else 1)
        outputs, taps = table.shape
        parts = self.shapes[node.name][0] * (2 if self.complex else 1)
        sums = -(-parts // WIDTHS[-1]) * WIDTHS[-1]
        self.at[node.name] = self._take(sums * outputs * self.lanes)
        biased = node.layer.bias  # type: ignore[attr-defined]
        one = Windows(node.name, self.shapes[node.name][0], sums, channels, taps, biased)
        there = None if dense or self.keep else frequencies(table, shape[1:])
        if there is not None and there.products(channels, sums) < outputs * taps * channels * sums:
            self._in_frequencies(source, replace(one, frequencies=there))
            return
        self._emit(
            op.WINDOWS, SOURCE=self.at[source][0], END=self.at[node.name][0], CHANNELS=channels,
            PLANE=plane * self.lanes, CELLS=self.cells, TAPS=taps, WEIGHTS=self.weights, BIAS=self.biases,
            OUTPUTS=outputs, SUMS=sums,
        )  # fmt: skip
        self._done_with(source)
        self.windows.append(one)
        self.tables.append(table)
        self.cells += table.size
        self.weights += sums * channels * taps
        self.biases += sums

    def _in_frequencies(self, source: str, one: Windows) -> None:
        there = one.frequencies
        assert there is not None
        room = self._take(there.room(one.channels, one.sums) * self.lanes)
        start, activation = self._activated_on_the_way(source)
        self._emit(
            op.FOURIER, SOURCE=start, END=self.at[one.node][0], CHANNELS=one.channels, WEIGHTS=self.weights,
            BIAS=self.biases, SUMS=one.sums, DOWN=there.down, ACROSS=there.across, ROOM=room[0], ACTIVATION=activation,
        )  # fmt: skip
        self.free.append(room)
        self._done_with(source)
        self.windows.append(one)
        self.weights += there.sites * one.channels * one.sums
        self.biases += there.alone * one.sums

    def _activated_on_the_way(self, source: str) -> tuple[int, int]:
        """Where a convolution in frequencies reads, and the activation that it does itself: that of the row before,
        if nobody else wants its values. So they need not be written and read once more."""
        start = self.at[source][0]
        row = self.rows[-1] if self.rows else [-1] * op.COLUMNS
        if self.readers[source] > 1 or row[op.KIND] not in ACTIVATIONS.values() or row[op.END] != start:
            return start, 0
        self.rows.pop()
        if self.rows and self.rows[-1][op.KIND] == op.COPY and self.rows[-1][op.END] == start:
            start = self.rows.pop()[op.SOURCE]
        return start, row[op.KIND]

    def _added_at_once(self, source: str, end: int, length: int) -> bool:
        """Let the convolution of the row before add its outputs to what lies at `end`, if nobody else wants them and
        none of them is filling."""
        row = self.rows[-1]
        if self.readers[source] > 1 or row[op.KIND] != op.FOURIER or row[op.END] != self.at[source][0]:
            return False
        if row[op.SUMS] * row[op.DOWN] * row[op.ACROSS] * self.lanes != length:
            return False
        row[op.END], row[op.ADDED] = end, 1
        return True

    def _own(self, node: Node, source: str) -> tuple[int, int]:
        """Where one input's values lie, and where this node may change them."""
        if self.complex and any(self._maker(source) == INPUT for source in node.inputs):
            raise _UnknownError  # the spins have no imaginary parts in the workspace
        start = self.at[source][0]
        if self.uses[source] == 1 and not self.keep:
            self.uses[source] -= 1
            self.at[node.name] = self.at.pop(source)
        else:
            length = self._length(node.name)
            self.at[node.name] = self._take(length)
            self._emit(op.COPY, SOURCE=start, END=self.at[node.name][0], LENGTH=length)
            self._done_with(source)
        return start, self.at[node.name][0]

    def _maker(self, name: str) -> str:
        return self.same.get(name, name)

    def _length(self, name: str) -> int:
        return prod(self.shapes[name]) * (2 if self.complex else 1) * self.lanes

    def _emit(self, kind: int, **numbers: int) -> None:
        row = [0] * op.COLUMNS
        row[op.KIND] = kind
        for name, number in numbers.items():
            row[getattr(op, name)] = number
        self.rows.append(row)

    def _take(self, length: int) -> tuple[int, int]:
        for k, (start, room) in enumerate(self.free):
            if room == length:
                del self.free[k]
                return start, length
        self.size += length
        return self.size - length, length

    def _done_with(self, source: str) -> None:
        self.uses[source] -= 1
        if not self.uses[source] and not self.keep:
            self.free.append(self.at[source])
