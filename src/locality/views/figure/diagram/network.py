"""`figure.network`: a network as a picture, in one of four styles."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from locality.errors import DescriptionError, unknown
from locality.geometry.arguments import one_of
from locality.network.network import Network, network_of, shape_text
from locality.views.figure.diagram.boxes import draw_boxes
from locality.views.figure.diagram.graph import draw_graph
from locality.views.figure.diagram.maps import draw_maps
from locality.views.figure.diagram.neurons import draw_neurons
from locality.views.figure.diagram.plan import Drawing, Plan
from locality.views.figure.diagram.stages import Stage, stages
from locality.views.figure.diagram.wording import operation
from locality.views.figure.figure import Figure
from locality.views.figure.shapes import shifted
from locality.views.figure.theme import Theme, themed

STYLES: dict[str, Callable[[Plan], Drawing]] = {
    "graph": draw_graph,
    "maps": draw_maps,
    "boxes": draw_boxes,
    "neurons": draw_neurons,
}
DIRECTIONS = ("right", "down")
NARROWEST = 240.0
MARGIN = 16.0


def network(
    subject: Any,
    style: str = "graph",
    *,
    image: Any = None,
    labels: Mapping[str, str] | None = None,
    hide: Iterable[str] = (),
    group: Mapping[str, Sequence[str]] | None = None,
    open: Iterable[str] | bool = False,
    direction: str | None = None,
    width: float = 960.0,
    logarithmic: bool = False,
    theme: str | Theme = "light",
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """A picture of a network, model, run or record: every size in it comes from the description.

    `style` is "graph" (any network, skips and branches drawn), "maps" (stacked maps, as LeNet is drawn), "boxes" (3-D
    boxes to scale, as AlexNet is drawn; with `logarithmic` sides) or "neurons" (circles and edges, coloured by the
    weights of a model or run). With an `image`, in the network's shape, maps and neurons show what a model makes of
    it; a record brings its own.

    `labels` renames, {"conv1": "edges"}; `hide` leaves out layers by name or kind; `group` puts layers together,
    {"features": ["conv1", "pool1"]}; long networks are folded into blocks, `open` names those to open, True opens all.
    `width` is how many CSS pixels the picture may take: about 340 in a column of print, 960 on a slide. `direction` is
    "right" or "down"; `theme` is "light" or "dark", and `colours` changes single ones.

    Raises `DescriptionError` for what has no network, `UnknownNameError` for names nobody knows, `ShapeError` for an
    image of another shape.

    >>> from locality.network.network import Network
    >>> net = Network.from_text("small: 1x28x28 | conv 6 5x5 | relu | max 2x2 | flatten | dense 10")
    >>> network(net, "maps").title
    'small: 1x28x28 → 10'

    Long networks fold; the number of shapes stays readable, and nothing is left out without a word.

    >>> from locality import zoo
    >>> network(zoo.get("resnet152")).description[:75]
    'resnet152 in 54 stages: input 3x224x224; stage 1 (conv, max) 64x56x56; laye'
    """
    net = network_of(subject)
    if style not in STYLES:
        raise unknown("style", style, STYLES)
    one_of("direction", direction := direction or ("down" if style == "graph" else "right"), DIRECTIONS)
    if logarithmic and style != "boxes":
        raise DescriptionError(f'{style}: only boxes have sides to scale. Leave out logarithmic, or use style="boxes".')
    if image is not None and style in ("graph", "boxes"):
        raise DescriptionError(f'{style}: it shows no picture. Leave out the image, or use style="maps" or "neurons".')
    if not isinstance(width, int | float) or not NARROWEST <= width <= 20000:
        raise DescriptionError(
            f"width {width!r}: a diagram takes {NARROWEST:.0f} to 20000 pixels. Use 340 or 960, say."
        )
    found = stages(net, labels=labels, hide=hide, group=group, open=open, chain=style != "graph")
    values, parameters, picture = _recorded(subject, net, image, style)
    colour = themed(theme, colours)
    plan = Plan(net, tuple(found), width - 2 * MARGIN, direction, colour, values, parameters, picture, logarithmic)
    shapes, wide, high = STYLES[style](plan)
    return Figure(
        width=wide + 2 * MARGIN,
        height=high + 2 * MARGIN,
        shapes=tuple(shifted(shape, MARGIN, MARGIN) for shape in shapes),
        title=f"{net.name}: {shape_text(net.input)} → {shape_text(net.output)}",
        description=_description(net, found),
        background=colour.background,
    )


def _recorded(subject: Any, net: Network, image: Any, style: str) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """The values, parameters and picture that a subject can give: nothing where it has no weights."""
    if image is not None and not hasattr(subject, "record"):
        raise DescriptionError(
            f"{net.name}: a description has no weights that could make something of an image. "
            f"Give a model, locality.build(net), or a run."
        )
    if image is not None:
        record = subject.record(image)
    elif hasattr(subject, "values"):
        record = subject
    elif hasattr(subject, "record") and style == "neurons":  # for its weights alone
        return {}, dict(subject.record(np.zeros(net.input, np.float32)).parameters), None
    else:
        return {}, {}, None
    picture = record.images[0] if record.images.dtype == np.uint8 else None
    return {name: value[0] for name, value in record.values.items()}, dict(record.parameters), picture


def _description(net: Network, found: Sequence[Stage]) -> str:
    told = []
    for stage in found:
        done = operation(net, stage)
        told.append(f"{stage.label}{f' ({done})' if done else ''} {shape_text(stage.shape)}")
    return f"{net.name} in {len(found) - 1} stages: {'; '.join(told)}."
