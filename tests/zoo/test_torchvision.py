"""Names, shapes and wiring against independent torch modules whose parameters are named as torchvision's.

The twins below are written from the papers and from torchvision's published names, not from the zoo: they share no
code with it. Published weights load by name if, and only if, these tests pass.
"""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from locality import zoo
from locality.network.layers import (
    Activation,
    Concat,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Norm,
    Pool,
    Sum,
)
from locality.network.network import INPUT, Network


class AlexNetTwin(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, 1, 2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, 1, 1), nn.ReLU(), nn.Conv2d(384, 256, 3, 1, 1), nn.ReLU(),
            nn.Conv2d(256, 256, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(3, 2),
        )  # fmt: skip
        self.avgpool = nn.AdaptiveAvgPool2d(6)
        self.classifier = nn.Sequential(
            nn.Dropout(0.5), nn.Linear(9216, 4096), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4096, 4096), nn.ReLU(),
            nn.Linear(4096, 1000),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


class VGGTwin(nn.Module):
    def __init__(self, configuration: str) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for word in configuration.split():
            if word == "M":
                layers.append(nn.MaxPool2d(2, 2))
            else:
                layers.extend((nn.Conv2d(channels, int(word), 3, 1, 1), nn.ReLU()))
                channels = int(word)
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        self.classifier = nn.Sequential(
            nn.Linear(512 * 49, 4096), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(0.5),
            nn.Linear(4096, 1000),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


class NormedConv(nn.Module):
    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


class InceptionTwin(nn.Module):
    def __init__(self, inputs: int, widths: str) -> None:
        super().__init__()
        a, b, c, d, e, f = map(int, widths.split())
        self.branch1 = NormedConv(inputs, a, 1)
        self.branch2 = nn.Sequential(NormedConv(inputs, b, 1), NormedConv(b, c, 3))
        self.branch3 = nn.Sequential(NormedConv(inputs, d, 1), NormedConv(d, e, 3))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), NormedConv(inputs, f, 1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat((self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)), 1)


class GoogLeNetTwin(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = NormedConv(3, 64, 7, 2)
        self.maxpool1 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.conv2 = NormedConv(64, 64, 1)
        self.conv3 = NormedConv(64, 192, 3)
        self.maxpool2 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.inception3a = InceptionTwin(192, "64 96 128 16 32 32")
        self.inception3b = InceptionTwin(256, "128 128 192 32 96 64")
        self.maxpool3 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.inception4a = InceptionTwin(480, "192 96 208 16 48 64")
        self.inception4b = InceptionTwin(512, "160 112 224 24 64 64")
        self.inception4c = InceptionTwin(512, "128 128 256 24 64 64")
        self.inception4d = InceptionTwin(512, "112 144 288 32 64 64")
        self.inception4e = InceptionTwin(528, "256 160 320 32 128 128")
        self.maxpool4 = nn.MaxPool2d(2, 2, ceil_mode=True)
        self.inception5a = InceptionTwin(832, "256 160 320 32 128 128")
        self.inception5b = InceptionTwin(832, "384 192 384 48 128 128")
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(1024, 1000)

    def forward(self, x: Tensor) -> Tensor:
        *body, dropout, fc = self.children()
        for module in body:
            x = module(x)
        return fc(dropout(x.flatten(1)))


class ResidualTwin(nn.Module):
    """A block of two 3x3 convolutions, or, where `deep`, of 1x1, 3x3 and 1x1 with the stride in the middle."""

    def __init__(self, inputs: int, width: int, stride: int, deep: bool) -> None:
        super().__init__()
        outputs = 4 * width if deep else width
        if deep:
            self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
            self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
            self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
            self.bn3 = nn.BatchNorm2d(outputs)
        else:
            self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
            self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(width), nn.BatchNorm2d(width)
        if inputs != outputs or stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        self.deep = deep

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.deep:
            y = self.bn3(self.conv3(F.relu(y)))
        return F.relu(y + (self.downsample(x) if hasattr(self, "downsample") else x))


class ResNetTwin(nn.Module):
    def __init__(self, depths: str, deep: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        one, two, three, four = map(int, depths.split())
        wide = 4 if deep else 1
        self.layer1 = self.stage(64, 64, one, 1, deep)
        self.layer2 = self.stage(64 * wide, 128, two, 2, deep)
        self.layer3 = self.stage(128 * wide, 256, three, 2, deep)
        self.layer4 = self.stage(256 * wide, 512, four, 2, deep)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512 * wide, 1000)

    @staticmethod
    def stage(inputs: int, width: int, depth: int, stride: int, deep: bool) -> nn.Sequential:
        rest = [ResidualTwin(width * (4 if deep else 1), width, 1, deep) for _ in range(depth - 1)]
        return nn.Sequential(ResidualTwin(inputs, width, stride, deep), *rest)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(F.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


TWINS = {
    "alexnet": AlexNetTwin,
    "vgg16": lambda: VGGTwin("64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M"),
    "vgg19": lambda: VGGTwin("64 64 M 128 128 M 256 256 256 256 M 512 512 512 512 M 512 512 512 512 M"),
    "googlenet": GoogLeNetTwin,
    "resnet18": lambda: ResNetTwin("2 2 2 2", deep=False),
    "resnet34": lambda: ResNetTwin("3 4 6 3", deep=False),
    "resnet50": lambda: ResNetTwin("3 4 6 3", deep=True),
    "resnet101": lambda: ResNetTwin("3 4 23 3", deep=True),
    "resnet152": lambda: ResNetTwin("3 8 36 3", deep=True),
}


def parameters(net: Network) -> dict[str, tuple[int, ...]]:
    return {f"{node.name}.{key}": shape for node in net.nodes for key, shape in net.parameters(node).items()}


def shapes_of_modules(twin: nn.Module, side: int) -> dict[str, tuple[int, ...]]:
    """The output's shape of every module that has no children, without computing anything."""
    shapes: dict[str, tuple[int, ...]] = {}
    for name, module in twin.named_modules():
        if not list(module.children()):
            module.register_forward_hook(lambda _m, _i, out, name=name: shapes.update({name: tuple(out.shape[1:])}))
    twin(torch.empty(2, 3, side, side, device="meta"))
    return shapes


@pytest.mark.parametrize("name", TWINS)
def test_parameters_bear_the_names_and_shapes_of_torchvisions(name: str) -> None:
    with torch.device("meta"):
        twin = TWINS[name]()
    theirs = {key: tuple(value.shape) for key, value in twin.named_parameters()}
    assert parameters(zoo.get(name)) == theirs


@pytest.mark.parametrize("side", [224, 193])
@pytest.mark.parametrize("name", TWINS)
def test_every_module_of_torchvisions_is_a_node_of_that_name_and_output(name: str, side: int) -> None:
    with torch.device("meta"):
        twin = TWINS[name]()
    theirs = shapes_of_modules(twin, side)
    ours = zoo.get(name, input=(3, side, side)).shapes
    assert {module: ours.get(module) for module in theirs} == theirs


@pytest.mark.parametrize("name", TWINS)
def test_what_shapes_do_not_show_agrees_too(name: str) -> None:
    net = zoo.get(name)
    with torch.device("meta"):
        twin = TWINS[name]()
    for path, module in twin.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            layer = net.node(path).layer
            assert isinstance(layer, Norm)
            assert (layer.kind, layer.eps, layer.momentum) == ("batch", module.eps, module.momentum)
        elif isinstance(module, nn.Dropout):
            assert net.node(path).layer == Dropout(module.p)


def computed(net: Network, twin: nn.Module, image: Tensor) -> dict[str, Tensor]:
    """The description read aloud with torch's functions and the twin's weights, node by node."""
    weights, values = twin.state_dict(), {INPUT: image}
    for node in net.nodes:
        x, *others = (values[source] for source in node.inputs)
        w, b = weights.get(f"{node.name}.weight"), weights.get(f"{node.name}.bias")
        match node.layer:
            case Conv(stride=stride, padding=padding):
                values[node.name] = F.conv2d(x, w, b, stride, padding)
            case Norm(eps=eps):
                mean, variance = weights[f"{node.name}.running_mean"], weights[f"{node.name}.running_var"]
                values[node.name] = F.batch_norm(x, mean, variance, w, b, eps=eps)
            case Dense():
                values[node.name] = F.linear(x, w, b)
            case Pool(kind="max", kernel_size=size, stride=stride, padding=padding, rounding=rounding):
                values[node.name] = F.max_pool2d(x, size, stride, padding, ceil_mode=rounding == "ceil")
            case Pool(kind="global-average"):
                values[node.name] = x.mean((2, 3), keepdim=True)
            case Activation(function="relu"):
                values[node.name] = x.relu()
            case Flatten():
                values[node.name] = x.flatten(1)
            case Dropout():
                values[node.name] = x
            case Sum():
                values[node.name] = x + others[0]
            case Concat():
                values[node.name] = torch.cat((x, *others), 1)
            case layer:
                pytest.fail(f"{node.name}: {layer!r} is not among those read here")
    return values


@pytest.mark.parametrize("name", ["googlenet", "resnet18", "resnet50"])
def test_the_description_computes_what_the_torch_module_computes(name: str) -> None:
    torch.manual_seed(0)
    twin = TWINS[name]().double().eval()
    for key, value in twin.state_dict().items():
        if "running" in key or ((".bn" in key or "downsample.1" in key) and "num" not in key):
            value.uniform_(0.5, 1.5)
    image = torch.randn(2, 3, 61, 70, dtype=torch.double)
    with torch.no_grad():
        theirs = twin(image)
        net = zoo.get(name, input=(3, 61, 70))
        ours = computed(net, twin, image)
    assert {node: tuple(value.shape[1:]) for node, value in ours.items()} == net.shapes
    assert theirs.std() > 0
    torch.testing.assert_close(ours["fc"], theirs, rtol=1e-10, atol=1e-10)


def nodes_with_weights(name: str) -> list[str]:
    net = zoo.get(name)
    return [node.name for node in net.nodes if net.parameters(node)]


def test_alexnet_has_the_published_state_dict_keys() -> None:
    assert list(parameters(zoo.get("alexnet"))) == [
        *("features.0.weight", "features.0.bias", "features.3.weight", "features.3.bias"),
        *("features.6.weight", "features.6.bias", "features.8.weight", "features.8.bias"),
        *("features.10.weight", "features.10.bias", "classifier.1.weight", "classifier.1.bias"),
        *("classifier.4.weight", "classifier.4.bias", "classifier.6.weight", "classifier.6.bias"),
    ]


RESNET18 = """
conv1 bn1
layer1.0.conv1 layer1.0.bn1 layer1.0.conv2 layer1.0.bn2
layer1.1.conv1 layer1.1.bn1 layer1.1.conv2 layer1.1.bn2
layer2.0.conv1 layer2.0.bn1 layer2.0.conv2 layer2.0.bn2 layer2.0.downsample.0 layer2.0.downsample.1
layer2.1.conv1 layer2.1.bn1 layer2.1.conv2 layer2.1.bn2
layer3.0.conv1 layer3.0.bn1 layer3.0.conv2 layer3.0.bn2 layer3.0.downsample.0 layer3.0.downsample.1
layer3.1.conv1 layer3.1.bn1 layer3.1.conv2 layer3.1.bn2
layer4.0.conv1 layer4.0.bn1 layer4.0.conv2 layer4.0.bn2 layer4.0.downsample.0 layer4.0.downsample.1
layer4.1.conv1 layer4.1.bn1 layer4.1.conv2 layer4.1.bn2
fc
"""


def test_resnet18_has_the_published_state_dict_keys() -> None:
    assert nodes_with_weights("resnet18") == RESNET18.split()


def test_googlenet_has_the_published_state_dict_keys() -> None:
    branches = ["branch1", "branch2.0", "branch2.1", "branch3.0", "branch3.1", "branch4.1"]
    stages = ["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"]
    modules = ["conv1", "conv2", "conv3", *(f"inception{stage}.{branch}" for stage in stages for branch in branches)]
    assert nodes_with_weights("googlenet") == [*(f"{m}.{part}" for m in modules for part in ("conv", "bn")), "fc"]
