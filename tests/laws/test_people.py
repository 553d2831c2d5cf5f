"""People are conserved: a bookkeeping in plain NumPy, by age, beside the model's columns."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.typing import NDArray

from example_country import SEED, Opening, Projected, project_country, relative
from pooling.drivers.economy import draw
from pooling.parameters.model import Migration

Array = NDArray[np.float64]


def a_year(
    people: Array, origin: Array, opening: Opening, shock: Array, wage: Array, t: int
) -> tuple[Array, Array, dict[str, float]]:
    """One year of [class, sex, age, municipality] and of the origins; with births, deaths and net migrants."""
    levers = opening.model.levers
    vital, province = levers.vital, np.asarray(levers.geography.province)
    hazard = np.asarray(vital.mortality_multiplier * vital.mortality[t]).T[province]  # [m, sex]
    living = np.asarray(vital.survival)[t][:, :, None] ** hazard.T[:, None, :]  # [sex, age, m]
    after = np.zeros_like(people)
    after[:, :, 1:] = people[:, :, :-1] * living[:, 1:]
    after[:, :, 100] += people[:, :, 100] * living[:, 100]
    women = people[:, 1] * 0.5
    women[:, 1:] += 0.5 * people[:, 1, :-1] * living[1, 1:]
    women[:, 0] = 0.5 * people[:, 1, 0]
    # Half of the exposure at the age on 1 January, half at the age on 31 December.
    level = float(vital.fertility_level[t]) * np.asarray(vital.fertility_multiplier)[province]
    rate = np.asarray(vital.fertility)[t] * level[:, None]
    born = np.einsum("cam,ma->cm", women[:, :100], rate[:, :100])
    ratio = float(vital.sex_ratio[t])
    boys = np.array([ratio, 1.0]) / (1 + ratio)
    newborn = born[:, None, :] * boys[:, None] * living[:, 0]
    after[:, :, 0] = newborn
    deaths = people.sum() + born.sum() - after.sum()
    nation = after.sum(axis=(0, 3))
    net = np.asarray(vital.net_migration)[t]
    net = np.where(nation > 0, np.maximum(net, -nation), 0)
    after = (
        after * (1 + np.divide(net, nation, out=np.zeros_like(net), where=nation > 0))[:, :, None]
    )
    living_there = by_province(after[2].sum(axis=(0, 1)), province)
    origin = origin * ratio_of(living_there, origin.sum(axis=0))
    moved, origin = migrate(after, origin, levers.migration, province, shock, wage)
    return moved, origin, {"births": born.sum(), "deaths": deaths, "net": net.sum()}


def by_province(values: Array, province: NDArray[np.int_]) -> Array:
    """Sums over the last axis, the municipality."""
    return values @ np.eye(province.max() + 1)[province]


def ratio_of(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def migrate(
    people: Array,
    origin: Array,
    levers: Migration,
    province: NDArray[np.int_],
    shock: Array,
    wage: Array,
) -> tuple[Array, Array]:
    """Moves person by person's fate: return, move on inside the province or to another one, keep or lose a class."""
    profile = np.asarray(levers.age_profile)[:, :, None]
    leaving = np.asarray(levers.intensity) * shock[province]
    out = people * profile * leaving
    stay = people - out
    left = by_province(out, province)  # [class, sex, age, p]
    pull = np.asarray(levers.destination) * wage ** float(levers.wage_elasticity)
    onward = (1 - np.asarray(levers.within_province))[:, None] * pull / pull.sum(axis=1)[:, None]
    onward += np.diag(np.asarray(levers.within_province))
    home = ratio_of(origin, np.broadcast_to(origin.sum(axis=0), origin.shape))  # [o, residence]
    back, far_back = float(levers.return_in_province), float(levers.return_other_province)
    count = len(wage)
    arrived = np.zeros((3, *left.shape[1:]))  # by class of arrival
    carried = np.zeros((count, count))  # [registration, residence]
    for r in range(count):
        arrived[0, ..., r] += back * left[1, ..., r]
        for o in range(count):
            arrived[0, ..., o] += far_back * home[o, r] * left[2, ..., r]
        for d in range(count):
            for c, share in ((0, 1.0), (1, 1 - back)):
                group = share * onward[r, d] * left[c, ..., r]
                arrived[1 if d == r else 2, ..., d] += group
                if d != r:
                    carried[r, d] += group.sum()
            for o in range(count):
                group = (1 - far_back) * onward[r, d] * home[o, r] * left[2, ..., r]
                arrived[0 if o == d else 2, ..., d] += group
                if o != d:
                    carried[o, d] += group.sum()
    spread = [levers.home_share, levers.arrival_share, levers.arrival_share]
    after = stay + np.stack([arrived[c][..., province] * np.asarray(spread[c]) for c in range(3)])
    change = float(levers.registration_change)
    after[0] += change * (after[1] + after[2])
    after[1:] *= 1 - change
    still = 1 - ratio_of(
        left[2].sum(axis=(0, 1)), by_province(people[2].sum(axis=(0, 1)), province)
    )
    return after, (1 - change) * (origin * still + carried)


@pytest.mark.parametrize("path", [0, 1])
def test_population_is_the_bookkeeping_by_age(
    opening: Opening, central: Projected, stochastic: Projected, path: int
):
    result = (central, stochastic)[path].year
    drivers = draw(opening.model.levers.economy, SEED, jnp.int32(path))
    people, origin = opening.population.persons, np.asarray(opening.state.origin)
    for t in range(len(result.wage)):
        before = people.sum()
        people, origin, flows = a_year(
            people,
            origin,
            opening,
            np.asarray(drivers.migration[t]),
            np.asarray(drivers.relative_wage[t]),
            t,
        )
        engine = np.stack([classes[t] for classes in result.people])
        change = flows["births"] - flows["deaths"] + flows["net"]
        assert abs(engine.sum() - before - change) <= 1e-12 * before
        assert relative(engine - people.sum(axis=(1, 2)), engine) <= 1e-12
        assert (people >= 0).all()


def test_people_of_another_province_have_an_origin(central: Projected, stochastic: Projected):
    for result in (central.year, stochastic.year):
        assert np.abs(result.origin_residual).max() <= 1e-12 * result.people[2].sum(axis=1).max()
        assert np.abs(result.people_residual).max() <= 1e-12 * sum(result.people).sum(axis=1).max()
        assert min(classes.min() for classes in result.people) >= 0


def test_without_migration_nobody_changes_place(opening: Opening, central: Projected):
    still = eqx.tree_at(
        lambda m: m.levers.migration.intensity,
        opening.model,
        jnp.zeros_like(opening.model.levers.migration.intensity),
    )
    result = project_country(opening, 1, still).year
    for moves in result.moves:
        assert not moves.out.any() and not moves.arrived.any() and not moves.between.any()
    assert not result.funds.moved_in.any() and not result.funds.moved_out.any()
    # Only registration changes; places keep their own people, whatever the path of wages.
    calm = project_country(opening, 0, still).year
    np.testing.assert_array_equal(sum(result.people), sum(calm.people))
    assert np.abs(sum(calm.people) - sum(central.year.people)).max() > 100


def test_without_fertility_nobody_is_born(opening: Opening):
    childless = eqx.tree_at(
        lambda m: (m.levers.vital.fertility_level, m.levers.vital.net_migration),
        opening.model,
        replace_fn=jnp.zeros_like,
    )
    people = sum(project_country(opening, 0, childless).year.people).sum(axis=1)
    persons, vital = opening.population.persons, childless.levers.vital
    survival = np.asarray(vital.survival) ** np.asarray(vital.mortality)[:, None, None]
    assert (np.diff(people) < 0).all() and people[0] < persons.sum()
    # The survivors of the opening stock and nobody else, to the differences in mortality between places.
    alive = persons.sum(axis=(0, 3))
    for t, total in enumerate(people):
        older = np.zeros_like(alive)
        older[:, 1:] = alive[:, :-1] * survival[t, :, 1:]
        older[:, 100] += alive[:, 100] * survival[t, :, 100]
        alive = older
        assert total == pytest.approx(alive.sum(), rel=2e-3)


def test_international_migrants_are_those_of_the_table(opening: Opening, central: Projected):
    without = eqx.tree_at(
        lambda m: m.levers.vital.net_migration, opening.model, replace_fn=jnp.zeros_like
    )
    people = sum(project_country(opening, 0, without).year.people).sum(axis=1)
    more = sum(central.year.people)[0].sum() - people[0]
    net = np.asarray(opening.model.levers.vital.net_migration)[0].sum()
    assert more == pytest.approx(net, rel=1e-9)
