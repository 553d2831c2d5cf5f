"""A resident of the calculator under the engine's conventions: see ``by_year.py`` for what happens when in a year.

The law is Guofa [2014] 8: a premium of one's choice, a subsidy by tier, an account with interest; at 60 a base pension and
the account over 139 for those with 15 years. Amounts are expected values; money is yuan a year.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lives.by_year import Record
from lives.calculator import RESIDENT_AGE, RESIDENT_DIVISOR, RESIDENT_YEARS, entry_subsidy


@dataclass(frozen=True)
class ResidentYear:
    """What one calendar year brings."""

    premium: float
    base_pension: float
    interest: float
    survival: float


@dataclass(frozen=True)
class Resident:
    """A resident on 1 January of the first year."""

    birth: int
    first_year: int
    years: Sequence[ResidentYear]
    service: float
    account: float
    paying: float
    """Share of a year's premium that is paid."""
    makes_up: bool = False


def follow_resident(life: Resident) -> list[Record]:
    """The life, year by year."""
    when = life.birth + RESIDENT_AGE
    service, account, yearly = life.service, life.account, 0.0
    alive, insured, records = 1.0, True, []
    for calendar, year in enumerate(life.years, life.first_year):
        record, dying = Record(), 1 - year.survival
        credit = year.premium + entry_subsidy(year.premium)
        if calendar < when // 12:
            deposit = life.paying * credit
            record.contributions = alive * (1 - dying / 2) * life.paying * year.premium
            record.inherited = alive * dying * (account * (1 + year.interest / 2) + deposit / 2)
            account = account * (1 + year.interest) + deposit * (1 + year.interest / 2)
            service += life.paying
        elif calendar == when // 12:
            worked = (when % 12 + 1) / 12
            paid, interest = life.paying * worked, year.interest * worked
            account = account * (1 + interest) + paid * credit * (1 + interest / 2)
            service += paid
            missing = max(RESIDENT_YEARS - service, 0.0)
            if missing and not life.makes_up:
                record.refunded, insured = alive * account, False
            else:
                # Governments add nothing to years that are made up.
                account += missing * year.premium
                paid += missing
                yearly = 12 * account / RESIDENT_DIVISOR
                pension, drawn = year.base_pension + yearly, yearly * (1 - worked)
                record.new_pension = alive * pension
                record.paid = alive * (1 - worked) * (1 - dying / 2) * pension
                record.inherited = alive * dying * (account - drawn / 2)
                interest = year.interest * (1 - worked)
                account = account * (1 + interest) - drawn * (1 + interest / 2)
            record.contributions = alive * paid * year.premium
        elif insured:
            drawn = min(yearly, account)
            record.paid = alive * (1 - dying / 2) * (year.base_pension + yearly)
            record.inherited = alive * dying * (account - drawn / 2)
            account = max(account * (1 + year.interest) - drawn * (1 + year.interest / 2), 0.0)
        alive *= year.survival
        if calendar < when // 12:
            record.working, record.service = alive, alive * service
            record.account = alive * account
        elif insured:
            record.drawing, record.account_pension = alive, alive * yearly
            record.remaining = alive * account
        record.credited = record.contributions
        records.append(record)
    return records
