"""Convolutional neural networks for pixels and spins.

Describe a network once, check its arithmetic, train it, see every number in it. Names load when first used, so that
`import locality` takes milliseconds.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from locality import classic as classic
    from locality import zoo as zoo
    from locality.data import Dataset as Dataset
    from locality.data import dataset as dataset
    from locality.engine.attribute import attribute as attribute
    from locality.engine.attribute import effective_field as effective_field
    from locality.engine.attribute import randomised as randomised
    from locality.engine.build import Model as Model
    from locality.engine.build import build as build
    from locality.engine.evaluate import evaluate as evaluate
    from locality.engine.evaluate import predict as predict
    from locality.engine.importer import from_torch as from_torch
    from locality.engine.recipe import Recipe as Recipe
    from locality.engine.record import Record as Record
    from locality.engine.record import record as record
    from locality.engine.run import Run as Run
    from locality.engine.run import load as load
    from locality.engine.train import train as train
    from locality.errors import LocalityError as LocalityError
    from locality.geometry.window import conv_size as conv_size
    from locality.lattice import Lattice as Lattice
    from locality.lattice.blocks import block_spin as block_spin
    from locality.lattice.ising import ising as ising
    from locality.network.cell import Cell as Cell
    from locality.network.cell import explain as explain
    from locality.network.code import to_torch_code as to_torch_code
    from locality.network.layers import Activation as Activation
    from locality.network.layers import Concat as Concat
    from locality.network.layers import Conv as Conv
    from locality.network.layers import ConvTranspose as ConvTranspose
    from locality.network.layers import Crop as Crop
    from locality.network.layers import Dense as Dense
    from locality.network.layers import Distance as Distance
    from locality.network.layers import Dropout as Dropout
    from locality.network.layers import Flatten as Flatten
    from locality.network.layers import Norm as Norm
    from locality.network.layers import Opaque as Opaque
    from locality.network.layers import Pool as Pool
    from locality.network.layers import Product as Product
    from locality.network.layers import Reshape as Reshape
    from locality.network.layers import Sum as Sum
    from locality.network.layers import Upsample as Upsample
    from locality.network.network import Branches as Branches
    from locality.network.network import Network as Network
    from locality.network.network import Node as Node
    from locality.network.network import Residual as Residual
    from locality.network.seen import seen as seen
    from locality.network.table import Table as Table
    from locality.network.table import trace as trace
    from locality.quantum.ground_state import ground_state as ground_state
    from locality.quantum.vmc import VMC as VMC
    from locality.views import figure as figure
    from locality.views.page import Page as Page
    from locality.views.page import page as page

__version__ = "0.1.0"

# Where each public name lives. tests/test_public_page.py holds it against the imports above.
_PLACES = {
    "locality.errors": ("LocalityError",),
    "locality.geometry.window": ("conv_size",),
    "locality.network.layers": (
        "Activation", "Concat", "Conv", "ConvTranspose", "Crop", "Dense", "Distance", "Dropout", "Flatten", "Norm",
        "Opaque", "Pool", "Product", "Reshape", "Sum", "Upsample",
    ),
    "locality.network.network": ("Branches", "Network", "Node", "Residual"),
    "locality.network.table": ("Table", "trace"),
    "locality.network.seen": ("seen",),
    "locality.network.cell": ("Cell", "explain"),
    "locality.network.code": ("to_torch_code",),
    "locality.data": ("Dataset", "dataset"),
    "locality.lattice.blocks": ("block_spin",),
    "locality.lattice.ising": ("ising",),
    "locality.engine.attribute": ("attribute", "effective_field", "randomised"),
    "locality.engine.build": ("Model", "build"),
    "locality.engine.importer": ("from_torch",),
    "locality.engine.record": ("Record", "record"),
    "locality.engine.recipe": ("Recipe",),
    "locality.engine.train": ("train",),
    "locality.engine.run": ("Run", "load"),
    "locality.engine.evaluate": ("evaluate", "predict"),
    "locality.lattice": ("Lattice",),
    "locality.quantum.ground_state": ("ground_state",),
    "locality.quantum.vmc": ("VMC",),
    "locality.views.page": ("Page", "page"),
}  # fmt: skip
_HOME = {name: place for place, names in _PLACES.items() for name in names}

_MODULES = {"classic": "locality.classic", "figure": "locality.views.figure", "zoo": "locality.zoo"}

__all__ = [*sorted(_HOME), *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name not in _HOME:
        raise AttributeError(f"module 'locality' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, *(name for name in globals() if name.startswith("__"))])
