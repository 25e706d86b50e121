"""The input sites that one output cell can depend on, exactly: walked backwards, borders and gaps included."""

from collections.abc import Container, Sequence

from locality.errors import ShapeError
from locality.geometry.arguments import is_inside, place_given, shape_text
from locality.geometry.window import source
from locality.network.layer import Layer, Shape
from locality.network.layers import Conv, Upsample
from locality.network.network import INPUT, Network, Node

Sites = tuple[tuple[int, ...], ...]  # for each axis of the input, the places read, in rising order


def seen(net: Network, node: str, place: Sequence[int] | int) -> Sites:
    """For each axis of the network's input, the places on which a cell of `node` at `place` (space alone, no channel)
    can depend. Padding is followed to the cells it copies; zeros depend on nothing. Along each axis the answer is
    exact, in the plane it is the rectangle of the two; a drawn footprint counts with the rows and columns it uses.

    Raises `UnknownNameError` for an unknown node and `ShapeError` for a place outside its map.

    >>> from locality.network.layers import Conv
    >>> net = Network("two", (1, 8, 8), [Conv(1, 3, padding="same"), Conv(1, 3, padding="same", dilation=2)])
    >>> seen(net, "conv2", (0, 4))
    ((0, 1, 2, 3), (1, 2, 3, 4, 5, 6, 7))
    """
    at, place = net.node(node), place_given(place)
    space = net.shapes[node][1:]
    if not space and len(place):
        raise ShapeError(f"{node}: its output is flat, so there is no place {place}. Give no index, ().")
    if not is_inside(place, space):
        raise ShapeError(
            f"{node}: there is no place {place} in its map of {shape_text(space)}. Give one index per axis, from 0."
        )
    wanted: dict[str, list[set[int]]] = {at.name: [{x} for x in place]}
    for other in reversed(net.nodes):
        places = wanted.pop(other.name, None)
        if places is not None:
            for name, read in _read(net, other, places):
                into = wanted.setdefault(name, [set() for _ in net.shapes[name][1:]])
                for axis, cells in zip(into, read, strict=True):
                    axis |= cells
    return tuple(tuple(sorted(axis)) for axis in wanted.get(INPUT, [set() for _ in net.input[1:]]))


def _read(net: Network, node: Node, places: list[set[int]]) -> list[tuple[str, list[set[int]]]]:
    """What a node reads of each of its inputs to give its cells at these places."""
    shapes = net.inputs(node)
    maps = node.layer.maps(shapes)
    if not all(places):
        return [(name, [set() for _ in shape[1:]]) for name, shape in zip(node.inputs, shapes, strict=True)]
    if maps is None or len(places) == 0:
        whole = [[set(range(size)) for size in shape[1:]] for shape in shapes]
        return list(zip(node.inputs, whole, strict=True))
    mode = padding_mode(node.layer)
    taps = node.layer.taps(shapes[0][1:])
    result = []
    for name, shape in zip(node.inputs, shapes, strict=True):
        sizes: Shape = shape[1:]
        read = []
        for number, (axis, size, cells) in enumerate(zip(maps, sizes, places, strict=True)):
            # Rounding up, the last window hangs over the edge; a gate of one cell is read by every place.
            if node.layer.joins:
                read.append({0} if size == 1 and cells else set(cells))
                continue
            used = None if taps is None else {tap[number] for tap in taps}
            read.append({cell for place in cells for cell in real(axis.reads(place), size, mode, used)})
        # Whoever reads nothing along one axis reads nothing at all.
        result.append((name, read if all(read) else [set() for _ in read]))
    return result


def real(reads: Sequence[int], size: int, mode: str, used: Container[int] | None = None) -> set[int]:
    """The real cells whose values stand at the given ones, some of which may lie in the padding; `used` are the
    numbers of the taps that exist, None where all do."""
    sources = {source(cell, size, mode) for tap, cell in enumerate(reads) if used is None or tap in used}
    return {cell for cell in sources if cell is not None}


def padding_mode(layer: Layer) -> str:
    """How a layer fills what it reads beyond the edge."""
    if isinstance(layer, Conv):
        return layer.padding_mode
    return "edge" if isinstance(layer, Upsample) else "zeros"
