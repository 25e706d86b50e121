"""How the pictures of a published network are cut to its input."""

from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from locality.data.fit import Picture, as_image
from locality.data.picture import MOST_PIXELS, UnreadablePicture, read_picture
from locality.errors import DataError, unknown

_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


@dataclass(frozen=True)
class Preprocessing:
    """Resize until the shorter side has `shorter_side` pixels, then cut the middle `crop_size` x `crop_size` out.

    The rule of torchvision's `Resize` and `CenterCrop` on Pillow's pictures, number for number: the longer side
    becomes int(shorter_side * long / short), the filter averages where it shrinks, and the cut begins at
    round((side - crop_size) / 2), halves to the even number. `filter` is bilinear or bicubic.

    >>> Preprocessing().fit(np.zeros((3, 333, 500), np.uint8)).shape
    (3, 224, 224)

    Raises `DataError` for a side that is no whole number, and for a cut larger than the picture it is taken from;
    `UnknownNameError` for another filter.
    """

    shorter_side: int = 256
    crop_size: int = 224
    filter: Literal["bilinear", "bicubic"] = "bilinear"

    def __post_init__(self) -> None:
        for name, side, usual in (("shorter_side", self.shorter_side, 256), ("crop_size", self.crop_size, 224)):
            if not isinstance(side, Integral) or isinstance(side, bool):
                raise DataError(
                    f"Preprocessing: {name} is {side!r}; it must be a whole number. Give {name}={usual}, say."
                )
        if not isinstance(self.filter, str) or self.filter not in _FILTERS:
            raise unknown("filter", self.filter, _FILTERS)
        if not 1 <= self.crop_size <= self.shorter_side:
            raise DataError(
                f"Preprocessing: crop_size {self.crop_size} cannot be cut out of a picture whose shorter side is "
                f"{self.shorter_side}. Give a crop_size from 1 to {self.shorter_side}."
            )

    def read(self, picture: str | Path | bytes) -> Picture:
        """A picture's file, or its bytes, as uint8 (3, crop_size, crop_size): read upright and in colour by
        `read_picture`, whose errors it raises, then fitted."""
        where = "picture" if isinstance(picture, bytes) else str(picture)
        return self.fit(read_picture(picture, channels=3), where)

    def fit(self, picture: Picture, where: str = "picture") -> Picture:
        """A uint8 (1 or 3, H, W) picture as uint8 (3, crop_size, crop_size); `where` names it in errors. Anything else
        is a `DataError`, and so is one so narrow that it would have more than 64 million pixels before the cut."""
        image = as_image(picture).convert("RGB")
        short, long = sorted(image.size)
        longer = int(self.shorter_side * long / short)
        if self.shorter_side * longer > MOST_PIXELS:
            reason = f"{image.width}x{image.height} is too narrow to be cut to {self.crop_size}x{self.crop_size}"
            raise UnreadablePicture(where, reason, "Cut a part of it out first.")
        size = (self.shorter_side, longer) if image.width <= image.height else (longer, self.shorter_side)
        left, top = (round((side - self.crop_size) / 2) for side in size)
        cut = image.resize(size, _FILTERS[self.filter]).crop((left, top, left + self.crop_size, top + self.crop_size))
        return np.ascontiguousarray(np.asarray(cut).transpose(2, 0, 1))
