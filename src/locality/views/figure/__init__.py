"""Figures, checked by construction: convolution arithmetic, networks, and what a run has learnt.

`convolution`, `network` and `lattice` give a `Figure`, which shows itself in a notebook and saves itself as SVG, PNG,
PDF, GIF or MP4. The others give ordinary matplotlib figures. Names load when first used: matplotlib takes its time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from locality.views.figure.animation.convolution import convolution as convolution
    from locality.views.figure.diagram.network import network as network
    from locality.views.figure.figure import Figure as Figure
    from locality.views.figure.plots.attribution import attribution as attribution
    from locality.views.figure.plots.blocks import blocks as blocks
    from locality.views.figure.plots.effective import effective_field as effective_field
    from locality.views.figure.plots.field import field as field
    from locality.views.figure.plots.ground_state import ground_state as ground_state
    from locality.views.figure.plots.insides import feature_maps as feature_maps
    from locality.views.figure.plots.insides import kernels as kernels
    from locality.views.figure.plots.ising import ising as ising
    from locality.views.figure.plots.phases import phases as phases
    from locality.views.figure.plots.structure_factor import structure_factor as structure_factor
    from locality.views.figure.plots.training import confusion as confusion
    from locality.views.figure.plots.training import curves as curves
    from locality.views.figure.plots.training import mistakes as mistakes
    from locality.views.figure.real_space import lattice as lattice
    from locality.views.figure.theme import Theme as Theme

_HOME = {
    "Figure": "figure",
    "Theme": "theme",
    "attribution": "plots.attribution",
    "blocks": "plots.blocks",
    "confusion": "plots.training",
    "convolution": "animation.convolution",
    "curves": "plots.training",
    "effective_field": "plots.effective",
    "feature_maps": "plots.insides",
    "field": "plots.field",
    "ground_state": "plots.ground_state",
    "ising": "plots.ising",
    "kernels": "plots.insides",
    "lattice": "real_space",
    "mistakes": "plots.training",
    "network": "diagram.network",
    "phases": "plots.phases",
    "structure_factor": "plots.structure_factor",
}
__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'locality.figure' has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*_HOME, *(name for name in globals() if name.startswith("__"))])
