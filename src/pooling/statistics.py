"""Statistics over the stochastic realizations 1…; realization 0, the central path, is left out.

Without stochastic paths every statistic is missing; with one path the spread and the standard error
are.
"""

from math import prod

import numpy as np

from pooling.axes import STATISTICS
from pooling.spool import BLOCK_BYTES, Spool

QUANTILES = tuple(int(name[1:]) / 100 for name in STATISTICS if name.startswith("q"))


def summarize(array: np.ndarray, axis: int, order_statistics: bool = False) -> np.ndarray:
    """Reduce an array that holds all realizations.

    Args:
        array: Numbers, the realizations (central first) on ``axis``. NaN is missing.
        axis: Axis of the realizations; it becomes the axis of the statistics.
        order_statistics: For dates of events that may never happen. Missing then means *never* and
            sorts last; a quantile is a date that occurred, or missing if it falls among the nevers.

    Returns:
        float64, ``axis`` of length 8: mean, sd, se, q05, q25, q50, q75, q95.
    """
    rows = np.moveaxis(np.asarray(array, np.float64), axis, 0)[1:]
    flat = rows.reshape(len(rows), prod(rows.shape[1:]))
    summary = _summarize_block(flat, order_statistics)
    return np.moveaxis(summary.reshape(len(STATISTICS), *rows.shape[1:]), 0, axis)


def summarize_spool(
    spool: Spool,
    name: str,
    axis: int = -2,
    order_statistics: bool = False,
    max_bytes: int = BLOCK_BYTES,
) -> np.ndarray:
    """Reduce a spooled variable block by block, in bounded memory.

    Args:
        spool: The run's spool.
        name: Variable.
        axis: Position of the statistics in the result; -2 puts them before the year.
        order_statistics: As in ``summarize``.
        max_bytes: Bound on the block that is read at once.

    Returns:
        float64, the cells with an axis of length 8 at ``axis``.
    """
    shape = spool.cell_shape(name)
    summary = np.empty((len(STATISTICS), prod(shape)))
    for cells, block in spool.blocks(name, max_bytes):
        summary[:, cells] = _summarize_block(block, order_statistics)
    return np.moveaxis(summary.reshape(len(STATISTICS), *shape), 0, axis)


def _summarize_block(block: np.ndarray, order_statistics: bool) -> np.ndarray:
    """Statistics of ``[realization, cell]``, in double precision whatever the block's."""
    count, cells = block.shape
    summary = np.full((len(STATISTICS), cells), np.nan)
    if count == 0:
        return summary
    summary[0] = block.mean(axis=0, dtype=np.float64)
    if count > 1:
        summary[1] = block.std(axis=0, ddof=1, dtype=np.float64)
        summary[2] = summary[1] / np.sqrt(count)
    # A cell's paths side by side sort three times as fast. NaN sorts last, which is right for "never".
    ordered = np.sort(np.ascontiguousarray(block.T), axis=1).T
    first = len(STATISTICS) - len(QUANTILES)
    for row, probability in enumerate(QUANTILES, start=first):
        summary[row] = _quantile(ordered, probability, order_statistics)
    if not order_statistics:
        # A gap is not an order: one missing path makes the quantiles missing, as it does the mean.
        summary[first:, np.isnan(ordered[-1])] = np.nan
    return summary


def _quantile(ordered: np.ndarray, probability: float, order_statistics: bool) -> np.ndarray:
    """Quantile of sorted rows: linear (Hyndman-Fan 7), or the inverse of the distribution."""
    count = len(ordered)
    if order_statistics:
        # The tolerance keeps 0.95 x 20 = 19.000000000000004 from counting as twenty.
        return ordered[max(0, int(np.ceil(probability * count - 1e-9)) - 1)]
    position = probability * (count - 1)
    lower = int(position)
    upper = min(lower + 1, count - 1)
    weight = position - lower
    low, high = (ordered[row].astype(np.float64) for row in (lower, upper))
    return low * (1 - weight) + high * weight
