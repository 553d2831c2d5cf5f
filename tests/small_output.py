"""A small invented run: two provinces, three municipalities, three arrangements, four years."""

from datetime import UTC, datetime

import numpy as np
import xarray as xr

from pooling.dataset import Funds, Items, Labels, Regions, RunRecord, to_dataset
from pooling.statistics import summarize
from pooling.vocabulary import default_variables, shape_of

PROVINCES = Regions(
    code=np.array([110000, 440000]),
    name=["Beijing", "Guangdong"],
    name_zh=["北京市", "广东省"],
    province=np.array([110000, 440000]),
)
MUNICIPALITIES = Regions(
    code=np.array([110000, 440100, 440300]),
    name=["Beijing", "Guangzhou", "Shenzhen"],
    name_zh=["北京市", "广州市", "深圳市"],
    province=np.array([110000, 440000, 440000]),
    longitude=np.array([116.4, 113.3, 114.1]),
    latitude=np.array([39.9, 23.1, 22.5]),
)
SCHEMES = Items(
    code=np.array([1, 2]),
    key=["enterprise_pension", "government_pension"],
    title=["Enterprise employees", "Government and public institutions"],
    title_zh=["企业职工基本养老保险", "机关事业单位养老保险"],
)
ARRANGEMENTS = Items(
    code=np.array([1, 2, 3]),
    key=["municipal", "provincial", "national"],
    title=["Municipal pools", "Provincial pools", "One national pool"],
    title_zh=["市级统筹", "省级统筹", "全国统筹"],
)
FUNDS = Funds(
    arrangement=np.array([1, 1, 1, 2, 2, 3]),
    pool=np.array([110000, 440100, 440300, 110000, 440000, 0]),
    province=np.array([110000, 440000, 440000, 110000, 440000, 0]),
    level=["municipality"] * 3 + ["province"] * 2 + ["nation"],
    name=["Beijing", "Guangzhou", "Shenzhen", "Beijing", "Guangdong", "China"],
    name_zh=["北京市", "广州市", "深圳市", "北京市", "广东省", "全国"],
    by_path=np.array([3, 4, 5]),
)


def small_labels(paths: int = 5) -> Labels:
    """Labels of the small run with ``paths`` stochastic paths."""
    return Labels(
        schemes=SCHEMES,
        arrangements=ARRANGEMENTS,
        funds=FUNDS,
        municipalities=MUNICIPALITIES,
        provinces=PROVINCES,
        years=np.arange(2025, 2029),
        realizations=paths + 1,
    )


def small_record() -> RunRecord:
    """Record of the small run; the title and the configuration hold Chinese text on purpose."""
    return RunRecord(
        title="Small run 小例",
        config_text='title = "小例"\n[projection]\npaths = 5\n',
        assumptions="example",
        valuation_date="2024-12-31",
        basis="illustrative",
        currency="CNY",
        author="nobody",
        seed=2**40,
        versions={"pooling": "0.1", "jax": "0.10"},
        precision="double",
        backend="cpu",
        device="cpu",
        path_width=1,
        threads=2,
        wall_seconds=1.5,
        created=datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
        digests={"census.csv": "00" * 32},
        grades={"population/census": "A"},
        attributions=("Contains data of the United Nations, CC BY 3.0 IGO.",),
    )


def small_results(paths: int = 5, all_paths: bool = False) -> dict[str, np.ndarray]:
    """Random numbers for every variable that the default file holds."""
    sizes = small_labels(paths).sizes()
    generator = np.random.default_rng(1)
    results = {}
    for variable in default_variables(all_paths):
        shape = shape_of(variable, sizes)
        numbers = generator.normal(size=shape) * 1e9
        if variable.form == "statistic":
            axis = variable.dims.index("statistic")
            full = list(shape)
            full[axis] = paths + 1
            numbers = summarize(generator.normal(size=full) * 1e9, axis)
        elif variable.quantity.kind == "flag":
            numbers = generator.integers(0, len(variable.quantity.flags), size=shape)
        results[variable.name] = numbers
    return results


def small_dataset(paths: int = 5, all_paths: bool = False) -> xr.Dataset:
    """The small run as a Dataset."""
    return to_dataset(small_results(paths, all_paths), small_labels(paths), small_record())
