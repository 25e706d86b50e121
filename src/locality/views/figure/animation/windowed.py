"""What a convolution figure is asked to show, as a network of the one layer that is drawn."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from locality.errors import DescriptionError, ShapeError, unknown
from locality.geometry.arguments import shape_text
from locality.geometry.window import ROUNDINGS
from locality.network.layer import Layer
from locality.network.layers import Conv, ConvTranspose, Pool
from locality.network.network import Network, Node, network_of
from locality.views.figure.animation.published import published

_KINDS = (Conv, ConvTranspose, Pool)
_OPENING = re.compile(r"\s*(conv|max|average|majority)\s")


def windowed(input: Any, layer: Layer | str | None = None, rounding: str | None = None) -> tuple[Network, Node]:
    """The network of the one layer that is drawn, and that layer's node in the network it comes from.

    `input` is the name of a published animation, a line of notation, a network or what has one, or a shape on which
    `layer` stands. Raises `DescriptionError`, `UnknownNameError` and `ShapeError` for what is none of these, for a
    layer without a window, and for more than two axes of space.

    >>> windowed("1x6x6 | conv 1 3x3 stride 2 pad 1", rounding="floor")[0].output
    (1, 3, 3)
    """
    if rounding is not None and rounding not in ROUNDINGS:
        raise unknown("rounding", rounding, ROUNDINGS)
    if isinstance(layer, Layer):
        if isinstance(input, str) or not isinstance(input, Sequence):
            raise DescriptionError(
                f"convolution: {input!r} is no shape for a layer to stand on. Give (1, 5, 5), say, and the layer."
            )
        whole = Network("convolution", input, [_rounded(layer, rounding)])
    elif isinstance(input, str):
        whole = Network.from_text(_with_rounding(input, rounding)) if "|" in input else published(input)
    elif isinstance(input, Sequence):
        raise DescriptionError("convolution: a shape alone has no layer. Give a layer too, such as Conv(1, 3).")
    else:
        whole = network_of(input)
    node = _chosen(whole, layer if isinstance(layer, str) else None)
    (shape,) = whole.inputs(node)
    if len(shape) > 3:
        raise ShapeError(
            f"{node.name}: its input {shape_text(shape)} has {len(shape) - 1} axes of space, of which two are drawn. "
            f"Show one plane of it: {shape_text((shape[0], *shape[2:]))} with the same settings on two axes."
        )
    alone = Node(node.name, _rounded(node.layer, rounding), "input")
    return Network(whole.name, shape, nodes=[alone], dtype=whole.dtype), node


def _chosen(net: Network, name: str | None) -> Node:
    """The node asked for, or the only one with a window."""
    found = [node for node in net.nodes if isinstance(node.layer, _KINDS)]
    if name is None:
        if len(found) == 1:
            return found[0]
        if not found:
            raise DescriptionError(f"{net.name}: no layer has a window. Give a convolution or a pooling.")
        names = ", ".join(node.name for node in found[:8]) + (", ..." if len(found) > 8 else "")
        raise DescriptionError(f"{net.name}: {len(found)} layers have a window. Name the node to show: {names}.")
    node = net.node(name)
    if node not in found:
        raise DescriptionError(
            f"{name}: {node.layer.word} has no window that moves. Give a convolution or a pooling"
            + (f", such as {found[0].name}." if found else ".")
        )
    return node


def _rounded(layer: Layer, rounding: str | None) -> Layer:
    if rounding is None:
        return layer
    if isinstance(layer, ConvTranspose):
        raise DescriptionError(
            "rounding: a transposed convolution always tiles, there is nothing to round. Leave rounding out."
        )
    return replace(layer, rounding=rounding) if isinstance(layer, Conv | Pool) else layer


def _with_rounding(text: str, rounding: str | None) -> str:
    """A line of notation whose windows are rounded so: the word is needed before sizes are checked."""
    if rounding is None:
        return text
    parts = []
    for part in text.split("|"):
        if _OPENING.match(part):
            part = re.sub(r"\s+(floor|ceil)\b", "", part)
            word = "" if rounding == "exact" else f" {rounding}"
            part = re.sub(r"(\s+as\s+\S+)?\s*$", rf"{word}\1 ", part, count=1)
        parts.append(part)
    return "|".join(parts)
