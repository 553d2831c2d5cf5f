"""What must agree inside the laws of a set: rules in force, in order, below each other; ages of retirement."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import numpy as np

from pooling.assumptions.dated import DatedRule
from pooling.assumptions.files import Reader
from pooling.assumptions.folder import Documents
from pooling.assumptions.model import AssumptionSet, SchemeRules
from pooling.assumptions.toml_text import Document, complain

ENROLMENT = "enrolment"
"""Law without a fund: who may enrol where."""


# ---- laws and funds


def check_laws(reader: Reader, documents: Documents, assumptions: AssumptionSet) -> None:
    """Every rule is in force in the valuation year."""
    start = date(assumptions.info.valuation_date.year, 1, 1)
    if ENROLMENT not in documents.laws:
        file = f"schemes/{ENROLMENT}.toml"
        reader.report(file, "", "no such file", "the rules of enrolment, which every set has")
    for module, law in assumptions.scheme_rules.items():
        document = documents.schemes[module]
        for name, rule in law.rules.items():
            if rule.dates[0] > start:
                path = ("rules", name)
                complain(
                    reader,
                    document,
                    path,
                    f"a first date of {rule.dates[0]}",
                    f"a value in force on {start}",
                )
            _check_in_reach(reader, document, name, rule, assumptions.info.horizon_last)
        _check_retirement_ages(reader, document, law, assumptions)
        # A rule that is missing has been reported.
        if set(OF_BASES) <= set(law.rules):
            _check_bases(reader, document, law, start)
        for ascending in ASCENDING:
            if set(ascending) <= set(law.rules):
                _check_order(reader, document, law, ascending, start)


ASCENDING = (
    ("qualifying_years", "middle_years", "long_years"),
    ("duration_short", "duration_middle", "duration_long"),
)
"""Rules of unemployment insurance none of which is below the one before it."""


def _check_order(
    reader: Reader, document: Document, law: SchemeRules, ascending: Sequence[str], start: date
) -> None:
    """From the valuation year on no rule is below the one before it."""
    for lower, upper in pairwise(ascending):
        low, high = law.rules[lower], law.rules[upper]
        for day in _days((low, high), start):
            if low.value_on(day) > high.value_on(day):
                found, allowed = f"{low.value_on(day):g} on {day}", f"at most {upper}"
                path = ("rules", lower)
                complain(reader, document, path, found, f"{allowed} = {high.value_on(day):g}")
                break


OF_BASES = ("floor_multiple", "cap_multiple", "limit_wage_municipal", "limit_wage_national")
"""Rules of the contribution bases of an employee pension."""


def _check_bases(reader: Reader, document: Document, law: SchemeRules, start: date) -> None:
    """From the valuation year on the floor of bases is below their cap, and they are multiples of one wage."""
    rules = [law.rules[name] for name in OF_BASES]
    for day in _days(rules, start):
        floor, cap, city, nation = (rule.value_on(day) for rule in rules)
        if floor > cap:
            path = ("rules", "floor_multiple")
            complain(
                reader, document, path, f"{floor:g} on {day}", f"at most cap_multiple = {cap:g}"
            )
            return
        if city + nation > 1:
            path = ("rules", "limit_wage_national")
            allowed = f"at most 1 - limit_wage_municipal = {1 - city:g}"
            complain(reader, document, path, f"{nation:g} on {day}", allowed)
            return


def _days(rules: Sequence[DatedRule], start: date) -> list[date]:
    """The valuation year's first day, and those after it from which one of the rules has another value."""
    changes = {day for rule in rules for day in rule.change_dates if day > start}
    return sorted({start, *changes})


def _check_in_reach(
    reader: Reader, document: Document, name: str, rule: DatedRule, last: int
) -> None:
    """A value that starts after the set's horizon is never in force: more likely a slip in the year."""
    for place, start in enumerate(rule.dates):
        if start.year > last:
            path = ("rules", name, "values", place, "from")
            complain(reader, document, path, str(start), f"a date up to the set's horizon, {last}")


def _check_retirement_ages(
    reader: Reader, document: Document, law: SchemeRules, assumptions: AssumptionSet
) -> None:
    """There is a divisor for every age at which a group may retire."""
    table = assumptions.tables.get("schemes/annuity_divisor")
    if table is None:
        return
    ages = np.asarray(table.axes["age"])
    first, last = 12 * int(ages.min()), 12 * int(ages.max())
    for place, group in enumerate(law.retirement_groups):
        latest = group.original_age_months + (group.cap_months if group.step_months else 0)
        if group.original_age_months < first or latest > last:
            complain(
                reader,
                document,
                ("retirement_groups", place, "original_age_months"),
                f"retirement at {group.original_age_months} to {latest} months of age",
                f"{first} to {last} months, the ages of schemes/annuity_divisor",
            )
