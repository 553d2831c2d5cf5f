"""How long unemployment benefit is paid, and in which calendar years.

Sources: Social Insurance Law art. 45-46 and Unemployment Insurance Regulations art. 14 and 17 (a year of contributions;
12, 18 and 24 months of benefit below 5, below 10 and from 10 years of contributions). The figures and dates are data.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import add
from pooling.schemes.thresholds import expected_minimum, share_above

Values = Float[Array, "*n"]
Scalar = Float[Array, ""]


class Entitlement(eqx.Module):
    """Contribution years that open a right, and how long it lasts; all in years."""

    qualifying: Scalar
    """Contribution years below which there is no benefit."""
    middle: Scalar
    """Contribution years from which benefit lasts for the middle duration."""
    long: Scalar
    durations: tuple[Scalar, Scalar, Scalar]
    """Longest benefit: short, middle, long."""


class Spell(eqx.Module):
    """Unemployment of those laid off and their past contributions: means and declared spreads."""

    length: Scalar
    """Mean time out of work, were benefit paid for ever; years."""
    spread: Scalar
    """Coefficient of variation of that time."""
    service_spread: Scalar
    """Coefficient of variation of contribution years within a cell."""


class PaidYears(eqx.Module):
    """Person-years of benefit of a lay-off, by the calendar year in which they are paid."""

    this: Values
    next: Values
    after: Values

    @property
    def total(self) -> Values:
        """Person-years over the whole spell."""
        return self.this + self.next + self.after


def entitled_share(entitlement: Entitlement, spell: Spell, service: Values) -> Values:
    """Share of a cell that has the contribution years for a benefit; arguments of :func:`paid_years`."""
    return share_above(service, entitlement.qualifying, spell.service_spread)


def paid_years(entitlement: Entitlement, spell: Spell, service: Values) -> PaidYears:
    """Benefit of one lay-off, of those without a right included.

    Args:
        entitlement: the law of the year.
        spell: time out of work.
        service: mean contribution years of the cell.
    """
    spread = spell.service_spread
    reached = [
        share_above(service, threshold, spread)
        for threshold in (entitlement.qualifying, entitlement.middle, entitlement.long)
    ]
    shares = (reached[0] - reached[1], reached[1] - reached[2], reached[2])
    parts = [
        by_calendar_year(expected_minimum(spell.length, longest, spell.spread))
        for longest in entitlement.durations
    ]

    def mean(name: str) -> Values:
        return add(share * getattr(part, name) for share, part in zip(shares, parts, strict=True))

    return PaidYears(mean("this"), mean("next"), mean("after"))


def by_calendar_year(paid: Values) -> PaidYears:
    """Split a time of payment over calendar years, lay-offs being even over the first of them.

    Laid off at the time s of the year, a person is paid min(1 - s, paid) in it and what reaches beyond s + paid = 2 in
    the third: on average w² / 2 + paid (1 - w) with w = min(1, paid), and max(paid - 1, 0)² / 2.

    Args:
        paid: time of payment, at most 2; years.
    """
    within, beyond = jnp.minimum(paid, 1), jnp.maximum(paid - 1, 0)
    first, third = 0.5 * within * within + paid * (1 - within), 0.5 * beyond * beyond
    return PaidYears(first, paid - first - third, third)


def layoff_factor(
    elasticity: Scalar, shock: Scalar, response: Scalar, more_prevention: Values
) -> Values:
    """Lay-offs over those of an average year.

    Args:
        elasticity: fall of the log rate for a rise of real wage growth above its path.
        shock: last year's growth less the path's.
        response: fall of the log rate for prevention spending over the wage bill.
        more_prevention: that spending less the opening year's.
    """
    return jnp.exp(-elasticity * shock - response * more_prevention)
