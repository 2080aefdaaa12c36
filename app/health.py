"""`/healthz`: the process is up. `/readyz`: database, index and worker are usable, with reasons."""

from collections.abc import Callable
from datetime import timedelta

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from app import keyvalue
from app.clock import real_now
from app.db import Database
from app.outbox import periodic

HEARTBEAT_LIMIT = timedelta(seconds=90)
PROBE = "health.probe"


def health_router(
    db: Database, *, handbook_fault: Callable[[], str], degraded: Callable[[], str]
) -> APIRouter:
    """Both probes; neither tells anything a stranger could use."""
    router = APIRouter()

    @router.get("/healthz", include_in_schema=False)
    def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @router.get("/readyz", include_in_schema=False)
    def readyz() -> JSONResponse:
        reasons = database_faults(db)
        fault = handbook_fault()
        if fault:
            reasons.append(fault)
        body = {"status": "ok" if not reasons else "unavailable", "reasons": reasons, "degraded": degraded()}
        return JSONResponse(body, 200 if not reasons else 503)

    return router


def database_faults(db: Database) -> list[str]:
    """Why messages could not be kept, or told, right now."""
    try:
        with db.transaction() as session:
            keyvalue.write(session, PROBE, real_now().isoformat())
            beat = periodic.last_beat(session)
    except SQLAlchemyError as error:
        return [f"database: {type(error).__name__}"]
    return [] if beat is not None and real_now() - beat <= HEARTBEAT_LIMIT else ["worker: no heartbeat"]
