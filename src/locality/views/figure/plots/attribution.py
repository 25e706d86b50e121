"""What a network looks at in a picture, as a matplotlib figure: a map for each method, side by side."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable

from locality.errors import DescriptionError
from locality.network.network import network_of, shape_text
from locality.views.figure.font import shortened
from locality.views.figure.plots.plot import (
    Array,
    Plot,
    drawing,
    legend_bar,
    number,
    panel,
    plot,
    points,
    show_picture,
    signed,
)
from locality.views.figure.theme import Theme, themed

METHODS = ("occlusion", "gradient", "integrated-gradients", "grad-cam")
_SIDE = 200.0  # of a panel
_BAR = 84.0  # beside a map, for its colour bar
_MAP = 0.75  # how much of what is seen is the map; the rest is the picture below it
_GREY = np.array([0.299, 0.587, 0.114])  # of red, green and blue: how bright each looks


def attribution(
    subject: Any,
    image: Any = None,
    methods: Iterable[str] | str = METHODS,
    target: int | str | None = None,
    *,
    theme: str | Theme = "light",
) -> Plot:
    """What a network looks at: the picture, then a map for each method, over the picture in faint grey.

    `subject` is a model or a run, and `image` the picture; or what `locality.attribute` gave back, one or several, of
    one picture and one output. Every map has a signed scale of its own, zero in its middle: positive values speak for
    the output, negative ones against it; the gradient has none. Raises `DescriptionError` for what computes nothing,
    where there is no picture and where attributions differ in their output, and what `locality.attribute` raises.

    >>> from locality.engine.build import build
    >>> from locality.network.network import Network
    >>> model = build(Network.from_text("small: 1x8x8 | conv 4 3x3 | relu | max 2x2 | flatten | dense 3"))
    >>> attribution(model, np.eye(8, dtype=np.float32)[None], ["gradient", "grad-cam"], target=2).title
    'small: what speaks for output 2, whose score is 0.127'
    """
    look, found = themed(theme), _given(subject)
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    title = ""
    if found is None:
        named = [methods] if isinstance(methods, str) else list(methods)
        found = _asked(subject, image, named, target)
        owner = getattr(subject, "model", subject)
        mean, std, title = owner.mean, owner.std, f"{network_of(subject).name}: "
    first = found[0]
    picture = first.image if image is None else _array(image).reshape(first.image.shape)
    space = first.values.shape[-2:]
    high, wide = (_SIDE / 4, _SIDE) if len(space) == 1 else (_SIDE * size / max(space) for size in space)
    name = f"class {shortened(first.target_name, 13, 320)}" if first.target_name else f"output {first.target}"
    title += f"what speaks for {name}, whose score is {number(first.score)}"
    note = (
        "Positive values speak for it, negative ones against it; the gradient has no sign. Each map has its own scale."
    )
    each, top = max(wide, 130) + _BAR, 94.0
    with drawing(look):
        figure = plot(16 + max(wide, 130) + 20 + len(found) * each, top + high + 20, title, note)
        axes = panel(figure, 16, top, wide, high)
        said = show_picture(axes, picture, look, mean, std)
        _headed(axes, "picture", said, look)
        for place, one in enumerate(found):
            left = 16 + max(wide, 130) + 20 + place * each
            axes = panel(figure, left, top, wide, high)
            scale = signed([one.values], look)
            _show_map(axes, one.values, _brightness(picture, mean, std), scale)
            _headed(axes, one.method, f"at {shortened(one.node, 10, each - 40)}" if one.node else "", look)
            legend_bar(figure, scale, panel(figure, left + wide + 6, top, 10, high), "")
    return figure


def _given(subject: Any) -> list[Any] | None:
    """The attributions that were given; None where the subject is none."""
    several = list(subject) if isinstance(subject, list | tuple) else [subject]
    if not several or not all(hasattr(one, "values") and hasattr(one, "method") for one in several):
        return None
    for one in several[1:]:
        if one.target != several[0].target or one.values.shape != several[0].values.shape:
            raise DescriptionError(
                f"attribution: they are of outputs {several[0].target} and {one.target}, of pictures "
                f"{shape_text(several[0].values.shape)} and {shape_text(one.values.shape)}. Give those of one output "
                f"and one picture."
            )
    return several


def _asked(subject: Any, image: Any, methods: list[str], target: int | str | None) -> list[Any]:
    """The attributions of a model or a run by these methods, all of the same output."""
    if not hasattr(subject, "attribute"):
        raise DescriptionError(
            f"attribution: this {type(subject).__name__} computes nothing of a picture. Give a model, "
            f"locality.build(net), a run, or what locality.attribute gave back."
        )
    if image is None:
        raise DescriptionError(f"attribution: there is no picture. Give one, {shape_text(network_of(subject).input)}.")
    if not methods:
        raise DescriptionError(f"attribution: no method is named. Name some of: {', '.join(METHODS)}.")
    first = subject.attribute(image, method=methods[0], target=target)
    return [first, *(subject.attribute(image, method=method, target=first.target) for method in methods[1:])]


def _array(image: Any) -> Array:
    return np.asarray(image.detach().cpu() if hasattr(image, "detach") else image)


def _brightness(picture: Array, mean: tuple[float, ...], std: tuple[float, ...]) -> Array:
    """The picture in grey, 0 to 1; where no brightness is known, from its least value to its greatest."""
    values = picture / 255 if picture.dtype == np.uint8 else picture.astype(float)
    if mean and picture.dtype != np.uint8:
        axes = (-1, *[1] * (picture.ndim - 1))
        values = values * np.reshape(std, axes) + np.reshape(mean, axes)
    grey = np.asarray(np.tensordot(_GREY, values, 1) if len(values) == 3 else values.mean(0))
    if grey.min() < -0.01 or grey.max() > 1.01:
        grey = (grey - grey.min()) / (np.ptp(grey) or 1)
    return grey


def _show_map(axes: Axes, values: Array, grey: Array, scale: ScalarMappable) -> None:
    """A map over the picture; of three axes the middle slice, one axis as a strip."""
    if values.ndim == 3:
        middle = len(values) // 2
        values, grey = values[middle], grey[middle]
    values, grey = np.atleast_2d(values), np.atleast_2d(grey)
    axes.imshow(grey, cmap="gray", vmin=0, vmax=1, aspect="auto")
    axes.imshow(values, cmap=scale.cmap, norm=scale.norm, aspect="auto", alpha=_MAP)


def _headed(axes: Axes, title: str, said: str, look: Theme) -> None:
    """A title above the panel, and between them in smaller letters what more there is to say."""
    for text, pixels, size, colour in ((title, 24, 12, look.ink), (said, 7, 10, look.muted)):
        at = {"xy": (0, 1), "xycoords": "axes fraction", "xytext": (0, points(pixels)), "textcoords": "offset points"}
        axes.annotate(text, **at, va="baseline", fontsize=points(size), color=colour)
