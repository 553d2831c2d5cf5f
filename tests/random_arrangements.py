"""Random arrangements that the loader accepts, declared in a copy of the example set, and random flows for them."""

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.random import Generator
from pydantic import ValidationError

from example_country import EXAMPLE, copy_of_example
from pooling.assumptions import Config, load_config
from pooling.assumptions.arrangements import ArrangementEntry
from pooling.axes import PAYERS
from pooling.opening.accounts import Accounts
from pooling.population.migration import Moves
from pooling.schemes.scheme import Flows
from pooling.year import YearResult

FUNDS = ("employee_pension_fund", "resident_pension", "unemployment")
FIRST_YEAR, LAST_YEAR = 2025, 2036
YEARS = LAST_YEAR - FIRST_YEAR + 1
PARTS = ("pooling/inside.csv", "pooling/across.csv")
"""Random groups of municipalities: of one province each, and of any."""
OFTEN = 0.4
"""Chance of a choice that most arrangements do not make."""

Entry = dict[str, Any]


def random_config(folder: Path, rng: Generator, count: int) -> Config:
    """The example with random arrangements in the place of its own.

    Args:
        folder: where the copy of the set is written.
        rng: what they are drawn from.
        count: how many.
    """
    run = copy_of_example(folder)
    pooling = folder / "example" / "pooling"
    declared = pooling / "arrangements.toml"
    policies, rest = declared.read_text("utf-8").split("[[arrangement]]", 1)
    presets = rest[rest.index("[collection_response.low]") :]
    entries = [_accepted(rng, f"a{number}") for number in range(count)]
    text = "".join(map(_toml, entries))
    tables = (pooling / "tables.toml").read_text("utf-8").split("[regions]")[0]
    (pooling / "regions.csv").unlink()  # tables that no arrangement names are refused
    for part in (part for part in PARTS if part in text):
        _write_grouping(folder / "example" / part, rng)
        tables += f'[{Path(part).stem}]\ndescription = "Random."\nsource = "authors"\ngrade = "D"\n'
    (pooling / "tables.toml").write_text(tables, "utf-8")
    declared.write_text(policies + text + presets, "utf-8")
    return load_config(
        run,
        {
            "arrangements": [entry["key"] for entry in entries],
            "funds": list(FUNDS),
            "projection.last_year": LAST_YEAR,
        },
    )


def _write_grouping(file: Path, rng: Generator) -> None:
    """Two pools in every province, or three in the country; each has a member."""
    with (EXAMPLE.parents[1] / "example" / "municipalities.csv").open(encoding="utf-8") as stream:
        places = [
            (int(row["municipality"]), int(row["province"])) for row in csv.DictReader(stream)
        ]
    provinces = sorted({province for _, province in places})
    if file.stem == "inside":
        pools = [10 * provinces.index(province) + 1 for _, province in places]
        for province in provinces:
            mine = [k for k, (_, home) in enumerate(places) if home == province]
            pools[int(rng.choice(mine))] += 1
    else:
        pools = rng.permutation(np.arange(len(places)) % 3 + 1).tolist()
    lines = [
        f"{code},{pool},Pool {pool},池{pool}" for (code, _), pool in zip(places, pools, strict=True)
    ]
    file.write_text("\n".join(["municipality,pool,name,name_zh", *lines]) + "\n", "utf-8")


# ---- terms


def _accepted(rng: Generator, key: str) -> Entry:
    """The first drawn entry that the schema takes."""
    while True:
        entry = _entry(rng, key)
        try:
            ArrangementEntry(**entry)
        except ValidationError:
            continue
        return entry


def _entry(rng: Generator, key: str) -> Entry:
    pooled = 1.0 if rng.random() < 1 - OFTEN else _share(rng)
    terms = _terms(rng, adjustment=pooled == 1)
    covered: Any = "all" if rng.random() < 1 - OFTEN else _some_funds(rng)
    entry = {"key": key, "title": "Random", **terms, "reserves_pooled": pooled, "schemes": covered}
    if covered != "all":
        entry["uncovered_partition"] = str(rng.choice(["municipality", "province", "nation"]))
        if entry["settlement"] == "adjustment_fund":
            entry["uncovered_partition"] = "municipality"
    years = sorted(rng.choice(np.arange(FIRST_YEAR, LAST_YEAR + 1), rng.integers(0, 4), False))
    changes = [{"from": int(year), **_change(rng, pooled == 1)} for year in years]
    if rng.random() < OFTEN:
        changes.insert(0, {"schemes": _some_funds(rng), **_change(rng, pooled == 1)})
    return {**entry, "change": changes}


def _change(rng: Generator, adjustment: bool) -> Entry:
    only = {"schemes": _some_funds(rng)} if rng.random() < OFTEN else {}
    return {**only, **_terms(rng, adjustment)}


def _some_funds(rng: Generator) -> list[str]:
    return [str(x) for x in rng.choice(FUNDS, rng.integers(1, len(FUNDS)), replace=False)]


def _share(rng: Generator) -> float:
    return float(rng.uniform(0.05, 0.95))


def _terms(rng: Generator, adjustment: bool) -> Entry:
    partition = str(rng.choice(["municipality", "province", "nation", *PARTS]))
    rules = ["none", "levy_fill", "levy_fill", "per_retiree"]
    small = partition in ("municipality", "pooling/inside.csv")
    if adjustment and small:
        rules += ["adjustment_fund"] * 3
    rule = str(rng.choice(rules))
    terms = {
        "partition": partition,
        "settlement": rule,
        "policy": str(rng.choice(["province", "nation"])),
        "transfer_funds": bool(rng.random() < 0.6),
        "response": str(rng.choice(["none", "none", "low", "high"])),
        **_deficit(rng),
    }
    if rule == "adjustment_fund":
        return {**terms, "within": "province", "remittance": _share(rng) / 4}
    if rule == "none":
        return terms
    terms["within"] = "province" if small and rng.random() < 0.5 else "nation"
    if rule == "per_retiree":
        return {**terms, "ratio": _share(rng) / 5, "wage_share": 0.9}
    auto = partition == "province" and rng.random() < OFTEN
    terms |= {"levy": "auto" if auto else _share(rng), "fill": _share(rng)}
    if rng.random() < 0.5:
        terms |= {"gap": "policy", "local_share": _share(rng) / 2}
    return terms


def _deficit(rng: Generator) -> Entry:
    rule = str(rng.choice(["subsidy", "borrow", "cut"]))
    if rule == "borrow":
        return {"deficit": rule, "borrowing_spread": float(rng.uniform(0, 0.05))}
    if rule == "cut" or rng.random() < 0.5:
        return {"deficit": rule}
    shares = rng.dirichlet(np.ones(len(PAYERS)))
    return {"deficit": rule, "deficit_shares": dict(zip(PAYERS, map(float, shares), strict=True))}


def _toml(entry: Entry) -> str:
    changes = entry["change"]
    own = {name: value for name, value in entry.items() if name != "change"}
    text = "[[arrangement]]\n" + _lines(own)
    return text + "".join("[[arrangement.change]]\n" + _lines(each) for each in changes) + "\n"


def _lines(values: Mapping[str, Any]) -> str:
    return "".join(f"{name} = {_value(value)}\n" for name, value in values.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_value(x)}" for name, x in value.items()) + "}"
    return json.dumps(value)


# ---- flows


def random_path(rng: Generator, province: np.ndarray, policies: int) -> YearResult:
    """What pools need of a projection, drawn; of the rest nothing is there."""
    count, provinces = len(province), int(province.max()) + 1
    like = jnp.zeros(count)
    schemes = tuple(_random_flows(rng, like, policies, provinces) for _ in FUNDS)
    nothing: Any = jnp.zeros(0)
    return YearResult(
        schemes=schemes,
        moves=tuple(_random_moves(rng, province) for _ in FUNDS),
        funds=nothing,
        transfer_value=jnp.asarray(rng.uniform(0.5, 2, (YEARS, len(FUNDS)))),
        kept_value=nothing,
        standard_wages=jnp.asarray(rng.uniform(200, 900, (YEARS, len(FUNDS), count))),
        registrations=nothing,
        effort=(),
        after_scheduled=nothing,
        before_subsidy=nothing,
        people=(),
        people_residual=nothing,
        origin_residual=nothing,
        wage=nothing,
        reference_wage=nothing,
    )


def _random_flows(rng: Generator, like: jax.Array, policies: int, provinces: int) -> Flows:
    """Contributions and pensions of a like size, in good and in bad years; everything else is small."""
    zero = Flows.nothing(like, policies, provinces)
    drawn = jax.tree.map(lambda x: jnp.asarray(rng.uniform(0, 3, (YEARS, *x.shape))), zero)
    shape = (YEARS, len(like))
    tide = rng.uniform(0.5, 1.5, shape[:1])[:, None] * rng.uniform(0.6, 1.4, shape[1:])
    return replace(
        drawn,
        wage_bill=jnp.asarray(rng.uniform(200, 800, shape)),
        contributions=jnp.asarray(rng.uniform(40, 100, shape) * tide),
        pensions=tuple(jnp.asarray(rng.uniform(30, 100, shape)) for _ in range(policies)),
        linked_accounts=jnp.asarray(rng.uniform(-3, 3, shape)),
    )


def _random_moves(rng: Generator, province: np.ndarray) -> Moves:
    """Balances that leave and arrive: as much as goes between the provinces, each place with its share."""
    provinces = int(province.max()) + 1
    between = rng.uniform(0, 4, (YEARS, provinces, provinces))

    def placed(by_province: np.ndarray) -> jax.Array:
        weight = rng.uniform(0.1, 1, (YEARS, len(province)))
        whole = weight @ np.eye(provinces)[province]
        return jnp.asarray(weight / whole[:, province] * by_province[:, province])

    return Moves(
        placed(between.sum(axis=2)),
        placed(between.sum(axis=1)),
        jnp.asarray(between),
        jnp.zeros_like(between),
    )


def random_accounts(rng: Generator, like: Accounts) -> Accounts:
    """Published accounts whose provinces are in surplus and in deficit."""
    size = len(like.revenue)
    # The first in surplus, the second in deficit: an automatic levy has something to solve.
    result = rng.uniform(1, 5, size) * np.where(np.arange(size) % 2, -1, 1)
    expenditure = rng.uniform(50, 100, size)
    return replace(like, revenue=expenditure + result, expenditure=expenditure)
