"""A table of figures with the words that make it readable alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Cell = str | int | float | None


@dataclass(frozen=True)
class Section:
    """One table: its rows are mappings from column to cell, all with the same columns."""

    title: str
    note: str
    """Definitions: what was timed, in which unit, what a ratio is a ratio of."""
    rows: Sequence[Mapping[str, Cell]]

    def markdown(self) -> str:
        """Title, note and table."""
        columns = list(self.rows[0]) if self.rows else []
        lines = [_row(columns), _row(["---"] * len(columns))]
        lines += [_row([_text(row[name]) for name in columns]) for row in self.rows]
        return "\n".join([f"## {self.title}", "", self.note, "", *lines, ""])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _text(cell: Cell) -> str:
    """Three significant digits, whole numbers from 1,000 on, without exponents."""
    if cell is None:
        return ""
    if not isinstance(cell, float):
        return str(cell)
    size = abs(cell)
    decimals = next((n for n, bound in enumerate((100, 10, 1, 0.1)) if size >= bound), 4)
    return f"{cell:,.{decimals}f}"
