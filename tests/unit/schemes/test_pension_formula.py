import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pooling.schemes.pension_formula import (
    account_pension,
    basic_pension,
    basic_points,
    low_index_factor,
    remaining_account,
    transitional_pension,
    transitional_points,
)


def test_points_of_a_year_at_index_one_are_one_percent():
    assert basic_points(1.0, 1.0, 0.01) == pytest.approx(0.01)
    assert basic_points(30.0, 30.0 * 0.8, 0.01) == pytest.approx((30 + 24) / 200)


def test_points_of_a_cell_are_the_sum_of_its_people():
    service, index = np.array([10.0, 20.0, 35.0]), np.array([0.6, 1.0, 3.0])
    apart = basic_points(service, service * index, 0.01).sum()
    together = basic_points(service.sum(), (service * index).sum(), 0.01)
    assert together == pytest.approx(apart)


def test_period_of_the_reference_wage_carries_over():
    assert basic_pension(12 * 9112.0, 0.3) == pytest.approx(12 * basic_pension(9112.0, 0.3))


@pytest.mark.parametrize(("weight", "base"), [(1.0, 1.1), (0.5, 1.05), (0.0, 1.0)])
def test_transitional_base(weight: float, base: float):
    assert transitional_pension(1000.0, 1.1, 10.0, 0.013, weight) == pytest.approx(
        1000 * base * 0.13
    )
    constant, indexed = transitional_points(10.0, 0.013, weight)
    assert constant + indexed == pytest.approx(0.13)


def test_account_lasts_the_divisor_without_interest():
    balance, monthly = 139000.0, account_pension(139000.0, 1 / 139)
    for _ in range(139):
        balance = remaining_account(balance, monthly, 0.0)
    assert balance == pytest.approx(0, abs=1e-8)


def test_account_earns_the_year_and_payments_half_of_it():
    assert remaining_account(1000.0, 100.0, 0.04) == pytest.approx(1040 - 102)


def test_same_numbers_under_jit():
    args = 8240.0, 0.9, 13.0, 0.014, 0.5
    compiled = jax.jit(transitional_pension)(*map(jnp.asarray, args))
    assert float(compiled) == pytest.approx(transitional_pension(*args))


def test_low_index_in_guangdong():
    """Z = 0.45 with the rule at 0.6: the reference wage counts for three quarters; none above it or without the rule."""
    found = low_index_factor(jnp.asarray([0.45, 0.6, 1.2, 0.45]), jnp.asarray([0.6, 0.6, 0.6, 0.0]))
    np.testing.assert_allclose(found, [0.75, 1.0, 1.0, 1.0])
