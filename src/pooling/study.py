"""Measures over all stochastic paths together: probabilities of depletion, insurance and redistribution.

What they need of every path is spooled; here it is read back and summarised. Everything is missing with fewer than two
stochastic paths.
"""

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np

from pooling.dataset import Labels
from pooling.measures import risk_sharing, solvency
from pooling.realizations import Realizations
from pooling.vocabulary import shape_of, variables

GROUPS = 40
"""Most groups of paths that a jackknife leaves out in turn."""

DEPLETION = ("before_subsidy", "after_scheduled")
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
    found = _risk(realizations, labels, central) if labels.realizations > 2 else {}
    if labels.realizations > 1:
        found |= _depletion(realizations, labels)
    names = [
        *(f"depletion_probability_{version}" for version in DEPLETION),
        *(f"{name}_province" for name in PROVINCIAL),
        "redistribution_variance",
        "common_shock_share",
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
        share = solvency.depletion_probability(jnp.asarray(first), count, axis=0)
        found[f"depletion_probability_{version}"] = np.asarray(share)
    return found


def _risk(
    realizations: Realizations, labels: Labels, central: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Insurance and redistribution of the provinces' deficit rates [.., province, horizon]."""
    # [path, scheme, province, horizon] and [path, scheme, arrangement, province, horizon]
    own = jnp.asarray(realizations.stochastic("deficit_rate_own_province"), float)
    borne = jnp.asarray(realizations.stochastic("deficit_rate_province"), float)
    alone = jnp.broadcast_to(own[:, :, None], borne.shape)
    weights = jnp.asarray(np.sum(central["wage_bill_province"], axis=-1))
    groups = min(labels.realizations - 1, GROUPS)
    whole = slice(0, (labels.realizations - 1) // groups * groups)
    # Of paths that do not make equal groups the last few are left out of the error, not of the value.
    error = risk_sharing.jackknife(
        lambda a, b: risk_sharing.insurance(a, b, axis=0),
        (alone[whole], borne[whole]),
        axis=0,
        groups=groups,
    ).standard_error
    tail = risk_sharing.tail_reduction(alone, borne, axis=0)
    transfers = jnp.moveaxis(
        alone - borne, (0, 3), (-1, -2)
    )  # [scheme, arrangement, horizon, province, path]
    return {
        "insurance_province": np.asarray(risk_sharing.insurance(alone, borne, axis=0)),
        "insurance_error_province": np.asarray(error),
        "insurance_value_province": np.asarray(risk_sharing.insurance_value(alone, borne, axis=0)),
        "tail_reduction_province": np.asarray(tail.quantile),
        "redistribution_variance": np.asarray(
            risk_sharing.redistribution_variance(
                transfers, jnp.broadcast_to(weights[:, None, None], transfers.shape[:-1])
            )
        ),
        "common_shock_share": np.asarray(_common(own, weights)),
    }


def _common(own: jnp.ndarray, weights: jnp.ndarray) -> jnp.ndarray:
    """Share of the risk that all provinces have in common [scheme, horizon]."""
    values = jnp.moveaxis(own, (0, 2), (-1, -2))  # [scheme, horizon, province, path]
    return risk_sharing.common_shock_share(
        values, jnp.broadcast_to(weights[:, None], values.shape[:-1])
    )
