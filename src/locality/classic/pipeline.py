"""`Pipeline`: how a picture becomes a vector, and what a linear SVM makes of it, as frozen data."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from locality.classic.table import Row, Table
from locality.errors import DescriptionError
from locality.geometry.arguments import number, whole

Array = npt.NDArray[Any]
Shape = tuple[int, int, int]  # channels, height, width
Progress = Callable[[str, int, int], None]
"""Called as a step goes on: its name, how much is done, how much there is."""

_AT_ONCE = 1 << 22  # numbers of the longest step computed at a time: 16 MB in float32


@dataclass(frozen=True)
class Pipeline(ABC):
    """The settings of a pipeline; a subclass adds its own and says how vectors are made.

    `cost` is the SVM's C: what a training picture on the wrong side costs, beside the size of the weights. Raises
    `DescriptionError` for settings out of range.
    """

    name: ClassVar[str]
    cost: float = 0.1

    def __post_init__(self) -> None:
        object.__setattr__(self, "cost", number("cost", self.cost))
        if self.cost == 0:
            raise DescriptionError("cost is 0; then no picture counts. Give cost=0.1, say.")
        for field in fields(self)[1:]:
            object.__setattr__(self, field.name, whole(field.name, getattr(self, field.name)))

    @abstractmethod
    def steps(self, shape: Shape) -> tuple[Row, ...]:
        """The rows of what happens to a picture of this shape, up to its vector, by arithmetic alone. Raises
        `ShapeError` where the picture is too small."""

    @abstractmethod
    def learn(self, pictures: npt.NDArray[np.uint8], seed: int) -> dict[str, Array]:
        """What the steps need to know of the training pictures (N, C, H, W), without their labels: float32 arrays by
        name. Raises `DataError` where there is too little to learn from."""

    @abstractmethod
    def learned(self, shape: Shape) -> dict[str, tuple[int, ...]]:
        """The names and shapes of the arrays that `learn` gives."""

    @abstractmethod
    def vectors(self, pictures: npt.NDArray[np.uint8], learned: dict[str, Array]) -> npt.NDArray[np.float32]:
        """The vectors (N, length) of pictures (N, C, H, W), all at once."""

    def length(self, shape: Shape) -> int:
        """The length of the vector of a picture of this shape."""
        return self.steps(shape)[-1].length

    def trace(self, shape: tuple[int, ...], classes: int) -> Table:
        """The table of the pipeline for pictures of a shape (channels, height, width): lengths and parameters, exact,
        and nothing is run. Raises `ShapeError` where the picture is too small, `DescriptionError` for other shapes."""
        if len(shape) != 3:
            raise DescriptionError(f"shape is {shape!r}; it must be three numbers. Give (channels, height, width).")
        channels, height, width = (whole("side", side) for side in shape)
        classes = whole("classes", classes, 2)
        steps = self.steps((channels, height, width))
        length = steps[-1].length
        svm = Row("svm", (classes,), (length + 1) * classes, f"{length:,} weights and a bias a class")
        return Table(self.name, tuple(shape), (*steps, svm))

    def batches(self, pictures: npt.NDArray[np.uint8], learned: dict[str, Array]) -> Iterator[npt.NDArray[np.float32]]:
        """The vectors of pictures, so many at a time that memory stays small."""
        longest = max(row.length for row in self.steps(pictures.shape[1:]))
        step = max(1, _AT_ONCE // longest)
        for start in range(0, len(pictures), step):
            yield self.vectors(pictures[start : start + step], learned)

    def to_dict(self) -> dict[str, Any]:
        """Name and settings, as JSON keeps them."""
        return {"name": self.name, **asdict(self)}
