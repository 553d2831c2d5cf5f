"""Municipalities with a reference wage of their own."""

from pathlib import Path

import numpy as np
import pytest

from pooling.errors import InputErrors
from pooling.opening.levers import own_reference
from pooling.opening.municipal import Split
from small_set import SetCopy, messages

TABLE = """
[city_reference]
description = "Two cities have reference wages of their own."
source = "authors"
grade = "D"
who = "pooling authors"
why = "Invented"

[city_reference.units]
flat = "fraction"
indexed = "fraction"
"""


def with_cities(folder: Path) -> SetCopy:
    copy = SetCopy(folder)
    tables = copy.path("schemes/tables.toml")
    tables.write_text(tables.read_text(encoding="utf-8") + TABLE, encoding="utf-8")
    # Rows in another order than the municipalities.
    rows = "municipality,flat,indexed\n200200,0,1\n100100,1,0.5\n"
    copy.path("schemes/city_reference.csv").write_text(rows, encoding="utf-8")
    return copy


@pytest.mark.parametrize("on", [True, False])
def test_a_city_has_its_own_wage_in_the_part_that_the_table_names(tmp_path: Path, on: bool):
    config = with_cities(tmp_path).load(options__city_reference=on)
    cities = config.assumptions.municipalities.code
    relative = np.where(cities == 100100, 1.2, np.where(cities == 200200, 0.9, 1.1))
    split = Split(np.ones_like(relative), np.ones_like(relative), relative)
    found = own_reference(config, split)
    flat, indexed = np.ones(len(cities)), np.ones(len(cities))
    if on:
        flat[cities == 100100], indexed[cities == 100100] = 1.2, 1.1
        indexed[cities == 200200] = 0.9
    np.testing.assert_allclose(found.flat, flat)
    np.testing.assert_allclose(found.indexed, indexed)


def test_without_the_table_there_are_no_such_cities(tmp_path: Path):
    (message,) = messages(SetCopy(tmp_path), options__city_reference=True)
    assert "false without the table schemes/city_reference" in message


def test_a_share_above_one_is_refused(tmp_path: Path):
    copy = with_cities(tmp_path)
    copy.replace("schemes/city_reference.csv", "200200,0,1", "200200,0,1.5")
    with pytest.raises(
        InputErrors, match=r"city_reference.csv, row 2, column indexed: found '1\.5'"
    ):
        copy.load()
