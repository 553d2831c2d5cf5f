import jax.numpy as jnp
import numpy as np
import pytest

from pooling.schemes.injury_benefit import (
    Grading,
    allowance,
    annuitants,
    death_grant,
    incidence,
    lump_sum,
    platform_premium,
    premium_rate,
)

# Renshebufa [2015] 71 and Work Injury Insurance Regulations art. 35-37.
CLASS_RATES = jnp.asarray([0.002, 0.004, 0.007, 0.009, 0.011, 0.013, 0.016, 0.019])
LUMPS = jnp.asarray([27.0, 25, 23, 21, 18, 16, 13, 11, 9, 7])
ALLOWANCES = jnp.asarray([0.90, 0.85, 0.80, 0.75, 0.70, 0.60])
BY_FUND = jnp.asarray([1.0, 1, 1, 1, 0, 0])


def number(value: float):
    return jnp.asarray(value, jnp.float64)


def only(grade: int, fund_pays=BY_FUND) -> Grading:
    """An injury that always ends in one grade."""
    grades = jnp.zeros(10).at[grade - 1].set(1.0)
    return Grading(grades, number(0), LUMPS, ALLOWANCES, fund_pays, number(0))


def test_grade_4_in_months_of_own_wage():
    # 21 months at once, then 75 % of the wage for life: 9 months of wage a year, from the fund.
    assert 12 * lump_sum(only(4)) == pytest.approx(21)
    assert annuitants(only(4)) == 1
    assert 12 * allowance(only(4)) == pytest.approx(9)


def test_grade_6_in_months_of_own_wage():
    # 16 months at once from the fund; 60 % a month, 7.2 months a year, from the employer.
    assert 12 * lump_sum(only(6)) == pytest.approx(16)
    assert annuitants(only(6)) == 0
    assert allowance(only(6)) == 0
    # Were the fund to pay half of it: 3.6 months.
    half = only(6, fund_pays=BY_FUND.at[5].set(0.5))
    assert 12 * allowance(half) == pytest.approx(3.6)


@pytest.mark.parametrize("grade", range(1, 11))
def test_every_grade(grade: int):
    months = [27, 25, 23, 21, 18, 16, 13, 11, 9, 7][grade - 1]
    assert 12 * lump_sum(only(grade)) == pytest.approx(months)


def test_class_premium_with_its_band():
    # Class 4, 0.9 %, lifted to 120 %, under a cut of a fifth: 0.864 %. A wage bill of 10 million pays 86,400.
    mix = jnp.zeros((1, 8)).at[0, 3].set(1.0)
    rate = premium_rate(mix, CLASS_RATES, jnp.full(8, 1.2), number(0.8))
    np.testing.assert_allclose(1e7 * rate, [86_400])


def test_premium_and_incidence_of_a_mix():
    # Half class 1 at 100 %, half class 8 at 150 %: 0.5 × 0.2 % + 0.5 × 1.9 % × 1.5 = 1.525 %.
    mix = jnp.zeros((1, 8)).at[0, 0].set(0.5).at[0, 7].set(0.5)
    band = jnp.ones(8).at[7].set(1.5)
    np.testing.assert_allclose(premium_rate(mix, CLASS_RATES, band, number(1)), [0.01525])
    # 2 and 20 injuries a thousand: 11.
    by_class = jnp.zeros(8).at[0].set(0.002).at[7].set(0.020)
    np.testing.assert_allclose(incidence(mix, by_class, number(1)), [0.011])


def test_death_grant():
    # Six months of a wage of 96,000 and twenty times an income of 50,000.
    grant = death_grant(number(96_000), number(50_000), number(6), number(20))
    assert grant == pytest.approx(48_000 + 1_000_000)


def test_platform_premium():
    # 1,000 rides at 0.01, 900 deliveries at 0.07 and 70 loads at 0.18 yuan: 10 + 63 + 12.6.
    premium = platform_premium(jnp.asarray([0.01, 0.07, 0.18]), jnp.asarray([1000.0, 900, 70]))
    assert premium == pytest.approx(85.6)
