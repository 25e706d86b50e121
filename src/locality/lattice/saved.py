"""Samples in a folder: spins.npy, mapped into memory when loaded, their series, and where they come from."""

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from types import TracebackType
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from locality.errors import DataError, LocalityError
from locality.lattice.lattice import Lattice
from locality.lattice.relaxation import Relaxation
from locality.lattice.room import on_disk
from locality.lattice.samples import Samples, Scan

SPINS, SERIES, JSON = "spins.npy", "series.npz", "samples.json"
FORMAT = 1


def save(found: Samples | Scan, folder: str | Path) -> Path:
    """Write samples into a folder, whole or not at all, in place of samples that are there; give its path back."""
    place = Path(folder)
    with Arriving(place, (len(found), *found[0].spins.shape) if isinstance(found, Scan) else found.spins.shape) as to:
        to.spins[:] = found.spins
        to.keep(found)
    return place


def load_samples(folder: str | Path) -> Samples | Scan:
    """The samples in a folder, as they were saved; their spins are mapped into memory, not read. Raises `DataError`
    where there are none, or damaged ones."""
    place = Path(folder)
    if not (place / JSON).is_file():
        raise DataError(f"{place}: there are no samples, {JSON} is missing. Give a folder that ising or save has made.")
    try:
        plain = json.loads((place / JSON).read_text(encoding="utf-8"))
        if plain["format"] != FORMAT:
            raise DataError(
                f"{place}: the samples are of format {plain['format']}, this version reads {FORMAT}. Draw them anew."
            )
        spins = np.load(place / SPINS, mmap_mode="r", allow_pickle=False)
        with open(place / SERIES, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            series = dict(arrays)
        return _restored(plain, spins, series)
    except (OSError, ValueError, TypeError, EOFError, LookupError, BadZipFile) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{place}: the samples are damaged ({_reason(error)}). Draw them anew.") from None


class Arriving:
    """Samples on their way into a folder: `spins` is a file beside it, mapped, to be filled; `keep` puts everything in
    its place. What is not kept is gone when the block ends."""

    def __init__(self, folder: str | Path, shape: Sequence[int]) -> None:
        self.folder = Path(folder)
        self.shape = tuple(shape)

    def __enter__(self) -> "Arriving":
        if self.folder.is_dir() and any(self.folder.iterdir()) and not (self.folder / JSON).is_file():
            raise DataError(f"{self.folder}: the folder holds other files. Give a new or an empty one.")
        self.new = not self.folder.exists()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.beside = Path(tempfile.mkdtemp(prefix=".arriving-", dir=self.folder))
        except OSError as error:
            raise DataError(f"{self.folder}: it cannot be written ({_reason(error)}). Give another folder.") from None
        try:
            self.spins = on_disk(self.beside / SPINS, self.shape, self.folder)
        except BaseException:
            self._clear()
            raise
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        del self.spins  # a file that is mapped cannot be removed on some systems
        self._clear()

    def _clear(self) -> None:
        shutil.rmtree(self.beside, ignore_errors=True)
        if self.new and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def keep(self, found: Samples | Scan) -> Samples | Scan:
        """Put the samples in their place, and give them back with their spins mapped from there."""
        several = tuple(found) if isinstance(found, Scan) else (found,)
        assert isinstance(self.spins, np.memmap)
        self.spins.flush()
        np.savez(self.beside / SERIES, allow_pickle=False, **_series(several))
        (self.beside / JSON).write_text(json.dumps(_plain(found, several), indent=1) + "\n", encoding="utf-8")
        for name in (SPINS, SERIES, JSON):
            with open(self.beside / name, "rb+") as file:
                os.fsync(file.fileno())
        (self.folder / JSON).unlink(missing_ok=True)  # without it, half of what was there is not taken for samples
        for name in (SPINS, SERIES, JSON):
            os.replace(self.beside / name, self.folder / name)
        return load_samples(self.folder)


def provenance(seconds: float) -> dict[str, Any]:
    """When, how long, and with which versions samples were drawn."""
    versions = {"python": python_version(), **{name: _version(name) for name in ("locality", "numpy", "numba")}}
    return {"date": datetime.now(UTC).isoformat(timespec="seconds"), "seconds": round(seconds, 3), "versions": versions}


def _plain(found: Samples | Scan, several: tuple[Samples, ...]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "kind": "scan" if isinstance(found, Scan) else "samples",
        **several[0].conditions(),
        "temperatures": [one.temperature for one in several],
        "methods": [one.method for one in several],
        "burn_in": [one.burn_in for one in several],
        "every": [one.every for one in several],
        "equilibrated": [one.equilibrated for one in several],
        "spins": list(np.shape(found.spins)),
        **several[0].provenance,
    }


def _series(several: tuple[Samples, ...]) -> dict[str, npt.NDArray[Any]]:
    names = ("energies", "magnetisations", "orders")
    whole = {name: np.stack([getattr(one, name) for one in several]) for name in names}
    for place, one in enumerate(several):  # each as long as it took
        way = one.relaxation
        whole |= {f"at-{place}": way.at, f"relaxing-{place}": np.stack([way.energies, way.orders])}
    return whole


def _restored(plain: dict[str, Any], spins: Any, series: dict[str, Any]) -> Samples | Scan:
    if list(spins.shape) != plain["spins"] or spins.dtype != np.int8:
        raise ValueError(f"{SPINS} holds {spins.dtype} {spins.shape}, not int8 {tuple(plain['spins'])}")
    several = plain["kind"] == "scan"
    given = plain["lattice"]
    lattice = Lattice(given["name"], tuple(given["size"]), given["periodic"])
    made = {name: plain[name] for name in ("date", "seconds", "versions")}
    found = tuple(
        Samples(
            lattice, temperature, tuple(plain["coupling"]), plain["field"], plain["methods"][k], plain["seed"],
            spins[k] if several else spins, series["energies"][k], series["magnetisations"][k], series["orders"][k],
            plain["burn_in"][k], plain["every"][k], plain["equilibrated"][k],
            Relaxation(series[f"at-{k}"], *series[f"relaxing-{k}"]), made,
        )
        for k, temperature in enumerate(plain["temperatures"])
    )  # fmt: skip
    return Scan(found, spins) if several else found[0]


def _reason(error: BaseException) -> str:
    said = getattr(error, "strerror", None) or (error.args[0] if error.args else type(error).__name__)
    return f"{said!r} is missing" if isinstance(error, KeyError) and not isinstance(error, LocalityError) else str(said)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:  # run from its source
        return None
