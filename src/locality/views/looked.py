"""What a network looks at, for its page: maps of attribution, and effective receptive fields.

A page cannot differentiate, so whoever makes it asks the subject (a model or a run) for these maps beforehand, as many
as a few seconds allow. Occlusion needs no gradient: a page that computes its network does it itself, for any picture.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.errors import LocalityError
from locality.network.initial import generator
from locality.network.layers import Activation, Concat, Conv, ConvTranspose, Pool, Sum
from locality.network.network import INPUT, Network

Array = npt.NDArray[Any]

METHODS = ("occlusion", "gradient", "integrated-gradients", "grad-cam")
WORK = 40_000_000_000  # multiply-accumulates that one method, or all fields together, may take
_WINDOWS, _COARSE = 225, 64  # occlusion's on the way over a picture: each half over the next, or side by side
_STEPS = 50  # of integrated gradients: with far fewer its numbers no longer add up
_BACK = 3  # what a way forward and back costs, in ways forward
_OTHERS = 2  # classes beside the most probable one
_NOISE = 32  # pictures, as `effective_field` has them
_MAPS = 4 << 20  # bytes of maps that a file carries, and of fields
_LAB = "`locality lab` computes it."


@dataclass(frozen=True)
class Looked:
    """What a page shows of it: `maps` and `fields` as plain data with one array each, `notes` on what is left out;
    `asks` where whoever serves the page computes others."""

    maps: tuple[dict[str, Any], ...] = ()
    fields: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    asks: bool = False

    @property
    def nbytes(self) -> int:
        """The bytes of all arrays."""
        return sum(int(entry["values"].nbytes) for entry in (*self.maps, *self.fields))


def looked_at(
    subject: Any, net: Network, values: Mapping[str, Array], work: int, label: int | None, computes: bool, saved: bool
) -> Looked | None:
    """What a page of a subject has to show of it; None where the input is no picture. `values` are the record's, `work`
    the multiply-accumulates of a picture, `label` its class where one is known. A page that is not `saved` asks for
    maps when someone wants to see them; where it `computes`, occlusion is left to it."""
    if len(net.input) != 3 or min(net.input[1:]) < 2:
        return None
    if not callable(getattr(subject, "attribute", None)):
        return Looked(notes=("Gradients need a model: locality.page(locality.build(net)).",))
    if not saved:
        return Looked(asks=True)
    maps, lacking = _maps(subject, net, values, work, label, computes)
    fields, more = _fields(subject, net, work)
    return Looked(tuple(maps), tuple(fields), tuple(dict.fromkeys([*lacking, *more])))


def _maps(
    subject: Any, net: Network, values: Mapping[str, Array], work: int, label: int | None, computes: bool
) -> tuple[list[dict[str, Any]], list[str]]:
    """Maps for the most probable classes and the picture's own, and sentences on what is left out."""
    found: list[dict[str, Any]] = []
    said: list[str] = []
    targets = _targets(net, values, label)
    for method in METHODS[1:] if computes else METHODS:
        for place, target in enumerate(targets):
            settings = _settings(method, net, work, WORK // 10 if place else WORK)
            full = (len(found) + 1) * _bytes(net) > _MAPS
            if settings is None or full:
                if not place:
                    why = "be too large" if full else "take too long"
                    said.append(f"{method}: it would {why} for this file. {_LAB}")
                continue
            try:
                found.append(plain_map(subject.attribute(values[INPUT], method=method, target=target, **settings)))
            except LocalityError as error:
                said.append(str(error))
                break
            found[-1].update(settings)
    return found, said


def plain_map(found: Any) -> dict[str, Any]:
    """An attribution as plain data with one array."""
    return {
        "method": found.method,
        "target": found.target,
        "score": found.score,
        "values": found.values,
        "node": found.node,
        "difference": found.difference,
    }


def _fields(subject: Any, net: Network, work: int) -> tuple[list[dict[str, Any]], list[str]]:
    """The effective fields of the middle cells of nodes where a field grows: of all of them, or of the last one of each
    size of maps, with as many pictures of noise as there is time for."""
    nodes = [node.name for node in net.trunk() if _grows(net, node.name)]
    count = WORK // max(1, _BACK * work * len(nodes))
    if count < _NOISE:
        nodes = list({net.shapes[name][1:]: name for name in nodes}.values())
        count = WORK // max(1, _BACK * work * len(nodes))
    nodes = nodes[-(_MAPS // _bytes(net)) :] if _bytes(net) <= _MAPS else []
    if count < 2 or not nodes:
        return [], [f"effective receptive field: it would be too much for this file. {_LAB}"]
    try:
        return [plain_field(subject.effective_field(name, images=noise(net, count))) for name in nodes], []
    except LocalityError as error:
        return [], [str(error)]


def plain_field(found: Any) -> dict[str, Any]:
    """An effective field as plain data with one array."""
    return {
        "node": found.node,
        "place": list(found.place),
        "values": found.values,
        "pictures": found.pictures,
        "stretches": [list(stretch) for stretch in found.stretches],
    }


def noise(net: Network, count: int) -> Array:
    """Pictures of uniform noise of mean 0 and variance 1, as many as asked for, at most 32."""
    draw = generator(0, "effective field").random((min(count, _NOISE), *net.input)) * 2 - 1
    return np.asarray(draw * 3**0.5, np.float32)


def noise_for(net: Network, work: int) -> Array:
    """As many of them as there is time for while someone waits."""
    return noise(net, max(2, 4 * WORK // max(1, _BACK * work)))


def _targets(net: Network, values: Mapping[str, Array], label: int | None) -> list[int]:
    """The most probable classes, the first one first, and the one that the picture is labelled with."""
    end = net.nodes[-1]
    softens = isinstance(end.layer, Activation) and end.layer.function in ("softmax", "log_softmax")
    raw = values[end.inputs[0] if softens else end.name]
    scores = raw.reshape(len(raw), -1).sum(1, dtype=np.float64)
    best = [int(i) for i in np.argsort(-scores, kind="stable")[: 1 + _OTHERS]]
    return best if label is None or label in best or label >= len(scores) else [*best, label]


def settings_for(method: str, net: Network, work: int) -> dict[str, Any]:
    """The settings with which one map is computed while someone waits: coarse ones for large networks."""
    choices = _choices(method, net)
    return next((settings for ways, settings in choices if ways * work <= 4 * WORK), choices[-1][1])


def _settings(method: str, net: Network, work: int, most: int) -> dict[str, Any] | None:
    """The finest settings with which a method takes at most so many multiply-accumulates, None where there are none."""
    return next((settings for ways, settings in _choices(method, net) if ways * work <= most), None)


def _choices(method: str, net: Network) -> list[tuple[int, dict[str, Any]]]:
    """How many ways forward through the network a method takes, with which settings, the finest first."""
    if method == "occlusion":
        side_by_side = [max(1, round(size / 8)) for size in net.input[1:]]
        return [(_WINDOWS, {}), (_COARSE, {"window": side_by_side, "stride": side_by_side})]
    if method == "integrated-gradients":
        return [(_BACK * _STEPS, {"steps": _STEPS})]
    return [(_BACK, {})]


def _bytes(net: Network) -> int:
    """Of one map over the picture."""
    return 4 * prod(net.input[1:])


def _grows(net: Network, name: str) -> bool:
    node = net.node(name)
    shape = net.shapes[name]
    growing = isinstance(node.layer, Conv | ConvTranspose | Pool | Sum | Concat)
    return growing and len(shape) == 3 and prod(shape[1:]) > 1
