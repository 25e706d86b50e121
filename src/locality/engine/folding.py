"""Weights rewritten for inference: convolutions as torch has them, batch normalisation multiplied into them."""

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from locality.engine.modules import Convolution
from locality.network.layer import Shape

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
WEIGHTED = (*CONVOLUTIONS, *TRANSPOSED, nn.Linear)


class Pad(nn.Module):
    """Padding as `F.pad` has it."""

    def __init__(self, pads: list[int], mode: str) -> None:
        super().__init__()
        self.pads, self.mode = pads, mode

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x, self.pads, self.mode)


def plain(module: Any) -> tuple[nn.Module, list[int], str]:
    """A convolution as one of torch's own with padding of zeros at most, the padding before it and its mode. Anything
    else as it is."""
    if type(module) is Convolution:
        return _whole(module)
    if type(module) in CONVOLUTIONS and module.padding_mode != "zeros" and not isinstance(module.padding, str):
        pads, mode = module._reversed_padding_repeated_twice, module.padding_mode
        module.padding, module.padding_mode = (0,) * len(module.kernel_size), "zeros"
        return module, pads, mode
    return module, [], "constant"


def _whole(module: Convolution) -> tuple[nn.Module, list[int], str]:
    weight, pads = module.whole(), list(module.padding)
    zeros = module.mode == "constant"
    if zeros and module.groups == len(weight) and set(module.dilation) == {1}:
        # Maps are larger than windows: zeros around the weights, rather than a copy of the map with zeros around.
        most = [max(pads[place - place % 2 :][:2]) for place in range(len(pads))]
        weight = F.pad(weight, [wide - side for wide, side in zip(most, pads, strict=True)])
        pads = most
    padding = (0,) * (weight.ndim - 2)
    if zeros and pads[::2] == pads[1::2]:
        padding, pads = tuple(reversed(pads[::2])), []
    conv: Any = nn.utils.skip_init(  # type: ignore[no-untyped-call]
        CONVOLUTIONS[weight.ndim - 3], weight.shape[1] * module.groups, len(weight), weight.shape[2:], module.stride,
        padding, module.dilation, module.groups, bias=False,
    )  # fmt: skip
    conv.weight, conv.bias = nn.Parameter(weight), module.bias
    return conv, pads, module.mode


def padded_shape(shape: Shape, pads: list[int]) -> Shape:
    """The shape behind padding in the order of `F.pad`."""
    sizes = [size + pads[-2 * axis - 2] + pads[-2 * axis - 1] for axis, size in enumerate(shape[1:])]
    return (shape[0], *sizes)


def scale(module: Any, norm: Any) -> None:
    """Put (z - mean) / sqrt(var + eps) * weight + bias into the weights that give z, in double precision."""
    size, shift = (norm.running_var.double() + norm.eps).rsqrt(), norm.running_mean.double().neg()
    if norm.affine:
        size = size * norm.weight.double()
    old, dtype = module.weight.double(), module.weight.dtype
    if type(module) in TRANSPOSED:  # (channels, out_channels / groups, *kernel)
        grouped = old.reshape(module.groups, -1, *old.shape[1:])
        scaled = grouped * size.reshape(module.groups, 1, old.shape[1], *(1,) * (old.ndim - 2))
    else:
        scaled = old * size.reshape(-1, *(1,) * (old.ndim - 1))
    if module.bias is not None:
        shift = shift + module.bias.double()
    bias = shift * size + (norm.bias.double() if norm.affine else 0)
    module.weight, module.bias = nn.Parameter(scaled.reshape(old.shape).to(dtype)), nn.Parameter(bias.to(dtype))
