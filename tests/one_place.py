"""What a scheme is given in a year, for tests of a scheme by itself."""

from types import ModuleType
from typing import Any

import jax.numpy as jnp

from pooling.parameters.model import Enrolment, in_year
from pooling.schemes.calendar import Calendar, Leaf, Place, Rings
from pooling.schemes.scheme import Covered, Given, ReferenceWage
from pooling.state import Persons

EVERYWHERE = Enrolment(jnp.ones(3), jnp.ones(()), jnp.ones(3))
"""Everybody may enrol where he lives."""


def given_of(
    place: Place,
    dates: Calendar,
    residents: tuple[Leaf, ...],
    wage: jnp.ndarray,
    reference_wage: tuple[jnp.ndarray | ReferenceWage, ...],
    notional_rate: float = 0.0,
    indexation: float | jnp.ndarray = 0.0,
    persons: Persons | None = None,
    elapsed: int | jnp.ndarray = 0,
    **changes: jnp.ndarray | Enrolment,
) -> Given:
    """A year without shocks; people of other than the working ages only where given.

    Args:
        place, dates, residents, wage, reference_wage, persons: see :class:`pooling.schemes.scheme.Given`.
        notional_rate, indexation, elapsed: of the year.
        changes: further fields.
    """
    nobody = jnp.zeros((len(wage), 200)), jnp.zeros((len(wage), 2))
    one = jnp.ones(())
    fields = {
        "enrolment": EVERYWHERE,
        "wage_level": one,
        "wage_shock": 0 * one,
        "prices": one,
        "fund_return": 0 * one,
    }
    return Given(
        place=place,
        dates=dates,
        persons=persons or Persons((nobody[0],), (nobody[1],)),
        residents=residents,
        wage=wage,
        reference_wage=tuple(alike(each) for each in reference_wage),
        notional_rate=jnp.asarray(notional_rate),
        indexation=jnp.asarray(indexation),
        elapsed=jnp.asarray(elapsed, jnp.int32),
        **(fields | changes),
    )


def alike(wage: jnp.ndarray | ReferenceWage) -> ReferenceWage:
    """A reference wage, the same in both parts of a pension unless it is told apart."""
    return wage if isinstance(wage, ReferenceWage) else ReferenceWage(wage, wage)


def advanced(
    module: ModuleType, levers: Any, rings: Rings, year: Given, covered: Covered, before: Any
) -> Any:
    """The year of a scheme whose tables need nothing of the economy.

    Args:
        module: the scheme.
        levers: of all years.
        rings: ages of work and of pensions.
        year, covered: what the scheme is given.
        before: its stocks.
    """
    rules = in_year(levers, year.elapsed)
    tables = module.tables(rules, None, rings, year.elapsed)
    return module.advance(rules, tables, year, covered, before)
