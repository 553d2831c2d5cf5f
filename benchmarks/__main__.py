"""``python -m benchmarks``: measure, print, keep."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from benchmarks import machine
from benchmarks.processes import BenchmarkError
from benchmarks.report import RESULTS, Circumstances, markdown, store
from benchmarks.section import Section
from benchmarks.settings import Settings, settings
from benchmarks.targets import targets

FULL_PATHS = {"example": (100, 1000, 5000), "china": (100, 1000, 5000)}
QUICK_PATHS = {"example": (20,), "china": (4,)}


def main() -> None:
    """Refuse what cannot be traced, measure, store."""
    arguments = _arguments()
    try:
        _require_whole(arguments)
        commit = "none: draft of a working tree" if arguments.draft else machine.commit()
        print(_measure(arguments, commit))
    except BenchmarkError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        sys.exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="fewer paths and rounds")
    add("--draft", action="store_true", help="accept a tree with changes; the file says so")
    add("--sets", nargs="+", choices=FULL_PATHS, default=list(FULL_PATHS), metavar="SET")
    parts = ", ".join(SECTIONS)
    add("--only", type=_parts, default=list(SECTIONS), metavar="PART,PART", help=f"of {parts}")
    add("--paths", type=int, nargs="+", help="paths of the whole runs, for every set")
    add("--folder", type=Path, help="where results are stored instead of benchmarks/results")
    return parser.parse_args()


def _parts(text: str) -> list[str]:
    """Parts of the suite from a list with commas."""
    names = text.split(",")
    unknown = sorted(set(names) - set(SECTIONS))
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: choose of {', '.join(SECTIONS)}")
    return names


def _require_whole(arguments: argparse.Namespace) -> None:
    """A published file holds every section and set, or it would replace a whole one with a part."""
    whole = set(arguments.only) == set(SECTIONS) and set(arguments.sets) == set(FULL_PATHS)
    if not (whole or arguments.draft):
        raise BenchmarkError("a part of the suite is a draft: add --draft")


def _measure(arguments: argparse.Namespace, commit: str) -> str:
    """Run the chosen sections; returns the report, which is stored too."""
    begin, before, digest = time.perf_counter(), machine.load(), machine.source_digest()
    if machine.is_busy(before):
        print(f"The machine is busy (load {before:.2f}): quote ratios only.", file=sys.stderr)
    usual = QUICK_PATHS if arguments.quick else FULL_PATHS
    paths = {name: tuple(arguments.paths or usual[name]) for name in arguments.sets}
    with tempfile.TemporaryDirectory() as folder:
        sizes = settings(arguments.quick, paths, Path(folder))
        sections = [each for name in _order(arguments) for each in _section(name, sizes)]
    changed = machine.source_digest() != digest
    if changed and not arguments.draft:
        raise BenchmarkError("the sources changed while the suite ran: nothing was stored")
    from benchmarks.program import device

    about = Circumstances(
        date=date.today().isoformat(),
        device=device(),
        processor=machine.processor(),
        commit=commit,
        source_digest=digest,
        changed=changed,
        packages=machine.packages(),
        load_before=before,
        busy=machine.is_busy(before),
        quick=arguments.quick,
        draft=arguments.draft,
        seconds=time.perf_counter() - begin,
    )
    if not arguments.draft:
        sections = [targets(sections), *sections]
    stored = store(about, sections, arguments.folder or RESULTS)
    return f"{markdown(about, sections)}\n{stored}"


def _order(arguments: argparse.Namespace) -> list[str]:
    """Whole processes first: their memory must not be hidden by that of a parent that has loaded JAX."""
    return [name for name in SECTIONS if name in arguments.only]


def _section(name: str, sizes: Settings) -> list[Section]:
    print(f"… {name}", file=sys.stderr)
    found = SECTIONS[name](sizes)
    if "jax" in sys.modules:
        from benchmarks.program import forget_programs

        forget_programs()
    return found


def _whole_runs(sizes: Settings) -> list[Section]:
    from benchmarks.end_to_end import end_to_end

    return [end_to_end(sizes)]


def _start_up(sizes: Settings) -> list[Section]:
    from benchmarks.start_up import start_up

    return [start_up(sizes)]


def _machine(sizes: Settings) -> list[Section]:
    from benchmarks.ceilings import machine

    return machine(sizes)


def _kernel(sizes: Settings) -> list[Section]:
    from benchmarks.kernel.section import kernel

    return kernel(sizes)


def _sweeps(sizes: Settings) -> list[Section]:
    from benchmarks.sweeps import sweeps

    return sweeps(sizes)


def _derivatives(sizes: Settings) -> list[Section]:
    from benchmarks.derivatives import derivatives

    return [derivatives(sizes)]


def _invariance(sizes: Settings) -> list[Section]:
    from benchmarks.invariance import invariance

    return invariance(sizes)


def _files(sizes: Settings) -> list[Section]:
    from benchmarks.files import files

    return [files(sizes)]


def _opening(sizes: Settings) -> list[Section]:
    from benchmarks.opening import opening

    return [opening(sizes)]


def _per_path(sizes: Settings) -> list[Section]:
    from benchmarks.per_path import per_path

    return per_path(sizes)


def _rooms(sizes: Settings) -> list[Section]:
    from benchmarks.rooms import rooms

    return [rooms(sizes)]


def _schemes(sizes: Settings) -> list[Section]:
    from benchmarks.schemes import schemes

    return [schemes(sizes)]


def _measures(sizes: Settings) -> list[Section]:
    from benchmarks.measures import measures

    return [measures(sizes)]


SECTIONS: dict[str, Callable[[Settings], list[Section]]] = {
    "end-to-end": _whole_runs,
    "start-up": _start_up,
    "files": _files,
    "machine": _machine,
    "kernel": _kernel,
    "opening": _opening,
    "per-path": _per_path,
    "rooms": _rooms,
    "schemes": _schemes,
    "measures": _measures,
    "sweeps": _sweeps,
    "derivatives": _derivatives,
    "invariance": _invariance,
}

if __name__ == "__main__":
    main()
