"""The command line: each command parses, calls public names, prints. One file for each."""

from locality.cli.app import app

# In the order in which a person meets them, which is the order of the help.
from locality.cli import trace, zoo, data, train, evaluate, predict  # isort: skip

__all__ = ["app", "data", "evaluate", "predict", "trace", "train", "zoo"]
