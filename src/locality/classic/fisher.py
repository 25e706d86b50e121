"""Dense descriptors, Fisher vectors, and a linear SVM: what won ImageNet in 2011."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from locality.classic.daisy import daisy
from locality.classic.encoding import Gaussians, fisher_vectors
from locality.classic.pipeline import Array, Pipeline, Shape
from locality.classic.table import Row
from locality.errors import DataError, DescriptionError, ShapeError
from locality.geometry.window import Window

_PICTURES, _DESCRIPTORS = 5_000, 100_000  # as many at most are drawn to learn the axes and the Gaussians from
_GREY = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R 601, as everywhere here
_AT_ONCE = 100  # pictures described at a time while learning


@dataclass(frozen=True)
class Fisher(Pipeline):
    """DAISY descriptors on a grid, their principal components, a Fisher vector for every picture, and a linear SVM.

    Every `stride` pixels a descriptor of `rings` rings of `histograms` histograms, the outermost at `radius`, each of
    `orientations`; of it `components` are kept, its place (row, column) is added (Sanchez, Perronnin and de Campos,
    Pattern Recognition Letters 33, 2012), and `gaussians` Gaussians stand for what descriptors there are.

    >>> print(Fisher().trace((1, 28, 28), classes=10))
    fisher-svm: 1x28x28 -> 10
    <BLANKLINE>
    name       output   length  parameters  how
    ---------  -------  ------  ----------  --------------------------------
    gradients  8x28x28   6,272           .  how much points each of 8 ways
    daisy      104x9x9   8,424           .  2 x 6 + 1 histograms of 8 ways
    pca        32x9x9    2,592       3,432  a mean and 32 axes
    place      34x9x9    2,754           .  row and column are added
    fisher     2176      2,176       2,208  2 x 32 Gaussians x 34
    svm        10           10      21,770  2,176 weights and a bias a class
    <BLANKLINE>
    27,410 parameters, 21,770 of them learned from labels (svm).
    """

    name: ClassVar[str] = "fisher-svm"
    cost: float = 1.0
    stride: int = 2
    radius: int = 5
    rings: int = 2
    histograms: int = 6
    orientations: int = 8
    components: int = 32
    gaussians: int = 32

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.components > self._raw:
            raise DescriptionError(
                f"components is {self.components}; a descriptor of {self.rings} x {self.histograms} + 1 histograms of "
                f"{self.orientations} has only {self._raw} numbers. Give components={self._raw} or less."
            )

    @property
    def _raw(self) -> int:
        """The length of a descriptor."""
        return (self.rings * self.histograms + 1) * self.orientations

    @property
    def _kept(self) -> int:
        """The length of a descriptor as the Gaussians see it."""
        return self.components + 2

    def steps(self, shape: Shape) -> tuple[Row, ...]:
        channels, height, width = shape
        window = Window(2 * self.radius + 1, self.stride, rounding="floor")
        if not (window.fits(height) and window.fits(width)):
            raise ShapeError(
                f"{self.name}: a descriptor of radius {self.radius} is {window.kernel}x{window.kernel} pixels, the "
                f"picture {height}x{width}. Use a smaller radius, or larger pictures."
            )
        grid = window.outputs(height), window.outputs(width)
        raw, kept, ways, many = self._raw, self._kept, self.orientations, self.gaussians
        grey = () if channels == 1 else (Row("grey", (1, height, width), 0, "the channels become one"),)
        return (
            *grey,
            Row("gradients", (ways, height, width), 0, f"how much points each of {ways} ways"),
            Row(
                "daisy",
                (raw, *grid),
                0,
                f"{self.rings} x {self.histograms} + 1 histograms of {ways} ways",
            ),
            Row("pca", (self.components, *grid), raw + raw * self.components, f"a mean and {self.components} axes"),
            Row("place", (kept, *grid), 0, "row and column are added"),
            Row("fisher", (2 * many * kept,), many + 2 * many * kept, f"2 x {many} Gaussians x {kept}"),
        )

    def learned(self, shape: Shape) -> dict[str, tuple[int, ...]]:
        return {
            "pca.mean": (self._raw,),
            "pca.axes": (self._raw, self.components),
            "gaussians.weight": (self.gaussians,),
            "gaussians.mean": (self.gaussians, self._kept),
            "gaussians.deviation": (self.gaussians, self._kept),
        }

    def learn(self, pictures: npt.NDArray[np.uint8], seed: int) -> dict[str, Array]:
        draw = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *self.name.encode()])))
        raw, place = (np.concatenate(parts) for parts in zip(*self._drawn(pictures, draw), strict=True))
        least = max(self.components, self.gaussians, 2)
        if len(raw) < least:
            raise DataError(
                f"{self.name}: {len(pictures)} pictures give {len(raw)} descriptors, too few for {self.components} "
                f"components and {self.gaussians} Gaussians. Use at least {least}: more pictures, or a smaller stride."
            )
        pca = PCA(self.components, svd_solver="covariance_eigh").fit(raw.astype(np.float64))
        spread = float(np.sqrt(pca.explained_variance_.mean()))
        if spread < 1e-6:  # of descriptors of length 1: rounding, no more
            raise DataError(f"{self.name}: the pictures are flat: no descriptor differs. Give pictures of something.")
        known = {
            "pca.mean": pca.mean_.astype(np.float32),
            "pca.axes": (pca.components_.T / spread).astype(np.float32),  # one scale for all: as large as the places
        }
        mixture = GaussianMixture(
            self.gaussians,
            covariance_type="diag",
            init_params="k-means++",
            max_iter=50,
            reg_covar=1e-4,
            random_state=int(draw.integers(2**32)),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a good mixture is enough, the best is not needed
            mixture.fit(np.concatenate([(raw - known["pca.mean"]) @ known["pca.axes"], place], axis=1))
        return {
            **known,
            "gaussians.weight": mixture.weights_.astype(np.float32),
            "gaussians.mean": mixture.means_.astype(np.float32),
            "gaussians.deviation": np.sqrt(mixture.covariances_).astype(np.float32),
        }

    def _drawn(self, pictures: npt.NDArray[np.uint8], draw: np.random.Generator) -> Iterator[tuple[Array, Array]]:
        """Descriptors, and their places, of some pictures: as many of each."""
        count = min(len(pictures), _PICTURES)
        chosen = np.sort(draw.permutation(len(pictures))[:count])
        place = self._places(pictures.shape[2], pictures.shape[3])
        each = min(len(place), ceil(_DESCRIPTORS / count))
        for start in range(0, count, _AT_ONCE):
            some = self._descriptors(pictures[chosen[start : start + _AT_ONCE]])
            which = draw.random(some.shape[:2]).argsort(1)[:, :each]
            yield np.take_along_axis(some, which[..., None], 1).reshape(-1, self._raw), place[which].reshape(-1, 2)

    def vectors(self, pictures: npt.NDArray[np.uint8], learned: dict[str, Array]) -> npt.NDArray[np.float32]:
        reduced = (self._descriptors(pictures) - learned["pca.mean"]) @ learned["pca.axes"]
        place = self._places(pictures.shape[2], pictures.shape[3])
        described = np.concatenate([reduced, np.broadcast_to(place, (len(pictures), *place.shape))], axis=2)
        mixture = Gaussians(*(learned[f"gaussians.{each}"] for each in ("weight", "mean", "deviation")))
        return fisher_vectors(described, mixture)

    def _descriptors(self, pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """The descriptors of every picture: (N, T, length of a descriptor)."""
        bright = pictures.astype(np.float32) / 255
        if bright.shape[1] == 3:
            grey = np.tensordot(bright, _GREY, (1, 0)).astype(np.float32)
        else:
            grey = bright.mean(1)
        found = daisy(grey, self.stride, self.radius, self.rings, self.histograms, self.orientations)
        return found.reshape(len(pictures), -1, self._raw)

    def _places(self, height: int, width: int) -> npt.NDArray[np.float32]:
        """Row and column of every descriptor, each with mean 0 and deviation 1 over the grid: (T, 2)."""
        axes = []
        for size in (height, width):
            along = np.arange(self.radius, size - self.radius, self.stride, dtype=np.float64)
            axes.append((along - along.mean()) / (along.std() or 1.0))
        return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2).astype(np.float32)
