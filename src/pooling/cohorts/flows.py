"""Flows by birth cohort: a second program beside :mod:`pooling.projection`.

It advances the stocks with the projection's own step and keeps, besides, flows by age, sex, registration class and
province, so that its sums are the projection's. A cohort is known by its birth year: who is x years old on 1 January of
the year t was born in t − 1 − x.

Pensions in payment have no registration class, so that lifetime benefits are valued at award: annual rate times an
annuity of the claim province's survival and the path's indexation, discounted by a given curve.
"""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from pooling.axes import AGES, OLDEST_AGE
from pooling.cohorts.annuity import pensions_after_award
from pooling.drivers.economy import Path, draw
from pooling.numerics import add, dot
from pooling.parameters.model import EmployeePension, Geography, in_year
from pooling.population.ring import LIFE, Ring
from pooling.projection import Run
from pooling.schemes.calendar import Calendar, Leaf, Place, Rings
from pooling.schemes.employee_pension import (
    collect,
    enrol,
    exposure,
    left_by_dying,
    offer,
    timing_of,
    year_of_fund,
)
from pooling.schemes.pension_award import (
    Leaving,
    award_timing,
    claim,
    first_exposure,
    first_pensions,
    provincial_award_timing,
    qualify,
    retiring,
)
from pooling.schemes.pension_formula import basic_pension
from pooling.schemes.pension_payment import indexed, paid_share
from pooling.schemes.pension_year import (
    Credits,
    Members,
    YearOfFund,
    credits_of,
)
from pooling.schemes.pension_year import Tables as FundTables
from pooling.schemes.scheme import Given
from pooling.state import PensionStocks, State
from pooling.year import Tables, advance_year, given_in_year

CLASSES = ("local", "migrant")
"""Registered in the province of residence, and in another one."""

POLICY = 0
"""Benefit policy whose pensions are measured."""

ByCell = Float[Array, "*y k p 2 a"]
"""By class, province, sex and age on 1 January (:func:`ages_of`)."""

ByAge = Float[Array, "p 2 a"]


class CohortFlows(eqx.Module):
    """A fund's flows by class, province, sex and age on 1 January; heads are person-years, money is currency."""

    contributors: ByCell
    contributions: ByCell
    """Employers', employees' and flexible workers', missing years paid at the pension age included; cash."""
    wages: ByCell
    """Covered wages of the contribution years."""
    made_up_bases: ByCell
    """Bases on which missing years are paid at the pension age: with the wages they are the covered wage bill."""
    deposits: ByCell
    """Credited to individual accounts."""
    inherited: ByCell
    """Accounts of members who die before retirement."""
    refunded: ByCell
    """Accounts of those who reach their pension age without the minimum years."""
    new_pensioners: ByCell
    """By class and province of residence before the claim, as all that is new."""
    new_pensions: ByCell
    """Annual rate of the year's awards."""
    new_accounts: ByCell
    """Account balances at award."""
    award_values: ByCell
    """New pensions times their annuities, in money of the middle of the year."""
    pensioners: Float[Array, "*y p 2 a"]
    """By claim province."""
    pensions: Float[Array, "*y p 2 a"]


def ages_of(rings: Rings) -> range:
    """Ages on 1 January of the flows: from the youngest of any ring; the last is the open group 100+."""
    return range(min(rings.work.first, rings.pension.first, rings.award.first), AGES)


def project_cohorts(
    run: Run, tables: Tables, path: Int[Array, ""], discount: Float[Array, " y"]
) -> tuple[CohortFlows, ...]:
    """Flows by cohort of every fund on one path; every array has a leading year axis. Path 0 is the central path.

    Args:
        run: the run.
        tables: ``tables_of(run.model)``, computed once for all paths.
        path: number of the realization.
        discount: rate of every year at which awards are valued; after the last year its own.
    """
    drivers = draw(run.model.levers.economy, run.seed, path)
    following = pensions_after_award(run.model.levers.vital, drivers.indexation, discount)

    def step(state: State, given: tuple) -> tuple[State, tuple[CohortFlows, ...]]:
        of_year, today, annuity, elapsed = given
        return _advance(run, of_year, today, state, annuity, elapsed)

    years = jnp.arange(run.years, dtype=jnp.int32)
    return lax.scan(step, run.opening, (tables, drivers, following, years))[1]


def _advance(
    run: Run,
    tables: Tables,
    drivers: Path,
    state: State,
    following: Float[Array, "p 2 101"],
    elapsed: Int[Array, ""],
) -> tuple[State, tuple[CohortFlows, ...]]:
    """One year: the projection's own step, and its flows by cohort."""
    after, result = advance_year(run.model, tables, state, drivers, elapsed)
    given = given_in_year(run.model, tables, state, drivers, result.reference_wage, elapsed)
    funds = zip(run.model.levers.schemes, tables.schemes, state.schemes, strict=True)
    flows = tuple(
        fund_flows(year_of_fund(in_year(levers, elapsed), table, given), given, stocks, following)
        for levers, table, stocks in funds
        if isinstance(levers, EmployeePension) and isinstance(table, FundTables)
    )
    return after, flows


def fund_flows(
    year: YearOfFund,
    given: Given,
    stocks: PensionStocks,
    following: Float[Array, "p 2 101"],
) -> CohortFlows:
    """One year of a fund of the employee pension scheme by cohort.

    Args:
        year: rules, tables and drivers of the fund.
        given: people, places, wages, rates.
        stocks: on 1 January.
        following: of :func:`pensions_after_award`, this year's.
    """
    place, dates, elapsed = given.place, given.dates, given.elapsed
    credit = credits_of(year)
    offered = offer(year.rules, given.enrolment)
    enrolled = enrol(year, stocks.rights, given.residents, offered)
    members, paid = enrolled.members, enrolled.paid
    claims = claim(year, place, dates, members, paid, credit)
    reached = retiring(year, place, dates, members, paid, credit)
    factor = _annuity_at_award(year, dates, following, elapsed)
    fold = _Fold(place.geography, dates.rings, elapsed)
    homeward = (jnp.zeros_like(year.rules.claim_home), year.rules.claim_home)
    groups = zip(reached, _accounts(members), _by_class(paid), homeward, strict=False)
    parts = [
        _of_class(year, place, dates, fold, credit, held, accounts, years, factor, share)
        for held, accounts, years, share in groups
    ]
    by_class = jax.tree.map(lambda *leaves: _stack(leaves), *parts)
    return CohortFlows(**by_class, **_in_payment(year, place, dates, fold, stocks, claims.leaving))


class _Fold(eqx.Module):
    """Puts leaves in age order, summed over provinces."""

    geography: Geography
    rings: Rings
    elapsed: Int[Array, ""]

    def __call__(self, ring: Ring, leaf: Leaf) -> ByAge:
        return self.of_provinces(ring, self.geography.by_province(leaf))

    def of_provinces(self, ring: Ring, leaf: Float[Array, "p row"]) -> ByAge:
        before = ring.first - ages_of(self.rings).start
        by_age = ring.by_age(leaf, self.elapsed)
        return jnp.pad(by_age, ((0, 0), (0, 0), (before, OLDEST_AGE - ring.last)))


def _by_class(leaves: Sequence[Leaf]) -> tuple[Leaf, ...]:
    """Local and migrant: the last registration class is registered in another province; alone it is local."""
    return (add(leaves[:-1]), leaves[-1]) if len(leaves) > 1 else (leaves[0],)


def _accounts(members: tuple[Members, ...]) -> tuple[Leaf, ...]:
    return _by_class([held.accounts for held in members])


def _stack(leaves: Sequence[ByAge]) -> ByCell:
    """One row a class; nobody is a migrant in a population without registration classes."""
    missing = len(CLASSES) - len(leaves)
    return jnp.stack([*leaves, *[jnp.zeros_like(leaves[0])] * missing])


def _of_class(
    year: YearOfFund,
    place: Place,
    dates: Calendar,
    fold: _Fold,
    credit: Credits,
    reached: Members,
    accounts: Leaf,
    paid: Leaf,
    factor: Float[Array, "p row"],
    homeward: Float[Array, ""],
) -> dict[str, ByAge]:
    """Flows of one class.

    Args:
        year, place, dates, fold, credit: of the fund and year.
        reached: rights of those who reach their pension age.
        accounts: balances on 1 January.
        paid: contribution years of a full year.
        factor: annuity at award by claim province.
        homeward: share who claim where they are registered.
    """
    rings, timing = dates.rings, timing_of(year, place, dates)
    qualified = qualify(year, place, reached)
    dying = left_by_dying(year, accounts, paid, credit, timing)
    return {
        **_contributed(year, fold, exposure(timing) * paid, qualified.made_up),
        "inherited": fold(rings.work, dying),
        "refunded": fold(rings.award, qualified.refunded),
        **_awarded(year, place, fold, qualified.leaving, factor, homeward),
    }


def _contributed(
    year: YearOfFund, fold: _Fold, cash_years: Leaf, made_up: Leaf
) -> dict[str, ByAge]:
    """Contributions of a class: of the year's work, and of missing years paid at the pension age."""
    rules, rings = year.rules, fold.rings
    wage, chosen = year.wage[:, None], year.flexible_base[:, None]
    none, nothing = jnp.zeros_like(cash_years), jnp.zeros_like(made_up)
    own = collect(rules, wage, chosen, cash_years, cash_years * year.tables.base, none)
    late = collect(rules, wage, chosen, nothing, nothing, chosen * made_up)

    def both(now: Leaf, then: Leaf) -> ByAge:
        return fold(rings.work, now) + fold(rings.award, then)

    return {
        "contributors": fold(rings.work, own.contributors),
        "contributions": both(own.contributions, late.contributions),
        "wages": fold(rings.work, own.wage_bill),
        "made_up_bases": fold(rings.award, late.wage_bill),
        "deposits": both(own.credited, late.credited),
    }


def _annuity_at_award(
    year: YearOfFund, dates: Calendar, following: Float[Array, "p 2 101"], elapsed: Int[Array, ""]
) -> Float[Array, "p row"]:
    """Annuity of a new pension by claim province: its part of the first year, and what follows."""
    ring = dates.rings.award
    later = ring.align(ring.cut(LIFE, following), elapsed)
    return first_exposure(provincial_award_timing(year, dates)) + later


def _awarded(
    year: YearOfFund,
    place: Place,
    fold: _Fold,
    leaving: Leaving,
    factor: Float[Array, "p row"],
    homeward: Float[Array, ""],
) -> dict[str, ByAge]:
    """Awards of a class by residence before the claim; who claims at home has that wage and that annuity."""
    ring, sums = fold.rings.award, place.geography.by_province
    pensions, from_account = first_pensions(year, leaving)
    here, points, indexed = sums(pensions[POLICY]), sums(leaving.points), sums(leaving.indexed)
    yearly = sums(from_account)
    reference = sums(place.home_share * year.reference_wage[POLICY])[:, None]
    wage = sums(place.home_share * year.wage)[:, None]

    def at_home(value: Float[Array, "p row"]) -> Float[Array, "p row"]:
        """Pensions claimed at the registration, each worth ``value`` there; the index by the wage of that place."""
        flat = basic_pension(dot(place.claim, reference * value), points)
        own = basic_pension(wage * dot(place.claim, reference / wage * value), indexed)
        return flat + own + dot(place.claim, value) * yearly

    there, valued_there = at_home(jnp.ones_like(factor)), at_home(factor)

    new = (1 - homeward) * here + homeward * there
    value = (1 - homeward) * here * factor + homeward * valued_there
    return {
        "new_pensioners": fold(ring, leaving.heads),
        "new_pensions": fold.of_provinces(ring, new),
        "new_accounts": fold(ring, leaving.accounts),
        "award_values": fold.of_provinces(ring, value),
    }


def _in_payment(
    year: YearOfFund,
    place: Place,
    dates: Calendar,
    fold: _Fold,
    stocks: PensionStocks,
    claims: Leaving,
) -> dict[str, ByAge]:
    """Heads and pensions paid by claim province: in payment on 1 January, in the open group, and the year's awards.

    New pensioners stay on the ring of the ages of award, which may begin below that of pension ages.
    """
    everywhere, rings = place.geography.to_municipalities, dates.rings
    young = paid_share(everywhere(dates.living_pension))
    old = paid_share(everywhere(dates.living_oldest))
    first = first_exposure(award_timing(year, place, dates))

    def paid(running: Leaf, oldest: Float[Array, "m 2"], new: Leaf) -> ByAge:
        group = place.geography.by_province(old * oldest)
        by_age = fold(rings.pension, young * running) + fold(rings.award, first * new)
        return by_age.at[..., -1].add(group)

    return {
        "pensioners": paid(stocks.awarded.heads, stocks.awarded_oldest.heads, claims.heads),
        "pensions": paid(
            indexed(year, stocks.awarded)[POLICY],
            indexed(year, stocks.awarded_oldest)[POLICY],
            first_pensions(year, claims)[0][POLICY],
        ),
    }
