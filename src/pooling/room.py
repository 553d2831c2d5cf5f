"""Room on disk, known before anything is compiled."""

import shutil
from pathlib import Path

from pooling.errors import OutputError


def require_free_space(folder: Path, needed: float) -> None:
    """Refuse to start a run whose files would fill the disk.

    Args:
        folder: existing folder that will hold output and spool.
        needed: bytes.

    Raises:
        OutputError: if less is free.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OutputError(f"{folder}: needs {needed / 1e6:,.0f} MB, {free / 1e6:,.0f} MB are free")
