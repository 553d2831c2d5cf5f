"""The laws on random small countries: one to six municipalities in up to three provinces, one to thirty years.

``-m slow`` tries many countries of every shape; the quick part a few of two shapes. How many is printed at the end.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from example_country import by_arrangement, relative
from pooling.drivers.economy import Path
from pooling.pools.funds import FundYear
from pooling.proof.account import account_gap, carried_gap, excess, gross_flow
from pooling.proof.people import books_under
from pooling.proof.self_test import LIMITS
from pooling.results.family import local_flows
from pooling.results.transfers import transfers
from pooling.year import YearResult
from random_country import (
    ARRANGEMENTS,
    FEW,
    HORIZON,
    SHAPES,
    TRIED,
    Country,
    Recipe,
    Shape,
    account_of,
    apart,
    country_of,
    drivers_of,
    model_of,
    pooling_of,
    rearranged,
    recipes,
    run_country,
)

ROUNDING = LIMITS["double"].gap
QUICK, MANY = 20, 200
"""Random countries of every law."""


@pytest.fixture(scope="module", autouse=True)
def _count(request: pytest.FixtureRequest) -> Iterator[None]:
    """Say at the end how many countries were tried."""
    yield
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        by_law = ", ".join(f"{law} {count}" for law, count in TRIED.items())
        print(f"\n{sum(TRIED.values())} random countries: {by_law}")


def law(*shapes: Shape) -> Callable[[Callable[[Recipe], None]], Callable[[str], None]]:
    """A test of a law on random countries: a few quickly, many slowly; of the given shapes, by default of all."""

    def decorate(check: Callable[[Recipe], None]) -> Callable[[str], None]:
        def counted(recipe: Recipe) -> None:
            TRIED[check.__name__.removeprefix("test_")] += 1
            check(recipe)

        @pytest.mark.parametrize("effort", ["quick", pytest.param("many", marks=pytest.mark.slow)])
        def test(effort: str) -> None:
            few = effort == "quick"
            chosen = (shapes[:1] or FEW) if few else (shapes or SHAPES)
            tried = given(recipes(chosen))(counted)
            settings(max_examples=QUICK if few else MANY)(tried)()

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate


def each_arrangement(country: Country, values: np.ndarray) -> dict[str, np.ndarray]:
    """Values whose last axis is the fund, by arrangement."""
    return by_arrangement(pooling_of(country.province), values)


@law()
def test_people_are_conserved(recipe: Recipe):
    country = country_of(recipe)
    drivers = jax.tree.map(np.asarray, drivers_of(country, recipe.realization))
    result = run_country(country, recipe.realization)
    before = country.persons.sum()
    found = books_under(
        country.levers, country.persons, country.origin, drivers.migration, drivers.relative_wage
    )
    for t, year in enumerate(found):
        engine = np.stack([classes[t] for classes in result.people])
        change = year.change.births - year.change.deaths + year.change.net_migration
        scale = before + year.change.births
        assert abs(engine.sum() - before - change) <= ROUNDING * scale
        assert np.abs(engine - year.people.sum(axis=(1, 2))).max() <= ROUNDING * scale
        assert (engine >= 0).all() and (year.people >= 0).all()
        before = engine.sum()
    scale = np.max([sum(result.people).sum(axis=1).max(), country.persons.sum()])
    assert np.abs(result.people_residual).max() <= ROUNDING * scale
    assert np.abs(result.origin_residual).max() <= ROUNDING * scale


@law()
def test_money_is_conserved(recipe: Recipe):
    country = country_of(recipe)
    result = run_country(country, recipe.realization)
    account = account_of(result.funds)
    assert all(np.isfinite(values).all() for values in account.values())
    assert excess(account_gap(account), gross_flow(account)) <= ROUNDING
    assert not carried_gap(account).any()
    gross = each_arrangement(country, np.moveaxis(gross_flow(account), -1, 0))
    for received, paid in (("settlement", None), ("moved_in", "moved_out")):
        incoming = each_arrangement(country, getattr(result.funds, received))
        outgoing = each_arrangement(country, getattr(result.funds, paid)) if paid else {}
        for key, values in incoming.items():
            net = values.sum(axis=-1) - outgoing.get(key, np.zeros_like(values)).sum(axis=-1)
            assert excess(net, gross[key].sum(axis=-1)) <= ROUNDING, (received, key)


@law()
def test_pooling_moves_money_and_no_flow(recipe: Recipe):
    """Every level has the nation's contributions, benefits, subsidies and wages; funds those of their municipalities."""
    country = country_of(recipe)
    result = run_country(country, recipe.realization)
    scheme = result.schemes[0]
    local = {
        "contributions": scheme.contributions,
        "outgo": scheme.outgo(0),
        "wage_bill": scheme.wage_bill,
        "scheduled_subsidy": scheme.scheduled_subsidy[0].sum(axis=1),
    }
    membership = np.asarray(country.levers.geography.membership)
    for name, municipal in local.items():
        found = each_arrangement(country, getattr(result.funds, name)[:, 0])
        scale = np.abs(municipal).sum()
        assert np.abs(found["municipal"] - municipal).max() <= ROUNDING * scale, name
        for key in ("provincial", "levy"):
            assert np.abs(found[key] - municipal @ membership).max() <= ROUNDING * scale
        for key in ARRANGEMENTS:
            gap = found[key].sum(axis=-1) - municipal.sum(axis=-1)
            assert np.abs(gap).max() <= ROUNDING * scale, (name, key)


def transfers_of(country: Country, result: YearResult) -> dict[str, np.ndarray]:
    """Net transfers of every arrangement."""
    model = model_of(country)
    named = transfers(model, result, local_flows(model, result))
    return {name: np.asarray(values) for name, values in named.items()}


@law()
def test_transfers_between_regions_sum_to_zero(recipe: Recipe):
    country = country_of(recipe)
    result = run_country(country, recipe.realization)
    assume((result.schemes[0].wage_bill > 0).all())
    named = transfers_of(country, result)
    scale = np.abs(result.schemes[0].outgo(0)).sum()
    for name in ("net_transfer_province", "net_transfer_cash_province"):
        assert np.abs(named[name].sum(axis=2)).max() <= ROUNDING * scale, name
    alone = np.asarray(named["net_transfer_municipality"])[:, ARRANGEMENTS.index("municipal")]
    assert np.abs(alone).max() <= ROUNDING * scale


@law(Shape((1,), 7), Shape((1, 1), 7), Shape((1, 1, 1), 30))
def test_where_a_province_is_a_municipality_levels_are_one(recipe: Recipe):
    country = country_of(recipe)
    result = run_country(country, recipe.realization)
    for name in FundYear.__dataclass_fields__.keys() - {"deficit_payer"}:
        found = each_arrangement(country, getattr(result.funds, name))
        np.testing.assert_array_equal(found["municipal"], found["provincial"], err_msg=name)
        if len(country.reserves) == 1:
            np.testing.assert_array_equal(found["municipal"], found["national"], err_msg=name)


def all_alike(country: Country, count: int) -> Country:
    """As many copies of the first municipality, each a province of its own that sends migrants to all others alike."""
    first = np.zeros(count, int)
    alike = rearranged(country, first, first, np.arange(count))
    even = (1 - np.eye(count)) / (count - 1)
    one = np.asarray(alike.persons)[2].sum() / count
    return eqx.tree_at(
        lambda c: (c.levers.migration.destination, c.origin), alike, (even, even * one)
    )


@law(Shape((1, 1), 7), Shape((1, 1, 1), 30))
def test_equal_regions_redistribute_nothing(recipe: Recipe):
    """Provincial shocks are equal too: those of the first province everywhere."""
    country = all_alike(country_of(recipe), len(recipe.shape.cities))
    drawn = drivers_of(country, recipe.realization)
    same = {
        name: jnp.repeat(getattr(drawn, name)[:, :1], len(recipe.shape.cities), axis=1)
        for name in ("wage", "relative_wage", "migration")
    }
    result = run_country(country, drivers=replace(drawn, **same))
    assume((result.schemes[0].wage_bill > 0).all())
    scale = np.abs(result.schemes[0].outgo(0)).sum() + np.abs(result.funds.contributions).sum()
    for key, settled in each_arrangement(country, result.funds.settlement).items():
        # Local reserves pay their own pool; nobody pays anybody else.
        if key != "local":
            assert np.abs(settled).max() <= 1e-11 * scale, key
    named = transfers_of(country, result)
    for name in ("net_transfer_municipality", "net_transfer_province"):
        assert np.abs(np.asarray(named[name])).max() <= 1e-11 * scale, name
    for name in ("gini_burden", "theil_burden", "theil_between", "theil_within", "cv_burden"):
        values = np.asarray(named[name]) if name in named else np.zeros(1)
        assert np.nanmax(np.abs(values), initial=0) <= 1e-11, name


def shuffled(
    country: Country, random: np.random.Generator
) -> tuple[Country, np.ndarray, np.ndarray]:
    """The same country in another order of municipalities and provinces, and the two orders."""
    provinces = random.permutation(len(country.reference_wage))
    cities = random.permutation(len(country.reserves))
    place = np.argsort(provinces)  # where a province now stands
    return (
        rearranged(country, cities, provinces, place[country.province[cities]]),
        cities,
        provinces,
    )


@law(Shape((2, 1), 3), Shape((1, 2, 3), 30))
def test_another_order_of_regions_gives_the_same_in_that_order(recipe: Recipe):
    country = country_of(recipe)
    drivers = drivers_of(country, recipe.realization)
    other, cities, provinces = shuffled(country, np.random.default_rng(recipe.number))
    moved = {
        name: getattr(drivers, name)[:, provinces]
        for name in ("wage", "relative_wage", "migration")
    }
    first = run_country(country, drivers=drivers)
    second = run_country(other, drivers=replace(drivers, **moved))
    for name in ("contributions", "contributors", "beneficiaries", "wage_bill"):
        values = getattr(first.schemes[0], name)[:, cities]
        assert relative(getattr(second.schemes[0], name) - values, values) <= ROUNDING, name
    assert (
        relative(sum(second.people) - sum(first.people)[:, cities], sum(first.people)) <= ROUNDING
    )
    gross = np.abs(account_of(first.funds)["opening_balance"]).max() + first.funds.outgo.sum()
    before = each_arrangement(country, first.funds.closing_balance)
    after = each_arrangement(other, second.funds.closing_balance)
    for key, order in (("municipal", cities), ("provincial", provinces), ("national", [0])):
        assert np.abs(after[key] - before[key][..., order]).max() <= ROUNDING * gross, key


@law(Shape((1, 1), 7), Shape((1, 1, 1), 30))
def test_without_migration_every_province_is_a_country_of_its_own(recipe: Recipe):
    country = apart(country_of(recipe))
    drivers = drivers_of(country, recipe.realization)
    together = run_country(country, drivers=drivers)
    municipal = each_arrangement(country, together.funds.closing_balance)["municipal"]
    assert not together.funds.moved_in.any() and not together.funds.moved_out.any()
    for k in range(len(recipe.shape.cities)):
        own = rearranged(country, np.array([k]), np.array([k]), np.array([0]))
        part = {
            name: getattr(drivers, name)[:, k : k + 1]
            for name in ("wage", "relative_wage", "migration")
        }
        alone = run_country(own, drivers=replace(drivers, **part))
        people, here = sum(alone.people)[:, 0], sum(together.people)[:, k]
        assert relative(people - here, here) <= ROUNDING
        for name in ("contributions", "contributors", "beneficiaries", "refunded_accounts"):
            values = getattr(together.schemes[0], name)[:, k]
            assert relative(getattr(alone.schemes[0], name)[:, 0] - values, values) <= ROUNDING
        scale = together.funds.outgo.sum() + together.funds.contributions.sum()
        balance = each_arrangement(own, alone.funds.closing_balance)["municipal"]
        assert np.abs(balance[..., 0] - municipal[..., k]).max() <= ROUNDING * (
            scale + country.reserves.max()
        )


def with_levers(country: Country, where: Callable, change: Callable) -> Country:
    """Some levers changed, wherever they are."""
    return eqx.tree_at(lambda c: where(c.levers), country, replace_fn=change)


@law()
def test_nothing_comes_of_nothing(recipe: Recipe):
    """No fertility, nobody more; no mortality, nobody less; no rates, no contributions, no subsidy."""
    country = apart(country_of(recipe))
    childless = with_levers(country, lambda v: v.vital.fertility_level, np.zeros_like)
    immortal = with_levers(childless, lambda v: v.vital.mortality, np.zeros_like)
    people = sum(run_country(childless, recipe.realization).people).sum(axis=1)
    assert (np.diff(people) <= ROUNDING * people[:-1]).all()
    living = sum(run_country(immortal, recipe.realization).people).sum(axis=1)
    np.testing.assert_allclose(living, country.persons.sum(), rtol=ROUNDING)
    rates = ("employer_rate", "employee_rate", "flexible_pooled_rate", "flexible_account_rate")
    free = with_levers(
        country, lambda v: [getattr(v.schemes[0], name) for name in rates], np.zeros_like
    )
    assert not run_country(free, recipe.realization).funds.contributions.any()
    stingy = with_levers(
        country,
        lambda v: [v.schemes[0].subsidy_of_outgo, v.schemes[0].subsidy_of_wage],
        jnp.zeros_like,
    )
    assert not run_country(stingy, recipe.realization).funds.scheduled_subsidy.any()


def richer(country: Country, factor: float) -> Country:
    """All money times a factor."""
    awarded = ("pension", "account_pension", "accounts")
    return eqx.tree_at(
        lambda c: (
            c.levers.economy.wage,
            c.reference_wage,
            c.reserves,
            c.stocks.rights.accounts,
            *(getattr(c.stocks.awarded, name) for name in awarded),
            *(getattr(c.stocks.awarded_oldest, name) for name in awarded),
        ),
        country,
        replace_fn=lambda part: jax.tree.map(lambda leaf: leaf * factor, part),
    )


def larger(country: Country, factor: float) -> Country:
    """All people, with their rights and reserves, times a factor."""
    return eqx.tree_at(
        lambda c: (
            c.levers.vital.net_migration,
            c.levers.schemes[0].subsidy_of_wage,
            c.persons,
            c.origin,
            c.stocks,
            c.reserves,
        ),
        country,
        replace_fn=lambda part: jax.tree.map(lambda leaf: leaf * factor, part),
    )


MONEY = ("contributions", "outgo", "closing_balance", "deficit_subsidy", "settlement", "interest")


def heads_of(result: YearResult) -> dict[str, np.ndarray]:
    """People, contributors, beneficiaries."""
    flows = result.schemes[0]
    return {
        "people": sum(result.people),
        "contributors": flows.contributors,
        "beneficiaries": flows.beneficiaries,
    }


@law()
def test_money_times_a_power_of_two_is_that_money_to_the_last_bit(recipe: Recipe):
    country = country_of(recipe)
    first = run_country(country, recipe.realization)
    second = run_country(richer(country, 2.0**7), recipe.realization)
    for name in MONEY:
        np.testing.assert_array_equal(
            getattr(second.funds, name), 2.0**7 * getattr(first.funds, name), err_msg=name
        )
    for name, heads in heads_of(first).items():
        np.testing.assert_array_equal(heads_of(second)[name], heads, err_msg=name)


@law()
def test_three_times_the_people_are_three_times_the_flows(recipe: Recipe):
    country = country_of(recipe)
    first = run_country(country, recipe.realization)
    second = run_country(larger(country, 3.0), recipe.realization)
    gross = np.moveaxis(gross_flow(account_of(first.funds)), -1, 0).max()
    for name in MONEY:
        gap = getattr(second.funds, name) - 3 * getattr(first.funds, name)
        assert np.abs(gap).max() <= 10 * ROUNDING * gross, name
    for name, heads in heads_of(first).items():
        assert relative(heads_of(second)[name] - 3 * heads, heads) <= ROUNDING, name


@law()
def test_a_higher_contribution_rate_collects_no_less(recipe: Recipe):
    country = country_of(recipe)
    higher = with_levers(country, lambda v: v.schemes[0].employer_rate, lambda rate: rate + 0.01)
    first, second = (run_country(each, recipe.realization) for each in (country, higher))
    assert (second.schemes[0].contributions >= first.schemes[0].contributions).all()
    # Rights do not follow the employers' rate.
    np.testing.assert_array_equal(second.schemes[0].outgo(0), first.schemes[0].outgo(0))
    assert (second.before_subsidy.sum() >= first.before_subsidy.sum()) or recipe.fund_return < 0


@law()
def test_higher_mortality_leaves_no_more_pensioners(recipe: Recipe):
    """Of the pensions in payment at the opening and of the people."""
    country = country_of(recipe)
    closed = with_levers(country, lambda v: v.schemes[0].hazard, np.zeros_like)
    deadly = with_levers(closed, lambda v: v.vital.mortality, lambda factor: 1.1 * factor)
    first, second = (run_country(each, recipe.realization) for each in (closed, deadly))
    scale = first.schemes[0].beneficiaries.max()
    more = second.schemes[0].beneficiaries - first.schemes[0].beneficiaries
    assert more.max() <= ROUNDING * scale
    people = sum(second.people).sum(axis=1) - sum(first.people).sum(axis=1)
    assert people.max() <= ROUNDING * sum(first.people).max()


def later(hazard: np.ndarray) -> np.ndarray:
    """Everybody retires a year later."""
    return np.concatenate([np.zeros_like(hazard[..., :1]), hazard[..., :-1]], axis=-1)


@law()
def test_a_higher_pension_age_leaves_no_more_pensioners(recipe: Recipe):
    country = country_of(recipe)
    old = with_levers(country, lambda v: v.schemes[0].minimum_years, np.zeros_like)
    # All claim and qualify, and nobody is paid for a year that he would not have worked.
    closed = with_levers(old, lambda v: v.schemes[0].entry, np.zeros_like)
    postponed = with_levers(closed, lambda v: v.schemes[0].hazard, later)
    first, second = (run_country(each, recipe.realization) for each in (closed, postponed))
    heads = [each.schemes[0].beneficiaries.sum(axis=1) for each in (first, second)]
    assert (heads[1] <= heads[0] * (1 + ROUNDING)).all()
    paid = [each.schemes[0].pensions[0][0] for each in (first, second)]
    assert (paid[1] <= paid[0] * (1 + ROUNDING)).all()  # of the first year: no career is longer


@given(st.sampled_from(SHAPES), st.integers(0, 2**32 - 1))
@settings(max_examples=50)
def test_random_countries_are_what_they_should_be(shape: Shape, number: int):
    """The generator: shapes, shares that add up, people with origins."""
    country = country_of(Recipe(shape, number, 0, 0.0, 1.0, 1.0, 1.0, 0.02, 0.03))
    assert country.persons.shape == (3, 2, 101, sum(shape.cities)) and shape.years <= HORIZON
    moving, count = country.levers.migration, len(shape.cities)
    for share in (moving.arrival_share, moving.home_share):
        np.testing.assert_allclose(np.bincount(country.province, share), 1, rtol=1e-12)
    rows = np.asarray(moving.destination).sum(axis=1)
    np.testing.assert_allclose(rows, float(count > 1), rtol=1e-12)
    living = np.bincount(country.province, country.persons[2].sum(axis=(0, 1)))
    np.testing.assert_allclose(country.origin.sum(axis=0), living, rtol=1e-12)
    assert (country.persons >= 0).all() and country.persons.sum() > 0
    assert country.levers.economy.inflation.shape == (shape.years,)


def test_another_order_means_another_order():
    recipe = Recipe(FEW[0], 5, 1, 0.05, 1.0, 1.0, 1.0, 0.02, 0.03)
    country = country_of(recipe)
    _, cities, provinces = shuffled(country, np.random.default_rng(2))
    assert sorted(cities) == [0, 1, 2] and list(cities) != [0, 1, 2]
    assert sorted(provinces) == [0, 1] and isinstance(drivers_of(country, 1), Path)


LONE = Shape((1,), 7)


@law(LONE)
def test_where_everybody_dies_or_nobody_lives_all_is_finite(recipe: Recipe):
    """Hazards so high that nobody survives a year, a country of one person, a country of nobody."""
    country = country_of(recipe)
    deadly = with_levers(country, lambda v: v.vital.mortality, lambda factor: 1e9 + factor)
    persons = np.zeros_like(country.persons)
    nobody = replace(
        country,
        persons=persons,
        origin=0 * country.origin,
        stocks=jax.tree.map(np.zeros_like, country.stocks),
        reserves=0 * country.reserves,
    )
    one = np.array(persons)
    one[0, 0, 30, 0] = 1.0
    results = {
        "deadly": run_country(deadly, recipe.realization),
        "nobody": run_country(nobody, recipe.realization),
        "one": run_country(replace(nobody, persons=one), recipe.realization),
    }
    for name, result in results.items():
        assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(result)), name
        assert (sum(result.people) >= 0).all(), name
    # Net migrants come where people are: nobody is where nobody was.
    assert not sum(results["nobody"].people).any()
    assert not results["nobody"].funds.closing_balance.any()
    assert results["deadly"].schemes[0].beneficiaries[1:].max() <= 1e-6 * country.persons.sum()
