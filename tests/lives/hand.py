"""The lives computed by hand: read from their files, and handed to the life calculator."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lives.calculator import (
    FUNERAL_MONTHS,
    NOTIONAL_RATE,
    RESIDENT_AGE,
    RESIDENT_DIVISOR,
    TRANSITION,
    Award,
    Person,
    Retired,
    Spell,
    Transition,
    account_on,
    after_deductible,
    base_of,
    basic_pension,
    career,
    divisor,
    drawn_down,
    fatal_injury,
    indexed,
    injury,
    medical_contribution,
    medical_credit,
    medical_credit_retired,
    minimum_years,
    month,
    resident_account,
    resident_pension,
    retire,
    retirement,
    survivors_months,
    text_of,
    transferred,
    transitional_pension,
    unemployment_benefit,
    unemployment_months,
    waiting_months,
)

Case = dict[str, Any]
Found = dict[str, Any]
HERE = Path(__file__).parent
CENT = 0.005 + 1e-9


def read(folder: Path) -> dict[str, Case]:
    """Every case below a folder, by its path."""
    return {
        path.relative_to(folder).with_suffix("").as_posix(): tomllib.loads(path.read_text("utf-8"))
        for path in sorted(folder.rglob("*.toml"))
    }


LIVES = read(HERE)
PENSIONERS = read(HERE.parent / "cases")
"""The employee pensions of ``tests/cases``, which the engine's formulas are tested on."""


def by_year(table: Mapping[str, float]) -> dict[int, float]:
    """A table whose keys are years."""
    return {int(year): float(value) for year, value in table.items()}


def wages_of(case: Case) -> dict[str, dict[int, float]]:
    """Average wages by place and year."""
    return {place: by_year(steps) for place, steps in case["average_wage"].items()}


def spells_of(case: Case, until: int) -> list[Spell]:
    """Spells of work; one without an end lasts to ``until``."""
    return [
        Spell(
            each["place"],
            month(each["from"]),
            month(each["to"]) if "to" in each else until,
            each.get("kind", "employee"),
            each.get("wage"),
            each.get("multiple"),
        )
        for each in case["spell"]
    ]


def person_of(case: Case) -> Person:
    """The person whose spells a case gives."""
    person = case["person"]
    birth = month(person["birth"])
    until = retirement(birth, person["group"])
    spells = spells_of(case, until)
    return Person(
        person["group"], birth, person["registered"], spells, person.get("makes_up", False)
    )


def whole_career(case: Case) -> Found:
    """A pension from the months of a career."""
    person, wages = person_of(case), wages_of(case)
    rates = by_year(case.get("notional_rate", {}))
    retired = retire(person, wages, case["reference_wage"], rates)
    months = career(person.spells, wages, retired.retirement)
    places = {each.place for each in months}
    return {
        **_timing(person.birth, retired.retirement),
        **_parts(retired.award),
        **_sums(retired),
        "transferred": {place: transferred(months, place) for place in places},
    }


def _sums(retired: Retired) -> Found:
    return {
        "claim_place": retired.place,
        "months": retired.months,
        "index": retired.index,
        "balance": retired.balance,
        "contributions": retired.contributions,
        "made_up": retired.made_up,
        "refund": retired.refund,
    }


def _timing(birth: int, when: int) -> Found:
    age = when - birth
    return {
        "retirement": text_of(when),
        "age_months": age,
        "divisor": divisor(age),
        "minimum_years": minimum_years(when),
    }


def _parts(award: Award) -> Found:
    return {
        "basic": award.basic,
        "account": award.account,
        "transitional": award.transitional,
        "pension": award.pension,
    }


def known_career(case: Case) -> Found:
    """A pension from years, index and account that the case gives."""
    person, given = case["person"], case["career"]
    birth, place = month(person["birth"]), person.get("registered", "")
    when = retirement(birth, person["group"])
    years = given["years"] + given.get("months", 0) / 12
    index = given.get("index")
    if index is None:
        index = base_of(given["own_wage"], given["average_wage"]) / given["average_wage"]
    if years < minimum_years(when):
        award, refund = Award(0.0, 0.0, 0.0), given["balance"]
    else:
        basic = basic_pension(given["reference_wage"], index, years, place)
        account = given["balance"] / divisor(when - birth)
        award, refund = Award(basic, account, _bridge(case, index, place)), 0.0
    return {**_timing(birth, when), **_parts(award), "index": index, "refund": refund}


def _bridge(case: Case, index: float, place: str) -> float:
    given = case["career"]
    if "transition" in case:
        rule = case["transition"]
        plain = Transition(rule["coefficient"], rule["index_weight"])
        return transitional_pension(given["reference_wage"], rule["index"], rule["years"], plain)
    years = given.get("pre_account_years", 0)
    if not years:
        return 0.0
    return transitional_pension(given["reference_wage"], index, years, TRANSITION[place])


def account_history(case: Case) -> Found:
    """An account at the official rates."""
    until = month(case["account_history"]["until"])
    months = career(spells_of(case, until), wages_of(case), until)
    opening = float(case["account_history"]["opening"])
    return {
        "balance_own_year_0": account_on(months, until, NOTIONAL_RATE, 0.0, opening),
        "balance_own_year_half": account_on(months, until, NOTIONAL_RATE, 0.5, opening),
    }


def account_after_award(case: Case) -> Found:
    """An account of ``tests/cases`` run down."""
    account = case["account"]
    monthly = account["balance"] / account["divisor"]
    years = len(case["expected"]["from_account"])
    return {
        "monthly": monthly,
        **_running_down(account["balance"], monthly, years * [account["rate"]]),
    }


def _running_down(balance: float, monthly: float, rates: Sequence[float]) -> Found:
    years = drawn_down(balance, monthly, rates)
    return {"from_account": [paid for paid, _ in years], "remaining": years[-1][1]}


def pensioner(case: Case) -> Found:
    """A pension in payment."""
    given = case["pensioner"]
    monthly = given["balance"] / given["divisor"]
    return {
        "pension": indexed(given["pension"], given["rises"]),
        **_running_down(given["balance"], monthly, given["rates"]),
    }


def death(case: Case) -> Found:
    """What heirs and survivors get."""
    given = case["death"]
    if "spell" in case:
        when = month(given["month"])
        months = career(spells_of(case, when), wages_of(case), when)
        inherited, lump = account_on(months, when, {}), survivors_months(len(months) / 12)
    else:
        monthly = given["balance"] / given["divisor"]
        inherited = drawn_down(given["balance"], monthly, given["drawn"] * [0.0])[-1][1]
        lump = survivors_months(given["years"], given["drawn"], retired=True)
    return {
        "inherited": inherited,
        "funeral": FUNERAL_MONTHS * given["income"],
        "lump": lump * given["income"],
    }


def resident(case: Case) -> Found:
    """A resident to the pension."""
    given = case["resident"]
    payments, start = by_year(given["payments"]), month(given["birth"]) + RESIDENT_AGE
    balance = resident_account(payments, start, by_year(given["rates"]), given["own_year"])
    return {
        "starts": text_of(start),
        "years": len(payments),
        "balance": balance,
        "pension": resident_pension(len(payments), given["base_pension"], balance),
    }


def resident_pensioner(case: Case) -> Found:
    """A resident's account in payment, without interest."""
    given = case["resident_pensioner"]
    monthly = given["balance"] / RESIDENT_DIVISOR
    from_account = min(monthly * given["months"], given["balance"])
    return {
        "pension": resident_pension(15, given["base_pension"], given["balance"]),
        "from_account": from_account,
        "from_fund": monthly * given["months"] - from_account,
        "inherited": given["balance"] - from_account,
    }


def unemployment(case: Case) -> Found:
    """A spell out of work."""
    given = case["unemployment"]
    return {
        "months": unemployment_months(given["contributed"]),
        "benefit": unemployment_benefit(**given),
    }


def injured(case: Case) -> Found:
    """An injury survived."""
    return vars(injury(**case["injury"]))


def killed(case: Case) -> Found:
    """A death at work."""
    return vars(fatal_injury(**case["fatal_injury"]))


def medical_retired(case: Case) -> Found:
    """A retired person's medical account."""
    given = case["medical_retired"]
    credited = given["months"] * medical_credit_retired(given["average_pension"])
    monthly = medical_contribution(
        given["base"], given["employer_rate"], retired=True, enough_years=given["enough_years"]
    )
    return {"account": credited - given["spent"], "contribution": given["months"] * monthly}


def medical_active(case: Case) -> Found:
    """A medical account before and after its reform."""
    given = case["medical_active"]
    base, rate = given["base"], given["employer_rate"]
    before = given["months_before"] * medical_credit(base, rate, reformed=False)
    after = given["months_after"] * medical_credit(base, rate, reformed=True)
    monthly = medical_contribution(base, rate, retired=False, enough_years=False)
    months = given["months_before"] + given["months_after"]
    return {"account": before + after, "contribution": months * monthly}


def treatment(case: Case) -> Found:
    """Bills that the pooled fund shares."""
    given = case["treatment"]
    terms = given["deductible"], given["share"], given["ceiling"]
    return {"paid": [after_deductible(cost, *terms) for cost in given["costs"]]}


def waiting(case: Case) -> Found:
    """Bills after a break of enrolment."""
    given = case["waiting"]
    months = waiting_months(given["missed"])
    paid = after_deductible(given["cost"], given["deductible"], given["share"], given["ceiling"])
    when = given["months_of_treatment"]
    return {"waiting": months, "paid": [paid if each > months else 0.0 for each in when]}


KINDS: Mapping[str, Callable[[Case], Found]] = {
    "account_history": account_history,
    "pensioner": pensioner,
    "death": death,
    "resident": resident,
    "resident_pensioner": resident_pensioner,
    "unemployment": unemployment,
    "injury": injured,
    "fatal_injury": killed,
    "medical_retired": medical_retired,
    "medical_active": medical_active,
    "treatment": treatment,
    "waiting": waiting,
    "account": account_after_award,
    "career": known_career,
    "person": whole_career,
}
"""How a case is computed, by the table that it has; the first that fits."""


def computed(case: Case) -> Found:
    """A case by the calculator."""
    return next(compute for kind, compute in KINDS.items() if kind in case)(case)
