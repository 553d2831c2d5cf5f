"""How the time of a path grows with everything that may grow, and a cost model of it."""

from dataclasses import dataclass

import numpy as np

from benchmarks.program import Job, batch, compiled, open_job
from benchmarks.resized import resized
from benchmarks.section import Cell, Section
from benchmarks.settings import Settings
from benchmarks.timing import interleaved

AT_ONCE = 2

NOTE = f"""The whole program of a path with all its results. Each kind changes one thing: *years* the last year, *paths* the
size of a batch ({AT_ONCE} at once; the others one path), *municipalities* their number (places left out or copied,
`benchmarks/resized.py`), *arrangements* and *policies* what runs on the same people. A *number* is a float64 that one year
hands to the next. Ratio: time per path, number and year over that of the first row of the kind. All pieces of a set take
turns."""

MODEL_NOTE = """Least squares of relative errors over all rows of the sweeps: seconds = a + b · paths · numbers · years for
rows with one path at a time, and for those with two under way together. Residuals: what the model says over what was
measured, less one. Arrangements add results and pools, which hardly show in the numbers, and are left out."""

ARRANGEMENTS = (
    ("national",),
    ("provincial", "national"),
    ("municipal", "provincial", "national", "current"),
)
POLICIES = (("national",), ("national", "national_harmonised"))
"""Sets of arrangements; the second of these has a benefit policy more."""


@dataclass(frozen=True)
class Point:
    """What is timed."""

    name: str
    kind: str
    what: str
    job: Job
    paths: int = 1


def sweeps(settings: Settings) -> list[Section]:
    """The sweeps of every set, and the cost models."""
    rows, models = [], []
    for name in settings.paths:
        of_set = _of_set(settings, name)
        rows += of_set
        models += [_model(name, of_set, at_once) for at_once in (1, AT_ONCE)]
    kept = [model for model in models if model]
    return [Section("Growth", NOTE, rows), Section("Cost model", MODEL_NOTE, kept)]


def _of_set(settings: Settings, name: str) -> list[dict[str, Cell]]:
    points = _points(settings, name)
    programs: dict[int, object] = {}
    pieces = {}
    for point in points:
        program = programs.setdefault(id(point.job), compiled(point.job))
        at_once = AT_ONCE if point.kind == "paths" else 1
        pieces[f"{point.kind} {point.what}"] = batch(program, point.paths, at_once)
    timings = interleaved(pieces, settings.repeats)
    rows, reference = [], {}
    for point in points:
        timing = timings[f"{point.kind} {point.what}"]
        size = point.paths * point.job.numbers * point.job.run.years
        unit = timing.over(size)
        first = reference.setdefault(point.kind, unit.best)
        rows.append(
            {
                "set": name,
                "kind": point.kind,
                "what": point.what,
                "paths": point.paths,
                "years": point.job.run.years,
                "numbers": point.job.numbers,
                "min ms": 1e3 * timing.best,
                "median ms": 1e3 * timing.median,
                "ns/number-year": 1e9 * unit.best,
                "ratio": unit.best / first,
            }
        )
    return rows


def _points(settings: Settings, name: str) -> list[Point]:
    config, whole = settings.config(name), open_job(settings.config(name))
    first = whole.config.projection.first_year
    points = [
        Point(name, "years", str(n), open_job(config, {"projection.last_year": first + n - 1}))
        for n in settings.years
    ]
    points += [Point(name, "paths", str(n), whole, n) for n in settings.batches]
    points += [
        Point(name, "municipalities", str(n), resized(whole, n)) for n in settings.municipalities
    ]
    known = {each.key for each in open_job(settings.every_arrangement(name)).config.arrangements}
    for kind, choices in (("arrangements", ARRANGEMENTS), ("policies", POLICIES)):
        points += [
            Point(
                name,
                kind,
                ", ".join(keys),
                open_job(settings.every_arrangement(name), {"arrangements": list(keys)}),
            )
            for keys in choices
            if set(keys) <= known
        ]
    return points


def _model(name: str, rows: list[dict[str, Cell]], at_once: int) -> dict[str, Cell] | None:
    kinds = ("paths",) if at_once > 1 else ("years", "municipalities")
    used = [row for row in rows if row["kind"] in kinds]
    if len(used) < 3:
        return None
    size = np.array([float(row["paths"]) * row["numbers"] * row["years"] for row in used])
    seconds = np.array([row["min ms"] / 1e3 for row in used])
    design = np.stack([1 / seconds, size / seconds], axis=1)
    (fixed, slope), *_ = np.linalg.lstsq(design, np.ones(len(used)))
    residual = (fixed + slope * size) / seconds - 1
    return {
        "set": name,
        "at once": at_once,
        "rows": len(used),
        "a ms": 1e3 * fixed,
        "b ns/number-year": 1e9 * slope,
        "root mean square residual %": 100 * float(np.sqrt(np.mean(residual**2))),
        "largest residual %": 100 * float(np.abs(residual).max()),
    }
