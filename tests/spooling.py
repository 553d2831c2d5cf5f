"""A spool in a folder of a test."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from pooling.partial import Partial
from pooling.spool import Field, Spool


@contextmanager
def spool_in(
    folder: Path, fields: Sequence[Field], realizations: int, resume: bool = False
) -> Iterator[Spool]:
    """The spool of ``out.nc``, open."""
    with (
        Partial(folder / "out.nc", {}, resume) as partial,
        Spool(partial, fields, realizations) as spool,
    ):
        yield spool


def field(name: str, *cell_shape: int) -> Field:
    """A variable in double precision."""
    return Field(name, cell_shape, np.dtype(float))
