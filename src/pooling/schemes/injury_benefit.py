"""Premiums by risk class, and what an injury at work costs the fund at once and for life.

Sources: Renshebufa [2015] 71 (classes, floating bands); Work Injury Insurance Regulations art. 33-39 (benefits). The
figures and dates are data.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import dot

GRADES = 10
"""Grades of disability, 1 the gravest."""
WITH_ALLOWANCE = 6
"""Grades 1 to 6 have a monthly allowance; that of 5 and 6 is the employer's unless the fund takes a share."""
CLASSES = 8
"""Risk classes of industries."""

Cells = Float[Array, "*n"]


def premium_rate(
    mix: Float[Array, "m class"],
    class_rate: Float[Array, " class"],
    band: Float[Array, " class"],
    phased: Float[Array, ""],
) -> Float[Array, " m"]:
    """Premium over the covered wage bill.

    Args:
        mix: wage bill by risk class; rows sum to 1.
        class_rate: benchmark rates.
        band: mean floating band of a class: the factor on its benchmark rate.
        phased: factor of a temporary cut; 1 where there is none.
    """
    return phased * dot(mix, class_rate * band)


def incidence(
    mix: Float[Array, "m class"], by_class: Float[Array, " class"], level: Float[Array, ""]
) -> Float[Array, " m"]:
    """Recognised injuries an insured person-year.

    Args:
        mix: as of :func:`premium_rate`; heads are spread over the classes as wages are.
        by_class: injuries a person-year.
        level: lever, factor on all.
    """
    return level * dot(mix, by_class)


class Grading(eqx.Module):
    """What becomes of a recognised injury, and what each outcome is paid."""

    grades: Float[Array, " grade"]
    """Share of the injuries assessed at each of the ten grades; the rest is treated and heals."""
    fatal: Float[Array, ""]
    """Share of the injuries that kill."""
    lump_months: Float[Array, " grade"]
    """Lump sum in months of own wage."""
    allowance: Float[Array, " allowed"]
    """Allowance for life of grades 1 to 6 over own wage."""
    fund_pays: Float[Array, " allowed"]
    """Share of that allowance which the fund pays: 1 for grades 1 to 4, 0 where it is the employer's."""
    dependants: Float[Array, ""]
    """Pensions of the dependants of a fatal case over the wage of the dead."""


def lump_sum(grading: Grading) -> Float[Array, ""]:
    """Lump sums of the mean injury over a year's own wage."""
    return jnp.sum(grading.grades * grading.lump_months) / 12


def annuitants(grading: Grading) -> Float[Array, ""]:
    """New allowances for life that the fund pays, an injury."""
    return jnp.sum(grading.grades[:WITH_ALLOWANCE] * grading.fund_pays)


def allowance(grading: Grading) -> Float[Array, ""]:
    """The same as a yearly amount over a year's own wage."""
    shares = grading.grades[:WITH_ALLOWANCE] * grading.fund_pays
    return jnp.sum(shares * grading.allowance)


def death_grant(
    wage: Cells,
    urban_income: Float[Array, "..."],
    funeral_months: Float[Array, "..."],
    income_multiple: Float[Array, "..."],
) -> Cells:
    """Funeral grant and lump sum of a fatal case; currency.

    Args:
        wage: average wage of the pool; currency a year.
        urban_income: national disposable income a head of the year before, urban; currency a year.
        funeral_months: months of the average wage.
        income_multiple: years of that income.
    """
    return funeral_months / 12 * wage + income_multiple * urban_income


def platform_premium(
    per_order: Float[Array, " kind"], orders: Float[Array, " kind"]
) -> Float[Array, ""]:
    """Premium of a platform worker who is insured for a year; currency.

    Args:
        per_order: premium an order by kind (ride, delivery, freight).
        orders: orders an insured year by kind.
    """
    return jnp.sum(per_order * orders)
