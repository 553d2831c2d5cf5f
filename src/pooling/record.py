"""What a file says of the run that made it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pooling.assumptions import Config
from pooling.compute import Machine
from pooling.dataset import RunRecord
from pooling.package import versions


def record_of(
    config: Config, machine: Machine, seconds: float, extra: Mapping[str, float]
) -> RunRecord:
    """The record of a run that ends now.

    Args:
        config: of the run.
        machine: what it was computed with.
        seconds: wall time.
        extra: further attributes.
    """
    info, sources = config.assumptions.info, config.assumptions.sources
    return RunRecord(
        title=config.title,
        config_text=config.text,
        assumptions=info.name,
        valuation_date=info.valuation_date.isoformat(),
        basis=info.basis,
        currency=info.currency,
        author=info.author,
        seed=config.projection.seed,
        versions=versions(),
        precision=machine.precision,
        backend=machine.backend,
        device=machine.device,
        path_width=machine.width,
        threads=machine.threads,
        wall_seconds=seconds,
        created=datetime.now(UTC),
        digests=config.digests,
        grades={name: table.grade for name, table in config.assumptions.tables.items()},
        attributions=sorted({each.attribution for each in sources.values() if each.attribution}),
        overlays=[f"{Path(each.file).stem}: {each.title}" for each in config.overlays],
        extra=extra,
    )
