"""The package itself: its files, its version, and those of what it computes and writes with."""

import hashlib
from importlib.metadata import version
from pathlib import Path

from pooling._version import __version__

ROOT = Path(__file__).parent

PACKAGES = ("jax", "jaxlib", "numpy", "scipy", "xarray", "netCDF4", "equinox")


def versions() -> dict[str, str]:
    """The package's version and those of what it computes and writes with."""
    return {"pooling": __version__, **{name: version(name) for name in PACKAGES}}


def digest() -> str:
    """Of the package's own files: a version stands for many states of a working copy."""
    found = hashlib.sha256()
    for file in _files():
        found.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    return found.hexdigest()


def last_change() -> float:
    """When a file of the package was last written or put there; seconds since 1970."""
    # What copies a file may give it an old time of modification, not of its change of status.
    return max(max(found.st_mtime, found.st_ctime) for found in map(Path.stat, _files()))


def _files() -> list[Path]:
    """What the package computes by."""
    return sorted(file for kind in ("*.py", "*.toml") for file in ROOT.rglob(kind))
