"""Values by dotted path: overlays of a set and the command line's assignments."""

from pathlib import Path

import numpy as np
import pytest

from pooling.assumptions import load_config, parse_assignment
from pooling.errors import InputErrors
from small_set import SetCopy

EXAMPLE = Path(__file__).parents[3] / "assumptions" / "runs" / "example.toml"


@pytest.fixture
def copy(tmp_path: Path) -> SetCopy:
    return SetCopy(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("projection.paths=50", ("projection.paths", 50)),
        ("options.interest = 0.03", ("options.interest", 0.03)),
        ("options.wage_age=flat", ("options.wage_age", "flat")),
        ('options.wage_age="flat"', ("options.wage_age", "flat")),
        ("output.all_paths=true", ("output.all_paths", True)),
        ('arrangements=["municipal"]', ("arrangements", ["municipal"])),
        ("title=a=b", ("title", "a=b")),
    ],
)
def test_assignment(text: str, expected: tuple[str, object]) -> None:
    assert parse_assignment(text) == expected


@pytest.mark.parametrize("text", ["projection.paths", "=3"])
def test_no_assignment(text: str) -> None:
    with pytest.raises(ValueError, match="is no assignment"):
        parse_assignment(text)


def test_overrides_reach_every_kind_of_file(copy: SetCopy) -> None:
    config = copy.load(
        title="Changed",
        projection__paths=3,
        economy__wages__national__sigma=0.01,
        schemes__employee_pension_fund__members__dormant_share=0.12,
        schemes__employee_pension_fund__members__account_start=2000.5,
        schemes__employee_pension_fund__awards__claim_home_share=0.4,
        pooling__arrangement__current__levy=0.5,
        pooling__benefit_policy__province__reference_wage="nation",
        compute__threads=2,
    )
    (fund,) = config.funds
    assert config.title == "Changed"
    assert config.projection.paths == 3
    assert config.assumptions.economy["wages.national.sigma"].value == 0.01
    assert config.assumptions.economy["wages.national.sigma"].source == "authors"
    assert (fund.members.dormant_share, fund.members.account_start) == (0.12, 2000.5)
    assert fund.awards.claim_home_share == 0.4
    assert config.arrangements[-1].terms["employee_pension_fund"][0][1].levy == 0.5
    assert config.policies[0].reference_wage == "nation"
    assert config.compute.threads == 2


def test_rule_changes_after_the_valuation_date(copy: SetCopy) -> None:
    """A number for a rule holds from the first projected day, in the file's unit; the past stays."""
    copy.replace(
        "schemes/employee_pension.toml",
        'unit = "fraction"\n\n[[rules.employee_rate.values]]\nfrom = 1996-01-01\nvalue = 0.08',
        'unit = "percent"\n\n[[rules.employee_rate.values]]\nfrom = 1996-01-01\nvalue = 8',
    )
    config = copy.load(
        schemes__employee_pension__rules__employer_rate=0.2,
        schemes__employee_pension__rules__minimum_years=18.0,
        schemes__employee_pension__rules__employee_rate=4.0,
    )
    rules = config.assumptions.scheme_rules["employee_pension"].rules
    assert rules["employer_rate"].annual([2018, 2024, 2025]).tolist() == [0.20, 0.16, 0.2]
    assert rules["employer_rate"].source[-1] == "override"
    assert rules["minimum_years"].annual([2024, 2025, 2039]).tolist() == [15.0, 18.0, 18.0]
    assert rules["employee_rate"].annual([2024, 2025]).tolist() == [0.08, 0.04]


def test_command_line_comes_after_overlays(copy: SetCopy) -> None:
    file = "overlays/wages_flat.toml"
    config = copy.load(overlays=[file])
    assert config.options.central_path == "flat"
    assert config.overlays[0].set == {"options.central_path": "flat"}
    assert f"example/{file}" in config.digests
    assert copy.load(overlays=[file], options__central_path="steep").options.central_path == "steep"


def test_overlays_apply_in_their_order(copy: SetCopy) -> None:
    flat, steep = "overlays/wages_flat.toml", "overlays/wages_steep.toml"
    assert copy.load(overlays=[flat, steep]).options.central_path == "steep"
    assert copy.load(overlays=[steep, flat]).options.central_path == "flat"


def test_text_records_the_overrides(copy: SetCopy) -> None:
    plain, changed = copy.load(), copy.load(projection__paths=3)
    assert plain.text == copy.run.read_text(encoding="utf-8")
    assert changed.text == plain.text + "\n# Changed for this run:\n# --set projection.paths=3\n"
    assert changed.overrides == {"projection.paths": 3}


def test_loading_leaves_the_overrides_alone(copy: SetCopy) -> None:
    overrides = {"projection.paths": 3, "arrangements": ["municipal"]}
    copy.load(**overrides)
    assert overrides == {"projection.paths": 3, "arrangements": ["municipal"]}


def test_overlay_by_name_comes_after_those_of_the_run() -> None:
    config = load_config(EXAMPLE, {"overlays": ["overlays/wages_flat.toml"]}, ["wages_steep"])
    assert config.options.central_path == "steep"
    assert [each.file for each in config.overlays] == [
        "overlays/wages_flat.toml",
        "overlays/wages_steep.toml",
    ]
    assert "# --overlay wages_steep" in config.text


def test_overlay_from_anywhere(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('title = "Mine"\n[set]\n"options.interest" = 0.031\n', encoding="utf-8")
    config = load_config(EXAMPLE, overlays=[str(file)])
    assert config.options.interest == 0.031
    assert any(name.endswith("/mine.toml") for name in config.digests)


def test_overlay_that_does_not_exist_is_named_with_the_nearest() -> None:
    with pytest.raises(InputErrors) as caught:
        load_config(EXAMPLE, overlays=["wages_flatt"])
    (problem,) = caught.value.problems
    assert problem.found == "no overlay 'wages_flatt'" and problem.nearest == "wages_flat"


def test_figure_of_a_retirement_group_by_its_key() -> None:
    path = "schemes.employee_pension.retirement_groups.men.cap_months"
    groups = load_config(EXAMPLE, {path: 12}).assumptions.scheme_rules["employee_pension"]
    assert {each.key: each.cap_months for each in groups.retirement_groups}["men"] == 12
    with pytest.raises(InputErrors, match="women_worker"):
        load_config(EXAMPLE, {path.replace(".men.", ".women."): 12})


def test_rule_by_first_year() -> None:
    """{2027 = 0.7, 2030 = 1.0}: the last published value holds until 2026."""
    changed = {"schemes.enrolment.rules.flexible_access": {"2030": 1.0, "2027": 0.7}}
    rule = load_config(EXAMPLE, changed).assumptions.scheme_rules["enrolment"].rules
    years = np.array([2024, 2026, 2027, 2029, 2030, 2050])
    found = rule["flexible_access"].annual(years)
    np.testing.assert_array_equal(found, [0.5, 0.5, 0.7, 0.7, 1.0, 1.0])


@pytest.mark.parametrize("year", ["2024", "203O", "20300"])
def test_rule_by_something_that_is_no_later_year(year: str) -> None:
    changed = {"schemes.enrolment.rules.flexible_access": {year: 1.0}}
    with pytest.raises(InputErrors, match=year):
        load_config(EXAMPLE, changed)


def test_the_law_holds_until_the_first_year_of_a_table() -> None:
    """Full access from 2027 on, which the set legislates, stays until the table's 2030."""
    changed = {"schemes.enrolment.rules.flexible_access": {"2030": 0.9}}
    rule = load_config(EXAMPLE, changed).assumptions.scheme_rules["enrolment"].rules
    found = rule["flexible_access"].annual(np.array([2024, 2026, 2027, 2029, 2030, 2050]))
    np.testing.assert_array_equal(found, [0.5, 0.5, 1.0, 1.0, 0.9, 0.9])


def test_a_year_that_has_begun_is_named_and_no_other() -> None:
    changed = {"schemes.employee_pension.rules.employer_rate": {"2030": 0.1, "2024": 0.2}}
    with pytest.raises(InputErrors) as caught:
        load_config(EXAMPLE, changed)
    (problem,) = caught.value.problems
    assert problem.found == "the year 2024"
    assert problem.allowed == "years that begin after the valuation date 2024-12-31"


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("employee_pension.rules.notional_rate", "takes it from economy/central_path"),
        ("employee_medical_insurance.rules.retired_credit_share", "what the valuation year paid"),
        ("resident_basic_pension.rules.lowest_premium", "what the valuation year paid"),
    ],
)
def test_a_rule_that_is_history_is_not_set(rule: str, reason: str) -> None:
    with pytest.raises(InputErrors, match="has no effect") as caught:
        load_config(EXAMPLE.with_name("example_all.toml"), {f"schemes.{rule}": 0.01})
    assert any(reason in str(problem) for problem in caught.value.problems)


@pytest.mark.parametrize("path", ["phased_factor", "class_rate_1"])
def test_a_table_without_a_year_is_refused(path: str) -> None:
    """It would take the law's later values away and give none."""
    changed = {f"schemes.work_injury_insurance.rules.{path}": {}}
    with pytest.raises(InputErrors) as caught:
        load_config(EXAMPLE.with_name("example_all.toml"), changed)
    (problem,) = caught.value.problems
    assert problem.found == "a table without a year"
    assert problem.allowed == "years that begin after the valuation date 2024-12-31"


def test_unemployment_rules_ascend() -> None:
    rules, run = "schemes.unemployment_insurance.rules", EXAMPLE.with_name("example_all.toml")
    for name, value, said in (
        ("middle_years", 12, "found 12 on 2025-01-01; allowed: at most long_years = 10"),
        ("duration_short", 23, "found 23 on 2025-01-01; allowed: at most duration_middle = "),
    ):
        with pytest.raises(InputErrors, match=f"rules.{name}") as caught:
            load_config(run, {f"{rules}.{name}": value})
        assert said in str(caught.value)
