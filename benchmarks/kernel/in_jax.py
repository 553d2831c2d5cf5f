"""The movement with the functions of the model: its rings, its survival, its migration."""

from collections.abc import Callable
from dataclasses import fields

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from benchmarks.kernel.problem import AWARD, CREDIT, GAIN, RISE, Problem, Stocks, pensions_of
from benchmarks.program import Job
from pooling.numerics import add
from pooling.once import once
from pooling.parameters.model import in_year
from pooling.population import migration, vital
from pooling.population.ring import empty, leavers
from pooling.state import Persons
from pooling.year import Tables


def movement_of(job: Job, problem: Problem) -> Callable[[], Stocks]:
    """The compiled program of a job's movement; a call runs one path."""
    model, years = job.run.model, problem.years
    geography = model.levers.geography
    moving = in_year(model.levers.migration, jnp.int32(0))
    calm = jnp.ones_like(model.levers.economy.wage)
    route = migration.routes(moving, geography, calm, calm, job.run.opening.origin)
    pensions = pensions_of(job)
    multiplier = geography.to_municipalities(model.levers.vital.fertility_multiplier)

    def step(stocks: tuple, tables: Tables) -> tuple[tuple, None]:
        persons, rights, awarded, oldest = stocks
        hazards = [tables.schemes[k].hazard for k in pensions]
        funds = [
            once(_fund, right, pension, old, hazard, tables, geography)
            for right, pension, old, hazard in zip(rights, awarded, oldest, hazards, strict=True)
        ]
        aged = once(vital.survive, persons, tables.vital, geography, multiplier)
        people = once(migration.move_people, aged, tables.profiles, route, moving, geography)
        moved = [
            once(_moved, right, tables.profiles.rights, route, moving, geography)
            for right, _, _ in funds
        ]
        return (people, moved, [f[1] for f in funds], [f[2] for f in funds]), None

    def path(stocks: tuple, tables: Tables) -> tuple:
        return lax.scan(step, stocks, tables)[0]

    tables = jax.tree.map(lambda leaf: leaf[:years], job.tables)
    given = _leaves(problem.stocks)
    program = jax.jit(path).lower(given, tables).compile()

    def one() -> Stocks:
        return jax.block_until_ready(program(given, tables))

    return one


def arrays_of(stocks: tuple) -> Stocks:
    """What a call returns, as one array a stock."""
    persons, rights, awarded, oldest = jax.tree.map(np.asarray, stocks)
    return Stocks(*(np.array(x) for x in (persons.young, persons.oldest, rights, awarded, oldest)))


def _fund(rights: list, awarded: list, oldest: list, hazard, tables: Tables, geography) -> tuple:
    """Rights before migration, pensions and pensions of 100+ of a fund."""
    dates, heads = tables.dates, rights[0]
    stay = geography.to_municipalities(dates.living) * (1 - hazard)[None]
    kept = [
        [stay * (gain * x + credit * n) for x, n in zip(right, heads, strict=True)]
        for right, gain, credit in zip(rights, GAIN.tolist(), CREDIT.tolist(), strict=True)
    ]
    new = hazard[None] * add(heads)
    lived = geography.to_municipalities(dates.living_pension)
    lived_oldest = geography.to_municipalities(dates.living_oldest)
    running, old = [], []
    for k, (stock, rest, award) in enumerate(zip(awarded, oldest, AWARD.tolist(), strict=True)):
        rise = RISE if k == 1 else 1.0
        survivors = lived * (rise * stock) + award * new
        old.append(leavers(survivors, dates.pension) + lived_oldest * (rise * rest))
        running.append(empty(survivors, dates.pension))
    return kept, running, old


def _moved(rights: list, profile, route, moving, geography) -> list:
    return [
        list(migration.move(tuple(right), profile[None], route, moving, geography))
        for right in rights
    ]


def _leaves(stocks: Stocks) -> tuple:
    """The model's own leaves: one array by class, right and fund."""
    young, old, rights, awarded, oldest = (
        jnp.asarray(getattr(stocks, f.name)) for f in fields(stocks)
    )
    persons = Persons(tuple(young), tuple(old))
    return (
        persons,
        [[list(right) for right in fund] for fund in rights],
        [list(fund) for fund in awarded],
        [list(fund) for fund in oldest],
    )
