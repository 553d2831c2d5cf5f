"""Every scheme that there is: its law on every date on which a rule changes, and its functions under the compiler.

Generic over the laws in ``assumptions`` and over the registries: a scheme that is added is covered.
"""

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from pooling.assumptions import Config, load_config
from pooling.assumptions.dated import DatedRule
from pooling.assumptions.model import SchemeRules
from pooling.assumptions.registry import LAWS, WITH_GROUPS
from pooling.schemes.retirement import delay_months, retirement_month
from small_set import ASSUMPTIONS

TESTS = Path(__file__).parents[1]
SETS = sorted(path.parent.name for path in ASSUMPTIONS.glob("*/set.toml"))
FILES = {
    (name, path.stem): path
    for name in SETS
    for path in sorted((ASSUMPTIONS / name / "schemes").glob("*.toml"))
    if "[rules." in path.read_text("utf-8")
}
"""Laws by set and module."""
BY_LAW = pytest.mark.parametrize(("name", "module"), sorted(FILES))
DAY = timedelta(days=1)


@cache
def config_of(name: str) -> Config:
    """The run of the same name as the set."""
    return load_config(ASSUMPTIONS / "runs" / f"{name}.toml")


def law_of(name: str, module: str) -> SchemeRules:
    """A law as it was loaded."""
    return config_of(name).assumptions.scheme_rules[module]


def dates_of(law: SchemeRules) -> list[date]:
    """Every day on which a rule of the law changes, and the day before."""
    changes = {day for rule in law.rules.values() for day in rule.change_dates}
    return sorted(changes | {day - DAY for day in changes})


def in_force(rule: DatedRule, day: date) -> bool:
    """Whether the rule says anything on a day."""
    begun = [end for start, end in zip(rule.dates, rule.ends, strict=True) if start <= day]
    return bool(begun) and (begun[-1] is None or day <= begun[-1])


def ended(rule: DatedRule, day: date) -> bool:
    """Whether the rule was in force once and its end was written down."""
    return not in_force(rule, day) and rule.dates[0] <= day


def test_there_is_a_law_for_every_module_and_a_module_for_every_law():
    assert SETS
    for name in SETS:
        assert {module for of, module in FILES if of == name} == set(LAWS)


@BY_LAW
def test_a_law_has_all_its_rules_on_every_date_on_which_one_changes(name: str, module: str):
    law, columns = law_of(name, module), LAWS[module]
    assert set(law.rules) == set(columns)
    for day in dates_of(law):
        for key, rule in law.rules.items():
            value, column = rule.value_on(day), columns[key]
            assert np.isfinite(value), (key, day)
            if in_force(rule, day):
                assert column.low <= value <= column.high, (key, day)
            else:
                assert value == 0, (key, day)


@BY_LAW
def test_from_the_valuation_date_on_every_rule_is_in_force_or_was_ended(name: str, module: str):
    law = law_of(name, module)
    valued = config_of(name).assumptions.info.valuation_date
    for day in {valued + DAY, *(day for day in dates_of(law) if day > valued)}:
        for key, rule in law.rules.items():
            assert in_force(rule, day) or ended(rule, day), (key, day)


@BY_LAW
def test_a_year_of_change_lies_between_its_values(name: str, module: str):
    law = law_of(name, module)
    for year in sorted({day.year for day in dates_of(law)}):
        days = [
            date(year, 1, 1) + n * DAY
            for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
        ]
        for key, rule in law.rules.items():
            values = [rule.value_on(day) for day in days]
            assert rule.annual([year])[0] == pytest.approx(np.mean(values), rel=1e-12), key


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("module", WITH_GROUPS)
def test_delays_rise_by_a_month_on_every_step_of_a_reform(name: str, module: str):
    for group in law_of(name, module).retirement_groups:
        if group.step_months == 0:
            continue
        start = 12 * group.reform_from.year + group.reform_from.month - 1
        original = start + np.arange(-24, group.step_months * group.cap_months + 24)
        delays = delay_months(original // 12, original % 12 + 1, group)
        changes = original[1:][np.diff(delays) != 0]
        np.testing.assert_array_equal(
            changes, start + group.step_months * np.arange(group.cap_months)
        )
        assert set(np.diff(delays)) == {0, 1}
        assert delays[-1] == group.cap_months
        birth = original - group.original_age_months
        when = retirement_month(birth // 12, birth % 12 + 1, group)
        retired = 12 * when.year + when.month - 1
        # Nobody retires before somebody born earlier.
        assert np.all(np.diff(retired) >= 1)


@cache
def compiled(bits: int) -> dict:
    """The schemes of the example in one precision, shapes checked, in a process of its own."""
    environment = {
        **os.environ,
        "JAX_ENABLE_X64": str(int(bits == 64)),
        "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")]),
    }
    done = subprocess.run(
        [sys.executable, str(TESTS / "typed_schemes.py")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("bits", [64, 32])
def test_every_scheme_compiles_with_its_shapes_checked(bits: int):
    found = compiled(bits)
    assert found["missed"] == []
    assert found["kinds"] == [f"float{bits}"]
    for fund in found["funds"].values():
        assert np.all(np.isfinite(fund["flows"]))
        assert np.any(np.array(fund["flows"]) > 0)


def test_single_precision_is_double_precision_rounded():
    single, double = compiled(32)["funds"], compiled(64)["funds"]
    assert set(single) == set(double)
    for key, fund in double.items():
        # Sums over thousands of cells: 0.1 % is far above their rounding and far below a lost term.
        np.testing.assert_allclose(single[key]["flows"], fund["flows"], rtol=1e-3, err_msg=key)
