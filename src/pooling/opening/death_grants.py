"""Grants on death at the opening: the law by year, months of pensioners by age, the money of the valuation year."""

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from pooling.assumptions import Config, EmployeePensionFund
from pooling.numerics import as_array
from pooling.parameters.lookup import share_of
from pooling.parameters.model import GrantLaw
from pooling.schemes.annuity import MONTHS
from pooling.schemes.death_grant import member_months, pensioner_months

Array = NDArray[np.float64]

# Compiled as a whole: one by one their operations take a tenth of a second each at the first call.
_member_months, _pensioner_months = jax.jit(member_months), jax.jit(pensioner_months)


def grant_law(config: Config, fund: EmployeePensionFund, years: NDArray[np.int_]) -> GrantLaw:
    """The law of every year."""
    rules = config.assumptions.scheme_rules[fund.module].rules

    def by_year(name: str) -> jnp.ndarray:
        return as_array(rules[name].annual(years))

    return GrantLaw(
        funeral=by_year("funeral_months"),
        low=by_year("survivors_months_low"),
        middle=by_year("survivors_months_middle"),
        full=by_year("survivors_months_full"),
        most=by_year("survivors_months_most"),
        least=by_year("survivors_months_least"),
        years_low=by_year("survivors_years_low"),
        years_middle=by_year("survivors_years_middle"),
        years_full=by_year("survivors_years_full"),
    )


def years_drawn(waiting: Array) -> Array:
    """Years for which the pensioners of a cohort have drawn their pension in the middle of a year [year, sex, age].

    Args:
        waiting: share of a cohort that has no pension yet, by age on 1 January [year, sex, age]; before the first year
            cohorts are taken to have retired at its ages.
    """
    drawing = 1 - waiting
    drawn = np.zeros_like(drawing)
    drawn[0, :, 1:] = np.cumsum(drawing[0], axis=-1)[:, :-1]
    for year in range(1, len(drawing)):
        drawn[year, :, 1:] = (drawn[year - 1] + drawing[year - 1])[:, :-1]
    whole = share_of(drawn, drawing)
    return np.where(drawing > 0, whole + 0.5, 0)


def pensioner_grants(
    law: GrantLaw, spread: float, waiting: Array, service: Array
) -> Float[jnp.ndarray, "y 2 101"]:
    """Grants on the death of a pensioner by sex and age on 1 January; months of disposable income.

    Args:
        law: by year.
        spread: coefficient of variation of contribution years.
        waiting: see :func:`years_drawn`.
        service: contribution years of those who retire [sex].
    """
    by_year = jax.tree.map(lambda months: months[:, None, None], law)
    mean, drawn = as_array(service)[None, :, None], as_array(years_drawn(waiting))
    return _pensioner_months(mean, as_array(spread), drawn, by_year)


def retiring_service(hazard: Array, members: Array, service: Array) -> Array:
    """Mean contribution years of the members who retire in a year [sex].

    Args:
        hazard: share of an age that retires [sex, age].
        members: persons [class, sex, age, municipality].
        service: person-years, likewise.
    """
    heads, years = (np.einsum("cxam,xa->x", each, hazard) for each in (members, service))
    return share_of(years, heads)


@dataclass(frozen=True)
class Mortal:
    """Heads of which a share dies in the year, and the months that a death costs."""

    heads: Array
    """[province, sex, age]; persons."""
    months: Array
    """[province, sex, age], or [sex, age]."""


def mortal_members(
    law: GrantLaw, fund: EmployeePensionFund, heads: Array, service: Array
) -> Mortal:
    """Members before their pension.

    Args:
        law: of one year, its arrays of one element.
        fund: its spread of service.
        heads: persons [province, sex, age].
        service: mean contribution years, likewise.
    """
    in_force = jax.tree.map(lambda months: months[0], law)
    spread = as_array(fund.members.service_spread)
    months = _member_months(as_array(service), spread, in_force)
    return Mortal(heads, np.asarray(months))


def mortal_pensioners(
    law: GrantLaw, fund: EmployeePensionFund, heads: Array, waiting: Array, service: Array
) -> Mortal:
    """Pensioners.

    Args:
        law: of one year, its arrays of one element.
        fund: its spread of service.
        heads: persons [province, sex, age].
        waiting: of that year, see :func:`years_drawn`.
        service: contribution years of those who retire [sex].
    """
    months = pensioner_grants(law, fund.members.service_spread, waiting, service)
    return Mortal(heads, np.asarray(months[0]))


def grants_paid(groups: Sequence[Mortal], dying: Array, income: Array) -> Array:
    """Grants on death of one year [province]; currency.

    Args:
        groups: members and pensioners.
        dying: share of the living who die in the year [province, sex, age].
        income: urban disposable income a head [province]; currency a year.
    """
    months = [np.sum(each.heads * each.months * dying, axis=(1, 2)) for each in groups]
    return income / MONTHS * sum(months)
