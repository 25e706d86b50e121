"""A wave function: a model, a sign rule, a projection; log psi of configurations."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from locality.engine.build import Model
from locality.errors import DescriptionError, ShapeError
from locality.lattice import Lattice
from locality.network.network import shape_text
from locality.quantum.amplitude import KINDS, POOLINGS, check_pooling, kind_of, log_amplitude
from locality.quantum.lanes.evaluator import lanes
from locality.quantum.signs import sign_mask, signs_of
from locality.quantum.symmetry import projection

Array = npt.NDArray[Any]
AT_ONCE = 32_768  # images of configurations that are evaluated at once


class State:
    """psi(s) = sum over the elements g of a group of character(g) sign(g s) f(g s), f what the network says.

    `model` is any `Model` whose input is the lattice's (sublattices, *size); `kind` follows from its numbers and its
    output (see `amplitude.py`), `pooling` says how places are gathered, `signs` and `symmetry` name the sign rule and
    the group. Amplitudes come from the kernels in `lanes/` where they know every layer, otherwise from the model:
    `evaluator` says which. After the parameters have changed, call `refresh`.

    Raises `ShapeError` for a network that does not fit the lattice or whose output makes no amplitude,
    `UnknownNameError` for a rule or group that is none, `DescriptionError` for a real psi in a complex representation.
    """

    def __init__(
        self, model: Model, lattice: Lattice, signs: str = "none", symmetry: str = "none", pooling: str = "product"
    ) -> None:
        if model.network.input != lattice.shape:
            raise ShapeError(
                f"{model.network.name}: its input is {shape_text(model.network.input)}, the {lattice} lattice's spins "
                f"are {shape_text(lattice.shape)}. Describe one for {shape_text(lattice.shape)}."
            )
        self.model, self.lattice, self.signs, self.symmetry = model, lattice, signs, symmetry
        self.kind, self.pooling = kind_of(model.network), check_pooling(pooling)
        self.mask = sign_mask(lattice, signs)
        self.projection = projection(lattice, symmetry)
        if self.kind == "real" and np.iscomplexobj(self.projection.characters):
            raise DescriptionError(
                f"symmetry {symmetry!r} makes psi complex, {model.network.name} is real. Use two output channels, "
                f"or a representation with characters 1 and -1."
            )
        self.lanes = lanes(model, KINDS.index(self.kind), POOLINGS.index(pooling))

    @property
    def evaluator(self) -> str:
        """lanes or torch: what computes amplitudes."""
        return "torch" if self.lanes is None else "lanes"

    @property
    def parameters(self) -> int:
        """How many numbers the state has, complex ones counted once."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    def refresh(self) -> None:
        """Take notice of changed parameters."""
        if self.lanes is not None:
            self.lanes.refresh()

    def log_psi(self, configurations: Array) -> Array:
        """log psi, complex128 (n,), of configurations (n, sites): log |psi| and the phase."""
        if configurations.ndim != 2 or configurations.shape[1] != self.lattice.sites:
            raise ShapeError(
                f"configurations: their shape is {configurations.shape}, not (n, {self.lattice.sites}), the spins of "
                f"each in the lattice's order. Use lattice.flat, say."
            )
        each = max(1, AT_ONCE // len(self.projection))
        parts = [self._log_psi(configurations[k : k + each]) for k in range(0, len(configurations), each)]
        return np.concatenate(parts) if parts else np.empty(0, complex)

    def _log_psi(self, configurations: Array) -> Array:
        if self.lanes is None:
            with torch.no_grad():
                found: Array = self.log_psi_tensor(configurations).numpy().astype(complex)
                return found
        images = self.projection.images(configurations)
        values = self.lanes.log_psi(images.reshape(-1, images.shape[2])).reshape(images.shape[:2])
        signs = signs_of(images, self.mask)
        if images.shape[1] == 1:
            alone: Array = values[:, 0] + 1j * np.pi * (signs[:, 0] < 0)
            return alone
        largest = values.real.max(1, keepdims=True)
        total = (signs * self.projection.characters * np.exp(values - largest)).sum(1)
        with np.errstate(divide="ignore"):
            summed: Array = np.log(total) + largest[:, 0]
        return summed

    def shares(self, configurations: Array) -> tuple[Array, Array]:
        """The images of configurations, int8 (n, elements, sites), and what share of psi each of them is, complex
        (n, elements), with sum 1."""
        images = self.projection.images(configurations)
        if images.shape[1] == 1 or self.lanes is None:
            return images, np.ones(images.shape[:2], complex)
        values = self.lanes.log_psi(images.reshape(-1, images.shape[2])).reshape(images.shape[:2])
        parts = np.exp(values - values.real.max(1, keepdims=True))
        parts *= signs_of(images, self.mask) * self.projection.characters
        return images, parts / parts.sum(1, keepdims=True)

    def log_psi_tensor(self, configurations: Array) -> Tensor:
        """The same by the model itself, as a tensor that derivatives can be taken of."""
        images, signs = self.images(configurations)
        return self.gathered(self.model(images), signs)

    def images(self, configurations: Array) -> tuple[Tensor, Tensor]:
        """What the model reads for configurations (n, sites): their images one after the other, (n elements,
        sublattices, *size), and the sign that each comes with, (n, elements)."""
        images = self.projection.images(configurations)
        like = next(self.model.parameters())
        spins = self.lattice.unflat(images.reshape(-1, images.shape[2]))
        signs = signs_of(images, self.mask) * self.projection.characters
        return torch.from_numpy(np.ascontiguousarray(spins)).to(like.dtype), torch.from_numpy(signs)

    def gathered(self, values: Tensor, signs: Tensor) -> Tensor:
        """log psi of what the model makes of images, and their signs."""
        logs = log_amplitude(values, self.kind, self.pooling).reshape(signs.shape)
        if signs.shape[1] == 1:
            return logs[:, 0] + 1j * (torch.pi * (signs[:, 0] < 0).to(logs.real.dtype))
        largest = logs.real.max(1, keepdim=True).values.detach()
        return ((logs - largest).exp() * signs).sum(1).log() + largest[:, 0]
