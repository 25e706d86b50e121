"""Fisher vectors (Perronnin, Sanchez and Mensink, ECCV 2010, doi:10.1007/978-3-642-15561-1_11)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Gaussians:
    """K Gaussians with diagonal covariance: `weight` (K,), `mean` and `deviation` (K, D)."""

    weight: Array
    mean: Array
    deviation: Array


def fisher_vectors(descriptors: Array, mixture: Gaussians) -> Array:
    """One vector of length 2 K D for each of N pictures, from their T descriptors each: (N, T, D) -> (N, 2 K D).

    With q_tk the share of Gaussian k in descriptor x_t, the gradients of the mean log-likelihood by the means,
    1/(T sqrt(w_k)) sum_t q_tk (x_t - m_k)/s_k, then by the deviations,
    1/(T sqrt(2 w_k)) sum_t q_tk (((x_t - m_k)/s_k)^2 - 1); of each number the signed square root, and the whole
    brought to length 1.
    """
    count, places, _ = descriptors.shape
    mean, deviation = mixture.mean, mixture.deviation
    share = _shares(descriptors, mixture).swapaxes(1, 2)
    # The sums over a picture of q, q x and q x^2 are all that is needed, and two of them are matrix products.
    total = share.sum(-1)[..., None]
    first, second = share @ descriptors, share @ descriptors**2
    by_mean = (first - total * mean) / deviation
    by_deviation = (second - 2 * mean * first + (mean**2 - deviation**2) * total) / deviation**2
    scale = 1 / (places * np.sqrt(mixture.weight))[:, None]
    vectors = np.concatenate([by_mean * scale, by_deviation * scale / np.sqrt(2)], axis=1).reshape(count, -1)
    vectors = np.sign(vectors) * np.sqrt(np.abs(vectors))
    norms = np.sqrt((vectors**2).sum(1, keepdims=True))
    return np.asarray(vectors / np.maximum(norms, np.finfo(vectors.dtype).tiny), dtype=descriptors.dtype)


def _shares(descriptors: Array, mixture: Gaussians) -> Array:
    """How probably each descriptor comes from each Gaussian: (N, T, K)."""
    mean, variance = mixture.mean, mixture.deviation**2
    constant = np.log(mixture.weight) - 0.5 * (np.log(variance) + mean**2 / variance).sum(1)
    logarithm = descriptors @ (mean / variance).T - descriptors**2 @ (0.5 / variance).T + constant
    logarithm -= logarithm.max(-1, keepdims=True)
    powers = np.exp(logarithm, out=logarithm)
    return np.asarray(powers / powers.sum(-1, keepdims=True))
