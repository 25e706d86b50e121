"""`locality explain`."""

from math import isfinite
from typing import Annotated, Any

import typer

import locality as loc
from locality.cli.app import Command, Json, NetArgument, SkipBad, app
from locality.cli.inputs import InputOption
from locality.cli.output import print_json, say
from locality.cli.page import Data, Image
from locality.cli.subject import UNTRAINED, built, first_picture, pictures_for, read_subject

_LARGEST = 10  # terms shown of a sum that has many


@app.command(cls=Command)
def explain(
    net: NetArgument,
    node: Annotated[str, typer.Argument(metavar="NODE", help="The node's name, as `locality trace NET` has it.")],
    cell: Annotated[
        list[int], typer.Argument(metavar="CELL", help="Its channel, then its place: 2 10 10. Counted from 0.")
    ],
    image: Image = None,
    data: Data = None,
    size: InputOption = None,
    skip_bad: SkipBad = False,
    as_json: Json = False,
) -> None:
    """Spell out one number: the arithmetic of a cell.

    The patch that the cell reads, the weights, their products, the bias and their sum, beside what torch computed.
    NET may be a run's folder: then the weights are the trained ones.

    \b
    Examples:
      locality explain lenet5 conv1 2 10 10
      locality explain runs/lenet5-mnist dense3 7 --image photo-of-a-digit.jpg
      locality explain "1x8x8 | average 2x2" pool1 0 1 1 --json
      locality explain mymodule:Net layer1.0.conv1 2 10 10 --input 3x64x64
    """
    subject = read_subject(net, size)
    trained = not isinstance(subject, loc.Network)
    network = subject.network if not isinstance(subject, loc.Network) else subject
    network.node(node)
    pictures = pictures_for(subject, image, data, skip_bad)
    model: Any = subject if trained else built(network)
    picture = pictures[0] if pictures else first_picture(subject)
    record = loc.record(model, picture.array)
    found = loc.explain(record, node, cell)
    place = found.cell[1:]
    sites = loc.seen(network, node, place)
    if as_json:
        print_json(
            {
                "network": network.name,
                "picture": picture.name,
                "trained": trained,
                **{name: _plain(getattr(found, name)) for name in _FIELDS},
                "seen": [list(axis) for axis in sites],
            }
        )
        return
    if not trained:
        say([UNTRAINED])
    print(f"{network.name}, looking at {picture.name}\n\n{found}")
    if found.patch.size > 64:
        print("\n".join(_largest(found)))
    if sites and all(sites) and found.kind != "flatten":  # a place in a row says less than the map it came from
        print(f"It depends on the input's {_ranges(sites)}.")


_FIELDS = (
    "node", "kind", "cell", "inputs", "patch", "weights", "products", "bias", "value", "computed", "sites", "rule",
    "activation", "scale",
)  # fmt: skip


def _plain(value: Any) -> Any:
    """A value as JSON can say it: a complex number as [real, imaginary], what is not finite as null."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, complex):
        return [_plain(value.real), _plain(value.imag)]
    return None if isinstance(value, float) and not isfinite(value) else value


def _largest(found: Any) -> list[str]:
    """The largest terms of a long sum, one a line, and what the others add up to."""
    products = found.products.ravel()
    order = sorted(range(len(products)), key=lambda i: -abs(products[i]))[:_LARGEST]
    sites = found.sites.reshape(len(products), -1)
    weights = None if found.weights is None else found.weights.ravel()
    lines = [f"the {len(order)} largest terms:"]
    for i in order:
        times = "" if weights is None else f" x {weights[i]:.6g}"
        name = found.inputs[i if len(found.inputs) == len(products) else 0]
        where = "padding" if (sites[i] < 0).all() else f"{name}{sites[i].tolist()}"
        lines.append(f"  {where:<24} {found.patch.ravel()[i]:.6g}{times} = {products[i]:.6g}")
    rest = products.sum() - products[order].sum()
    return [*lines, f"  {f'the other {len(products) - len(order):,}':<24} {rest:.6g}"]


def _ranges(sites: Any) -> str:
    """The places along each axis in words: rows 3 to 7 and columns 0 to 4."""
    names = {1: ("places",), 2: ("rows", "columns"), 3: ("slices", "rows", "columns")}[len(sites)]
    said = []
    for name, axis in zip(names, sites, strict=True):
        gaps = "" if len(axis) == axis[-1] - axis[0] + 1 else f" ({len(axis)} of them)"
        said.append(f"{name} {axis[0]} to {axis[-1]}{gaps}" if len(axis) > 1 else f"{name[:-1]} {axis[0]}")
    return " and ".join([", ".join(said[:-1]), said[-1]] if said[:-1] else said)
