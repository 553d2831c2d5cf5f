"""One resident through the cohort engine is the same person computed alone, to 1e-9."""

import random
from dataclasses import fields

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from lives.by_year import Record
from lives.resident_by_year import Resident, ResidentYear, follow_resident
from one_place import given_of
from pooling.parameters.model import Enrolment, Geography, in_year
from pooling.population.ring import rings_of
from pooling.schemes.calendar import Place, Rings, calendar

resident_year = pytest.importorskip("pooling.schemes.resident_year")
resident_pension = pytest.importorskip("pooling.schemes.resident_pension")

FIRST_YEAR, FIRST_AGE, YEARS, PLACES, CLASSES = 2025, 16, 86, 2, 3
RINGS = Rings(*rings_of(FIRST_AGE, 59, 59))
PLACE = Place(
    Geography(jnp.arange(PLACES), jnp.eye(PLACES)),
    claim=jnp.asarray([[0.0, 1.0], [1.0, 0.0]]),
    home_share=jnp.ones(PLACES),
)
AT_REGISTRATION = Enrolment(jnp.ones(CLASSES), jnp.ones(()), jnp.asarray([1.0, 1.0, 0.0]))
"""Who is registered in another province is insured there."""
AGES = np.arange(FIRST_AGE, FIRST_AGE + 50)
EXACT = 1e-9
Named = dict[str, np.ndarray]


def levers(life: Resident, sex: int, insured: int):
    """The law in the years of a life; the place where the person is not insured has other amounts."""
    years = np.arange(FIRST_YEAR, FIRST_YEAR + YEARS)
    when = life.birth + 60 * 12
    age = years[:, None] - 1 - life.birth // 12
    reached = (years == when // 12)[:, None] & (age == AGES)
    window, ones = np.zeros((YEARS, 2, 50)), np.ones(YEARS)
    hazard, drawing = window + 0.5, window + 0.25
    hazard[:, :, -5:] = 1.0
    hazard[:, sex] = reached
    drawing[:, sex] = reached * (11 - when % 12) / 12
    local = np.arange(PLACES) == insured
    premium = np.array([year.premium for year in life.years])
    arrays = {
        "minimum_base": [year.base_pension for year in life.years],
        "legislated": ones,
        "base_wage_share": 0.5,
        "addition": np.where(local, 0.0, 500.0),
        "supplement": np.zeros(PLACES),
        "central_share": np.full(PLACES, 0.5),
        "premium": np.where(local, 1.0, 3.0),
        "premium_level": premium,
        "premium_wage_share": 0.5,
        "premium_spread": 0.0,
        "upper_tier": 500 * ones,
        "entry_subsidy_low": 30 * ones,
        "entry_subsidy_high": 60 * ones,
        "coverage_factor": np.ones(PLACES),
        "take_up": ones,
        "entry": window + 1,
        "paying": np.where(local, life.paying, 0.5),
        "compliance": ones,
        "hazard": hazard,
        "benefit_time": drawing,
        "inverse_divisor": ones / 139,
        "minimum_years": 15 * ones,
        "make_up": float(life.makes_up),
        "linked": 0.0,
        "service_spread": 0.0,
        "account_spread": 0.0,
        "account_margin": [year.interest for year in life.years],
        "other_outgo": np.zeros(PLACES),
        "subsidy_level": ones,
        "moving": np.zeros(YEARS),
    }
    return resident_year.ResidentPension(**{k: jnp.asarray(v, float) for k, v in arrays.items()})


def opening(life: Resident, sex: int, of_class: int):
    """The person in his cell, nobody else."""
    age = FIRST_YEAR - 1 - life.birth // 12

    def lay(value: float) -> tuple[jax.Array, ...]:
        leaves = np.zeros((CLASSES, PLACES, 2, 50))
        leaves[of_class, 0, sex, age - FIRST_AGE] = value
        return tuple(RINGS.work.from_ages(jnp.asarray(leaf)) for leaf in leaves)

    nobody, none = jnp.zeros((PLACES, 100)), jnp.zeros((PLACES, 2))
    return resident_year.ResidentStocks(
        resident_year.ResidentRights(lay(1.0), lay(life.service), lay(life.account)),
        resident_year.Drawing(nobody, nobody, nobody),
        resident_year.Drawing(none, none, none),
        resident_year.Indexed(jnp.asarray(life.years[0].base_pension), jnp.ones(())),
        resident_year.PensionsElsewhere(*(jnp.zeros((PLACES, PLACES)) for _ in range(2))),
    )


@jax.jit
def _run(stocks, law, survival: jax.Array) -> dict[str, jax.Array]:
    """Stocks on 31 December and flows of every year [year, place]."""

    def step(stocks, now):
        elapsed, living = now
        rules = in_year(law, elapsed)
        dates = calendar(RINGS, jnp.broadcast_to(living, (PLACES, 2, 101)), elapsed)
        of_year = resident_year.tables(rules, None, RINGS, elapsed)
        wage = jnp.ones(PLACES)
        people = stocks.rights.members
        year = given_of(
            PLACE, dates, people, wage, (wage,), elapsed=elapsed, enrolment=AT_REGISTRATION
        )
        after = resident_pension.advance(rules, of_year, year, None, stocks)
        return after.stocks, _named(after.stocks, after.flows)

    return lax.scan(step, stocks, (jnp.arange(YEARS, dtype=jnp.int32), survival))[1]


def _named(stocks, flows) -> dict[str, jax.Array]:
    """The quantities of a life's record [place]; a resident has no index."""

    def cells(leaves) -> jax.Array:
        return jnp.stack([leaf.sum(axis=1) for leaf in leaves]).sum(axis=0)

    rights, awarded = stocks.rights, (stocks.awarded, stocks.awarded_oldest)
    return {
        "working": cells(rights.members),
        "service": cells(rights.service),
        "account": cells(rights.accounts),
        "drawing": cells([each.heads for each in awarded]),
        "account_pension": cells([each.account_pension for each in awarded]),
        "remaining": cells([each.accounts for each in awarded]),
        "contributions": flows.contributions,
        "credited": flows.contributions_account,
        "new_pension": flows.new_pensions[0],
        "paid": flows.pensions[0],
        "inherited": flows.inherited_accounts,
        "refunded": flows.refunded_accounts,
    }


@st.composite
def residents(draw: st.DrawFn) -> Resident:
    """Residents of 16 to 59 on 1 January 2025, with any past, any tiers, any interest."""
    birth = draw(st.integers(12 * (FIRST_YEAR - 60), 12 * (FIRST_YEAR - FIRST_AGE) - 1))
    random_ = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311
    mortality = random_.choice([0.0, 1e-4, 1e-3])
    tiers = [random_.choice([100.0, 200.0, 499.0, 500.0, 2000.0]) for _ in range(YEARS)]
    base = 12 * random_.uniform(100, 300)
    years = []
    for elapsed, tier in enumerate(tiers):
        base *= 1 + random_.uniform(0.0, 0.1)
        living = max(1 - mortality * 1.09 ** (elapsed + 20), 0.3)
        years.append(ResidentYear(tier, base, random_.uniform(0.0, 0.06), living))
    service = random_.choice([0.0, random_.random(), 1.0]) * max(FIRST_YEAR - birth / 12 - 16, 0.0)
    service = min(service, 15.0)
    return Resident(
        birth,
        FIRST_YEAR,
        years,
        service=service,
        account=service * random_.uniform(100.0, 3000.0),
        paying=random_.choice([0.0, 1.0, random_.random()]),
        makes_up=draw(st.booleans()),
    )


@settings(max_examples=200)
@given(life=residents(), sex=st.integers(0, 1), registered_elsewhere=st.booleans())
def test_the_engine_follows_a_resident(life: Resident, sex: int, registered_elsewhere: bool):
    insured = int(registered_elsewhere)
    survival = np.full((YEARS, 2, 101), 0.5)
    for elapsed, year in enumerate(life.years):
        age = FIRST_YEAR + elapsed - life.birth // 12
        survival[elapsed, sex, min(age, 100)] = year.survival
    stocks = opening(life, sex, CLASSES - 1 if registered_elsewhere else 0)
    found = _run(stocks, levers(life, sex, insured), jnp.asarray(survival))
    engine = {name: np.asarray(values) for name, values in found.items()}
    records = follow_resident(life)
    for name in (field.name for field in fields(Record) if field.name in engine):
        alone = np.array([getattr(record, name) for record in records])
        scale = EXACT * max(np.abs(alone).max(), 1.0)
        np.testing.assert_allclose(
            engine[name].sum(axis=1), alone, rtol=EXACT, atol=scale, err_msg=name
        )
    # Money flows where the person is insured, rights stay where he lives.
    assert not np.any(engine["paid"][:, 1 - insured])
    assert not np.any(engine["account"][:, 1])
