"""A subject (a network, model, run or record) as plain data: what the page reads, and the arrays it needs.

The manifest is JSON; wherever an array belongs, it holds a ref: {"buffer", "dtype", "shape"}, where the buffer's number
counts the scene's arrays. A ref with "low" and "high" is in 8-bit codes with one linear range for each map:
value = low + code/255 (high - low).
"""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.errors import DescriptionError, LocalityError, ShapeError
from locality.network.network import Network, network_of, shape_text
from locality.network.plain import to_dict
from locality.network.table import trace
from locality.views.carried import for_derived, initial, kept, parameters_of, stored, thinned, why_not
from locality.views.chosen import chosen_cells
from locality.views.looked import looked_at
from locality.views.sample import Picture, given_pictures, mistakes, of_data, samples, shipped

Array = npt.NDArray[Any]
Ref = dict[str, Any]

_PICTURES = 3 << 20  # bytes of pictures beside the recorded one
DIGIT_SIDES = {"digits": 8, "mnist": 28}  # of data sets whose pictures are digits, fitted in a way of their own


@dataclass(frozen=True, eq=False, repr=False)
class Scene:
    """What a page shows: `manifest`, plain data that JSON can say, and `arrays`, which its refs number.

    >>> scene = scene_of(Network.from_text("1x28x28 | conv 6 5x5 | relu | flatten | dense 10"))
    >>> scene.manifest["computes"], scene.manifest["parameters"]["conv1.weight"]["shape"]
    (True, [6, 1, 5, 5])
    """

    manifest: dict[str, Any]
    arrays: tuple[Array, ...]

    def raw(self, number: int) -> bytes:
        """The bytes of an array: in C order, little endian."""
        array = self.arrays[number]
        return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()

    def packed(self, number: int) -> bytes:
        """The same, deflated (zlib's format, which browsers call "deflate")."""
        return zlib.compress(self.raw(number), 6)

    def to_json(self) -> str:
        """The manifest as JSON in one line."""
        text = json.dumps(self.manifest, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
        return text.encode("utf-8", "replace").decode()  # a file's name may hold bytes that are no text

    def __repr__(self) -> str:
        size = sum(array.nbytes for array in self.arrays)
        return f"<Scene of {self.manifest['title']}: {len(self.arrays)} arrays, {size / 1e6:.1f} MB>"


def scene_of(
    subject: Any,
    image: Any = None,
    *,
    compact: bool = False,
    notes: Iterable[str] = (),
) -> Scene:
    """The scene of a network, model, run or record.

    `image` is an array (uint8 or float, one picture in the network's shape or a batch) or a `Picture`, which has a
    name; the first is recorded. After the given ones stand those that belong to the subject: a run's test pictures and
    its surest mistakes, for everything else pictures that come with the package. A list of `Picture`s is all there is
    to choose from. `compact` keeps a saved file small:
    values of large networks in 8 bits, and the exact terms of chosen cells; otherwise all values are floats, and
    whoever serves the scene explains cells. `notes` are sentences shown above the network.

    Raises `DescriptionError` for what has no network or has complex numbers, `ShapeError` for a picture of another
    shape.
    """
    net = network_of(subject)
    if net.dtype.startswith("complex"):
        raise DescriptionError(
            f"{net.name}: its numbers are {net.dtype}, and a page shows real ones. Describe it in float32 or float64."
        )
    said = [notes] if isinstance(notes, str) else [*notes]
    pictures, classes = _pictures(subject, net, image, said)
    record = _recorded(subject, pictures)
    values = _values(net, record)
    parameters = {} if record is None else parameters_of(net, record.parameters)
    lacking = [key for node in net.nodes for key in stored(net, node) if record is not None and key not in parameters]
    table = trace(net)
    refused = why_not(table, lacking)
    if refused and (record is None or lacking):
        said.append(": ".join(refused))
    elif record is None:
        said.append("Initial weights (seed 0): nothing has been learnt yet.")
        parameters = initial(net)
    computes = refused is None
    given = parameters if computes else for_derived(net, parameters)
    names = kept(net, values, given, computes)
    coded: set[str] = set()
    cells: list[dict[str, Any]] = []
    label = pictures[0].label
    looked = looked_at(subject, net, values, max(table.macs, table.parameters), label, computes, saved=compact)
    if compact:
        beside = pictures[0].array.nbytes + sum(array.nbytes for array in given.values())
        beside += looked.nbytes if looked else 0
        names, coded = thinned(net, names, values, computes, said, beside)
        cells = [] if computes or record is None else chosen_cells(net, values, parameters)
    if coded:
        terms = f" {len(cells)} chosen cells have their exact terms." if cells else ""
        said.append(f"To keep this file small, large maps are kept in 256 steps each.{terms}")

    buffers = _Buffers()
    manifest = {
        "format": 1,
        "title": net.name,
        "notes": said,
        "network": to_dict(net),
        "rows": json.loads(table.to_json())["rows"],
        "classes": list(classes) if classes else None,
        "mean": [float(mean) for mean in record.mean] if record is not None else [0.0] * net.input[0],
        "std": [float(std) for std in record.std] if record is not None else [1.0] * net.input[0],
        **_fitting(subject, net, pictures[0]),
        "computes": computes,
        "pictures": [{"name": one.name, "label": one.label, "array": buffers.put(one.array)} for one in _few(pictures)],
        "samples": [{"name": one.name, "array": buffers.put(one.array)} for one in shipped()],
        "parameters": {key: buffers.put(_real(array, net.dtype)) for key, array in given.items()},
        "values": {
            name: (buffers.codes if name in coded else buffers.put)(_real(values[name], net.dtype)) for name in names
        },
        "cells": [
            {key: buffers.put(entry) if isinstance(entry, np.ndarray) else entry for key, entry in cell.items()}
            for cell in cells
        ],
        "looked": looked
        and {
            "maps": [{**one, "values": buffers.put(one["values"])} for one in looked.maps],
            "fields": [{**one, "values": buffers.put(one["values"])} for one in looked.fields],
            "notes": list(looked.notes),
            "asks": looked.asks,
        },
    }
    return Scene(manifest, tuple(buffers.arrays))


class _Buffers:
    """The arrays of a scene, numbered as they come."""

    def __init__(self) -> None:
        self.arrays: list[Array] = []

    def put(self, array: Array) -> Ref:
        """An array as it is."""
        self.arrays.append(np.ascontiguousarray(array).reshape(array.shape))
        return {"buffer": len(self.arrays) - 1, "dtype": array.dtype.name, "shape": list(array.shape)}

    def codes(self, array: Array) -> Ref:
        """An array in 8 bits, each map between its own least and largest value; as it is, where one is not finite."""
        flat = array.reshape(len(array), -1)
        low, high = (edge(1, keepdims=True).astype(np.float64) for edge in (flat.min, flat.max))
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            return self.put(array)
        span = np.where(high > low, high - low, 1)
        ref = self.put(np.rint((flat - low) * (255 / span)).astype(np.uint8).reshape(array.shape))
        return {**ref, "low": _shortly(low, array.dtype), "high": _shortly(high, array.dtype)}


def _shortly(numbers: Array, dtype: npt.DTypeLike) -> list[float]:
    """Numbers in the fewest digits that give the same ones back in that precision."""
    return [float(str(x)) for x in numbers.astype(dtype).flat]


def _pictures(subject: Any, net: Network, image: Any, notes: list[str]) -> tuple[list[Picture], Any]:
    """The pictures of a page, the one to be recorded first, and the names of the classes where pictures tell them."""
    if _is_record(subject):
        if image is not None:
            raise DescriptionError(
                f"{net.name}: a record has its own pictures. Leave the image out, or give the model instead."
            )
        return given_pictures(net, subject.images), subject.classes
    given = [] if image is None else given_pictures(net, image)
    name, classes = getattr(subject, "data_name", None), getattr(getattr(subject, "model", subject), "classes", None)
    if name is not None:
        notes.append(_trained(subject, name))
    notes.extend(getattr(getattr(subject, "model", subject), "notes", ()))
    if isinstance(image, list | tuple) and isinstance(image[0], Picture):
        return given, classes
    if name is not None:
        try:
            data = subject.data
            more = of_data(data)
            return [*given, *more, *mistakes(subject, data)], data.classes
        except LocalityError as error:
            notes.append(f"The pictures of {name} are not at hand. {error}")
    return [*given, *samples(net, classes)], classes


def _trained(run: Any, data: str) -> str:
    """How a run's training went, in a sentence."""
    if run.accuracy is None:
        epochs = f"{len(run.history)} of {run.recipe.epochs} epochs"
        return f"Trained on {data}, not finished: these are its weights after {epochs}."
    return f"Trained on {data}: {run.accuracy:.2%} of the test pictures are classified correctly."


def _few(pictures: Sequence[Picture]) -> list[Picture]:
    """The first, and as many others as a page can carry."""
    kept, size = [*pictures[:1]], 0
    for one in pictures[1:]:
        size += one.array.nbytes
        if size > _PICTURES:
            break
        kept.append(one)
    return kept


def _recorded(subject: Any, pictures: Sequence[Picture]) -> Any:
    """The record of the first picture; None for a network, which computes nothing."""
    if isinstance(subject, Network):
        return None
    return subject if _is_record(subject) else subject.record(pictures[0].array)


def _is_record(subject: Any) -> bool:
    return isinstance(getattr(subject, "values", None), Mapping)


def _fitting(subject: Any, net: Network, first: Picture) -> dict[str, Any]:
    """How a new picture is fitted: as a digit (of that side, where one is known), or made to cover the frame; not at
    all where the network is shown spins."""
    frame = len(net.input) == 3 and net.input[0] in (1, 3)
    if frame and first.array.dtype != np.uint8 and (np.abs(first.array) == 1).all():
        return {"fit": "none", "side": None}
    name = getattr(subject, "data_name", None)
    small = frame and net.input[0] == 1 and max(net.input) <= 32
    if name in DIGIT_SIDES or (name is None and small):
        return {"fit": "digit", "side": DIGIT_SIDES.get(name or "")}
    return {"fit": "cover", "side": None}


def _values(net: Network, record: Any) -> dict[str, Array]:
    """The values of the first picture by node. Raises `ShapeError` where they are not as the network describes them."""
    values = {} if record is None else {name: array[0] for name, array in record.values.items()}
    for name, array in values.items():
        if array.shape != net.shapes[name]:
            raise ShapeError(
                f"{name}: its values are {shape_text(array.shape)}, by the description they are "
                f"{shape_text(net.shapes[name])}. Describe the module that was put in its place, and build that."
            )
    return values


def _real(array: Array, dtype: str) -> Array:
    """The array in the network's precision (a model may have been brought to half of it)."""
    return np.asarray(array, dtype)
