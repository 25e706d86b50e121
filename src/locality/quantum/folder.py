"""The folder of a ground state while it is looked for: opened, kept, and gone on with where it stopped."""

import json
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch
from torch import Tensor

from locality.engine import files
from locality.engine.checkpoint import circumstances
from locality.engine.weights import load_weights
from locality.errors import LocalityError, RunError
from locality.lattice import Lattice
from locality.network.plain import from_dict
from locality.quantum.hamiltonian import Hamiltonian
from locality.quantum.optimise import Search
from locality.quantum.state import State
from locality.quantum.vmc import VMC

RUN = "ground-state.json"
# What must be the same for a run to go on, and what is said where it is not.
KEPT = {
    "lattice": "another lattice",
    "j2": "another J2",
    "network": "another network",
    "signs": "another sign rule",
    "symmetry": "another symmetry",
    "pooling": "another pooling",
    "vmc": "other settings",
}
EVERY = 10.0  # seconds between checkpoints: a kill costs no more than that


def describe(state: State, hamiltonian: Hamiltonian, vmc: VMC) -> dict[str, Any]:
    """What a run is of, as JSON keeps it."""
    lattice = state.lattice
    return {
        "lattice": {"name": lattice.name, "size": list(lattice.size), "periodic": lattice.periodic},
        "j2": hamiltonian.j2,
        "network": json.loads(state.model.network.to_json()),
        "signs": state.signs,
        "symmetry": state.symmetry,
        "pooling": state.pooling,
        "vmc": vmc.to_dict(),
    }


def open_folder(folder: Path, search: Search, resume: bool) -> None:
    """Make the folder ready; where the run goes on, bring `search` to its checkpoint.

    Raises `RunError` where the folder cannot be made, holds a run already (without `resume`), none or another one
    (with it).
    """
    if resume:
        read_run(folder)  # before anything is made
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{folder}: no folder can be made there ({error.strerror}). Give another place.") from None
    files.sweep(folder)
    if not resume:
        _take(folder, search)
        return
    before, now = read_run(folder), json.loads(json.dumps(describe(search.state, search.hamiltonian, search.vmc)))
    for name, other in KEPT.items():
        if _settings(before.get(name)) != _settings(now[name]):
            raise RunError(f"{folder}: the run kept here has {_which(name, other, before, now)}. Use another folder.")
    if any((folder / name).exists() for name in (files.CHECKPOINT, files.METRICS)):  # else no step was kept yet
        restore(folder, search)


def _take(folder: Path, search: Search) -> None:
    """Write what the run is of, where there is none yet: of two that want the folder one gets it."""
    plain = describe(search.state, search.hamiltonian, search.vmc)
    try:
        with (folder / RUN).open("x", encoding="utf-8") as file:
            file.write(json.dumps(plain, indent=1) + "\n")
    except FileExistsError:
        raise RunError(
            f"{folder}: a run is kept here already. Use resume to go on with it, or give another folder."
        ) from None
    except OSError as error:
        raise RunError(f"{folder}: nothing can be written there ({error.strerror}). Give another place.") from None


def _settings(value: Any) -> Any:
    """A run may go on for more steps than it was begun with: everything else must agree."""
    return {name: one for name, one in value.items() if name != "steps"} if isinstance(value, dict) else value


def _which(name: str, other: str, before: dict[str, Any], now: dict[str, Any]) -> str:
    if name in ("lattice", "network") or not isinstance(before.get(name), dict):
        return other if name in ("lattice", "network") else f"{name} {before.get(name)!r}, not {now[name]!r}"
    for setting, value in now[name].items():
        if setting != "steps" and before[name].get(setting) != value:
            return f"{setting} {before[name].get(setting)!r}, not {value!r}"
    return other


def read_run(folder: Path) -> dict[str, Any]:
    """What `ground-state.json` holds. Raises `RunError` where there is none, or where it is damaged."""
    path = folder / RUN
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"{folder}: no ground state is kept here (no {RUN}). Give the folder of such a run.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(files.damaged(path, error)) from None
    if not isinstance(plain, dict) or not isinstance(plain.get("vmc"), dict):
        raise RunError(files.damaged(path, "no run in it"))
    return plain


def read_settings(folder: Path) -> dict[str, Any]:
    """What the run in a folder is of, as `ground_state` takes it: lattice, j2, network, signs, symmetry, pooling, vmc.
    Raises `RunError` where there is none, or where it is damaged."""
    plain = read_run(folder)
    try:
        lattice = Lattice(plain["lattice"]["name"], plain["lattice"]["size"], plain["lattice"]["periodic"])
        made = {"lattice": lattice, "network": from_dict(plain["network"]), "vmc": VMC(**plain["vmc"])}
        return {name: plain[name] for name in KEPT} | made
    except (KeyError, TypeError, LocalityError) as error:
        raise RunError(files.damaged(folder / RUN, error)) from None


class Keeper:
    """Keeps a search in its folder: a line for every step, a checkpoint every few seconds and at the end."""

    def __init__(self, folder: Path | None) -> None:
        self.folder, self.last = folder, -float("inf")

    def keep(self, search: Search, last: bool) -> None:
        """Write what there is to write by now."""
        if self.folder is None or (not last and monotonic() - self.last < EVERY):
            return
        write(self.folder, search)
        self.last = monotonic()


def write(folder: Path, search: Search) -> None:
    """Write the run's files, each whole or not at all. Where a run goes on, what the checkpoint says counts."""
    chains = search.chains
    state = search.state.model.state_dict()
    tensors = {f"model.{name}": tensor for name, tensor in state.items()}
    tensors["chains.configurations"] = torch.from_numpy(chains.configurations)
    tensors["chains.log_psi"] = torch.from_numpy(np.stack([chains.log_psi.real, chains.log_psi.imag]))
    if search.previous is not None:
        tensors["previous"] = torch.view_as_real(search.previous) if search.previous.is_complex() else search.previous
    tensors |= {f"good.{k}": tensor for k, tensor in enumerate(search.good)}
    note = {"history": json.dumps(search.history), "random": json.dumps(chains.random.bit_generator.state)}
    files.write_tensors(folder / files.WEIGHTS, state)
    files.write_tensors(folder / files.CHECKPOINT, tensors, note)
    files.write_metrics(folder, search.history)
    write_found(folder, search, None)


def write_found(folder: Path, search: Search, found: dict[str, Any] | None) -> None:
    """Write `ground-state.json`, with what was found at the end."""
    plain = describe(search.state, search.hamiltonian, search.vmc) | circumstances(search.state.model)
    if found is not None:
        plain["found"] = {name: value for name, value in found.items() if name not in plain and name != "history"}
    if not (folder / files.CHECKPOINT).exists():  # of a run of no steps
        files.write_tensors(folder / files.WEIGHTS, search.state.model.state_dict())
    files.write_whole(folder / RUN, (json.dumps(plain, indent=1) + "\n").encode())


def restore(folder: Path, search: Search) -> None:
    """Bring a search to where the folder's checkpoint stands. Raises `RunError` for one that is damaged."""
    place = folder / files.CHECKPOINT
    tensors, note = files.read_tensors(place)
    parts = {name.removeprefix("model."): tensor for name, tensor in tensors.items() if name.startswith("model.")}
    load_weights(search.state.model, parts, str(place))
    try:
        history = json.loads(note["history"])
        if not (isinstance(history, list) and all(isinstance(line, dict) and "seconds" in line for line in history)):
            raise ValueError("its history is no list of steps")
        configurations = tensors["chains.configurations"].numpy()
        real, imaginary = tensors["chains.log_psi"].numpy()
        if configurations.shape != search.chains.configurations.shape or real.shape != configurations.shape[:1]:
            raise ValueError("its chains are others")
        previous = tensors.get("previous")
        if previous is not None and len(previous) != search.state.parameters:
            raise ValueError("its step before is of another length")
        good = [tensors[f"good.{k}"] for k in range(sum(name.startswith("good.") for name in tensors))]
        parameters = [parameter.shape for parameter in search.state.model.parameters()]
        if good and [one.shape for one in good] != parameters:
            raise ValueError("its last good weights are of other shapes")
        search.chains.random.bit_generator.state = json.loads(note["random"])
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise RunError(files.damaged(place, error)) from None
    search.chains.configurations, search.chains.log_psi = configurations, real + 1j * imaginary
    search.history = history
    search.good = good
    files.write_metrics(folder, history)  # a kill may have come between the checkpoint and its last lines
    complex_numbers = any(parameter.is_complex() for parameter in search.state.model.parameters())
    search.previous = torch.view_as_complex(previous) if previous is not None and complex_numbers else previous
    search.state.refresh()


def weights_of(start: Any, state: State) -> tuple[dict[str, Tensor], str]:
    """The weights of another run, from its folder or from what `ground_state` returned, and where they come from.
    Raises `RunError` where there are none, and where another sign rule or another pooling made something else of them.
    """
    other = getattr(start, "state", None)
    if other is not None:
        _same("start", {"signs": other.signs, "pooling": other.pooling}, state)
        return other.model.state_dict(), f"the {other.lattice} ground state"
    if not isinstance(start, str | Path):
        raise RunError(
            f"start is {start!r}; it is neither a folder nor a ground state. Give the folder of a run, or what it "
            f"returned."
        )
    path = Path(start) / files.WEIGHTS
    if not path.exists():
        raise RunError(f"{start}: no weights are kept here (no {files.WEIGHTS}). Give the folder of a run.")
    if (Path(start) / RUN).exists():
        _same(str(start), read_run(Path(start)), state)
    return files.read_tensors(path)[0], str(path)


def _same(where: str, before: dict[str, Any], state: State) -> None:
    for name in ("signs", "pooling"):
        if before.get(name, getattr(state, name)) != getattr(state, name):
            raise RunError(
                f"{where}: these weights were found with {name} {before[name]!r}, not {getattr(state, name)!r}. Use "
                f"{name} {before[name]!r}, or begin without them."
            )
