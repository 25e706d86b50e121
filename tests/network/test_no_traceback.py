"""Whatever a user gives, the answer is a network or a `LocalityError`: no other exception comes out."""

import json
from dataclasses import MISSING, fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locality.errors import LocalityError
from locality.network.layers import LAYERS, NORMS, POOLS, Conv, Flatten, Norm, Pool, Sum
from locality.network.network import Branches, Network, Node, Residual
from locality.network.notation import FLAGS, OPTIONS, WORDS, to_text
from locality.network.plain import to_json
from locality.network.table import trace
from strategies import graphs, networks

NAN, HUGE = float("nan"), 10**40
WRONG = [
    None,
    "",
    "x",
    "same",
    3.5,
    NAN,
    float("inf"),
    True,
    False,
    -1,
    0,
    HUGE,
    -HUGE,
    999_999,
    (),
    [],
    (1, 2),
    ("a",),
    (1, 2, 3, 4),
    (None,),
    ((1, 2), "a"),
    ((1, 2), 3),
    [[]],
    {},
    {"a": 1},
    {1},
    b"ab",
    2 + 1j,
    object(),
    len,
]


def harmless(make):
    """Call it: a network must then be whole, a mistake must be told as one."""
    try:
        net = make()
    except LocalityError:
        return
    if isinstance(net, Network):
        assert Network.from_json(net.to_json()) == net
        if max(net.output) < 10_000:
            str(trace(net))


LEAST = {"out_channels": 2, "kernel_size": 3, "out_features": 3, "function": "relu", "scale": 2, "operation": "mix",
         "output": (3,), "kind": "max", "cells": 1, "prototypes": ["01/10", "11/00"]}  # fmt: skip
STARTS = [
    *[(cls, {f.name: LEAST[f.name] for f in fields(cls) if f.default is MISSING}) for cls in LAYERS
      if cls not in (Norm, Pool)],
    *[(Pool, {"kind": kind, **({} if "-" in kind else {"kernel_size": 2})}) for kind in POOLS],
    *[(Norm, {"kind": kind, **{"group": {"groups": 2}, "local-response": {"size": 3}}.get(kind, {})})
      for kind in NORMS],
]  # fmt: skip


@pytest.mark.parametrize(("cls", "arguments"), STARTS, ids=lambda value: getattr(value, "__name__", None))
def test_wrong_arguments_of_a_layer(cls, arguments):
    for field in fields(cls):
        for value in WRONG:

            def make(field=field, value=value):
                layer = cls(**{**arguments, field.name: value})
                if layer.joins:
                    return Network("n", (2, 8, 8), nodes=[Node("f", layer, ["input", "input"])])
                return Network("n", (2, 8, 8), [layer])

            harmless(make)


@pytest.mark.parametrize("value", WRONG, ids=lambda value: type(value).__name__)
def test_wrong_arguments_of_networks_nodes_and_branches(value):
    conv, shape = Conv(2, 1), (2, 8, 8)
    harmless(lambda: Network(value, shape, [Flatten()]))
    harmless(lambda: Network("n", value, [Flatten()]))
    harmless(lambda: Network("n", (2, value), [Flatten()]))
    harmless(lambda: Network("n", shape, value))
    harmless(lambda: Network("n", shape, [value]))
    harmless(lambda: Network("n", shape, nodes=value))
    harmless(lambda: Network("n", shape, nodes=[value]))
    harmless(lambda: Network("n", shape, [Flatten()], dtype=value))
    harmless(lambda: Network("n", shape, nodes=[Node(value, conv, ["input"])]))
    harmless(lambda: Network("n", shape, nodes=[Node("a", value, ["input"])]))
    harmless(lambda: Network("n", shape, nodes=[Node("a", conv, value)]))
    harmless(lambda: Network("n", shape, nodes=[Node("a", conv, [value])]))
    harmless(lambda: Network("n", shape, nodes=[Node("a", conv, "input"), Node("b", conv, "a", value)]))
    harmless(lambda: Network("n", shape, [Branches(value)]))
    harmless(lambda: Network("n", shape, [Branches([value])]))
    harmless(lambda: Network("n", shape, [Branches([[value], []])]))
    harmless(lambda: Network("n", shape, [Branches([[], []], value)]))
    harmless(lambda: Network("n", shape, [Branches([[], []], name=value)]))
    harmless(lambda: Network("n", shape, [Residual(value)]))
    harmless(lambda: Network("n", shape, [Residual([], value)]))
    harmless(lambda: Network.from_text(value))
    harmless(lambda: Network.from_json(value))


TOKENS = [
    *WORDS,
    *OPTIONS,
    *FLAGS,
    "sum",
    "concat",
    "product",
    "skip",
    "as",
    "a.b",
    "input",
    "|",
    "|",
    "|",
    ";",
    "[",
    "]",
    "sum[",
    "1",
    "2",
    "3x3",
    "5x5x5x5",
    "0",
    "-1",
    "1+2",
    "1+2x3",
    "0.5",
    "1e400",
    "nan",
    ".",
    "x",
    "²",
    "٣x٣",
    "9" * 35,
    "1000000",
    ":",
    "float64",
]


STARTING = ["2x8x8 | ", "2x8 | ", "5 | ", "a: 2x8x8 | ", ""]


@settings(deadline=None, max_examples=400)
@given(
    st.lists(st.sampled_from(TOKENS), max_size=12), st.sampled_from(["2x8x8 | ", "2x8 | ", "5 | ", "a: 2x8x8 | ", ""])
)
def test_any_words_in_a_row(tokens, start):
    harmless(lambda: Network.from_text(start + " ".join(tokens)))


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=30))
def test_any_text_at_all(text):
    harmless(lambda: Network.from_text(text))
    harmless(lambda: Network.from_json(text))


@settings(deadline=None, max_examples=200)
@given(networks(), st.data())
def test_a_line_with_a_word_lost_doubled_or_swapped(net, data):
    words = to_text(net).split(" ")
    place = data.draw(st.integers(0, len(words) - 1))
    change = data.draw(st.sampled_from(["lose", "double", "other", "cut"]))
    if change == "lose":
        del words[place]
    elif change == "double":
        words.insert(place, words[place])
    elif change == "other":
        words[place] = data.draw(st.sampled_from(TOKENS))
    else:
        words = words[:place]
    harmless(lambda: Network.from_text(" ".join(words)))


def places(plain, path=()):
    """Where every value of nested lists and objects stands."""
    yield path
    for key, value in plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ():
        yield from places(value, (*path, key))


JSON = st.sampled_from(
    [None, "", "x", "input", 0, -1, 3, 3.5, NAN, HUGE, True, [], {}, [1], [[1, 2], 3], {"a": 1}, "DROP"]
)


@settings(deadline=None, max_examples=200)
@given(st.one_of(networks(), graphs()), st.data())
def test_json_with_a_value_lost_or_changed(net, data):
    whole = {"all": json.loads(to_json(net))}
    *path, last = data.draw(st.sampled_from([path for path in places(whole) if path]))
    inner = whole
    for step in path:
        inner = inner[step]
    value = data.draw(JSON)
    if value == "DROP":
        del inner[last]
    else:
        inner[last] = value
    harmless(lambda: Network.from_json(json.dumps(whole.get("all"))))


@pytest.mark.parametrize("depth", [40, 60, 5000])
def test_deep_nesting_is_read_or_refused(depth):
    harmless(lambda: Network.from_text("1x4x4 | " + "sum[ " * depth + "relu" + " ; skip ]" * depth))
    harmless(lambda: Network.from_json("[" * depth))
    item = Residual([Conv(1, 1)])
    for _ in range(depth):
        item = Residual([item])
    harmless(lambda: Network("deep", (1, 4, 4), [item]))


def test_a_long_chain_and_a_deep_graph_are_kept():
    chain = [Node(f"a{i}", Conv(1, 1), f"a{i - 1}" if i else "input") for i in range(300)]
    long = Network("long", (1, 4, 4), nodes=chain)
    assert Network.from_text(long.to_text()) == long
    ends, nodes = "input", []
    for i in range(300):  # each sum holds all before it as one of its branches
        nodes += [Node(f"s{i}", Sum(), [ends, "input"])]
        ends = f"s{i}"
    deep = Network("deep", (1, 4, 4), nodes=nodes)
    assert Network.from_json(deep.to_json()) == deep
    harmless(deep.to_text)
