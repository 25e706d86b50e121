"""`locality phases`, as a person types it."""

import json
from pathlib import Path

import pytest

from locality.studies import sized

COMMAND = "phases"
TINY = ("--samples", 32, "--seeds", 1, "--epochs", 2, "--gauge", 0)


def test_several_sizes_follow_one_option_and_the_study_is_printed_drawn_and_kept(typed):
    status, out, err = typed("--sizes", 4, 6, *TINY)
    assert status == 0, err
    lines = out.splitlines()
    assert lines[0].startswith("phases of the square Ising model by carrasquilla-2017: 1 network for each size")
    assert max(map(len, lines)) <= 80
    assert lines[-2:] == [
        "The runs are kept in runs/phases-square-carrasquilla-2017.",
        "The figure is runs/phases-square-carrasquilla-2017/figure.svg.",
    ]
    assert [line.split(",")[0] for line in err.splitlines()][:3] == [
        "L = 4: network 1 of 1",
        "L = 4: trained far from the transition",
        "L = 4: trained on shuffled labels",
    ]
    assert "<svg" in Path("runs/phases-square-carrasquilla-2017/figure.svg").read_text("utf-8")
    status, again, err = typed(
        "--sizes", 4, "--sizes", 6, *TINY, "-q", "--json", "--figure", "dark.png", "--theme", "dark"
    )
    plain = json.loads(again)
    assert (status, err, plain["figure"]) == (0, "", "dark.png")
    assert [row["size"] for row in plain["rows"]] == [4, 6]


def test_words_after_other_options_are_no_sizes(typed):
    words = ("--lattice", "honeycomb", "--sizes", 4, "--samples", 32, "--seeds", 1, "--epochs", 1, "--gauge", 0, "-q")
    status, out, err = typed(*words, "--network", "tiny: 2x4x4 | flatten | dense 2", "--json")
    assert status == 0, err
    plain = json.loads(out)
    assert (plain["network"], plain["seeds"], [row["size"] for row in plain["rows"]]) == ("tiny", 1, [4])
    assert plain["figure"] == "runs/phases-honeycomb-tiny/figure.svg"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--network", "carasquilla-2017"], "Unknown network 'carasquilla-2017'. Did you mean 'carrasquilla-2017'?"),
        (["--sizes", 2, 4], "sizes is 2; it must be a whole number of at least 4. Give sizes=4 or more."),
        (["--lattice", "sqare"], "Unknown lattice 'sqare'. Did you mean 'square'?"),
        (["--theme", "drak"], "Unknown theme 'drak'. Did you mean 'dark'?"),
        (["--figure", "it.gif"], "it.gif: no figure is written with this ending. Use .svg, .png, .pdf."),
    ],
)
def test_bad_input_is_one_sentence_before_anything_is_computed(typed, words, message):
    assert typed(*words) == (2, "", f"{message}\n")
    assert not Path("runs").exists()


def test_ctrl_c_says_how_to_go_on(typed, monkeypatch):
    def stopped(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(sized, "learnt", stopped)
    status, out, err = typed("--sizes", 4, *TINY, "--out", "here", "-q")
    assert (status, out) == (130, "")
    assert err == "Stopped; what is done is kept in here. The same command goes on with the rest.\n"
