"""The networks whose pages are opened: made once, when first asked for."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

import locality as loc
from locality.network.layers import Concat, Crop, Distance, Opaque, Product, Reshape, Sum
from locality.network.network import Network, Node
from locality.views.sample import drawn


class Subject:
    """A network, its model, a picture, and the page of them; `bare` is a page of the description alone."""

    def __init__(
        self, make: Callable[[], Network], *, bare: bool = False, classes: tuple[str, ...] | None = None
    ) -> None:
        self._make, self.bare, self.classes = make, bare, classes

    @cached_property
    def net(self) -> Network:
        return self._make()

    @cached_property
    def model(self) -> Any:
        """The network with weights; norms have statistics and scales that are not those they begin with."""
        import torch

        model = loc.build(self.net)
        if not self.bare:
            draw = torch.Generator().manual_seed(1)
            with torch.no_grad():
                for value in model.state_dict().values():
                    if value.is_floating_point() and value.ndim <= 1:
                        value.copy_(torch.rand(value.shape, generator=draw, dtype=value.dtype) + 0.5)
        if self.classes:
            model.classes = self.classes
        return model

    @cached_property
    def image(self) -> Any:
        """A digit for LeNet-5, bytes drawn at random where the input is a picture, else numbers around zero."""
        if self.net.input == (1, 28, 28):
            return drawn("7", 28, 28)
        draw = np.random.default_rng(0)
        if len(self.net.input) == 3 and self.net.input[0] in (1, 3):
            return draw.integers(0, 256, self.net.input, np.uint8)
        return draw.normal(size=self.net.input).astype(self.net.dtype)

    @cached_property
    def record(self) -> Any:
        return self.model.record(self.image)

    @cached_property
    def page(self) -> Any:
        return loc.page(self.net if self.bare else self.model, self.image)


def notation(text: str) -> Callable[[], Network]:
    return lambda: Network.from_text(text)


def every_kind(dtype: str = "float32") -> Network:
    """Every kind of layer, with the settings that make a cell's arithmetic differ."""
    nodes = [
        Node("conv", loc.Conv(4, 3, padding=1), "input"),
        Node("strided", loc.Conv(4, 3, stride=2, padding=((1, 0), (0, 1)), groups=2, rounding="floor"), "conv"),
        Node("dilated", loc.Conv(2, 3, padding=2, dilation=2, padding_mode="wrap"), "conv"),
        Node("diamond", loc.Conv(2, 3, padding=1, padding_mode="reflect", footprint="diamond", bias=False), "conv"),
        Node("connected", loc.Conv(3, 3, padding=1, connections=[[0], [1, 3], [0, 2, 3]]), "conv"),
        Node("subsampling", loc.Pool("subsampling", 2), "connected"),
        Node("crop", Crop(((1, 0), 1)), "subsampling"),
        Node("reshaped", Reshape((6, 3)), "crop"),
        Node("cropped", loc.Flatten(), "reshaped"),
        Node("distance", Distance(["010/111/000/110/001/101", "111/000/010/000/111/100"]), "cropped"),
        Node("distance_flat", loc.Activation("softsign"), "distance"),
        Node("edged", loc.Conv(2, 3, padding=1, padding_mode="edge", footprint="hexagon"), "conv"),
        Node("max", loc.Pool("max", 3, stride=2, padding=1, rounding="ceil"), "conv"),
        Node("average", loc.Pool("average", 3, stride=2, padding=1, rounding="floor"), "conv"),
        Node("adaptive", loc.Pool("adaptive-average", output_size=4), "conv"),
        Node("adaptive_max", loc.Pool("adaptive-max", output_size=4), "conv"),
        Node("majority", loc.Pool("majority", 2), "conv"),
        Node("batch", loc.Norm("batch"), "conv"),
        Node("layer", loc.Norm("layer"), "conv"),
        Node("group", loc.Norm("group", groups=2), "conv"),
        Node("instance", loc.Norm("instance"), "conv"),
        Node("response", loc.Norm("local-response", size=3), "conv"),
        Node("transposed", loc.ConvTranspose(4, 3, stride=2, padding=1, output_padding=1), "strided"),
        Node("grouped", loc.ConvTranspose(4, 2, stride=2, groups=2, bias=False), "strided"),
        Node("nearest", loc.Upsample(2), "strided"),
        Node("linear", loc.Upsample(2, "linear"), "strided"),
        Node("sum", Sum(), ["transposed", "nearest", "linear"]),
        Node("product", Product(), ["sum", "batch"]),
        Node("concat", Concat(), ["product", "dilated", "diamond", "edged"]),
        Node("relu", loc.Activation("relu"), "concat"),
        Node("gelu", loc.Activation("gelu"), "relu"),
        Node("channels", loc.Activation("softmax"), "gelu"),
        Node("dropout", loc.Dropout(0.5), "channels"),
        Node("global", loc.Pool("global-average"), "concat"),
        Node("global_max", loc.Pool("global-max"), "dropout"),
        Node("both", Concat(), ["global", "global_max"]),
        Node("flatten", loc.Flatten(), "both"),
        Node("maps", loc.Flatten(), "adaptive"),
        Node("dense", loc.Dense(5), "maps"),
        Node("dense2", loc.Dense(5, bias=False), "flatten"),
        Node("both2", Sum(), ["dense", "dense2"]),
        Node("unread", Concat(), ["both2", "scalars"]),
        Node("softmax", loc.Activation("log_softmax"), "unread"),
        Node("last", loc.Activation("softmax"), "softmax"),
    ]
    scalars = ["max", "average", "adaptive_max", "majority", "layer", "group", "instance", "response", "grouped"]
    ends = []
    for name in scalars:
        ends += [
            Node(f"{name}_mean", loc.Pool("global-average"), name),
            Node(f"{name}_flat", loc.Flatten(), f"{name}_mean"),
        ]
    at = [node.name for node in nodes].index("unread")
    joined = Node("scalars", Concat(), [*(f"{name}_flat" for name in scalars), "distance_flat"])
    return Network("every", (1, 8, 8), nodes=[*nodes[:at], *ends, joined, *nodes[at:]], dtype=dtype)


def unet() -> Network:
    return Network.from_text(
        "unet: 1x16x16 | conv 4 3x3 same | relu | concat[ max 2x2 | conv 8 3x3 same | relu | "
        "concat[ max 2x2 | conv 8 3x3 same | relu | conv-transpose 8 2x2 stride 2 ; skip ] | conv 8 3x3 same | relu | "
        "conv-transpose 4 2x2 stride 2 ; skip ] | conv 2 3x3 same"
    )


RESIDUAL = (
    "residual: 3x16x16 | conv 8 3x3 same | batch-norm | relu | "
    "sum[ conv 8 3x3 same | batch-norm | relu | conv 8 3x3 same | batch-norm ; skip ] | relu | "
    "sum[ conv 16 3x3 stride 2 pad 1 floor | batch-norm | relu | conv 16 3x3 same | batch-norm ; "
    "conv 16 1x1 stride 2 floor | batch-norm ] | relu | global-average | flatten | dense 4"
)
INCEPTION = (
    "inception: 3x16x16 | conv 8 3x3 same | relu | "
    "concat[ conv 4 1x1 | relu ; conv 4 1x1 | relu | conv 8 3x3 same | relu ; "
    "conv 2 1x1 | relu | conv 4 5x5 same | relu ; max 3x3 stride 1 pad 1 | conv 4 1x1 | relu ] | "
    "global-average | flatten | dense 4"
)

SUBJECTS: dict[str, Subject] = {
    "lenet5": Subject(lambda: loc.zoo.get("lenet5"), classes=tuple("0123456789")),
    "lenet5-bare": Subject(lambda: loc.zoo.get("lenet5"), bare=True),
    "every": Subject(every_kind),
    "every-bare": Subject(every_kind, bare=True),
    "every-double": Subject(lambda: every_kind("float64")),
    "colour": Subject(notation("colour: 3x20x24 | conv 4 5x5 | relu | max 2x2 | flatten | dense 3")),
    "residual": Subject(notation(RESIDUAL)),
    "inception": Subject(notation(INCEPTION)),
    "line": Subject(
        notation("line: 2x40 | conv 4 5 pad 2 | relu | max 2 | conv-transpose 3 2 stride 2 | flatten | dense 3")
    ),
    "volume": Subject(
        notation("volume: 2x6x7x8 | conv 3 3x3x3 same | relu | average 2x1x2 | global-max | flatten | dense 3")
    ),
    "unet": Subject(unet),
    "opaque": Subject(
        lambda: Network("opaque", (1, 8, 8), [loc.Conv(2, 3), Opaque("attention", (2, 6, 6)), loc.Activation("relu")]),
        bare=True,
    ),
    "resnet18": Subject(lambda: loc.zoo.get("resnet18")),
    "resnet50": Subject(lambda: loc.zoo.get("resnet50")),
    "googlenet": Subject(lambda: loc.zoo.get("googlenet")),
    "tiny-vgg": Subject(lambda: loc.zoo.get("tiny-vgg")),
}
