"""A run of random numbers instead of a model: folder, lock, chunks, statistics and file are the real ones.

``python stopped_run.py OUTPUT [--resume]`` replaces OUTPUT. It takes two seconds, most of them imports, so that it can be
stopped at every system call.
"""

import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pooling import netcdf
from pooling.dataset import to_dataset
from pooling.errors import PoolingError
from pooling.partial import Partial
from pooling.realizations import Realizations, fields_of
from pooling.spool import CHUNK, Spool
from pooling.vocabulary import default_variables, quantities, shape_of, variables
from small_output import small_labels, small_record

PATHS = 2 * CHUNK + 1
"""Three chunks."""

IDENTITY: Mapping[str, int] = {"projection.seed": 7}


def named(path: int) -> dict[str, np.ndarray]:
    """Random numbers of every quantity that has realizations; those of a path are the same in every run."""
    random, sizes = np.random.default_rng(path), small_labels(PATHS).sizes()
    return {
        name: random.uniform(1, 2, shape_of(variables()[f"{name}_central"], sizes)) * 1e9
        for name, quantity in quantities().items()
        if "X" in quantity.dims
    }


def run(output: Path, resume: bool = False, identity: Mapping[str, int] = IDENTITY) -> list[int]:
    """The run; returns the paths that it computed."""
    labels, wanted = small_labels(PATHS), default_variables()
    fields = fields_of(labels, wanted)
    with (
        Partial(output, identity, resume) as partial,
        Spool(partial, fields, labels.realizations) as spool,
    ):
        realizations = Realizations(spool, labels, wanted)
        missing = realizations.missing
        for path in missing:
            realizations.write(path, named(path))
        spool.settle()
        arrays = realizations.statistics(1) | realizations.paths()
        netcdf.save(to_dataset(arrays, labels, small_record()), output, overwrite=True)
    return missing


if __name__ == "__main__":
    warnings.simplefilter("ignore", ResourceWarning)
    try:
        run(Path(sys.argv[1]), "--resume" in sys.argv)
    except PoolingError as error:
        print(error, *getattr(error, "__notes__", ()), sep="\n", file=sys.stderr)
        sys.exit(error.exit_code)
