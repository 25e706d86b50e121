"""What every method of attribution gives back."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.geometry.arguments import shape_text

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class Attribution:
    """How much each pixel of a picture speaks for an output.

    `values` (float32, one number a pixel, (H, W)) are positive where a pixel raises the score of the output number
    `target` (of the gradient they are magnitudes, without a sign; of Grad-CAM never negative), called `target_name`
    where the classes have names; `score` is its logit. `image` (float32, (C, H, W)) is the picture as the network read
    it. With them, where a method has them: `by_channel` (C, H, W), the gradient itself or each channel's share; `node`,
    whose maps Grad-CAM adds up; `difference`, by how much the values of integrated gradients miss the difference of the
    scores that they should add up to.
    """

    method: str
    target: int
    target_name: str | None
    image: npt.NDArray[np.float32]
    values: npt.NDArray[np.float32]
    score: float
    by_channel: npt.NDArray[np.float32] | None = None
    node: str | None = None
    difference: float | None = None

    def __repr__(self) -> str:
        name = f" ({self.target_name})" if self.target_name else ""
        least, most = self.values.min(), self.values.max()
        return (
            f"<Attribution by {self.method}: output {self.target}{name} of score {self.score:.4g}, "
            f"{shape_text(self.values.shape)} values from {least:.3g} to {most:.3g}>"
        )
