"""`Samples` and `Scan`: spins in equilibrium, what was measured on them with errors, and what is known exactly."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from locality.lattice.correlation import Correlation
from locality.lattice.correlation import correlation as correlation_of
from locality.lattice.correlation import length as length_of
from locality.lattice.critical import temperature as critical_temperature
from locality.lattice.known import infinite, known
from locality.lattice.lattice import Lattice
from locality.lattice.relaxation import Relaxation
from locality.lattice.statistics import Estimate, autocorrelation_time, binned, jackknife
from locality.lattice.table import columns, exact, finite, plain, remembered, sigmas, value, wrapped

Array = npt.NDArray[Any]

FINE = 81  # temperatures of an exact curve
# What is measured: the attribute, and what it is called in a table.
OBSERVABLES = {
    "energy": "energy",
    "heat_capacity": "heat capacity",
    "magnetisation": "|m|",
    "magnetisation2": "m^2",
    "binder": "Binder U4",
    "susceptibility": "susceptibility",
    "staggered": "staggered |m|",
    "correlation_length": "correlation length",
}


@dataclass(frozen=True, eq=False, repr=False)
class Samples:
    """Spins in equilibrium at one temperature, as `ising` draws them.

    `spins` is (samples, *lattice.shape), int8, one chain after the other; `energies` and `magnetisations` are the
    series of the chains, (chains, steps), per site; `orders` is the order parameter of the coupling, for a ferromagnet
    the magnetisation, for an antiferromagnet the staggered one. Of `every` steps one was kept, after `burn_in` of them;
    the way there is in `relaxation`. `equilibrated` says whether chains from ordered and from random starts came to
    agree. Every estimate has its standard error (None where the samples are too few for one) and, where it is known,
    the exact value of this lattice.
    """

    lattice: Lattice
    temperature: float
    coupling: tuple[float, ...]
    field: float
    method: str
    seed: int
    spins: npt.NDArray[np.int8]
    energies: Array
    magnetisations: Array
    orders: Array
    burn_in: int
    every: int
    equilibrated: bool
    relaxation: Relaxation
    provenance: Mapping[str, Any]

    @property
    def chains(self) -> int:
        """How many chains there are."""
        return len(self.energies)

    @cached_property
    def tau(self) -> float:
        """The autocorrelation time, in kept samples, of energy or order, whichever is slower: 0.5 where samples are
        independent, infinite where they are too few to tell."""
        return max(autocorrelation_time(self.energies), autocorrelation_time(self._order))

    @property
    def effective(self) -> float:
        """How many independent samples these are worth."""
        return self.energies.size / (2 * self.tau)  # 0 where tau is not known

    @cached_property
    def energy(self) -> Estimate:
        """Energy per site."""
        return self._with_exact("energy", binned(self.energies))

    @cached_property
    def heat_capacity(self) -> Estimate:
        """N (<e^2> - <e>^2) / T^2, per site."""
        scale = self.lattice.sites / self.temperature**2
        apart = self.energies - self.energies.mean()  # the variance of small differences keeps its digits
        found = jackknife(lambda mean, square: scale * (square - mean**2), apart, apart**2)
        return self._with_exact("heat_capacity", found)

    @cached_property
    def magnetisation(self) -> Estimate:
        """<|m|>, m the mean of all spins."""
        return self._with_exact("magnetisation", binned(np.abs(self.magnetisations)))

    @cached_property
    def magnetisation2(self) -> Estimate:
        """<m^2>."""
        return self._with_exact("magnetisation2", binned(self.magnetisations**2))

    @cached_property
    def binder(self) -> Estimate:
        """Binder's U4 = 1 - <m^4> / (3 <m^2>^2): 2/3 in the ordered phase, 0 far above it."""
        m2 = self.magnetisations**2
        return self._with_exact("binder", jackknife(lambda fourth, second: 1 - fourth / (3 * second**2), m2**2, m2))

    @cached_property
    def susceptibility(self) -> Estimate:
        """N (<m^2> - <|m|>^2) / T, per site."""
        scale, size = self.lattice.sites / self.temperature, np.abs(self.magnetisations)
        found = jackknife(lambda square, mean: scale * (square - mean**2), size**2, size)
        return self._with_exact("susceptibility", found)

    @cached_property
    def staggered(self) -> Estimate | None:
        """The mean size of the order parameter of an antiferromagnet that nothing frustrates, each spin counted with
        the sign that the ground state has there; None for others."""
        if np.array_equal(self.orders, self.magnetisations):
            return None
        found = binned(np.abs(self.orders))
        if self.field or len([one for one in self.coupling if one]) > 1 or not self.coupling[0]:
            return found
        # Turning over every other spin makes a ferromagnet of it.
        exact = known(self.lattice, self.temperature, (abs(self.coupling[0]),), 0.0).get("magnetisation")
        return found if exact is None else replace(found, exact=exact)

    @cached_property
    def correlation_length(self) -> Estimate | None:
        """The second-moment correlation length, in units of the distance of nearest neighbours: that of the infinite
        lattice only above the critical temperature. None with open edges, and where there is none to be told."""
        found = length_of(self.lattice, self._by_chain) if self.lattice.periodic else None
        return None if found is None else self._with_exact("correlation_length", found)

    @cached_property
    def correlation(self) -> Correlation:
        """The correlation function <s_0 s_r> along the axes, with errors."""
        return correlation_of(self.lattice, self._by_chain)

    @property
    def estimates(self) -> dict[str, Estimate]:
        """What is printed, by name: without the Binder cumulant and the correlation length, which are of the uniform
        magnetisation, where the order is staggered, and without the length where any coupling is below 0."""
        # Uniform fluctuations tell nothing of an order that is not uniform.
        left_out = {"binder", "correlation_length"} if self.staggered is not None else set()
        left_out |= {"correlation_length"} if min(self.coupling) < 0 else set()
        found = {name: getattr(self, name) for name in OBSERVABLES if name not in left_out}
        return {name: one for name, one in found.items() if one is not None}

    @property
    def remarks(self) -> tuple[str, ...]:
        """What must be known before the numbers are believed, in sentences."""
        return (self._settled(), self._worth())

    def to_dict(self) -> dict[str, Any]:
        """What was measured as plain data: estimates, series, the way to equilibrium, and how it was drawn."""
        return {
            "study": "ising",
            **self.conditions(),
            "temperatures": [self.temperature],
            "rows": [self._row()],
            "series": {
                "energies": self.energies.tolist(),
                "magnetisations": self.magnetisations.tolist(),
                "relaxation": {
                    "steps": self.relaxation.at.tolist(),
                    "energies": self.relaxation.energies.tolist(),
                    "orders": self.relaxation.orders.tolist(),
                },
            },
            "correlation": self.correlation.to_dict(),
            "picture": self._picture(),
            "remarks": list(self.remarks),
        }

    def conditions(self) -> dict[str, Any]:
        """What was asked for, as plain data."""
        given = self.lattice
        return {
            "lattice": {"name": given.name, "size": list(given.size), "periodic": given.periodic},
            "coupling": list(self.coupling),
            "field": self.field,
            "critical": self._critical(),
            "seed": self.seed,
            "samples": len(self.spins),
            "chains": self.chains,
        }

    def save(self, folder: str | Path) -> Path:
        """Keep them in a folder, whole or not at all: spins.npy, series.npz and samples.json. Raises `DataError` for a
        folder that cannot be written."""
        from locality.lattice.saved import save

        return save(self, folder)

    def __len__(self) -> int:
        return len(self.spins)

    def __repr__(self) -> str:
        return "\n".join([wrapped(self._head()), "", *self._table(), "", *map(wrapped, self.remarks)])

    @property
    def _by_chain(self) -> Array:
        return self.spins.reshape(*self.energies.shape, *self.lattice.shape)

    @property
    def _order(self) -> Array:
        return self.orders if self.field else np.abs(self.orders)

    @cached_property
    def _known(self) -> Mapping[str, float]:
        return known(self.lattice, self.temperature, self.coupling, self.field)

    def _with_exact(self, name: str, found: Estimate) -> Estimate:
        exact = self._known.get(name)
        return found if exact is None else replace(found, exact=exact)

    def _critical(self) -> float | None:
        """Where the infinite lattice orders, if that is known."""
        if self.field or any(self.coupling[1:]):
            return None
        return critical_temperature(self.lattice.name, self.coupling[0])

    def _row(self) -> dict[str, Any]:
        return {
            "temperature": self.temperature,
            "method": self.method,
            "burn_in": self.burn_in,
            "every": self.every,
            "equilibrated": self.equilibrated,
            "tau": self.tau if isfinite(self.tau) else None,
            "effective": self.effective,
            **{name: plain(one) for name, one in self.estimates.items()},
        }

    def _picture(self) -> dict[str, Any]:
        """The last sample by site, and where the sites are."""
        last = self.lattice.flat(self.spins[-1])
        return {"spins": last.tolist(), "positions": self.lattice.positions.tolist()}

    def _head(self) -> str:
        coupling = "" if self.coupling == (1.0,) else f", coupling {', '.join(f'{one:g}' for one in self.coupling)}"
        field = f", field {self.field:g}" if self.field else ""
        many = f"{self.chains} chains" if self.chains > 1 else "1 chain"
        return (
            f"Ising on {self.lattice!s} at T = {self.temperature:g}{coupling}{field}: {len(self):,} samples by "
            f"{self.method}, {many}"
        )

    def _table(self) -> list[str]:
        series = {"energy": self.energies, "magnetisation": np.abs(self.magnetisations)}
        series |= {"magnetisation2": self.magnetisations**2, "staggered": np.abs(self.orders)}
        rows = [["", "value", "exact", "sigmas", "tau"]]
        for name, one in self.estimates.items():
            tau = remembered(autocorrelation_time(series[name])) if name in series else ""
            rows.append([OBSERVABLES[name], value(one), exact(one), sigmas(one), tau])
        return columns(rows)

    def _settled(self) -> str:
        every = "each step was kept" if self.every == 1 else f"one of {self.every:,} steps was kept"
        if self.equilibrated:
            return f"Equilibrated after {self.burn_in:,} steps; then {every}."
        return (
            f"Not equilibrated after {self.burn_in:,} steps: chains from ordered and from random starts were not seen "
            f"to agree. Use method='auto', or a larger burn_in; {every}."
        )

    def _worth(self) -> str:
        if self.energy.error is None or self.magnetisation.error is None:
            return "Too few samples for an error bar: that takes 20 independent blocks of them."
        if not self.effective:
            return "How many independent samples they are worth cannot be told from chains as short as these."
        return f"They are worth {self.effective:,.0f} independent samples (tau is in kept ones, 0.5 is independent)."


@dataclass(frozen=True, eq=False, repr=False)
class Scan(Sequence[Samples]):
    """Samples at several temperatures, in the order asked for; `spins` is (temperatures, samples, *lattice.shape)."""

    samples: tuple[Samples, ...]
    spins: npt.NDArray[np.int8]

    @property
    def lattice(self) -> Lattice:
        """The lattice of all of them."""
        return self.samples[0].lattice

    @property
    def temperatures(self) -> Array:
        """The temperatures, (temperatures,)."""
        return np.array([one.temperature for one in self.samples])

    @property
    def equilibrated(self) -> bool:
        """Whether all of them are."""
        return all(one.equilibrated for one in self.samples)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What must be known before the numbers are believed, in sentences."""
        late = [one for one in self.samples if not one.equilibrated]
        few = [one for one in self.samples if one.energy.error is None or one.magnetisation.error is None]
        lines = []
        if late:
            at = ", ".join(f"{one.temperature:g}" for one in late)
            lines.append(
                f"Not equilibrated at T = {at}: chains from ordered and from random starts were not seen to agree. Use "
                f"method='auto', or a larger burn_in."
            )
        else:
            most, worth = max(one.burn_in for one in self), min(one.effective for one in self)
            lines.append(f"Equilibrated at every temperature, after {most:,} steps at most.")
            if worth:
                many = len(self.samples[0])
                lines.append(f"The {many:,} samples of each are worth {worth:,.0f} independent ones or more.")
        if few:
            at = ", ".join(f"{one.temperature:g}" for one in few)
            lines.append(f"Too few samples for error bars at T = {at}.")
        return tuple(lines)

    @overload
    def __getitem__(self, place: int) -> Samples: ...
    @overload
    def __getitem__(self, place: slice) -> "Scan": ...
    def __getitem__(self, place: Any) -> Any:
        return Scan(self.samples[place], self.spins[place]) if isinstance(place, slice) else self.samples[place]

    def __len__(self) -> int:
        return len(self.samples)

    def __iter__(self) -> Iterator[Samples]:
        return iter(self.samples)

    def __repr__(self) -> str:
        first = self.samples[0]
        head = first._head().replace(f" at T = {first.temperature:g}", "").replace(first.method, self._methods())
        staggered = first.staggered is not None
        shown = {"heat_capacity": "C", "magnetisation": "|m|"}
        shown |= {"staggered": "staggered |m|"} if staggered else {"binder": "U4"}
        shown |= {"susceptibility": "chi"}
        rows = [["T", "energy", "sigmas", *shown.values()]]
        for one in self.samples:
            each = [value(getattr(one, name)) for name in shown]
            rows.append([f"{one.temperature:.5g}", value(one.energy), sigmas(one.energy), *each])
        binder = "" if staggered else "U4 Binder's cumulant, "
        legend = f"Sigmas: of the energy from the exact one. C is the heat capacity, {binder}chi the susceptibility."
        told = [wrapped(line) for line in (*self.remarks, legend)]
        return "\n".join([wrapped(f"{head}, at {len(self)} temperatures"), "", *columns(rows), "", *told])

    def to_dict(self) -> dict[str, Any]:
        """What was measured as plain data, a row for each temperature."""
        first = self.samples[0]
        return {
            "study": "ising",
            **first.conditions(),
            "temperatures": self.temperatures.tolist(),
            "rows": [one._row() for one in self.samples],
            "curves": curves(self),
            "remarks": list(self.remarks),
        }

    def save(self, folder: str | Path) -> Path:
        """Keep them in a folder, as `Samples.save` does."""
        from locality.lattice.saved import save

        return save(self, folder)

    def _methods(self) -> str:
        return " and ".join(sorted({one.method for one in self.samples}))


def curves(scan: Scan) -> dict[str, Any]:
    """What is known exactly over the range of a scan, of this lattice and of the infinite one: (temperatures,) each."""
    first, at = scan.samples[0], np.linspace(scan.temperatures.min(), scan.temperatures.max(), FINE)
    asked = (first.coupling, first.field)
    found: dict[str, Any] = {"temperatures": at.tolist()}
    for kind, tell in (("finite", known), ("infinite", infinite)):
        told = [tell(first.lattice, float(temperature), *asked) for temperature in at]
        found[kind] = {name: [finite(one[name]) for one in told] for name in OBSERVABLES if name in told[0]}
    return found
