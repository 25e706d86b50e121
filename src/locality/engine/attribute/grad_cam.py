"""Grad-CAM: the maps of a late node, weighted by what they matter to the score."""

from math import prod

from torch import Tensor
from torch.nn import functional as F

from locality.engine.attribute.attribution import Attribution
from locality.engine.attribute.gradient import backwards, check_passage, differentiating
from locality.engine.attribute.target import Target, attribution
from locality.engine.build import Model, softens
from locality.errors import DescriptionError
from locality.network.network import Network, shape_text

_MODES = ("linear", "bilinear", "trilinear")


def grad_cam(model: Model, x: Tensor, target: Target, node: str | None = None) -> Attribution:
    """See `attribute`."""
    net = model.network
    name = last_with_space(net) if node is None else _with_space(net, node)
    check_passage(net, name)
    end = net.nodes[-1]
    with differentiating(model):
        values = model.every(x.clone().requires_grad_())
        logits = values[end.inputs[0] if softens(end) else end.name]
        slope = backwards(model, logits[:, target.number].sum(), values[name])
    axes = tuple(range(2, x.ndim))
    weighted = (slope.mean(axes, keepdim=True) * values[name].detach()).sum(1, keepdim=True).relu()
    map_ = F.interpolate(weighted, tuple(x.shape[2:]), mode=_MODES[len(axes) - 1], align_corners=False)
    return attribution("grad-cam", target, x, map_[0, 0].double().cpu().numpy(), node=name)


def _candidates(net: Network) -> list[str]:
    """The nodes before the logits that the output needs and that have maps of more than one cell, in order."""
    end = net.nodes[-1]
    logits = end.inputs[0] if softens(end) else end.name
    names = [node.name for node in net.trunk() if node.name not in (end.name, logits)]
    shapes = {name: net.shapes[name] for name in names}
    return [name for name, (_, *space) in shapes.items() if len(space) + 1 == len(net.input) and prod(space) > 1]


def last_with_space(net: Network) -> str:
    names = _candidates(net)
    if not names:
        raise DescriptionError(
            f'{net.name}: no node before its output has maps, which Grad-CAM adds up. Use method "occlusion" or '
            f'"gradient".'
        )
    return names[-1]


def _with_space(net: Network, node: str) -> str:
    name, shape = net.node(node).name, net.shapes[node]
    known = _candidates(net)
    use = f"Name another, such as {known[-1]}." if known else 'Use method "occlusion" or "gradient".'
    if len(shape) != len(net.input):
        raise DescriptionError(
            f"{name}: its output is {shape_text(shape)}, the picture {shape_text(net.input)}: there are no maps of it "
            f"that Grad-CAM could add up. {use}"
        )
    if name not in {one.name for one in net.trunk()}:
        raise DescriptionError(f"{name}: the output does not depend on it. {use}")
    return name
