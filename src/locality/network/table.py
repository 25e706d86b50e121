"""`trace`: a network as rows of numbers, checked by arithmetic alone."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from math import prod
from typing import Any

from locality.geometry.arguments import shape_text
from locality.geometry.cost import Costs
from locality.geometry.field import Field, compose, union
from locality.geometry.window import uncovered, unread_padding
from locality.network.layer import Layer, Shape
from locality.network.network import INPUT, Network, Node, network_of
from locality.network.notation import layer_text
from locality.network.seen import padding_mode


@dataclass(frozen=True)
class Row:
    """One node. Tuples have one entry for each axis of space; None stands where a thing has no meaning.

    `inputs` and `output` are shapes (channels, *space). `macs` counts multiply-accumulates of one image, without
    biases; padded taps count, taps outside the footprint do not. `field` is the size of the receptive field on the
    network's input (of a footprint, the rows and columns that it uses), `jump` how far it moves from one output to
    the next, `offset` the centre of the first output's; `field_varies` where it differs between outputs (then `field`
    is the largest). `uncovered` counts the input sites of a channel that no window reads, `unread_padding` the padded
    cells after the input that none reads, which is no loss. `parameters_local` and `parameters_full` are what the same
    map would store without sharing, and fully connected; `macs_full` what it would cost. `connections` counts as 1998
    did: every use of a weight and of a bias.
    """

    name: str
    kind: str
    inputs: tuple[Shape, ...]
    output: Shape
    parameters: int
    macs: int
    field: tuple[int, ...] | None
    jump: tuple[Fraction | None, ...] | None
    offset: tuple[Fraction | None, ...] | None
    uncovered: int
    unread_padding: tuple[int, ...]
    field_varies: bool
    parameters_local: int
    parameters_full: int
    macs_full: int
    connections: int
    shares: str | None
    layer: str


@dataclass(frozen=True, repr=False)
class Table:
    """The rows of a network and their sums. `print` shows it in 80 columns, `to_text(width=None)` in full."""

    network: Network
    rows: tuple[Row, ...]

    @property
    def parameters(self) -> int:
        """How many numbers are learned; shared ones count once."""
        return sum(row.parameters for row in self.rows)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one image."""
        return sum(row.macs for row in self.rows)

    @property
    def connections(self) -> int:
        """How often a weight or a bias is used for one image, which is what 1998 counted: 340,908 for LeNet-5."""
        return sum(row.connections for row in self.rows)

    def __getitem__(self, name: str) -> Row:
        """The row of a node. Raises `UnknownNameError` when there is none."""
        return self.rows[self.network.nodes.index(self.network.node(name))]

    def __repr__(self) -> str:
        return self.to_text()  # what a notebook shows

    def to_text(self, width: int | None = 80) -> str:
        """The table as text, at most `width` columns wide; None gives every column at its full length."""
        head, body, right = _cells(self, full=width is None)
        if width is not None:
            head, body, right = _narrowed(head, body, right, width)
        widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
        lines = [f"{self.network.name}: {shape_text(self.network.input)} -> {shape_text(self.network.output)}", ""]
        for i, cells in enumerate([head, ["-" * w for w in widths], *body]):
            aligned = [
                cell.rjust(w) if j in right and i != 1 else cell.ljust(w)
                for j, (cell, w) in enumerate(zip(cells, widths, strict=True))
            ]
            lines.append("  ".join(aligned).rstrip())
        return "\n".join([*lines, "", *_closing(self, width)])

    def to_json(self) -> str:
        """The table as JSON: `name`, `input`, `parameters`, `macs`, `rows` with every column; fractions as numbers."""
        plain = {
            "name": self.network.name,
            "input": list(self.network.input),
            "parameters": self.parameters,
            "macs": self.macs,
            "connections": self.connections,
            "rows": [asdict(row) for row in self.rows],
        }
        return json.dumps(plain, default=float, indent=1)

    def to_csv(self) -> str:
        """One line for each node, every column; shapes and per-axis numbers as 1x28x28."""
        out = io.StringIO()
        names = [field.name for field in fields(Row)]
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([_csv_cell(getattr(row, name)) for name in names] for row in self.rows)
        return out.getvalue()


def trace(subject: Any) -> Table:
    """The table of a network: shapes, parameters, multiply-accumulates, receptive fields, what is left unread.

    `subject` is a `Network` or anything that has one (`subject.network`), such as a model or a run. Arithmetic only:
    nothing is run. Raises `DescriptionError` for anything else.

    >>> net = Network.from_text("1x28x28 | conv 6 5x5 pad 2 | tanh | average 2x2 | flatten | dense 10")
    >>> trace(net).parameters, trace(net)["pool1"].field
    (11926, (6, 6))

    Flooring is not silent: row and column 27 are never read here.

    >>> floored = Network.from_text("1x28x28 | max 3x3 floor | flatten | dense 10")
    >>> trace(floored)["pool1"].uncovered
    55
    """
    net = network_of(subject)
    whole = _whole(net.input)
    seen: dict[str, tuple[Field, ...] | None] = {INPUT: tuple(Field() for _ in net.input[1:])}
    rows = []
    for node in net.nodes:
        seen[node.name] = _field(net, node, seen)
        rows.append(_row(net, node, seen[node.name], whole))
    return Table(net, tuple(rows))


def _field(net: Network, node: Node, seen: dict[str, tuple[Field, ...] | None]) -> tuple[Field, ...] | None:
    """The receptive field along each axis; None where an output depends on the whole input."""
    fields_read = [seen[source] for source in node.inputs]
    maps = node.layer.maps(net.inputs(node))
    known = [field for field in fields_read if field is not None]
    if maps is None or len(known) < len(fields_read) or len(net.shapes[node.name]) == 1:
        return None
    space = net.shapes[node.name][1:]
    if node.layer.joins:
        joined = [_stretched(field, net.shapes[s][1:], space) for field, s in zip(known, node.inputs, strict=True)]
        return tuple(union([field[axis] for field in joined], n) for axis, n in enumerate(space))
    taps = node.layer.taps(net.inputs(node)[0][1:])
    used = [None if taps is None else {tap[axis] for tap in taps} for axis in range(len(space))]
    return tuple(compose(*along) for along in zip(known[0], maps, space, used, strict=True))


def _stretched(field: tuple[Field, ...], space: Shape, onto: Shape) -> tuple[Field, ...]:
    """A gate of one cell, read by every place of a larger map: every output sees what that cell sees."""
    return tuple(
        Field((one.span(0),) * wide, None) if have == 1 < wide else one
        for one, have, wide in zip(field, space, onto, strict=True)
    )


def _row(net: Network, node: Node, seen: tuple[Field, ...] | None, whole: tuple[int, ...] | None) -> Row:
    inputs, output = net.inputs(node), net.shapes[node.name]
    costs: Costs | None = node.layer.costs(inputs)
    parameters = sum(prod(shape) for shape in net.parameters(node).values())
    space = inputs[0][1:]
    windows = node.layer.windows(space)
    flat = seen is None
    return Row(
        name=node.name,
        kind=node.layer.word,
        inputs=tuple(inputs),
        output=output,
        parameters=parameters,
        macs=costs.shared.macs if costs else 0,
        field=whole if seen is None else tuple(axis.size for axis in seen),
        jump=None if seen is None else tuple(axis.jump for axis in seen),
        offset=None if seen is None else tuple(axis.offset for axis in seen),
        uncovered=_uncovered(node.layer, inputs),
        unread_padding=tuple(unread_padding(w, n) for w, n in zip(windows, space, strict=True)) if windows else (),
        field_varies=not flat and any(axis.varies for axis in seen or ()),
        parameters_local=costs.local.parameters if costs else parameters,
        parameters_full=costs.full.parameters if costs else parameters,
        macs_full=costs.full.macs if costs else 0,
        connections=(costs.local.parameters or costs.shared.macs) if costs else 0,  # what is fixed stores nothing
        shares=node.weights,
        layer=layer_text(node.layer, len(space)),
    )


def _uncovered(layer: Layer, inputs: list[Shape]) -> int:
    """How many sites of the input's space no output reads; padding that copies a site reads it."""
    space, maps = inputs[0][1:], layer.maps(inputs)
    if maps is None or layer.joins:
        return 0
    return uncovered(maps, space, layer.taps(space), padding_mode(layer))


def _whole(input: Shape) -> tuple[int, ...] | None:
    return input[1:] or None


def _cells(table: Table, full: bool) -> tuple[list[str], list[list[str]], set[int]]:
    head = ["name", "kind", "output", "parameters", "MACs", "field", "jump", "left"]
    if full:
        head = ["name", "layer", "inputs", "output", "parameters", "MACs", "field", "jump", "offset", "uncovered"]
        head += ["unread padding", "unshared", "fully connected"]
    body = []
    for row in table.rows:
        field = "-" if row.field is None else _axes_text(row.field)
        short = "varies" if row.field_varies else field
        jump = "-" if row.jump is None else _axes_text(row.jump)
        counts = [f"{row.parameters:,}", f"{row.macs:,}" if row.macs else "-"]
        if row.shares:
            counts[0] = "shared"
        elif not row.parameters:
            counts[0] = "-"
        left = f"{row.uncovered:,}" if row.uncovered else "-"
        if not full:
            body.append([row.name, row.kind, shape_text(row.output), *counts, short, jump, left])
            continue
        inputs = " + ".join(shape_text(shape) for shape in row.inputs)
        offset = "-" if row.offset is None else _axes_text(row.offset)
        field = f"varies, up to {field}" if row.field_varies else field
        padding = _axes_text(row.unread_padding) if any(row.unread_padding) else "-"
        three = [f"{n:,}" if n else "-" for n in (row.parameters_local, row.parameters_full)]
        body.append([row.name, row.layer, inputs, shape_text(row.output), *counts, field, jump, offset, left, padding])
        body[-1] += three
    right = {3, 4, 7} if not full else {4, 5, 9, 10, 11, 12}
    return head, body, right


def _narrowed(
    head: list[str], body: list[list[str]], right: set[int], width: int
) -> tuple[list[str], list[list[str]], set[int]]:
    """The columns made to fit a width, names last: first the kinds are cut, then the jump is left out."""

    def missing() -> int:
        return sum(max(map(len, column)) + 2 for column in zip(head, *body, strict=True)) - 2 - width

    def cut(column: int, least: int) -> None:
        wide = max(len(row[column]) for row in body)
        for row in body:
            row[column] = _shortened(row[column], max(wide - max(missing_now, 0), least), middle=column == 0)

    missing_now = missing()
    cut(1, 8)
    if missing() > 0:
        jump = head.index("jump")
        head, body = head[:jump] + head[jump + 1 :], [row[:jump] + row[jump + 1 :] for row in body]
        right = {i - (i > jump) for i in right}
    missing_now = missing()
    cut(0, 8)
    return head, body, right


def _closing(table: Table, width: int | None) -> list[str]:
    lines = [f"{table.parameters:,} parameters, {table.macs:,} multiply-accumulates (MACs)."]
    if table.network.dtype.startswith("complex") and table.parameters:
        lines.append(f"All are of complex numbers: {2 * table.parameters:,} real parameters.")
    if width is None:
        lines.append(f"{table.connections:,} connections: uses of a weight or a bias.")
    convolutions = [row for row in table.rows if row.kind in ("conv", "conv-transpose") and not row.shares]
    if any(row.parameters != row.parameters_full for row in convolutions):
        shared, local, full = (
            sum(getattr(row, name) for row in convolutions)
            for name in ("parameters", "parameters_local", "parameters_full")
        )
        lines += [
            f"Convolutions: {shared:,} parameters;",
            f"  {local:,} if every place had weights of its own (no sharing);",
            f"  {full:,} if every output read every input (no locality either).",
        ]
    notes: list[tuple[str, str]] = []
    for row in table.rows:
        if row.uncovered:
            space = prod(row.inputs[0][1:])
            verb = "is" if row.uncovered == 1 else "are"
            notes.append((row.name, f"{row.uncovered:,} of its {space:,} input sites {verb} read by no window."))
        elif any(row.unread_padding) and width is None:
            notes.append((row.name, f"padding of {_axes_text(row.unread_padding)} at the end stays unread."))
    for row in table.rows:
        if row.field_varies and width is not None and row.field is not None:
            notes.append((row.name, f"the receptive field varies with the place, up to {_axes_text(row.field)}."))
    for name, note in notes:
        lines.append(f"{name if width is None else _shortened(name, max(width - len(note) - 2, 8))}: {note}")
    if width is not None and any(row.jump is not None and None in row.jump for row in table.rows):
        lines.append("Where branches with different jumps meet, the field is their union and has no jump (?).")
    return lines


def _axes_text(numbers: Sequence[int | Fraction | None]) -> str:
    """One number where all axes agree, as 5; otherwise 5x3."""
    shown = ["?" if n is None else str(n) if Fraction(n).denominator in (1, 3) else f"{float(n):g}" for n in numbers]
    return shown[0] if len(set(shown)) == 1 else "x".join(shown)


def _shortened(text: str, width: int, middle: bool = True) -> str:
    if len(text) <= width:
        return text
    end = (width - 1) // 2 if middle else 0
    return text[: width - 1 - end] + "…" + text[len(text) - end :]


def _csv_cell(value: Any) -> Any:
    if isinstance(value, tuple):
        if value and isinstance(value[0], tuple):
            return " ".join(shape_text(shape) for shape in value)
        return "x".join("" if n is None else f"{float(n):g}" for n in value)
    return value
