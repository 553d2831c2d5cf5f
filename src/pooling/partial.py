"""What a run has done so far: a folder beside the output, a manifest of what is whole in it, a lock.

``OUT.nc.partial/`` holds ``manifest.json`` (what the run is, and the SHA-256 of every finished chunk), the chunks and
``lock``. A file whose name ends in ``.tmp``, and a chunk that the manifest does not name, is unfinished. The folder is
removed when the output has its name, and kept for ``resume`` when a run is stopped with at least one chunk done.
"""

import hashlib
import json
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from glob import escape
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pooling import durable
from pooling.errors import (
    InputErrors,
    NumberError,
    OutputPathError,
    PoolingWarning,
    Problem,
)
from pooling.lock import Lock, is_alive

Identity = Mapping[str, str | int | float | bool | Sequence[Any]]
"""What the bits of a run depend on, by dotted name."""

FORMAT = 1
"""Of the manifest and of the chunks."""

OWN = ("manifest.json", "chunk-*", "*.tmp")
"""Names of the files of a run; others in the folder are somebody else's and stay."""


class Partial:
    """The unfinished run of an output; use it as a context manager.

    Args:
        output: the output file; the folder lies beside it.
        identity: what the bits of the run depend on; None if nobody will resume it.
        resume: whether an unfinished run is continued.
        discard: whether an unfinished run that is not continued may be thrown away.
    """

    def __init__(
        self, output: Path, identity: Identity | None, resume: bool = False, discard: bool = True
    ) -> None:
        self.folder = output.with_name(f"{output.name}.partial")
        self._output, self._identity = output, _as_json(identity or {})
        self._resumable = identity is not None
        self._resume, self._discard = resume, discard
        self._manifest_file = self.folder / "manifest.json"
        self._lock = Lock(self.folder)
        self._digests: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._lock.acquire()
        try:
            with durable.failures(self.folder):
                self._remove_unfinished()
                self._digests = self._kept()
                if not self._digests:
                    self._remove_own()
                self._write_manifest(self._digests)
        except BaseException:
            if not self._manifest_file.exists():
                with suppress(OSError):
                    self._remove_folder()
            self._lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None or not self._worth_keeping(error):
                self._remove_folder()
            else:
                error.add_note(
                    f"finished paths are kept in {self.folder}; --resume continues the run"
                )
                self._remove_unfinished()
        except OSError as failure:
            # The run itself is over, well or not: that is what counts.
            warnings.warn(f"{self.folder}: not removed: {failure.strerror}", PoolingWarning, 2)
        finally:
            self._lock.release()

    @property
    def finished(self) -> frozenset[str]:
        """Names of the chunks that are whole."""
        return frozenset(self._digests)

    def path(self, name: str) -> Path:
        """Where a chunk is when it is finished."""
        return self.folder / name

    def temporary(self, name: str) -> Path:
        """Where a chunk is until then."""
        return self.folder / f"{name}.tmp"

    def finish(self, name: str) -> None:
        """Make a chunk that was written to its temporary name durable, and record it.

        Args:
            name: of the chunk.

        Raises:
            OutputError: the disk refuses.
        """
        with durable.failures(self.path(name)):
            digest = _digest(self.temporary(name))
            durable.publish(self.temporary(name), self.path(name))
            # What the disk does not name is not finished: memory follows it, never the other way round.
            recorded = self._digests | {name: digest}
            self._write_manifest(recorded)
            self._digests = recorded

    def _worth_keeping(self, error: BaseException) -> bool:
        """Whether the run may be resumed after an error, and something was done."""
        return self._resumable and bool(self._digests) and not isinstance(error, NumberError)

    def _write_manifest(self, digests: Mapping[str, str]) -> None:
        content = {"format": FORMAT, "run": self._identity, "chunks": digests}
        text = json.dumps(content, indent=1, sort_keys=True)
        durable.write(self._manifest_file, text.encode("ascii"))

    def _kept(self) -> dict[str, str]:
        """Chunks of an unfinished run of the same identity that are as they were written."""
        earlier = self._manifest()
        if not earlier["chunks"]:
            return {}
        if self._resume:
            self._require_same(earlier["run"])
            return {
                name: digest
                for name, digest in earlier["chunks"].items()
                if self._whole(name, digest)
            }
        if self._discard:
            return {}
        raise OutputPathError(
            f"{self.folder}: holds an unfinished run; --resume continues it, --overwrite starts again"
        )

    def _manifest(self) -> dict[str, Any]:
        """The earlier manifest; an empty one where there is none or it cannot be read."""
        nothing = {"run": {}, "chunks": {}}
        file = self._manifest_file
        try:
            found = json.loads(file.read_bytes())
            if found["format"] == FORMAT:
                return {"run": dict(found["run"]), "chunks": dict(found["chunks"])}
        except FileNotFoundError:
            return nothing
        except (ValueError, TypeError, KeyError):
            pass
        if self._resume:
            warnings.warn(f"{file}: cannot be read; the run starts again", PoolingWarning, 2)
        return nothing

    def _require_same(self, earlier: dict[str, Any]) -> None:
        """Refuse to mix two runs.

        Raises:
            InputErrors: every field that differs.
        """
        now = self._identity
        hint = "the unfinished run had that; --overwrite without --resume starts again"
        problems = [
            Problem(self.folder.name, name, _shown(now, name), _shown(earlier, name), hint=hint)
            for name in sorted(now.keys() | earlier.keys())
            if name not in now or name not in earlier or now[name] != earlier[name]
        ]
        if problems:
            raise InputErrors(problems)

    def _whole(self, name: str, digest: str) -> bool:
        """Whether a chunk is as it was written; otherwise its paths are computed again."""
        path = self.path(name)
        what = "damaged" if path.is_file() else "missing"
        if what == "damaged" and _digest(path) == digest:
            return True
        warnings.warn(f"{path}: {what}; its paths are computed again", PoolingWarning, 2)
        return False

    def _remove_unfinished(self) -> None:
        """Remove what nobody will finish: temporary files of dead processes."""
        for path in self.folder.glob("*.tmp"):
            path.unlink()
        for path in self._output.parent.glob(f"{escape(self._output.name)}.tmp.*"):
            pid = path.suffix[1:]
            if not pid.isdecimal() or not is_alive(int(pid)):
                path.unlink(missing_ok=True)

    def _remove_own(self) -> None:
        """Remove the files of a run, the manifest first: without it there is nothing to resume."""
        for pattern in OWN:
            for path in self.folder.glob(pattern):
                path.unlink()

    def _remove_folder(self) -> None:
        self._remove_own()
        self._lock.remove()
        # A file of somebody else keeps the folder.
        if not any(self.folder.iterdir()):
            self.folder.rmdir()


def _as_json(identity: Identity) -> dict[str, Any]:
    """As it is when it comes back from a manifest: lists for tuples."""
    return json.loads(json.dumps(dict(identity)))


def _shown(fields: Mapping[str, Any], name: str) -> str:
    return json.dumps(fields[name], ensure_ascii=False) if name in fields else "nothing"


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
