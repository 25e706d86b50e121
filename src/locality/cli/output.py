"""What several commands print."""

import json
import sys
from collections.abc import Iterable
from typing import Any


def print_json(value: Any) -> None:
    """Print JSON that any program can read: no NaN in it."""
    print(json.dumps(value, indent=1, allow_nan=False))


def accuracy_lines(
    share: float, count: int, interval: tuple[float, float], called: str = "pictures"
) -> tuple[str, str]:
    """An accuracy on the test set in two sentences, the first still open, as `Evaluation` says it."""
    low, high = interval
    return (
        f"{share:.2%} of {count:,} test {called} are classified correctly",
        f"With 95 % confidence the true share lies between {low:.2%} and {high:.2%}.",
    )


def say(notes: Iterable[str]) -> None:
    """Sentences beside the result, on standard error."""
    for note in notes:
        print(note, file=sys.stderr)
