"""The settings in which every layer is tried. A new layer gets a list here, or the battery fails."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from locality.network.layer import Layer, Shape
from locality.network.layers import (
    ACTIVATIONS,
    COMPLEX_ACTIVATIONS,
    Activation,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    Distance,
    Dropout,
    Flatten,
    Norm,
    Opaque,
    Pool,
    Product,
    Reshape,
    Sum,
    Upsample,
)
from locality.network.network import Branches, Network


def normal(shape: Shape, draw: np.random.Generator) -> Any:
    return draw.normal(size=shape)


def spins(shape: Shape, draw: np.random.Generator) -> Any:
    """Plus and minus one, so that windows of even size tie."""
    return draw.choice([-1.0, 1.0], size=shape)


def rectified(shape: Shape, draw: np.random.Generator) -> Any:
    """Half of the numbers are exactly zero, as behind a relu."""
    return np.maximum(draw.normal(size=shape), 0)


def far_from_zero(shape: Shape, draw: np.random.Generator) -> Any:
    """A mean a thousand times the deviation: what a variance computed carelessly loses."""
    return 10 + 0.01 * draw.normal(size=shape)


def positive(shape: Shape, draw: np.random.Generator) -> Any:
    """Sums of these only grow, and with them the rounding of a careless sum."""
    return draw.random(size=shape)


def whole_line(shape: Shape, draw: np.random.Generator) -> Any:
    """From far below zero to far above, dense around zero, with every place where a formula changes."""
    bends = [0.0, -1.0, 1.0, -3.0, 3.0, 6.0, 19.999, 20.0, 20.001]
    points = [*bends, *np.logspace(-7, 1.9, 95), *-np.logspace(-7, 1.9, 95)]
    return np.broadcast_to(np.array([*points, np.pi])[: shape[1]], shape)


@dataclass(frozen=True)
class Case:
    """A node of a network, and the numbers that the network is given."""

    net: Network
    node: str
    images: Callable[[Shape, np.random.Generator], Any] = normal

    @property
    def layer(self) -> Layer:
        return self.net.node(self.node).layer

    def given(self, count: int = 2) -> Any:
        images = np.asarray(self.images((count, *self.net.input), np.random.default_rng(count)))
        if self.net.dtype.startswith("complex"):
            images = images + 1j * np.roll(images, 1)
        return images.astype(self.net.dtype)

    def as_dtype(self, dtype: str) -> "Case":
        return replace(self, net=Network(self.net.name, self.net.input, nodes=self.net.nodes, dtype=dtype))

    def __str__(self) -> str:
        shapes = " ".join("x".join(map(str, shape)) for shape in self.net.inputs(self.net.node(self.node)))
        return f"{self.layer!r} {shapes} {self.images.__name__}"


def alone(layer: Layer, *shape: int, images: Callable[[Shape, np.random.Generator], Any] = normal) -> Case:
    net = Network("case", shape, [layer])
    return Case(net, net.nodes[-1].name, images)


def joined(join: str, shape: Shape, *branches: list[Layer]) -> Case:
    net = Network("case", shape, [Branches(branches, join)])
    return Case(net, net.nodes[-1].name)


CONV = [
    alone(Conv(2, 3), 1, 9),
    alone(Conv(4, 3, stride=2, padding=((2, 1),), rounding="floor"), 2, 10),
    alone(Conv(2, 4, padding="same", padding_mode="wrap"), 3, 7),
    alone(Conv(2, 3, padding=2, dilation=2, padding_mode="reflect", bias=False), 1, 8),
    alone(Conv(3, 3, footprint="101"), 2, 7),
    alone(Conv(3, 5, padding=2, footprint="diamond"), 1, 6),
    alone(Conv(2, 1), 1, 1, 1),
    alone(Conv(6, 5), 1, 9, 8),
    alone(Conv(3, (3, 2), stride=(2, 1), padding=(1, 0)), 2, 7, 5),
    alone(Conv(3, 3, stride=2, padding=1, rounding="floor"), 2, 8, 6),
    alone(Conv(3, 3, stride=3, rounding="floor", bias=False), 2, 8, 5),
    alone(Conv(3, 3, padding="same"), 2, 5, 6),
    alone(Conv(3, (4, 2), padding="same"), 2, 5, 6),
    alone(Conv(3, 3, padding=((0, 2), (1, 0))), 2, 5, 6),
    *(alone(Conv(2, 3, padding=2, padding_mode=mode), 2, 5, 4) for mode in ("zeros", "edge", "reflect", "wrap")),
    *(
        alone(Conv(2, 3, stride=2, padding=((2, 1), (0, 3)), padding_mode=mode, rounding="floor"), 2, 5, 6)
        for mode in ("zeros", "edge", "reflect", "wrap")
    ),
    alone(Conv(2, 3, padding=4, padding_mode="wrap"), 1, 4, 4),
    alone(Conv(2, 3, padding=7, padding_mode="edge"), 1, 2, 3),
    alone(Conv(2, 3, dilation=2), 1, 7, 6),
    alone(Conv(2, 3, dilation=(1, 3), padding="same", padding_mode="wrap"), 1, 6, 7),
    alone(Conv(4, 3, padding=1, groups=2), 6, 5, 4),
    alone(Conv(4, 3, padding=1, groups=4), 4, 5, 4),
    alone(Conv(8, 3, padding=((1, 0), (0, 1)), groups=4, bias=False), 4, 5, 4),
    alone(Conv(4, 1, groups=2), 2, 4, 4),
    alone(Conv(3, 5, padding="same", footprint="diamond"), 2, 6, 5),
    alone(Conv(3, 3, padding=1, footprint="diamond", padding_mode="wrap", groups=3), 3, 4, 4),
    alone(Conv(3, 3, padding="same", footprint="hexagon", padding_mode="wrap"), 2, 4, 4),
    alone(Conv(3, 3, stride=2, padding=((1, 2), (2, 0)), footprint="hexagon", bias=False, rounding="floor"), 2, 6, 6),
    alone(Conv(3, 3, padding=1, footprint="010/111/010", dilation=2), 1, 6, 5),
    alone(Conv(3, (2, 3), footprint="110/011"), 2, 5, 6),
    alone(Conv(3, 3, padding=1, footprint="000/010/000", padding_mode="reflect"), 2, 5, 6),
    alone(Conv(2, 3, footprint="111/111/111"), 2, 5, 5),
    alone(Conv(2, 1, footprint="1"), 2, 3, 3),
    alone(Conv(2, 3, padding=1), 2, 4, 5, 3),
    alone(Conv(2, (1, 2, 3), stride=(1, 2, 1), padding=((0, 0), (1, 1), (2, 0))), 1, 3, 4, 5),
    alone(Conv(4, 3, padding="same", footprint="diamond", padding_mode="edge", groups=2), 2, 3, 4, 3),
    *(
        alone(Conv(1, 3, padding=((1, 2), (0, 1), (2, 1)), padding_mode=mode), 1, 3, 4, 3)
        for mode in ("zeros", "edge", "reflect", "wrap")
    ),
    alone(Conv(2, 3, padding=1, dilation=(1, 2, 1), stride=2, rounding="floor"), 1, 4, 6, 5),
    alone(Conv(4, 3, padding=1), 64, 12, 12, images=positive),
    alone(Conv(3, 3, connections=[[0], [1], [0, 1]]), 2, 6, 5),
    alone(Conv(2, 3, padding=((1, 2), (0, 1)), padding_mode="wrap", connections=[[2, 0], [1]], bias=False), 3, 5, 4),
    alone(Conv(3, 3, padding=1, footprint="diamond", dilation=2, connections=[[1], [0], [0, 1]]), 2, 7, 6),
    alone(Conv(2, 3, stride=2, rounding="floor", connections=[[0, 2], [2]]), 3, 8),
    alone(Conv(2, 2, connections=[[1], [0]]), 2, 3, 4, 3),
]

TRANSPOSE = [
    alone(ConvTranspose(2, 3), 1, 5),
    alone(ConvTranspose(2, 3, stride=2, padding=((2, 1),), output_padding=1), 2, 4),
    alone(ConvTranspose(3, 2, stride=2), 4, 3, 4),
    alone(ConvTranspose(3, 3, stride=2, padding=1, output_padding=1), 2, 3, 4),
    alone(ConvTranspose(3, (3, 4), stride=(1, 3), padding=(0, 2), output_padding=(0, 2)), 2, 3, 4),
    alone(ConvTranspose(2, 3, stride=2, padding=((0, 2), (3, 1))), 2, 4, 4),
    alone(ConvTranspose(2, 3, stride=2, padding=((0, 2), (3, 1)), output_padding=1, groups=2), 4, 4, 4),
    alone(ConvTranspose(2, 3, dilation=2), 1, 3, 4),
    alone(ConvTranspose(2, 3, dilation=3, output_padding=2, stride=2, padding=1), 1, 3, 4),
    alone(ConvTranspose(4, 3, stride=2, groups=2, bias=False), 6, 3, 3),
    alone(ConvTranspose(3, 3, groups=3), 3, 4, 3),
    alone(ConvTranspose(2, 1, stride=3), 1, 3, 3),
    alone(ConvTranspose(2, 2, stride=3, output_padding=2), 1, 2, 3),
    alone(ConvTranspose(2, 3, stride=2, padding=((1, 0), (0, 1), (2, 2)), output_padding=(0, 1, 1)), 1, 2, 3, 3),
    alone(ConvTranspose(2, 2, stride=2, bias=False), 2, 2, 2, 3),
]

BOTH = ("max", "average")
POOL = [
    *(alone(Pool(kind, 2), 3, 8) for kind in BOTH),
    *(alone(Pool(kind, 2), 3, 6, 8) for kind in BOTH),
    *(alone(Pool(kind, (3, 2), stride=(2, 1)), 2, 7, 5) for kind in BOTH),
    *(alone(Pool(kind, 3, stride=2, padding=1), 2, 7, 5) for kind in BOTH),
    *(alone(Pool(kind, 3, stride=2, rounding="ceil"), 2, 6, 8) for kind in BOTH),
    *(alone(Pool(kind, 3, stride=2, padding=1, rounding="ceil"), 2, 6, 8) for kind in BOTH),
    *(alone(Pool(kind, 2, stride=3, rounding="ceil"), 2, 6, 7) for kind in BOTH),
    *(alone(Pool(kind, 3, stride=2, padding=1, rounding="floor"), 2, 6, 8) for kind in BOTH),
    *(alone(Pool(kind, 3, stride=2, padding=((0, 1), (2, 1)), rounding="floor"), 2, 6, 8) for kind in BOTH),
    *(alone(Pool(kind, 3, stride=2, padding=((1, 0), (0, 1)), rounding="ceil"), 2, 5, 6) for kind in BOTH),
    *(alone(Pool(kind, 2, stride=3, padding=((1, 1), (0, 1)), rounding="ceil"), 2, 6, 7) for kind in BOTH),
    *(alone(Pool(kind, 3, stride=1, padding=2), 2, 5, 5) for kind in BOTH),
    *(alone(Pool(kind, 3, stride=2, dilation=2), 2, 7, 9) for kind in BOTH),
    *(alone(Pool(kind, 2, stride=2, dilation=3, padding=1, rounding="ceil"), 2, 7, 8) for kind in BOTH),
    *(alone(Pool(kind, 2, stride=(1, 2, 1), padding=(1, 0, 1)), 2, 3, 4, 3) for kind in BOTH),
    *(alone(Pool(kind, 2, stride=2, padding=((0, 1), 0, 1), rounding="ceil"), 1, 3, 5, 4) for kind in BOTH),
    alone(Pool("average", 3, stride=1, padding=7), 1, 2, 3),
    alone(Pool("average", 100), 4, 200, 200, images=positive),
    alone(Pool("average", 9, stride=1, padding=4), 1, 30, 30, images=positive),
    *(alone(Pool("majority", 2), *shape, images=spins) for shape in ((2, 12), (2, 8, 6), (1, 4, 4, 6))),
    *(alone(Pool("majority", 3), *shape, images=spins) for shape in ((2, 12), (2, 9, 6))),
    alone(Pool("majority", 2, stride=1), 2, 5, 6, images=spins),
    alone(Pool("majority", 4, stride=3, rounding="ceil"), 1, 9, 8, images=spins),
    alone(Pool("majority", 2, stride=3, rounding="floor"), 1, 9, 7, images=spins),
    alone(Pool("majority", 2, dilation=2, stride=2), 1, 7, 9, images=spins),
    alone(Pool("majority", 3), 2, 9, 9, images=normal),
    alone(Pool("majority", 2), 2, 8, 8, images=rectified),
    *(alone(Pool(f"global-{kind}"), *shape) for kind in BOTH for shape in ((3, 7), (3, 5, 4), (2, 3, 2, 4))),
    *(
        alone(Pool(kind, output_size=size), *shape)
        for kind in ("adaptive-average", "adaptive-max")
        for size, shape in [(3, (2, 7)), ((2, 3), (2, 5, 7)), (4, (2, 4, 4)), (3, (1, 2, 2)), ((2, 1, 3), (1, 3, 4, 4))]
    ),
    *(alone(Pool("subsampling", 2), *shape) for shape in ((3, 8), (3, 6, 8), (1, 4, 4, 6))),
    alone(Pool("subsampling", (3, 2), stride=(2, 1), padding=((0, 1), 1), rounding="floor"), 2, 7, 5),
    alone(Pool("subsampling", 3, stride=2, dilation=2, padding=1, rounding="ceil"), 2, 8, 9),
    alone(Pool("subsampling", 12, stride=1), 2, 20, 20, images=positive),
    alone(Pool("global-average"), 1, 120, 120, images=positive),
    alone(Pool("adaptive-average", output_size=2), 2, 150, 131, images=positive),
]  # fmt: skip

NORM = [
    *(
        alone(Norm(kind, affine=affine, **own), *shape, images=images)
        for kind, own in [("batch", {}), ("layer", {}), ("group", {"groups": 2})]
        for affine in (True, False)
        for shape in ((6,), (4, 9), (4, 5, 4), (2, 3, 2, 4))
        for images in (normal, rectified)
    ),
    *(
        alone(Norm("instance", affine=affine), *shape)
        for affine in (True, False)
        for shape in ((4, 9), (4, 5, 4), (2, 3, 2, 4))
    ),
    *(
        alone(Norm("local-response", size=size, alpha=0.3, beta=0.6, k=2), *shape)
        for size in (1, 2, 3, 4, 9)
        for shape in ((5, 3, 4), (6, 5), (7,), (3, 2, 3, 2))
    ),
    alone(Norm("group", groups=4), 4, 5, 4),
    alone(Norm("group", groups=1, eps=0.1), 4, 5, 4),
    alone(Norm("batch", eps=0.1, momentum=0.3), 4, 5, 4),
    *(
        alone(norm, 4, 6, 6, images=far_from_zero)
        for norm in (Norm("batch"), Norm("layer"), Norm("instance"), Norm("group", groups=2))
    ),
]

CURVES = [
    *(alone(Activation(function), 200, images=whole_line) for function in ACTIVATIONS if "softmax" not in function),
    *(alone(Activation(name), *shape) for name in ACTIVATIONS for shape in ((6,), (3, 4), (3, 2, 4), (2, 2, 3, 2))),
    alone(Activation("leaky_relu", slope=0.3), 200, images=whole_line),
    alone(Activation("leaky_relu", slope=0), 3, 4, 4),
    *(alone(Activation(function), 200, images=whole_line) for function in ("softmax", "log_softmax")),
]  # fmt: skip

COMPLEX_CURVES = [
    *(alone(Activation(name), 2, 3, 4) for name in COMPLEX_ACTIVATIONS),
    *(alone(Activation(name), 200, images=whole_line) for name in COMPLEX_ACTIVATIONS),
]

UPSAMPLE = [
    alone(Upsample(scale, mode), *shape)
    for mode in ("nearest", "linear")
    for scale, shape in [
        (2, (2, 5)), (2, (2, 3, 4)), (3, (1, 4, 3)), ((1, 2), (1, 4, 3)), ((2, 3), (2, 3, 5)), (1, (1, 3, 3)), 
        (4, (1, 1, 2)), ((2, 1, 3), (1, 2, 3, 2)), (2, (1, 2, 2, 3)), (41, (1, 30)), (7, (1, 40)), (3, (1, 60, 2)),
    ]
]  # fmt: skip

GATE = [Pool("global-average"), Conv(3, 1), Activation("sigmoid")]
CASES: dict[type[Layer], list[Case]] = {
    Conv: CONV,
    ConvTranspose: TRANSPOSE,
    Pool: POOL,
    Dense: [alone(Dense(5), 7), alone(Dense(1, bias=False), 1), alone(Dense(3), 2000, images=positive)],
    Norm: NORM,
    Activation: CURVES,
    Dropout: [alone(Dropout(0.9), 6), alone(Dropout(0.5), 3, 4, 4), alone(Dropout(0, True), 2, 3)],
    Flatten: [alone(Flatten(), *shape) for shape in ((5,), (2, 3), (2, 3, 4), (2, 2, 3, 2))],
    Reshape: [
        alone(Reshape(output), *shape)
        for output, shape in [
            ((5, 1, 1), (5,)),
            ((12,), (3, 4)),
            ((4, 6), (2, 3, 4)),
            ((2, 3, 2, 2), (24,)),
            ((1, 4, 3, 2), (2, 3, 4)),
        ]
    ],
    Upsample: UPSAMPLE,
    Crop: [
        alone(Crop(cells), *shape)
        for cells, shape in [
            (0, (2, 3, 3)),
            (2, (2, 7, 6)),
            (((1, 0), 2), (3, 4, 5)),
            (1, (2, 4)),
            (1, (1, 3, 4, 3)),
            (((0, 4),), (2, 5)),
        ]
    ],
    Distance: [
        alone(Distance(["010/101", "111/000", "000/000"]), 6),
        alone(Distance(["1"]), 1),
        alone(Distance(["10" * 200, "01" * 200]), 400, images=positive),
    ],
    Sum: [
        joined("sum", (3, 4, 5), [Conv(3, 1)], []),
        joined("sum", (2, 6), [Conv(2, 3, padding=1)], [Conv(2, 1)], []),
        joined("sum", (6,), [Dense(6)], [Activation("relu")]),
    ],
    Concat: [
        joined("concat", (3, 4, 5), [Conv(2, 1)], []),
        joined("concat", (1, 3, 4, 3), [Conv(2, 1)], [Conv(1, 3, padding=1)], [Pool("max", 3, stride=1, padding=1)]),
        joined("concat", (6,), [Dense(4)], []),
    ],
    Product: [
        joined("product", (3, 4, 5), [], GATE),
        joined("product", (3, 4, 5), GATE, [Conv(3, 1)]),
        joined("product", (3, 4, 5), GATE, [Conv(3, 1)], []),
        joined("product", (3, 6), [Conv(3, 1)], []),
        joined("product", (3, 2, 3, 2), [Conv(3, 1)], [], GATE),
        joined("product", (6,), [Dense(6)], []),
    ],
    Opaque: [alone(Opaque("attention", (4, 3)), 4, 3), alone(Opaque("reshape", output=(2, 6)), 12)],
}
