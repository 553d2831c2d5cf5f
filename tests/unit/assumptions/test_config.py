"""The example set as loaded: figures that can be checked by hand, units, order, immutability."""

import hashlib
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from pooling.assumptions import AgeGroups, Config, load_config
from pooling.errors import InputErrors
from small_set import ASSUMPTIONS, EXAMPLE, SetCopy


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(EXAMPLE)


def test_regions(config: Config) -> None:
    provinces, municipalities = config.assumptions.provinces, config.assumptions.municipalities
    assert provinces.code.tolist() == [100000, 200000, 300000]
    assert provinces.name_zh == ("甲州", "乙州", "丙州")
    assert municipalities.code.dtype == np.int32
    assert municipalities.province_index.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert municipalities.name[3] == "Second City"
    assert municipalities.longitude[0] == 2.0


def test_units_are_converted(config: Config) -> None:
    tables = config.assumptions.tables
    wage = tables["economy/average_wage"]
    assert wage.values["average_wage"][0, 0, 0] == 6000 * 12
    assert wage.units["average_wage"] == "currency/year"
    accounts = tables["schemes/accounts"]
    assert accounts.values["active"][0, -1] == 1_350_000
    assert accounts.values["balance"][0, -1] == pytest.approx(20e9)
    assert tables["economy/prices"].values["inflation"][0] == 0.02
    assert tables["population/national"].values["population_31dec"][0] == 9_000_000


def test_axes_and_shapes(config: Config) -> None:
    census = config.assumptions.tables["population/census"]
    assert list(census.axes) == ["municipality", "year", "sex", "age_group"]
    assert census.values["persons"].shape == (9, 1, 2, 18)
    assert census.values["persons"].sum() == 9_000_000
    assert census.values["persons"][0].sum() == 1_500_000
    groups = census.axes["age_group"]
    assert isinstance(groups, AgeGroups)
    assert groups.lower[-1] == 85
    assert groups.upper[-1] == 100
    assert groups.labels[0] == "0-4"
    wage = config.assumptions.tables["economy/average_wage"].values["average_wage"]
    assert wage.shape == (3, 5, 5)
    assert np.isnan(wage[0, 0, 1])


def test_missing_cells_are_counted(config: Config) -> None:
    tables = config.assumptions.tables
    assert tables["population/national"].missing == 2
    assert tables["economy/average_wage"].missing == 0
    assert tables["migration/stock"].missing == 0
    assert np.isnan(np.diag(tables["migration/stock"].values["persons"])).all()


def test_rows_and_columns_in_any_order(tmp_path: Path) -> None:
    copy = SetCopy(tmp_path)
    path = copy.path("schemes/accounts.csv")
    header, *rows = path.read_text().splitlines()
    turned = [",".join(line.split(",")[::-1]) for line in (header, *rows[::-1])]
    path.write_text("\n".join(turned) + "\n")
    before = load_config(EXAMPLE).assumptions.tables["schemes/accounts"].values
    after = copy.load().assumptions.tables["schemes/accounts"].values
    assert {name: values.tolist() for name, values in after.items()} == {
        name: values.tolist() for name, values in before.items()
    }


def test_a_province_may_share_a_code_with_a_municipality(tmp_path: Path) -> None:
    """As Beijing does: 110000 at both levels."""
    copy = SetCopy(tmp_path)
    for path in copy.path("").rglob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace("300100,", "300000,"), "utf-8")
    municipalities = copy.load().assumptions.municipalities
    assert municipalities.code.tolist()[-3:] == [300000, 300200, 300300]


def test_municipalities_of_a_province_need_not_stand_together(tmp_path: Path) -> None:
    copy = SetCopy(tmp_path)
    for path in copy.path("").rglob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace("100300,", "900300,"), "utf-8")
    municipalities = copy.load().assumptions.municipalities
    assert municipalities.code.tolist()[-1] == 900300
    assert municipalities.province_index.tolist() == [0, 0, 1, 1, 1, 2, 2, 2, 0]


def test_law(config: Config) -> None:
    law = config.assumptions.scheme_rules["employee_pension"]
    assert law.rules["employer_rate"].value_on(date(2018, 1, 1)) == 0.20
    assert law.rules["notional_rate"].unit == "fraction"
    assert law.rules["notional_rate"].value_on(date(2020, 1, 1)) == 0.05
    assert [group.key for group in law.retirement_groups] == ["men", "women_cadre", "women_worker"]
    assert law.retirement_groups[0].reform_from == date(2025, 1, 1)


def test_funds_and_arrangements(config: Config) -> None:
    (fund,) = config.funds
    assert fund.key == "employee_pension_fund"
    assert fund.revenue is None
    assert fund.members.account_start is None
    assert fund.awards.groups == {"men": 0.5, "women_cadre": 0.15, "women_worker": 0.35}
    assert fund.range["dormant_share"].high == 0.15
    assert [each.key for each in config.arrangements] == [
        "municipal", "provincial", "national", "current",
    ]  # fmt: skip
    current = config.arrangements[-1]
    ((first, terms),) = current.terms["employee_pension_fund"]
    assert (first, terms.levy, terms.fill, terms.within) == (None, "auto", 1.0, "nation")
    ((_, municipal),) = config.arrangements[0].terms["employee_pension_fund"]
    assert (municipal.levy, municipal.fill) == (0.0, 0.0)
    assert current.funds == ("employee_pension_fund",)
    assert [policy.key for policy in config.policies] == ["province"]


def test_partition_from_a_table(tmp_path: Path) -> None:
    config = SetCopy(tmp_path).load(arrangements=["regional"])
    (regional,) = config.arrangements
    grouping = regional.groupings["pooling/regions.csv"]
    assert grouping.pools[100300] == 1
    assert grouping.pools[200100] == 2
    assert grouping.names == {1: ("West", "西部"), 2: ("East", "东部")}


def test_options(config: Config) -> None:
    assert config.options.interest == 0.025
    assert config.options.subsidy_anchor is not None
    assert config.options.subsidy_anchor.province == 100000
    assert config.projection.years.tolist() == list(range(2025, 2100))
    asked = config.compute
    assert (asked.device, asked.threads, asked.width, asked.chunk) == ("auto",) * 4
    assert asked.chosen_precision == "double"


def test_anchor_may_be_left_out(tmp_path: Path) -> None:
    copy = SetCopy(tmp_path)
    anchor = "[subsidy_anchor]\nprovince = 100000\nshare_of_expenditure = 0.12\n"
    copy.replace("runs/example.toml", anchor, "")
    assert copy.load().options.subsidy_anchor is None


def test_funds_of_a_balanced_budget(tmp_path: Path) -> None:
    """A second fund takes its shares from the first, and has a rule of revenue of its own."""
    copy = SetCopy(tmp_path)
    name = "schemes/employee_pension_fund.toml"
    text = copy.path(name).read_text(encoding="utf-8")
    copy.path(name).write_text(text.replace("= 1.0\n", "= 0.75\n", 4), encoding="utf-8")
    second = text.replace("= 1.0\n", "= 0.25\n", 4).replace("residual = true", "residual = false")
    revenue = (
        "\n[revenue]\nbalanced = true\nrelative_wage = 1.3\ncollection = 0.95\n"
        "max_subsidy_share = 0.9\n"
    )
    copy.path("schemes/public_fund.toml").write_text(
        second.replace("code = 1", "code = 2") + revenue, encoding="utf-8"
    )
    config = copy.load()
    assert [fund.key for fund in config.funds] == ["employee_pension_fund", "public_fund"]
    assert config.funds[1].revenue is not None
    assert config.arrangements[0].funds == ("employee_pension_fund", "public_fund")
    only = copy.load(funds=["public_fund"])
    assert only.arrangements[0].funds == ("public_fund",)


def test_digests_are_of_the_files(config: Config) -> None:
    census = ASSUMPTIONS / "example" / "population" / "census.csv"
    digest = hashlib.sha256(census.read_bytes()).hexdigest()
    assert config.assumptions.digests["population/census.csv"] == digest
    assert config.digests["example/population/census.csv"] == digest
    assert config.digests["runs/example.toml"] == hashlib.sha256(EXAMPLE.read_bytes()).hexdigest()
    read = {
        path.relative_to(ASSUMPTIONS).as_posix() for path in (ASSUMPTIONS / "example").rglob("*")
    }
    overlays = {name for name in read if name.startswith("example/overlays")}
    folders = {name for name in read if "." not in name}
    assert set(config.digests) == (read - overlays - folders) | {"runs/example.toml"}


def test_nothing_can_be_changed(config: Config) -> None:
    table = config.assumptions.tables["population/census"]
    with pytest.raises(ValueError, match="read-only"):
        table.values["persons"][0] = 0
    with pytest.raises(ValueError, match="read-only"):
        config.assumptions.provinces.code[0] = 0
    with pytest.raises(TypeError):
        config.assumptions.tables["x"] = table  # type: ignore[index]
    with pytest.raises(AttributeError):
        config.title = ""  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        config.projection.paths = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        config.funds[0].groups["men"] = 0.5  # type: ignore[index]


def test_every_run_of_the_repository_loads() -> None:
    for path in sorted((ASSUMPTIONS / "runs").glob("*.toml")):
        assert load_config(path).title


def overlays() -> list[tuple[str, str]]:
    """Run and overlay of every overlay in the repository."""
    files = sorted(ASSUMPTIONS.glob("*/overlays/*.toml"))
    return [(f"{file.parents[1].name}.toml", f"overlays/{file.name}") for file in files]


@pytest.mark.parametrize(("run", "overlay"), overlays())
def test_every_overlay_of_the_repository_changes_its_run(run: str, overlay: str) -> None:
    config = load_config(ASSUMPTIONS / "runs" / run, {"overlays": [overlay]})
    assert config.overlays[0].title


def test_loading_needs_neither_jax_nor_xarray() -> None:
    code = (
        "import sys\n"
        "from pooling.assumptions import load_config, quality_report\n"
        "quality_report(load_config(sys.argv[1])).text()\n"
        "heavy = {'jax', 'jaxlib', 'equinox', 'xarray', 'pandas', 'scipy', 'netCDF4'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", code, str(EXAMPLE)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"


def test_unknown_extension_of_a_partition(tmp_path: Path) -> None:
    copy = SetCopy(tmp_path)
    with pytest.raises(InputErrors, match="unknown partition 'pooling/regions'"):
        copy.load(**{"pooling.arrangement.regional.partition": "pooling/regions"})
