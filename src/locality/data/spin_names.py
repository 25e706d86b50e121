"""The names of spins: `ising:square:L=32` and `gauge:L=16`.

A name's parts stand between colons: of the Ising model the lattice, then `L=` and, where they are not 0 and 2500,
`seed=` and `samples=`.
"""

from dataclasses import dataclass
from math import prod
from typing import Any

from locality.errors import DataError, ShapeError, unknown

PATTERNS = ("ising:LATTICE:L=SIZE", "gauge:L=SIZE")
TEMPERATURES = 40
_EXAMPLES = {"ising": "ising:square:L=32", "gauge": "gauge:L=16"}
_USUAL = {"seed": 0, "samples": 2500}
_MOST = 4 << 30  # bytes: more than a small machine can hold beside everything else


@dataclass(frozen=True)
class Asked:
    """What a name asks for: `kind` is ising or gauge, `lattice` that of ising, `samples` how many configurations a
    temperature (a class of gauge) has to train on; a fifth as many are to test on."""

    kind: str
    lattice: str | None
    size: int
    seed: int = 0
    samples: int = 2500

    @property
    def name(self) -> str:
        """The shortest name of the same spins."""
        more = [f"{key}={getattr(self, key)}" for key, usual in _USUAL.items() if getattr(self, key) != usual]
        return ":".join([self.kind, *([self.lattice] if self.lattice else []), f"L={self.size}", *more])

    @property
    def shape(self) -> tuple[int, ...]:
        """(sublattices, *space) of a configuration."""
        if self.lattice is None:
            return (2, self.size, self.size)
        from locality.lattice import Lattice

        return Lattice(self.lattice, self.size).shape

    @property
    def tests(self) -> int:
        """How many configurations a temperature has to test on."""
        return max(1, self.samples // 5)


def is_spins(name: Any) -> bool:
    """Whether this is the name of spins.

    >>> is_spins("gauge:L=16"), is_spins("digits")
    (True, False)
    """
    return str(name).split(":")[0] in _EXAMPLES


def asked(name: str) -> Asked:
    """What a name asks for. Raises `DataError` where it does not say a size, or says what is not known,
    `UnknownNameError` for an unknown lattice.

    >>> asked("ising:honeycomb:L=8:seed=3").shape
    (2, 8, 8)
    """
    kind, *parts = name.split(":")
    lattice = None
    if kind == "ising":
        lattice, *parts = parts or [""]
        _check_lattice(name, lattice)
    found: dict[str, int] = {}
    for part in parts:
        key, _, value = part.partition("=")
        if key not in ("L", *_USUAL) or key in found:
            raise DataError(f"{name}: {part!r} is {_wrong(key, found)}. {_example(kind)}")
        least = 0 if key == "seed" else 1
        if not (value.isascii() and value.isdecimal() and len(value) < 10 and int(value) >= least):
            raise DataError(f"{name}: {key} is {value!r}, and no whole number of at least {least}. {_example(kind)}")
        found[key] = int(value)
    if "L" not in found:
        raise DataError(f"{name}: the size L is missing. {_example(kind)}")
    one = Asked(kind, lattice, found.pop("L"), **found)
    _check_size(name, one)
    size = (TEMPERATURES if lattice else 2) * (one.samples + one.tests) * prod(one.shape)
    if size > _MOST:
        raise DataError(f"{name}: its spins would take {size / 1e9:.1f} GB. Ask for fewer samples, or a smaller L.")
    return one


def fitting(name: str, shape: tuple[int, ...]) -> str | None:
    """The name of the same spins in another size that has this shape; None where none has.

    >>> fitting("ising:square:L=16:seed=1", (1, 28, 28))
    'ising:square:L=28:seed=1'
    """
    one = asked(name)
    if len(shape) < 2 or len(set(shape[1:])) > 1:
        return None
    other = Asked(one.kind, one.lattice, shape[1], one.seed, one.samples)
    try:
        return other.name if asked(other.name).shape == tuple(shape) else None
    except DataError:
        return None


def _check_lattice(name: str, lattice: str) -> None:
    from locality.lattice import LATTICES
    from locality.lattice.critical import temperature

    if not lattice or "=" in lattice:
        raise DataError(f"{name}: the lattice is missing. {_example('ising')}")
    having = [each for each in LATTICES if temperature(each)]
    if lattice not in LATTICES:
        raise unknown("lattice", lattice, having)
    if lattice not in having:
        raise DataError(
            f"{name}: no critical temperature of the {lattice} lattice is known here, so spins have no label. "
            f"Use {', '.join(having[:-1])} or {having[-1]}, for example {_EXAMPLES['ising']}."
        )


def _check_size(name: str, one: Asked) -> None:
    if one.lattice is None and one.size < 2:
        raise DataError(f"{name}: a torus of bonds has at least 2 cells along a side. Ask for L=2 or more.")
    try:
        _ = one.shape
    except ShapeError:
        raise DataError(
            f"{name}: on so small a torus two bonds would join the same two sites. Ask for L=3 or more."
        ) from None


def _wrong(key: str, found: dict[str, int]) -> str:
    return f"the second {key}" if key in found else "none of L=, seed= and samples="


def _example(kind: str) -> str:
    return f"Write for example {_EXAMPLES[kind]} or {_EXAMPLES[kind]}:seed=1:samples=500."
