"""The ways of a layered network's edges: straight pieces and right angles on free lanes, and where a network too long
for one row goes on in the next. Plain names and numbers, as in `layering`; nothing is drawn here.

Between two ranks lies a channel. In it what a stage gives has a track of its own, so that edges from different stages
may cross but do not run along each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from locality.views.figure.diagram.layering import LANE, Layers, Slot

Point = tuple[float, float]  # along, across
Size = tuple[float, float]  # along, across
Box = tuple[float, float, float, float]  # along and across where it begins, along and across where it ends
Port = tuple[float, int]  # across, and the side that is entered: 0 the front, -1 and 1 those across

CHANNEL = 22.0  # from rank to rank where every edge runs straight
FIRST, PITCH, LAST = 9.0, 7.0, 15.0  # to the first track, between tracks, and from the last to the boxes
TURN = 12.0  # from a row's end to where its edges turn, and from there to the next row
SIDE = 16.0  # how far beside a join an edge comes down that enters it from the side
NEAR = 5.0  # edges nearer than this cannot be told apart


@dataclass(frozen=True)
class Routes:
    """Where edges arrive, by stage and then by which of its reads; which track of a channel what a stage gives takes;
    how long channels and ranks are; and from where to where across all in each rank reaches."""

    layers: Layers
    at: Mapping[Slot, float]
    sizes: Mapping[str, Size]
    ports: Mapping[str, tuple[Port, ...]]
    tracks: tuple[Mapping[str, int], ...]
    channels: tuple[float, ...]
    deep: tuple[float, ...]
    reach: tuple[Mapping[str, tuple[float, float]], ...]


@dataclass(frozen=True)
class Layout:
    """Boxes by stage, edges as (source, target, points), how far all of it reaches, and the most edges that turn from
    a row into the next."""

    boxes: Mapping[str, Box]
    edges: tuple[tuple[str, str, tuple[Point, ...]], ...]
    along: float
    across: float
    turning: int


def routes(
    layers: Layers, at: Mapping[Slot, float], sizes: Mapping[str, Size], width: Mapping[str, float], joins: set[str]
) -> Routes:
    """The tracks of all edges, for stages of these `sizes` in places of this `width` across. What a join reads turns
    into its sides too; its place must be wider than itself by `2 * SIDE`."""
    half = {slot: width[slot[0]] / 2 if layers.rank[slot[0]] == slot[1] else 0.0 for slot in at}
    ports = {name: _ports(name, layers, at, half, sizes[name][1] / 2, name in joins) for name in layers.reads}
    tracks: list[dict[str, int]] = []
    reach: list[dict[str, tuple[float, float]]] = []
    for r, row in enumerate(layers.order):
        nets = {name: [at[name, r - 1]] for name in layers.order[r - 1]} if r else {}
        reach.append({name: (at[name, r] - half[name, r], at[name, r] + half[name, r]) for name in row})
        for name in row:
            if layers.rank[name] < r:
                nets[name].append(at[name, r])
            else:
                places = [place for place, _ in ports[name]]
                reach[r][name] = min([reach[r][name][0], *places]), max([reach[r][name][1], *places])
                for source, place in zip(layers.reads[name], places, strict=True):
                    nets[source].append(place)
        if r:
            tracks.append(_tracks(nets))
    channels = tuple(FIRST + PITCH * max(found.values()) + LAST if found else CHANNEL for found in tracks)
    deep = tuple(max(sizes[name][0] for name in row if layers.rank[name] == r) for r, row in enumerate(layers.order))
    return Routes(layers, at, sizes, ports, tuple(tracks), channels, deep, tuple(reach))


def _ports(
    name: str, layers: Layers, at: Mapping[Slot, float], half: Mapping[Slot, float], body: float, join: bool
) -> tuple[Port, ...]:
    """Where each of a stage's reads arrives: those of a join on its sides if they lie there, the others in front."""
    r, sources = layers.rank[name], layers.reads[name]
    middle = at.get((name, r), 0.0)
    came = sorted((at[source, r - 1], i) for i, source in enumerate(sources))
    found: dict[int, Port] = {}
    if join and len(came) > 1:
        (first, i), (last, j) = came[0], came[-1]
        least, most = _free(name, layers, at, half)
        if len(came) > 2 or first < middle - 1:
            found[i] = max(min(first, middle - body - SIDE), least), -1
        if len(came) > 2 or last > middle + 1 or not found:
            found[j] = min(max(last, middle + body + SIDE), most), 1
    front = [(place, i) for place, i in came if i not in found]
    if len(front) == 1:
        found[front[0][1]] = middle, 0
    elif front:
        low, high = middle - body + 8, middle + body - 8
        apart = min(12.0, (high - low) / (len(front) - 1))
        places: list[float] = []
        for k, (place, _) in enumerate(front):
            place = max(place, places[-1] + apart if places else low)
            places.append(min(place, high - apart * (len(front) - 1 - k)))
        found |= {i: (place, 0) for place, (_, i) in zip(places, front, strict=True)}
    return tuple(found[i] for i in range(len(sources)))


def _free(name: str, layers: Layers, at: Mapping[Slot, float], half: Mapping[Slot, float]) -> tuple[float, float]:
    """From where to where nothing but this stage stands in its rank: to near a lane, or halfway to the next box."""
    r = layers.rank[name]
    row = layers.order[r]
    here = row.index(name)
    ends = [float("-inf"), float("inf")]
    for k, sign in ((0, -1), (1, 1)):
        if 0 <= here + sign < len(row):
            other = row[here + sign], r
            edge, own = at[other] - sign * half[other], at[name, r] + sign * half[name, r]
            ends[k] = (edge + own) / 2 - sign * 3 if half[other] else edge - sign * 0.6 * LANE
    return ends[0], ends[1]


def _tracks(nets: Mapping[str, Sequence[float]]) -> dict[str, int]:
    """The track of each net that does not run straight. A net is the place across where it comes from, and those that
    it goes to. Tracks count from where they come from, in an order that crosses little."""
    spans = {name: (min(places), max(places)) for name, places in nets.items() if max(places) - min(places) > 0.01}
    beside = {
        one: [
            other
            for other, (low, high) in spans.items()
            if other != one and low < spans[one][1] + NEAR and spans[one][0] < high + NEAR
        ]
        for one in spans
    }

    def cost(one: str, other: str) -> int:
        """What is crossed, or run along, where one turns before the other."""
        begins, ends = nets[other][0], nets[one][1:]
        crossed = sum(spans[other][0] - NEAR < end < spans[other][1] + NEAR for end in ends)
        return crossed + (spans[one][0] - NEAR < begins < spans[one][1] + NEAR)

    found: dict[str, int] = {}
    while len(found) < len(spans):
        left = [name for name in spans if name not in found]
        name = min(left, key=lambda one: sum(cost(one, o) - cost(o, one) for o in beside[one] if o not in found))
        found[name] = 1 + max((found[other] for other in beside[name] if other in found), default=-1)
    return found


def arranged(found: Routes, limit: float) -> Layout:
    """All boxes and edges, in rows that are no longer than `limit` if that can be; each row goes on in the next."""
    layers, rank = found.layers, found.layers.rank
    rows, margin = _rows(found, limit)
    start: list[float] = []  # along, of each rank
    shift: list[float] = []  # what is added across, in each rank
    below: list[float] = []  # where the row of each rank ends across
    leave: list[set[str]] = []  # what leaves the row of each rank early, or passes it by
    long, end = 0.0, 0.0
    for row in rows:
        early = _early(found, row) if row is not rows[-1] else set()
        spans = [span for r in row for name, span in found.reach[r].items() if rank[name] == r or name not in early]
        if row[0]:
            entering = (found.at[name, row[0] - 1] for name in layers.order[row[0] - 1] if name not in early)
            spans += [(place, place) for place in entering]
        low, high = min(low for low, _ in spans), max(high for _, high in spans)
        top = end + 2 * TURN + PITCH * (len(layers.order[row[0] - 1]) - 1) if row[0] else 0.0
        end = top + high - low
        place = margin
        for r in row:
            start.append(place + (found.channels[r - 1] if r else 0.0))
            place = start[-1] + found.deep[r]
        shift += [top - low] * len(row)
        below += [end] * len(row)
        leave += [early] * len(row)
        leaving = len(layers.order[row[-1]]) - 1 - len(early)
        long = max(long, place + (TURN + PITCH * leaving if row is not rows[-1] else 0.0))

    boxes: dict[str, Box] = {}
    for name, r in rank.items():
        deep, wide = found.sizes[name]
        a, b = start[r] + (found.deep[r] - deep) / 2, found.at[name, r] + shift[r] - wide / 2
        boxes[name] = a, b, a + deep, b + wide

    begins = {row[0] for row in rows}
    edges: list[tuple[str, str, tuple[Point, ...]]] = []
    for name, sources in layers.reads.items():
        for source, (place, side) in zip(sources, found.ports[name], strict=True):
            points = [(boxes[source][2], found.at[source, rank[source]] + shift[rank[source]])]
            for r in range(rank[source], rank[name]):
                after = start[r + 1] - found.channels[r] + FIRST + PITCH * found.tracks[r].get(source, 0)
                if source in leave[r] and r == rank[source]:
                    points.append((after, points[-1][1]))
                if r + 1 in begins:  # out at the row's end, or early, back between the rows, into the next
                    behind = len(layers.order[r]) - 1 - layers.order[r].index(source)
                    between = below[r] + TURN + PITCH * behind
                    right = start[r] + found.deep[r] + TURN + PITCH * (behind - len(leave[r]))
                    if source not in leave[r]:
                        points.append((right, points[-1][1]))
                    points += [(points[-1][0], between), (PITCH * behind, between)]
                    if source not in leave[r + 1]:
                        points.append((PITCH * behind, found.at[source, r] + shift[r + 1]))
                if source in leave[r + 1] and r + 1 < rank[name]:
                    continue
                ends = (place if r + 1 == rank[name] else found.at[source, r + 1]) + shift[r + 1]
                if source in found.tracks[r]:
                    points += [(after, points[-1][1]), (after, ends)]
            box = boxes[name]
            if side:
                middle = (box[0] + box[2]) / 2
                points += [(middle, points[-1][1]), (middle, box[1] if side < 0 else box[3])]
            else:
                points.append((box[0], points[-1][1]))
            edges.append((source, name, _cornered(points)))
    return Layout(boxes, tuple(edges), long, end, max((len(layers.order[row[-1]]) for row in rows[:-1]), default=0))


def _early(found: Routes, row: range) -> set[str]:
    """What need not run to the row's end: the lanes behind all boxes of the row that nothing in it reads. They turn
    back where they begin, and those from rows before pass this one by."""
    layers, rank = found.layers, found.layers.rank
    early: set[str] = set()
    for name in reversed(layers.order[row[-1]]):
        read = (other for other, sources in layers.reads.items() if name in sources and rank[other] in row)
        begins = rank[name] in row
        alone = all(
            other in early and rank[other] < r
            for r in row
            if r > rank[name]
            for other in layers.order[r][layers.order[r].index(name) + 1 :]
        )
        tapped = any(rank[other] > rank[name] + 1 or not begins for other in read)
        if rank[name] == row[-1] or not alone or tapped or (begins and name not in found.tracks[rank[name]]):
            break
        early.add(name)
    return early


def _cornered(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points at which a way of right angles begins, turns and ends."""
    kept: list[Point] = []
    for point in points:
        if kept and abs(point[0] - kept[-1][0]) < 1e-6 and abs(point[1] - kept[-1][1]) < 1e-6:
            continue
        if len(kept) > 1 and any(abs(kept[-2][k] - kept[-1][k]) < 1e-6 > abs(kept[-1][k] - point[k]) for k in (0, 1)):
            kept.pop()
        kept.append(point)
    return tuple(kept)


def _rows(found: Routes, limit: float) -> tuple[list[range], float]:
    """The ranks of each row, and how much room the edges need that come round to them. As few edges as can be go from
    row to row, in as few rows, as even as can be."""
    ranks = len(found.deep)
    if sum(found.deep) + sum(found.channels) <= limit:
        return [range(ranks)], 0.0
    leaving = [len(row) for row in found.layers.order]
    for most in sorted(set(leaving)):
        margin = TURN + PITCH * (most - 1)
        best = [(0.0, 0)]  # by how many ranks are laid: the cost, and where the last row begins
        for end in range(1, ranks + 1):
            choices = [(float("inf"), 0)]
            long = margin if end == ranks else 2 * margin
            for begin in range(end - 1, -1, -1):
                long += found.deep[begin] + (found.channels[begin - 1] if begin else 0.0)
                if long > limit:
                    break
                choices.append((best[begin][0] + 1 + (1 - long / limit) ** 2, begin))
            best.append(min(choices) if end == ranks or leaving[end - 1] <= most else choices[0])
        if best[ranks][0] < float("inf"):
            rows, end = [], ranks
            while end:
                rows.append(range(best[end][1], end))
                end = best[end][1]
            return rows[::-1], margin
    return [range(r, r + 1) for r in range(ranks)], TURN + PITCH * (max(leaving) - 1)
