"""Random small networks, chains and branches, against torch's functions called by hand."""

from functools import reduce
from typing import Any

import numpy as np
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layer_cases import Case
from layer_oracles import along, mask, pads
from test_layers import check_cell, check_patch, model_of
from torch import Tensor
from torch.nn import functional as F

from locality.engine.record import record
from locality.errors import ShapeError
from locality.network.cell import explain
from locality.network.layer import Layer, Shape
from locality.network.layers import ACTIVATIONS, Activation, Conv, ConvTranspose, Dense, Flatten, Norm, Pool, Upsample
from locality.network.network import Branches, Item, Network, Residual
from locality.network.table import trace

PAD = {"zeros": "constant", "edge": "replicate", "reflect": "reflect", "wrap": "circular"}


def by_hand(layer: Any, xs: list[Tensor], w: dict[str, Tensor]) -> Tensor:
    """The layer by torch's functions, nothing of ours but its arguments."""
    x, axes, kind = xs[0], xs[0].ndim - 2, type(layer).__name__
    bias = w.get("bias")
    if kind == "Conv":
        kernel = along(layer.kernel_size, axes)
        weight = x.new_zeros(layer.out_channels, x.shape[1] // layer.groups, *kernel)
        weight[..., torch.from_numpy(mask(layer.footprint, kernel))] = w["weight"].reshape(*weight.shape[:2], -1)
        around = [side for pair in reversed(pads(layer, axes)) for side in pair]
        x = F.pad(x, around, PAD[layer.padding_mode]) if any(around) else x
        return getattr(F, f"conv{axes}d")(x, weight, bias, layer.stride, 0, layer.dilation, layer.groups)
    if kind == "ConvTranspose":
        found = getattr(F, f"conv_transpose{axes}d")
        return found(
            x, w["weight"], bias, layer.stride, layer.padding, layer.output_padding, layer.groups, layer.dilation
        )
    if kind == "Pool" and layer.kind.startswith("global"):
        across = tuple(range(2, x.ndim))
        return x.mean(across, keepdim=True) if layer.kind.endswith("average") else x.amax(across, keepdim=True)
    if kind == "Pool":
        found = getattr(F, f"{'avg' if layer.kind == 'average' else 'max'}_pool{axes}d")
        return found(x, layer.kernel_size, layer.stride, layer.padding, ceil_mode=layer.rounding == "ceil")
    if kind == "Norm":
        if layer.kind == "batch":
            return F.batch_norm(x, w["running_mean"], w["running_var"], w.get("weight"), bias, eps=layer.eps)
        return F.layer_norm(x, x.shape[1:], w.get("weight"), bias, layer.eps)
    if kind == "Activation":
        if layer.function == "scaled-tanh":
            return 1.7159 * torch.tanh(2 * x / 3)
        if layer.function == "log-cosh":
            return torch.logaddexp(x, -x) - float(np.log(2))
        if layer.function == "complex-relu":
            return torch.clamp(x, min=0)
        extra = {"dim": 1} if "softmax" in layer.function else {}
        return (
            getattr(F, layer.function)(x, **extra) if hasattr(F, layer.function) else getattr(torch, layer.function)(x)
        )
    if kind == "Upsample":
        return F.interpolate(x, scale_factor=layer.scale, mode=["linear", "bilinear"][axes - 1])
    if kind == "Dense":
        return F.linear(x, w["weight"], bias)
    if kind == "Flatten":
        return x.flatten(1)
    return torch.cat(xs, 1) if kind == "Concat" else reduce(torch.mul if kind == "Product" else torch.add, xs)


small = st.integers(1, 3)
LAYERS = st.one_of(
    st.builds(
        Conv, st.sampled_from([2, 4]), small, small, st.sampled_from([0, 1, 2]), small, st.sampled_from([1, 1, 2]),
        st.booleans(), st.sampled_from(list(PAD)), rounding=st.just("floor"),
    ),
    st.builds(Conv, small, st.just(3), padding=st.sampled_from([0, "same"]), footprint=st.just("diamond"),
              padding_mode=st.sampled_from(list(PAD))),
    st.builds(ConvTranspose, small, small, small, st.sampled_from([0, 1]), st.just(0), small, bias=st.booleans()),
    st.builds(Pool, st.sampled_from(["max", "average"]), st.sampled_from([2, 3]), small, st.sampled_from([0, 1]),
              rounding=st.sampled_from(["floor", "ceil"])),
    st.builds(Norm, st.sampled_from(["batch", "layer"]), affine=st.booleans()),
    st.builds(Activation, st.sampled_from(ACTIVATIONS)),
    st.builds(Upsample, st.just(2), st.just("linear")),
)  # fmt: skip


def follow(items: list[Any], shape: Shape) -> tuple[list[Item], Shape]:
    """Of these layers, those that fit one behind the other and stay small."""
    kept: list[Item] = []
    for layer in items:
        try:
            after = layer.shape([shape])
        except ShapeError:
            continue
        if max(after[1:]) <= 12:
            kept, shape = [*kept, layer], after
    return kept, shape


@st.composite
def networks(draw: st.DrawFn) -> Network:
    axes = draw(st.sampled_from([1, 2, 2]))
    shape: Shape = (draw(st.sampled_from([1, 2, 4])), *(draw(st.integers(4, 7)) for _ in range(axes)))
    items, now = follow(draw(st.lists(LAYERS, min_size=1, max_size=3)), shape)
    joins = draw(st.sampled_from(["none", "residual", "concat", "gate"]))
    same: list[Layer] = [Conv(now[0], 3, padding="same", footprint="diamond", padding_mode="wrap"), Activation("relu")]
    if joins == "residual":
        items.append(Residual(same, [Norm("batch")]))
    elif joins == "gate":
        gate: list[Layer] = [Pool("global-average"), Conv(now[0], 1), Activation("sigmoid")]
        items.append(Branches([[], gate], "product"))
    elif joins == "concat":
        items.append(Branches([[Conv(3, 1)], same, []]))
        now = (2 * now[0] + 3, *now[1:])
    more, now = follow(draw(st.lists(LAYERS, max_size=2)), now)
    items += more
    if draw(st.booleans()) or not items:
        items += [Flatten(), Dense(3), Activation(draw(st.sampled_from(ACTIVATIONS)))]
    return Network("random", shape, items)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(networks(), st.integers(0, 2**32 - 1))
def test_a_random_network_computes_what_torch_s_functions_compute(net: Network, seed: int) -> None:
    for dtype, tolerance in (("float32", 1e-6), ("float64", 1e-12)):
        case = Case(net, net.nodes[-1].name).as_dtype(dtype)
        model = model_of(case)
        run = record(model, case.given())
        state, values = model.state_dict(), {"input": torch.from_numpy(case.given())}
        draw = np.random.default_rng(seed)
        for row, node in zip(trace(net).rows, net.nodes, strict=True):
            found = run[node.name]
            if dtype == "float64":
                weights = {key.rsplit(".", 1)[1]: v for key, v in state.items() if key.startswith(f"{node.name}.")}
                values[node.name] = by_hand(node.layer, [values[name] for name in node.inputs], weights)
                np.testing.assert_allclose(found, values[node.name].numpy(), rtol=1e-9, atol=1e-9)
            assert found.shape == (2, *row.output)
            for _ in range(3):
                place = tuple(int(draw.integers(size)) for size in found.shape[1:])
                cell = explain(run, node.name, place, image=1)
                check_cell(cell, run, 1, tolerance)
                check_patch(cell, run, 1)
        assert Network.from_json(net.to_json()) == Network.from_text(net.to_text()) == net
        assert sum(p.numel() for p in model.parameters()) == trace(net).parameters
