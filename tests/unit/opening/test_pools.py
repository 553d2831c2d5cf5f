"""Arrangements of a run as arrays: what of the opening reserves is pooled, and what cannot be."""

import numpy as np
import pytest

from example_country import by_arrangement, example, open_country
from pooling.errors import InputErrors


def test_what_is_not_pooled_stays_with_the_municipalities():
    opening = example(("arrangements", ("municipal", "national", "local_reserves")))[1]
    held = by_arrangement(opening.model.pooling, np.asarray(opening.state.balances.filled))
    national = held["national"][:, 0]
    np.testing.assert_allclose(held["local_reserves"][:, 0], 0.4 * national, rtol=1e-12)
    np.testing.assert_allclose(held["local_reserves"][:, 1:], 0.6 * held["municipal"], rtol=1e-12)


def test_two_kinds_of_reserves_are_refused():
    share = "pooling.arrangement.provincial_adjustment.reserves_pooled"
    with pytest.raises(InputErrors, match="a shortfall would have two reserves to draw on first"):
        open_country(overrides={"arrangements": ["provincial_adjustment"], share: 0.5})
