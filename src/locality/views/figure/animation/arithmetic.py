"""What an animation of a convolution shows, before it is drawn: axes, channels, taps, and the numbers at each place."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from locality.network.layer import Layer
from locality.network.layers import Conv, ConvTranspose, Pool
from locality.network.network import Network
from locality.views.figure.animation.numbers import Numbers
from locality.views.figure.animation.strip import ALONE, BEYOND, CELL, Strip, strip

Tap = tuple[int, int]  # its row and column in the kernel


@dataclass(frozen=True)
class Seen:
    """What lies at a place of the drawn input: its kind (see `strip`), its name in the figure, and the real cell whose
    value stands there, (channel, *space); None where that is a zero."""

    kind: int
    name: str
    site: tuple[int, ...] | None


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """`net` is the network of one layer; `reading` are the output channels shown with the input channels that each
    reads."""

    net: Network
    reading: Mapping[int, tuple[int, ...]]
    rows: Strip
    columns: Strip
    numbers: Numbers | None

    @property
    def layer(self) -> Layer:
        return self.net.nodes[0].layer

    @cached_property
    def channels(self) -> tuple[int, ...]:
        """The input channels that any of the outputs shown reads."""
        return tuple(sorted({channel for read in self.reading.values() for channel in read}))

    @cached_property
    def places(self) -> list[tuple[int, int]]:
        """The cells of one output map, row by row."""
        return list(product(range(len(self.rows.reads)), range(len(self.columns.reads))))

    @cached_property
    def taps(self) -> dict[Tap, int]:
        """The kernel's taps that exist, and where each is stored among them."""
        given = self.layer.taps(self.net.input[1:])
        taps = product(sorted(self.rows.kernel), sorted(self.columns.kernel)) if given is None else given
        return {(tap[-2] if len(tap) > 1 else 0, tap[-1]): i for i, tap in enumerate(taps)}

    @property
    def kernelled(self) -> bool:
        """Whether there is a kernel with numbers to show."""
        return self.numbers is not None and self.numbers.weight is not None

    @property
    def turned(self) -> bool:
        """Whether the kernel lies over the input turned by half a turn."""
        return isinstance(self.layer, ConvTranspose)

    @property
    def weighed(self) -> list[tuple[int, int, Tap]]:
        """Every weight there is: output channel, input channel, tap."""
        return [
            (output, channel, tap) for output, read in self.reading.items() for channel in read for tap in self.taps
        ]

    def named(self, kind: str, channel: int, *place: int) -> str:
        """A name in the figure: kind, channel, row, column; in one dimension without the row."""
        return " ".join(map(str, (kind, channel, *self._flat(place))))

    def _flat(self, place: tuple[int, ...]) -> tuple[int, ...]:
        return place[-(len(self.net.input) - 1) :]

    def seen(self, channel: int, row: int, column: int) -> Seen:
        """What lies at a place of the drawn input."""
        kind = max(self.rows.kinds[row], self.columns.kinds[column])
        y, x = self.rows.sites[row], self.columns.sites[column]
        site = None if y is None or x is None else (channel, *self._flat((y, x)))
        if kind == CELL and y is not None and x is not None:
            return Seen(kind, self.named("input", channel, y, x), site)
        word = "zero" if isinstance(self.layer, ConvTranspose) else "padding"
        place = (row - self.rows.before, column - self.columns.before)
        return Seen(kind, self.named(word, channel, *place), site)

    def value(self, seen: Seen) -> float | None:
        """The number at a place of the drawn input; None where there is none, as in the padding of a maximum."""
        if self.numbers is None or seen.kind == BEYOND:
            return None
        if seen.site is not None:
            return float(self.numbers.image[seen.site])
        return None if isinstance(self.layer, Pool) and self.layer.kind == "max" else 0.0

    def weight(self, output: int, channel: int, tap: Tap) -> float:
        """The weight with which an output channel meets an input channel at a tap."""
        assert self.numbers is not None
        assert self.numbers.weight is not None
        layer = self.layer
        if isinstance(layer, ConvTranspose):
            return float(
                self.numbers.weight[(channel, output % (layer.out_channels // layer.groups), *self._flat(tap))]
            )
        assert isinstance(layer, Conv)
        stored = self.numbers.weight[layer.kernel_at(self.net.input[0], output, channel)]
        return float(stored.reshape(-1)[self.taps[tap]])

    def window(self, row: int, column: int) -> list[Tap]:
        """The places of the drawn input that an output cell reads."""
        reads = product(self.rows.reads[row], self.columns.reads[column])
        exist = self.taps if self.rows.kernel and self.columns.kernel else None
        return [
            (y, x)
            for (y, down), (x, across) in reads
            if (exist is None or (down, across) in exist) and max(self.rows.kinds[y], self.columns.kinds[x]) != BEYOND
        ]

    @cached_property
    def read(self) -> frozenset[Tap]:
        """The places of the drawn input that any output reads, and the real cells whose values padding copies."""
        places = {place for output in self.places for place in self.window(*output)}
        copied = {(self.rows.sites[y], self.columns.sites[x]) for y, x in places}
        if isinstance(self.layer, Conv) and self.layer.padding_mode != "zeros":
            shift = (self.rows.before, self.columns.before)
            places |= {(y + shift[0], x + shift[1]) for y, x in copied if y is not None and x is not None}
        return frozenset(places)


def arithmetic(net: Network, outputs: tuple[int, ...], numbers: Numbers | None) -> Arithmetic:
    """What is to be drawn of a network of one layer, for some of its output channels.

    >>> made = arithmetic(Network.from_text("1x4x4 | conv 1 3x3"), (0,), None)
    >>> made.places, len(made.window(0, 0))
    ([(0, 0), (0, 1), (1, 0), (1, 1)], 9)
    """
    layer = net.nodes[0].layer
    mode = layer.padding_mode if isinstance(layer, Conv) else "zeros"
    maps = zip(layer.maps([net.input]) or (), net.input[1:], strict=True)
    rows, columns = (ALONE, *(strip(axis, size, mode) for axis, size in maps))[-2:]
    reading = {}
    for output in outputs:
        if isinstance(layer, Conv):
            reading[output] = layer.reads(net.input[0])[output]
        elif isinstance(layer, ConvTranspose):
            wide = net.input[0] // layer.groups
            first = output // (layer.out_channels // layer.groups) * wide
            reading[output] = tuple(range(first, first + wide))
        else:
            reading[output] = (output,)
    return Arithmetic(net, reading, rows, columns, numbers)
