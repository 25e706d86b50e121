"""An evaluation as text of 80 columns: whole tables for a few classes, the worst of many."""

from math import isnan

import numpy as np

from locality.data.evaluation import Array, ClassFigures, Figures

_WHOLE = 20  # classes up to which whole tables are readable
_WORST = 10


def counts_text(figures: Figures) -> list[str]:
    """The confusion matrix and the figures by class; of more than 20 classes, the worst ten of either."""
    if len(figures.confusion) <= _WHOLE:
        head = [f"confusion: rows are what the {figures.called} are, columns what they were taken for", ""]
        return [*head, *_matrix(figures.confusion, figures.names), "", *_classes(figures.per_class, figures.called)]
    confusions, classes = worst_confusions(figures, _WORST), worst_classes(figures)
    lines: list[str] = []
    if confusions:
        pairs = [f"{n:>6,} of {_short(own, 28)} taken for {_short(other, 28)}" for own, other, n in confusions]
        lines = ["the most frequent confusions", "", *pairs]
    if classes:
        shown, found = classes[:_WORST], sum(one.pictures > 0 for one in figures.per_class)
        title = f"the classes found least often, {len(shown)} of {found:,}"
        lines += [*([""] if lines else []), title, "", *_classes(shown, figures.called)]
    return lines


def worst_confusions(figures: Figures, most: int | None = None) -> list[tuple[str, str, int]]:
    """(what they are, what they were taken for, how many pictures), the most frequent confusion first."""
    counts, names = figures.confusion, figures.names
    rows, columns = np.nonzero(counts)
    wrong = rows != columns
    rows, columns = rows[wrong], columns[wrong]
    order = np.argsort(-counts[rows, columns], kind="stable")[:most]
    return [(names[i], names[j], int(counts[i, j])) for i, j in zip(rows[order], columns[order], strict=True)]


def worst_classes(figures: Figures) -> tuple[ClassFigures, ...]:
    """The classes of which a picture was missed, the least often found first, then those with more pictures."""
    missed = [one for one in figures.per_class if one.recall < 1]
    return tuple(sorted(missed, key=lambda one: (one.recall, -one.pictures)))


def listed(names: tuple[str, ...]) -> str:
    """All of a few names, the first of many."""
    return ", ".join(names) if len(names) <= 12 else f"{', '.join(names[:10])}, ... ({len(names)} in all)"


def _matrix(counts: Array, names: tuple[str, ...]) -> list[str]:
    rows = [[_short(names[i], 20), *(f"{n:,}" if n else "." for n in row)] for i, row in enumerate(counts)]
    return _columns(["", *(_short(name, 5) for name in names)], rows, gap=2 if len(counts) <= 8 else 1)


def _classes(classes: tuple[ClassFigures, ...], called: str) -> list[str]:
    return _columns(
        ["class", called, "recall", "precision", "f1"],
        [[_short(c.name, 40), f"{c.pictures:,}", *map(_percent, (c.recall, c.precision, c.f1))] for c in classes],
    )


def _percent(share: float) -> str:
    return "-" if isnan(share) else f"{share:.2%}"


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _columns(head: list[str], rows: list[list[str]], gap: int = 2) -> list[str]:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    return [
        (" " * gap).join(
            [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))]
        )
        for row in [head, *rows]
    ]
