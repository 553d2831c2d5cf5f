"""Every figure of the opened model is a number: an input that makes one of nothing is said before anything is compiled."""

import jax
import numpy as np

from pooling.errors import OpeningError
from pooling.parameters.model import Parameters
from pooling.state import State

MOST = 3
"""Figures that a message names."""


def require_numbers(levers: Parameters, state: State) -> None:
    """
    Raises:
        OpeningError: levers or stocks that are no number, by their names in the model.
    """
    named = {"levers": levers, "stocks": state}
    bad = [
        f"{tree}{jax.tree_util.keystr(path)} at {_first(values)}"
        for tree, leaves in named.items()
        for path, leaf in jax.tree_util.tree_flatten_with_path(leaves)[0]
        if not np.isfinite(values := np.asarray(leaf)).all()
    ]
    if bad:
        more = f" and {len(bad) - MOST} others" if len(bad) > MOST else ""
        raise OpeningError(
            f"the tables leave no number for {', '.join(bad[:MOST])}{more}: something is divided by nobody or by nothing"
        )


def _first(values: np.ndarray) -> str:
    """Place of the first that is no number."""
    return str(np.argwhere(~np.isfinite(values))[0].tolist())
