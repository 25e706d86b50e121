"""Plain data of ground states, as `GroundState.to_dict()` gives them: 6x6 at J2 = 0.5, and changes to it."""

from copy import deepcopy
from typing import Any

import numpy as np

EXACT = {0.0: -0.67887215, 0.4: -0.52974501, 0.5: -0.50380965, 0.6: -0.49323859, 0.8: -0.58648660, 1.0: -0.71436043}


def history(steps: int, final: float, seed: int = 0) -> list[dict[str, Any]]:
    """A run that comes down from +0.4 to `final`, with noise that becomes smaller."""
    draw = np.random.Generator(np.random.PCG64(seed))
    lines = []
    for step in range(1, steps + 1):
        left = 0.9 * np.exp(-step / 6) + 0.02 * np.exp(-step / (0.2 * steps))
        variance = 0.008 + 0.5 * left
        error = float(np.sqrt(variance / 36 / 1024))
        lines.append(
            {
                "step": step, "energy": float(final + left + error * draw.normal()), "error": error,
                "imaginary": 1e-5, "variance": float(variance), "acceptance": 0.41, "r_hat": 1.01, "clipped": 0,
                "learning_rate": 0.02, "norm": 0.1, "seconds": 0.6,
                "split": {"sampling": 0.2, "energies": 0.2, "gradients": 0.1, "solve": 0.1},
            }
        )  # fmt: skip
    return lines


def result(j2: float = 0.5, steps: int = 300, off: float = 8e-4, size: int = 6, **changed: Any) -> dict[str, Any]:
    """The plain data of a run of so many steps that ends `off` above the exact energy."""
    exact = EXACT[j2]
    energy, error = exact + off, 1.2e-4
    plain = {
        "lattice": {"name": "square", "size": [size, size], "periodic": True},
        "j2": j2, "network": "nqs-resnet", "parameters": 12_345, "signs": "marshall", "symmetry": "c4v+flip",
        "kind": "modulus and phase", "vmc": {"steps": steps, "samples": 1024, "seed": 0},
        "energy_per_site": energy, "error": error, "variance": 0.0082, "v_score": 0.0082 / energy**2,
        "acceptance": 0.4123, "tau": 1.34, "r_hat": 1.0034,
        "reference": {
            "energy_per_site": exact, "kind": "exact", "source": "Schulz, Ziman and Poilblanc 1996",
            "relative_error": off / abs(exact), "sigmas": off / error,
        },
        "warnings": [], "history": history(steps, energy),
        "observables": {"staggered": {"value": 0.0912, "error": 0.0003}, "stripe": {"value": 0.0213, "error": 0.0004}},
        "seconds": 184.2, "folder": "runs/here",
    }  # fmt: skip
    return deepcopy(plain | changed)
