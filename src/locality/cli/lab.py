"""`locality lab`."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import locality as loc
from locality.cli.app import Command, app
from locality.cli.inputs import load_run, read_network

if TYPE_CHECKING:
    from locality.network.network import Network


@app.command(cls=Command)
def lab(
    net: Annotated[
        str | None,
        typer.Argument(metavar="NET", help="What is opened first: a run's folder, a zoo name, notation, or a file."),
    ] = None,
    host: Annotated[str, typer.Option(help="Where to listen; beyond this machine a token is asked for.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="<int>", help="The port; 0 takes a free one.")] = 8765,
    runs: Annotated[Path, typer.Option(help="The folder with your runs; new ones go there too.")] = Path("runs"),
    no_open: Annotated[bool, typer.Option("--no-open", help="Open no browser.")] = False,
) -> None:
    """Serve the page here, with your runs, and train in it.

    Your runs and the networks of the zoo to choose from, large ones computed as you look, training with live curves.
    Ctrl-C ends it, and stops what trains; it can be gone on with.

    \b
    Examples:
      locality lab
      locality lab runs/lenet5-mnist
      locality lab resnet50 --port 0 --no-open
    """
    first = _first(net) if net is not None else None
    from locality.server.serve import serve

    try:
        serve(runs, first, host, port, browse=sys.stdout.isatty() and not no_open, say=_say)
    except KeyboardInterrupt:
        _say("The lab is closed.")


def _first(net: str) -> "str | Path | Network":
    """What the lab opens first, read once now: a mistake in it is said here, not in the page."""
    if net in loc.zoo.names():
        return net
    if "|" not in net and os.path.isdir(net):
        return load_run(Path(net)).folder or Path(net)
    from locality.network.network import network_of

    network = network_of(read_network(net))
    return net if "|" in net else network


def _say(sentence: str) -> None:
    print(sentence, flush=True)
