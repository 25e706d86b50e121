"""The numbers of a convolution figure: given, drawn by seed, or those of a record; and how short they are written."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.errors import DescriptionError, ShapeError
from locality.geometry.arguments import shape_text
from locality.network.cell import Cell, Place, explain
from locality.network.initial import generator
from locality.network.layers import Pool
from locality.network.network import INPUT, Network, Node
from locality.views.sample import samples

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Numbers:
    """What stands in the cells: a network of one layer, and its input and parameters by name, as `explain` reads
    them."""

    network: Network
    values: dict[str, Array]
    parameters: dict[str, Array]

    @property
    def image(self) -> Array:
        """The layer's input, (channels, *space)."""
        return np.asarray(self.values[INPUT][0])

    @property
    def weight(self) -> Array | None:
        """The layer's weights as they are stored, None where it has none."""
        return self.parameters.get(f"{self.network.nodes[0].name}.weight")

    def cell(self, place: Place) -> Cell:
        """One output cell, computed by the rule that is checked against torch."""
        return explain(self, self.network.nodes[0].name, place)


def numbers_of(
    subject: Any, net: Network, node: Node, image: Any, weights: Any, bias: Any, seed: int | None
) -> Numbers | None:
    """The numbers to show; None where none are asked for. A record, a run and a model have their own; elsewhere what
    is not given is drawn by `seed`: small whole numbers, and a bias of 0.

    Raises `ShapeError` for arrays of another shape and `DescriptionError` for what is no real number.
    """
    given = {"image": image, "weights": weights, "bias": bias, "seed": seed}
    recorded = hasattr(subject, "values") and hasattr(subject, "parameters") and hasattr(subject, "images")
    modelled = hasattr(subject, "record") and not recorded
    if recorded or modelled:
        extra = [name for name, value in given.items() if value is not None and (recorded or name != "image")]
        if extra:
            raise DescriptionError(f"{net.name}: it has its own numbers. Leave out {' and '.join(extra)}.")
        record = subject if recorded else subject.record(samples(subject.network)[0].array if image is None else image)
        read, owner = record.values[node.inputs[0]][:1], node.weights or node.name
        kept = {
            f"{node.name}.{name}": np.asarray(record.parameters[f"{owner}.{name}"])
            for name in node.layer.parameters([net.input])
        }
        return _checked(net, read, kept)
    if all(value is None for value in given.values()):
        return None
    only, draw = net.nodes[0], seed or 0
    if image is None:
        spins = isinstance(only.layer, Pool) and only.layer.kind == "majority"
        numbers = generator(draw, INPUT)
        image = numbers.integers(0, 2, net.input) * 2 - 1 if spins else numbers.integers(0, 10, net.input)
    parameters = {}
    for name, shape in net.parameters(only).items():
        asked = weights if name == "weight" else bias
        if asked is None and name == "bias":
            asked = np.zeros(shape, int)
        elif asked is None:
            asked = generator(draw, f"{only.name}.{name}").integers(-2, 3, shape)
        parameters[f"{only.name}.{name}"] = _fitted(name, asked, shape, net)
    for name, stored, value in (("weights", "weight", weights), ("bias", "bias", bias)):
        if value is not None and stored not in net.parameters(only):
            raise DescriptionError(f"{only.name}: {only.layer.word} has no {name} here. Leave out {name}.")
    return _checked(net, _fitted("image", image, net.input, net)[np.newaxis], parameters)


def _checked(net: Network, image: Array, parameters: dict[str, Array]) -> Numbers:
    for array in (image, *parameters.values()):
        if array.dtype.kind not in "uifb":
            raise DescriptionError(f"{net.name}: {array.dtype} numbers cannot be drawn. Give real numbers.")
    unknown_yet = np.broadcast_to(np.nan, (1, *net.output))
    return Numbers(net, {INPUT: image, net.nodes[0].name: unknown_yet}, parameters)


def _fitted(name: str, given: Any, shape: Sequence[int], net: Network) -> Array:
    """An array in a shape: as it is, a single map where there is one channel, one kernel or one number for all."""
    try:
        array = np.asarray(given)
    except ValueError:  # rows of different lengths
        array = np.asarray(None)
    if array.dtype.kind not in "uifb":
        raise DescriptionError(f"{name}: these are no numbers. Give an array of real numbers.")
    layer, shape = net.nodes[0].layer, tuple(shape)
    taps, kernel = layer.taps(net.input[1:]), tuple(window.kernel for window in layer.windows(net.input[1:]))
    if name == "weight" and taps and array.shape == kernel:  # a drawn kernel: of it, the taps that exist
        array = np.array([array[tap] for tap in taps])
    if array.shape == shape or array.shape == tuple(n for n in shape if n != 1):
        return array.reshape(shape)
    if (name == "weight" and array.shape == shape[2:]) or (name == "bias" and array.ndim == 0):
        return np.broadcast_to(array, shape)
    also = f", or {shape_text(shape[2:])} for all channels" if name == "weight" else ""
    raise ShapeError(
        f"{name}: its shape is {shape_text(array.shape) or 'a single number'}. Give {shape_text(shape)}{also}."
    )


def short(value: float) -> str:
    """A number in few characters: whole ones exactly, up to six digits, others to two decimals, small ones to two
    digits.

    What is written without all its decimals keeps its zeros: 1.00 is not quite 1.

    >>> [short(x) for x in (12, -3, 0.25, 1 / 3, 1.001, 1234567, -0.0149, 0.0002)]
    ['12', '−3', '0.25', '0.33', '1.00', '1.2e6', '−0.015', '2e−4']
    """
    value = float(f"{value:.12g}")  # a sum of shares may miss a whole number by a rounding
    if not isfinite(value):
        return "NaN" if value != value else "∞" if value > 0 else "−∞"
    size = abs(value)
    if value == int(value) and size < 1e6:
        text = str(int(value))
    elif 0.001 <= size < 0.1:
        text = f"{value:.2g}"
    elif not 0.1 <= size < 1e4:
        digits, power = f"{value:.1e}".split("e")
        text = f"{digits.removesuffix('.0')}e{int(power)}"
    else:
        text = f"{value:.{2 if size < 10 else 1}f}"
        if float(text) == value:
            text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")


def is_exact(value: float) -> bool:
    """Whether `short` writes all of a number."""
    return isfinite(value) and float(short(value).replace("−", "-")) == float(f"{value:.12g}")
