"""The benchmarks run, at a size at which their numbers mean nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parent.parent / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_benchmark_runs_at_its_smoke_size(script: Path) -> None:
    done = subprocess.run([sys.executable, str(script), "--smoke"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "locality" in done.stdout


def test_there_are_benchmarks() -> None:
    assert {script.stem for script in SCRIPTS} >= {"page_speed", "start_speed", "train_speed"}
