"""The command line: each command parses, calls public names, prints. One file for each."""

from locality.cli.app import app

# In the order in which a person meets them, which is the order of the help.
from locality.cli import trace, zoo, data, train, evaluate, predict, page, explain  # isort: skip
from locality.cli import kernel, draw, attribute, animate, lab, generations  # isort: skip
from locality.cli import ising, blocks, phases, ground_state  # isort: skip

__all__ = [
    "animate",
    "app",
    "attribute",
    "blocks",
    "data",
    "draw",
    "evaluate",
    "explain",
    "generations",
    "ground_state",
    "ising",
    "kernel",
    "lab",
    "page",
    "phases",
    "predict",
    "trace",
    "train",
    "zoo",
]
