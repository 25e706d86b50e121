"""Coarse graining as one experiment: what is sampled, what is compared, and what is said of it."""

import json
from dataclasses import replace

import pytest

from locality.lattice.ising import ising
from locality.studies import blocks as module
from locality.studies.blocks import blocks
from locality.studies.matching import Match


@pytest.fixture(scope="module")
def study():
    return blocks(size=16, samples=600, seed=5, progress=False)


def test_by_itself_it_takes_temperatures_below_at_and_above_the_critical_one(study):
    shares = [flow.temperature / study.critical for flow in study.flows]
    assert shares == pytest.approx([0.9, 1, 1.1])
    last = [flow.levels[-1].nearest.value for flow in study.flows]
    assert last == sorted(last, reverse=True)


def test_only_at_the_critical_temperature_are_there_exponents_and_smaller_lattices(study):
    assert {(m.side, m.level, m.other_side, m.other_level) for m in study.matching.matches} == {
        (8, 1, 8, 0),
        (4, 2, 8, 1),
    }
    assert all(isinstance(m, Match) and m.sigmas is not None for m in study.matching.matches)
    assert study.exponents.magnetic.value == pytest.approx(15 / 8, abs=0.05)
    away = blocks(size=16, temperatures=[2.0], samples=100, progress=False)
    assert (away.matching, away.exponents) == (None, None)
    decimated = blocks(size=12, temperatures=[study.critical], samples=100, rule="average", progress=False)
    assert decimated.exponents is None


def test_it_prints_its_parts_in_order_and_is_plain_data(study):
    told = repr(study)
    places = [
        told.index(said) for said in ("square 16x16 at T = ", "level n of 16", "level n-1 of 8", "y_T = ", "Quoted")
    ]
    assert places == sorted(places)
    plain = json.loads(json.dumps(study.to_dict(), allow_nan=False))
    assert (plain["study"], len(plain["flows"]), plain["notes"]) == ("blocks", 3, [])
    assert plain["exponents"]["quoted"]["thermal"]["exact"] == 1


def test_samples_that_have_not_equilibrated_are_said_to_be_so(monkeypatch):
    monkeypatch.setattr(module, "ising", lambda *args, **given: replace(ising(*args, **given), equilibrated=False))
    study = blocks(size=8, temperatures=[3.0], samples=50, progress=False)
    said = "square 8x8, T = 3: these samples have not equilibrated, and their numbers cannot be trusted."
    assert study.notes == (said,)
    assert said.split(":")[0] in repr(study)


def test_too_few_samples_or_cells_leave_the_flow_and_say_why_there_are_no_exponents(study):
    few = blocks(size=12, temperatures=[study.critical], samples=3, progress=False)
    assert few.notes[-1].startswith("No exponents. exponents: the operators of a level do not vary enough")
    small = blocks(size=6, temperatures=[study.critical], samples=40, progress=False)
    assert small.notes == (
        "No exponents. coarse graining: blocks of 2 leave 3 of 6 cells along a side, and a level has at least 5. Use a "
        "side of 10 or more.",
    )
    for each in (few, small):
        assert each.exponents is None
        json.dumps(each.to_dict(), allow_nan=False)
