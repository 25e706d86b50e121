"""A network of the zoo with weights that somebody published."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import locality as loc
from locality.cli.output import say
from locality.errors import unknown

if TYPE_CHECKING:
    from locality.engine.build import Model

WeightsOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A file with its weights, .pth or .safetensors. Default: those for ImageNet."),
]


def read_published(name: str, weights: Path | None) -> "Model":
    """The zoo's network of that name with the weights of a file, or those published for ImageNet."""
    if name not in loc.zoo.names():
        raise unknown("network", name, loc.zoo.names())
    model = loc.build(name, weights="imagenet" if weights is None else weights)
    say(model.notes)
    return model
