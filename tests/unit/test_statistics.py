"""Statistics over paths: against NumPy, and at the edges."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pooling.axes import STATISTICS
from pooling.statistics import QUANTILES, summarize

MONEY = st.floats(-1e13, 1e13, width=64)
ARRAYS = hnp.arrays(np.float64, st.tuples(st.integers(3, 30), st.integers(1, 4)), elements=MONEY)
# Sums of up to 30 numbers of 1e13: a few eps of the largest.
EPS = 64 * np.finfo(np.float64).eps


@given(ARRAYS)
def test_agrees_with_numpy_and_leaves_the_central_path_out(array):
    paths = array[1:]
    scale = np.abs(paths).max() + 1e-300
    expected = [paths.mean(0), paths.std(0, ddof=1), paths.std(0, ddof=1) / np.sqrt(len(paths))]
    expected += list(np.quantile(paths, QUANTILES, axis=0))
    np.testing.assert_allclose(summarize(array, 0), expected, rtol=0, atol=EPS * scale)


def test_the_statistics_take_the_place_of_the_realizations():
    array = np.random.default_rng(0).normal(size=(2, 3, 6, 4))
    assert summarize(array, 2).shape == (2, 3, len(STATISTICS), 4)
    np.testing.assert_array_equal(summarize(array, 2)[1, 2, :, 3], summarize(array[1, 2, :, 3], 0))


def test_the_input_is_not_touched():
    array = np.random.default_rng(0).normal(size=(6, 4))
    before = array.copy()
    summarize(array, 0)
    np.testing.assert_array_equal(array, before)


def test_without_paths_everything_is_missing():
    assert np.isnan(summarize(np.ones((1, 3)), 0)).all()


def test_one_path_has_a_mean_but_no_spread():
    summary = summarize(np.array([[9.0], [4.0]]), 0)[:, 0]
    assert np.isnan(summary[1:3]).all()
    np.testing.assert_array_equal(summary[[0, 3, 4, 5, 6, 7]], 4.0)


def test_equal_paths_have_no_spread():
    summary = summarize(np.full((5, 2), 3.0), 0)
    np.testing.assert_array_equal(summary[1:3], 0)


def test_a_missing_path_makes_a_ratio_missing():
    assert np.isnan(summarize(np.array([0, 1.0, np.nan, 2.0]), 0)).all()


def test_depletion_years_are_years_that_occurred_and_never_sorts_last():
    years = np.array([2030.0, 2040, 2041, 2043, np.nan])
    summary = dict(zip(STATISTICS, summarize(years, 0, order_statistics=True), strict=True))
    assert (summary["q05"], summary["q25"], summary["q50"], summary["q75"]) == (
        2040,
        2040,
        2041,
        2043,
    )
    assert np.isnan([summary[name] for name in ("mean", "sd", "se", "q95")]).all()


def test_an_exact_probability_does_not_step_to_the_next_year():
    years = np.concatenate([[0.0], np.arange(2001.0, 2021.0)])
    assert summarize(years, 0, order_statistics=True)[-1] == 2019
