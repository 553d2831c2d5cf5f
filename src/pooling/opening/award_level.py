"""Past contribution bases judged by the first year's new pensions (step 16 of the opening procedure).

New pensions follow from careers that the opening reconstructs; pensions in payment are published. Where the mean new pension
of a province leaves its declared range around the mean pension in payment, the index of the years before the valuation
date is moved until it meets the range, or a declared limit. Later years are untouched, so that the factor fades as cohorts
retire.
"""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from pooling.assumptions import EmployeePensionFund
from pooling.drivers.economy import Path
from pooling.numerics import as_array
from pooling.parameters.model import Economy
from pooling.state import State
from pooling.year import Model, advance_schemes, tables_in

Array = NDArray[np.float64]

STEPS = 30
"""Most corrections of the factors; the ratio is nearly linear in them."""

CLOSE = 1e-10
"""A correction of the factors that is the last."""

USUAL = (0.7, 1.3)
"""Factors outside are reported: the careers, not the bases, may be wrong (OPENING, step 16)."""


def index_levels(model: Model, state: State, funds: Sequence[EmployeePensionFund]) -> Array:
    """Factors on the index-years of the opening by fund and province.

    Args:
        model: levers and rings of the run.
        state: opening stocks before this step.
        funds: the run's funds of the employee pension scheme, which come first, with their declared ranges and limits.

    Returns:
        [fund, province]; 1 where the ratio is inside its range or nobody retires.
    """
    low, high, limit = (
        np.array([[getattr(fund.awards, name)] for fund in funds])
        for name in ("ratio_low", "ratio_high", "index_level_limit")
    )
    ratio = jax.jit(first_ratio)

    count = len(funds)
    model = eqx.tree_at(lambda m: m.levers.schemes, model, model.levers.schemes[:count])
    state = eqx.tree_at(lambda s: s.schemes, state, state.schemes[:count])

    def at(level: Array) -> Array:
        return np.asarray(ratio(model, state, as_array(level)))

    level = np.ones((count, model.levers.geography.membership.shape[1]))
    found = at(level)
    target = np.clip(found, low, high)
    if not (np.isfinite(found) & (target != found)).any():
        return level
    # The steeper of both sides: variants of provinces bend the ratio, and a step too short is safe.
    slope = np.maximum(at(2 * level) - found, 2 * (found - at(0.5 * level)))
    movable = np.isfinite(found) & (slope > 0) & (target != found)
    slope = np.where(movable, slope, 1)
    # One slope for all steps: claims at the registration tie the provinces together, so that steps of one move the others.
    for _ in range(STEPS):
        step = np.where(movable, (target - found) / slope, 0)
        moved = np.clip(level + step, 1 / limit, limit)
        if np.abs(moved - level).max() < CLOSE:
            break
        level = moved
        found = at(level)
    return np.where(movable, level, 1.0)


def first_ratio(
    model: Model, state: State, level: Float[jax.Array, "s p"]
) -> Float[jax.Array, "s p"]:
    """Mean new pension over the mean pension in payment in the first year of the central path, by fund and province.

    Args:
        model: levers and rings of the run.
        state: opening stocks.
        level: factor on the index-years of the opening.
    """
    now = jnp.zeros((), jnp.int32)
    years = advance_schemes(
        model,
        tables_in(model, now),
        with_index_level(state, level, model.levers.geography.province),
        _first_year(model.levers.economy),
        state.reference_wage,
        now,
    )
    by_province = model.levers.geography.by_province
    return jnp.stack(
        [
            by_province(flow.new_pensions[0])
            / by_province(flow.new_beneficiaries)
            / (by_province(flow.pensions[0]) / by_province(flow.beneficiaries))
            for flow in (each.flows for each in years)
        ]
    )


def with_index_level(
    state: State, level: Float[jax.Array, "s p"], province: Float[jax.Array, " m"]
) -> State:
    """The stocks with the index-years of the first funds, one a row of ``level``, scaled by province."""
    scaled = tuple(
        tuple(leaf * level[k][province][:, None] for leaf in stocks.rights.index)
        for k, stocks in enumerate(state.schemes[: len(level)])
    )

    def where(state: State) -> list:
        return [stocks.rights.index for stocks in state.schemes[: len(level)]]

    return eqx.tree_at(where, state, scaled)


def _first_year(economy: Economy) -> Path:
    """Drivers of the central path in the first year."""
    everywhere, one = jnp.ones_like(economy.wage), jnp.ones_like(economy.fund_return[0])
    return Path(
        wage=economy.wage,
        relative_wage=everywhere,
        fund_return=economy.fund_return[0],
        notional_rate=economy.notional_rate[0],
        indexation=economy.indexation[0],
        wage_level=one,
        wage_shock=0 * one,
        prices=one,
        migration=everywhere,
    )
