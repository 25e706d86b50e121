"""An exponential mean of the weights (Polyak averaging), which is what is tested and kept."""

import torch

from locality.engine.build import Model


class Average:
    """An exponential mean of the weights, which stands in their place inside a `with` block."""

    def __init__(self, model: Model, decay: float) -> None:
        self.decay = decay
        self.live = [t for t in model.state_dict().values() if t.is_floating_point()] if decay else []
        self.mean = [t.clone() for t in self.live]

    def step(self, number: int) -> None:
        if self.live:
            # Young means forget faster, so that the first weights do not linger.
            weight = 1 - min(self.decay, (1 + number) / (10 + number))
            torch._foreach_lerp_(self.mean, self.live, weight)

    def __enter__(self) -> None:
        for live, mean in zip(self.live, self.mean, strict=True):
            kept = live.clone()
            live.copy_(mean)
            mean.copy_(kept)

    def __exit__(self, *error: object) -> None:
        self.__enter__()

    def settle(self) -> None:
        """Let the model have the mean for good."""
        for live, mean in zip(self.live, self.mean, strict=True):
            live.copy_(mean)
