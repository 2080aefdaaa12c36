"""`/healthz`: the process is up. `/readyz`: database, index and worker are usable, with reasons."""

from collections.abc import Callable

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from app import keyvalue
from app.alarms.facts import Facts
from app.alarms.service import Alarm, current_alarms
from app.clock import Clock, real_now
from app.db import Database

PROBE = "health.probe"
REASONS = {"worker": "worker: no heartbeat", "index": "handbook: no entries"}


def health_router(
    db: Database, *, clock: Clock, facts: Callable[[], Facts], degraded: Callable[[], str]
) -> APIRouter:
    """Both probes; neither tells anything a stranger could use."""
    router = APIRouter()

    @router.get("/healthz", include_in_schema=False)
    def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @router.get("/readyz", include_in_schema=False)
    def readyz() -> JSONResponse:
        alarms, reasons = examined(db, clock, facts)
        reasons += [REASONS[alarm.key] for alarm in alarms if alarm.is_blocking]
        body = {
            "status": "ok" if not reasons else "unavailable",
            "reasons": reasons,
            "alarms": [alarm.key for alarm in alarms],
            "degraded": degraded(),
        }
        return JSONResponse(body, 200 if not reasons else 503)

    return router


def examined(db: Database, clock: Clock, facts: Callable[[], Facts]) -> tuple[list[Alarm], list[str]]:
    """The alarms, and why messages could not be kept right now: the database must take a write."""
    try:
        with db.transaction() as session:
            keyvalue.write(session, PROBE, real_now().isoformat())
        with db.reading() as session:
            return current_alarms(session, now=clock.now(), real_now=real_now(), facts=facts()), []
    except SQLAlchemyError as error:
        return [], [f"database: {type(error).__name__}"]
