from math import sqrt

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pooling.measures.risk_sharing import (
    common_shock_share,
    insurance,
    insurance_value,
    jackknife,
    log_ratio_deviations,
    redistribution_variance,
    smoothing_shares,
    tail_reduction,
)

RNG = np.random.default_rng(20240913)
EFFECTS = ["none", "year", "year and path"]

# One shape for all examples: another one would be another program to compile.
REGIONS, PATHS = 3, 6
hundredths = st.integers(-1000, 1000).map(lambda count: count / 100)
by_path = hnp.arrays(float, (REGIONS, PATHS), elements=hundredths)


def shock_and_channels() -> np.ndarray:
    """Four stages over 3 regions, 2 years and 5 paths."""
    return RNG.normal(size=(4, 3, 2, 5))


def test_deviations_by_hand():
    # Central ratio ½, then 1 and ¼: ln 2 and −ln 2. A pool without obligations has no ratio.
    resources = jnp.asarray([[1.0, 2.0, 1.0], [1.0, 2.0, 3.0]])
    obligations = jnp.asarray([[2.0, 2.0, 4.0], [1.0, 0.0, 3.0]])
    deviations = log_ratio_deviations(resources, obligations)
    np.testing.assert_allclose(deviations, [[np.log(2), -np.log(2)], [np.nan, np.log(1)]])
    np.testing.assert_array_equal(
        log_ratio_deviations(resources.T, obligations.T, axis=0), deviations.T
    )


def test_deviations_need_the_central_path():
    ones = jnp.ones(3)
    assert jnp.all(jnp.isnan(log_ratio_deviations(ones.at[0].set(0), ones)))


def test_smoothing_by_hand():
    # Shocks ±4 and ±2. Settlement takes a quarter of each: 3, 1.5. Reserves take 2 off the large one only: 1, 1.5.
    # Σ d₀² = 2 (16 + 4) = 40; settlement 10/40; reserves 2 (2 · 4)/40 = 16/40; the rest 2 (1 · 4 + 1.5 · 2)/40.
    half = np.array([[4.0, 2.0], [3.0, 1.5], [1.0, 1.5]])
    stages = jnp.asarray(np.concatenate([half, -half], axis=1).reshape(3, 1, 1, 4))
    shares = smoothing_shares(stages, "none")
    np.testing.assert_allclose(shares, [10 / 40, 16 / 40, 14 / 40])


def slope(y: np.ndarray, x: np.ndarray, dummies: np.ndarray) -> float:
    """Least squares of y on x and dummies."""
    return np.linalg.lstsq(np.column_stack([x.ravel(), dummies]), y.ravel(), rcond=None)[0][0]


@pytest.mark.parametrize("effect", EFFECTS)
def test_smoothing_is_the_slope_of_a_regression(effect):
    stages = shock_and_channels()
    _, year, path = np.indices(stages.shape[1:])
    date = {"none": 0 * year, "year": year, "year and path": year * 5 + path}[effect].ravel()
    dummies = (date[:, None] == np.unique(date)).astype(float)
    changes = [*(stages[:-1] - stages[1:]), stages[-1]]
    expected = [slope(change, stages[0], dummies) for change in changes]
    np.testing.assert_allclose(smoothing_shares(jnp.asarray(stages), effect), expected, rtol=1e-10)


@pytest.mark.parametrize("effect", EFFECTS)
@given(hnp.arrays(float, (4, 2, 2, 3), elements=hundredths))
def test_smoothing_shares_sum_to_one(effect, stages: np.ndarray):
    shares = smoothing_shares(jnp.asarray(stages), effect)
    assert jnp.sum(shares) == pytest.approx(1, abs=1e-9) or jnp.all(jnp.isnan(shares))


def test_a_channel_that_does_nothing_has_no_share():
    shock = RNG.normal(size=(2, 3, 4))
    # As under municipal pooling: settlement moves nothing; reserves then take all.
    shares = smoothing_shares(jnp.asarray(np.stack([shock, shock, 0 * shock])))
    np.testing.assert_array_equal(shares, [0, 1, 0])


def test_year_and_path_effect_takes_off_the_national_shock():
    # A settlement that returns the regions' mean on each path: nothing but the common shock is left.
    shock = RNG.normal(size=(3, 2, 5))
    stages = jnp.asarray(np.stack([shock, np.broadcast_to(shock.mean(0), shock.shape)]))
    np.testing.assert_allclose(smoothing_shares(stages, "year and path"), [1, 0], atol=1e-14)
    assert 0 < smoothing_shares(stages, "none")[0] < 1


@pytest.mark.parametrize("effect", EFFECTS)
def test_smoothing_without_shock(effect):
    # 0.1 is no binary fraction: a mean of equal cells may differ from them in the last place.
    assert jnp.all(jnp.isnan(smoothing_shares(jnp.full((3, 7, 2, 11), 0.1), effect)))


def test_regions_that_move_as_one_have_nothing_to_share():
    shock = jnp.asarray(np.broadcast_to(RNG.normal(size=(2, 1, 3, 4)), (2, 7, 3, 4)))
    assert jnp.all(jnp.isnan(smoothing_shares(shock, "year and path")))


def test_insurance_by_hand():
    # Without: 1, 3 (variance 2). With: 2, 2 (0) insures all; 3, 5 shifts and insures nothing; −1, 5 (18) adds risk.
    without = jnp.asarray([[1.0, 3.0]] * 3)
    arranged = jnp.asarray([[2.0, 2.0], [3.0, 5.0], [-1.0, 5.0]])
    np.testing.assert_allclose(insurance(without, arranged), [2, 0, -16])
    np.testing.assert_allclose(insurance_value(without, arranged), [1, 0, -8])


@given(by_path, by_path)
def test_insurance_is_covariance_and_variance_of_the_transfer(own: np.ndarray, e: np.ndarray):
    expected = [
        -2 * np.cov(own_r, e_r)[0, 1] - np.var(e_r, ddof=1)
        for own_r, e_r in zip(own, e, strict=True)
    ]
    result = insurance(jnp.asarray(own), jnp.asarray(own + e))
    np.testing.assert_allclose(result, expected, atol=1e-10)


def test_insurance_needs_two_paths_and_risk():
    one = jnp.ones((2, 1))
    assert jnp.all(jnp.isnan(insurance(one, one)))
    assert jnp.all(jnp.isnan(insurance_value(jnp.full((2, 11), 0.1), jnp.ones((2, 11)))))


def test_redistribution_variance_by_hand():
    # Means 2, −2, 1 with the weights 0.25, 0.5, 0.25: mean −0.25; squares 1 + 2 + 0.25 = 3.25; 3.25 − 0.0625.
    transfers = jnp.asarray([[1.0, 3.0], [-2.0, -2.0], [0.0, 2.0]])
    people = jnp.asarray([5.0, 10.0, 5.0])
    assert redistribution_variance(transfers, people) == pytest.approx(3.1875)
    both = redistribution_variance(jnp.stack([transfers] * 2), jnp.stack([people, 0 * people]))
    np.testing.assert_allclose(both, [3.1875, np.nan])


def test_common_shock_by_hand():
    # Regions 1, 3 and 3, 1, weights ¾ and ¼: national 1.5, 2.5, variance ½; the regions' variances are 2.
    values, weights = jnp.asarray([[1.0, 3.0], [3.0, 1.0]]), jnp.asarray([3.0, 1.0])
    assert common_shock_share(values, weights) == pytest.approx(0.25)
    assert common_shock_share(values, jnp.ones(2)) == 0
    assert jnp.isnan(common_shock_share(jnp.ones((2, 4)), weights))


@given(by_path, hnp.arrays(float, REGIONS, elements=st.floats(0.1, 10)))
def test_common_shock_is_a_share(values: np.ndarray, weights: np.ndarray):
    share = common_shock_share(jnp.asarray(values), jnp.asarray(weights))
    assert jnp.isnan(share) or -1e-12 <= share <= 1 + 1e-9


@given(by_path, hnp.arrays(float, REGIONS, elements=st.floats(0.1, 10)))
def test_full_pooling_insures_all_but_the_common_shock(values: np.ndarray, weights: np.ndarray):
    shares = weights / weights.sum()
    pooled = np.broadcast_to(shares @ values, values.shape)
    insured = shares @ np.asarray(insurance(jnp.asarray(values), jnp.asarray(pooled)))
    total = shares @ values.var(axis=1, ddof=1)
    common = common_shock_share(jnp.asarray(values), jnp.asarray(weights))
    assert jnp.isnan(common) or insured == pytest.approx(float((1 - common) * total), abs=1e-10)


def test_tail_reduction_by_hand():
    # 0, 1, …, 20: the 95th percentile is 19, the variance 21 · 22/12 = 38.5. Halved, both are halved.
    rates = jnp.arange(21.0)
    quantile, volatility = tail_reduction(rates, rates / 2)
    assert quantile == pytest.approx(9.5)
    assert volatility == pytest.approx(sqrt(38.5) / 2)


def test_tail_reduction_against_numpy():
    without, arranged = RNG.normal(size=(2, 40, 3))
    quantile, volatility = tail_reduction(jnp.asarray(without), jnp.asarray(arranged), axis=0)
    expected = np.quantile(without, 0.95, axis=0) - np.quantile(arranged, 0.95, axis=0)
    np.testing.assert_allclose(quantile, expected, rtol=1e-10)
    spread = without.std(axis=0, ddof=1) - arranged.std(axis=0, ddof=1)
    np.testing.assert_allclose(volatility, spread, rtol=1e-10)


def test_jackknife_of_a_mean_is_its_standard_error():
    sample = RNG.normal(size=(3, 12))
    value, error = jackknife(lambda x: jnp.mean(x, axis=-1), [jnp.asarray(sample)])
    np.testing.assert_allclose(value, sample.mean(axis=-1))
    np.testing.assert_allclose(error, sample.std(axis=-1, ddof=1) / sqrt(12))


def test_jackknife_of_groups_by_hand():
    # 0, 2, 4, 6, 8, 10 in three groups: the means of the others are 7, 5, 3, so √(2/3 · (4 + 0 + 4)).
    value, error = jackknife(jnp.mean, [jnp.arange(0.0, 12.0, 2.0)], groups=3)
    assert value == 5
    assert error == pytest.approx(sqrt(16 / 3))


def test_jackknife_of_insurance_against_numpy():
    own, arranged = RNG.normal(size=(2, 9))
    left_out = [
        np.var(np.delete(own, k), ddof=1) - np.var(np.delete(arranged, k), ddof=1) for k in range(9)
    ]
    _, error = jackknife(insurance, [jnp.asarray(own), jnp.asarray(arranged)])
    assert error == pytest.approx(sqrt(8 / 9 * sum((np.array(left_out) - np.mean(left_out)) ** 2)))


def test_jackknife_of_insurance_near_the_delta_method():
    own = RNG.normal(size=2000)
    arranged = 0.5 * own + 0.2 * RNG.normal(size=2000)
    influence = (own - own.mean()) ** 2 - (arranged - arranged.mean()) ** 2
    _, error = jackknife(insurance, [jnp.asarray(own), jnp.asarray(arranged)])
    assert error == pytest.approx(influence.std(ddof=1) / sqrt(2000), rel=0.02)


def test_jackknife_of_tails_in_groups():
    # The true error is the spread of the reduction over 400 samples, each of 400 normal paths.
    def reduction(paths: jnp.ndarray) -> tuple[jnp.ndarray, ...]:
        return tail_reduction(paths, 0.4 * paths)

    samples = jnp.asarray(RNG.normal(size=(400, 400)))
    true = [np.std(part, ddof=1) for part in reduction(samples)]
    errors = jackknife(reduction, [samples], groups=20).standard_error
    mean_square = [np.sqrt(np.mean(np.square(part))) for part in errors]
    np.testing.assert_allclose(mean_square, true, rtol=0.2)


def test_jackknife_of_shares_that_never_change():
    # Every path halves the shock: the share is ½ whichever path is left out.
    shock = RNG.normal(size=(2, 3, 8))
    value, error = jackknife(smoothing_shares, [jnp.asarray(np.stack([shock, shock / 2]))])
    np.testing.assert_allclose(value, [0.5, 0.5])
    np.testing.assert_allclose(error, [0, 0], atol=1e-12)


def test_jackknife_of_one_path_and_of_unequal_groups():
    assert jnp.isnan(jackknife(jnp.mean, [jnp.ones(1)]).standard_error)
    with pytest.raises(ValueError, match="5 paths do not make 2 equal groups"):
        jackknife(jnp.mean, [jnp.ones(5)], groups=2)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("measure", [insurance, insurance_value, tail_reduction])
def test_two_arrangements_along_an_axis_under_jit(measure, dtype):
    pair = [jnp.asarray(sample) for sample in RNG.normal(size=(2, 8, 3))]
    expected = measure(*(sample.T for sample in pair))
    single = [sample.astype(dtype) for sample in pair]
    result = jax.jit(measure, static_argnames="axis")(*single, axis=0)
    assert all(leaf.dtype == dtype for leaf in jax.tree.leaves(result))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4), result, expected)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_dtype_is_kept_under_jit(dtype):
    values, weights = jnp.asarray(RNG.normal(size=(3, 8)), dtype), jnp.ones(3, dtype)
    assert jax.jit(common_shock_share)(values, weights).dtype == dtype
    assert jax.jit(redistribution_variance)(values, weights).dtype == dtype
    assert jax.jit(log_ratio_deviations)(values, values).dtype == dtype
    stages = jnp.asarray(shock_and_channels(), dtype)
    estimate = jax.jit(lambda x: jackknife(smoothing_shares, [x]))(stages)
    assert estimate.value.dtype == estimate.standard_error.dtype == dtype
