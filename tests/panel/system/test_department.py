"""A department's clerk sees and works the department's own tickets and nothing else (mission C3, C10, §4.2 case 2)."""

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.directory.models import Coordinator, Department
from app.panel.accounts import find_user
from app.panel.scope import OfDepartment, area_codes, tickets_in
from app.tickets.lifecycle import LIVE
from app.tickets.models import CoHandler, Ticket, TicketEvent


@pytest.fixture
def desk(office):
    """The department of the demo's clerk, one ticket that it holds now, and one of somebody else's."""
    with office.db.transaction() as session:
        clerk = find_user(session, "department")
        unit = session.get_one(Coordinator, clerk.coordinator_id).department_id
        working = [
            row for row in session.exec(select(Ticket).order_by(col(Ticket.id))) if row.status == "working"
        ]
        own, foreign = working[0], working[1]
        own.holder_kind, own.department_id, own.officer_id, own.step = "department", unit, None, _step(own)
        foreign.department_id = None
        session.add_all([own, foreign])
        return unit, own.number, foreign.number


def _step(ticket):
    return next(step["key"] for step in ticket.ladder if step["holder_kind"] == "department")


def version_of(office, number):
    with office.db.reading() as session:
        return str(session.exec(select(Ticket.version).where(Ticket.number == number)).one())


def test_the_list_shows_the_departments_own_tickets(office, desk):
    _unit, own, foreign = desk
    page = office.user("department").get("/admin/tickets?status=all").text
    assert own in page and foreign not in page


@pytest.mark.parametrize("ending", ["", "/sheet"])
def test_another_departments_ticket_does_not_exist_for_it(office, desk, ending):
    _unit, own, foreign = desk
    browser = office.user("department")
    browser.get(f"/admin/tickets/{own}{ending}")
    browser.get(f"/admin/tickets/{foreign}{ending}", 404)


def test_nothing_of_another_departments_ticket_can_be_done_or_revealed(office, desk):
    _unit, _own, foreign = desk
    browser, version = office.user("department"), version_of(office, foreign)
    browser.post(f"/admin/tickets/{foreign}/reveal", 404)
    browser.post(f"/admin/tickets/{foreign}/sheet/reveal", 404)
    for action in ("reply", "resolve", "return", "extend", "raise", "tell"):
        browser.post(f"/admin/tickets/{foreign}/do/{action}", 404, note="x", version=version, days="1")
    assert version_of(office, foreign) == version


def test_it_answers_under_its_own_name_as_the_coordinator(office, desk):
    _unit, own, _foreign = desk
    browser = office.user("department")
    assert "回复企业的话" in browser.get(f"/admin/tickets/{own}").text
    browser.post(f"/admin/tickets/{own}/do/reply", note="已安排现场查看", version=version_of(office, own))
    with office.db.reading() as session:
        event = session.exec(select(TicketEvent).where(TicketEvent.note == "已安排现场查看")).one()
    assert (event.actor_kind, event.actor_name) == ("coordinator", "李专员")


def test_it_gives_back_what_is_not_its_business(office, desk):
    unit, own, _foreign = desk
    browser = office.user("department")
    browser.post(f"/admin/tickets/{own}/do/return", note="不归本部门办", version=version_of(office, own))
    with office.db.reading() as session:
        ticket = session.exec(select(Ticket).where(Ticket.number == own)).one()
    assert (ticket.holder_kind, ticket.department_id == unit) != ("department", True)


@pytest.mark.parametrize(
    "action", ["dispatch", "close", "supervise", "merge", "decide", "withdraw", "reopen"]
)
def test_it_does_nothing_that_is_the_hubs(office, desk, action):
    _unit, own, _foreign = desk
    version = version_of(office, own)
    fields = {"note": "x", "version": version, "target": "officer:1", "survivor": "x", "lead": "department:1"}
    office.user("department").post(f"/admin/tickets/{own}/do/{action}", 403, **fields)
    assert version_of(office, own) == version


def test_a_ticket_it_helps_with_is_seen_until_it_leaves(office, desk):
    unit, _own, foreign = desk
    with office.db.transaction() as session:
        ticket = session.exec(select(Ticket).where(Ticket.number == foreign)).one()
        session.add(CoHandler(ticket_id=ticket.id, department_id=unit, since=office.clock.now()))
    browser = office.user("department")
    browser.get(f"/admin/tickets/{foreign}")
    browser.post(
        f"/admin/tickets/{foreign}/do/return", note="没有本部门的事", version=version_of(office, foreign)
    )
    browser.get(f"/admin/tickets/{foreign}", 404)


def test_who_left_the_departments_list_sees_nothing_any_more(office, desk):
    _unit, own, _foreign = desk
    browser = office.user("department")
    with office.db.transaction() as session:
        session.execute(update(Coordinator).values(is_active=False))
    browser.get(f"/admin/tickets/{own}", 404)
    assert own not in browser.get("/admin/tickets?status=all").text


@pytest.mark.parametrize(
    "path",
    ["/enterprises", "/officers", "/supervision", "/queue", "/outbox", "/meetings", "/answers", "/audit"],
)
def test_the_rest_of_the_panel_is_closed_to_it(office, path):
    office.user("department").get(f"/admin{path}", 403)


def test_the_first_screen_counts_its_own_and_links_nowhere_closed(office, desk, links_of):
    browser = office.user("department")
    page = browser.get("/admin").text
    for link in links_of(page):
        assert browser.client.get(link).status_code == 200, link


def test_every_ticket_it_sees_is_its_own(office, desk):
    unit, _own, _foreign = desk
    with office.db.reading() as session:
        codes = area_codes(session, find_user(session, "department"))
        assert isinstance(codes, OfDepartment) and not codes
        seen = session.exec(select(Ticket).where(tickets_in(codes))).all()
        assert seen and all(ticket.department_id == unit for ticket in seen)
        assert session.get_one(Department, unit).name == "住建委" and LIVE


def test_its_first_screen_is_its_own_work_and_nothing_that_the_hub_settles(office, desk):
    """All it has in hand, and no figure about who a request goes to."""
    _unit, own, foreign = desk
    page = office.user("department").get("/admin").text
    assert "手上的" in page and own in page and foreign not in page
    assert "待分派" not in page and "没分到人的诉求" not in page
    assert "待分派" in office.user("hub").get("/admin").text
