"""GoogLeNet: inception modules, which look at one place through windows of several sizes."""

from collections.abc import Callable, Sequence

from locality.network.layer import Layer
from locality.network.layers import Activation, Conv, Dense, Dropout, Flatten, Norm, Pool
from locality.network.network import Branches, Item, Network, Node
from locality.zoo.about import About

ABOUT = About(
    "googlenet",
    2014,
    "Going deeper with convolutions",
    "Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich",
    "arXiv:1409.4842",
    "6.67 % top-5 error on ImageNet (seven networks together); torchvision's weights: 10.47 %",
    "torchvision's: batch normalisation after every convolution, 3x3 windows where the paper has 5x5, the last pool "
    "2x2, no local response normalisation, and without the two auxiliary heads, which serve only in training. The one "
    "of 2014 is googlenet-2014.",
)
ABOUT_2014 = About(
    "googlenet-2014",
    2014,
    "Going deeper with convolutions",
    "Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich",
    "arXiv:1409.4842",
    "6.67 % top-5 error on ImageNet (seven networks together), 10.07 % alone",
    "As published: no batch normalisation, 5x5 windows, local response normalisation. As it is used after training; "
    "googlenet-2014-heads has the two auxiliary classifiers that training needs.",
)
ABOUT_HEADS = About(
    "googlenet-2014-heads",
    2014,
    "Going deeper with convolutions",
    "Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich",
    "arXiv:1409.4842",
    "6.67 % top-5 error on ImageNet (seven networks together), 10.07 % alone",
    "googlenet-2014 with its two auxiliary classifiers, behind the modules 4a and 4d. While training each adds 0.3 of "
    "its loss.",
)

# Channels of each module: 1x1; 3x3 reduced, 3x3; "5x5" reduced, "5x5"; after the pool.
INCEPTIONS = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


def googlenet(input: Sequence[int] = (3, 224, 224), classes: int = 1000) -> Network:
    """Three convolutions, nine inception modules, the average of each map, one dense layer (arXiv:1409.4842).

    Pools round up, the first convolution floors, as torchvision's do in silence. Names are torchvision's.

    >>> googlenet().parameter_count
    6624904
    """
    layers: list[Item] = [
        *_convolution("conv1", 64, 7, stride=2),
        _pool(1, 3),
        *_convolution("conv2", 64, 1),
        *_convolution("conv3", 192, 3),
        _pool(2, 3),
        *_inceptions("3a", "3b"),
        _pool(3, 3),
        *_inceptions("4a", "4b", "4c", "4d", "4e"),
        _pool(4, 2),
        *_inceptions("5a", "5b"),
        Pool("global-average", name="avgpool"),
        Flatten(name="flatten"),
        Dropout(0.2, name="dropout"),
        Dense(classes, name="fc"),
    ]
    return Network("googlenet", input, layers)


def googlenet_2014(input: Sequence[int] = (3, 224, 224), classes: int = 1000) -> Network:
    """The network of 2014 (arXiv:1409.4842): 5x5 windows, no batch normalisation, and without the auxiliary heads.
    Names follow torchvision's.

    >>> googlenet_2014().parameter_count
    6998552
    """
    return Network("googlenet-2014", input, _layers_2014(classes))


def googlenet_2014_heads(input: Sequence[int] = (3, 224, 224), classes: int = 1000) -> Network:
    """The same with the two classifiers that help training, behind modules 4a and 4d (arXiv:1409.4842, section 5).

    >>> net = googlenet_2014_heads()
    >>> net.heads, net.parameter_count
    (('aux1.fc2', 'aux2.fc2'), 13378280)
    """
    trunk = Network("trunk", input, _layers_2014(classes)).nodes
    heads = [node for number, stage in ((1, "4a"), (2, "4d")) for node in _head(f"aux{number}", stage, classes)]
    ends = ("aux1.fc2", "aux2.fc2")
    return Network("googlenet-2014-heads", input, nodes=[*trunk[:-1], *heads, trunk[-1]], heads=ends)


def _layers_2014(classes: int) -> list[Item]:
    """The layers of 2014."""
    relu = Activation("relu")
    response = Norm("local-response", size=5, alpha=1e-4, beta=0.75, k=1)
    first = Conv(64, 7, stride=2, padding=3, rounding="floor", name="conv1")
    return [
        *(first, relu, _pool(1, 3), response),
        *(Conv(64, 1, name="conv2"), relu, Conv(192, 3, padding=1, name="conv3"), relu, response, _pool(2, 3)),
        *(_inception_2014(stage) for stage in ("3a", "3b")),
        _pool(3, 3),
        *(_inception_2014(stage) for stage in ("4a", "4b", "4c", "4d", "4e")),
        _pool(4, 3),
        *(_inception_2014(stage) for stage in ("5a", "5b")),
        *(Pool("global-average", name="avgpool"), Flatten(name="flatten"), Dropout(0.4, name="dropout")),
        Dense(classes, name="fc"),
    ]


def _inception_2014(stage: str) -> Branches:
    """An inception module of 2014: 1x1, 3x3, 5x5 and a pool, side by side."""

    def convolution(name: str, channels: int, kernel: int) -> list[Layer]:
        conv = Conv(channels, kernel, padding=kernel // 2, name=f"{name}.conv")
        return [conv, Activation("relu", name=f"{name}.relu")]

    return _inception(f"inception{stage}", convolution, 5)


def _head(name: str, stage: str, classes: int) -> list[Node]:
    """An auxiliary classifier behind a module."""
    layers: list[tuple[str, Layer]] = [
        ("pool", Pool("average", 5, stride=3, rounding="floor")),
        *(("conv", Conv(128, 1)), ("relu", Activation("relu")), ("flatten", Flatten())),
        *(("fc1", Dense(1024)), ("relu1", Activation("relu")), ("dropout", Dropout(0.7)), ("fc2", Dense(classes))),
    ]
    sources = [f"inception{stage}.concat", *(f"{name}.{part}" for part, _ in layers)]
    return [Node(f"{name}.{part}", layer, source) for (part, layer), source in zip(layers, sources, strict=False)]


def _convolution(name: str, channels: int, kernel: int, stride: int = 1) -> list[Layer]:
    rounding = "floor" if stride > 1 else "exact"
    return [
        Conv(channels, kernel, stride, padding=kernel // 2, bias=False, rounding=rounding, name=f"{name}.conv"),
        Norm("batch", eps=1e-3, name=f"{name}.bn"),
        Activation("relu", name=f"{name}.relu"),
    ]


def _pool(number: int, kernel: int) -> Pool:
    return Pool("max", kernel, stride=2, rounding="ceil", name=f"maxpool{number}")


def _inceptions(*stages: str) -> list[Branches]:
    return [_inception(f"inception{stage}", _convolution, 3) for stage in stages]


def _inception(name: str, convolution: Callable[[str, int, int], list[Layer]], widest: int) -> Branches:
    """An inception module: windows of 1x1, 3x3 and the widest, and a pool, side by side."""
    one, reduced_three, three, reduced_five, five, pooled = INCEPTIONS[name.removeprefix("inception")]
    branches: list[list[Layer]] = [
        convolution(f"{name}.branch1", one, 1),
        convolution(f"{name}.branch2.0", reduced_three, 1) + convolution(f"{name}.branch2.1", three, 3),
        convolution(f"{name}.branch3.0", reduced_five, 1) + convolution(f"{name}.branch3.1", five, widest),
        [Pool("max", 3, 1, padding=1, name=f"{name}.branch4.0"), *convolution(f"{name}.branch4.1", pooled, 1)],
    ]
    return Branches(branches, "concat", name=f"{name}.concat")
