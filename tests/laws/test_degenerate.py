"""Countries in which the answer is known: one municipality, identical regions, twice the money, another order."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from example_country import (
    EXAMPLE,
    MONEY,
    Opening,
    Projected,
    Rows,
    by_arrangement,
    copy_of_example,
    edit,
    open_country,
    project_country,
    tables_with,
)
from pooling.pools.funds import FundYear
from pooling.vocabulary import quantities

PROVINCE, MUNICIPALITY = "100000", "100100"


def keep(key: str, wanted: Sequence[str]) -> Callable[[Rows], Rows]:
    """Rows whose column has one of the values."""
    return lambda rows: [row for row in rows if row[key] in wanted]


def columns(**values: str) -> Callable[[Rows], Rows]:
    """The same rows with these columns replaced."""
    return lambda rows: [{**row, **values} for row in rows]


def national_totals(run: Path, share: float) -> None:
    """Scale the published totals of the nation to a country of another size."""

    def scaled(rows: Rows) -> Rows:
        names = ("population_31dec", "births", "deaths", "persons")
        return [
            {k: repr(float(v) * share) if k in names and v else v for k, v in row.items()}
            for row in rows
        ]

    edit(run, "population/national", scaled)
    edit(run, "demography/population_midyear", scaled)


def one_municipality_each(folder: Path, provinces: Sequence[str]) -> Path:
    """The example cut down to some of its provinces, each with its city only; the regional pool holds them all."""
    run = copy_of_example(folder)
    people: dict[str, float] = {}
    edit(run, "population/census", lambda rows: _counted(rows, people))
    cities = [f"{province[:3]}100" for province in provinces]
    for key in ("origin", "residence", "destination", "province"):
        for table in tables_with(run, key):
            edit(run, table, keep(key, provinces))
    for table in tables_with(run, "municipality"):
        edit(run, table, keep("municipality", cities))
    edit(run, "pooling/regions", columns(pool="1", name="All", name_zh="全部"))
    if len(provinces) == 1:
        edit(run, "migration/flow_margins", columns(inflow="0", outflow="0"))
    edit(run, "population/registration", lambda rows: [_alone(row, provinces) for row in rows])
    national_totals(run, sum(people[city] for city in cities) / sum(people.values()))
    _without_accounts_of_the_nation(run)
    return run


def _alone(row: dict[str, str], provinces: Sequence[str]) -> dict[str, str]:
    """Registrations of a city that is its province; in a country of one province nobody is from another."""
    from_others = {"100000": "220000", "200000": "80000", "300000": "40000"}
    of_province = from_others[f"{row['municipality'][:1]}00000"] if len(provinces) > 1 else "0"
    return {**row, "elsewhere_same_province": "0", "elsewhere_other_province": of_province}


def _without_accounts_of_the_nation(run: Path) -> None:
    """Leave out what would have to add up: the national line and the anchor between unequal tiers."""
    schemes = run.parents[1] / "example" / "schemes"
    (schemes / "accounts_national.csv").unlink()
    _without_section(schemes / "tables.toml", "accounts_national")
    _without_section(run, "subsidy_anchor")


def _counted(rows: Rows, people: dict[str, float]) -> Rows:
    for row in rows:
        code = row["municipality"]
        people[code] = people.get(code, 0.0) + float(row["persons"])
    return rows


def _without_section(file: Path, name: str) -> None:
    """Take a table and its sub-tables out of a TOML file."""
    kept, inside = [], False
    for line in file.read_text("utf-8").splitlines():
        if line.startswith("["):
            inside = line.strip("[] ").split(".")[0] == name
        if not inside:
            kept.append(line)
    file.write_text("\n".join(kept) + "\n", "utf-8")


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> tuple[Opening, Projected]:
    """Three provinces of one municipality each."""
    run = one_municipality_each(tmp_path_factory.mktemp("cities"), ["100000", "200000", "300000"])
    opening = open_country(run)[1]
    return opening, project_country(opening, 1)


def test_a_province_of_one_municipality_is_its_municipality(cities: tuple[Opening, Projected]):
    opening, path = cities
    # Which government pays is the only thing that differs.
    for name in FundYear.__dataclass_fields__.keys() - {"deficit_payer"}:
        values = by_arrangement(opening.model.pooling, getattr(path.year.funds, name))
        np.testing.assert_array_equal(values["municipal"], values["provincial"], err_msg=name)
    assert path.year.funds.settlement.any() and path.year.funds.moved_out.any()
    transfers = path.named["net_transfer_municipality"]
    np.testing.assert_array_equal(transfers, path.named["net_transfer_province"])


def test_a_region_that_is_the_nation_is_the_nation(cities: tuple[Opening, Projected]):
    opening, path = cities
    scale = path.year.funds.outgo.max()
    for name in FundYear.__dataclass_fields__:
        values = by_arrangement(opening.model.pooling, getattr(path.year.funds, name))
        # Rights that move inside the only pool leave nothing but rounding.
        assert np.abs(values["regional"] - values["national"]).max() <= 1e-13 * scale, name


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Opening, Projected]:
    """One province of one municipality."""
    run = one_municipality_each(tmp_path_factory.mktemp("alone"), ["100000"])
    opening = open_country(
        run, {"arrangements": ["municipal", "provincial", "national", "current"]}
    )[1]
    return opening, project_country(opening, 1)


def test_one_municipality_has_the_same_fund_at_every_level(alone: tuple[Opening, Projected]):
    opening, path = alone
    assert opening.model.pooling.funds == 4
    for name in FundYear.__dataclass_fields__:
        values = getattr(path.year.funds, name)
        np.testing.assert_array_equal(values, values[..., :1].repeat(4, axis=-1), err_msg=name)
    assert (path.year.funds.contributions > 0).all() and (path.year.funds.outgo > 0).all()


def test_one_municipality_redistributes_nothing(alone: tuple[Opening, Projected]):
    path = alone[1]
    scale = path.named["benefits_municipality"].max()
    for name in ("net_transfer_municipality", "net_transfer_province", "redistribution_flow"):
        assert np.abs(path.named[name]).max() <= 1e-13 * scale
    for name in ("gini_burden", "theil_burden", "cv_burden"):
        assert np.abs(path.named[name]).max() <= 1e-13
    assert not path.year.funds.settlement.any() and not path.year.funds.moved_out.any()


@pytest.fixture(scope="module")
def identical(tmp_path_factory: pytest.TempPathFactory) -> tuple[Opening, Projected]:
    """Nine municipalities in three provinces, all the same."""
    run = copy_of_example(tmp_path_factory.mktemp("identical"))
    people: dict[str, float] = {}
    edit(run, "population/census", lambda rows: _counted(rows, people))
    for key, code in (("municipality", MUNICIPALITY), ("province", PROVINCE)):
        for table in tables_with(run, key):
            if table not in ("municipalities", "provinces", "pooling/regions"):
                edit(run, table, _like(key, code))
    every = {"low": "50000", "high": "150000", "persons": "80000"}
    edit(run, "migration/stock", columns(**every))
    edit(run, "migration/flow", columns(persons="15000"))
    edit(run, "migration/flow_margins", columns(inflow="30000", outflow="30000"))
    apart = {"distance": "300", "border": "1"}
    edit(
        run,
        "migration/distance",
        lambda rows: [{**r, **apart} if r["origin"] != r["destination"] else r for r in rows],
    )
    registered = {"elsewhere_same_province": "90000"}
    third = repr(160000 / 3)
    edit(run, "population/registration", columns(elsewhere_other_province=third, **registered))
    national_totals(run, 9 * people[MUNICIPALITY] / sum(people.values()))
    _without_accounts_of_the_nation(run)
    opening = open_country(run)[1]
    return opening, project_country(opening, 0)


def _like(key: str, code: str) -> Callable[[Rows], Rows]:
    """Give every region the rows of one, in the order of its other columns."""

    def same(rows: Rows) -> Rows:
        model = [row for row in rows if row[key] == code]
        codes = list(dict.fromkeys(row[key] for row in rows))
        return [{**row, key: other} for other in codes for row in model]

    return same


def test_identical_regions_redistribute_nothing(identical: tuple[Opening, Projected]):
    opening, path = identical
    scale = path.named["benefits_municipality"].sum(axis=1).max()
    for name in ("net_transfer_municipality", "net_transfer_province", "redistribution_flow"):
        assert np.abs(path.named[name]).max() <= 1e-12 * scale, name
    for name in ("gini_burden", "theil_burden", "theil_between", "theil_within", "cv_burden"):
        assert np.abs(path.named[name]).max() <= 1e-12, name
    balances = by_arrangement(opening.model.pooling, path.year.funds.closing_balance)
    each = balances["municipal"]
    assert np.abs(each - each[..., :1]).max() <= 1e-11 * scale
    for key in ("provincial", "national"):
        count = 9 // balances[key].shape[-1]
        assert np.abs(balances[key] - count * each[..., :1]).max() <= 1e-11 * scale
    # Everybody moves, nobody is further on.
    moves = path.year.moves[0]
    assert moves.out.any() and np.abs(moves.out - moves.arrived).max() <= 1e-11 * moves.out.max()


def test_twice_the_money_is_twice_the_result(
    stochastic: Projected, tmp_path_factory: pytest.TempPathFactory
):
    run = copy_of_example(tmp_path_factory.mktemp("rich"))
    for table, money in MONEY.items():
        edit(
            run,
            table,
            lambda rows, money=money: [
                {k: repr(2 * float(v)) if k in money and v else v for k, v in row.items()}
                for row in rows
            ],
        )
    doubled = project_country(open_country(run)[1], 1).named
    assert set(doubled) == set(stochastic.named)
    for name, values in stochastic.named.items():
        if name != "account_residual":
            factor = 2 if quantities()[name].unit.startswith("currency") else 1
            np.testing.assert_allclose(
                doubled[name],
                factor * values,
                rtol=1e-11,
                atol=1e-12 * np.nanmax(np.abs(values), initial=0),
                err_msg=name,
            )


def test_the_order_of_rows_does_not_matter(
    stochastic: Projected, tmp_path_factory: pytest.TempPathFactory
):
    run = copy_of_example(tmp_path_factory.mktemp("shuffled"))
    folder, random = run.parents[1] / "example", np.random.default_rng(11)
    for file in folder.rglob("*.csv"):
        table = file.relative_to(folder).with_suffix("").as_posix()
        edit(run, table, lambda rows: [rows[k] for k in random.permutation(len(rows))])
    shuffled = project_country(open_country(run)[1], 1).named
    for name, values in stochastic.named.items():
        np.testing.assert_array_equal(shuffled[name], values, err_msg=name)


def test_the_example_is_read_where_it_is(opening: Opening):
    assert EXAMPLE.is_file() and opening.model.pooling.funds == 9 + 3 + 1 + 3 + 2
