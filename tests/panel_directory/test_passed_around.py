"""A request that is passed around is counted, flagged and stands in the 专报 (C14)."""

import io

from docx import Document
from sqlmodel import select

from app.audit import AuditRow
from app.directory.models import Coordinator, Department
from app.tickets import service
from app.tickets.lifecycle import Action
from app.tickets.referral_models import Referral
from app.tickets.values import Actor, ActorKind, TicketDraft

HUB = Actor(ActorKind.HUB, "1", "中枢值班员")
LIST = "/admin/supervision?list=passed-around"


def pass_around(office, times: int) -> str:
    """A department gives the same request back so many times; the ticket's number."""
    made = []

    def happen(session):
        now, rules = office.clock.now(), office.rules
        department = Department(name="测试推单局")
        session.add(department)
        session.flush()
        clerk = Coordinator(department_id=department.id, name="示例专员", openid="oTestAround")
        session.add(clerk)
        session.flush()
        draft = TicketDraft("两条路的交界处积水没人管", enterprise_id=office.enterprise(12).id)
        ticket = service.open_ticket(session, draft, rules=rules, now=now)
        for _ in range(times):
            words = {"target": f"department:{department.id}", "note": "请办理"}
            service.perform(session, ticket.id, Action.DISPATCH, HUB, rules=rules, now=now, **words)
            back = Actor(ActorKind.COORDINATOR, str(clerk.id), clerk.name)
            service.perform(
                session, ticket.id, Action.RETURN, back, rules=rules, now=now, note="不归我局"
            )  # fmt: skip
        made.append(ticket.number)

    office.change(happen)
    return made[0]


def special_of(office) -> str:
    """The fourth part of the 专报: what was given back twice, up to the heading of the fifth."""
    response = office.user("hub").post(
        "/admin/reports/special/export", 200, since="2026-11-01", until="2026-11-30", by="area"
    )
    document = Document(io.BytesIO(response.content))
    parts = [paragraph.text for paragraph in document.paragraphs]
    tables = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(text for text in parts if text.startswith("四、")), *tables])


def test_given_back_once_is_no_buck_passing(office):
    number = pass_around(office, times=1)
    assert number not in office.user("hub").page(LIST)


def test_given_back_twice_is_on_the_list_and_in_the_document(office):
    """NH 附件三（六）: the hub sees whom it goes to and fro between, and so does whoever reads the 专报."""
    number = pass_around(office, times=2)
    assert number in office.user("hub").page(LIST)
    assert "<dt>退回</dt><dd>2 次</dd>" in office.user("hub").page(f"/admin/tickets/{number}")
    text = special_of(office)
    assert "两次以上退回" in text and number in text


def test_handed_over_from_the_list_and_in_the_document(office):
    """To 纪委监委 with a reason, from the list; the outcome later; the 专报 says both; the hub only, audited."""
    number = pass_around(office, times=2)
    hub = office.user("hub")
    assert f"/admin/referrals?ticket={number}" in hub.page(LIST)
    fields = {"number": number, "body": "区纪委监委", "reason": "测试推单局两次退回"}
    office.user("leader").post("/admin/referrals", 403, **fields)
    refused = hub.post("/admin/referrals", 422, **(fields | {"reason": ""})).text
    assert "移交理由" in refused and number in refused
    hub.post("/admin/referrals", **fields)
    page = hub.page("/admin/referrals")
    assert "测试推单局两次退回" in page and "等结果" in page
    assert "区纪委监委，等结果" in hub.page(f"/admin/tickets/{number}")
    with office.db.reading() as session:
        [row] = session.exec(select(Referral)).all()
        acts = session.exec(select(AuditRow.action).where(AuditRow.object == f"ticket:{number}")).all()
    assert "ticket.refer" in acts
    assert "移交区纪委监委，尚无结果" in special_paragraphs(office)
    hub.post(f"/admin/referrals/{row.id}/outcome", outcome="已约谈。")
    assert "移交区纪委监委，结果：已约谈。" in special_paragraphs(office)
    assert "结果：已约谈。" in hub.page("/admin/reports/special?since=2026-11-01&until=2026-11-30")


def special_paragraphs(office) -> str:
    response = office.user("hub").post(
        "/admin/reports/special/export", 200, since="2026-11-01", until="2026-11-30", by="area"
    )
    return "\n".join(item.text for item in Document(io.BytesIO(response.content)).paragraphs)
