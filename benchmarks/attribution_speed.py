"""How long does an attribution take? Occlusion with its windows in batches, against one window at a time.

On a picture of 224x224 the windows of 28, moved by 14, are 225. One at a time, the model computes each as it is; in
batches, an optimised copy does. Both give the same map, which is checked. The other methods stand beside it. Initial
weights: they cost what trained ones cost.

    python benchmarks/attribution_speed.py            two minutes
    python benchmarks/attribution_speed.py --smoke    a few seconds; its numbers mean nothing
"""

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

import locality as loc


def one_by_one(model: Any, x: torch.Tensor, window: int, target: int) -> np.ndarray:
    """The same map with a pass for each window, as it is usually written."""
    step, (high, wide) = window // 2, x.shape[2:]
    falls, counts = np.zeros((high, wide)), np.zeros((high, wide))
    with torch.inference_mode():
        score = model.logits(x)[0, target].item()
        for top in range(0, high - window + 1, step):
            for left in range(0, wide - window + 1, step):
                place = (slice(top, top + window), slice(left, left + window))
                covered = x.clone()
                covered[:, :, place[0], place[1]] = 0
                falls[place] += score - model.logits(covered)[0, target].item()
                counts[place] += 1
    return falls / counts


def measured(what: str, does: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """The median of the seconds that it takes, and what it gives; the first round warms up and is not counted."""
    seconds, found = [], None
    for _ in range(rounds + 1):
        started = time.perf_counter()
        found = does()
        seconds.append(time.perf_counter() - started)
    kept = seconds[1:]
    middle = statistics.median(kept)
    print(f"  {what:<34} {middle:8.3f} s ({min(kept):.3f} to {max(kept):.3f}, {rounds} times)", flush=True)
    return middle, found


def compared(name: str, rounds: int) -> None:
    """One network: occlusion both ways, and the other methods."""
    model = loc.build(loc.zoo.get(name))
    shape = model.network.input
    window = shape[-1] // 8 // 2 * 2
    image = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    x = model.prepare(image)
    chosen = loc.attribute(model, image, "gradient").target
    print(f"{name}, {'x'.join(map(str, shape))}, windows of {window} moved by {window // 2}")
    settings = {"window": window, "stride": window // 2}
    slow, plain = measured("occlusion, one window at a time", lambda: one_by_one(model, x, window, chosen), rounds)
    quick, found = measured(
        "occlusion, windows in batches", lambda: loc.attribute(model, image, "occlusion", chosen, **settings), rounds
    )
    if not np.allclose(found.values, plain, atol=1e-3 * np.abs(plain).max()):  # a fast wrong answer does not count
        raise SystemExit(f"{name}: the two maps differ.")
    print(f"  batches are {slow / quick:.2f} times as fast")
    for method in ("gradient", "integrated-gradients", "grad-cam"):
        measured(method, partial(loc.attribute, model, image, method, chosen), rounds)


def main() -> None:
    smoke = "--smoke" in sys.argv
    print(f"locality {loc.__version__}, torch {torch.__version__}, {torch.get_num_threads()} threads; medians")
    for name in ("lenet5",) if smoke else ("lenet5", "resnet18", "efficientnet-lite0"):
        compared(name, 1 if smoke else 3)


if __name__ == "__main__":
    main()
