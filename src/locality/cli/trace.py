"""`locality trace`."""

from shutil import get_terminal_size
from typing import Annotated

import typer

import locality as loc
from locality.cli.app import Command, Json, NetArgument, app
from locality.cli.inputs import InputOption, read_network


@app.command(cls=Command)
def trace(
    net: NetArgument,
    size: InputOption = None,
    full: Annotated[bool, typer.Option("--full", help="Every column, as wide as it gets.")] = False,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for spreadsheets.")] = False,
) -> None:
    """Check a network: shapes, costs, receptive fields.

    By arithmetic alone: for every layer its output, parameters, multiply-accumulates (MACs), and what no window reads.

    \b
    Examples:
      locality trace lenet5
      locality trace "1x28x28 | conv 6 5x5 pad 2 | tanh | flatten | dense 10"
      locality trace resnet50 --full
      locality trace my-network.json --csv
      locality trace mymodule:Net --input 3x64x64
      locality trace folder/file.py:Net --input 3x64x64

    \b
    The last two import PyTorch modules of your own; a class or a
    function is called without arguments.
    """
    table = loc.trace(read_network(net, size))
    if as_json:
        print(table.to_json())
    elif as_csv:
        print(table.to_csv(), end="")
    else:
        print(table.to_text(None if full else min(80, get_terminal_size().columns)))
