"""Arrangements of a run as arrays: partitions by code become pools by index, dated terms become stages, an ``auto`` levy
is solved."""

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Arrangement as Declared
from pooling.assumptions import Config
from pooling.assumptions.arrangements import Terms
from pooling.assumptions.layouts import Layout, layouts_of, partition_of_terms
from pooling.axes import PAYERS
from pooling.numerics import as_array
from pooling.opening.accounts import Accounts
from pooling.pools.arrangement import Arrangement, Pooling, Stage, partition_of, reserve_rows
from pooling.pools.deficit import Deficit
from pooling.pools.effort import Response
from pooling.pools.settlement import (
    AdjustmentFund,
    LevyAndFill,
    LocalReserves,
    NoSettlement,
    PerRetiree,
    Settlement,
)

Array = NDArray[np.float64]


def pooling_of(config: Config, accounts: tuple[Accounts, ...]) -> Pooling:
    """The arrangements that a run compares."""
    return Pooling(tuple(_arrangement(config, each, accounts) for each in config.arrangements))


def _arrangement(config: Config, declared: Declared, accounts: tuple[Accounts, ...]) -> Arrangement:
    layouts = layouts_of(config.assumptions, declared)
    names = [(each.partition, each.holder) for each in layouts]
    provinces = config.assumptions.municipalities.province_index
    return Arrangement(
        key=declared.key,
        partitions=tuple(
            partition_of(
                each.pool,
                provinces,
                len(config.assumptions.provinces.code),
                each.holder,
            )
            for each in layouts
        ),
        stages=tuple(
            _stage(
                config, declared, terms, names.index(partition_of_terms(terms)), layouts, accounts
            )
            for terms in declared.all_terms
        ),
    )


def _stage(
    config: Config,
    declared: Declared,
    terms: Terms,
    partition: int,
    layouts: tuple[Layout, ...],
    accounts: tuple[Accounts, ...],
) -> Stage:
    policies = [policy.key for policy in config.policies]
    return Stage(
        partition=partition,
        policy=policies.index(terms.policy),
        settlement=_with_reserves(config, terms, layouts[partition], accounts),
        deficit=Deficit(
            rule=terms.deficit,
            shares=as_array(_payer_shares(terms)),
            spread=as_array(float(terms.borrowing_spread)),
        ),
        response=_response(config, terms),
        moving=as_array(float(terms.transfer_funds)),
        in_force=as_array(_in_force(config, declared, terms)),
    )


def _in_force(config: Config, declared: Declared, terms: Terms) -> Array:
    """1 where a fund is under these terms in a year [year, fund]."""
    years = config.projection.years
    found = np.zeros((len(years), len(config.funds)))
    for column, fund in enumerate(config.funds):
        for first, each in declared.terms[fund.key]:
            begun = np.ones(len(years), bool) if first is None else years >= first
            found[begun, column] = each == terms
    return found


def _payer_shares(terms: Terms) -> Array:
    """Shares of the governments in a deficit subsidy: as declared, or the government of the pools' level."""
    if terms.deficit_shares is not None:
        return np.array([terms.deficit_shares.get(payer, 0.0) for payer in PAYERS])
    # A group of municipalities is the provinces' affair.
    level = {"municipality": "municipality", "nation": "centre"}.get(terms.partition, "province")
    return np.array([float(payer == level) for payer in PAYERS])


def _response(config: Config, terms: Terms) -> Response | None:
    if terms.response == "none":
        return None
    preset = config.responses[terms.response]
    return Response(as_array(float(preset.surplus)), as_array(float(preset.deficit)))


def _with_reserves(
    config: Config, terms: Terms, layout: Layout, accounts: tuple[Accounts, ...]
) -> Settlement:
    """The rule of a stage, after what municipalities draw from reserves of their own."""
    rule = _settlement(config, terms, layout, accounts)
    if layout.holder != "municipality":
        return rule
    return LocalReserves(rule, as_array(np.eye(len(layout.codes))[layout.pool]))


def _settlement(
    config: Config,
    terms: Terms,
    layout: Layout,
    accounts: tuple[Accounts, ...],
) -> Settlement:
    """The rule of a stage with its figures; the same for every scheme under it."""
    if terms.settlement == "none":
        return NoSettlement()
    everyone = np.ones(len(config.funds))
    groups = None if terms.within == "nation" else as_array(_by_province(config, layout))
    if terms.settlement == "levy_fill":
        return LevyAndFill(
            levy=as_array(levies_of(config, terms, accounts)),
            fill=as_array(everyone * terms.fill * (1 - terms.local_share)),
            policy_gap=terms.gap == "policy",
            groups=groups,
        )
    if terms.settlement == "per_retiree":
        return PerRetiree(as_array(everyone * terms.ratio * terms.wage_share), groups)
    provinces = len(config.assumptions.provinces.code)
    reserves = reserve_rows(len(layout.codes), np.arange(provinces), provinces)
    pools = np.zeros((len(layout.reserves), provinces))
    return AdjustmentFund(
        remittance=as_array(everyone * terms.remittance),
        groups=as_array(np.concatenate([_by_province(config, layout), pools])),
        reserves=as_array(reserves),
    )


def _by_province(config: Config, layout: Layout) -> Array:
    """Province of every pool as a 0/1 matrix."""
    found = np.zeros((len(layout.codes), len(config.assumptions.provinces.code)))
    found[layout.pool, config.assumptions.municipalities.province_index] = 1
    return found


def levies_of(config: Config, terms: Terms, accounts: tuple[Accounts, ...]) -> Array:
    """The declared levy, or the one that fills the opening year's gaps between provinces: Σ shortfalls ÷ Σ surpluses.

    Schemes settle apart, each with its own levy [fund].
    """
    if terms.levy != "auto":
        return np.full(len(config.funds), float(terms.levy))
    return np.array([_filling(own, terms.fill) for own in accounts])


def _filling(own: Accounts, fill: float) -> float:
    """Levy on surpluses that fills the declared share of the shortfalls of the opening year; at most 1."""
    result = own.revenue - own.expenditure
    surplus, shortfall = np.maximum(result, 0).sum(), fill * np.maximum(-result, 0).sum()
    return float(min(shortfall / surplus, 1.0)) if surplus > 0 else 0.0
