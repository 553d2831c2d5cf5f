"""The main job: open the model, project every path, summarise, label."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

import jax
import numpy as np
import xarray as xr
from jaxtyping import Array, Float

from pooling import compute, netcdf, room
from pooling.assumptions import Config, loaded_config
from pooling.compute import Machine
from pooling.dataset import Labels, to_dataset
from pooling.demand import require_memory
from pooling.identity import identity_of
from pooling.kept import Kept
from pooling.labels import labels_of
from pooling.measures.solvency import first_depleted
from pooling.obligations import obligations, outgo_of
from pooling.opening.build import Opening, open_model
from pooling.opening.pools import levies_of
from pooling.opening.report import unallocated
from pooling.partial import Partial
from pooling.programs import Programs
from pooling.realizations import Realizations, fields_of
from pooling.record import record_of
from pooling.spool import Spool, spool_bytes
from pooling.study import over_paths
from pooling.vocabulary import default_variables, estimate_bytes, quantities
from pooling.year import Model

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
        InputErrors: all problems of the configuration and its tables, or no room for the spool in the system's
            temporary folder.
        OpeningError: published figures that cannot be reconciled.
    """
    loaded = loaded_config(config, overrides)
    with tempfile.TemporaryDirectory() as folder:
        unseen = Partial(Path(folder) / "results.nc", None)
        with _projected(loaded, compute.prepare(loaded), unseen, progress) as dataset:
            return dataset.load()


def run_to_file(
    config: Config | Path | str,
    output: Path | str,
    overrides: Mapping[str, object] | None = None,
    *,
    overwrite: bool = False,
    resume: bool = False,
    progress: Progress | None = None,
    kept: Kept | None = None,
) -> xr.Dataset:
    """Project a configuration into a file; memory does not grow with the number of paths.

    A run that is stopped, killed or out of space keeps its finished paths in the folder ``OUTPUT.partial``.

    Args:
        config: a loaded configuration, or the path of a TOML file.
        output: name of the file; paths are spooled beside it while the run lasts.
        overrides: values by dotted path; only with a path.
        overwrite: whether an earlier file may be replaced, and an unfinished run thrown away.
        resume: whether an unfinished run is continued; the file has the same numbers as without the stop.
        progress: called after every realization.
        kept: traced programs that earlier processes have left, for those that run nothing but the package.

    Returns:
        What the file holds, without the variables that have realizations.

    Raises:
        InputErrors: all problems of the configuration, or what differs from the unfinished run.
        OpeningError: published figures that cannot be reconciled.
        OutputError: the output is not possible there, another run is writing it, there is too little room, or a
            number is not finite.
    """
    output = Path(output)
    netcdf.check_output(output, overwrite)
    loaded = loaded_config(config, overrides)
    machine = compute.prepare(loaded)
    partial = Partial(output, identity_of(loaded, machine), resume, discard=overwrite)
    with _projected(loaded, machine, partial, progress, kept) as dataset:
        netcdf.save(dataset, output, overwrite)
        return dataset.drop_dims("realization")


@contextmanager
def _projected(
    config: Config,
    machine: Machine,
    unfinished: Partial,
    progress: Progress | None,
    kept: Kept | None = None,
) -> Iterator[xr.Dataset]:
    """The results, whose paths are read from the spool when they are used, inside this context."""
    begin = time.perf_counter()
    labels = labels_of(config)
    wanted = default_variables(config.output.all_paths)
    require_memory(config)
    fields = fields_of(labels, wanted)
    with (
        Programs(config.projection.seed, machine, kept) as programs,
        unfinished as partial,
        Spool(partial, fields, labels.realizations, machine.chunk) as spool,
    ):
        file = estimate_bytes(labels.sizes(), config.output.all_paths)
        room.require_free_space(partial.folder, spool_bytes(fields, len(spool.missing)) + file)
        opening = open_model(config, programs.compile)
        realizations = Realizations(spool, labels, wanted)
        central, owed = _project_all(
            config, opening, programs, machine, realizations, progress or (lambda _: None)
        )
        spool.settle()
        arrays = {f"{name}_central": values for name, values in central.items()}
        if config.projection.paths:
            arrays |= realizations.statistics(machine.threads)
        arrays |= over_paths(realizations, labels, central)
        arrays |= _once(config, opening, labels, central) | owed
        seconds = time.perf_counter() - begin
        record = record_of(config, machine, seconds, unallocated(config, opening))
        yield to_dataset(arrays | realizations.paths(), labels, record)


def _project_all(
    config: Config,
    opening: Opening,
    programs: Programs,
    machine: Machine,
    realizations: Realizations,
    progress: Progress,
) -> tuple[Arrays, Arrays]:
    """Every missing realization into the spool; returns the central one, and what the funds owe on it."""

    def projected(model: Model) -> Callable[[Sequence[int]], list[Arrays]]:
        run = programs.run(model, opening.state)
        tables, first = programs.tables(run), config.projection.first_year
        return lambda paths: [
            _in_calendar(named, first) for named in programs.launch(run, tables, paths)
        ]

    launch = projected(opening.model)

    def spool(paths: Sequence[int]) -> None:
        for path, named in zip(paths, launch(paths), strict=True):
            realizations.write(path, named)

    missing = realizations.missing
    done = config.projection.paths + 1 - len(missing)
    # What JAX lends is read-only and its own.
    central = {name: np.array(values) for name, values in launch([0])[0].items()}
    owed = obligations(opening.model, central, lambda model: projected(model)([0])[0])
    if 0 in missing:
        missing.remove(0)
        realizations.write(0, central)
        done += 1
    progress(done)
    launches = [
        missing[begin : begin + machine.width] for begin in range(0, len(missing), machine.width)
    ]
    _in_threads(spool, launches, machine.threads, lambda count: progress(done + count))
    return central, owed


def _in_threads(
    task: Callable[[Sequence[int]], None],
    launches: Sequence[Sequence[int]],
    workers: int,
    progress: Progress,
) -> None:
    """Do a task for the paths of every launch; no thread outlives this.

    Raises:
        Exception: that of the first launch that failed: all before it had been begun.
    """
    done = 0
    with ThreadPoolExecutor(workers) as pool:
        under_way = {pool.submit(task, paths): paths for paths in launches}
        try:
            for future in as_completed(under_way):
                if future.exception() is not None:
                    break
                done += len(under_way[future])
                progress(done)
        finally:
            pool.shutdown(cancel_futures=True)
    for future in under_way:
        if not future.cancelled():
            future.result()


def _in_calendar(named: Arrays, first_year: int) -> Arrays:
    """Dates counted from the first year become calendar years."""
    return {
        name: values + first_year if quantities()[name].kind == "date" else values
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
    owned = [labels.funds.arrangement == each for each in labels.arrangements.code]
    found = _first_depleted([(balance[:, own], outgo[:, own]) for own in owned])
    codes = [
        [np.nan if np.isnan(k) else labels.funds.pool[own][int(k)] for k in np.asarray(first)]
        for own, first in zip(owned, found, strict=True)
    ]
    return np.array(codes).T


@jax.jit
def _first_depleted(
    funds: Sequence[tuple[Float[Array, "s q y"], Float[Array, "s q y"]]],
) -> list[Float[Array, " s"]]:
    """:func:`pooling.measures.solvency.first_depleted` of balance and outgo by arrangement."""
    return [first_depleted(balance, outgo) for balance, outgo in funds]


def _levies(config: Config, opening: Opening) -> np.ndarray:
    """Levy on surpluses in the first year by scheme and arrangement; NaN where there is none."""
    levies = np.full((len(config.funds), len(config.arrangements)), np.nan)
    for column, each in enumerate(config.arrangements):
        for row, fund in enumerate(config.funds):
            terms = each.terms[fund.key][0][1]
            if terms.settlement == "levy_fill":
                levies[row, column] = levies_of(config, terms, opening.fund_accounts)[row]
    return levies
