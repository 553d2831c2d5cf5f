"""What derivatives cost: a value, one direction, and all levers at once."""

import time
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from benchmarks.program import Job, open_job
from benchmarks.section import Cell, Section
from benchmarks.settings import Settings
from benchmarks.timing import interleaved
from pooling.derivatives.checkpoints import checkpointed_scan
from pooling.derivatives.gradient import Program
from pooling.derivatives.levers import levers_of
from pooling.projection import Run
from pooling.results import Named

NOTE = """The sum over all funds of the last year's unfilled balances, on the central path: its value, its derivative in one
direction (forward mode) and with respect to every lever (reverse mode). Memory: temporary buffers of the compiled program,
and the same over the bytes that one year hands to the next. Compiling includes tracing and may come from the cache."""


def derivatives(settings: Settings) -> Section:
    """Time and memory over a value's."""
    rows = [
        row
        for name in settings.paths
        for row in _of_set(settings, name, open_job(settings.config(name)))
    ]
    return Section("Derivatives", NOTE, rows)


def _of_set(settings: Settings, name: str, job: Job) -> list[dict[str, Cell]]:
    program = Program(_measure, tuple(fund.key for fund in job.config.funds))
    levers = levers_of(job.run.model.levers, program.schemes)
    along = {lever: jnp.ones_like(values) for lever, values in levers.items()}
    central = jnp.int32(0)

    def value(levers: dict, run: Run, scan=lax.scan) -> jax.Array:
        return program.value(run, central, scan, levers)[0]

    modes = {
        "value": value,
        "forward, one direction": lambda levers, run: jax.jvp(
            lambda moved: value(moved, run), (levers,), (along,)
        ),
        "reverse, every lever": jax.value_and_grad(partial(value, scan=checkpointed_scan)),
    }
    built, compiling = {}, {}
    for mode, function in modes.items():
        begin = time.perf_counter()
        built[mode] = jax.jit(function).lower(levers, job.run).compile()
        compiling[mode] = time.perf_counter() - begin
    pieces = {
        mode: partial(lambda program: jax.block_until_ready(program(levers, job.run)), each)
        for mode, each in built.items()
    }
    timings = interleaved(pieces, settings.repeats)
    return [
        {
            "set": name,
            "mode": mode,
            "levers": len(levers),
            "min ms": 1e3 * timings[mode].best,
            "median ms": 1e3 * timings[mode].median,
            "time / value": timings[mode].best / timings["value"].best,
            "MB": each.memory_analysis().temp_size_in_bytes / 1e6,
            "memory / state": each.memory_analysis().temp_size_in_bytes / (8 * job.numbers),
            "compiling s": compiling[mode],
        }
        for mode, each in built.items()
    ]


def _measure(named: Named) -> jax.Array:
    return jnp.sum(named["fund_balance_after_scheduled"][..., -1])
