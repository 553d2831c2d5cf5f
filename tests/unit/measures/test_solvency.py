import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pooling.measures.solvency import cost_rate, first_depletion, fund_ratio, income_rate


@pytest.mark.parametrize("rate", [income_rate, cost_rate, fund_ratio])
def test_quotient_and_its_empty_base(rate):
    result = rate(jnp.asarray([24.0, 0.0, 5.0]), jnp.asarray([100.0, 50.0, 0.0]))
    np.testing.assert_array_equal(result, [0.24, 0, np.nan])


@pytest.mark.parametrize(
    ("balance", "position"),
    [
        ([5.0, 0.0, -1.0, -2.0], 2),  # an empty fund is not yet below zero
        ([-1.0, 2.0, -3.0, 4.0], 0),  # short in the first year
        ([1.0, -1.0, 1.0, -1.0], 1),  # the first time counts
        ([1.0, 0.0, 0.0, 1.0], np.nan),
    ],
)
def test_first_depletion(balance: list[float], position: float):
    np.testing.assert_array_equal(first_depletion(jnp.asarray(balance)), position)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_axis_and_dtype(dtype):
    balance = jnp.asarray([[1.0, 1.0], [-1.0, 1.0]], dtype)
    result = jax.jit(first_depletion, static_argnames="axis")(balance, axis=0)
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, [1, np.nan])
