"""Grants on death (README section 5, step 6): funeral grant and lump sum, of the notice of 2021.

A month is a twelfth of the urban disposable income a head of the province.
"""

import numpy as np

from challenger.given import Array, GrantLaw
from challenger.spread import mean_up_to, share_reaching


def months_of_members(mean: Array, law: GrantLaw, spread: float, t: int) -> Array:
    """Mean months of a death before the pension.

    The lump sum has three sizes, up to the lower years, up to the middle years and beyond; above the full years each year
    adds a month up to the largest lump sum.

    Args:
        mean: contribution years of the cell.
        law: months and years.
        spread: coefficient of variation of contribution years.
        t: years since the opening.
    """
    lower, middle = (
        share_reaching(mean, years[t], spread) for years in (law.years_low, law.years_middle)
    )
    by_size = (1 - lower) * law.low[t] + (lower - middle) * law.middle[t] + middle * law.full[t]
    last = law.years_full[t] + law.most[t] - law.full[t]
    added = mean_up_to(mean, last, spread) - mean_up_to(mean, law.years_full[t], spread)
    return law.funeral[t] + by_size + added


def of_members(
    heads: Array, service: Array, dying: Array, law: GrantLaw, spread: float, t: int
) -> Array:
    """Months for those who die before their pension [m].

    Args:
        heads: members after the year's entries [m c x a]; a cell is everybody in it, whatever the registration.
        service: contribution years on 1 January.
        dying: share that dies without having retired [m x a].
        law: months and years.
        spread: coefficient of variation of contribution years.
        t: years since the opening.
    """
    everybody, years = heads.sum(axis=1), service.sum(axis=1)
    mean = np.divide(years, everybody, out=np.zeros_like(years), where=everybody > 0)
    months = months_of_members(mean, law, spread, t)
    return (dying * everybody * months).sum(axis=(1, 2))


def of_pensioners(heads: Array, dying: Array, months: Array) -> Array:
    """Months for pensioners who die [m].

    Args:
        heads: pensioners [m x a].
        dying: share that dies [m x a].
        months: of a death by age on 1 January [x a].
    """
    return (heads * dying * months).sum(axis=(1, 2))
