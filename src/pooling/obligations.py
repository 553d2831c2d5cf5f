"""What the funds owe: to those who are insured today, and to those who will be.

Three answers on the central path, by fund, at the valuation date. The open group is everybody whom the projection knows.
The closed group are the members and pensioners of the opening: nobody joins any more, everybody else is as in the
projection. Accrued to date is what they have earned so far: nobody joins and nobody pays any more; rights are paid when
they fall due, on the wages and rates of the projection, and without minimum years, because a career that ends today could
not reach them. Closed groups are the central path once more with other levers, by the same compiled program.
"""

from collections.abc import Callable, Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pooling.measures import solvency
from pooling.parameters.model import EmployeePension
from pooling.vocabulary import OUTGO
from pooling.year import Model

Arrays = Mapping[str, np.ndarray]
ByFund = Float[Array, "s f y"]

OPEN = "open_group_obligation"
CLOSED = ("entry",)
"""Levers of a scheme that are zero where nobody joins any more."""
ACCRUED = (*CLOSED, "density", "minimum_years")
"""And where nobody pays any more and minimum years do not count."""


def without(model: Model, levers: tuple[str, ...]) -> Model:
    """The model with some levers of the funds of the employee pension scheme at zero.

    Args:
        model: of the run.
        levers: names of arrays of such a fund.
    """

    def at(given: Model) -> list[Array]:
        funds = [each for each in given.levers.schemes if isinstance(each, EmployeePension)]
        return [getattr(fund, name) for fund in funds for name in levers]

    return eqx.tree_at(at, model, replace_fn=jnp.zeros_like)


def outgo_of(named: Arrays) -> np.ndarray:
    """All that a fund pays out [scheme, fund, year]."""
    return np.sum([named[part] for part in OUTGO], axis=0)


def obligations(
    model: Model, central: Arrays, project: Callable[[Model], Arrays]
) -> dict[str, np.ndarray]:
    """The quantities by scheme and fund.

    Args:
        model: of the run.
        central: named arrays of the central path.
        project: the central path under other levers.

    Returns:
        NaN for funds that an arrangement has for a part of the horizon only, and for closed groups of other schemes
        than the employee pension: they owe by the year, or their members cannot be told from those who join.
    """
    outgo = outgo_of(central)
    lasting = np.all((central["wage_bill"] > 0) | (outgo > 0), axis=-1)
    opening = central["opening_balance"][..., 0]
    rates = model.levers.economy.fund_return
    closed, accrued = (project(without(model, levers)) for levers in (CLOSED, ACCRUED))
    found = _values(
        opening,
        (central["contributions"], outgo),
        (closed["contributions"], outgo_of(closed)),
        outgo_of(accrued),
        rates,
    )
    pensions = [isinstance(each, EmployeePension) for each in model.levers.schemes]
    closes = np.array(pensions)[:, None]
    known = {name: lasting & (closes | (name == OPEN)) for name in found}
    return {name: np.where(known[name], values, np.nan) for name, values in found.items()}


@jax.jit
def _values(
    opening: Float[Array, "s f"],
    open_group: tuple[ByFund, ByFund],
    closed_group: tuple[ByFund, ByFund],
    accrued: ByFund,
    rates: Float[Array, " y"],
) -> dict[str, Float[Array, "s f"]]:
    curve = rates[None, None]
    return {
        "open_group_obligation": solvency.unfunded_obligation(opening, *open_group, curve),
        "closed_group_obligation": solvency.unfunded_obligation(opening, *closed_group, curve),
        "accrued_liability": solvency.present_value(accrued, curve),
    }
