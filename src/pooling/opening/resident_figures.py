"""The residents' pension on the valuation date, calibrated to its published heads and accounts province by province.

Members are the residents in no employee fund times a coverage of the place of insurance, and beside them dormant members,
who are in the employee track too. Reserves are the individual accounts: they give the level of past credits. Pensions
beyond the account pensions are base pensions, all of them subsidised; what revenue holds beside subsidies and interest is
premiums.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions.dated import DatedRule
from pooling.assumptions.funds import ResidentPensionFund
from pooling.axes import AGES, REGISTERED_HERE
from pooling.errors import OpeningError
from pooling.numerics import as_array
from pooling.opening.accounts import Accounts, interest
from pooling.opening.context import Context
from pooling.opening.resident_careers import (
    PensionAges,
    careers,
    history,
    pension_ages,
)
from pooling.opening.residents import Residents, residents
from pooling.parameters.lookup import labels, share_of, sums
from pooling.schemes.insured_place import InsuredPlaces
from pooling.schemes.resident_amounts import entry_subsidy

Array = NDArray[np.float64]
Rules = Mapping[str, DatedRule]
Published = Mapping[str, Array]

BISECTIONS = 60
"""Halvings of the premium: they bring an interval of thousands below a rounding."""


@dataclass(frozen=True)
class Ages:
    """When residents join and when their pension begins."""

    pension: PensionAges
    joined: Array
    """Share of a cohort's later members who have joined by an age on 1 January [age]."""

    @property
    def waiting(self) -> Array:
        """Share of an age that waits for its pension on the valuation date [age]."""
        return self.pension.waiting[0]

    @property
    def first(self) -> int:
        """Youngest age, in whole years, of pensioners on the valuation date."""
        return int(np.flatnonzero(self.waiting < 1)[0])

    @property
    def drawing(self) -> float:
        """Part of the year of the pension age in which the pension is drawn."""
        return float(self.pension.benefit_time[0, self.first - 1])


@dataclass(frozen=True)
class Heads:
    """People on the valuation date."""

    residents: Residents
    places: InsuredPlaces
    coverage_factor: Array
    """Members of full age over the people who may join [province of insurance]; at most 1."""
    active: Array
    """[class, sex, age, municipality] by residence; persons."""
    members: Array
    """Active and dormant ones."""
    pensioners: Array
    """[sex, age, municipality] by place of insurance; persons."""


@dataclass(frozen=True)
class Holdings:
    """What they hold; currency."""

    service: Array
    """[class, sex, age, municipality]; person-years."""
    accounts: Array
    """Of members [class, sex, age, municipality]."""
    account_pensions: Array
    """A year [sex, age, municipality]."""
    left: Array
    """Accounts of pensioners [sex, age, municipality]."""
    credit: Array
    """Credited to the account of a payer in the valuation year, as the reserves have it [province]."""


@dataclass(frozen=True)
class Money:
    """Amounts of the valuation year by province; currency, amounts a person a year."""

    accounts: Accounts
    person_years: Array
    """Pensions drawn."""
    from_accounts: Array
    """Account pensions paid."""
    inherited: Array
    minimum: float
    """National minimum of the base pension."""
    addition: Array
    """Published additions of the province."""
    supplement: Array
    """What pensioners were paid beyond minimum, addition and account."""
    paying: Array
    """Share of the active members who pay."""
    premium: Array
    """Of a payer."""
    entry_subsidy: Array
    """Of a payer."""
    other_outgo: Array
    """Grants on death over pensions."""


@dataclass(frozen=True)
class ResidentFigures:
    """The scheme on the valuation date."""

    ages: Ages
    heads: Heads
    holdings: Holdings
    money: Money


def open_figures(context: Context, fund: ResidentPensionFund) -> ResidentFigures:
    """Calibrate the scheme.

    Raises:
        OpeningError: published figures that cannot be reconciled, with the province that cannot.
    """
    valuation = int(context.years[0]) - 1
    rules = context.config.assumptions.scheme_rules[fund.module].rules
    published = _published(context, valuation)
    ages = _ages(fund, rules, context.years)
    heads = _heads(context, fund, published, ages)
    holdings = _holdings(fund, rules, published, ages, heads, valuation)
    money = _money(context, fund, published, ages, heads, holdings)
    return ResidentFigures(ages, heads, holdings, money)


def _published(context: Context, year: int) -> Published:
    """Published figures of one year [province]."""
    table = context.config.assumptions.tables["schemes/resident_pension_accounts"]
    row = int(np.flatnonzero(labels(table, "year") == year)[0])
    found = {name: values[:, row] for name, values in table.values.items()}
    return {**found, "members": found["insured"] - found["recipients"]}


def _ages(fund: ResidentPensionFund, rules: Rules, years: NDArray[np.int_]) -> Ages:
    first = rules["entry_age"].in_year(int(years[0]) - 1)
    last = max(float(fund.members.full_entry_age), first)
    joined = np.clip((np.arange(AGES, dtype=np.float64) - first + 1) / (last - first + 1), 0, 1)
    return Ages(pension_ages(rules["pension_age"], years), joined)


# ---- heads


def _heads(context: Context, fund: ResidentPensionFund, published: Published, ages: Ages) -> Heads:
    """Members by residence, pensioners by place of insurance.

    Coverage is what brings active members to the published ones less the declared dormant share; where even full coverage
    falls short, more of the published members are dormant.
    """
    people = residents(context)
    able = people.outside * (ages.joined * ages.waiting)[:, None]
    even = people.places(np.ones(len(published["members"])))
    pool = people.by_province(people.insured(even, able))
    _require(context, "residents who could be members: none", pool)
    factor = np.minimum((1 - fund.members.dormant_share) * published["members"] / pool, 1)
    places = people.places(factor)
    active = able * _reach(people, places, factor)[:, None, None]
    dormant = published["members"] - people.by_province(people.insured(places, active))
    elders = people.insured(even, people.outside * (1 - ages.waiting)[:, None])
    scale = published["recipients"] / people.by_province(elders)
    return Heads(
        residents=people,
        places=places,
        coverage_factor=factor,
        active=active,
        members=active + _dormant(people, dormant, ages),
        pensioners=elders * scale[context.province],
    )


def _reach(people: Residents, places: InsuredPlaces, factor: Array) -> Array:
    """Coverage of the people of a residence [class, municipality]."""
    here = factor[people.province]
    reach = np.asarray(places.reach)[people.province]
    return np.stack([here, here, reach][: len(people.outside)])


def _dormant(people: Residents, heads: Array, ages: Ages) -> Array:
    """Dormant members [class, sex, age, municipality]: locally registered people of the employee track.

    Those who are registered elsewhere have none at the opening: where they were insured before is not known.
    """
    track = people.employees[REGISTERED_HERE] * (ages.joined * ages.waiting)[:, None]
    found = np.zeros_like(people.outside)
    found[REGISTERED_HERE] = track * (heads / people.by_province(track))[people.province]
    return found


# ---- rights and accounts


def _holdings(
    fund: ResidentPensionFund,
    rules: Rules,
    published: Published,
    ages: Ages,
    heads: Heads,
    valuation: int,
) -> Holdings:
    """Contribution years and accounts; together the accounts are the declared share of the published reserves."""
    start, people = fund.members.scheme_start, heads.residents
    past = history(rules, start, fund.accounts.past_growth, valuation)
    unit = careers(past, ages.joined, start, ages.first, ages.drawing)
    held = people.by_province(people.insured(heads.places, _by_age(heads.members, unit.account)))
    held = held + people.by_province(_by_age(heads.pensioners, unit.left))
    share = fund.members.paying_share
    reserves = fund.accounts.reserves_in_accounts * published["balance"]
    paid = share_of(reserves, held)
    seen = heads.residents.seen(heads.places, paid)[:, None, None]
    there = paid[people.province]
    return Holdings(
        service=share * _by_age(heads.members, unit.service),
        accounts=_by_age(heads.members, unit.account) * seen,
        account_pensions=_by_age(heads.pensioners, unit.account_pension) * there,
        left=_by_age(heads.pensioners, unit.left) * there,
        credit=paid / share,
    )


def _by_age(heads: Array, unit: Array) -> Array:
    """Heads times an amount a person of their age."""
    return heads * unit[:, None]


# ---- money


def _money(
    context: Context,
    fund: ResidentPensionFund,
    published: Published,
    ages: Ages,
    heads: Heads,
    holdings: Holdings,
) -> Money:
    """Split the year's expenditure and revenue."""
    rules = context.config.assumptions.scheme_rules[fund.module].rules
    valuation = int(context.years[0]) - 1
    people = heads.residents
    drawn = _exposure(context.survival, ages)[..., None]
    dead = _dying(context.survival)[..., None]
    person_years = people.by_province(heads.pensioners * drawn)
    from_accounts = people.by_province(holdings.account_pensions * drawn)
    inherited = people.by_province(
        people.insured(heads.places, holdings.accounts * dead) + holdings.left * dead
    )
    other = fund.accounts.other_share * published["expenditure"]
    pensions = published["expenditure"] - other - inherited
    base = pensions - from_accounts
    minimum = rules["minimum_base"].in_year(valuation)
    _require(context, "base pensions below the national minimum", base - minimum * person_years)
    addition = _addition(context, rules, valuation + 1)
    earned = interest(
        context.config.options.interest,
        published["revenue"],
        published["expenditure"],
        published["balance"],
    )
    own = published["revenue"] - earned - base
    _require(context, "no revenue beside subsidies and interest", own)
    active = people.by_province(people.insured(heads.places, heads.active))
    payers, premium, subsidy = _premiums(fund, rules, valuation, own, active)
    return Money(
        accounts=_accounts(published, earned, base + subsidy * payers, premium * payers),
        person_years=person_years,
        from_accounts=from_accounts,
        inherited=inherited,
        minimum=minimum,
        addition=addition,
        supplement=base / person_years - minimum - addition,
        paying=payers / active,
        premium=premium,
        entry_subsidy=subsidy,
        other_outgo=other / pensions,
    )


def _exposure(survival: Array, ages: Ages) -> Array:
    """Part of the valuation year's pension that those alive at its end stand for, their dead included [sex, age].

    By the projection's rule: the mean of the heads before and after the deaths; those of the year's awards by months.
    """
    mean = 0.5 * (1 + 1 / survival)
    return mean * np.where(np.arange(AGES) == ages.first, ages.drawing, 1.0)


def _dying(survival: Array) -> Array:
    """Share of every age on 31 December that dies within a year [sex, age]."""
    return 1 - np.concatenate([survival[:, 1:], survival[:, -1:]], axis=1)


def _addition(context: Context, rules: Rules, year: int) -> Array:
    """Published base pension of the first projected year above the national minimum [province].

    Source: schemes/resident_pension_base; additions of the valuation year are taken to be the same.
    """
    table = context.config.assumptions.tables["schemes/resident_pension_base"]
    row = int(np.flatnonzero(labels(table, "year") == year)[0])
    return table.values["base_pension"][:, row] - rules["minimum_base"].in_year(year)


def _premiums(
    fund: ResidentPensionFund, rules: Rules, year: int, own: Array, active: Array
) -> tuple[Array, Array, Array]:
    """Payers, mean premium and entry subsidy that make up premiums and entry subsidies of the year [province].

    Premium and the subsidy of its tier are found together by bisection. Where the mean would be below the lowest tier,
    fewer members pay that tier.
    """
    payers = fund.members.paying_share * active

    def subsidy(premium: Array) -> Array:
        names = ("entry_subsidy_low", "entry_subsidy_high", "upper_tier")
        low, high, tier = (as_array(rules[name].in_year(year)) for name in names)
        spread = as_array(float(fund.members.premium_spread))
        return np.asarray(entry_subsidy(as_array(premium), low, high, tier, spread))

    low, high = np.zeros_like(own), own / payers
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        above = middle + subsidy(middle) > own / payers
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    premium = np.maximum(0.5 * (low + high), rules["lowest_premium"].in_year(year))
    return own / (premium + subsidy(premium)), premium, subsidy(premium)


def _accounts(
    published: Published, interest: Array, subsidy: Array, contributions: Array
) -> Accounts:
    return Accounts(
        active=published["members"],
        retirees=published["recipients"],
        revenue=published["revenue"],
        expenditure=published["expenditure"],
        balance=published["balance"],
        interest=interest,
        subsidy=subsidy,
        contributions=contributions,
        collection=np.ones_like(interest),
    )


def _require(context: Context, what: str, value: Array) -> None:
    """Refuse a province whose value is not above zero."""
    wrong = np.flatnonzero(~(value > 0))
    if wrong.size:
        names = ", ".join(context.config.assumptions.provinces.name[p] for p in wrong)
        raise OpeningError(f"resident_pension: {what} in {names}")


def reproduced(figures: ResidentFigures) -> dict[str, Array]:
    """The published figures of the valuation year from stocks, amounts and payers, not from the accounts [province]."""
    heads, holdings, money = figures.heads, figures.holdings, figures.money
    people, province = heads.residents, heads.residents.province
    active = people.by_province(people.insured(heads.places, heads.active))
    payers = money.paying * active
    local = money.minimum + money.addition + money.supplement
    pensions = money.person_years * local + money.from_accounts
    held = people.insured(heads.places, holdings.accounts) + holdings.left
    return {
        "active": people.by_province(people.insured(heads.places, heads.members)),
        "retirees": sums(province, heads.pensioners.sum(axis=(0, 1))),
        "revenue": payers * (money.premium + money.entry_subsidy)
        + money.person_years * local
        + money.accounts.interest,
        "expenditure": pensions * (1 + money.other_outgo) + money.inherited,
        "balance": money.accounts.balance,
        "accounts": people.by_province(held),
    }
