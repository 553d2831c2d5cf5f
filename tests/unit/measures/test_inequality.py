from math import log, sqrt

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pooling.measures.inequality import (
    absolute_concentration,
    absolute_gini,
    coefficient_of_variation,
    concentration,
    gini,
    kakwani_benefit,
    kakwani_contribution,
    max_min_ratio,
    mean_log_deviation,
    redistributive_effect,
    reranking,
    reynolds_smolensky,
    theil,
    theil_decomposition,
)

MEASURES = [gini, absolute_gini, theil, mean_log_deviation, coefficient_of_variation]
RELATIVE = [gini, theil, mean_log_deviation, coefficient_of_variation]
Y = jnp.asarray([1.0, 2.0, 3.0, 10.0])
W = jnp.asarray([4.0, 3.0, 2.0, 1.0])
PAIRS = jnp.asarray([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])

# One shape for all examples: another one would be another program to compile.
SIZE = 6
values_and_weights = st.tuples(
    hnp.arrays(float, SIZE, elements=st.floats(0.01, 1e3)),
    hnp.arrays(float, SIZE, elements=st.floats(0, 10)).filter(np.any),
)


def test_by_hand():
    # Two halves with 1 and 3: mean 2. Gini: 2 · ½ · ½ · 2 ÷ (2 · 2) = 1/4. Theil: ½ · ½ · ln ½ + ½ · 3/2 · ln 3/2.
    y, w = jnp.asarray([1.0, 3.0]), jnp.asarray([5.0, 5.0])
    assert gini(y, w) == pytest.approx(0.25)
    assert absolute_gini(y, w) == pytest.approx(0.5)
    assert theil(y, w) == pytest.approx(0.25 * log(0.5) + 0.75 * log(1.5))
    assert mean_log_deviation(y, w) == pytest.approx(0.5 * log(2) + 0.5 * log(2 / 3))
    assert coefficient_of_variation(y, w) == pytest.approx(0.5)


def test_weighted_by_hand():
    # Shares 0.4, 0.3, 0.2, 0.1 of 1, 2, 3, 10: mean 0.4 + 0.6 + 0.6 + 1.0 = 2.6.
    # Differences: .4·.3·1 + .4·.2·2 + .4·.1·9 + .3·.2·1 + .3·.1·8 + .2·.1·7 = 1.08; Gini 1.08 ÷ 2.6.
    assert gini(Y, W) == pytest.approx(1.08 / 2.6)
    # Squares: 0.4 + 1.2 + 1.8 + 10 = 13.4; variance 13.4 − 6.76 = 6.64.
    assert coefficient_of_variation(Y, W) == pytest.approx(sqrt(6.64) / 2.6)


def test_decomposition_by_hand():
    # Groups {1, 2} and {3, 10}: shares 0.7 and 0.3, means 1/0.7 and 1.6/0.3, totals 1.0 and 1.6 of 2.6.
    between, within = theil_decomposition(Y, W, PAIRS)
    first, second = 1 / 2.6, 1.6 / 2.6
    assert between == pytest.approx(first * log(first / 0.7) + second * log(second / 0.3))
    low = 0.4 * log(1 * 0.7) + 0.6 * log(2 * 0.7)
    high = 0.6 / 1.6 * log(3 * 0.3 / 1.6) + 1 / 1.6 * log(10 * 0.3 / 1.6)
    assert within == pytest.approx(first * low + second * high)


@given(values_and_weights)
def test_double_sum_of_the_definition(pair: tuple[np.ndarray, np.ndarray]):
    y, w = pair
    p = w / w.sum()
    half_difference = 0.5 * p @ abs(y[:, None] - y[None, :]) @ p
    assert absolute_gini(*map(jnp.asarray, pair)) == pytest.approx(
        half_difference, rel=1e-9, abs=1e-9
    )


@given(values_and_weights, st.integers(1, 4))
def test_theil_adds_up(pair: tuple[np.ndarray, np.ndarray], n_groups: int):
    y, w = map(jnp.asarray, pair)
    groups = jnp.asarray(np.eye(4)[np.arange(SIZE) % n_groups])
    between, within = theil_decomposition(y, w, groups)
    assert between + within == pytest.approx(float(theil(y, w)), abs=1e-12)
    assert between >= -1e-12
    assert within >= -1e-12


@given(values_and_weights)
def test_bounds(pair: tuple[np.ndarray, np.ndarray]):
    y, w = map(jnp.asarray, pair)
    assert -1e-12 <= gini(y, w) <= 1
    assert theil(y, w) >= -1e-12
    assert mean_log_deviation(y, w) >= -1e-12


@pytest.mark.parametrize("measure", MEASURES)
def test_equal_regions_are_equal(measure):
    assert measure(jnp.full(5, 7.3), jnp.asarray([1.0, 2.0, 0.0, 4.0, 5.0])) == pytest.approx(
        0, abs=1e-15
    )


@pytest.mark.parametrize("measure", RELATIVE)
def test_unit_and_weight_scale_do_not_matter(measure):
    assert measure(1e12 * Y, 3 * W) == pytest.approx(float(measure(Y, W)))


@pytest.mark.parametrize("measure", MEASURES)
def test_order_does_not_matter(measure):
    order = jnp.asarray([2, 0, 3, 1])
    assert measure(Y[order], W[order]) == pytest.approx(float(measure(Y, W)))


@pytest.mark.parametrize("measure", MEASURES)
def test_no_weight_no_influence(measure):
    more = jnp.append(Y, 0.0), jnp.append(W, 0.0)
    assert measure(*more) == pytest.approx(float(measure(Y, W)))


@pytest.mark.parametrize("measure", MEASURES)
def test_axis(measure):
    y = jnp.stack([Y, Y[::-1], 2 * Y], axis=1)
    w = jnp.stack([W, W[::-1], W], axis=1)
    columns = jnp.stack([measure(y[:, k], w[:, k]) for k in range(3)])
    np.testing.assert_allclose(measure(y, w, axis=0), columns, rtol=1e-14)
    np.testing.assert_allclose(measure(y.T, w.T), columns, rtol=1e-14)


def test_axis_of_the_decomposition():
    y, w = jnp.stack([Y, 2 * Y], axis=1), jnp.stack([W, W], axis=1)
    between, within = theil_decomposition(y, w, PAIRS, axis=0)
    expected = theil_decomposition(Y, W, PAIRS)
    np.testing.assert_allclose(between, [expected[0]] * 2, rtol=1e-14)
    np.testing.assert_allclose(within, [expected[1]] * 2, rtol=1e-14)


@pytest.mark.parametrize("measure", RELATIVE)
def test_undefined_is_nan(measure):
    assert jnp.isnan(measure(jnp.asarray([-3.0, 1.0]), jnp.ones(2)))
    assert jnp.isnan(measure(Y, jnp.zeros(4)))


def test_entropy_needs_positive_values():
    y = jnp.asarray([0.0, 2.0])
    assert jnp.isnan(theil(y, jnp.ones(2)))
    assert jnp.isnan(mean_log_deviation(y, jnp.ones(2)))
    assert all(jnp.isnan(part) for part in theil_decomposition(y, jnp.ones(2), jnp.eye(2)))


def test_absolute_gini_of_balances_of_any_sign():
    assert absolute_gini(jnp.asarray([-3.0, 3.0]), jnp.ones(2)) == pytest.approx(1.5)


@pytest.mark.parametrize("measure", MEASURES)
def test_single_precision_is_kept_under_jit(measure):
    single = jax.jit(measure)(Y.astype(jnp.float32), W.astype(jnp.float32))
    assert single.dtype == jnp.float32
    assert single == pytest.approx(float(measure(Y, W)), rel=1e-5)


# The package knows no weights: whole weights become repeated observations.
REPEATED = np.repeat(np.asarray(Y), np.asarray(W, int))


def oracle(module: str):
    """A module of the package `inequality`, which is not among the test requirements."""
    reason = "the oracle is not installed: pip install '.[oracles]'"
    return pytest.importorskip(f"inequality.{module}", reason=reason)


def test_gini_against_inequality():
    assert gini(Y, W) == pytest.approx(oracle("gini").Gini(REPEATED).g)


def test_theil_against_inequality():
    assert theil(Y, W) == pytest.approx(oracle("theil").Theil(REPEATED).T)


def test_decomposition_against_inequality():
    partition = np.repeat([0, 0, 1, 1], np.asarray(W, int))
    expected = oracle("theil").TheilD(REPEATED, partition)
    between, within = theil_decomposition(Y, W, PAIRS)
    assert between == pytest.approx(np.ravel(expected.bg)[0])
    assert within == pytest.approx(np.ravel(expected.wg)[0])


def test_concentration_by_hand():
    # Shares 0.4, 0.3, 0.2, 0.1 in the order of x = 1, 2, 3, 10: ranks 0.2, 0.55, 0.8, 0.95. z = 4, 2, 1, 3 has the
    # mean 1.6 + 0.6 + 0.2 + 0.3 = 2.7 and Σ p z F = 0.32 + 0.33 + 0.16 + 0.285 = 1.095; cov 1.095 − 2.7/2 = −0.255.
    z = jnp.asarray([4.0, 2.0, 1.0, 3.0])
    assert absolute_concentration(z, Y, W) == pytest.approx(-0.51)
    assert concentration(z, Y, W) == pytest.approx(-0.51 / 2.7)
    # Gini of Y is 1.08/2.6 (above).
    assert kakwani_contribution(z, Y, W) == pytest.approx(-0.51 / 2.7 - 1.08 / 2.6)
    assert kakwani_benefit(z, Y, W) == pytest.approx(1.08 / 2.6 + 0.51 / 2.7)


def test_ties_share_the_mean_rank():
    # The first two tie over the shares 0.25 and 0.25: both have rank 0.25, the third 0.75. z = 0, 4, 2: mean 2;
    # Σ p z F = 0 + 0.25 + 0.75 = 1, the covariance is 0, whichever of the tied comes first.
    weights = jnp.asarray([1.0, 1.0, 2.0])
    for tied in ([0.0, 4.0, 2.0], [4.0, 0.0, 2.0]):
        z, x = jnp.asarray(tied), jnp.asarray([5.0, 5.0, 6.0])
        assert absolute_concentration(z, x, weights) == pytest.approx(0)


def test_redistribution_by_hand():
    # Halves with 1 and 3, Gini 1/4. The second pays 2.5: 1 and 0.5, mean 0.75, Gini ¼ · 0.5 ÷ 0.75 = 1/6, and in the
    # old order the concentration is −1/6: vertical effect 5/12, reranking 1/3, effect 1/12.
    x, n, w = jnp.asarray([1.0, 3.0]), jnp.asarray([1.0, 0.5]), jnp.ones(2)
    assert reynolds_smolensky(x, n, w) == pytest.approx(5 / 12)
    assert reranking(x, n, w) == pytest.approx(1 / 3)
    assert redistributive_effect(x, n, w) == pytest.approx(1 / 12)


def covariance_with_ranks(z: np.ndarray, x: np.ndarray, w: np.ndarray) -> float:
    """2 cov(z, F(x)) from the definition, each rank counted over all pairs."""
    p = w / w.sum()
    below = (x[None, :] < x[:, None]) @ p
    ranks = below + (x[None, :] == x[:, None]) @ p / 2
    return 2 * (p @ (z * ranks) - p @ z * (p @ ranks))


two_values_and_weights = st.tuples(
    hnp.arrays(float, SIZE, elements=st.floats(0.01, 1e3)),
    # Few values, so that ties occur.
    hnp.arrays(float, SIZE, elements=st.integers(1, 4).map(float)),
    hnp.arrays(float, SIZE, elements=st.floats(0, 10)).filter(np.any),
)


@given(two_values_and_weights)
def test_concentration_from_the_definition(triple: tuple[np.ndarray, ...]):
    expected = covariance_with_ranks(*triple)
    assert absolute_concentration(*map(jnp.asarray, triple)) == pytest.approx(expected, abs=1e-9)


@given(two_values_and_weights)
def test_laws_of_concentration(triple: tuple[np.ndarray, ...]):
    z, x, w = map(jnp.asarray, triple)
    assert concentration(z, z, w) == pytest.approx(float(gini(z, w)), abs=1e-9)
    assert concentration(z, -x, w) == pytest.approx(-float(concentration(z, x, w)), abs=1e-9)
    assert abs(concentration(z, x, w)) <= gini(z, w) + 1e-12
    assert concentration(z, jnp.log(x) - 7, w) == pytest.approx(float(concentration(z, x, w)))


@given(two_values_and_weights)
def test_effect_is_vertical_less_reranking(triple: tuple[np.ndarray, ...]):
    after, before, w = map(jnp.asarray, triple)
    vertical, moved = reynolds_smolensky(before, after, w), reranking(before, after, w)
    assert redistributive_effect(before, after, w) == pytest.approx(
        float(vertical - moved), abs=1e-12
    )
    assert moved >= -1e-12


@given(two_values_and_weights, st.floats(0.05, 0.9))
def test_vertical_effect_of_contributions_is_their_progressivity(triple, level: float):
    z, x, w = triple
    paid = z / (z @ w) * (x @ w) * level  # a share `level` of the total of x
    vertical = reynolds_smolensky(*map(jnp.asarray, (x, x - paid, w)))
    progressivity = float(kakwani_contribution(*map(jnp.asarray, (paid, x, w))))
    assert vertical == pytest.approx(level / (1 - level) * progressivity, rel=1e-8, abs=1e-9)


def test_proportional_contributions_redistribute_nothing():
    assert kakwani_contribution(0.2 * Y, Y, W) == pytest.approx(0, abs=1e-15)
    assert reynolds_smolensky(Y, 0.8 * Y, W) == pytest.approx(0, abs=1e-15)
    assert redistributive_effect(Y, 0.8 * Y, W) == pytest.approx(0, abs=1e-15)


def test_concentration_of_transfers_of_any_sign():
    transfers, ranking = jnp.asarray([3.0, -3.0]), jnp.asarray([1.0, 2.0])
    assert absolute_concentration(transfers, ranking, jnp.ones(2)) == pytest.approx(-1.5)
    assert jnp.isnan(concentration(transfers, ranking, jnp.ones(2)))


def test_max_min_ratio():
    assert max_min_ratio(Y, W) == 10
    assert max_min_ratio(Y, W.at[3].set(0)) == 3
    assert jnp.isnan(max_min_ratio(Y.at[0].set(0), W))
    assert jnp.isnan(max_min_ratio(Y, jnp.zeros(4)))


@pytest.mark.parametrize(
    "measure", [concentration, kakwani_contribution, kakwani_benefit, reynolds_smolensky, reranking]
)
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_two_values_along_an_axis_under_jit(measure, dtype):
    z = jnp.asarray([4.0, 2.0, 1.0, 3.0])
    columns = [(z, Y, W), (Y, z, W[::-1])]
    stacked = [jnp.stack(arrays, axis=1).astype(dtype) for arrays in zip(*columns, strict=True)]
    result = jax.jit(measure, static_argnames="axis")(*stacked, axis=0)
    assert result.dtype == dtype
    np.testing.assert_allclose(result, [measure(*column) for column in columns], rtol=1e-5)


TWO_VALUES = [
    absolute_concentration,
    concentration,
    kakwani_contribution,
    kakwani_benefit,
    reynolds_smolensky,
    redistributive_effect,
    reranking,
]


@pytest.mark.parametrize("measure", TWO_VALUES)
def test_two_values_along_every_axis(measure):
    z = jnp.asarray([4.0, 2.0, 1.0, 3.0])
    cases = [(z, Y, W), (Y, z, W[::-1])]
    rows = [jnp.stack(arrays) for arrays in zip(*cases, strict=True)]
    expected = [measure(*case) for case in cases]
    np.testing.assert_allclose(measure(*rows), expected, rtol=1e-13)
    np.testing.assert_allclose(measure(*(x.T for x in rows), axis=0), expected, rtol=1e-13)


def test_max_min_ratio_along_every_axis():
    values, weights = jnp.asarray([[1.0, 2.5], [4.0, 0.5]]), jnp.asarray([[0.5, 1.0], [2.0, 0.25]])
    np.testing.assert_array_equal(max_min_ratio(values, weights), [2.5, 8])
    np.testing.assert_array_equal(max_min_ratio(values, weights, axis=0), [4, 5])
    # What has no weight is neither the greatest nor the least, nor does it matter that it is negative.
    np.testing.assert_array_equal(
        max_min_ratio(jnp.asarray([[-7.0, 0.5, 2.0, 99.0]]), jnp.asarray([[0.0, 0.5, 0.5, 0.0]])),
        [4],
    )


def test_axis_of_the_decomposition_is_the_last():
    between, within = theil_decomposition(jnp.stack([Y, 2 * Y]), jnp.stack([W, W]), PAIRS)
    expected = theil_decomposition(Y, W, PAIRS)
    np.testing.assert_allclose(between, [expected[0]] * 2, rtol=1e-14)
    np.testing.assert_allclose(within, [expected[1]] * 2, rtol=1e-14)


def test_a_group_without_weight():
    """Half of the weight at 1 and at 3, in two groups, the third empty: all is between them."""
    y, w = jnp.asarray([1.0, 3.0, 5.0]), jnp.asarray([5.0, 5.0, 0.0])
    between, within = theil_decomposition(y, w, jnp.eye(3))
    assert between == pytest.approx(0.25 * log(0.5) + 0.75 * log(1.5), rel=1e-14)
    assert within == pytest.approx(0, abs=1e-15)


def test_mean_log_deviation_weighted_by_hand():
    # Shares 0.4, 0.3, 0.2, 0.1 of 1, 2, 3, 10, whose mean is 2.6.
    expected = log(2.6) - 0.3 * log(2) - 0.2 * log(3) - 0.1 * log(10)
    assert mean_log_deviation(Y, W) == pytest.approx(expected, rel=1e-14)
    total = (0.4 * log(1 / 2.6) + 0.6 * log(2 / 2.6) + 0.6 * log(3 / 2.6) + log(10 / 2.6)) / 2.6
    assert theil(Y, W) == pytest.approx(total, rel=1e-14)


@pytest.mark.parametrize(
    "measure",
    [gini, absolute_gini, theil, mean_log_deviation, coefficient_of_variation],
)
def test_weights_below_one_and_no_weight_at_all(measure):
    """Weights are shares of their sum, however small; a row without any has no number, and the others keep theirs."""
    rows = measure(jnp.stack([Y, Y]), jnp.stack([W / 1000, 0 * W]))
    np.testing.assert_allclose(rows, [measure(Y, W), np.nan], rtol=1e-13)


def between_and_within(values: jnp.ndarray, weights: jnp.ndarray) -> jnp.ndarray:
    return jnp.stack(theil_decomposition(values, weights, jnp.eye(3)))


@pytest.mark.parametrize("measure", [*MEASURES, max_min_ratio, between_and_within])
def test_every_slope_is_a_number(measure):
    """Of equal values, and where a row has no weight: one NaN would reach the derivative of every sum."""

    def defined(values: jnp.ndarray, weights: jnp.ndarray) -> jnp.ndarray:
        return jnp.sum(jnp.nan_to_num(measure(values, weights)))

    values = jnp.asarray([[2.0, 2.0, 2.0], [1.0, 2.0, 0.0], [1.0, 2.0, 4.0]])
    weights = jnp.asarray([[1.0, 1.0, 2.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    for slope in jax.grad(defined, argnums=(0, 1))(values, weights):
        assert np.isfinite(slope).all()
