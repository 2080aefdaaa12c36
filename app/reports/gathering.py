"""Rows → stories: the tickets that a period touches, told from their timelines, and the names for groups."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import Session, col

from app.directory.models import Area, Department, DirectoryChange, Enterprise, Officer
from app.reports.history import Basis, Event, Party, Rated, Story, replay
from app.reports.measures import BY_KEY, Line, tally
from app.reports.period import Period
from app.tickets.lifecycle import LIVE, Status
from app.tickets.models import Rating, Ticket, TicketEvent

BATCH = 500
TITLE_LENGTH = 60
NOBODY = "-"
NO_AREA = "未分片区"
GROUPINGS = {"area": "一级片区", "grid": "网格", "officer": "服务人员", "department": "部门"}


@dataclass(frozen=True)
class Names:
    """What groups are called, and the area at the top of each branch; `hub` as the district calls it."""

    hub: str
    areas: dict[str, str] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    officers: dict[int, str] = field(default_factory=dict)
    departments: dict[int, str] = field(default_factory=dict)

    def top(self, code: str) -> str:
        """The first-level area of an area; a circle in the data ends the walk."""
        seen: set[str] = set()
        while code in self.parents and code not in seen:
            seen.add(code)
            code = self.parents[code]
        return code

    def party(self, party: Party) -> str:
        """Who it is, in words."""
        if party.officer_id is not None:
            return self.officers.get(party.officer_id, NOBODY)
        if party.department_id is not None:
            return self.departments.get(party.department_id, NOBODY)
        return {"hub": self.hub, "meeting": "会商", "leader": "区领导", "city": "市级"}.get(
            party.kind, NOBODY
        )


def stories(
    session: Session, period: Period, now: datetime, scope: ColumnElement[bool] | None = None
) -> list[Story]:
    """Every ticket that the period's figures may count, as it stood when the period ended.

    `scope` narrows to what the reader may see. A ticket that nobody touched since before the period counts only
    while it is open or not filed away, and then it still has that status.
    """
    cutoff = period.cutoff(now)
    rated = select(col(Rating.ticket_id)).where(col(Rating.at) >= period.starts_at, col(Rating.at) < cutoff)
    touched = or_(
        col(Ticket.status).in_([*LIVE, Status.RESOLVED]),
        col(Ticket.last_activity_at) >= period.starts_at,
        col(Ticket.id).in_(rated),
    )
    wanted = and_(col(Ticket.opened_at) < cutoff, touched, *([] if scope is None else [scope]))
    found = []
    moved = _moved_since(session, cutoff)
    for bases in _batches(_bases(session, wanted, moved)):
        ids = [basis.id for basis in bases]
        events, ratings = _events(session, ids), _ratings(session, ids)
        found += [replay(basis, events[basis.id], ratings[basis.id], cutoff) for basis in bases]
    return found


def names(session: Session, hub: str) -> Names:
    """Everything that a group may be called; `hub` is the body that works as one here."""
    areas = session.execute(select(col(Area.code), col(Area.name), col(Area.parent_code))).all()
    officers = session.execute(select(col(Officer.id), col(Officer.name), col(Officer.staff_no))).all()
    departments = session.execute(select(col(Department.id), col(Department.name))).all()
    return Names(
        areas={code: name for code, name, _ in areas},
        parents={code: parent for code, _, parent in areas if parent},
        officers={number: f"{name}（{staff_no}）" for number, name, staff_no in officers},
        departments=dict(departments),
        hub=hub,
    )


def key_of(by: str, story: Story, party: Party, known: Names) -> str | None:
    """The group of one credit; None where it belongs to nobody of this kind."""
    if by == "area":
        return known.top(story.basis.area) if story.basis.area else NOBODY
    if by == "grid":
        return f"{story.basis.area or NOBODY}|{story.basis.grid}"
    number = party.officer_id if by == "officer" else party.department_id
    return str(number) if number is not None else None


def name_of(by: str, key: str, known: Names) -> str:
    """What the group is called."""
    if by in ("officer", "department"):
        people = known.officers if by == "officer" else known.departments
        return people.get(int(key), NOBODY) if key.isdecimal() else NOBODY
    code, _, grid = key.partition("|")
    place = known.areas.get(code, code) if code != NOBODY else NO_AREA
    return f"{place} {grid}".strip()


def lines(found: Sequence[Story], by: str, period: Period, now: datetime, known: Names) -> list[Line]:
    """One line for each group that has anything to show, in the order of names; `by` is a key of GROUPINGS."""
    counts = tally(found, period, period.last_day(now), lambda story, party: key_of(by, story, party, known))
    named = [Line(key, name_of(by, key, known), values) for key, values in counts.items()]
    return sorted(named, key=lambda line: line.key.zfill(9) if line.key.isdecimal() else line.key)


def total(items: Sequence[Line]) -> Line:
    """All lines together."""
    counts = {key: sum(line.counts[key] for line in items) for key in BY_KEY}
    return Line("", "合计", counts)


def _bases(session: Session, wanted: ColumnElement[bool], moved: dict[str, str]) -> Iterator[Basis]:
    columns = (
        col(Ticket.id), col(Ticket.number), col(Ticket.opened_at), col(Ticket.title), col(Ticket.content),
        col(Ticket.channel), col(Ticket.category), col(Ticket.enterprise_id), col(Ticket.holder_kind),
        col(Ticket.officer_id), col(Ticket.department_id), col(Ticket.due_on), col(Enterprise.area_code),
        col(Enterprise.grid), col(Enterprise.credit_code),
    )  # fmt: skip
    statement = select(*columns).outerjoin(Enterprise, col(Enterprise.id) == col(Ticket.enterprise_id))
    for row in session.execute(statement.where(wanted).order_by(col(Ticket.id))).all():
        title = row.title or " ".join(row.content.split())
        area = moved.get(row.credit_code or "", row.area_code or "")
        yield Basis(
            id=row.id,
            number=row.number,
            opened_at=row.opened_at,
            title=title if len(title) <= TITLE_LENGTH else f"{title[: TITLE_LENGTH - 1]}…",
            channel=row.channel,
            category=row.category,
            enterprise_id=row.enterprise_id,
            area=area,
            grid=row.grid or "",
            party=Party(row.holder_kind, row.officer_id, row.department_id),
            due_on=row.due_on,
        )


def _moved_since(session: Session, cutoff: datetime) -> dict[str, str]:
    """Where enterprises were at that moment that moved to another area later, by credit code."""
    statement = (
        select(col(DirectoryChange.key), col(DirectoryChange.from_area_code))
        .where(
            col(DirectoryChange.at) >= cutoff,
            col(DirectoryChange.kind) == "enterprises",
            col(DirectoryChange.action) == "moved",
        )
        .order_by(col(DirectoryChange.id).desc())
    )
    return {row[0]: row[1] for row in session.execute(statement).all()}


def _events(session: Session, ids: Sequence[int]) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = defaultdict(list)
    statement = (
        select(col(TicketEvent.ticket_id), col(TicketEvent.at), col(TicketEvent.kind), col(TicketEvent.data))
        .where(col(TicketEvent.ticket_id).in_(ids))
        .order_by(col(TicketEvent.id))
    )
    for ticket_id, at, kind, data in session.execute(statement).all():
        found[ticket_id].append(Event(at, kind, data or {}))
    return found


def _ratings(session: Session, ids: Sequence[int]) -> dict[int, list[Rated]]:
    found: dict[int, list[Rated]] = defaultdict(list)
    statement = select(col(Rating.ticket_id), col(Rating.at), col(Rating.score))
    for ticket_id, at, score in session.execute(statement.where(col(Rating.ticket_id).in_(ids))).all():
        found[ticket_id].append(Rated(at, score))
    return found


def _batches(items: Iterator[Basis]) -> Iterator[list[Basis]]:
    while batch := list(islice(items, BATCH)):
        yield batch
