"""Small real data sets that come inside scikit-learn and scikit-image: nothing is fetched.

Their files are read straight from the installed package: importing scikit-learn's loaders takes a second, reading
its file a tenth of that.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from locality.data.images import Dataset, Images
from locality.data.packages import packaged
from locality.data.picture import read_picture
from locality.data.split import held_out
from locality.errors import DataError

PATCH = 32  # side of a texture's patches
_TEST_COLUMNS = 3  # of the 16 columns of patches in a texture, the last ones are for testing


def digits() -> Dataset:
    """1797 handwritten digits of 8x8, (1, 8, 8), brightness 0 to 16 brought to 0 to 255; a fifth of each for testing.

    From scikit-learn; originally the test set of E. Alpaydin and C. Kaynak's optical recognition of digits (UCI).
    """
    table = np.loadtxt(
        _packaged("sklearn", "datasets/data/digits.csv.gz"), delimiter=",", dtype=np.int64, encoding="ascii"
    )
    pictures = ((table[:, :64] * 255 + 8) // 16).astype(np.uint8)  # + 8: rounded, not cut
    return _split(
        "digits",
        tuple("0123456789"),
        pictures.reshape(-1, 1, 8, 8),
        table[:, 64].copy(),
        source="E. Alpaydin, C. Kaynak: optical recognition of handwritten digits (UCI), in scikit-learn",
        licence="CC BY 4.0",
    )


def faces() -> Dataset:
    """100 faces and 100 pieces of the background behind them, 25x25 grey; a fifth of each for testing.

    From scikit-image; originally Labeled Faces in the Wild.
    """
    pictures = np.load(_packaged("skimage", "data/lfw_subset.npy"), allow_pickle=False)
    return _split(
        "faces",
        ("face", "other"),
        np.rint(pictures * 255).astype(np.uint8)[:, np.newaxis],
        np.repeat(np.arange(2, dtype=np.int64), 100),
        source="Labeled Faces in the Wild, the subset in scikit-image",
        licence="as scikit-image (BSD-3-Clause)",
    )


def textures() -> Dataset:
    """768 patches of 32x32, grey, cut side by side from one photograph each of brick, grass and gravel.

    The right 96 columns of every photograph are for testing, so no pixel is in both splits.

    >>> textures()
    <Dataset textures: 3 classes, 1x32x32, 624 train, 144 test>
    """
    classes = ("brick", "grass", "gravel")
    train, test = [], []
    for name in classes:
        patches = _patches(read_picture(_packaged("skimage", f"data/{name}.png"), channels=1))
        train.append(patches[:, :-_TEST_COLUMNS].reshape(-1, 1, PATCH, PATCH))
        test.append(patches[:, -_TEST_COLUMNS:].reshape(-1, 1, PATCH, PATCH))
    labels = np.arange(len(classes), dtype=np.int64)
    return Dataset(
        "textures",
        classes,
        Images(np.concatenate(train), np.repeat(labels, len(train[0]))),
        Images(np.concatenate(test), np.repeat(labels, len(test[0]))),
        source="CC0Textures (brick, gravel) and linolafett (grass), in scikit-image",
        licence="CC0",
    )


def _patches(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """(1, H, W) cut into (rows of patches, columns of patches, PATCH, PATCH)."""
    _, height, width = picture.shape
    return picture.reshape(height // PATCH, PATCH, width // PATCH, PATCH).swapaxes(1, 2)


def _split(
    name: str,
    classes: tuple[str, ...],
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    source: str,
    licence: str,
) -> Dataset:
    test = held_out(labels)
    return Dataset(
        name, classes, Images(images[~test], labels[~test]), Images(images[test], labels[test]), source, licence
    )


def _packaged(package: str, path: str) -> Path:
    """A file inside an installed package."""
    found = packaged(package, path)
    if found is None:
        raise DataError(f"{package}/{path}: the installed {package} has no such file. Install {package} again.")
    return found
