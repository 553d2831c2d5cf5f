"""The residents' pension in the example country: people are in one track, nobody is lost, subsidies pay base pensions."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from example_country import example
from pooling.drivers.economy import draw
from pooling.opening.build import Opening
from pooling.parameters.model import in_year
from pooling.schemes.resident_pension import Holding, eligible, enrol
from pooling.schemes.resident_year import ResidentYear, year_of
from pooling.schemes.scheme import Covered, Given, SchemeYear
from pooling.state import State
from pooling.year import advance_schemes, advance_year, given_in_year, tables_in

FUNDS = ("employee_pension_fund", "resident_pension")
SCHEME = -1
YEARS = 3


class Year(eqx.Module):
    """What a year of the residents' pension is tested on."""

    given: Given
    covered: Covered
    before: State
    scheme: SchemeYear
    year: ResidentYear
    people: tuple[jnp.ndarray, ...]
    holdings: tuple[Holding, ...]
    after: State


@jax.jit
def step(opening_model: eqx.Module, state: State, elapsed: jnp.ndarray, path: jnp.ndarray) -> Year:
    """One year of one path, with the residents' pension taken apart."""
    drivers = jax.tree.map(lambda x: x[elapsed], draw(opening_model.levers.economy, 1, path))
    tables = tables_in(opening_model, elapsed)
    reference = state.reference_wage
    schemes = advance_schemes(opening_model, tables, state, drivers, reference, elapsed)
    given = given_in_year(opening_model, tables, state, drivers, reference, elapsed)
    covered, table = schemes[SCHEME - 1].covered, tables.schemes[SCHEME]
    rules = in_year(opening_model.levers.schemes[SCHEME], elapsed)
    stocks = state.schemes[SCHEME]
    year = year_of(rules, table, given, stocks.indexed)
    people = eligible(table, given.residents, covered)
    holdings = enrol(year, given.place, stocks.rights, people)
    after, _ = advance_year(opening_model, tables, state, drivers, elapsed)
    return Year(given, covered, state, schemes[SCHEME], year, people, holdings, after)


@pytest.fixture(scope="module")
def opening() -> Opening:
    return example(("funds", FUNDS))[1]


@pytest.fixture(scope="module")
def years(opening: Opening) -> list[Year]:
    found, state = [], opening.state
    for elapsed in range(YEARS):
        found.append(step(opening.model, state, jnp.int32(elapsed), jnp.int32(1)))
        state = found[-1].after
    return found


def test_nobody_is_active_in_both_tracks(years: list[Year]):
    for each in years:
        for people, able, held, employees in zip(
            each.given.residents, each.people, each.holdings, each.covered.active, strict=True
        ):
            assert (np.asarray(able) >= 0).all()
            room = np.maximum(np.asarray(people - employees), 0)
            assert (np.asarray(held.active) <= room * (1 + 1e-12)).all()
            assert (np.asarray(held.active) <= np.asarray(held.heads)).all()


def test_heads_are_those_of_before_less_deaths_and_awards(years: list[Year]):
    for each in years:
        rights = each.scheme.stocks.rights
        # Before migration: who has died, reached the pension age or lives on is everybody.
        living = each.given.place.geography.to_municipalities(each.given.dates.living)
        reaching = each.year.tables.hazard[None]
        for held, kept in zip(each.holdings, rights.members, strict=True):
            assert np.asarray(kept) == pytest.approx(
                np.asarray(held.heads * living * (1 - reaching))
            )


def test_migration_neither_makes_nor_loses_rights(years: list[Year]):
    for each in years:
        before, after = each.scheme.stocks.rights, each.after.schemes[SCHEME].rights
        for old, new in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=False):
            assert old.shape == new.shape
        for name in ("members", "service", "accounts"):
            sums = [sum(float(leaf.sum()) for leaf in getattr(r, name)) for r in (before, after)]
            assert sums[1] == pytest.approx(sums[0], rel=1e-12)


def test_people_are_counted_once_where_they_are_insured(years: list[Year]):
    for each in years:
        flows = each.scheme.flows
        living = each.given.place.geography.to_municipalities(each.given.dates.living)
        hazard, drawing = each.year.tables.hazard[None], each.year.tables.drawing[None]
        part = (1 - hazard) * 0.5 * (1 + living) + hazard * (1 - drawing)
        heads = sum(float((part * held.heads).sum()) for held in each.holdings)
        assert float(flows.insured.sum()) == pytest.approx(heads, rel=1e-12)
        assert (np.asarray(flows.contributors) <= np.asarray(flows.insured)).all()


def test_subsidies_pay_base_pensions_and_entry_subsidies(years: list[Year]):
    for each in years:
        flows, amounts = each.scheme.flows, each.year.amounts
        province = np.asarray(each.given.place.geography.province)
        base = np.asarray(amounts.base)[province] * np.asarray(flows.beneficiaries)
        entry = np.asarray(amounts.entry)[province] * np.asarray(flows.contributors)
        assert np.asarray(flows.scheduled_subsidy[0]).sum(axis=0) == pytest.approx(base + entry)


def test_the_first_years_go_on_from_the_published_one(opening: Opening, years: list[Year]):
    accounts = opening.schemes[SCHEME].accounts
    flows = years[0].scheme.flows
    assert float(flows.insured.sum()) == pytest.approx(accounts.active.sum(), rel=0.03)
    assert float(flows.beneficiaries.sum()) == pytest.approx(accounts.retirees.sum(), rel=0.05)
    assert float(flows.contributions.sum()) == pytest.approx(accounts.contributions.sum(), rel=0.15)
    growth = float(flows.outgo(0).sum()) / accounts.expenditure.sum()
    # The minimum rises by a tenth; the base pension with additions by about 7 %.
    assert 1.0 < growth < 1.15
