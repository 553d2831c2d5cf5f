"""The main job: open the model, project every path, summarise, label."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from pooling import compute, netcdf, results
from pooling._version import __version__
from pooling.assumptions import Config, load_config
from pooling.dataset import RunRecord, to_dataset
from pooling.labels import labels_of
from pooling.opening.build import Opening, open_model
from pooling.opening.pools import levies_of
from pooling.opening.report import unallocated
from pooling.programs import Programs
from pooling.projection import Run
from pooling.realizations import Realizations, spool_bytes
from pooling.spool import Spool, require_free_space
from pooling.study import over_paths
from pooling.vocabulary import default_variables, estimate_bytes, quantities

Arrays = dict[str, np.ndarray]
Progress = Callable[[int], None]
"""Called with the number of finished realizations."""


def run(
    config: Config | Path | str,
    overrides: Mapping[str, object] | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Project a configuration and return the labelled results.

    Args:
        config: a loaded configuration, or the path of a TOML file.
        overrides: values by dotted path, such as ``{"projection.paths": 20}``; only with a path.
        progress: called after every realization.

    Returns:
        The Dataset that ``pooling.save`` writes: axes and variables are listed in the vocabulary.

    Raises:
        InputErrors: all problems of the configuration and its tables.
        OpeningError: published figures that cannot be reconciled.
        OutputError: no room for the spool in the system's temporary folder.
    """
    loaded = config if isinstance(config, Config) else load_config(config, overrides)
    with (
        tempfile.TemporaryDirectory() as folder,
        _projected(loaded, Path(folder) / "results.nc", progress) as dataset,
    ):
        return dataset.load()


def run_to_file(
    config: Config, output: Path, overwrite: bool = False, progress: Progress | None = None
) -> xr.Dataset:
    """Project a configuration into a file; memory does not grow with the number of paths.

    Args:
        config: a loaded configuration.
        output: name of the file; paths are spooled beside it while the run lasts.
        overwrite: whether an earlier file may be replaced.
        progress: called after every realization.

    Returns:
        What the file holds, without the variables that have realizations.

    Raises:
        OpeningError: published figures that cannot be reconciled.
        OutputError: the output is not possible there, or no room for spool and file.
    """
    netcdf.check_output(output, overwrite)
    with _projected(config, output, progress) as dataset:
        netcdf.save(dataset, output, overwrite)
        return dataset.drop_dims("realization")


@contextmanager
def _projected(config: Config, beside: Path, progress: Progress | None) -> Iterator[xr.Dataset]:
    """The results, whose paths are read from the spool when they are used, inside this context."""
    begin = time.perf_counter()
    workers = compute.prepare(config)
    labels = labels_of(config)
    wanted = default_variables(config.output.all_paths)
    file = estimate_bytes(labels.sizes(), config.output.all_paths)
    require_free_space(beside.parent, spool_bytes(labels, wanted) + file)
    with Programs(config.projection.seed) as programs, Spool(beside) as spool:
        opening = open_model(config, programs.compile)
        realizations = Realizations(spool, labels, wanted)
        central = _project_all(
            config, opening, programs, realizations, workers, progress or _unseen
        )
        arrays = {f"{name}_central": values for name, values in central.items()}
        if config.projection.paths:
            arrays |= realizations.statistics(workers)
        arrays |= over_paths(realizations, labels, central)
        arrays |= _once(config, opening, arrays)
        record = _record(config, time.perf_counter() - begin, unallocated(config, opening))
        yield to_dataset(arrays | realizations.paths(), labels, record)


def _unseen(_: int) -> None:
    """Progress that nobody follows."""


def _project_all(
    config: Config,
    opening: Opening,
    programs: Programs,
    realizations: Realizations,
    workers: int,
    progress: Progress,
) -> Arrays:
    """Every realization into the spool; returns the central one."""
    job = Run(opening.model, opening.state, config.projection.seed)
    tables = programs.tables(opening.model)

    def project_one(path: int) -> Arrays:
        return _in_calendar(
            programs.path(job, tables, jnp.int32(path)), config.projection.first_year
        )

    def spool_one(path: int) -> None:
        realizations.write(path, project_one(path))

    central = project_one(0)
    realizations.write(0, central)
    progress(1)
    with ThreadPoolExecutor(workers) as pool:
        paths = range(1, config.projection.paths + 1)
        under_way = [pool.submit(spool_one, path) for path in paths]
        try:
            for done, future in enumerate(as_completed(under_way), start=2):
                future.result()
                progress(done)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return central


def _in_calendar(named: results.Named, first_year: int) -> Arrays:
    """The program's arrays as NumPy's; dates counted from the first year become calendar years."""
    return {
        name: np.asarray(values) + (first_year if quantities()[name].kind == "date" else 0)
        for name, values in named.items()
    }


def _once(config: Config, opening: Opening, arrays: Arrays) -> Arrays:
    """Quantities without realizations: who is short in the first year, and the levies."""
    short = (arrays["fund_balance_before_subsidy_central"][..., 0] < 0).astype(np.int8)
    short += arrays["fund_balance_after_scheduled_central"][..., 0] < 0
    return {"short_at_opening": short, "levy_rate": _levies(config, opening)}


def _levies(config: Config, opening: Opening) -> np.ndarray:
    """Levy on surpluses in the first year by scheme and arrangement; NaN where there is none."""
    levies = np.full((len(config.funds), len(config.arrangements)), np.nan)
    for column, each in enumerate(config.arrangements):
        for row, fund in enumerate(config.funds):
            terms = each.terms[fund.key][0][1]
            if terms.settlement == "levy_fill":
                levies[row, column] = levies_of(config, terms, opening.accounts)[row]
    return levies


def _record(config: Config, seconds: float, extra: Mapping[str, float]) -> RunRecord:
    packages = ("jax", "jaxlib", "numpy", "scipy", "xarray", "netCDF4", "equinox")
    info, sources = config.assumptions.info, config.assumptions.sources
    device = jax.devices()[0]
    return RunRecord(
        title=config.title,
        config_text=config.text,
        assumptions=info.name,
        valuation_date=info.valuation_date.isoformat(),
        basis=info.basis,
        currency=info.currency,
        author=info.author,
        seed=config.projection.seed,
        versions={"pooling": __version__, **{name: version(name) for name in packages}},
        precision=config.compute.precision,
        backend=jax.default_backend(),
        device=device.device_kind,
        path_width=1,
        wall_seconds=seconds,
        created=datetime.now(UTC),
        digests=config.digests,
        grades={name: table.grade for name, table in config.assumptions.tables.items()},
        attributions=sorted({each.attribution for each in sources.values() if each.attribution}),
        extra=extra,
    )
