"""How fast is inference: a model as built, optimized(), plain PyTorch, and ONNX Runtime, side by side.

For each network and batch the ways take turns, round by round, with the same images, weights and threads; every output
is compared first, and a way that differs by 1e-4 of the largest number does not count. Milliseconds a batch are medians
over rounds with the least and the most; ratios are taken round by round. Plain PyTorch is the module of
`to_torch_code`, NCHW, in inference mode. Batch norm has statistics as after training.

    python benchmarks/inference_speed.py --onnx PYTHON     20 minutes on two idle cores
    python benchmarks/inference_speed.py --smoke           a few seconds; its numbers mean nothing

PYTHON is one with torch, onnx, onnxscript and onnxruntime; without it that column stays out.
"""

import argparse
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor, nn

import locality as loc

SIZES = {
    "lenet5": (1, 32), "tiny-vgg": (1, 32), "alexnet": (1, 32), "googlenet": (1, 32), "resnet18": (1, 32),
    "resnet50": (1, 32), "vgg16": (1,), "efficientnet-lite0": (1, 32),
}  # fmt: skip
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
PEER = Path(__file__).parent / "peers" / "onnx_runtime.py"

Way = Callable[[int], float]  # computes the images so many times: seconds


def trained(model: loc.Model) -> loc.Model:
    """The model with statistics in its batch norms as training leaves them: neither 0 nor 1."""
    draw = torch.Generator().manual_seed(0)
    for module in model.modules():
        if isinstance(module, NORMS):
            module.running_mean.normal_(0, 0.3, generator=draw)
            module.running_var.uniform_(0.5, 1.5, generator=draw)
    return model


def plain(code: str, model: loc.Model) -> nn.Module:
    """The module that a line of PyTorch after another makes of the network."""
    names: dict = {}
    exec(code, names)
    (made,) = (one for one in names.values() if isinstance(one, type) and issubclass(one, nn.Module))
    module = made().eval()
    module.load_state_dict(model.state_dict())
    return module


def in_torch(module: nn.Module, images: Tensor) -> Way:
    def seconds(times: int) -> float:
        with torch.inference_mode():
            started = time.perf_counter()
            for _ in range(times):
                module(images)
            return time.perf_counter() - started

    return seconds


@contextmanager
def in_onnx(python: str, code: str, model: loc.Model, images: Tensor) -> Iterator[tuple[Way, Tensor]]:
    """ONNX Runtime in a process of its own, which waits while it is not asked."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "network.py").write_text(code)
        torch.save(dict(model.state_dict()), folder / "weights.pt")
        torch.save(images, folder / "images.pt")
        command = [python, str(PEER), name, str(torch.get_num_threads())]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            asked, answers = process.stdin, process.stdout
            if not answers.readline().startswith("ready"):
                raise SystemExit(f"{python} did not start ONNX Runtime. Run {PEER} with it to see why.")

            def seconds(times: int) -> float:
                asked.write(f"{times}\n")
                asked.flush()
                return float(answers.readline())

            yield seconds, torch.load(folder / "output.pt", weights_only=True)
            asked.close()


def compare(name: str, batch: int, python: str | None, rounds: int, least: float) -> None:
    net = loc.zoo.get(name)
    model, code = trained(loc.build(net)), loc.to_torch_code(net)
    images = torch.randn(batch, *net.input, generator=torch.Generator().manual_seed(0))
    started = time.perf_counter()
    modules = {"plain PyTorch": plain(code, model), "Model": model, "optimized()": model.optimized()}
    made = time.perf_counter() - started
    ways = {each: in_torch(module, images) for each, module in modules.items()}
    with torch.inference_mode():
        outputs = {each: module(images) for each, module in modules.items()}
    if python is None:
        report(name, batch, measure(ways, outputs, rounds, least), loc.trace(net).macs, made)
        return
    with in_onnx(python, code, model, images) as (way, output):
        ways["ONNX Runtime"], outputs["ONNX Runtime"] = way, output
        report(name, batch, measure(ways, outputs, rounds, least), loc.trace(net).macs, made)


def measure(ways: dict[str, Way], outputs: dict[str, Tensor], rounds: int, least: float) -> dict[str, list[float]]:
    """Milliseconds a batch by way and round."""
    want = outputs["plain PyTorch"]
    for each, output in outputs.items():
        apart = ((output - want).abs().max() / want.abs().max()).item()
        if apart > 1e-4:
            raise SystemExit(f"{each} differs by {apart:.1e} of the largest output.")
    times, taken = {}, {each: [] for each in ways}
    for each, way in ways.items():
        way(2)
        times[each] = max(1, round(least / way(1)))
    for _ in range(rounds):
        for each, way in ways.items():
            time.sleep(0.05)  # until the threads of the one before have stopped spinning
            taken[each].append(1000 * way(times[each]) / times[each])
    return taken


def report(name: str, batch: int, taken: dict[str, list[float]], macs: int, made: float) -> None:
    quick = taken["optimized()"]
    rate = 2 * macs * batch / statistics.median(quick) / 1e6
    print(f"\n{name}, batch {batch}; optimized() computes {rate:.0f} GFLOP/s")
    for each, row in taken.items():
        ratios = [other / mine for other, mine in zip(row, quick, strict=True)]
        said = f"{statistics.median(ratios):6.2f} x  ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"  {each:<14} {statistics.median(row):9.3f} ms  ({min(row):.3f} to {max(row):.3f})  {said}", flush=True)


def limit(rounds: int) -> float:
    """GFLOP/s of a large matrix product: what the processor gives at most."""
    a, b = torch.randn(2, 2048, 2048)
    seconds = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        a @ b
        seconds.append(time.perf_counter() - started)
    return 2 * 2048**3 / statistics.median(seconds[1:]) / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="a small size that only shows that it runs")
    parser.add_argument("--onnx", metavar="PYTHON", help="a Python with torch, onnx, onnxscript and onnxruntime")
    parser.add_argument("--net", action="append", choices=SIZES, help="this network alone (may be given again)")
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    rounds, least = (1, 0.0) if given.smoke else (given.rounds, 0.5)
    sizes = {"lenet5": (2,)} if given.smoke else {name: SIZES[name] for name in given.net or SIZES}
    print(
        f"locality, torch {torch.__version__}, {torch.get_num_threads()} threads; "
        f"a matrix product of 2048 reaches {limit(rounds):.0f} GFLOP/s"
    )
    print("the last column: how many times as long as optimized(), median (least to most)")
    for name, batches in sizes.items():
        for batch in batches:
            compare(name, batch, given.onnx, rounds, least)


if __name__ == "__main__":
    main()
