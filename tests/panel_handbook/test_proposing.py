"""From a settled ticket to the handbook, without whose ticket it was; the proposer is told (B3)."""

import re
from collections.abc import Callable

from sqlmodel import select

from app.outbox.models import OutboxMessage
from bot.messages import Reply

TICKET = "20261120-0001"
FORM = f"/admin/handbook/propose?ticket={TICKET}"
ACTION = "/admin/handbook/propose"
GOOD = {
    "ticket": TICKET,
    "question": "厂门口修路货车进不来怎么办",
    "answer": "打12345，或者找服务专员协调临时便道。",
    "target": "new",
    "title": "门口修路怎么办",
    "folder": "service",
    "whose": "officer",
}


def test_the_form_is_filled_without_names_and_numbers(login: Callable[[str], object]) -> None:
    text = login("hub").get(FORM)
    form = text[text.index("<form") :]
    for secret in ("海燕", "赵建国", "13912345678"):
        assert secret not in form
    assert "某企业" in form
    assert "临时便道" in form


def test_a_text_that_still_names_somebody_is_refused_and_kept(
    world: object, login: Callable[[str], object]
) -> None:
    status, text = login("hub").send(FORM, ACTION, **{**GOOD, "answer": "找海燕食品的赵建国 13912345678"})
    assert status == 400
    assert "企业名称" in text
    assert "找海燕食品的赵建国 13912345678" in text
    assert world.desk.shelf.sheets() == []


def test_accepted_or_declined_the_officer_is_told(world: object, login: Callable[[str], object]) -> None:
    hub, zhang = login("hub"), login("zhang")
    status, text = hub.send(FORM, ACTION, **GOOD)
    assert status == 303
    assert "建议已提交" in text
    (sheet,) = world.desk.shelf.sheets()
    assert sheet.proposer.openid == "oWang"
    path = f"/admin/handbook/drafts/{sheet.key}"
    assert "打12345，或者找服务专员协调临时便道" in zhang.get(path)
    assert zhang.send(path, f"{path}/do/decline", version="1", note="")[0] == 400
    status, _ = zhang.send(path, f"{path}/do/accept", version="1")
    assert status == 303
    with world.db.reading() as session:
        (message,) = session.exec(select(OutboxMessage)).all()
    assert "已采纳" in Reply.from_json(message.reply).plain()
    assert "在写" in zhang.get("/admin/handbook/drafts?show=draft")


def test_an_edit_of_an_existing_entry_adds_the_question(
    world: object, login: Callable[[str], object]
) -> None:
    status, _ = login("hub").send(
        FORM, ACTION, **{**GOOD, "target": "registration/company-setup", "whose": "self"}
    )
    assert status == 303
    (sheet,) = world.desk.shelf.sheets()
    assert (sheet.entry_id, sheet.proposer.openid) == ("registration/company-setup", "")
    assert GOOD["question"] in world.desk.draft(sheet.key).questions


def test_a_forged_target_is_refused(world: object, login: Callable[[str], object]) -> None:
    for target in ("../../etc/passwd", "registration/none", ""):
        status, _ = login("hub").send(FORM, ACTION, **{**GOOD, "target": target})
        assert status in (400, 404)
    assert world.desk.shelf.sheets() == []


def test_the_proposal_of_an_open_ticket_is_not_offered(login: Callable[[str], object]) -> None:
    assert login("hub").status("/admin/handbook/propose?ticket=20261120-0002") == 404
    assert re.search("把这次的经验写进手册", login("hub").get(f"/admin/tickets/{TICKET}"))
