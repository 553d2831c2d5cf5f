"""The engine's employee pension, driven by one person: a cohort of one head, spreads of zero, two places.

The laws are those of ``assumptions/china``, the ages and divisors those of the engine's own functions. The first place is
where the person lives and is insured, the second where he may be registered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from lives.by_year import Life
from one_place import alike, given_of
from pooling.assumptions import load_config
from pooling.parameters.model import EmployeePension, Geography, GrantLaw, in_year
from pooling.population.ring import rings_of
from pooling.schemes.annuity import AnnuityDivisors
from pooling.schemes.calendar import Place, Rings, calendar
from pooling.schemes.employee_pension import advance
from pooling.schemes.pension_year import YearOfFund, tables
from pooling.schemes.retirement import retirement_month
from pooling.schemes.scheme import Flows
from pooling.state import Awarded, PensionStocks, Rights
from small_set import ASSUMPTIONS

FIRST_AGE, YEARS, PLACES, CLASSES = 18, 84, 2, 3
"""Everybody is followed beyond 100."""
RINGS = Rings(*rings_of(FIRST_AGE, 49, 62))
"""Women workers are 49 on 1 January of the year in which the first of them retire; men 62 in the last."""
PLACE = Place(
    Geography(jnp.arange(PLACES), jnp.eye(PLACES)),
    claim=jnp.asarray([[0.0, 1.0], [1.0, 0.0]]),
    home_share=jnp.ones(PLACES),
)
AGES = np.arange(FIRST_AGE, FIRST_AGE + 50)
Named = dict[str, np.ndarray]


class Drivers(eqx.Module):
    """What each year brings [year]."""

    wage: jax.Array
    reference_wage: jax.Array
    interest: jax.Array
    rise: jax.Array
    survival: jax.Array
    """Of the person at the right sex and age, of everybody else half [year, sex, age at the end of the year]."""


@cache
def china() -> tuple[Mapping, Mapping, AnnuityDivisors]:
    """Rules, retirement groups and divisors of the shipped set."""
    assumptions = load_config(ASSUMPTIONS / "runs" / "china.toml").assumptions
    law = assumptions.scheme_rules["employee_pension"]
    table = assumptions.tables["schemes/annuity_divisor"]
    divisors = AnnuityDivisors(table.axes["age"], table.values["months"])
    return law.rules, {group.key: group for group in law.retirement_groups}, divisors


def levers(life: Life, sex: int, *, claims_at_home: bool) -> EmployeePension:
    """The law in the years of a life, and the person's work. Other cells have ages and divisors of nobody."""
    rules, groups, divisors = china()
    calendar_years = np.arange(life.first_year, life.first_year + YEARS)
    when = retirement_month(life.birth // 12, life.birth % 12 + 1, groups[life.group])
    age = calendar_years[:, None] - 1 - life.birth // 12
    retires = (calendar_years == when.year)[:, None] & (age == AGES)
    window, ones = np.zeros((YEARS, 2, 50)), np.ones(YEARS)
    hazard, drawing, inverse = window + 0.5, window + 0.25, window + 1 / 50
    # At the last ages of the ring everybody has retired.
    hazard[:, :, -5:] = 1.0
    hazard[:, sex] = retires
    drawing[:, sex] = retires * (12 - when.month) / 12
    inverse[:, sex] = np.where(retires, 1 / divisors.at(when.age_months), 1 / 50)
    paid = np.array([year.paid for year in life.years])
    relative = np.array([year.relative_wage for year in life.years])

    def rate(name: str) -> np.ndarray:
        return rules[name].annual(calendar_years)

    arrays = {
        "employer_rate": rate("employer_rate"),
        "employee_rate": rate("employee_rate"),
        "flexible_pooled_rate": rate("flexible_pooled_rate"),
        "flexible_account_rate": rate("flexible_account_rate"),
        "account_rate": rate("account_rate"),
        "floor": np.repeat(rate("floor_multiple")[:, None], PLACES, axis=1),
        "cap": np.repeat(rate("cap_multiple")[:, None], PLACES, axis=1),
        "accrual": rate("accrual"),
        "minimum_years": rate("minimum_years"),
        "hazard": hazard,
        "benefit_time": drawing,
        "inverse_divisor": inverse,
        "coverage": window + 1,
        "coverage_factor": np.ones(PLACES),
        "entry": window[0],
        "density": np.repeat(paid[:, None], PLACES, axis=1),
        "base_level": np.ones(PLACES),
        "wage_profile": window[0] + 1,
        "wage_spread": 0.0,
        "wage_level": relative,
        "compliance": ones,
        "flexible_share": float(life.flexible),
        "flexible_payment": ones,
        "flexible_tiers": [life.chosen],
        "flexible_weights": [1.0],
        "make_up": float(life.makes_up),
        "service_spread": 0.0,
        "account_spread": 0.0,
        "transition_years": np.full((YEARS, 2, 50, PLACES), life.pre_account_years),
        "transition_coefficient": np.full(PLACES, life.coefficient),
        "transition_weight": np.full(PLACES, life.index_weight),
        "claim_home": float(claims_at_home),
        "other_outgo": np.zeros(PLACES),
        "subsidy_of_outgo": np.zeros((2, PLACES)),
        "subsidy_of_wage": np.zeros((2, PLACES)),
        "subsidy_level": ones,
        "transfer_rate": rate("transfer_pooled_rate"),
        "contributed_wages": 12.5,
        "carried": ones,
        "low_index": np.full(PLACES, life.low_index),
        "index_floor": np.full(PLACES, life.lowest_index),
        "grant_income": 0.0,
        "pensioner_grants": np.zeros((YEARS, 2, 101)),
    }
    none = GrantLaw(*(jnp.ones(YEARS) for _ in fields(GrantLaw)))
    numbers = {name: jnp.asarray(value, float) for name, value in arrays.items()}
    return EmployeePension(grant_law=none, **numbers)


def opening(life: Life, sex: int, *, registered_elsewhere: bool) -> PensionStocks:
    """The person in his cell, nobody else."""
    age = life.first_year - 1 - life.birth // 12
    of_class = CLASSES - 1 if registered_elsewhere else 0

    def lay(value: float) -> tuple[jax.Array, ...]:
        leaves = np.zeros((CLASSES, PLACES, 2, 50))
        leaves[of_class, 0, sex, age - FIRST_AGE] = value
        return tuple(RINGS.work.from_ages(jnp.asarray(leaf)) for leaf in leaves)

    nobody, none = jnp.zeros((PLACES, 100)), jnp.zeros((PLACES, 2))
    return PensionStocks(
        Rights(lay(1.0), lay(life.service), lay(life.index_years), lay(life.account)),
        Awarded(nobody, (nobody,), nobody, nobody),
        Awarded(none, (none,), none, none),
        jnp.zeros((PLACES, PLACES)),
    )


@jax.jit
def _run(stocks: PensionStocks, law: EmployeePension, drivers: Drivers) -> dict[str, jax.Array]:
    """Stocks on 31 December and flows of every year [year, place]."""

    def step(
        stocks: PensionStocks, now: tuple[jax.Array, Drivers]
    ) -> tuple[PensionStocks, dict[str, jax.Array]]:
        elapsed, driven = now
        rules = in_year(law, elapsed)
        survival = jnp.broadcast_to(driven.survival, (PLACES, 2, 101))
        dates, people = calendar(RINGS, survival, elapsed), stocks.rights.members
        wage = jnp.full(PLACES, driven.wage)
        year = YearOfFund(
            rules,
            tables(rules, jnp.ones(PLACES), RINGS, elapsed),
            wage,
            (alike(driven.reference_wage),),
            driven.interest,
            driven.rise,
        )
        given = given_of(PLACE, dates, people, wage, year.reference_wage, elapsed=elapsed)
        after, flows = advance(year, given, stocks)[:2]
        return after, _named(after, flows)

    years = jnp.arange(YEARS, dtype=jnp.int32)
    return lax.scan(step, stocks, (years, drivers))[1]


def _named(stocks: PensionStocks, flows: Flows) -> dict[str, jax.Array]:
    """The quantities of a life's record [place]."""

    def cells(leaves: Sequence[jax.Array]) -> jax.Array:
        return jnp.stack([leaf.sum(axis=1) for leaf in leaves]).sum(axis=0)

    rights, awarded = stocks.rights, (stocks.awarded, stocks.awarded_oldest)
    return {
        "working": cells(rights.members),
        "service": cells(rights.service),
        "index_years": cells(rights.index),
        "account": cells(rights.accounts),
        "drawing": cells([each.heads for each in awarded]),
        "pension": cells([each.pension[0] for each in awarded]),
        "account_pension": cells([each.account_pension for each in awarded]),
        "remaining": cells([each.accounts for each in awarded]),
        "contributions": flows.contributions,
        "credited": flows.contributions_account,
        "new_pension": flows.new_pensions[0],
        "paid": flows.pensions[0],
        "inherited": flows.inherited_accounts,
        "refunded": flows.refunded_accounts,
    }


def _survival(life: Life, sex: int) -> np.ndarray:
    """See :class:`Drivers`."""
    table = np.full((YEARS, 2, 101), 0.5)
    for elapsed, year in enumerate(life.years):
        age = life.first_year + elapsed - life.birth // 12
        table[elapsed, sex, min(age, 100)] = year.survival
    return table


def through_the_engine(
    life: Life,
    sex: int = 0,
    *,
    registered_elsewhere: bool = False,
    claims_at_home: bool = False,
    reference_elsewhere: Sequence[float] = (),
) -> Named:
    """A life through the engine's yearly step [year, place].

    Args:
        life: the person; ``reference_wage`` of its years is that of the place where the pension is claimed.
        sex: row of the cell, 0 or 1.
        registered_elsewhere: whether the person is registered in the other place.
        claims_at_home: whether he claims there.
        reference_elsewhere: reference wage, by year, of the place where he does not claim.
    """
    claimed = np.array([year.reference_wage for year in life.years])
    other = np.array(reference_elsewhere) if len(reference_elsewhere) else claimed
    at_home = registered_elsewhere and claims_at_home
    by_place = np.stack([other, claimed] if at_home else [claimed, other], axis=1)
    drivers = Drivers(
        *(
            jnp.asarray(np.asarray(values, float))
            for values in (
                np.array([year.wage for year in life.years]),
                by_place,
                np.array([year.interest for year in life.years]),
                np.array([year.rise for year in life.years]),
                _survival(life, sex),
            )
        )
    )
    law = levers(life, sex, claims_at_home=claims_at_home)
    stocks = opening(life, sex, registered_elsewhere=registered_elsewhere)
    return {name: np.asarray(x) for name, x in _run(stocks, law, drivers).items()}
