"""Networks of every kind that an attribution may meet, and what they compute as a function, all in double precision."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import locality as loc
from locality.engine.build import Model
from locality.network.layers import Activation, Conv, Dense, Flatten, Norm, Pool
from locality.network.network import Branches, Network, Residual


@dataclass(frozen=True)
class Subject:
    """A model, a picture for it, and the scores (N, outputs) of pictures as somebody else computes them."""

    model: Model
    image: np.ndarray
    scores: Callable[[Tensor], Tensor]


class Own(nn.Module):
    """A module with an operation that no layer says (the flip), a gate and a skip."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, stride=2)
        self.body = nn.Conv2d(6, 6, 3, padding=1)
        self.norm = nn.BatchNorm2d(6)
        self.gate = nn.Conv2d(6, 6, 1)
        self.head = nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = F.silu(self.stem(x)).flip(2)
        y = self.norm(self.body(x))
        x = x + y * torch.sigmoid(self.gate(F.adaptive_avg_pool2d(y, 1)))
        return self.head(F.dropout(F.relu(x), 0.5, self.training).mean((2, 3)))


RESIDUAL = Network(
    "residual",
    (3, 11, 9),
    [
        Conv(4, 3, padding=1),
        Norm("batch"),
        Activation("relu"),
        Residual([Conv(4, 3, padding="same"), Norm("batch"), Activation("relu"), Conv(4, 3, padding="same")]),
        Activation("relu"),
        Branches([[Conv(3, 1)], [Pool("max", 3, stride=1, padding=1)]]),
        Pool("global-average"),
        Flatten(),
        Dense(5),
        Activation("softmax"),
    ],
)
TEXTS = {
    "plain": "plain: 2x12x11 | conv 4 3x3 pad 1 | relu | max 2x2 floor | conv 6 3x3 | tanh | flatten | dense 5",
    "line": "line: 2x30 | conv 4 5 pad 2 | relu | max 2 | conv 4 3 | relu | flatten | dense 3",
    "volume": "volume: 1x6x8x7 | conv 3 3x3x3 | relu | average 2x2x2 floor | conv 2 1x1x1 | relu | flatten | dense 3",
    "mapped": "mapped: 3x10x10 | conv 4 3x3 pad 1 | relu | conv 5 3x3 | relu | conv 2 1x1",
}


def shaken(model: Model) -> Model:
    """The model with nothing at its initial value, running statistics included."""
    draw = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                value.copy_(torch.rand(value.shape, generator=draw) - (0 if "running_var" in name else 0.5))
    return model


def _built(net: Network) -> Subject:
    model = shaken(loc.build(net)).double()
    image = np.random.default_rng(1).normal(size=net.input)
    return Subject(
        model, image, lambda x: model.logits(x).flatten(2).sum(2) if len(net.output) > 1 else model.logits(x)
    )


def _imported() -> Subject:
    torch.manual_seed(0)
    own = Own().eval().double()
    model = loc.from_torch(own, torch.zeros(1, 3, 17, 15))
    return Subject(model, np.random.default_rng(1).normal(size=(3, 17, 15)), own)


def subjects() -> dict[str, Subject]:
    nets = {name: Network.from_text(text) for name, text in TEXTS.items()}
    nets |= {"lenet5": loc.zoo.get("lenet5"), "residual": RESIDUAL}
    return {name: _built(net) for name, net in nets.items()} | {"imported": _imported()}


NAMES = (*TEXTS, "lenet5", "residual", "imported")
