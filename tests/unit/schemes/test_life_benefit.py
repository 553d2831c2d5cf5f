import jax.numpy as jnp
import numpy as np
import pytest

from pooling.parameters.model import Geography
from pooling.population.ring import LIFE, Ring
from pooling.schemes.calendar import Rings, calendar
from pooling.schemes.life_benefit import close, exposure, lay, product, survival, total_of

HALVES = Rings(Ring(18, 50), Ring(50, 50), Ring(50, 25))
WHOLE = Rings(LIFE, LIFE, Ring(50, 50))
HERE = Geography(jnp.zeros(1, jnp.int32), jnp.ones((1, 1)))


def stock_at(age: int, rings: Rings):
    """One man of an age."""
    return lay(jnp.zeros((1, 2, 101)).at[0, 0, age].set(1.0), rings)


@pytest.mark.parametrize("rings", [HALVES, WHOLE])
@pytest.mark.parametrize("age", [18, 40, 60, 67, 68, 90])
def test_a_man_lives_through_both_rings(rings: Rings, age: int):
    # He survives with 0.9 a year and passes from ring to ring: 0.9^40 is left after 40 years, at whatever age.
    rates = jnp.full((1, 2, 101), 0.9)
    stock = stock_at(age, rings)
    for elapsed in range(40):
        dates = calendar(rings, rates, jnp.asarray(elapsed, jnp.int32))
        living = survival(dates, HERE)
        paid = total_of(product(stock, exposure(living)))
        np.testing.assert_allclose(paid, [0.95 * 0.9**elapsed], rtol=1e-12)
        stock = close(stock, living, jnp.zeros_like(stock.work), dates)
    np.testing.assert_allclose(total_of(stock), [0.9**40], rtol=1e-12)
    at_100 = 0.9**40 if age + 40 >= 100 else 0
    np.testing.assert_allclose(stock.oldest.sum(), at_100, atol=1e-15)


def test_the_open_group_empties_at_its_own_rate():
    rates = jnp.ones((1, 2, 101)).at[..., 100].set(0.5)
    stock = stock_at(100, HALVES)
    dates = calendar(HALVES, rates, jnp.asarray(0, jnp.int32))
    stock = close(stock, survival(dates, HERE), jnp.zeros_like(stock.work), dates)
    np.testing.assert_allclose(stock.oldest, [[0.5, 0]])


def test_new_ones_of_the_last_working_age_join_the_pension_ring():
    stock = stock_at(30, HALVES)
    nobody = product(stock, product(stock, stock_at(31, HALVES)))
    dates = calendar(HALVES, jnp.ones((1, 2, 101)), jnp.asarray(0, jnp.int32))
    after = close(nobody, survival(dates, HERE), stock_at(67, HALVES).work, dates)
    assert float(after.work.sum()) == 0
    following = jnp.asarray(1, jnp.int32)
    assert HALVES.pension.by_age(after.pension, following)[0, 0, 68 - 50] == 1


def test_children_stand_at_the_first_working_age():
    stock = stock_at(5, HALVES)
    assert HALVES.work.by_age(stock.work, jnp.asarray(0, jnp.int32))[0, 0, 0] == 1
