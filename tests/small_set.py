"""Copies of the fictional example set, to be changed and loaded by tests."""

import shutil
from pathlib import Path

import pytest

from pooling.assumptions import Config, load_config
from pooling.errors import InputErrors

ASSUMPTIONS = Path(__file__).parents[1] / "assumptions"
EXAMPLE = ASSUMPTIONS / "runs" / "example.toml"


KEPT = ("employee_pension.toml", "employee_pension_fund.toml", "enrolment.toml", "tables.toml")
"""Files of schemes in a copy."""


class SetCopy:
    """The example set with its pension fund of employees alone, and its run, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        """Copy both below ``folder``."""
        self.folder = folder
        self.run = folder / "runs" / "example.toml"
        shutil.copytree(ASSUMPTIONS / "example", folder / "example")
        self.run.parent.mkdir()
        shutil.copy(EXAMPLE, self.run)
        for file in (folder / "example" / "schemes").glob("*.toml"):
            if file.name not in KEPT:
                file.unlink()
        self.replace("runs/example.toml", 'funds = ["employee_pension_fund"]\n', "")

    def path(self, file: str) -> Path:
        """A file of the set, or of ``runs``."""
        return self.folder / file if file.startswith("runs/") else self.folder / "example" / file

    def replace(self, file: str, old: str, new: str) -> None:
        """Replace the first occurrence of a text; the text must be there."""
        text = self.path(file).read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r}"
        self.path(file).write_text(text.replace(old, new, 1), encoding="utf-8")

    def load(self, **overrides: object) -> Config:
        """Load the run; ``__`` in a name stands for a dot of the path."""
        return load_config(self.run, {k.replace("__", "."): v for k, v in overrides.items()})


def messages(copy: SetCopy, **overrides: object) -> list[str]:
    """Problems of a spoiled copy."""
    with pytest.raises(InputErrors) as caught:
        copy.load(**overrides)
    return [str(problem) for problem in caught.value.problems]
