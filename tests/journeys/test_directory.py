"""The directory as people meet it in chat: a stand-in while the officer is away, and no reading out of names."""

import re
from datetime import date, timedelta

from sqlmodel import select

from app.conversations.desk import LOOK_UPS_PER_HOUR
from app.directory import absence, attempts
from app.directory.models import Officer
from app.directory.placing import officers_on_duty


def said(phone) -> str:
    return [line.text for line in phone.inbox if line.kind != "sent"][-1]


def heard(phone) -> str:
    return "".join(line.text for line in phone.inbox if line.kind != "sent")


def holders(town) -> list[str]:
    with town.runtime.db.reading() as session:
        numbers = {person.id: person.staff_no for person in officers_on_duty(session)}
    return [numbers.get(ticket.officer_id, "") for ticket in town.tickets()]


def test_new_requests_go_to_the_stand_in_while_the_officer_is_away(town, bound, ignorant) -> None:
    """A3: from Monday to Tuesday 李备岗 gets what is new and is told; on Wednesday it is 王服务 again."""

    def away(session) -> None:
        wang, li = session.exec(select(Officer).order_by(Officer.staff_no)).all()
        absence.set_absence(
            session,
            wang.id,
            start=date(2026, 11, 23),
            until=date(2026, 11, 24),
            stand_in_id=li.id,
            actor_kind="cli",
            actor="cli",
            now=town.clock.now(),
        )

    town.in_session(away)
    bound.send_text("厂门口修路半个月了货车进不来")
    town.passes(days=3)
    town.phone("oOfficerLi").send_text("待办")
    bound.send_text("人工")
    bound.send_text("仓库后面的路灯坏了三盏没人修")
    town.work()
    assert "路灯" in heard(town.phone("oOfficerLi"))
    assert "路灯" not in heard(town.phone("oOfficerWang"))
    town.passes(days=2)
    bound.send_text("人工")
    bound.send_text("门前下水井盖破了车过不去")
    assert holders(town) == ["T001", "T002", "T001"]


def test_the_stand_in_looks_after_the_enterprises_of_who_is_away(town, bound) -> None:
    """A3: somebody says that he speaks for an enterprise: the stand-in is asked, confirms, looks it up, logs a visit;
    afterwards they are strangers again."""

    def away(session) -> None:
        wang, li = session.exec(select(Officer).order_by(Officer.staff_no)).all()
        today = town.clock.now().date()
        absence.set_absence(
            session, wang.id, start=today, until=today, stand_in_id=li.id,
            actor_kind="cli", actor="cli", now=town.clock.now(),
        )  # fmt: skip

    town.in_session(away)
    town.moves_away("T002")
    second = town.phone("oSecond")
    second.send_text("绑定 宁河区测试1号食品有限公司")
    second.send_text("1")
    li = town.phone("oOfficerLi")
    li.send_text("待办")
    town.work()
    number = re.findall(r"编号 (\d+)", heard(li))[-1]
    li.send_text(f"确认绑定 {number}")
    assert "已核实" in said(li) or "已确认" in said(li)
    li.send_text("查企业 测试1号食品")
    assert "宁河区测试1号食品有限公司" in said(li)
    li.send_text("走访 宁河区测试1号食品有限公司 询问用工")
    assert "没有" not in said(li)
    town.passes(days=2)
    li.send_text("查企业 测试1号食品")
    assert "企业" in said(li) and "911" not in said(li)


def test_one_person_cannot_read_the_names_out(town) -> None:
    """Look-ups of names are capped per person and hour; the reply says what to do, others are not touched."""
    curious = town.phone("oCurious")

    def nearly_used_up(session) -> None:
        for _ in range(LOOK_UPS_PER_HOUR - 1):
            attempts.count(session, "lookup:oCurious", town.clock.now())

    town.in_session(nearly_used_up)
    curious.send_text("绑定 测试")
    assert "测试2号机械" in said(curious)
    curious.send_text("绑定 测试1号食品")
    assert "查的企业太多" in said(curious) and "人工" in said(curious)
    other = town.phone("oOther")
    other.send_text("绑定 测试1号食品")
    assert "测试1号食品" in said(other)
    town.clock.advance(timedelta(hours=1))
    curious.send_text("绑定 测试1号食品")
    assert "测试1号食品" in said(curious)
