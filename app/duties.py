"""The worker's duties in a runtime: tickets, conversations, the handbook, attachments, the officers' menu."""

from datetime import datetime, timedelta

from sqlmodel import Session

from app.bootstrap import Runtime
from app.fetching import fetch_attachments
from app.outbox.periodic import Job, every
from app.tickets import reminding
from app.worker import Hooks, Worker

FETCH_EVERY = timedelta(seconds=30)


def worker_of(runtime: Runtime) -> Worker:
    """Put the worker together."""

    def escalate(session: Session, now: datetime) -> int:
        return reminding.escalate_due(session, runtime.rules(session), now)

    def fetch(now: datetime) -> None:
        fetch_attachments(runtime.db, runtime.gateway.client, runtime.settings.data_dir, now)

    hooks = Hooks(
        escalate=escalate,
        resume=runtime.conversations.resume_abandoned,
        reload_handbook=runtime.handbook.reload_if_changed,
    )
    jobs = [Job("attachments", every(FETCH_EVERY), fetch)]
    return Worker(runtime.db, runtime.gateway, runtime.clock, hooks=hooks, jobs=jobs)
