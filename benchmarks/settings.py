"""What a run of the suite measures and how often."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
"""Root of the project; every process of the suite runs here."""


@dataclass(frozen=True)
class Settings:
    """Sizes of a run of the suite."""

    quick: bool
    paths: Mapping[str, tuple[int, ...]]
    """Paths of the whole runs, by assumption set."""
    repeats: int
    """Timed rounds of the compiled program."""
    process_repeats: int
    """Timed rounds of whole processes."""
    years: tuple[int, ...]
    """Lengths of a projection, the longest last."""
    batches: tuple[int, ...]
    """Numbers of paths run in one go."""
    municipalities: tuple[int, ...]
    """Numbers of municipalities."""
    kernel_years: int
    """Years of the movement of the stocks."""
    folder: Path
    """Temporary folder for outputs and compilation caches."""

    def config(self, name: str) -> Path:
        """The run configuration of an assumption set."""
        return PROJECT / "assumptions" / "runs" / f"{name}.toml"

    def every_arrangement(self, name: str) -> Path:
        """The run of an assumption set that compares the most arrangements."""
        more = self.config(f"{name}_arrangements")
        return more if more.exists() else self.config(name)

    def every_scheme(self, name: str) -> Path:
        """The run of an assumption set with the funds of all schemes."""
        return self.config(f"{name}_all")

    def cache(self, name: str) -> Path:
        """A compilation cache of the suite's own, empty until a process fills it."""
        return self.folder / "cache" / name


def settings(quick: bool, paths: Mapping[str, tuple[int, ...]], folder: Path) -> Settings:
    """Sizes of the quick or the full suite."""
    return Settings(
        quick=quick,
        paths=paths,
        repeats=5 if quick else 9,
        process_repeats=1 if quick else 3,
        years=(25, 75) if quick else (25, 50, 75),
        batches=(1, 4) if quick else (1, 4, 16),
        municipalities=(34, 341) if quick else (34, 100, 341, 1000, 3000),
        kernel_years=2 if quick else 25,
        folder=folder,
    )
