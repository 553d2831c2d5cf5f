"""One year of a fund of the employee pension scheme (README section 5, steps 3 to 6).

The order of a year: members join on 1 January; those who stay pay for the mean of before and after the year's deaths, those
who retire pay until their month and die after it; pensions rise on 1 January.
"""

from dataclasses import dataclass, replace

import numpy as np

from challenger import death_grant
from challenger.economy import Year
from challenger.given import (
    AGES,
    FAR,
    HERE,
    NEAR,
    Array,
    Awarded,
    EmployeeFund,
    Enrolment,
    Geography,
    Rights,
)
from challenger.people import age
from challenger.retirement import PensionAges, pension_ages
from challenger.spread import clamped_lognormal, mean_up_to, share_reaching, total_of_those


@dataclass(frozen=True)
class Ages:
    """Retirement and coverage by year, sex and age on 1 January [y x a]."""

    hazard: Array
    drawing: Array
    inverse_divisor: Array
    coverage: Array
    """Members a resident before the local factor."""
    entry: Array
    """1 where people may join [x a]."""


@dataclass(frozen=True)
class Place:
    """Where people live, are registered, and with whom a pension is claimed."""

    geography: Geography
    home: Array
    """Registration of those registered in another province, on 1 January [residence, registration]."""
    home_share: Array
    living: Array
    """Share of an age on 1 January that survives the year [m x a]."""


@dataclass(frozen=True)
class Flows:
    """Flows of a year by municipality; where a benefit policy matters, a list with one of each."""

    contributors: Array
    insured: Array
    beneficiaries: Array
    new_beneficiaries: Array
    new_pensions: list[Array]
    wage_bill: Array
    contributions: Array
    contributions_account: Array
    pensions: list[Array]
    cash_benefits: Array
    """Grants on death."""
    inherited_accounts: Array
    refunded_accounts: Array
    linked_accounts: Array
    """Accounts received from another scheme less those handed over to one; no outgo."""
    other_outgo: list[Array]
    scheduled_subsidy: list[Array]
    """Of the centre and the province [2 m]."""

    def outgo(self, policy: int) -> Array:
        """All that the fund pays."""
        accounts = self.inherited_accounts + self.refunded_accounts
        return self.pensions[policy] + self.cash_benefits + accounts + self.other_outgo[policy]


@dataclass(frozen=True)
class Track:
    """Who is in the employee track: active members [m c x a], pensioners [m x a], on 1 January."""

    active: Array
    retired: Array


def ages_of(fund: EmployeeFund, first_year: int, years: int) -> Ages:
    """Retirement by birth month and the coverage that follows from participation.

    Membership does not fall with age as participation does; it is kept by those who wait for their pension. Nobody joins
    from the least pension age of the run on.
    """
    men, women = (pension_ages(g, fund.divisors, first_year, years) for g in fund.retirement)

    def both(name: str) -> Array:
        return np.stack([getattr(men, name), getattr(women, name)], axis=1)

    joined = joined_by_age(fund.entry_age_first, fund.entry_age_last)
    highest = np.maximum.accumulate(fund.participation * joined, axis=1)
    ages = np.arange(AGES)
    return Ages(
        hazard=both("hazard"),
        drawing=both("drawing"),
        inverse_divisor=both("inverse_divisor"),
        coverage=highest * both("waiting"),
        entry=np.stack([_may_join(ages, fund.entry_age_first, each) for each in (men, women)]),
    )


def joined_by_age(first: int, last: int) -> Array:
    """Share of the later members who have joined by an age: on a straight line between two ages."""
    return np.array([min(max((a - first + 1) / (last - first + 1), 0), 1) for a in range(AGES)])


def _may_join(ages: Array, youngest: int, pension: PensionAges) -> Array:
    return ((ages >= youngest) & (ages < pension.first)).astype(float)


def flexible_base(fund: EmployeeFund, t: int) -> Array:
    """Mean base that flexible workers choose over the average wage, by the years paid on each tier [m]."""
    total = np.zeros_like(fund.floor[t])
    for tier, weight in zip(fund.flexible_tiers, fund.flexible_weights, strict=True):
        total += weight * np.minimum(np.maximum(tier, fund.floor[t]), fund.cap[t])
    return total


def paid_of_member(fund: EmployeeFund, t: int) -> float:
    """Contribution years of a member, employee or flexible worker, over those of an employee."""
    return (1 - fund.flexible_share) + fund.flexible_share * fund.flexible_payment[t]


def flexible_years(fund: EmployeeFund, t: int) -> float:
    """Share of flexible workers in what is paid of contribution years."""
    return fund.flexible_share * fund.flexible_payment[t] / paid_of_member(fund, t)


def employee_base(fund: EmployeeFund, relative_wage: Array, t: int) -> Array:
    """Mean contribution base of employees over the average wage [m x a]."""
    place = fund.base_level * relative_wage * fund.wage_level[t]
    median = place[:, None, None] * fund.wage_profile
    floor, cap = fund.floor[t][:, None, None], fund.cap[t][:, None, None]
    return clamped_lognormal(median, fund.wage_spread, floor, cap)


def bases_of(fund: EmployeeFund, relative_wage: Array) -> list[Array]:
    """The same by year; computed anew only where floor, cap or the level of wages change."""
    found: list[Array] = []
    law = np.concatenate([fund.floor, fund.cap, fund.wage_level[:, None]], axis=1)
    for t in range(len(law)):
        same = t > 0 and (law[t] == law[t - 1]).all()
        found.append(found[-1] if same else employee_base(fund, relative_wage, t))
    return found


def worth_of_account(fund: EmployeeFund, t: int) -> float:
    """Money that moves with a member for a unit of the account: with it goes the pooled part of past contribution bases."""
    return 1 + fund.transfer_rate[t] * fund.contributed_wages


@dataclass(frozen=True)
class Members:
    """Members after the year's entries."""

    rights: Rights
    active: Array
    paid: Array
    """Contribution years of a full year."""


def enrol(
    fund: EmployeeFund, ages: Ages, enrolment: Enrolment, persons: Array, rights: Rights, t: int
) -> Members:
    """Members join up to the local coverage; those beyond it are dormant."""
    flexible = fund.flexible_share
    offered = 1 - flexible + flexible * enrolment.take_up[t] * enrolment.flexible_access[t]
    target = persons * ages.coverage[t] * offered[:, None, None]
    target = target * fund.coverage_factor[:, None, None, None]
    joining = ages.entry * np.maximum(target - rights.members, 0)
    members = rights.members + joining
    active = np.minimum(target, members)
    paid = active * fund.density[t][:, None, None, None] * paid_of_member(fund, t)
    return Members(replace(rights, members=members), active, paid)


@dataclass(frozen=True)
class Credit:
    """What a contribution year earns by cell [m 1 x a]."""

    index: Array
    deposit: Array


def credit(fund: EmployeeFund, base: Array, wage: Array, t: int) -> Credit:
    """Employees and flexible workers of a cell together."""
    share = flexible_years(fund, t)
    employee = (1 - share) * base
    flexible = share * flexible_base(fund, t)[:, None, None]
    deposit = employee * fund.account_rate[t] + flexible * fund.flexible_account_rate[t]
    return Credit((employee + flexible)[:, None], (wage[:, None, None] * deposit)[:, None])


def keep(held: Members, earned: Credit, rate: float, living: Array, staying: Array) -> Rights:
    """Rights, a year older, of those who neither die nor retire; the year's deposits earn half its interest.

    Args:
        held: members of 1 January.
        earned: of a contribution year.
        rate: notional rate.
        living: share that survives [m 1 x a].
        staying: share that does not retire [x a].
    """
    rights, paid = held.rights, held.paid
    share = living * staying
    return Rights(
        members=age(share * rights.members),
        service=age(share * (rights.service + paid)),
        index=age(share * (rights.index + paid * earned.index)),
        accounts=age(
            share * (rights.accounts * (1 + rate) + paid * earned.deposit * (1 + rate / 2))
        ),
    )


def left_by_members(
    held: Members, earned: Credit, rate: float, living: Array, staying: Array
) -> Array:
    """Accounts that heirs of members get [m]: half a year's interest and half of the year's deposits."""
    account = held.rights.accounts * (1 + rate / 2) + 0.5 * held.paid * earned.deposit
    return ((1 - living) * staying * account).sum(axis=(1, 2, 3))


def retire(held: Members, earned: Credit, rate: float, hazard: Array, drawing: Array) -> Rights:
    """Rights of those who retire in the year on the day they do [m c x a]: they have paid until then."""
    part = 1 - drawing
    paid = held.paid * part
    grown = held.rights.accounts * (1 + rate * part)
    deposits = paid * earned.deposit * (1 + rate * part / 2)
    return Rights(
        members=hazard * held.rights.members,
        service=hazard * (held.rights.service + paid),
        index=hazard * (held.rights.index + paid * earned.index),
        accounts=hazard * (grown + deposits),
    )


@dataclass(frozen=True)
class Claims:
    """What those who retire bring [m x a]."""

    heads: Array
    points: Array
    """Pension over the reference wage, without what depends on the index."""
    indexed: Array
    """That part."""
    accounts: Array
    refunded: Array
    made_up: Array
    """Missing years that are paid at the pension age."""


def qualify(
    fund: EmployeeFund, wage: Array, deemed: Array, province: Array, held: Rights, t: int
) -> Claims:
    """Who reaches the minimum years, who pays the missing ones, who gets the account back.

    Args:
        fund: rules.
        wage: average wage [m].
        deemed: years before individual accounts of who retires in the year [x a p].
        province: of the municipalities.
        held: rights of those who retire [m x a]; a cell is everybody in it, whatever the registration.
        t: years since the opening.
    """
    minimum, base = fund.minimum_years[t], flexible_base(fund, t)[:, None, None]
    mean = _quotient(held.service, held.members)
    enough = share_reaching(mean, minimum, fund.service_spread)
    of_years = total_of_those(mean, minimum, fund.service_spread)
    paying = fund.make_up * (1 - enough) * held.members  # those who fall short and pay the rest
    kept = of_years + fund.make_up * (1 - of_years)  # part of the cell's rights that qualifies
    missing = paying * minimum - fund.make_up * (1 - of_years) * held.service
    heads = enough * held.members + paying
    years = kept * held.service + missing
    index_years = kept * held.index + missing * base
    # Basic pension (B + B·Z)/2 · n · 1 %, with Guangdong's a·B for those of a low index.
    low = fund.low_index[province][:, None, None]
    ratio = _quotient(index_years, years)
    factor = np.where(low > 0, np.minimum(ratio / np.where(low > 0, low, 1), 1), 1)
    basic, basic_indexed = factor * years / 2 * fund.accrual[t], index_years / 2 * fund.accrual[t]
    # Transitional pension B · ((1 − w) + w·Z) · n · c, Z of all years.
    own_index = np.maximum(
        _quotient(held.index, held.service), fund.index_floor[province][:, None, None]
    )
    weight = fund.transition_weight[province][:, None, None]
    bridge = np.moveaxis(deemed, -1, 0)[province]
    bridge = bridge * fund.transition_coefficient[province][:, None, None] * heads
    deposit = missing * base * wage[:, None, None] * fund.flexible_account_rate[t]
    return Claims(
        heads=heads,
        points=basic + (1 - weight) * bridge,
        indexed=basic_indexed + weight * bridge * own_index,
        accounts=kept * held.accounts + deposit,
        refunded=(1 - kept) * held.accounts,
        made_up=missing,
    )


def _quotient(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def claimed(near: Claims, far: Claims, place: Place, share: float, wage: Array) -> Claims:
    """Claims by municipality of the claim: of those registered in another province a share claims there.

    What depends on the index is counted by the wage of the claim place: index-years times wage are the same money.
    """
    wages = wage[:, None, None]

    def together(of_near: Array, of_far: Array) -> Array:
        return of_near + (1 - share) * of_far + share * sent_home(of_far, place)

    return Claims(
        heads=together(near.heads, far.heads),
        points=together(near.points, far.points),
        indexed=together(near.indexed * wages, far.indexed * wages) / wages,
        accounts=together(near.accounts, far.accounts),
        refunded=near.refunded + far.refunded,
        made_up=near.made_up + far.made_up,
    )


def sent_home(stock: Array, place: Place) -> Array:
    """What is held by people registered in another province, by municipality of their registration [m x a]."""
    residence = place.geography.sums(stock)
    registered = np.einsum("rh,rxa->hxa", place.home, residence)
    return registered[place.geography.province] * place.home_share[:, None, None]


@dataclass(frozen=True)
class Paid:
    """What pensioners are paid in a year [m], and what is left of their stock on 31 December, a year older."""

    stock: Awarded
    heads: Array
    pensions: list[Array]
    inherited: Array


def award(
    claims: Claims,
    reference: list[tuple[Array, Array]],
    inverse_divisor: Array,
    drawing: Array,
    place: Place,
    rate: float,
) -> tuple[Paid, list[Array]]:
    """New pensions, paid from the month of retirement on, and their annual rate [m] by policy."""
    yearly = 12 * claims.accounts * inverse_divisor
    pensions = [
        flat[:, None, None] * claims.points + own[:, None, None] * claims.indexed + yearly
        for flat, own in reference
    ]
    drawn = yearly * drawing
    left = claims.accounts * (1 + rate * drawing) - drawn * (1 + rate * drawing / 2)
    part, living = drawing * (1 + place.living) / 2, place.living
    paid = Paid(
        Awarded(
            age(living * claims.heads),
            [age(living * p) for p in pensions],
            age(living * yearly),
            age(living * left),
        ),
        local(part * claims.heads),
        [local(part * p) for p in pensions],
        local((1 - living) * (claims.accounts - drawn / 2)),
    )
    return paid, [local(p) for p in pensions]


def local(stock: Array) -> Array:
    """Sum of a stock by municipality."""
    return stock.reshape(len(stock), -1).sum(axis=1)


def from_accounts(accounts: Array, yearly: Array, spread: float) -> Array:
    """What accounts pay in a year: their yearly amount, or less where they are exhausted before its end."""
    return yearly * mean_up_to(_quotient(accounts, yearly), 1.0, spread)


def pay(stock: Awarded, indexation: float, rate: float, spread: float, living: Array) -> Paid:
    """A year of pensions in payment: they rise on 1 January, the pool pays on where an account is exhausted."""
    pensions = [p * (1 + indexation) for p in stock.pension]
    drawn = from_accounts(stock.accounts, stock.account_pension, spread)
    left = np.maximum(stock.accounts * (1 + rate) - drawn * (1 + rate / 2), 0)
    part = (1 + living) / 2
    return Paid(
        Awarded(
            age(living * stock.heads),
            [age(living * p) for p in pensions],
            age(living * stock.account_pension),
            age(living * left),
        ),
        local(part * stock.heads),
        [local(part * p) for p in pensions],
        local((1 - living) * (stock.accounts - drawn / 2)),
    )


def both(old: Awarded, new: Awarded) -> Awarded:
    """Pensions in payment with those of the year's awards."""
    return Awarded(
        old.heads + new.heads,
        [a + b for a, b in zip(old.pension, new.pension, strict=True)],
        old.account_pension + new.account_pension,
        old.accounts + new.accounts,
    )


@dataclass(frozen=True)
class Stocks:
    """Stocks of a fund."""

    rights: Rights
    awarded: Awarded


@dataclass(frozen=True)
class FundYear:
    """What a year leaves: stocks before the year's moves, flows, who is in the track."""

    stocks: Stocks
    flows: Flows
    track: Track


def deemed_in(fund: EmployeeFund, t: int) -> Array:
    """Years before individual accounts by age on 1 January of a year [x a p]: those of the same cohort at the opening."""
    found = np.zeros_like(fund.deemed)
    found[:, t:] = fund.deemed[:, : AGES - t]
    return found


def fund_year(
    fund: EmployeeFund,
    ages: Ages,
    base: Array,
    enrolment: Enrolment,
    place: Place,
    persons: Array,
    stocks: Stocks,
    year: Year,
    reference: list[tuple[Array, Array]],
    t: int,
) -> FundYear:
    """One year of the fund, before people move inside the country.

    Args:
        fund: rules.
        ages: retirement and coverage.
        base: of :func:`employee_base`, of the year.
        enrolment: rules of enrolment.
        place: places, and who lives through the year.
        persons: on 1 January.
        stocks: on 1 January.
        year: drivers.
        reference: reference wage of every benefit policy [m].
        t: years since the opening.
    """
    province, rate = place.geography.province, year.notional_rate
    wage, living = year.wage[province], place.living[:, None]
    hazard, drawing = ages.hazard[t], ages.drawing[t]
    held = enrol(fund, ages, enrolment, persons, stocks.rights, t)
    earned = credit(fund, base, wage, t)
    retiring = retire(held, earned, rate, hazard, drawing)
    deemed = deemed_in(fund, t)
    near, far = (
        qualify(fund, wage, deemed, province, _of_classes(retiring, classes), t)
        for classes in ([HERE, NEAR], [FAR])
    )
    claims = claimed(near, far, place, fund.claim_home, wage)
    first, rates = award(claims, reference, ages.inverse_divisor[t], drawing, place, rate)
    running = pay(stocks.awarded, year.indexation, rate, fund.account_spread, place.living)
    cash = held.paid * ((1 - hazard) * (1 + living) / 2 + hazard * (1 - drawing))
    bequests = left_by_members(held, earned, rate, living, 1 - hazard)
    grants = grants_on_death(fund, held, stocks.awarded.heads, claims.heads, hazard, place, t)
    grants = grants * fund.grant_income * wage / 12
    flows = _flows(fund, base, cash, claims, bequests, grants, first, running, rates, wage, t)
    return FundYear(
        Stocks(
            keep(held, earned, rate, living, 1 - hazard),
            both(running.stock, first.stock),
        ),
        flows,
        Track(held.active, stocks.awarded.heads),
    )


def grants_on_death(
    fund: EmployeeFund,
    held: Members,
    pensioners: Array,
    claimants: Array,
    hazard: Array,
    place: Place,
    t: int,
) -> Array:
    """Months of grants on the deaths of members, of pensioners and of those who retire in the year, who die after it [m].

    Args:
        fund: rules.
        held: members of the year.
        pensioners: on 1 January, by municipality of the claim [m x a].
        claimants: who retires in the year, likewise.
        hazard: share that retires [x a].
        place: who lives through the year.
        t: years since the opening.
    """
    dying = 1 - place.living
    members, service = held.rights.members, held.rights.service
    before = death_grant.of_members(
        members, service, dying * (1 - hazard), fund.grant_law, fund.service_spread, t
    )
    drawing = pensioners + claimants
    return before + death_grant.of_pensioners(drawing, dying, fund.pensioner_grants[t])


def _of_classes(rights: Rights, classes: list[int]) -> Rights:
    """The rights of some registration classes together [m x a]."""
    return Rights(
        *(
            getattr(rights, name)[:, classes].sum(axis=1)
            for name in ("members", "service", "index", "accounts")
        )
    )


def _flows(
    fund: EmployeeFund,
    base: Array,
    cash: Array,
    claims: Claims,
    bequests: Array,
    grants: Array,
    first: Paid,
    running: Paid,
    new_pensions: list[Array],
    wage: Array,
    t: int,
) -> Flows:
    contributors = local(cash)
    chosen, share = flexible_base(fund, t), flexible_years(fund, t)
    employee = wage * (1 - share) * local(cash * base[:, None])
    flexible = wage * chosen * (share * contributors + local(claims.made_up))
    employee_rate = fund.employer_rate[t] + fund.employee_rate[t]
    flexible_rate = fund.flexible_pooled_rate[t] + fund.flexible_account_rate[t]
    pensions = [a + b for a, b in zip(first.pensions, running.pensions, strict=True)]
    inherited, refunded = bequests + first.inherited + running.inherited, local(claims.refunded)
    other = [fund.other_outgo * p for p in pensions]
    beside = grants + inherited + refunded
    subsidy = [
        fund.subsidy_level[t]
        * (fund.subsidy_of_outgo * (p + beside + o) + fund.subsidy_of_wage * wage)
        for p, o in zip(pensions, other, strict=True)
    ]
    return Flows(
        contributors=contributors,
        insured=_quotient(contributors, fund.density[t] * paid_of_member(fund, t)),
        beneficiaries=first.heads + running.heads,
        new_beneficiaries=local(claims.heads),
        new_pensions=new_pensions,
        wage_bill=employee + flexible,
        contributions=fund.compliance[t] * (employee * employee_rate + flexible * flexible_rate),
        contributions_account=employee * fund.account_rate[t]
        + flexible * fund.flexible_account_rate[t],
        pensions=pensions,
        cash_benefits=grants,
        inherited_accounts=inherited,
        refunded_accounts=refunded,
        linked_accounts=np.zeros_like(contributors),
        other_outgo=other,
        scheduled_subsidy=subsidy,
    )
