"""`GET /metrics`: Prometheus text behind a bearer token; closed while no token is set.

Gauges come from the database at scrape time and are the same in every process; counters and histograms are the
answering process's own and carry its id.
"""

import hmac
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import PlainTextResponse, Response
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from app.alarms.facts import Facts
from app.alarms.service import current_alarms
from app.clock import Clock, local_date, real_now
from app.db import Database
from app.meters import Meters, family
from app.outbox import periodic
from app.outbox import service as outbox
from app.tickets.models import Ticket
from app.tickets.repository import is_late
from app.workdays.store import load_calendar

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FURTHEST_YEARS = 5

Row = tuple[dict[str, str], float]


def metrics_router(
    db: Database, *, token: str, clock: Clock, facts: Callable[[], Facts], meters: Meters, pauses: bool
) -> APIRouter:
    """The one route. Without the right token it looks like a path that does not exist.

    `pauses`: whether the profile stops the clock while we wait for the enterprise.
    """
    router = APIRouter()

    @router.get("/metrics", include_in_schema=False)
    def metrics(request: Request) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not token or not hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
            raise HTTPException(404)
        lines = meters.lines()
        try:
            with db.reading() as session:
                lines += gauges(session, now=clock.now(), moment=real_now(), facts=facts(), pauses=pauses)
            lines += family("qiying_database_up", "gauge", "Whether the database answers.", [({}, 1)])
        except SQLAlchemyError:
            lines += family("qiying_database_up", "gauge", "Whether the database answers.", [({}, 0)])
        return PlainTextResponse("\n".join(lines) + "\n", media_type=CONTENT_TYPE)

    return router


def gauges(session: Session, *, now: datetime, moment: datetime, facts: Facts, pauses: bool) -> list[str]:
    """Everything read at scrape time. `now` is business time, `moment` real time."""
    lines: list[str] = []
    for name, help_text, rows in (
        *_tickets(session, now, pauses),
        *_outbox(session, now),
        *_state(session, now, moment, facts),
    ):
        lines += family(name, "gauge", help_text, rows)
    return lines


def _tickets(session: Session, now: datetime, pauses: bool) -> Iterator[tuple[str, str, list[Row]]]:
    counts = session.execute(select(col(Ticket.status), func.count()).group_by(col(Ticket.status))).all()
    yield "qiying_tickets", "Tickets by status.", [({"status": status}, count) for status, count in counts]
    overdue = select(func.count()).select_from(Ticket).where(is_late(local_date(now), pauses=pauses))
    yield "qiying_tickets_overdue", "Open tickets past their day.", [({}, session.scalar(overdue) or 0)]


def _outbox(session: Session, now: datetime) -> Iterator[tuple[str, str, list[Row]]]:
    counts = outbox.counts(session)
    states: list[Row] = [({"state": state}, count) for state, count in counts.items()]
    yield "qiying_outbox_messages", "Messages to people by state.", states
    yield "qiying_outbox_dead_letters", "Messages given up.", [({}, counts["dead"])]
    oldest = outbox.oldest_unsent_at(session, now)
    waited = max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0.0
    yield "qiying_outbox_oldest_unsent_seconds", "Age of the oldest due message.", [({}, waited)]


def _state(
    session: Session, now: datetime, moment: datetime, facts: Facts
) -> Iterator[tuple[str, str, list[Row]]]:
    beat = periodic.last_beat(session)
    age = (moment - beat).total_seconds() if beat is not None else -1.0
    yield "qiying_worker_heartbeat_age_seconds", "Since a worker's last beat; -1: never.", [({}, age)]
    alarms = current_alarms(session, now=now, real_now=moment, facts=facts)
    rows: list[Row] = [({"alarm": alarm.key}, 1) for alarm in alarms]
    yield "qiying_alarm", "What needs a person now.", rows
    has_token_fault = any(alarm.key == "token" for alarm in alarms)
    yield "qiying_token_failing", "Whether the platform refuses a token.", [({}, int(has_token_fault))]
    yield "qiying_index_entries", "Public handbook entries in service.", [({}, facts.entries)]
    yield (
        "qiying_encoder_ready",
        "Whether questions are searched by meaning, too.",
        [({}, int(facts.is_encoder_ready))],
    )
    is_calibrated = int(facts.is_encoder_ready and not facts.search_fault)
    yield "qiying_calibrated", "Whether the scores in use were calibrated.", [({}, is_calibrated)]
    yield "qiying_handbook_refused_edits", "Faults that keep an edit out.", [({}, facts.refused_edits)]
    horizon = (published_until(session, local_date(now)) - local_date(now)).days
    yield "qiying_calendar_horizon_days", "Until the last published working day.", [({}, horizon)]
    yield "qiying_disk_free_bytes", "Free space where the data lies.", [({}, facts.disk_free)]
    if facts.database_bytes is not None:
        yield "qiying_database_bytes", "The database file and its log.", [({}, facts.database_bytes)]


def published_until(session: Session, today: date) -> date:
    """The last day whose working time is official; yesterday if not even this year's is."""
    calendar = load_calendar(session)
    last = today - timedelta(days=1)
    for year in range(today.year, today.year + FURTHEST_YEARS):
        if not calendar.is_published(year):
            break
        last = date(year, 12, 31)
    return last
