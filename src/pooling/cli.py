"""Commands. Each imports what it needs when it runs, so that help and checks stay quick."""

import io
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console

from pooling._version import __version__
from pooling.errors import InputErrors, PoolingError, Problem, printable

if TYPE_CHECKING:
    import xarray as xr

    from pooling.assumptions import Config
    from pooling.kept import Kept

BEGUN = time.time()
"""When this process had imported nothing that computes."""

app = App(
    name="pooling",
    version=__version__,
    help="Project social insurance under municipal, provincial and national pooling side by side.",
    suppress_keyboard_interrupt=False,
    help_epilogue="`--debug` before or after a command shows the traceback of a failure.",
)
Set = Annotated[
    tuple[str, ...],
    Parameter(name="--set", negative=(), help="Replace a value: dotted.path=value; repeatable."),
]
Overlays = Annotated[
    tuple[str, ...],
    Parameter(
        name="--overlay",
        negative=(),
        help="Apply an overlay of the set, by name, or a TOML file; repeatable.",
    ),
]


@app.command(name="run")
def run_command(
    config: Path,
    *,
    out: Path | None = None,
    paths: int | None = None,
    seed: int | None = None,
    set_: Set = (),
    overlay: Overlays = (),
    overwrite: Annotated[bool, Parameter(negative=())] = False,
    resume: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Project a configuration and write the results as NetCDF.

    Parameters
    ----------
    config
        TOML file of the run.
    out
        Output file; default: the configuration's, in the current folder.
    paths
        Number of stochastic paths besides the central one.
    seed
        Seed of the random numbers.
    set_
        Replace a value: dotted.path=value; repeatable.
    overlay
        Apply an overlay of the set, by name, or a TOML file; repeatable. The default output bears its name.
    overwrite
        Replace an existing output; throw an unfinished run away.
    resume
        Continue the unfinished run of this output, if there is one.
    """
    loaded = _load(config, _overrides(set_, paths, seed), overlay)
    output = out or _own_name(Path(loaded.output.file), overlay)
    _project(loaded, output, overwrite, resume)


@app.command
def check(
    config: Path,
    *,
    out: Path | None = None,
    paths: int | None = None,
    seed: int | None = None,
    set_: Set = (),
    overlay: Overlays = (),
) -> None:
    """Validate a configuration, all its tables and what a run would need; print the data-quality report.

    The verdict is that of ``run`` with the same options.

    Parameters
    ----------
    config
        TOML file of the run.
    out
        Output file of the run; default: the configuration's, in the current folder.
    paths
        Number of stochastic paths besides the central one.
    seed
        Seed of the random numbers.
    set_
        Replace a value: dotted.path=value; repeatable.
    overlay
        Apply an overlay of the set, by name, or a TOML file; repeatable.
    """
    from pooling.assumptions import quality_report
    from pooling.demand import require_room

    loaded = _load(config, _overrides(set_, paths, seed), overlay)
    require_room(loaded, out or _own_name(Path(loaded.output.file), overlay))
    print(quality_report(loaded).text())


@app.command
def opening(config: Path, *, set_: Set = (), overlay: Overlays = ()) -> None:
    """Open the model and print what it reproduces of the published accounts, province by province.

    Parameters
    ----------
    config
        TOML file of the run.
    set_
        Replace a value: dotted.path=value; repeatable.
    overlay
        Apply an overlay of the set, by name, or a TOML file; repeatable.
    """
    from rich import box
    from rich.table import Table

    loaded = _load(config, _overrides(set_, None, None), overlay)
    from pooling import compute
    from pooling.opening.build import open_model
    from pooling.opening.report import COLUMNS, table_of, unallocated, warnings

    compute.prepare(loaded)
    opened = open_model(loaded)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == "province" else "right", no_wrap=True)
    for row in table_of(loaded, opened):
        table.add_row(*row)
    console = Console(width=132)
    console.print(table)
    figures = {**opened.population.report, **unallocated(loaded, opened)}
    console.print("\n".join(f"{name}: {value:,.6g}" for name, value in figures.items()))
    for line in warnings(loaded, opened):
        console.print(line, soft_wrap=True)


@app.command
def cohorts(
    config: Path,
    *,
    out: Path,
    paths: int = 0,
    set_: Set = (),
    overlay: Overlays = (),
    overwrite: bool = False,
) -> None:
    """What contributions buy: money's worth, returns, replacement rates by birth cohort, of those who migrate and who stay.

    Parameters
    ----------
    config
        TOML file of the run.
    out
        NetCDF file to write.
    paths
        Stochastic paths beside the central one, 20 at most.
    set_
        Replace a value: dotted.path=value; repeatable.
    overlay
        Apply an overlay of the set, by name, or a TOML file; repeatable.
    overwrite
        Replace an existing file.
    """
    loaded = _load(config, _overrides(set_, paths, None), overlay)
    from pooling import netcdf

    netcdf.check_output(out, overwrite)
    from pooling.cohort_job import run_cohorts
    from pooling.report.cohorts import cohort_table

    dataset = run_cohorts(loaded)
    netcdf.save(dataset, out, overwrite)
    Console().print(cohort_table(dataset))
    print(out)


@app.command
def compare(
    file: Path,
    reference: Path | None = None,
    *,
    arrangement: str,
    against: str | None = None,
    out: Path | None = None,
    overwrite: bool = False,
) -> None:
    """Differences between two arrangements, or between two runs on the same paths, with paired standard errors.

    Parameters
    ----------
    file
        Results of a run, for example under an overlay.
    reference
        Results of the run it is compared with; default: the same file.
    arrangement
        Arrangement of the first.
    against
        Arrangement of the reference; default: the same one.
    out
        NetCDF file for all differences, those by province and pool included.
    overwrite
        Replace an existing file.
    """
    from pooling import netcdf
    from pooling.comparison import compare as difference_of
    from pooling.report.difference import differences

    if reference is None and against in (None, arrangement):
        problem = "an arrangement compared with itself"
        raise InputErrors(
            [Problem("--against", "", problem, "another arrangement, or a second file")]
        )
    if out is not None:
        netcdf.check_output(out, overwrite)
    one = netcdf.open(file)
    other = None if reference is None else netcdf.open(reference)
    found = difference_of(one, arrangement, against or arrangement, other)
    titles = dict(zip(one["scheme_name"].values, one["scheme_title"].values, strict=True))
    Console().print(differences(found, titles, one.attrs["currency"]))
    if out is not None:
        netcdf.save(found, out, overwrite)
        print(out)


@app.command
def describe(file: Path) -> None:
    """Say what a results file holds.

    Parameters
    ----------
    file
        NetCDF file of an earlier run.
    """
    from pooling import netcdf

    print(netcdf.describe(file))


@app.command(name="self-test")
def self_test_command() -> None:
    """Prove this installation: laws on the example country, the device in use, digits agreed with a stored run."""
    from pooling.proof.self_test import self_test

    console = Console(stderr=True)
    with console.status("self-test") as status:
        found = self_test(lambda step: status.update(f"self-test: {step}"))
    print(found.text())
    if not found.holds:
        sys.exit(1)


def _load(config: Path, overrides: dict[str, object], overlays: tuple[str, ...]) -> "Config":
    from pooling.assumptions import load_config

    return load_config(config, overrides, overlays)


def _own_name(output: Path, overlays: tuple[str, ...]) -> Path:
    """The configuration's output, with the names of overlays in it: no overlay replaces the results without it."""
    return output.with_stem("-".join([output.stem, *(Path(name).stem for name in overlays)]))


def _overrides(given: tuple[str, ...], paths: int | None, seed: int | None) -> dict[str, object]:
    from pooling.assumptions import parse_assignment

    overrides: dict[str, object] = {}
    problems = []
    options = {"projection.paths": paths, "projection.seed": seed}
    for text in given:
        try:
            path, value = parse_assignment(text)
        except ValueError as error:
            problems.append(Problem("--set", "", str(error), "dotted.path=value"))
            continue
        if path in overrides or options.get(path) is not None:
            problems.append(Problem("--set", path, f"another value, {value!r}", "each value once"))
        overrides[path] = value
    if problems:
        raise InputErrors(problems)
    return overrides | {path: value for path, value in options.items() if value is not None}


def _project(config: "Config", output: Path, overwrite: bool, resume: bool) -> None:
    """Refuse what cannot be written before anything is computed; then project into the file and summarise."""
    from pooling.demand import require_room

    require_room(config, output)
    from pooling import netcdf

    netcdf.check_output(output, overwrite)
    console = Console()
    dataset = _with_progress(config, output, overwrite, resume)
    from pooling.report.summary import summary

    console.print(summary(dataset))
    console.print(f"{output}  ({output.stat().st_size / 1e6:.0f} MB)", soft_wrap=True)


def _with_progress(config: "Config", output: Path, overwrite: bool, resume: bool) -> "xr.Dataset":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from pooling.job import run_to_file

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("opening and compiling", total=config.projection.paths + 1)

        def done(count: int) -> None:
            everything = count > config.projection.paths
            what = "statistics and file" if everything else "projecting"
            bar.update(task, completed=count, description=what)

        return run_to_file(
            config, output, overwrite=overwrite, resume=resume, progress=done, kept=_kept()
        )


def _kept() -> "Kept | None":
    """Traced programs of earlier commands; none where a process that is no command calls, and may have changed anything."""
    from pooling.kept import kept_since

    program = Path(sys.argv[0])
    is_command = program.stem == app.name[0] or program.resolve() == Path(__file__).resolve()
    return kept_since(BEGUN) if is_command else None


class Terminated(BaseException):
    """The system asks the process to end."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: user mistakes end with status 2, failures of the machine with 1; a traceback comes with ``--debug`` only.

    Args:
        arguments: what was typed after the program's name; None for the command line's.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    # HDF5 refuses every file where a file system knows no locks; we write under a private name and need none.
    os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")
    signal.signal(signal.SIGTERM, _terminate)
    warnings.showwarning = _show_warning
    _write_utf8()
    try:
        app([each for each in given if each != "--debug"], exit_on_error=False)
    except BrokenPipeError:
        # The reader of a pipe has left; nothing more can be said to it.
        sys.stdout = None
    except KeyboardInterrupt as error:
        _fail("interrupted; no file was written", error, 128 + signal.SIGINT)
    except Terminated as error:
        _fail("terminated; no file was written", error, 128 + signal.SIGTERM)
    except CycloptsError:
        # It has been printed, with the command's usage.
        sys.exit(2)
    except Exception as error:
        if "--debug" in given:
            traceback.print_exc()
        _fail(*_explained(error))


def _explained(error: Exception) -> tuple[str, Exception, int]:
    """What went wrong in a line, or a line a problem, and the exit status."""
    if isinstance(error, PoolingError):
        return str(error), error, error.exit_code
    if isinstance(error, MemoryError):
        return "not enough memory; fewer paths or threads need less", error, 1
    return f"a fault of the program: {type(error).__name__}: {error}; --debug shows where", error, 1


def _terminate(*_: object) -> None:
    # Once: a second signal would meet the clearing up.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated


def _fail(text: str, error: BaseException, status: int) -> NoReturn:
    """End with a message, what is known beside it, and a status."""
    said = "; ".join([f"pooling: {text}", *getattr(error, "__notes__", ())])
    print("\n".join(printable(line) for line in said.splitlines()), file=sys.stderr)
    sys.exit(status)


def _write_utf8() -> None:
    """Messages are the same in every locale; what no encoding knows, such as a broken file name, becomes an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _show_warning(message: Warning | str, category: type[Warning], *place: Any) -> None:
    """A warning without the line of the program that gave it."""
    print(f"pooling: warning: {message}", file=sys.stderr)


if __name__ == "__main__":
    main()
