"""One file, written as every run writes, for all readers."""

from pathlib import Path

import numpy as np
import pytest

from pooling import netcdf
from small_output import small_dataset


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small run in a file; its first levy rate is missing."""
    path = tmp_path_factory.mktemp("interop") / "out.nc"
    dataset = small_dataset()
    dataset["levy_rate"][0] = np.nan
    netcdf.save(dataset, path)
    return path


@pytest.fixture(scope="session")
def expected() -> float:
    """Contributions at the second scheme, third fund, fourth realization, second year."""
    cell = {"scheme": 1, "path_fund": 2, "realization": 3, "year": 1}
    return small_dataset()["contributions"].isel(cell).item()
