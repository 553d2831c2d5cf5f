"""Valid inputs spoiled at random: never a traceback, never a silent change.

Every case is made from its number, so that a failure can be repeated: ``spoil(files, Random(number))``.
"""

import csv
import dataclasses
import io
import math
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from random import Random

import numpy as np
import pytest
from pydantic import BaseModel

from pooling.assumptions import Config, load_config
from pooling.cli import main
from pooling.errors import OpeningError, PoolingError
from small_set import SetCopy

CASES = 300
"""Of the test in CI, the same on every machine (about a minute); the slow one takes ten minutes."""

CHANGES = {
    "overlays": ["overlays/volatile.toml"],
    "arrangements": [
        "municipal", "provincial", "national", "current", "regional", "provincial_adjustment",
        "central_adjustment", "stepwise", "payable", "less_effort",
    ],
}  # fmt: skip
"""Everything that the set declares is used, so that a change of any part of it must be seen."""

TEXTS = (
    "", " ", "nan", "NaN", "N/A", "inf", "-inf", "-", "1e400", "1_000", "1,000", "0x10", "(5)", "12%", "１２", "−1",
    "null", "true", "合计", "=1+1", "2024-12-31", "0", "-1", "1", "1e-320", "99999999999999999999", "'", '"', "\x00", "\x1b",
    "[1]", "{a=1}", "100000", "male", "../x", "\ufeff", "\u202e", "9" * 400,
)  # fmt: skip

Text = list[str]


# ---- ways to spoil


def lines(change: Callable[[Text, Random], object]) -> Callable[[bytes, Random], bytes]:
    """A change of lines as one of bytes."""

    def spoil(content: bytes, random: Random) -> bytes:
        found = content.decode().splitlines(keepends=True)
        change(found, random)
        return "".join(found).encode("utf-8", "surrogatepass")

    return spoil


def _place(found: Text, random: Random) -> int:
    return random.randrange(len(found))


def delete_line(found: Text, random: Random) -> None:
    del found[_place(found, random)]


def repeat_line(found: Text, random: Random) -> None:
    found.insert(_place(found, random), found[_place(found, random)])


def swap_lines(found: Text, random: Random) -> None:
    a, b = _place(found, random), _place(found, random)
    found[a], found[b] = found[b], found[a]


def change_number(found: Text, random: Random) -> None:
    """Another number or text for one that stands after a sign or between commas."""
    places = [k for k, line in enumerate(found) if any(c.isdigit() for c in line)]
    if not places:
        return
    place = random.choice(places)
    parts = found[place].rstrip("\n").replace("=", ",").split(",")
    part = random.choice([p for p in parts if any(c.isdigit() for c in p)])
    found[place] = found[place].replace(part, _other(part, random), 1)


def _other(part: str, random: Random) -> str:
    if random.random() < 0.5:
        return random.choice(TEXTS)
    try:
        value = float(part)
    except ValueError:
        return part + random.choice(TEXTS)
    factor = random.choice([-1, 0, 0.01, 0.1, 1.1, 2, 10, 12, 100, 1e4, 1e8, 1e300])
    changed = value * factor
    return f"{int(changed)}" if changed.is_integer() and abs(changed) < 1e15 else f"{changed!r}"


def change_key(found: Text, random: Random) -> None:
    place = _place(found, random)
    line = found[place]
    if line.strip():
        at = random.randrange(len(line.rstrip("\n")) or 1)
        found[place] = line[:at] + random.choice("aexz_09.") + line[at + random.randrange(2) :]


def change_column(found: Text, random: Random) -> None:
    """A column away, twice, or under another's name."""
    rows = [line.rstrip("\n").split(",") for line in found]
    column = random.randrange(len(rows[0]))
    kind = random.randrange(3)
    for row in rows:
        if column < len(row):
            row[column : column + 1] = [[], [row[column]] * 2, [row[column]]][kind]
    if kind == 2:
        other = random.randrange(len(rows[0]))
        rows[0][column], rows[0][other] = rows[0][other], rows[0][column]
    found[:] = [",".join(row) + "\n" for row in rows]


def change_byte(content: bytes, random: Random) -> bytes:
    at = random.randrange(len(content) + 1)
    new = random.choice([b"", bytes([random.randrange(256)]), random.choice(TEXTS).encode()])
    return content[:at] + new + content[at + random.randrange(2) :]


def truncate(content: bytes, random: Random) -> bytes:
    return content[: random.randrange(len(content) + 1)]


def recode(content: bytes, random: Random) -> bytes:
    encoding = random.choice(["gb18030", "utf-16", "utf-16-le", "utf-8-sig", "utf-32"])
    return content.decode().encode(encoding)


ANY = (
    lines(delete_line),
    lines(repeat_line),
    lines(swap_lines),
    change_byte,
    change_byte,
    truncate,
    recode,
)
WAYS: Mapping[str, tuple[Callable[[bytes, Random], bytes], ...]] = {
    ".toml": (*ANY, *[lines(change_number)] * 6, *[lines(change_key)] * 2),
    ".csv": (*ANY, *[lines(change_number)] * 6, lines(change_column)),
}


def spoil(files: Mapping[str, bytes], random: Random) -> dict[str, bytes]:
    """One to three changes; file → its new content."""
    spoiled: dict[str, bytes] = {}
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        file = random.choice(sorted(files))
        content = spoiled.get(file, files[file])
        try:
            spoiled[file] = random.choice(WAYS[Path(file).suffix])(content, random)
        except (UnicodeDecodeError, IndexError):
            # Spoiled so far already that there is no line or text left in it.
            spoiled[file] = content[:-1]
    return spoiled


# ---- what must hold


def content_of(value: object) -> object:
    """A loaded configuration as plain values that can be compared."""
    if isinstance(value, BaseModel):
        extra = value.__pydantic_extra__ or {}
        return content_of({name: getattr(value, name) for name in type(value).model_fields} | extra)
    if dataclasses.is_dataclass(value):
        return content_of({f.name: getattr(value, f.name) for f in dataclasses.fields(value)})
    if isinstance(value, Mapping):
        left_out = {"text", "digests", "path", "overrides"}
        return [(k, content_of(v)) for k, v in value.items() if k not in left_out]
    if isinstance(value, np.ndarray):
        return (str(value.dtype), value.shape, value.tobytes())
    if isinstance(value, list | tuple):
        return [content_of(each) for each in value]
    return repr(value)


def means_the_same(file: str, before: bytes, after: bytes) -> bool:
    """Whether two contents of a file say the same: comments, blanks, the order of rows and columns do not count."""
    if Path(file).suffix == ".toml":
        old, new = (tomllib.loads(each.decode("utf-8-sig")) for each in (before, after))
        if file.endswith("tables.toml"):
            # Who declared a table, and why, is for the reader of the file.
            for entries in (old, new):
                for entry in entries.values():
                    _without(entry, "who", "why")
        if "/overlays/" in file:
            _without(old, "who", "why", "grade")
            _without(new, "who", "why", "grade")
        if "/schemes/" in file:
            # A value without a grade has that of its source; all sources of this set are of grade D.
            for law in (old, new):
                for value in (v for rule in law.get("rules", {}).values() for v in rule["values"]):
                    value.setdefault("grade", "D")
        if file == "runs/example.toml":
            # What the command line replaces has no effect, whatever the file says.
            _without(old, *CHANGES)
            _without(new, *CHANGES)
        return repr(old) == repr(new) or _sorted(old) == _sorted(new)
    return _rows(before) == _rows(after)


def _without(entry: dict[str, object], *keys: str) -> None:
    for key in keys:
        entry.pop(key, None)


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return sorted((key, repr(_sorted(inner))) for key, inner in value.items())
    return [_sorted(each) for each in value] if isinstance(value, list) else _number(repr(value))


def _rows(content: bytes) -> object:
    reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return sorted(sorted((str(k), _number(str(v))) for k, v in row.items()) for row in reader)


def _number(text: str) -> str:
    try:
        return repr(float(text) + 0.0)
    except ValueError:
        return text


class Fuzz:
    """A copy of the example set that is spoiled and mended again and again."""

    def __init__(self, copy: SetCopy, capsys: pytest.CaptureFixture[str]) -> None:
        """Keep the contents, and what the untouched set says."""
        self.copy, self.capsys = copy, capsys
        folder = copy.folder
        self.files = {
            file.relative_to(folder).as_posix(): file.read_bytes()
            for file in sorted(folder.rglob("*"))
            if file.suffix in WAYS and (file.parent.name != "overlays" or file.stem == "volatile")
        }
        self.untouched = content_of(self.load())
        self.accepted = self.refused = 0

    def load(self) -> Config:
        """The run with everything in use."""
        return load_config(self.copy.run, CHANGES)

    def check(self) -> tuple[int, str]:
        """Exit status and messages of ``pooling check``."""
        changes = [f"--set={path}={value!r}" for path, value in CHANGES.items()]
        status = 0
        try:
            main(["check", "runs/example.toml", *changes])
        except SystemExit as end:
            status = int(end.code or 0)
        return status, self.capsys.readouterr().err

    def case(self, number: int, beyond: Callable[[Config], None] | None = None) -> None:
        """Spoil, check, mend."""
        spoiled = spoil(self.files, Random(number))  # noqa: S311
        try:
            for file, content in spoiled.items():
                (self.copy.folder / file).write_bytes(content)
            self._holds(number, spoiled, beyond)
        finally:
            for file in spoiled:
                (self.copy.folder / file).write_bytes(self.files[file])

    def _holds(
        self, number: int, spoiled: Mapping[str, bytes], beyond: Callable[[Config], None] | None
    ) -> None:
        status, said = self.check()
        what = f"case {number}, {sorted(spoiled)}: {said}"
        assert status in (0, 2), what
        assert "Traceback" not in said and "fault of the program" not in said, what
        if status == 2:
            self.refused += 1
            first, *problems = said.splitlines()
            assert first.endswith("in the inputs") and problems, what
            places = ("runs/example.toml", "example/", "  … and ")
            assert all(
                line.strip().startswith(places) or line.startswith(places) for line in problems
            ), what
            assert all(line.isprintable() for line in problems), what
            return
        self.accepted += 1
        loaded = self.load()
        if content_of(loaded) == self.untouched:
            for file, content in spoiled.items():
                assert means_the_same(file, self.files[file], content), f"ignored: {what}"
        if beyond is not None:
            beyond(loaded)


def run(
    cases: Iterable[int],
    fuzz: Fuzz,
    seconds: float = math.inf,
    beyond: Callable[[Config], None] | None = None,
) -> None:
    """Cases, for some time at most."""
    end = time.monotonic() + seconds
    for number in cases:
        fuzz.case(number, beyond)
        if time.monotonic() > end:
            break
    # A mutator whose every change is refused, or none, tests nothing.
    assert fuzz.refused > fuzz.accepted > 0


@pytest.fixture
def fuzz(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Fuzz:
    """The set below the working directory: files go by their paths from there."""
    monkeypatch.chdir(tmp_path)
    return Fuzz(SetCopy(tmp_path), capsys)


def test_spoiled_at_random(fuzz: Fuzz) -> None:
    run(range(CASES), fuzz)


@pytest.mark.slow
def test_spoiled_at_random_for_long(fuzz: Fuzz) -> None:
    """Other cases; what is accepted is opened as well: refused with a reason, or every figure is finite."""
    import jax

    from pooling import compute
    from pooling.opening.build import open_model

    def opens(config: Config) -> None:
        compute.prepare(config)
        try:
            opened = open_model(config)
        except PoolingError as error:
            assert isinstance(error, OpeningError) and str(error).strip(), repr(error)
            return
        leaves = [leaf for leaf in jax.tree.leaves(opened.state) if hasattr(leaf, "dtype")]
        assert all(
            math.isfinite(float(abs(leaf).sum())) for leaf in leaves if leaf.dtype.kind == "f"
        )

    run(range(10_000, 100_000), fuzz, 600, opens)
