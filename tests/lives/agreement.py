"""When amounts of the engine are those of people computed alone."""

import jax
import numpy as np

EXACT = 1e-9
ROUNDING = 1e-13
"""Of the largest amount; the least amounts, of who is hardly alive any more, are differences of larger ones."""


def assert_same(engine: jax.Array | np.ndarray, alone: np.ndarray, name: str) -> None:
    """Every amount to 1e-9 of itself, or to the rounding of the largest one."""
    np.testing.assert_allclose(
        engine, alone, rtol=EXACT, atol=ROUNDING * np.abs(alone).max(), err_msg=name
    )
