"""`Run`: a trained network with all that is needed to go on; `load` brings one back from its folder."""

from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import torch
from torch import nn

from locality.data import Dataset, dataset_for
from locality.engine.build import Model
from locality.engine.files import RUN, WEIGHTS, damaged, read_json, read_metrics, read_tensors
from locality.engine.importer import from_torch
from locality.engine.modules import memory_format
from locality.engine.recipe import Recipe
from locality.engine.weights import load_weights
from locality.errors import DescriptionError, LocalityError, RunError, UnknownNameError
from locality.network.layers import Opaque
from locality.network.network import Network
from locality.network.plain import from_dict, to_dict


@dataclass(eq=False)
class Run:
    """A trained network: its model with the weights of the end, its recipe, and how training went.

    `history` has one dictionary for each epoch (epoch, loss, accuracy, validation_accuracy where pictures were held
    out, rate, seconds); `accuracy` is the share of the test pictures classified correctly, None until the last epoch
    is done; `folder` is where it is kept, None where it is not. `data` loads the data set when first asked for.
    """

    model: Model
    recipe: Recipe
    data_name: str
    history: tuple[dict[str, Any], ...] = ()
    accuracy: float | None = None
    seconds: float = 0.0
    folder: Path | None = None
    given_data: Dataset | None = None

    @property
    def network(self) -> Network:
        """The model's description."""
        return self.model.network

    @property
    def data(self) -> Dataset:
        """The data set it was trained on, its pictures brought to the network's input. Raises `DataError` or
        `UnknownNameError` where it cannot be had again."""
        if self.given_data is None:
            self.given_data = dataset_for(self.data_name, self.network.input)
        return self.given_data

    @property
    def finished(self) -> bool:
        """Whether the last epoch is done."""
        return self.accuracy is not None

    def record(self, images: Any) -> Any:
        """The record of these images (see `locality.record`)."""
        return self.model.record(images)

    def evaluate(self, data: Any = None) -> Any:
        """Its figures on the test pictures of its own data, or of another data set (see `locality.evaluate`)."""
        return self.model.evaluate(self.data if data is None else data)

    def attribute(self, image: Any, **arguments: Any) -> Any:
        """What its model looks at in a picture (see `locality.attribute`)."""
        return self.model.attribute(image, **arguments)

    def effective_field(self, node: str, **arguments: Any) -> Any:
        """Which pixels move a cell of its model (see `locality.effective_field`)."""
        return self.model.effective_field(node, **arguments)

    def __repr__(self) -> str:
        done = (
            f"accuracy {self.accuracy:.2%}"
            if self.accuracy is not None
            else f"epoch {len(self.history)} of {self.recipe.epochs} done"
        )
        return f"<Run of {self.network.name} on {self.data_name}: {done}>"


def load(folder: str | Path, module: Any = None) -> Run:
    """The run kept in a folder, its model with the weights of the last epoch done, ready to predict.

    A run of an imported network with opaque nodes needs the `module` that was imported (its weights do not matter), or
    the model that `from_torch` made of it. Raises `RunError` where there is no run, where a file of it is damaged, or
    where the module is another.
    """
    folder = Path(folder)
    plain = read_json(folder)
    recipe = _recipe(plain, folder)
    try:
        network = from_dict(plain["network"])
        operations = _operations(network, module, str(folder))
        model = Model(network, operations)
        channels = model.network.input[0]
        model.mean, model.std, model.classes = (tuple(plain[name]) for name in ("mean", "std", "classes"))
        if len(model.mean) != channels or len(model.std) != channels:
            raise ValueError(f"{len(model.mean)} means and {len(model.std)} stds for {channels} channels")
        run = Run(model, recipe, plain["data"], folder=folder)
        run.accuracy, run.seconds = plain["accuracy"], plain["seconds"]
    except RunError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, LocalityError) as error:
        raise RunError(damaged(folder / RUN, error)) from None
    tensors, _ = read_tensors(folder / WEIGHTS)
    load_weights(model, tensors, str(folder / WEIGHTS))
    laid = memory_format(model.network.input[1:])  # as it was trained: bits depend on it
    model.to(memory_format=laid)  # type: ignore[call-overload]
    run.history = tuple(read_metrics(folder))
    model.eval()
    return run


def _operations(network: Network, module: Any, where: str) -> dict[str, nn.Module] | None:
    """The modules of the network's opaque nodes, from the module that it was imported from."""
    opaque = next((node for node in network.nodes if isinstance(node.layer, Opaque)), None)
    if opaque is None:
        return None
    if module is None:
        raise RunError(
            f"{where}: {opaque.name} is an operation without arithmetic rule, which a description does not give. "
            f"Load the run with the module it was imported from: load(folder, module=net)."
        )
    model: Model
    if isinstance(module, Model):
        model = module
    else:
        example = torch.randn((1, *network.input), generator=torch.Generator().manual_seed(0))
        try:
            model = from_torch(module, example)
        except LocalityError as error:
            raise RunError(f"{where}: the module given is not the one that was trained here. {error}") from None
    for node, other in zip_longest(network.nodes, model.network.nodes):
        if node != other:
            name = (node or other).name
            raise RunError(
                f"{where}: the module given is not the one that was trained here: it differs at {name}. Give that one."
            )
    return model.operations()


def read_recipe(folder: Path) -> Recipe:
    """The recipe in `run.json`."""
    return _recipe(read_json(folder), folder)


def _recipe(plain: dict[str, Any], folder: Path) -> Recipe:
    try:
        return Recipe.from_dict(plain["recipe"])
    except (KeyError, TypeError, DescriptionError, UnknownNameError) as error:
        raise RunError(damaged(folder / RUN, error)) from None


def describe(run: Run, **more: Any) -> dict[str, Any]:
    """What `run.json` says of a run."""
    return {
        "network": to_dict(run.network),
        "recipe": run.recipe.to_dict(),
        "seed": run.recipe.seed,
        "data": run.data_name,
        "classes": list(run.model.classes or ()),
        "mean": list(run.model.mean),
        "std": list(run.model.std),
        "epochs_done": len(run.history),
        "seconds": round(run.seconds, 3),
        "accuracy": run.accuracy,
        **more,
    }
