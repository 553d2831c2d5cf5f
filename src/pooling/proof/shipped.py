"""Where the example country lies: a copy inside an installed package, the original in a clone."""

from collections.abc import Sequence
from pathlib import Path

import pooling
from pooling.errors import InstallationError

RUN = Path("runs") / "example.toml"


def places() -> list[Path]:
    """Folders that may hold the example set and its run: that of an installed package, then that of a clone."""
    package = Path(pooling.__path__[0])
    return [package / "shipped", package.parents[1] / "assumptions"]


def example_run(folders: Sequence[Path]) -> Path:
    """The run of the example country.

    Args:
        folders: where it may lie; the first that has it counts.

    Raises:
        InstallationError: it lies in none of them.
    """
    for folder in folders:
        if (folder / RUN).is_file():
            return folder / RUN
    looked = ", ".join(str(folder / RUN) for folder in folders)
    raise InstallationError(
        f"the example country is not there, so nothing can be proved (looked for {looked}); "
        "install the package again from a complete clone"
    )
