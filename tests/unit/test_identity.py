"""What must agree before an unfinished run is continued, and what need not."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import pooling
from example_country import EXAMPLE, copy_of_example, edit
from pooling import compute
from pooling.assumptions import load_config
from pooling.identity import identity_of


def identity(run: Path = EXAMPLE, **overrides: object) -> dict[str, object]:
    """Of the example; ``__`` stands for a dot."""
    changes = {name.replace("__", "."): value for name, value in overrides.items()}
    config = load_config(run, changes)
    return identity_of(config, compute.prepare(config))


def differing(one: Mapping[str, object], other: Mapping[str, object]) -> set[str]:
    """Names of the fields that do not agree."""
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def test_the_same_run_twice():
    assert identity() == identity()
    # An override that says what the file says is none.
    assert identity() == identity(projection__paths=20)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"projection__seed": 8}, {"projection.seed"}),
        ({"projection__paths": 21}, {"projection.paths"}),
        ({"arrangements": ["municipal"]}, {"arrangements"}),
        ({"economy__wages__national__sigma": 0.03}, {"economy.wages.national.sigma"}),
        ({"output__all_paths": True}, {"output.all_paths"}),
        ({"compute__threads": 1, "output__file": "other.nc"}, set()),
        ({"compute__precision": "mixed"}, {"compute.precision"}),
        ({"compute__width": 2}, {"compute.width"}),
        ({"compute__chunk": 4}, {"compute.chunk"}),
        # What ``auto`` becomes on a CPU, asked for.
        ({"compute__device": "cpu", "compute__precision": "double", "compute__width": 1}, set()),
    ],
)
def test_a_setting_that_differs_is_named(changes: dict[str, object], names: set[str]):
    assert differing(identity(), identity(**changes)) == names


def test_a_table_that_replaces_another_replaces_all_of_it():
    anchor = {"province": 100000, "share_of_expenditure": 0.13}
    assert differing(identity(), identity(subsidy_anchor=anchor)) == {
        "subsidy_anchor.share_of_expenditure"
    }


def test_the_runs_own_file_is_compared_by_its_fields_and_an_input_by_its_digest(tmp_path: Path):
    run = copy_of_example(tmp_path)
    before = identity(run)
    run.write_text(run.read_text("utf-8") + "\n# a remark\n", "utf-8")
    assert identity(run) == before
    edit(run, "economy/average_wage", lambda rows: rows[::-1])
    assert differing(before, identity(run)) == {"input.example/economy/average_wage.csv"}


@pytest.fixture
def own_measure() -> Iterator[None]:
    """A registered measure, taken back afterwards."""
    yield
    pooling.unregister("mine")


@pytest.mark.usefixtures("own_measure")
def test_a_measure_of_ones_own_counts_by_its_code():
    found = [identity()]
    for function in (lambda named: +named["pensions"], lambda named: -named["pensions"]):
        if len(found) > 1:
            pooling.unregister("mine")
        dims = ("scheme", "fund", "year")
        pooling.register("mine", function, unit="currency", formula="x", dims=dims, kind="flow")
        found.append(identity())
    assert differing(found[0], found[1]) == {"measure.mine"} == differing(found[1], found[2])


def test_it_says_nothing_of_the_user():
    text = repr(identity())
    assert str(Path.home()) + "/" not in text and str(EXAMPLE.parent) not in text
