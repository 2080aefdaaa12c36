"""Every district's demo: its own areas, departments, roles, rungs and words, and the same stories (A1, A2, A8, C5, C17)."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from app import tables
from app.clock import SHANGHAI
from app.db import Database
from app.demo.cast import cast_of
from app.demo.seed import seed_demo
from app.demo.seed_people import demo_people
from app.demo.seed_tickets import background_openids
from app.directory.models import Area, Assignment, Coordinator, Department, Enterprise, Officer
from app.districts.loader import load_profile, shipped_profiles
from app.districts.profile import HolderKind
from app.outbox.models import OutboxMessage
from app.panel.accounts import find_user
from app.tickets.lifecycle import LIVE, Status
from app.tickets.models import Ticket
from app.tickets.problem_models import ProblemItem
from app.tickets.values import Rules
from app.workdays.store import packaged_calendar

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=SHANGHAI)
SIXTH = "a district of its own file"


@pytest.fixture(scope="module", params=[key for key in shipped_profiles() if key != "ninghe"] + [SIXTH])
def shown(request, tmp_path_factory):
    """(profile, an open session over its demo)."""
    folder = tmp_path_factory.mktemp("demo")
    name = str(_sixth(folder)) if request.param == SIXTH else request.param
    profile = load_profile(name)
    db = Database(f"sqlite:///{folder}/demo.db")
    tables.metadata.create_all(db.write_engine)
    seed_demo(db, Rules(profile, packaged_calendar(), b"a signing key for tests only...."), NOW)
    with db.reading() as session:
        yield profile, session
    db.close()


def _sixth(folder: Path) -> Path:
    """As `docs/new-district.md` says: a copy with another key and name; its areas and departments are not listed."""
    lines = Path("app/districts/profiles/ninghe.toml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith('areas = ["芦台街道"')]
    text = "\n".join(kept).replace('key = "ninghe"', 'key = "shifan"').replace('"宁河区"', '"示范区"')
    path = folder / "shifan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_directory_has_what_the_document_lists(shown):
    """A2, A6: no area and no department of the document is missing."""
    profile, session = shown
    areas, departments = set(session.exec(select(Area.name))), set(session.exec(select(Department.name)))
    assert set(profile.coverage.areas) <= areas and len(areas) >= 8
    assert set(profile.coverage.departments) <= departments
    assert len(session.exec(select(Coordinator.id)).all()) == len(departments)
    assert len(session.exec(select(Officer.id)).all()) == 40
    assert all(name.startswith(profile.name) for name in session.exec(select(Enterprise.name)))


def test_all_but_the_few_are_served_and_by_the_districts_own_layers(shown):
    """A1, A8: each layer of the profile serves somebody; what no layer decides, a person did."""
    profile, session = shown
    rules = session.exec(select(Assignment.rule)).all()
    assert len(rules) == 293
    assert set(rules) - {"人工指定"} == {layer.name for layer in profile.routing}


def test_the_stories_speak_the_districts_words(shown):
    """C2, C5, C17: channels, categories and rungs are its own; every state and the rung above departments is seen."""
    profile, session = shown
    tickets = session.exec(select(Ticket)).all()
    assert len(tickets) >= 27 and {ticket.status for ticket in tickets} == set(Status)
    assert {ticket.channel for ticket in tickets} <= set(profile.channels)
    assert {ticket.category for ticket in tickets} <= {*profile.categories, ""}
    assert len([ticket for ticket in tickets if not ticket.category]) == 1
    kinds = {step.key: step.holder_kind for step in profile.ladder}
    reached = {kinds[ticket.step] for ticket in tickets}
    assert {HolderKind.OFFICER, HolderKind.DEPARTMENT} < reached
    assert not any("{" in ticket.content for ticket in tickets)


def test_where_a_problem_list_is_kept_it_has_something_to_look_at(shown):
    """C12: items that belong to requests still open, one with its evidence."""
    profile, session = shown
    items = session.exec(select(ProblemItem)).all()
    assert bool(items) is (profile.rectification is not None)
    live = {ticket.id for ticket in session.exec(select(Ticket)) if ticket.status in LIVE}
    assert {item.ticket_id for item in items} <= live


def test_the_playgrounds_people_are_who_they_say(shown):
    profile, session = shown
    zhao, _, bookkeeper, wang, li, coordinator = demo_people(cast_of(profile))
    assert _server(session, zhao.enterprises[0]).openid == wang.openid
    assert _server(session, bookkeeper.enterprises[0]).openid == li.openid
    person = session.exec(select(Coordinator).where(Coordinator.openid == coordinator.openid)).one()
    assert session.get_one(Department, person.department_id).name == coordinator.department
    assert find_user(session, "department").coordinator_id == person.id
    assert session.get_one(Area, find_user(session, "leader").area_code).parent_code is None


def test_nobody_is_pushed_to_whom_the_platform_does_not_know(shown):
    profile, session = shown
    cast = cast_of(profile)
    known = {person.openid for person in demo_people(cast)} | set(background_openids(cast))
    assert set(session.exec(select(OutboxMessage.openid))) <= known
    assert session.exec(select(OutboxMessage.id).where(col(OutboxMessage.state) == "new")).all() == []


def _server(session: Session, number: int) -> Officer:
    """Who serves the enterprise so numbered."""
    statement = select(Officer).join(Enterprise, col(Enterprise.officer_id) == col(Officer.id))
    return session.exec(statement.where(col(Enterprise.name).contains(f"测试{number}号"))).one()
