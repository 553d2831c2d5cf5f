"""Units at the border."""

from pathlib import Path

import numpy as np
import pytest

from example_country import copy_of_example, edit
from pooling.assumptions import load_config
from pooling.assumptions.units import QUANTITIES, allowed_units, convert, generic, own_unit


@pytest.mark.parametrize(
    ("quantity", "unit", "published", "own"),
    [
        ("people", "10k persons", 140828.0, 1_408_280_000.0),
        ("money", "100m yuan", 0.5, 50_000_000.0),
        ("wage", "yuan/month", 9407.0, 112_884.0),
        ("share", "percent", 57.0, 0.57),
        ("share", "per 1000", 6.77, 0.00677),
        ("years", "months", 139.0, 139 / 12),
        ("death rate", "deaths/person-year", 0.00617945, 0.00617945),
    ],
)
def test_conversion(quantity: str, unit: str, published: float, own: float) -> None:
    """Exactly the float that the own unit would be written as."""
    scale = QUANTITIES[quantity][1][unit]
    assert convert(np.array([published]), scale)[0] == own


def test_every_quantity_has_its_own_unit_among_the_allowed() -> None:
    for own, scales in QUANTITIES.values():
        assert scales[own] == (1.0, 1.0)


@pytest.mark.parametrize(
    ("unit", "currency", "expected"),
    [
        ("100m yuan", "CNY", "100m yuan"),
        ("100m CNY", "CNY", "100m yuan"),
        ("100m currency", "CNY", "100m yuan"),
        ("currency/month", "EXD", "yuan/month"),
        ("EXD/month", "EXD", "yuan/month"),
        ("yuan/month", "EXD", ""),
        ("persons", "EXD", "persons"),
    ],
)
def test_spelling_of_the_currency(unit: str, currency: str, expected: str) -> None:
    assert generic(unit, currency) == expected


def test_names_for_messages() -> None:
    assert allowed_units("money", "CNY") == ["yuan", "100m yuan"]
    assert allowed_units("money", "EXD") == ["currency", "100m currency"]
    assert own_unit("wage") == "currency/year"


def test_the_unit_that_a_table_is_published_in_changes_nothing(tmp_path: Path) -> None:
    """The same accounts in currency instead of hundreds of millions."""
    run = copy_of_example(tmp_path)
    published = load_config(run).assumptions.tables["schemes/accounts"].values
    money = ("revenue", "expenditure", "balance")
    edit(
        run,
        "schemes/accounts",
        lambda rows: [
            {k: repr(float(v) * 1e8) if k in money else v for k, v in r.items()} for r in rows
        ],
    )
    declared = run.parents[1] / "example" / "schemes" / "tables.toml"
    head, found, rest = declared.read_text("utf-8").partition("[accounts.units]")
    assert found
    declared.write_text(head + found + rest.replace("100m currency", "currency", 3), "utf-8")
    again = load_config(run).assumptions.tables["schemes/accounts"].values
    for name in money:
        np.testing.assert_allclose(again[name], published[name], rtol=1e-15)
