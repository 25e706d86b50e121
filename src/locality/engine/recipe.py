"""`Recipe`: how to train, as frozen data that is kept with the run."""

from dataclasses import asdict, dataclass, fields, replace
from math import cos, pi
from typing import Any

from locality.errors import DescriptionError, unknown
from locality.geometry.arguments import one_of, whole

OPTIMIZERS = ("adamw", "sgd")
SCHEDULES = ("one-cycle", "cosine", "constant")


@dataclass(frozen=True)
class Recipe:
    """How a network is trained. The defaults were tuned for small networks and a few epochs, on held-out training
    pictures.

    - `epochs`, `batch_size`: every epoch runs over all training pictures in a new order, in batches of one size; the
      few left over are dropped.
    - `optimizer`: "adamw" (Loshchilov and Hutter, arXiv:1711.05101) or "sgd" with Nesterov `momentum`.
    - `learning_rate` is the largest one; `schedule` brings it up during the first `warmup` of all steps and then down
      to 0: in a line ("one-cycle", Smith, arXiv:1708.07120), along a cosine, or not at all ("constant").
    - `weight_decay` acts on weights alone, not on biases and norms. `label_smoothing` gives that share of the target
      to all classes alike.
    - `averaging`: the decay for one step of an exponential mean of the weights; the mean is what is tested and kept.
      0 keeps the weights themselves.
    - Augmentation, a new draw for every picture and epoch: `shift` by up to so many pixels each way (mirrored edges
      fill in, so never by a whole side), `flip` left and right at random, `rotation` by up to so many degrees, `crop`
      down to this share of each side (1 is none), `erase` a square with a side of so many pixels. Spins are shifted
      round the edges of their lattice, and flipped along their last axis; they are never turned, cropped or erased.
    - `validation`: the share of the training pictures that is held out and measured after every epoch. The test set
      is never looked at before the end.
    - `seed` decides the weights, the order, and every draw.

    Raises `DescriptionError` for numbers out of range and `UnknownNameError` for unknown words.

    >>> Recipe(epochs=3).epochs
    3
    """

    epochs: int = 6
    batch_size: int = 128
    learning_rate: float = 8e-3
    optimizer: str = "adamw"
    momentum: float = 0.9
    weight_decay: float = 0.1
    schedule: str = "one-cycle"
    warmup: float = 0.15
    label_smoothing: float = 0.03
    averaging: float = 0.0
    shift: int = 1
    flip: bool = False
    rotation: float = 0.0
    crop: float = 1.0
    erase: int = 0
    validation: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in {"epochs": 1, "batch_size": 1, "shift": 0, "erase": 0, "seed": 0}.items():
            object.__setattr__(self, name, whole(name, getattr(self, name), least))
        if not isinstance(self.flip, bool):
            raise DescriptionError(f"flip is {self.flip!r}; it must be True or False. Give one of the two.")
        one_of("optimizer", self.optimizer, OPTIMIZERS)
        one_of("schedule", self.schedule, SCHEDULES)
        _between("learning_rate", self.learning_rate, 0, 1000, open_low=True)
        _between("rotation", self.rotation, 0, 180)
        _between("crop", self.crop, 0, 1, open_low=True)
        _between("weight_decay", self.weight_decay, 0, 1000)
        for name in ("momentum", "warmup", "label_smoothing", "averaging", "validation"):
            _between(name, getattr(self, name), 0, 1, open_high=True)

    def rate(self, done: float) -> float:
        """The learning rate when this share of all steps, from 0 to 1, is done.

        >>> recipe = Recipe(learning_rate=1.0, schedule="one-cycle", warmup=0.25)
        >>> [recipe.rate(done) for done in (0.125, 0.25, 0.625)]
        [0.5, 1.0, 0.5]
        """
        if done < self.warmup:
            return self.learning_rate * done / self.warmup
        if self.schedule == "constant":
            return self.learning_rate
        left = (1 - done) / (1 - self.warmup)
        return self.learning_rate * (left if self.schedule == "one-cycle" else (1 - cos(pi * left)) / 2)

    def to_dict(self) -> dict[str, Any]:
        """Every setting by name, as JSON keeps it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "Recipe":
        """The recipe of what `to_dict` gave."""
        known = [field.name for field in fields(cls)]
        for name in plain:
            if name not in known:
                raise unknown("setting", name, known)
        return replace(cls(), **plain)


def _between(name: str, value: Any, low: float, high: float, open_low: bool = False, open_high: bool = False) -> None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not good or (open_low and value == low) or (open_high and value == high):
        least = f"more than {low:g}" if open_low else f"at least {low:g}"
        most = f"less than {high:g}" if open_high else f"at most {high:g}"
        raise DescriptionError(f"{name} is {value!r}; it must be {least} and {most}. Give a number in between.")
