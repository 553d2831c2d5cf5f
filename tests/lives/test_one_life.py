"""One person through the cohort engine is the same person computed alone, to 1e-9; and is what was computed by hand."""

import random
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from lives.by_year import Life, Record, Year, follow
from lives.calculator import (
    FLOOR,
    GROUPS,
    REFORM,
    TRANSITION,
    account_on,
    base_of,
    career,
    divisor,
    in_force,
    month,
    retirement,
)
from lives.hand import CENT, LIVES, Case, by_year, person_of, wages_of
from lives.one_cohort import FIRST_AGE, YEARS, china, through_the_engine
from pooling.schemes.retirement import cohort_table

FIRST_YEAR = 2025
YOUNGEST = 12 * (FIRST_YEAR - FIRST_AGE) - 1
"""Birth month, December, of those who are 18 on 1 January of the first year."""
EXACT = 1e-9


def random_years(random_: random.Random) -> list[Year]:
    """Wages, rates, gaps and mortality of a lifetime, none of them smooth."""
    wage, reference = 12 * random_.uniform(3000, 9000), 12 * random_.uniform(3000, 9000)
    mortality = random_.choice([0.0, 1e-4, 1e-3])
    age = random_.randint(18, 50)
    years = []
    for elapsed in range(YEARS):
        wage *= 1 + random_.uniform(-0.02, 0.10)
        reference *= 1 + random_.uniform(0.0, 0.10)
        years.append(
            Year(
                wage=wage,
                reference_wage=reference,
                interest=random_.uniform(0.0, 0.09),
                rise=random_.uniform(0.0, 0.10),
                survival=max(1 - mortality * 1.09 ** (age + elapsed - 18), 0.3),
                paid=random_.choice([1.0, 1.0, 1.0, 0.0, random_.random()]),
                relative_wage=random_.lognormvariate(0.0, 0.8),
            )
        )
    return years


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """People of every group who have not retired on 1 January 2025, with any past."""
    group = draw(st.sampled_from(sorted(GROUPS)))
    oldest = REFORM - GROUPS[group].original_age
    birth = draw(st.integers(oldest, YOUNGEST))
    random_ = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311
    years = random_years(random_)
    # Shares of what the age allows: nobody's past begins before 16.
    service = random_.choice([0.0, random_.random(), 1.0]) * max(FIRST_YEAR - birth / 12 - 16, 0.0)
    pre_account = random_.choice([0.0, random_.random()]) * min(service, 30.0)
    return Life(
        group,
        birth,
        FIRST_YEAR,
        years,
        service=service,
        index_years=service * random_.uniform(0.2, 3.0),
        account=service * random_.uniform(0.0, 20_000.0),
        flexible=draw(st.booleans()),
        chosen=random_.uniform(0.3, 3.5),
        makes_up=draw(st.booleans()),
        pre_account_years=pre_account,
        coefficient=random_.uniform(0.010, 0.014),
        index_weight=random_.choice([1.0, 0.5]),
        lowest_index=random_.choice([0.0, 1.0]),
        low_index=random_.choice([0.0, 0.6]),
    )


@settings(max_examples=200)
@given(
    life=lives(),
    sex=st.integers(0, 1),
    registered_elsewhere=st.booleans(),
    claims_at_home=st.booleans(),
)
def test_the_engine_follows_a_person(
    life: Life, sex: int, registered_elsewhere: bool, claims_at_home: bool
):
    other = [2 * year.reference_wage for year in life.years]
    engine = through_the_engine(
        life,
        sex,
        registered_elsewhere=registered_elsewhere,
        claims_at_home=claims_at_home,
        reference_elsewhere=other,
    )
    records = follow(life)
    for name in (field.name for field in fields(Record)):
        alone = np.array([getattr(record, name) for record in records])
        scale = EXACT * max(np.abs(alone).max(), 1.0)
        np.testing.assert_allclose(
            engine[name].sum(axis=1), alone, rtol=EXACT, atol=scale, err_msg=name
        )
    at_home = int(registered_elsewhere and claims_at_home)
    assert not np.any(engine["pension"][:, 1 - at_home])
    assert not np.any(engine["contributions"][:, 1])


ENDS = {
    "a pension": lambda life, last: last.pension > 0,
    "years that do not suffice": lambda life, last: any(r.refunded > 0 for r in follow(life)),
    "missing years paid": lambda life, last: (
        life.makes_up and life.service < 1 and last.pension > 0
    ),
    "an exhausted account": lambda life, last: 0 < last.remaining < 0.01 * last.account_pension,
    "retirement in January": lambda life, last: retirement(life.birth, life.group) % 12 == 0,
    "retirement in December": lambda life, last: retirement(life.birth, life.group) % 12 == 11,
    "the longest delay": lambda life, last: (
        retirement(life.birth, life.group) - life.birth
        == GROUPS[life.group].original_age + GROUPS[life.group].cap
    ),
}
"""What some of the random lives come to."""


@pytest.mark.parametrize("end", sorted(ENDS))
def test_the_random_lives_come_to_every_end(end: str):
    assert find(lives(), lambda life: ENDS[end](life, follow(life)[-1]))


def life_of(case: Case) -> Life:
    """The years of a life computed by hand, from the first in which the ring holds the person."""
    person, wages = person_of(case), wages_of(case)
    when = retirement(person.birth, person.group)
    months = career(person.spells, wages, when)
    # Floor, cap and accounts are laid down everywhere from 1999 on.
    first = max(months[0].when // 12, person.birth // 12 + 1 + FIRST_AGE, 1999)
    before = [each for each in months if each.when // 12 < first]
    index = [each.base / in_force(wages[each.place], each.when // 12) for each in before]
    rates = by_year(case.get("notional_rate", {}))
    chosen = [spell.multiple for spell in person.spells if spell.kind == "flexible"]
    deemed = [each for each in months if each.kind == "deemed"]
    rule = TRANSITION[person.registered]
    place = person.registered
    return Life(
        person.group,
        person.birth,
        first,
        [_year(case, year, when, rates, place) for year in range(first, first + YEARS)],
        service=len(before) / 12,
        index_years=sum(index) / 12,
        account=account_on(before, 12 * first - 1, rates),
        flexible=bool(chosen),
        chosen=chosen[0] if chosen else FLOOR,
        makes_up=person.makes_up,
        pre_account_years=len(deemed) / 12,
        coefficient=rule.coefficient,
        index_weight=rule.index_weight,
        lowest_index=rule.lowest_index,
    )


def _year(case: Case, year: int, when: int, rates: dict[int, float], place: str) -> Year:
    """One calendar year of a life computed by hand: the mean of its months."""
    average = in_force(wages_of(case)[place], year)
    months = [m for m in range(12 * year, 12 * year + 12) if m <= when]
    wages = [
        spell.wage if spell.wage is not None else (spell.multiple or 0.0) * average
        for spell in person_of(case).spells
        for m in months
        if spell.first <= m <= spell.last
    ]
    # Cut by months only where the year is not of one kind: else the engine has to cut.
    if len(set(wages)) > 1:
        wages = [base_of(wage, average) for wage in wages]
    return Year(
        wage=12 * average,
        reference_wage=12 * case["reference_wage"][place],
        interest=in_force(rates, year),
        rise=0.0,
        survival=1.0,
        paid=len(wages) / len(months) if months else 0.0,
        relative_wage=sum(wages) / len(wages) / average if wages else 1.0,
    )


IN_ONE_PLACE = sorted(
    name
    for name, case in LIVES.items()
    if "person" in case and len(case.get("average_wage", ())) == 1
)
"""Lives whose whole career the engine can follow; it does not measure past years by another place's wage."""


@pytest.mark.parametrize("name", IN_ONE_PLACE)
def test_the_engine_on_a_life_computed_by_hand(name: str):
    case = LIVES[name]
    expected, life = case["expected"], life_of(case)
    engine = through_the_engine(life)
    # Awards are in the year of retirement, and nowhere else.
    assert engine["new_pension"].sum() / 12 == pytest.approx(expected["pension"], abs=CENT)
    assert engine["refunded"].sum() == pytest.approx(expected["refund"], abs=CENT)
    if "contributions" in expected:
        assert engine["contributions"].sum() == pytest.approx(expected["contributions"], abs=CENT)
    if "made_up" in expected:
        year = int(expected["retirement"][:4])
        regular = 4800 * 0.24
        of_year = engine["contributions"][year - life.first_year].sum() - regular
        assert of_year == pytest.approx(expected["made_up"], abs=CENT)


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_a_cohort_is_the_mean_of_its_twelve_birth_months(group: str):
    _, groups, divisors = china()
    ages, years = np.arange(45, 66), np.arange(2022, 2061)
    table = cohort_table(groups[group], years, ages, divisors)
    for i, year in enumerate(years):
        for j, age in enumerate(ages):
            births = [12 * (year - 1 - age) + number for number in range(12)]
            when = [(birth, retirement(birth, group)) for birth in births]
            now = [(birth, month) for birth, month in when if month // 12 == year]
            waiting = sum(month // 12 >= year for _, month in when) / 12
            drawn = sum(11 - month % 12 for _, month in now) / 144
            inverse = sum(1 / divisor(month - birth) for birth, month in now) / 12
            assert table.retiring[i, j] == pytest.approx(len(now) / 12, abs=1e-14)
            assert table.waiting[i, j] == pytest.approx(waiting, abs=1e-14)
            assert table.benefit_time[i, j] == pytest.approx(drawn, abs=1e-14)
            assert table.inverse_divisor[i, j] == pytest.approx(inverse, abs=1e-14)


GUANGDONG = sorted(name for name in LIVES if "/guangdong" in name)


@pytest.mark.parametrize("name", GUANGDONG)
def test_the_engine_on_the_low_index_of_guangdong(name: str):
    given, expected = LIVES[name]["career"], LIVES[name]["expected"]
    years = given["years"] + given.get("months", 0) / 12
    birth = month(LIVES[name]["person"]["birth"])
    when = retirement(birth, LIVES[name]["person"]["group"])
    nothing = Year(1.0, 12 * given["reference_wage"], 0.0, 0.0, 1.0, 0.0, 1.0)
    life = Life(
        LIVES[name]["person"]["group"],
        birth,
        when // 12,
        [nothing] * YEARS,
        service=years,
        index_years=years * given["index"],
        account=given["balance"],
        low_index=0.6,
    )
    new = through_the_engine(life)["new_pension"].sum() / 12
    assert new == pytest.approx(expected["pension"], abs=CENT)
