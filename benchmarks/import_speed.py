"""How long does from_torch take: the largest residual network as a module of PyTorch's own parts, 224 x 224 pictures.

Each time in a process of its own, because torch.export, which does half of the work, is loaded by the first import.
The time runs from the call to the compared model: the export, the description, and the comparison with the module on
two batches in both precisions.

    python benchmarks/import_speed.py            two minutes on two idle cores
    python benchmarks/import_speed.py --smoke    a small network, once
"""

import statistics
import subprocess
import sys

GOALS = {"resnet18": None, "resnet50": None, "resnet152": 15.0}
SMALL = {"lenet5": None}

ONCE = """
import sys, time
import torch
import locality as loc
net, names = loc.zoo.get(sys.argv[1]), {}
exec(loc.to_torch_code(net), names)
(made,) = (one for one in names.values() if isinstance(one, type) and issubclass(one, torch.nn.Module))
module, example = made(), torch.randn(1, *net.input, generator=torch.Generator().manual_seed(0))
started = time.perf_counter()
model = loc.from_torch(module, example)
print(time.perf_counter() - started, len(model.network.nodes))
"""


def seconds(name: str) -> tuple[float, int]:
    done = subprocess.run([sys.executable, "-c", ONCE, name], check=True, capture_output=True, text=True)
    taken, nodes = done.stdout.split()
    return float(taken), int(nodes)


def main() -> None:
    smoke = "--smoke" in sys.argv
    print("locality.from_torch: seconds of the first import in a process, median (least to most)")
    for name, goal in (SMALL if smoke else GOALS).items():
        rows = [seconds(name) for _ in range(1 if smoke else 5)]
        taken = [row[0] for row in rows]
        said = f"; goal {goal:.0f} s" if goal else ""
        print(
            f"{name:<12} {rows[0][1]:>4} nodes  {statistics.median(taken):6.2f} s "
            f"({min(taken):.2f} to {max(taken):.2f}){said}",
            flush=True,
        )


if __name__ == "__main__":
    main()
