"""Lines of TOML keys."""

import pytest

from pooling.assumptions.toml_text import Document, key_lines

TEXT = '''title = "x"
why = """
from = 3
"""

[rules.rate]
unit = "percent"

[[rules.rate.values]]
from = 2000-01-01

[[rules.rate.values]]  # the second
from = 2019-05-01
value = 0.16

[[rules.rate.values.notes]]
text = "y"

[set]
"options.interest" = 0.03
a.b = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 1),
        (("why",), 2),
        (("rules", "rate"), 6),
        (("rules", "rate", "unit"), 7),
        (("rules", "rate", "values", 0), 9),
        (("rules", "rate", "values", 0, "from"), 10),
        (("rules", "rate", "values", 1, "value"), 14),
        (("rules", "rate", "values", 1, "notes", 0, "text"), 17),
        (("set", "options.interest"), 20),
        (("set", "a", "b"), 21),
    ],
)
def test_line_of_a_key(path: tuple[str | int, ...], line: int) -> None:
    assert key_lines(TEXT)[path] == line


def test_missing_key_goes_by_its_table() -> None:
    document = Document("x.toml", TEXT, {})
    assert document.place(("rules", "rate", "values", 1, "source")) == (
        "line 12, key rules.rate.values.1.source"
    )
    assert document.place(("nothing",)) == "key nothing"


def test_changed_value_goes_by_who_changed_it() -> None:
    document = Document("x.toml", TEXT, {"rules": {"rate": {"unit": "percent"}}})
    document.set(("rules", "rate", "unit"), "fraction", "the command line")
    assert document.place(("rules", "rate", "unit")) == (
        "key rules.rate.unit (set by the command line)"
    )
    assert document.data["rules"]["rate"]["unit"] == "fraction"


def test_entries_with_a_key_go_by_it() -> None:
    document = Document("x.toml", "", {"arrangement": [{"key": "a"}, {"key": "b", "levy": 1}]})
    assert document.place(("arrangement", 1, "levy")) == "key arrangement.b.levy"
