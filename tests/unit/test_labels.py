"""Labels of a run's axes, from its configuration."""

import numpy as np
import pytest

from example_country import Config, example
from pooling.labels import labels_of


@pytest.fixture(scope="module")
def config() -> Config:
    """The example with five arrangements."""
    return example()[0]


def test_regions_are_ascending_and_know_their_province(config: Config):
    labels = labels_of(config)
    assert (np.diff(labels.municipalities.code) > 0).all()
    assert labels.municipalities.province.tolist() == [
        code // 100000 * 100000 for code in labels.municipalities.code.tolist()
    ]
    assert labels.municipalities.name[0] == "First City"
    assert labels.provinces.name_zh == ("甲州", "乙州", "丙州")


def test_pools_are_laid_end_to_end(config: Config):
    funds = labels_of(config).funds
    assert funds.arrangement.tolist() == [1] * 9 + [2] * 3 + [3] + [4] * 3 + [5] * 2
    provinces, cities = [100000, 200000, 300000], labels_of(config).municipalities.code.tolist()
    assert funds.pool.tolist() == [*cities, *provinces, 0, *provinces, 1, 2]
    assert list(funds.level) == (
        ["municipality"] * 9 + ["province"] * 3 + ["nation"] + ["province"] * 3 + ["group"] * 2
    )
    # West is Firstland, East spans two provinces.
    assert funds.province.tolist()[-2:] == [100000, 0]
    assert list(funds.name)[-3:] == ["Thirdland", "West", "East"]
    assert list(funds.name_zh)[12] == "全国"


def test_paths_of_municipal_funds_are_stored_on_request_only(config: Config):
    assert labels_of(config).funds.by_path.tolist() == list(range(9, 18))
    everything = example(("output.all_paths", True))[0]
    assert labels_of(everything).funds.by_path.tolist() == list(range(18))


def test_years_and_realizations(config: Config):
    labels = labels_of(config)
    assert labels.years.tolist() == list(range(2025, 2035))
    assert labels.realizations == 21
    assert labels.arrangements.key[-1] == "regional" and labels.arrangements.code.tolist() == [
        1,
        2,
        3,
        4,
        5,
    ]
    assert labels.schemes.key == ["employee_pension_fund"]


def test_accounts_of_municipalities_follow_their_pool():
    config = example(("arrangements", ("local_reserves",)))[0]
    funds = labels_of(config).funds
    assert list(funds.level) == ["nation"] + ["local_reserve"] * 9
    cities = config.assumptions.municipalities
    assert funds.pool.tolist() == [0, *cities.code.tolist()]
    assert list(funds.name[1:]) == list(cities.name)
    assert (funds.province[1:] // 100000 == cities.code // 100000).all()
    assert funds.by_path.tolist() == [0]


def test_dated_pools_and_adjustment_funds_follow_each_other():
    config = example(("arrangements", ("provincial_adjustment", "stepwise")))[0]
    funds = labels_of(config).funds
    assert list(funds.level) == (
        ["municipality"] * 9
        + ["adjustment_fund"] * 3
        + ["municipality"] * 9
        + ["province"] * 3
        + ["nation"]
    )
    assert funds.arrangement.tolist() == [1] * 12 + [2] * 13
    assert funds.pool.tolist()[9:12] == [100000, 200000, 300000]
    assert funds.by_path.tolist() == [21, 22, 23, 24]
