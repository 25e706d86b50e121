"""The names of imported nodes: the author's own module names, and for functional calls the operation's, numbered."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from torch import fx, nn

from locality.engine.build import is_taken
from locality.network.network import INPUT

_OTHER = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True)
class Call:
    """Which part of a module an operation belongs to, and which of that part's calls it is, counted from 0."""

    path: str
    number: int


def call_of(node: fx.Node) -> Call:
    """The innermost part of the module that was being called at an operation."""
    stack = [(key, path) for key, (path, _) in node.meta.get("nn_module_stack", {}).items() if key != path]
    if not stack:
        return Call("", 0)
    key, path = stack[-1]
    number = key.rpartition("@")[2] if "@" in key else ""
    return Call(path, int(number) if number.isdigit() else 0)


def names_of(module: nn.Module, steps: Sequence[tuple[Call, str]]) -> list[str]:
    """A name for every step (where it belongs, what it does): the part's own name where it is all that the part does,
    with _1, _2 from its second call on; else the part's name with the operation's behind a dot, numbered alike."""
    paths = {_spelled(path) for path, _ in module.named_modules() if path}
    own = single(steps)
    given: set[str] = set()
    names = []
    for call, operation in steps:
        wanted = _spelled(call.path if call in own else f"{call.path}.{operation}".lstrip("."))
        name, number = wanted, 0
        while name in given or (name in paths and not (call in own and name == wanted)):
            number += 1
            name = f"{wanted}_{number}"
        given.add(name)
        names.append(name)
    return names


def single(steps: Sequence[tuple[Call, str]]) -> set[Call]:
    """The calls of parts that do one step each time, and have no parts that do another."""
    each = Counter(call for call, _ in steps)
    around = {call.path[:end] for call in each for end, letter in enumerate(call.path) if letter == "."}
    several = {"", *around, *(call.path for call, count in each.items() if count > 1)}
    return {call for call in each if call.path not in several}


def _spelled(path: str) -> str:
    """A path in the letters that names have, with an underscore behind words that every model has for itself."""
    parts = [_OTHER.sub("_", part) for part in path.split(".")]
    parts = [f"{part}_" if is_taken(part, not place) else part for place, part in enumerate(parts)]
    return "input_" if parts == [INPUT] else ".".join(parts)
