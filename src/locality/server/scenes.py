"""The scenes that pages look at: recorded once, fetched array by array, the longest unused forgotten."""

import secrets
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from locality.errors import unknown
from locality.geometry.arguments import shape_text
from locality.network.cell import explain
from locality.network.network import INPUT, Network
from locality.network.table import trace
from locality.server.answers import Refused, array_in_json, number_in_json
from locality.server.networks import Networks, Opened
from locality.server.shelf import Shelf
from locality.views.looked import METHODS, noise_for, plain_field, plain_map, settings_for
from locality.views.sample import Picture, mistakes
from locality.views.scene import Scene, scene_of

_KINDS = {"uint8": ("B", 1), "float32": ("f", 4), "float64": ("d", 8)}  # of a picture that a page sends
_GONE = "This picture's numbers are no longer kept here, others took their place. Open it again."


@dataclass(eq=False)
class Kept:
    """A scene in memory: its arrays, and the record that explains its cells."""

    opened: Opened
    record: Any
    arrays: tuple[Any, ...]
    answer: dict[str, Any]


class Scenes:
    """What was recorded, by random names. `memory` is how many bytes of maps are kept."""

    def __init__(self, networks: Networks, memory: int) -> None:
        self.networks = networks
        self._kept: Shelf[Kept] = Shelf(memory)
        self._names: dict[tuple[Any, ...], str] = {}  # what a page asked for -> the scene it got

    def known(self, name: str) -> Kept:
        """A scene by its name. Raises `Refused` (410) where it was forgotten: the page then asks for it again."""
        kept = self._kept.get(name)
        if kept is None:
            raise Refused(410, _GONE)
        return kept

    def open(self, net: str, picture: int | str | None) -> dict[str, Any]:
        """The scene of a network with one of its own pictures: the number of a test picture, "mistake" for one that a
        run takes for something else, None for the first there is."""
        opened = self.networks.open(net)
        asked = (*opened.key, picture)
        if known := self._kept.get(self._names.get(asked)):
            return known.answer
        if picture is None:
            answer = self._first(opened)
        else:
            chosen = self._mistake(opened) if picture == "mistake" else _test_picture(opened, int(picture))
            answer = self._another(opened, chosen)
        self._names[asked] = answer["id"]
        return answer

    def picture_size(self, kept: Kept, shape: str, kind: str) -> int:
        """How many bytes a picture of this shape ("1,28,28") has. Raises `Refused` where it does not fit."""
        net = kept.opened.network
        numbers = shape.split(",")
        if len(numbers) > 4 or not all(each.isdecimal() and len(each) < 10 for each in numbers):
            raise Refused(400, f"shape {shape[:50]!r} is none. Say it in X-Shape, like 1,28,28.")
        if kind not in _KINDS:
            raise Refused(400, f"{kind[:50]!r} is no kind of numbers. Send {', '.join(_KINDS)}.")
        given = tuple(map(int, numbers))
        if given != net.input:
            raise Refused(
                413 if prod(given) > prod(net.input) else 400,
                f"{net.name}: a picture of {shape_text(given)} does not fit its input {shape_text(net.input)}. "
                f"Bring it to that size first.",
            )
        return prod(given) * _KINDS[kind][1]

    def record(self, kept: Kept, content: bytes, kind: str) -> dict[str, Any]:
        """The scene of the same network with a picture that a page sent, in the network's shape."""
        shape = kept.opened.network.input
        picture: Any = memoryview(content).cast(_KINDS[kind][0], shape)  # type: ignore[call-overload]
        return self._another(kept.opened, Picture(picture, "your picture"))

    def cell(self, kept: Kept, node: str, place: tuple[int, ...]) -> dict[str, Any]:
        """One output cell spelled out, as JSON can say it: arrays in their exact bits."""
        cell = explain(kept.record, node, place)
        numbers = {name: number_in_json(_real(getattr(cell, name))) for name in ("bias", "value", "computed", "scale")}
        then = cell.activation and [*cell.activation[:2], number_in_json(_real(cell.activation[2]))]
        return {
            "node": cell.node,
            "kind": cell.kind,
            "cell": list(cell.cell),
            "inputs": list(cell.inputs),
            "patch": array_in_json(cell.patch),
            "weights": None if cell.weights is None else array_in_json(cell.weights),
            "products": array_in_json(cell.products),
            "sites": array_in_json(cell.sites.astype("int32")),
            "rule": cell.rule,
            "activation": then,
            **numbers,
        }

    def attribution(self, kept: Kept, method: str, target: int) -> dict[str, Any]:
        """What the network looks at in the scene's picture, as JSON."""
        if method not in METHODS:
            raise unknown("method", method, METHODS)
        net, picture = kept.opened.network, kept.record.values[INPUT]
        settings = settings_for(method, net, _work(net))
        found = kept.opened.subject.attribute(picture, method=method, target=target, **settings)
        return _in_json({**plain_map(found), **settings})

    def field(self, kept: Kept, node: str) -> dict[str, Any]:
        """The effective receptive field of a node's middle cell, as JSON."""
        net = kept.opened.network
        found = kept.opened.subject.effective_field(node, images=noise_for(net, _work(net)))
        return _in_json(plain_field(found))

    def _first(self, opened: Opened) -> dict[str, Any]:
        """The scene with the pictures that belong to the network; what they are is kept for the scenes to come."""
        watched = _Watched(opened.subject)
        scene = scene_of(watched, notes=opened.notes)
        plain = scene.manifest
        opened.same = {name: plain[name] for name in ("notes", "classes", "fit", "side")}
        opened.pictures = [
            Picture(scene.arrays[one["array"]["buffer"]], one["name"], one["label"]) for one in plain["pictures"]
        ]
        return self._keep(opened, watched.kept, scene)

    def _another(self, opened: Opened, picture: Picture) -> dict[str, Any]:
        """The scene with another picture, those that belong to the network after it."""
        if opened.same is None:
            self._first(opened)
        assert opened.same is not None
        watched = _Watched(getattr(opened.subject, "model", opened.subject))
        others = [one for one in opened.pictures if (one.name, one.label) != (picture.name, picture.label)]
        scene = scene_of(watched, [picture, *others])
        scene.manifest.update(opened.same, pictures=scene.manifest["pictures"][: 1 + len(opened.pictures)])
        return self._keep(opened, watched.kept, scene)

    def _mistake(self, opened: Opened) -> Picture:
        if opened.same is None:
            self._first(opened)
        wrong = mistakes(opened.subject, opened.subject.data) if hasattr(opened.subject, "data_name") else []
        if not wrong:
            raise Refused(404, f"{opened.network.name}: no picture is known that it takes for something else.")
        return wrong[0]

    def _keep(self, opened: Opened, record: Any, scene: Scene) -> dict[str, Any]:
        # Every record has a copy of the weights; one is enough.
        opened.parameters = opened.parameters or record.parameters
        record = replace(record, parameters=opened.parameters)
        name = secrets.token_hex(8)
        answer = {"id": name, "scene": scene.manifest}
        size = sum(array.nbytes for array in (*record.values.values(), *scene.arrays))
        self._kept.put(name, Kept(opened, record, scene.arrays, answer), size)
        self._names = {asked: each for asked, each in self._names.items() if self._kept.has(each)}
        return answer


class _Watched:
    """A run or a model that keeps the last record it made."""

    def __init__(self, subject: Any) -> None:
        self.subject = subject
        self.kept: Any = None

    def record(self, images: Any) -> Any:
        """The subject's record of these images."""
        self.kept = self.subject.record(images)
        return self.kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self.subject, name)


def _test_picture(opened: Opened, number: int) -> Picture:
    if not hasattr(opened.subject, "data_name"):
        raise Refused(404, f"{opened.network.name}: it has no test pictures. Train it, or give a picture of your own.")
    test = opened.subject.data.test
    if not 0 <= number < len(test.labels):
        raise Refused(404, f"There is no test picture {number} among {len(test.labels):,}. Count from 0.")
    return Picture(test.images[number], f"test picture {number}", int(test.labels[number]))


def _work(net: Network) -> int:
    table = trace(net)
    return max(table.macs, table.parameters)


def _in_json(plain: dict[str, Any]) -> dict[str, Any]:
    numbers = {name: number_in_json(value) for name, value in plain.items() if isinstance(value, float)}
    return {**plain, **numbers, "values": array_in_json(plain["values"])}


def _real(value: complex) -> float:
    return float(value.real)
