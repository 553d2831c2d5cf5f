"""The opened example and its central and first stochastic path, shared by all laws."""

import pytest

from example_country import Config, Opening, Projected, example, project_country


@pytest.fixture(scope="session")
def config() -> Config:
    """The example over ten years."""
    return example()[0]


@pytest.fixture(scope="session")
def opening() -> Opening:
    """The example, opened."""
    return example()[1]


@pytest.fixture(scope="session")
def central(opening: Opening) -> Projected:
    """Realization 0."""
    return project_country(opening, 0)


@pytest.fixture(scope="session")
def stochastic(opening: Opening) -> Projected:
    """Realization 1."""
    return project_country(opening, 1)
