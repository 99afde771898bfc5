"""Scaling, fitted on the training samples only."""

from torch import Tensor


def standard_scale(values: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation over axis 0; a column that never changes keeps 1."""
    deviation = values.std(0, correction=0)
    return values.mean(0), deviation.where(deviation > 0, 1.0)


def minmax_scale(values: Tensor) -> tuple[Tensor, Tensor]:
    """Smallest value and range over axis 0; a column that never changes keeps 1."""
    low, high = values.amin(0), values.amax(0)
    return low, (high - low).where(high > low, 1.0)


def middle_values(values: Tensor) -> Tensor:
    """The middle value of each column, gaps passed over; 0 where there are gaps only."""
    return values.nanmedian(0).values.nan_to_num()
