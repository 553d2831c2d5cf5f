"""Declared arrangements and the flows of a run as the plain arrays that the challenger's pools are told, and how far these
are from the engine's.

Terms are read off what the loader has read, not off the engine's arrangements. Nothing is computed here but the layout,
the levy that the word ``auto`` stands for, and the routes of money that moves.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from challenger import arrangements as own
from challenger import given
from challenger.given import Array
from challenger.pools import Local
from challenger_agreement import apart_by
from pooling.assumptions import Arrangement, Config
from pooling.assumptions.arrangements import Terms
from pooling.assumptions.layouts import Layout, layouts_of, partition_of_terms
from pooling.axes import PAYERS
from pooling.opening.accounts import Accounts
from pooling.pools.funds import MunicipalFlows, settle_year
from pooling.population.migration import Moves
from pooling.projection import Run, project, tables_for
from pooling.results.family import Named, local_flows
from pooling.results.transfers import transfers
from pooling.state import FundBalances
from pooling.year import Model, YearResult

START = 0
"""First year of terms that hold from the opening on."""
QUICK_TO_COMPILE = {"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False}
"""Most of the time of these tests is compilation."""
UNFILLED = ("after_scheduled", "before_subsidy")
OF_PLACES = (
    "net_transfer_municipality",
    "net_transfer_province",
    "net_transfer_standard_province",
    "net_transfer_cash_province",
    "deficit_borne_province",
)
"""Quantities by scheme, arrangement, place and year."""


@dataclass(frozen=True)
class Told:
    """What the challenger is told of one scheme in one arrangement."""

    stages: tuple[own.Stage, ...]
    reserves: Array
    """Of the municipalities on 31 December of the base year [m]."""
    pooled: float
    """Share of them that goes to the pools."""
    flows: list[Local]
    """By year."""
    fund_return: Array


# ---- terms


def stages_of(
    config: Config, declared: Arrangement, fund: str, levy: float
) -> tuple[own.Stage, ...]:
    """Terms of a fund with their first years.

    Args:
        config: of the set.
        declared: the arrangement.
        fund: key of the fund.
        levy: what ``auto`` stands for.
    """
    layouts = {(each.partition, each.holder): each for each in _layouts(config, declared)}
    return tuple(
        _stage(config, first or START, terms, layouts[partition_of_terms(terms)], levy)
        for first, terms in declared.terms[fund]
    )


def _layouts(config: Config, declared: Arrangement) -> tuple[Layout, ...]:
    return layouts_of(config.assumptions, declared)


def _stage(config: Config, first: int, terms: Terms, layout: Layout, levy: float) -> own.Stage:
    response = config.responses.get(terms.response)
    province = config.assumptions.municipalities.province_index
    home = np.zeros(len(layout.codes), int)
    home[layout.pool] = province
    told = given.Terms(
        policy=[policy.key for policy in config.policies].index(terms.policy),
        settlement="none" if terms.settlement == "adjustment_fund" else terms.settlement,
        levy=levy if terms.levy == "auto" else float(terms.levy),
        fill=terms.fill * (1 - terms.local_share),
        policy_gap=terms.gap == "policy",
        per_retiree=terms.ratio * terms.wage_share,
        group=home if terms.within == "province" else 0 * home,
        deficit=terms.deficit,
        spread=terms.borrowing_spread,
        surplus_response=response.surplus if response else 0.0,
        deficit_response=response.deficit if response else 0.0,
        moving=float(terms.transfer_funds),
    )
    return own.Stage(
        first_year=first,
        partition=terms.partition,
        pool=np.asarray(layout.pool),
        terms=told,
        reserves=layout.holder or "",
        remittance=terms.remittance,
        payers=_payers(terms),
    )


def _payers(terms: Terms) -> Array:
    """As declared, or the government of the pools' level pays alone; for a group of municipalities, the province."""
    level = {"municipality": "municipality", "nation": "centre"}.get(terms.partition, "province")
    shares = terms.deficit_shares or {level: 1.0}
    return np.array([shares.get(payer, 0.0) for payer in PAYERS])


def auto_levy(accounts: Accounts, fill: float) -> float:
    """The levy that fills the gaps between the provinces' published revenue and expenditure."""
    result = accounts.revenue - accounts.expenditure
    return min(fill * -result[result < 0].sum() / result[result > 0].sum(), 1.0)


# ---- flows


def municipal_flows(path: YearResult) -> MunicipalFlows:
    """The flows of the schemes as pools see them, all years."""
    flows = path.schemes
    policies = range(len(flows[0].pensions))
    return MunicipalFlows(
        wage_bill=jnp.stack([flow.wage_bill for flow in flows], axis=1),
        contributions=jnp.stack([flow.contributions for flow in flows], axis=1),
        outgo=jnp.stack(
            [jnp.stack([flow.outgo(p) for flow in flows], axis=1) for p in policies], axis=1
        ),
        scheduled_subsidy=jnp.stack(
            [
                jnp.stack([flow.scheduled_subsidy[p].sum(axis=1) for flow in flows], axis=1)
                for p in policies
            ],
            axis=1,
        ),
        standard_wages=jnp.asarray(path.standard_wages),
        retirees=jnp.stack([flow.beneficiaries for flow in flows], axis=1),
        transfer_value=jnp.asarray(path.transfer_value),
        linked=jnp.stack([flow.linked_accounts for flow in flows], axis=1),
    )


def locals_of(flows: MunicipalFlows, moves: Moves, scheme: int, province: Array) -> list[Local]:
    """The flows of a scheme by year; money moves from and to the places of a province in proportion."""
    plain = {each.name: np.asarray(getattr(flows, each.name)) for each in fields(flows)}
    by_scheme = {
        name: values[:, :, scheme] if name in ("outgo", "scheduled_subsidy") else values[:, scheme]
        for name, values in plain.items()
    }
    out, arrived, between = map(np.asarray, (moves.out, moves.arrived, moves.between))
    return [
        Local(
            wage_bill=by_scheme["wage_bill"][t],
            contributions=by_scheme["contributions"][t],
            outgo=list(by_scheme["outgo"][t]),
            scheduled=list(by_scheme["scheduled_subsidy"][t]),
            standard_wages=by_scheme["standard_wages"][t],
            retirees=by_scheme["retirees"][t],
            moved=by_scheme["transfer_value"][t]
            * _routes(out[t], arrived[t], between[t], province),
            linked=by_scheme["linked"][t],
        )
        for t in range(len(between))
    ]


def _routes(out: Array, arrived: Array, between: Array, province: Array) -> Array:
    """From municipality to municipality."""
    sent, taken = (
        np.divide(x, whole, out=np.zeros_like(whole), where=whole > 0)
        for x in (out, arrived)
        for whole in [np.bincount(province, x, len(between))[province]]
    )
    return sent[:, None] * between[province][:, province] * taken[None, :]


def settled(
    model: Model, path: YearResult, opening: FundBalances, fund_return: Array
) -> tuple[YearResult, Named]:
    """The engine's pools on the flows of a path: the path with its accounts of pools made anew, and its net transfers."""

    def step(balances: FundBalances, year: tuple) -> tuple[FundBalances, tuple]:
        after, pools = settle_year(model.pooling, model.levers.geography, balances, *year)
        return after, (after, pools)

    def run(*years: Any) -> tuple[YearResult, Named]:
        after, pools = jax.lax.scan(step, opening, years)[1]
        found = {name: getattr(after, name) for name in UNFILLED}
        year = replace(path, funds=pools.funds, effort=pools.effort, **found)
        return year, transfers(model, year, local_flows(model, year))

    elapsed = jnp.arange(len(fund_return), dtype=jnp.int32)
    years = (municipal_flows(path), path.moves, jnp.asarray(fund_return), elapsed)
    return jax.jit(run, compiler_options=QUICK_TO_COMPILE)(*years)


@partial(jax.jit, compiler_options=QUICK_TO_COMPILE)
def projected(run: Run, path: jax.Array) -> tuple[YearResult, Named]:
    """One path of the engine and its net transfers."""
    year = project(run, tables_for(run), path)
    return year, transfers(run.model, year, local_flows(run.model, year))


# ---- how far they are apart


@dataclass(frozen=True)
class OfEngine:
    """The engine's accounts of an arrangement and a scheme by year, and quantities of places [year, place]."""

    accounts: dict[str, Array]
    """[.., fund], the year first."""
    places: dict[str, Array]


def of_engine(model: Model, path: YearResult, named: Named) -> list[list[OfEngine]]:
    """By arrangement and scheme.

    Args:
        model: its arrangements.
        path: one path.
        named: its net transfers.
    """
    places = {name: np.moveaxis(np.asarray(named[name]), -1, 0) for name in OF_PLACES}
    by_fund = {each.name: getattr(path.funds, each.name) for each in fields(path.funds)}
    by_fund |= {name: getattr(path, name) for name in UNFILLED}
    cut = {name: model.pooling.split(jnp.asarray(x)) for name, x in by_fund.items()}
    return [
        [
            OfEngine(
                # The axis of payers, where there is one, stands before the schemes.
                {name: np.asarray(parts[a])[..., s, :] for name, parts in cut.items()},
                {name: values[:, s, a] for name, values in places.items()},
            )
            for s in range(len(path.schemes))
        ]
        for a in range(len(model.pooling.arrangements))
    ]


def differences(
    config: Config, declared: Arrangement, told: Told, engine: OfEngine, geography: given.Geography
) -> dict[str, float]:
    """Largest difference in any year by name, over that year's gross flow of the same pool, municipality or province."""
    first = config.projection.first_year
    opening = own.opening_balances(told.stages, geography, told.reserves, told.pooled, first)
    years = own.years_of(told.stages, geography, opening, told.flows, told.fund_return, first)
    layouts = _layouts(config, declared)
    found: dict[str, float] = {}
    for t, (stage, year) in enumerate(years):
        for name, apart in _of_year(stage, year, told.flows[t], engine, t, layouts, geography):
            found[name] = max(found.get(name, 0.0), apart)
    return found


def _of_year(
    stage: own.Stage,
    year: own.Year,
    flows: Local,
    engine: OfEngine,
    t: int,
    layouts: tuple[Layout, ...],
    geography: given.Geography,
) -> Iterator[tuple[str, float]]:
    local = flows.contributions + flows.outgo[stage.terms.policy]
    province = geography.sums(local)
    beside = {"province": province, "municipality": local}.get(stage.reserves, local[:0])
    gross = np.concatenate([(year.contributions + year.outgo)[: stage.pools], beside])
    # Of a pool without flows, its balance.
    gross = _laid(stage, layouts, np.where(gross > 0, gross, np.abs(year.opening_balance)))
    for name, theirs in engine.accounts.items():
        if name != "residual":
            yield name, apart_by(_laid(stage, layouts, getattr(year, name)), theirs[t], gross)
    for name, theirs in engine.places.items():
        scale = local if name.endswith("municipality") else province
        yield name, apart_by(getattr(year, name), theirs[t], scale)


def _laid(stage: own.Stage, layouts: tuple[Layout, ...], values: Array) -> Array:
    """Accounts of the partition in force on the arrangement's part of the fund axis; zero in the others."""
    found = [np.zeros((*values.shape[:-1], each.funds)) for each in layouts]
    names = [(each.partition, each.holder or "") for each in layouts]
    found[names.index((stage.partition, stage.reserves))] = values
    return np.concatenate(found, axis=-1)
