"""Alarms as log events: when one begins, every hour while it lasts, and when it is over.

Runs in every serving process, so that a dead worker is noticed by the web process and the other way round.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from app import log
from app.alarms.facts import Facts
from app.alarms.service import Alarm, current_alarms
from app.clock import Clock, real_now
from app.db import Database

LOOK_EVERY_S = 20.0
REPEAT = timedelta(hours=1)
PATIENCE_S = 15.0


class AlarmWatch:
    """Looks, and logs what changed. `look` is one round and what tests drive."""

    def __init__(self, db: Database, facts: Callable[[], Facts], clock: Clock) -> None:
        self._db = db
        self._facts = facts
        self._clock = clock
        self._raised: dict[str, datetime] = {}
        self._stop = threading.Event()

    def run(self) -> None:
        """Look until `stop`, first after the other parts had time to start; never ends by an exception."""
        wait_s = PATIENCE_S
        while not self._stop.wait(wait_s):
            wait_s = LOOK_EVERY_S
            self.look(real_now())

    def stop(self) -> None:
        """End soon."""
        self._stop.set()

    def look(self, moment: datetime) -> list[Alarm]:
        """One round at a real moment; what is wrong now."""
        try:
            with self._db.reading() as session:
                found = current_alarms(session, now=self._clock.now(), real_now=moment, facts=self._facts())
        except Exception as error:  # no database: that is the alarm
            log.error("alarm", error, key="database")
            return []
        for alarm in found:
            last = self._raised.get(alarm.key)
            if last is None or moment - last >= REPEAT:
                level = logging.ERROR if alarm.is_critical else logging.WARNING
                log.event("alarm", level=level, key=alarm.key, title=alarm.title, to_do=alarm.to_do)
                self._raised[alarm.key] = moment
        for key in self._raised.keys() - {alarm.key for alarm in found}:
            del self._raised[key]
            log.event("alarm_over", key=key)
        return found
