"""What the survivors of a member or a pensioner get from the pooled fund: a funeral grant and a lump sum, in months.

A month is a twelfth of the urban disposable income a head of the province. The law counts whole contribution years and whole
years drawn; cells hold means, so that parts of a year count in proportion.

Source: Renshebufa [2021] 18, art. 4-6, in force since 1 September 2021. The figures are data.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.parameters.model import GrantLaw
from pooling.schemes.thresholds import expected_minimum, share_above

Values = Float[Array, "..."]


def member_months(mean: Values, spread: Values, law: GrantLaw) -> Values:
    """Funeral grant and lump sum of those who die before their pension.

    Args:
        mean: contribution years of the cell, a member.
        spread: their coefficient of variation.
        law: of the year.

    Returns:
        Mean months of a death: funeral + low, the steps at the lower and the middle years, and
        E[min(n, top)] − E[min(n, full years)] with top = full years + most − full.
    """
    steps = (law.middle - law.low) * share_above(mean, law.years_low, spread)
    steps = steps + (law.full - law.middle) * share_above(mean, law.years_middle, spread)
    return law.funeral + law.low + steps + _years_between(mean, spread, law.years_full, law)


def pensioner_months(mean: Values, spread: Values, drawn: Values, law: GrantLaw) -> Values:
    """Funeral grant and lump sum of pensioners, who have the full years.

    Args:
        mean: contribution years of the cell, a pensioner.
        spread: their coefficient of variation.
        drawn: years for which the pension has been drawn.
        law: of the year.

    Returns:
        Mean months of a death: funeral + E[max(min(full + (n − full years)⁺, most) − drawn, least)].
    """
    used = drawn + law.least - law.full
    # Below the full years nothing is added: what is left of the full months above the least is not used up yet.
    unused = jnp.maximum(-used, 0)
    start = law.years_full + jnp.maximum(used, 0)
    return law.funeral + law.least + unused + _years_between(mean, spread, start, law)


def _years_between(mean: Values, spread: Values, start: Values, law: GrantLaw) -> Values:
    """Mean of the years from a start up to those at which the lump sum is largest."""
    top = law.years_full + law.most - law.full
    upper = expected_minimum(mean, top, spread)
    return upper - expected_minimum(mean, jnp.minimum(start, top), spread)
