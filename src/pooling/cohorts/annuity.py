"""Value of a pension of one a year: survival, indexation and discounting by year and age.

All flows of a year stand in its middle, with simple interest within the year as in the accounts of the funds.
"""

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from pooling.parameters.model import Vital, in_year
from pooling.schemes.pension_payment import paid_share
from pooling.year import survival_of


def payment_growth(indexation: Float[Array, " y"], rates: Float[Array, " y"]) -> Float[Array, " y"]:
    """Next year's pension over this year's for who lives, discounted from the middle of one to that of the other.

    After the last year its own rates go on.
    """
    later = jnp.append(rates[1:], rates[-1:])
    raised = jnp.append(indexation[1:], indexation[-1:])
    return (1 + raised) * (1 + 0.5 * later) / ((1 + later) * (1 + 0.5 * rates))


def annuities(
    living: Float[Array, "y *n 101"], growth: Float[Array, " y"]
) -> tuple[Float[Array, "y *n 101"], Float[Array, "y *n 101"]]:
    """Value of a pension of one a year in payment on 1 January, in money of the middle of that year.

    a[t, x] = ½ (1 + s) + s · g[t] · a[t + 1, x + 1]: paid to the mean of heads before and after deaths. After the last year
    its survival and growth go on for good (prospective); the open group 100+ stays one group.

    Args:
        living: share surviving the year by age on 1 January, the last for 100+.
        growth: of :func:`payment_growth`.

    Returns:
        The annuity, and the part of it that falls after the first year.
    """
    last = _stationary(living[-1], growth[-1])

    def back(after: Array, given: tuple) -> tuple[Array, tuple[Array, Array]]:
        survival, rise = given
        following = survival * rise * _a_year_older(after)
        value = paid_share(survival) + following
        return value, (value, following)

    return lax.scan(back, last, (living, growth), reverse=True)[1]


def _stationary(living: Float[Array, "*n 101"], growth: Float[Array, ""]) -> Float[Array, "*n 101"]:
    """The annuity where survival and growth no longer change; infinite where the open group never shrinks."""
    kept = living[..., -1] * growth
    oldest = jnp.where(
        kept < 1, paid_share(living[..., -1]) / jnp.where(kept < 1, 1 - kept, 1), jnp.inf
    )

    def younger(older: Array, survival: Array) -> tuple[Array, Array]:
        value = paid_share(survival) + survival * growth * older
        return value, value

    young = lax.scan(younger, oldest, jnp.moveaxis(living[..., :-1], -1, 0), reverse=True)[1]
    return jnp.concatenate([jnp.moveaxis(young, 0, -1), oldest[..., None]], axis=-1)


def _a_year_older(by_age: Float[Array, "*n 101"]) -> Float[Array, "*n 101"]:
    return jnp.concatenate([by_age[..., 1:], by_age[..., -1:]], axis=-1)


def pensions_after_award(
    vital: Vital, indexation: Float[Array, " y"], discount: Float[Array, " y"]
) -> Float[Array, "y p 2 101"]:
    """What follows the year of award for a pension of one a year at its end, by claim province, sex and age.

    Args:
        vital: rates of all years.
        indexation: of the path.
        discount: yearly rates of the curve.
    """
    years = jnp.arange(len(indexation), dtype=jnp.int32)
    survival = lax.map(lambda t: survival_of(in_year(vital, t)), years)
    # Tables stand by age at the end of the year; those of 99 and of 100+ share the last entry.
    return annuities(_a_year_older(survival), payment_growth(indexation, discount))[1]
