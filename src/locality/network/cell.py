"""One output cell spelled out: its patch, its weights, their products, the bias, and the sum, in float64.

One arithmetic rule for each kind of layer, in numpy, next to torch's and independent of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from locality.errors import DescriptionError, ShapeError
from locality.geometry.arguments import is_inside, place_given, shape_text
from locality.geometry.window import AxisMap, source
from locality.network.curves import CURVES
from locality.network.layer import Layer
from locality.network.layers import (
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
from locality.network.network import Network, Node

Array = npt.NDArray[Any]
Place = tuple[int, ...]


class Recorded(Protocol):
    """What `explain` reads: a description, and arrays by name (see `locality.engine.record`)."""

    @property
    def network(self) -> Network: ...
    @property
    def values(self) -> dict[str, Array]: ...
    @property
    def parameters(self) -> dict[str, Array]: ...


@dataclass(frozen=True, eq=False, repr=False)
class Cell:
    """How one number came about.

    `value` = sum of `products` + `bias`, in float64, for every kind but the majority rule, whose value is the sign of
    that sum. `patch`, `weights` and `products` have one shape; `weights` is None where nothing is multiplied, and of a
    distance it is the drawing, from which the products are -(patch - weights)^2.
    `sites` gives for each entry of the patch its (channel, *space) in the input, or -1 where the entry is no cell of it
    (padding, a running mean). `inputs` names the nodes read: one for each entry of a sum or a product, and of a
    concatenation the one from which this cell comes. `computed` is what torch computed in its own precision, `rule`
    says in words what is done, and `activation` is (node, function, value) of the curve that reads this node, where
    one does.
    """

    node: str
    kind: str
    cell: Place
    inputs: tuple[str, ...]
    patch: Array
    weights: Array | None
    products: Array
    bias: complex
    value: complex
    computed: complex
    sites: npt.NDArray[np.int64]
    rule: str
    activation: tuple[str, str, complex] | None = None

    @property
    def scale(self) -> float:
        """|bias| + sum of |products|: the size against which rounding is measured."""
        return float(abs(self.bias) + np.abs(self.products).sum())

    def __repr__(self) -> str:
        lines = [f"{self.node}{list(self.cell)}: {self.rule}"]
        shown = self.patch.size <= 64
        for title, array in (("patch", self.patch), ("weights", self.weights), ("products", self.products)):
            if array is not None and shown:
                body = np.array2string(array, precision=6, suppress_small=False, max_line_width=100)
                lines += [f"{title}:", "  " + body.replace("\n", "\n  ")]
        if not shown:
            lines.append(f"{self.patch.size} terms, the sum of |products| is {np.abs(self.products).sum():.6g}")
        if self.weights is not None:
            lines.append(f"sum of products {self.products.sum():.9g}, bias {self.bias:.9g}")
        lines.append(
            f"value {self.value:.9g} (torch: {self.computed:.9g}, apart by {abs(self.value - self.computed):.1e})"
        )
        if self.activation:
            lines.append(f"then {self.activation[0]}: {self.activation[1]} gives {self.activation[2]:.9g}")
        return "\n".join(lines)


@dataclass(frozen=True)
class _Terms:
    """What a rule gives: the terms of a sum, before they are added up."""

    patch: Array
    products: Array
    sites: Any
    rule: str
    weights: Array | None = None
    bias: complex = 0.0
    value: complex | None = None  # where it is not the sum
    reads: int | None = None  # the one input that is read, where it is not all


def explain(record: Recorded, node: str, cell: Sequence[int] | int, image: int = 0) -> Cell:
    """One output cell of a recorded run, spelled out.

    `cell` is (channel, *space), or a feature's number where the output is flat; `image` counts the record's images.
    The sum is taken in float64; it lies within 1e-6 `.scale` of what torch computed in float32. Raises
    `UnknownNameError` for an unknown node, `ShapeError` for a cell or image outside, `DescriptionError` for an opaque
    operation.

    >>> from types import SimpleNamespace
    >>> net = Network("mean", (1, 2, 2), [Pool("average", 2)])
    >>> values = {"input": np.arange(4.0).reshape(1, 1, 2, 2), "pool1": np.full((1, 1, 1, 1), 1.5)}
    >>> explain(SimpleNamespace(network=net, values=values, parameters={}), "pool1", (0, 0, 0)).value
    1.5
    """
    net, at = record.network, record.network.node(node)
    shape, place = net.shapes[node], place_given(cell)
    if not is_inside(place, shape):
        raise ShapeError(
            f"{node}: there is no cell {place} in its output {shape_text(shape)}. "
            f"Give (channel, *space), counted from 0."
        )
    images = len(record.values[node])
    if not is_inside(place_given(image), (images,)):
        raise ShapeError(f"{node}: there is no image {image} among {images}. Count from 0.")
    inputs = [np.asarray(_wide(record.values[name][image])) for name in at.inputs]
    owner = at.weights or at.name
    names = (*at.layer.parameters(net.inputs(at)), "running_mean", "running_var")
    weights = {}
    for name in names:
        key = f"{at.name if name.startswith('running') else owner}.{name}"
        if key in record.parameters:
            array = np.asarray(record.parameters[key])
            weights[name] = array if array.ndim > 1 else _wide(array)  # of a large one, a rule widens what it reads
    terms = RULES[type(at.layer)](at.layer, inputs, weights, place)
    value = terms.products.sum() + terms.bias if terms.value is None else terms.value
    return Cell(
        node=node,
        kind=at.layer.word,
        cell=place,
        inputs=at.inputs if terms.reads is None else (at.inputs[terms.reads],),
        patch=terms.patch,
        weights=terms.weights,
        products=terms.products,
        bias=_plain(terms.bias),
        value=_plain(value),
        computed=_plain(record.values[node][(image, *place)]),
        sites=np.asarray(terms.sites, dtype=np.int64).reshape(*terms.patch.shape, inputs[0].ndim),
        rule=terms.rule,
        activation=_activation(record, node, (image, *place)),
    )


def _activation(record: Recorded, node: str, index: Place) -> tuple[str, str, complex] | None:
    readers = [other for other in record.network.nodes if node in other.inputs]
    if len(readers) != 1 or not isinstance(readers[0].layer, Activation):
        return None
    reader: Node = readers[0]
    return reader.name, reader.layer.word, _plain(record.values[reader.name][index])


def _conv(layer: Conv, inputs: list[Array], weights: dict[str, Array], cell: Place) -> _Terms:
    image, (channel, *place) = inputs[0], cell
    space = image.shape[1:]
    taps = layer.taps(space)
    windows = layer.windows(space)
    offsets = taps or list(product(*(range(window.kernel) for window in windows)))
    channels = layer.reads(len(image))[channel]
    shape = (len(channels), *((len(offsets),) if taps else (window.kernel for window in windows)))
    patch, sites = np.zeros((len(channels), len(offsets)), image.dtype), []
    for (row, c), (i, offset) in product(enumerate(channels), enumerate(offsets)):
        reads = [window.reads(u)[tap] for window, u, tap in zip(windows, place, offset, strict=True)]
        real = [source(x, size, layer.padding_mode) for x, size in zip(reads, space, strict=True)]
        if None not in real:
            patch[row, i] = image[(c, *real)]
        sites.append([c, *real] if None not in real else [-1] * image.ndim)
    (first, *_), count = layer.kernel_at(len(image), channel, channels[0]), len(channels)
    stored = weights["weight"][first : first + count] if layer.connections is not None else weights["weight"][first]
    weight = _wide(stored).reshape(patch.shape)
    bias = weights["bias"][channel] if layer.bias else 0.0
    patch, weight = patch.reshape(shape), weight.reshape(shape)
    return _Terms(patch, patch * weight, sites, "the sum of patch times weights, plus the bias", weight, bias)


def _transposed(layer: ConvTranspose, inputs: list[Array], weights: dict[str, Array], cell: Place) -> _Terms:
    image, (channel, *place) = inputs[0], cell
    space = image.shape[1:]
    each = layer.out_channels // layer.groups
    wide = image.shape[0] // layer.groups
    first = channel // each * wide
    along = []  # for each axis, the (input, tap) pairs that meet at this place
    for axis, u, size in zip(layer.maps([image.shape]), place, space, strict=True):
        along.append([(x, tap) for x, tap in axis.pairs(u) if 0 <= x < size])
    patch, weight, sites = [], [], []
    for c, met in product(range(first, first + wide), product(*along)):
        site = (c, *(x for x, _ in met))
        patch.append(image[site])
        weight.append(weights["weight"][(c, channel % each, *(tap for _, tap in met))])
        sites.append(site)
    bias = weights["bias"][channel] if layer.bias else 0.0
    rule = "the sum over the inputs spread onto this place, each times the weight that falls here, plus the bias"
    a, w = np.array(patch, image.dtype), np.array(weight, image.dtype)
    return _Terms(a, a * w, np.array(sites).reshape(len(patch), image.ndim), rule, w, bias)


def _pool(layer: Pool, inputs: list[Array], weights: dict[str, Array], cell: Place) -> _Terms:
    image, (channel, *place) = inputs[0], cell
    maps: Sequence[AxisMap] = layer.maps([image.shape])
    reads = [list(axis.reads(u)) for axis, u in zip(maps, place, strict=True)]
    if layer.kernel_size is not None:
        # Rounding up, the part of a window beyond the explicit padding does not exist and is not counted.
        ends = [size + w.padding[1] for w, size in zip(layer.windows(image.shape[1:]), image.shape[1:], strict=True)]
        reads = [[x for x in cells if x < end] for cells, end in zip(reads, ends, strict=True)]
    shape = tuple(map(len, reads))
    inside = [all(0 <= x < n for x, n in zip(site, image.shape[1:], strict=True)) for site in product(*reads)]
    pairs = list(zip(product(*reads), inside, strict=True))
    outside = -np.inf if layer.kind.endswith("max") else 0.0
    patch = np.array([image[(channel, *site)] if real else outside for site, real in pairs]).reshape(shape)
    sites = [[channel, *site] if real else [-1] * image.ndim for site, real in pairs]
    if layer.kind.endswith("average"):
        share: Array = np.full(shape, 1 / patch.size)
        return _Terms(
            patch, patch * share, sites, f"the sum of the window's {patch.size} cells, each over {patch.size}", share
        )
    if layer.kind == "subsampling":
        weight: Array = np.full(shape, weights["weight"][channel])
        rule = "the sum of the window, times the channel's weight, plus its bias"
        return _Terms(patch, patch * weight, sites, rule, weight, weights["bias"][channel])
    if layer.kind == "majority":
        votes = patch.sum()
        rule = "the sign of the window's sum" + ("" if votes else "; a tie, so the first site decides")
        return _Terms(patch, patch, sites, rule, value=np.sign(votes or patch.flat[0]))
    chosen = np.zeros(shape)
    chosen.flat[patch.argmax()] = 1.0
    return _Terms(patch, np.where(chosen, patch, 0.0), sites, "the largest of the window", chosen)


def _dense(layer: Dense, inputs: list[Array], weights: dict[str, Array], cell: Place) -> _Terms:
    weight = _wide(weights["weight"][cell[0]])
    bias = weights["bias"][cell[0]] if layer.bias else 0.0
    sites = [[i] for i in range(len(weight))]
    return _Terms(
        inputs[0], inputs[0] * weight, sites, "the sum of all inputs times weights, plus the bias", weight, bias
    )


def _norm(layer: Norm, inputs: list[Array], weights: dict[str, Array], cell: Place) -> _Terms:
    image, channel = inputs[0], cell[0]
    own = image[cell]
    if layer.kind == "local-response":
        assert layer.size is not None
        near = range(max(0, channel - layer.size // 2), min(len(image), channel + (layer.size - 1) // 2 + 1))
        patch = np.array([image[(c, *cell[1:])] for c in near])
        value = own / (layer.k + layer.alpha / layer.size * (patch**2).sum()) ** layer.beta
        products = np.where(np.array(near) == channel, value, 0.0)
        rule = "divided by (k + alpha/size times the sum of squares over neighbouring channels)^beta"
        return _Terms(patch, products, [[c, *cell[1:]] for c in near], rule)
    where = cell if layer.kind == "layer" else (channel,)
    scale = weights["weight"][where] if "weight" in weights else 1.0
    shift = weights["bias"][where] if "bias" in weights else 0.0
    # The mean is subtracted as terms of its own: what is left may be far smaller than either.
    if layer.kind == "batch":
        slope = scale / np.sqrt(weights["running_var"][channel] + layer.eps)
        patch, slopes = np.array([own, weights["running_mean"][channel]]), np.array([slope, -slope])
        rule = "the cell less the running mean of its channel, over the deviation, times the scale, plus the shift"
        return _Terms(patch, patch * slopes, [cell, [-1] * image.ndim], rule, slopes, shift)
    size = {"layer": len(image), "instance": 1}.get(layer.kind) or len(image) // (layer.groups or 1)
    first = channel // size * size
    patch = image[first : first + size]
    over = {"layer": "image", "instance": "map"}.get(layer.kind, "group of channels")
    slope = scale / np.sqrt(patch.var() + layer.eps)
    slopes = np.full(patch.shape, -slope / patch.size)
    slopes[(channel - first, *cell[1:])] += slope
    sites = np.moveaxis(np.indices(patch.shape), 0, -1)
    sites[..., 0] += first
    rule = f"the cell less the mean of the {over}, over the deviation, times the scale, plus the shift"
    return _Terms(patch, patch * slopes, sites, rule, slopes, shift)


def _curve(layer: Activation, inputs: list[Array], weights: dict[str, Array], cell: Place) -> _Terms:
    image, x = inputs[0], inputs[0][cell]
    if layer.function in ("softmax", "log_softmax"):
        patch = image.reshape(len(image), -1)[:, _flat(cell[1:], image.shape[1:])]
        sites = [[c, *cell[1:]] for c in range(len(patch))]
        largest = patch.max()
        total = np.exp(patch - largest).sum()
        if layer.function == "softmax":
            products = np.where(np.arange(len(patch)) == cell[0], np.exp(x - largest) / total, 0.0)
            return _Terms(patch, products, sites, "exp of the channel over the sum of exp of all channels")
        products = np.where(np.arange(len(patch)) == cell[0], x, 0.0)
        rule = "the channel less the logarithm of the sum of exp of all channels"
        return _Terms(patch, products, sites, rule, bias=-(largest + np.log(total)))
    terms = CURVES[layer.function](x.item(), layer.slope or 0.0)
    first, *rest = terms if isinstance(terms, tuple) else (terms,)
    return _Terms(np.array([x]), np.array([first]), [cell], f"{layer.function} of the input", bias=sum(rest))


def _upsample(layer: Upsample, inputs: list[Array], weights: dict[str, Array], cell: Place) -> _Terms:
    image, (channel, *place) = inputs[0], cell
    along = []
    for axis, u, size in zip(layer.maps([image.shape]), place, image.shape[1:], strict=True):
        pairs: dict[int, float] = {}
        for x, near in zip(axis.reads(u), axis.shares(u), strict=True):
            held = min(max(x, 0), size - 1)
            pairs[held] = pairs.get(held, 0.0) + near
        along.append(list(pairs.items()))
    met = list(product(*along))
    shape = tuple(map(len, along))
    sites = [(channel, *(x for x, _ in one)) for one in met]
    patch = np.array([image[site] for site in sites]).reshape(shape)
    share = np.array([prod(w for _, w in one) for one in met]).reshape(shape)
    rule = (
        "the nearest input cell" if layer.mode == "nearest" else "the neighbouring cells, weighted by how near they are"
    )
    return _Terms(patch, patch * share, sites, rule, share)


def _crop(layer: Crop, inputs: list[Array], weights: dict[str, Array], cell: Place) -> _Terms:
    channel, *place = cell
    site = (channel, *(axis.reads(u)[0] for axis, u in zip(layer.maps([inputs[0].shape]), place, strict=True)))
    return _copied(inputs[0][site], site, "passed on: the edges are cut away")


def _distance(layer: Distance, inputs: list[Array], weights: dict[str, Array], cell: Place) -> _Terms:
    prototype = np.array(layer.weights()[cell[0]], np.float64)
    sites = [[i] for i in range(len(prototype))]
    rule = "less the sum of the squares of input less prototype"
    return _Terms(inputs[0], -((inputs[0] - prototype) ** 2), sites, rule, prototype)


def _sum(layer: Sum, inputs: list[Array], weights: dict[str, Array], cell: Place) -> _Terms:
    patch = np.array([image[cell] for image in inputs])
    return _Terms(patch, patch, [cell for _ in inputs], "the sum of the inputs")


def _product(layer: Product, inputs: list[Array], weights: dict[str, Array], cell: Place) -> _Terms:
    sites = [[0 if n == 1 else x for x, n in zip(cell, image.shape, strict=True)] for image in inputs]
    for site in sites:
        site[0] = cell[0]
    patch = np.array([image[tuple(site)] for image, site in zip(inputs, sites, strict=True)])
    products = np.zeros(len(patch), patch.dtype)
    products[0] = patch.prod()
    return _Terms(patch, products, sites, "the product of the inputs")


def _concat(layer: Concat, inputs: list[Array], weights: dict[str, Array], cell: Place) -> _Terms:
    channel = cell[0]
    number = 0
    while channel >= len(inputs[number]):
        channel -= len(inputs[number])
        number += 1
    image = inputs[number]
    site = (channel, *cell[1:])
    return replace(_copied(image[site], site, f"channel {channel} of input {number + 1}"), reads=number)


def _flatten(layer: Flatten, inputs: list[Array], weights: dict[str, Array], cell: Place) -> _Terms:
    site = tuple(int(i) for i in np.unravel_index(cell[0], inputs[0].shape))
    return _copied(inputs[0][site], site, "the same number, in a row")


def _reshape(layer: Reshape, inputs: list[Array], weights: dict[str, Array], cell: Place) -> _Terms:
    site = tuple(int(i) for i in np.unravel_index(_flat(cell, layer.output), inputs[0].shape))
    return _copied(inputs[0][site], site, "the same number, in another shape")


def _dropout(layer: Dropout, inputs: list[Array], weights: dict[str, Array], cell: Place) -> _Terms:
    return _copied(inputs[0][cell], cell, "passed on: nothing is dropped after training")


def _copied(number: Any, site: Place, rule: str) -> _Terms:
    patch = np.array([number])
    return _Terms(patch, patch, [site], rule)


def _opaque(layer: Opaque, inputs: list[Array], weights: dict[str, Array], cell: Place) -> _Terms:
    raise DescriptionError(f"{layer.operation} has no arithmetic rule here: its values are known, its sum is not.")


RULES: dict[type[Layer], Callable[[Any, list[Array], dict[str, Array], Place], _Terms]] = {
    Conv: _conv, ConvTranspose: _transposed, Pool: _pool, Dense: _dense, Norm: _norm, Activation: _curve,
    Dropout: _dropout, Flatten: _flatten, Reshape: _reshape, Upsample: _upsample, Crop: _crop, Distance: _distance,
    Sum: _sum, Product: _product, Concat: _concat, Opaque: _opaque,
}  # fmt: skip


def _flat(place: Place, space: Place) -> int:
    return int(np.ravel_multi_index(place, space)) if space else 0


def _wide(array: Array) -> Array:
    return np.asarray(array, dtype=np.complex128 if np.iscomplexobj(array) else np.float64)


def _plain(number: Any) -> Any:
    return complex(number) if np.iscomplexobj(number) else float(number)
