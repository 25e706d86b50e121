"""Where one cell of a stage looks: the stretch of the map before it that it depends on, to be drawn to scale."""

from dataclasses import dataclass

from locality.network.network import INPUT, Network, Node
from locality.network.seen import seen
from locality.views.figure.diagram.stages import Stage
from locality.views.figure.shapes import Box

Spans = tuple[tuple[int, int, int], ...]  # for each axis the first cell, the one after the last, and how many there are


@dataclass(frozen=True)
class Look:
    """A cell of a stage, and the window of it on what the stage reads."""

    window: Spans
    cell: Spans


def look(net: Network, source: Stage, stage: Stage, at: tuple[float, float]) -> Look | None:
    """The window of a cell that lies `at` these parts of the height and width of its map; None where there is none:
    one of the two is flat, the cell reads nothing, or the stage reads more than this source.

    A convolution's window is as large as its taps reach, a block's is the receptive field of all its layers.

    >>> from locality.views.figure.diagram.stages import stages
    >>> net = Network.from_text("1x28x28 | conv 6 5x5 | relu | max 2x2")
    >>> read, conv, pool = stages(net, chain=True)
    >>> look(net, read, conv, (0.25, 0.5)).window
    ((6, 11, 28), (12, 17, 28))
    """
    if stage.reads != (source.name,) or len(source.shape) != len(stage.shape) or len(stage.shape) == 1:
        return None
    part = _between(net, source.nodes[-1] if source.nodes else INPUT, source.shape, stage.nodes[-1])
    if part is None:
        return None
    space = stage.shape[1:]
    shares = (0.5, 0.5, *at)[-len(space) :]
    place = tuple(min(int(share * size), size - 1) for share, size in zip(shares, space, strict=True))
    read = seen(part, stage.nodes[-1], place)
    if not all(read):
        return None
    window = tuple((cells[0], cells[-1] + 1, size) for cells, size in zip(read, source.shape[1:], strict=True))
    return Look(window, tuple((cell, cell + 1, size) for cell, size in zip(place, space, strict=True)))


def _between(net: Network, start: str, shape: tuple[int, ...], end: str) -> Network | None:
    """The part of a network that makes `end` of `start`, hidden layers included, as a network of its own."""
    wanted, nodes = {end}, list[Node]()
    for node in reversed(net.nodes):
        if node.name in wanted:
            wanted.update(name for name in node.inputs if name != start)
            nodes.append(Node(node.name, node.layer, [INPUT if name == start else name for name in node.inputs]))
    if INPUT in wanted:
        return None
    return Network("part", shape, nodes=nodes[::-1], dtype=net.dtype)


def inside(spans: Spans, face: Box) -> Box:
    """Where cells lie on the drawn face of a map: of a line its one axis across, of a volume one plane."""
    left, top, right, bottom = face
    rows, columns = ((0, 1, 1), *spans)[-2:]
    wide, high = (right - left) / columns[2], (bottom - top) / rows[2]
    return left + columns[0] * wide, top + rows[0] * high, left + columns[1] * wide, top + rows[1] * high
