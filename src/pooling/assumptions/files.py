"""Reading files safely: regular UTF-8 files inside their folder, every byte that is read in the digests."""

import difflib
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import MappingProxyType

from pooling.errors import Problem

UTF8_BOM = b"\xef\xbb\xbf"
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")

MAGIC: Mapping[bytes, str] = MappingProxyType(
    {
        b"\x1f\x8b": "a file packed by gzip",
        b"BZh": "a file packed by bzip2",
        b"\xfd7zXZ": "a file packed by xz",
        b"PK\x03\x04": "an Excel workbook or another zip file",
        b"\xd0\xcf\x11\xe0": "an old Excel workbook",
        b"\x80\x04": "a Python pickle",
        b"\x80\x05": "a Python pickle",
        b"\x89HDF": "a NetCDF or HDF5 file",
        b"CDF": "a NetCDF file",
        b"%PDF": "a PDF",
    }
)
"""First bytes of files that are no text, whatever their name says."""

MOST_BYTES: Mapping[str, int] = MappingProxyType({".toml": 2**20, ".csv": 2**25})
"""Largest file by suffix: 1 MiB of settings, 32 MiB of a table. The largest table of China has 0.8 MB."""

UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)
"""Control characters and marks of direction: they change what a terminal or an editor shows."""


LONGEST_NAME = 100
"""Characters of a name that is compared with others."""


def nearest(name: str, names: Iterable[str]) -> str:
    """The name most like another one, or nothing where none is alike."""
    if len(name) > LONGEST_NAME:
        return ""
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
        self._shown: dict[str, str] = {}

    def shown(self, path: str) -> str:
        """A file's name for messages: from the working directory where it lies below, else from the folder's name."""
        if path not in self._shown:
            self._shown[path] = self._name(path)
        return self._shown[path]

    def _name(self, path: str) -> str:
        full = self.root.resolve() / path
        try:
            return full.relative_to(Path.cwd()).as_posix()
        except (ValueError, OSError):
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
        most = MOST_BYTES.get(PurePosixPath(path).suffix, max(MOST_BYTES.values()))
        try:
            with (self.root / path).open("rb") as file:
                content = file.read(most + 1)
                size = os.fstat(file.fileno()).st_size
        except OSError as error:
            self.report(path, "", error.strerror or "an unreadable file", "a readable file")
            return None
        if len(content) > most:
            self.report(path, "", f"a file of {size:,} bytes", f"at most {most:,} bytes")
            return None
        return content

    def _decode(self, path: str, content: bytes) -> str | None:
        if content.startswith(WIDE_MARKS):
            self.report(path, "", "UTF-16 text", "UTF-8 text", hint="save the file as UTF-8")
            return None
        kind = next((kind for magic, kind in MAGIC.items() if content.startswith(magic)), None)
        if kind is not None:
            self.report(path, "", kind, "UTF-8 text", hint="unpack it or save it as text")
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
    try:
        files = list(inside.iterdir())
    except OSError:
        return []
    return sorted(file.relative_to(root).as_posix() for file in files if file.is_file())


def unsafe_texts(
    value: object, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Texts inside tables and lists with control characters, each with its path; keys count as well."""
    waiting = [(path, value)]
    while waiting:
        at, each = waiting.pop()
        if isinstance(each, str) and UNSAFE.search(each):
            yield at, each
        elif isinstance(each, Mapping):
            yield from (((*at, k), k) for k in each if isinstance(k, str) and UNSAFE.search(k))
            waiting += [((*at, key), inner) for key, inner in each.items()]
        elif isinstance(each, list | tuple):
            waiting += [((*at, place), inner) for place, inner in enumerate(each)]


def other_encoding(content: bytes) -> str:
    """What bytes that are not UTF-8 look like."""
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return "bytes that are not UTF-8"
    return "GBK or GB18030 text, it seems"


def outside(root: Path, path: str) -> str:
    """Why a path is no regular file inside a folder; empty where it is one."""
    try:
        return _outside(root, path)
    except (OSError, RuntimeError, ValueError):
        # A name that is too long or holds a zero byte, or links in a circle.
        name = path if len(path) <= LONGEST_NAME else path[:LONGEST_NAME] + "…"
        return f"{name!r}, which is no file's name"


def _outside(root: Path, path: str) -> str:
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
