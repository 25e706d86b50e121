"""What several commands print."""

import json
import sys
from collections.abc import Iterable
from typing import Any


def print_json(value: Any) -> None:
    """Print JSON that any program can read: no NaN in it."""
    print(json.dumps(value, indent=1, allow_nan=False))


def say(notes: Iterable[str]) -> None:
    """Sentences beside the result, on standard error."""
    for note in notes:
        print(note, file=sys.stderr)
