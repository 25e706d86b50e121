"""Pipelines by name."""

from locality.classic.fisher import Fisher
from locality.classic.hog import Hog
from locality.classic.pipeline import Pipeline
from locality.errors import unknown

PIPELINES: dict[str, type[Pipeline]] = {kind.name: kind for kind in (Hog, Fisher)}


def names() -> tuple[str, ...]:
    """The names that `get` knows, in the order of history."""
    return tuple(PIPELINES)


def get(name: str) -> Pipeline:
    """The pipeline of that name, its settings right for small pictures. Raises `UnknownNameError` for other names.

    >>> get("hog-svm")
    Hog(cost=0.1, cell=4, block=2, orientations=9)
    """
    if name not in PIPELINES:
        raise unknown("pipeline", name, names())
    return PIPELINES[name]()
