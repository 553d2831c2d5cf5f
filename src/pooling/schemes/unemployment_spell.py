"""How long unemployment benefit is paid, and in which calendar years.

Sources: Social Insurance Law art. 45-46 and Unemployment Insurance Regulations art. 14 and 17 (a year of contributions;
12, 18 and 24 months of benefit below 5, below 10 and from 10 years of contributions). The figures and dates are data.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

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
    return PaidYears(
        *(
            sum(share * getattr(part, name) for share, part in zip(shares, parts, strict=True))
            for name in ("this", "next", "after")
        )
    )


def by_calendar_year(paid: Values) -> PaidYears:
    """Split a time of payment over calendar years, lay-offs being even over the first of them.

    Paid until t years after that year's 1 January: G(t) = H(t) - H(t - 1) with H(x) = ∫ min(u, paid) du from 0 to x.

    Args:
        paid: time of payment, at most 2; years.
    """

    def until(time: float) -> Values:
        within = jnp.minimum(time, paid)
        return 0.5 * within * within + paid * (time - within)

    first, second, third = until(1.0), until(2.0), until(3.0)
    return PaidYears(first, second - 2 * first, third - 2 * second + first)


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
