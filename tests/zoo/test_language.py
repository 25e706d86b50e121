"""Networks from the literature that are not in the zoo: the language of descriptions can say them, and counts them."""

import pytest

from locality.network.layers import Activation, Conv, ConvTranspose, Dense, Dropout, Flatten, Norm, Pool
from locality.network.network import Branches, Item, Network, Residual
from locality.network.table import trace

RELU = Activation("relu")


def unet(channels: int = 64, levels: int = 5) -> list[Item]:
    """U-Net (arXiv:1505.04597) with padding "same": each level sends its map across and a coarser one below."""
    double: list[Item] = [Conv(channels, 3, padding="same"), RELU] * 2
    if levels == 1:
        return double
    below = [Pool("max", 2), *unet(2 * channels, levels - 1), ConvTranspose(channels, 2, stride=2)]
    return [*double, Branches([[], below]), *double]


def resnet20() -> list[Item]:
    """The CIFAR network of arXiv:1512.03385 with projections (option B)."""
    layers: list[Item] = [Conv(16, 3, padding=1, bias=False), Norm("batch"), RELU]
    for channels in (16, 32, 64):
        for block in range(3):
            shrinks = channels > 16 and block == 0
            first = Conv(channels, 3, 2 if shrinks else 1, padding=1, bias=False, rounding="floor")
            body = [first, Norm("batch"), RELU, Conv(channels, 3, padding=1, bias=False), Norm("batch")]
            shortcut = [Conv(channels, 1, 2, bias=False, rounding="floor"), Norm("batch")] if shrinks else []
            layers += [Residual(body, shortcut), RELU]
    return [*layers, Pool("global-average"), Flatten(), Dense(10)]


def inception(one: int, three_in: int, three: int, five_in: int, five: int, pooled: int) -> Branches:
    return Branches([
        [Conv(one, 1), RELU],
        [Conv(three_in, 1), RELU, Conv(three, 3, padding=1), RELU],
        [Conv(five_in, 1), RELU, Conv(five, 5, padding=2), RELU],
        [Pool("max", 3, 1, padding=1), Conv(pooled, 1), RELU],
    ])  # fmt: skip


def googlenet_2014() -> list[Item]:
    """The network of arXiv:1409.4842, without its auxiliary heads."""
    pool, response = Pool("max", 3, 2, rounding="ceil"), Norm("local-response", size=5)
    return [
        *(Conv(64, 7, 2, padding=3, rounding="floor"), RELU, pool, response),
        *(Conv(64, 1), RELU, Conv(192, 3, padding=1), RELU, response, pool),
        *(inception(64, 96, 128, 16, 32, 32), inception(128, 128, 192, 32, 96, 64), pool),
        *(inception(192, 96, 208, 16, 48, 64), inception(160, 112, 224, 24, 64, 64)),
        *(inception(128, 128, 256, 24, 64, 64), inception(112, 144, 288, 32, 64, 64)),
        *(inception(256, 160, 320, 32, 128, 128), pool),
        *(inception(256, 160, 320, 32, 128, 128), inception(384, 192, 384, 48, 128, 128)),
        *(Pool("global-average"), Flatten(), Dropout(0.4), Dense(1000)),
    ]


def alexnet_2012() -> list[Item]:
    """Two towers on two processors (doi:10.1145/3065386): the maps of one do not see the other's, but in conv3."""
    pool, response = Pool("max", 3, 2), Norm("local-response", size=5, k=2.0)
    return [
        *(Conv(96, 11, 4), RELU, response, pool),
        *(Conv(256, 5, padding=2, groups=2), RELU, response, pool),
        *(Conv(384, 3, padding=1), RELU, Conv(384, 3, padding=1, groups=2), RELU),
        *(Conv(256, 3, padding=1, groups=2), RELU, pool, Flatten()),
        *(Dense(4096), RELU, Dropout(0.5), Dense(4096), RELU, Dropout(0.5), Dense(1000)),
    ]


def forked_inception() -> list[Item]:
    """The last module of arXiv:1512.00567: branches inside branches, around a residual, with its sum inside them."""
    fork = Branches([[Conv(8, (1, 3), padding=(0, 1))], [Conv(8, (3, 1), padding=(1, 0))]])
    return [
        Conv(8, 1),
        Residual([Branches([[Conv(4, 1), fork], [Residual([RELU]), Conv(4, 1)], []]), Conv(8, 1)]),
        RELU,
    ]


# Layers, input, output, parameters, and multiply-accumulates where they are published.
NETWORKS = {
    "unet": ([*unet(), Conv(2, 1)], (1, 512, 512), (2, 512, 512), 31_030_658, None),
    "resnet20": (resnet20(), (3, 32, 32), (10,), 272_474, None),
    "googlenet-2014": (googlenet_2014(), (3, 224, 224), (1000,), 6_998_552, 1_582_671_872),
    "alexnet-2012": (alexnet_2012(), (3, 227, 227), (1000,), 60_965_224, 724_406_816),
    "forked": (forked_inception(), (3, 17, 17), (8, 17, 17), 32 + 36 + 2 * 104 + 36 + 232, None),
}
Said = tuple[list[Item], tuple[int, ...], tuple[int, ...], int, int | None]


@pytest.mark.parametrize(("name", "said"), NETWORKS.items())
def test_networks_of_the_literature_have_their_published_counts(name: str, said: Said) -> None:
    layers, input, output, parameters, macs = said
    net = Network(name, input, layers)
    table = trace(net)
    assert (net.output, table.parameters) == (output, parameters)
    assert macs is None or table.macs == macs


@pytest.mark.parametrize(("name", "said"), NETWORKS.items())
def test_networks_of_the_literature_go_through_text_and_json(name: str, said: Said) -> None:
    net = Network(name, said[1], said[0])
    assert Network.from_text(net.to_text()) == net
    assert Network.from_json(net.to_json()) == net


def test_unet_joins_two_maps_at_each_level_and_sees_140_pixels_at_the_bottom() -> None:
    table = trace(Network("unet", (1, 512, 512), [*unet(), Conv(2, 1)]))
    assert [row.output for row in table.rows if row.kind == "concat"] == [
        *((1024, 64, 64), (512, 128, 128), (256, 256, 256), (128, 512, 512))
    ]
    bottom = table["conv10"]
    assert (bottom.output, bottom.field, bottom.jump) == ((1024, 32, 32), (140, 140), (16, 16))
