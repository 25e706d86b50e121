"""Spins drawn for a classifier of phases, and what a network or a single observable makes of them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.data import Dataset, Images
from locality.data.replacing import replacing
from locality.engine.outputs import outputs, softmax
from locality.engine.recipe import Recipe
from locality.engine.train import train
from locality.errors import RunError
from locality.lattice import Lattice
from locality.lattice.ising import ising
from locality.lattice.samples import Scan
from locality.network.network import Network
from locality.network.plain import to_dict
from locality.studies.logistic import Logistic

Array = npt.NDArray[Any]
Piece = dict[str, Array]

CLASSES = ("ordered", "disordered")
CHAINS = 16  # independent ones at each temperature, where the number of samples allows
TEMPERATURES = 40  # to train at, half of them on each side of the critical one
LOWEST = 0.440687  # in units of Tc: on the square lattice the temperatures run from 1.0 to 3.54
FAR = (0.83, 1.17)  # on the square lattice outside of 1.9 and 2.7
POINTS = 25  # temperatures at which P(T) is asked for, around the critical one
REACH = (-3.5, 4.0)  # how far they reach, in Tc L^(-1/nu)


def trained_at(critical: float, far: bool = False) -> Array:
    """The temperatures to train at, half of them below the critical one, the closer together the nearer to it: there
    the phases are hard to tell apart. With `far`, only those far from it."""
    distances = (np.arange(TEMPERATURES // 2) + 0.5) ** 2
    distances *= (1 - LOWEST) / distances[-1]
    shares = np.concatenate([1 - distances[::-1], 1 + distances])
    return np.asarray(critical * (shares[(shares < FAR[0]) | (shares > FAR[1])] if far else shares))


def measured_at(critical: float) -> Array:
    """The temperatures of the test spins: as many in the same range, evenly spaced."""
    return np.asarray(critical * np.linspace(LOWEST, 2 - LOWEST, TEMPERATURES))


def asked_at(critical: float, size: int, nu: float = 1.0) -> Array:
    """The temperatures at which P(T) of a size is asked for: the narrower around the critical one, the larger it is."""
    width = size ** (-1 / nu)
    return np.asarray(critical * np.linspace(max(1 + REACH[0] * width, 0.3), 1 + REACH[1] * width, POINTS))


@dataclass(frozen=True, eq=False)
class Drawn:
    """Spins at several temperatures, in equilibrium, and where the phases part."""

    scan: Scan
    critical: float

    @property
    def labels(self) -> Array:
        """0 for each configuration drawn below the critical temperature, 1 above it."""
        return np.repeat((self.scan.temperatures > self.critical).astype(np.int64), self.scan.spins.shape[1])

    @property
    def images(self) -> Images:
        """The configurations with their labels."""
        return Images(self.scan.spins.reshape(-1, *self.scan.lattice.shape), self.labels)

    def of_each(self, observable: str) -> Array:
        """|m| or the energy of each configuration, (temperatures, chains, steps)."""
        if observable == "magnetisation":
            return np.asarray(np.abs(np.stack([one.magnetisations for one in self.scan])))
        return np.stack([one.energies for one in self.scan])

    def by_chain(self, ordered: Array) -> Array:
        """The means of each chain, (temperatures, chains), of one number for each configuration."""
        return np.asarray(ordered.reshape(len(self.scan), self.scan[0].chains, -1).mean(-1))


def drawn(lattice: Lattice, critical: float, temperatures: Array, samples: int, *seed: int) -> Drawn:
    """So many configurations at each temperature; other numbers in `seed` give others."""
    return Drawn(ising(lattice, temperatures, samples, seed=number(*seed)), critical)


def number(*seed: int) -> int:
    """One seed made of several numbers."""
    return int(np.random.SeedSequence(seed).generate_state(1)[0])


def told(model: Any, spins: Array) -> Array:
    """The output for "ordered" of each configuration, (N,)."""
    flat = spins.reshape(-1, *model.network.input)
    return np.concatenate([softmax(logits)[:, 0] for logits in outputs(model, flat)])


def share_right(ordered: Array, labels: Array) -> float:
    """The share of configurations whose phase is told right."""
    return float(((ordered.ravel() < 0.5) == labels).mean())


def learnt(net: Network, training: Images, test: Images, recipe: Recipe, folder: Path | None) -> Any:
    """The run of a network on these spins, kept in the folder and gone on with from there."""
    data = Dataset(f"spins for {net.name}", CLASSES, training, test, source="locality.lattice", licence="none")
    return train(net, data, recipe, out=folder, resume=folder is not None, progress=False)


def observed(training: Drawn, test: Drawn, fine: Drawn, observable: str) -> tuple[float, Array]:
    """What a logistic fit on one observable tells: its accuracy on the test spins, and its mean output for "ordered"
    at the fine temperatures, by chain."""
    fit = Logistic(training.of_each(observable), training.labels)
    return (
        share_right(fit.ordered(test.of_each(observable)), test.labels),
        fine.by_chain(fit.ordered(fine.of_each(observable))),
    )


def kept(folder: Path | None, name: str, net: Network, make: Callable[[Path | None], Piece]) -> Piece:
    """What is kept under that name in the study's folder; where nothing is yet, it is made and kept. Raises `RunError`
    where what is kept there is damaged, or of another network."""
    if folder is None:
        return make(None)
    path, description = folder / f"{name}.npz", json.dumps(to_dict(net), sort_keys=True)
    if not path.exists():
        found = make(folder / name)
        with replacing(folder, [path.name]) as beside:
            arrays: dict[str, Any] = {**found, "network": np.array(description)}
            np.savez(beside / path.name, **arrays)
        return found
    try:
        with np.load(path, allow_pickle=False) as file:
            found = {key: file[key] for key in file.files}
        same = str(found.pop("network")) == description
    except (OSError, ValueError, KeyError, EOFError):
        raise RunError(f"{path}: it is damaged. Remove it, and it is measured again.") from None
    if not same:
        raise RunError(f"{path}: what is kept here was measured with another network. Give another folder.")
    return found
