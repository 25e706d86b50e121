"""ONNX Runtime's side of inference_speed.py, run by a Python that has torch, onnx, onnxscript and onnxruntime.

Reads a folder with `network.py` (one nn.Module), `weights.pt` and `images.pt`; writes `output.pt`; then, for each line
with a number, computes the images so many times and answers with the seconds it took.
"""

import sys
import time
import warnings
from contextlib import redirect_stdout
from pathlib import Path

import onnxruntime
import torch
from torch import nn


def session(folder: Path, images: torch.Tensor, threads: int) -> onnxruntime.InferenceSession:
    names: dict = {}
    exec((folder / "network.py").read_text(), names)
    (made,) = (one for one in names.values() if isinstance(one, type) and issubclass(one, nn.Module))
    module = made()
    module.load_state_dict(torch.load(folder / "weights.pt", weights_only=True))
    with warnings.catch_warnings(), redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), (images,), folder / "network.onnx", dynamo=True, verbose=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(folder / "network.onnx", options, providers=["CPUExecutionProvider"])


def main() -> None:
    folder, threads = Path(sys.argv[1]), int(sys.argv[2])
    images = torch.load(folder / "images.pt", weights_only=True)
    network = session(folder, images, threads)
    inputs = {network.get_inputs()[0].name: images.numpy()}
    torch.save(torch.from_numpy(network.run(None, inputs)[0]), folder / "output.pt")
    print("ready", onnxruntime.__version__, flush=True)
    for line in sys.stdin:
        started = time.perf_counter()
        for _ in range(int(line)):
            network.run(None, inputs)
        print(time.perf_counter() - started, flush=True)


if __name__ == "__main__":
    main()
