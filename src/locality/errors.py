"""What goes wrong, in one sentence and a next step.

Every error a user can cause is a `LocalityError`. Its text has one form:
**where: what is wrong, with the numbers. What to do.** The command line prints the text alone and exits with 2.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class LocalityError(Exception):
    """Any mistake in what was asked for; its text says where, what, and what to do."""


class DescriptionError(LocalityError, ValueError):
    """A layer, a network or a line of notation that cannot be read as written."""


class ShapeError(LocalityError, ValueError):
    """Sizes that do not fit: a window that does not tile, branches that differ, a layer that needs space."""


class UnknownNameError(LocalityError, LookupError):
    """A name that is not among the known ones."""


class DataError(LocalityError, ValueError):
    """Images or files that are missing, damaged, or not what was asked for."""


class RunError(LocalityError, RuntimeError):
    """Training, loading or evaluating that cannot go on."""


MANY, FEW = 60, 20  # known names: beyond so many, only the first few are listed


def unknown(kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """The error for a name nobody knows, with the nearest known one or, failing that, all of them (of very many, the
    first).

    >>> unknown("network", "resnet-50", ["resnet18", "resnet50"])
    UnknownNameError("Unknown network 'resnet-50'. Did you mean 'resnet50'?")
    >>> unknown("padding mode", "q", ["zeros", "edge"])
    UnknownNameError("Unknown padding mode 'q'. Known are: zeros, edge.")
    """
    names = list(known)
    lower = {each.lower(): each for each in reversed(names)}
    near = [lower[each] for each in get_close_matches(str(name).lower(), lower, n=1)]
    more = f" and {len(names) - FEW} more" if len(names) > MANY else ""
    listed = ", ".join(names[:FEW] if more else names)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known are: {listed}{more}."
    return UnknownNameError(f"Unknown {kind} {name!r}. {hint}")
