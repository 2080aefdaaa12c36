"""Whom somebody must look at, for a page: worked out as it opens in a small district, kept by the worker in a large one.

What is kept names nobody: credit codes and reasons. Names and areas come as they stand when the page opens.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.directory.coverage import CoverageReport, Item, coverage_report
from app.directory.models import Area, CoverageRecord, Enterprise, Officer
from app.districts.profile import Profile

AT_ONCE = 5000
SHOWN = 100
EVERY = timedelta(minutes=10)
ONLY = 1


@dataclass(frozen=True)
class Listing:
    """How many there are, and the first of them: (credit code, reason)."""

    count: int
    first: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Summary:
    """A coverage report without the long tails of its lists. `crowded`: (officer's id, enterprises)."""

    total: int
    assigned: int
    unassigned: Listing
    two_areas: Listing
    unknown_area: Listing
    leaderless: Listing
    crowded_count: int
    crowded: tuple[tuple[int, int], ...]
    missing_areas: tuple[str, ...]
    missing_departments: tuple[str, ...]

    @property
    def share(self) -> float:
        """Assigned of the base, 1.0 for an empty one."""
        return self.assigned / self.total if self.total else 1.0


_NAMES = {field.name for field in fields(Summary)}  # what an earlier version kept may lack some


def summary_of(session: Session, profile: Profile) -> Summary:
    """Read the whole directory (about a second for 100,000 enterprises) and shorten the lists."""
    report = coverage_report(session, profile.coverage, asks_leader=profile.names_leaders)
    return _shortened(report)


def is_large(session: Session) -> bool:
    """Whether a page cannot wait for the report."""
    some = select(col(Enterprise.id)).limit(AT_ONCE + 1).subquery()
    return session.exec(select(func.count()).select_from(some)).one() > AT_ONCE


def keep(session: Session, summary: Summary | None, now: datetime) -> None:
    """Keep it in place of the one before; None: this district needs none."""
    row = session.get(CoverageRecord, ONLY)
    if summary is not None:
        row = row or CoverageRecord(id=ONLY, made_at=now)
        row.made_at, row.content = now, asdict(summary)
        session.add(row)
    elif row is not None:
        session.delete(row)


def current(session: Session, profile: Profile) -> tuple[Summary, datetime | None]:
    """The summary and the moment it is of; None: of now, because nothing is kept."""
    row = session.get(CoverageRecord, ONLY)
    if row is None or set(row.content) != _NAMES:
        return summary_of(session, profile), None
    return _restored(row.content), row.made_at


def items(session: Session, listings: Iterable[Listing]) -> list[list[Item]]:
    """The first of each list with the names that they have now; an enterprise that is gone is left out."""
    wanted = list(listings)
    codes = {code for listing in wanted for code, _ in listing.first}
    statement = (
        select(Enterprise.credit_code, Enterprise.name, Area.name)
        .join(Area, (col(Area.code) == col(Enterprise.area_code)) & col(Area.is_active), isouter=True)
        .where(col(Enterprise.credit_code).in_(codes))
    )
    known = {code: (name, area or "") for code, name, area in session.exec(statement)} if codes else {}
    return [
        [Item(code, *known[code], why) for code, why in listing.first if code in known] for listing in wanted
    ]


def crowded(session: Session, summary: Summary) -> list[tuple[Officer, int]]:
    """Officers with too many enterprises, and how many."""
    ids = [identity for identity, _ in summary.crowded]
    statement = select(Officer).where(col(Officer.id).in_(ids))
    known = {row.id: row for row in session.exec(statement)} if ids else {}
    return [(known[identity], load) for identity, load in summary.crowded if identity in known]


def _shortened(report: CoverageReport) -> Summary:
    return Summary(
        total=report.total,
        assigned=report.assigned,
        unassigned=_listing(report.unassigned),
        two_areas=_listing(report.two_areas),
        unknown_area=_listing(report.unknown_area),
        leaderless=_listing(report.leaderless),
        crowded_count=len(report.crowded),
        crowded=tuple((person.id, load) for person, load in report.crowded[:SHOWN]),
        missing_areas=tuple(report.missing_areas),
        missing_departments=tuple(report.missing_departments),
    )


def _listing(rows: Sequence[Item]) -> Listing:
    return Listing(len(rows), tuple((row.credit_code, row.why) for row in rows[:SHOWN]))


def _restored(content: dict[str, Any]) -> Summary:
    lists = {
        name: Listing(value["count"], tuple((code, why) for code, why in value["first"]))
        for name, value in content.items()
        if isinstance(value, dict)
    }
    return Summary(**{**content, **lists})
