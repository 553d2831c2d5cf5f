"""Past index-years are moved only as far as the declared range of the first year's new pensions asks for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from example_country import EXAMPLE, SHORT
from pooling.assumptions import load_config
from pooling.opening.award_level import first_ratio
from pooling.opening.build import Opening, open_model

FUND = "schemes.employee_pension_fund.awards"


def opened(low: float, high: float, limit: float) -> Opening:
    given = {"ratio_low": low, "ratio_high": high, "index_level_limit": limit}
    return open_model(load_config(EXAMPLE, SHORT | {f"{FUND}.{k}": v for k, v in given.items()}))


def ratio(opening: Opening) -> np.ndarray:
    """Of the opened stocks as they are."""
    provinces = opening.model.levers.geography.membership.shape[1]
    one = jnp.ones((len(opening.funds), provinces))
    return np.asarray(jax.jit(first_ratio)(opening.model, opening.state, one))


@pytest.fixture(scope="module")
def untouched() -> Opening:
    return opened(1e-3, 1e3, 2.0)


def test_inside_the_range_nothing_moves(untouched: Opening):
    for fund in untouched.funds:
        np.testing.assert_array_equal(fund.index_level, 1)


@pytest.mark.parametrize("away", [0.93, 1.06])
def test_the_ratio_meets_its_range(untouched: Opening, away: float):
    before = ratio(untouched)
    edge = float(before[0, 0] * away)
    moved = opened(edge, edge, 5.0)
    np.testing.assert_allclose(ratio(moved), edge, rtol=1e-8)
    # Stocks and what is reported of them are moved alike.
    for k, fund in enumerate(moved.funds):
        stock = np.asarray(sum(moved.state.schemes[k].rights.index)).sum()
        assert stock == pytest.approx(fund.index.sum(), rel=1e-12)
        province = np.asarray(moved.model.levers.geography.province)
        old = untouched.funds[k].index * fund.index_level[province]
        np.testing.assert_allclose(fund.index, old, rtol=1e-12)


def test_the_limit_stops_it(untouched: Opening):
    far = float(ratio(untouched).max() * 3)
    moved = opened(far, far, 1.25)
    np.testing.assert_array_equal(moved.funds[0].index_level, 1.25)
    assert (ratio(moved) < far).all()
