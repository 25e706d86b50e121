"""The exact terms of a few cells of a network too large to carry: what a saved page explains without its weights."""

from collections.abc import Iterator, Mapping
from math import isfinite
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.network.cell import explain
from locality.network.layers import Conv, ConvTranspose, Dense
from locality.network.network import Network, Node

Array = npt.NDArray[Any]

MOST = 6 << 20  # bytes of terms, before they are deflated
_MAPS, _CLASSES = 3, 5


def chosen_cells(net: Network, values: Mapping[str, Array], parameters: Mapping[str, Array]) -> list[dict[str, Any]]:
    """Of every convolution and dense layer the strongest cell of each of its 3 strongest maps, and of the last dense
    layer the 5 strongest classes, as dictionaries with the fields of `Cell`. Where all would be too large, the classes
    and the first layers are kept. `values` are of one picture."""
    weighted = [node for node in net.nodes if isinstance(node.layer, Conv | ConvTranspose | Dense)]
    dense = [node for node in weighted if isinstance(node.layer, Dense)]
    found: list[tuple[int, dict[str, Any]]] = []
    size = 0
    for node in sorted(weighted, key=lambda node: node in dense[-1:], reverse=True):
        count = _CLASSES if node in dense[-1:] else _MAPS
        for cell in _cells(net, node, values, parameters, count):
            size += sum(entry.nbytes for entry in cell.values() if isinstance(entry, np.ndarray))
            if size > MOST:
                return _in_order(found)
            found.append((weighted.index(node), cell))
    return _in_order(found)


def _in_order(found: list[tuple[int, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [cell for _, cell in sorted(found, key=lambda one: one[0])]


def _cells(
    net: Network, node: Node, values: Mapping[str, Array], parameters: Mapping[str, Array], count: int
) -> Iterator[dict[str, Any]]:
    """The strongest cells of a node, one of each map."""
    owner = node.weights or node.name
    if not all(f"{owner}.{name}" in parameters for name in node.layer.parameters(net.inputs(node))):
        return
    output = values[node.name]
    flat = output.reshape(len(output), -1)
    strongest = np.argsort(-flat.max(1), kind="stable")[:count]
    # Widened here, once, so that `explain` need not do it for every cell.
    wide = {name: values[name].astype(np.float64)[None] for name in node.inputs}
    after = {other.name: values[other.name][None] for other in net.nodes if node.name in other.inputs}
    for channel in map(int, strongest):
        place = np.unravel_index(int(flat[channel].argmax()), output.shape[1:]) if output.ndim > 1 else ()
        if not isfinite(output[(channel, *place)]):
            continue
        record = SimpleNamespace(
            network=net,
            values={**after, **wide, node.name: output[None]},
            parameters=parameters,
        )
        cell = explain(record, node.name, (channel, *map(int, place)))
        numbers = (cell.value, cell.computed, cell.bias, cell.activation[2] if cell.activation else 0.0)
        if all(isfinite(abs(number)) for number in numbers):  # JSON has no others
            yield _plain(cell, output.dtype)


def _plain(cell: Any, dtype: Any) -> dict[str, Any]:
    """A cell as plain data; its patch and weights in the network's own precision, in which they are exact."""
    return {
        "node": cell.node,
        "kind": cell.kind,
        "cell": list(cell.cell),
        "inputs": list(cell.inputs),
        "patch": cell.patch.astype(dtype),
        "weights": None if cell.weights is None else cell.weights.astype(dtype),
        "bias": cell.bias,
        "value": cell.value,
        "computed": cell.computed,
        "sites": cell.sites.astype(np.int32),
        "rule": cell.rule,
        "activation": None if cell.activation is None else list(cell.activation),
    }
