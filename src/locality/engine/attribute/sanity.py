"""The sanity check: does a map change when the weights are thrown away?"""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from locality.engine.attribute.attribution import Attribution
from locality.engine.build import Model, build, model_of
from locality.errors import RunError
from locality.network.initial import generator
from locality.network.layers import Opaque

Array = npt.NDArray[Any]
ALIKE = 0.8  # a rank correlation from which a map counts as kept


@dataclass(frozen=True, eq=False, repr=False)
class Randomised:
    """How a map changes as weights are replaced layer by layer from the output back.

    `rows` are (node, correlation): after the weights of that node are replaced too, Spearman's rank correlation of
    |values| with the first map; nan where a map is one number everywhere. Printed, it is a table.
    """

    method: str
    target: int
    rows: tuple[tuple[str, float], ...]

    @property
    def depends(self) -> bool:
        """Whether the map changed: its rank correlation with the first one is below 0.8 when no weight is left."""
        return not abs(self.rows[-1][1]) >= ALIKE

    def __repr__(self) -> str:
        wide = max(len("replaced up to"), *(len(node) for node, _ in self.rows))
        lines = [f"{'replaced up to':<{wide}}  rank correlation", f"{'-' * wide}  ----------------"]
        lines += [f"{node:<{wide}}  {f'{found:.3f}' if found == found else 'blank':>16}" for node, found in self.rows]
        last = self.rows[-1][1]
        if self.depends:
            said = f"{self.method}: the map changes with the weights, so it shows something that was learned."
        else:
            said = (
                f"{self.method}: without any of the weights the map has a rank correlation of {last:.3f} with the "
                f"first one: it hardly changes, so it shows the picture rather than what was learned."
            )
        return "\n".join([*lines, "", said])


def randomised(
    subject: Any, image: Any, method: str = "grad-cam", target: int | str | None = None, seed: int = 0, **settings: Any
) -> Randomised:
    """The sanity check of a method (Adebayo et al., arXiv:1810.03292): weights are replaced by initial ones, of one
    node after the other from the output back, and the map of the same output is compared with the first one.

    `method`, `target` and `settings` are those of `attribute`, as is what is raised; `RunError` also where there are
    no weights, or where the first map is one number everywhere. Weights of an opaque node, whose initial ones nobody
    knows, change places among themselves. The model is left as it is.

    A linear network's integrated gradients are its weights times the picture: on a picture that is its baseline almost
    everywhere, they are zero at the same pixels whatever the weights.

    >>> from locality.engine.build import build
    >>> from locality.network.network import Network
    >>> model = build(Network.from_text("1x16x16 | flatten | dense 3"), seed=1)
    >>> spot = np.zeros((1, 16, 16), np.float32)
    >>> spot[0, 4:6, 4:6] = 1
    >>> randomised(model, spot, "gradient").depends, randomised(model, spot, "integrated-gradients").depends
    (True, False)
    """
    from locality.engine.attribute import attribute  # which reads this file

    model = model_of(subject)
    first: Attribution = attribute(model, image, method, target, **settings)
    if not np.ptp(np.abs(first.values)):
        raise RunError(
            f"{model.network.name}: its map by {first.method} is one number everywhere: there is nothing to compare. "
            f"Use another picture, target or method."
        )
    copy, fresh = deepcopy(model), _initial(model, seed)
    rows = []
    for node in reversed(copy.network.trunk()):
        if _replaced(copy, node.name, fresh, seed):
            found: Attribution = attribute(copy, image, method, first.target, **settings)
            rows.append((node.name, rank_correlation(first.values, found.values)))
    if not rows:
        raise RunError(f"{model.network.name}: it has no weights that could be replaced. Give a network with weights.")
    return Randomised(first.method, first.target, tuple(rows))


def _initial(model: Model, seed: int) -> dict[str, torch.Tensor]:
    """What an untrained model holds, by name, less what opaque nodes hold."""
    opaque = tuple(f"{node.name}." for node in model.network.nodes if isinstance(node.layer, Opaque))
    return {name: tensor for name, tensor in build(model, seed).state_dict().items() if not name.startswith(opaque)}


def _replaced(model: Model, node: str, fresh: dict[str, torch.Tensor], seed: int) -> bool:
    """Whether the node held any weights; they are replaced."""
    held = {name: one for name, one in model.get_submodule(node).state_dict(prefix=f"{node}.").items() if one.numel()}
    learned = {f"{node}.{name}" for name, _ in model.get_submodule(node).named_parameters()}
    with torch.no_grad():
        for name, tensor in held.items():
            if name in fresh and fresh[name].shape == tensor.shape:
                tensor.copy_(fresh[name])
            elif name in learned:  # of an operation, or of a module that was put in a node's place
                order = torch.from_numpy(generator(seed, name).permutation(tensor.numel()))
                tensor.copy_(tensor.flatten()[order.to(tensor.device)].reshape(tensor.shape))
    return bool(learned)


def rank_correlation(one: Array, other: Array) -> float:
    """Spearman's rank correlation of the magnitudes, equal ones sharing their mean rank; nan where one has no spread.

    >>> rank_correlation(np.array([1, -2, 3]), np.array([10, 20, -30]))
    1.0
    """
    ranks = [_ranks(np.abs(values).ravel()) for values in (one, other)]
    a, b = (each - each.mean() for each in ranks)
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size else float("nan")


def _ranks(values: Array) -> Array:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[places])
