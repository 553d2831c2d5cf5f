"""The benefit formulas of the employee pension at award (企业职工基本养老金).

A pension is the sum of three: basic (B + B·Z)/2 · n · 1 %, account balance ÷ D, and for careers
begun before individual accounts existed a transitional one. B is the reference wage (计发基数) of
the claim place, Z the mean contribution index, n the contribution years with deemed years. A
pension comes in the period of the reference wage: a monthly B gives a monthly pension, a yearly B
a yearly one; account pensions are monthly. The functions take plain numbers, NumPy or JAX arrays
of one kind.

Source: Guofa [2005] 38.
"""

from typing import TypeVar

import jax.numpy as jnp
import numpy as np
from jax import Array

Value = TypeVar("Value", float, np.ndarray, Array)


def basic_points(service: Value, index: Value, accrual: Value) -> Value:
    """Basic pension over the reference wage: (n + n·Z)/2 · accrual.

    Extensive: totals of a cell give the total of its points.

    Args:
        service: contribution years n, deemed years included; years or person-years.
        index: index-years n·Z, contribution years times own base over the average wage.
        accrual: pension for a year at index 1; fraction (0.01 by law, hence points (n + n·Z)/200).
    """
    return (service + index) * (0.5 * accrual)


def low_index_factor(index: Array, low: Array) -> Array:
    """Factor a on the reference wage in B·(a + Z)/2 for those of a low index: Z ÷ low below it, else 1.

    Guangdong's rule with low = 0.6. The indexed wage B·Z stays as it is: pensions approved in Zhongshan (2025: B 9307, Z
    0.5241, 17 years 4 months, 1127.31 yuan; 2026: B 9493, Z 0.4665, 27 years 3 months, 1609.02) come out to the cent.

    Args:
        index: mean contribution index Z.
        low: index below which the rule applies; 0 for no such rule.
    """
    return jnp.where(low > 0, jnp.minimum(index / jnp.where(low > 0, low, 1), 1), 1)


def basic_pension(reference_wage: Value, points: Value) -> Value:
    """Pension from points: reference wage times points.

    Args:
        reference_wage: B of the claim place; currency a month or a year.
        points: pension over the reference wage, from :func:`basic_points` or
            :func:`transitional_points`.

    Returns:
        Currency in the period of the reference wage.
    """
    return reference_wage * points


def account_pension(balance: Value, inverse_divisor: Value) -> Value:
    """Monthly pension from the individual account: balance ÷ D.

    Args:
        balance: account at award; currency.
        inverse_divisor: 1 ÷ D; the mean of the inverse, where a cell retires in several months.

    Returns:
        Currency a month, whatever the period of the reference wage.
    """
    return balance * inverse_divisor


def remaining_account(balance: Value, paid: Value, rate: Value) -> Value:
    """Account after a period: balance · (1 + rate) − paid · (1 + rate/2), what an heir receives.

    Payments are spread over the period and miss half of its interest.

    Args:
        balance: account at the start; currency.
        paid: paid from the account in the period, at most what it holds; currency.
        rate: notional rate for the period; fraction.

    Source: Social Insurance Law, art. 14.
    """
    return balance * (1 + rate) - paid * (1 + 0.5 * rate)


def transitional_points(
    pre_account_years: Value, coefficient: Value, index_weight: Value
) -> tuple[Value, Value]:
    """Transitional pension over the reference wage, as a constant part and a part per unit of the
    index.

    Args:
        pre_account_years: deemed years, or all years before the account start (by province); years.
        coefficient: pension for such a year; fraction a year.
        index_weight: w of the base B·((1 − w) + w·Z): 1 where the base is B·Z, 0.5 where it is (B +
            B·Z)/2.

    Returns:
        (1 − w)·n·c and w·n·c.
    """
    points = pre_account_years * coefficient
    indexed = points * index_weight
    return points - indexed, indexed


def transitional_pension(
    reference_wage: Value,
    index: Value,
    pre_account_years: Value,
    coefficient: Value,
    index_weight: Value,
) -> Value:
    """Transitional pension B·((1 − w) + w·Z)·n·c.

    Args:
        reference_wage: B of the claim place; currency a month or a year.
        index: Z of the years before the account start.
        pre_account_years: deemed years, or all years before the account start; years.
        coefficient: pension for such a year; fraction a year.
        index_weight: w, see :func:`transitional_points`.

    Returns:
        Currency in the period of the reference wage.
    """
    constant, indexed = transitional_points(pre_account_years, coefficient, index_weight)
    return reference_wage * (constant + indexed * index)
