"""Pensioners computed by hand, one file each: the arithmetic is written out in the file's comments.

Amounts are yuan a month unless the file says otherwise, and agree to the half cent that rounding leaves.
"""

import tomllib
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import pytest

from pooling.schemes.annuity import AnnuityDivisors
from pooling.schemes.pension_formula import (
    account_pension,
    basic_pension,
    basic_points,
    remaining_account,
    transitional_pension,
)
from pooling.schemes.retirement import retirement_month
from pooling.schemes.thresholds import (
    clamped_lognormal_mean,
    expected_minimum,
    partial_expectation,
    share_above,
)
from rules import GROUPS

Case = dict[str, Any]
CASES = {
    path.stem: tomllib.loads(path.read_text("utf-8"))
    for path in Path(__file__).parent.glob("*.toml")
}
PERSONS = sorted(name for name, case in CASES.items() if "person" in case)
ACCOUNTS = sorted(name for name, case in CASES.items() if "account" in case)
ACCRUAL = 0.01
HALF_CENT = 0.005 + 1e-9
ONE_PERSON = jnp.asarray(0.0)


def test_every_file_is_a_case():
    assert len(CASES) >= 14
    assert sorted(PERSONS + ACCOUNTS) == sorted(CASES)
    assert all(case["source"] for case in CASES.values())


@pytest.mark.parametrize("name", PERSONS)
def test_retirement_month_and_divisor(name: str, divisors: AnnuityDivisors):
    case = CASES[name]
    year, month = map(int, case["person"]["birth"].split("-"))
    when = retirement_month(year, month, GROUPS[case["person"]["group"]])
    assert f"{when.year}-{when.month:02}" == case["expected"]["retirement"]
    assert when.age_months == case["expected"]["age_months"]
    assert divisors.at(when.age_months) == case["expected"]["divisor"]


@pytest.mark.parametrize("name", PERSONS)
def test_pension(name: str):
    case = CASES[name]
    for part, amount in pension_of(case).items():
        assert amount == pytest.approx(case["expected"].get(part, amount), abs=HALF_CENT), part


@pytest.mark.parametrize("name", ACCOUNTS)
def test_account_after_award(name: str):
    account, expected = numbers(CASES[name]["account"]), CASES[name]["expected"]
    monthly = account_pension(account["balance"], 1 / account["divisor"])
    assert monthly == pytest.approx(expected["monthly"], abs=HALF_CENT)
    balance = account["balance"]
    for amount in expected["from_account"]:
        lasting = expected_minimum(
            jnp.asarray(balance / (12 * monthly)), jnp.asarray(1.0), ONE_PERSON
        )
        paid = 12 * monthly * float(lasting)
        assert paid == pytest.approx(amount, abs=HALF_CENT)
        balance = max(remaining_account(balance, paid, account["rate"]), 0.0)
    assert balance == pytest.approx(expected["remaining"], abs=HALF_CENT)


def pension_of(case: Case) -> dict[str, float]:
    """The award of a case by the project's formulas; yuan a month, the refund in yuan."""
    career = numbers(case["career"])
    years = career["years"] + career.get("months", 0) / 12
    index = index_of(career)
    mean, minimum = jnp.asarray(years), jnp.asarray(career["minimum_years"])
    qualified = float(share_above(mean, minimum, ONE_PERSON))
    kept = float(partial_expectation(mean, minimum, ONE_PERSON))
    points = basic_points(kept * years, kept * years * index, ACCRUAL)
    basic = basic_pension(career["reference_wage"], points)
    account = account_pension(kept * career["balance"], 1 / case["expected"]["divisor"])
    transitional = qualified * bridge_of(case)
    return {
        "index": index,
        "basic": basic,
        "account": account,
        "transitional": transitional,
        "pension": basic + account + transitional,
        "refund": (1 - kept) * career["balance"],
    }


def numbers(table: Case) -> dict[str, float]:
    """A table of a case with every figure as a float, however the file writes it."""
    return {key: float(value) for key, value in table.items()}


def index_of(career: dict[str, float]) -> float:
    """Contribution index, from the own wage where the case gives one."""
    if "index" in career:
        return career["index"]
    relative = jnp.log(jnp.asarray(career["own_wage"] / career["average_wage"]))
    limits = jnp.asarray(career["floor"]), jnp.asarray(career["cap"])
    return float(clamped_lognormal_mean(relative, ONE_PERSON, *limits))


def bridge_of(case: Case) -> float:
    """Transitional pension of a case that has years before the accounts."""
    if "transition" not in case:
        return 0.0
    rule = numbers(case["transition"])
    return transitional_pension(
        float(case["career"]["reference_wage"]),
        rule["index"],
        rule["years"],
        rule["coefficient"],
        rule["index_weight"],
    )
