"""From a solved ticket to a published case that names nobody (B4, E5), through the pages."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from sqlmodel import col, select

from app.tickets.models import Rating, Ticket, TicketEvent
from handbook.entry import Kind

TICKET = "20261120-0001"
PAGE = f"/admin/cases/{TICKET}"
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
TEXT = {
    "title": "案例：门口修路开通临时便道",
    "summary": "有食品企业反映门口修路货车进不来，三天开通了临时便道。",
    "request": "厂门口修路，货车进不来，快耽误交货了。",
    "steps": "1. 第 1 天：收到诉求\n2. 第 2 天：吹哨，请部门报到",
    "result": "住建部门开通临时便道，货车当天恢复进出。",
    "folder": "registration",
}


SIGNED = {"approved_by": "区政务服务办", "approved_on": "2026-11-20", "reviewed": "2026-11-20"}


def fields(page):
    """What a browser would send back for the form of a draft."""
    form = page[page.index('<form id="edit"') :]
    form = form[: form.index("</form>")]
    found = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and name[1] != "csrf_token":
            found[name[1]] = unescape(value[1]) if value else ""
    for name, body in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.S):
        found[name] = unescape(body)
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found[name] = chosen[1] if chosen else ""
    return found


def marked(page):
    """The fields that are marked wrong."""
    tags = re.findall(r'<(?:input|textarea)[^>]*aria-invalid="true"[^>]*>', page)
    return [re.search(r'name="([^"]+)"', tag)[1] for tag in tags]


@pytest.fixture
def solved(world):
    """The ticket as one that is worth telling about."""
    with world.db.transaction() as session:
        ticket = session.exec(select(Ticket).where(col(Ticket.number) == TICKET)).one()
        ticket.title = "海燕食品门口修路"
        ticket.resolved_at, ticket.result_kind = NOW, "solved"
        ticket.result = "已协调住建委开通临时便道，王服务陪赵建国现场看过，货车恢复进出，联系电话13912345678"
        session.add(ticket)
        session.add(Rating(ticket_id=ticket.id, at=NOW, score=5, openid="oBoss"))
        for kind in ("opened", "accept", "summon", "resolve"):
            session.add(
                TicketEvent(ticket_id=ticket.id, at=NOW, kind=kind, actor_kind="officer", actor_name="王服务")
            )
    return world


def change(world, **values):
    with world.db.transaction() as session:
        ticket = session.exec(select(Ticket).where(col(Ticket.number) == TICKET)).one()
        for name, value in values.items():
            setattr(ticket, name, value)


@pytest.mark.parametrize("values", [{"reopened_count": 1}, {"result": "好了"}, {"result_kind": "explained"}])
def test_only_what_was_done_well_is_offered(solved, login, values):
    """E5: five points, never reopened, solved, a result that tells."""
    hub = login("hub")
    assert TICKET in hub.get("/admin/cases")
    change(solved, **values)
    assert TICKET not in hub.get("/admin/cases")
    assert hub.status(PAGE) == 404


def test_the_first_text_names_nobody(solved, login):
    """B4: what is known from the ticket and what looks like a name, a number or an address is taken out."""
    text = login("hub").get(PAGE)
    form = text[text.index("<form method") :]
    for secret in ("海燕", "赵建国", "王服务", "13912345678"):
        assert secret not in form
    assert "吹哨，请部门报到" in form and "临时便道" in form


@pytest.mark.parametrize(
    "left",
    [
        "海燕食品",
        "13912345678",
        "赵建国",
        "王服务",
        "91120221MA0000001G",
        "李建军先生",
        "宁河区某路旁的测试红旗面粉有限公司",
        "光明路18号",
        TICKET,
    ],
)
def test_a_case_with_a_leftover_does_not_get_on_the_desk(solved, login, left):
    """B4: names, telephone numbers, credit codes, enterprise names, addresses."""
    status, text = login("hub").send(PAGE, PAGE, **{**TEXT, "result": f"{TEXT['result']}{left}"})
    assert status == 400 and "个人信息或企业名称" in text
    assert left not in "".join(re.findall(r"<strong>.*?</strong>", text))
    assert marked(text) == ["result"]
    assert solved.desk.shelf.sheets() == []


@pytest.mark.usefixtures("unhurried")
def test_a_case_is_approved_by_another_person_then_found_and_published(solved, login):
    """B4 end to end: proposed by the hub, taken up and submitted by one editor, published by the other."""
    hub, zhang, li = login("hub"), login("zhang"), login("li")
    assert hub.send(PAGE, PAGE, **TEXT)[0] == 303
    assert hub.send("/admin/cases", PAGE, **TEXT)[0] == 400
    (sheet,) = solved.desk.shelf.sheets()
    path = f"/admin/handbook/drafts/{sheet.key}"
    assert zhang.send(path, f"{path}/do/accept", version="1")[0] == 303
    typed = fields(zhang.get(path)) | SIGNED | {"then": "submit"}
    status, text = zhang.send(path, f"{path}/save", **typed)
    assert status == 303 and "已提交审核" in text
    assert zhang.send(path, f"{path}/do/publish", version="4")[0] == 403
    assert li.send(path, f"{path}/do/publish", version="4")[0] == 303
    assert solved.service.reload_if_changed()
    found = solved.service.search("有没有门口修路开通临时便道办成的例子").best
    assert found.entry.kind is Kind.CASE and found.entry.is_public
    assert TEXT["title"] in li.get("/admin/cases")


def test_an_editor_cannot_bring_a_name_back_in(solved, login):
    """The check stands before the review and again before publishing."""
    login("hub").send(PAGE, PAGE, **TEXT)
    (sheet,) = solved.desk.shelf.sheets()
    path = f"/admin/handbook/drafts/{sheet.key}"
    zhang, li = login("zhang"), login("li")
    zhang.send(path, f"{path}/do/accept", version="1")
    zhang.send(path, f"{path}/save", **(fields(zhang.get(path)) | SIGNED))
    file = solved.desk.local_dir / ".drafts" / f"{sheet.key}.md"
    clean = file.read_text("utf-8")
    typed = fields(zhang.get(path))
    body = next(name for name, text in typed.items() if "货车当天恢复进出" in text)
    typed[body] = typed[body].replace("货车当天", "海燕食品的货车当天")
    status, text = zhang.send(path, f"{path}/save", **typed, then="submit")
    assert status == 400 and body in marked(text) and "海燕食品的货车当天恢复进出" in text
    file.write_text(clean.replace("货车当天恢复进出", "赵建国的货车当天恢复进出"), "utf-8")
    assert zhang.send(path, f"{path}/do/submit", version="4")[0] == 400
    file.write_text(clean, "utf-8")
    assert zhang.send(path, f"{path}/do/submit", version="4")[0] == 303
    file.write_text(clean.replace("货车当天恢复进出", "海燕食品的货车当天恢复进出"), "utf-8")
    assert li.send(path, f"{path}/do/publish", version="5")[0] == 400
    assert solved.desk.shelf.sheet(sheet.key).state == "review"


def test_who_may_do_what(solved, login):
    """Editors write cases but do not see tickets; the auditor reads."""
    assert TICKET not in login("zhang").get("/admin/cases")
    assert login("zhang").status(PAGE) == 403
    assert login("auditor").send(PAGE, PAGE, **TEXT)[0] == 403


def test_the_solved_ticket_and_the_entry_lead_on(solved, login):
    """B4, B7: from the ticket to its case, from an entry to a push, for those who may."""
    hub, link = login("hub"), f'href="{PAGE}"'
    assert link in hub.get(f"/admin/tickets/{TICKET}")
    change(solved, reopened_count=1)
    assert link not in hub.get(f"/admin/tickets/{TICKET}")
    entry = "registration/individual-setup"
    push = f'href="/admin/policies/new?entry={entry}"'
    assert push in hub.get(f"/admin/handbook/entry/{entry}")
    assert push not in login("auditor").get(f"/admin/handbook/entry/{entry}")
