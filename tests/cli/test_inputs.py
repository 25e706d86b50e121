"""What a person typed, turned into data sets: what is shown while one arrives."""

import io
import sys

import pytest

import locality as loc
from locality.cli.inputs import read_data, read_data_for
from locality.data import named


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("fitted", [False, True])
def test_a_data_set_arrives_under_the_bar_that_weights_have(monkeypatch: pytest.MonkeyPatch, fitted: bool) -> None:
    digits = loc.dataset("digits")

    def arriving(progress):
        progress("train-images", 500_000, 2_000_000)
        progress("train-images", 2_000_000, 2_000_000)
        return digits

    monkeypatch.setitem(named._SETS, "mnist", arriving)
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setenv("COLUMNS", "100")
    found = read_data_for(loc.zoo.get("lenet5"), "mnist", False) if fitted else read_data("mnist", None, False)
    assert found.shape == ((1, 28, 28) if fitted else (1, 8, 8))
    assert "fetching train-images" in terminal.getvalue()
    assert "2.0/2.0 MB" in terminal.getvalue()
