"""An officer is away from one day to another; the stand-in gets what is new, and all of it returns after (A3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, or_, select

from app import audit
from app.clock import local_date
from app.directory.models import Officer
from app.errors import AppError, Conflict, NotFound


@dataclass(frozen=True)
class Absence:
    """Who is or will be away, until when (None: further notice), and who stands in ("" : nobody)."""

    officer_id: int
    staff_no: str
    name: str
    start: date
    until: date | None
    stand_in: str


def set_absence(
    session: Session,
    officer_id: int,
    *,
    start: date,
    until: date | None,
    stand_in_id: int | None,
    actor_kind: str,
    actor: str,
    now: datetime,
) -> Absence:
    """Away from `start` to `until`, both days included; replaces an earlier period of this officer.

    `stand_in_id` None keeps the stand-in of the roster. Raises NotFound, Conflict or AppError, saying what to do.
    """
    officer = _officer(session, officer_id)
    if until is not None and until < start:
        raise AppError("结束日期早于开始日期", field="until")
    if until is not None and until < local_date(now):
        raise AppError("这段时间已经过去了", field="until")
    stand_in = session.get(Officer, stand_in_id or officer.stand_in_id or 0)
    _demand_stand_in(officer, stand_in, start, until)
    assert stand_in is not None  # noqa: S101 - demanded above
    officer.away_from, officer.away_until, officer.stand_in_id = start, until, stand_in.id
    session.add(officer)
    detail = {
        "from": start.isoformat(),
        "until": until.isoformat() if until else None,
        "stand_in": stand_in.id,
    }
    _audit(session, officer_id, "officer.away", detail, actor_kind, actor, now)
    session.flush()
    return Absence(officer_id, officer.staff_no, officer.name, start, until, stand_in.name)


def end_absence(session: Session, officer_id: int, *, actor_kind: str, actor: str, now: datetime) -> Officer:
    """Back at work from now on; Conflict if there is no absence to end."""
    officer = _officer(session, officer_id)
    if officer.away_from is None:
        raise Conflict(f"{officer.name}没有登记外出")
    officer.away_from, officer.away_until = None, None
    session.add(officer)
    _audit(session, officer_id, "officer.back", {}, actor_kind, actor, now)
    session.flush()
    return officer


def absences(session: Session, today: date) -> list[Absence]:
    """Who is away today or will be, soonest first."""
    statement = (
        select(Officer)
        .where(
            col(Officer.is_active),
            col(Officer.away_from).is_not(None),
            or_(col(Officer.away_until).is_(None), col(Officer.away_until) >= today),
        )
        .order_by(col(Officer.away_from), col(Officer.staff_no))
    )
    rows = list(session.exec(statement))
    names = dict(session.exec(select(Officer.id, Officer.name)).all()) if rows else {}
    return [
        Absence(row.id, row.staff_no, row.name, row.away_from, row.away_until, names.get(row.stand_in_id, ""))
        for row in rows
        if row.id is not None and row.away_from is not None
    ]


def _officer(session: Session, officer_id: int) -> Officer:
    officer = session.get(Officer, officer_id)
    if officer is None or not officer.is_active:
        raise NotFound("没有这位在岗的服务人员")
    return officer


def _demand_stand_in(officer: Officer, stand_in: Officer | None, start: date, until: date | None) -> None:
    if stand_in is None:
        raise AppError(f"{officer.name}还没有代理人，请指定一位，外出期间的诉求才有人接", field="stand_in")
    if stand_in.id == officer.id:
        raise Conflict("代理人不能是本人", field="stand_in")
    if not stand_in.is_active:
        raise Conflict(f"{stand_in.name}已离岗，请换一位代理人", field="stand_in")
    away = stand_in.away_from
    ends_before = stand_in.away_until is not None and stand_in.away_until < start
    if away is not None and not ends_before and (until is None or away <= until):
        raise Conflict(f"{stand_in.name}这段时间也不在岗，请换一位代理人", field="stand_in")


def _audit(
    session: Session,
    officer_id: int,
    action: str,
    detail: Mapping[str, object],
    actor_kind: str,
    actor: str,
    now: datetime,
) -> None:
    audit.record(
        session,
        at=now,
        actor_kind=actor_kind,
        actor=actor,
        action=action,
        target=f"officer:{officer_id}",
        detail=dict(detail),
    )
