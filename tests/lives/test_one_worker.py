"""A few workers and recipients in unemployment and work injury insurance through the cohort engine are the same people
computed alone, to 1e-9.

At most one worker lives in a town, as a cell of the engine has one mean wage. ``Covered`` says what he is to the pension
funds, year by year; recipients of benefits for life are anywhere.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from jax import lax

from lives.agreement import assert_same
from lives.short_term_by_year import (
    Amounts,
    Group,
    Injured,
    Kind,
    LaidOff,
    Recipient,
    Town,
    Worker,
    Year,
    by_calendar_year,
    follow_group,
    mean_up_to,
)
from one_place import advanced, given_of
from pooling.numerics import add
from pooling.parameters.model import Geography
from pooling.population.ring import LIFE, rings_of
from pooling.population.vital import from_ages, survive, vital_tables
from pooling.schemes import unemployment, unemployment_spell, work_injury
from pooling.schemes.calendar import Place, Rings, calendar
from pooling.schemes.life_benefit import lay, total_of
from pooling.schemes.scheme import Covered, Flows, NoRights
from pooling.state import Persons

YEARS = 45
PROVINCE = (0, 0, 1, 1, 2)
"""Of every town."""
TOWNS, PROVINCES, CLASSES = len(PROVINCE), 3, 3
FIRST, LAST = 18, 67
"""Working ages."""
RINGS = Rings(*rings_of(FIRST, 49, 62))
KINDS: tuple[Kind, ...] = ("disabled", "dependants")
OF_BOTH = {
    "contributors": "insured",
    "contributors_elsewhere": "elsewhere",
    "insured": "insured",
    "beneficiaries": "beneficiaries",
    "new_beneficiaries": "new",
    "wage_bill": "wage_bill",
    "contributions": "contributions",
    "cash_benefits": "cash",
    "medical_benefits": "medical",
}
FLOWS = {
    "unemployment": OF_BOTH | {"prevention": "prevention"},
    "injury": OF_BOTH | {"pensions": "pensions", "new_pensions": "new_pensions"},
}
"""Flows of the engine and what the calculator calls them; all other flows are zero."""


# ----------------------------------------------------------------------------------------------------------------------
# Through the engine
# ----------------------------------------------------------------------------------------------------------------------


class Laws(NamedTuple):
    """Levers of both schemes."""

    unemployment: unemployment.Unemployment
    injury: work_injury.WorkInjury


class Stocks(NamedTuple):
    """What stands on 1 January."""

    people: Persons
    unemployment: unemployment.Stocks
    injury: work_injury.Stocks


class Drivers(eqx.Module):
    """What each year brings [year, …]."""

    survival: jax.Array
    """[year, province, sex, age at the end of the year]"""
    member: jax.Array
    """Whether the worker of a town is an active member of the pension fund [year, town]."""
    paying: jax.Array
    """Contribution years of a year there; these schemes take the mean base of them, whatever they are."""
    flexible: jax.Array
    base: jax.Array
    wage: jax.Array
    wage_level: jax.Array
    wage_shock: jax.Array
    indexation: jax.Array


class Outcome(NamedTuple):
    """Flows of the year and stocks of its end [year, …]."""

    unemployment: Flows
    injury: Flows
    stocks: dict[str, jax.Array]


def numbers(module: type, **values: object):
    """A module of arrays."""
    return module(**{name: jnp.asarray(value, float) for name, value in values.items()})


def of_towns(group: Group, name: str, which: int | None = None) -> np.ndarray:
    values = [getattr(town, name) for town in group.towns]
    return np.array(values if which is None else [value[which] for value in values], float)


def of_years(group: Group, name: str) -> np.ndarray:
    return np.array([getattr(year, name) for year in group.years], float)


def of_law(group: Group, scheme: str, name: str) -> np.ndarray:
    return np.array([getattr(getattr(year, scheme), name) for year in group.years], float)


def laws(group: Group) -> Laws:
    """The levers that the law and the group come to."""
    months = of_law(group, "laid_off", "months") / 12
    laid_off = numbers(
        unemployment.Unemployment,
        employer_rate=of_law(group, "laid_off", "employer_rate"),
        employee_rate=of_law(group, "laid_off", "employee_rate"),
        compliance=of_law(group, "laid_off", "collection"),
        coverage=of_towns(group, "coverage", 0),
        base_level=of_towns(group, "base_level", 0),
        layoff_rate=of_towns(group, "layoffs"),
        layoff_level=of_law(group, "laid_off", "level"),
        wage_elasticity=group.cycle_elasticity,
        prevention_response=group.prevention_response,
        prevention_reference=of_towns(group, "prevention_reference"),
        qualifying_years=of_law(group, "laid_off", "qualifying"),
        middle_years=of_law(group, "laid_off", "middle"),
        long_years=of_law(group, "laid_off", "long"),
        duration_short=months[:, 0],
        duration_middle=months[:, 1],
        duration_long=months[:, 2],
        spell=group.spell,
        spell_spread=group.spell_spread,
        service=np.array(group.service)[:, FIRST : LAST + 1],
        service_spread=group.service_spread,
        benefit_share=of_law(group, "laid_off", "benefit"),
        minimum_wage=of_towns(group, "minimum_wage"),
        medical_share=group.medical,
        refund_share=of_law(group, "laid_off", "refund"),
        training_share=of_towns(group, "training"),
        training_level=of_law(group, "laid_off", "training_level"),
    )
    left = np.where(np.arange(101) < group.takeover_age, 1.0, group.left_from_takeover)
    injured = numbers(
        work_injury.WorkInjury,
        mix=of_towns(group, "classes"),
        class_rate=of_law(group, "injured", "class_rates"),
        band=of_law(group, "injured", "bands"),
        phased=of_law(group, "injured", "phased"),
        compliance=of_law(group, "injured", "collection"),
        coverage=of_towns(group, "coverage", 1),
        base_level=of_towns(group, "base_level", 1),
        incidence=group.incidence,
        incidence_level=of_law(group, "injured", "level"),
        grades=group.grades,
        fatal=group.fatal,
        lump_months=of_law(group, "injured", "lump_months"),
        allowance=of_law(group, "injured", "allowance"),
        fund_pays=group.fund_pays,
        dependants=of_law(group, "injured", "dependants"),
        dependants_per_death=group.heads_per_death,
        dependants_exit=group.leaves,
        paid_share=np.stack([left, left]),
        funeral_months=of_law(group, "injured", "funeral_months"),
        death_multiple=of_law(group, "injured", "incomes"),
        urban_income=group.income,
        treatment=group.treatment,
        treated=group.treated,
        platform_workers=of_law(group, "injured", "platform_workers"),
        platform_premium=group.premiums,
        platform_orders=group.orders,
        platform_medical=group.platform_medical,
    )
    return Laws(laid_off, injured)


PLACE = Place(
    Geography(jnp.asarray(PROVINCE), jnp.asarray(np.eye(PROVINCES)[list(PROVINCE)])),
    jnp.asarray((1 - np.eye(PROVINCES)) / (PROVINCES - 1)),
    jnp.asarray([0.5, 0.5, 0.5, 0.5, 1.0]),
)


def for_life(group: Group, kind: Kind) -> work_injury.LifeBenefits:
    """Those who draw a benefit on 1 January of the first year."""
    heads, amounts = np.zeros((2, TOWNS, 2, 101))
    for each in group.recipients:
        if each.kind == kind:
            heads[each.town, each.sex, each.age] += each.heads
            amounts[each.town, each.sex, each.age] += each.amount
    return work_injury.LifeBenefits(*(lay(jnp.asarray(x), RINGS) for x in (heads, amounts)))


def opening(group: Group) -> Stocks:
    """The workers in their cells, nobody else."""
    people = np.zeros((CLASSES, 2, 101, TOWNS))
    for each in group.workers:
        people[2 if each.elsewhere else 0, each.sex, each.age, each.town] = 1
    due, due_next = jnp.asarray(group.due)
    return Stocks(
        from_ages(jnp.asarray(people)),
        unemployment.Stocks(NoRights(), due, due_next, jnp.asarray(group.contributions)),
        work_injury.Stocks(NoRights(), *(for_life(group, kind) for kind in KINDS)),
    )


def of_workers(group: Group, name: str) -> np.ndarray:
    """[year, town]"""
    table = np.zeros((YEARS, TOWNS))
    for each in group.workers:
        table[:, each.town] = getattr(each, name)
    return table


def drivers(group: Group) -> Drivers:
    return numbers(
        Drivers,
        survival=of_years(group, "survival"),
        member=of_workers(group, "works"),
        paying=np.linspace(0.3, 1.0, YEARS * TOWNS).reshape(YEARS, TOWNS),
        flexible=of_workers(group, "flexible"),
        base=of_workers(group, "base"),
        wage=of_years(group, "average_wage")[:, list(PROVINCE)],
        wage_level=of_years(group, "wage_level"),
        wage_shock=of_years(group, "cycle"),
        indexation=of_years(group, "indexation"),
    )


def covered_of(people: Persons, dates, driven: Drivers) -> Covered:
    """What the workers are to the pension funds."""
    member, paying, flexible, base = (
        each[:, None] for each in (driven.member, driven.paying, driven.flexible, driven.base)
    )
    active = tuple(
        member * dates.rings.work.within(LIFE, leaf, dates.work) for leaf in people.young
    )
    years = paying * add(active)
    return Covered(
        active=active,
        paying=years,
        base=years * base,
        flexible=years * flexible,
        retirees=0 * years,
        retirees_oldest=0 * people.oldest[0],
    )


@jax.jit
def _run(stocks: Stocks, law: Laws, driven: Drivers) -> Outcome:
    """All years."""

    def step(stocks: Stocks, now: tuple[jax.Array, Drivers]) -> tuple[Stocks, Outcome]:
        elapsed, driven = now
        one, nobody = jnp.ones(()), jnp.zeros((2, 101))
        dates = calendar(RINGS, driven.survival, elapsed)
        covered = covered_of(stocks.people, dates, driven)
        year = given_of(
            PLACE,
            dates,
            covered.active,
            driven.wage,
            (driven.wage,),
            elapsed=elapsed,
            persons=stocks.people,
            indexation=driven.indexation,
            wage_level=driven.wage_level,
            wage_shock=driven.wage_shock,
        )
        after, flows = [], []
        for module, rules, before in (
            (unemployment, law.unemployment, stocks.unemployment),
            (work_injury, law.injury, stocks.injury),
        ):
            left = advanced(module, rules, RINGS, year, covered, before)
            after.append(left.stocks)
            flows.append(left.flows)
        vital = vital_tables(driven.survival, nobody[0], one, nobody, elapsed)
        people = survive(stocks.people, vital, PLACE.geography, jnp.ones(TOWNS))
        standing = {"due": after[0].due, "due_next": after[0].due_next}
        standing["contributions"] = after[0].contributions
        for kind in KINDS:
            benefits = getattr(after[1], kind)
            standing[f"{kind}: heads"] = total_of(benefits.heads)
            standing[f"{kind}: amount"] = total_of(benefits.amount)
        return Stocks(people, after[0], after[1]), Outcome(flows[0], flows[1], standing)

    return lax.scan(step, stocks, (jnp.arange(YEARS, dtype=jnp.int32), driven))[1]


def through_the_engine(group: Group) -> Outcome:
    """A group through the engine's yearly step."""
    return jax.tree.map(np.asarray, _run(opening(group), laws(group), drivers(group)))


# ----------------------------------------------------------------------------------------------------------------------
# Side by side
# ----------------------------------------------------------------------------------------------------------------------


def laid(amounts: Sequence[Amounts], name: str) -> np.ndarray:
    """Amounts of the calculator as the engine has them [year, town]."""
    return np.array([[found[name][town] for town in range(TOWNS)] for found in amounts])


def compare(engine: Outcome, group: Group) -> None:
    """Every flow of both schemes, and what stands at the end of a year."""
    records = follow_group(group)
    for scheme, named in FLOWS.items():
        amounts = [getattr(record, scheme) for record in records]
        for field in fields(Flows):
            # One policy of benefits.
            flow = jax.tree.leaves(getattr(getattr(engine, scheme), field.name))[0]
            alone = laid(amounts, named[field.name]) if field.name in named else 0 * flow
            assert_same(flow, alone, f"{scheme}: {field.name}")
    for name, found in engine.stocks.items():
        where = "unemployment" if name == "contributions" else "stocks"
        assert_same(found, laid([getattr(record, where) for record in records], name), name)


# ----------------------------------------------------------------------------------------------------------------------
# Random groups
# ----------------------------------------------------------------------------------------------------------------------


def shares(random_: random.Random, count: int) -> tuple[float, ...]:
    """Shares that sum to 1; often all of one."""
    weights = [random_.random() for _ in range(count)]
    if random_.random() < 0.4:
        weights = [0.0] * count
        weights[random_.randrange(count)] = 1.0
    return tuple(weight / sum(weights) for weight in weights)


def random_town(random_: random.Random, province: int) -> Town:
    return Town(
        province,
        coverage=(random_.choice([0.0, 1.0, random_.random()]), random_.uniform(0.5, 1.0)),
        base_level=(random_.uniform(0.7, 1.2), random_.uniform(0.7, 1.2)),
        layoffs=random_.uniform(0.01, 0.05),
        prevention_reference=random_.uniform(0.002, 0.006),
        minimum_wage=random_.uniform(0.2, 0.5),
        training=random_.uniform(0.0, 0.003),
        classes=shares(random_, 8),
    )


def random_laid_off(random_: random.Random) -> LaidOff:
    middle = random_.uniform(4.0, 6.0)
    return LaidOff(
        employer_rate=random_.uniform(0.005, 0.02),
        employee_rate=random_.uniform(0.005, 0.01),
        collection=random_.uniform(0.8, 1.1),
        level=random_.uniform(0.5, 1.5),
        qualifying=random_.uniform(0.5, 2.0),
        middle=middle,
        long=middle + random_.uniform(2.0, 6.0),
        months=(random_.uniform(6, 12), random_.uniform(12, 18), random_.uniform(18, 24)),
        benefit=random_.uniform(0.7, 0.9),
        refund=random_.choice([0.0, random_.uniform(0.2, 0.6)]),
        training_level=random_.uniform(0.5, 2.0),
    )


def random_injured(random_: random.Random) -> Injured:
    def several(count: int, low: float, high: float) -> tuple[float, ...]:
        return tuple(random_.uniform(low, high) for _ in range(count))

    return Injured(
        class_rates=several(8, 0.002, 0.019),
        bands=several(8, 0.5, 1.5),
        phased=random_.choice([1.0, 0.8, 0.5]),
        collection=random_.uniform(0.8, 1.1),
        level=random_.uniform(0.5, 1.5),
        lump_months=several(10, 7.0, 27.0),
        allowance=several(6, 0.6, 0.9),
        dependants=random_.uniform(0.3, 0.9),
        funeral_months=random_.uniform(4.0, 8.0),
        incomes=random_.uniform(15.0, 25.0),
        platform_workers=several(TOWNS, 0.0, 0.01) if random_.random() < 0.5 else (0.0,) * TOWNS,
    )


def random_survival(random_: random.Random) -> list:
    """[province, sex, age at the end of the year]"""
    level = random_.choice([0.0, 1e-4, 1e-3])
    place = np.array([[random_.uniform(0.5, 1.5) for _ in range(2)] for _ in range(PROVINCES)])
    return np.maximum(1 - level * place[..., None] * 1.08 ** np.arange(101), 0.3).tolist()


def random_years(random_: random.Random) -> list[Year]:
    """Wages, rates and mortality, none of them smooth."""
    average = [random_.uniform(40_000, 120_000) for _ in range(PROVINCES)]
    level = 1.0
    years = []
    for elapsed in range(YEARS):
        average = [each * (1 + random_.uniform(-0.02, 0.10)) for each in average]
        level *= 1 + random_.uniform(-0.02, 0.10) if elapsed else 1.0
        years.append(
            Year(
                tuple(average),
                level,
                cycle=random_.uniform(-0.08, 0.08),
                indexation=random_.uniform(-0.01, 0.08),
                survival=random_survival(random_),
                laid_off=random_laid_off(random_),
                injured=random_injured(random_),
            )
        )
    return years


def random_worker(random_: random.Random, town: int) -> Worker:
    """Work between two ages, with gaps or without."""
    age = random_.randint(0, 60)
    first, stops = random_.randint(FIRST, 30), random_.randint(45, LAST)
    gaps = random_.choice([0.0, 0.0, 0.3])
    flexible = random_.choice([0.0, 0.0, 1.0, random_.random()])
    return Worker(
        town,
        age,
        sex=random_.randint(0, 1),
        elsewhere=random_.random() < 0.4,
        works=[first <= age + n <= stops and random_.random() >= gaps for n in range(YEARS)],
        base=[random_.uniform(30_000, 300_000) for _ in range(YEARS)],
        flexible=[flexible * random_.choice([0.0, 1.0]) for _ in range(YEARS)],
    )


def random_recipient(random_: random.Random) -> Recipient:
    """Of any age from the first working age on (README, section 8: children stand there)."""
    return Recipient(
        random_.choice(KINDS),
        random_.randrange(TOWNS),
        age=random_.choice([random_.randint(FIRST, 100), LAST, LAST + 1, 99, 100]),
        sex=random_.randint(0, 1),
        heads=random_.uniform(0.5, 2.0),
        amount=random_.uniform(0.0, 90_000.0),
    )


def dies_at(group: Group, number: int, worker: int) -> Group:
    """Everybody of the worker's province, sex and age dies in a year."""
    years, who = list(group.years), group.workers[worker]
    survival = np.array(years[number].survival)
    survival[group.towns[who.town].province, who.sex, min(who.age + number + 1, 100)] = 0.0
    years[number] = replace(years[number], survival=survival.tolist())
    return replace(group, years=years)


def random_service(random_: random.Random) -> list[list[float]]:
    """Contribution years by sex and age: few or many, with gaps."""
    most = random_.choice([0.2, 0.5, 1.0])
    return [[most * random_.random() * max(age - 17, 0) for age in range(101)] for _ in range(2)]


def random_group(seed: int) -> Group:
    """A group by the seed of all that it brings."""
    random_ = random.Random(seed)  # noqa: S311
    towns = [random_town(random_, province) for province in PROVINCE]
    at = random_.sample(range(TOWNS), random_.randint(1, TOWNS))
    group = Group(
        towns,
        random_years(random_),
        [random_worker(random_, town) for town in at],
        [random_recipient(random_) for _ in range(random_.randint(0, 4))],
        contributions=[random_.uniform(0, 2000) for _ in towns],
        due=[[random_.uniform(0, 0.1) for _ in towns] for _ in range(2)],
        cycle_elasticity=random_.uniform(0, 12),
        prevention_response=random_.choice([0.0, random_.uniform(0, 50)]),
        spell=random_.uniform(0.3, 2.5),
        spell_spread=random_.choice([0.0, random_.uniform(0.1, 0.55)]),
        service=random_service(random_),
        service_spread=random_.choice([0.0, random_.uniform(0.1, 0.55)]),
        medical=random_.uniform(0.1, 0.3),
        incidence=[random_.uniform(0.001, 0.02) for _ in range(8)],
        grades=[random_.uniform(0.0, 0.08) for _ in range(10)],
        fatal=random_.uniform(0.0, 0.1),
        fund_pays=[1.0] * 4 + [random_.choice([0.0, random_.random()])] * 2,
        heads_per_death=random_.uniform(0.5, 2.0),
        leaves=random_.uniform(0.0, 0.2),
        left_from_takeover=random_.choice([0.0, random_.random()]),
        takeover_age=random_.randint(50, 70),
        income=random_.uniform(30_000, 60_000),
        treatment=random_.uniform(0.1, 1.0),
        treated=random_.uniform(0.5, 2.0),
        premiums=[random_.uniform(0.01, 0.2) for _ in range(3)],
        orders=[random_.uniform(50, 1000) for _ in range(3)],
        platform_medical=random_.random(),
    )
    if random_.random() < 0.7:
        group = dies_at(group, random_.choice([0, 5, 20, 44]), random_.randrange(len(at)))
    return group


SEEDS = st.integers(0, 2**32)


@settings(max_examples=60)
@given(seed=SEEDS)
def test_the_engine_follows_a_group(seed: int):
    group = random_group(seed)
    compare(through_the_engine(group), group)


def working_years(group: Group) -> list[tuple[Worker, int]]:
    return [(who, n) for who in group.workers for n in range(YEARS) if who.works[n]]


WAYS: dict[str, Callable[[Group], bool]] = {
    "a child who will work": lambda group: any(
        who.age < FIRST and any(who.works) for who in group.workers
    ),
    "a worker with gaps": lambda group: any(
        a and not b and c
        for who in group.workers
        for a, b, c in zip(who.works[:-2], who.works[1:-1], who.works[2:], strict=True)
    ),
    "a worker who dies for certain": lambda group: any(
        group.years[n].survival[group.towns[who.town].province][who.sex][who.age + n + 1] == 0
        for who, n in working_years(group)
    ),
    "a flexible worker": lambda group: any(who.flexible[n] == 1 for who, n in working_years(group)),
    "a migrant": lambda group: any(who.elsewhere and any(who.works) for who in group.workers),
    "nobody insured against unemployment, refunds of the year before": lambda group: (
        all(town.coverage[0] == 0 for town in group.towns) and group.years[0].laid_off.refund > 0
    ),
    "exact spells and contribution years": lambda group: (
        group.spell_spread == 0 and group.service_spread == 0
    ),
    "benefit in three calendar years": lambda group: (
        group.spell > 1
        and any(by_calendar_year(mean_up_to(group.spell, group.spell_spread, 2))[2:])
    ),
    "a recipient who turns 100": lambda group: any(each.age == 99 for each in group.recipients),
    "a recipient taken over by the pension": lambda group: any(
        each.kind == "disabled" and each.age < group.takeover_age <= each.age + YEARS
        for each in group.recipients
    ),
    "an injury after the takeover age": lambda group: any(
        who.age + n >= group.takeover_age for who, n in working_years(group)
    ),
    "the fund pays for grade 5": lambda group: group.fund_pays[4] > 0,
}
"""What some of the random groups come to."""


@pytest.mark.parametrize("way", sorted(WAYS))
def test_the_random_groups_go_every_way(way: str):
    assert find(SEEDS, lambda seed: WAYS[way](random_group(seed))) is not None


# ----------------------------------------------------------------------------------------------------------------------
# What the comparison sees
# ----------------------------------------------------------------------------------------------------------------------

LESS = 1 - 1e-6
NOW = 12
"""The year whose figures are changed; the first worker of :func:`many_sided` is then 42."""
PLATFORM = (0.01, 0.02, 0.03, 0.04, 0.05)


def many_sided_year(year: Year) -> Year:
    return replace(
        year,
        cycle=0.05,
        indexation=0.03,
        survival=np.full((PROVINCES, 2, 101), 0.97).tolist(),
        laid_off=replace(
            year.laid_off,
            qualifying=1.0,
            middle=5.0,
            long=10.0,
            months=(11.0, 18.0, 24.0),
            refund=0.4,
        ),
        injured=replace(year.injured, phased=0.8, platform_workers=PLATFORM),
    )


def many_sided() -> Group:
    """A man who works from 30 to 59 and a woman from elsewhere, a disabled man of 45, a dependant of 97."""
    group = random_group(1)
    ones = [True] * 30 + [False] * (YEARS - 30)
    base = [60_000.0 * 1.03**n for n in range(YEARS)]
    return replace(
        group,
        towns=[
            replace(town, coverage=(0.9, 0.8), training=0.002, classes=(0.3,) * 2 + (0.4 / 6,) * 6)
            for town in group.towns
        ],
        years=[many_sided_year(year) for year in group.years],
        workers=[
            Worker(2, 30, 0, elsewhere=False, works=ones, base=base, flexible=[0.3] * YEARS),
            Worker(4, 20, 1, elsewhere=True, works=ones, base=base, flexible=[0.0] * YEARS),
        ],
        recipients=[
            Recipient("disabled", 0, 45, 0, 1.0, 40_000.0),
            Recipient("dependants", 1, 97, 1, 1.0, 20_000.0),
        ],
        contributions=[500.0] * TOWNS,
        due=[[0.02] * TOWNS, [0.01] * TOWNS],
        cycle_elasticity=6.0,
        prevention_response=30.0,
        spell=1.2,
        spell_spread=0.5,
        service=[[0.4 * max(age - FIRST, 0) for age in range(101)] for _ in range(2)],
        service_spread=0.55,
        grades=[0.05] * 10,
        fatal=0.05,
        fund_pays=[1.0] * 4 + [0.5] * 2,
        leaves=0.1,
        left_from_takeover=0.3,
        takeover_age=60,
    )


Change = Callable[[Group], Group]


def less_at(value: Any, *where: int) -> Any:
    """A figure, or a table of which one figure is less."""
    if not where:
        return LESS * value
    return tuple(
        less_at(each, *where[1:]) if i == where[0] else each for i, each in enumerate(value)
    )


def one_less(thing, name: str, *where: int):
    return replace(thing, **{name: less_at(getattr(thing, name), *where)})


def of_group(name: str, *where: int) -> Change:
    return lambda group: one_less(group, name, *where)


def part(parts: str, which: int, name: str, *where: int) -> Change:
    """A figure of a town, a year, a worker or a recipient."""

    def change(group: Group) -> Group:
        several = list(getattr(group, parts))
        several[which] = one_less(several[which], name, *where)
        return replace(group, **{parts: several})

    return change


def law(scheme: str, name: str, *where: int) -> Change:
    """A figure of a year's law."""

    def change(group: Group) -> Group:
        years = list(group.years)
        ours = one_less(getattr(years[NOW], scheme), name, *where)
        years[NOW] = replace(years[NOW], **{scheme: ours})
        return replace(group, years=years)

    return change


CHANGES: dict[str, Change] = {
    "contributions of the year before the first": of_group("contributions", 2),
    "benefit due": of_group("due", 0, 2),
    "benefit due in the second year": of_group("due", 1, 2),
    "elasticity to the cycle": of_group("cycle_elasticity"),
    "response to prevention": of_group("prevention_response"),
    "time out of work": of_group("spell"),
    "its spread": of_group("spell_spread"),
    "contribution years": of_group("service", 0, 30 + NOW),
    "their spread": of_group("service_spread"),
    "health contributions of recipients": of_group("medical"),
    "incidence of a class": of_group("incidence", 7),
    "share of grade 1": of_group("grades", 0),
    "share of grade 10": of_group("grades", 9),
    "fatal injuries": of_group("fatal"),
    "what the fund pays for grade 6": of_group("fund_pays", 5),
    "dependants of a dead": of_group("heads_per_death"),
    "dependants who leave": of_group("leaves"),
    "allowance left from the takeover age": of_group("left_from_takeover"),
    "takeover age": lambda group: replace(group, takeover_age=61),
    "disposable income": of_group("income"),
    "treatment": of_group("treatment"),
    "people treated": of_group("treated"),
    "premium of a delivery": of_group("premiums", 1),
    "loads of a year": of_group("orders", 2),
    "treatment of platform workers": of_group("platform_medical"),
    "insured against unemployment": part("towns", 2, "coverage", 0),
    "insured against injuries": part("towns", 2, "coverage", 1),
    "base of unemployment insurance": part("towns", 2, "base_level", 0),
    "base of work injury insurance": part("towns", 2, "base_level", 1),
    "lay-offs of a town": part("towns", 2, "layoffs"),
    "prevention they belong to": part("towns", 2, "prevention_reference"),
    "minimum wage": part("towns", 2, "minimum_wage"),
    "training": part("towns", 2, "training"),
    "employment in a class": part("towns", 2, "classes", 3),
    "average wage": part("years", NOW, "average_wage", 1),
    "national wage": part("years", NOW, "wage_level"),
    "wage cycle": part("years", NOW, "cycle"),
    "indexation": part("years", NOW, "indexation"),
    "chance to live of a worker": part("years", NOW, "survival", 1, 0, 31 + NOW),
    "chance to live of the disabled": part("years", NOW, "survival", 0, 0, 46 + NOW),
    "chance to live of 100 and over": part("years", NOW, "survival", 0, 1, 100),
    "wage of a worker": part("workers", 0, "base", NOW),
    "flexible work": part("workers", 0, "flexible", NOW),
    "disabled of the first day": part("recipients", 0, "heads"),
    "their allowance": part("recipients", 0, "amount"),
    "pension of a dependant": part("recipients", 1, "amount"),
    **{
        f"unemployment: {name}": law("laid_off", name)
        for name in (
            *("employer_rate", "employee_rate", "collection", "level", "qualifying", "middle"),
            *("long", "benefit", "refund", "training_level"),
        )
    },
    **{f"unemployment: duration {k}": law("laid_off", "months", k) for k in range(3)},
    **{
        f"injuries: {name}": law("injured", name)
        for name in (*("phased", "collection", "level", "dependants", "funeral_months", "incomes"),)
    },
    **{
        f"injuries: one of {name}": law("injured", name, 2)
        for name in ("class_rates", "bands", "lump_months", "allowance", "platform_workers")
    },
}
"""One figure of the group less by 1e-6; the takeover age a year later."""


def test_the_group_to_be_changed_agrees():
    compare(through_the_engine(many_sided()), many_sided())


@pytest.mark.parametrize("figure", sorted(CHANGES))
def test_a_millionth_of_a_figure_is_seen(figure: str):
    group = many_sided()
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        compare(through_the_engine(CHANGES[figure](group)), group)


def test_the_calculator_spreads_a_benefit_over_calendar_years():
    # Laid off in the middle of the year on average and paid for 18 months: half a year in it, in the third year what
    # those laid off in its second half have left, a quarter of a year on average.
    assert by_calendar_year(1.5) == pytest.approx([0.5, 0.875, 0.125])
    # Twelve months: laid off at s, paid for 1 - s in the year and for s in the next one.
    assert by_calendar_year(1.0)[:2] == pytest.approx([0.5, 0.5])
    # Times even on 0 to 2 years, at most one counts: half of them have 0.5 on average, the others 1.
    assert mean_up_to(1.0, 1 / np.sqrt(3), 1.0) == pytest.approx(0.75)


def test_the_spread_of_spells_moves_benefit_to_later_years():
    # A limit (README, section 8): every spell by itself, even on 11 months · (1 ± √3 · 0.45), at most 24 months, against
    # the mean of the duration that the engine spreads over the years.
    mean, spread = 11 / 12, 0.45
    spells = mean * (1 + np.sqrt(3) * spread * np.linspace(-1, 1, 2001))
    apart = np.mean([(*by_calendar_year(spell), 0)[:3] for spell in spells], axis=0)
    paid = unemployment_spell.by_calendar_year(jnp.asarray(mean))
    together = np.array([paid.this, paid.next, paid.after])
    assert together.sum() == pytest.approx(apart.sum())
    assert together[0] / apart[0] == pytest.approx(1.13, abs=0.005)
    assert together[2] == 0
    assert apart[2] / mean == pytest.approx(0.03, abs=0.005)
