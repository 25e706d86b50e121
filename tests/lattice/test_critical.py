"""Critical temperatures against published digits, and against the conditions they solve."""

from math import exp, sinh, tanh

import pytest

from locality.errors import UnknownNameError
from locality.lattice.critical import temperature


@pytest.mark.parametrize(
    ("name", "published"),
    [("square", 2.269185314), ("triangular", 3.640956907), ("honeycomb", 1.518651435), ("kagome", 2.143319440)],
)
def test_published_digits(name, published):
    assert temperature(name) == pytest.approx(published, abs=6e-10)


def test_the_cubic_one_agrees_with_three_simulations_of_it():
    """K_c: Ferrenberg, Xu and Landau 2018, Deng and Bloete 2003, Hasenbusch 2010."""
    for k, error in ((0.221654626, 5e-9), (0.22165455, 3e-8), (0.22165463, 8e-8)):
        assert 1 / temperature("cubic") == pytest.approx(k, abs=3 * error)
    assert temperature("cubic") == pytest.approx(4.51152, abs=5e-6)


def test_each_solves_its_equation():
    assert sinh(2 / temperature("square")) == pytest.approx(1, rel=1e-14)  # self-duality
    assert exp(4 / temperature("triangular")) == pytest.approx(3, rel=1e-14)
    # Honeycomb and triangular are duals: tanh K = exp(-2 K').
    assert tanh(1 / temperature("honeycomb")) == pytest.approx(exp(-2 / temperature("triangular")), rel=1e-14)
    assert exp(4 / temperature("kagome")) == pytest.approx(3 + 2 * 3**0.5, rel=1e-14)


def test_an_antiferromagnet_orders_where_its_lattice_has_two_halves():
    for name in ("square", "honeycomb", "cubic"):
        assert temperature(name, -2.0) == 2 * temperature(name) == temperature(name, 2.0)
    for name in ("triangular", "kagome", "chain", "checkerboard"):
        assert temperature(name, -1.0) is None
    assert [temperature(name) for name in ("chain", "checkerboard")] == [None, None]
    assert temperature("square", 0.0) is None


def test_an_unknown_lattice_gets_a_sentence():
    with pytest.raises(UnknownNameError) as caught:
        temperature("kagomé")
    assert str(caught.value) == "Unknown lattice 'kagomé'. Did you mean 'kagome'?"
