"""Energies of the J1-J2 magnet that others have found, exactly or at best, with where they stand."""

from dataclasses import dataclass
from typing import Any

from locality.lattice.exact import MOST, coupling_given, ground_state_energy
from locality.lattice.lattice import Lattice

ED = "diagonalisation in Choo, Neupert and Carleo, Phys. Rev. B 100, 125124 (2019)"
CHOO = "Choo, Neupert and Carleo, Phys. Rev. B 100, 125124 (2019)"
VARBENCH = "Wu et al., Science 386, 296 (2024), VarBench"
SANDVIK = "Sandvik, J. Stat. Mech. (2026) 043101, quantum Monte Carlo"


@dataclass(frozen=True)
class Reference:
    """The energy per site that a ground state is held against, with J1 = 1 and S = 1/2.

    `kind` is "exact" (diagonalisation, to the digits given), "Monte Carlo" (quantum Monte Carlo without a sign problem:
    exact but for the standard `error`) or "best published" (the lowest variational energy gathered here, above which
    the true one does not lie). `others` are more energies of the same magnet, each (name, energy per site). Nothing
    below `bound` can be right; None where no such number is known.
    """

    energy_per_site: float
    kind: str
    source: str
    others: tuple[tuple[str, float], ...] = ()
    error: float = 0.0
    bound: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The reference as plain data."""
        return {
            "energy_per_site": self.energy_per_site,
            "kind": self.kind,
            "source": self.source,
            "others": [[name, energy] for name, energy in self.others],
            "error": self.error,
            "bound": self.bound,
        }


def reference(lattice: Lattice, j2: float) -> Reference | None:
    """What is known of a ground state's energy: exactly on up to 20 sites, by diagonalisation here and now, and from
    the table for the periodic square lattices 6x6, 8x8 and 10x10; None for all others.

    Raises `DescriptionError` for a `j2` that is no number, and the `ShapeError` of `Lattice.bonds` where the lattice
    is too small for second neighbours.

    >>> found = reference(Lattice("square", 10), 0.5)
    >>> found.energy_per_site, found.kind, found.source, found.bound
    (-0.4976939, 'best published', 'CNN-MPS', -0.4978)
    >>> reference(Lattice("square", 12), 0.5) is None
    True
    """
    j2 = coupling_given(str(lattice), j2)
    if lattice.sites <= MOST:
        if lattice.sites % 2:
            return None
        energy = ground_state_energy(lattice, j2).energy_per_site
        return Reference(energy, "exact", "diagonalisation", bound=energy)
    if lattice.name != "square" or not lattice.periodic:
        return None
    return PUBLISHED.get((lattice.size, round(j2, 9)))


def _exact(energy: float, source: str = ED, choo: float | None = None) -> Reference:
    others = () if choo is None else (("Choo et al. 2019, CNN", choo),)
    return Reference(energy, "exact", source, others, bound=energy)


def _best(energy: float, source: str, *others: tuple[str, float], bound: float | None = None) -> Reference:
    return Reference(energy, "best published", source, others, bound=bound)


def _sampled(energy: float, error: float, *others: tuple[str, float]) -> Reference:
    return Reference(energy, "Monte Carlo", SANDVIK, others, error, bound=energy - 5 * error)


PUBLISHED: dict[tuple[tuple[int, ...], float], Reference] = {
    ((6, 6), 0.0): _exact(-0.67887215, choo=-0.67882),
    ((6, 6), 0.3): _exact(-0.56245947, VARBENCH),
    ((6, 6), 0.4): _exact(-0.52974501, choo=-0.52936),
    ((6, 6), 0.5): _exact(-0.50380965, choo=-0.50185),
    ((6, 6), 0.6): _exact(-0.49323859, choo=-0.49023),
    ((6, 6), 0.7): _exact(-0.53000123, VARBENCH),
    ((6, 6), 0.8): _exact(-0.58648660, choo=-0.58590),
    ((6, 6), 0.9): _exact(-0.64905201, VARBENCH),
    ((6, 6), 1.0): _exact(-0.71436043, choo=-0.71351),
    ((8, 8), 0.0): _sampled(-0.67349005, 2e-8),
    ((8, 8), 0.5): _best(-0.4989635, f"RBM+PP in {VARBENCH}"),
    ((10, 10), 0.0): _sampled(
        -0.67155266, 2e-8, ("Choo et al. 2019, CNN", -0.67135), ("Sandvik 1997, quantum Monte Carlo", -0.671549)
    ),
    ((10, 10), 0.4): _best(-0.52371, CHOO),
    ((10, 10), 0.5): _best(
        -0.4976939,
        "CNN-MPS",
        ("Choo et al. 2019, CNN", -0.49516),
        ("DMRG", -0.495530),
        ("ViT, one A100 for 100 minutes", -0.49645),
        ("GCNN", -0.497437),
        ("CNN on a supercomputer", -0.497468),
        ("RBM+PP", -0.497629),
        ("ResNet with MinSR", -0.4976921),
        bound=-0.4978,
    ),
    ((10, 10), 0.6): _best(-0.4774611, f"DMRG with 1024 states in {VARBENCH}", ("Choo et al. 2019, CNN", -0.47604)),
    ((10, 10), 0.8): _best(-0.57383, CHOO),
    ((10, 10), 1.0): _best(-0.69636, CHOO),
}
"""By (size, J2), of the periodic square lattice."""
