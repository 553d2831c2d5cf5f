"""Lives computed by hand, one file each, against the life calculator: the arithmetic and the article are in the file.

Each is there because one rule, if it breaks, changes it: the file says which (``kills``). Amounts agree to a cent.
"""

from collections.abc import Mapping

import pytest

from lives.hand import CENT, LIVES, PENSIONERS, Found, computed


def agrees(found: Found, expected: Found) -> None:
    """Texts and counts exactly, amounts to a cent, every expected figure found."""
    for name, amount in expected.items():
        value = found[name]
        if isinstance(amount, Mapping):
            agrees(value, amount)
        elif isinstance(amount, str | bool):
            assert value == amount, name
        else:
            tolerance = 1e-9 if name == "index" else CENT
            assert value == pytest.approx(amount, abs=tolerance), name


def test_every_file_says_what_it_kills_and_where_the_law_is():
    assert len(LIVES) >= 40
    assert all(case["source"] and case["kills"] and case["title"] for case in LIVES.values())


@pytest.mark.parametrize("name", sorted(LIVES))
def test_life(name: str):
    agrees(computed(LIVES[name]), LIVES[name]["expected"])


@pytest.mark.parametrize("name", sorted(PENSIONERS))
def test_pensioner(name: str):
    agrees(computed(PENSIONERS[name]), PENSIONERS[name]["expected"])
