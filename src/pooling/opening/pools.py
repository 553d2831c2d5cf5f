"""Arrangements of a run as arrays: partitions by code become pools by index, an ``auto`` levy is solved."""

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Arrangement as Declared
from pooling.assumptions import Config
from pooling.errors import OpeningError
from pooling.opening.accounts import OpeningAccounts
from pooling.pools.arrangement import Arrangement, Pooling

Array = NDArray[np.float64]


def pooling_of(config: Config, accounts: OpeningAccounts) -> Pooling:
    """The arrangements that a run compares.

    Raises:
        OpeningError: a declared field that the engine does not carry out.
    """
    problems = [text for each in config.arrangements for text in _unsupported(config, each)]
    problems += [
        f"benefit policy {policy.key}: {name} must be the province's; got {getattr(policy, name)}"
        for policy in config.policies
        for name in ("floor", "cap")
        if getattr(policy, name) != "province"
    ]
    if problems:
        raise OpeningError("; ".join(problems))
    return Pooling(tuple(_arrangement(config, each, accounts) for each in config.arrangements))


def _unsupported(config: Config, declared: Declared) -> list[str]:
    """What an arrangement asks for beyond the engine, one text each."""
    problems = []
    if declared.reserves_pooled != 1.0:
        problems.append(f"reserves_pooled must be 1; got {declared.reserves_pooled}")
    uncovered = {fund.key for fund in config.funds} - set(declared.funds)
    if uncovered and declared.partition != declared.uncovered_partition:
        problems.append(
            f"{', '.join(sorted(uncovered))} would need pools of the {declared.uncovered_partition}; "
            f"funds that are not covered keep the partition, here {declared.partition}"
        )
    return [f"arrangement {declared.key}: {text}" for text in problems]


def partition(
    config: Config, declared: Declared
) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Pool index of every municipality, and the pools' codes (ascending; 0 is the nation)."""
    cities = config.assumptions.municipalities
    if declared.partition == "municipality":
        labels = cities.code
    elif declared.partition == "province":
        labels = config.assumptions.provinces.code[cities.province_index]
    elif declared.partition == "nation":
        labels = np.zeros(len(cities.code), dtype=np.int64)
    else:
        labels = np.array([declared.pools[int(code)] for code in cities.code])
    codes, index = np.unique(labels, return_inverse=True)
    return index, codes


def _arrangement(config: Config, declared: Declared, accounts: OpeningAccounts) -> Arrangement:
    index, codes = partition(config, declared)
    covered = np.array([fund.key in declared.funds for fund in config.funds], float)
    settles = covered * (declared.settlement == "levy_fill")
    own_pool = len(codes) == len(index) and bool(np.all(np.diff(index) == 1))
    keys = [policy.key for policy in config.policies]
    return Arrangement(
        key=declared.key,
        pools=len(codes),
        policy=keys.index(declared.policy),
        pool=jnp.asarray(index, jnp.int32),
        membership=None if own_pool else jnp.asarray(np.eye(len(codes))[index]),
        levy=jnp.asarray(settles * levy_of(config, declared, accounts)),
        fill=jnp.asarray(settles * declared.fill),
        moving=jnp.asarray(float(declared.transfer_funds)),
    )


def levy_of(config: Config, declared: Declared, accounts: OpeningAccounts) -> float:
    """The declared levy, or the one that fills the opening year's gaps between provinces: Σ shortfalls ÷ Σ surpluses."""
    if declared.settlement != "levy_fill":
        return 0.0
    if declared.levy != "auto":
        return float(declared.levy)
    result = sum(
        own.revenue - own.expenditure
        for fund, own in zip(config.funds, accounts.funds, strict=True)
        if fund.key in declared.funds
    )
    surplus = np.maximum(result, 0).sum()
    shortfall = declared.fill * np.maximum(-result, 0).sum()
    return float(min(shortfall / surplus, 1.0)) if surplus > 0 else 0.0
