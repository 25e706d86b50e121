"""`attribute`: what a network looks at in a picture, by four methods; each is one file."""

from collections.abc import Sequence
from typing import Any

from locality.engine.attribute.attribution import Attribution as Attribution
from locality.engine.attribute.effective import EffectiveField as EffectiveField
from locality.engine.attribute.effective import effective_field as effective_field
from locality.engine.attribute.grad_cam import grad_cam
from locality.engine.attribute.gradient import gradient
from locality.engine.attribute.integrated import integrated
from locality.engine.attribute.occlusion import occlusion
from locality.engine.attribute.sanity import Randomised as Randomised
from locality.engine.attribute.sanity import randomised as randomised
from locality.engine.attribute.target import chosen, picture
from locality.engine.build import model_of
from locality.errors import DescriptionError, unknown

# What each method computes with, and the settings it has.
METHODS = {
    "occlusion": (occlusion, ("window", "stride", "baseline")),
    "gradient": (gradient, ()),
    "integrated-gradients": (integrated, ("steps", "baseline")),
    "grad-cam": (grad_cam, ("node",)),
}


def attribute(
    subject: Any,
    image: Any,
    method: str = "grad-cam",
    target: int | str | None = None,
    *,
    window: int | Sequence[int] | None = None,
    stride: int | Sequence[int] | None = None,
    baseline: Any = None,
    steps: int | None = None,
    node: str | None = None,
) -> Attribution:
    """How much each pixel of a picture speaks for a class: an `Attribution`, whose `values` are one number a pixel.

    `subject` is a model or a run, `image` one picture as it reads them; `target` the number or the name of an output,
    the most probable class where none is given. The score explained is its logit, what the softmax is taken of, summed
    over space where the output has space. Computed as after training; the model and its gradients are left as they are.

    - "occlusion" (Zeiler and Fergus, arXiv:1311.2901): by how much the score falls when a `window` of pixels is
      replaced by `baseline`, averaged over the windows that cover a pixel. They move by `stride`; where the last one
      hangs over the edge it is cut. Default: an eighth of the side, moved by half of that.
    - "gradient" (Simonyan et al., arXiv:1312.6034): the largest |d score/d pixel| among the channels.
    - "integrated-gradients" (Sundararajan et al., arXiv:1703.01365): (x - `baseline`) times the mean gradient on the
      straight way from `baseline` to x, in `steps` midpoints (50), summed over the channels. The values add up to the
      difference of the two scores, but for `difference`.
    - "grad-cam" (Selvaraju et al., arXiv:1610.02391): the maps of a `node`, each times its mean gradient, summed,
      the positive part, brought to the picture's size by linear interpolation. Default: the last node with space.

    `baseline` is a number on the network's scale or a picture; 0, the mean of the training pictures, by default.

    Raises `UnknownNameError` for an unknown method, class or node, `ShapeError` for a picture of another shape,
    `DataError` for what is no picture, `DescriptionError` for settings that the method does not have and for a network
    without maps under Grad-CAM, and `RunError` where there is no model, its numbers are complex or not finite, or no
    gradient comes through.

    >>> import numpy as np
    >>> from locality.engine.build import build
    >>> from locality.network.network import Network
    >>> model = build(Network.from_text("1x8x8 | conv 4 3x3 | relu | max 2x2 | flatten | dense 3"))
    >>> spot = np.zeros((1, 8, 8), np.uint8)
    >>> spot[0, 2, 5] = 255
    >>> found = attribute(model, spot, "occlusion", window=1)
    >>> [[int(i) for i in axis] for axis in np.nonzero(found.values)]  # all else is 0 before and after
    [[2], [5]]
    """
    model = model_of(subject)
    if method not in METHODS:
        raise unknown("method", method, METHODS)
    computes, settings = METHODS[method]
    given = {"window": window, "stride": stride, "baseline": baseline, "steps": steps, "node": node}
    given = {name: value for name, value in given.items() if value is not None}
    for name in given:
        if name not in settings:
            has = f"Its settings are: {', '.join(settings)}" if settings else "It has no settings"
            raise DescriptionError(f"{method}: it has no {name}. {has}.")
    x = picture(model, image)
    found = computes(model, x, chosen(model, x, target), **given)
    assert isinstance(found, Attribution)
    return found
