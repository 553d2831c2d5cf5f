"""What a figure depends on besides the code: device, load, packages, commit."""

import hashlib
import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

from benchmarks.processes import BenchmarkError
from benchmarks.settings import PROJECT

PACKAGES = ("pooling", "jax", "jaxlib", "numpy", "scipy", "xarray", "netCDF4", "equinox")
BUSY_SHARE = 0.25
"""Load per core from which on the machine counts as busy: others then hold a quarter of what a run could use."""


def load() -> float:
    """Average number of runnable processes of the last minute."""
    return os.getloadavg()[0]


def is_busy(average: float) -> bool:
    """Whether others use so much of the machine that only ratios mean something."""
    return average > BUSY_SHARE * (os.cpu_count() or 1)


def packages() -> dict[str, str]:
    """Versions of Python and of the packages that decide about speed."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def processor() -> str:
    """Model of the CPU and the number of cores the system offers."""
    info = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*: (.*)$", info.read_text(), re.M) if info.exists() else []
    model = names[0] if names else platform.processor() or platform.machine()
    return f"{model}, {os.cpu_count()} cores"


def commit() -> str:
    """The commit that is checked out.

    Raises:
        BenchmarkError: if the tree has changes that are not committed; results of the suite do not count.
    """
    changes = _git(
        "--no-optional-locks", "status", "--porcelain", "--", ".", ":!benchmarks/results"
    )
    if changes:
        raise BenchmarkError(
            f"the working tree has changes, so its figures could not be traced:\n{changes}\n"
            "commit them, or take figures for the desk with --draft"
        )
    return _git("rev-parse", "HEAD")


def source_digest() -> str:
    """SHA-256 over the package and the assumptions: tells drafts of one commit apart."""
    digest = hashlib.sha256()
    for folder in ("src", "assumptions"):
        for file in sorted((PROJECT / folder).rglob("*.*")):
            if file.suffix in {".py", ".toml", ".csv"}:
                digest.update(file.relative_to(PROJECT).as_posix().encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603  fixed arguments
            ["git", *arguments],  # noqa: S607  the user's git
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise BenchmarkError(f"git does not know this tree ({error}): use --draft") from error
    return done.stdout.strip()
