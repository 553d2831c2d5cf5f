"""What contributions buy by birth cohort, sex, history, province: money's worth, net transfer, internal rate, replacement.

On the host, from the flows of one path. Benefits are the awards of the years projected at their value at award; left out
are accounts given back (apart, as ``pv_accounts_returned``), what is left of accounts when pensioners die, and other outgo.
Stayers have one province, so that all that is theirs follows persons. What a migrant pays and is awarded stands in the
provinces where he lives at the time: only the sum over provinces follows persons, see :func:`of_places`.

Sources: Geanakoplos, Mitchell and Zeldes (2000) for money's worth and transfer; the formulas are in RULES 8.8.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from pooling.axes import OLDEST_AGE
from pooling.cohorts.flows import HISTORIES, CohortFlows, ages_of
from pooling.measures.cohort import internal_rate_of_return
from pooling.measures.solvency import discount_factors
from pooling.parameters.model import EmployeePension
from pooling.population.ring import Ring
from pooling.projection import Run
from pooling.state import PensionStocks, Rights

_internal_rate = jax.jit(internal_rate_of_return)

GROUPS = ("all", *HISTORIES)
"""The history axis of measures."""
BENEFITS_AGAINST_COSTS = ("money_worth", "net_transfer", "net_transfer_rate", "internal_rate")
"""Measures that need contributions and awards of the same persons."""

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Cohorts:
    """The birth cohorts of a run and what of their lives it holds; flags [fund, birth year, sex]."""

    birth_years: NDArray[np.int_]
    """Everybody who is of working age in a year of the run."""
    first_year: int
    youngest: int
    """First age of the flows."""
    opening_past: Flags
    """Prospective: had rights at the opening. Contributions count from the opening on only, awards in full: the opening's
    accounts and rights are not among the costs, so that money's worth is too high."""
    unfinished: Flags
    """Some reach their pension age after the last year: their awards are missing, so that money's worth is too low."""

    @property
    def complete(self) -> Flags:
        """All contributions and awards lie within the run."""
        return ~self.opening_past & ~self.unfinished


@dataclass(frozen=True)
class CohortMeasures:
    """Measures of one path: [fund, birth year, sex, history, province]; money on the first 1 January of the run.

    NaN where a measure is not defined: no contributions, wages or awards, or no internal rate within its limits.
    """

    cohorts: Cohorts
    pv_contributions: Values
    pv_awards: Values
    pv_accounts_returned: Values
    """Accounts of those who die before retirement or do not qualify; no part of the other measures."""
    pv_wages: Values
    """Covered wages, without the bases of missing years paid at the pension age."""
    money_worth: Values
    """PV of awards over PV of contributions."""
    net_transfer: Values
    """PV of awards less PV of contributions; currency."""
    net_transfer_rate: Values
    """The same over the PV of wages; negative = lifetime net tax."""
    internal_rate: Values
    """Rate at which the awards' values repay the contributions. Awards are valued at the given curve: with a flat one it is
    that rate where, and only where, money's worth is 1, and above it where money's worth is more."""
    replacement_rate: Values
    """First pensions over the covered wage of the last full year."""

    def migrant_minus_stayer(self, name: str) -> Values:
        """Difference of a measure between the histories: [fund, birth year, sex, province]."""
        values = getattr(self, name)
        migrant, stayer = (values[:, :, :, GROUPS.index(each)] for each in ("migrant", "stayer"))
        return migrant - stayer


def cohorts_of(run: Run, first_year: int) -> Cohorts:
    """The birth cohorts of a run.

    Args:
        run: the run.
        first_year: calendar year of its first year.
    """
    work = run.model.rings.work
    births = np.arange(first_year - 1 - work.last, first_year + run.years - 1 - work.first)
    age = first_year - 1 - births
    laws = [law for law in run.model.levers.schemes if isinstance(law, EmployeePension)]
    stocks = [each for each in run.opening.schemes if isinstance(each, PensionStocks)]
    past = [_opening_past(each.rights, work, age) for each in stocks]
    after = [_unfinished(np.asarray(law.hazard), work, age) for law in laws]
    youngest = ages_of(run.model.rings).start
    return Cohorts(births, first_year, youngest, np.stack(past), np.stack(after))


def _opening_past(rights: Rights, work: Ring, age: NDArray[np.int_]) -> Flags:
    """Whether cohorts of these ages at the opening can have earned rights before it: [birth year, sex].

    Those older than the youngest with rights have a past even where all have been awarded their pensions.
    """
    now = jnp.zeros((), jnp.int32)
    leaves = (*rights.service, *rights.accounts)
    held = sum(np.asarray(work.by_age(leaf, now)).sum(axis=0) for leaf in leaves)
    some = np.maximum.accumulate(np.asarray(held) > 0, axis=1)
    return np.where(age[:, None] < work.first, False, some[:, np.maximum(age - work.first, 0)].T)


def _unfinished(hazard: Values, work: Ring, age: NDArray[np.int_]) -> Flags:
    """Whether somebody has not reached the pension age by the end: [birth year, sex].

    Args:
        hazard: share of those who wait that reaches it in the year [year, sex, working age].
        work: ring of the working ages.
        age: of the cohorts at the opening.
    """
    waiting = np.ones((len(age), 2))
    for t, rates in enumerate(hazard):
        column = age + t - work.first
        inside = (column >= 0) & (column < work.size)
        waiting[inside] *= 1 - rates[:, column[inside]].T
    return waiting > 1e-9


def by_birth_year(values: Values, cohorts: Cohorts) -> Values:
    """Flows [year, …, sex, age on 1 January] of the cohorts: [birth year, sex, …, year], zero outside the ages.

    The open group 100+ has no birth year and is left out.
    """
    followed = np.zeros((len(cohorts.birth_years), *values.shape[:-1]))
    for t, of_year in enumerate(values):
        age = cohorts.first_year + t - 1 - cohorts.birth_years
        inside = (age >= cohorts.youngest) & (age < OLDEST_AGE)
        followed[inside, t] = np.moveaxis(of_year[..., age[inside] - cohorts.youngest], -1, 0)
    return np.moveaxis(followed, (-1, 1), (1, -1))


def cohort_measures(
    flows: Sequence[CohortFlows], cohorts: Cohorts, discount: Values
) -> CohortMeasures:
    """Measures by fund, birth year, sex, history and province.

    Args:
        flows: of every fund on one path, from :func:`pooling.cohorts.project_cohorts`, as NumPy arrays.
        cohorts: of the run.
        discount: the yearly rates that awards were valued with.
    """
    parts = [_of_fund(each, cohorts, np.asarray(discount)) for each in flows]
    stacked = {name: np.stack([part[name] for part in parts]) for name in parts[0]}
    return CohortMeasures(cohorts, **stacked)


def of_nation(flows: CohortFlows) -> CohortFlows:
    """The same flows with the provinces added up: one province."""
    return jax.tree.map(lambda leaf: np.asarray(leaf).sum(axis=-3, keepdims=True), flows)


def of_places(measures: CohortMeasures) -> CohortMeasures:
    """Measures by province that are anybody's: NaN where the awards are not those of the payers.

    Present values of all and of migrants are flows of the place and add up to the nation's; a replacement rate is that of
    those who live in the province when they claim.
    """
    if measures.money_worth.shape[-1] == 1:
        return measures
    persons = np.array([group == "stayer" for group in GROUPS])[:, None]
    known = {
        name: np.where(persons, getattr(measures, name), np.nan) for name in BENEFITS_AGAINST_COSTS
    }
    return replace(measures, **known)


def _of_fund(flows: CohortFlows, cohorts: Cohorts, discount: Values) -> dict[str, Values]:
    def followed(values: object) -> Values:
        by_history = by_birth_year(np.asarray(values), cohorts)
        everybody = by_history.sum(axis=2, keepdims=True)
        return np.concatenate([everybody, by_history], axis=2)

    factors = np.asarray(discount_factors(jnp.asarray(discount)))
    paid, awarded = followed(flows.contributions), followed(flows.award_values)
    wages = followed(flows.wages)
    returned = followed(flows.inherited) + followed(flows.refunded)
    costs, benefits, earned = paid @ factors, awarded @ factors, wages @ factors
    return {
        "pv_contributions": costs,
        "pv_awards": benefits,
        "pv_accounts_returned": returned @ factors,
        "pv_wages": earned,
        "money_worth": _over(benefits, costs),
        "net_transfer": benefits - costs,
        "net_transfer_rate": _over(benefits - costs, earned),
        "internal_rate": np.asarray(_internal_rate(awarded, paid)),
        "replacement_rate": replacement_rate(
            followed(flows.new_pensions),
            followed(flows.new_pensioners),
            wages,
            followed(flows.contributors),
        ),
    }


def replacement_rate(
    pensions: Values, pensioners: Values, wages: Values, contributors: Values
) -> Values:
    """First pensions over what the new pensioners would earn at the mean covered wage of their cell a year earlier.

    Σ pensions_t ÷ Σ pensioners_t · (wages ÷ contributors)_{t − 1}: the year before is the last full one of work. Awards
    without such a year (the run's first, cells without contributors) are left out. The wage used in a year is the one
    earned the year before.

    Args:
        pensions: annual rate of the year's awards [cell, year].
        pensioners: their heads.
        wages: covered wages.
        contributors: person-years.
    """
    earned = _over(wages, contributors)[..., :-1]
    known = np.isfinite(earned)
    first = np.where(known, pensions[..., 1:], 0).sum(axis=-1)
    last = (pensioners[..., 1:] * np.where(known, earned, 0)).sum(axis=-1)
    return _over(first, last)


def _over(part: Values, whole: Values) -> Values:
    """part ÷ whole, NaN where there is nothing."""
    some = whole > 0
    return np.where(some, part / np.where(some, whole, 1), np.nan)
