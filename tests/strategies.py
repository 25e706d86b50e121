"""Random valid networks for Hypothesis: every layer with random options, nested branches, any graph of nodes.

`networks()` draws what a line of text can say, `graphs()` what only nodes can (crossing branches, shared weights,
opaque operations).
"""

from dataclasses import replace
from math import prod

from hypothesis import strategies as st

from locality.errors import LocalityError
from locality.network.layer import Layer
from locality.network.layers import (
    ACTIVATIONS,
    NORMS,
    Activation,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    Distance,
    Dropout,
    Flatten,
    Norm,
    Opaque,
    Pool,
    Product,
    Reshape,
    Sum,
    Upsample,
)
from locality.network.network import DTYPES, Branches, Network, Node, Residual

LARGEST = 2500  # the most cells a map may have, so that everything stays quick


class Names:
    """Explicit names that no other node has: plain ones and dotted ones."""

    def __init__(self, draw):
        self.draw, self.count = draw, 0

    def __call__(self):
        self.count += 1
        kind = self.draw(st.sampled_from(["", "", "plain", "dotted"]))
        return {"": None, "plain": f"my-{self.count}", "dotted": f"part_{self.count}.0.conv"}[kind]


def shapes(axes=(1, 2, 3), channels=4):
    sides = {1: (2, 24), 2: (2, 12), 3: (2, 6)}
    return st.sampled_from(axes).flatmap(
        lambda n: st.tuples(st.integers(1, channels), *[st.integers(*sides[n])] * n),
    )


def _per_axis(axes, numbers):
    return st.one_of(numbers, st.tuples(*[numbers] * axes))


def _padding(axes, most=2):
    entry = st.one_of(st.integers(0, most), st.tuples(st.integers(0, most), st.integers(0, most)))
    return st.one_of(st.just(0), st.integers(0, most), st.tuples(*[entry] * axes))


def _groups(channels):
    return st.sampled_from([n for n in range(1, channels + 1) if channels % n == 0])


@st.composite
def convs(draw, shape):
    axes, groups = len(shape) - 1, draw(_groups(shape[0]))
    same = draw(st.booleans())
    footprint, kernel = "full", draw(_per_axis(axes, st.integers(1, 4)))
    kind = draw(st.sampled_from(["full", "full", "diamond", "hexagon", "rows"]))
    if kind == "diamond":
        footprint, kernel = "diamond", 3
    elif kind == "hexagon" and axes == 2:
        footprint, kernel = "hexagon", 3
    elif kind == "rows" and axes <= 2:
        footprint, kernel = ("101", (3,)) if axes == 1 else ("01/11/10", (3, 2))
    out = groups * draw(st.integers(1, 3))
    reads = st.lists(st.integers(0, shape[0] - 1), min_size=1, unique=True)
    table = groups == 1 and draw(st.integers(0, 3)) == 0
    return Conv(
        out,
        kernel,
        stride=1 if same else draw(_per_axis(axes, st.integers(1, 3))),
        padding="same" if same else draw(_padding(axes)),
        dilation=draw(_per_axis(axes, st.sampled_from([1, 1, 2]))),
        groups=groups,
        bias=draw(st.booleans()),
        padding_mode=draw(st.sampled_from(["zeros", "zeros", "edge", "reflect", "wrap"])),
        footprint=footprint,
        rounding=draw(st.sampled_from(["exact", "floor"])),
        connections=[draw(reads) for _ in range(out)] if table else None,
    )


@st.composite
def transposed_convs(draw, shape):
    axes, groups = len(shape) - 1, draw(_groups(shape[0]))
    stride = draw(_per_axis(axes, st.integers(1, 3)))
    return ConvTranspose(
        groups * draw(st.integers(1, 2)),
        draw(_per_axis(axes, st.integers(1, 3))),
        stride=stride,
        padding=draw(_padding(axes, 1)),
        output_padding=draw(_per_axis(axes, st.sampled_from([0, 0, 1]))),
        dilation=draw(_per_axis(axes, st.integers(1, 2))),
        groups=groups,
        bias=draw(st.booleans()),
    )


@st.composite
def pools(draw, shape):
    axes = len(shape) - 1
    kind = draw(
        st.sampled_from(
            [
                "max",
                "average",
                "majority",
                "subsampling",
                "global-average",
                "global-max",
                "adaptive-average",
                "adaptive-max",
            ]
        )
    )
    if kind.startswith("global"):
        return Pool(kind)
    if kind.startswith("adaptive"):
        return Pool(kind, output_size=draw(_per_axis(axes, st.integers(1, 4))))
    return Pool(
        kind,
        # torch's average pooling on three axes refuses a window larger than the input, whatever the padding
        draw(_per_axis(axes, st.integers(1, 3 if axes < 3 else min(shape[1:])))),
        stride=draw(st.one_of(st.none(), _per_axis(axes, st.integers(1, 3)))),
        padding=0 if kind == "majority" else draw(_padding(axes, 1)),
        dilation=draw(st.sampled_from([1, 1, 2])),
        rounding=draw(st.sampled_from(["exact", "floor", "ceil"] if axes < 3 else ["exact", "floor"])),
    )


@st.composite
def norms(draw, shape):
    kind = draw(st.sampled_from(list(NORMS)))
    arguments = {
        "groups": _groups(shape[0]),
        "size": st.integers(1, 5),
        "eps": st.sampled_from([1e-5, 1e-3]),
        "momentum": st.sampled_from([0.1, 0.01]),
        "affine": st.booleans(),
        "alpha": st.sampled_from([1e-4, 2.0]),
        "beta": st.sampled_from([0.75, 0.5]),
        "k": st.sampled_from([1.0, 2.0]),
    }
    return Norm(kind, **{argument: draw(arguments[argument]) for argument in NORMS[kind]})


@st.composite
def activations(draw):
    function = draw(st.sampled_from(ACTIVATIONS))
    return Activation(function, draw(st.sampled_from([None, 0.2])) if function == "leaky_relu" else None)


@st.composite
def layers(draw, shape, keep=""):
    """A layer that fits the shape; one that keeps its space or all of it, where `keep` is "space" or "shape"."""
    if keep and draw(st.booleans()) and len(shape) > 1:
        groups = draw(_groups(shape[0]))
        out = shape[0] if keep == "shape" else groups * draw(st.integers(1, 3))
        return Conv(out, draw(st.integers(1, 4)), padding="same", groups=groups)
    if keep and len(shape) == 1 and draw(st.booleans()):
        return Dense(shape[0] if keep == "shape" else draw(st.integers(1, 5)), bias=draw(st.booleans()))
    whole = st.booleans() if len(shape) > 1 else st.just(False)
    kinds = [activations(), norms(shape), st.builds(Dropout, st.sampled_from([0.0, 0.25, 0.5]), whole)]
    if not keep and len(shape) == 1:
        kinds.append(st.builds(Dense, st.integers(1, 5), st.booleans()))
        drawing = st.text("01", min_size=shape[0], max_size=shape[0])
        kinds.append(st.builds(Distance, st.lists(drawing, min_size=1, max_size=3)))
    elif not keep:
        scale = _per_axis(len(shape) - 1, st.integers(1, 2))
        kinds += [convs(shape)] * 3 + [pools(shape)] * 2 + [transposed_convs(shape)]
        kinds += [st.builds(Upsample, scale, st.sampled_from(["nearest", "linear"]))]
        kinds.append(st.sampled_from([Flatten(), Reshape(shape[::-1])]))
        kinds.append(st.builds(Crop, _padding(len(shape) - 1, 1)))
    layer = draw(st.one_of(kinds))
    try:
        fits = prod(layer.shape([shape])) <= LARGEST
    except LocalityError:
        fits = False
    return layer if fits else Activation("relu")


def _chain(draw, shape, names, depth=0, keep="", least=0, most=3):
    """A chain of layers and branches, and the shape that it ends in."""
    items = []
    for _ in range(draw(st.integers(least, most))):
        if depth < 2 and draw(st.integers(0, 4)) == 0:
            item, shape = _branches(draw, shape, names, depth + 1, keep)
        else:
            item = replace(draw(layers(shape, keep)), name=names())
            shape = item.shape([shape])
        items.append(item)
    return items, shape


def _branches(draw, shape, names, depth, keep):
    join = draw(st.sampled_from(["residual", "sum", "product", "concat", "gate"]))
    if join == "concat" and keep != "shape":
        chains = [_chain(draw, shape, names, depth, "space") for _ in range(draw(st.integers(2, 3)))]
        ends = [end for _, end in chains]
        return Branches([chain for chain, _ in chains], "concat", names()), Concat().shape(ends)
    if join == "residual":
        body, shortcut = (_chain(draw, shape, names, depth, "shape")[0] for _ in range(2))
        return Residual(body, shortcut if draw(st.booleans()) else (), name=names()), shape
    if join == "gate" and len(shape) > 1:
        gate = [Pool("global-average"), Conv(shape[0], 1), Activation("sigmoid")]
        return Branches([gate, []], "product", names()), shape
    chains = [_chain(draw, shape, names, depth, "shape")[0] for _ in range(draw(st.integers(2, 3)))]
    return Branches(chains, "product" if join == "product" else "sum", names()), shape


@st.composite
def networks(draw, axes=(1, 2, 3), dtypes=DTYPES):
    """A network of chains and nested joins: what a line of text can say."""
    shape = draw(shapes(axes))
    names = Names(draw)
    items, end = _chain(draw, shape, names, least=1, most=5)
    if len(end) > 1 and draw(st.booleans()):
        items += [Flatten(name=names()), Dense(draw(st.integers(1, 4)), name=names())]
    name = draw(st.sampled_from(["network", "lenet-5", "a.b_c", "7"]))
    return Network(name, shape, items, dtype=draw(st.sampled_from(dtypes)))


@st.composite
def graphs(draw):
    """A network of nodes that read any earlier ones, with opaque operations and shared weights."""
    shape = draw(shapes())
    nodes: list[Node] = []
    shared = Conv(shape[0], 3, padding="same")
    for number in range(draw(st.integers(1, 6))):
        earlier = ["input", *(node.name for node in nodes)]
        name = draw(st.sampled_from([f"n{number}", f"stage{number}.op"]))
        kind = draw(st.sampled_from(["layer", "layer", "conv", "opaque", "sum", "product"]))
        several = st.lists(st.sampled_from(earlier), min_size=2, max_size=3)
        owners = [node.name for node in nodes if node.weights is None and node.layer == shared]
        if kind in ("sum", "product"):
            layer: Layer = Sum() if kind == "sum" else Product()
            nodes.append(Node(name, layer, draw(several)))
        elif kind == "opaque":
            nodes.append(Node(name, Opaque("mix", shape), draw(several)))
        elif kind == "conv":
            weights = draw(st.sampled_from([None, *owners]))
            nodes.append(Node(name, shared, draw(st.sampled_from(earlier)), weights))
        else:
            nodes.append(Node(name, draw(layers(shape, "shape")), draw(st.sampled_from(earlier))))
    read = {source for node in nodes for source in node.inputs}
    ends = [node.name for node in nodes if node.name not in read]
    if len(ends) > 1:
        nodes.append(Node("end", draw(st.sampled_from([Sum(), Concat()])), ends))
    return Network("graph", shape, nodes=nodes, dtype=draw(st.sampled_from(DTYPES)))
