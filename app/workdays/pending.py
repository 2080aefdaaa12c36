"""Yearly notices that wait for a second person: four eyes on what moves every deadline of the district."""

from datetime import date, datetime

from sqlmodel import Session, col, select

from app.errors import Conflict, NotFound
from app.workdays.models import PendingNotice
from app.workdays.notice import HolidayNotice


def waiting(session: Session) -> list[PendingNotice]:
    """Notices that nobody has confirmed or thrown away, oldest first."""
    statement = select(PendingNotice).where(col(PendingNotice.settled_at).is_(None))
    return list(session.exec(statement.order_by(col(PendingNotice.id))))


def find(session: Session, pending_id: int) -> PendingNotice:
    """One of them, waiting or settled; NotFound."""
    row = session.get(PendingNotice, pending_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"没有第 {pending_id} 号待复核的放假安排")
    return row


def notice_of(row: PendingNotice) -> HolidayNotice:
    """What it says."""
    days = {date.fromisoformat(day): is_worked for day, is_worked in row.days.items()}
    return HolidayNotice(row.year, days)


def keep(
    session: Session, notice: HolidayNotice, *, source: str, entered_by: str, now: datetime
) -> PendingNotice:
    """Put it aside; Conflict if one for the same year waits already."""
    same = [row for row in waiting(session) if row.year == notice.year]
    if same:
        first = same[0]
        raise Conflict(
            f"{notice.year} 年已有一份待复核（第 {first.id} 号，{first.entered_by}录入）：先复核或作废再录"
        )
    row = PendingNotice(
        year=notice.year,
        days={day.isoformat(): is_worked for day, is_worked in notice.days.items()},
        source=source[:200],
        entered_by=entered_by.strip()[:64],
        entered_at=now,
    )
    session.add(row)
    session.flush()
    return row


def settle(session: Session, pending_id: int, *, by: str, is_confirmed: bool, now: datetime) -> PendingNotice:
    """Confirm or discard it, once; nobody confirms what he entered himself."""
    row, by = find(session, pending_id), by.strip()[:64]
    if row.settled_at is not None:
        did = "复核通过" if row.is_confirmed else "作废"
        raise Conflict(f"第 {pending_id} 号已由{row.settled_by}{did}")
    if is_confirmed and _same_person(by, row.entered_by):
        raise Conflict(f"这份放假安排是{row.entered_by}录入的，要由另一位同事复核")
    row.settled_at, row.settled_by, row.is_confirmed = now, by, is_confirmed
    session.add(row)
    session.flush()
    return row


def _same_person(one: str, other: str) -> bool:
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()
