"""What contributions buy, by birth cohort, sex, class and province: money's worth, net transfer, internal rate, replacement.

On the host, from the flows of one path. Benefits are the awards of the years projected at their value at award; left out
are accounts given back (apart, as ``pv_accounts_returned``), what is left of accounts when pensioners die, and other outgo.
Cells hold flows, not persons: who moves or changes class contributes in one cell and is awarded a pension in another. Sums
over classes and provinces follow persons.

Sources: Geanakoplos, Mitchell and Zeldes (2000) for money's worth and transfer; the formulas are in RULES 8.8.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pooling.axes import OLDEST_AGE
from pooling.cohorts.annuity import discount_factors
from pooling.cohorts.flows import CohortFlows, ages_of
from pooling.projection import Run

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

LOWEST_RATE, HIGHEST_RATE = -0.5, 1.0
"""Internal rates are sought between these."""

HALVINGS = 60
"""Bring the interval below the rounding of a rate."""


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
    """Measures of one path: [fund, birth year, sex, class, province]; money on the first 1 January of the run.

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
    """Rate at which the awards' values repay the contributions; awards are valued at the given curve."""
    replacement_rate: Values
    """First pensions over the covered wage of the last full year."""

    def migrant_minus_local(self, name: str) -> Values:
        """Difference of a measure between the classes: [fund, birth year, sex, province]."""
        values = getattr(self, name)
        return values[:, :, :, 1] - values[:, :, :, 0]


def cohorts_of(run: Run, first_year: int) -> Cohorts:
    """The birth cohorts of a run.

    Args:
        run: the run.
        first_year: calendar year of its first year.
    """
    work = run.model.rings.work
    births = np.arange(first_year - 1 - work.last, first_year + run.years - 1 - work.first)
    past = [_opening_past(run, stocks.rights, births, first_year) for stocks in run.opening.schemes]
    last = [_unfinished(np.asarray(rules.hazard), work.first, births, first_year) for rules in run.model.levers.schemes]
    return Cohorts(births, first_year, ages_of(run.model.rings).start, np.stack(past), np.stack(last))


def _opening_past(run: Run, rights: object, births: NDArray[np.int_], first_year: int) -> Flags:
    return np.zeros((len(births), 2), bool)
