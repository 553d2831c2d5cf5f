"""One year of the basic pension of residents (README section 5, "The other schemes").

Rights are kept where people live. Money flows where they are insured: who is registered elsewhere is insured at the
residence in a declared share, at the registration otherwise.
"""

from dataclasses import dataclass

import numpy as np

from challenger.economy import Year
from challenger.employee_pension import (
    Flows,
    Place,
    Track,
    from_accounts,
    joined_by_age,
    local,
)
from challenger.given import (
    FAR,
    HERE,
    NEAR,
    Array,
    Enrolment,
    ResidentAwarded,
    ResidentFund,
    ResidentRights,
    RetirementGroup,
)
from challenger.people import age
from challenger.retirement import pension_ages
from challenger.spread import share_reaching, total_of_those

ANY_DIVISOR = dict.fromkeys(range(101), 1.0)
"""The account's divisor is a figure of the law here, not of the age."""


@dataclass(frozen=True)
class Ages:
    """When residents join and when their pension begins, by year and age on 1 January [y a]."""

    entry: Array
    """Share of the later members who have joined and wait for their pension."""
    hazard: Array
    drawing: Array


def ages_of(fund: ResidentFund, first_year: int, years: int) -> Ages:
    """Everybody's pension begins in the month after the birthday."""
    group = RetirementGroup(1.0, 12 * fund.pension_age, first_year, 1, 0, 0, 0)
    found = pension_ages((group,), ANY_DIVISOR, first_year, years)
    joined = joined_by_age(fund.entry_age_first, fund.entry_age_last)
    return Ages(joined * found.waiting, found.hazard, found.drawing)


@dataclass(frozen=True)
class Amounts:
    """Amounts of a year."""

    minimum: float
    """National minimum of the base pension."""
    level: float
    base: Array
    """Base pension with what the province adds [p]."""
    premium: Array
    entry_subsidy: Array


def level_of(year: Year, wage_share: float) -> float:
    """Prices, and a share of the growth of real wages."""
    return year.prices * (year.wage_level / year.prices) ** wage_share


def amounts_of(
    fund: ResidentFund, year: Year, last_minimum: float, last_level: float, t: int
) -> Amounts:
    """Amounts of a year; the minimum is the law's as long as it is known, then grows by the declared rule."""
    level = level_of(year, fund.base_wage_share)
    known = fund.legislated[t] > 0
    minimum = fund.minimum_base[t] if known else last_minimum * level / last_level
    premium = fund.premium * fund.premium_level[t]
    upper = share_reaching(premium, fund.upper_tier[t], fund.premium_spread)
    subsidy = (1 - upper) * fund.entry_subsidy_low[t] + upper * fund.entry_subsidy_high[t]
    growth = level_of(year, fund.premium_wage_share)
    return Amounts(
        minimum=minimum,
        level=level,
        base=minimum + level * (fund.addition + fund.supplement),
        premium=growth * premium,
        entry_subsidy=growth * subsidy,
    )


@dataclass(frozen=True)
class Insured:
    """Where people of a residence are insured: tables from province to province of insurance, rows sum to 1."""

    near: float
    """Share of those registered elsewhere in the province who are insured where they live."""
    far_here: Array
    """Of those registered in another province, who are insured where they live [p]."""
    far_home: Array
    """Who are insured at the registration [residence, registration]."""
    reach: Array
    """Mean coverage of the places that they come under [p]."""


def coverage_of(fund: ResidentFund, t: int) -> Array:
    """Members of full age over the people who may join [p]."""
    return np.minimum(fund.coverage_factor * fund.take_up[t], 1)


def insured(fund: ResidentFund, enrolment: Enrolment, home: Array, t: int) -> Insured:
    """Places of insurance of the members: more of those who come under a place of high coverage have joined."""
    coverage = coverage_of(fund, t)
    share = enrolment.at_residence[t, FAR]
    here, elsewhere = share * coverage, (1 - share) * home * coverage
    reach = here + elsewhere.sum(axis=1)
    some = reach > 0
    divided = np.where(some, reach, 1)
    return Insured(
        near=enrolment.at_residence[t, NEAR],
        far_here=np.where(some, here / divided, 1),
        far_home=elsewhere / divided[:, None],
        reach=reach,
    )


def at_insurance(where: Insured, place: Place, held: Array) -> Array:
    """What people hold by residence and registration class [m c …] by municipality of insurance [m …]."""
    province, shares = place.geography.province, place.home_share

    def wide(by_municipality: Array) -> Array:
        return by_municipality.reshape(-1, *[1] * (held.ndim - 2))

    stay = held[:, HERE] + where.near * held[:, NEAR]
    stay = stay + wide(where.far_here[province]) * held[:, FAR]
    sent = (1 - where.near) * place.geography.sums(held[:, NEAR])
    sent = sent + np.einsum("rh,r...->h...", where.far_home, place.geography.sums(held[:, FAR]))
    return stay + wide(shares) * sent[province]


def seen_from_residence(where: Insured, place: Place, amount: Array) -> Array:
    """Mean of a provincial amount over the places of insurance of a residence's people [m c 1 1]."""
    far = where.far_here * amount + where.far_home @ amount
    by_class = np.stack([amount, amount, far], axis=1)[place.geography.province]
    return by_class[:, :, None, None]


@dataclass(frozen=True)
class Members:
    """Members after the year's entries [m c x a]."""

    heads: Array
    active: Array
    service: Array
    accounts: Array


def enrol(
    fund: ResidentFund,
    ages: Ages,
    where: Insured,
    place: Place,
    persons: Array,
    track: Track,
    rights: ResidentRights,
    t: int,
) -> Members:
    """Who is not in the employee track joins; who was a member and is in it now is dormant.

    Pensioners of the employee funds are known by municipality only: they are taken from the registration classes in
    proportion.
    """
    everybody = persons.sum(axis=1)
    free = 1 - np.divide(
        track.retired, everybody, out=np.zeros_like(everybody), where=everybody > 0
    )
    eligible = np.maximum(persons * free[:, None] - track.active, 0)
    own = coverage_of(fund, t)[place.geography.province]
    coverage = np.stack([own, own, where.reach[place.geography.province]], axis=1)
    target = eligible * ages.entry[t] * coverage[:, :, None, None]
    joining = np.where(ages.entry[t] > 0, np.maximum(target - rights.members, 0), 0)
    heads = rights.members + joining
    return Members(heads, np.minimum(target, heads), rights.service, rights.accounts)


@dataclass(frozen=True)
class Settled:
    """Those who reach the pension age, by residence [m c x a]."""

    heads: Array
    accounts: Array
    refunded: Array
    linked: Array
    """Accounts that go to the employee scheme, on the day of the pension."""
    made_up: Array
    """Missing years that they pay."""


def settle(
    fund: ResidentFund,
    held: Members,
    paying: Array,
    credit: Array,
    premium: Array,
    rate: float,
    hazard: Array,
    drawing: Array,
    t: int,
) -> Settled:
    """Who is awarded, who pays missing years, whose account leaves the fund.

    Args:
        fund: rules.
        held: members of the year.
        paying: contribution years of an active member [m c 1 1].
        credit: premium and entry subsidy that come with them.
        premium: premium of a whole year.
        rate: of the accounts.
        hazard: share that reaches the pension age [a].
        drawing: part of the year in which they draw.
        t: years since the opening.
    """
    part = 1 - drawing
    service = hazard * (held.service + held.active * part * paying)
    accounts = held.accounts * (1 + rate * part)
    accounts = hazard * (accounts + held.active * part * credit * (1 + rate * part / 2))
    heads, active = hazard * held.heads, hazard * held.active
    dormant = np.maximum(heads - active, 0)
    linked = fund.linked * np.divide(dormant, heads, out=np.zeros_like(heads), where=heads > 0)
    heads, service = (1 - linked) * heads, (1 - linked) * service
    mean = np.divide(service, heads, out=np.zeros_like(heads), where=heads > 0)
    minimum = fund.minimum_years[t]
    enough = share_reaching(mean, minimum, fund.service_spread)
    of_years = total_of_those(mean, minimum, fund.service_spread)
    paying_up = fund.make_up * (1 - enough) * heads
    missing = paying_up * minimum - fund.make_up * (1 - of_years) * service
    kept = (1 - linked) * (of_years + fund.make_up * (1 - of_years))
    return Settled(
        heads=enough * heads + paying_up,
        accounts=kept * accounts + missing * premium,
        refunded=(1 - linked - kept) * accounts,
        linked=linked * accounts,
        made_up=missing,
    )


@dataclass(frozen=True)
class Paid:
    """What pensioners draw in a year [m], and their stock on 31 December, a year older."""

    stock: ResidentAwarded
    heads: Array
    account_pensions: Array
    inherited: Array


def paid_out(
    heads: Array,
    yearly: Array,
    accounts: Array,
    drawn: Array,
    rate: float,
    part: Array,
    since: Array | float,
    living: Array,
) -> Paid:
    """Pensions over a year.

    Args:
        heads: pensioners [m x a].
        yearly: what accounts pay in a full year.
        accounts: balances when they begin to draw.
        drawn: what accounts pay in this year.
        rate: of the accounts.
        part: years that a cell draws on average, deaths considered.
        since: part of the year since they began.
        living: share that survives the year.
    """
    left = np.maximum(accounts * (1 + rate * since) - drawn * (1 + rate * since / 2), 0)
    return Paid(
        ResidentAwarded(age(living * heads), age(living * yearly), age(living * left)),
        local(part * heads),
        local(part * yearly),
        local((1 - living) * (accounts - drawn / 2)),
    )


@dataclass(frozen=True)
class Stocks:
    """Stocks of the scheme, and from what the base pension of the next year goes on."""

    rights: ResidentRights
    awarded: ResidentAwarded
    minimum: float
    """National minimum of the base pension of the year before."""
    level: float


@dataclass(frozen=True)
class FundYear:
    """What a year leaves, before people move inside the country."""

    stocks: Stocks
    flows: Flows
    handed_over: Array
    """Accounts that go to the employee scheme, by residence and age on 1 January [m c x a]."""


def fund_year(
    fund: ResidentFund,
    ages: Ages,
    enrolment: Enrolment,
    place: Place,
    persons: Array,
    track: Track,
    stocks: Stocks,
    year: Year,
    policies: int,
    t: int,
) -> FundYear:
    """One year of the scheme.

    Args:
        fund: rules.
        ages: of entry and pension.
        enrolment: rules of enrolment.
        place: places, and who lives through the year.
        persons: on 1 January.
        track: members and pensioners of all employee funds.
        stocks: on 1 January.
        year: drivers.
        policies: number of benefit policies, which make no difference here.
        t: years since the opening.
    """
    amounts = amounts_of(fund, year, stocks.minimum, stocks.level, t)
    where = insured(fund, enrolment, place.home, t)
    rate = year.fund_return + fund.account_margin[t]
    hazard, drawing, living = ages.hazard[t], ages.drawing[t], place.living[:, None]
    paying = seen_from_residence(where, place, fund.paying)
    credit = seen_from_residence(
        where, place, fund.paying * (amounts.premium + amounts.entry_subsidy)
    )
    premium = seen_from_residence(where, place, amounts.premium)
    held = enrol(fund, ages, where, place, persons, track, stocks.rights, t)
    settled = settle(fund, held, paying, credit, premium, rate, hazard, drawing, t)
    first = _first(fund, where, place, settled, rate, drawing, t)
    running = _running(fund, stocks.awarded, rate, place.living)
    deposit = held.active * credit
    dying = (1 - living) * (1 - hazard)
    bequests = dying * (held.accounts * (1 + rate / 2) + deposit / 2)
    # On 31 December, with interest since the pension age; who has died by then leaves the account to heirs.
    handed = living * settled.linked * (1 + rate * drawing)
    bequests = bequests + (1 - living) * settled.linked
    part = (1 - hazard) * (1 + living) / 2 + hazard * (1 - drawing)
    there = {
        name: at_insurance(where, place, stock.sum(axis=(2, 3)))
        for name, stock in {
            "active": part * held.active,
            "insured": part * held.heads,
            "inherited": bequests,
            "refunded": settled.refunded,
            "linked": handed,
            "made_up": settled.made_up,
        }.items()
    }
    staying = living * (1 - hazard)
    rights = ResidentRights(
        members=age(staying * held.heads),
        service=age(staying * (held.service + held.active * paying)),
        accounts=age(staying * (held.accounts * (1 + rate) + deposit * (1 + rate / 2))),
    )
    new = _new(where, place, settled, amounts, fund, t)
    return FundYear(
        Stocks(rights, _together(running.stock, first.stock), amounts.minimum, amounts.level),
        _flows(fund, place, amounts, there, first, running, new, policies, t),
        handed,
    )


def _together(old: ResidentAwarded, new: ResidentAwarded) -> ResidentAwarded:
    return ResidentAwarded(
        old.heads + new.heads,
        old.account_pension + new.account_pension,
        old.accounts + new.accounts,
    )


def _first(
    fund: ResidentFund,
    where: Insured,
    place: Place,
    settled: Settled,
    rate: float,
    drawing: Array,
    t: int,
) -> Paid:
    """New pensions at the places of insurance; who reaches the pension age dies after it."""
    heads, accounts = (at_insurance(where, place, x) for x in (settled.heads, settled.accounts))
    yearly = 12 * accounts * fund.inverse_divisor[t]
    part = drawing * (1 + place.living) / 2
    return paid_out(heads, yearly, accounts, yearly * drawing, rate, part, drawing, place.living)


def _running(fund: ResidentFund, stock: ResidentAwarded, rate: float, living: Array) -> Paid:
    drawn = from_accounts(stock.accounts, stock.account_pension, fund.account_spread)
    part = (1 + living) / 2
    return paid_out(
        stock.heads, stock.account_pension, stock.accounts, drawn, rate, part, 1.0, living
    )


def _new(
    where: Insured, place: Place, settled: Settled, amounts: Amounts, fund: ResidentFund, t: int
) -> tuple[Array, Array]:
    """Heads of the year's awards and their annual pensions [m]."""
    heads, accounts = (
        local(at_insurance(where, place, x)) for x in (settled.heads, settled.accounts)
    )
    base = amounts.base[place.geography.province]
    return heads, heads * base + 12 * accounts * fund.inverse_divisor[t]


def _flows(
    fund: ResidentFund,
    place: Place,
    amounts: Amounts,
    there: dict[str, Array],
    first: Paid,
    running: Paid,
    new: tuple[Array, Array],
    policies: int,
    t: int,
) -> Flows:
    province = place.geography.province
    payers = there["active"] * fund.paying[province]
    due = (payers + there["made_up"]) * amounts.premium[province]
    heads = first.heads + running.heads
    base = amounts.base[province]
    pensions = heads * base + first.account_pensions + running.account_pensions
    central = (fund.central_share * amounts.minimum)[province]
    entry = amounts.entry_subsidy[province]
    subsidy = fund.subsidy_level[t] * np.stack(
        [central * heads, (base - central) * heads + entry * payers]
    )
    return Flows(
        contributors=payers,
        insured=there["insured"],
        beneficiaries=heads,
        new_beneficiaries=new[0],
        new_pensions=[new[1]] * policies,
        wage_bill=due,
        contributions=fund.compliance[t] * due,
        contributions_account=due,
        pensions=[pensions] * policies,
        cash_benefits=np.zeros_like(heads),
        inherited_accounts=there["inherited"] + first.inherited + running.inherited,
        refunded_accounts=there["refunded"],
        linked_accounts=-there["linked"],
        other_outgo=[fund.other_outgo[province] * pensions] * policies,
        scheduled_subsidy=[subsidy] * policies,
    )
