"""One lattice size of the study of phases: networks trained with several seeds, P(T), and what they are held to."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from locality import zoo
from locality.data import Images
from locality.engine.recipe import Recipe
from locality.lattice import Lattice, critical
from locality.lattice.gauge import gauge as gauge_spins
from locality.network.network import Network
from locality.studies.classified import (
    CHAINS,
    Array,
    Drawn,
    Piece,
    asked_at,
    drawn,
    kept,
    learnt,
    measured_at,
    number,
    observed,
    told,
    trained_at,
)
from locality.studies.crossing import Curve
from locality.studies.measured import Measured

# At first a network sees nothing in the gauge theory: a rate that falls would have fallen before it does.
GAUGE_RECIPE = Recipe(epochs=20, batch_size=32, learning_rate=3e-4, schedule="constant", label_smoothing=0.0, shift=0)
GAUGE_NETWORKS = ("carrasquilla-2017", "carrasquilla-2017-cnn")
# What a public reproduction of the paper reached, as a share of its test configurations.
PUBLISHED = {10: 0.932, 20: 0.9627, 30: 0.9720, 40: 0.9785, 60: 0.9825}
OBSERVABLES = ("magnetisation", "energy")
_TRAIN, _TEST, _FINE, _TRIANGULAR, _SHUFFLED, _GAUGE = range(6)  # what spins, or numbers, are drawn for


@dataclass(frozen=True)
class Control:
    """A classifier that the network is held against: the share of test configurations it tells right, and P(T). Of one
    trained on shuffled labels, the mean probability that it gives to the right phase."""

    name: str
    measured: Measured
    curve: Curve

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {"name": self.name, **accuracy(self.measured), **self.curve.to_dict()}


@dataclass(frozen=True)
class Sized:
    """One lattice size: the network, how it did on test spins, P(T), the controls by name, and, on the square lattice,
    P(T) of the triangular one by the same networks."""

    size: int
    parameters: int
    measured: Measured
    published: float | None
    curve: Curve
    controls: dict[str, Control]
    triangular: Curve | None
    equilibrated: bool

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "size": self.size,
            "parameters": self.parameters,
            **accuracy(self.measured),
            "published": self.published,
            **self.curve.to_dict(),
            "controls": [one.to_dict() for one in self.controls.values()],
            "triangular": None if self.triangular is None else self.triangular.to_dict(),
        }


@dataclass(frozen=True)
class Gauged:
    """A network on the Ising gauge theory: ground states against infinite temperature."""

    name: str
    size: int
    parameters: int
    measured: Measured

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {"name": self.name, "size": self.size, "parameters": self.parameters, **accuracy(self.measured)}


@dataclass(frozen=True)
class Asked:
    """What a study was asked for, checked."""

    lattice: str
    critical: float
    nu: float
    samples: int
    seeds: int
    recipe: Recipe
    seed: int
    folder: Path | None
    progress: bool

    def kept(self, name: str, net: Network, make: Callable[[Path | None], Piece]) -> Piece:
        """A part of the study: what is kept of it, or else what is made now."""
        return kept(self.folder, name, net, make)

    def say(self, line: str) -> None:
        """Tell how far the study is."""
        if self.progress:
            print(line, file=sys.stderr, flush=True)


def measure(asked: Asked, size: int, net: Network) -> Sized:
    """All of one size."""
    return _Size(asked, size, net).row()


@dataclass(frozen=True)
class _Size:
    asked: Asked
    size: int
    net: Network

    def row(self) -> Sized:
        pieces = []
        for seed in range(self.asked.seeds):
            pieces.append(self._kept(f"seed{seed}", partial(self._trained, seed)))
            self.asked.say(f"L = {self.size}: network {seed + 1} of {self.asked.seeds}, {_right(pieces[-1])}")
        far = self._kept("far", partial(self._trained, 0, far=True))
        self.asked.say(f"L = {self.size}: trained far from the transition, {_right(far)}")
        shuffled = self._kept("shuffled", partial(self._trained, 0, shuffled=True))
        self.asked.say(f"L = {self.size}: trained on shuffled labels, {_right(shuffled)}")
        controls = {name: self._control(name, pieces, f"{name}_") for name in OBSERVABLES}
        controls |= {"shuffled": self._control("shuffled", [shuffled]), "far": self._control("far", [far])}
        return Sized(
            self.size,
            self.net.parameter_count,
            self._measured(pieces),
            PUBLISHED.get(self.size) if self.asked.lattice == "square" else None,
            self._curve(pieces),
            controls,
            self._curve(pieces, "triangular_") if self.asked.lattice == "square" else None,
            all(bool(piece["equilibrated"]) for piece in (*pieces, far, shuffled)),
        )

    def _kept(self, name: str, make: Callable[[Path | None], Piece]) -> Piece:
        return self.asked.kept(f"L{self.size}-{name}", self.net, make)

    def _trained(self, seed: int, place: Path | None, far: bool = False, shuffled: bool = False) -> Piece:
        asked = self.asked
        training = self._drawn(_TRAIN, trained_at(asked.critical, far), asked.samples, seed)
        images = training.images
        if shuffled:
            order = np.random.Generator(np.random.PCG64(number(asked.seed, _SHUFFLED, self.size)))
            images = Images(images.images, order.permutation(images.labels))
        recipe = replace(asked.recipe, seed=number(asked.seed, _TRAIN, self.size, seed))
        run = learnt(self.net, images, self.test.images, recipe, place)
        found = {
            "accuracy": np.array(run.accuracy),
            "pictures": np.array(len(self.test.labels)),
            "ordered": self.fine.by_chain(told(run.model, self.fine.scan.spins)),
            "temperatures": self.fine.scan.temperatures,
            "equilibrated": np.array(all(one.scan.equilibrated for one in (training, self.test, self.fine))),
        }
        if shuffled:
            # What it names as the likelier phase is an accident: 50.01 % would do. What counts is how sure it is.
            ordered = told(run.model, self.test.images.images)
            found["accuracy"] = np.where(self.test.labels == 0, ordered, 1 - ordered).mean()
        if far or shuffled:
            return found
        for name in OBSERVABLES:
            right, ordered = observed(training, self.test, self.fine, name)
            found |= {f"{name}_accuracy": np.array(right), f"{name}_ordered": ordered}
        if asked.lattice == "square":
            other = self.triangular
            found["triangular_ordered"] = other.by_chain(told(run.model, other.scan.spins))
            found["triangular_temperatures"] = other.scan.temperatures
        return found

    @cached_property
    def test(self) -> Drawn:
        return self._drawn(_TEST, measured_at(self.asked.critical), self._fewer)

    @cached_property
    def fine(self) -> Drawn:
        temperatures = asked_at(self.asked.critical, self.size, self.asked.nu)
        return self._drawn(_FINE, temperatures, self.asked.samples)

    @cached_property
    def triangular(self) -> Drawn:
        point = critical.temperature("triangular") or 0.0
        lattice = Lattice("triangular", self.size)
        temperatures = asked_at(point, self.size)
        return drawn(lattice, point, temperatures, self._fewer, self.asked.seed, _TRIANGULAR, self.size)

    @property
    def _fewer(self) -> int:
        return CHAINS * max(1, self.asked.samples // (4 * CHAINS))

    def _drawn(self, what: int, temperatures: Array, samples: int, *seed: int) -> Drawn:
        lattice = Lattice(self.asked.lattice, self.size)
        return drawn(lattice, self.asked.critical, temperatures, samples, self.asked.seed, what, self.size, *seed)

    def _measured(self, pieces: Sequence[Piece], what: str = "") -> Measured:
        return Measured(tuple(1 - float(one[f"{what}accuracy"]) for one in pieces), int(pieces[0]["pictures"]))

    def _curve(self, pieces: Sequence[Piece], what: str = "") -> Curve:
        temperatures = pieces[0].get(f"{what}temperatures", pieces[0]["temperatures"])
        return Curve(self.size, temperatures, np.stack([one[f"{what}ordered"] for one in pieces]))

    def _control(self, name: str, pieces: Sequence[Piece], what: str = "") -> Control:
        return Control(name, self._measured(pieces, what), self._curve(pieces, what))


def measure_gauge(asked: Asked, name: str, size: int) -> Gauged:
    """A network of the paper on the Ising gauge theory."""
    net = zoo.get(name, (2, size, size), 2)

    def make(place: Path | None) -> Piece:
        training, test = (_gauged(asked, size, split, count) for split, count in ((0, asked.samples), (1, 1000)))
        recipe = replace(GAUGE_RECIPE, seed=number(asked.seed, _GAUGE, size))
        run = learnt(net, training, test, recipe, place)
        return {"accuracy": np.array(run.accuracy), "pictures": np.array(len(test))}

    found = asked.kept(f"gauge-{name}-L{size}", net, make)
    asked.say(f"gauge theory, L = {size}: {name}, {_right(found)}")
    return Gauged(name, size, net.parameter_count, Measured((1 - float(found["accuracy"]),), int(found["pictures"])))


def _gauged(asked: Asked, size: int, split: int, count: int) -> Images:
    """So many ground states and as many configurations at infinite temperature."""
    drawn = [
        gauge_spins(size, temperature, count, number(asked.seed, _GAUGE, size, split, kind))
        for kind, temperature in enumerate((0.0, inf))
    ]
    return Images(np.concatenate(drawn), np.repeat(np.arange(2), count))


def accuracy(measured: Measured) -> dict[str, Any]:
    """A share of right answers and its 95 % interval as plain data."""
    low, high = measured.interval
    return {"accuracy": 1 - measured.error, "interval": [1 - high, 1 - low]}


def _right(piece: Piece) -> str:
    return f"{100 * float(piece['accuracy']):.2f} % right"
