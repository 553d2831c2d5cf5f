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
from pooling.dataset import Labels, RunRecord, to_dataset
from pooling.labels import labels_of
from pooling.measures.solvency import first_depleted
from pooling.obligations import obligations, outgo_of
from pooling.opening.build import Opening, open_model
from pooling.opening.pools import levies_of
from pooling.opening.report import unallocated
from pooling.projection import Run, project
from pooling.realizations import Realizations, spool_bytes
from pooling.spool import Spool, require_free_space
from pooling.study import over_paths
from pooling.vocabulary import default_variables, estimate_bytes, quantities
from pooling.year import Model, Tables, tables_of

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
    opening = open_model(config)
    with Spool(beside) as spool:
        realizations = Realizations(spool, labels, wanted)
        central, owed = _project_all(
            config, opening, realizations, workers, progress or (lambda _: None)
        )
        arrays = {f"{name}_central": values for name, values in central.items()}
        if config.projection.paths:
            arrays |= realizations.statistics(workers)
        arrays |= over_paths(realizations, labels, central)
        arrays |= _once(config, opening, labels, central) | owed
        record = _record(config, time.perf_counter() - begin, unallocated(config, opening))
        yield to_dataset(arrays | realizations.paths(), labels, record)


def path_program(opening: Run, tables: Tables, path: jnp.ndarray) -> results.Named:
    """The compiled program: one realization → its named arrays."""
    return results.of_path(opening.model, project(opening, tables, path))


def _project_all(
    config: Config,
    opening: Opening,
    realizations: Realizations,
    workers: int,
    progress: Progress,
) -> tuple[Arrays, Arrays]:
    """Every realization into the spool; returns the central one, and what the funds owe on it."""
    program, lay = jax.jit(path_program), jax.jit(tables_of)

    def projected(model: Model) -> Callable[[int], Arrays]:
        job, tables = Run(model, opening.state, config.projection.seed), lay(model)
        first = config.projection.first_year
        return lambda path: _in_calendar(program(job, tables, jnp.int32(path)), first)

    project_one = projected(opening.model)

    def spool_one(path: int) -> None:
        realizations.write(path, project_one(path))

    central = project_one(0)
    owed = obligations(opening.model, central, lambda model: projected(model)(0))
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
    return central, owed


def _in_calendar(named: results.Named, first_year: int) -> Arrays:
    """The program's arrays as NumPy's; dates counted from the first year become calendar years."""
    return {
        name: np.asarray(values) + (first_year if quantities()[name].kind == "date" else 0)
        for name, values in named.items()
    }


def _once(config: Config, opening: Opening, labels: Labels, central: Arrays) -> Arrays:
    """Quantities without realizations: who is short in the first year, and the levies."""
    short = (central["fund_balance_before_subsidy"][..., 0] < 0).astype(np.int8)
    short += central["fund_balance_after_scheduled"][..., 0] < 0
    return {
        "short_at_opening": short,
        "first_depleted_pool": first_depleted_pools(labels, central),
        "levy_rate": _levies(config, opening),
    }


def first_depleted_pools(labels: Labels, central: Arrays) -> np.ndarray:
    """Code of the pool that is depleted first on the central path, by scheme and arrangement; NaN = none."""
    balance = central["fund_balance_after_scheduled"]
    outgo = outgo_of(central)
    codes = []
    for arrangement in labels.arrangements.code:
        own = labels.funds.arrangement == arrangement
        first = np.asarray(first_depleted(jnp.asarray(balance[:, own]), jnp.asarray(outgo[:, own])))
        codes.append([np.nan if np.isnan(k) else labels.funds.pool[own][int(k)] for k in first])
    return np.array(codes).T


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
