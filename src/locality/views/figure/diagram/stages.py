"""What a diagram shows: a network's nodes one by one, or put together into blocks, groups and stages.

The layouts read these `Stage`s and nothing else of the graph, so that a skip or a branch cannot be lost in drawing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from locality.errors import DescriptionError, UnknownNameError, unknown
from locality.network.layer import Layer, Shape
from locality.network.layers import (
    Activation,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    Distance,
    Dropout,
    Flatten,
    Norm,
    Opaque,
    Pool,
    Product,
    Reshape,
    Sum,
    Upsample,
)
from locality.network.network import INPUT, Network, Node

FEW = 24  # networks up to this many nodes are shown whole, as on the page
KINDS: dict[type[Layer], str] = {
    Conv: "conv", ConvTranspose: "transpose", Pool: "pool", Dense: "dense", Norm: "norm", Activation: "activation",
    Dropout: "dropout", Flatten: "flatten", Reshape: "reshape", Upsample: "upsample", Crop: "crop", Distance: "dense",
    Sum: "join", Concat: "join", Product: "join", Opaque: "opaque",
}  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """One thing to draw. `nodes` are the network's, in order, of which the last gives the output and `shape`; `reads`
    names the stages before it. `kind` is "input", that of its one layer (see `KINDS`), or "block"; `count` is how many
    equal blocks stand in it, one after the other."""

    name: str
    label: str
    kind: str
    shape: Shape
    reads: tuple[str, ...]
    nodes: tuple[str, ...]
    count: int = 1


def stages(
    net: Network,
    *,
    labels: Mapping[str, str] | None = None,
    hide: Iterable[str] = (),
    group: Mapping[str, Sequence[str]] | None = None,
    open: Iterable[str] | bool = False,
    chain: bool = False,
) -> list[Stage]:
    """The stages of a network in the order they are computed, the input first.

    Networks of more than 24 nodes fold into blocks ("layer1.0", "inception3a", a stage that ends with a pooling);
    `open` names those that stay open (layer1 means all of layer1.0, layer1.1, ...), True opens all. `hide` leaves out
    layers, by name or by kind ("relu", "norm"); `group` puts nodes (or all whose names begin so) under a name of its
    own; `labels` renames. With `chain`, what only touches each number (activations, norms, dropout, flatten) joins its
    neighbour, and equal blocks that follow each other become one stage.

    Raises `UnknownNameError` for a name nobody knows, `DescriptionError` for a join that should be hidden and for a
    group that is read in its middle.

    >>> net = Network.from_text("1x28x28 | conv 6 5x5 | relu | max 2x2 | flatten | dense 10")
    >>> [stage.name for stage in stages(net, chain=True)]
    ['input', 'conv1', 'pool1', 'dense1']
    >>> [stage.name for stage in stages(net, group={"features": ["conv1", "relu1", "pool1"]}, hide=["flatten"])]
    ['input', 'features', 'dense1']
    """
    hidden = _hidden(net, hide)
    home = _grouped(net, group or {})
    folding = _blocks(net) if open is not True and len(net.nodes) > FEW else {}
    blocks = list(dict.fromkeys(folding.values()))
    opened: set[str] = set()
    for name in () if isinstance(open, bool) else [open] if isinstance(open, str) else open:
        met = [block for block in blocks if block == name or block.startswith(f"{name}.")]
        if not blocks:
            raise UnknownNameError(f"Unknown block {name!r}. Nothing is folded here.")
        if not met:
            raise unknown("block", name, blocks)
        opened.update(met)
    opened |= {folding[name] for name in home if name in folding}  # a block of which a part is grouped cannot fold
    for name, block in folding.items():
        if block not in opened:
            home[name] = block
    found = _put_together(net, home, hidden)
    if chain:
        found = _repeated(_absorbed(found, net))
    names = {stage.name for stage in found}
    for name in labels or {}:
        if name not in names:
            raise unknown("stage", name, [stage.name for stage in found])
    for text in (labels or {}).values():
        _check_label(text)
    return [replace(stage, label=(labels or {}).get(stage.name, stage.label)) for stage in found]


def _hidden(net: Network, hide: Iterable[str]) -> set[str]:
    names: set[str] = set()
    known = {node.name for node in net.nodes}
    for what in [hide] if isinstance(hide, str) else hide:
        met = [n for n in net.nodes if what in (n.name, n.layer.word, KINDS[type(n.layer)])]
        if not met:
            raise unknown("layer", what, sorted(known | {n.layer.word for n in net.nodes}))
        for node in met:
            if len(node.inputs) > 1:
                raise DescriptionError(
                    f"{node.name}: a join cannot be hidden, its branches would end nowhere. Group it."
                )
            names.add(node.name)
    return names


def _grouped(net: Network, group: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Which group a node was put into."""
    home: dict[str, str] = {}
    names = [node.name for node in net.nodes]
    for label, members in group.items():
        _check_label(label)
        inside: set[str] = set()
        for member in [members] if isinstance(members, str) else members:
            met = {name for name in names if name == member or name.startswith(f"{member}.")}
            if not met:
                raise unknown("node", member, names)
            inside |= met
        for node in net.nodes * 2:  # what lies between two of them belongs to them
            readers = [other.name for other in net.nodes if node.name in other.inputs]
            if readers and inside.issuperset(readers) and inside.issuperset(node.inputs):
                inside.add(node.name)
        if not inside:
            raise DescriptionError(f"group {label!r}: there is nothing in it. Name its layers.")
        if label == INPUT or label in set(names) - inside:
            raise DescriptionError(f"group {label!r}: a layer is called so. Give another name.")
        for name in inside & home.keys():
            raise DescriptionError(f"group {label!r}: {name} is in {home[name]!r} already. Put it into one of the two.")
        last = [name for name in names if name in inside][-1]
        for node in net.nodes:
            for source in node.inputs:
                if node.name not in inside and source in inside - {last}:
                    raise DescriptionError(
                        f"group {label!r}: {node.name} reads {source} in its middle. "
                        f"Give nodes of which only the last is read by others."
                    )
        home |= dict.fromkeys(inside, label)
    return home


def _check_label(text: Any) -> None:
    if not isinstance(text, str) or not text.isprintable():
        raise DescriptionError(f"label {text!r}: it is not one line of printable letters. Write it so.")


def _put_together(net: Network, home: Mapping[str, str], hidden: set[str]) -> list[Stage]:
    """One stage for each node that stands alone, and one for each group or block, at the place of its last node."""
    members: dict[str, list[Node]] = {}
    for node in net.nodes:
        members.setdefault(home.get(node.name, node.name), []).append(node)
    stage_of = {INPUT: INPUT}  # node to stage; a hidden node stands for what it reads
    found = [Stage(INPUT, INPUT, "input", net.input, (), ())]
    for node in net.nodes:
        name = home.get(node.name, node.name)
        if node.name in hidden and len(members[name]) == 1:
            stage_of[node.name] = stage_of[node.inputs[0]]
            continue
        stage_of[node.name] = name
        nodes = members[name]
        if node is nodes[-1]:
            inside = {each.name for each in nodes}
            read = (stage_of[source] for each in nodes for source in each.inputs if source not in inside)
            kind = KINDS[type(node.layer)] if len(nodes) == 1 else "block"
            reads = tuple(dict.fromkeys(read)) if kind == "block" else tuple(read)
            found.append(Stage(name, name, kind, net.shapes[node.name], reads, tuple(each.name for each in nodes)))
    return found


def _absorbed(found: list[Stage], net: Network) -> list[Stage]:
    """Layers that only touch each number stand with what they read, a flatten with what reads it."""
    readers: dict[str, int] = {}
    for stage in found:
        for name in stage.reads:
            readers[name] = readers.get(name, 0) + 1
    kept: list[Stage] = []
    into: dict[str, str] = {}
    for stage in found:
        reads = tuple(into.get(name, name) for name in stage.reads)
        before = next((one for one in kept if reads == (one.name,)), None)
        alone = before is not None and readers[stage.reads[0]] == 1
        if before is not None and alone and before.kind != "input" and stage.kind in ("activation", "norm", "dropout"):
            into[stage.name] = before.name
            kept[kept.index(before)] = replace(before, nodes=before.nodes + stage.nodes)
        elif before is not None and alone and before.kind == "flatten":
            kept.remove(before)
            kept.append(replace(stage, reads=before.reads, nodes=before.nodes + stage.nodes))
        else:
            kept.append(replace(stage, reads=reads))
    return kept


def _repeated(found: list[Stage]) -> list[Stage]:
    """Blocks that follow each other with one name in front (layer3.0, layer3.1) and one shape, put together."""
    kept: list[Stage] = []
    into: dict[str, str] = {}
    for stage in found:
        reads = tuple(into.get(name, name) for name in stage.reads)
        last = kept[-1] if kept else None
        front = stage.name.rpartition(".")[0]
        if (
            last is not None
            and front
            and stage.kind == last.kind == "block"
            and reads == (last.name,)
            and stage.shape == last.shape
            and last.name in (front, f"{front}.0", f"{front}.1")
        ):
            into |= {stage.name: front, last.name: front}
            nodes = last.nodes + stage.nodes
            kept[-1] = replace(last, name=front, label=front, nodes=nodes, count=last.count + 1)
        else:
            kept.append(replace(stage, reads=reads))
    return kept


def _blocks(net: Network) -> dict[str, str]:
    """Which block each node belongs to; nodes that stand alone are left out. A block is a run of consecutive nodes
    with one name in front, or, where names say nothing, one that ends with a pooling; only its last node is read from
    outside. The same rule as the page's (views/web/rooms/network/blocks.js)."""
    last_read: dict[str, int] = {}
    for i, node in enumerate(net.nodes):
        for source in node.inputs:
            last_read[source] = i
    runs: list[tuple[str, int, int]] = []
    pools = 1
    for i, node in enumerate(net.nodes):
        key = _front(node.name) or (f"stage {pools}" if len(net.shapes[node.name]) > 1 else None)
        if key is not None:
            if runs and runs[-1][0] == key and runs[-1][2] == i:
                runs[-1] = (key, runs[-1][1], i + 1)
            else:
                runs.append((key, i, i + 1))
        if isinstance(node.layer, Pool):
            pools += 1
    blocks: dict[str, str] = {}
    for key, start, end in runs:
        inner = net.nodes[start : end - 1]
        escapes = any(last_read.get(node.name, 0) >= end for node in inner)
        if end - start >= 2 and not escapes and key not in blocks.values():
            blocks |= {node.name: key for node in net.nodes[start:end]}
    return blocks


def _front(name: str) -> str | None:
    """The part of a name that names its block: layer1.0.conv1 gives layer1.0, features.3 gives none."""
    parts = name.split(".")
    if len(parts) < 2 or (len(parts) == 2 and parts[1].isdigit()):
        return None
    return ".".join(parts[:2]) if len(parts) > 2 and parts[1].isdigit() else parts[0]
