"""People are conserved: a bookkeeping in plain NumPy, by age (``pooling.proof.people``), beside the model's columns."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from example_country import SEED, Opening, Projected, project_country, relative
from pooling.proof.people import books


@pytest.mark.parametrize("path", [0, 1])
def test_population_is_the_bookkeeping_by_age(
    opening: Opening, central: Projected, stochastic: Projected, path: int
):
    result = (central, stochastic)[path].year
    persons, origin = opening.population.persons, np.asarray(opening.state.origin)
    before = persons.sum()
    for t, year in enumerate(books(opening.model.levers, persons, origin, SEED, path)):
        engine = np.stack([classes[t] for classes in result.people])
        change = year.change.births - year.change.deaths + year.change.net_migration
        assert abs(engine.sum() - before - change) <= 1e-12 * before
        assert relative(engine - year.people.sum(axis=(1, 2)), engine) <= 1e-12
        assert (year.people >= 0).all()
        before = engine.sum()


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
