"""Arrangements as data: what a scheme is under in a year, and what is refused with a reason."""

import pytest
from pydantic import ValidationError

from pooling.assumptions.arrangements import ArrangementEntry, Terms

BASE = {
    "key": "any",
    "title": "Any",
    "partition": "province",
    "settlement": "none",
    "reserves_pooled": 1.0,
    "policy": "province",
    "transfer_funds": True,
}
LEVY = {"settlement": "levy_fill", "within": "nation", "levy": 0.2, "fill": 1.0}
RETIREES = {"settlement": "per_retiree", "within": "nation", "ratio": 0.04, "wage_share": 0.9}
FUND = {"settlement": "adjustment_fund", "within": "province", "remittance": 0.05}


def entry(**given: object) -> ArrangementEntry:
    return ArrangementEntry.model_validate(BASE | given)


def in_year(dated: tuple[tuple[int | None, Terms], ...], year: int) -> Terms:
    """The terms of the last change that has begun."""
    return [terms for first, terms in dated if first is None or first <= year][-1]


def test_changes_follow_each_other_by_year_and_scheme():
    declared = entry(
        **LEVY,
        change=[
            {"schemes": ["b"], "partition": "nation", "settlement": "none"},
            {"from": 2030, "transfer_funds": False},
            {"from": 2035, "settlement": "none", "partition": "nation"},
        ],
    )
    a, b = declared.terms_of("a"), declared.terms_of("b")
    assert [first for first, _ in a] == [None, 2030, 2035]
    assert (in_year(a, 2029).levy, in_year(a, 2029).transfer_funds) == (0.2, True)
    assert (in_year(a, 2030).levy, in_year(a, 2030).transfer_funds) == (0.2, False)
    assert (in_year(a, 2035).partition, in_year(a, 2035).settlement) == ("nation", "none")
    assert (in_year(b, 2025).partition, in_year(b, 2025).settlement) == ("nation", "none")
    assert in_year(b, 2030).transfer_funds is False


def test_funds_that_are_not_covered_are_under_none_of_the_terms():
    given = {"deficit": "cut", "reserves_pooled": 0.4, "policy": "nation", "transfer_funds": False}
    declared = entry(**LEVY, **given, response="high", uncovered_partition="municipality")
    assert declared.uncovered("usual") == Terms(
        partition="municipality",
        settlement="none",
        response="none",
        deficit="subsidy",
        reserves_pooled=1.0,
        policy="usual",
        transfer_funds=True,
    )


def test_another_rule_forgets_the_figures_of_the_old_one():
    declared = entry(**LEVY, change=[{"from": 2030, **RETIREES}])
    later = in_year(declared.terms_of("a"), 2030)
    assert (later.levy, later.ratio) == (0.0, 0.04)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (LEVY | {"ratio": 0.1}, "ratio: found a value; allowed: nothing"),
        ({"settlement": "per_retiree", "within": "nation"}, "with the keys ratio, wage_share"),
        (FUND | {"partition": "nation"}, "pools smaller than a province"),
        (
            FUND | {"within": "nation", "partition": "municipality"},
            "adjustment funds are the provinces'",
        ),
        ({"deficit_shares": {"province": 0.5}}, "found a sum of 0.5; allowed: a sum of 1"),
        ({"deficit_shares": {"county": 1.0}}, "county; allowed: municipality, province, centre"),
        (
            {"deficit": "cut", "deficit_shares": {"centre": 1.0}},
            "nothing unless deficit is 'subsidy'",
        ),
        ({"borrowing_spread": 0.01}, "0 unless deficit is 'borrow'"),
        ({"change": [{"from": 2030}]}, "at least one of the arrangement's terms"),
        ({"change": [{"partition": "nation"}]}, "a year, or the key schemes"),
        (
            {
                "change": [
                    {"from": 2035, "partition": "nation"},
                    {"from": 2030, "partition": "municipality"},
                ]
            },
            "years that ascend",
        ),
        (
            {
                "change": [
                    {"from": 2035, "partition": "nation"},
                    {"schemes": ["a"], "transfer_funds": False},
                ]
            },
            "those without a year first",
        ),
        # The change fits the scheme that is named, but not the others.
        (
            {"change": [{"schemes": ["a"], **LEVY}, {"from": 2030, "levy": 0.5}]},
            "change: found levy = a value",
        ),
    ],
    ids=str,
)
def test_what_means_nothing_is_refused_with_the_reason(given: dict, said: str):
    with pytest.raises(ValidationError) as caught:
        entry(**given)
    assert said in str(caught.value)
