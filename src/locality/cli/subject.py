"""What `page` and `explain` look at: a network or a run, and pictures for it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import locality as loc
from locality.cli.inputs import load_run, read_data_for, read_network
from locality.cli.output import say
from locality.errors import DataError, LocalityError, RunError

if TYPE_CHECKING:
    from locality.engine.build import Model
    from locality.engine.run import Run
    from locality.network.network import Network
    from locality.views.sample import Picture

UNTRAINED = "Initial weights (seed 0): nothing has been learnt yet."


def read_subject(text: str, size: str | None = None) -> "Network | Model | Run":
    """The run of a folder or a module of PyTorch, with its weights; any other NET is a description."""
    folder = Path(text)
    if text and text not in loc.zoo.names() and "|" not in text and os.path.exists(folder / "run.json"):
        return load_run(folder)
    return read_network(text, size)


def built(net: "Network") -> Any:
    """The network with initial weights. Raises `RunError` where it has operations that cannot be built."""
    from locality.network.layers import Opaque

    for node in net.nodes:
        if isinstance(node.layer, Opaque):
            raise RunError(
                f"{node.name}: {node.layer.operation} has no arithmetic rule here, so a description alone computes "
                f"nothing. Import the module it came from, and use locality.page or locality.explain on its record."
            )
    return loc.build(net)


def pictures_for(subject: Any, image: Path | None, data: str | None, skip_bad: bool) -> "list[Picture]":
    """The pictures asked for by --image and --data, the first of which is looked at; none where neither is given."""
    from locality.views.sample import Picture, mistakes, of_data

    net, found = _network(subject), []
    if image is not None:
        array, said = fitted_picture(image, net.input, data or getattr(subject, "data_name", None))
        say(f"{image}: {sentence}" for sentence in said)
        found.append(Picture(array, image.name))
    if data is not None:
        pictures = read_data_for(net, data, skip_bad)
        found += of_data(pictures)
        if getattr(getattr(subject, "model", None), "classes", None) == pictures.classes:
            found += mistakes(subject, pictures)
    return found


def worst_first(subject: Any) -> "list[Picture]":
    """A run's surest mistakes and one picture of each class, mistakes first; that there are none is said."""
    from locality.views.sample import mistakes, of_data

    if not hasattr(subject, "data_name"):
        raise RunError("--mistake: a network that was not trained makes no mistakes. Give the folder of a run.")
    wrong = mistakes(subject, subject.data)
    if not wrong:
        say([f"{subject.data_name}: the run makes no mistake on the test pictures looked at."])
    return [*wrong, *of_data(subject.data)]


def first_picture(subject: Any) -> "Picture":
    """The picture that is looked at where none was asked for: of a run's data, or one that comes with the package."""
    from locality.views.sample import of_data, samples

    if hasattr(subject, "data_name"):
        try:
            return of_data(subject.data)[0]
        except LocalityError as error:
            say([f"The pictures of {subject.data_name} are not at hand. {error}"])
    return samples(_network(subject))[0]


def fitted_picture(path: Path, shape: tuple[int, ...], data: str | None) -> tuple[Any, list[str]]:
    """A picture file as a network trained on `data` takes it, and what was assumed about it."""
    from locality.data import fit_digit, fit_picture, read_picture
    from locality.data.picture import conversions
    from locality.data.spin_names import is_spins
    from locality.views.scene import DIGIT_SIDES

    if data is not None and is_spins(data):
        raise DataError(
            f"{path}: a picture holds no spins of +1 and -1, which is what a network trained on {data} reads. "
            f"Give it spins in Python: locality.predict(run, spins)."
        )
    picture = read_picture(path)
    if data in DIGIT_SIDES:
        # A digit is made like one of the data set, then brought to the network as those were.
        try:
            fitted, said = fit_digit(picture, (shape[0], DIGIT_SIDES[data], DIGIT_SIDES[data]))
        except DataError as error:
            raise DataError(f"{path}: {str(error).removeprefix('picture: ')}") from None
        return fit_picture(fitted, shape), list(said)
    fitted = fit_picture(picture, shape)
    assumed = conversions(path, shape[0])
    if picture.shape[1:] != shape[1:]:
        high, wide = picture.shape[1:]
        assumed.append(f"{wide}x{high}: brought to {shape[2]}x{shape[1]}, the overhang is cut off")
    return fitted, assumed or ["taken as it is"]


def _network(subject: Any) -> "Network":
    from locality.network.network import network_of

    return network_of(subject)
