"""Measures over all stochastic paths together: probabilities of depletion, insurance, redistribution and smoothing.

What they need of every path is spooled; here it is read back and summarised. Everything is missing with fewer than two
stochastic paths.
"""

from collections.abc import Mapping
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pooling.axes import horizons
from pooling.dataset import Labels
from pooling.measures import risk_sharing, solvency
from pooling.numerics import as_array
from pooling.realizations import Realizations
from pooling.vocabulary import shape_of, variables

GROUPS = 40
"""Most groups of paths that a jackknife leaves out in turn."""

BLOCK = 2**24
"""Most numbers at once of a path, fund and year."""

DEPLETION = ("before_subsidy", "after_scheduled")
SMOOTHING = ("smoothing_share_province", "smoothing_share", "smoothing_error")
PROVINCIAL = ("insurance", "insurance_error", "insurance_value", "tail_reduction")


def over_paths(
    realizations: Realizations, labels: Labels, central: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Every quantity that is a property of all paths, by name.

    Args:
        realizations: the run's spool.
        labels: labels of every axis.
        central: arrays of the central path, for weights.
    """
    found = {}
    if labels.realizations > 2:
        weights = as_array(np.sum(central["wage_bill_province"], axis=-1))
        found = _risk(realizations, weights)
        found |= _smoothing(realizations, labels, central["coverage_channel_province"], weights)
    if labels.realizations > 1:
        found |= _depletion(realizations, labels)
    names = [
        *(f"depletion_probability_{version}" for version in DEPLETION),
        *(f"{name}_province" for name in PROVINCIAL),
        "redistribution_variance",
        "common_shock_share",
        *SMOOTHING,
    ]
    sizes = labels.sizes()
    return {
        name: found.get(name, np.full(shape_of(variables()[name], sizes), np.nan)) for name in names
    }


def _depletion(realizations: Realizations, labels: Labels) -> dict[str, np.ndarray]:
    """Share of the paths that are depleted in or before each year [scheme, fund, year]."""
    first_year, count = int(labels.years[0]), len(labels.years)
    found = {}
    for version in DEPLETION:
        first = realizations.stochastic(f"depletion_year_{version}") - first_year
        # Some funds at a time: a number a path, fund and year is too much for many paths.
        step = max(1, BLOCK // (first.shape[0] * first.shape[1] * count))
        shares = [
            probability(first[:, :, begin : begin + step], count)
            for begin in range(0, first.shape[2], step)
        ]
        found[f"depletion_probability_{version}"] = np.concatenate(shares, axis=1)
    return found


@partial(jax.jit, static_argnums=1)
def probability(first: Float[Array, "path s f"], years: int) -> Float[Array, "s f y"]:
    """:func:`pooling.measures.solvency.depletion_probability` of every fund."""
    return solvency.depletion_probability(first, years, axis=0)


def _risk(realizations: Realizations, weights: Float[Array, "s p"]) -> dict[str, np.ndarray]:
    """Insurance and redistribution of the provinces' deficit rates [.., province, horizon]."""
    # [path, scheme, province, horizon] and [path, scheme, arrangement, province, horizon]
    own = as_array(realizations.stochastic("deficit_rate_own_province"), float)
    borne = as_array(realizations.stochastic("deficit_rate_province"), float)
    return {name: np.asarray(values) for name, values in risk(own, borne, weights).items()}


@jax.jit
def risk(
    own: Float[Array, "path s p h"],
    borne: Float[Array, "path s arrangement p h"],
    weights: Float[Array, "s p"],
) -> dict[str, Float[Array, "..."]]:
    """Measures of risk by scheme, arrangement, province and horizon.

    Args:
        own: deficit rates of the provinces on their own.
        borne: what they bear in every arrangement, on the same paths.
        weights: wage bills of the provinces.
    """
    alone = jnp.broadcast_to(own[:, :, None], borne.shape)
    groups = min(len(own), GROUPS)
    # Of paths that do not make equal groups the last few are left out of the error, not of the value.
    whole = slice(0, len(own) // groups * groups)
    error = risk_sharing.jackknife(
        lambda a, b: risk_sharing.insurance(a, b, axis=0),
        (alone[whole], borne[whole]),
        axis=0,
        groups=groups,
    ).standard_error
    # [scheme, arrangement, horizon, province, path]
    transfers = jnp.moveaxis(alone - borne, (0, 3), (-1, -2))
    by_transfer = jnp.broadcast_to(weights[:, None, None], transfers.shape[:-1])
    # [scheme, horizon, province, path]
    values = jnp.moveaxis(own, (0, 2), (-1, -2))
    return {
        "insurance_province": risk_sharing.insurance(alone, borne, axis=0),
        "insurance_error_province": error,
        "insurance_value_province": risk_sharing.insurance_value(alone, borne, axis=0),
        "tail_reduction_province": risk_sharing.tail_reduction(alone, borne, axis=0).quantile,
        "redistribution_variance": risk_sharing.redistribution_variance(transfers, by_transfer),
        "common_shock_share": risk_sharing.common_shock_share(
            values, jnp.broadcast_to(weights[:, None], values.shape[:-1])
        ),
    }


def _smoothing(
    realizations: Realizations,
    labels: Labels,
    central: np.ndarray,
    weights: Float[Array, "s p"],
) -> dict[str, np.ndarray]:
    """Shares of the channels in the provinces' shocks [scheme, arrangement, channel, (province,) horizon]."""
    spans, expected = horizons(len(labels.years)), as_array(central)
    # One path at a time: channels of all years and provinces are too much for many paths.
    by_path = [
        shocks(as_array(path, float), expected, spans)
        for path in realizations.each("coverage_channel_province")
    ]
    taken, shock = (jnp.stack(each) for each in zip(*by_path, strict=True))
    return {name: np.asarray(values) for name, values in smoothing(taken, shock, weights).items()}


@partial(jax.jit, static_argnums=2)
def shocks(
    channels: Float[Array, "s arrangement channel p y"],
    central: Float[Array, "s arrangement channel p y"],
    spans: tuple[int, ...],
) -> risk_sharing.Shocks:
    """:func:`pooling.measures.risk_sharing.shocks_of_path` over every horizon, which stands last."""
    found = [
        risk_sharing.shocks_of_path(channels[..., :span], central[..., :span]) for span in spans
    ]
    return jax.tree.map(lambda *each: jnp.stack(each, axis=-1), *found)


@jax.jit
def smoothing(
    taken: Float[Array, "path s arrangement channel p h"],
    shock: Float[Array, "path s arrangement 1 p h"],
    weights: Float[Array, "s p"],
) -> dict[str, Float[Array, "..."]]:
    """Shares of provinces, of all provinces by wage bill, and the error of the latter."""
    by_wages = weights[None, :, None, None, :, None]
    pooled = [jnp.sum(each * by_wages, axis=-2) for each in (taken, shock)]
    groups = min(len(taken), GROUPS)
    whole = slice(0, len(taken) // groups * groups)
    error = risk_sharing.jackknife(
        risk_sharing.smoothing_shares, [each[whole] for each in pooled], axis=0, groups=groups
    ).standard_error
    return {
        "smoothing_share_province": risk_sharing.smoothing_shares(taken, shock),
        "smoothing_share": risk_sharing.smoothing_shares(pooled[0], pooled[1]),
        "smoothing_error": error,
    }
