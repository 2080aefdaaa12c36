"""Follows edits of the handbook in every process that answers from it, with or without a worker in it."""

import logging
import threading

from app import log
from handbook.service import HandbookService

LOOK_EVERY_S = 3.0


class HandbookWatch:
    """Takes over edits and logs what became of them, once each. `look` is one round and what tests drive."""

    def __init__(self, handbook: HandbookService) -> None:
        self._handbook = handbook
        self._problems = handbook.problems
        self._degraded = ""
        self._stop = threading.Event()

    def run(self) -> None:
        """Look until `stop`; never ends by an exception."""
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                self.look()
            except Exception as error:  # a folder that is being replaced: the next look sees it whole
                log.error("job_failed", error, step="handbook")

    def stop(self) -> None:
        """End soon."""
        self._stop.set()

    def look(self) -> None:
        """Reload where files changed; a refused edit leaves the old handbook in service."""
        if self._handbook.reload_if_changed():
            log.event("handbook_loaded", entries=len(self._handbook.public_entries()))
        if self._handbook.problems != self._problems:
            self._problems = self._handbook.problems
            if self._problems:
                places = [f"{problem.path}:{problem.line}" for problem in self._problems[:5]]
                log.event("handbook_refused", level=logging.WARNING, faults=len(self._problems), first=places)
        if self._handbook.degraded != self._degraded and self._handbook.wait_for_encoder(0):
            self._degraded = self._handbook.degraded
            if self._degraded:
                log.event("encoder_missing", level=logging.WARNING, reason=self._degraded)
