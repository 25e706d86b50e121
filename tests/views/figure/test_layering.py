"""Ranks, orders, places and ways, as plain numbers, against what brute force finds."""

from itertools import combinations, pairwise, permutations, product
from math import factorial, prod
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locality.views.figure.diagram.layering import GAP, LANE, Layers, across, layered
from locality.views.figure.diagram.routing import SIDE, Layout, arranged, routes

Reads = dict[str, tuple[str, ...]]


@st.composite
def dags(draw: st.DrawFn, most: int = 14) -> Reads:
    reads: Reads = {"input": ()}
    for number in range(draw(st.integers(1, most))):
        reads[f"n{number}"] = tuple(draw(st.lists(st.sampled_from(list(reads)), min_size=1, max_size=3)))
    read = {source for sources in reads.values() for source in sources}
    reads["end"] = tuple(name for name in reads if name not in read)
    return reads


def chain(*names: str) -> Reads:
    return {name: names[i - 1 : i] if i else () for i, name in enumerate(names)}


def ways(reads: Reads, name: str) -> list[int]:
    """How long each way from the input to a stage is."""
    return [1 + way for source in reads[name] for way in ways(reads, source)] or [0]


def crossings(layers: Layers, rows: tuple[tuple[str, ...], ...]) -> int:
    count = 0
    for r, links in enumerate(layers.links):
        for (a, b), (c, d) in combinations(links, 2):
            here, there = rows[r].index, rows[r + 1].index
            count += (here(a) - here(c)) * (there(b) - there(d)) < 0
    return count


@given(dags(8))
@settings(deadline=None)
def test_a_stage_s_rank_is_its_longest_way_from_the_input(reads: Reads) -> None:
    assert layered(reads).rank == {name: max(ways(reads, name)) for name in reads}


@given(dags())
@settings(deadline=None)
def test_each_rank_holds_its_stages_and_one_lane_for_each_that_is_read_further_on(reads: Reads) -> None:
    layers = layered(reads)
    for r, row in enumerate(layers.order):
        passing = [
            name
            for name in reads
            if layers.rank[name] < r and any(name in reads[other] and layers.rank[other] > r for other in reads)
        ]
        assert sorted(row) == sorted([*passing, *(name for name in reads if layers.rank[name] == r)])


def test_orders_cross_hardly_more_than_the_best_that_brute_force_finds() -> None:
    random, ours, best = Random(1), 0, 0
    for _ in range(150):
        reads: Reads = {"input": ()}
        for number in range(6):
            reads[f"n{number}"] = tuple(random.sample(list(reads), min(len(reads), random.choice([1, 2, 2]))))
        layers = layered(reads)
        if prod(factorial(len(row)) for row in layers.order) <= 150:
            ours += crossings(layers, layers.order)
            best += min(crossings(layers, rows) for rows in product(*map(permutations, layers.order)))
    assert best > 0
    assert ours <= 1.05 * best


def test_nested_skips_and_branches_cross_nothing() -> None:
    nested = chain(*"abcdefgh") | {"g": ("f", "b"), "h": ("g", "a"), "f": ("e", "c")}
    block = {"input": (), "a": ("input",), "b": ("input",), "c": ("input",), "b2": ("b",), "end": ("a", "b2", "c")}
    for reads in (nested, block):
        layers = layered(reads)
        assert crossings(layers, layers.order) == 0


@given(dags(), st.booleans(), st.data())
@settings(deadline=None)
def test_what_stands_side_by_side_keeps_its_distance(reads: Reads, straight: bool, data: st.DataObject) -> None:
    layers = layered(reads)
    width = {name: float(data.draw(st.integers(10, 90))) for name in reads}
    at = across(layers, width, straight)
    half = {slot: width[slot[0]] / 2 if layers.rank[slot[0]] == slot[1] else 0 for slot in at}
    for r, row in enumerate(layers.order):
        for one, other in pairwise(row):
            apart = at[other, r] - half[other, r] - at[one, r] - half[one, r]
            assert apart >= (GAP if half[one, r] and half[other, r] else LANE) - 1e-6
    assert min(at[slot] - half[slot] for slot in at) == pytest.approx(0)


def test_the_longest_way_and_the_lanes_beside_it_are_straight() -> None:
    reads = chain(*"abcdefgh") | {"e": ("d", "b"), "g": ("f", "b"), "h": ("g", "a")}
    layers = layered(reads)
    at = across(layers, {name: 30.0 + 20 * (name in "af") for name in reads})
    assert {at[name, layers.rank[name]] for name in reads} == {25.0}
    for lane in "ab":
        assert len({at[slot] for slot in at if slot[0] == lane and slot[1] > layers.rank[lane]}) == 1


def laid(reads: Reads, limit: float, deep: dict[str, float] | None = None, layers: Layers | None = None) -> Layout:
    layers = layers or layered(reads)
    sizes = {name: ((deep or {}).get(name, 40.0), 30.0) for name in reads}
    joins = {name for name in reads if len(reads[name]) > 1}
    width = {name: 30.0 + 2 * SIDE * (name in joins) for name in reads}
    return arranged(routes(layers, across(layers, width), sizes, width, joins), limit)


@given(st.lists(st.integers(20, 120), min_size=2, max_size=9), st.integers(180, 500))
@settings(deadline=None)
def test_a_chain_takes_as_few_rows_as_can_be_and_none_is_too_long(lengths: list[int], limit: int) -> None:
    names = [f"n{i}" for i in range(len(lengths))]
    layout = laid(chain(*names), limit, dict(zip(names, map(float, lengths), strict=True)))
    assert layout.along <= limit
    rows = len({box[1] for box in layout.boxes.values()})
    channel, turn = 22, 12  # between boxes, and beside the row on either side

    def fits(cuts: tuple[int, ...]) -> bool:
        ends = [0, *cuts, len(lengths)]
        for k, (begin, end) in enumerate(pairwise(ends)):
            long = sum(lengths[begin:end]) + channel * (end - begin - 1 + (k > 0))
            if long + (turn if cuts else 0) + (turn if end < len(lengths) else 0) > limit:
                return False
        return True

    least = next(n for n in range(len(lengths)) if any(map(fits, combinations(range(1, len(lengths)), n))))
    assert rows == least + 1


@given(dags(), st.integers(150, 900))
@settings(deadline=None)
def test_every_way_leads_from_its_source_to_its_reader_at_right_angles(reads: Reads, limit: int) -> None:
    layout = laid(reads, limit)
    assert [(source, name) for source, name, _ in layout.edges] == [(s, n) for n in reads for s in reads[n]]
    for source, name, points in layout.edges:
        a, b, c, d = layout.boxes[source]
        assert points[0] == pytest.approx((c, (b + d) / 2))
        a, b, c, d = layout.boxes[name]
        along, over = points[-1]
        front = along == pytest.approx(a) and b <= over <= d
        assert front or (along == pytest.approx((a + c) / 2) and (over == pytest.approx(b) or over == pytest.approx(d)))
        for (x0, y0), (x1, y1) in pairwise(points):
            assert abs(x0 - x1) < 1e-6 or abs(y0 - y1) < 1e-6


def test_what_a_join_reads_enters_from_the_side_on_which_it_comes() -> None:
    reads: Reads = {"a": (), "b": ("a",), "c": ("b",), "sum": ("c", "a")}
    layout = laid(reads, 1000)
    ends = {source: points[-1] for source, name, points in layout.edges if name == "sum"}
    begin, low, end, high = layout.boxes["sum"]
    assert ends["c"] == (begin, (low + high) / 2)
    assert ends["a"] == ((begin + end) / 2, high)


def test_a_skip_into_the_next_row_turns_back_early_only_where_nothing_lies_behind_it() -> None:
    reads: Reads = {"i": (), "a": ("i",), "x": ("i",), "b": ("a",), "y": ("x",), "z": ("b", "y"), "end": ("z", "a")}
    rank = {"i": 0, "a": 1, "x": 1, "b": 2, "y": 2, "z": 3, "end": 4}
    deep = {"i": 10.0, "b": 80.0, "y": 80.0, "end": 80.0}
    for second, early in ((("b", "y", "a"), True), (("b", "a", "y"), False)):
        layout = laid(reads, 310, deep, Layers(reads, rank, (("i",), ("a", "x"), second, ("z", "a"), ("end",))))
        assert layout.boxes["end"][1] > layout.boxes["z"][3]
        (way,) = [points for source, name, points in layout.edges if (source, name) == ("a", "end")]
        assert (max(along for along, _ in way) < layout.boxes["b"][0]) == early


def test_ways_that_shift_side_by_side_do_not_cross() -> None:
    reads: Reads = {"i": (), "a": ("i",), "b": ("i",), "c": ("i",), "d": ("a",), "e": ("b",), "f": ("c",)}
    reads["end"] = ("d", "e", "f")
    order = (("i",), ("a", "b", "c"), ("d", "e", "f"), ("end",))
    layers = Layers(reads, {name: r for r, row in enumerate(order) for name in row}, order)
    left = {"i": 60.0, "a": 20.0, "b": 60.0, "c": 100.0, "d": 60.0, "e": 100.0, "f": 140.0, "end": 100.0}
    at = {(name, layers.rank[name]): place for name, place in left.items()}
    width = dict.fromkeys(reads, 20.0)
    found = routes(layers, at, dict.fromkeys(reads, (20.0, 20.0)), width, set())
    assert found.tracks[1] == {"c": 0, "b": 1, "a": 2}
