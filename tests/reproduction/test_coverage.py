"""Coverage of China at the end of 2024 against the published totals.

Ministry of Human Resources and Social Security and National Healthcare Security Administration, bulletins of 2024, in
rounded words: 1.07 billion people in basic pensions, of whom 534 million in that of employees; 1.33 billion in health
insurance, of whom 379 million in that of employees; about 250 million insured against unemployment, 300 million against
work injuries.
"""

from functools import cache
from pathlib import Path

import pytest

from pooling.assumptions import load_config
from pooling.opening.accounts import Accounts
from pooling.opening.build import open_model

RUN = Path(__file__).parents[2] / "assumptions" / "runs" / "china_all.toml"


@cache
def accounts() -> dict[str, Accounts]:
    """Accounts of every scheme."""
    config = load_config(RUN, {"projection.last_year": 2026, "arrangements": ["national"]})
    return {each.fund.key: each.accounts for each in open_model(config).schemes}


def insured(scheme: str) -> float:
    """Million people, pensioners and retired insured included."""
    return float(accounts()[scheme].active.sum() + accounts()[scheme].retirees.sum()) / 1e6


def test_pensions():
    employees = insured("enterprise_pension") + insured("government_pension")
    # 2 million more in central organs, which no province holds.
    assert employees == pytest.approx(534, rel=0.005)
    assert employees + insured("resident_pension") == pytest.approx(1_070, rel=0.01)


def test_health():
    assert insured("employee_medical") == pytest.approx(379, rel=0.005)
    assert insured("employee_medical") + insured("resident_medical") == pytest.approx(
        1_330, rel=0.01
    )


def test_short_term():
    assert accounts()["unemployment"].active.sum() == pytest.approx(250e6, rel=0.03)
    assert accounts()["work_injury"].active.sum() == pytest.approx(300e6, rel=0.03)
