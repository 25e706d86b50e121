"""One epoch of training pictures or spins: shuffled, augmented by the batch, on the network's scale.

The whole set lies in memory as one uint8 or int8 tensor. Every random draw of an epoch is made at its start from
(seed, epoch), so that an epoch can be run again without the ones before it.
"""

from collections.abc import Iterator
from math import pi
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from locality.engine.modules import memory_format
from locality.engine.recipe import Recipe
from locality.network.initial import generator


class Batches:
    """Training pictures uint8 (N, C, H, W), or spins int8 (N, C, *space), and labels (N,), ready to be drawn from.

    `scale` is what a byte is multiplied with, and what is added, for each channel (see `Model.scale`); spins stay +1.0
    and -1.0. A shift rolls spins round the edges of their lattice.
    """

    def __init__(self, images: Tensor, labels: Tensor, recipe: Recipe, scale: Tensor) -> None:
        self.labels, self.recipe, self.scale = labels, recipe, scale
        self.size = min(recipe.batch_size, len(labels))
        self.space = tuple(images.shape[2:])
        self.spins = images.dtype == torch.int8
        # Every shifted picture is a view into a padded copy, so that shifting costs no more than fetching.
        shift = min(recipe.shift, min(self.space) - 1)
        if self.spins:
            images = _rolled(images, recipe.shift)
        elif shift:
            images = _padded(images, shift)
        for axis, side in enumerate(self.space, 2):
            images = images.unfold(axis, side, 1)
        self.shifted = images

    def __len__(self) -> int:
        return len(self.labels) // self.size

    def epoch(self, number: int) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches of an epoch, as (pictures, labels)."""
        draw = generator(self.recipe.seed, f"epoch {number}")
        steps, size, device = len(self), self.size, self.labels.device
        order = torch.from_numpy(draw.permutation(len(self.labels))[: steps * size]).to(device).view(steps, size)
        places = [int(n) for n in self.shifted.shape[2 : 2 + len(self.space)]]
        corner = [torch.from_numpy(draw.integers(0, n, (steps, size))).to(device) for n in places]
        flips = self._drawn(draw, steps) < 0.5 if self.recipe.flip else None
        turns = self._turns(draw, steps)
        holes = [self._drawn(draw, steps) for _ in self.space] if self.recipe.erase else None
        for step in range(steps):
            pick = order[step]
            place: Any = (pick, slice(None), *(each[step] for each in corner))
            x = self.shifted[place].to(self.scale.dtype)
            if not self.spins:
                x = x.mul_(self.scale[0]).add_(self.scale[1])
            if flips is not None:
                x = torch.where(flips[step].view(-1, *[1] * (x.ndim - 1)), x.flip(-1), x)
            if turns is not None:
                grid = F.affine_grid(turns[step].to(x.dtype), list(x.shape), align_corners=False)
                x = F.grid_sample(x, grid, padding_mode="border", align_corners=False)
            if holes is not None:
                x = self._erased(x, [hole[step] for hole in holes])
            yield x.contiguous(memory_format=memory_format(self.space)), self.labels[pick]

    def _drawn(self, draw: np.random.Generator, steps: int) -> Tensor:
        return torch.from_numpy(draw.random((steps, self.size), dtype=np.float32)).to(self.labels.device)

    def _turns(self, draw: np.random.Generator, steps: int) -> Tensor | None:
        """For each picture the affine map that turns it and cuts a piece out of it; None where nothing is asked."""
        recipe = self.recipe
        if not recipe.rotation and recipe.crop == 1:
            return None
        angle = (2 * self._drawn(draw, steps) - 1) * (recipe.rotation * pi / 180)
        side = 1 - (1 - recipe.crop) * self._drawn(draw, steps)
        right, down = ((2 * self._drawn(draw, steps) - 1) * (1 - side) for _ in range(2))
        height, width = self.space
        cos, sin = side * angle.cos(), side * angle.sin()
        # The grid's axes run from -1 to 1 along each side, so that a turn of a picture that is not square needs both.
        rows = [cos, -sin * (height / width), right, sin * (width / height), cos, down]
        return torch.stack(rows, -1).view(steps, self.size, 2, 3)

    def _erased(self, x: Tensor, places: list[Tensor]) -> Tensor:
        keep = torch.zeros(1, dtype=torch.bool, device=x.device)
        for axis, (place, length) in enumerate(zip(places, self.space, strict=True)):
            start = (place * max(length - self.recipe.erase + 1, 1)).floor()
            cells = torch.arange(length, device=x.device)
            inside = (cells >= start[:, None]) & (cells < start[:, None] + self.recipe.erase)
            keep = keep | ~inside.view(len(x), 1, *(-1 if i == axis else 1 for i in range(len(self.space))))
        return x * keep


def _rolled(spins: Tensor, shift: int) -> Tensor:
    """The spins with up to `shift` more cells on every side, which come in from the opposite one; never more than half
    the way round."""
    for axis, side in enumerate(spins.shape[2:], 2):
        more = min(shift, side // 2)
        if more:
            spins = spins.index_select(axis, torch.arange(-more, side + more, device=spins.device) % side)
    return spins


def _padded(images: Tensor, shift: int) -> Tensor:
    """The pictures with `shift` more cells on every side, mirrored in their edges."""
    rows, columns = (
        torch.arange(-shift, n + shift, device=images.device).abs() for n in (images.shape[2], images.shape[3])
    )
    rows, columns = (
        torch.where(index >= n, 2 * (n - 1) - index, index)
        for index, n in ((rows, images.shape[2]), (columns, images.shape[3]))
    )
    return images[:, :, rows][..., columns]
