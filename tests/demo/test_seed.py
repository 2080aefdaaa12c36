"""The demo's data: whole, believable, visibly invented, the same every time."""

import re
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select as sa_select
from sqlmodel import SQLModel, col, func, select
from stdnum.cn import uscc

from app import tables
from app.clock import SHANGHAI
from app.conversations.models import Answer
from app.db import Database
from app.demo.cast import cast_of
from app.demo.seed import seed_demo
from app.demo.seed_answers import ASKED
from app.demo.seed_people import DEMO_LOGINS, demo_people
from app.demo.seed_tickets import background_openids
from app.directory.binding import current_contact
from app.directory.models import Area, Assignment, Contact, Coordinator, Enterprise, Officer
from app.districts.loader import load_profile
from app.outbox.models import OutboxMessage, OutboxState, PeriodicJob
from app.panel.accounts import find_user
from app.panel.models import User, UserSession
from app.panel.passwords import Passwords, password_fault
from app.tickets import service
from app.tickets.lifecycle import Status
from app.tickets.models import Rating, Ticket, TicketEvent
from app.tickets.values import Rules, TicketDraft
from app.workdays.store import packaged_calendar

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=SHANGHAI)
KB = Path(__file__).parents[2] / "kb"
RULES = Rules(load_profile("ninghe"), packaged_calendar(), b"a signing key for tests only....")
CAST = cast_of(RULES.profile)
DEMO_PEOPLE = demo_people(CAST)


def fresh(folder: Path, now: datetime = NOW) -> Database:
    db = Database(f"sqlite:///{folder}/demo.db")
    tables.metadata.create_all(db.write_engine)
    assert seed_demo(db, RULES, now)
    return db


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    db = fresh(tmp_path_factory.mktemp("demo"))
    yield db
    db.close()


@pytest.fixture
def session(demo):
    with demo.reading() as session:
        yield session


def count(session, model, *conditions):
    return session.exec(select(func.count()).select_from(model).where(*conditions)).one()


def test_the_seventeen_areas_and_their_parts(session):
    names = session.exec(select(Area.name).where(col(Area.parent_code).is_(None))).all()
    assert list(names) == list(RULES.profile.coverage.areas) and len(names) == 17
    assert count(session, Area, col(Area.parent_code).is_not(None)) >= 10


def test_three_hundred_enterprises_of_all_three_kinds(session):
    rows = session.exec(select(Enterprise)).all()
    kinds = Counter(row.kind for row in rows)
    assert len(rows) == 300 and len({row.credit_code for row in rows}) == 300
    assert set(kinds) == {"企业", "个体工商户", "农民专业合作社"} and min(kinds.values()) >= 30


def test_codes_pass_gb_32100_and_everything_is_visibly_invented(session):
    for row in session.exec(select(Enterprise)):
        assert uscc.validate(row.credit_code) == row.credit_code
        assert "测试" in row.name and "MAT" in row.credit_code and row.contact_phone.startswith("1390000")
    for officer in session.exec(select(Officer)):
        assert officer.phone.startswith("1380000") and officer.public_phone.startswith("022-0000")
        assert re.search("服务|示例|样本|演示|范例|测试|模拟|虚拟", officer.name)


def test_nearly_all_are_served_and_nobody_twice(session):
    """A1, A3: the few without an officer are the ones the first screen shows."""
    live = [
        row.enterprise_id for row in session.exec(select(Assignment).where(col(Assignment.until).is_(None)))
    ]
    assert len(live) == len(set(live)) == 293
    assert count(session, Officer) == 40 and count(session, Coordinator) == 21
    assert len(set(session.exec(select(Officer.name)))) == 40


def test_tickets_in_every_state_and_place(session):
    tickets = session.exec(select(Ticket)).all()
    assert {ticket.status for ticket in tickets} == set(Status)
    assert {ticket.holder_kind for ticket in tickets} == {"officer", "department", "hub", "city"}
    assert {ticket.channel for ticket in tickets} >= {"微信", "12345热线", "走访"}
    assert any(ticket.supervised_at for ticket in tickets) and any(
        ticket.due_on < NOW.date() for ticket in tickets
    )
    assert count(session, Rating) == 3
    assert count(session, Ticket, Ticket.reopened_count > 0) == 1


def test_every_ticket_has_a_history_of_its_own(session):
    for ticket in session.exec(select(Ticket)):
        events = session.exec(
            select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.id)
        ).all()
        assert events[0].kind == "opened"
        assert [event.at for event in events] == sorted(event.at for event in events)
        assert ticket.opened_at <= NOW


def test_the_next_ticket_of_the_playground_is_0042(demo, tmp_path):
    db = fresh(tmp_path)
    with db.transaction() as session:
        contact = current_contact(session, DEMO_PEOPLE[0].openid)
        draft = TicketDraft("厂门口修路", openid=contact.openid, enterprise_id=contact.enterprise_id)
        ticket = service.open_ticket(session, draft, rules=RULES, now=NOW)
        officer = session.get_one(Officer, ticket.officer_id)
    db.close()
    assert (ticket.number, officer.name) == ("20261120-0042", "王服务")


def test_nothing_is_left_to_send(session):
    """The running demo must not push a week of old messages."""
    states = Counter(session.exec(select(OutboxMessage.state)))
    assert set(states) == {OutboxState.SENT, OutboxState.DEAD, OutboxState.PENDING}
    assert (states[OutboxState.DEAD], states[OutboxState.PENDING]) == (1, 1)


def test_the_people_of_the_playground_are_who_they_say(session):
    zhao, newcomer, bookkeeper, wang, li, coordinator = DEMO_PEOPLE
    assert len({person.openid for person in DEMO_PEOPLE}) == len(DEMO_PEOPLE)
    assert all(len(person.openid) == 28 for person in DEMO_PEOPLE)
    assert current_contact(session, zhao.openid).verified_at is not None
    assert current_contact(session, newcomer.openid) is None and not newcomer.is_following
    assert current_contact(session, bookkeeper.openid).verified_at is None
    assert count(session, Contact, Contact.openid == bookkeeper.openid) == 2
    officers = [session.exec(select(Officer).where(Officer.openid == one.openid)).one() for one in (wang, li)]
    assert officers[0].area_code != officers[1].area_code
    assert (
        session.exec(select(Coordinator).where(Coordinator.openid == coordinator.openid)).one().name
        == "李专员"
    )
    assert [person.is_staff for person in DEMO_PEOPLE] == [False] * 3 + [True] * 3


def test_everybody_who_may_be_pushed_to_is_known(session):
    """The demo introduces these to the platform, so that reminders of old tickets find a follower."""
    known = {person.openid for person in DEMO_PEOPLE} | set(background_openids(CAST))
    assert set(session.exec(select(OutboxMessage.openid))) - known == set()
    staff = {*session.exec(select(Officer.openid)), *session.exec(select(Coordinator.openid))} - {None}
    assert staff - known == set()


def test_the_logins_work(session):
    passwords = Passwords()
    for username, password in DEMO_LOGINS:
        assert password_fault(password, username) is None
        assert passwords.matches(find_user(session, username).password_hash, password)


def test_answers_name_entries_that_exist(session):
    assert [entry for entry, *_ in ASKED if not (KB / f"{entry}.md").is_file()] == []
    assert count(session, Answer) > 50
    assert all(answer.at <= NOW for answer in session.exec(select(Answer)))


def test_the_first_round_of_the_worker_groups_what_nobody_could_answer(session):
    """Not an hour later: who tries the demo opens that page in the first minutes."""
    assert session.get_one(PeriodicJob, "gaps").next_run_at <= NOW


def test_a_worker_that_planned_its_jobs_first_does_not_stop_the_seeding(tmp_path, blank_database):
    """It starts beside the seeding; one start in five failed."""
    db = blank_database(tmp_path / "beside.db")
    with db.transaction() as session:
        session.add(PeriodicJob(name="gaps", next_run_at=NOW + timedelta(hours=1)))
    assert seed_demo(db, RULES, NOW)
    with db.reading() as session:
        assert session.get_one(PeriodicJob, "gaps").next_run_at == NOW
    db.close()


def test_seeding_twice_changes_nothing(demo):
    assert seed_demo(demo, RULES, NOW) is False


def test_the_same_seed_gives_the_same_data(demo, tmp_path):
    other = fresh(tmp_path)
    first, second = dump(demo), dump(other)
    other.close()
    for name in first:
        assert first[name] == second[name], name


def test_it_takes_less_than_five_seconds(tmp_path):
    """Processor time: a busy machine is not the demo's fault."""
    started = time.process_time()
    fresh(tmp_path).close()
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "now",
    [
        "2026-11-20T00:05",
        "2026-11-21T15:00",
        "2026-11-23T08:59",
        "2027-01-01T12:00",
        "2027-02-10T09:30",
        "2026-10-04T23:59",
    ],
)
def test_it_works_on_any_day_at_any_hour(tmp_path, now):
    """At night, on a weekend, on Monday morning, over an unpublished year, in a long holiday."""
    moment = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)
    db = fresh(tmp_path, moment)
    with db.reading() as session:
        assert set(session.exec(select(Ticket.status))) == set(Status)
        assert all(event.at <= moment for event in session.exec(select(TicketEvent)))
    db.close()


def dump(db: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every table's rows, less what is random (password hashes) or real time (link tokens)."""
    volatile = {"password_hash", "path", "fields"}
    skipped = {User.__tablename__, UserSession.__tablename__}
    rows = {}
    with db.reading() as session:
        for name, table in SQLModel.metadata.tables.items():
            columns = [column for column in table.c if column.name not in volatile]
            if name not in skipped:
                rows[name] = [
                    tuple(row) for row in session.execute(sa_select(*columns).order_by(*table.primary_key))
                ]
    return rows
