"""What the tests of bad input share."""

from pathlib import Path

import pytest

from small_set import SetCopy


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SetCopy:
    """A copy of the example set to spoil, below the working directory: files go by their paths from there."""
    monkeypatch.chdir(tmp_path)
    return SetCopy(tmp_path)
