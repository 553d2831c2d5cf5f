"""The life calculator under the engine's conventions: calendar years, and a chance to be alive instead of a date of death.

The law is that of ``calculator.py``. What the engine adds, and what is written down here in its own words (README, section
5), is when things happen in a year:

* who lives through a year without retiring pays what the year has; who dies in it has paid half of it;
* who retires in a month works and pays until its end, draws the pension afterwards, and dies, if at all, after it began;
* an account earns the year's rate on what was there on 1 January and half of it on what was paid in or out; who dies at
  work leaves the account with half a year's interest and half of the year's deposit, who dies as a pensioner without;
* pensions in payment rise on 1 January; of a year in which somebody dies half is paid.

Amounts are expected values: those of a person who lives, times the chance to live, and those of one who dies, times that of
dying. Money is yuan a year.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lives.calculator import ACCOUNT_RATE as ACCOUNT_BY_MONTH
from lives.calculator import (
    CAP,
    EMPLOYEE_RATE,
    FLEXIBLE_ACCOUNT_RATE,
    FLEXIBLE_POOLED_RATE,
    FLOOR,
    divisor,
    in_force,
    minimum_years,
    retirement,
)
from lives.calculator import EMPLOYER_RATE as EMPLOYER_BY_MONTH


@dataclass(frozen=True)
class Year:
    """What one calendar year brings."""

    wage: float
    """Average wage in use; a year."""
    reference_wage: float
    """Of the place where the pension is claimed; a year."""
    interest: float
    rise: float
    """Of pensions in payment, on 1 January."""
    survival: float
    paid: float
    """Contribution years, if the whole year is worked."""
    relative_wage: float
    """Own wage over the average wage, before floor and cap."""


@dataclass(frozen=True)
class Life:
    """A person on 1 January of the first year."""

    group: str
    birth: int
    first_year: int
    years: Sequence[Year]
    service: float
    index_years: float
    account: float
    flexible: bool = False
    chosen: float = FLOOR
    """Base that a flexible worker chooses, and on which missing years are paid; over the average wage."""
    makes_up: bool = False
    pre_account_years: float = 0.0
    coefficient: float = 0.0
    index_weight: float = 1.0
    lowest_index: float = 0.0
    """Of the transitional pension."""
    low_index: float = 0.0
    """Index below which the reference wage of the basic pension is reduced; 0 where there is no such rule."""


@dataclass
class Record:
    """Rights on 31 December and money of the year, weighted by the chances to live."""

    working: float = 0.0
    service: float = 0.0
    index_years: float = 0.0
    account: float = 0.0
    drawing: float = 0.0
    pension: float = 0.0
    account_pension: float = 0.0
    remaining: float = 0.0
    contributions: float = 0.0
    credited: float = 0.0
    new_pension: float = 0.0
    paid: float = 0.0
    inherited: float = 0.0
    refunded: float = 0.0


@dataclass(frozen=True)
class Terms:
    """Base over the average wage, and rates on it."""

    base: float
    contribution: float
    account: float


def terms(life: Life, year: Year, calendar: int) -> Terms:
    """Of a contribution year; a rate that changes within the year counts by months."""
    if life.flexible:
        base = min(max(life.chosen, FLOOR), CAP)
        return Terms(base, FLEXIBLE_POOLED_RATE + FLEXIBLE_ACCOUNT_RATE, FLEXIBLE_ACCOUNT_RATE)
    months = range(12 * calendar, 12 * calendar + 12)
    employer = sum(in_force(EMPLOYER_BY_MONTH, each) for each in months) / 12
    account = sum(in_force(ACCOUNT_BY_MONTH, each) for each in months) / 12
    return Terms(min(max(year.relative_wage, FLOOR), CAP), employer + EMPLOYEE_RATE, account)


@dataclass
class Standing:
    """A person who is alive: rights, then a pension."""

    service: float
    index_years: float
    account: float
    pension: float = 0.0
    account_pension: float = 0.0


def follow(life: Life) -> list[Record]:
    """The life, year by year."""
    when = retirement(life.birth, life.group)
    person = Standing(life.service, life.index_years, life.account)
    alive, left, records = 1.0, False, []
    for calendar, year in enumerate(life.years, life.first_year):
        record = Record()
        if left:
            pass
        elif calendar < when // 12:
            _work(life, person, year, calendar, alive, record)
        elif calendar == when // 12:
            left = not _retire(life, person, year, when, alive, record)
        else:
            _draw(person, year, alive, record)
        alive *= year.survival
        if not left:
            _stand(person, alive, calendar < when // 12, record)
        records.append(record)
    return records


def _stand(person: Standing, alive: float, working: bool, record: Record) -> None:
    """Rights of 31 December."""
    if working:
        record.working, record.service = alive, alive * person.service
        record.index_years, record.account = alive * person.index_years, alive * person.account
    else:
        record.drawing, record.pension = alive, alive * person.pension
        record.account_pension = alive * person.account_pension
        record.remaining = alive * person.account


def _work(
    life: Life, person: Standing, year: Year, calendar: int, alive: float, record: Record
) -> None:
    """A whole year of work."""
    given = terms(life, year, calendar)
    bases = year.paid * given.base * year.wage
    deposit, dying = bases * given.account, 1 - year.survival
    record.contributions = alive * (1 - dying / 2) * bases * given.contribution
    record.credited = alive * (1 - dying / 2) * deposit
    record.inherited = alive * dying * (person.account * (1 + year.interest / 2) + deposit / 2)
    person.account = person.account * (1 + year.interest) + deposit * (1 + year.interest / 2)
    person.service += year.paid
    person.index_years += year.paid * given.base


def _retire(
    life: Life, person: Standing, year: Year, when: int, alive: float, record: Record
) -> bool:
    """The year of retirement; False if the years do not suffice."""
    worked = (when % 12 + 1) / 12
    given = terms(life, year, when // 12)
    paid, interest = year.paid * worked, year.interest * worked
    deposit = paid * given.base * year.wage * given.account
    contributions = paid * given.base * year.wage * given.contribution
    person.account = person.account * (1 + interest) + deposit * (1 + interest / 2)
    person.service += paid
    person.index_years += paid * given.base
    missing = minimum_years(when) - person.service
    if missing > 0:
        if not life.makes_up:
            record.contributions, record.credited = alive * contributions, alive * deposit
            record.refunded = alive * person.account
            return False
        chosen = min(max(life.chosen, FLOOR), CAP)
        bases = missing * chosen * year.wage
        contributions += bases * (FLEXIBLE_POOLED_RATE + FLEXIBLE_ACCOUNT_RATE)
        deposit += bases * FLEXIBLE_ACCOUNT_RATE
        person.account += bases * FLEXIBLE_ACCOUNT_RATE
        bridge_index = person.index_years / person.service if person.service else 0.0
        person.service += missing
        person.index_years += missing * chosen
    else:
        bridge_index = person.index_years / person.service
    record.contributions, record.credited = alive * contributions, alive * deposit
    index = person.index_years / person.service
    weight = life.index_weight
    share = min(index / life.low_index, 1.0) if life.low_index else 1.0
    basic = year.reference_wage * (share + index) / 2 * person.service * 0.01
    bridge_index = max(bridge_index, life.lowest_index)
    bridge = (1 - weight + weight * bridge_index) * life.pre_account_years * life.coefficient
    person.account_pension = 12 * person.account / divisor(when - life.birth)
    person.pension = basic + year.reference_wage * bridge + person.account_pension
    drawn, interest = person.account_pension * (1 - worked), year.interest * (1 - worked)
    dying = 1 - year.survival
    record.new_pension = alive * person.pension
    record.paid = alive * (1 - worked) * (1 - dying / 2) * person.pension
    record.inherited = alive * dying * (person.account - drawn / 2)
    person.account = person.account * (1 + interest) - drawn * (1 + interest / 2)
    return True


def _draw(person: Standing, year: Year, alive: float, record: Record) -> None:
    """A year of a pension in payment."""
    person.pension *= 1 + year.rise
    drawn, dying = min(person.account_pension, person.account), 1 - year.survival
    record.paid = alive * (1 - dying / 2) * person.pension
    record.inherited = alive * dying * (person.account - drawn / 2)
    left = person.account * (1 + year.interest) - drawn * (1 + year.interest / 2)
    person.account = max(left, 0.0)
