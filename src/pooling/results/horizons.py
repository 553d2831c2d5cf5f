"""Values over whole horizons: actuarial balances of the funds, and what provinces would have to pay over a horizon."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.axes import horizons
from pooling.measures import solvency
from pooling.measures.quotient import quotient
from pooling.numerics import dot
from pooling.pools.funds import FundYear
from pooling.results.family import Named, by_scheme, standard_bill
from pooling.schemes.employee_pension import Flows
from pooling.year import Model, YearResult

ByFund = Float[Array, "s f horizon"]


def over_horizons(model: Model, path: YearResult, cash: Float[Array, "s arrangement p y"]) -> Named:
    """Quantities by horizon, which stands last; one discount curve, the fund's return, for all of them.

    Args:
        model: as of :func:`pooling.results.of_path`.
        path: one path.
        cash: net transfers of the provinces, cash version.
    """
    rates = model.levers.economy.fund_return
    return _of_funds(path.funds, standard_bill(path, path.funds.standard_wages), rates) | (
        _of_provinces(model, path, cash, rates)
    )


def _of_funds(year: FundYear, bill: Float[Array, "y s f"], rates: Float[Array, " y"]) -> Named:
    before = year.contributions + year.settlement + year.moved_in - year.moved_out
    after = before + year.scheduled_subsidy
    curve = _curve(rates, before)

    def each(measure) -> ByFund:
        return jnp.stack([measure(span) for span in horizons(len(rates))], axis=-1)

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
    cash: Float[Array, "s arrangement p y"],
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
    received = jnp.moveaxis(cash, -1, 0)
    own, borne = [], []
    for span in horizons(len(rates)):
        first = slice(0, span)
        base = solvency.present_value(bill[first], _curve(rates[first], bill[first]), axis=0)
        missing = solvency.present_value(gap[first], _curve(rates[first], gap[first]), axis=0)
        moved = solvency.present_value(
            received[first], _curve(rates[first], received[first]), axis=0
        )
        own.append(quotient(missing, base))
        with_it = missing[:, None] - moved
        borne.append(quotient(with_it, jnp.broadcast_to(base[:, None], with_it.shape)))
    return {
        "deficit_rate_own_province": jnp.stack(own, axis=-1),
        "deficit_rate_province": jnp.stack(borne, axis=-1),
    }


def _curve(rates: Float[Array, " y"], flows: Float[Array, "y *n"]) -> Float[Array, "y *n"]:
    return rates.reshape(-1, *(1,) * (flows.ndim - 1))
