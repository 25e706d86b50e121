"""How long until something happens: importing locality, tracing the largest network from the command line.

python benchmarks/start_speed.py            half a minute
python benchmarks/start_speed.py --smoke    once each
"""

import statistics
import subprocess
import sys
import time

GOALS = {
    "import locality": (["-c", "import locality"], 0.05),
    "locality trace resnet152": (["-m", "locality", "trace", "resnet152"], 0.5),
    "locality zoo --json": (["-m", "locality", "zoo", "--json"], None),
}


def seconds(arguments: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    rounds = 1 if "--smoke" in sys.argv else 15
    print("whole processes; the bare interpreter is taken off the first figure; median (least to most)")
    for name, (arguments, goal) in GOALS.items():
        bare, taken = [], []
        for _ in range(rounds):
            bare.append(seconds(["-c", "pass"]))
            taken.append(seconds(arguments))
        net = [t - b for t, b in zip(taken, bare, strict=True)]
        said = f"  goal {goal:.2f} s" if goal else ""
        print(
            f"{name:<26} {statistics.median(net):6.3f} s ({min(net):.3f} to {max(net):.3f}); with the interpreter "
            f"{statistics.median(taken):.3f} s{said}"
        )


if __name__ == "__main__":
    main()
