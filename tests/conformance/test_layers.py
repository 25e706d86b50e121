"""One battery for every layer: whatever stands in `LAYERS` is held to the same promises."""

from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import pytest
import torch
from layer_cases import CASES, COMPLEX_CURVES, Case
from layer_oracles import ORACLES
from torch.utils.flop_counter import FlopCounterMode

from locality.engine.build import MODULES, Model, build
from locality.engine.record import Record, record
from locality.errors import DescriptionError
from locality.network.cell import RULES, Cell, explain
from locality.network.layer import Layer
from locality.network.layers import LAYERS, Conv, Distance, Norm, Opaque, Pool
from locality.network.network import INPUT, Network
from locality.network.table import trace

EVERY = [case for cases in CASES.values() for case in cases]
BUILT = [case for case in EVERY if not isinstance(case.layer, Opaque)]
COMPLEX = [case for name in ("Conv", "ConvTranspose", "Dense") for case in EVERY if type(case.layer).__name__ == name]
COMPLEX += COMPLEX_CURVES
each = pytest.mark.parametrize("case", BUILT, ids=str)
# Below this a float32 holds too few digits for any relative bound: its smallest normal number is 1.2e-38.
UNDERFLOW = 1e-31


def model_of(case: Case) -> Model:
    """The case as a model, every parameter and running statistic drawn at random."""
    model = build(case.net)
    draw = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.is_floating_point() or value.is_complex():
                value.copy_(torch.randn(value.shape, generator=draw, dtype=value.dtype))
            if name.endswith("running_var"):
                value.abs_().add_(0.1)
    return model


def recorded(case: Case, dtype: str = "float32") -> Record:
    case = case.as_dtype(dtype)
    return record(model_of(case), case.given())


def reads(run: Record, node: str) -> list[Any]:
    return [run.values[name] for name in run.network.node(node).inputs]


def weights_of(run: Record, node: str) -> dict[str, Any]:
    return {name.rsplit(".", 1)[1]: value for name, value in run.parameters.items() if name.startswith(f"{node}.")}


def cells(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """All of a small output; of a large one the corners, the centre and twenty drawn at random."""
    if prod(shape) <= 60 or (len(shape) == 1 and shape[0] <= 200):
        return list(np.ndindex(shape))
    corners = [
        tuple(end * (size - 1) for end, size in zip(ends, shape, strict=True)) for ends in np.ndindex((2,) * len(shape))
    ]
    draw = np.random.default_rng(0)
    return [*corners, tuple(size // 2 for size in shape), *(tuple(map(int, draw.integers(shape))) for _ in range(20))]


def missing(layers: Any, cases: Any, modules: Any, rules: Any) -> list[str]:
    """What a layer still needs."""
    need = {
        "no cases in the battery": cases,
        "no row in engine.build": {**modules, Opaque: None},
        "no rule in network.cell": rules,
    }
    return [f"{layer.__name__}: {what}" for layer in layers for what, have in need.items() if layer not in have]


def test_every_layer_has_cases_a_module_and_a_rule() -> None:
    assert missing(LAYERS, {cls: cases for cls, cases in CASES.items() if cases}, MODULES, RULES) == []
    assert {layer.__name__ for layer in LAYERS} - set(ORACLES) == {"Opaque"}
    assert all(type(case.layer) is cls for cls, cases in CASES.items() for case in cases)


def test_a_layer_that_nobody_finished_is_named() -> None:
    @dataclass(frozen=True)
    class Swirl(Layer):
        name: str | None = None

    assert missing([*LAYERS, Swirl], CASES, MODULES, RULES) == [
        "Swirl: no cases in the battery", "Swirl: no row in engine.build", "Swirl: no rule in network.cell",
    ]  # fmt: skip


@pytest.mark.parametrize("case", EVERY, ids=str)
def test_text_and_json_give_the_network_back(case: Case) -> None:
    assert Network.from_json(case.net.to_json()) == case.net
    if isinstance(case.layer, Opaque):
        with pytest.raises(DescriptionError, match=r"which no line of text can say\. Use to_json instead"):
            case.net.to_text()
    else:
        assert Network.from_text(case.net.to_text()) == case.net


@each
def test_what_is_traced_is_what_torch_gives(case: Case) -> None:
    model, row = model_of(case), trace(case.net)[case.node]
    values = model.every(model.prepare(case.given()))
    assert tuple(values[case.node].shape) == (2, *row.output)
    assert all(tuple(values[name].shape[1:]) == shape for name, shape in case.net.shapes.items())
    assert trace(case.net).parameters == case.net.parameter_count == sum(p.numel() for p in model.parameters())


@each
def test_the_state_dict_is_named_by_nodes(case: Case) -> None:
    expected = {f"{node.name}.{name}" for node in case.net.nodes for name in case.net.parameters(node)}
    for node in case.net.nodes:
        if isinstance(node.layer, Norm) and node.layer.kind == "batch":
            expected |= {f"{node.name}.{name}" for name in ("running_mean", "running_var", "num_batches_tracked")}
    model = model_of(case)
    assert set(model.state_dict()) == expected
    for node in case.net.nodes:
        for name, shape in case.net.parameters(node).items():
            assert tuple(model.state_dict()[f"{node.name}.{name}"].shape) == shape


@each
def test_values_and_multiplications_are_those_of_a_naive_loop(case: Case) -> None:
    run = recorded(case, "float64")
    expected, count = ORACLES[type(case.layer).__name__](case.layer, reads(run, case.node), weights_of(run, case.node))
    np.testing.assert_allclose(run[case.node], expected, rtol=1e-10, atol=1e-12)
    assert trace(case.net)[case.node].macs == count


@each
def test_multiplications_are_half_of_torch_s_count_of_operations(case: Case) -> None:
    if isinstance(case.layer, Conv) and (case.layer.footprint != "full" or case.layer.connections):
        return  # torch multiplies with the zeros of a footprint too
    if isinstance(case.layer, Distance) or getattr(case.layer, "kind", "") == "subsampling":
        return  # torch counts no squares, and the sum of a window as products
    model = model_of(case)
    x = model.prepare(case.given(1))
    with FlopCounterMode(display=False) as counter:
        model(x)
    assert trace(case.net).macs * 2 == counter.get_total_flops()


def check_cell(cell: Cell, run: Record, image: int, tolerance: float) -> None:
    layer = run.network.node(cell.node).layer
    total = cell.products.sum() + cell.bias
    if isinstance(layer, Pool) and layer.kind == "majority":
        assert cell.value == (np.sign(total) if total else np.sign(cell.patch.flat[0]))
    else:
        assert cell.value == total
    assert cell.computed == run[cell.node][(image, *cell.cell)]
    if cell.scale < UNDERFLOW and tolerance > 1e-9:
        assert abs(cell.computed) < UNDERFLOW
    else:
        assert abs(cell.value - cell.computed) <= tolerance * cell.scale
    assert cell.products.shape == cell.patch.shape
    if isinstance(layer, Distance):
        np.testing.assert_array_equal(cell.products, -((cell.patch - cell.weights) ** 2))
    elif cell.weights is not None:
        assert cell.weights.shape == cell.patch.shape
        np.testing.assert_array_equal(cell.products, np.where(cell.weights == 0, 0, cell.patch) * cell.weights)
    assert cell.sites.shape[:-1] == cell.patch.shape


def check_patch(cell: Cell, run: Record, image: int) -> None:
    """Every entry of the patch is the number that stands at its site; where it has none, it is padding."""
    layer = run.network.node(cell.node).layer
    entries = zip(cell.patch.ravel(), cell.sites.reshape(cell.patch.size, cell.sites.shape[-1]), strict=True)
    for entry, (number, site) in enumerate(entries):
        if (site == -1).all():
            if isinstance(layer, Norm):
                assert layer.kind == "batch"
                assert number == run.parameters[f"{cell.node}.running_mean"][cell.cell[0]]
            else:
                assert number == (-np.inf if isinstance(layer, Pool) and layer.kind.endswith("max") else 0.0)
        else:
            assert (site >= 0).all()
            source = cell.inputs[entry if layer.joins and len(cell.inputs) == cell.patch.size else 0]
            assert number == run.values[source][(image, *site)]


@each
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("float64", 1e-12)])
def test_a_cell_spelled_out_adds_up_to_what_torch_computed(case: Case, dtype: str, tolerance: float) -> None:
    run = recorded(case, dtype)
    for number, place in enumerate(cells(run[case.node].shape[1:])):
        cell = explain(run, case.node, place, image=number % 2)
        check_cell(cell, run, number % 2, tolerance)
        if number < 12:
            check_patch(cell, run, number % 2)


@pytest.mark.parametrize("case", COMPLEX, ids=str)
@pytest.mark.parametrize(("dtype", "tolerance"), [("complex64", 1e-6), ("complex128", 1e-12)])
def test_a_complex_cell_spelled_out_adds_up_too(case: Case, dtype: str, tolerance: float) -> None:
    run = recorded(case, dtype)
    expected, _ = ORACLES[type(case.layer).__name__](case.layer, reads(run, case.node), weights_of(run, case.node))
    np.testing.assert_allclose(run[case.node], expected, rtol=1e-3 if dtype == "complex64" else 1e-10, atol=1e-4)
    for place in cells(run[case.node].shape[1:])[:10]:
        cell = explain(run, case.node, place)
        assert isinstance(cell.value, complex)
        check_cell(cell, run, 0, tolerance)
        check_patch(cell, run, 0)


@each
def test_one_backward_pass_gives_every_parameter_and_the_input_a_gradient(case: Case) -> None:
    model = model_of(case)
    x = model.prepare(case.given()).clone().requires_grad_()
    out = model(x)
    (out * torch.linspace(1, 2, out.numel()).reshape(out.shape)).sum().backward()
    assert x.grad is not None
    assert x.grad.isfinite().all()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().sum() > 0, name


def test_the_gradient_of_the_majority_rule_is_zero() -> None:
    model = build(Network("votes", (1, 6, 6), [Conv(2, 3), Pool("majority", 2)]))
    model(torch.randn(2, 1, 6, 6)).sum().backward()
    assert [float(p.grad.abs().sum()) for p in model.parameters() if p.grad is not None] == [0.0, 0.0]


@pytest.mark.parametrize(
    "case", [case for case in CASES[Conv] if case.layer.footprint != "full" or "(" in repr(case.layer.padding)], ids=str
)  # fmt: skip
def test_the_gradient_of_a_convolution_of_ours_is_that_of_its_values(case: Case) -> None:
    case = replace(case.as_dtype("float64"))
    model = model_of(case)
    names, values = zip(*model.named_parameters(), strict=True)

    def compute(x: torch.Tensor, *parameters: torch.Tensor) -> Any:
        return torch.func.functional_call(model, dict(zip(names, parameters, strict=True)), (x,))

    x = model.prepare(case.given(1)).clone().requires_grad_()
    assert torch.autograd.gradcheck(
        compute, (x, *(v.detach().clone().requires_grad_() for v in values)), fast_mode=True
    )


@pytest.mark.parametrize("case", CASES[Opaque], ids=str)
def test_an_opaque_layer_is_traced_but_not_built(case: Case) -> None:
    assert trace(case.net)[case.node].output == case.layer.output  # type: ignore[attr-defined]
    with pytest.raises(DescriptionError) as error:
        build(case.net)
    assert str(error.value) == (
        f"opaque1: {case.layer.operation} has no arithmetic rule here, so it cannot be built. "  # type: ignore[attr-defined]
        f"Load the run with the module it was imported from."
    )
    run = Record(
        case.net,
        {INPUT: case.given(), case.node: np.zeros((2, *case.net.output))},
        {},
        case.given(),
        (0.0,),
        (1.0,),
        None,
    )
    with pytest.raises(DescriptionError) as error:
        explain(run, case.node, (0,) * len(case.net.output))
    assert "has no arithmetic rule here: its values are known, its sum is not." in str(error.value)
