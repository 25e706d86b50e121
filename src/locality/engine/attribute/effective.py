"""The effective receptive field: which pixels really move a cell, beside those that could."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from locality.engine.attribute.gradient import at_once, backwards, check_passage, differentiating
from locality.engine.attribute.target import prepared
from locality.engine.build import Model, model_of
from locality.errors import DescriptionError, RunError
from locality.geometry.arguments import place_given, shape_text
from locality.network.initial import generator
from locality.network.network import INPUT
from locality.network.seen import Sites, seen

NOISE = 32  # pictures of noise, where none are given
HELD = 0.9545  # of the sum: what two standard deviations on each side hold of a Gaussian


@dataclass(frozen=True, eq=False, repr=False)
class EffectiveField:
    """Which pixels move the cell of `node` at `place`, and by how much.

    `values` (float32, (H, W)) are |d y/d x|, y the sum of the node's channels at that place, added up over the channels
    of the input and averaged over `pictures` inputs. `sites` are, for each axis, the places on which the cell can
    depend: the theoretical field. The effective one holds the share `held` of the sum along each axis.
    """

    node: str
    place: tuple[int, ...]
    values: npt.NDArray[np.float32]
    sites: Sites
    pictures: int
    held: float = HELD

    @property
    def theoretical(self) -> tuple[int, ...]:
        """The width of the theoretical field along each axis, first to last place."""
        return tuple(axis[-1] - axis[0] + 1 if axis else 0 for axis in self.sites)

    @property
    def stretches(self) -> tuple[tuple[int, int], ...]:
        """Along each axis, the first and the last place of the shortest stretch that holds 95.45 % of the sum, as two
        standard deviations on each side hold of a Gaussian; the whole axis where every value is zero."""
        count = self.values.ndim
        sums = (self.values.sum(tuple(i for i in range(count) if i != axis), dtype=float) for axis in range(count))
        return tuple(_shortest(each, self.held) for each in sums)

    @property
    def width(self) -> tuple[int, ...]:
        """The effective width along each axis: the length of each stretch."""
        return tuple(last - first + 1 for first, last in self.stretches)

    @property
    def inside(self) -> float:
        """The share of the sum that lies inside the theoretical field: 1, as it is exact; nan where all are zero."""
        total = self.values.sum(dtype=float)
        return float(self.values[np.ix_(*map(list, self.sites))].sum(dtype=float) / total) if total else float("nan")

    def __repr__(self) -> str:
        at, width = ", ".join(map(str, self.place)), shape_text(self.width)
        return (
            f"<EffectiveField of {self.node} at ({at}): {width} pixels hold {self.held:.2%} along each axis, of "
            f"{shape_text(self.theoretical)} in theory; {self.pictures} pictures>"
        )


def effective_field(
    subject: Any, node: str, images: Any = None, place: Sequence[int] | int | None = None
) -> EffectiveField:
    """The effective receptive field of a cell (Luo et al., arXiv:1701.04128) beside the theoretical one.

    `subject` is a model or a run; `place` is a cell of the node's map (space alone, no channel), by default the one in
    the middle. `images` are pictures as the network reads them; without them, 32 of uniform noise of mean 0 and
    variance 1 on the network's scale. Raises `UnknownNameError` for an unknown node, `ShapeError` for a place outside
    its map or pictures of another shape, `DescriptionError` for a node without space, and `RunError` where there is no
    model, its numbers are complex, or no gradient comes through.

    Theory grows with the depth, the effective width with its square root: most paths lead to the middle.

    >>> from locality.engine.build import build
    >>> from locality.network.network import Network
    >>> text = "1x41x41 | " + " | ".join(["conv 8 3x3 pad 1"] * 20)
    >>> field = effective_field(build(Network.from_text(text)), "conv20")
    >>> field.theoretical, max(field.width) < 25
    ((41, 41), True)
    """
    model = model_of(subject)
    net, name = model.network, model.network.node(node).name
    if net.dtype.startswith("complex"):
        raise RunError(f"{net.name}: its numbers are {net.dtype}, whose gradients are no widths. Use float32.")
    space = net.shapes[name][1:]
    if not space or len(net.input) == 1:
        what = f"{name}: its output" if len(net.input) > 1 else f"{net.name}: its input"
        raise DescriptionError(f"{what} is flat, so there is no field around a place. Name a node with space.")
    at: tuple[int, ...] = tuple(size // 2 for size in space) if place is None else place_given(place)
    sites = seen(net, name, at)
    check_passage(net, INPUT, name)
    given = _noise(net.input) if images is None else images
    total, count = np.zeros(net.input[1:]), 0
    for part in _parts(model, given):
        total += _moved(model, name, at, part)
        count += len(part)
    return EffectiveField(name, at, (total / count).astype(np.float32), sites, count)


def _noise(shape: Sequence[int]) -> npt.NDArray[np.float32]:
    draw = generator(0, "effective field").random((NOISE, *shape)) * 2 - 1
    return (draw * 3**0.5).astype(np.float32)


def _parts(model: Model, images: Any) -> Iterator[torch.Tensor]:
    x, size = prepared(model, images), at_once(model.network)
    return (x[start : start + size] for start in range(0, len(x), size))


def _moved(model: Model, name: str, place: tuple[int, ...], x: torch.Tensor) -> npt.NDArray[np.float64]:
    """|d y/d x| of a cell, summed over some pictures and the channels of the input."""
    with differentiating(model):
        leaf = x.detach().clone().requires_grad_()
        cell = model.every(leaf)[name].movedim((0, 1), (-2, -1))[place]
        found = backwards(model, cell.sum(), leaf)
    return np.asarray(found.double().abs().sum((0, 1)).cpu().numpy())


def _shortest(sums: npt.NDArray[Any], share: float) -> tuple[int, int]:
    """The shortest stretch that holds the share; of equals the first."""
    wanted = share * sums.sum()
    if wanted == 0:
        return 0, len(sums) - 1
    upto = np.concatenate([[0.0], np.cumsum(sums)])
    ends = np.searchsorted(upto, upto[:-1] + wanted * (1 - 1e-12))  # the first end that holds enough, for each start
    lengths = np.where(ends < len(upto), ends - np.arange(len(sums)), len(sums))
    first = int(lengths.argmin())
    return first, first + int(lengths[first]) - 1
