"""`Fitted`: a pipeline with all it has learned, and the folder it is kept in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from locality.classic.named import PIPELINES
from locality.classic.pipeline import Array, Pipeline, Shape
from locality.data.replacing import ARRIVING, replacing
from locality.errors import DataError, LocalityError, RunError, ShapeError
from locality.geometry.arguments import shape_text

RUN, WEIGHTS = "run.json", "weights.safetensors"


@dataclass(frozen=True, eq=False, repr=False)
class Fitted:
    """A pipeline that has seen its training pictures.

    `arrays` holds what was learned, by name: the SVM's "svm.weight" (classes, length) and "svm.bias" (classes,), and
    what the pipeline's steps learned. `accuracy` is the share of the test pictures classified correctly, `seconds`
    how long fitting took.
    """

    pipeline: Pipeline
    shape: Shape
    classes: tuple[str, ...]
    data_name: str
    seed: int
    arrays: Mapping[str, Array]
    accuracy: float
    seconds: float

    def scores(self, images: Any) -> npt.NDArray[np.float32]:
        """How far each picture lies on each class's side of its boundary: (N, classes), larger is surer.

        `images` are uint8 (N, C, H, W), or one picture (C, H, W). Anything else is a `DataError`, pictures of another
        shape are a `ShapeError`.
        """
        pictures = np.asarray(images)
        pictures = pictures[None] if pictures.ndim == 3 else pictures
        if pictures.dtype != np.uint8 or pictures.ndim != 4:
            raise DataError(
                f"images: {pictures.dtype} of shape {np.shape(images)} is not uint8 (N, C, H, W). "
                "Give brightnesses 0 to 255 with the channels before the rows."
            )
        if pictures.shape[1:] != self.shape:
            raise ShapeError(
                f"{self.pipeline.name}: it was fitted to pictures of {shape_text(self.shape)}, these are "
                f"{shape_text(pictures.shape[1:])}. Give pictures of that shape."
            )
        known, weight, bias = dict(self.arrays), self.arrays["svm.weight"], self.arrays["svm.bias"]
        scores = [vectors @ weight.T + bias for vectors in self.pipeline.batches(pictures, known)]
        return np.concatenate([np.empty((0, len(bias)), np.float32), *scores])

    def predict(self, images: Any) -> npt.NDArray[np.int64]:
        """The class of each picture, as a place in `classes`. Takes and raises what `scores` does."""
        return np.asarray(self.scores(images).argmax(1))

    def save(self, folder: str | Path) -> None:
        """Keep it in a folder, as `run.json` and `weights.safetensors`, both or none. Raises `RunError` where that
        cannot be."""
        folder = Path(folder)
        plain = {
            "pipeline": self.pipeline.to_dict(),
            "shape": list(self.shape),
            "classes": list(self.classes),
            "data": self.data_name,
            "seed": self.seed,
            "accuracy": self.accuracy,
            "seconds": round(self.seconds, 3),
        }
        free_folder(folder)
        try:
            with replacing(folder, [WEIGHTS, RUN]) as beside:
                (beside / RUN).write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
                save_file(dict(self.arrays), beside / WEIGHTS)
                (beside / WEIGHTS).chmod((beside / RUN).stat().st_mode)  # safetensors: for the owner alone
        except (OSError, SafetensorError) as error:
            why = getattr(error, "strerror", None) or str(error).rstrip(".")
            raise RunError(f"{folder}: it could not be written ({why}). Make room or mend the permissions.") from None

    def __repr__(self) -> str:
        return f"<{self.pipeline.name} fitted to {self.data_name}: accuracy {self.accuracy:.2%}>"


def free_folder(folder: Path) -> None:
    """Make the folder ready to be written to. Raises `RunError` where it cannot be, or where a run is kept there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = (folder / RUN).exists()
    except OSError as error:
        raise RunError(f"{folder}: no folder can be made there ({error.strerror}). Give another place.") from None
    if taken:
        raise RunError(f"{folder}: a run is kept here already. Give another folder.")
    for left in folder.glob(f"{ARRIVING}*"):  # by a process that was killed
        rmtree(left, ignore_errors=True)


def load(folder: str | Path) -> Fitted:
    """What `fit` kept in a folder, ready to predict. Raises `RunError` where there is nothing, or where a file is
    damaged."""
    folder = Path(folder)
    try:
        plain = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"{folder}: nothing is kept here (no {RUN}). Give the folder that fit wrote.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(folder / RUN, error) from None
    try:
        settings = dict(plain["pipeline"])
        pipeline = PIPELINES[settings.pop("name")](**settings)
        channels, height, width = (int(side) for side in plain["shape"])
        shape, classes = (channels, height, width), tuple(str(name) for name in plain["classes"])
        wanted = {
            **pipeline.learned(shape),
            "svm.weight": (len(classes), pipeline.length(shape)),
            "svm.bias": (len(classes),),
        }
        data_name, seed = str(plain["data"]), int(plain["seed"])
        accuracy, seconds = float(plain["accuracy"]), float(plain["seconds"])
    except (KeyError, TypeError, ValueError, OverflowError, LocalityError) as error:
        raise _damaged(folder / RUN, f"no {error}" if isinstance(error, KeyError) else error) from None
    arrays = _read(folder / WEIGHTS)
    for name in sorted(wanted.keys() | arrays.keys()):
        if name not in wanted or name not in arrays:
            what = "is missing" if name in wanted else "is not in the pipeline"
            raise RunError(f"{folder / WEIGHTS}: {name} {what}. Use the weights of the same pipeline.")
        if arrays[name].shape != wanted[name] or arrays[name].dtype != np.float32:
            have = f"{arrays[name].dtype} {shape_text(arrays[name].shape)}"
            raise RunError(
                f"{folder / WEIGHTS}: {name} is {have}, the pipeline's is float32 {shape_text(wanted[name])}. "
                "Use the weights of the same pipeline."
            )
        if not np.isfinite(arrays[name]).all():
            raise _damaged(folder / WEIGHTS, f"{name} is not finite")
    return Fitted(pipeline, shape, classes, data_name, seed, arrays, accuracy, seconds)


def _read(path: Path) -> dict[str, Array]:
    try:
        with safe_open(path, "np") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise RunError(f"{path}: there is no such file. Fit the pipeline again, in another folder.") from None
    except (SafetensorError, OSError, TypeError) as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, why: Exception | str) -> RunError:
    return RunError(f"{path}: it is damaged ({str(why).rstrip('.')}). Fit the pipeline again, in another folder.")
