"""Occlusion: cover a part of the picture, and see by how much the score falls."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import Tensor

from locality.engine.attribute.attribution import Attribution
from locality.engine.attribute.baseline import replacement
from locality.engine.attribute.target import Target, attribution, summed
from locality.engine.build import Model, after_training, softens
from locality.engine.outputs import batch_size
from locality.errors import DescriptionError, RunError, ShapeError
from locality.geometry.arguments import per_axis, shape_text
from locality.geometry.window import Window

Box = tuple[slice, ...]
_PARTS = 8  # windows beside each other on a side, where nobody says how large they are


def occlusion(
    model: Model,
    x: Tensor,
    target: Target,
    window: int | Sequence[int] | None = None,
    stride: int | Sequence[int] | None = None,
    baseline: Any = 0.0,
) -> Attribution:
    """See `attribute`. The windows are computed in batches, each of bounded memory; those under which the picture is
    its baseline change nothing, and are not computed."""
    space = tuple(x.shape[2:])
    sizes = _along("window", window, space) or tuple(max(1, round(size / _PARTS)) for size in space)
    steps = _along("stride", stride, space) or tuple(max(1, size // 2) for size in sizes)
    if any(size > side for size, side in zip(sizes, space, strict=True)):
        raise ShapeError(
            f"occlusion: a window of {shape_text(sizes)} does not fit the picture, {shape_text(space)}. "
            f"Use one of at most {min(space)}."
        )
    if any(step > size for step, size in zip(steps, sizes, strict=True)):
        raise ShapeError(
            f"occlusion: a stride of {shape_text(steps)} jumps over pixels between windows of {shape_text(sizes)}. "
            f"Use a stride of at most {min(sizes)}."
        )
    boxes = _boxes(space, sizes, steps)
    value = replacement(model, baseline).expand_as(x[0])
    changing = [box for box in boxes if bool((x[0][_all(box)] != value[_all(box)]).any())]
    nothing = (slice(0, 0),) * len(space)  # the picture itself goes along: the same operations, the same rounding
    score, *scores = _scores(model, _Covered(x[0], value, [nothing, *changing]), target)
    falls, counts = np.zeros(space), np.zeros(space)
    for box in boxes:
        counts[box] += 1
    for box, covered in zip(changing, scores, strict=True):
        falls[box] += score - covered
    return attribution("occlusion", target, x, falls / counts)


def _along(name: str, given: int | Sequence[int] | None, space: Sequence[int]) -> tuple[int, ...] | None:
    """One number for each axis."""
    if given is None:
        return None
    number = per_axis(name, given)
    numbers = (number,) * len(space) if isinstance(number, int) else number
    if len(numbers) != len(space):
        raise DescriptionError(
            f"{name} has {len(numbers)} entries, the picture has {len(space)} axes. Give one number, or one per axis."
        )
    return numbers


def _boxes(space: Sequence[int], sizes: Sequence[int], steps: Sequence[int]) -> list[Box]:
    """Where the windows lie; the last of an axis is cut at the edge."""
    axes = []
    for side, size, step in zip(space, sizes, steps, strict=True):
        moved = Window(size, step, rounding="ceil")
        places = [moved.reads(place) for place in range(moved.outputs(side))]
        axes.append([slice(cells.start, min(cells.stop, side)) for cells in places])
    return list(product(*axes))


def _all(box: Box) -> Box:
    """The box in every channel."""
    return (slice(None), *box)


def _scores(model: Model, covered: "_Covered", target: Target) -> list[float]:
    """The target's score of every covered picture. The optimised model gives what the network puts out, which is the
    score unless a softmax ends it."""
    compute = model.logits if softens(model.network.nodes[-1]) else model.optimized()
    size, scores = batch_size(model.network), []
    with after_training(model), torch.inference_mode():
        for start in range(0, len(covered.boxes), size):
            raw = compute(covered.batch(slice(start, start + size)))
            scores += summed(raw.double().cpu().numpy())[:, target.number].tolist()
    if not np.isfinite(scores).all():
        raise RunError(
            f"{model.network.name}: the score of a picture with a window covered is not finite. Use another baseline."
        )
    return scores


class _Covered:
    """The picture with each of the windows covered, made a batch at a time."""

    def __init__(self, x: Tensor, value: Tensor, boxes: Sequence[Box]) -> None:
        self.x, self.value, self.boxes = x, value, boxes

    def batch(self, part: slice) -> Tensor:
        boxes = self.boxes[part]
        batch = self.x.expand(len(boxes), *self.x.shape).clone(memory_format=torch.contiguous_format)
        for one, box in zip(batch, boxes, strict=True):
            one[_all(box)] = self.value[_all(box)]
        return batch
