"""`fit`: the vectors of all training pictures, and the SVM that tells them apart."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from locality.classic.evaluation import evaluate
from locality.classic.fitted import Fitted, free_folder
from locality.classic.pipeline import Pipeline, Progress
from locality.classic.svm import svm
from locality.data import Dataset
from locality.errors import DataError, DescriptionError
from locality.geometry.arguments import whole

_MOST = 4 << 30  # bytes of vectors: more than a small machine can hold beside everything else


def fit(
    pipeline: Pipeline,
    data: Dataset,
    seed: int = 0,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> Fitted:
    """Fit a pipeline to the training pictures of a data set, and test it at the end.

    With `out`, it is kept in that folder, for `load`. `progress(step, done, size)` is called on the way, the steps
    being "learn", "vectors" and "svm". The same seed gives the same weights, bit for bit on the same CPU, versions
    and threads. Raises `ShapeError` where the pictures are too small, `DataError` where they cannot be told apart or
    their vectors would not fit into memory, and `RunError` where `out` holds a run already: before anything is
    computed.

    >>> from locality.data import dataset
    >>> from locality.classic.hog import Hog
    >>> fitted = fit(Hog(cell=2), dataset("digits"))
    >>> fitted.accuracy > 0.95
    True
    """
    if not isinstance(pipeline, Pipeline):
        raise DescriptionError(f"{pipeline!r} is no pipeline. Give one, such as classic.get('hog-svm').")
    if not isinstance(data, Dataset):
        raise DataError(f"data: {type(data).__name__} is no Dataset. Give what locality.dataset gives.")
    if data.spins:
        raise DataError(
            f"{data.name}: it holds spins, and a descriptor is made of a picture's brightness. "
            f"Train a network on them: locality.train(net, data)."
        )
    tell = progress or _silent
    seed = whole("seed", seed, 0)
    pictures, labels, classes = data.train.images, data.train.labels, len(data.classes)
    channels, height, width = data.shape
    shape = (channels, height, width)
    length = pipeline.length(shape)
    size = 4 * length * len(pictures)
    if size > _MOST:
        raise DataError(
            f"{data.name}: {len(pictures):,} vectors of {length:,} numbers take {size / 2**30:.1f} GiB, of at most "
            f"{_MOST >> 30}. Use settings with a shorter vector, or fewer or smaller pictures."
        )
    if (labels == labels[0]).all():
        raise DataError(
            f"{data.name}: all {len(labels):,} training pictures are of class {data.classes[labels[0]]}. "
            "Add pictures of a second class: with one there is nothing to tell apart."
        )
    if out is not None:
        free_folder(Path(out))

    started = time.perf_counter()
    tell("learn", 0, 1)
    learned = pipeline.learn(pictures, seed)
    tell("learn", 1, 1)
    vectors = np.empty((len(pictures), length), np.float32)
    done = 0
    for batch in pipeline.batches(pictures, learned):
        vectors[done : done + len(batch)] = batch
        done += len(batch)
        tell("vectors", done, len(pictures))
    weight, bias = svm(vectors, labels, classes, pipeline.cost, tell)
    arrays = {**learned, "svm.weight": weight, "svm.bias": bias}
    seconds = time.perf_counter() - started
    fitted = Fitted(pipeline, shape, data.classes, data.name, seed, arrays, float("nan"), seconds)
    fitted = replace(fitted, accuracy=evaluate(fitted, data.test).accuracy)
    if out is not None:
        fitted.save(out)
    return fitted


def _silent(step: str, done: int, size: int) -> None:
    pass
