"""docs/figures.md is a gallery that its own commands make: each picture in it is what the command above it writes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
TEXT = (DOCS / "figures.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"\]\(figures/([\w.-]+)\)", TEXT)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every `locality animate` and `locality draw` of the page was run, and what they need."""
    folder = tmp_path_factory.mktemp("gallery")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for block in re.findall(r"^```console\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL):
        for command in re.findall(r"^\$ (.*)$", block, re.MULTILINE):
            subprocess.run(command, shell=True, check=True, cwd=folder, env={**os.environ, "PATH": path}, timeout=120)
    return folder


def seen(path: Path) -> str:
    """An SVG without the outlines of its letters and the bytes of pictures inside it, which differ between versions of
    other packages; what it is marked with depends on those."""
    text = re.sub(r"@font-face\{[^}]*\}|href=\"data:[^\"]*\"", "", path.read_text(encoding="utf-8"))
    return re.sub(r"\bf[0-9a-f]{8}\b", "", text)


def test_the_gallery_shows_pictures_of_every_kind() -> None:
    assert len(SHOWN) >= 9
    assert len(set(SHOWN)) == len(SHOWN)
    assert set(SHOWN) == {path.name for path in (DOCS / "figures").iterdir()}


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_is_what_its_command_writes(name: str, written: Path, request: pytest.FixtureRequest) -> None:
    kept = DOCS / "figures" / name
    if request.config.getoption("--overwrite"):
        shutil.copyfile(written / name, kept)
    assert seen(written / name) == seen(kept)
