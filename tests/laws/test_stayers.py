"""Stayers and migrants of small countries: followed by hand, without moves, on the way home, under two laws."""

from dataclasses import fields, replace
from functools import cache
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from example_country import SEED, example
from pooling.cohorts import (
    CohortFlows,
    CohortMeasures,
    ages_of,
    cohort_measures,
    cohorts_of,
    of_nation,
    of_places,
    project_cohorts,
)
from pooling.cohorts.measures import by_birth_year
from pooling.projection import Run
from pooling.state import State
from pooling.year import tables_of
from random_country import RINGS, Country, Recipe, Shape, country_of, model_of, state_of

YEARS, FIRST_YEAR = 30, 2025
SHAPE = Shape((2, 1), YEARS)
"""Two municipalities in one province, one in another."""
RATE = 0.03
PENSION_AGE = 60
FIELDS = ("members", "service", "index", "accounts")
FIRST_AGE, AGES_OF_WORK = RINGS.work.first, RINGS.work.size
PROGRAM = jax.jit(project_cohorts)
TABLES = jax.jit(tables_of)


def country() -> Country:
    """Members of the opening only, all of whom pay; a plain fund of one wage; moves and deaths are random.

    Nobody is short of years, nobody is flexible, everybody lives where residents are more than members.
    """
    found = country_of(Recipe(SHAPE, 11, 0, 0.0, 1.0, 1.0, 1.0, 0.02, RATE))
    levers, cities = found.levers, len(SHAPE.province)
    fund = levers.schemes[0]
    plain = {
        "coverage_factor": np.full(cities, 1e6),
        "coverage": np.ones_like(fund.coverage),
        "entry": np.zeros_like(fund.entry),
        "density": np.ones_like(fund.density),
        "base_level": np.ones(cities),
        "floor": np.full((YEARS, cities), 0.6),
        "cap": np.full((YEARS, cities), 3.0),
        "minimum_years": np.zeros(YEARS),
        "flexible_share": np.zeros(()),
        "carried": np.ones(YEARS),
        "low_index": np.zeros(2),
        "transition_years": np.zeros_like(fund.transition_years),
    }
    economy = replace(levers.economy, wage=np.full(2, 80_000.0), relative_wage=np.ones(cities))
    levers = replace(levers, economy=economy, schemes=(replace(fund, **plain),))
    return replace(
        found,
        levers=levers,
        persons=np.full_like(found.persons, 1e5),
        origin=np.array([[0.0, 1.0], [1.0, 0.0]]) * found.persons[2].sum(),
        reference_wage=np.full(2, 80_000.0),
    )


def with_migration(given: Country, **changes: np.ndarray) -> Country:
    levers = given.levers
    return replace(given, levers=replace(levers, migration=replace(levers.migration, **changes)))


def with_fund(given: Country, **changes: np.ndarray) -> Country:
    fund = replace(given.levers.schemes[0], **changes)
    return replace(given, levers=replace(given.levers, schemes=(fund,)))


def with_vital(given: Country, **changes: np.ndarray) -> Country:
    levers = given.levers
    return replace(given, levers=replace(levers, vital=replace(levers.vital, **changes)))


def rights_of(given: Country) -> dict[str, list[np.ndarray]]:
    """Rights at the opening by class: [municipality, sex, age of work]."""
    now = jnp.int32(0)
    return {
        name: [np.asarray(RINGS.work.by_age(jnp.asarray(leaf), now)) for leaf in leaves]
        for name in FIELDS
        for leaves in [getattr(given.stocks.rights, name)]
    }


def with_rights(given: Country, rights: dict[str, list[np.ndarray]]) -> Country:
    """The same country with other rights at the opening."""
    laid = {
        name: tuple(np.asarray(RINGS.work.from_ages(jnp.asarray(leaf))) for leaf in leaves)
        for name, leaves in rights.items()
    }
    stocks = replace(given.stocks, rights=replace(given.stocks.rights, **laid))
    return replace(given, stocks=stocks)


def run_of(given: Country) -> Run:
    model = model_of(given)
    return jax.tree.map(jnp.asarray, Run(model, state_of(given, model.pooling), SEED))


def flows_of(given: Country) -> CohortFlows:
    """Flows of the central path: [year, history, province, sex, age]."""
    run = run_of(given)
    found = PROGRAM(run, TABLES(run.model), jnp.int32(0), jnp.full(YEARS, RATE))
    return jax.tree.map(np.asarray, found[0])


def of_cohort(values: np.ndarray, sex: int, age: int) -> np.ndarray:
    """Flows of those of an age at the opening: [year, history, province]."""
    first = ages_of(RINGS).start
    return np.stack([of_year[..., sex, age + t - first] for t, of_year in enumerate(values)])


@cache
def plain_flows() -> CohortFlows:
    return flows_of(country())


@pytest.fixture(scope="module")
def plain() -> CohortFlows:
    """Flows of the plain country."""
    return plain_flows()


# -- by hand ---------------------------------------------------------------------------------------------------------


class Cell(NamedTuple):
    """Where a stayer is."""

    city: int
    far: bool
    """Registered elsewhere in the province."""


class ByHand:
    """One cohort in plain numbers: every way that a stayer can take inside a province.

    Lives from 31 December to 31 December: pays, may reach the pension age, may die, may move, may be registered anew.
    """

    def __init__(self, given: Country, sex: int, age: int) -> None:
        self.levers, self.sex, self.age = given.levers, sex, age
        self.fund = given.levers.schemes[0]

    def survives(self, year: int, city: int) -> float:
        vital, province = self.levers.vital, SHAPE.province[city]
        hazard = vital.mortality[year] * vital.mortality_multiplier[self.sex, province]
        return vital.survival[year, self.sex, self.age + year + 1] ** hazard

    def retires(self, year: int) -> float:
        column = self.age + year - FIRST_AGE
        return self.fund.hazard[year, self.sex, column] if column < AGES_OF_WORK else 1.0

    def draws(self, year: int) -> float:
        column = self.age + year - FIRST_AGE
        return self.fund.benefit_time[year, self.sex, column]

    def ways(self, year: int, cell: Cell) -> dict[Cell, float]:
        """Chances of where a living stayer is on 1 January after; what lacks to one has gone to the other province."""
        moving, province = self.levers.migration, SHAPE.province[cell.city]
        leaves = moving.age_profile[self.sex, self.age + year + 1] * moving.intensity[cell.city]
        leaves = leaves * moving.intensity_level[year]
        returns = moving.return_in_province if cell.far else 0.0
        found = {cell: 1 - leaves}
        for city in np.flatnonzero(SHAPE.province == province):
            inside = (1 - returns) * moving.within_province[province] * moving.arrival_share[city]
            for to, chance in (
                (Cell(int(city), False), returns * moving.home_share[city]),
                (Cell(int(city), True), inside),
            ):
                found[to] = found.get(to, 0.0) + leaves * chance
        changed, anew = moving.registration_change, {}
        for to, chance in found.items():
            kept = 1 - changed if to.far else 1.0
            anew[to] = anew.get(to, 0.0) + kept * chance
            here = Cell(to.city, False)
            anew[here] = anew.get(here, 0.0) + (1 - kept) * chance
        return anew

    @cache  # noqa: B019
    def stays(self, year: int, cell: Cell) -> float:
        """Chance that a stayer so far is one to the end, on 1 January."""
        if year == YEARS:
            return 1.0
        retires, lives = self.retires(year), self.survives(year, cell.city)
        return retires + (1 - retires) * (1 - lives + lives * self.stays_on(year, cell))

    def stays_on(self, year: int, cell: Cell) -> float:
        """The same for somebody who lives on 31 December, before the moves."""
        if retired := self.retires(year) == 1.0:
            return float(retired)
        ways = self.ways(year, cell).items()
        return sum(chance * self.stays(year + 1, to) for to, chance in ways)


def hand_flows(given: Country, credit: np.ndarray, sex: int, age: int) -> dict[str, np.ndarray]:
    """Contribution years, heads and accounts at award of the stayers of a cohort: [year, province].

    Args:
        given: the country.
        credit: deposit for a contribution year of the cohort [year, province]; currency.
        sex, age: of the cohort at the opening.
    """
    hand, rights = ByHand(given, sex, age), rights_of(given)
    interest = given.levers.economy.notional_rate
    heads, accounts = (
        {
            Cell(city, far): rights[name][int(far)][city, sex, age - FIRST_AGE]
            for city in range(len(SHAPE.province))
            for far in (False, True)
        }
        for name in ("members", "accounts")
    )
    names = ("contributors", "new_pensioners", "new_accounts")
    found = {name: np.zeros((YEARS, 2)) for name in names}
    for t in range(YEARS):
        if not heads:
            break
        r, moved_heads, moved_accounts = interest[t], {}, {}
        for cell, n in heads.items():
            p, retires = SHAPE.province[cell.city], hand.retires(t)
            lives, works = hand.survives(t, cell.city), 1 - hand.draws(t)
            stays_on = hand.stays_on(t, cell)
            paid = (1 - retires) * (0.5 * (1 - lives) + lives * stays_on) + retires * works
            found["contributors"][t, p] += paid * n
            found["new_pensioners"][t, p] += retires * n
            # Interest of a part of a year, half of it on what is paid in that part.
            now = accounts[cell] * (1 + r * works) + n * works * credit[t, p] * (1 + r * works / 2)
            found["new_accounts"][t, p] += retires * now
            kept = (1 - retires) * lives
            saved = accounts[cell] * (1 + r) + n * credit[t, p] * (1 + r / 2)
            if kept == 0:
                continue
            for to, chance in hand.ways(t, cell).items():
                moved_heads[to] = moved_heads.get(to, 0.0) + kept * chance * n
                moved_accounts[to] = moved_accounts.get(to, 0.0) + kept * chance * saved
        heads, accounts = moved_heads, moved_accounts
    return found


@pytest.mark.parametrize(("sex", "age"), [(0, 25), (0, 40), (1, 34)])
def test_stayers_of_a_cohort_by_hand(plain: CohortFlows, sex: int, age: int):
    given = country()
    paid = of_cohort(plain.contributors, sex, age).sum(axis=1)
    late = np.zeros_like(paid)
    credit = np.where(
        paid > 0,
        of_cohort(plain.deposits, sex, age).sum(axis=1) / np.where(paid > 0, paid, 1),
        late,
    )
    expected = hand_flows(given, credit, sex, age)
    for name, values in expected.items():
        held = of_cohort(getattr(plain, name), sex, age)
        np.testing.assert_allclose(held[:, 0], values, rtol=1e-10, atol=1e-9, err_msg=name)
        # Some of all stay and some do not, wherever there is anybody.
        some = held.sum(axis=1) > 0
        assert (held[:, 0][some] > 0).all() and (held[:, 1][some] > 0).all(), name
    assert (expected["new_pensioners"].sum(axis=0) > 0).all() == (age > 30)


def test_a_year_is_worth_the_same_whoever_pays_it(plain: CohortFlows):
    years = plain.contributors
    some = (years > 1e-6).all(axis=1)
    for name in ("contributions", "wages", "deposits"):
        each = np.moveaxis(getattr(plain, name) / np.where(years > 0, years, 1), 1, 0)
        np.testing.assert_allclose(each[0][some], each[1][some], rtol=1e-9, err_msg=name)


# -- without moves ---------------------------------------------------------------------------------------------------

STILL = {
    "nobody moves": {"intensity": np.zeros(3)},
    "only inside the province": {"within_province": np.ones(2)},
}


def registered_in_the_province(given: Country) -> Country:
    """Nobody is registered in another province."""
    rights = {name: [*leaves[:2], 0 * leaves[2]] for name, leaves in rights_of(given).items()}
    persons = np.array(given.persons)
    persons[2] = 0
    return replace(with_rights(given, rights), persons=persons, origin=0 * given.origin)


@pytest.mark.parametrize("name", list(STILL))
def test_without_moves_between_provinces_all_stay(name: str):
    found = flows_of(with_migration(registered_in_the_province(country()), **STILL[name]))
    moving = flows_of(registered_in_the_province(country()))
    for field in ("contributors", "contributions", "inherited", "new_pensions", "award_values"):
        stayers, migrants = np.moveaxis(getattr(found, field), 1, 0)
        assert stayers.any() and not migrants.any(), field
        assert getattr(moving, field)[:, 1].any(), field


def test_who_is_registered_elsewhere_at_the_opening_is_a_migrant():
    given = with_migration(country(), intensity=np.zeros(3))
    found, heads = flows_of(given), rights_of(given)["members"]
    for sex, age in ((0, 25), (1, 34)):
        held = of_cohort(found.contributors, sex, age)[0]
        cities = np.stack([leaf[:, sex, age - FIRST_AGE] for leaf in heads])
        expected = np.stack([cities[:2].sum(axis=0), cities[2]]) @ np.eye(2)[SHAPE.province]
        # In the first year a province has one mortality: heads are as contribution years.
        np.testing.assert_allclose(held / held.sum(axis=0), expected / expected.sum(axis=0))


def test_accounts_from_the_residents_scheme_are_those_of_the_members_of_the_cell():
    """Where all stay, all of the accounts that another scheme hands over are stayers'."""
    opening = example(("funds", ("employee_pension_fund", "resident_pension")))[1]
    moving = opening.model.levers.migration
    model = eqx.tree_at(
        lambda m: m.levers.migration, opening.model, replace(moving, intensity=0 * moving.intensity)
    )
    state = _without_class(opening.state)
    run, rates = Run(model, state, SEED), jnp.full(10, RATE)
    flows = PROGRAM(run, TABLES(model), jnp.int32(0), rates)[0]
    assert (np.asarray(model.levers.schemes[1].linked) > 0).any()
    for field in ("new_accounts", "inherited", "new_pensions"):
        stayers, migrants = np.moveaxis(np.asarray(getattr(flows, field)), 1, 0)
        assert stayers.any() and not migrants.any(), field


def _without_class(state: State) -> State:
    """The state with nobody registered in another province."""

    def none(leaves: tuple) -> tuple:
        return (*leaves[:-1], jnp.zeros_like(leaves[-1]))

    def emptied(stocks: eqx.Module) -> eqx.Module:
        return type(stocks)(*(none(getattr(stocks, each.name)) for each in fields(stocks)))

    schemes = tuple(replace(each, rights=emptied(each.rights)) for each in state.schemes)
    origin = jnp.zeros_like(state.origin)
    return replace(state, persons=emptied(state.persons), schemes=schemes, origin=origin)


# -- the way home ----------------------------------------------------------------------------------------------------


def test_migrants_who_have_come_home_stay_migrants():
    """Everybody registered in the other province goes home at the end of the first year; nobody else leaves a province.

    Nobody dies and nobody joins: a cohort has the same migrants every year, though all live at their registration.
    """
    moves = {
        "intensity": np.ones(3),
        "intensity_level": np.ones(YEARS),
        "age_profile": np.ones((2, 101)),
        "within_province": np.ones(2),
        "return_other_province": np.ones(()),
        "registration_change": np.zeros(()),
    }
    given = with_migration(with_vital(country(), mortality=np.zeros(YEARS)), **moves)
    found, heads = flows_of(given), rights_of(given)["members"]
    for sex, age in ((0, 25), (1, 20)):
        working = min(20, 50 - age)
        held = of_cohort(found.contributors, sex, age)[:working].sum(axis=2)
        stayers = sum(leaf[:, sex, age - FIRST_AGE].sum() for leaf in heads[:2])
        migrants = heads[2][:, sex, age - FIRST_AGE].sum()
        np.testing.assert_allclose(held, np.tile([stayers, migrants], (working, 1)), rtol=1e-12)
    by_place = of_cohort(found.contributors, 0, 25)[:, 1]
    # They have gone: each province has the migrants of the other.
    np.testing.assert_allclose(by_place[1], by_place[0][::-1], rtol=1e-12)


# -- the law ---------------------------------------------------------------------------------------------------------


def equals() -> Country:
    """Members who differ in their moves only: equal provinces, equal rights a head, nobody dies or retires before 60.

    Who dies or retires early has had less time to move, so that stayers would be other people than migrants.
    """
    given = country()
    levers, fund = given.levers, given.levers.schemes[0]
    alike = {
        name: np.full_like(getattr(fund, name), getattr(fund, name).ravel()[0])
        for name in ("index_floor", "transition_weight", "transition_coefficient")
    }
    alike["hazard"] = np.zeros_like(fund.hazard)
    alike["hazard"][..., PENSION_AGE - 1 - FIRST_AGE :] = 1.0
    alike["benefit_time"] = np.full_like(fund.benefit_time, 0.5)
    lives = np.array(levers.vital.survival)
    lives[..., :66] = 1.0
    given = with_vital(
        with_fund(given, **alike), survival=lives, mortality_multiplier=np.ones((2, 2))
    )
    return with_rights(
        given,
        {
            name: [np.full_like(leaf, 100.0 if name == "members" else 0.0) for leaf in leaves]
            for name, leaves in rights_of(given).items()
        },
    )


@cache
def measured(carried: float) -> tuple[CohortMeasures, CohortMeasures, np.ndarray]:
    """Measures of provinces and nation, and which cohorts have been awarded within the run [birth year, sex]."""
    given = with_fund(equals(), carried=np.full(YEARS, carried))
    flows, cohorts = flows_of(given), cohorts_of(run_of(given), FIRST_YEAR)
    rates = np.full(YEARS, RATE)
    places = of_places(cohort_measures([flows], cohorts, rates))
    nation = cohort_measures([of_nation(flows)], cohorts, rates)
    heads = by_birth_year(flows.new_pensioners, cohorts).sum(axis=(2, 3, 4))
    finished = ~cohorts.unfinished[0] & (heads > 0)
    # Ages at which something has still to be paid.
    young = cohorts.birth_years[:, None] >= FIRST_YEAR - 1 - 45
    return places, nation, finished & young


NAMES = ("money_worth", "net_transfer_rate", "internal_rate", "replacement_rate")


@pytest.mark.parametrize("name", NAMES)
def test_moving_costs_nothing_where_everything_is_carried_along(name: str):
    _, nation, cohorts = measured(1.0)
    values = getattr(nation, name)[0, ..., 0][cohorts]
    assert len(values) > 10 and np.isfinite(values).all()
    np.testing.assert_allclose(values, values[:, :1].repeat(3, axis=1), rtol=1e-9)
    np.testing.assert_allclose(nation.migrant_minus_stayer(name)[0, ..., 0][cohorts], 0, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_years_lost_on_moving_are_lost_by_migrants(name: str):
    full, none = measured(1.0)[1], measured(0.0)[1]
    cohorts = measured(0.0)[2]
    lost = none.migrant_minus_stayer(name)[0, ..., 0][cohorts]
    assert len(lost) > 10 and (lost < -1e-6).all()
    stayers = [getattr(each, name)[0, ..., 1, 0][cohorts] for each in (full, none)]
    np.testing.assert_allclose(*stayers, rtol=1e-9)


def test_a_province_has_lifetime_measures_of_stayers_only():
    places, nation, cohorts = measured(1.0)
    for name in ("money_worth", "net_transfer", "net_transfer_rate", "internal_rate"):
        values = getattr(places, name)[0][cohorts]
        assert np.isnan(values[:, [0, 2]]).all() and np.isfinite(values[:, 1]).all()
        if name != "net_transfer":
            # Provinces are equal.
            whole = getattr(nation, name)[0, ..., 1, :][cohorts]
            np.testing.assert_allclose(values[:, 1], whole.repeat(2, axis=1), rtol=1e-9)
    for name in ("pv_contributions", "pv_awards", "pv_wages"):
        parts = getattr(places, name)[0][cohorts].sum(axis=-1)
        np.testing.assert_allclose(parts, getattr(nation, name)[0, ..., 0][cohorts], rtol=1e-12)
