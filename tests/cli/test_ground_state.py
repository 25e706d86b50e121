"""`locality ground-state`, as a person types it."""

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import locality as loc
from ground_states import result
from locality.lattice.exact import ground_state_energy
from locality.quantum.report import report

COMMAND = "ground-state"


class Found:
    def to_dict(self):
        return result(steps=30)

    def __str__(self):
        return report(self.to_dict())


def kept(folder, *, lattice, j2, network, signs, symmetry, vmc, pooling="sum"):
    """A run's folder, as far as its options go."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = {"lattice": {"name": lattice.name, "size": list(lattice.size), "periodic": lattice.periodic}, "j2": j2}
    plain |= {"network": json.loads(network.to_json()), "signs": signs, "symmetry": symmetry, "pooling": pooling}
    (folder / "ground-state.json").write_text(json.dumps(plain | {"vmc": vmc.to_dict()}))


@pytest.fixture
def asked(monkeypatch):
    """In place of the computation: what it was asked for."""
    given = []

    def found(lattice, j2, network, vmc, signs, symmetry, start, out, resume, progress, pooling):
        given.append((lattice, j2, network, vmc, signs, symmetry, start, out, resume, pooling))
        for line in result(steps=30)["history"]:
            progress(line, 30)
        net = loc.zoo.get(network, input=lattice.shape) if isinstance(network, str) else network
        kept(out, lattice=lattice, j2=j2, network=net, signs=signs or "marshall", symmetry=symmetry, vmc=vmc)
        return Found()

    monkeypatch.setattr(loc, "ground_state", found)
    return given


def test_the_defaults_are_those_of_the_lecture_s_hard_case_and_the_report_is_printed(typed, asked):
    status, out, err = typed()
    assert (status, out) == (0, str(Found()) + "\n")
    folder = Path("runs/ground-state-square-6x6-0.5")
    assert asked == [(loc.Lattice("square", 6), 0.5, "nqs-resnet", loc.VMC(), None, "none", None, folder, False, None)]
    lines = err.splitlines()
    assert lines[0] == "square 6x6, J2 = 0.5: nqs-resnet, sign rule marshall, symmetry none. Energies are per site."
    assert lines[1].startswith("step 1 of 30: ")
    assert lines[-1].startswith("step 30 of 30: -0.49669 ± 0.00055, ")
    assert lines[-1].endswith(", variance 0.011, 41% accepted, 0.60 s")
    assert len(lines) == 31  # so few steps that each has its line


def test_every_option_reaches_the_computation(typed, asked):
    words = ("--lattice", "honeycomb", "--size", "3x4", "--open", "--j2", -0.25, "--signs", "none", "--symmetry", "c4v")
    words += ("--network", "2x3x4 | conv 2 3x3 same wrap", "--steps", 7, "--samples", 64, "--chains", 8, "--sweeps", 3)
    words += ("--exponent", 2, "--pooling", "product", "--learning-rate", 0.01, "--shift", 0.02, "--seed", 9)
    words += ("--start", "before", "--out", "here", "-q")
    status, _, err = typed(*words)
    assert (status, err) == (0, "")
    network = loc.Network.from_text("2x3x4 | conv 2 3x3 same wrap")
    vmc = loc.VMC(steps=7, samples=64, chains=8, sweeps=3, exponent=2.0, learning_rate=0.01, shift=0.02, seed=9)
    lattice = loc.Lattice("honeycomb", (3, 4), periodic=False)
    assert asked == [(lattice, -0.25, network, vmc, "none", "c4v", Path("before"), Path("here"), False, "product")]


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


def test_a_run_that_goes_on_has_its_own_options_but_for_those_that_are_typed(typed, asked):
    network = loc.Network.from_text("2x3x4 | conv 2 3x3 same wrap")
    vmc = loc.VMC(steps=7, samples=64, exponent=1.25, hop=0.25, seed=9)
    lattice = loc.Lattice("honeycomb", (3, 4), periodic=False)
    options = {"lattice": lattice, "j2": -0.25, "network": network, "signs": "none", "symmetry": "flip", "vmc": vmc}
    kept(Path("runs/ground-state-mine"), **options)
    for words in ((), ("--out", "runs/ground-state-mine")):
        status, _, err = typed("--resume", *words)
        assert status == 0
        assert err.splitlines()[0] == (
            "honeycomb 3x4 with open edges, J2 = -0.25: network, sign rule none, symmetry flip. Energies are per site."
        )
    typed("--resume", "-q", "--steps", 9, "--out", "runs/ground-state-mine")
    typed("--resume", "-q", "--size", 4, "--signs", "marshall", "--out", "runs/ground-state-mine")
    folder = Path("runs/ground-state-mine")
    mine = (lattice, -0.25, network, vmc, "none", "flip", None, folder, True, "sum")
    longer = (lattice, -0.25, network, replace(vmc, steps=9), "none", "flip", None, folder, True, "sum")
    other = (loc.Lattice("honeycomb", 4, periodic=False), *longer[1:4], "marshall", *longer[5:])
    assert asked[:3] == [mine, mine, longer]
    assert asked[3][1:] == other[1:]


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


def test_a_run_of_no_steps_has_no_figure_and_says_so_before(typed, asked):
    message = "--figure: without a step there is no way to draw. Use --steps 1 or more.\n"
    assert typed("--steps", 0, "--figure", "way.svg") == (2, "", message)
    assert not asked


def test_resume_makes_no_folder(typed):
    status, _, err = typed("--resume", "--out", "nowhere")
    assert (status, err) == (
        2, "nowhere: no ground state is kept here (no ground-state.json). Give the folder of such a run.\n"
    )  # fmt: skip
    assert not Path("nowhere").exists()


@pytest.mark.parametrize("size", [5, 6])
def test_what_cannot_be_diagonalised_is_refused_as_the_library_does(typed, size):
    with pytest.raises(loc.LocalityError) as error:
        ground_state_energy(loc.Lattice("square", size), 0.5)
    assert typed("--exact", "--size", size) == (2, "", f"{error.value}\n")


def test_ctrl_c_says_what_is_kept_and_how_to_go_on(typed, asked, monkeypatch):
    def stopped(**given):
        raise KeyboardInterrupt

    monkeypatch.setattr(loc, "ground_state", stopped)
    status, out, err = typed("--j2", 0.5, "-q")
    assert (status, out) == (130, "")
    assert err == "Stopped; nothing is kept yet.\n"
    square = loc.Lattice("square", 4)
    net = loc.Network.from_text(NET)
    kept(Path("a run"), lattice=square, j2=0.5, network=net, signs="none", symmetry="none", vmc=loc.VMC())
    status, _, err = typed("--out", "a run", "--resume", "-q")
    assert status == 130
    assert err == (
        "Stopped; what was done is kept in a run. Go on with: locality ground-state --resume --out 'a run'\n"
    )


NET = "1x4x4 | conv 4 3x3 same wrap | gelu | conv 2 1x1"
TINY = ("--size", 4, "--j2", 0.5, "--network", NET, "--steps", 6, "--samples", 64, "--seed", 2)
LINE = re.compile(r"step (\d) of 6: -?0\.\d{5} ± 0\.\d{5}, variance [\d.e-]+, \d+% accepted, \d+\.\d\d s")


def test_a_run_tells_its_steps_prints_its_report_and_is_kept(typed):
    status, out, err = typed(*TINY)
    assert status == 0
    first, *lines = err.splitlines()
    assert first == f"square 4x4, J2 = 0.5: {NET}, sign rule marshall, symmetry none. Energies are per site."
    assert [int(LINE.fullmatch(line)[1]) for line in lines] == [1, 2, 3, 4, 5, 6]
    folder = Path("runs/ground-state-square-4x4-0.5")
    kept = json.loads((folder / "ground-state.json").read_text())["found"]
    assert kept["reference"]["energy_per_site"] == pytest.approx(-0.5286202094621775, abs=1e-9)
    rows = out.splitlines()
    assert rows[0] == "Ground state of the J1-J2 magnet on square 4x4, J2 = 0.5"
    assert "sign rule       marshall" in rows
    assert "exact           -0.528620209 (diagonalisation)" in rows
    assert f"kept in         {folder}" in rows


def test_json_of_a_run_holds_the_energy_per_site_and_the_figure_is_written(typed):
    status, out, err = typed(*TINY, "-q", "--json", "--figure", "way.svg", "--out", "here")
    assert (status, err) == (0, "")
    plain = json.loads(out)
    assert plain["energy_per_site"] > -0.5286202094621775 - 4 * plain["error"]
    assert (len(plain["history"]), plain["folder"], plain["figure"]) == (6, "here", "way.svg")
    assert plain["vmc"] == loc.VMC(steps=6, samples=64, seed=2).to_dict()
    assert "<svg" in Path("way.svg").read_text()


def test_a_finished_run_resumed_prints_the_same_energy_and_takes_no_step(typed):
    before = json.loads(typed(*TINY, "-q", "--json")[1])
    status, out, err = typed(*TINY, "--json", "--resume")
    after = json.loads(out)
    assert status == 0
    assert "step" not in err
    assert after["folder"] == before["folder"]
    assert [after[name] for name in ("energy_per_site", "error", "history")] == [
        before[name] for name in ("energy_per_site", "error", "history")
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--size", 3], "square 3x3: 9 sites cannot hold as many up as down spins (Sz = 0). Use an even number of "
         "sites."),
        (["--network", "1x6x6 | conv 2 1x1"], "network: its input is 1x6x6, the square 4x4 lattice's spins are 1x4x4. "
         "Describe one for 1x4x4."),
        (["--signs", "marshal"], "Unknown sign rule 'marshal'. Did you mean 'marshall'?"),
        (["--chains", 48], "chains is 48; 64 samples are not shared out evenly among them. Use a divisor of 64."),
        (["--start", "nowhere"], "nowhere: no weights are kept here (no weights.safetensors). Give the folder of a "
         "run."),
    ],
)  # fmt: skip
def test_what_the_library_refuses_is_one_sentence_too(typed, words, message):
    status, out, err = typed(*TINY, "-q", *words)
    assert (status, out, err) == (2, "", f"{message}\n")
    assert not Path("runs").exists()


def test_ctrl_c_keeps_what_there_is_and_resume_ends_where_the_run_would_have_ended(typed):
    words = [*map(str, TINY), "--steps", "100", "--out", "run"]
    command = [sys.executable, "-m", "locality", COMMAND, *words]
    environment = {**os.environ, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"), "COLUMNS": "80"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        while not process.stderr.readline().startswith("step 10 of 100: "):
            pass
        process.send_signal(signal.SIGINT)
        said, rest = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "")
    assert "Traceback" not in rest
    last = rest.splitlines()[-1]
    assert last == "Stopped; what was done is kept in run. Go on with: locality ground-state --resume --out run"
    assert "Stopping after this step; Ctrl-C again stops at once." in rest
    told = [line for line in rest.splitlines() if line.startswith("step ")]
    kept_steps = len(Path("run/metrics.jsonl").read_text().splitlines())
    assert 10 <= kept_steps < 100
    assert not told or kept_steps >= int(told[-1].split()[1])
    again = json.loads(typed("--resume", "--out", "run", "-q", "--json")[1])
    whole = json.loads(typed(*words, "-q", "--json", "--out", "whole")[1])
    assert again["energy_per_site"] == whole["energy_per_site"]
    assert [line["energy"] for line in again["history"]] == [line["energy"] for line in whole["history"]]
