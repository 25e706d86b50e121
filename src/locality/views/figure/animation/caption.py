"""What stands under an animation of a convolution: settings in words, the formula with the numbers, what is lost."""

from collections.abc import Sequence
from math import ceil, floor

from locality.geometry.arguments import shape_text
from locality.geometry.refusal import padding_text
from locality.geometry.window import AxisMap, Transposed, Window
from locality.network.layers import Conv, ConvTranspose, Pool
from locality.network.network import Network

AXES = {1: ("cell",), 2: ("row", "column")}


def words(net: Network) -> str:
    """The settings in a line.

    >>> words(Network.from_text("1x5x5 | conv 1 3x3 stride 2 pad 1"))
    '5x5 input, 3x3 kernel, stride 2, padding 1'
    """
    layer, space = net.nodes[0].layer, net.input[1:]
    assert isinstance(layer, Conv | ConvTranspose | Pool)
    maps = layer.maps([net.input])
    said = [f"{shape_text(space)} input" if len(space) > 1 else f"input of {space[0]}"]
    if net.input[0] > 1:
        said[0] += f" of {net.input[0]} channels"
    if isinstance(layer, Pool) and layer.kernel_size is None:
        return f"{said[0]}, {layer.kind.replace('-', ' ')} pooling to {shape_text(net.output[1:])}"
    windows = [axis for axis in maps if isinstance(axis, Window | Transposed)]
    kernel = shape_text([axis.kernel for axis in windows])
    if isinstance(layer, Pool):
        said.append(f"{layer.kind} of {kernel}")
    else:
        said.append(f"{kernel} kernel" if len(space) > 1 else f"kernel of {kernel}")
        said += [f"{layer.out_channels} output channels"] if layer.out_channels > 1 else []
    said.append(f"stride {_each([axis.stride for axis in windows])}")
    mode = getattr(layer, "padding_mode", "zeros")
    said.append(f"padding {_padding([axis.padding for axis in windows])}{'' if mode == 'zeros' else f' ({mode})'}")
    if any(axis.dilation > 1 for axis in windows):
        said.append(f"dilation {_each([axis.dilation for axis in windows])}")
    if isinstance(layer, ConvTranspose):
        said[1] += ", transposed"
        extra = [axis.output_padding for axis in maps if isinstance(axis, Transposed)]
        said += [f"output padding {_each(extra)}"] if any(extra) else []
    elif isinstance(layer, Conv) and layer.footprint != "full":
        said.append(f"footprint {layer.footprint}")
    if not isinstance(layer, Pool) and layer.groups > 1:
        said.append(f"{layer.groups} groups")
    pairs = zip(windows, space, strict=True)
    if any(isinstance(axis, Window) and axis.rounding != "exact" and axis.rest(size) for axis, size in pairs):
        said.append(f"rounding {windows[0].rounding}" if isinstance(windows[0], Window) else "")
    return ", ".join(said)


def formulas(net: Network) -> list[str]:
    """The size of the output with the numbers: one line, or one for each axis where they differ.

    >>> formulas(Network.from_text("1x5x5 | conv 1 3x3 stride 2 pad 1"))
    ['o = (i + 2p − k)/s + 1 = (5 + 2·1 − 3)/2 + 1 = 3']
    """
    layer, space = net.nodes[0].layer, net.input[1:]
    lines = [_formula(axis, size) for axis, size in zip(layer.maps([net.input]) or (), space, strict=True)]
    if len(set(lines)) == 1:
        return lines[:1]
    return [f"{axis}: {line}" for axis, line in zip(("height", "width"), lines, strict=True)]


def _formula(axis: AxisMap, size: int) -> str:
    outputs = axis.outputs(size)
    if isinstance(axis, Transposed):
        before, after = axis.padding
        pads = ("2p", f"2·{before}") if before == after else ("p − p′", f"{before} − {after}")
        reach, wide = (
            ("k", str(axis.kernel))
            if axis.dilation == 1
            else ("d(k − 1) + 1", f"{axis.dilation}·({axis.kernel} − 1) + 1")
        )
        extra = (" + a", f" + {axis.output_padding}") if axis.output_padding else ("", "")
        return (
            f"o = s(i − 1) + {reach} − {pads[0]}{extra[0]} = {axis.stride}·({size} − 1) + {wide} − {pads[1]}{extra[1]}"
            f" = {outputs}"
        )
    if not isinstance(axis, Window):
        return f"output u reads the cells from floor(u·{size}/{outputs}) to ceil((u + 1)·{size}/{outputs}) − 1"
    before, after = axis.padding
    pads = ("2p", f"2·{before}") if before == after else ("p + p′", f"{before} + {after}")
    reach, wide = (
        ("k", str(axis.kernel)) if axis.dilation == 1 else ("d(k − 1) − 1", f"{axis.dilation}·({axis.kernel} − 1) − 1")
    )
    symbols = f"(i + {pads[0]} − {reach})/s"
    numbers = f"({size} + {pads[1]} − {wide})/{axis.stride}"
    if axis.rounding == "exact":
        return f"o = {symbols} + 1 = {numbers} + 1 = {outputs}"
    steps = (size + before + after - axis.span) / axis.stride
    most = (ceil(steps) if axis.rounding == "ceil" else floor(steps)) + 1
    said = f"o = {axis.rounding}({symbols}) + 1 = {axis.rounding}({numbers}) + 1 = {most}"
    late = axis.rounding == "ceil" and most > outputs
    return f"{said}, less the last window, which would begin beyond the input: {outputs}" if late else said


def notes(net: Network, between: bool) -> list[str]:
    """What a reader must know to trust the picture: what rounding leaves unread, what output padding adds, what the
    hatched cells are. `between` says that some lie before the last cell that is read.

    >>> notes(Network.from_text("1x6x6 | conv 1 3x3 stride 2 pad 1 floor"), False)
    ['rounding floor: the last row and column of padding stay unread (hatched)']
    """
    layer, space = net.nodes[0].layer, net.input[1:]
    maps, ones = layer.maps([net.input]) or (), AXES[len(space)]
    said: dict[str, list[str]] = {}
    for axis, size, one in zip(maps, space, ones, strict=True):
        if isinstance(axis, Window) and axis.rounding == "floor" and (rest := axis.rest(size)):
            lost = rest - axis.padding[1]
            count, of = (lost, "") if lost > 0 else (rest, " of padding")
            said.setdefault(f"{count} {of}", []).append(one if count == 1 else f"{count} {one}s")
    if said:
        parts = [f"the last {' and '.join(names)}{key.split(' ', 1)[1]}" for key, names in said.items()]
        single = sum(map(len, said.values())) == 1 and next(iter(said)).startswith("1 ")
        lines = [f"rounding floor: {' and '.join(parts)} {'stays' if single else 'stay'} unread (hatched)"]
        return lines + (["the other hatched cells are jumped over"] if between else [])
    lines = []
    extra = [axis.output_padding for axis in maps if isinstance(axis, Transposed)]
    if any(extra):
        added = [f"{n} more {one}{'s' * (n > 1)}" for n, one in zip(extra, ones, strict=True) if n]
        lines.append(f"output padding {_each(extra)}: {' and '.join(added)} of zeros at the end")
    windows = [(axis, size) for axis, size in zip(maps, space, strict=True) if isinstance(axis, Window)]
    if any(axis.reads(axis.outputs(size) - 1)[-1] >= size + axis.padding[1] for axis, size in windows):
        lines.append("rounding ceil: the last window hangs over the edge, where nothing is read")
    return lines + (["hatched cells are read by no output"] if between else [])


def direct(net: Network) -> str:
    """A transposed convolution as the direct one that is drawn.

    >>> direct(Network.from_text("1x3x3 | conv-transpose 1 3x3 stride 2 pad 1"))
    'as a direct convolution: input stretched to 5x5, padding 1, stride 1, kernel turned by half a turn'
    """
    maps = [axis for axis in net.nodes[0].layer.maps([net.input]) or () if isinstance(axis, Transposed)]
    grown = shape_text([axis.stride * (size - 1) + 1 for axis, size in zip(maps, net.input[1:], strict=True)])
    reach = [axis.dilation * (axis.kernel - 1) for axis in maps]
    pads = [(most - axis.padding[0], most - axis.padding[1]) for most, axis in zip(reach, maps, strict=True)]
    return (
        f"as a direct convolution: input stretched to {grown}, padding {_padding(pads)}, stride 1, "
        f"kernel turned by half a turn"
    )


def _padding(pairs: Sequence[tuple[int, int]]) -> str:
    """The padding of every axis as the notation writes it: 1, 2x1, 1+0x0+2; of one axis in words."""
    if len(pairs) == 1:
        return padding_text(pairs)
    said = [f"{before}+{after}" if before != after else f"{before}" for before, after in pairs]
    return said[0] if len(set(said)) == 1 else "x".join(said)


def _each(values: Sequence[int]) -> str:
    return str(values[0]) if len(set(values)) == 1 else shape_text(values)
