"""Outbox, audit, answers, people, enterprises: lists, masks and the few things one can do there."""

import re

from sqlmodel import select

from app.directory import binding
from app.directory.models import Invitation, Officer
from app.outbox.models import OutboxMessage, OutboxState


def test_a_dead_letter_is_seen_and_tried_again(office):
    browser = office.user("hub")
    page = browser.get("/admin/outbox?state=stuck").text
    assert (
        "没送到" in page
        and "对方没有关注公众号：请打电话告知（43004）" in page
        and page.count("再发一次") == 1
    )
    with office.db.reading() as session:
        dead = session.exec(select(OutboxMessage).where(OutboxMessage.state == OutboxState.DEAD)).one()
    browser.post(f"/admin/outbox/{dead.id}/retry")
    assert "没送到" not in browser.get("/admin/outbox?state=waiting").text.split("消息列表", 1)[1]
    (row,) = office.audited("outbox.retry")
    assert (row.actor, row.object, row.succeeded) == ("hub", f"outbox:{dead.id}", True)


def test_what_was_sent_cannot_be_sent_again(office):
    with office.db.reading() as session:
        sent = session.exec(select(OutboxMessage).where(OutboxMessage.state == OutboxState.SENT)).first()
    office.user("hub").post(f"/admin/outbox/{sent.id}/retry", status=409)
    office.user("hub").post("/admin/outbox/0/retry", status=404)
    office.user("hub").post("/admin/outbox/x/retry", status=404)
    assert [row.succeeded for row in office.audited("outbox.retry")] == [False] * 3


def test_the_oldest_unsent_message_is_named(office):
    browser = office.user("hub")
    assert "没有积压" in browser.get("/admin/outbox").text
    with office.db.reading() as session:
        dead = session.exec(select(OutboxMessage).where(OutboxMessage.state == OutboxState.DEAD)).one()
    browser.post(f"/admin/outbox/{dead.id}/retry")
    assert "最早一条该发未发的" in browser.get("/admin/outbox").text


def test_openids_are_shortened_and_contents_not_shown(office):
    page = office.user("hub").get("/admin/outbox").text
    assert not re.search(r"oDEMO_0{10}", page)
    assert "赵测试" not in page


def test_a_code_for_an_officer_is_shown_once_and_works_once(office):
    browser = office.user("hub")
    with office.db.reading() as session:
        officer = session.exec(select(Officer).where(Officer.staff_no == "NH0009")).one()
    page = browser.post(f"/admin/officers/{officer.id}/invite", status=200)
    code = re.search(r'class="big-code"[^>]*>(\d{8})<', page.text)[1]
    assert page.headers["cache-control"] == "no-store"
    with office.db.transaction() as session:
        assert code not in str(session.exec(select(Invitation)).all())
        assert binding.redeem(session, code, "o-new-phone", office.clock.now()).staff_no == "NH0009"
    (row,) = office.audited("officer.invite")
    assert row.object == "officer:NH0009" and code not in str(row.detail)


def test_a_code_for_a_coordinator(office):
    page = office.user("hub").post("/admin/coordinators/1/invite", status=200).text
    assert re.search(r"绑定工号 \d{8}", page) and "孟专员" in page


def test_codes_are_not_for_readers(office):
    for username in ("leader", "auditor", "editor"):
        assert "/invite" not in office.user(username).client.get("/admin/officers").text
        office.user(username).post("/admin/officers/1/invite", status=403)


def test_rosters_show_masked_mobiles_and_public_phones(office):
    page = office.user("hub").get("/admin/officers").text
    assert "138****0001" in page and "13800000001" not in page and "022-00000001" in page
    departments = office.user("hub").get("/admin/departments").text
    assert "137****0001" in departments and "13700000001" not in departments


def test_the_enterprise_list_is_masked_and_searchable(office):
    browser = office.user("hub")
    page = browser.get("/admin/enterprises?q=测试12号").text
    assert "宁河区测试12号机械有限公司" in page and "共 1 条" in page
    assert "139****0012" in page and "13900000012" not in page
    unserved = browser.get("/admin/enterprises?served=no").text
    assert "共 5 条" in unserved and "宁河区测试57号水稻种植专业合作社" in unserved


def test_trying_a_question_shows_decision_candidates_and_why(office):
    page = office.user("editor").client.get("/admin/answers", params={"q": "食品许可证咋办"}).text
    assert "直接答" in page and "把握 97%" in page and "食品经营许可证怎么办" in page and "依据：" in page
    assert office.search.asked == ["食品许可证咋办"]
    assert (
        "手册里没有相近的条目"
        in office.user("editor").client.get("/admin/answers", params={"q": "火箭"}).text
    )


def test_a_question_that_was_asked_can_be_tried_from_the_list(office):
    browser = office.user("editor")
    link = re.search(r'href="(/admin/answers[^"]+)">园区里能不能装光伏', browser.get("/admin").text)[
        1
    ].replace("&amp;", "&")
    assert 'value="园区里能不能装光伏，电网让接吗"' in browser.get(link).text


def test_unanswered_questions_are_a_list_of_their_own(office):
    page = office.user("editor").get("/admin/answers?show=vain").text
    assert "园区里能不能装光伏" in page and "没解决" in page and "个体户执照怎么办" not in page


def test_the_auditor_finds_what_was_done(office):
    hub, auditor = office.user("hub"), office.user("auditor")
    ticket = office.ticket("限高杆")
    hub.post(f"/admin/tickets/{ticket.number}/reveal", status=200)
    hub.post("/admin/outbox/0/retry", status=404)
    everything = auditor.get("/admin/audit").text
    assert (
        "contact.reveal" in everything
        and f"工单 {ticket.number}" in everything
        and "203.0.113.9" in everything
    )
    failed = auditor.get("/admin/audit?failed=1").text
    assert "outbox.retry" in failed and "contact.reveal" not in failed
    assert "没有符合条件" in auditor.get("/admin/audit?actor=somebody").text
    assert "没有符合条件" in auditor.get("/admin/audit?until=2001-01-01").text
    auditor.get("/admin/audit?until=nonsense")


def test_no_form_changes_an_audit_row(office):
    office.user("auditor").client.get("/admin/audit")
    page = office.user("auditor").get("/admin/audit").text
    assert re.findall(r'method="post" action="([^"]+)"', page) == ["/admin/logout"]
