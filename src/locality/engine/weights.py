"""Weights from files: read without running anything in them, put into a model strictly by name."""

import errno
import io
import pickletools
import re
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from locality import zoo
from locality.data.cache import cache_folder, cached_file
from locality.data.imagenet import CLASSES
from locality.engine.fetching import fetching
from locality.engine.files import RUN, WEIGHTS, read_json
from locality.engine.published import PUBLISHED
from locality.errors import RunError

if TYPE_CHECKING:
    from locality.engine.build import Model

IMAGENET = "imagenet"
_LISTED = 12  # names in a message
_COUNTER = "num_batches_tracked"  # of batch norm: nothing is computed with it after training, old files have none


def put_weights(model: "Model", weights: str | Path) -> None:
    """Put the published weights (`"imagenet"`), or those of a file, into a model.

    Where the model's network is the zoo's that has published weights, `mean`, `std`, `classes` and `preprocessing` are
    set as well, and `mean`, `std` and `classes` where the file lies in a run's folder; `notes` says what in the file
    was not used, or that the scale of the pictures is not known. Raises `RunError` where there are no published
    weights or what is in the file does not fit, `DataError` where they cannot be fetched.
    """
    net = model.network
    if not isinstance(weights, str | Path):
        raise RunError(f'{net.name}: weights is of type {type(weights).__name__}. Give "{IMAGENET}" or a file\'s path.')
    entry = PUBLISHED.get(net.name)
    if weights == IMAGENET:
        if entry is None:
            raise RunError(
                f"{net.name}: there are no published ImageNet weights for it. There are for {', '.join(PUBLISHED)}; "
                f"weights=PATH (--weights FILE) takes a file of your own."
            )
        with fetching() as progress:
            path = cached_file(net.name, cache_folder() / "weights", entry.file, entry.sources(), progress)
    else:
        path = Path(weights)
        if entry is not None and net.nodes != zoo.get(net.name).nodes:
            entry = None  # another network of that name
    left = load_weights(model, read_weights(path), str(path), entry.unused if entry else ())
    if entry is not None:
        model.mean, model.std, model.classes = entry.mean, entry.std, CLASSES
        side = entry.preprocessing.crop_size
        model.preprocessing = entry.preprocessing if net.input == (3, side, side) else None
        if left:
            model.notes = (f"{net.name}: of its file, what serves in training alone is left out: {', '.join(left)}.",)
    elif path.name == WEIGHTS and (path.parent / RUN).exists():
        plain = read_json(path.parent)
        model.mean, model.std, model.classes = (tuple(plain[name]) for name in ("mean", "std", "classes"))
    else:
        model.notes = (
            f"{net.name}: a file of weights does not say on what scale its pictures were; brightness from 0 to 1 is "
            f"taken as it is. Set model.mean and model.std, or give the folder of the run.",
        )


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a `.safetensors` file, or of a state dict that `torch.save` wrote.

    A pickle is read with `weights_only=True`: what would run is refused. Raises `RunError` for that, and for a file
    that is missing, damaged, or holds something else.
    """
    try:
        if path.suffix == ".safetensors":
            with safe_open(path, "pt") as file:
                return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        mapped = zipfile.is_zipfile(path)  # the format since 2020: read as it is needed, not all of it at once
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's about formats it has given up writing
            state = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except FileNotFoundError:
        raise RunError(
            f'{path}: there is no such file. Give a .pth or .safetensors file, or "{IMAGENET}" for published weights.'
        ) from None
    except Exception as error:  # a damaged file can raise nearly anything
        raise RunError(_refused(path, error)) from None
    return _tensors(path, state)


def load_weights(
    model: "Model", tensors: Mapping[str, Tensor], where: str, unused: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Put tensors into a model strictly by name and shape, but for those whose names begin with one of `unused`: they
    are left out, and named in what comes back.

    Raises `RunError` that names all that is missing, not in the network, or of another shape (the first dozen of
    each). A missing `num_batches_tracked` is no fault: nothing is computed with it.
    """
    state = model.state_dict()
    missing = [name for name in state if name not in tensors and not name.endswith(_COUNTER)]
    others = [name for name in tensors if name not in state]
    extra = [name for name in others if not name.startswith(unused)]
    misfits = [fault for name in tensors if name in state and (fault := _misfit(name, tensors[name], state[name]))]
    wrong = [
        *([f"{_listed(missing)} {'are' if len(missing) > 1 else 'is'} missing"] if missing else []),
        *([f"{_listed(extra)} {'are' if len(extra) > 1 else 'is'} not in the network"] if extra else []),
        *([_listed(misfits, "; ")] if misfits else []),
    ]
    if wrong:
        prefix = _prefix(state, tensors)
        todo = f"Save net.{prefix}.state_dict()" if prefix else "Use the weights of the same network"
        said = f"all its names begin with '{prefix}.'" if prefix else "; ".join(wrong)
        raise RunError(f"{where}: {said}. {todo}.")
    with torch.no_grad():
        for name, tensor in tensors.items():
            if name in state:
                state[name].copy_(tensor)
    return tuple(others)


def _prefix(state: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> str:
    """What stands before every name of a network that was wrapped in another module, "" where that is not why."""
    first = next(iter(tensors), "").partition(".")[0]
    stripped = {name.removeprefix(f"{first}.") for name in tensors}
    return first if stripped == set(state) and all(name.startswith(f"{first}.") for name in tensors) else ""


def _misfit(name: str, have: Tensor, want: Tensor) -> str | None:
    """How a tensor differs from the network's, None where it can be put there."""
    if have.shape != want.shape:
        said = ["x".join(map(str, t.shape)) or "a number" for t in (have, want)]
    elif (
        have.layout != want.layout
        or have.is_quantized
        or not torch.can_cast(have.dtype, want.dtype)
        or (want.is_floating_point() and not have.is_floating_point())
    ):
        said = [str(t.dtype if t.layout == torch.strided else t.layout).removeprefix("torch.") for t in (have, want)]
    else:
        return None
    return f"{name} is {said[0]}, the network's is {said[1]}"


def _listed(names: list[str], between: str = ", ") -> str:
    more = len(names) - _LISTED
    return between.join(names[:_LISTED]) + (f"{between}and {more} more" if more > 0 else "")


def _tensors(path: Path, state: Any) -> dict[str, Tensor]:
    """The state dict itself, if it is one."""
    if isinstance(state, Mapping) and state and all(isinstance(key, str) for key in state):
        strange = [f"{key} ({type(value).__name__})" for key, value in state.items() if not isinstance(value, Tensor)]
        if not strange:
            return dict(state)
        held = _listed(strange)
    else:
        held = f"{'an empty ' * (isinstance(state, Mapping) and not state)}{type(state).__name__}"
    raise RunError(f"{path}: it holds {held} where a state dict has tensors by name. {_SAVE}")


_SAVE = "Save net.state_dict() itself, with torch.save or as safetensors."


def _refused(path: Path, error: Exception) -> str:
    """What is said of a file that cannot be read."""
    if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # torch's for a file cut short
        return f"{path}: it cannot be read ({error.strerror}). Check the path and its permissions."
    if not isinstance(error, SafetensorError) and (code := _called(path)):
        return f"{path}: it is a pickle that would run code ({code}), so it is refused. {_SAVE}"
    said = str(error).strip().split("\n")[0].rstrip(".")[:120] or type(error).__name__
    why = "" if "weights_only" in said else f" ({said})"  # torch's own words are about its argument
    kind = "" if isinstance(error, SafetensorError) else "is cut short, or "
    return f"{path}: it {kind}is no file of weights{why}. Fetch or save it again."


def _called(path: Path) -> str:
    """The first thing that a pickle would import besides tensors, read off without running anything; "" where there is
    none to be seen."""
    strings: list[str] = []
    try:
        raw = path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                raw = archive.read(next(name for name in archive.namelist() if name.endswith("data.pkl")))
        stream = io.BytesIO(raw)
        while stream.tell() < len(raw):  # torch's old format is several pickles, one after the other
            for code, argument, _ in pickletools.genops(stream):
                name = ""
                if code.name in ("GLOBAL", "INST"):
                    name = str(argument).replace(" ", ".")
                elif code.name == "STACK_GLOBAL":
                    name = ".".join(strings[-2:])
                elif isinstance(argument, str):
                    strings.append(argument)
                if name and not re.match(r"torch\.(_utils\._rebuild|\w+Storage$)|collections\.OrderedDict", name):
                    return name
    except Exception:  # what is no pickle, or one cut short
        pass
    return ""
