"""Values over whole horizons: actuarial balances of the funds, and what provinces would have to pay over a horizon."""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.axes import horizons
from pooling.measures import solvency
from pooling.measures.quotient import quotient
from pooling.numerics import dot
from pooling.pools.funds import FundYear
from pooling.results.family import Named, by_scheme, standard_bill
from pooling.schemes.scheme import Flows
from pooling.year import Model, YearResult

ByFund = Float[Array, "s f horizon"]


def over_horizons(
    model: Model, path: YearResult, borne: Float[Array, "s arrangement p y"]
) -> Named:
    """Quantities by horizon, which stands last; one discount curve, the fund's return, for all of them.

    Args:
        model: as of :func:`pooling.results.of_path`.
        path: one path.
        borne: deficit that the provinces bear in every arrangement.
    """
    rates = model.levers.economy.fund_return
    return _of_funds(path.funds, standard_bill(path, path.funds.standard_wages), rates) | (
        _of_provinces(model, path, borne, rates)
    )


def _of_funds(year: FundYear, bill: Float[Array, "y s f"], rates: Float[Array, " y"]) -> Named:
    before = year.contributions + year.settlement + year.moved_in - year.moved_out
    after = before + year.scheduled_subsidy
    curve = _curve(rates, before)

    working = (year.wage_bill > 0) | (year.outgo > 0)

    def each(measure: Callable[[int], Float[Array, "s f"]]) -> ByFund:
        """NaN for pools that an arrangement has for a part of the horizon only: they take over or hand over balances."""
        values = [
            jnp.where(jnp.all(working[:span], axis=0), measure(span), jnp.nan)
            for span in horizons(len(rates))
        ]
        return jnp.stack(values, axis=-1)

    opening = year.opening_balance[0]
    given = (year.outgo, bill, curve)
    return {
        "actuarial_balance_before_subsidy": each(
            lambda span: solvency.actuarial_balance(opening, before, *given, span, axis=0)
        ),
        "actuarial_balance_after_scheduled": each(
            lambda span: solvency.actuarial_balance(opening, after, *given, span, axis=0)
        ),
        "summarized_income_rate": each(
            lambda span: solvency.summarized_rates(opening, after, *given, span, axis=0).income
        ),
        "summarized_cost_rate": each(
            lambda span: solvency.summarized_rates(opening, after, *given, span, axis=0).cost
        ),
        "general_average_premium": each(
            lambda span: solvency.general_average_premium(opening, *given, span, axis=0)
        ),
    }


def _of_provinces(
    model: Model,
    path: YearResult,
    borne: Float[Array, "s arrangement p y"],
    rates: Float[Array, " y"],
) -> Named:
    """Present value of the deficits of a province on its own, and of what it bears in an arrangement."""
    membership = model.levers.geography.membership
    gap = dot(
        by_scheme(path, Flows.outgo)
        - by_scheme(path, lambda flow, _: flow.contributions)
        - by_scheme(path, lambda flow, p: flow.scheduled_subsidy[p].sum(axis=-2)),
        membership,
    )
    bill = standard_bill(path, dot(path.standard_wages, membership))
    yearly = jnp.moveaxis(borne, -1, 0)
    bills = jnp.broadcast_to(bill[:, :, None], yearly.shape)
    return {
        "deficit_rate_own_province": _rate(gap, bill, rates),
        "deficit_rate_province": _rate(yearly, bills, rates),
    }


def _rate(
    flow: Float[Array, "y *n"], bill: Float[Array, "y *n"], rates: Float[Array, " y"]
) -> Float[Array, "*n horizon"]:
    """PV of a flow over the PV of the wage bill, by horizon."""

    def value(amount: Float[Array, "y *n"], span: int) -> Float[Array, "*n"]:
        return solvency.present_value(amount[:span], _curve(rates[:span], amount), axis=0)

    spans = horizons(len(rates))
    return jnp.stack([quotient(value(flow, span), value(bill, span)) for span in spans], axis=-1)


def _curve(rates: Float[Array, " y"], flows: Float[Array, "y *n"]) -> Float[Array, "y *n"]:
    return rates.reshape(-1, *(1,) * (flows.ndim - 1))
