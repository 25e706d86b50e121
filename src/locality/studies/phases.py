"""Phases of matter by a network: it learns ordered from disordered spins at known temperatures, and where it is in two
minds lies the transition (J. Carrasquilla and R. G. Melko, Nature Physics 13, 431 (2017), arXiv:1605.01735)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from locality import zoo
from locality.engine.recipe import Recipe
from locality.errors import DescriptionError, ShapeError
from locality.geometry.arguments import whole
from locality.lattice import Lattice, critical
from locality.lattice.estimate import Estimate
from locality.network.network import Network
from locality.studies import phases_text
from locality.studies.crossing import Curve, plain
from locality.studies.kept import folder_of, open_study
from locality.studies.scaling import Line, collapse, exponent, infinite
from locality.studies.sized import GAUGE_NETWORKS, Asked, Gauged, Sized, measure, measure_gauge

Given = str | Network | Callable[[tuple[int, ...]], Network]

RECIPE = Recipe(epochs=10, batch_size=256, learning_rate=0.02, label_smoothing=0.0, shift=0)
NU = {"cubic": 0.629971}  # Kos, Poland, Simmons-Duffin and Vichi, arXiv:1603.04436; 1 in two dimensions
LEAST = 4  # cells along a side
FEWEST = 16  # samples


@dataclass(frozen=True, eq=False, repr=False)
class Phases:
    """The finished study; printed it is its tables, with what they say below. `fit` is T*(L) = Tc + a L^(-1/nu), its
    value Tc; `nu` comes from the slopes of P at T*. `fit_of_larger` and `nu_of_larger` leave the smallest of four or
    more sizes out."""

    lattice: str
    network: str
    critical: float
    samples: int
    seeds: int
    rows: tuple[Sized, ...]
    gauge: tuple[Gauged, ...]

    @property
    def exact_nu(self) -> float:
        """nu of the Ising model on such a lattice."""
        return NU.get(self.lattice, 1.0)

    @cached_property
    def curves(self) -> tuple[Curve, ...]:
        """P(T) of each size."""
        return tuple(row.curve for row in self.rows)

    @cached_property
    def fit(self) -> Line | None:
        """T*(L) to infinite size."""
        return infinite(self.curves, self.exact_nu)

    @cached_property
    def fit_of_larger(self) -> Line | None:
        """The same without the smallest size."""
        return infinite(self.curves[1:], self.exact_nu) if len(self.curves) > 3 else None

    @cached_property
    def nu(self) -> Estimate | None:
        """nu from the slopes."""
        return exponent(self.curves)

    @cached_property
    def nu_of_larger(self) -> Estimate | None:
        """The same without the smallest size."""
        return exponent(self.curves[1:]) if len(self.curves) > 3 else None

    @cached_property
    def collapse(self) -> float | None:
        """How far apart the curves lie against (T - Tc) L^(1/nu), with the fitted Tc and the exact nu."""
        return None if self.fit is None else collapse(self.curves, self.fit.value.value, self.exact_nu)

    @cached_property
    def triangular(self) -> Line | None:
        """T*(L) of the triangular lattice, of which the networks saw nothing, to infinite size."""
        return infinite([row.triangular for row in self.rows if row.triangular is not None])

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the numbers say."""
        return phases_text.remarks(self)

    def __repr__(self) -> str:
        return phases_text.text(self)

    def to_dict(self) -> dict[str, Any]:
        """The study as plain data: shares, and temperatures in units of J; None for what is not known."""
        lines = {name: getattr(self, name) for name in ("fit", "fit_of_larger", "triangular")}
        return {
            "study": "phases",
            "lattice": self.lattice,
            "network": self.network,
            "critical": self.critical,
            "exact_nu": self.exact_nu,
            "samples": self.samples,
            "seeds": self.seeds,
            "rows": [row.to_dict() for row in self.rows],
            **{name: None if one is None else one.to_dict() for name, one in lines.items()},
            "nu": plain(self.nu),
            "nu_of_larger": plain(self.nu_of_larger),
            "collapse": self.collapse,
            "triangular_critical": critical.temperature("triangular"),
            "gauge": [one.to_dict() for one in self.gauge],
            "remarks": list(self.remarks),
        }


def phases(
    lattice: str = "square",
    sizes: Sequence[int] = (10, 20, 30, 40),
    network: Given = "carrasquilla-2017",
    samples: int = 2000,
    seeds: int = 5,
    recipe: Recipe | None = None,
    gauge: int | None = 16,
    seed: int = 0,
    out: str | Path | None = None,
    progress: bool = True,
) -> Phases:
    """Train a network on Ising spins below and above the critical temperature, for each size, and find the temperature
    T*(L) at which its mean output for "ordered", P(T), crosses one half; from those, Tc of the infinite lattice.

    `network` is a name from the zoo, a line of notation or a `Network`, described anew for each size, or a function of
    the shape of the spins, (sublattices, *space); it needs two outputs. It trains by `recipe`, with each of `seeds`
    seeds on `samples` configurations of its own at each of 40 temperatures, half of them below the critical one and
    closer together near it (1.0 to 3.54 on the square lattice). Test spins come from other seeds, and from evenly
    spaced temperatures for the accuracy. Errors of P and T* are from a bootstrap over independent chains and over
    seeds. On the square lattice the trained networks are also asked about the triangular one. `gauge` is the side of
    the lattice of the Ising gauge theory, on which both networks of the paper are tried; None leaves that out.

    With `out`, everything is kept in that folder, and a second call goes on with what is missing, also for more sizes
    or seeds. Raises `DescriptionError` for numbers that cannot be and for a lattice without a known critical
    temperature, and `ShapeError` for a network that does not fit, all before anything is drawn, and `RunError` where
    `out` holds another study.

    >>> phases(sizes=[10], network="1x28x28 | flatten | dense 10")
    Traceback (most recent call last):
    ...
    locality.errors.ShapeError: network: its output is 10, there are 2 phases. End it with Dense(2).
    """
    point = critical.temperature(lattice)
    if point is None:
        raise DescriptionError(
            f"{lattice}: no critical temperature is known of it, so that nothing can be labelled. Use square, "
            f"triangular, honeycomb, kagome or cubic."
        )
    networks = [(size, network_for(network, lattice, size)) for size in _sizes(sizes)]
    whole("samples", samples, FEWEST)
    whole("seeds", seeds)
    whole("seed", seed, 0)
    if gauge is not None:
        whole("gauge", gauge, 2)
    if recipe is not None and not isinstance(recipe, Recipe):
        raise DescriptionError(f"recipe: {type(recipe).__name__} is no Recipe. Give a locality.Recipe, or None.")
    folder = folder_of(out)
    asked = Asked(lattice, point, NU.get(lattice, 1.0), samples, seeds, recipe or RECIPE, seed, folder, bool(progress))
    name = networks[0][1].name
    if folder is not None:
        chosen = {key: value for key, value in asked.recipe.to_dict().items() if key != "seed"}
        settings: dict[str, Any] = {
            "study": "phases",
            "lattice": lattice,
            "network": name,
            "samples": samples,
            "seed": seed,
        }
        open_study(folder, settings | {"recipe": sorted(map(list, chosen.items()))})
    rows = tuple(measure(asked, size, net) for size, net in networks)
    gauged = () if gauge is None else tuple(measure_gauge(asked, each, gauge) for each in GAUGE_NETWORKS)
    return Phases(lattice, name, point, samples, seeds, rows, gauged)


def network_for(given: Given, lattice: str, size: int) -> Network:
    """The network as it is for spins of that lattice and size. Raises `ShapeError` where it does not fit them,
    `DescriptionError` where it is none."""
    shape = Lattice(lattice, size).shape
    spins = f"spins of the {lattice} lattice are {'x'.join(map(str, shape))}"
    if isinstance(given, str):
        given = Network.from_text(given) if "|" in given else zoo.get(given, shape, 2)
    elif callable(given):
        given = given(shape)
    if not isinstance(given, Network):
        raise DescriptionError(
            f"network: {type(given).__name__} is no network. Give a name from the zoo, a line of notation, a Network, "
            f"or a function that makes one of a shape."
        )
    if (given.input[0], len(given.input)) != (shape[0], len(shape)):
        raise ShapeError(
            f"{given.name}: its input is {'x'.join(map(str, given.input))}, {spins}. Describe a network whose input "
            f"has {len(shape)} numbers, the first of them {shape[0]}."
        )
    net = Network(given.name, shape, nodes=given.nodes, dtype=given.dtype, heads=given.heads)
    if net.output != (2,):
        raise ShapeError(
            f"{net.name}: its output is {'x'.join(map(str, net.output))}, there are 2 phases. End it with Dense(2)."
        )
    return net


def _sizes(given: Any) -> list[int]:
    sizes = [given] if isinstance(given, int) else list(given)
    if not sizes:
        raise DescriptionError("sizes: there is none. Give some, such as 10, 20, 30 and 40.")
    return sorted({whole("sizes", size, LEAST) for size in sizes})
