"""The main job: open the model, project every path, summarise, label."""

import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from pooling import compute, results
from pooling._version import __version__
from pooling.assumptions import Config, load_config
from pooling.dataset import Labels, RunRecord, to_dataset
from pooling.labels import labels_of
from pooling.opening.build import Opening, open_model
from pooling.opening.pools import levy_of
from pooling.opening.report import unallocated
from pooling.projection import Run, project
from pooling.spool import Spool, require_free_space
from pooling.statistics import summarize_spool
from pooling.vocabulary import Quantity, default_variables, quantities, shape_of, variables
from pooling.year import Tables, tables_of

Arrays = dict[str, np.ndarray]
Progress = Callable[[int], None]
"""Called with the number of finished realizations."""


def run(
    config: Config | Path | str,
    overrides: Mapping[str, object] | None = None,
    progress: Progress | None = None,
    spool_beside: Path | None = None,
) -> xr.Dataset:
    """Project a configuration and return the labelled results.

    Args:
        config: a loaded configuration, or the path of a TOML file.
        overrides: values by dotted path, such as ``{"projection.paths": 20}``; only with a path.
        progress: called after every realization.
        spool_beside: output file beside which paths are spooled; default: the system's temporary folder.

    Returns:
        The Dataset that ``pooling.save`` writes: axes and variables are listed in the vocabulary.

    Raises:
        InputErrors: all problems of the configuration and its tables.
        OpeningError: published figures that cannot be reconciled.
        OutputError: no room for the spool.
    """
    begin = time.perf_counter()
    loaded = config if isinstance(config, Config) else load_config(config, overrides)
    workers = compute.prepare(loaded)
    opening = open_model(loaded)
    labels = labels_of(loaded)
    with tempfile.TemporaryDirectory() as folder:
        beside = spool_beside or Path(folder) / "results.nc"
        arrays = _project_all(
            loaded, opening, labels, beside, workers, progress or (lambda _: None)
        )
    arrays |= _once(loaded, opening, arrays)
    record = _record(loaded, time.perf_counter() - begin, unallocated(loaded, opening))
    return to_dataset(arrays, labels, record)


def path_program(opening: Run, tables: Tables, path: jnp.ndarray) -> results.Named:
    """The compiled program: one realization → its named arrays."""
    return results.of_path(opening.model, project(opening, tables, path))


def _project_all(
    config: Config,
    opening: Opening,
    labels: Labels,
    beside: Path,
    workers: int,
    progress: Progress,
) -> Arrays:
    """Every realization through the spool; then central values, paths and statistics of every quantity."""
    job = Run(opening.model, opening.state, config.projection.seed)
    program = jax.jit(path_program)
    tables = jax.jit(tables_of)(opening.model)
    central = _to_numpy(program(job, tables, jnp.int32(0)))
    progress(1)
    require_free_space(beside.parent, sum(a.nbytes for a in central.values()) * labels.realizations)
    with Spool(beside) as spool:
        for name, values in central.items():
            spool.allocate(name, labels.realizations, values.shape)
            spool.write(name, 0, values[None])
        one = partial(program, job, tables)
        for path, named in _in_turn(one, range(1, labels.realizations), workers):
            for name, values in named.items():
                spool.write(name, path, values[None])
            progress(path + 1)
        return _collect(config, labels, spool, central)


def _in_turn(program: Callable, paths: Iterable[int], workers: int) -> Iterable[tuple[int, Arrays]]:
    """Results of the paths in order, at most ``workers`` + 1 of them under way."""
    waiting = iter(paths)

    def named(path: int) -> Arrays:
        return _to_numpy(program(jnp.int32(path)))

    with ThreadPoolExecutor(workers) as pool:

        def submit(path: int) -> tuple[int, Future[Arrays]]:
            return path, pool.submit(named, path)

        under_way = [submit(path) for path in islice(waiting, workers + 1)]
        while under_way:
            path, future = under_way.pop(0)
            arrays = future.result()
            under_way += [submit(following) for following in islice(waiting, 1)]
            yield path, arrays


def _to_numpy(named: results.Named) -> Arrays:
    return {name: np.asarray(values) for name, values in named.items()}


def _collect(config: Config, labels: Labels, spool: Spool, central: Arrays) -> Arrays:
    """What the file holds: every path of some funds, the central path and statistics of all."""
    wanted = {each.name: each for each in default_variables(config.output.all_paths)}
    first = config.projection.first_year
    arrays: Arrays = {}
    for name, values in central.items():
        quantity = quantities()[name]
        dated = quantity.kind == "date"
        offset = first if dated else 0
        if name in wanted:
            arrays[name] = _paths(spool, labels, quantity) + offset
        if f"{name}_central" in wanted:
            arrays[f"{name}_central"] = values + offset
        if f"{name}_statistic" in wanted:
            axis = -1 if dated else -2
            summary = summarize_spool(spool, name, axis=axis, order_statistics=dated)
            arrays[f"{name}_statistic"] = _move_dates(summary, first) if dated else summary
    return arrays


def _move_dates(summary: np.ndarray, first_year: int) -> np.ndarray:
    """Statistics of years counted from the first one → calendar years; sd and se do not move."""
    shift = np.full(summary.shape[-1], float(first_year))
    shift[1:3] = 0.0
    return summary + shift


def _paths(spool: Spool, labels: Labels, quantity: Quantity) -> np.ndarray:
    """All realizations of a quantity in file order, the stored funds only."""
    variable = variables()[quantity.name]
    sizes = labels.sizes()
    stored = np.empty(shape_of(variable, sizes))
    at = variable.dims.index("realization")
    funds = labels.funds.by_path
    for path in range(labels.realizations):
        values = spool.read(quantity.name, path)
        if "path_fund" in variable.dims:
            values = np.take(values, funds, axis=variable.dims.index("path_fund"))
        stored[(slice(None),) * at + (path,)] = values
    return stored


def _once(config: Config, opening: Opening, arrays: Arrays) -> Arrays:
    """Quantities without realizations: who is short in the first year, and the levies."""
    short = (arrays["fund_balance_before_subsidy_central"][..., 0] < 0).astype(np.int8)
    short += arrays["fund_balance_after_scheduled_central"][..., 0] < 0
    levies = [levy_of(config, each, opening.accounts) for each in config.arrangements]
    settles = [each.settlement == "levy_fill" for each in config.arrangements]
    return {
        "short_at_opening": short,
        "levy_rate": np.where(settles, levies, np.nan),
    }


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
