"""Whether an imported model computes what the module computes: on the example, on random inputs, in other batches."""

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from locality.engine.build import Model
from locality.engine.exporting import baked, quiet
from locality.engine.naming import Call
from locality.errors import DescriptionError

TOLERANCES = {torch.float64: 1e-9, torch.float32: 1e-4}  # of the largest number in the output


def check_agreement(
    module: nn.Module,
    model: Model,
    double: Model,
    example: Tensor,
    expected: Tensor,
    calls: dict[str, Call],
    narrow: bool,
) -> None:
    """Raise `DescriptionError`, naming the first node that differs, unless model and module agree: copies in float64
    (`double` is the model's) to 1e-9 of the largest number put out, float32 to 1e-4. `expected` is what the module
    gives for the example; `calls` says of which part of the module a node is which call. Where the module computes
    in single precision whatever it is given (`narrow`), float64 cannot agree better than that."""
    batches = [example, _fresh(example)]
    for dtype, ours in ((example.dtype, model), (torch.float64, double)):
        theirs = module if dtype == example.dtype else deepcopy(module).double()
        for batch in batches:
            x = batch.to(dtype)
            with torch.no_grad(), quiet():
                try:
                    want = expected if batch is example and dtype == example.dtype else theirs(x.clone())
                except Exception:
                    if dtype == example.dtype:
                        raise DescriptionError(f"{type(module).__name__}: {baked(len(x))}") from None
                    break  # it has single precision written into it
                tolerance = TOLERANCES[torch.float32 if narrow else dtype]
                if not _agree(ours, x, want, tolerance):
                    raise DescriptionError(_difference(theirs, ours, x, calls, tolerance))


def _fresh(example: Tensor) -> Tensor:
    """Random images with the example's mean and spread, in a batch of another size."""
    count = 3 if len(example) == 2 else 2
    draw = torch.randn((count, *example.shape[1:]), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    spread = example.double().std(correction=0).item() or 1.0
    return (draw * spread + example.double().mean().item()).to(example.dtype)


def _agree(model: Model, x: Tensor, want: Tensor, tolerance: float) -> bool:
    try:
        return close(model(x.clone()), want, tolerance)
    except Exception:  # an operation that holds the size of another batch
        return False


def close(have: Tensor, want: Tensor, tolerance: float) -> bool:
    """Whether two outputs agree to a share of the largest number; of one image the batch's axis may be missing."""
    if have.numel() != want.numel():
        return False
    want, have = want.double(), have.double().reshape(want.shape)
    finite = want[want.isfinite()]
    largest = finite.abs().max().item() if finite.numel() else 0.0
    return bool(torch.allclose(have, want, rtol=0, atol=tolerance * largest, equal_nan=True))


def _difference(module: nn.Module, model: Model, x: Tensor, calls: dict[str, Call], tolerance: float) -> str:
    """Which node is the first that does not give what the module gives there, and what to do."""
    theirs, again = _parts(module, x), _parts(module, x)
    name, last = type(module).__name__, model.network.nodes[-1].name
    values: dict[str, Tensor] = {"input": x}
    for node in model.network.nodes:
        call = Call("", 0) if node.name == last else calls.get(node.name)
        want = None if call is None else theirs.get(call)
        try:
            values[node.name] = have = model.get_submodule(node.name)(*[values[source] for source in node.inputs])
        except Exception as error:
            first = str(error).strip().split("\n")[0].rstrip(".")
            return (
                f"{node.name}: it cannot be computed for {len(x)} images ({first}): a batch of one size is written "
                f"into {name}. Write x.shape[0] or -1 for the batch in view and reshape."
            )
        if want is None or close(have, want, tolerance):
            continue
        if not close(again[call], want, tolerance):  # type: ignore[index]
            return (
                f"{node.name}: {name} gives other numbers each time it is called, though nothing is trained. Leave out "
                f"what is drawn at random; F.dropout needs training=self.training."
            )
        apart = (
            (have.double().reshape(want.shape) - want.double()).abs().max().item()
            if have.numel() == want.numel()
            else None
        )
        far = f"by up to {apart:.2g}" if apart is not None else "in shape"
        return (
            f"{node.name}: the import differs from {name} here, {far}, on {len(x)} images. What forward does must "
            f"depend on tensors alone, not on the batch's size or on what was computed before; if it does, please "
            f"report this with the module."
        )
    return f"{last}: the import differs from {name} in its output. Please report this with the module."


def _parts(module: nn.Module, x: Tensor) -> dict[Call, Tensor]:
    """What each part of a module gives at each of its calls."""
    given: dict[Call, Tensor] = {}
    counts: dict[str, int] = {}

    def note(path: str) -> Any:
        def hook(part: nn.Module, inputs: Any, output: Any) -> None:
            number = counts.get(path, 0)
            counts[path] = number + 1
            if isinstance(output, Tensor):
                given[Call(path, number)] = output.detach().clone()

        return hook

    paths: dict[nn.Module, list[str]] = {}
    for path, part in module.named_modules(remove_duplicate=False):
        paths.setdefault(part, []).append(path)
    # Of a part that stands in two places nobody can tell under which name it was called.
    hooks = [part.register_forward_hook(note(names[0])) for part, names in paths.items() if len(names) == 1]
    try:
        module(x.clone())
    finally:
        for hook in hooks:
            hook.remove()
    return given
