"""Lets the tests of this folder import what lies beside it (tests/strategies.py)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
