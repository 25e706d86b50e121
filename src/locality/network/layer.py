"""What every layer answers, and the checks that several layers share."""

from collections.abc import Sequence
from dataclasses import MISSING, fields, replace
from typing import Any, ClassVar, Self, TypeVar

from locality.errors import DescriptionError, LocalityError, ShapeError
from locality.geometry import cost
from locality.geometry.arguments import shape_text
from locality.geometry.window import AxisMap, Window

Shape = tuple[int, ...]
PerAxis = int | tuple[int, ...]
# Beyond these nothing can be computed, and nobody means it: a side of a window or a step, and any other count.
LARGEST_SIDE, LARGEST_COUNT = 1_000_000, 2**31 - 1
SIDES = ("kernel_size", "stride", "padding", "dilation", "output_padding", "output_size", "scale")
AnyLayer = TypeVar("AnyLayer", bound="Layer")


class Layer:
    """What every layer answers; as it stands, of a layer that keeps shape and place and has no parameters."""

    name: str | None
    prefix: ClassVar[str] = ""  # what automatic names begin with
    joins: ClassVar[bool] = False  # whether it reads two inputs or more

    def __post_init__(self) -> None:
        try:
            self.check()
            _check_extent(self)
        except LocalityError as error:
            raise type(error)(f"{type(self).__name__}: {error}") from None

    @property
    def word(self) -> str:
        """The layer's word in the notation and in tables."""
        return self.prefix

    def check(self) -> None:
        """Bring the arguments to one form, and raise for those that no input could make right."""

    def on_axes(self, axes: int) -> Self:
        """The same layer written in its shortest form, for an input with so many axes of space."""
        return self

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        """The shape of the output. Raises `ShapeError` where the layer does not fit its inputs."""
        return inputs[0]

    def parameters(self, inputs: Sequence[Shape]) -> dict[str, Shape]:
        """The shapes of the stored parameters by name."""
        return {}

    def costs(self, inputs: Sequence[Shape]) -> cost.Costs | None:
        """Parameters and multiply-accumulates in three versions; None where nothing is multiplied."""
        return None

    def maps(self, inputs: Sequence[Shape]) -> tuple[AxisMap, ...] | None:
        """What an output reads along each axis of space; None where it reads everything."""
        return tuple(Window(1) for _ in inputs[0][1:])

    def windows(self, space: Shape) -> tuple[Window, ...]:
        """The moving window along each axis; empty where the layer has none."""
        return ()

    def taps(self, space: Shape) -> list[tuple[int, ...]] | None:
        """The offsets of the window's taps in use; None where all of them are."""
        return None

    def __repr__(self) -> str:
        given = []
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if field.default is MISSING:
                given.append(repr(value))
            elif value != field.default:
                given.append(f"{field.name}={value!r}")
        return f"{type(self).__name__}({', '.join(given)})"

    def _put(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)


def spread(argument: str, value: PerAxis, axes: int) -> tuple[int, ...]:
    """One number for each axis. Raises `ShapeError` when a tuple has another length."""
    if isinstance(value, int):
        return (value,) * axes
    if len(value) != axes:
        raise ShapeError(
            f"{argument} {shape_text(value)} is for {axes_text(len(value))}, "
            f"its input has {axes_text(axes)} of space (a shape is channels, then space). "
            f"Give one number, or one per axis."
        )
    return value


def axes_text(count: int) -> str:
    return counted(count, "axis", "axes")


def space_of(shape: Shape) -> Shape:
    if len(shape) == 1:
        raise ShapeError(
            f"it needs space, but its input is flat ({counted(shape[0], 'feature')}). Put it before Flatten()."
        )
    return shape[1:]


def counted(count: int, one: str, many: str | None = None) -> str:
    """A number with its noun: 1 feature, 2 features."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def shapes_text(shapes: Sequence[Shape]) -> str:
    return " and ".join(map(shape_text, shapes))


def _check_extent(layer: Layer) -> None:
    for field in fields(layer):  # type: ignore[arg-type]
        check_extent(field.name, getattr(layer, field.name))


def check_extent(argument: str, value: Any) -> None:
    """Raise where a number, or one in a tuple, is too large to mean anything."""
    if isinstance(value, tuple):
        for entry in value:
            check_extent(argument, entry)
    most = LARGEST_SIDE if argument in SIDES else LARGEST_COUNT
    if isinstance(value, int) and value > most:
        raise DescriptionError(f"{argument} is larger than {most:,}, the most there can be. Give a smaller number.")


def check_groups(groups: int, channels: int) -> None:
    if channels % groups:
        raise ShapeError(
            f"{groups} groups do not divide {counted(channels, 'input channel')}. "
            f"Use {multiples(channels, groups)} input channels, or another number of groups."
        )


def multiples(number: int, of: int) -> str:
    below = number // of * of
    return f"{below} or {below + of}" if below else str(of)


def shortest(layer: AnyLayer, axes: int, *arguments: str) -> AnyLayer:
    """One number where all axes agree, so that 5 and 5x5 describe the same layer."""
    changes: dict[str, Any] = {}
    for argument in [*arguments, "padding"]:
        value = getattr(layer, argument, None)
        if isinstance(value, tuple) and len(value) == axes and len(set(value)) == 1 and isinstance(value[0], int):
            changes[argument] = value[0]
    return replace(layer, **changes) if changes else layer  # type: ignore[type-var]
