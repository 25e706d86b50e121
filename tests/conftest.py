"""What all tests share."""

import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

# Tests run side by side, one on each core: more threads than cores make torch wait for itself. Before torch starts.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Compiled code is kept from run to run, for just this source: numba itself looks at the file of the function that is
# kept, not at those of the functions it calls, so that a test would not see what was broken there. Before numba starts.
KEPT, SOURCE = (Path(__file__).parents[1] / name for name in (".numba", "src"))
_source = sha256(b"".join(path.read_bytes() for path in sorted(SOURCE.rglob("*.py")) if b"numba" in path.read_bytes()))
for _other in KEPT.glob("*"):
    if _other.name != _source.hexdigest():
        shutil.rmtree(_other, ignore_errors=True)
os.environ["NUMBA_CACHE_DIR"] = str(KEPT / _source.hexdigest())


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--overwrite", action="store_true", help="write the golden files anew instead of comparing")
