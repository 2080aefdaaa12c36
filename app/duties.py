"""The worker's duties in a runtime: for tickets, conversations, the handbook and attachments."""

from datetime import datetime

from sqlmodel import Session

from app.bootstrap import Runtime
from app.tickets import reminding
from app.worker import Hooks, Worker


def worker_of(runtime: Runtime) -> Worker:
    """Put the worker together."""

    def escalate(session: Session, now: datetime) -> int:
        return reminding.escalate_due(session, runtime.rules(session), now)

    hooks = Hooks(
        escalate=escalate,
        resume=runtime.conversations.resume_abandoned,
        reload_handbook=runtime.handbook.reload_if_changed,
    )
    return Worker(runtime.db, runtime.gateway, runtime.clock, hooks=hooks)
