"""Published parameters and multiply-accumulates, and golden tables whose columns are added up again."""

import csv
from pathlib import Path

import pytest

from locality import zoo
from locality.network.table import trace

GOLDEN = Path(__file__).parents[1] / "golden" / "zoo"
PUBLISHED = {
    "ffnn": (266_610, 266_200),
    "lenet1": (2_578, 91_520),
    "lenet5-1998": (60_000, 326_520),
    "lenet5": (61_706, 416_520),
    "tiny-vgg": (19_920, 5_608_780),
    "alexnet-2012": (60_965_224, 724_406_816),
    "alexnet": (61_100_840, 714_188_480),
    "zfnet-2013": (62_357_608, 1_168_032_896),
    "vgg16": (138_357_544, 15_470_264_320),
    "vgg19": (143_667_240, 19_632_062_464),
    "googlenet-2014": (6_998_552, 1_582_671_872),
    "googlenet-2014-heads": (13_378_280, 1_591_044_096),
    "googlenet": (6_624_904, 1_498_376_192),
    "resnet20-cifar": (272_474, 40_813_184),
    "resnet18": (11_689_512, 1_814_073_344),
    "resnet34": (21_797_672, 3_663_761_408),
    "resnet50": (25_557_032, 4_089_184_256),
    "resnet101": (44_549_160, 7_801_405_440),
    "resnet152": (60_192_808, 11_513_626_624),
    "efficientnet-lite0": (4_652_008, 385_187_552),
    "unet": (31_030_658, 150_428_424_448),
    "carrasquilla-2017": (900 * 100 + 100 + 100 * 2 + 2, 900 * 100 + 100 * 2),
    "carrasquilla-2017-cnn": (
        2 * 2 * 2 * 64 + 64 + 64 * 256 * 64 + 64 + 64 * 2 + 2,
        256 * 2 * 2 * 2 * 64 + 64 * 256 * 64 + 64 * 2,
    ),
    "choo-2019": (3_838, 36 * 13 * (12 + 12 * 10 + 10 * 8 + 8 * 6 + 6 * 4 + 4 * 2)),
    "nqs-resnet": (9 * 16 + 16 + 4 * (9 * 16 * 16 + 16), 36 * (9 * 16 + 4 * 9 * 16 * 16)),
}
STAGES = {
    "lenet1": {"h1": (4, 24, 24), "h2": (4, 12, 12), "h3": (12, 8, 8), "h4": (12, 4, 4)},
    "lenet5-1998": {"c1": (6, 28, 28), "s2": (6, 14, 14), "c3": (16, 10, 10), "s4": (16, 5, 5), "c5": (120, 1, 1),
                    "f6": (84,)},
    "alexnet-2012": {"conv1": (96, 55, 55), "conv2": (256, 27, 27), "conv3": (384, 13, 13), "pool3": (256, 6, 6)},
    "zfnet-2013": {"conv1": (96, 110, 110), "pool1": (96, 55, 55), "conv2": (256, 26, 26), "pool2": (256, 13, 13),
                   "pool3": (256, 6, 6)},
    "googlenet-2014": {"conv1": (64, 112, 112), "maxpool2": (192, 28, 28), "inception3b.concat": (480, 28, 28),
                       "inception4e.concat": (832, 14, 14), "inception5b.concat": (1024, 7, 7)},
    "googlenet-2014-heads": {"aux1.pool": (512, 4, 4), "aux2.pool": (528, 4, 4)},
    "resnet20-cifar": {"layer1.2.add": (16, 32, 32), "layer2.2.add": (32, 16, 16), "layer3.2.add": (64, 8, 8)},
    "unet": {"down1.conv2": (64, 568, 568), "down5.conv2": (1024, 28, 28), "crop4": (512, 56, 56),
             "concat1": (128, 392, 392), "join1.conv2": (64, 388, 388)},
    "carrasquilla-2017-cnn": {"conv1": (64, 16, 16), "dense1": (64,)},
    "lenet5": {"pool1": (6, 14, 14), "pool2": (16, 5, 5), "flatten1": (400,)},
    "alexnet": {"features.0": (64, 55, 55), "features.2": (64, 27, 27), "features.5": (192, 13, 13),
                "features.12": (256, 6, 6), "flatten": (9216,)},
    "vgg16": {"features.4": (64, 112, 112), "features.9": (128, 56, 56), "features.16": (256, 28, 28),
              "features.23": (512, 14, 14), "features.30": (512, 7, 7), "avgpool": (512, 7, 7)},
    "vgg19": {"features.36": (512, 7, 7), "flatten": (25088,)},
    "googlenet": {"conv1.conv": (64, 112, 112), "maxpool1": (64, 56, 56), "maxpool2": (192, 28, 28),
                  "inception3a.concat": (256, 28, 28), "inception3b.concat": (480, 28, 28),
                  "maxpool3": (480, 14, 14), "inception4e.concat": (832, 14, 14), "maxpool4": (832, 7, 7),
                  "inception5b.concat": (1024, 7, 7), "flatten": (1024,)},
    "resnet18": {"conv1": (64, 112, 112), "maxpool": (64, 56, 56), "layer1.1.add": (64, 56, 56),
                 "layer2.1.add": (128, 28, 28), "layer3.1.add": (256, 14, 14), "layer4.1.add": (512, 7, 7)},
    "resnet34": {"layer1.2.add": (64, 56, 56), "layer4.2.add": (512, 7, 7)},
    "resnet50": {"layer1.2.add": (256, 56, 56), "layer2.3.add": (512, 28, 28), "layer3.5.add": (1024, 14, 14),
                 "layer4.2.add": (2048, 7, 7), "flatten": (2048,)},
    "resnet101": {"layer3.22.add": (1024, 14, 14), "layer4.2.add": (2048, 7, 7)},
    "resnet152": {"layer2.7.add": (512, 28, 28), "layer3.35.add": (1024, 14, 14), "layer4.2.add": (2048, 7, 7)},
}  # fmt: skip
# The CNN Explainer's own table: shape, parameters, field and jump.
TINY_VGG = {
    "conv_1_1": ((10, 62, 62), 280, 3, 1),
    "relu_1_1": ((10, 62, 62), 0, 3, 1),
    "conv_1_2": ((10, 60, 60), 910, 5, 1),
    "relu_1_2": ((10, 60, 60), 0, 5, 1),
    "max_pool_1": ((10, 30, 30), 0, 6, 2),
    "conv_2_1": ((10, 28, 28), 910, 10, 2),
    "relu_2_1": ((10, 28, 28), 0, 10, 2),
    "conv_2_2": ((10, 26, 26), 910, 14, 2),
    "relu_2_2": ((10, 26, 26), 0, 14, 2),
    "max_pool_2": ((10, 13, 13), 0, 16, 4),
    "flatten": ((1690,), 0, 64, None),
    "output": ((10,), 16_910, 64, None),
}


def test_every_network_of_the_zoo_has_published_counts() -> None:
    assert tuple(PUBLISHED) == zoo.names()


@pytest.mark.parametrize(("name", "counts"), PUBLISHED.items())
def test_parameters_and_multiply_accumulates_are_the_published_ones(name: str, counts: tuple[int, int]) -> None:
    table = trace(zoo.get(name))
    assert (table.parameters, table.macs) == counts
    assert zoo.get(name).parameter_count == counts[0]


@pytest.mark.parametrize(("name", "counts"), PUBLISHED.items())
def test_the_golden_table_is_reproduced_and_its_columns_add_up_to_the_published_counts(
    name: str, counts: tuple[int, int], request: pytest.FixtureRequest
) -> None:
    file = GOLDEN / f"{name}.csv"
    if request.config.getoption("--overwrite"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(trace(zoo.get(name)).to_csv(), encoding="utf-8", newline="\n")
    assert file.exists(), f"{file} is missing; write it with --overwrite"
    golden = file.read_text(encoding="utf-8")
    rows = list(csv.DictReader(golden.splitlines()))
    assert tuple(sum(int(row[column]) for row in rows) for column in ("parameters", "macs")) == counts
    assert trace(zoo.get(name)).to_csv() == golden


@pytest.mark.parametrize(("name", "stages"), STAGES.items())
def test_stages_end_in_the_shapes_of_the_papers(name: str, stages: dict[str, tuple[int, ...]]) -> None:
    shapes = zoo.get(name).shapes
    assert {stage: shapes[stage] for stage in stages} == stages


def test_tiny_vgg_has_the_rows_of_the_cnn_explainer() -> None:
    rows = {}
    for row in trace(zoo.get("tiny-vgg")).rows:
        rows[row.name] = (row.output, row.parameters, row.field[0] if row.field else None, row.jump and row.jump[0])
    assert rows == TINY_VGG


def test_tiny_vgg_tiles_its_input_everywhere() -> None:
    assert all(row.uncovered == 0 for row in trace(zoo.get("tiny-vgg")).rows)
