"""Labels of every axis of a run, from its configuration."""

import numpy as np

from pooling.assumptions import Arrangement, Config
from pooling.assumptions.layouts import LEVELS, Layout, layouts_of
from pooling.dataset import Funds, Items, Labels, Regions

BY_PATH = ("province", "nation", "group")
"""Levels of the pools whose every path is stored."""

ADJUSTMENT_FUND = "adjustment_fund"
"""Level of a fund that holds remittances of pools and has no members."""


def labels_of(config: Config) -> Labels:
    """Schemes, arrangements, funds, regions, years and realizations of a run."""
    cities, provinces = config.assumptions.municipalities, config.assumptions.provinces
    return Labels(
        schemes=Items(
            np.array([fund.code for fund in config.funds], np.int32),
            [fund.key for fund in config.funds],
            [fund.title for fund in config.funds],
            [fund.title_zh for fund in config.funds],
        ),
        arrangements=Items(
            np.arange(1, len(config.arrangements) + 1, dtype=np.int32),
            [each.key for each in config.arrangements],
            [each.title for each in config.arrangements],
            [each.title_zh for each in config.arrangements],
        ),
        funds=_funds(config),
        municipalities=Regions(
            cities.code,
            cities.name,
            cities.name_zh,
            provinces.code[cities.province_index],
            cities.longitude,
            cities.latitude,
        ),
        provinces=Regions(provinces.code, provinces.name, provinces.name_zh, provinces.code),
        years=np.asarray(config.projection.years, np.int32),
        realizations=config.projection.paths + 1,
    )


def _funds(config: Config) -> Funds:
    """The pools of all arrangements end to end; those of provinces and of the nation are stored by path."""
    rows = [
        (number, *row)
        for number, each in enumerate(config.arrangements, start=1)
        for row in _pools(config, each)
    ]
    arrangement, pool, province, level, name, name_zh = zip(*rows, strict=True)
    by_path = [k for k, each in enumerate(level) if each in BY_PATH]
    everything = list(range(len(level)))
    return Funds(
        arrangement=np.array(arrangement, np.int32),
        pool=np.array(pool, np.int32),
        province=np.array(province, np.int32),
        level=level,
        name=name,
        name_zh=name_zh,
        by_path=np.array(everything if config.output.all_paths else by_path, np.int64),
    )


def _pools(config: Config, declared: Arrangement) -> list[tuple[int, int, str, str, str]]:
    """Code, province (0 = several), level and names of an arrangement's pools, partition by partition."""
    return [
        row
        for layout in layouts_of(config.assumptions, declared)
        for row in (*_of_layout(config, declared, layout), *_reserves(config, layout))
    ]


def _of_layout(
    config: Config, declared: Arrangement, layout: Layout
) -> list[tuple[int, int, str, str, str]]:
    cities, provinces = config.assumptions.municipalities, config.assumptions.provinces
    names = _names(config, declared, layout.partition)
    level = layout.partition if layout.partition in LEVELS else "group"
    rows = []
    for pool, code in enumerate(layout.codes.tolist()):
        inside = np.unique(cities.province_index[layout.pool == pool])
        province = int(provinces.code[inside[0]]) if len(inside) == 1 else 0
        rows.append((code, 0 if level == "nation" else province, level, *names[code]))
    return rows


def _reserves(config: Config, layout: Layout) -> list[tuple[int, int, str, str, str]]:
    """Adjustment funds of the provinces."""
    provinces = config.assumptions.provinces
    names = dict(
        zip(
            provinces.code.tolist(),
            zip(provinces.name, provinces.name_zh, strict=True),
            strict=True,
        )
    )
    return [(code, code, ADJUSTMENT_FUND, *names[code]) for code in layout.reserves.tolist()]


def _names(config: Config, declared: Arrangement, partition: str) -> dict[int, tuple[str, str]]:
    """Names of a partition's pools by code."""
    regions = {
        "municipality": config.assumptions.municipalities,
        "province": config.assumptions.provinces,
    }
    if partition == "nation":
        return {0: ("nation", "全国")}
    if partition in regions:
        places = regions[partition]
        return {
            int(code): (name, name_zh)
            for code, name, name_zh in zip(places.code, places.name, places.name_zh, strict=True)
        }
    return {int(code): names for code, names in declared.groupings[partition].names.items()}
