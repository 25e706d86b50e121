"""A module named as Python names it, "package.module:Net" or "file.py:Net", imported as a `Model`."""

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from locality.engine.build import Model
from locality.engine.exporting import user_line
from locality.engine.importer import from_torch
from locality.errors import RunError


def from_name(text: str, shape: Sequence[int]) -> Model:
    """The module of that name for inputs of a shape (channels, *space), as `from_torch` imports it.

    A class or a function is called without arguments, torch's random numbers seeded, so that weights drawn there are
    the same each time. The folder that one stands in counts among the places where Python looks. Raises `RunError`
    where there is no such module or name, where importing or making it fails, and what `from_torch` raises.
    """
    place, _, name = text.rpartition(":")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        made = _made(text, _attribute(_module(text, place), place, name))
    return from_torch(made, torch.randn((1, *shape), generator=torch.Generator().manual_seed(0)))


def _module(text: str, place: str) -> ModuleType:
    """The Python module, from its file or by its name."""
    path = Path(place)
    file = place.endswith(".py")
    if file and not path.is_file():
        raise RunError(f"{text}: there is no file {place}. Check the path.")
    looked = str(path.resolve().parent if file else Path.cwd())
    if looked not in sys.path:
        sys.path.insert(0, looked)
    try:
        return _run_file(path) if file else importlib.import_module(place)
    except (Exception, SystemExit) as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if not file and missing and f"{place}.".startswith(f"{missing}."):
            raise RunError(
                f"{text}: there is no module {missing}, here or among the installed ones. "
                f"Go to the folder that it is in, or give its file: path/to/{place.split('.')[-1]}.py:..."
            ) from None
        raise RunError(_failed(text, "importing it", error)) from None


def _run_file(path: Path) -> ModuleType:
    """A file run as a module of its own name, which is known by that name as long as Python runs."""
    spec = importlib.util.spec_from_file_location(path.stem, path.resolve())
    assert spec is not None  # for a name that ends in .py there always is one
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def _attribute(module: ModuleType, place: str, name: str) -> Any:
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            known = [key for key, value in vars(module).items() if _is_module_class(value, module)]
            there = f"Its modules of torch are: {', '.join(known)}." if known else "No module of torch is made in it."
            raise RunError(f"{place}:{name}: there is no {name} in {place}. {there}")
        found = getattr(found, part)
    return found


def _is_module_class(value: Any, module: ModuleType) -> bool:
    own = isinstance(value, type) and issubclass(value, nn.Module) and value.__module__ == module.__name__
    return own or isinstance(value, nn.Module)


def _made(text: str, found: Any) -> nn.Module:
    """The torch module that was named: itself, or what a class or a function without arguments makes."""
    if isinstance(found, nn.Module):
        return found
    if not callable(found):
        raise RunError(
            f"{text}: it is of type {type(found).__name__}. Name a module of torch, its class, or what makes it."
        )
    needed = _needed(found)
    if needed:
        raise RunError(
            f"{text}: it needs {', '.join(needed)}. Write a function without arguments that makes it, for example "
            f"def make(): return {found.__name__}(...), and name that one."
        )
    try:
        made = found()
    except (Exception, SystemExit) as error:
        raise RunError(_failed(text, "making it", error)) from None
    if not isinstance(made, nn.Module):
        raise RunError(f"{text}: it gives something of type {type(made).__name__}. Name what makes a module of torch.")
    return made


def _needed(found: Any) -> list[str]:
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return []
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [each.name for each in parameters if each.default is each.empty and each.kind not in variadic]


def _failed(text: str, what: str, error: BaseException) -> str:
    line = user_line(error)
    said = str(error).strip().split("\n")[0].rstrip(".")
    return f"{text}: {what} fails{f' in {line}' if line else ''}: {type(error).__name__}: {said}. Mend that first."
