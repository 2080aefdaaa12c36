"""What a reader asked for is found the same way whichever way it is put together, and is what the rows say (E1, E3)."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from app.bench.district import Size, fill
from app.bench.synthetic import Pool
from app.clock import SHANGHAI, local_date
from app.db import Database
from app.directory.models import Enterprise, Officer
from app.districts.loader import load_profile
from app.panel import trends
from app.panel.conditions import Today
from app.panel.periods import LONGEST, weeks_until
from app.panel.scope import OfDepartment, subtree
from app.panel.ticket_filters import Filters, matching, narrowed
from app.tickets.models import CoHandler, Rating, Ticket
from app.tickets.values import Rules
from app.workdays.store import packaged_calendar

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=SHANGHAI)
TODAY = Today(NOW, Rules(load_profile("ninghe"), packaged_calendar(), b"never served"))
DEPARTMENT = OfDepartment(4)
ASKED = (
    Filters("all"), Filters("closed"), Filters("finished"), Filters("live"), Filters("supervised"),
    Filters("all", area="X03"), Filters("all", area="X0301"), Filters("all", channel="微信"),
    Filters("finished", quality="late"), Filters("finished", quality="in-time"),
    Filters("all", quality="dissatisfied"), Filters("all", quality="unsatisfied"), Filters("closed", quality="satisfied", area="X03"),
    Filters("all", by="rated", since=date(2025, 1, 1)), Filters("all", by="rated", since=date(2026, 9, 1), until=date(2026, 11, 1)),
    Filters("all", since=date(2026, 10, 1), until=date(2026, 11, 1)),
)  # fmt: skip


@pytest.fixture(scope="module")
def district(
    pool: Pool, tmp_path_factory: pytest.TempPathFactory, blank_database: Callable[[Path], Database]
) -> Iterator[Session]:
    """Three hundred tickets over a thousand days; a result close to midnight, and departments that help."""
    db = blank_database(tmp_path_factory.mktemp("narrowing") / "t.db")
    with db.transaction() as session:
        fill(session, pool, Size(300, 300), rules=TODAY.rules, now=NOW)
        for number, ticket in enumerate(
            session.exec(select(Ticket).order_by(col(Ticket.id).desc()).limit(60))
        ):
            if number % 3 == 0:
                session.add(
                    CoHandler(
                        ticket_id=ticket.id, department_id=4, since=NOW, until=NOW if number % 2 else None
                    )
                )
            if ticket.resolved_at is not None:
                midnight = datetime.combine(ticket.due_on + timedelta(days=1), datetime.min.time(), SHANGHAI)
                ticket.resolved_at = midnight - timedelta(seconds=number % 2)
            elif number % 2:
                ticket.supervised_at = ticket.opened_at
            session.add(ticket)
    with db.reading() as session:
        yield session
    db.close()


def scopes(session: Session) -> dict[str, frozenset[str] | None]:
    return {
        "everybody": None,
        "X03": subtree(session, "X03"),
        "X0301": subtree(session, "X0301"),
        "nowhere": frozenset({"no such area"}),
        "department": DEPARTMENT,
        "no department": OfDepartment(0),
    }  # fmt: skip


@pytest.mark.parametrize("filters", ASKED, ids=lambda filters: " ".join(filter(None, filters.query.values())))
def test_counting_sorting_and_looking_agree(district: Session, filters: Filters) -> None:
    found = {}
    for name, codes in scopes(district).items():
        asked = (district, filters, TODAY, codes)
        one_by_one = set(district.scalars(select(Ticket.id).where(matching(*asked))))
        whole = narrowed(*asked)
        in_bulk = list(district.scalars(select(Ticket.id).where(whole.condition)))
        assert set(in_bulk) == one_by_one, name
        assert district.scalar(whole.count) == len(in_bulk) == len(one_by_one), name
        found[name] = one_by_one
    assert found["everybody"]
    assert not found["nowhere"] and not found["no department"]
    assert found["X0301"] <= found["X03"] <= found["everybody"] >= found["department"]


def test_a_confined_reader_finds_the_own_tickets_and_no_other(district: Session) -> None:
    """An area's: of its enterprises, or with or answered for by its officers; a department's: held or helped with."""
    codes = subtree(district, "X03")
    officers = {row.id for row in district.exec(select(Officer)) if row.area_code in codes}
    enterprises = {row.id for row in district.exec(select(Enterprise)) if row.area_code in codes}
    rows = district.exec(select(Ticket)).all()
    own = {
        row.id for row in rows
        if row.enterprise_id in enterprises or {row.officer_id, row.first_responder_id} & officers
    }  # fmt: skip
    helped = {row.ticket_id for row in district.exec(select(CoHandler)) if row.until is None}
    departments = {row.id for row in rows if row.department_id == 4} | helped
    for scope, expected in ((codes, own), (DEPARTMENT, departments)):
        assert 0 < len(expected) < len(rows)
        for filters in (Filters("all"), Filters("all", area="X03"))[: 2 if scope is codes else 1]:
            assert (
                set(district.scalars(select(Ticket.id).where(matching(district, filters, TODAY, scope))))
                == expected
            )


def test_an_area_outside_ones_own_shows_what_both_have(district: Session) -> None:
    """A leader who types another area's code into the address does not leave the own one."""
    own, other = subtree(district, "X03"), Filters("all", area="X04")
    both = set(district.scalars(select(Ticket.id).where(matching(district, other, TODAY, own))))
    mine = set(district.scalars(select(Ticket.id).where(matching(district, Filters("all"), TODAY, own))))
    assert both <= mine


def test_late_is_later_than_the_promised_day_in_china(district: Session) -> None:
    """One second before midnight is in time."""
    since = TODAY.day - LONGEST
    done = [
        row for row in district.exec(select(Ticket))
        if row.resolved_at is not None and since <= local_date(row.resolved_at) <= TODAY.day
    ]  # fmt: skip
    late = {row.id for row in done if row.due_on < local_date(row.resolved_at)}
    assert 0 < len(late) < len(done)
    asked = (district, Filters("finished", quality="late"), TODAY, None)
    assert set(district.scalars(select(Ticket.id).where(matching(*asked)))) == late


def test_the_weeks_of_a_chart_count_what_happened_in_them(district: Session) -> None:
    """Also for an area: nothing of the rest of the district."""
    for codes in (None, subtree(district, "X03")):
        own = set(district.scalars(select(Ticket.id).where(matching(district, Filters("all"), TODAY, codes))))
        rows = [row for row in district.exec(select(Ticket)) if row.id in own]
        rated = [row for row in district.exec(select(Rating)) if row.ticket_id in own]
        arrivals = trends.arrivals(district, TODAY, codes).chart.points
        on_time = trends.on_time(district, TODAY, codes).chart.points
        satisfied = trends.satisfaction(district, TODAY, codes).chart.points
        for index, week in enumerate(weeks_until(TODAY.day, trends.WEEKS)):
            assert arrivals[index].value == sum(week.has(row.opened_at) for row in rows)
            done = [row for row in rows if row.resolved_at is not None and week.has(row.resolved_at)]
            good = sum(row.due_on >= local_date(row.resolved_at) for row in done)
            assert on_time[index].detail == (f"{len(done)} 中 {good} 件按时" if done else "没有")
            scores = [row.score for row in rated if row.is_current and week.has(row.at)]
            content = sum(score >= 4 for score in scores)
            assert satisfied[index].detail == (f"{len(scores)} 中 {content} 家满意" if scores else "没有")
