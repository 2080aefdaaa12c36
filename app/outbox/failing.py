"""Steps and jobs that fail, told once: when it begins, and when it is over. What lasts is told again by the hour.

The platform being away is not told again: an alarm stands for it already.
"""

from datetime import datetime, timedelta

from app import log
from app.outbox.ports import DeliveryError

AGAIN = timedelta(hours=1)


class Failing:
    """What fails at the moment, in one process."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[str, datetime]] = {}

    def note(self, step: str, error: Exception, moment: datetime) -> None:
        """This step failed at a real moment: log `job_failed`, unless the same was told lately."""
        kind = type(error).__name__
        before, told_at = self._told.get(step, ("", moment))
        is_told = before == kind and (isinstance(error, DeliveryError) or moment - told_at < AGAIN)
        if not is_told:
            self._told[step] = (kind, moment)
            log.error("job_failed", error, step=step)

    def clear(self, step: str) -> None:
        """This step went well: log `job_recovered` if it had failed before."""
        if self._told.pop(step, None) is not None:
            log.event("job_recovered", step=step)
