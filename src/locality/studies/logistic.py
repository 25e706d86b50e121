"""A logistic fit on one number of each configuration: what a single observable tells about the phase."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_RIDGE = 1e-6  # keeps the fit finite where the classes part cleanly


class Logistic:
    """The probability of class 0 given one number, its log odds a cubic in it; fitted by Newton's method.

    >>> numbers = np.linspace(0, 1, 200)
    >>> fit = Logistic(numbers, (numbers < 0.3).astype(int))
    >>> fit.ordered(np.array([0.1, 0.9])).round(2).tolist()
    [0.0, 1.0]
    """

    def __init__(self, numbers: npt.ArrayLike, labels: npt.ArrayLike) -> None:
        given, wanted = np.asarray(numbers, float).ravel(), 1.0 - np.asarray(labels, float).ravel()
        self.middle, self.width = float(given.mean()), float(given.std()) or 1.0
        # The same number comes many times: what counts is how often, and how often with which label.
        values, place = np.unique(given, return_inverse=True)
        often = np.bincount(place).astype(float)
        share = np.bincount(place, wanted) / often
        design = self._powers(values)
        self.weights = np.zeros(design.shape[1])
        ridge = _RIDGE * len(given) * np.eye(design.shape[1])
        for _ in range(50):
            p = _share(design @ self.weights)
            gradient = design.T @ (often * (share - p)) - ridge @ self.weights
            curvature = design.T @ ((often * p * (1 - p))[:, None] * design) + ridge
            step = np.linalg.solve(curvature, gradient)
            self.weights += step / max(1.0, float(np.abs(step).max()))
            if np.abs(step).max() < 1e-9:
                break

    def ordered(self, numbers: npt.ArrayLike) -> Array:
        """The probability of class 0, for each number."""
        given = np.asarray(numbers, float)
        return _share(self._powers(given.ravel()) @ self.weights).reshape(given.shape)

    def _powers(self, values: Array) -> Array:
        z = (values - self.middle) / self.width
        return np.stack([np.ones_like(z), z, z**2, z**3], 1)


def _share(odds: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -500, 500))))
