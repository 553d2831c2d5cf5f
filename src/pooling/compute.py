"""Settings of the compiled program: precision, compilation cache, threads."""

import os
from pathlib import Path

import jax

from pooling.assumptions import Config
from pooling.demand import PATHS_AT_ONCE


def prepare(config: Config) -> int:
    """Set double precision and the compilation cache; returns the number of paths that run at once.

    The cache lies in the user's cache directory; where that cannot be written programs are compiled anew each time.
    """
    jax.config.update("jax_enable_x64", True)
    cache = cache_folder()
    if cache is not None:
        jax.config.update("jax_compilation_cache_dir", str(cache))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    threads = config.compute.threads
    return min(PATHS_AT_ONCE, os.cpu_count() or 1) if threads == "auto" else int(threads)


def cache_folder() -> Path | None:
    """The user's cache directory for compiled programs, made if need be; None where it cannot be written."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "pooling" / "compiled"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None
