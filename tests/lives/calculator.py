"""One person's social insurance in China, computed alone, in plain Python: a second opinion on the cohort engine.

Written from the law, read from top to bottom, with nothing imported but the standard library. A date is a month, counted
from the year 0; a person's life is a list of months. Money is yuan; wages, bases and pensions are monthly unless a name or
a line says otherwise.

Sources: Guofa [2005] 38 (employee pension), Social Insurance Law, NPCSC decision of 13 September 2024 (ages, minimum
years), Guobanfa [2009] 66 (moves), Renshebufa [2021] 18 (grants on death), Guofa [2014] 8 (residents' pension),
Unemployment Insurance Regulations, Regulations on Work Injury Insurance, Guobanfa [2021] 14 (medical accounts),
Guobanfa [2024] 38 (residents' health insurance).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# ----------------------------------------------------------------------------------------------------------------------
# Dates, and values that change on dates
# ----------------------------------------------------------------------------------------------------------------------


def month(text: str) -> int:
    """Months since the year 0 of "1965-01"."""
    year, number = text.split("-")
    return 12 * int(year) + int(number) - 1


def text_of(when: int) -> str:
    """The month as "1965-01"."""
    return f"{when // 12}-{when % 12 + 1:02}"


def in_force(steps: Mapping[int, float], when: int) -> float:
    """The value of the latest date not after ``when``; 0 before the first. Dates and ``when`` in one unit."""
    begun = [start for start in steps if start <= when]
    return steps[max(begun)] if begun else 0.0


def by_month(steps: Mapping[str, float]) -> dict[int, float]:
    """Steps dated "2006-01" with months as keys."""
    return {month(start): value for start, value in steps.items()}


# ----------------------------------------------------------------------------------------------------------------------
# Employee pension: when
# ----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """A retirement rule: age before the reform, original months that share a month of delay, longest delay; months."""

    original_age: int
    step: int
    cap: int


GROUPS = {
    "men": Group(60 * 12, 4, 36),
    "women_cadre": Group(55 * 12, 4, 36),
    "women_worker": Group(50 * 12, 2, 60),
}
REFORM = month("2025-01")


def retirement(birth: int, group: str) -> int:
    """Statutory month of retirement (decision of 2024, art. 1); the pension starts the month after."""
    rule = GROUPS[group]
    original = birth + rule.original_age
    if original < REFORM:
        return original
    return original + min((original - REFORM) // rule.step + 1, rule.cap)


def minimum_years(retired: int) -> float:
    """Contribution years needed (decision of 2024, art. 2): by the year of retirement, 15, from 2030 half a year more
    every year, 20 from 2039."""
    return min(15.0 + 0.5 * max(retired // 12 - 2029, 0), 20.0)


DIVISORS_FROM_40 = (
    *(233, 230, 226, 223, 220, 216, 212, 208, 204, 199),
    *(195, 190, 185, 180, 175, 170, 164, 158, 152, 145),
    *(139, 132, 125, 117, 109, 101, 93, 84, 75, 65, 56),
)


def divisor(age_months: int) -> float:
    """Months by which an account is divided (annex of Guofa [2005] 38); between birthdays in equal parts, one decimal."""
    years, months = divmod(age_months, 12)
    here = Decimal(DIVISORS_FROM_40[years - 40])
    if months == 0:
        return float(here)
    after = Decimal(DIVISORS_FROM_40[years - 39])
    exact = here - (here - after) * months / 12
    return float(exact.quantize(Decimal("0.1"), ROUND_HALF_UP))


# ----------------------------------------------------------------------------------------------------------------------
# Employee pension: contributions
# ----------------------------------------------------------------------------------------------------------------------

EMPLOYER_RATE = by_month({"1998-01": 0.20, "2016-05": 0.19, "2019-05": 0.16})
EMPLOYEE_RATE = 0.08
FLEXIBLE_POOLED_RATE, FLEXIBLE_ACCOUNT_RATE = 0.12, 0.08
ACCOUNT_RATE = by_month({"1996-01": 0.11, "2006-01": 0.08})
"""Credited to the account, over the base; 11 % were 8 of the employee's own and 3 of the employer's."""
FLOOR, CAP = 0.6, 3.0

NOTIONAL_RATE = {
    2016: 0.0831,
    2017: 0.0712,
    2018: 0.0829,
    2019: 0.0761,
    2020: 0.0604,
    2021: 0.0669,
    2022: 0.0612,
    2023: 0.0397,
    2024: 0.0262,
    2025: 0.0150,
}

Wages = Mapping[str, Mapping[int, float]]
"""Average wage by place and year of use (it was earned the year before); it holds until the next year given."""


def base_of(wage: float, average: float) -> float:
    """Contribution base: the own wage between 60 and 300 % of the average wage."""
    return min(max(wage, FLOOR * average), CAP * average)


@dataclass(frozen=True)
class Spell:
    """A time of one kind in one place: ``employee``, ``flexible``, or ``deemed`` (years before there were contributions).

    The own wage is given in yuan, or as a multiple of the average wage: what a flexible worker chooses, or the index of
    deemed years.
    """

    place: str
    first: int
    last: int
    kind: str = "employee"
    wage: float | None = None
    multiple: float | None = None


@dataclass(frozen=True)
class Paid:
    """One contribution month."""

    when: int
    place: str
    kind: str
    base: float

    @property
    def contribution(self) -> float:
        """Paid by employer and employee, or by the flexible worker."""
        if self.kind == "deemed":
            return 0.0
        if self.kind == "flexible":
            return self.base * (FLEXIBLE_POOLED_RATE + FLEXIBLE_ACCOUNT_RATE)
        return self.base * (in_force(EMPLOYER_RATE, self.when) + EMPLOYEE_RATE)

    @property
    def deposit(self) -> float:
        """Credited to the individual account."""
        return 0.0 if self.kind == "deemed" else self.base * in_force(ACCOUNT_RATE, self.when)


def career(spells: Sequence[Spell], wages: Wages, until: int) -> list[Paid]:
    """The contribution months of all spells up to and including ``until``."""
    months = []
    for spell in spells:
        for when in range(spell.first, min(spell.last, until) + 1):
            average = in_force(wages[spell.place], when // 12)
            wage = spell.wage if spell.wage is not None else (spell.multiple or 0.0) * average
            base = wage if spell.kind == "deemed" else base_of(wage, average)
            months.append(Paid(when, spell.place, spell.kind, base))
    return sorted(months, key=lambda each: each.when)


def account_on(
    months: Sequence[Paid],
    until: int,
    rates: Mapping[int, float],
    own_year: float = 0.5,
    opening: float = 0.0,
) -> float:
    """Individual account at the end of the month ``until``, credited year by year.

    What was there on 1 January earns the year's rate; what is paid in during the year earns the part ``own_year`` of it:
    half where payments are spread over the year, 0 where a province credits nothing to them. A year broken off earns by
    months.
    """
    balance = opening
    if not months and not opening:
        return 0.0
    first = months[0].when // 12 if months else until // 12
    for year in range(first, until // 12 + 1):
        part = (until % 12 + 1) / 12 if year == until // 12 else 1.0
        rate = in_force(rates, year) * part
        deposits = sum(paid.deposit for paid in months if paid.when // 12 == year)
        balance = balance * (1 + rate) + deposits * (1 + own_year * rate)
    return balance


# ----------------------------------------------------------------------------------------------------------------------
# Employee pension: moves
# ----------------------------------------------------------------------------------------------------------------------


def claim_place(months: Sequence[Paid], registered: str) -> str:
    """Where the pension is claimed (Guobanfa [2009] 66, art. 6): at the place of registration if the insurance is there;
    else the latest place, going back, with ten years of contributions; else at the place of registration."""
    if months[-1].place == registered:
        return registered
    paid = Counter(each.place for each in months)
    backwards = dict.fromkeys(each.place for each in reversed(months))
    return next((place for place in backwards if paid[place] >= 120), registered)


def index_at(months: Sequence[Paid], wages: Wages, place: str) -> float:
    """Contribution index: mean over the contribution months of the own base over the claim place's average wage of that
    year, wherever it was paid (Guobanfa [2009] 66, art. 7)."""
    return sum(each.base / in_force(wages[place], each.when // 12) for each in months) / len(months)


def transferred(months: Sequence[Paid], place: str) -> float:
    """Pooled money that follows a member who leaves a place: 12 % of the bases since 1998 (Guobanfa [2009] 66, art. 4)."""
    since = month("1998-01")
    return 0.12 * sum(each.base for each in months if each.place == place and each.when >= since)


# ----------------------------------------------------------------------------------------------------------------------
# Employee pension: the award
# ----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Award:
    """The three parts of a new pension."""

    basic: float
    account: float
    transitional: float

    @property
    def pension(self) -> float:
        """A month."""
        return self.basic + self.account + self.transitional


def basic_pension(reference_wage: float, index: float, years: float, place: str = "") -> float:
    """(B + B Z)/2 n 1 %; in Guangdong (a B + B Z)/2 n 1 % with a = Z/0.6 for an index Z below 0.6."""
    share = index / 0.6 if place == "guangdong" and index < 0.6 else 1.0
    return reference_wage * (share + index) / 2 * years * 0.01


@dataclass(frozen=True)
class Transition:
    """A province's rule for years before the accounts: pension for such a year, weight of the index in the base."""

    coefficient: float
    index_weight: float = 1.0
    coefficient_above_20: float | None = None
    lowest_index: float = 0.0


TRANSITION = {
    "liaoning": Transition(0.012, coefficient_above_20=0.014),
    "jilin": Transition(0.012, coefficient_above_20=0.014),
    "chongqing": Transition(0.014, index_weight=0.5),
    "qinghai": Transition(0.014, index_weight=0.5),
    "sichuan": Transition(0.013, index_weight=0.5),
    "inner_mongolia": Transition(0.012, lowest_index=1.0),
    "beijing": Transition(0.010),
    "henan": Transition(0.013),
    "shandong": Transition(0.013),
    "guangdong": Transition(0.012),
}
"""The variants, and some provinces with the plain rule B Z n c."""


def transitional_pension(
    reference_wage: float, index: float, years: float, rule: Transition
) -> float:
    """B ((1 - w) + w Z) n c, for those whose career began before there were accounts."""
    above = rule.coefficient_above_20
    coefficient = rule.coefficient if above is None or years <= 20 else above
    weight = rule.index_weight
    base = reference_wage * ((1 - weight) + weight * max(index, rule.lowest_index))
    return base * years * coefficient


@dataclass(frozen=True)
class Person:
    """Somebody insured in the employee pension."""

    group: str
    birth: int
    registered: str
    spells: Sequence[Spell]
    makes_up: bool = False
    """Pays missing years at retirement, at the lowest base."""


@dataclass(frozen=True)
class Retired:
    """What a career comes to."""

    retirement: int
    place: str
    months: int
    index: float
    balance: float
    contributions: float
    made_up: float
    award: Award
    refund: float


NOTHING = Award(0.0, 0.0, 0.0)


def retire(
    person: Person,
    wages: Wages,
    reference_wage: Mapping[str, float],
    rates: Mapping[int, float],
    own_year: float = 0.5,
) -> Retired:
    """A career to its pension: contributions, claim place, index, account, minimum years, award or refund.

    Args:
        person: with the spells of work.
        wages: average wage in use, by place and year.
        reference_wage: of the year of retirement, by place.
        rates: notional rates by year.
        own_year: see :func:`account_on`.
    """
    when = retirement(person.birth, person.group)
    months = career(person.spells, wages, when)
    place = claim_place(months, person.registered)
    index = index_at(months, wages, place)
    balance = account_on(months, when, rates, own_year)
    count, made_up = len(months), 0.0
    missing = max(12 * minimum_years(when) - count, 0.0)
    if missing and person.makes_up:
        base = FLOOR * in_force(wages[place], when // 12)
        made_up = missing * base * (FLEXIBLE_POOLED_RATE + FLEXIBLE_ACCOUNT_RATE)
        balance += missing * base * FLEXIBLE_ACCOUNT_RATE
        index = (count * index + missing * FLOOR) / (count + missing)
        count, missing = int(count + missing), 0.0
    paid = sum(each.contribution for each in months)
    if missing:
        return Retired(when, place, count, index, balance, paid, made_up, NOTHING, balance)
    years = count / 12
    deemed = sum(each.kind == "deemed" for each in months) / 12
    bridge = 0.0
    if deemed:
        bridge = transitional_pension(reference_wage[place], index, deemed, TRANSITION[place])
    new = Award(
        basic_pension(reference_wage[place], index, years, place),
        balance / divisor(when - person.birth),
        bridge,
    )
    return Retired(when, place, count, index, balance, paid, made_up, new, 0.0)


# ----------------------------------------------------------------------------------------------------------------------
# Employee pension: in payment, and death
# ----------------------------------------------------------------------------------------------------------------------


def indexed(pension: float, rises: Sequence[float]) -> float:
    """A pension after the rises of several years."""
    for rise in rises:
        pension *= 1 + rise
    return pension


def drawn_down(balance: float, monthly: float, rates: Sequence[float]) -> list[tuple[float, float]]:
    """What the account pays in each year, and what is left: the pooled fund pays what the account cannot.

    Payments are spread over the year and miss half of its interest; the last one takes the account with its interest.
    """
    years = []
    for rate in rates:
        paid = min(12 * monthly, balance * (1 + rate) / (1 + rate / 2))
        balance = balance * (1 + rate) - paid * (1 + rate / 2)
        years.append((paid, balance))
    return years


FUNERAL_MONTHS = 2


def survivors_months(years: float, drawn: int = 0, *, retired: bool = False) -> int:
    """Lump sum to survivors in months of disposable income a head (Renshebufa [2021] 18): 3, 6, 9 months below 5, below 10
    and up to 15 contribution years, a month more for each year above, at most 24; of a pensioner a month less for each year
    drawn, at least 9."""
    if years < 5:
        months = 3
    elif years < 10:
        months = 6
    else:
        months = min(9 + max(int(years) - 15, 0), 24)
    return max(months - drawn, 9) if retired else months


# ----------------------------------------------------------------------------------------------------------------------
# Residents' pension (Guofa [2014] 8)
# ----------------------------------------------------------------------------------------------------------------------

RESIDENT_AGE, RESIDENT_YEARS, RESIDENT_DIVISOR = 60 * 12, 15, 139


def entry_subsidy(tier: float) -> float:
    """The least that governments add to a year's payment: 30 yuan, from the tier of 500 on 60."""
    return 60.0 if tier >= 500 else 30.0


def resident_account(
    payments: Mapping[int, float], until: int, rates: Mapping[int, float], own_year: float
) -> float:
    """Account with payments, subsidies and interest at the end of the month ``until``.

    Payments by year, in yuan a year; ``own_year`` as in :func:`account_on`.
    """
    balance = 0.0
    for year in range(min(payments), until // 12 + 1):
        part = (until % 12 + 1) / 12 if year == until // 12 else 1.0
        rate = in_force(rates, year) * part
        tier = payments.get(year, 0.0)
        deposit = tier + entry_subsidy(tier) if tier else 0.0
        balance = balance * (1 + rate) + deposit * (1 + own_year * rate)
    return balance


def resident_pension(years: int, base: float, balance: float) -> float:
    """Base pension and account/139 from 60 on, for life; nothing below 15 years."""
    return base + balance / RESIDENT_DIVISOR if years >= RESIDENT_YEARS else 0.0


# ----------------------------------------------------------------------------------------------------------------------
# Unemployment
# ----------------------------------------------------------------------------------------------------------------------


def unemployment_months(contributed: int) -> int:
    """Longest benefit after so many contribution months (Social Insurance Law, art. 45, 46)."""
    if contributed < 12:
        return 0
    if contributed < 60:
        return 12
    return 18 if contributed < 120 else 24


def unemployment_benefit(contributed: int, out_of_work: int, minimum_wage: float) -> float:
    """All benefits of a spell out of work: 90 % of the minimum wage a month."""
    return 0.9 * minimum_wage * min(out_of_work, unemployment_months(contributed))


# ----------------------------------------------------------------------------------------------------------------------
# Work injury (Regulations, art. 34-39)
# ----------------------------------------------------------------------------------------------------------------------

LUMP_MONTHS = {1: 27, 2: 25, 3: 23, 4: 21, 5: 18, 6: 16, 7: 13, 8: 11, 9: 9, 10: 7}
ALLOWANCE = {1: 0.90, 2: 0.85, 3: 0.80, 4: 0.75, 5: 0.70, 6: 0.60}
PAID_BY_FUND = (1, 2, 3, 4)
CARE = {"full": 0.5, "large": 0.4, "partial": 0.3}


@dataclass(frozen=True)
class Injury:
    """Benefits of one injury."""

    lump: float
    fund_monthly: float
    employer_monthly: float


def injury(grade: int, wage: float, average_wage: float = 0.0, care: str = "") -> Injury:
    """Lump sum and allowance by grade in own wages; care in average wages of the pooling area. The fund pays grades 1 to 4
    for life, the employer 5 and 6 where he offers no work."""
    allowance = ALLOWANCE.get(grade, 0.0) * wage
    of_fund = grade in PAID_BY_FUND
    return Injury(
        LUMP_MONTHS[grade] * wage,
        (allowance if of_fund else 0.0) + CARE.get(care, 0.0) * average_wage,
        0.0 if of_fund else allowance,
    )


@dataclass(frozen=True)
class FatalInjury:
    """Benefits of a death at work."""

    funeral: float
    lump: float
    dependants_monthly: float


def fatal_injury(
    wage: float, average_wage: float, income: float, *, spouse: bool, others: int, alone: int
) -> FatalInjury:
    """Six average wages, twenty yearly urban disposable incomes of the nation, and of the own wage 40 % for the spouse,
    30 % for every other dependant, 10 % more for those alone in the world, together at most the wage."""
    shares = 0.4 * spouse + 0.3 * others + 0.1 * alone
    return FatalInjury(6 * average_wage, 20 * income, min(shares, 1.0) * wage)


# ----------------------------------------------------------------------------------------------------------------------
# Health insurance
# ----------------------------------------------------------------------------------------------------------------------

MEDICAL_OWN_RATE = 0.02
MEDICAL_EMPLOYER_TO_ACCOUNT = 0.3
"""Part of the employer's contribution credited before the reform of the accounts (Guofa [1998] 44)."""


def medical_credit(base: float, employer_rate: float, *, reformed: bool) -> float:
    """Monthly credit to the account of somebody who works: the own 2 %, before the reform also part of the employer's."""
    employer = 0.0 if reformed else MEDICAL_EMPLOYER_TO_ACCOUNT * employer_rate
    return (MEDICAL_OWN_RATE + employer) * base


def medical_credit_retired(average_pension: float) -> float:
    """Monthly credit to a retired person's account: 2 % of the area's average pension in the year of reform, for good."""
    return 0.02 * average_pension


def medical_contribution(
    base: float, employer_rate: float, *, retired: bool, enough_years: bool
) -> float:
    """Monthly contribution of employer and employee: none from the retired with the minimum years (Law, art. 27)."""
    exempt = retired and enough_years
    return 0.0 if exempt else (MEDICAL_OWN_RATE + employer_rate) * base


def after_deductible(cost: float, deductible: float, share: float, ceiling: float) -> float:
    """What the pooled fund pays of treatment: a share above the deductible, up to a ceiling."""
    return min(share * max(cost - deductible, 0.0), ceiling)


def waiting_months(missed: int) -> int:
    """Months without benefits of a resident who enrols again: three, and one for each year missed (Guobanfa [2024] 38)."""
    return 3 + missed if missed else 0
