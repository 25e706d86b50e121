"""README and docs do what they say: every console block is run, line by line (the >>> blocks run as doctests)."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from locality.data import dataset
from locality.errors import DataError

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = [
    pytest.param(block, id=f"{path.name}-{number}")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    for number, block in enumerate(BLOCK.findall(path.read_text(encoding="utf-8")), 1)
]


def measured(text: str) -> str:
    """The text with what differs from machine to machine taken out: seconds and shares."""
    return re.sub(r"\d+\.\d+(?=%| s of training)", "#", text).rstrip()


@pytest.mark.parametrize("block", BLOCKS)
def test_a_console_block_prints_what_it_shows(block: str, tmp_path: Path) -> None:
    if "mnist" in block:
        try:
            dataset("mnist")
        except DataError as error:
            pytest.skip(f"MNIST cannot be had here: {error}")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = example.partition("\n")
        done = subprocess.run(
            command,
            shell=True,
            cwd=tmp_path,
            env={**os.environ, "PATH": path, "COLUMNS": "80"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        assert measured(done.stdout) == measured(shown), command


def test_the_documents_hold_examples_of_both_kinds() -> None:
    texts = [path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]]
    assert len(BLOCKS) >= 5
    assert sum(text.count(">>> ") for text in texts) >= 20
