"""The movement of stocks as arrays: what one path needs, from an opened run of the model.

The stocks are the model's own leaves on its own rings: people by registration class, four rights of every fund by class,
pensions in payment. The mathematics is the model's movement with the formulas taken out, all of it linear:

- rights: ``y = stay · (gain · x + credit · heads)``, stay the share who live and do not retire, then migration by class;
- pensions: ``y = lived · rise · x + award · hazard · heads``; those who leave the ring join the group 100+;
- other schemes than the employee pension are left out, and with them their rights;
- people: survival, births, ageing, then migration by class.

Migration is that of ``population.migration.move`` over fixed routes. Nothing is drawn, nothing is paid.
"""

from dataclasses import dataclass, fields
from math import prod

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.program import Job
from pooling.parameters.model import EmployeePension, in_year
from pooling.population import migration

GAIN = np.array([1.0, 1.0, 1.0, 1.02])
CREDIT = np.array([0.0, 0.8, 0.7, 6000.0])
"""Of members, service, index, accounts: what a year adds to the right itself, and for every member."""
AWARD = np.array([1.0, 30000.0, 5000.0, 60000.0])
"""Of pensioners, pensions, account pensions, accounts: for every new pensioner."""
RISE = 1.02

Array = np.ndarray


@dataclass(frozen=True)
class Stocks:
    """Everything that one year hands to the next; people by class, rights by fund, right and class."""

    young: Array
    """[3, m, life]"""
    old: Array
    """[3, m, 2]"""
    rights: Array
    """[fund, 4, 3, m, work]"""
    awarded: Array
    """[fund, 4, m, work]"""
    awarded_oldest: Array
    """[fund, 4, m, 2]"""

    def arrays(self) -> tuple[Array, ...]:
        """The arrays in order."""
        return tuple(getattr(self, each.name) for each in fields(self))

    @property
    def numbers(self) -> int:
        """How many numbers there are."""
        return sum(prod(array.shape) for array in self.arrays())


@dataclass(frozen=True)
class Problem:
    """Stocks, fixed routes, and rates by year: float64 and int32, rows of a year side by side."""

    stocks: Stocks
    province: Array
    membership: Array
    leaving: Array
    within: Array
    local: Array
    elsewhere_settled: Array
    elsewhere_far: Array
    home_share: Array
    arrival_share: Array
    multiplier: Array
    back: float
    changed: float
    lived: Array
    lived_oldest: Array
    newborn: Array
    bearing: Array
    bearing_after: Array
    people: Array
    oldest: Array
    stay: Array
    """[y, fund, p, work]"""
    hazard: Array
    """[y, fund, work]"""
    rights: Array
    lived_pension: Array
    lived_pension_oldest: Array
    life_leavers: Array
    """[y, 2]: columns of the life ring whose people turn 100."""
    pension_leavers: Array
    """[y, 2]"""

    @property
    def years(self) -> int:
        """Years of the path."""
        return len(self.lived)


def problem_of(job: Job, years: int) -> Problem:
    """The movement of an opened run over its first years."""
    run, tables = job.run, jax.tree.map(lambda leaf: np.asarray(leaf)[:years], job.tables)
    levers, state = run.model.levers, run.opening
    vital, dates, profiles = tables.vital, tables.dates, tables.profiles
    moving = jax.tree.map(jnp.asarray, levers.migration)
    calm = jnp.ones_like(levers.economy.wage)
    this_year = in_year(moving, jnp.int32(0))
    route = migration.routes(this_year, levers.geography, calm, calm, state.origin)
    hazard = np.stack([tables.schemes[k].hazard for k in pensions_of(job)], axis=1)
    return Problem(
        stocks=_stocks(job),
        province=np.asarray(levers.geography.province, np.int32),
        membership=np.asarray(levers.geography.membership),
        leaving=_double(route.leaving),
        within=_double(moving.within_province),
        local=_double(route.local[2]),
        elsewhere_settled=_double(route.elsewhere[0]),
        elsewhere_far=_double(route.elsewhere[2]),
        home_share=_double(moving.home_share),
        arrival_share=_double(moving.arrival_share),
        multiplier=_double(levers.geography.to_municipalities(levers.vital.fertility_multiplier)),
        back=float(moving.return_in_province),
        changed=float(moving.registration_change),
        lived=_double(vital.lived),
        lived_oldest=_double(vital.oldest),
        newborn=_double(vital.newborn),
        bearing=_double(vital.bearing),
        bearing_after=_double(vital.bearing_after),
        people=_double(profiles.people),
        oldest=_double(profiles.oldest),
        stay=_double(dates.living[:, None] * (1 - hazard)[:, :, None]),
        hazard=_double(hazard),
        rights=_double(profiles.rights),
        lived_pension=_double(dates.living_pension),
        lived_pension_oldest=_double(dates.living_oldest),
        life_leavers=_columns(vital.turn.leaving),
        pension_leavers=_columns(dates.pension.leaving),
    )


def pensions_of(job: Job) -> list[int]:
    """Positions of the funds of the employee pension."""
    schemes = job.run.model.levers.schemes
    return [k for k, each in enumerate(schemes) if isinstance(each, EmployeePension)]


def _stocks(job: Job) -> Stocks:
    state = job.run.opening
    schemes = [state.schemes[k] for k in pensions_of(job)]
    rights = [
        [each.rights.members, each.rights.service, each.rights.index, each.rights.accounts]
        for each in schemes
    ]
    awarded, oldest = (
        [
            [each.heads, each.pension[0], each.account_pension, each.accounts]
            for each in (getattr(stocks, name) for stocks in schemes)
        ]
        for name in ("awarded", "awarded_oldest")
    )
    return Stocks(
        *(_double(x) for x in (state.persons.young, state.persons.oldest, rights, awarded, oldest))
    )


def _double(values: object) -> Array:
    return np.ascontiguousarray(np.array(values, np.float64))


def _columns(leaving: Array) -> Array:
    """Columns of the men and of the women who leave a ring, by year."""
    return np.stack([np.flatnonzero(row) for row in leaving]).astype(np.int32)
