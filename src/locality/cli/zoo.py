"""`locality zoo`."""

from textwrap import fill
from typing import Annotated, Any

import typer

import locality as loc
from locality.cli.app import Command, Json, app
from locality.cli.output import print_json
from locality.network.network import shape_text


@app.command(cls=Command)
def zoo(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only this one, and where it comes from.")] = None,
    as_json: Json = False,
) -> None:
    """List the named networks, or tell about one.

    Each with its year, parameters, multiply-accumulates (MACs) and input.

    \b
    Examples:
      locality zoo
      locality zoo googlenet
    """
    entries = [_zoo_entry(each) for each in ([name] if name else loc.zoo.names())]
    if as_json:
        print_json(entries[0] if name else entries)
    elif name:
        (entry,) = entries
        print(fill(f"{entry['name']}: {entry['title']} ({entry['authors']}, {entry['year']})", 80))
        for key in ("source", "figures", "note"):
            if entry[key]:
                print(fill(entry[key], 80, initial_indent=f"{key:<9}", subsequent_indent=" " * 9))
        print(f"{'input':<9}{entry['input']}")
        print(f"{entry['parameters']:,} parameters, {entry['macs']:,} multiply-accumulates (MACs),")
        print(f"{entry['connections']:,} connections (uses of a weight or a bias)")
        if weights := _weights(entry["name"]):
            print(fill(f"weights for ImageNet: {weights}, fetched by predict, evaluate and attribute", 80))
    else:
        wide = max(len(entry["name"]) for entry in entries)
        for entry in entries:
            counts = f"{entry['parameters']:>11,} parameters {entry['macs']:>15,} MACs"
            print(f"{entry['name']:<{wide}} {entry['year']} {counts} {entry['input']}")


def _zoo_entry(name: str) -> dict[str, Any]:
    table, about = loc.trace(loc.zoo.get(name)), loc.zoo.about(name)
    counts = {"input": shape_text(table.network.input), "parameters": table.parameters, "macs": table.macs}
    counts["connections"] = table.connections
    return {**vars(about), **counts}


def _weights(name: str) -> str | None:
    """The file of its published weights, where there is one."""
    from locality.engine.published import PUBLISHED  # loads numpy, which the list does without

    return PUBLISHED[name].file.name if name in PUBLISHED else None
