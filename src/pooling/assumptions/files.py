"""Reading files safely: regular UTF-8 files inside their folder, every byte that is read in the digests."""

import difflib
import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath

from pooling.errors import Problem

UTF8_BOM = b"\xef\xbb\xbf"
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def nearest(name: str, names: Iterable[str]) -> str:
    """The name most like another one, or nothing where none is alike."""
    found = difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.6)
    return found[0] if found else ""


def listed(names: Iterable[object], limit: int = 8) -> str:
    """Names for a message, the first few of a long list."""
    texts = [str(name) for name in names]
    more = f", … ({len(texts)} in all)" if len(texts) > limit else ""
    return ", ".join(texts[:limit]) + more


class Reader:
    """Reads the files of one folder, collects what is wrong with them and keeps their digests.

    Attributes:
        root: the folder; no file outside is read.
        problems: everything found so far, by all readers that share the list.
        digests: SHA-256 in hexadecimal by path inside the folder.
    """

    def __init__(self, root: Path, problems: list[Problem]) -> None:
        """Open a folder for reading; ``problems`` may be shared with other readers."""
        self.root = root
        self.problems = problems
        self.digests: dict[str, str] = {}

    def shown(self, path: str) -> str:
        """A file's name for messages: from the working directory where it lies below, else from the folder's name."""
        full = self.root.resolve() / path
        try:
            return full.relative_to(Path.cwd()).as_posix()
        except ValueError:
            return f"{self.root.resolve().name}/{path}"

    def report(
        self,
        path: str,
        place: str,
        found: str,
        allowed: str,
        *,
        nearest: str = "",
        hint: str = "",
        line: int = 0,
    ) -> None:
        """Add a problem of a file of this folder."""
        self.problems.append(Problem(self.shown(path), place, found, allowed, nearest, hint, line))

    def exists(self, path: str) -> bool:
        """Whether something lies at a path of the folder."""
        return os.path.lexists(self.root / path)

    def text(self, path: str) -> str | None:
        """The text of a file, or None after reporting why it cannot be read."""
        content = self._bytes(path)
        if content is None:
            return None
        self.digests[path] = hashlib.sha256(content).hexdigest()
        return self._decode(path, content.removeprefix(UTF8_BOM))

    def _bytes(self, path: str) -> bytes | None:
        reason = outside(self.root, path)
        if reason:
            self.report(path, "", reason, "a regular file inside the folder of the set")
            return None
        try:
            return (self.root / path).read_bytes()
        except OSError as error:
            self.report(path, "", error.strerror or "an unreadable file", "a readable file")
            return None

    def _decode(self, path: str, content: bytes) -> str | None:
        if content.startswith(WIDE_MARKS):
            self.report(path, "", "UTF-16 text", "UTF-8 text", hint="save the file as UTF-8")
            return None
        if b"\0" in content:
            self.report(path, "", "zero bytes (UTF-16 or binary)", "UTF-8 text")
            return None
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self.report(
                path,
                f"line {line}",
                other_encoding(content),
                "UTF-8 text",
                hint="save the file as UTF-8",
                line=line,
            )
            return None


def beside(root: Path, folder: str) -> list[str]:
    """Paths of the files in a folder, from its root."""
    inside = root / folder
    files = inside.iterdir() if inside.is_dir() else ()
    return sorted(file.relative_to(root).as_posix() for file in files if file.is_file())


def other_encoding(content: bytes) -> str:
    """What bytes that are not UTF-8 look like."""
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return "bytes that are not UTF-8"
    return "GBK or GB18030 text, it seems"


def outside(root: Path, path: str) -> str:
    """Why a path is no regular file inside a folder; empty where it is one."""
    if PurePosixPath(path).is_absolute() or PureWindowsPath(path).drive:
        return f"the absolute path {path!r}"
    if ".." in PurePosixPath(path.replace("\\", "/")).parts:
        return f"the path {path!r}, which leaves the folder"
    full = root / path
    if not full.resolve().is_relative_to(root.resolve()):
        return f"{path!r}, a link that leaves the folder"
    if not full.exists():
        return f"no file {path!r}"
    # Asked before opening: reading a pipe would wait for ever.
    return "" if stat.S_ISREG(full.stat().st_mode) else f"{path!r}, not a regular file"
