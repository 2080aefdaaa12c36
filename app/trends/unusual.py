"""Is today out of the usual range of a topic (E2, NH 高频问题分析和预警)? Medians and Poisson's law over past days. Pure."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

FEWEST = 5
SHORTEST_HISTORY = 7
# One false alarm in a thousand days of a topic that comes at random.
SURPRISE = 0.001
SPREADS = 3
# From this mean on, Poisson's law is as good as the normal one, whose quantile of one in a thousand this is.
LARGE, LARGE_QUANTILE = 200, 3.1
MAD_TO_DEVIATION = 1.4826


@dataclass(frozen=True)
class Usual:
    """What is usual: the median per day, and `limit`, the smallest count of a day that is out of range."""

    median: float
    limit: int


def usual(history: Sequence[int]) -> Usual | None:
    """The usual range after these daily counts (comparable days, today not among them); None for under a week.

    1. A day is unusual beyond three spreads over the median: the median absolute deviation, or where that is
       smaller the spread of a random arrival. One earlier outbreak therefore does not hide the next.
    2. It must also be rarer than one in a thousand for random arrivals at the mean of the ordinary days.
    3. Fewer than five a day never are.
    """
    if len(history) < SHORTEST_HISTORY:
        return None
    median = statistics.median(history)
    deviation = statistics.median(abs(count - median) for count in history)
    spread = max(MAD_TO_DEVIATION * deviation, math.sqrt(median), 1.0)
    ceiling = median + SPREADS * spread
    mean = statistics.fmean(min(count, ceiling) for count in history)
    return Usual(median, max(FEWEST, math.floor(ceiling) + 1, _rare_from(mean)))


def _rare_from(mean: float) -> int:
    """The smallest count that random arrivals at this mean reach on fewer than one day in a thousand."""
    if mean > LARGE:
        return math.ceil(mean + LARGE_QUANTILE * math.sqrt(mean))
    probability = math.exp(-mean)
    below, count = 0.0, 0
    while 1 - below > SURPRISE:
        below += probability
        count += 1
        probability *= mean / count
    return count
