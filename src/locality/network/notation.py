"""One line of text <-> `Network`.

The text has one layer per bar, the input's shape first: `1x28x28 | conv 6 5x5 pad 2 | tanh | average 2x2`.
A name may stand before (`lenet5: 1x28x28 | ...`) and a dtype after the shape. A layer is its word, its sizes, then
options in any order (`stride 2 pad 3 floor no-bias wrap diamond`), then `as NAME`. Branches stand in brackets behind
the word of their join, parted by `;`: `sum[ conv 64 3x3 same | relu | conv 64 3x3 same ; skip ]`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, fields
from typing import Any

from locality.errors import DescriptionError, LocalityError, unknown
from locality.geometry.arguments import shape_text
from locality.network.layer import Layer
from locality.network.layers import (
    ACTIVATIONS,
    ADAPTIVE_POOLS,
    NORMS,
    POOLS,
    Activation,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    Distance,
    Dropout,
    Flatten,
    Norm,
    Pool,
    Reshape,
    Upsample,
)
from locality.network.network import (
    DEEPEST,
    DTYPES,
    EXAMPLE,
    INPUT,
    JOINS,
    Branches,
    Item,
    Network,
    automatic_names,
)

# The words that open a layer: its class and what the word itself says.
WORDS: dict[str, tuple[type[Layer], dict[str, Any]]] = {
    "conv": (Conv, {}),
    "conv-transpose": (ConvTranspose, {}),
    "dense": (Dense, {}),
    "dropout": (Dropout, {}),
    "flatten": (Flatten, {}),
    "reshape": (Reshape, {}),
    "upsample": (Upsample, {}),
    "crop": (Crop, {}),
    "distance": (Distance, {}),
    **{kind: (Pool, {"kind": kind}) for kind in POOLS},
    **{f"{kind}-norm": (Norm, {"kind": kind}) for kind in NORMS},
    **{function: (Activation, {"function": function}) for function in ACTIVATIONS},
}
# Options with a value, and words that are a value themselves.
OPTIONS = {
    "stride": "stride", "pad": "padding", "dilation": "dilation", "groups": "groups", "footprint": "footprint",
    "output-pad": "output_padding", "eps": "eps", "momentum": "momentum", "alpha": "alpha", "beta": "beta", "k": "k",
    "slope": "slope", "connections": "connections",
}  # fmt: skip
FLAGS: dict[str, tuple[str, Any]] = {
    "same": ("padding", "same"),
    "no-bias": ("bias", False),
    **{mode: ("padding_mode", mode) for mode in ("edge", "reflect", "wrap")},
    **{shape: ("footprint", shape) for shape in ("diamond", "hexagon")},
    **{rounding: ("rounding", rounding) for rounding in ("floor", "ceil")},
    "no-affine": ("affine", False),
    "linear": ("mode", "linear"),
    "channels": ("channels", True),
}
WHOLE = ("out_channels", "out_features", "groups", "size")
SIZES = ("kernel_size", "stride", "dilation", "output_padding", "output_size", "scale", "output")


def from_text(text: str) -> Network:
    """The network that a line of notation describes. Raises `DescriptionError` or `UnknownNameError`, naming the layer
    and the word that cannot be read, and `ShapeError` where sizes do not fit."""
    if not isinstance(text, str):
        raise DescriptionError(f"{text!r} is no line of notation. Give a text, for example {EXAMPLE!r}.")
    if number := re.search(r"\d{30,}", re.sub(r"distance\s+\S+", "", text)):
        raise DescriptionError(f"a number of {len(number[0])} digits stands in the line. Write a smaller one.")
    named = re.match(r"\s*([^\s:|]+)\s*:", text)
    name = named[1] if named else "network"
    tokens = re.findall(r"[\[\]|;]|[^\s\[\]|;]+", text[named.end() :] if named else text)
    head, rest = _until_bar(tokens)
    if not head or len(head) > 2 or not re.fullmatch(r"\d+(x\d+)*", head[0]):
        raise DescriptionError(
            f"the line begins with {' '.join(head)!r}, which is no shape. Begin with the input's shape, for example "
            f"{EXAMPLE}."
        )
    dtype = head[1] if len(head) == 2 else "float32"
    if dtype not in DTYPES:
        raise unknown("dtype", dtype, DTYPES)
    reader = _Reader(rest)
    layers = reader.chain() if rest else []
    if reader.peek() is not None:
        raise DescriptionError(f"there is a {reader.peek()!r} too many in {text.strip()!r}. Take it out.")
    return Network(name, tuple(int(size) for size in head[0].split("x")), layers, dtype=dtype)


def to_text(net: Network) -> str:
    """One line of notation for a network of chains and nested joins; `from_text` gives an equal network back.

    Raises `DescriptionError` where no line can: shared weights, opaque operations, auxiliary heads, branches that
    cross.
    """
    for node in net.nodes:
        if node.weights is not None or type(node.layer) not in {cls for cls, _ in WORDS.values()} | set(JOINS.values()):
            why = f"shares the weights of {node.weights!r}" if node.weights else f"is {node.layer.word}"
            raise DescriptionError(f"{node.name}: {why}, which no line of text can say. Use to_json instead.")
    if net.heads:
        raise DescriptionError(
            f"{net.heads[0]}: it is an auxiliary head, which no line of text can say. Use to_json instead."
        )
    names = automatic_names(net.nodes)
    forks = _forks(net)
    by_name = {node.name: node for node in net.nodes}
    written: set[str] = set()
    crossing = DescriptionError(f"{net.name}: its branches are not nested, which no line can say. Use to_json instead.")

    def chain(end: str, start: str, depth: int = 0) -> str:
        if depth > DEEPEST:
            raise DescriptionError(f"{end}: it stands in more than {DEEPEST} branches. Use to_json instead.")
        items: list[str] = []
        while end not in (start, INPUT):
            if end in written:
                raise crossing
            written.add(end)
            node = by_name[end]
            named = "" if node.name == names[node.name] else f" as {node.name}"
            if node.layer.joins:
                end = forks[node.name]
                branches = " ; ".join(chain(source, end, depth + 1) for source in node.inputs)
                items.append(f"{node.layer.word}[ {branches} ]{named}")
            else:
                end = node.inputs[0]
                items.append(layer_text(node.layer, len(net.shapes[end]) - 1) + named)
        return " | ".join(reversed(items)) or "skip"

    head = "" if net.name == "network" else f"{net.name}: "
    dtype = "" if net.dtype == "float32" else f" {net.dtype}"
    text = f"{head}{shape_text(net.input)}{dtype} | {chain(net.nodes[-1].name, INPUT)}"
    # The only proof that a line says the same: reading it back.
    try:
        same = from_text(text) == net
    except LocalityError:
        same = False
    if not same:
        raise crossing
    return text


def layer_text(layer: Layer, axes: int) -> str:
    """A layer in the notation, for an input with so many axes of space.

    >>> layer_text(Conv(64, 7, stride=2, padding=3, rounding="floor"), 2)
    'conv 64 7x7 stride 2 pad 3 floor'
    """
    if type(layer) not in {cls for cls, _ in WORDS.values()}:
        return layer.word
    words = [layer.word]
    said = {"name", *WORDS[layer.word][1]}
    for argument in _positional(layer):
        value = getattr(layer, argument)
        said.add(argument)
        spread = (value,) * axes if argument in SIZES and isinstance(value, int) else value
        words.append(_value_text(spread, argument))
    for field in fields(layer):  # type: ignore[arg-type]
        value = getattr(layer, field.name)
        default = 0.01 if field.name == "slope" else field.default
        if field.name in said or value == default or value is None:
            continue
        flag = next((word for word, meant in FLAGS.items() if meant == (field.name, value)), None)
        words += [flag] if flag else [_option(field.name), _value_text(value, field.name)]
    return " ".join(words)


class _Reader:
    """Reads a chain of layers from tokens."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0
        self.layer = 0

    def peek(self) -> str | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self) -> str:
        self.place += 1
        return self.tokens[self.place - 1]

    def chain(self) -> list[Item]:
        items: list[Item] = []
        while True:
            item = self.item()
            if item is not None:
                items.append(item)
            if self.peek() != "|":
                return items
            self.take()

    def item(self) -> Item | None:
        """One layer or one bracket of branches; None for `skip`."""
        self.layer += 1
        words = list(self.words())
        where = f"layer {self.layer}, {' '.join(words)!r}"
        if self.peek() == "[":
            if len(words) != 1 or words[0] not in JOINS:
                stands = f"{where}: a '[' cannot follow here" if words else f"layer {self.layer}: a '[' stands alone"
                raise DescriptionError(f"{stands}. Write sum[...], concat[...] or product[...].")
            return self.branches(words[0])
        if not words:
            raise DescriptionError(f"layer {self.layer} is empty. Write a layer, or skip for a branch without any.")
        if words == ["skip"]:
            return None
        try:
            return _layer(words)
        except LocalityError as error:
            cls = WORDS[words[0]][0].__name__ if words[0] in WORDS else ""
            raise type(error)(f"{where}: {str(error).removeprefix(f'{cls}: ')}") from None

    def branches(self, join: str) -> Branches:
        self.take()
        self.depth += 1
        if self.depth > DEEPEST:
            raise DescriptionError(f"{join}[ stands in more than {DEEPEST} others. Write fewer in one another.")
        chains = [self.chain()]
        while self.peek() == ";":
            self.take()
            chains.append(self.chain())
        if self.peek() != "]":
            raise DescriptionError(f"{join}[ is not closed. Write ] after its last branch.")
        self.take()
        self.depth -= 1
        words = list(self.words())
        if words and (len(words) != 2 or words[0] != "as"):
            raise DescriptionError(f"{' '.join(words)!r} after ] cannot be read. Write | before the next layer.")
        return Branches(chains, join, name=words[1] if words else None)

    def words(self) -> Iterator[str]:
        while (token := self.peek()) is not None and token not in "[]|;":
            yield self.take()


def _layer(words: list[str]) -> Layer:
    opening, *rest = words
    if opening in JOINS:
        raise DescriptionError(f"its branches are missing. Write {opening}[ ... ; ... ].")
    if opening == "skip":
        raise DescriptionError("skip is the whole of its branch. Take out what stands beside it.")
    if opening not in WORDS:
        raise unknown("layer", opening, [*WORDS, *JOINS, "skip"])
    cls, said = WORDS[opening]
    arguments: dict[str, Any] = dict(said)
    known = {field.name for field in fields(cls)}  # type: ignore[arg-type]
    if len(rest) >= 2 and rest[-2] == "as":
        arguments["name"], rest = rest[-1], rest[:-2]
    for argument in _positional_names(cls, said):
        if not rest or not re.match(r"[-\d.]", rest[0]):
            default = next(f.default for f in fields(cls) if f.name == argument)  # type: ignore[arg-type]
            if default is MISSING or (default is None):
                raise DescriptionError(f"the number for {argument} is missing. Write it after {opening!r}.")
            continue
        arguments[argument] = _value(argument, rest.pop(0))
    while rest:
        word = rest.pop(0)
        argument, value = FLAGS.get(word, (OPTIONS.get(word, ""), None))
        if word == "as":
            raise DescriptionError("a name is read after 'as', at the end. Write as and one name last.")
        if argument not in known:
            options = [w for w in OPTIONS if OPTIONS[w] in known] + [w for w in FLAGS if FLAGS[w][0] in known]
            raise unknown("option", word, [*options, "as"])
        if word in OPTIONS:
            if not rest:
                raise DescriptionError(f"the value of {word!r} is missing. Write it after the word.")
            value = _value(argument, rest.pop(0))
        if argument in arguments:
            raise DescriptionError(f"it says {argument} twice. Take one out.")
        arguments[argument] = value
    return cls(**arguments)


def _positional(layer: Layer) -> tuple[str, ...]:
    return _positional_names(type(layer), {name: getattr(layer, name) for name in WORDS[layer.word][1]})


def _positional_names(cls: type[Layer], said: dict[str, Any]) -> tuple[str, ...]:
    if cls is Pool:
        kind = said["kind"]
        return ("output_size",) if kind in ADAPTIVE_POOLS else () if kind.startswith("global") else ("kernel_size",)
    if cls is Norm:
        return {"group": ("groups",), "local-response": ("size",)}.get(said["kind"], ())
    return {
        Conv: ("out_channels", "kernel_size"),
        ConvTranspose: ("out_channels", "kernel_size"),
        Dense: ("out_features",),
        Dropout: ("p",),
        Upsample: ("scale",),
        Reshape: ("output",),
        Crop: ("cells",),
        Distance: ("prototypes",),
    }.get(cls, ())


def _value(argument: str, word: str) -> Any:
    if argument == "footprint":
        return word
    if argument == "prototypes":
        return tuple(word.split(","))
    if argument == "connections":
        if not re.fullmatch(r"\d+(\+\d+)*(,\d+(\+\d+)*)*", word):
            raise DescriptionError(f"{word!r} is no table of connections. Write 0+1,1+2: what each map reads, in turn.")
        return tuple(tuple(int(channel) for channel in channels.split("+")) for channels in word.split(","))
    if argument in WHOLE:
        if not re.fullmatch(r"-?\d+", word):
            raise DescriptionError(f"{word!r} is no whole number. Write {argument} as digits.")
        return int(word)
    if argument in SIZES:
        if not re.fullmatch(r"-?\d+(x\d+)*", word):
            raise DescriptionError(f"{word!r} is no size. Write sizes as 5 or 5x5.")
        return _single([int(size) for size in word.split("x")])
    if argument in ("padding", "cells"):
        if not re.fullmatch(r"-?\d+(\+\d+)?(x\d+(\+\d+)?)*", word):
            raise DescriptionError(
                f"{word!r} is no {'crop' if argument == 'cells' else argument}. "
                f"Write 2, 2x1 (per axis) or 1+2x1+2 (before+after)."
            )
        entries = [tuple(int(side) for side in entry.split("+")) for entry in word.split("x")]
        return _single([entry if len(entry) == 2 else entry[0] for entry in entries])
    try:
        return float(word)
    except ValueError:
        raise DescriptionError(f"{word!r} is no number. Write {argument} as a number.") from None


def _single(entries: list[Any]) -> Any:
    return entries[0] if len(entries) == 1 and isinstance(entries[0], int) else tuple(entries)


def _value_text(value: Any, argument: str) -> str:
    if isinstance(value, tuple):
        return ("," if argument in ("connections", "prototypes") else "x").join(
            "+".join(map(str, entry)) if isinstance(entry, tuple) else str(entry) for entry in value
        )
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _option(argument: str) -> str:
    return next(word for word, name in OPTIONS.items() if name == argument)


def _until_bar(tokens: list[str]) -> tuple[list[str], list[str]]:
    end = tokens.index("|") if "|" in tokens else len(tokens)
    return tokens[:end], tokens[end + 1 :]


def _forks(net: Network) -> dict[str, str]:
    """For each node, the last one that every way to it passes (its immediate dominator)."""
    above: dict[str, str] = {}
    depth = {INPUT: 0}
    for node in net.nodes:
        first, *others = node.inputs
        for other in others:
            while first != other:
                if depth[first] < depth[other]:
                    first, other = other, first
                first = above[first]
        above[node.name], depth[node.name] = first, depth[first] + 1
    return above
