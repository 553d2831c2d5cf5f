import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from pooling.measures.cohort import (
    implicit_tax,
    internal_rate_of_return,
    lifetime_net_transfer,
    lifetime_net_transfer_rate,
    money_worth,
    replacement_rate,
)

# A life in four years, with survival 1, 1, 0.5, 0.25. Each survivor pays 22, 22, 0, 0 out of a wage of 110 and
# receives 0, 0, 66, 88. Interest 10, 0, 25, 60 %: factors of flows (84, 80, 72, 52)/88.
#                                                                      over 88 (wages 9240 + 8800 = 18040)
CONTRIBUTIONS = jnp.asarray([22.0, 22.0, 0.0, 0.0])  # 1848 + 1760 = 3608, that is 41
BENEFITS = jnp.asarray([0.0, 0.0, 33.0, 22.0])  #      2376 + 1144 = 3520, that is 40
WAGES = jnp.asarray([110.0, 110.0, 0.0, 0.0])  #                                         that is 205
RATES = jnp.asarray([0.1, 0.0, 0.25, 0.6])


def test_life_by_hand():
    assert money_worth(BENEFITS, CONTRIBUTIONS, RATES) == pytest.approx(40 / 41)
    assert lifetime_net_transfer(BENEFITS, CONTRIBUTIONS, RATES) == pytest.approx(-1)
    share = lifetime_net_transfer_rate(BENEFITS, CONTRIBUTIONS, WAGES, RATES)
    assert share == pytest.approx(-1 / 205)


def test_undefined_without_payment_or_wage():
    nothing = jnp.zeros(4)
    assert jnp.isnan(money_worth(BENEFITS, nothing, RATES))
    assert jnp.isnan(lifetime_net_transfer_rate(BENEFITS, CONTRIBUTIONS, nothing, RATES))
    assert jnp.isnan(internal_rate_of_return(nothing, nothing))


@pytest.mark.parametrize(
    ("paid", "received", "rate"),
    [
        ([100.0, 0.0, 0.0], [0.0, 0.0, 121.0], 0.1),  # 100 · 1.1²
        ([100.0, 0.0, 0.0], [0.0, 0.0, 64.0], -0.2),  # 100 · 0.8²
        ([100.0, 100.0, 0.0], [0.0, 0.0, 240.0], (10.6**0.5 - 1) / 2 - 1),  # x² + x = 2.4
        ([50.0, 50.0, 0.0], [0.0, 0.0, 100.0], 0.0),
        ([100.0, 0.0, 0.0], [0.0, 30.0, 130.0], 0.3),  # a bond with a coupon of 30
        ([100.0, 0.0, 0.0], [0.0, 0.0, 0.0], np.nan),  # nothing comes back
        ([0.0, 0.0, 0.0], [0.0, 0.0, 9.0], np.nan),  # nothing was paid
        ([0.0, 0.0, 121.0], [100.0, 0.0, 0.0], 0.1),  # a loan
        ([100.0, 0.0, 0.0], [0.0, 0.0, 342.25], 0.85),  # 100 · 1.85²
        ([100.0, 0.0, 0.0], [0.0, 0.0, 30.25], -0.45),  # 100 · 0.55²
        ([100.0, 0.0, 0.0], [0.0, 0.0, 625.0], np.nan),  # 150 %, beyond the bracket
        ([100.0, 0.0, 0.0], [0.0, 0.0, 16.0], np.nan),  # −60 %, beyond its other end
        ([100.0, 0.0, 0.0], [0.0, 0.0, 900.0], np.nan),  # 200 %
    ],
)
def test_rate_of_return_by_hand(paid: list[float], received: list[float], rate: float):
    result = internal_rate_of_return(jnp.asarray(received), jnp.asarray(paid))
    np.testing.assert_allclose(result, rate, atol=1e-14)


def test_a_wider_bracket_finds_more():
    paid, received = jnp.asarray([100.0, 0.0, 0.0]), jnp.asarray([0.0, 0.0, 900.0])
    assert internal_rate_of_return(received, paid, high=3.0) == pytest.approx(2)


def test_a_bracket_may_be_narrower():
    paid, received = jnp.asarray([100.0, 0.0, 0.0]), jnp.asarray([0.0, 0.0, 121.0])
    assert internal_rate_of_return(received, paid, low=0.05, high=0.15) == pytest.approx(0.1)
    assert jnp.isnan(internal_rate_of_return(received, paid, low=0.11))
    assert jnp.isnan(internal_rate_of_return(received, paid, high=0.09))


def test_years_stand_last_unless_said_otherwise():
    """The life by hand beside one that pays half as much."""
    paid = jnp.stack([CONTRIBUTIONS, CONTRIBUTIONS / 2])
    received, wages = jnp.stack([BENEFITS] * 2), jnp.stack([WAGES] * 2)
    rates = RATES[None]
    np.testing.assert_allclose(money_worth(received, paid, rates), [40 / 41, 80 / 41])
    np.testing.assert_allclose(lifetime_net_transfer(received, paid, rates), [-1, 19.5])
    share = lifetime_net_transfer_rate(received, paid, wages, rates)
    np.testing.assert_allclose(share, [-1 / 205, 19.5 / 205])
    np.testing.assert_allclose(
        lifetime_net_transfer_rate(received.T, paid.T, wages.T, rates.T, axis=0), share
    )
    np.testing.assert_allclose(
        lifetime_net_transfer(received.T, paid.T, rates.T, axis=0), [-1, 19.5]
    )
    bonds = jnp.asarray([[0.0, 0.0, 121.0], [0.0, 30.0, 130.0]])
    lent = jnp.asarray([[100.0, 0.0, 0.0]] * 2)
    np.testing.assert_allclose(internal_rate_of_return(bonds, lent), [0.1, 0.3], rtol=1e-12)


# Outside a compiled program each call would compile its loop anew.
compiled = jax.jit(internal_rate_of_return, static_argnames="axis")


def life(replacement: float, growth: float) -> tuple[np.ndarray, np.ndarray]:
    """Forty years of contributions on a growing wage, then forty of a dwindling cohort's pension."""
    years = np.arange(80)
    wage = (1 + growth) ** years
    survivors = np.exp(-((years / 65.0) ** 6))
    working = years < 40
    return wage * survivors * 0.24 * working, wage * survivors * replacement * ~working


@given(st.floats(0.05, 2), st.floats(-0.02, 0.08))
def test_rate_of_return_against_scipy(replacement: float, growth: float):
    paid, received = life(replacement, growth)
    expected = brentq(lambda r: (received - paid) @ (1 + r) ** -np.arange(80.0), -0.2, 0.5)
    result = compiled(jnp.asarray(received), jnp.asarray(paid))
    assert result == pytest.approx(expected, abs=1e-10)


@given(st.floats(0.05, 2), st.floats(-0.02, 0.08))
def test_money_is_worth_itself_at_the_rate_of_return(replacement: float, growth: float):
    paid, received = map(jnp.asarray, life(replacement, growth))
    rates = jnp.full(80, compiled(received, paid))
    assert money_worth(received, paid, rates) == pytest.approx(1)
    net = lifetime_net_transfer(received, paid, rates)
    assert net == pytest.approx(0, abs=1e-9 * float(jnp.sum(received)))


def test_pensions_that_pay_what_was_saved_return_the_interest():
    # Savings at 3 % paid out as an annuity at 3 %: 10 payments of 1 make (1.03^10 − 1)/0.03 at the tenth; ten pensions
    # from the next year on are worth a(10) at that time.
    saved, annuity = (1.03**10 - 1) / 0.03, (1 - 1.03**-10) / 0.03
    paid = jnp.asarray([1.0] * 10 + [0.0] * 10)
    received = jnp.asarray([0.0] * 10 + [saved / annuity] * 10)
    assert internal_rate_of_return(received, paid) == pytest.approx(0.03, abs=1e-12)


def test_replacement_rate():
    rate = replacement_rate(jnp.asarray([45.0, 45.0]), jnp.asarray([100.0, 0.0]))
    np.testing.assert_array_equal(rate, [0.45, np.nan])


def test_implicit_tax_by_hand():
    # Working on costs contributions of 24 and a year's pension of 40, and brings later pensions worth 34: −30 of 100.
    tax = implicit_tax(
        jnp.asarray([500.0, 0.0]), jnp.asarray([470.0, 9.0]), jnp.asarray([100.0, 90.0])
    )
    np.testing.assert_allclose(tax, [0.3, -0.1])


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_life_along_an_axis_under_jit(dtype):
    lives = [life(0.5, 0.03), life(1.0, 0.05)]
    paid, received = (
        jnp.asarray(np.stack(flows, axis=1), dtype) for flows in zip(*lives, strict=True)
    )
    rates = jnp.full((80, 1), 0.03, dtype)
    worth = jax.jit(money_worth, static_argnames="axis")(received, paid, rates, axis=0)
    returns = compiled(received, paid, axis=0)
    assert worth.dtype == returns.dtype == dtype
    discount = 1.03 ** -np.arange(80.0)
    np.testing.assert_allclose(worth, [b @ discount / (c @ discount) for c, b in lives], rtol=1e-5)
    singly = [internal_rate_of_return(jnp.asarray(b), jnp.asarray(c)) for c, b in lives]
    np.testing.assert_allclose(returns, singly, atol=1e-6)


def test_single_precision_holds_a_century():
    # 0.5^−149 is beyond single precision.
    paid = jnp.zeros(150, jnp.float32).at[0].set(1)
    received = jnp.zeros(150, jnp.float32).at[149].set(1.02**149)
    assert internal_rate_of_return(received, paid) == pytest.approx(0.02, abs=1e-6)


def test_a_value_of_nothing_at_an_end_of_the_bracket_is_no_rate():
    """50 now and 50 later, lent or borrowed, are worth the same at 0 %."""
    now, later = jnp.asarray([50.0, 0.0]), jnp.asarray([0.0, 50.0])
    for paid, received in ((now, later), (later, now)):
        assert jnp.isnan(internal_rate_of_return(received, paid, high=0.0))
        assert jnp.isnan(internal_rate_of_return(received, paid, low=0.0))
        assert internal_rate_of_return(received, paid, low=-0.125) == pytest.approx(0, abs=1e-14)
