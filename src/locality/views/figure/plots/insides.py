"""What is inside a network, as matplotlib figures: kernels, and feature maps of a picture."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from locality.errors import DescriptionError
from locality.network.layers import Conv, ConvTranspose
from locality.network.network import INPUT, Network, Node, network_of, shape_text
from locality.views.carried import initial
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

_OUTPUTS = 64  # output channels whose kernels are drawn
_STRIPS = 16  # output channels, and input channels of each, where there are many of both
_CHANNELS = 8  # maps drawn of each node
_ROWS = 64  # of space with one axis, where a channel is a row
_NODES = 8  # nodes drawn where nobody names them


def kernels(subject: Any, node: str | None = None, *, theme: str | Theme = "light") -> Plot:
    """The kernels of a convolution, the first one where none is named; a bare network has its initial weights.

    Each output channel has a panel: a colour picture where three channels are read, else one kernel for each input
    channel on the signed scale, bars where space has one axis. Taps outside a footprint stay blank. Raises
    `DescriptionError` for what has no network or no kernels, and `UnknownNameError` for a node that is not there.

    >>> kernels(Network.from_text("two: 1x8x8 | conv 4 3x3 | relu")).title
    'two, conv1: 4 kernels of 3x3, initial weights'
    """
    net, look = network_of(subject), themed(theme)
    _check_real(net)
    chosen = _convolution(net, node)
    weights = _kernels(net, chosen, _parameters(subject, net))
    count, reads, *space = weights.shape
    is_colour = reads == 3 and len(space) == 2 and bool(np.isfinite(weights).all())
    is_bars, is_one = reads == 1 and len(space) == 1, is_colour or (reads == 1 and len(space) == 2)
    shown = weights[: _OUTPUTS if is_bars or is_one else _STRIPS, : None if is_colour else _STRIPS]
    scale, strips = signed([shown], look), [_strip(kernel) for kernel in shown]
    most = float(scale.norm.vmax or 0)
    limits = [f"the first {len(shown)} of {count} output channels"] if len(shown) < count else []
    limits += [f"the first {shown.shape[1]} of {reads} input channels"] if shown.shape[1] < reads else []
    limits += ["initial weights"] if isinstance(subject, Network) else []
    kernel_text = ("1 kernel" if count == 1 else f"{count} kernels") + f" of {shape_text(space)}"
    of = kernel_text + (f" for {reads} channels" if reads > 1 else "")
    tall, broad = (3, 4) if is_bars else space if is_colour else strips[0].shape
    unit = 80 / max(tall, broad) if is_bars or is_one else min(11.0, 800 / broad)
    high, wide, gap = tall * unit, broad * unit, 12.0 if is_bars or is_one else 34.0
    columns = min(len(shown), max(1, int((860 + gap) / (wide + gap))))
    rows, top = -(-len(shown) // columns), 74.0
    width, height = max(16 + columns * (wide + gap) + 110, 560), max(top + rows * (high + 24), 190)
    with drawing(look):
        figure = plot(width, height, f"{net.name}, {chosen.name}: {', '.join([of, *limits])}", _reading(reads, space))
        for k, (kernel, strip) in enumerate(zip(shown, strips, strict=True)):
            axes = panel(figure, 16 + k % columns * (wide + gap), top + k // columns * (high + 24), wide, high)
            axes.set_title(str(k), fontsize=points(9), color=look.muted, pad=2, loc="center" if is_one else "left")
            if is_colour:
                axes.imshow(np.clip(kernel.transpose(1, 2, 0) / (2 * most) + 0.5, 0, 1))
            elif is_bars:
                _bars(axes, kernel[0], scale, look)
            else:
                axes.imshow(np.ma.masked_invalid(strip), cmap=scale.cmap, norm=scale.norm, aspect="auto")
                axes.spines[:].set_visible(False)
                taps = [Rectangle((x - 0.5, y - 0.5), 1, 1) for y, x in np.argwhere(np.isfinite(strip))]
                axes.add_collection(PatchCollection(taps, facecolor="none", edgecolor=look.line, linewidth=0.3))
        bar = panel(figure, width - 104, top, 36 if is_colour else 14, min(height - top - 30, 160))
        if is_colour:
            _colour_bar(bar, most)
        else:
            legend_bar(figure, scale, bar, "weight")
    return figure


def feature_maps(
    subject: Any, image: Any = None, nodes: Iterable[str] | None = None, *, theme: str | Theme = "light"
) -> Plot:
    """What a model or run makes of a picture, node by node: the picture, then the first channels of each node, every
    node on a signed scale of its own. A record brings its picture.

    Without `nodes`, all that have maps, or of many the last one of each size. Raises `DescriptionError` for what
    computes nothing and for a node without maps, `UnknownNameError` for one that is not there, and `ShapeError` for a
    picture of another shape.
    """
    net, look = network_of(subject), themed(theme)
    _check_real(net)
    record = _recorded("feature_maps", subject, image)
    names = _mapped(net, nodes)
    rows = [(name, record.values[name][0]) for name in names]
    space, cell, top, label = len(net.input) - 1, 88.0, 68.0, 130.0
    width, gap = label + _CHANNELS * (cell + 8) + 100, 26.0
    wide = _CHANNELS * (cell + 8) - 8 if space == 1 else cell
    height = top + cell + gap + len(rows) * (cell + gap) + 8
    title = f"{net.name}: a picture in {len(names)} of {len(net.nodes)} nodes"
    row_of = "a row for each channel" if space == 1 else f"the first {_CHANNELS} channels"
    with drawing(look):
        figure = plot(width, height, title, f"Of each node {row_of}, and a scale of its own.")

        def told(upper: float, lines: Sequence[str]) -> None:
            for n, line in enumerate(lines):
                colour, size = (look.muted, 10) if n else (look.ink, 12)
                at = 1 - (upper + 12 + 17 * n) / height
                text = shortened(line, size, label - 24)
                figure.text(16 / figure.bbox.width, at, text, color=colour, fontsize=points(size), va="center")

        axes = panel(figure, label, top, wide, cell)
        axes.set_anchor("W")
        said = show_picture(axes, record.images[0], look, record.mean, record.std)
        told(top, [INPUT, shape_text(net.input), *filter(None, said.split(", "))])
        for row, (name, values) in enumerate(rows, 1):
            upper = top + row * (cell + gap)
            shown = values[: _ROWS if space == 1 else _CHANNELS].astype(float)
            lines = [name, shape_text(values.shape)]
            lines += [f"{len(shown)} of {len(values)} channels"] if len(shown) < len(values) else []
            scale = signed([shown], look)
            if values.ndim == 4:
                lines += [f"slice {values.shape[1] // 2} of {values.shape[1]}"]
                shown = shown[:, values.shape[1] // 2]
            told(upper, lines)
            # Maps of one axis lie below each other: a row of the picture is a channel.
            for c, channel in enumerate([shown] if space == 1 else shown):
                axes = panel(figure, label + c * (cell + 8), upper, wide, cell)
                axes.imshow(channel, cmap=scale.cmap, norm=scale.norm, aspect="auto" if space == 1 else "equal")
                if space == 1:
                    axes.set_ylabel("channel", fontsize=points(9))
                else:
                    axes.set_title(str(c), fontsize=points(9), color=look.muted, pad=2)
            right = label + _CHANNELS * (cell + 8) + 8
            legend_bar(figure, scale, panel(figure, right, upper, 10, cell), "value")
    return figure


def _check_real(net: Network) -> None:
    if net.dtype.startswith("complex"):
        raise DescriptionError(f"{net.name}: its numbers are {net.dtype}, and a figure shows real ones. Use float32.")


def _convolution(net: Network, name: str | None) -> Node:
    """The node of that name, or the first with kernels."""
    having = [node for node in net.nodes if isinstance(node.layer, Conv | ConvTranspose)]
    if name is not None:
        node = net.node(name)
        if node not in having:
            known = f"Name one of {', '.join(each.name for each in having[:5])}" if having else "No node here has any"
            raise DescriptionError(f"{name}: a {node.layer.word} layer has no kernels. {known}.")
        return node
    if not having:
        raise DescriptionError(f"{net.name}: it has no convolution, so no kernels. Give a network with one.")
    return having[0]


def _parameters(subject: Any, net: Network) -> Mapping[str, Array]:
    """The weights that a subject has; initial ones for a description."""
    if isinstance(subject, Network):
        return initial(net)
    record = subject if hasattr(subject, "values") else subject.record(np.zeros(net.input, np.float32))
    return dict(record.parameters)


def _kernels(net: Network, node: Node, parameters: Mapping[str, Array]) -> Array:
    """Its kernels (output channels, channels each reads, *kernel), nan where the footprint has no tap or the table no
    connection."""
    key = f"{node.weights or node.name}.weight"
    if key not in parameters:
        raise DescriptionError(f"{node.name}: {key} is not among the weights given. Give the model it belongs to.")
    weight = np.asarray(parameters[key])
    layer, shape = node.layer, net.inputs(node)[0]
    if isinstance(layer, ConvTranspose):
        # Stored by input channel: every group has its own inputs and outputs.
        groups = np.split(weight, layer.groups)
        return np.concatenate([group.swapaxes(0, 1) for group in groups]).astype(float)
    if isinstance(layer, Conv) and layer.connections is not None:
        pairs = np.full((layer.out_channels, shape[0], *weight.shape[1:]), np.nan)
        for output, channel in ((k, c) for k, read in enumerate(layer.connections) for c in read):
            pairs[output, channel] = weight[layer.kernel_at(shape[0], output, channel)]
        weight = pairs
    taps = layer.taps(shape[1:])
    if taps is None:
        return weight.astype(float)
    full = np.full((*weight.shape[:2], *(window.kernel for window in layer.windows(shape[1:]))), np.nan)
    full[(slice(None), slice(None), *np.transpose(taps))] = weight
    return full


def _strip(kernel: Array) -> Array:
    """The kernels of one output channel beside each other, a blank column between two of them; of one axis, below
    each other."""
    if kernel.ndim == 2:
        return kernel
    slices = kernel.reshape(-1, *kernel.shape[-2:])
    blank = np.full((slices.shape[1], 1), np.nan)
    parts = [part for one in slices for part in (one, blank)]
    return np.concatenate(parts[:-1], axis=1)


def _reading(reads: int, space: Sequence[int]) -> str:
    """How a panel is to be read."""
    if reads == 1 and len(space) < 3:
        inside = "a bar for each tap" if len(space) == 1 else "one square for each tap"
    elif len(space) == 1:
        inside = "a row for each input channel"
    elif reads == 3 and len(space) == 2:
        inside = "red, green and blue are the weights of the three input channels"
    else:
        inside = f"from left to right a kernel for each {'slice of each ' * (len(space) == 3)}input channel"
    return f"A panel for each output channel; in it {inside}."


def _bars(axes: Axes, values: Array, scale: ScalarMappable, look: Theme) -> None:
    most = float(scale.norm.vmax or 0)
    places = np.flatnonzero(np.isfinite(values))
    axes.bar(
        places, values[places], width=0.8, color=scale.to_rgba(values[places]), edgecolor=look.muted, linewidth=0.4
    )
    axes.axhline(0, color=look.muted, linewidth=0.6)
    axes.set(xlim=(-0.7, len(values) - 0.3), ylim=(-1.08 * most, 1.08 * most))


def _colour_bar(axes: Axes, most: float) -> None:
    """Three bars, one for each colour: what a weight does to it, the other two at zero."""
    ramp = np.full((101, 3, 3), 0.5)
    for channel in range(3):
        ramp[:, channel, channel] = np.linspace(0, 1, 101)
    axes.imshow(ramp, aspect="auto", origin="lower", extent=(-0.5, 2.5, -most, most))
    axes.set_xticks(range(3), ["R", "G", "B"])
    axes.set_yticks([-most, 0, most], [number(-most), "0", number(most)])
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    axes.set_ylabel("weight")
    axes.spines[:].set_visible(False)
    axes.tick_params(axis="x", length=0)


def _recorded(where: str, subject: Any, image: Any) -> Any:
    """The record of the image, or the one that the subject is."""
    if image is None and hasattr(subject, "values"):
        return subject
    if not hasattr(subject, "record"):
        raise DescriptionError(
            f"{where}: this {type(subject).__name__} computes nothing of a picture. Give a model, locality.build(net), "
            f"or a run."
        )
    if image is None:
        raise DescriptionError(f"{where}: there is no picture. Give one, {shape_text(subject.network.input)}.")
    return subject.record(image)


def _mapped(net: Network, nodes: Iterable[str] | None) -> list[str]:
    """The nodes to draw, in order."""
    if nodes is not None:
        names = [nodes] if isinstance(nodes, str) else list(nodes)
        for name in names:
            shape = net.shapes[net.node(name).name]
            if len(shape) == 1:
                raise DescriptionError(
                    f"{name}: its output is flat ({shape[0]} numbers), no maps. Name an earlier node."
                )
        return names
    names = [node.name for node in net.nodes if len(net.shapes[node.name]) > 1]
    if not names:
        raise DescriptionError(f"{net.name}: no node of it has maps. Give a network with space.")
    if len(names) <= _NODES:
        return names
    last = {net.shapes[name][1:]: name for name in names}
    kept = set(last.values())
    return [name for name in names if name in kept][:_NODES]
