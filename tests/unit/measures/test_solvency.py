import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pooling.measures.solvency import (
    actuarial_balance,
    cost_rate,
    depletion_probability,
    discount_factors,
    end_of_year_factors,
    first_depleted,
    first_depletion,
    fund_ratio,
    general_average_premium,
    income_rate,
    payable_months,
    present_value,
    required_rate,
    share_in_deficit,
    summarized_rates,
    target_fund,
    unfunded_obligation,
)


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


# Five years by hand. Interest 10, 0, 25, 60, 100 %: the product of 1 + r is 1.1, 1.1, 1.375, 2.2, 4.4. Half a year's
# interest is 1.05, 1, 1.125, 1.3, 1.5, so the factors of flows are 1.05/1.1, 1/1.1, 1.125/1.375, 1.3/2.2, 1.5/4.4,
# that is over 88: 84, 80, 72, 52, 30.
RATES = jnp.asarray([0.1, 0.0, 0.25, 0.6, 1.0])
#                         ×84/88  80  72  52  30      sum over 88, all five | the first three
INCOME = jnp.asarray([22.0, 22, 33, 44, 44])  #  1848+1760+2376+2288+1320 = 9592 -> 109 | 5984 -> 68
OUTGO = jnp.asarray(
    [11.0, 33, 44, 66, 88]
)  #    924+2640+3168+3432+2640 = 12804 -> 145.5 | 6732 -> 76.5
WAGES = jnp.asarray(
    [110.0, 110, 110, 220, 220]
)  # 9240+8800+7920+11440+6600 = 44000 -> 500 | 25960 -> 295
OPENING = jnp.asarray(30.0)
# Target after five years: outgo of the last year, 88/4.4 = 20. After three: of the fourth year, 66/1.375 = 48.
HORIZONS = [(5, 109, 145.5, 20, 500), (3, 68, 76.5, 48, 295)]


def test_factors_by_hand():
    np.testing.assert_allclose(discount_factors(RATES), np.array([84, 80, 72, 52, 30]) / 88)
    np.testing.assert_allclose(
        end_of_year_factors(RATES), 1 / np.array([1.1, 1.1, 1.375, 2.2, 4.4])
    )
    assert present_value(INCOME, RATES) == pytest.approx(109)


@pytest.mark.parametrize(("years", "income", "outgo", "target", "wages"), HORIZONS)
def test_horizon_by_hand(years: int, income: float, outgo: float, target: float, wages: float):
    flows = OPENING, INCOME, OUTGO, WAGES, RATES
    rates = summarized_rates(*flows, years)
    assert target_fund(OUTGO, RATES, years) == pytest.approx(target)
    assert rates.income == pytest.approx((30 + income) / wages)
    assert rates.cost == pytest.approx((outgo + target) / wages)
    balance = (30 + income - outgo - target) / wages
    assert actuarial_balance(*flows, years) == pytest.approx(balance)
    premium = general_average_premium(OPENING, OUTGO, WAGES, RATES, years)
    assert premium == pytest.approx((outgo - 30) / wages)


def accumulate(opening: float, net: np.ndarray, rates: np.ndarray) -> float:
    """Fund account of the projection: interest on the opening balance and half the flow."""
    for flow, rate in zip(net, rates, strict=True):
        opening = opening + flow + rate * (opening + flow / 2)
    return opening


flows = hnp.arrays(float, 5, elements=st.floats(0, 1e3))
wage_bills = hnp.arrays(float, 5, elements=st.floats(1, 1e3))
interest_rates = hnp.arrays(float, 5, elements=st.floats(-0.1, 0.3))


@given(flows, wage_bills, interest_rates, st.floats(-100, 1e3))
def test_the_premium_just_empties_the_fund(outgo, wages, rates, opening):
    arrays = map(jnp.asarray, (opening, outgo, wages, rates))
    premium = float(general_average_premium(*arrays, years=5))
    assert accumulate(opening, premium * wages - outgo, rates) == pytest.approx(0, abs=1e-8)


@given(flows, flows, wage_bills, interest_rates, st.floats(-100, 1e3), st.integers(1, 5))
def test_a_rate_higher_by_the_missing_balance_leaves_the_target(
    income, outgo, wages, rates, opening, years
):
    arrays = [jnp.asarray(array) for array in (opening, income, outgo, wages, rates)]
    balance = actuarial_balance(*arrays, years=years)
    summarized = summarized_rates(*arrays, years=years)
    assert summarized.income - summarized.cost == pytest.approx(float(balance), abs=1e-10)
    net = income - float(balance) * wages - outgo
    fund = accumulate(opening, net[:years], rates[:years])
    assert fund == pytest.approx(outgo[min(years, 4)], abs=1e-8)


def test_level_interest_gives_the_annuity():
    # 100 years of 1 at 4 %: (1 − 1.04^−100) ÷ 0.04, each with half a year's interest.
    rates = jnp.full(100, 0.04)
    annuity = (1 - 1.04**-100) / 0.04
    assert present_value(jnp.ones(100), rates) == pytest.approx(1.02 * annuity)


@pytest.mark.parametrize("years", [0, 6])
def test_a_horizon_that_is_not_there(years: int):
    with pytest.raises(ValueError, match="horizon"):
        actuarial_balance(OPENING, INCOME, OUTGO, WAGES, RATES, years)
    with pytest.raises(ValueError, match="horizon"):
        target_fund(OUTGO, RATES, years)


def test_horizon_without_wage_bill():
    none = jnp.zeros(5)
    assert jnp.isnan(actuarial_balance(OPENING, INCOME, OUTGO, none, RATES, 5))
    assert jnp.isnan(general_average_premium(OPENING, OUTGO, none, RATES, 5))
    assert all(jnp.isnan(rate) for rate in summarized_rates(OPENING, INCOME, OUTGO, none, RATES, 5))


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_horizon_along_an_axis_under_jit(dtype):
    def pair(array: jnp.ndarray) -> jnp.ndarray:
        return jnp.stack([array, 2 * array], axis=1).astype(dtype)

    arrays = [pair(array) for array in (INCOME, OUTGO, WAGES)]
    opening = jnp.stack([OPENING, 2 * OPENING]).astype(dtype)
    one_curve = RATES.astype(dtype)[:, None]
    compiled = jax.jit(actuarial_balance, static_argnames=("years", "axis"))
    result = compiled(opening, *arrays, one_curve, years=3, axis=0)
    assert result.dtype == dtype
    np.testing.assert_allclose(result, [(30 + 68 - 76.5 - 48) / 295] * 2, rtol=1e-5)


def test_payable_months_by_hand():
    # 60 in the fund, 10 a month; a debt of half a month; nothing to pay.
    months = payable_months(jnp.asarray([60.0, -5.0, 7.0]), jnp.asarray([120.0, 120.0, 0.0]))
    np.testing.assert_array_equal(months, [6, -0.5, np.nan])


def test_required_rate_by_hand():
    amounts = jnp.asarray([[30.0, 5.0, 1.0], [4.0, 8.0, 0.0], [1.0, 0.0, 0.0]])
    rate = required_rate(*amounts, WAGES[:3])
    np.testing.assert_allclose(rate, [25 / 110, -3 / 110, 1 / 110])
    assert jnp.isnan(required_rate(jnp.ones(1), jnp.zeros(1), jnp.zeros(1), jnp.zeros(1)))[0]


def test_unfunded_obligation_by_hand():
    # At 10 % payments in the course of the first year are worth 1.05 ÷ 1.1, of the second 1.05 ÷ 1.21.
    owed = unfunded_obligation(
        jnp.asarray([3.0]),
        jnp.asarray([[11.0, 0.0]]),
        jnp.asarray([[0.0, 24.2]]),
        jnp.full((1, 2), 0.1),
    )
    np.testing.assert_allclose(owed, [21 - 10.5 - 3], rtol=1e-15)


def test_depletion_probability_by_hand():
    # Four paths: first year, third year, third year, never.
    first = jnp.asarray([[0.0, np.nan], [2.0, np.nan], [2.0, np.nan], [np.nan, np.nan]])
    by_year = depletion_probability(first, 4, axis=0)
    np.testing.assert_array_equal(by_year, [[0.25, 0.25, 0.75, 0.75], [0, 0, 0, 0]])


def test_share_in_deficit_by_hand():
    people = jnp.asarray([[10.0, 30.0, 60.0], [0.0, 0.0, 0.0]])
    short = jnp.asarray([[True, False, True], [True, False, True]])
    np.testing.assert_array_equal(share_in_deficit(people, short), [0.7, np.nan])


def test_the_pool_depleted_first_is_the_deepest_of_its_year():
    # In the second year two are below zero: −2 of an outgo of 10, −1 of 2. The last is far deeper, but a year later.
    balance = jnp.asarray([[5.0, -2.0, -9.0], [1.0, -1.0, -1.0], [1.0, 1.0, -99.0]])
    outgo = jnp.asarray([[10.0] * 3, [2.0] * 3, [1.0] * 3])
    found = first_depleted(jnp.stack([balance, jnp.abs(balance)]), jnp.stack([outgo, outgo]))
    np.testing.assert_array_equal(found, [1, np.nan])
    # A debt of a pool that pays nothing is deeper than any ratio; among equals it is the first.
    assert first_depleted(balance, outgo.at[0].set(0)) == 0
    assert first_depleted(balance[:1].repeat(3, axis=0), outgo[:1].repeat(3, axis=0)) == 0


@pytest.mark.parametrize(
    "measure", [lambda x: depletion_probability(x, 3), lambda x: first_depleted(x, x)]
)
def test_single_precision_is_kept(measure):
    assert jax.jit(measure)(jnp.ones((2, 3), jnp.float32)).dtype == jnp.float32


def test_years_stand_last_unless_said_otherwise():
    """Two funds of five years, the second twice as large; one curve for both."""
    income, outgo, wages = (jnp.stack([flow, 2 * flow]) for flow in (INCOME, OUTGO, WAGES))
    opening, rates = jnp.stack([OPENING, 2 * OPENING]), RATES[None]
    np.testing.assert_allclose(present_value(income, rates), [109, 218])
    curves = jnp.stack([RATES, jnp.full(5, 1.0)])
    np.testing.assert_allclose(
        end_of_year_factors(curves)[1], [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32]
    )
    np.testing.assert_allclose(discount_factors(curves)[1], 1.5 * 2.0 ** -np.arange(1, 6))
    np.testing.assert_allclose(target_fund(outgo, rates, 5), [20, 40])
    flows = opening, income, outgo, wages, rates
    for part, expected in zip(summarized_rates(*flows, 3), (98 / 295, 124.5 / 295), strict=True):
        np.testing.assert_allclose(part, [expected] * 2)
    np.testing.assert_allclose(actuarial_balance(*flows, 3), [-26.5 / 295] * 2)
    premium = general_average_premium(opening, outgo, wages, rates, 3)
    np.testing.assert_allclose(premium, [46.5 / 295] * 2)
    owed = unfunded_obligation(opening, income, outgo, rates)
    np.testing.assert_allclose(owed, [145.5 - 109 - 30, 2 * 6.5])
    assert unfunded_obligation(OPENING, INCOME, OUTGO, RATES) == pytest.approx(6.5)
    balance = jnp.asarray([[1.0, -1.0], [1.0, 1.0]])
    np.testing.assert_array_equal(first_depletion(balance), [1, np.nan])


def test_a_horizon_along_the_first_axis():
    """As many funds as years: the wrong axis would not be noticed by its length."""
    outgo = jnp.stack([OUTGO[:2], 3 * OUTGO[:2]], axis=1)
    rates = jnp.stack([RATES[:2], jnp.ones(2)], axis=1)
    # The outgo of the second year, 33 and 99, a year before: ÷ 1.1 and ÷ 2; at the end of the second year ÷ 1.1 and ÷ 4.
    np.testing.assert_allclose(target_fund(outgo, rates, 1, axis=0), [30, 49.5])
    np.testing.assert_allclose(target_fund(outgo, rates, 2, axis=0), [30, 24.75])
    premium = general_average_premium(jnp.zeros(2), outgo, jnp.ones((2, 2)), rates, 1, axis=0)
    np.testing.assert_allclose(premium, [11, 33])
    rates_of_one = summarized_rates(jnp.zeros(2), outgo, outgo, outgo, rates, 1, axis=0)
    np.testing.assert_allclose(rates_of_one.income, [1, 1])
    np.testing.assert_allclose(rates_of_one.cost, [1 + 30 / (11 * 84 / 88), 1 + 49.5 / (33 * 0.75)])


def test_rates_that_end_before_the_horizon():
    with pytest.raises(ValueError, match="horizon of 5 years, but there are 4"):
        target_fund(OUTGO, RATES[:4], 5)
    with pytest.raises(ValueError, match="horizon of 5 years, but there are 4"):
        general_average_premium(OPENING, OUTGO, WAGES, RATES[:4], 5)


def test_probability_and_share_along_every_axis():
    first = jnp.asarray([[0.0, 1.0, 1.0, np.nan], [np.nan, np.nan, 2.0, np.nan]])
    np.testing.assert_array_equal(
        depletion_probability(first, 3), [[0.25, 0.75, 0.75], [0, 0, 0.25]]
    )
    np.testing.assert_array_equal(depletion_probability(first[1], 3), [0, 0, 0.25])
    people = jnp.asarray([[10.0, 30.0], [0.5, 0.0]])
    short = jnp.asarray([[True, False], [True, True]])
    np.testing.assert_array_equal(share_in_deficit(people, short), [0.25, 1])
    assert share_in_deficit(people[0], short[0]) == 0.25
    np.testing.assert_array_equal(share_in_deficit(people, short, axis=0), [1, 0])


def test_an_empty_pool_is_not_depleted():
    """Nothing in the first year; in the second the first pool is at exactly nothing, the second below."""
    balance, outgo = jnp.asarray([[1.0, 0.0, -9.0], [0.5, -0.5, 2.0]]), jnp.ones((2, 3))
    assert first_depleted(balance, outgo) == 1
    assert jnp.isnan(first_depleted(jnp.zeros((2, 3)), outgo))
