"""Files that are whole or absent, after a kill and after a power failure: written elsewhere, made durable, then renamed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pooling.errors import OutputError, OutputPathError


def write(path: Path, content: bytes) -> None:
    """Give a file new content, all of it or none.

    Args:
        path: in a folder of which this process is the only writer.
        content: of the whole file.
    """
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.write_bytes(content)
    publish(temporary, path)


def publish(temporary: Path, path: Path) -> None:
    """Make a written file durable, then give it its name, then make the name durable.

    Args:
        temporary: in the same folder.
        path: an earlier file of this name is replaced.
    """
    sync(temporary)
    temporary.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Have the disk hold what a file contains, or the names that a folder does: closing alone promises nothing."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


@contextmanager
def failures(path: Path) -> Iterator[None]:
    """Errors of the system as errors of an output, with the file and the system's reason.

    Args:
        path: the file or folder at work.
    """
    try:
        yield
    except (PermissionError, FileNotFoundError, NotADirectoryError, FileExistsError) as error:
        raise OutputPathError(f"{path}: {error.strerror}") from error
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}") from error
