"""What the hub does beyond dispatching: meetings, handing out, merging, helping, supervising, the green channel."""

import re

import pytest
from sqlmodel import col, select

from app.directory.models import Department, Enterprise
from app.tickets.models import Attachment, CoHandler, Handoff, MeetingItem, Ticket, TicketEvent

WORDS = "限高杆"


def act(browser, ticket, action, status=303, **fields):
    data = {"csrf_token": browser.csrf_token, "version": str(ticket.version), **fields}
    response = browser.client.post(f"/admin/tickets/{ticket.number}/do/{action}", data=data)
    assert response.status_code == status, response.text[:1500]
    return response


def offered(browser, ticket):
    page = browser.get(f"/admin/tickets/{ticket.number}").text
    return set(re.findall(rf"/admin/tickets/{ticket.number}/do/(\w+)", page))


def rows(office, table):
    with office.db.reading() as session:
        return list(session.exec(select(table)))


def department(office, name):
    with office.db.reading() as session:
        return session.exec(select(Department).where(Department.name == name)).one()


def test_a_meeting_is_called_and_decides(office):
    """C7: called with members; decided with lead, day and minutes; back in the ticket."""
    browser, ticket = office.user("hub"), office.ticket(WORDS)
    assert "convene" in offered(browser, ticket) and "decide" not in offered(browser, ticket)
    act(browser, ticket, "convene", note="牵头单位不明", members=["住建委", "交通局"], body="区级会商会")
    ticket = office.ticket(WORDS)
    assert rows(office, MeetingItem)[0].members == ["住建委", "交通局"]
    assert "decide" in offered(browser, ticket) and "convene" not in offered(browser, ticket)
    assert ticket.number in browser.get("/admin/meetings").text
    lead = department(office, "住建委")
    fields = {"lead": f"department:{lead.id}", "due_on": "2026-12-04", "minutes": "两周内外移三米"}
    act(browser, ticket, "decide", note="由住建委牵头", **fields)
    changed, item = office.ticket(WORDS), rows(office, MeetingItem)[0]
    assert (changed.department_id, changed.due_on.isoformat()) == (lead.id, "2026-12-04")
    assert (item.lead_department_id, item.minutes, item.decided_by) == (
        lead.id,
        "两周内外移三米",
        "中枢值班员",
    )
    page = browser.get(f"/admin/tickets/{ticket.number}").text
    assert "会议议定的完成日，不按工作日数" in page
    assert ticket.number not in browser.get("/admin/meetings").text
    assert "两周内外移三米" in browser.get("/admin/meetings?show=decided").text


def test_a_decision_on_a_day_off_keeps_what_was_typed(office):
    browser = office.user("hub")
    act(browser, office.ticket(WORDS), "convene", note="牵头单位不明")
    lead = department(office, "住建委")
    fields = {"lead": f"department:{lead.id}", "due_on": "2026-11-22", "members": ["住建委"]}
    page = act(browser, office.ticket(WORDS), "decide", status=422, note="由住建委牵头", **fields).text
    assert "完成时限应是今天以后的工作日" in page
    assert 'value="2026-11-22"' in page and "\n由住建委牵头</textarea>" in page
    assert re.search(r'value="住建委" checked', page)


def test_handed_out_and_back(office):
    """C16: open here until the result came back."""
    browser = office.user("hub")
    destination = office.deps.rules(None).profile.handoffs.destinations[0]
    act(
        browser,
        office.ticket(WORDS),
        "hand_off",
        destination=destination,
        outside_number="W-1",
        note="请协助",
    )
    ticket = office.ticket(WORDS)
    assert "resolve" not in offered(browser, ticket) and "hand_back" in offered(browser, ticket)
    act(browser, ticket, "hand_back", note="已协调外移", handoff_id=str(rows(office, Handoff)[0].id))
    assert rows(office, Handoff)[0].result == "已协调外移"
    assert "resolve" in offered(browser, office.ticket(WORDS))
    assert "已协调外移" in browser.get(f"/admin/tickets/{ticket.number}").text


def test_merged_into_another(office):
    browser = office.user("hub")
    ticket, survivor = office.ticket(WORDS), office.ticket("叉车进不了库")
    act(browser, ticket, "merge", status=404, survivor="20200101-9999")
    act(browser, ticket, "merge", survivor=survivor.number)
    assert office.ticket(WORDS).duplicate_of_id == survivor.id
    assert survivor.number in browser.get(f"/admin/tickets/{ticket.number}").text
    assert ticket.number in browser.get(f"/admin/tickets/{survivor.number}").text


def test_another_department_helps(office):
    browser, other = office.user("hub"), department(office, "城管委")
    ticket = office.ticket(WORDS)
    act(browser, ticket, "engage", department=f"department:{other.id}", note="请一起看现场")
    assert [row.department_id for row in rows(office, CoHandler)] == [other.id]
    assert "城管委" in browser.get(f"/admin/tickets/{ticket.number}").text


def test_words_are_kept_whole_or_not_at_all(office):
    """A browser would cut what is pasted at a maxlength without a word: the end of a result is not lost unseen."""
    browser, ticket = office.user("hub"), office.ticket(WORDS)
    page = browser.get(f"/admin/tickets/{ticket.number}").text
    fields = re.findall(r'<textarea id="\w+-note"[^>]*>', page)
    assert fields and not any("maxlength" in field for field in fields)
    long = "答" * 4001
    refused = act(browser, ticket, "reply", status=422, note=long).text
    assert "最多写 4000 字，现在是 4001 字" in refused and f"{long}</textarea>" in refused
    act(browser, ticket, "reply", note=f"{long[:3999]}完")
    with office.db.reading() as session:
        notes = session.exec(select(TicketEvent.note).where(TicketEvent.ticket_id == ticket.id)).all()
    assert f"{long[:3999]}完" in notes


def test_supervised_once(office):
    """C9: onto the supervision list by hand, with a reason."""
    browser = office.user("hub")
    act(browser, office.ticket(WORDS), "supervise", status=422, note="")
    act(browser, office.ticket(WORDS), "supervise", note="催了三次没有动静")
    ticket = office.ticket(WORDS)
    assert ticket.supervised_at is not None and "supervise" not in offered(browser, ticket)
    assert ticket.number in browser.get("/admin/supervision").text


def test_the_green_channel_is_offered_where_it_is_open(office):
    """C6: only to enterprises of the key industries, and only in a district that has one."""
    browser, ticket = office.user("hub"), office.ticket(WORDS)
    page = browser.get(f"/admin/tickets/{ticket.number}").text
    assert 'value="green"' not in page
    with office.db.transaction() as session:
        row = session.get_one(Enterprise, ticket.enterprise_id)
        row.is_green_channel = True
        session.add(row)
    has_channel = office.deps.rules(None).profile.green_channel is not None
    page = browser.get(f"/admin/tickets/{ticket.number}").text
    assert ('value="green"' in page) == has_channel


@pytest.mark.parametrize("action", ["convene", "decide", "hand_off", "merge", "engage", "supervise"])
def test_an_area_leader_does_none_of_it(office, action):
    ticket = office.ticket("合作社想在自家地头")
    browser = office.user("leader")
    assert offered(browser, ticket) <= {"dispatch", "tell"}
    act(browser, ticket, action, status=403, note="x", department="department:1", survivor="x")
    assert office.ticket("合作社想在自家地头").version == ticket.version


def test_the_clock_says_which_days_it_left_out(office):
    """C8: counted days and skipped days, so that a dispute is settled by looking."""
    with office.db.reading() as session:
        called = session.exec(select(Ticket).where(col(Ticket.contact_due_on).is_not(None))).first()
    page = office.user("hub").get(f"/admin/tickets/{office.ticket(WORDS).number}").text
    assert "跳过 2 个休息日：11月21日、11月22日" in page
    assert called is not None
    assert "交到部门手上，当天不计" in office.user("hub").get(f"/admin/tickets/{called.number}").text


def test_the_sheet_is_masked_until_revealed(office):
    """C15: the paper carries name and number only after an audited click."""
    browser, ticket = office.user("hub"), office.ticket(WORDS)
    page = browser.get(f"/admin/tickets/{ticket.number}/sheet").text
    assert "为企服务工作单" in page and "赵*（139****0061）" in page and "13900000061" not in page
    page = browser.post(f"/admin/tickets/{ticket.number}/sheet/reveal", status=200).text
    assert "赵测试 13900000061" in page
    assert office.audited("contact.reveal")[-1].detail == {"shown": "contact", "on": "sheet"}
    office.user("auditor").post(f"/admin/tickets/{ticket.number}/sheet/reveal", status=403)


@pytest.fixture
def picture(office, tmp_path):
    """A picture that came with a ticket."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    (folder / "abc.jpg").write_bytes(b"\xff\xd8\xffpicture")
    (tmp_path / "secret.key").write_bytes(b"secret")
    object.__setattr__(office.deps, "data_dir", tmp_path)
    with office.db.transaction() as session:
        ticket = session.exec(select(Ticket).where(col(Ticket.content).contains(WORDS))).one()
        row = Attachment(ticket_id=ticket.id, at=ticket.opened_at, media_kind="image", path="abc.jpg")
        session.add(row)
        session.flush()
        return f"/admin/tickets/{ticket.number}/attachments/{row.id}"


def test_a_picture_is_shown_to_those_who_work_on_it(office, picture):
    response = office.user("hub").get(picture)
    assert (response.content, response.headers["content-type"]) == (b"\xff\xd8\xffpicture", "image/jpeg")
    assert picture in office.user("hub").get(picture.partition("/attachments")[0]).text
    office.user("auditor").get(picture, status=403)
    other = office.ticket("叉车进不了库").number
    office.user("hub").get(f"/admin/tickets/{other}/attachments/{picture.rpartition('/')[2]}", status=404)


@pytest.mark.parametrize("path", ["../secret.key", "/etc/passwd", "missing.jpg", ""])
def test_no_file_outside_the_uploads_is_handed_out(office, picture, path):
    with office.db.transaction() as session:
        row = session.exec(select(Attachment).where(Attachment.path == "abc.jpg")).one()
        row.path = path
        session.add(row)
    office.user("hub").get(picture, status=404)


def test_the_category_is_corrected_on_the_page(office):
    """C17: proposed by rule, corrected by the hub; what is no category of the district is refused; audited."""
    browser, ticket = office.user("hub"), office.ticket(WORDS)
    act(browser, ticket, "categorise", status=422, category="没有这一类", kind="")
    act(browser, ticket, "categorise", category="道路交通", kind="问题")
    changed = office.ticket(WORDS)
    assert (changed.category, changed.kind, changed.is_sorting_proposed) == ("道路交通", "问题", False)
    assert "道路交通 · 问题" in browser.get(f"/admin/tickets/{ticket.number}").text
    assert "（系统推荐）" not in browser.get(f"/admin/tickets/{ticket.number}").text
