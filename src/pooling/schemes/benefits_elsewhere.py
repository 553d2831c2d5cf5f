"""Benefits that one province pays and that go to another one: [pays, goes to], the diagonal is zero.

Pensions go to the province where people lived when they were awarded, if they claimed at their registration; where
pensioners of the opening lived is not known, they are not counted. Treatment goes to the province where it is given.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import dot, ratio

Pairs = Float[Array, "p p"]


class Passage(eqx.Module):
    """What the paying provinces' amounts do in a year: their sums by province that pays."""

    before: Float[Array, " p"]
    """On 1 January."""
    paid: Float[Array, " p"]
    """In the year, of those of 1 January."""
    after: Float[Array, " p"]
    """On 31 December, without the year's new ones."""


def passed(stock: Pairs, year: Passage) -> tuple[Pairs, Pairs]:
    """What is paid of a stock in the year, and what is left of it, as of all that the paying province has in payment.

    They rise, are drawn and end as the mean of the paying province does, whose pensioners are older on average.

    Args:
        stock: annual amounts or heads on 1 January.
        year: of all pensions of the provinces.
    """
    share = ratio(stock, year.before[:, None])
    return share * year.paid[:, None], share * year.after[:, None]


def to_others(share: Pairs, weight: Float[Array, "p row"], brought: Float[Array, "p row"]) -> Pairs:
    """Sums over cohorts of what people bring to the provinces that pay, less what stays at home.

    Args:
        share: part of a residence that comes under a province: [residence, pays].
        weight: what a unit of a cohort counts in the province that pays.
        brought: by residence and cohort.
    """
    return elsewhere(share.T * dot(weight, brought.T))


def elsewhere(pairs: Pairs) -> Pairs:
    """Without what a province pays to itself."""
    return pairs * (1 - jnp.eye(pairs.shape[0], dtype=pairs.dtype))
