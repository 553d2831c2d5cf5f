"""Pools of the engine and of the challenger agree: every account of every arrangement, and what it does to provinces.

On the flows of the example under all its arrangements, and on random flows under random arrangements. Differences are
measured by the gross flow of the same pool, municipality or province in the same year.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from arrangement_bridge import (
    OF_PLACES,
    OfEngine,
    Told,
    auto_levy,
    differences,
    locals_of,
    municipal_flows,
    of_engine,
    projected,
    settled,
    stages_of,
)
from challenger.arrangements import opening_balances
from challenger.given import Array, Geography
from example_country import EVERY_ARRANGEMENT, SEED, draw_of, example
from pooling.assumptions import Arrangement, Config
from pooling.opening.accounts import Accounts
from pooling.opening.build import Opening
from pooling.opening.pools import pooling_of
from pooling.projection import Run
from pooling.state import FundBalances
from pooling.year import Model, YearResult
from random_arrangements import FIRST_YEAR, YEARS, random_accounts, random_config, random_path

TOLERANCE = 1e-10
MILLIONTH = 1e-6


@cache
def opened() -> tuple[Config, Opening]:
    return example(("arrangements", EVERY_ARRANGEMENT))


def geography_of(model: Model) -> Geography:
    membership = model.levers.geography.membership
    return Geography(np.asarray(model.levers.geography.province), membership.shape[1])


def told(
    config: Config,
    declared: Arrangement,
    accounts: tuple[Accounts, ...],
    reserves: Array,
    path: YearResult,
    fund_return: Array,
    scheme: int,
) -> Told:
    """One scheme of an arrangement, on the flows of a path."""
    fund = config.funds[scheme].key
    terms = declared.terms[fund]
    flows = municipal_flows(path)
    province = np.asarray(config.assumptions.municipalities.province_index)
    levies = [
        auto_levy(accounts[scheme], each.fill) if each.levy == "auto" else 0.0 for _, each in terms
    ]
    stages = [stages_of(config, declared, fund, levy)[k] for k, levy in enumerate(levies)]
    return Told(
        stages=tuple(stages),
        reserves=reserves[scheme],
        pooled=terms[0][1].reserves_pooled,
        flows=locals_of(flows, path.moves[scheme], scheme, province),
        fund_return=fund_return,
    )


def assert_agreement(apart: dict[str, float]) -> None:
    assert {*OF_PLACES, "settlement", "deficit_payer", "before_subsidy"} <= apart.keys()
    assert not {name: x for name, x in apart.items() if not x <= TOLERANCE}


# ---- the example, through the whole engine


@pytest.mark.parametrize("path", [0, 3])
def test_every_arrangement_of_the_example(path: int):
    config, opening = opened()
    run = Run(opening.model, opening.state, SEED)
    year, named = jax.tree.map(np.asarray, projected(run, jnp.int32(path)))
    returns = np.asarray(draw_of(opening, path).fund_return)
    reserves = np.asarray(opening.model.pooling.split(opening.state.balances.filled)[0])
    assert config.arrangements[0].key == "municipal"
    geography, engine = geography_of(opening.model), of_engine(opening.model, year, named)
    for a, declared in enumerate(config.arrangements):
        given = told(config, declared, opening.fund_accounts, reserves, year, returns, 0)
        assert_agreement(differences(config, declared, given, engine[a][0], geography))


def test_the_example_has_every_kind_of_terms():
    """So that the agreement says something: the settlements, the deficit rules, reserves, dates and responses."""
    config, _ = opened()
    terms = [each for declared in config.arrangements for each in declared.all_terms]
    assert {each.settlement for each in terms} == {
        *("none", "levy_fill", "per_retiree", "adjustment_fund")
    }
    assert {each.deficit for each in terms} == {"subsidy", "borrow", "cut"}
    assert any(each.reserves_pooled < 1 for each in terms)
    assert any(each.response != "none" for each in terms)


# ---- random arrangements on random flows


@dataclass(frozen=True)
class Drawn:
    """Random arrangements, settled by the engine on random flows."""

    config: Config
    accounts: tuple[Accounts, ...]
    """Published accounts by fund: they give an automatic levy."""
    model: Model
    reserves: Array
    """Of the municipalities at the opening [scheme, m]."""
    returns: Array
    path: YearResult
    engine: list[list[OfEngine]]
    """By arrangement and scheme."""

    def told(self, a: int, scheme: int) -> Told:
        """What the challenger is told of one scheme in an arrangement."""
        declared = self.config.arrangements[a]
        return told(
            self.config, declared, self.accounts, self.reserves, self.path, self.returns, scheme
        )

    def apart(self, a: int, scheme: int, given: Told) -> dict[str, float]:
        """How far the challenger so told is from the engine."""
        declared, engine = self.config.arrangements[a], self.engine[a][scheme]
        return differences(self.config, declared, given, engine, geography_of(self.model))

    def every(self) -> Iterator[tuple[int, int]]:
        """Arrangements and schemes."""
        return product(range(len(self.config.arrangements)), range(len(self.config.funds)))


def drawn(folder: Path, seed: int, count: int) -> Drawn:
    """Declare, load, open and settle."""
    rng = np.random.default_rng(seed)
    opening = opened()[1]
    config = random_config(folder, rng, count)
    accounts = tuple(random_accounts(rng, opening.fund_accounts[0]) for _ in config.funds)
    model = replace(opening.model, pooling=pooling_of(config, accounts))
    province = geography_of(model).province
    reserves = rng.uniform(0, 120, (len(config.funds), len(province)))
    path = random_path(rng, province, len(config.policies))
    found = Drawn(config, accounts, model, reserves, rng.uniform(-0.02, 0.08, YEARS), path, [])
    start = opening_on_the_fund_axis(found)
    balances = FundBalances(start, start, start)
    settled_by_engine = settled(model, path, balances, found.returns)
    return replace(found, engine=of_engine(model, *jax.tree.map(np.asarray, settled_by_engine)))


def opening_on_the_fund_axis(found: Drawn) -> jax.Array:
    """Opening balances as the challenger has them, each in the first partition of its scheme."""
    schemes = []
    for scheme in range(len(found.config.funds)):
        parts: list[Array] = []
        for a, each in enumerate(found.model.pooling.arrangements):
            given = found.told(a, scheme)
            held = [np.zeros(partition.pools) for partition in each.partitions]
            first = [bool(each.force(k)[0, scheme]) for k in range(len(held))].index(True)
            held[first] = opening_balances(
                given.stages, geography_of(found.model), given.reserves, given.pooled, FIRST_YEAR
            )
            parts += held
        schemes.append(np.concatenate(parts))
    return jnp.asarray(np.stack(schemes))


@cache
def several(seed: int, count: int) -> Drawn:
    """Shared by the tests of a session."""
    with TemporaryDirectory() as folder:
        return drawn(Path(folder), seed, count)


FEW, MANY = (7, 3), (1, 12)


def test_random_arrangements():
    found = several(*FEW)
    for a, scheme in found.every():
        assert_agreement(found.apart(a, scheme, found.told(a, scheme)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
def test_sixty_random_arrangements(seed: int):
    found = several(seed, 12)
    for a, scheme in found.every():
        assert_agreement(found.apart(a, scheme, found.told(a, scheme)))


# ---- the comparison sees everything


def a_little_more(given: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """What was told with one number or table a millionth larger, for each by name; of a list, all of its parts."""
    for field in fields(given):
        name, value = f"{above}{field.name}", getattr(given, field.name)
        for inside, other in _more(name, value):
            yield inside, replace(given, **{field.name: other})


def _more(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if is_dataclass(value):
        yield from a_little_more(value, f"{name}.")
    elif isinstance(value, list | tuple):
        for larger in zip(*(_more(name, each) for each in value), strict=True):
            yield larger[0][0], type(value)(each for _, each in larger)
    elif isinstance(value, float) or getattr(value, "dtype", None) == np.float64:
        # Not all by the same factor: shares of a whole would stay as they are.
        steps = MILLIONTH * np.linspace(1, 2, np.size(value)).reshape(np.shape(value))
        yield name, value * (1 + steps) if np.ndim(value) else float(value * (1 + MILLIONTH))


@pytest.mark.slow
def test_a_millionth_more_of_anything_is_seen():
    found = several(*MANY)
    told_of: set[str] = set()
    seen: set[str] = set()
    for a, scheme in found.every():
        for name, other in a_little_more(found.told(a, scheme)):
            told_of.add(name)
            if name not in seen and max(found.apart(a, scheme, other).values()) > TOLERANCE:
                seen.add(name)
    assert len(told_of) == 20
    assert told_of == seen


def test_a_millionth_more_of_any_result_is_seen():
    """Of every account and of every quantity of a place."""
    found = several(*FEW)
    unseen = {*found.engine[0][0].accounts, *found.engine[0][0].places} - {"residual"}
    for a, scheme in found.every():
        given, engine = found.told(a, scheme), found.engine[a][scheme]
        for part in ("accounts", "places"):
            for name in unseen & getattr(engine, part).keys():
                more = getattr(engine, part) | {name: getattr(engine, part)[name] * (1 + MILLIONTH)}
                other = replace(engine, **{part: more})
                declared = found.config.arrangements[a]
                apart = differences(found.config, declared, given, other, geography_of(found.model))
                if apart[name] > TOLERANCE:
                    unseen.discard(name)
    assert not unseen
