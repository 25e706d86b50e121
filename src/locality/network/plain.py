"""`Network` <-> plain data and JSON: any graph."""

import json
from collections.abc import Sequence
from dataclasses import MISSING, fields
from typing import Any

from locality.errors import DescriptionError, LocalityError, unknown
from locality.network.layer import Layer
from locality.network.layers import LAYERS
from locality.network.network import Network, Node

LIKE_OURS = "Give a description that to_json wrote."


def to_json(net: Network) -> str:
    """The network as indented JSON."""
    return json.dumps(to_dict(net), indent=1)


def from_json(text: str) -> Network:
    """The network of a text written by `to_json`. Raises `DescriptionError` where it is none."""
    try:
        plain = json.loads(text)
    except (ValueError, TypeError) as error:
        raise DescriptionError(f"this is no JSON: {error}. Give a text that to_json wrote.") from None
    except RecursionError:
        raise DescriptionError("this JSON is nested too deeply. Give a text that to_json wrote.") from None
    return from_dict(plain)


def to_dict(net: Network) -> dict[str, Any]:
    """The network as plain data: what `to_json` writes."""
    return {
        "name": net.name,
        "input": list(net.input),
        "dtype": net.dtype,
        "nodes": [
            {
                "name": node.name,
                "layer": type(node.layer).__name__,
                **_arguments(node.layer),
                "inputs": list(node.inputs),
                **({"weights": node.weights} if node.weights else {}),
            }
            for node in net.nodes
        ],
        **({"heads": list(net.heads)} if net.heads else {}),
    }


def from_dict(plain: Any) -> Network:
    """The network of what `to_dict` gave, or of the same read from JSON."""
    _need("the description", plain, ("name", "input", "dtype", "nodes"))
    if not isinstance(plain["nodes"], list):
        raise DescriptionError(f"the description's nodes are {plain['nodes']!r}, which is no list. {LIKE_OURS}")
    nodes = [_node(number, entry) for number, entry in enumerate(plain["nodes"], 1)]
    heads = _tupled(plain.get("heads", []))
    return Network(plain["name"], _tupled(plain["input"]), nodes=nodes, dtype=plain["dtype"], heads=heads)


def _node(number: int, entry: Any) -> Node:
    """The node of one entry of the list."""
    _need(f"node {number}", entry, ("name", "layer", "inputs"))
    classes = {cls.__name__: cls for cls in LAYERS}
    given = {argument: _tupled(value) for argument, value in entry.items()}
    name, kind, inputs, weights = (given.pop(key, None) for key in ("name", "layer", "inputs", "weights"))
    try:
        if not isinstance(kind, str) or kind not in classes:
            raise unknown("layer", kind, list(classes))
        known = {field.name: field for field in fields(classes[kind])}  # type: ignore[arg-type]
        for argument in given:
            if argument not in known:
                raise unknown(f"argument of {kind}", argument, list(known))
        for argument, field in known.items():
            if field.default is MISSING and argument not in given:
                raise DescriptionError(f"{kind} has no {argument!r}. {LIKE_OURS}")
        layer = classes[kind](**given)
    except LocalityError as error:
        raise type(error)(f"{name}: {error}") from None
    return Node(name, layer, inputs, weights)


def _need(where: str, entry: Any, keys: Sequence[str]) -> None:
    if not isinstance(entry, dict):
        raise DescriptionError(f"{where} is no JSON object with {', '.join(keys)}. {LIKE_OURS}")
    for key in keys:
        if key not in entry:
            raise DescriptionError(f"{where} has no {key!r}. {LIKE_OURS}")


def _arguments(layer: Layer) -> dict[str, Any]:
    """The arguments that differ from their defaults, as JSON keeps them."""
    return {
        field.name: getattr(layer, field.name)
        for field in fields(layer)  # type: ignore[arg-type]
        if getattr(layer, field.name) != field.default
    }


def _tupled(value: Any) -> Any:
    return tuple(_tupled(entry) for entry in value) if isinstance(value, list) else value
