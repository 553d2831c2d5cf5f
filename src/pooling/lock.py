"""A folder for one process at a time.

The system takes the lock away from a process that ends, however it ends. Where a file system knows no locks the name of
the holder decides: a process of this machine that is no more holds nothing.
"""

import fcntl
import json
import os
import socket
from contextlib import suppress
from pathlib import Path

from pooling.durable import failures
from pooling.errors import OutputPathError

ATTEMPTS = 10
"""A run that ends removes its folder; so often one that begins makes it anew."""

Holder = dict[str, str | int]
"""Process and machine; empty where a lock's file names none."""


class Lock:
    """An exclusive lock on a folder, which is made if need be.

    Args:
        folder: its parent must exist.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lock"
        self._file = -1

    def acquire(self) -> None:
        """Take the folder for this process.

        Raises:
            OutputPathError: another process holds it, or there can be no folder.
            OutputError: the machine fails.
        """
        with failures(self.path.parent):
            for _ in range(ATTEMPTS):
                self.path.parent.mkdir(exist_ok=True)
                if self._taken():
                    return
        raise OutputPathError(f"{self.path.parent}: comes and goes; another run is using it")

    def remove(self) -> None:
        """Remove the lock's file, while the lock is held: nobody who is waiting gets a folder that is about to go."""
        self.path.unlink(missing_ok=True)

    def release(self) -> None:
        """Let others in; a process that goes on is no holder."""
        with suppress(OSError):
            os.ftruncate(self._file, 0)
        os.close(self._file)

    def _taken(self) -> bool:
        """Lock the file; False if it vanished meanwhile."""
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        except FileNotFoundError:
            return False
        try:
            self._lock(file)
            taken = _is_still(self.path, file)
            if taken:
                _name_holder(file)
                self._file = file
        except BaseException:
            os.close(file)
            raise
        if not taken:
            os.close(file)
        return taken

    def _lock(self, file: int) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise self._refusal(_holder(file)) from error
        except OSError as error:
            holder = _holder(file)
            if _may_be_alive(holder):
                hint = f"; if that process is no more, remove {self.path}"
                raise self._refusal(holder, hint) from error

    def _refusal(self, holder: Holder, hint: str = "") -> OutputPathError:
        who = f"process {holder['pid']} on {holder['host']}" if holder else "another run"
        return OutputPathError(f"{self.path.parent}: {who} is writing this output{hint}")


def is_alive(pid: int) -> bool:
    """Whether this machine has such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_still(path: Path, file: int) -> bool:
    """Whether an open file has this name yet."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _name_holder(file: int) -> None:
    text = json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode()
    os.ftruncate(file, 0)
    os.pwrite(file, text, 0)


def _holder(file: int) -> Holder:
    """What a lock's file says."""
    try:
        holder = json.loads(os.pread(file, 4096, 0))
        return {"pid": int(holder["pid"]), "host": str(holder["host"])}
    except (ValueError, TypeError, KeyError):
        return {}


def _may_be_alive(holder: Holder) -> bool:
    """Whether a holder may be at work; of another machine nobody can know."""
    if not holder:
        return False
    return holder["host"] != socket.gethostname() or is_alive(int(holder["pid"]))
