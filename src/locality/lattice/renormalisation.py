"""Critical exponents from block spins: the Monte Carlo renormalisation group (Swendsen, Phys. Rev. Lett. 42, 859
(1979))."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import hypot, log
from textwrap import fill
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.errors import DataError, DescriptionError
from locality.lattice.levels import levels
from locality.lattice.operators import EVEN, ODD, operators
from locality.lattice.statistics import Estimate, jackknife
from locality.lattice.table import columns, value

Array = npt.NDArray[Any]

EXACT = {"thermal": 1.0, "magnetic": 15 / 8}  # y_T and y_H of the square lattice
_PARTS = {"thermal": slice(0, len(EVEN)), "magnetic": slice(len(EVEN), len(EVEN) + len(ODD))}
_LEAST = 5  # cells along a side of a level: on fewer, third neighbours meet twice
_QUOTED = 8  # cells along a side of the coarse level that is quoted: the operators reach over 3 of them


@dataclass(frozen=True)
class Exponent:
    """y = log_b of the leading eigenvalue of the matrix that leads from a level of so many cells along a side to the
    next one, made with so many operators. `estimate` has the jackknife error, which knows nothing of the operators that
    are left out."""

    kind: str
    level: int
    side: int
    operators: int
    estimate: Estimate


@dataclass(frozen=True, repr=False)
class Exponents:
    """y_T (`thermal`) and y_H (`magnetic`) for every level and growing numbers of operators; printed it is a table.

    `thermal` and `magnetic` are what is quoted: all operators, and the last level with at least 8 cells along a side.
    The first levels have not yet come to the fixed point; on later ones the operators reach around the lattice. Their
    error is the jackknife error together with what is cut off: the larger of the changes from the level before and
    from one operator less.
    """

    rows: tuple[Exponent, ...]
    block: int

    @property
    def thermal(self) -> Estimate:
        """y_T = 1/nu; the square lattice has 1 (Onsager)."""
        return self._quoted("thermal")

    @property
    def magnetic(self) -> Estimate:
        """y_H; the square lattice has 15/8 (Yang)."""
        return self._quoted("magnetic")

    @property
    def quoted_level(self) -> int:
        """The level that is quoted, as the number of the coarser one."""
        return max((row.level for row in self.rows if row.side >= _QUOTED), default=1)

    def of(self, kind: str, level: int, operators: int) -> Estimate:
        """One entry of the table."""
        (found,) = [
            row.estimate for row in self.rows if (row.kind, row.level, row.operators) == (kind, level, operators)
        ]
        return found

    def _quoted(self, kind: str) -> Estimate:
        level, most = self.quoted_level, max(row.operators for row in self.rows if row.kind == kind)
        best = self.of(kind, level, most)
        if best.error is None:
            return best
        others = [self.of(kind, level, most - 1)] + ([self.of(kind, level - 1, most)] if level > 1 else [])
        cut = max(abs(best.value - other.value) for other in others)
        return Estimate(best.value, hypot(best.error, cut), EXACT[kind])

    @property
    def remark(self) -> str:
        """Which entry is quoted, and why."""
        row = next(row for row in self.rows if row.level == self.quoted_level)
        said = (
            f"Quoted: level {row.level - 1} to {row.level}, the last with at least {_QUOTED} cells along a side, with "
            f"all operators; the error holds the jackknife error and the change from one operator less"
        )
        if row.level == 1:
            return f"{said}. Nothing tells how far this first level is from the fixed point: use a larger lattice."
        return f"{said} or from the level before, whichever is larger."

    def __repr__(self) -> str:
        lines = []
        for kind, name in (("thermal", "y_T"), ("magnetic", "y_H")):
            rows = [row for row in self.rows if row.kind == kind]
            counts = sorted({row.operators for row in rows})
            table = [["level", "side", *(f"{name}, {n} operator{'s' * (n > 1)}" for n in counts)]]
            for level in sorted({row.level for row in rows}):
                side = next(row.side for row in rows if row.level == level)
                table.append([f"{level - 1} to {level}", f"{side}", *(value(self.of(kind, level, n)) for n in counts)])
            lines += columns(table)
            lines.append("")
        for name, kind in (("y_T", "thermal"), ("y_H", "magnetic")):
            quoted = self._quoted(kind)
            away = "" if quoted.sigmas is None else f", {quoted.sigmas:+.1f} sigma from it"
            lines.append(f"{name} = {quoted}, exact {EXACT[kind]:g}{away}")
        return "\n".join([*lines, fill(self.remark, 80, break_on_hyphens=False)])

    def to_dict(self) -> dict[str, Any]:
        """The table and what is quoted as plain data."""
        return {
            "block": self.block,
            "rows": [
                {"kind": row.kind, "level": row.level, "side": row.side, "operators": row.operators}
                | {"value": row.estimate.value, "error": row.estimate.error}
                for row in self.rows
            ],
            "quoted": {
                name: {"value": each.value, "error": each.error, "exact": each.exact, "sigmas": each.sigmas}
                for name, each in (("thermal", self.thermal), ("magnetic", self.magnetic))
            },
            "quoted_level": self.quoted_level,
            "operators": {"thermal": list(EVEN), "magnetic": list(ODD)},
            "remark": self.remark,
        }


def exponents(spins: Any, block: int = 2, rule: str = "majority", ties: str = "random", seed: int = 0) -> Exponents:
    """y_T and y_H of the periodic square lattice from equilibrium samples at its critical temperature: what `ising`
    gives, or spins (chains, steps, 1, side, side), chains independent of each other.

    From level to level the couplings K of the energy sum_a K_a S_a change by the matrix
    T = <S' S'>_c^-1 <S' S>_c, S the operators of a level and S' those of the next one; y = ln(eigenvalue)/ln(block) of
    its largest one, for operators that are even in the spins and odd ones apart. Errors by jackknife.

    Raises `DescriptionError` for another lattice and for a rule that does not leave spins, `DataError` for spins that
    do not vary enough, and what `block_spin` raises.
    """
    lattice = getattr(spins, "lattice", None)
    if lattice is not None and (lattice.name != "square" or not lattice.periodic):
        kind = f"{'' if lattice.periodic else 'open '}{lattice.name}"
        raise DescriptionError(f"exponents: the operators are those of the periodic square lattice, not of the {kind}.")
    if rule == "average":
        raise DescriptionError("exponents: the average of spins is no spin. Use rule='majority'.")
    rows = []
    fine = None
    for number, level in enumerate(levels(spins, (block, block), rule, ties, seed, least=_LEAST)):
        if level.shape[2] != 1:
            raise DescriptionError(f"exponents: a square lattice has one sublattice, not {level.shape[2]}.")
        coarse = operators(level[:, :, 0]).astype(float)
        coarse -= coarse.mean((0, 1))  # products of large sums would lose digits
        if fine is not None:
            rows += list(_exponents(fine, coarse, number, level.shape[-1], block))
        fine = coarse
    return Exponents(tuple(rows), block)


def linearised(fine: Array, coarse: Array, weights: Array | None = None) -> Array:
    """T for the operators (samples, k) of one level and of the next, each sample counted by its weight: how much each
    coupling of the next level, a row, changes with each of this one, a column."""
    count = fine.shape[-1]
    return _matrix(np.average(_moments(fine, coarse), axis=0, weights=weights), count)


def _moments(fine: Array, coarse: Array) -> Array:
    """What T is made of, one after the other: the operators S and S' of both levels, S' S and S' S'."""
    lead = fine.shape[:-1]
    products = (coarse[..., :, None] * each[..., None, :] for each in (fine, coarse))
    return np.concatenate([fine, coarse, *(product.reshape(*lead, -1) for product in products)], axis=-1)


def _matrix(means: Array, count: int) -> Array:
    """T from the means of `_moments`."""
    fine, coarse, rows = means[:count], means[count : 2 * count, None], means[2 * count :].reshape(2, count, count)
    connected, response = rows[0] - coarse * fine, rows[1] - coarse * coarse.T
    try:
        found: Array = np.linalg.solve(response, connected)
    except np.linalg.LinAlgError:
        raise _too_alike() from None
    return found


def _leading(matrix: Array) -> float:
    largest = float(np.abs(np.linalg.eigvals(matrix)).max())
    if largest == 0:
        raise _too_alike()
    return largest


def _too_alike() -> DataError:
    return DataError(
        "exponents: the operators of a level do not vary enough in these samples to tell them apart. Give more "
        "samples, near the critical temperature."
    )


def _exponents(fine: Array, coarse: Array, level: int, side: int, block: int) -> Iterator[Exponent]:
    for kind, part in _PARTS.items():
        for count in range(1, part.stop - part.start + 1):
            some = slice(part.start, part.start + count)

            def exponent(*means: float, count: int = count) -> float:
                return log(_leading(_matrix(np.array(means), count))) / log(block)

            series = np.moveaxis(_moments(fine[..., some], coarse[..., some]), -1, 0)
            yield Exponent(kind, level, side, count, replace(jackknife(exponent, *series), exact=EXACT[kind]))
