"""How fast is training, and how soon is LeNet-5 at 98.9 % on MNIST?

Three ways side by side, in turn, in one process: (a) the way people write it (a Dataset that opens every picture with
Pillow, makes a tensor and normalises it, a DataLoader, NCHW, Adam with its defaults), (b) the same with channels_last,
and locality's own loop. Images per second are medians over rounds with their spread; ratios are taken round by round.

    python benchmarks/train_speed.py            about 10 minutes on two idle cores
    python benchmarks/train_speed.py --smoke    a few seconds; its numbers mean nothing
"""

import argparse
import statistics
import time
from collections.abc import Iterator

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

import locality as loc
from locality.data import Dataset, fit_dataset
from locality.engine.batches import Batches
from locality.engine.train import make_optimizer


class Pictures(torch.utils.data.Dataset):
    """What a tutorial writes: one picture at a time, to Pillow and back, divided by 255, normalised."""

    def __init__(self, data: Dataset) -> None:
        self.data = data
        self.mean, self.std = (torch.tensor(each).view(-1, 1, 1) for each in (data.mean, data.std))

    def __len__(self) -> int:
        return len(self.data.train)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        array = self.data.train.images[index]
        picture = Image.fromarray(array[0] if len(array) == 1 else array.transpose(1, 2, 0))
        pixels = np.array(picture)
        tensor = torch.from_numpy(pixels.reshape(pixels.shape[0], pixels.shape[1], -1)).permute(2, 0, 1).contiguous()
        tensor = tensor.to(torch.float32).div(255)
        return tensor.sub_(self.mean).div_(self.std), int(self.data.train.labels[index])


def written_by_hand(
    data: Dataset, net: loc.Network, batch: int, seed: int, fmt: torch.memory_format
) -> Iterator[nn.Module]:
    """The usual loop, one step at a time; gives the model after each."""
    torch.manual_seed(seed)
    model = loc.build(net, seed).to(memory_format=fmt)
    optimizer = torch.optim.Adam(model.parameters())
    loader = DataLoader(Pictures(data), batch_size=batch, shuffle=True)
    while True:
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x.contiguous(memory_format=fmt)), y)
            loss.backward()
            optimizer.step()
            loss.item()
            yield model


def own(data: Dataset, net: loc.Network, batch: int, seed: int) -> Iterator[nn.Module]:
    """locality's loop with the default recipe, one step at a time."""
    recipe = loc.Recipe(batch_size=batch, seed=seed)
    model = loc.build(net, seed).to(memory_format=torch.channels_last)
    model.mean, model.std = data.mean, data.std
    batches = Batches(torch.from_numpy(data.train.images), torch.from_numpy(data.train.labels), recipe, model.scale)
    optimizer = make_optimizer(model, recipe)
    model.train()
    epoch = 0
    while True:
        for x, y in batches.epoch(epoch):
            loss = F.cross_entropy(model.logits(x), y, label_smoothing=recipe.label_smoothing)
            loss.item()
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            yield model
        epoch += 1


def images_per_second(data: Dataset, net: loc.Network, batch: int, steps: int, rounds: int) -> None:
    loops: dict[str, Iterator[nn.Module]] = {
        "(a) DataLoader, NCHW": written_by_hand(data, net, batch, 0, torch.contiguous_format),
        "(b) DataLoader, channels_last": written_by_hand(data, net, batch, 0, torch.channels_last),
        "locality": own(data, net, batch, 0),
    }
    seen: dict[str, list[float]] = {name: [] for name in loops}
    for number in range(rounds + 1):
        for name, loop in loops.items():
            started = time.perf_counter()
            for _ in range(steps):
                next(loop)
            if number:  # the first round warms up
                seen[name].append(batch * steps / (time.perf_counter() - started))
    print(f"\n{net.name}, batch {batch}: images per second, {rounds} rounds of {steps} steps, median (least to most)")
    for name, rates in seen.items():
        print(f"  {name:<30} {statistics.median(rates):>9,.0f}  ({min(rates):,.0f} to {max(rates):,.0f})")
    for name in list(loops)[:2]:
        ratios = [mine / other for mine, other in zip(seen["locality"], seen[name], strict=True)]
        print(f"  locality / {name:<19} {statistics.median(ratios):>9.2f}  ({min(ratios):.2f} to {max(ratios):.2f})")


def accuracy(model: nn.Module, data: Dataset) -> float:
    model.eval()
    images, labels = torch.from_numpy(data.test.images), data.test.labels
    mean, std = (torch.tensor(each).view(1, -1, 1, 1) for each in (data.mean, data.std))
    with torch.inference_mode():
        found = torch.cat([model((part / 255 - mean) / std).argmax(1) for part in images.split(1000)])
    return float((found.numpy() == labels).mean())


def time_to_accuracy(data: Dataset, net: loc.Network, seeds: int, most: int, goal: float) -> None:
    print(f"\n{net.name} on {data.name}: the default recipe, {seeds} seeds")
    seconds, reached = [], []
    for seed in range(seeds):
        run = loc.train(net, data, loc.Recipe(seed=seed), progress=False)
        assert run.accuracy is not None
        seconds.append(run.seconds)
        reached.append(run.accuracy)
        print(f"  seed {seed}: {run.accuracy:.2%} after {run.seconds:.1f} s ({run.recipe.epochs} epochs)", flush=True)
    print(
        f"  median {statistics.median(reached):.2%} (least {min(reached):.2%}) after {statistics.median(seconds):.1f} s"
    )
    for name, fmt in (("(a) DataLoader, NCHW", torch.contiguous_format), ("(b) channels_last", torch.channels_last)):
        loop, spent, said = written_by_hand(data, net, 128, 0, fmt), 0.0, "not reached"
        best = 0.0
        for epoch in range(1, most + 1):
            started = time.perf_counter()
            for _ in range(-(-len(data.train) // 128)):
                model = next(loop)
            spent += time.perf_counter() - started
            best = max(best, accuracy(model, data))
            if best >= goal:
                said = f"reached after {epoch} epochs"
                break
        print(f"  {name}: {goal:.1%} {said}; best {best:.2%}, {spent:.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="a small size that only shows that it runs")
    parser.add_argument("--rate-only", action="store_true", help="images per second alone")
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    lenet = loc.zoo.get("lenet5")
    digits = loc.dataset("digits" if given.smoke else "mnist")
    digits = fit_dataset(digits, lenet.input)
    tiny = loc.zoo.get("tiny-vgg", classes=3)
    textures = fit_dataset(loc.dataset("textures"), tiny.input)
    steps, rounds = (2, 1) if given.smoke else (100, 7)
    images_per_second(digits, lenet, 128, steps, rounds)
    images_per_second(textures, tiny, 32, steps, rounds)
    if not given.rate_only:
        time_to_accuracy(digits, lenet, 1 if given.smoke else given.seeds, 1 if given.smoke else 12, 0.989)


if __name__ == "__main__":
    main()
