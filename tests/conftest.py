"""What all tests share."""

import os

import pytest

# Tests run side by side, one on each core: more threads than cores make torch wait for itself. Before torch starts.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--overwrite", action="store_true", help="write the golden files anew instead of comparing")
