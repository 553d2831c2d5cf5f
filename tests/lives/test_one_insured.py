"""One person in both health insurances through the cohort engine is the same person computed alone, to 1e-9.

The person stays in one place: money that moves with migrants is tested elsewhere. ``Covered`` says what the person is to the
pension funds, year by year; a pensioner claims where he lives.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from itertools import pairwise
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from jax import lax

from lives.agreement import assert_same
from lives.calculator import medical_credit, medical_credit_retired
from lives.medical_by_year import (
    Amounts,
    Insured,
    MedicalYear,
    Registered,
    Status,
    Town,
    follow_insured,
    in_employees_scheme,
)
from one_place import advanced, given_of
from pooling.numerics import add
from pooling.parameters.model import Enrolment, Geography
from pooling.population.ring import rings_of
from pooling.population.vital import from_ages, heads, survive, vital_tables
from pooling.schemes import employee_medical, resident_medical
from pooling.schemes.calendar import Place, Rings, calendar
from pooling.schemes.medical_cost import Treatment
from pooling.schemes.scheme import Covered, Flows, NoRights
from pooling.state import Persons

YEARS = 101
"""A child of the first year is followed to 100."""
PROVINCE = (0, 0, 1, 1, 2)
"""Of every town."""
TOWNS, PROVINCES, CLASSES = len(PROVINCE), 3, 3
CLASS: tuple[Registered, ...] = ("here", "in the province", "in another province")
RINGS = Rings(*rings_of(18, 49, 62))
FLOWS = {
    "contributors": "contributors",
    "contributors_elsewhere": "contributors_elsewhere",
    "insured": "insured",
    "beneficiaries": "beneficiaries",
    "wage_bill": "wage_bill",
    "contributions": "contributions",
    "contributions_account": "credited",
    "medical_benefits": "treated",
    "inherited_accounts": "inherited",
    "scheduled_subsidy": "subsidy",
    "benefits_elsewhere": "elsewhere",
}
"""Flows of the engine and what the calculator calls them; all other flows are zero."""


# ----------------------------------------------------------------------------------------------------------------------
# Through the engine
# ----------------------------------------------------------------------------------------------------------------------


class Laws(NamedTuple):
    """Levers of both schemes."""

    employees: employee_medical.EmployeeMedical
    residents: resident_medical.ResidentMedical


class Stocks(NamedTuple):
    """What stands on 1 January."""

    people: Persons
    employees: employee_medical.EmployeeMedicalStocks
    residents: resident_medical.ResidentMedicalStocks


class Drivers(eqx.Module):
    """What each year brings [year]."""

    survival: jax.Array
    """Of the person at his sex and age, of others half [year, sex, age at the end of the year]."""
    member: jax.Array
    """Whether he is an active member of the pension fund."""
    paying: jax.Array
    """Contribution years of a year there; health insurance takes the mean base of them, whatever they are."""
    base: jax.Array
    pensioner: jax.Array
    wage: jax.Array
    wage_level: jax.Array
    interest: jax.Array
    stays: jax.Array
    """[year, class]"""


class Outcome(NamedTuple):
    """Flows of the year and stocks of its end [year, …]."""

    employees: Flows
    residents: Flows
    alive: jax.Array
    accounts: jax.Array


def of_years(life: Insured, name: str) -> np.ndarray:
    return np.array([getattr(year, name) for year in life.years], float)


def numbers(module: type, **values: object):
    """A module of arrays; a treatment stays what it is."""
    return module(
        **{
            name: value if isinstance(value, Treatment) else jnp.asarray(value, float)
            for name, value in values.items()
        }
    )


def treatment(life: Insured, level: float) -> Treatment:
    price = [town.price for town in life.towns]
    return numbers(Treatment, level=level, price=price, at_registration=life.at_registration)


def cost_level(life: Insured, name: str) -> np.ndarray:
    return life.first_growth * np.cumprod(1 + of_years(life, name))


def laws(life: Insured) -> Laws:
    """The levers that the law and the person come to."""
    ones = np.ones(YEARS)
    credit = [
        medical_credit(1.0, year.employer_rate, reformed=year.reformed) for year in life.years
    ]
    own = [medical_credit(1.0, year.employer_rate, reformed=True) for year in life.years]
    # By age, which the person has once; of 100 and over nobody pays.
    short = np.full((2, 101), 0.5)
    short[life.sex, life.age :] = of_years(life, "short")[: 101 - life.age]
    shares = {
        "active_share": life.insured["employee"],
        "retired_share": life.insured["retired"],
        "cost_index": life.cost_index,
    }
    employees = numbers(
        employee_medical.EmployeeMedical,
        employer_rate=of_years(life, "employer_rate"),
        employee_rate=own,
        account_rate=credit,
        collection=of_years(life, "collection"),
        base_level=life.base_level,
        still_paying=short,
        still_paying_base=life.short_base,
        retired_credit=np.full(TOWNS, 12 * medical_credit_retired(life.average_pension)),
        retired_credit_level=of_years(life, "retired_level"),
        account_spending=of_years(life, "spending"),
        inherited_level=1.0,
        treatment=treatment(life, life.cost[0]),
        cost_level=cost_level(life, "employee_growth"),
        subsidy_of_outgo=np.array([town.outgo_subsidy for town in life.towns]).T,
        subsidy_of_wage=np.zeros((2, TOWNS)),
        subsidy_level=ones,
        **shares,
    )
    residents = numbers(
        resident_medical.ResidentMedical,
        premium=[life.standard, *of_years(life, "premium")[:-1]],
        subsidy=of_years(life, "subsidy"),
        premium_link=life.links[0],
        subsidy_link=life.links[1],
        added_subsidy=[town.added_subsidy for town in life.towns],
        central_share=[town.central_share for town in life.towns],
        subsidy_level=of_years(life, "subsidy_level"),
        collection=of_years(life, "resident_collection"),
        coverage=life.insured["resident"],
        treatment=treatment(life, life.cost[1]),
        cost_level=cost_level(life, "resident_growth"),
        **shares,
    )
    return Laws(employees, residents)


def place_of(life: Insured) -> Place:
    """Towns, and where those who live here and are registered in another province come from."""
    away = 1 - np.eye(PROVINCES)
    claim = away / away.sum(axis=1, keepdims=True)
    claim[life.towns[life.lives_in].province] = life.origins
    return Place(
        Geography(jnp.asarray(PROVINCE), jnp.asarray(np.eye(PROVINCES)[list(PROVINCE)])),
        jnp.asarray(claim),
        jnp.asarray([town.home_share for town in life.towns]),
    )


def opening(life: Insured) -> Stocks:
    """The person in his cell, nobody else."""
    people, accounts = np.zeros((CLASSES, 2, 101, TOWNS)), np.zeros(TOWNS)
    people[CLASS.index(life.registered), life.sex, life.age, life.lives_in] = 1
    accounts[life.lives_in] = life.account
    # Wages of the year before over those of the first one.
    amounts = (life.premium, life.subsidy, 1 / life.first_growth)
    return Stocks(
        from_ages(jnp.asarray(people)),
        employee_medical.EmployeeMedicalStocks(NoRights(), jnp.asarray(accounts)),
        resident_medical.ResidentMedicalStocks(
            NoRights(), resident_medical.Amounts(*(jnp.asarray(x) for x in amounts))
        ),
    )


def drivers(life: Insured) -> Drivers:
    survival = np.full((YEARS, 2, 101), 0.5)
    for elapsed, year in enumerate(life.years):
        survival[elapsed, life.sex, min(life.age + elapsed + 1, 100)] = year.survival
    status = [year.status for year in life.years]
    return numbers(
        Drivers,
        survival=survival,
        member=[each == "employee" for each in status],
        paying=np.linspace(0.3, 1.0, YEARS),
        base=of_years(life, "base"),
        pensioner=[each == "retired" for each in status],
        wage=of_years(life, "average_wage"),
        wage_level=of_years(life, "wage_level"),
        interest=of_years(life, "interest"),
        stays=[(1.0, *year.stays) for year in life.years],
    )


def covered_of(people: Persons, dates, driven: Drivers) -> Covered:
    """What the person is to the pension funds."""
    rings = dates.rings

    def within(ring, turn, leaf: jax.Array, share: jax.Array) -> jax.Array:
        return share * ring.within(employee_medical.LIFE, leaf, turn)

    active = tuple(within(rings.work, dates.work, leaf, driven.member) for leaf in people.young)
    paying = driven.paying * add(active)
    return Covered(
        active=active,
        paying=paying,
        base=paying * driven.base,
        flexible=0.2 * paying,
        retirees=within(rings.pension, dates.pension, add(people.young), driven.pensioner),
        retirees_oldest=driven.pensioner * add(people.oldest),
    )


@jax.jit
def _run(stocks: Stocks, law: Laws, place: Place, driven: Drivers) -> Outcome:
    """All years."""

    def step(stocks: Stocks, now: tuple[jax.Array, Drivers]) -> tuple[Stocks, Outcome]:
        elapsed, driven = now
        one, nobody = jnp.ones(()), jnp.zeros((2, 101))
        survival = jnp.broadcast_to(driven.survival, (PROVINCES, 2, 101))
        dates = calendar(RINGS, survival, elapsed)
        covered = covered_of(stocks.people, dates, driven)
        wage = jnp.full(TOWNS, driven.wage)
        year = given_of(
            place,
            dates,
            covered.active,
            wage,
            (wage,),
            elapsed=elapsed,
            persons=stocks.people,
            enrolment=Enrolment(jnp.ones(CLASSES), one, driven.stays),
            wage_level=driven.wage_level,
            fund_return=driven.interest,
        )
        after, flows = [], []
        for module, rules, before in (
            (employee_medical, law.employees, stocks.employees),
            (resident_medical, law.residents, stocks.residents),
        ):
            left = advanced(module, rules, RINGS, year, covered, before)
            after.append(left.stocks)
            flows.append(left.flows)
        vital = vital_tables(survival, nobody[0], one, nobody, elapsed)
        people = survive(stocks.people, vital, place.geography, jnp.ones(TOWNS))
        outcome = Outcome(flows[0], flows[1], add(heads(people)), after[0].accounts)
        return Stocks(people, after[0], after[1]), outcome

    return lax.scan(step, stocks, (jnp.arange(YEARS, dtype=jnp.int32), driven))[1]


def through_the_engine(life: Insured) -> Outcome:
    """A life through the engine's yearly step."""
    found = _run(opening(life), laws(life), place_of(life), drivers(life))
    return jax.tree.map(np.asarray, found)


# ----------------------------------------------------------------------------------------------------------------------
# Side by side
# ----------------------------------------------------------------------------------------------------------------------


def laid(amounts: list[Amounts], name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Amounts of the calculator as the engine has them [year, …]."""
    table = np.zeros((YEARS, *shape))
    for year, found in enumerate(amounts):
        for place, amount in found[name].items():
            table[(year, *place)] = amount
    return table


def compare(engine: Outcome, life: Insured) -> None:
    """Every flow of both schemes, and what stands at the end of a year."""
    records = follow_insured(life)
    for scheme in ("employees", "residents"):
        amounts = [getattr(record, scheme) for record in records]
        for field in fields(Flows):
            # One policy of benefits.
            flow = jax.tree.leaves(getattr(getattr(engine, scheme), field.name))[0]
            alone = np.zeros_like(flow)
            if field.name in FLOWS:
                alone = laid(amounts, FLOWS[field.name], flow.shape[1:])
            assert_same(flow, alone, f"{scheme}: {field.name}")
    place = np.arange(TOWNS) == life.lives_in
    for name, found in (("alive", engine.alive), ("account", engine.accounts)):
        assert_same(found, np.outer([getattr(record, name) for record in records], place), name)


# ----------------------------------------------------------------------------------------------------------------------
# Random lives
# ----------------------------------------------------------------------------------------------------------------------


def random_towns(random_: random.Random) -> list[Town]:
    towns = []
    for province in PROVINCE:
        of_province = [random_.choice([0.0, random_.random()]), 1.0]
        first = not towns or towns[-1].province != province
        share = of_province[0] if first else 1 - towns[-1].home_share
        towns.append(
            Town(
                province,
                price=random_.uniform(0.5, 2.0),
                home_share=share if PROVINCE.count(province) > 1 else 1.0,
                added_subsidy=random_.choice([0.0, random_.random()]),
                central_share=random_.choice([0.8, 0.6, 0.5, 0.3, 0.1]),
                outgo_subsidy=(random_.random() / 10, random_.random() / 10),
            )
        )
    return towns


def random_statuses(random_: random.Random, age: int) -> list[Status]:
    """A child, then work with gaps or without, then a pension; or no work at all."""
    works = random_.random() < 0.8
    first, retires = random_.randint(18, 30), random_.randint(50, 67)
    gaps = random_.choice([0.0, 0.0, 0.3])
    statuses: list[Status] = []
    for now in range(age, age + YEARS):
        if not works or now < first:
            statuses.append("resident")
        elif now >= retires:
            statuses.append("retired")
        else:
            statuses.append("resident" if random_.random() < gaps else "employee")
    return statuses


def random_years(random_: random.Random, age: int) -> list[MedicalYear]:
    """Wages, rates and mortality of a lifetime, none of them smooth."""
    average, level = random_.uniform(40_000, 120_000), 1.0
    mortality, dies = random_.choice([0.0, 1e-4, 1e-3]), random_.choice([YEARS, 5, 40])
    reform, published = random_.randint(0, 60), random_.randint(0, 10)
    enough = random_.randint(50, 75)
    years = []
    for elapsed, status in enumerate(random_statuses(random_, age)):
        average *= 1 + random_.uniform(-0.02, 0.10)
        level *= 1 + random_.uniform(-0.02, 0.10) if elapsed else 1.0
        living = max(1 - mortality * 1.09 ** (age + elapsed), 0.3)
        years.append(
            MedicalYear(
                status,
                short=status == "retired" and age + elapsed < enough,
                base=average * random_.uniform(0.6, 3.0),
                average_wage=average,
                wage_level=level,
                interest=random_.uniform(0.0, 0.06),
                survival=0.0 if elapsed == dies else living,
                employer_rate=random_.uniform(0.06, 0.10),
                reformed=elapsed >= reform,
                collection=random_.uniform(0.8, 1.1),
                retired_level=random_.uniform(0.8, 1.2),
                spending=random_.choice([0.0, 1.0, random_.random()]),
                employee_growth=random_.uniform(-0.03, 0.05),
                resident_growth=random_.uniform(-0.03, 0.05),
                premium=400 + 20 * elapsed if elapsed < published else 0.0,
                subsidy=700 + 24 * elapsed if elapsed < published + 1 else 0.0,
                subsidy_level=random_.uniform(0.9, 1.1),
                resident_collection=random_.uniform(0.9, 1.0),
                stays=(random_.choice([0.0, 1.0, random_.random()]), random_.random()),
            )
        )
    return years


class Drawn(NamedTuple):
    """A random life by the seed of all that it brings."""

    age: int
    sex: int
    lives_in: int
    registered: Registered
    seed: int

    @property
    def life(self) -> Insured:
        """The person."""
        random_ = random.Random(self.seed)  # noqa: S311
        origin = random_.choice([0.0, 1.0, random_.random()])
        others = iter([origin, 1 - origin])
        own = PROVINCE[self.lives_in]
        life = Insured(
            self.age,
            self.sex,
            random_years(random_, self.age),
            random_towns(random_),
            self.lives_in,
            self.registered,
            [0.0 if province == own else next(others) for province in range(PROVINCES)],
            {
                "resident": random_.choice([0.0, 1.0, 1.0]),
                "employee": random_.choice([0.0, 1.0, 1.0]),
                "retired": random_.choice([0.0, 1.0, 1.0]),
            },
            account=random_.choice([0.0, random_.uniform(0.0, 50_000.0)]),
            base_level=random_.uniform(0.8, 1.3),
            short_base=random_.uniform(0.6, 1.0),
            average_pension=random_.uniform(2000.0, 6000.0),
            cost=(random_.uniform(1000.0, 6000.0), random_.uniform(500.0, 2000.0)),
            cost_index=[[random_.uniform(0.3, 6.0) for _ in range(101)] for _ in range(2)],
            first_growth=random_.uniform(0.95, 1.1),
            at_registration=random_.choice([0.0, 1.0, random_.random()]),
            premium=random_.uniform(300.0, 500.0),
            standard=random_.choice([0.0, 400.0]),
            subsidy=random_.uniform(600.0, 800.0),
            links=(random_.uniform(0.5, 1.2), random_.uniform(0.5, 1.2)),
        )
        return nobody_dies_outside_with_an_account(life)


DRAWN = st.builds(
    Drawn,
    age=st.integers(0, 100),
    sex=st.integers(0, 1),
    lives_in=st.integers(0, TOWNS - 1),
    registered=st.sampled_from(CLASS),
    seed=st.integers(0, 2**32),
)
"""People of any age, anywhere, with any work."""


def nobody_dies_outside_with_an_account(life: Insured) -> Insured:
    """See :func:`test_an_account_of_who_has_left_the_scheme_is_not_inherited`."""
    years, holds = [], life.account > 0
    for year in life.years:
        inside = in_employees_scheme(life, year) > 0
        holds |= inside
        years.append(replace(year, survival=1.0) if holds and not inside else year)
    return replace(life, years=years)


@settings(max_examples=200)
@given(drawn=DRAWN)
def test_the_engine_follows_an_insured(drawn: Drawn):
    compare(through_the_engine(drawn.life), drawn.life)


def has(life: Insured, found: Callable[[MedicalYear], bool]) -> bool:
    return any(in_employees_scheme(life, year) and found(year) for year in life.years)


def passes(life: Insured, *statuses: Status) -> bool:
    return any((a.status, b.status) == statuses for a, b in pairwise(life.years))


WAYS: dict[str, Callable[[Insured], bool]] = {
    "a child who will work and retire": lambda life: (
        life.age == 0
        and has(life, lambda year: year.status == "employee")
        and passes(life, "employee", "retired")
    ),
    "work before and after the reform": lambda life: (
        has(life, lambda year: year.status == "employee" and not year.reformed)
        and has(life, lambda year: year.status == "employee" and year.reformed)
    ),
    "a gap in the work": lambda life: passes(life, "employee", "resident"),
    "retired and short of years": lambda life: has(life, lambda year: year.short),
    "a death that leaves an account": lambda life: any(
        record.employees["inherited"][life.lives_in,] > 0 and record.alive == 0
        for record in follow_insured(life)
    ),
    "a retired person of over 100": lambda life: life.age == 100 and has(life, lambda year: True),
    "insured at the registration, treated there in part": lambda life: (
        life.insured["resident"] > 0
        and 0 < life.at_registration < 1
        and life.registered == "in another province"
    ),
    "an employee of the pension who is insured as a resident": lambda life: (
        life.insured["employee"] < life.insured["resident"]
        and any(year.status == "employee" for year in life.years)
    ),
    "nobody insures": lambda life: not any(life.insured.values()),
}
"""What some of the random lives come to."""


@pytest.mark.parametrize("way", sorted(WAYS))
def test_the_random_lives_go_every_way(way: str):
    assert find(DRAWN, lambda drawn: WAYS[way](drawn.life))


# ----------------------------------------------------------------------------------------------------------------------
# What the comparison sees
# ----------------------------------------------------------------------------------------------------------------------

LESS = 1 - 1e-6


def many_sided() -> Insured:
    """Resident for five years, at work for five before the reform and five after it, retired and short of years for five."""
    life = Drawn(age=40, sex=1, lives_in=2, registered="in another province", seed=1).life
    towns = [
        replace(town, home_share=share, added_subsidy=0.2)
        for town, share in zip(life.towns, (0.4, 0.6, 0.7, 0.3, 1.0), strict=True)
    ]
    years = [
        replace(
            year,
            status="resident" if number < 5 else "employee" if number < 15 else "retired",
            short=15 <= number < 20,
            reformed=number >= 10,
            survival=0.95 if number >= 5 else 1.0,
            interest=0.03,
            spending=0.5,
            employee_growth=0.01,
            resident_growth=0.01,
            premium=400.0 if number < 3 else 0.0,
            subsidy=700.0 if 0 < number < 4 else 0.0,
            stays=(0.5, 0.4),
        )
        for number, year in enumerate(life.years)
    ]
    return replace(
        life,
        years=years,
        towns=towns,
        origins=(0.4, 0.0, 0.6),
        insured=dict.fromkeys(life.insured, 1.0),
        account=10_000.0,
        at_registration=0.3,
        standard=0.0,
    )


Change = Callable[[Insured], Insured]


def less(value: float | Sequence[float], which: int = 0) -> float | tuple[float, ...]:
    """A figure, or several of which one is less."""
    if isinstance(value, Sequence):
        return tuple(LESS * each if i == which else each for i, each in enumerate(value))
    return LESS * value


def of_life(name: str) -> Change:
    return lambda life: replace(life, **{name: less(getattr(life, name))})


def of_town(name: str, number: int = 2) -> Change:
    def change(life: Insured) -> Insured:
        towns = list(life.towns)
        towns[number] = replace(towns[number], **{name: less(getattr(towns[number], name))})
        return replace(life, towns=towns)

    return change


def of_year(name: str, number: int, which: int = 0) -> Change:
    def change(life: Insured) -> Insured:
        years = list(life.years)
        value = less(getattr(years[number], name), which)
        years[number] = replace(years[number], **{name: value})
        return replace(life, years=years)

    return change


def enrolled(status: Status) -> Change:
    return lambda life: replace(life, insured=life.insured | {status: LESS * life.insured[status]})


def cost_at(age: int) -> Change:
    def change(life: Insured) -> Insured:
        index = [list(row) for row in life.cost_index]
        index[life.sex][age] *= LESS
        return replace(life, cost_index=index)

    return change


AT_HOME, AT_WORK, RETIRED = 2, 7, 17
"""Years of the life of :func:`many_sided`."""
CHANGES: dict[str, Change] = {
    "account": of_life("account"),
    "base level": of_life("base_level"),
    "base of who is short of years": of_life("short_base"),
    "average pension": of_life("average_pension"),
    "cost of treatment": of_life("cost"),
    "growth of the first year": of_life("first_growth"),
    "share of treatment at the registration": of_life("at_registration"),
    "premium before the first year": of_life("premium"),
    "subsidy before the first year": of_life("subsidy"),
    "link to wages": of_life("links"),
    "chance of an origin": of_life("origins"),
    "cost as a resident, by age": cost_at(40 + AT_HOME),
    "cost at work, by age": cost_at(40 + AT_WORK),
    "cost of the retired, by age": cost_at(40 + RETIRED),
    "cost of over 100": cost_at(100),
    "take-up of residents": enrolled("resident"),
    "insured of the employees": enrolled("employee"),
    "insured of the retired": enrolled("retired"),
    "price where one lives": of_town("price"),
    "price at the registration": of_town("price", 4),
    "share of a town": of_town("home_share", 0),
    "subsidy added": of_town("added_subsidy", 4),
    "share of the centre": of_town("central_share", 4),
    "subsidy of outgo": of_town("outgo_subsidy"),
    "base": of_year("base", AT_WORK),
    "employer's rate": of_year("employer_rate", AT_WORK),
    "collection": of_year("collection", AT_WORK),
    "chance to live": of_year("survival", AT_WORK),
    "interest": of_year("interest", AT_WORK),
    "spending of the account": of_year("spending", AT_WORK),
    "growth of employees' cost": of_year("employee_growth", AT_WORK),
    "average wage": of_year("average_wage", RETIRED),
    "fixed sum of the retired": of_year("retired_level", RETIRED),
    "growth of residents' cost": of_year("resident_growth", AT_HOME),
    "national wage": of_year("wage_level", AT_HOME),
    "premium": of_year("premium", AT_HOME),
    "least subsidy": of_year("subsidy", AT_HOME),
    "level of subsidies": of_year("subsidy_level", AT_HOME),
    "collection of premiums": of_year("resident_collection", AT_HOME),
    "chance to be insured where one lives": of_year("stays", AT_HOME, 1),
}
"""One figure of the life less by 1e-6."""


def test_the_life_to_be_changed_agrees():
    compare(through_the_engine(many_sided()), many_sided())


@pytest.mark.parametrize("figure", sorted(CHANGES))
def test_a_millionth_of_a_figure_is_seen(figure: str):
    life = many_sided()
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        compare(through_the_engine(CHANGES[figure](life)), life)


def test_an_account_of_who_has_left_the_scheme_is_not_inherited():
    # A limit (README, section 8): the stock of a municipality ends as its insured do. By law heirs of one who dies with
    # 10,000 get them; here half of such people die in the first year, and the stock keeps all.
    life = many_sided()
    year = replace(life.years[0], survival=0.5, interest=0.0, spending=0.0)
    life = replace(life, years=[year, *life.years[1:]])
    assert follow_insured(life)[0].employees["inherited"][life.lives_in,] == pytest.approx(5000)
    engine = through_the_engine(life)
    assert engine.employees.inherited_accounts[0].sum() == 0
    assert engine.accounts[0].sum() == pytest.approx(10_000)
