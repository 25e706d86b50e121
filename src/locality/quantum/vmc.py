"""`VMC`: how a ground state is looked for, as frozen data that is kept with the run."""

from dataclasses import asdict, dataclass
from math import cos, pi, sqrt
from numbers import Real
from typing import Any

from locality.errors import DescriptionError
from locality.geometry.arguments import one_of, whole
from locality.quantum.solve import SOLVERS

SCHEDULES = ("cosine", "constant")


@dataclass(frozen=True)
class VMC:
    """How variational Monte Carlo looks for a ground state. The defaults were tuned on 4x4 and 6x6 lattices.

    - `steps` of the optimisation, each with `samples` configurations from `chains` Markov chains (as many as samples,
      unless given), `sweeps` sweeps apart; a sweep proposes as many exchanges as there are sites. `burn_in` sweeps
      come before the first step, and before the measurement, there at least 10.
    - `hop`: this share of the samples is taken one exchange away from where the chain stands, and all are weighted for
      it. So configurations that psi makes rare are seen where H leads to them: without, an optimisation never learns
      of signs that are wrong there.
    - `exponent`: samples are drawn from |psi|^exponent and weighted. 2 is the usual choice; less shows the rare
      configurations that the signs hang on, but weights them unevenly, the more so the larger the lattice: 2 less
      3/sqrt(sites) unless given (1.5 on 6x6, 1.7 on 10x10), at least 1.
    - `learning_rate` is the first one; `schedule` brings it down along a cosine to 0, or keeps it ("constant"). The
      local energies count once: where a library doubles the gradient, its rates are half of these.
    - `shift` is added to the diagonal of the matrix that is inverted; `solver` is "cholesky", or "pinv", which drops
      eigenvalues below `cutoff` times the largest; `momentum` keeps that share of the step before (SPRING).
    - `clip`: in the step, local energies further than so many mean deviations from their median are moved there; how
      many is said with every step. 0 leaves them all.
    - `measurements`: how often all chains are measured at the end, from |psi|^2, for the energy that is reported.
    - `seed` decides the weights and every draw.

    Raises `DescriptionError` for numbers out of range and `UnknownNameError` for unknown words.

    >>> VMC(steps=100).rate(50), VMC(steps=100, schedule="constant").rate(50)
    (0.025, 0.05)
    """

    steps: int = 300
    samples: int = 1024
    chains: int | None = None
    sweeps: int = 1
    burn_in: int = 10
    exponent: float | None = None
    hop: float = 0.5
    learning_rate: float = 0.05
    schedule: str = "cosine"
    shift: float = 1e-3
    momentum: float = 0.9
    solver: str = "cholesky"
    cutoff: float = 1e-8
    clip: float = 50.0
    measurements: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        fewest = {"steps": 0, "samples": 2, "sweeps": 1, "burn_in": 0, "measurements": 1, "seed": 0}
        for name, least in fewest.items():
            object.__setattr__(self, name, whole(name, getattr(self, name), least))
        chains = self.samples if self.chains is None else whole("chains", self.chains, 2)
        if self.samples % chains:
            raise DescriptionError(
                f"chains is {chains}; {self.samples} samples are not shared out evenly among them. Use a divisor of "
                f"{self.samples}."
            )
        if self.chains is not None:
            object.__setattr__(self, "chains", chains)
        one_of("schedule", self.schedule, SCHEDULES)
        one_of("solver", self.solver, SOLVERS)
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if name == "exponent" and value is None:
                continue
            if not (isinstance(value, Real) and not isinstance(value, bool) and low <= float(value) <= high):
                raise DescriptionError(
                    f"{name} is {value!r}; it must be at least {low:g} and at most {high:g}. Give a number in between."
                )
            object.__setattr__(self, name, float(value))

    def power(self, sites: int) -> float:
        """The exponent on a lattice of so many sites."""
        return max(1.0, 2 - 3 / sqrt(sites)) if self.exponent is None else self.exponent

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        if self.schedule == "constant":
            return self.learning_rate
        return self.learning_rate * (1 + cos(pi * step / self.steps)) / 2

    def to_dict(self) -> dict[str, Any]:
        """Every setting by name, as JSON keeps it."""
        return asdict(self)


_RANGES = (
    ("exponent", 0.5, 2),
    ("hop", 0, 0.9),
    ("learning_rate", 1e-6, 10),
    ("shift", 1e-12, 1e3),
    ("momentum", 0, 0.999),
    ("cutoff", 0, 1),
    ("clip", 0, 1e6),
)
