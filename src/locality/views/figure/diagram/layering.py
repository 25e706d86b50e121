"""Where the stages of a network stand: their ranks, the lanes of what is read further on, the order within a rank, and
how far across each lies. Plain names and numbers; nothing is drawn here.

A layered layout after Sugiyama, Tagawa and Toda (doi:10.1109/TSMC.1981.4308636): a stage's rank is its longest way
from the input. What a stage gives to ranks further on takes a lane, one for all who read it. "Along" is the way that
the network runs, "across" is beside it, whatever these are on the page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import inf

SWEEPS = 6  # how often orders and places are mended, there and back
GAP = 16.0  # between two boxes of a rank
LANE = 10.0  # between two lanes, or a lane and a box

Slot = tuple[str, int]  # a stage at its own rank, or the lane of what it gives at a later one


@dataclass(frozen=True)
class Layers:
    """`reads` names what each stage reads, `rank` is how far along it stands, `order` says from first to last across
    which stages, or their lanes, lie in each rank."""

    reads: Mapping[str, tuple[str, ...]]
    rank: Mapping[str, int]
    order: tuple[tuple[str, ...], ...]

    @cached_property
    def links(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """What leads from each rank to the next: from a stage or its lane to a reader, or to the lane itself."""
        return tuple(
            _links(self.reads, self.rank, self.order[r], self.order[r + 1]) for r in range(len(self.order) - 1)
        )


def layered(reads: Mapping[str, tuple[str, ...]]) -> Layers:
    """The ranks of a graph whose stages are listed in the order they are computed, the input first, in an order that
    crosses few edges.

    >>> layers = layered({"input": (), "conv1": ("input",), "sum1": ("conv1", "input")})
    >>> layers.order
    (('input',), ('conv1', 'input'), ('sum1',))
    """
    rank: dict[str, int] = {}
    last: dict[str, int] = {}  # the last rank in which what a stage gives is still on its way
    for name, sources in reads.items():
        rank[name] = 1 + max((rank[source] for source in sources), default=-1)
        last[name] = rank[name]
        for source in sources:
            last[source] = max(last[source], rank[name] - 1)
    rows: list[list[str]] = [[] for _ in range(1 + max(rank.values()))]
    for name in reads:
        rows[rank[name]].append(name)
    for name in reversed(tuple(reads)):  # lanes lie behind the boxes, the latest innermost
        for r in range(rank[name] + 1, last[name] + 1):
            rows[r].append(name)
    best = _ordered(rows, [_links(reads, rank, rows[r], rows[r + 1]) for r in range(len(rows) - 1)])
    return Layers(reads, rank, tuple(tuple(row) for row in best))


def _links(
    reads: Mapping[str, tuple[str, ...]], rank: Mapping[str, int], row: Sequence[str], following: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    here = set(row)
    onward = ((name, name) for name in following if name in here)
    read = ((source, name) for name in following if name not in here for source in reads[name])
    return (*onward, *read)


def _ordered(rows: list[list[str]], links: Sequence[Sequence[tuple[str, str]]]) -> list[list[str]]:
    """The rows in the order with the fewest crossings that some sweeps by barycentres come by."""
    ahead: list[dict[str, list[str]]] = [{} for _ in rows]
    behind: list[dict[str, list[str]]] = [{} for _ in rows]
    for r, pairs in enumerate(links):
        for source, target in pairs:
            ahead[r].setdefault(source, []).append(target)
            behind[r + 1].setdefault(target, []).append(source)
    best, fewest = rows, _crossings(rows, links)
    for sweep in range(2 * SWEEPS):
        if not fewest:
            break
        rows = [list(row) for row in rows]
        back = sweep % 2
        for r in range(len(rows) - 2, -1, -1) if back else range(1, len(rows)):
            near, place = (ahead[r], rows[r + 1]) if back else (behind[r], rows[r - 1])
            at = {name: float(i) for i, name in enumerate(place)}
            mean = {
                name: sum(at[other] for other in near[name]) / len(near[name]) if name in near else float(i)
                for i, name in enumerate(rows[r])
            }
            if sweep % 4 > 1:  # other ways round where the means do not say
                rows[r].reverse()
            rows[r].sort(key=lambda name, mean=mean: mean[name])  # type: ignore[misc]
        _swap(rows, links)
        if (count := _crossings(rows, links)) < fewest:
            best, fewest = rows, count
    return best


def _swap(rows: list[list[str]], links: Sequence[Sequence[tuple[str, str]]]) -> None:
    """Neighbours change places where that crosses less."""
    better = True
    while better:
        better = False
        for r, row in enumerate(rows):
            near, beside = rows[max(r - 1, 0) : r + 2], links[max(r - 1, 0) : r + 1]
            for i in range(len(row) - 1):
                count = _crossings(near, beside)
                row[i : i + 2] = row[i + 1], row[i]
                if _crossings(near, beside) < count:
                    better = True
                else:
                    row[i : i + 2] = row[i + 1], row[i]


def _crossings(rows: Sequence[Sequence[str]], links: Sequence[Sequence[tuple[str, str]]]) -> int:
    count = 0
    for r, pairs in enumerate(links):
        here, there = ({name: i for i, name in enumerate(row)} for row in rows[r : r + 2])
        ends = sorted((here[source], there[target]) for source, target in pairs)
        count += sum(b < a for i, (_, a) in enumerate(ends) for _, b in ends[i + 1 :])
    return count


def across(layers: Layers, width: Mapping[str, float], straight: bool = True) -> dict[Slot, float]:
    """How far across the middle of each stage and lane lies, the least edge at 0. Stages on the longest way stay on
    one straight line, and so do lanes; where not `straight`, nothing is asked but that boxes keep their distance.

    >>> places = across(layered({"input": (), "a": ("input",), "b": ("a",)}), {"input": 20, "a": 40, "b": 30})
    >>> set(places.values())
    {20.0}
    """
    slots = [(name, r) for r, row in enumerate(layers.order) for name in row]
    line = _lines(layers) if straight else {slot: i for i, slot in enumerate(slots)}
    before: dict[int, list[tuple[int, float]]] = {number: [] for number in line.values()}
    after: dict[int, list[tuple[int, float]]] = {number: [] for number in line.values()}
    half = {(name, r): width[name] / 2 if layers.rank[name] == r else 0.0 for name, r in slots}
    for r, row in enumerate(layers.order):
        for one, other in pairwise(row):
            a, b = (one, r), (other, r)
            apart = half[a] + half[b] + (GAP if half[a] and half[b] else LANE)
            before[line[b]].append((line[a], apart))
            after[line[a]].append((line[b], apart))
    pulls: dict[int, list[int]] = {number: [] for number in before}
    for r, pairs in enumerate(layers.links):
        for source, target in pairs:
            here, there = line[source, r], line[target, r + 1]
            if here != there:
                pulls[here].append(there)
                pulls[there].append(here)
    at: dict[int, float] = {}
    sequence = _sorted_topologically(before, after)
    for number in sequence:
        at[number] = max((at[other] + apart for other, apart in before[number]), default=0.0)
    for sweep in range(2 * SWEEPS):
        for number in sequence if sweep % 2 else reversed(sequence):
            if pulls[number]:
                wish = sum(at[other] for other in pulls[number]) / len(pulls[number])
                least = max((at[other] + apart for other, apart in before[number]), default=-inf)
                most = min((at[other] - apart for other, apart in after[number]), default=inf)
                at[number] = min(max(wish, least), most)
    edge = min(at[number] - half[slot] for slot, number in line.items())
    return {slot: at[number] - edge for slot, number in line.items()}


def _lines(layers: Layers) -> dict[Slot, int]:
    """Which straight line each slot lies on. Lines do not cross each other."""
    readers: dict[str, list[str]] = {name: [] for name in layers.reads}
    height: dict[str, int] = {}  # the longest way to the end
    for name in reversed(tuple(layers.reads)):
        height[name] = 1 + max((height[reader] for reader in readers[name]), default=0)
        for source in layers.reads[name]:
            readers[source].append(name)
    line: dict[Slot, int] = {(name, 0): i for i, name in enumerate(layers.order[0])}
    count = len(line)
    for r, pairs in enumerate(layers.links):
        here, there = ({name: i for i, name in enumerate(row)} for row in layers.order[r : r + 2])
        onward: dict[str, list[tuple[int, str]]] = {}
        inward: dict[str, list[tuple[int, str]]] = {}
        for source, target in dict.fromkeys(pairs):
            further = max((height[reader] for reader in readers[source] if layers.rank[reader] > r + 1), default=0)
            onward.setdefault(source, []).append((further if source == target else height[target], target))
            inward.setdefault(target, []).append((layers.rank[source], source))
        kept: list[tuple[int, int]] = []
        # The way of the boxes goes before that of the lanes.
        for source, target in sorted(dict.fromkeys(pairs), key=lambda pair: (pair[0] == pair[1], here[pair[0]])):
            i, j = here[source], there[target]
            lane = source == target and layers.rank[source] < r
            chosen = _only_most(onward[source]) == target and _only_most(inward[target]) == source
            if (lane or chosen) and all((i - k) * (j - m) > 0 for k, m in kept):
                kept.append((i, j))
                line[target, r + 1] = line[source, r]
        for name in layers.order[r + 1]:
            if (name, r + 1) not in line:
                line[name, r + 1] = count
                count += 1
    return line


def _only_most(choices: Sequence[tuple[int, str]]) -> str | None:
    """The one with the most, None where several have as much."""
    most = max(number for number, _ in choices)
    found = [name for number, name in choices if number == most]
    return found[0] if len(found) == 1 else None


def _sorted_topologically(
    before: Mapping[int, Sequence[tuple[int, float]]], after: Mapping[int, Sequence[tuple[int, float]]]
) -> list[int]:
    waiting = {number: len(others) for number, others in before.items()}
    found = [number for number, others in waiting.items() if not others]
    for number in found:
        for other, _ in after[number]:
            waiting[other] -= 1
            if not waiting[other]:
                found.append(other)
    return found
