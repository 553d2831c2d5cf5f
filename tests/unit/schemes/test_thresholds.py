import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from pooling.schemes.thresholds import (
    clamped_lognormal_mean,
    expected_minimum,
    partial_expectation,
    share_above,
)

DTYPES = [jnp.float32, jnp.float64]
TRIPLES = [share_above, partial_expectation, expected_minimum]
MEANS = [0.0, 1e-30, 1e-3, 5.0, 14.999, 15.0, 15.001, 40.0, 1e10]
SPREADS = [0.0, 1e-12, 1e-3, 0.45, 3.0]


def scalars(*values: float, dtype=jnp.float64) -> tuple[jax.Array, ...]:
    return tuple(jnp.asarray(value, dtype) for value in values)


@pytest.mark.parametrize("spread", [0.05, 0.3, 0.45, 0.57])
@pytest.mark.parametrize("threshold", [0.0, 3.0, 15.0, 31.0])
def test_against_scipy(threshold: float, spread: float):
    mean, half = 20.0, np.sqrt(3) * spread * 20.0
    even = stats.uniform(mean - half, 2 * half)
    args = scalars(mean, threshold, spread)
    beyond, _ = integrate.quad(
        lambda x: x * even.pdf(x), max(threshold, mean - half), max(mean + half, threshold)
    )
    assert even.std() == pytest.approx(spread * mean)
    assert share_above(*args) == pytest.approx(even.sf(threshold), rel=1e-9, abs=1e-12)
    assert partial_expectation(*args) == pytest.approx(beyond / mean, rel=1e-7, abs=1e-9)
    lesser = mean - beyond + threshold * even.sf(threshold)
    assert expected_minimum(*args) == pytest.approx(lesser, rel=1e-7, abs=1e-7)


def test_by_hand():
    # Mean 10, spread 0.2/sqrt(3): evenly over 8 to 12. Above 9: 3/4 of the heads with the mean 10.5.
    args = scalars(10.0, 9.0, 0.2 / np.sqrt(3))
    assert share_above(*args) == pytest.approx(0.75)
    assert partial_expectation(*args) == pytest.approx(0.75 * 10.5 / 10)
    # A quarter has less than 9, 8.5 on average; the others count as 9.
    assert expected_minimum(*args) == pytest.approx(0.25 * 8.5 + 0.75 * 9)


@pytest.mark.parametrize("dtype", DTYPES)
def test_spread_zero_is_one_exact_person(dtype):
    mean = jnp.asarray([0.0, 14.999, 15.0, 15.001], dtype)
    threshold, spread = scalars(15.0, 0.0, dtype=dtype)
    np.testing.assert_array_equal(share_above(mean, threshold, spread), [0, 0, 1, 1])
    np.testing.assert_array_equal(partial_expectation(mean, threshold, spread), [0, 0, 1, 1])
    np.testing.assert_array_equal(expected_minimum(mean, threshold, spread), jnp.minimum(mean, 15))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("function", TRIPLES)
def test_values_and_slopes_are_finite(function, spread, dtype):
    args = jnp.asarray(MEANS, dtype), *scalars(15.0, spread, dtype=dtype)
    value = jax.jit(function)(*args)
    slopes = jax.grad(lambda *x: jnp.sum(function(*x)), argnums=(0, 1, 2))(*args)
    assert value.dtype == dtype
    assert all(bool(jnp.all(jnp.isfinite(x))) for x in (value, *slopes))


@pytest.mark.parametrize("function", TRIPLES[:2])
def test_empty_cells_have_nothing_beyond(function):
    for spread in SPREADS:
        assert function(*scalars(0.0, 15.0, spread)) == 0
        assert function(*scalars(0.0, 0.0, spread)) == 0


@given(st.floats(0.01, 100), st.floats(0, 100), st.floats(0.01, 2))
def test_shares_are_shares(mean: float, threshold: float, spread: float):
    args = scalars(mean, threshold, spread)
    heads, total = float(share_above(*args)), float(partial_expectation(*args))
    assert 0 <= heads <= 1 + 1e-15
    assert heads - 1e-12 <= total <= 1 + 1e-12  # those above have more than the mean
    assert total * mean >= heads * threshold - 1e-9 * threshold
    assert float(expected_minimum(*args)) <= min(mean, threshold) + 1e-12 * mean


@given(st.floats(0.01, 100), st.floats(0.01, 2))
def test_everybody_reaches_zero(mean: float, spread: float):
    args = scalars(mean, 0.0, spread)
    assert share_above(*args) == pytest.approx(1, rel=1e-14)
    assert partial_expectation(*args) == pytest.approx(1, rel=1e-14)
    assert expected_minimum(*args) == pytest.approx(0, abs=1e-12 * mean)


@pytest.mark.parametrize("function", TRIPLES)
def test_slope_is_the_difference_quotient(function):
    base, step = (14.0, 15.0, 0.45), 1e-6
    slopes = jax.grad(function, argnums=(0, 1, 2))(*scalars(*base))
    for place, slope in enumerate(slopes):
        high, low = (
            [x + sign * step * (i == place) for i, x in enumerate(base)] for sign in (1, -1)
        )
        quotient = (function(*scalars(*high)) - function(*scalars(*low))) / (2 * step)
        assert slope == pytest.approx(float(quotient), rel=1e-6, abs=1e-9)


def test_cells_are_independent():
    mean = jnp.asarray([[5.0, 15.0, 25.0], [0.0, 30.0, 1.0]])
    threshold, spread = scalars(15.0, 0.45)
    at_once = share_above(mean, threshold, spread)
    apart = jax.vmap(jax.vmap(lambda x: share_above(x, threshold, spread)))(mean)
    np.testing.assert_array_equal(at_once, apart)


@pytest.mark.parametrize(("median", "sd"), [(0.9, 0.45), (0.3, 0.2), (4.0, 0.6), (1.0, 1.5)])
def test_clamp_against_quadrature(median: float, sd: float):
    floor, cap = 0.6, 3.0
    unit = stats.lognorm(sd, scale=median)
    inside, _ = integrate.quad(lambda x: x * unit.pdf(x), floor, cap, limit=200)
    expected = floor * unit.cdf(floor) + inside + cap * unit.sf(cap)
    assert clamped_lognormal_mean(*scalars(np.log(median), sd, floor, cap)) == pytest.approx(
        expected, rel=1e-9
    )


@pytest.mark.parametrize("dtype", DTYPES)
def test_clamp_of_one_exact_person(dtype):
    log_median = jnp.log(jnp.asarray([0.4, 1.0, 5.0], dtype))
    clamped = clamped_lognormal_mean(log_median, *scalars(0.0, 0.6, 3.0, dtype=dtype))
    assert clamped.dtype == dtype
    np.testing.assert_array_equal(clamped, jnp.clip(jnp.exp(log_median), dtype(0.6), dtype(3)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sd", [0.0, 1e-12, 0.45])
def test_clamp_without_limits_is_the_mean(sd: float, dtype):
    args = scalars(0.3, sd, 0.0, np.inf, dtype=dtype)
    mean = np.exp(0.3 + sd * sd / 2)
    assert clamped_lognormal_mean(*args) == pytest.approx(
        mean, rel=16 * float(jnp.finfo(dtype).eps)
    )
    slopes = jax.grad(clamped_lognormal_mean, argnums=(0, 1, 2, 3))(*args)
    assert all(bool(jnp.isfinite(slope)) for slope in slopes)


@given(st.floats(-5, 5), st.floats(0, 2))
def test_clamp_stays_between(log_median: float, sd: float):
    value = float(clamped_lognormal_mean(*scalars(log_median, sd, 0.6, 3.0)))
    assert 0.6 - 1e-12 <= value <= 3 + 1e-12
