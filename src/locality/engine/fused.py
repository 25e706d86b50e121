"""A convolution on two axes with what follows it in one pass: oneDNN's, as torch's own compiler calls it.

The operators are not among torch's documented ones. So each use is tried once on a few numbers, and where it is
missing, or gives anything but what the modules give, the modules are what computes.
"""

from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

Curve = tuple[str, list[float | None], str]  # its name in oneDNN, its settings, its variant
PLAIN: Curve = ("none", [], "")


class FusedConvolution(nn.Module):
    """conv(x), conv(x) + other, and a curve of either. Its weights lie as oneDNN wants them for one image of `shape`,
    (channels, *space); images of other sizes and numbers are computed too."""

    def __init__(self, conv: nn.Conv2d, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.settings = (list(conv.padding), list(conv.stride), list(conv.dilation), conv.groups)
        # Opaque to torch, which can neither save nor move it: an attribute, no buffer.
        weight = conv.weight.detach().contiguous(memory_format=torch.channels_last)
        self.weight = torch.ops.mkldnn._reorder_convolution_weight(weight, *self.settings, [1, *shape])
        self.bias = None if conv.bias is None else conv.bias.detach()
        self.curve = PLAIN
        self.adds = False

    def forward(self, x: Tensor, other: Tensor | None = None) -> Tensor:
        kind, settings, variant = self.curve
        convolve: Any = torch.ops.mkldnn._convolution_pointwise
        if other is None:
            result: Tensor = convolve(x, self.weight, self.bias, *self.settings, kind, settings, variant)
            return result
        after = None if kind == "none" else kind
        result = convolve(x, other, self.weight, self.bias, *self.settings, "add", 1.0, after, settings, variant)
        return result


def curve_of(module: nn.Module) -> Curve | None:
    """An activation in oneDNN's words, or None where it has none for it."""
    match module:
        case nn.ReLU():
            return "relu", [], ""
        case nn.Hardtanh():  # relu6 is one
            return "hardtanh", [module.min_val, module.max_val], ""
        case nn.LeakyReLU():
            return "leaky_relu", [module.negative_slope], ""
        case nn.SiLU():
            return "swish", [], ""
        case nn.Hardswish():
            return "hardswish", [], ""
        case nn.Hardsigmoid():
            return "hardsigmoid", [], ""
        case nn.Sigmoid():
            return "sigmoid", [], ""
        case nn.Tanh():
            return "tanh", [], ""
        case nn.GELU():
            return "gelu", [], module.approximate
    return None


@cache
def works(adds: bool = False, activation: Any = None) -> bool:
    """Whether the fused convolution is there, and gives what torch's modules give."""
    conv, curve = nn.utils.skip_init(nn.Conv2d, 3, 4, 3, padding=1), activation() if activation else nn.Identity()  # type: ignore[no-untyped-call]
    numbers = torch.linspace(-4, 4, 4 * 27 + 4 + 3 * 36)
    conv.weight, conv.bias = (
        nn.Parameter(part, requires_grad=False)
        for part in (numbers[:108].sin().reshape(4, 3, 3, 3), numbers[108:112].clone())
    )
    x = numbers[112:].reshape(1, 3, 6, 6).contiguous(memory_format=torch.channels_last)
    try:
        with torch.inference_mode():
            fused = FusedConvolution(conv, (3, 6, 6))
            fused.curve = curve_of(curve) or PLAIN
            other = conv(x).cos() if adds else None
            want = curve(conv(x) if other is None else conv(x) + other)
            return torch.allclose(fused(x, other), want, atol=1e-5)
    except Exception:  # whatever an operator that is no longer there, or takes other arguments, raises
        return False
