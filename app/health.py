"""`/healthz`: the process is up. `/readyz`: database, index and worker are usable, with reasons."""

from collections.abc import Callable
from datetime import datetime, timedelta

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app import keyvalue
from app.clock import real_now
from app.db import Database

HEARTBEAT = "worker.heartbeat"
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
            session.connection().execute(text("SELECT 1"))
            keyvalue.write(session, PROBE, real_now().isoformat())
            heartbeat = keyvalue.read(session, HEARTBEAT)
    except SQLAlchemyError as error:
        return [f"database: {type(error).__name__}"]
    return [] if _is_alive(heartbeat, real_now()) else ["worker: no heartbeat"]


def _is_alive(heartbeat: str | None, now: datetime) -> bool:
    return heartbeat is not None and now - datetime.fromisoformat(heartbeat) <= HEARTBEAT_LIMIT
