"""The project's exceptions. Anything else that is raised is a fault of the program, not of its input."""

from collections.abc import Iterable
from dataclasses import dataclass

SHOWN = 20
"""Problems that the text of an error lists; the rest is counted."""

LONGEST = 300
"""Characters of each part of a message: a cell or a key of a hostile file may be as long as the file."""


def printable(text: str, longest: int | None = None) -> str:
    """A text that a terminal shows as it is: control characters, marks of direction and broken bytes as escapes.

    Args:
        text: any text.
        longest: characters after which it is cut; None for no limit.
    """
    if longest is not None and len(text) > longest:
        text = text[: longest - 1] + "…"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class PoolingError(Exception):
    """Base of everything that the package raises on purpose."""

    exit_code = 1


class OpeningError(PoolingError):
    """Published figures that cannot be reconciled into opening stocks."""

    exit_code = 2


class OutputError(PoolingError):
    """An output could not be written: disk full, I/O error, too little memory."""


class OutputPathError(OutputError):
    """The output asked for is not possible: it exists, its folder is absent, another run is writing it."""

    exit_code = 2


class NumberError(OutputError):
    """A number that is not finite where it must be: computing it again would give it again."""


class InstallationError(PoolingError):
    """A part of the package is not where it must be."""


class PoolingWarning(UserWarning):
    """Something that the user should know and that stops nothing."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in an input.

    Attributes:
        file: the file as the user knows it, with forward slashes.
        place: ``line 12, key split.expenditure`` in TOML, ``row 17, column persons`` in CSV (the header is row 1).
        found: what stands there; empty where ``allowed`` says both.
        allowed: what may stand there.
        nearest: the allowed name nearest to the one found, or empty.
        hint: what it looks like, or what to do; may be empty.
        line: line or row for sorting; 0 for the whole file.
    """

    file: str
    place: str
    found: str
    allowed: str
    nearest: str = ""
    hint: str = ""
    line: int = 0

    def __str__(self) -> str:
        """File, place, found, allowed and help in one line."""
        where = f"{self.file}, {self.place}" if self.place else self.file
        nearest = f"; did you mean {self.nearest!r}?" if self.nearest else ""
        hint = f"; {self.hint}" if self.hint else ""
        where, found = printable(where, LONGEST), printable(self.found, LONGEST)
        allowed = printable(f"{self.allowed}{nearest}{hint}", 4 * LONGEST)
        return f"{where}: found {found}; allowed: {allowed}" if found else f"{where}: {allowed}"


class InputErrors(PoolingError):
    """Every problem of a run's inputs, by file and line."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Sort the problems; the text shows the first of them and counts the rest."""
        self.problems = tuple(
            sorted(set(problems), key=lambda p: (p.file, p.line, p.place, p.found, p.allowed))
        )
        super().__init__(self._text())

    def _text(self) -> str:
        count = len(self.problems)
        lines = [f"{count} problem{'s' if count != 1 else ''} in the inputs"]
        lines += [f"  {problem}" for problem in self.problems[:SHOWN]]
        if count > SHOWN:
            lines.append(f"  … and {count - SHOWN} more")
        return "\n".join(lines)
