"""Responses to reforms, of the example's law by hand."""

import numpy as np
import pytest

from pooling.assumptions import Config, load_config
from pooling.errors import OpeningError
from pooling.opening.behaviour import portability, response
from small_set import EXAMPLE

YEARS = np.arange(2025, 2029)


def example(*overlays: str, **changes: float) -> Config:
    """The example under responses ``of__to``."""
    given = {f"economy.{key.replace('__', '.response.')}": value for key, value in changes.items()}
    return load_config(EXAMPLE, given, overlays)


@pytest.mark.parametrize("of", ["migration", "take_up"])
def test_nothing_responds_by_itself(of: str):
    np.testing.assert_array_equal(response(example("enrolment_fast"), of, YEARS), 1)


def test_portability_of_the_law_and_of_its_reforms():
    # All years count; 12 of 16 points move: (1 + 0.75) / 2. None: 0. All of them: 1.
    for overlays, expected in (((), 0.875), (("portability_none",), 0), (("portability_full",), 1)):
        np.testing.assert_allclose(portability(example(*overlays), YEARS), expected)


def test_a_full_portability_moves_people():
    # From 0.875 to 1: 1 + 0.2 / 8. To none: 1 - 0.2 · 0.875.
    more = response(example("portability_full", migration__portability=0.2), "migration", YEARS)
    np.testing.assert_allclose(more, 1.025)
    less = response(example("portability_none", take_up__portability=0.2), "take_up", YEARS)
    np.testing.assert_allclose(less, 0.825)


def test_an_open_place_of_work_draws_members():
    config = example(take_up__access=0.5)
    rule = config.assumptions.scheme_rules["enrolment"].rules["flexible_access"]
    opened = np.array([rule.in_year(int(year)) for year in YEARS]) - rule.in_year(2024)
    assert opened[-1] > 0
    np.testing.assert_allclose(response(config, "take_up", YEARS), 1 + 0.5 * opened)


def test_a_response_that_leaves_nobody_is_refused():
    with pytest.raises(OpeningError, match="migration"):
        response(example("portability_none", migration__portability=1.5), "migration", YEARS)
