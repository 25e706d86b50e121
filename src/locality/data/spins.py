"""Spins as data sets, by name (see `spin_names`): drawn once, kept bit by bit in the cache folder. The same name means
the same spins on every machine."""

import hashlib
import json
from math import inf, log, prod, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.data.cache import Progress, cache_folder
from locality.data.images import Dataset, Images
from locality.data.replacing import replacing
from locality.data.spin_names import TEMPERATURES, Asked, asked

LOWEST = log(1 + sqrt(2)) / 2  # in units of the critical temperature: 1.0 on the square lattice
_FORMAT = 1  # another number, and what older versions have kept is drawn again
Spins = npt.NDArray[np.int8]


def spins(name: str, progress: Progress | None = None) -> Dataset:
    """The spins of a name as a data set: from the cache folder, or drawn and kept there.

    `ising:LATTICE:L=SIZE`: equilibrium configurations of the Ising model on a periodic lattice with a critical
    temperature, at 40 temperatures evenly spaced around it (square: 1.0 to 3.54), labelled "ordered" below it and
    "disordered" above; `gauge:L=SIZE`: "ground state" and "infinite temperature" of the Ising gauge theory. Training
    and test spins come from different seeds. `progress(name, done, size)` is called while they are drawn, in bytes.
    Raises what `asked` does.
    """
    one = asked(name)
    found = _read(one)
    if found is None:
        bits, notes = _drawn(one, progress)
        notes = [*notes, *_keep(one, bits, notes)]
    else:
        bits, notes = found
    temperatures, critical = _temperatures(one)
    labels = (temperatures > critical).astype(np.int64)
    counts = [len(temperatures) * count for count in (one.samples, one.tests)]
    values = np.unpackbits(bits, count=sum(counts) * prod(one.shape)).view(np.int8)
    values *= 2
    values -= 1
    train, test = np.split(values.reshape(-1, *one.shape), [counts[0]])
    return Dataset(
        one.name,
        ("ordered", "disordered") if one.lattice else ("ground state", "infinite temperature"),
        Images(train, np.repeat(labels, one.samples)),
        Images(test, np.repeat(labels, one.tests)),
        source=_source(one, temperatures, critical),
        licence="none: drawn here",
        notes=tuple(notes),
    )


def _temperatures(one: Asked) -> tuple[npt.NDArray[np.float64], float]:
    """The temperatures of a set, in units of J, and the one that parts its classes."""
    if one.lattice is None:
        return np.array([0.0, inf]), 1.0
    from locality.lattice.critical import temperature

    middle = temperature(one.lattice)
    assert middle is not None
    return middle * np.linspace(LOWEST, 2 - LOWEST, TEMPERATURES), middle


def _drawn(one: Asked, progress: Progress | None) -> tuple[npt.NDArray[np.uint8], list[str]]:
    """All spins of a set, training ones first, temperature by temperature, as bits; and what is to be said of them."""
    temperatures, _ = _temperatures(one)
    counts = (one.samples, one.tests)
    each = prod(one.shape) * len(temperatures)
    drawn: list[Spins] = []
    notes: list[str] = []
    for split, count in enumerate(counts):
        before = sum(counts[:split]) * each

        def tell(done: int, total: int, before: int = before, count: int = count) -> None:
            if progress is not None:
                progress(one.name, before + count * each * done // max(1, total), sum(counts) * each)

        seed = 2 * one.seed + split
        if one.lattice is None:
            from locality.lattice.gauge import gauge

            found = [gauge(one.size, float(t), count, 2 * seed + i) for i, t in enumerate(temperatures)]
            drawn += [spins.reshape(-1) for spins in found]
            tell(1, 1)
            continue
        from locality.lattice import Lattice
        from locality.lattice.ising import ising

        scan: Any = ising(Lattice(one.lattice, one.size), temperatures, count, seed=seed, progress=tell)
        restless = [f"{t:.3f}" for t, samples in zip(temperatures, scan, strict=True) if not samples.equilibrated]
        if restless:
            said = ", ".join(restless)
            notes.append(f"{one.name}: the spins at T = {said} may not be in equilibrium yet. Use a smaller L.")
        drawn.append(scan.spins.reshape(-1))
    return np.packbits(np.concatenate(drawn) > 0), notes


def _source(one: Asked, temperatures: npt.NDArray[np.float64], critical: float) -> str:
    if one.lattice is None:
        return "Ising gauge theory (Carrasquilla and Melko, Nature Physics 13, 431, 2017), drawn by locality.lattice"
    return (
        f"Ising model, {len(temperatures)} temperatures from {temperatures[0]:.3f} to {temperatures[-1]:.3f}, "
        f"critical {critical:.3f}, drawn by locality.ising"
    )


def _read(one: Asked) -> tuple[npt.NDArray[np.uint8], list[str]] | None:
    """The bits of a set and its notes, as they are kept in the cache; None where they are missing or damaged."""
    temperatures, _ = _temperatures(one)
    count = len(temperatures) * (one.samples + one.tests) * prod(one.shape)
    try:
        head, _, content = (cache_folder() / _FOLDER / _file(one)).read_bytes().partition(b"\n")
        said = json.loads(head)
        whole = said["sha256"] == hashlib.sha256(content).hexdigest() and len(content) == -(-count // 8)
        return (np.frombuffer(content, np.uint8), [str(note) for note in said["notes"]]) if whole else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _keep(one: Asked, bits: npt.NDArray[np.uint8], notes: list[str]) -> list[str]:
    """Put the bits into the cache, whole or not at all; what there is to say where that cannot be."""
    content = bits.tobytes()
    head = {"name": one.name, "sha256": hashlib.sha256(content).hexdigest(), "notes": notes}
    try:
        with replacing(cache_folder() / _FOLDER, [_file(one)]) as beside:
            (beside / _file(one)).write_bytes(json.dumps(head).encode() + b"\n" + content)
    except OSError as error:
        return [f"{one.name}: it is not kept, {cache_folder()} cannot be written ({error.strerror})."]
    return []


_FOLDER = "spins"


def _file(one: Asked) -> str:
    return f"{one.name.replace(':', '-')}.{_FORMAT}.bits"
