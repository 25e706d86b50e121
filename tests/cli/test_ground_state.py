"""`locality ground-state`, as a person types it."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import locality as loc
from ground_states import result
from locality.lattice.exact import ground_state_energy
from locality.quantum.report import report

COMMAND = "ground-state"


@dataclass(frozen=True)
class Settings:
    steps: int = 500
    samples: int = 1024
    chains: int | None = None
    sweeps: int = 1
    learning_rate: float = 0.02
    seed: int = 0


class Found:
    def to_dict(self):
        return result(steps=30)

    def __str__(self):
        return report(self.to_dict())


@pytest.fixture
def asked(monkeypatch):
    """In place of the computation: what it was asked for."""
    given = []

    def found(lattice, j2, network, vmc, signs, symmetry, start, out, resume, progress):
        given.append((lattice, j2, network, vmc, signs, symmetry, start, out, resume))
        for line in result(steps=30)["history"] if progress else ():
            progress(line, 30)
        out.mkdir(parents=True, exist_ok=True)
        (out / "checkpoint.safetensors").write_bytes(b"")
        return Found()

    monkeypatch.setattr(loc, "ground_state", found, raising=False)
    monkeypatch.setattr(loc, "VMC", Settings, raising=False)
    return given


def test_the_defaults_are_those_of_the_lecture_s_hard_case_and_the_report_is_printed(typed, asked):
    status, out, err = typed()
    assert (status, out) == (0, str(Found()) + "\n")
    folder = Path("runs/ground-state-square-6x6-0.5")
    assert asked == [(loc.Lattice("square", 6), 0.5, "nqs-resnet", Settings(), "marshall", "none", None, folder, False)]
    lines = err.splitlines()
    assert lines[0] == "square 6x6, J2 = 0.5: nqs-resnet, sign rule marshall, symmetry none. Energies are per site."
    assert lines[1].startswith("step 1 of 30: ")
    assert lines[-1].startswith("step 30 of 30: -0.49669 ± 0.00055, ")
    assert lines[-1].endswith(", variance 0.011, 41% accepted, 0.60 s")
    assert len(lines) == 31  # so few steps that each has its line


def test_every_option_reaches_the_computation(typed, asked):
    words = ("--lattice", "honeycomb", "--size", "3x4", "--open", "--j2", -0.25, "--signs", "none", "--symmetry", "c4v")
    words += ("--network", "2x3x4 | conv 2 3x3 same wrap", "--steps", 7, "--samples", 64, "--chains", 8, "--sweeps", 3)
    words += ("--learning-rate", 0.01, "--seed", 9, "--start", "before", "--out", "here", "--resume", "-q")
    status, _, err = typed(*words)
    assert (status, err) == (0, "")
    network = loc.Network.from_text("2x3x4 | conv 2 3x3 same wrap")
    vmc = Settings(7, 64, 8, 3, 0.01, 9)
    lattice = loc.Lattice("honeycomb", (3, 4), periodic=False)
    assert asked == [(lattice, -0.25, network, vmc, "none", "c4v", Path("before"), Path("here"), True)]


def test_json_holds_the_plain_data_and_the_figure_is_drawn(typed, asked):
    status, out, err = typed("-q", "--json", "--figure", "way.png", "--theme", "dark")
    assert (status, err) == (0, "")
    plain = json.loads(out)
    assert plain == {**result(steps=30), "figure": "way.png"}
    assert plain["energy_per_site"] == pytest.approx(-0.50300965)
    with Image.open("way.png") as picture:
        assert np.asarray(picture.convert("L")).mean() < 60
    assert typed("-q", "--figure", "way.svg")[1].endswith("\n\nThe figure is way.svg.\n")
    drawn = loc.figure.ground_state(plain)
    assert drawn.title == "J1-J2 magnet on square 6x6, J2 = 0.5: −0.50301 ± 0.00012 per site"


def test_runs_are_numbered_and_resume_goes_on_with_the_last(typed, asked):
    for _ in range(2):
        assert typed("-q")[0] == 0
    assert typed("-q", "--resume")[0] == 0
    names = ["ground-state-square-6x6-0.5", "ground-state-square-6x6-0.5-2", "ground-state-square-6x6-0.5-2"]
    assert [(one[7].name, one[8]) for one in asked] == list(zip(names, (False, False, True), strict=True))


def test_where_there_is_no_run_to_go_on_with_it_says_so(typed, asked):
    assert typed("--resume", "--j2", 0) == (
        2,
        "",
        "runs/ground-state-square-6x6-0: there is no run to go on with. Give its folder with --out, or leave --resume "
        "out.\n",
    )


def test_a_terminal_gets_a_bar_and_no_lines(typed, asked, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    status, _, err = typed()
    assert status == 0
    assert "step 1 of 30" not in err


@pytest.mark.parametrize(
    ("words", "energy", "says"),
    [
        (("--size", 4, "--j2", 0.5), -0.5286202095, "square 4x4, J2 = 0.5"),
        (("--size", 4, "--j2", 0), -0.7017802005, "square 4x4, J2 = 0"),
        (
            ("--lattice", "chain", "--size", 12, "--j2", 0.5, "--signs", "none"),
            -0.375,
            "chain 12, J2 = 0.5",
        ),  # Majumdar and Ghosh
    ],
)
def test_exact_diagonalises_and_stops(typed, asked, words, energy, says):
    status, out, err = typed("--exact", *words)
    assert (status, err) == (0, "")
    assert out == f"{says}: the exact energy is {energy:.10f} per site.\n"
    plain = json.loads(typed("--exact", "--json", *words)[1])
    assert plain["energy_per_site"] == pytest.approx(energy, abs=1e-10)
    assert plain["kind"] == "exact"
    assert not Path("runs").exists()
    assert asked == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--theme", "drak"], "Unknown theme 'drak'. Did you mean 'dark'?"),
        (["--figure", "it.gif"], "it.gif: no figure is written with this ending. Use .svg, .png, .pdf."),
        (["--size", "6y6"], "--size: '6y6' is no size. Give cells along each axis, such as 6 or 4x6."),
        (["--size", "9" * 10], f"--size: '{'9' * 10}' is no size. Give cells along each axis, such as 6 or 4x6."),
        (["--lattice", "sqare"], "Unknown lattice 'sqare'. Did you mean 'square'?"),
        (["--network", "nqs-resent"], "Unknown network 'nqs-resent'. Did you mean 'nqs-resnet'?"),
        (
            ["--exact", "--out", "here", "--resume"],
            "--exact: it makes no run, so there is no --out and no --resume. Leave that out.",
        ),
    ],
)
def test_bad_input_is_one_sentence_before_anything_is_computed(typed, asked, words, message):
    assert typed(*words) == (2, "", f"{message}\n")
    assert not Path("runs").exists()
    assert asked == []


@pytest.mark.parametrize("size", [5, 6])
def test_what_cannot_be_diagonalised_is_refused_as_the_library_does(typed, size):
    with pytest.raises(loc.LocalityError) as error:
        ground_state_energy(loc.Lattice("square", size), 0.5)
    assert typed("--exact", "--size", size) == (2, "", f"{error.value}\n")


def test_ctrl_c_says_what_is_kept_and_how_to_go_on(typed, asked, monkeypatch):
    def stopped(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr(loc, "ground_state", stopped, raising=False)
    status, out, err = typed("--j2", 0.5, "-q")
    assert (status, out) == (130, "")
    assert err == (
        "Stopped; nothing is kept yet. Go on with: locality ground-state --j2 0.5 -q --out "
        "runs/ground-state-square-6x6-0.5 --resume\n"
    )
    Path("a run").mkdir()
    Path("a run/checkpoint.safetensors").write_bytes(b"")
    status, _, err = typed("--out", "a run", "--resume", "-q")
    assert status == 130
    assert err == (
        "Stopped; the last checkpoint is kept in a run. Go on with: locality ground-state --out 'a run' --resume -q\n"
    )
