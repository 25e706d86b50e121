"""`locality ising`, as a person types it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from locality.lattice.kaufman import torus
from locality.lattice.saved import load_samples

COMMAND = "ising"


def test_one_temperature_is_a_table_with_exact_values_beside(typed):
    status, out, err = typed("--size", 8, "--temperature", 2.269, "--samples", 320)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "Ising on square 8x8 at T = 2.269: 320 samples by wolff, 16 chains"
    energy = lines[3].split()
    assert (energy[0], energy[2]) == ("energy", f"{torus(8, 2.269)[0]:.6g}")
    assert abs(float(energy[3])) < 5
    assert max(map(len, lines)) <= 80


def test_a_scan_is_kept_and_drawn(typed):
    words = ("--size", "4x6", "--temperatures", "1.5:3.5:3", "--samples", 48, "--out", "kept", "--figure", "it.png")
    status, out, err = typed(*words, "--theme", "dark")
    assert (status, err) == (0, "")
    assert out.splitlines()[-2:] == ["The samples are kept in kept.", "The figure is it.png."]
    found = load_samples("kept")
    assert found.temperatures.tolist() == [1.5, 2.5, 3.5]
    assert found.spins.shape == (3, 48, 1, 4, 6)
    with Image.open("it.png") as picture:
        assert np.asarray(picture.convert("L")).mean() < 60


def test_json_holds_energy_error_and_exact_value(typed):
    words = ("--lattice", "triangular", "--size", 4, "--coupling", -1, "--temperature", 0.5, "--temperature", 1)
    status, out, _ = typed(*words, "--samples", 320, "--seed", 3, "--json", "--figure", "it.svg")
    plain = json.loads(out)
    assert (status, plain["seed"], plain["coupling"], plain["temperatures"]) == (0, 3, [-1.0], [0.5, 1.0])
    assert (plain["figure"], plain["folder"]) == ("it.svg", None)
    energy = plain["rows"][1]["energy"]
    assert energy["exact"] is not None
    assert abs(energy["sigmas"]) < 5
    assert plain["rows"][0]["method"] == "tempering"
    assert "<svg" in Path("it.svg").read_text("utf-8")


def test_edges_couplings_and_a_field_are_taken(typed):
    words = ("--lattice", "honeycomb", "--size", 4, "--open", "--coupling", "1,0.5", "--field", 0.2)
    status, out, _ = typed(*words, "--temperature", 2, "--samples", 16, "-q")
    assert status == 0
    head = " ".join(out.split())
    assert head.startswith("Ising on honeycomb 4x4 with open edges at T = 2, coupling 1, 0.5, field 0.2: 16 samples by")


def test_a_run_that_has_not_equilibrated_says_so_and_what_to_do(typed):
    words = ("--size", 64, "--temperature", 2.269, "--method", "metropolis", "--burn-in", 20, "--every", 1)
    status, out, _ = typed(*words, "--samples", 320)
    assert status == 0
    assert (
        "Not equilibrated after 20 steps: chains from ordered and from random starts were not seen to agree. Use "
        "method='auto', or a larger burn_in; each step was kept." in " ".join(out.split())
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            [],
            "ising: it needs temperatures. Give them one by one, --temperature 2.269, or evenly spaced, --temperatures "
            "1.5:3.5:41.",
        ),
        (
            ["--temperatures", "1:2"],
            "--temperatures: '1:2' is not FROM:TO:COUNT with a count of at least 2. Write 1.5:3.5:41, say.",
        ),
        (["--temperatures", "a:2:3"], "--temperatures: 'a' is no number. Give one, such as 2.269."),
        (["--temperature", 0], "ising: temperature 0 is no finite number above 0. Give one, such as 2.269."),
        (
            ["--temperature", 2, "--size", "8y8"],
            "--size: '8y8' is no size. Give cells along each axis, such as 6 or 4x6.",
        ),
        (["--temperature", 2, "--lattice", "squar"], "Unknown lattice 'squar'. Did you mean 'square'?"),
        (["--temperature", 2, "--coupling", "1,x"], "--coupling: 'x' is no number. Give one, such as 2.269."),
        (["--temperature", 2, "--method", "wolf"], "Unknown method 'wolf'. Did you mean 'wolff'?"),
        (["--temperature", 2, "--theme", "drak"], "Unknown theme 'drak'. Did you mean 'dark'?"),
        (
            ["--temperature", 2, "--figure", "it.gif"],
            "it.gif: no figure is written with this ending. Use .svg, .png, .pdf.",
        ),
    ],
)
def test_bad_input_is_one_sentence(typed, words, message):
    assert typed(*words) == (2, "", f"{message}\n")


def test_ctrl_c_leaves_nothing_half_done(typed, monkeypatch):
    import locality.cli.ising as command

    def stopped(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(command.loc, "ising", stopped, raising=False)
    status, out, err = typed("--temperature", 2, "--out", "kept")
    assert (status, out) == (130, "")
    assert err == "Stopped; nothing was kept.\n"
    assert not Path("kept").exists()
