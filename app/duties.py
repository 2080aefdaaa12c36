"""The worker's duties in a runtime: tickets, conversations, the handbook, attachments, the officers' menu."""

import logging
from datetime import datetime, timedelta

from sqlmodel import Session

from app import log
from app.bootstrap import Runtime
from app.directory import lookup
from app.fetching import fetch_attachments
from app.outbox.periodic import Job, every
from app.tickets import reminding
from app.wechat import menus
from app.worker import Hooks, Worker
from handbook.service import HandbookService

FETCH_EVERY = timedelta(seconds=30)
MENU_EVERY = timedelta(minutes=10)


class HandbookWatch:
    """Takes over edits of the handbook and logs what became of them, once each."""

    def __init__(self, handbook: HandbookService) -> None:
        self._handbook = handbook
        self._problems = handbook.problems
        self._degraded = ""

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


def worker_of(runtime: Runtime) -> Worker:
    """Put the worker together."""

    def escalate(session: Session, now: datetime) -> int:
        return reminding.escalate_due(session, runtime.rules(session), now)

    def fetch(now: datetime) -> None:
        fetch_attachments(runtime.db, runtime.gateway.client, runtime.settings.data_dir, now)

    hooks = Hooks(
        escalate=escalate,
        resume=runtime.conversations.resume_abandoned,
        reload_handbook=HandbookWatch(runtime.handbook).look,
    )

    def sync_menu(_now: datetime) -> None:
        with runtime.db.reading() as session:
            openids = lookup.staff_openids(session)
        menus.sync_officers(runtime.gateway.client, openids)

    jobs = [
        Job("attachments", every(FETCH_EVERY), fetch),
        Job("officer_menu", every(MENU_EVERY), sync_menu),
    ]
    return Worker(runtime.db, runtime.gateway, runtime.clock, hooks=hooks, jobs=jobs)
