"""Flows of a fund in one year by age, sex, province and history of the members, see :mod:`pooling.cohorts.stayers`.

Pensions in payment have no history, so that lifetime benefits are valued at award: annual rate times an annuity of the
claim province's survival and the path's indexation, discounted by a given curve.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from pooling.axes import AGES, OLDEST_AGE
from pooling.cohorts.stayers import Membership, in_province
from pooling.numerics import add, dot
from pooling.parameters.model import Geography
from pooling.population.ring import LIFE, Ring
from pooling.schemes.calendar import Calendar, Leaf, Place, Rings
from pooling.schemes.employee_pension import (
    collect,
    exposure,
    left_by_dying,
)
from pooling.schemes.pension_award import (
    Leaving,
    Terms,
    award_timing,
    claim,
    entitled,
    first_exposure,
    first_pensions,
    provincial_award_timing,
    retiring,
    terms,
)
from pooling.schemes.pension_formula import basic_pension
from pooling.schemes.pension_payment import indexed, paid_share
from pooling.schemes.pension_year import Members, YearOfFund
from pooling.schemes.scheme import Given
from pooling.state import PensionStocks

HISTORIES = ("stayer", "migrant")
"""Members who live in the province of their registration as long as they are members, and all others."""

NEGLIGIBLE = 1e-12
"""Migrants are everybody less the stayers: a difference below this part of everybody is rounding."""

POLICY = 0
"""Benefit policy whose pensions are measured."""

ByCell = Float[Array, "*y k p 2 a"]
"""By history, province, sex and age on 1 January (:func:`ages_of`)."""

ByAge = Float[Array, "p 2 a"]


class CohortFlows(eqx.Module):
    """A fund's flows by history, province, sex and age on 1 January; heads are person-years, money is currency.

    A stayer has one province. What a migrant pays and is awarded stands where he lives at the time.
    """

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
    """By province of residence before the claim, as all that is new."""
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


def fund_flows(
    year: YearOfFund,
    given: Given,
    stocks: PensionStocks,
    following: Float[Array, "p 2 101"],
    members: Membership,
    later: tuple[Leaf, ...],
) -> CohortFlows:
    """One year of a fund of the employee pension scheme by cohort.

    Args:
        year: rules, tables and drivers of the fund.
        given: people, places, wages, rates.
        stocks: on 1 January.
        following: of :func:`pensions_after_award`, this year's.
        members: of the year.
        later: of :func:`leaving_later`, this year's.
    """
    place, dates, elapsed = given.place, given.dates, given.elapsed
    enrolled = members.all
    claims = claim(year, place, dates, enrolled.members, enrolled.paid, members.credit)
    factor = _annuity_at_award(year, dates, following, elapsed)
    fold = _Fold(place.geography, dates.rings, elapsed)
    everybody = _everybody(year, place, dates, members)
    stayers = _stayers(year, place, dates, members, later, everybody[0].terms)
    *parts, own = (
        _of_group(year, place, fold, members, each, factor) for each in (*everybody, stayers)
    )
    whole = jax.tree.map(lambda *leaves: add(leaves), *parts)
    by_history = jax.tree.map(_by_history, whole, own)
    return CohortFlows(
        **by_history, **_in_payment(year, place, dates, fold, stocks, claims.leaving)
    )


def _by_history(whole: ByAge, stayers: ByAge) -> ByCell:
    """One row for the stayers, one for the others."""
    others = whole - stayers
    others = jnp.where(jnp.abs(others) > NEGLIGIBLE * jnp.abs(whole), others, 0)
    return jnp.stack([stayers, others])


class _Group(eqx.Module):
    """Members whose flows are added up."""

    accounts: Leaf
    """Balances on 1 January."""
    paid: Leaf
    """Contribution years of a full year."""
    cash_years: Leaf
    """Those that are paid in the year."""
    reached: Members
    """Rights of those who reach their pension age."""
    terms: Terms
    """Of their awards."""
    homeward: Float[Array, ""]
    """Share who claim where they are registered."""


def _everybody(
    year: YearOfFund, place: Place, dates: Calendar, members: Membership
) -> list[_Group]:
    """Those registered in the province, and those registered in another one; one group without registration classes."""
    everybody, rules = members.all, year.rules
    reached = retiring(year, place, dates, everybody.members, everybody.paid, members.credit)
    classes = (
        (in_province(everybody.members), in_province(everybody.paid)),
        (everybody.members[-1:], everybody.paid[-1:]),
    )
    homeward = (jnp.zeros_like(rules.claim_home), rules.claim_home)
    groups = [
        _Group(
            add(each.accounts for each in held),
            add(paid),
            exposure(members.timing) * add(paid),
            reach,
            terms(year, place, reach),
            home,
        )
        for (held, paid), reach, home in zip(classes, reached, homeward, strict=True)
    ]
    return groups[: len(everybody.members)]


def _stayers(
    year: YearOfFund,
    place: Place,
    dates: Calendar,
    members: Membership,
    later: tuple[Leaf, ...],
    of_cell: Terms,
) -> _Group:
    """Those who have stayed so far and will; whoever dies or reaches the pension age has stayed.

    Args:
        year, place, dates, members: of the fund and year.
        later: share who pay the whole year and will be registered in another province.
        of_cell: terms of awards of those registered in the province.
    """
    paid = members.paid
    part = exposure(members.timing)
    held = jax.tree.map(lambda *leaves: add(leaves), *members.stayers)
    reached, _ = retiring(year, place, dates, (held,), (add(paid),), members.credit)
    cash_years = add((part - leave) * years for leave, years in zip(later, paid, strict=True))
    nowhere = jnp.zeros_like(year.rules.claim_home)
    return _Group(held.accounts, add(paid), cash_years, reached, of_cell, nowhere)


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


def _of_group(
    year: YearOfFund,
    place: Place,
    fold: _Fold,
    members: Membership,
    group: _Group,
    factor: Float[Array, "p row"],
) -> dict[str, ByAge]:
    """Flows of a group.

    Args:
        year, place, fold, members: of the fund and year.
        group: of the members.
        factor: annuity at award by claim province.
    """
    rings = fold.rings
    awards = entitled(year, place, group.reached, group.terms)
    dying = left_by_dying(year, group.accounts, group.paid, members.credit, members.timing)
    return {
        **_contributed(year, fold, group.cash_years, awards.made_up),
        "inherited": fold(rings.work, dying),
        "refunded": fold(rings.award, awards.refunded),
        **_awarded(year, place, fold, awards.leaving, factor, group.homeward),
    }


def _contributed(
    year: YearOfFund, fold: _Fold, cash_years: Leaf, made_up: Leaf
) -> dict[str, ByAge]:
    """Contributions of a group: of the year's work, and of missing years paid at the pension age."""
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
    """Awards of a group by residence before the claim; who claims at home has that wage and that annuity."""
    ring, sums = fold.rings.award, place.geography.by_province
    pensions, from_account = first_pensions(year, leaving)
    here, points, indexed = sums(pensions[POLICY]), sums(leaving.points), sums(leaving.indexed)
    yearly = sums(from_account)
    reference = year.reference_wage[POLICY]
    wage, base, of_index = (
        sums(place.home_share * each)[:, None]
        for each in (year.wage, reference.flat, reference.indexed)
    )

    def at_home(value: Float[Array, "p row"]) -> Float[Array, "p row"]:
        """Pensions claimed at the registration, each worth ``value`` there; the index by the wage of that place."""
        flat = basic_pension(dot(place.claim, base * value), points)
        own = basic_pension(wage * dot(place.claim, of_index / wage * value), indexed)
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
