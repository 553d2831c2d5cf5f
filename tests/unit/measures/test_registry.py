import pytest

from pooling.measures.registry import register, registered, unregister
from pooling.vocabulary import quantities


def nothing(named: object) -> object:
    return named


@pytest.mark.parametrize(
    ("dims", "stored"),
    [
        (("scheme", "year"), ("scheme", "X", "year")),
        (("scheme", "arrangement"), ("scheme", "arrangement", "X")),
        (("year",), ("X", "year")),
        ((), ("X",)),
    ],
)
def test_realizations_stand_before_the_years(dims: tuple[str, ...], stored: tuple[str, ...]):
    register("gap_of_mine", nothing, unit="currency", formula="B - C", dims=dims)
    try:
        assert quantities()["gap_of_mine"].dims == stored
    finally:
        unregister("gap_of_mine")


def test_a_measure_is_there_until_it_is_taken_back():
    before = registered()
    register("gap_of_mine", nothing, unit="currency", formula="B - C", dims=("year",))
    register(
        "other",
        nothing,
        unit="ratio",
        formula="x",
        dims=("year",),
        long_name="The other",
        paths=True,
    )
    try:
        assert [(each.name, each.function) for each in registered()[len(before) :]] == [
            ("gap_of_mine", nothing),
            ("other", nothing),
        ]
        mine, other = (quantities()[name] for name in ("gap_of_mine", "other"))
        assert mine.long_name == "gap of mine" and other.long_name == "The other"
        assert (mine.kind, mine.unit, mine.formula) == ("rate", "currency", "B - C")
        assert mine.may_be_missing and not mine.paths and other.paths
        assert mine.name_zh == "" and mine.source == "registered by the user"
    finally:
        unregister("gap_of_mine")
        unregister("other")
    assert registered() == before
    assert "gap_of_mine" not in quantities()
    with pytest.raises(KeyError):
        unregister("gap_of_mine")


def test_figures_of_a_measure_are_named():
    """Unit and formula are both text: in the wrong order they would be taken for each other."""
    with pytest.raises(TypeError, match="positional"):
        register("gap_of_mine", nothing, "currency", "B - C", ("year",))  # pyright: ignore[reportCallIssue]
    assert "gap_of_mine" not in quantities()
