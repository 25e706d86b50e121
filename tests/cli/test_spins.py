"""Spins at the command line: counted, trained on, evaluated, shown on a page, and kept apart from pictures."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import locality as loc
from locality.__main__ import main

NAME = "ising:square:L=8:samples=20"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def typed(cache, monkeypatch, capsys):
    """Runs the command line: (status, stdout, stderr)."""
    monkeypatch.setenv("LOCALITY_CACHE", str(cache))

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["locality", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return end.value.code, out, err

    return run


def test_spins_are_counted_and_a_configuration_of_each_class_is_saved(typed) -> None:
    status, out, err = typed("data", NAME, "--save", "spins")
    assert (status, err) == (0, "The first test picture of each class is in spins.\n")
    assert out == (
        f"{NAME}: spins of 1x8x8, 2 classes\n"
        "source   Ising model, 40 temperatures from 1.000 to 3.538, critical 2.269, drawn by locality.ising\n"
        "licence  none: drawn here\n\n"
        "class        train    test\n"
        "ordered        400      80\n"
        "disordered     400      80\n"
        "all            800     160\n"
    )
    data = loc.dataset(NAME)
    for i, name in enumerate(data.classes):
        first = data.test.images[np.flatnonzero(data.test.labels == i)[0], 0]
        np.testing.assert_array_equal(np.asarray(Image.open(f"spins/{name}.png")), np.where(first > 0, 255, 0))


def test_spins_on_two_sublattices_are_no_picture(typed) -> None:
    assert typed("data", "gauge:L=4:samples=5", "--save", "spins") == (
        2,
        "",
        "--save: the spins of gauge:L=4:samples=5 are 2x4x4, and a picture holds one sublattice on two axes. "
        "Leave it out, or draw them with locality.figure.lattice.\n",
    )


def test_a_network_of_the_zoo_gets_the_input_of_spins_and_its_run_works_as_any_other(typed) -> None:
    status, out, err = typed("train", "ffnn", "--data", NAME, "--epochs", 2, "-q")
    assert status == 0, err
    assert err == (
        "ffnn: its input is made 1x8x8, as spins are never resized.\n"
        f"ffnn: it gets 2 outputs, one for each class of {NAME}.\n"
    )
    assert "of 160 test configurations are classified correctly, after" in out
    run = Path("runs") / "ffnn-ising-square-L=8-samples=20"
    assert out.endswith(f"The run is kept in {run}.\n")
    plain = json.loads((run / "run.json").read_text())
    assert (plain["data"], plain["mean"], plain["std"]) == (NAME, [0.0], [1.0])

    status, out, err = typed("evaluate", run, "--mistakes", 3)
    assert status == 0, err
    assert out.startswith(f"{plain['accuracy']:.2%} of 160 test configurations are classified correctly.\n")
    assert "The surest mistakes, 3 of" in out
    status, out, err = typed("page", run, "-o", "run.html")
    assert (status, err) == (0, "")
    assert f"Trained on {NAME}: " in out
    status, out, err = typed("explain", run, "dense1", 0)
    assert status == 0, err
    assert out.startswith(f"ffnn, looking at ordered of {NAME}\n")

    Image.new("L", (20, 20), 200).save("grey.png")
    assert typed("predict", run, "grey.png") == (
        2,
        "",
        f"grey.png: a picture holds no spins of +1 and -1, which is what a network trained on {NAME} reads. "
        "Give it spins in Python: locality.predict(run, spins).\n",
    )


def test_a_network_of_another_size_is_refused_before_anything_is_drawn(typed) -> None:
    assert typed("train", "1x28x28 | flatten | dense 2", "--data", "ising:square:L=80") == (
        2,
        "",
        "ising:square:L=80: its spins are 1x80x80 and are never resized, the network's input is 1x28x28. "
        "Use ising:square:L=28, or a network whose input is 1x80x80.\n",
    )
