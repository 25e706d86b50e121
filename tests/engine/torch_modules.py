"""Small modules as people write them, one idea each, and what of them has no arithmetic rule here."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Case:
    """A module, the shape of one of its inputs, and the operations of it that no layer says."""

    make: type[nn.Module]
    shape: tuple[int, ...]
    opaque: tuple[str, ...] = ()


CASES: dict[str, Case] = {}


def case(*shape: int, opaque: tuple[str, ...] = ()):
    def keep(cls):
        CASES[cls.__name__] = Case(cls, shape, opaque)
        return cls

    return keep


@case(1, 28, 28)
class Tutorial(nn.Module):
    """The network of PyTorch's own first tutorials."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 4 * 4, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


@case(1, 28, 28)
class Mnist(nn.Module):
    """The network of PyTorch's MNIST example, two kinds of dropout in it."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, 1)
        self.conv2 = nn.Conv2d(8, 16, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.fc1 = nn.Linear(2304, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = F.relu(self.conv2(F.relu(self.conv1(x))))
        x = self.dropout1(F.max_pool2d(x, 2)).view(x.size(0), -1)
        x = F.dropout(F.relu(self.fc1(x)), p=0.5, training=self.training)
        return F.log_softmax(self.fc2(x), dim=1)


class Basic(nn.Module):
    def __init__(self, inside, width, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inside, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = nn.Sequential()
        if stride != 1 or inside != width:
            self.shortcut = nn.Sequential(nn.Conv2d(inside, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return self.relu(out)


@case(3, 32, 32)
class Residual(nn.Module):
    """Nested blocks, skips added in place, one relu used twice."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        self.layers = nn.ModuleList([Basic(8, 8), Basic(8, 16, 2)])
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = self.stem(x)
        for layer in self.layers:
            x = layer(x)
        return self.fc(self.avgpool(x).flatten(1))


@case(3, 17, 19)
class Inception(nn.Module):
    """Branches put side by side, one of them pooled with the rest of a window left over."""

    def __init__(self):
        super().__init__()
        self.one = nn.Conv2d(3, 4, 1)
        self.three = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 6, 3, padding="same"))
        self.pooled = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), nn.Conv2d(3, 2, 1))
        self.down = nn.MaxPool2d(3, 2, ceil_mode=True)

    def forward(self, x):
        x = torch.cat([self.one(x), self.three(x), self.pooled(x)], 1)
        return F.avg_pool2d(self.down(F.relu(x)), 2)


@case(8, 12, 12)
class Curves(nn.Module):
    """Activations as modules and as functions."""

    def __init__(self):
        super().__init__()
        self.act = nn.ModuleList([
            nn.SiLU(), nn.GELU(), nn.Hardswish(), nn.ELU(), nn.LeakyReLU(0.2), nn.ReLU6(), nn.Softsign(), nn.Mish(),
            nn.SELU(), nn.Hardsigmoid(), nn.Softplus(), nn.LogSigmoid(), nn.Hardtanh(), nn.Tanh(),
        ])  # fmt: skip

    def forward(self, x):
        for act in self.act:
            x = act(x)
        x = F.silu(F.gelu(F.hardswish(F.leaky_relu(x, 0.3))))
        return F.softmax(torch.clamp(torch.sigmoid(x), min=0), dim=1)


@case(3, 16, 16, opaque=("prelu", "gelu", "celu"))
class OtherCurves(nn.Module):
    """Activations that no layer says."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.prelu = nn.PReLU(4)

    def forward(self, x):
        return F.celu(F.gelu(self.prelu(self.conv(x)), approximate="tanh"))


class Squeeze(nn.Module):
    """Squeeze and excitation with 1x1 convolutions."""

    def __init__(self, width):
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(width, width // 2, 1)
        self.fc2 = nn.Conv2d(width // 2, width, 1)

    def forward(self, x):
        scale = torch.sigmoid(self.fc2(F.silu(self.fc1(self.avgpool(x)))))
        return scale * x


@case(3, 16, 16)
class InvertedBottleneck(nn.Module):
    """Depthwise and grouped convolutions, a gate, swish written out."""

    def __init__(self):
        super().__init__()
        self.expand = nn.Conv2d(3, 12, 1)
        self.depthwise = nn.Conv2d(12, 12, 3, padding=1, groups=12, bias=False)
        self.se = Squeeze(12)
        self.project = nn.Conv2d(12, 6, 1, groups=3)

    def forward(self, x):
        x = self.expand(x)
        x = x * torch.sigmoid(x)
        return self.project(self.se(self.depthwise(x)))


@case(4, 10, 10, opaque=("add", "div"))
class OldHardSwish(nn.Module):
    """Hard swish as MobileNetV3's first code has it: of the one bracketing the layers say all, of the other a part."""

    def forward(self, x):
        return x * F.relu6(x + 3) / 6 + x * (F.relu6(x + 3.0) / 6)


@case(4, 10, 10)
class SqueezeWithDense(nn.Module):
    """Squeeze and excitation as its paper's first code has it: dense layers between two changes of shape."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(4, 2, bias=False), nn.ReLU(inplace=True), nn.Linear(2, 4), nn.Sigmoid())

    def forward(self, x):
        b, c, _, _ = x.size()
        y = self.fc(F.adaptive_avg_pool2d(x, 1).view(b, c)).view(b, c, 1, 1)
        return x * y.expand_as(x)


@case(6, 8, 8)
class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.group = nn.GroupNorm(3, 6)
        self.instance = nn.InstanceNorm2d(6, affine=True)
        self.layer = nn.LayerNorm([6, 8, 8])
        self.local = nn.LocalResponseNorm(3, alpha=0.01)
        self.bare = nn.BatchNorm2d(6, affine=False)
        self.flat = nn.BatchNorm1d(384)
        self.last = nn.LayerNorm(384)

    def forward(self, x):
        x = self.bare(self.local(self.layer(self.instance(self.group(x)))))
        return self.last(self.flat(x.reshape(x.shape[0], -1)))


@case(6, 8, 8, opaque=("permute", "layer_norm", "linear", "mul"))
class ConvNext(nn.Module):
    """A block with the channels last, and a scale of its own."""

    def __init__(self):
        super().__init__()
        self.dwconv = nn.Conv2d(6, 6, 7, padding=3, groups=6)
        self.norm = nn.LayerNorm(6)
        self.pwconv1 = nn.Linear(6, 24)
        self.pwconv2 = nn.Linear(24, 6)
        self.gamma = nn.Parameter(torch.full((6,), 0.5))

    def forward(self, x):
        y = self.dwconv(x).permute(0, 2, 3, 1)
        y = self.pwconv2(F.gelu(self.pwconv1(self.norm(y))))
        return x + (self.gamma * y).permute(0, 3, 1, 2)


@case(1, 40)
class Sound(nn.Module):
    """One axis of space."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv1d(1, 4, 9, stride=2), nn.BatchNorm1d(4), nn.ReLU(), nn.MaxPool1d(2), nn.ConvTranspose1d(4, 3, 4, 2),
            nn.AvgPool1d(3), nn.Upsample(scale_factor=2), nn.AdaptiveMaxPool1d(4), nn.Flatten(), nn.Linear(12, 2),
        )  # fmt: skip

    def forward(self, x):
        return self.net(x)


@case(1, 12, 12, 12)
class Volume(nn.Module):
    """Three axes of space, dilated and transposed."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(1, 4, 3, dilation=2, padding=(2, 1, 0))
        self.pool = nn.MaxPool3d((2, 2, 1))
        self.up = nn.ConvTranspose3d(4, 2, 3, stride=2, padding=1, output_padding=1, groups=2)
        self.norm = nn.InstanceNorm3d(2)

    def forward(self, x):
        return self.norm(self.up(self.pool(self.conv(x)))).mean((2, 3, 4))


@case(1, 32, 32)
class UNet(nn.Module):
    """Down, up by transposed convolutions and by lines between cells, and skips put side by side."""

    def __init__(self):
        super().__init__()
        self.enc1 = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU())
        self.enc2 = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(4, 8, 3, padding=1), nn.ReLU())
        self.enc3 = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())
        self.up2 = nn.ConvTranspose2d(8, 8, 2, stride=2)
        self.dec2 = nn.Conv2d(16, 4, 3, padding=1)
        self.up1 = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.out = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        e1 = self.enc1(x)
        e2 = self.enc2(e1)
        y = torch.cat([self.up2(self.enc3(e2)), e2], dim=1)
        y = F.interpolate(self.up1(self.dec2(y)), scale_factor=1.0)
        return self.out(torch.cat((y, e1), dim=1))


@case(3, 15, 15, opaque=("pad",))
class Paddings(nn.Module):
    """Padding by a module of its own, in every mode, before a convolution and before a maximum."""

    def __init__(self):
        super().__init__()
        self.pad = nn.ZeroPad2d((0, 1, 0, 1))
        self.conv1 = nn.Conv2d(3, 4, 4, stride=2)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular")
        self.conv3 = nn.Conv2d(4, 4, 4, padding="same", padding_mode="replicate")
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        x = self.conv3(self.conv2(self.conv1(self.pad(x))))
        x = F.avg_pool2d(F.pad(x, (1, 1, 0, 0)), 2)
        return self.pool(F.pad(x, (1, 0, 0, 0)))


@case(4, 6, 6, opaque=("avg_pool2d",))
class Pools(nn.Module):
    def __init__(self):
        super().__init__()
        self.pools = nn.Sequential(
            nn.AvgPool2d(3, 1, 1), nn.AvgPool2d(3, 1, 1, count_include_pad=False), nn.MaxPool2d(3, 1, 1),
            nn.AdaptiveAvgPool2d((4, None)), nn.AdaptiveMaxPool2d(3),
        )  # fmt: skip

    def forward(self, x):
        x = self.pools(x)
        return torch.cat([F.adaptive_max_pool2d(x, 1), x.amax((2, 3), keepdim=True)], 1).squeeze(-1).squeeze(-1)


@case(3, 12, 12)
class Twice(nn.Module):
    """A block that is called twice, and two layers that share one weight."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 6, 3, padding=1)
        self.block = nn.Sequential(nn.Conv2d(6, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU())
        self.tied = nn.Conv2d(6, 6, 3, padding=1)
        self.tied.weight, self.tied.bias = self.block[0].weight, self.block[0].bias

    def forward(self, x):
        x = F.relu(self.first(x))
        return self.tied(self.block(self.block(x)) + x)


@case(8, 6, 6, opaque=("transpose", "chunk"))
class Shuffle(nn.Module):
    """ShuffleNet's unit: channels split, mixed and put together."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        left, right = x.chunk(2, dim=1)
        x = torch.cat([left, self.conv(right)], 1)
        b, c, h, w = x.shape
        return x.view(b, 2, c // 2, h, w).transpose(1, 2).contiguous().view(b, -1, h, w)


@case(3, 16, 16, opaque=("view", "scaled_dot_product_attention", "transpose", "add", "mean"))
class Attention(nn.Module):
    """Patches that look at each other: nothing of it has a rule but the first convolution and the last layer."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, stride=4)
        self.position = nn.Parameter(torch.randn(1, 16, 8))
        self.attn = nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2) + self.position
        x = x + self.attn(x, x, x, need_weights=False)[0]
        return self.head(x.mean(1))


@case(3, 8, 8, opaque=("sub", "div"))
class Normalised(nn.Module):
    """Pictures brought to their scale inside the network; words of every model as the author's own."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean_colour", torch.tensor([0.4, 0.5, 0.6]).view(1, 3, 1, 1))
        self.network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
        self.scale = nn.Conv2d(4, 4, 1)
        self.input = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        return self.scale(self.network(self.input((x - self.mean_colour) / 0.25)))


@case(3, 10, 10)
class WeightNorm(nn.Module):
    """A weight that is computed from others."""

    def __init__(self):
        super().__init__()
        self.conv = nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3))

    def forward(self, x):
        return self.conv(x).relu_()


@case(4, 6, 6, opaque=("copy", "slice", "slice_scatter"))
class WritesInto(nn.Module):
    """A part of a tensor is written over."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        y = self.conv(x)
        y[:, :2] = F.relu(x[:, :2])
        return y


@case(2, 6, 6)
class SinglePrecision(nn.Module):
    """What must not be computed in half precision is written out in single precision."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3)

    def forward(self, x):
        return F.softmax(self.conv(x).float(), dim=1).type_as(x)


@case(2, 10, 10)
class InPlace(nn.Module):
    """Tensors are changed, and what the change returns is left alone."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3)
        self.out = nn.Conv2d(4, 2, 3)

    def forward(self, x):
        y = self.conv(x)
        F.relu(y, inplace=True)
        z = self.out(y)
        y.sigmoid_()
        z.mul_(torch.tanh(z))
        return torch.cat([z, F.max_pool2d(y, 3, 1)], 1)


@case(1, 20, 20)
class Cropped(nn.Module):
    """A U-Net without padding: slices cut the edges of what is passed across."""

    def __init__(self):
        super().__init__()
        self.down, self.across = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3, stride=2)
        self.up = nn.ConvTranspose2d(4, 4, 2, stride=2)

    def forward(self, x):
        x = F.relu(self.down(x))
        y = self.up(self.across(x))
        cut = (x.shape[2] - y.shape[2]) // 2
        y = torch.cat([x[:, :, cut : cut + y.shape[2], cut : cut + y.shape[3]], y], 1)
        return F.pad(y[..., 1:-1, 1:].narrow(2, 0, 13), (-2, 0, -1, -1))


@case(4, 9, 9)
class EveryOther(nn.Module):
    """The shortcut of the first residual nets on small pictures: every other cell, and so again."""

    def forward(self, x):
        return x[:, :, ::2, ::2] + F.avg_pool2d(x[:, :, ::1], 1, 2) + x[:, :, 0:, ::2][:, :, ::2]


@case(6, 8, 5)
class InParts(nn.Module):
    """Means and maxima axis by axis, changes of shape, sums that begin with 0."""

    def forward(self, x):
        once = x.mean(3).mean(2) + x.view(x.size(0), x.size(1), -1).max(dim=2).values
        gate = torch.sigmoid(once)[:, :, None, None]
        rows = F.interpolate(x.amax(3), scale_factor=5).unflatten(2, (8, 5))
        return sum([x * gate, rows * once.unsqueeze(-1).unsqueeze(-1)]) * 1.0


@case(4, 6, 6, opaque=("mul", "add", "split_with_sizes", "slice"))
class Constants(nn.Module):
    """Arithmetic with numbers and with learnt scales, and some of the channels."""

    def __init__(self):
        super().__init__()
        self.scaling = nn.Parameter(torch.full((4, 1, 1), 0.1))

    def forward(self, x):
        y = torch.add(x * 2 + 1, x * self.scaling, alpha=0.5)
        a, b = y.split([1, 3], 1)
        return torch.cat([b, a, y[:, :2]], 1)


class SamePadding(nn.Conv2d):
    """A convolution with a part that pads for it, as networks brought over from TensorFlow have it."""

    def __init__(self, *arguments, **settings):
        super().__init__(*arguments, **settings)
        self.static_padding = nn.ZeroPad2d((0, 1, 0, 1))

    def forward(self, x):
        return F.conv2d(self.static_padding(x), self.weight, self.bias, self.stride)


@case(3, 16, 16)
class Ported(nn.Module):
    def __init__(self):
        super().__init__()
        self._conv_stem = SamePadding(3, 4, 3, stride=2)
        self._swish = nn.SiLU()

    def forward(self, inputs):
        return self._swish(self._conv_stem(F.pad(inputs, (0, 0, 0, 0))))


@case(6, opaque=("slice",))
class Flat(nn.Module):
    """Features without space."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Tanh(), nn.Dropout(), nn.Linear(5, 3))

    def forward(self, x):
        return self.layers(x) + torch.softmax(x[:, :3], -1)


@case(4, 9, 9, opaque=("wrap_with_set_grad_enabled",))
class LazyDrop(nn.Module):
    """Whole channels are dropped while training, and there is no gradient for a part."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3)
        self.drop = nn.Dropout2d(0.5)

    def forward(self, x):
        with torch.no_grad():
            x = self.conv(x)
        return self.drop(x)


def images(shape: tuple[int, ...], count: int, seed: int = 0) -> Tensor:
    return torch.randn((count, *shape), generator=torch.Generator().manual_seed(seed))
