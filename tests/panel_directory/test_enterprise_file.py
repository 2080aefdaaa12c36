"""一企一档 (A10): requests, visits, calls, policy pushes, ratings and changes of one enterprise as one story."""

import re

from app.directory import correcting
from app.directory.models import Contact, Visit
from app.tickets import service
from app.tickets.lifecycle import Action
from app.tickets.values import Actor, ActorKind, TicketDraft

BOSS = Actor(ActorKind.ENTERPRISE, "oTestFile", "")
HUB = Actor(ActorKind.HUB, "1", "中枢值班员")


def live_through(office, one) -> str:
    """A request from the first word to the rating, a visit, a policy push and a change of status; its number."""
    made = []

    def happen(session):
        now, rules = office.clock.now(), office.rules
        session.add(Contact(openid=BOSS.id, enterprise_id=one.id, since=now, verified_at=now))
        session.flush()
        draft = TicketDraft("门前窨井盖破了", BOSS.id, one.id)
        ticket = service.open_ticket(session, draft, rules=rules, now=now)
        for actor, action, words in (
            (HUB, Action.RESOLVE, {"note": "已换井盖"}),
            (BOSS, Action.RATE, {"score": 4, "note": "来得快"}),
        ):
            service.perform(session, ticket.id, action, actor, rules=rules, now=now, **words)
        for channel, note in (("走访", "看了二车间"), ("政策推送", "技改补助")):
            session.add(Visit(enterprise_id=one.id, at=now, channel=channel, note=note))
        correcting.change_enterprise(
            session, one.id, {"status": "停业"}, layers=(), reason="企业来函", actor_kind="user",
            actor="hub", now=now,
        )  # fmt: skip
        made.append(ticket.number)

    office.change(happen)
    return made[0]


def test_the_file_tells_everything_that_happened(office):
    """FT 三（三）: each kind of thing stands in the story under its own name, and leads to its ticket."""
    one = office.enterprise(12)
    number = live_through(office, one)
    page = office.user("auditor").page(f"/admin/enterprises/{one.credit_code}")
    story = re.search(r'<ol class="timeline">.*?</ol>', page, re.DOTALL)[0]
    told = (
        f"诉求 {number}", f"/admin/tickets/{number}", "看了二车间", "政策推送", "技改补助", "评价 4 分", "来得快",
        "正常 → 停业", "企业来函", "微信通知", "服务</p>",
    )  # fmt: skip
    assert [words for words in told if words not in story] == []
