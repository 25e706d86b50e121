"""The folder of a study: what it is a study of, and in it a folder for each of its runs, so that it can go on."""

import json
from pathlib import Path
from typing import Any

from locality import classic
from locality.data import Dataset
from locality.data.replacing import ARRIVING, replacing
from locality.errors import RunError

STUDY = "study.json"


def settings_of(study: str, data: Dataset, epochs: int) -> dict[str, Any]:
    """What must be the same for a study to go on, as plain data."""
    return {
        "study": study,
        "data": data.name,
        "train": len(data.train),
        "test": len(data.test),
        "classes": list(data.classes),
        "pixels": list(data.mean),
        "epochs": epochs,
    }


def folder_of(out: Any) -> Path | None:
    """The folder that was given, None where nothing is to be kept. Raises `RunError` for what is no path."""
    if out is not None and not isinstance(out, str | Path):
        raise RunError(f"out: {type(out).__name__} is no folder. Give a path, or None to keep nothing.")
    return None if out is None else Path(out)


def open_study(folder: Path, settings: dict[str, Any]) -> None:
    """Make the folder of a study ready. Raises `RunError` where it cannot be, where it holds something else, or a
    study with other settings."""
    path = folder / STUDY
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            if any(not one.name.startswith(ARRIVING) for one in folder.iterdir()):
                raise RunError(f"{folder}: it is not empty, and no study is kept in it. Give another folder.")
            with replacing(folder, [STUDY]) as beside:
                (beside / STUDY).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
            return
        before = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RunError(f"{folder}: no study can be kept there ({error.strerror}). Give another folder.") from None
    except (ValueError, RecursionError):
        before = None
    if not isinstance(before, dict):
        raise RunError(f"{path}: it is damaged. Give another folder.")
    for name, value in json.loads(json.dumps(settings)).items():
        if before.get(name) != value:
            said = f"other {name}" if isinstance(value, list) else f"{name} {before.get(name)}, not {value}"
            raise RunError(f"{folder}: the study kept here has {said}. Give another folder.")


def fitted(pipeline: classic.Pipeline, data: Dataset, seed: int, folder: Path | None) -> classic.Fitted:
    """What is kept in the folder; where nothing is yet, the pipeline is fitted and kept there. Raises `RunError` where
    something else is."""
    if folder is None or not (folder / "run.json").exists():
        return classic.fit(pipeline, data, seed, folder)
    kept = classic.load(folder)
    if (kept.pipeline, kept.data_name, kept.classes, kept.seed) != (pipeline, data.name, data.classes, seed):
        raise RunError(f"{folder}: another run is kept here. Give the study another folder.")
    return kept
