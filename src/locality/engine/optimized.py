"""`optimized`: a model for inference alone, with the same outputs in less time."""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from locality.engine.build import Model
from locality.engine.folding import NORMS, WEIGHTED, Pad, padded_shape, plain, scale
from locality.engine.fused import PLAIN, FusedConvolution, curve_of, works
from locality.engine.modules import Sum
from locality.network.layer import Shape
from locality.network.layers import Opaque
from locality.network.network import INPUT

TOGETHER = 2**23  # numbers in the largest map of the images computed at once: 32 MB stay near the processor

FRESH = (*WEIGHTED, *NORMS, FusedConvolution)  # what gives numbers that lie in no other value's place


@dataclass
class Part:
    """A step of the computation: the value it gives, what gives it, the values it reads, the shape of the first."""

    name: str
    module: nn.Module
    inputs: list[str]
    shape: Shape


class Optimized(nn.Module):
    """A model that only computes: called on a batch of floats as the model itself is, it gives the same outputs."""

    def __init__(self, parts: list[Part], output: str, together: int | None, last: bool) -> None:
        super().__init__()
        self.parts = nn.ModuleList(part.module for part in parts)
        self.output, self.together, self.last = output, together, last
        reads = Counter(source for part in parts for source in set(part.inputs))
        self.plan: list[tuple[str, nn.Module, tuple[str, ...], tuple[str, ...]]] = []
        for part in parts:
            reads.subtract(set(part.inputs))
            done = tuple(source for source in set(part.inputs) if not reads[source])
            self.plan.append((part.name, part.module, tuple(part.inputs), done))

    def forward(self, x: Tensor) -> Tensor:
        with torch.inference_mode():
            if self.together is None or len(x) <= self.together:
                result = self._run(x)
            else:
                result = torch.cat([self._run(some) for some in torch.split(x, self.together)])
        return result.clone(memory_format=torch.contiguous_format)  # an ordinary tensor, that may be changed

    def _run(self, x: Tensor) -> Tensor:
        if self.last:
            x = x.contiguous(memory_format=torch.channels_last)
        values = {INPUT: x}
        for name, module, inputs, done in self.plan:
            values[name] = module(*[values[source] for source in inputs])
            for source in done:
                del values[source]
        return values[self.output]


def optimized(model: Model) -> nn.Module:
    """A copy of a model that only computes, for inference: called on a batch of floats as the model is, it gives the
    same outputs to 1e-4 of the largest number (1e-6 is usual), as an ordinary tensor without a gradient, in less time.

    Batch norm goes into the weights before it, computed in double precision; dropout goes; on two axes the channels lie
    last in memory, and on a CPU each convolution does the sum and the curve after it in the same pass, with weights
    laid out once; a large batch goes through a few images at a time, so that its maps stay near the processor. Whether
    the model is training does not matter. It is left as it is, and later changes of it do not reach the copy, which
    neither trains nor moves to another device and is not to be saved: save the model, and optimise it anew, which takes
    about as long as computing some dozens of images.

    Measured on two cores with AVX-512 against plain PyTorch (`benchmarks/inference_speed.py`): one image takes 0.6 of
    the time in residual networks and 0.45 in EfficientNet-Lite0, 32 images a half and a fifth. AlexNet and VGG-16, most
    of whose time goes into reading dense weights or into convolutions that are at the processor's limit already, win a
    fifth; LeNet-5, whose time is torch's own for calling an operation, a tenth. ONNX Runtime is faster still.

    >>> import locality as loc
    >>> model = loc.build(loc.Network.from_text("3x8x8 | conv 4 3x3 | batch-norm | relu | dropout | flatten | dense 2"))
    >>> quick, x = model.optimized(), torch.ones(5, 3, 8, 8)
    >>> len(quick.parts), bool((quick(x) - model(x)).abs().max() < 1e-5)
    (3, True)
    """
    with torch.no_grad():
        parts, output = _parts(model)
        _fold(parts)
        like = next(model.parameters(), torch.zeros(0))
        last = len(model.network.input) == 3 and like.dtype == torch.float32
        if last and like.device.type == "cpu":
            _fuse(parts)
        _overwrite(parts)
    images = None
    if not any(isinstance(node.layer, Opaque) for node in model.network.nodes):  # which may join the images of a batch
        most = max(1, TOGETHER // max(map(prod, model.network.shapes.values())))
        images = 2 ** (most.bit_length() - 1)  # a number that shares out evenly among threads
    made = Optimized(parts, output, images, last).eval().requires_grad_(False)
    return made.to(memory_format=torch.channels_last) if last else made  # type: ignore[call-overload]


def _parts(model: Model) -> tuple[list[Part], str]:
    """Copies of the model's steps and the name of its output: without dropout, padding of its own kind apart, weights
    whole and each its own."""
    stands: dict[str, str] = {INPUT: INPUT}
    parts: list[Part] = []
    for name, module, inputs, _ in deepcopy(model)._steps():
        sources = [stands[source] for source in inputs]
        stands[name] = sources[0] if type(module) is nn.Dropout else name
        if type(module) is nn.Dropout:
            continue
        shape = model.network.shapes[inputs[0]]
        if _is_bare(module):
            module, pads, mode = plain(module)
            if any(pads):
                before = f"{name} padded"
                parts.append(Part(before, Pad(pads, mode), sources, shape))
                sources, shape = [before], padded_shape(shape, pads)
        parts.append(Part(name, module, sources, shape))
    return parts, stands[name]


def _is_bare(module: nn.Module) -> bool:
    """Whether a module does what its class says and nothing else: nobody hung a hook on it."""
    return not (module._forward_hooks or module._forward_pre_hooks)


def _fold(parts: list[Part]) -> None:
    """Batch normalisation into the weights before it, where nobody else reads what those give."""
    for part in list(parts):
        norm = part.module
        if type(norm) not in NORMS or not _is_bare(norm) or norm.running_mean is None:
            continue
        before = _only(parts, part.inputs[0])
        if before is not None and type(before.module) in WEIGHTED and _is_bare(before.module):
            scale(before.module, norm)
            before.name = part.name
            parts.remove(part)


def _fuse(parts: list[Part]) -> None:
    """Every convolution with the sum and the curve that follow it, as far as oneDNN and this torch know how."""
    if not works():
        return
    for part in list(parts):
        conv = part.module
        if type(conv) is nn.Conv2d and _is_bare(conv) and (conv.padding_mode, type(conv.padding)) == ("zeros", tuple):
            part.module = FusedConvolution(conv, part.shape)
        elif type(part.module) is Sum and len(part.inputs) == 2 and works(adds=True):
            _add(parts, part)
        elif (curve := curve_of(part.module)) and _is_bare(part.module):
            before = _only(parts, part.inputs[0])
            if before is None or not isinstance(fused := before.module, FusedConvolution):
                continue
            kind: Any = type(part.module)
            if fused.curve == PLAIN and works(fused.adds, kind):
                fused.curve, before.name = curve, part.name
                parts.remove(part)


def _add(parts: list[Part], part: Part) -> None:
    """Let a convolution that only this sum reads add the other input itself; the later one, where both could."""
    place = {each.name: number for number, each in enumerate(parts)}
    for source in sorted(part.inputs, key=lambda name: place.get(name, -1), reverse=True):
        before = _only(parts, source)
        if before is None or not isinstance(fused := before.module, FusedConvolution):
            continue
        if fused.adds or fused.curve != PLAIN:
            continue
        fused.adds = True
        (other,) = (name for name in part.inputs if name != source)
        part.module, part.inputs, part.shape = fused, [*before.inputs, other], before.shape
        parts.remove(before)
        return


def _overwrite(parts: list[Part]) -> None:
    """Curves write over what they read, where nobody else reads it."""
    for part in parts:
        if getattr(part.module, "inplace", None) is False and _is_bare(part.module):
            before = _only(parts, part.inputs[0])
            if before is not None and type(before.module) in FRESH:
                part.module.inplace = True  # type: ignore[assignment]


def _only(parts: list[Part], name: str) -> Part | None:
    """The part that gives a value, where that is read once in all."""
    if sum(part.inputs.count(name) for part in parts) != 1:
        return None
    return next((part for part in parts if part.name == name), None)
