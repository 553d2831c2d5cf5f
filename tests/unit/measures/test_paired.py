from math import sqrt

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from pooling.measures.paired import paired_difference, unpaired_se, winners

RNG = np.random.default_rng(20181)
hundredths = st.integers(-1000, 1000).map(lambda count: count / 100)
paths = hnp.arrays(float, 6, elements=hundredths)


def test_difference_by_hand():
    # Differences 1, 2, 3: mean 2, sd 1. Variances of 5, 7, 9 and of 4, 5, 6: 4 and 1.
    a, b = jnp.asarray([5.0, 7.0, 9.0]), jnp.asarray([4.0, 5.0, 6.0])
    assert tuple(paired_difference(a, b)) == pytest.approx((2, 1, 1 / sqrt(3), 3))
    assert unpaired_se(a, b) == pytest.approx(sqrt(5 / 3))


def test_a_path_without_both_values_does_not_count():
    a = jnp.asarray([5.0, np.nan, 7.0, 9.0, 1.0])
    b = jnp.asarray([4.0, 3.0, 5.0, 6.0, np.nan])
    assert tuple(paired_difference(a, b)) == pytest.approx((2, 1, 1 / sqrt(3), 3))
    assert unpaired_se(a, b) == pytest.approx(sqrt(5 / 3))


def test_too_few_pairs():
    never = jnp.full(3, jnp.nan)
    np.testing.assert_array_equal(
        tuple(paired_difference(never, jnp.ones(3))), [np.nan, np.nan, np.nan, 0]
    )
    one = paired_difference(never.at[1].set(5), jnp.ones(3))
    np.testing.assert_array_equal(tuple(one), [4, np.nan, np.nan, 1])
    assert jnp.isnan(unpaired_se(never, never))


def test_against_the_paired_and_the_separate_test_of_scipy():
    a, b = RNG.normal(size=(2, 25))
    difference = paired_difference(jnp.asarray(a), jnp.asarray(b))
    paired, separate = stats.ttest_rel(a, b).statistic, stats.ttest_ind(a, b, equal_var=False)
    assert difference.mean / difference.standard_error == pytest.approx(paired)
    error = unpaired_se(jnp.asarray(a), jnp.asarray(b))
    assert difference.mean / error == pytest.approx(separate.statistic)


@given(paths, paths)
def test_the_covariance_is_what_pairing_saves(a: np.ndarray, b: np.ndarray):
    error = paired_difference(jnp.asarray(a), jnp.asarray(b)).standard_error
    saved = float(unpaired_se(jnp.asarray(a), jnp.asarray(b))) ** 2 - float(error) ** 2
    assert saved == pytest.approx(2 * np.cov(a, b)[0, 1] / 6, abs=1e-9)


def test_common_random_numbers_help_where_arrangements_move_together():
    shock = RNG.normal(size=500)
    a, b = jnp.asarray(shock), jnp.asarray(0.9 * shock + 0.1 * RNG.normal(size=500))
    # sd of 0.1 (shock − noise) is 0.141; unpaired √(1 + 0.82).
    assert paired_difference(a, b).standard_error < 0.15 * unpaired_se(a, b)


def test_pairing_changes_nothing_without_covariance():
    a, b = jnp.asarray([1.0, 1.0, -1.0, -1.0]), jnp.asarray([1.0, -1.0, 1.0, -1.0])
    assert paired_difference(a, b).standard_error == pytest.approx(float(unpaired_se(a, b)))


def test_winners_by_hand():
    transfers = jnp.asarray([[5.0, -2.0, 0.0, 1.0], [0.0, 0.0, 0.0, -1.0]])
    people = jnp.asarray([[10.0, 20.0, 30.0, 40.0]] * 2)
    gain, lose = winners(transfers, people)
    np.testing.assert_array_equal(gain, [50, 0])
    np.testing.assert_array_equal(lose, [20, 40])
    gain, lose = winners(transfers, people, threshold=1.0)
    np.testing.assert_array_equal(gain, [10, 0])
    np.testing.assert_array_equal(lose, [20, 0])


def test_a_missing_transfer_is_not_a_loser():
    gain, lose = winners(jnp.asarray([np.nan, 1.0]), jnp.ones(2))
    assert jnp.isnan(gain)
    assert jnp.isnan(lose)


@given(hnp.arrays(float, 6, elements=hundredths), hnp.arrays(float, 6, elements=st.floats(0, 1e3)))
def test_everybody_gains_loses_or_neither(transfers: np.ndarray, people: np.ndarray):
    gain, lose = winners(jnp.asarray(transfers), jnp.asarray(people))
    neither = people[transfers == 0].sum()
    assert gain + lose + neither == pytest.approx(people.sum())
    assert gain == pytest.approx(people[transfers > 0].sum())


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("measure", [paired_difference, unpaired_se, winners])
def test_axis_and_dtype_under_jit(measure, dtype):
    pair = [jnp.asarray(sample, dtype) for sample in RNG.normal(size=(2, 5, 3)) ** 2]
    result = jax.jit(measure, static_argnames="axis")(*pair, axis=0)
    rows = measure(*(sample.T for sample in pair))
    assert all(leaf.dtype == dtype for leaf in jax.tree.leaves(result))
    jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, rtol=1e-5), result, rows)


def test_paths_stand_last_unless_said_otherwise():
    a, b = (
        jnp.asarray([[5.0, 7.0, 9.0], [1.0, 1.0, 4.0]]),
        jnp.asarray([[4.0, 5.0, 6.0], [0.0] * 3]),
    )
    # Of the second pair: mean 2, squares 1 + 1 + 4 over 2, nothing varies in b.
    mean, sd, error, pairs = paired_difference(a, b)
    np.testing.assert_allclose(mean, [2, 2])
    np.testing.assert_allclose(sd, [1, sqrt(3)])
    np.testing.assert_allclose(error, [1 / sqrt(3), 1])
    np.testing.assert_array_equal(pairs, [3, 3])
    np.testing.assert_allclose(unpaired_se(a, b), [sqrt(5 / 3), 1])
    gain, lose = winners(jnp.asarray([[0.5, -0.25], [-0.5, -2.0]]), jnp.asarray([[3.0, 4.0]] * 2))
    np.testing.assert_array_equal(gain, [3, 0])
    np.testing.assert_array_equal(lose, [4, 7])


def test_a_missing_transfer_leaves_the_other_regions_their_number():
    transfers = jnp.asarray([[np.nan, 1.0], [-1.0, 1.0]])
    gain, lose = winners(transfers, jnp.ones((2, 2)))
    np.testing.assert_array_equal(gain, [np.nan, 1])
    np.testing.assert_array_equal(lose, [np.nan, 1])
