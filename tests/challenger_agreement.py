"""The engine year by year beside the challenger, and how far they are apart."""

from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from challenger.given import Array, Awarded, Country, Shocks
from challenger.pools import PoolYear
from challenger.projection import Result, project
from challenger_bridge import awarded, people_by_age, resident_awarded, rights_by_age, shocks_of
from pooling.drivers.economy import Path, draw
from pooling.results.family import local_flows
from pooling.results.transfers import transfers
from pooling.schemes.scheme import Flows
from pooling.state import State
from pooling.year import Model, YearResult, advance_year, tables_in

HEADS = ("contributors", "insured", "beneficiaries", "new_beneficiaries")
TRANSFERS = {
    "net_transfer": "net_transfer_municipality",
    "net_transfer_cash": "net_transfer_cash_province",
    "net_transfer_standard": "net_transfer_standard_province",
}
"""Field of the challenger's pools → quantity of the engine's results."""

Apart = dict[str, float]
"""Largest difference by name, over what it is measured by."""


class EngineYear(NamedTuple):
    """What the engine leaves of a year: stocks of 31 December, flows and pools, net transfers."""

    state: State
    result: YearResult
    transfers: dict[str, jax.Array]


def _step(model: Model, state: State, drivers: Path, elapsed: jax.Array) -> EngineYear:
    of_year = jax.tree.map(lambda values: values[elapsed], drivers)
    after, result = advance_year(model, tables_in(model, elapsed), state, of_year, elapsed)
    years = jax.tree.map(lambda x: x[None], result)
    named = transfers(model, years, local_flows(model, years))
    return EngineYear(after, result, {name: named[name][..., 0] for name in TRANSFERS.values()})


@cache
def _program(optimized: bool) -> Any:
    """A year of the engine; without optimization its compilation takes half of the time, and nothing else changes."""
    options = None if optimized else {"xla_backend_optimization_level": 0}
    return jax.jit(_step, compiler_options=options)


@cache
def _drivers_program() -> Any:
    return jax.jit(draw, static_argnums=1)


def engine_years(
    model: Model, state: State, seed: int, path: int, optimized: bool = False
) -> Iterator[EngineYear]:
    """One path of the engine, year by year; arrangements have one partition and one benefit policy."""
    drivers = _drivers_program()(model.levers.economy, seed, jnp.int32(path))
    # Numbers of the opening that are weakly typed would have a second program compiled for the second year.
    state = jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf)), state)
    for elapsed in range(len(model.levers.economy.inflation)):
        year = _program(optimized)(model, state, drivers, jnp.int32(elapsed))
        state = year.state
        yield year


def furthest(
    country: Country,
    model: Model,
    state: State,
    seed: int,
    path: int,
    years: int,
    optimized: bool = False,
) -> Apart:
    """Largest differences over the first years of a path, by name."""
    shocks: Shocks = shocks_of(model, seed, path)
    found: Apart = {}
    both = zip(
        project(country, shocks), engine_years(model, state, seed, path, optimized), strict=True
    )
    for elapsed, (own, engine) in enumerate(islice(both, years)):
        for name, apart in differences(own, engine, model, elapsed).items():
            found[name] = max(found.get(name, 0.0), apart)
    return found


def differences(own: Result, engine: EngineYear, model: Model, elapsed: int) -> Apart:
    """All differences of a year.

    Money is measured by the gross flow (contributions and outgo) of the same municipality or pool in the same year, heads by
    the insured and beneficiaries, a cell of a stock by the stock of its municipality.
    """
    found = _of_stocks(own, engine.state, model, elapsed + 1)
    for p, wage in (("wage", own.wage), ("reference_wage", own.reference_wage)):
        found[p] = apart_by(wage, getattr(engine.result, p), wage)
    for s, flows in enumerate(engine.result.schemes):
        found |= {f"{s} {name}": x for name, x in _of_flows(own.flows[s], flows).items()}
    for a, funds in enumerate(model.pooling.cut(engine.result.funds)):
        unfilled = {
            name: model.pooling.split(getattr(engine.result, name))[a]
            for name in ("after_scheduled", "before_subsidy")
        }
        for s, pool in enumerate(own.pools[a]):
            of_engine = {**vars(funds), **unfilled}
            moved = {field: engine.transfers[name][s, a] for field, name in TRANSFERS.items()}
            gross = own.flows[s].contributions + own.flows[s].outgo(0)
            apart = _of_pool(pool, {k: v[s] for k, v in of_engine.items() if k in vars(pool)})
            apart |= _of_transfers(pool, moved, gross, model.levers.geography.membership)
            found |= {f"{model.pooling.arrangements[a].key} {s} {k}": x for k, x in apart.items()}
    return found


def _of_stocks(own: Result, state: State, model: Model, elapsed: int) -> Apart:
    stocks, rings = own.stocks, model.rings
    found = {
        "persons": _apart_in(stocks.persons, people_by_age(state.persons, elapsed)),
        "origin": apart_by(stocks.origin, state.origin, stocks.origin.sum(axis=0)[None]),
    }
    for s, scheme in enumerate((*stocks.employees, *stocks.residents)):
        held, drawn = state.schemes[s].rights, scheme.awarded
        for name, stock in vars(scheme.rights).items():
            theirs = rights_by_age(rings.work, getattr(held, name), elapsed)
            found[f"{s} rights {name}"] = _apart_in(stock, theirs)
        by_age = awarded if isinstance(drawn, Awarded) else resident_awarded
        paid = by_age(rings.pension, state.schemes[s], elapsed)
        for name, stock in vars(drawn).items():
            ours, theirs = (
                np.stack(x, axis=1) if isinstance(x, list) else x
                for x in (stock, getattr(paid, name))
            )
            found[f"{s} awarded {name}"] = _apart_in(ours, theirs)
    return found


def _of_flows(own: Any, engine: Flows) -> Apart:
    money = own.contributions + own.outgo(0)
    heads = own.insured + own.beneficiaries
    return {
        name: apart_by(
            np.array(flow), np.array(getattr(engine, name)), heads if name in HEADS else money
        )
        for name, flow in vars(own).items()
    }


def _of_pool(own: PoolYear, engine: dict[str, Array]) -> Apart:
    gross = own.contributions + own.outgo
    return {name: apart_by(getattr(own, name), theirs, gross) for name, theirs in engine.items()}


def _of_transfers(
    own: PoolYear, engine: dict[str, jax.Array], gross: Array, membership: jax.Array
) -> Apart:
    by_province = gross @ np.asarray(membership)
    return {
        name: apart_by(getattr(own, name), theirs, gross if name == "net_transfer" else by_province)
        for name, theirs in engine.items()
    }


def _apart_in(own: Array, engine: Array) -> float:
    """Largest difference of cells over the municipality's total of the stock."""
    total = np.abs(own).reshape(len(own), -1).sum(axis=1)
    return apart_by(own, engine, total.reshape(-1, *[1] * (own.ndim - 1)))


def apart_by(own: Array, engine: Any, scale: Array) -> float:
    """Largest difference over a scale; infinite where there is a difference and nothing to measure it by."""
    difference = np.abs(np.asarray(own) - np.asarray(engine))
    assert difference.shape == np.shape(own) and np.isfinite(difference).all()
    measure = np.broadcast_to(np.abs(scale), difference.shape)
    nothing = np.where(difference > 0, np.inf, 0.0)
    relative = np.divide(difference, measure, out=nothing, where=measure > 0)
    return float(relative.max())
