"""`locality blocks`, as a person types it."""

import json

import numpy as np
import pytest
from PIL import Image

COMMAND = "blocks"
FEW = ("--size", 24, "--samples", 400, "-q")


def test_tables_exponents_and_a_figure(typed):
    status, out, err = typed("--size", 24, "--samples", 400, "--figure", "levels.svg")
    assert status == 0, err
    assert err.splitlines() == [
        "square 24x24, T = 2.04227: 400 samples",
        "square 24x24, T = 2.26919: 400 samples",
        "square 12x12, T = 2.26919: 400 samples",
        "square 6x6, T = 2.26919: 400 samples",
        "square 24x24, T = 2.4961: 400 samples",
    ]
    tables = [line for line in out.splitlines() if line.startswith("square 24x24 at T = ")]
    assert len(tables) == 3
    for said in (
        "y_T = ",
        "y_H = ",
        "exact 1.875",
        "level n-1 of 12",
        "Quoted: level 0 to 1",
        "The figure is levels.svg.",
    ):
        assert said in out, said
    assert max(map(len, out.splitlines())) <= 100
    with open("levels.svg", encoding="utf-8") as file:
        assert "<svg" in file.read()


def test_the_same_seed_gives_the_same_json(typed):
    words = (*FEW, "--temperature", 2.0, "--temperature", 2.6, "--ties", "first", "--json")
    first, again = (typed(*words, "--seed", 3) for _ in range(2))
    assert (first[0], first[2], first[1]) == (0, "", again[1])
    plain = json.loads(first[1])
    assert ([flow["temperature"] for flow in plain["flows"]], plain["exponents"], plain["figure"]) == (
        [2, 2.6],
        None,
        None,
    )
    assert [[level["size"][0] for level in flow["levels"]] for flow in plain["flows"]] == [[24, 12, 6, 3]] * 2
    cold, hot = ([level["nearest"]["value"] for level in flow["levels"]] for flow in plain["flows"])
    assert (cold[-1] > cold[0], hot[-1] < hot[0]) == (True, True)
    assert json.loads(typed(*words, "--seed", 4)[1])["flows"] != plain["flows"]


def test_other_blocks_rules_and_lattices(typed):
    status, out, _ = typed(
        *("--lattice", "triangular", "--size", 9, "--block", 3, "--rule", "decimation", "--samples", 200, "-q"),
        *("--temperature", 3.6, "--figure", "it.png", "--theme", "dark"),
    )
    assert status == 0
    assert out.startswith("triangular 9x9 at T = 3.6: decimation of 3x3, ")
    assert "y_T" not in out
    with Image.open("it.png") as picture:
        assert np.asarray(picture.convert("L")).mean() < 90
    chain = typed(*("--lattice", "chain", "--size", 24, "--temperature", 1.0, "--samples", 200, "-q"))
    assert (chain[0], chain[1].startswith("chain 24 at T = 1: majority of 2, ")) == (0, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--lattice", "sqare"], "Unknown lattice 'sqare'. Did you mean 'square'?"),
        (
            ["--size", 65],
            "block_spin: blocks of 2 do not tile the 65 cells along axis 0: 65/2 = 32.5. Use a side of 64 or 66.",
        ),
        (["--rule", "mayority"], "Unknown rule 'mayority'. Did you mean 'majority'?"),
        (["--ties", "last"], "Unknown way with ties 'last'. Known are: random, first."),
        (
            ["--block", 1],
            "block 1: a block has a whole number of at least 2 cells along each axis. Give 2 or more.",
        ),
        (["--samples", 0], "samples is 0; it must be a whole number of at least 1. Give samples=1 or more."),
        (["--seed", -1], "seed -1: a seed is a whole number of at least 0. Give one, such as 0."),
        (["--theme", "drak"], "Unknown theme 'drak'. Did you mean 'dark'?"),
        (["--figure", "it.gif"], "it.gif: no figure is written with this ending. Use .svg, .png, .pdf."),
        (
            ["--lattice", "chain"],
            "chain: it has no critical temperature to coarse-grain at. Give temperatures, such as 1.0.",
        ),
        (
            ["--size", 4],
            "coarse graining: blocks of 2 leave 2 of 4 cells along a side, and a level has at least 3. Use a side of 6 "
            "or more.",
        ),
    ],
)
def test_bad_input_is_one_sentence_before_anything_is_sampled(typed, words, message):
    assert typed(*words) == (2, "", message + "\n")
