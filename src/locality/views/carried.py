"""What a page carries: whether it computes a network itself, and which parameters and values it is given."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.network.initial import initial_weights
from locality.network.layers import Conv, ConvTranspose, Dense, Norm, Opaque
from locality.network.network import INPUT, Network, Node
from locality.network.table import Table

Array = npt.NDArray[Any]

MOST_MACS = 20_000_000  # what a page computes itself within a blink
MOST_PARAMETERS = 5_000_000
MOST_CELLS = 20_000_000
EXACT = 16 << 20  # bytes of values that a file keeps in full precision
CODED = 22 << 20  # cells that it keeps in 8 bits, which stays below 40 MB of text
ALL = 26 << 20  # bytes of values, parameters and the recorded picture together
_SMALL = 4096  # cells: so few are kept exactly, whatever the size of the others


def why_not(table: Table, lacking: Sequence[str] = ()) -> tuple[str, str] | None:
    """Why the page cannot compute a network itself, and what to do; None where it can. `lacking` are the parameters
    that its model has no more.

    >>> from locality.network.table import trace
    >>> net = Network.from_text("large: 3x224x224 | conv 64 7x7 pad 3 | relu")
    >>> why_not(trace(net))[0]
    'This network takes 472 M multiply-accumulates for a picture, more than the 20 M a page computes itself'
    """
    net = table.network
    opaque = [node.name for node in net.nodes if isinstance(node.layer, Opaque)]
    cells = sum(map(prod, net.shapes.values()))
    advice = "build it and give its page a picture, locality.page(locality.build(net)), or open it with `locality lab`."
    if lacking:
        return f"{lacking[0]} is not as described", "this page shows what was computed, and computes nothing itself."
    if opaque:
        return f"The operation of {opaque[0]} has no arithmetic rule here", "give a record or the model it came from."
    if table.macs > MOST_MACS:
        have = f"takes {_large(table.macs)} multiply-accumulates for a picture"
        return f"This network {have}, more than the {_large(MOST_MACS)} a page computes itself", advice
    most = MOST_PARAMETERS * 4 // np.dtype(net.dtype).itemsize
    if table.parameters > most:
        have = f"has {_large(table.parameters)} parameters{'' if most == MOST_PARAMETERS else ' in ' + net.dtype}"
        return f"This network {have}, more than the {_large(most)} a page carries", advice
    if cells > MOST_CELLS:
        return f"This network has {_large(cells)} cells, more than the {_large(MOST_CELLS)} a page computes", advice
    return None


def _large(number: int) -> str:
    """A count as people say it: 20 M, 4.1 G."""
    size, letter = (10**9, "G") if number >= 10**9 else (10**6, "M")
    return (
        f"{number / size:.3g} {letter}"
        if number >= 100 * size
        else f"{number / size:.1f}".removesuffix(".0") + f" {letter}"
    )


def stored(net: Network, node: Node) -> dict[str, tuple[int, ...]]:
    """The shapes of all that a node keeps, running statistics included, by key."""
    keys = {f"{node.name}.{parameter}": shape for parameter, shape in net.parameters(node).items()}
    if isinstance(node.layer, Norm) and node.layer.kind == "batch":
        channels = net.shapes[node.name][:1]
        keys |= {f"{node.name}.running_mean": channels, f"{node.name}.running_var": channels}
    return keys


def parameters_of(net: Network, found: Mapping[str, Array]) -> dict[str, Array]:
    """The arrays that belong to the description; those of a module put in another's place may not."""
    wanted = {key: shape for node in net.nodes for key, shape in stored(net, node).items()}
    return {key: found[key] for key, shape in wanted.items() if key in found and found[key].shape == shape}


def initial(net: Network) -> dict[str, Array]:
    """The parameters of a network that nobody trained."""
    drawn = initial_weights(net)
    for node in net.nodes:
        for key, shape in stored(net, node).items():
            if key not in drawn:
                drawn[key] = np.full(shape, 1.0 if key.endswith("var") else 0.0, net.dtype)
    return drawn


def _heavy(node: Node) -> bool:
    """Whether a node's values cannot be derived from its inputs' at little cost."""
    return isinstance(node.layer, Conv | ConvTranspose | Dense | Opaque)


def _needs(net: Network, node: Node) -> list[str]:
    """The keys of what a node computes with, another node's where it shares them."""
    own = [key for key in stored(net, node) if "running_" in key]
    return [*own, *(f"{node.weights or node.name}.{name}" for name in node.layer.parameters(net.inputs(node)))]


def for_derived(net: Network, parameters: Mapping[str, Array]) -> dict[str, Array]:
    """The parameters of what the page derives from the values it is given: of normalisations."""
    needed = {key for node in net.nodes if not _heavy(node) for key in _needs(net, node)}
    return {key: array for key, array in parameters.items() if key in needed}


def kept(net: Network, values: Mapping[str, Array], parameters: Mapping[str, Array], computes: bool) -> list[str]:
    """The nodes whose values the page is given: all, or those that it cannot derive from others at little cost."""
    given = [
        node.name
        for node in net.nodes
        if computes or _heavy(node) or not all(key in parameters for key in _needs(net, node))
    ]
    return [name for name in (INPUT, *given) if name in values]


def thinned(
    net: Network, names: list[str], values: Mapping[str, Array], computes: bool, notes: list[str], beside: int
) -> tuple[list[str], set[str]]:
    """What of these values a file keeps beside so many bytes of other arrays, and which of them in 8 bits."""
    size = sum(values[name].size for name in names) * np.dtype(net.dtype).itemsize
    if size <= EXACT and size + beside <= ALL:
        return names, set()
    if computes:
        return [], set()  # the page finds them itself
    fits, size = set(), 0
    for name in sorted(names, key=lambda name: values[name].size):
        size += values[name].size
        if size <= min(CODED, ALL - beside):
            fits.add(name)
    left = [name for name in names if name not in fits]
    if left:
        others = f" and {len(left) - 1} more" if len(left) > 1 else ""
        notes.append(f"The maps of {left[0]}{others} are too large for a file: `locality lab` shows them.")
    return [name for name in names if name in fits], {name for name in fits if values[name].size > _SMALL}
