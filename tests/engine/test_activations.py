"""The curves of complex numbers: log-cosh, complex-relu and tanh, their values, their gradients and their edges."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from locality.engine.build import build
from locality.engine.modules import LogCosh
from locality.engine.record import record
from locality.network.cell import explain
from locality.network.curves import CURVES
from locality.network.layers import COMPLEX_ACTIVATIONS, Activation
from locality.network.network import Network

COMPLEX = ("complex64", "complex128")
DTYPES = ("float32", "float64", *COMPLEX)


def curve(function: str, dtype: str, count: int) -> Any:
    return build(Network("curve", (count,), [Activation(function)], dtype=dtype))


def applied(function: str, numbers: Any, dtype: str) -> Any:
    given = np.asarray(numbers).astype(dtype)
    with torch.no_grad():
        return curve(function, dtype, len(given))(torch.from_numpy(given)[None])[0].numpy()


def numbers(scale: float = 1.0, count: int = 300, dtype: str = "complex128") -> Any:
    draw = np.random.default_rng(0)
    drawn = scale * draw.normal(size=(2, count))
    return (drawn[0] + 1j * drawn[1]).astype(dtype) if dtype.startswith("complex") else drawn[0].astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_exp_of_log_cosh_is_cosh(dtype: str) -> None:
    x = numbers(2, dtype=dtype)
    close = {"rtol": 1e-4, "atol": 1e-5} if dtype in ("float32", "complex64") else {"rtol": 1e-12, "atol": 1e-13}
    np.testing.assert_allclose(np.exp(applied("log-cosh", x, dtype)), np.cosh(x), **close)  # type: ignore[arg-type]


def test_log_cosh_is_even_and_real_numbers_are_complex_ones() -> None:
    z = numbers(5)
    np.testing.assert_array_equal(applied("log-cosh", -z, "complex128"), applied("log-cosh", z, "complex128"))
    for function in COMPLEX_ACTIVATIONS:
        real, whole = applied(function, z.real, "float64"), applied(function, z.real + 0j, "complex128")
        np.testing.assert_allclose(whole, real, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("along", [0.2, -0.2, 3.0])
def test_log_cosh_goes_along_a_half_plane_without_a_jump(along: float) -> None:
    """Its principal logarithm jumps by 2 pi on the way: six times in these forty units."""
    z = along + 1j * np.linspace(-20, 20, 4001)
    found, principal = applied("log-cosh", z, "complex128"), np.log(np.cosh(z))
    assert (np.abs(np.diff(principal.imag)) > 6).sum() == 6
    assert np.abs(np.diff(found)).max() < 0.01 * np.abs(np.tanh(z)).max() + 1e-3
    turned = found.imag[-1] - found.imag[0]
    assert np.sign(along) * turned == pytest.approx(40, abs=np.pi)


@pytest.mark.parametrize("dtype", DTYPES)
def test_log_cosh_neither_overflows_nor_is_nan_in_its_gradient(dtype: str) -> None:
    x = np.array([0, 1000, -1000, 44, 45.5, 51.3, 1e-30, 354, 372.1], dtype)
    if dtype.startswith("complex"):
        x = np.concatenate([x, x + np.array(3.7j, dtype), x * np.array(0.5j, dtype)])
        x = x[np.abs(x.real) + np.abs(np.cos(x.imag)) > 0.01]  # i pi/2 and its kin are poles
    given = torch.from_numpy(x).requires_grad_()
    value = LogCosh()(given)
    (slope,) = torch.autograd.grad(value.real.sum() if value.is_complex() else value.sum(), given)
    assert value.isfinite().all()
    tolerance = 2e-4 if dtype in ("float32", "complex64") else 1e-12
    np.testing.assert_allclose(slope.resolve_conj().numpy(), np.conj(np.tanh(x)), rtol=tolerance, atol=tolerance)
    assert abs(value.detach()[1].item() - (1000 - np.log(2))) < 1e-3


def test_no_number_that_is_not_near_a_pole_is_not_finite_in_single_precision() -> None:
    """torch's own log1p and logaddexp give nan of complex numbers with real parts around 46."""
    draw = np.random.default_rng(1)
    z = (draw.uniform(-110, 110, 100_000) + 1j * draw.uniform(-110, 110, 100_000)).astype(np.complex64)
    assert np.isfinite(applied("log-cosh", z, "complex64")).all()


@pytest.mark.parametrize("function", COMPLEX_ACTIVATIONS)
def test_gradients_are_the_conjugates_of_complex_finite_differences(function: str) -> None:
    z = numbers(2)
    z = z[np.abs(np.cosh(z)) > 0.1]  # not at a pole
    z = z[np.abs(z.real + z.imag) > 1e-3]  # nor on the boundary of complex-relu
    z = z[np.abs(z.real) > 1e-3]  # nor where log-cosh turns
    model, step = curve(function, "complex128", len(z)), 1e-6

    def value(numbers: Any) -> Any:
        with torch.no_grad():
            return model(torch.from_numpy(numbers)[None])[0].numpy()

    slopes = [(value(z + step * way) - value(z - step * way)) / (2 * step * way) for way in (1, 1j)]
    np.testing.assert_allclose(slopes[0], slopes[1], rtol=1e-6, atol=1e-7)  # Cauchy and Riemann
    given = torch.from_numpy(z).requires_grad_()
    weight = torch.from_numpy(numbers(count=len(z)))
    for part in ("real", "imag"):
        (slope,) = torch.autograd.grad(getattr((weight * model(given[None])[0]).sum(), part), given)
        turn = 1 if part == "real" else -1j
        expected = np.conj(weight.numpy() * slopes[0] * turn)
        np.testing.assert_allclose(slope.resolve_conj().numpy(), expected, rtol=1e-5, atol=1e-6)


RAYS = [1 - 1j, -1 + 1j, 3.5 - 3.5j, -1e-30 + 1e-30j, 0j]


@pytest.mark.parametrize("dtype", COMPLEX)
def test_complex_relu_drops_both_boundary_rays_and_keeps_what_lies_just_above(dtype: str) -> None:
    real = dtype.replace("complex64", "float32").replace("complex128", "float64")
    rays = np.array(RAYS, dtype)
    assert (applied("complex-relu", rays, dtype) == 0).all()
    above, below = rays[:4].copy(), rays[:4].copy()
    above.imag = np.nextafter(above.imag, np.array(np.inf, real))
    below.imag = np.nextafter(below.imag, np.array(-np.inf, real))
    np.testing.assert_array_equal(applied("complex-relu", above, dtype), above)
    assert (applied("complex-relu", below, dtype) == 0).all()
    run = record(curve("complex-relu", dtype, 5), rays[None])
    for place, z in enumerate(rays):
        assert explain(run, run.network.nodes[0].name, place).value == 0
        assert CURVES["complex-relu"](complex(z), 0.0) == 0


def test_complex_relu_keeps_the_angles_that_are_published() -> None:
    angles = np.linspace(-np.pi, np.pi, 721)[1:] - 1e-3
    z = 2.0 * np.exp(1j * angles)
    kept = applied("complex-relu", z, "complex128") != 0
    np.testing.assert_array_equal(kept, (angles > -np.pi / 4) & (angles < 3 * np.pi / 4))


@pytest.mark.parametrize("dtype", DTYPES)
def test_complex_relu_of_real_numbers_is_relu_and_nan_stays_nan(dtype: str) -> None:
    x = np.array([-2.0, -0.0, 0.0, 1e-30, 3.0, np.nan], dtype)
    np.testing.assert_array_equal(applied("complex-relu", x, dtype), np.array([0, 0, 0, 1e-30, 3, np.nan], dtype))
    plain = [CURVES["complex-relu"](number, 0.0) for number in x.tolist()]
    np.testing.assert_array_equal(np.array(plain, dtype), np.array([0, 0, 0, 1e-30, 3, np.nan], dtype))


@pytest.mark.parametrize("function", COMPLEX_ACTIVATIONS)
def test_numpy_and_torch_agree_on_either_side_of_every_edge(function: str) -> None:
    edges = [0, 1e-9, 5, 1000]
    z = np.array([x + 1j * y for x in (*edges, *(-e for e in edges)) for y in (0, 0.3, -0.3, 2.0, -2.0, 8.0, -8.0)])
    z = z[np.abs(z.real + z.imag) > 0]
    found = applied(function, z, "complex128")
    plain = []
    for number in z.tolist():
        terms = CURVES[function](number, 0.0)
        plain.append(sum(terms) if isinstance(terms, tuple) else terms)
    np.testing.assert_allclose(found, plain, rtol=1e-13, atol=1e-14)


def test_one_gradient_for_each_image_is_that_of_the_image_alone() -> None:
    """What stochastic reconfiguration asks of a network, by torch.func."""
    model = build(Network.from_text("1x4x4 complex128 | conv 2 3x3 wrap same | log-cosh | conv 2 3x3 wrap same | "
                                    "complex-relu"))  # fmt: skip
    parameters = {name: value.detach() for name, value in model.named_parameters()}
    spins = torch.from_numpy(np.random.default_rng(0).choice([-1.0, 1.0], (3, 1, 4, 4)).astype("complex128"))

    def log_modulus(parameters: dict[str, Tensor], image: Tensor) -> Any:
        return torch.func.functional_call(model, parameters, (image[None],)).sum().real

    each = torch.func.vmap(torch.func.grad(log_modulus), (None, 0))(parameters, spins)
    for number, image in enumerate(spins):
        model.zero_grad()
        model(image[None]).sum().real.backward()
        for name, value in model.named_parameters():
            assert value.grad is not None
            torch.testing.assert_close(each[name][number], value.grad)
