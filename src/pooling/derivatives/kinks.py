"""Where the model bends: a derivative there holds on one side only.

A fund that is filled stays at zero however much more is missing; a settlement and a reaction of collection depend on the
sign of a year's result; a reference wage is the greater of two. Members beyond the coverage of a cell, minimum years and
exhausted accounts bend, too, but cell by cell, so that the sum over thousands of cells is nearly smooth: they are not
listed.
"""

from dataclasses import dataclass

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pooling.dataset import Labels
from pooling.measures.quotient import quotient
from pooling.year import Model, YearResult


class Margins(eqx.Module):
    """Distances from the kinks that are followed; fractions, zero at a kink."""

    balance: Float[Array, "y s f"]
    """Balance before a government fills it, over the year's outgo."""
    result: Float[Array, "y s f"]
    """Result of the year before settlement, over the year's outgo."""
    reference_wage: Float[Array, "y p"]
    """Average wage over the reference wage that it would have to exceed, less one."""


@dataclass(frozen=True)
class Kink:
    """A kink near which the path passes."""

    what: str
    """What is near zero."""
    where: str
    """Scheme, arrangement and pool, or the province."""
    year: int
    distance: float
    """How far the path is from the kink; a fraction, negative on the lower side."""


WORDS = {
    "balance": "balance of the fund before it is filled, over outgo",
    "result": "result of the year before settlement, over outgo",
    "reference_wage": "average wage over the least reference wage, less one",
}
"""Margin → what is near zero."""


def margins(model: Model, path: YearResult) -> Margins:
    """Distances from the kinks along a path; NaN where there is no outgo."""
    year, growth = path.funds, model.levers.reference_growth_cap
    own = year.contributions + year.scheduled_subsidy - year.outgo
    rate = model.levers.economy.fund_return[:, None, None]
    result = own + rate * (year.opening_balance + 0.5 * own)
    least = path.reference_wage[:-1] * (1 + growth)
    opening = jnp.full_like(path.wage[:1], jnp.nan)  # the first year's is published
    return Margins(
        balance=quotient(
            year.closing_balance - year.deficit_subsidy - year.benefit_cut, year.outgo
        ),
        result=quotient(result, year.outgo),
        reference_wage=jnp.concatenate([opening, path.wage[1:] / least - 1]),
    )


def kinks_of(found: Margins, labels: Labels, tolerance: float) -> tuple[Kink, ...]:
    """The kinks within a distance, nearest first.

    Args:
        found: margins of a path.
        labels: of the run.
        tolerance: largest distance; a fraction.
    """
    rows = [
        Kink(WORDS[name], where, int(labels.years[year]), distance)
        for name in WORDS
        for year, where, distance in _near(np.asarray(getattr(found, name)), labels, tolerance)
    ]
    return tuple(sorted(rows, key=lambda kink: abs(kink.distance)))


def _near(margin: np.ndarray, labels: Labels, tolerance: float) -> list[tuple[int, str, float]]:
    close = np.argwhere(np.abs(margin) <= tolerance).tolist()
    return [(at[0], _place(at[1:], labels), float(margin[tuple(at)])) for at in close]


def _place(at: list[int], labels: Labels) -> str:
    if len(at) == 1:
        return labels.provinces.name[at[0]]
    scheme, fund = at
    arrangement = labels.funds.arrangement[fund]
    key = labels.arrangements.key[labels.arrangements.code.tolist().index(arrangement)]
    return f"{labels.schemes.key[scheme]}, {key}, {labels.funds.name[fund]}"
