"""Amounts of the residents' basic pension: base pension, premiums, entry subsidies, and how they grow.

The law fixes the national minimum of the base pension by date; provinces add to it. Everybody chooses a tier of premiums,
and the entry subsidy depends on the tier; tiers are followed by their mean and spread. Formulas take plain numbers, NumPy
or JAX arrays of one kind.

Source: Guofa [2014] 8.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.schemes.thresholds import share_above

Values = Float[Array, "..."]


def level_of_amounts(prices: Values, wages: Values, wage_share: Values) -> Values:
    """Growth of an amount with prices and a share of the growth of real wages.

    prices · (wages ÷ prices) ^ share.

    Args:
        prices: price level over that of the first year.
        wages: national average wage over that of the first year.
        wage_share: share of real wage growth that the amount follows; 0 = prices, 1 = wages.
    """
    return prices * (wages / prices) ** wage_share


def minimum_base_pension(
    legislated: Values, by_law: Values, last: Values, growth: Values
) -> Values:
    """National minimum of the base pension: the law's as long as it is known, then last year's grown.

    Args:
        legislated: 1 in years up to the last date of the law, else 0.
        by_law: the law's amount; currency a year.
        last: of the year before.
        growth: factor since then by the declared rule.
    """
    return jnp.where(legislated > 0, by_law, last * growth)


def entry_subsidy(
    premium: Values, low: Values, high: Values, tier: Values, spread: Values
) -> Values:
    """Mean entry subsidy a payer: the lower one, and the higher one for those at or above a tier.

    Args:
        premium: mean premium; currency a year.
        low: subsidy below the tier.
        high: subsidy from the tier on.
        tier: premium from which the higher subsidy is paid.
        spread: coefficient of variation of premiums; zero where all pay the mean.

    Source: Guofa [2014] 8, section 5.
    """
    return low + (high - low) * share_above(premium, tier, spread)


def minimum_years(by_law: Values, possible: Values) -> Values:
    """Contribution years that a cohort needs: the law's, or those since the scheme began where these are fewer.

    Who was less than the minimum short of the pension age when the scheme began pays every year until then.

    Args:
        by_law: minimum for everybody else; years.
        possible: years between the start of the scheme and the pension age.

    Source: Guofa [2014] 8, section 6.
    """
    return jnp.minimum(by_law, jnp.maximum(possible, 0))
