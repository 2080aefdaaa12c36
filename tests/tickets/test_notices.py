"""Every push as people read it, against a golden file (conversations 4–7; D1).

`QIYING_UPDATE_GOLDEN=1 pytest tests/tickets/test_notices.py` writes the file anew: review the diff.
"""

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.tickets import notices, staff_notices
from app.tickets.facts import Party, TicketFacts
from app.tickets.lifecycle import Status
from app.tickets.notices import Notice
from bot.messages import Reply, Tap

GOLDEN = Path(__file__).parent / "golden" / "notices.txt"
KINDS = {
    "ticket_opened_officer",
    "ticket_assigned",
    "ticket_accepted",
    "ticket_transferred",
    "ticket_waiting",
    "ticket_extended",
    "ticket_resolved",
    "ticket_reopened",
    "ticket_closed",
    "ticket_supplement",
    "ticket_urged",
    "ticket_withdrawn",
    "ticket_reminder",
    "ticket_escalated",
    "notice",
}
WANG = Party("芦台街道一片", "王服务", "13800000001")
LI = Party("区住建委", "李专员", "022-69590001")
OWN = TicketFacts(
    number="20261120-0042",
    status=Status.PENDING,
    content="厂门口修路半个月了货车进不来 快耽误交货了",
    step_name="属地即时办",
    holder=WANG,
    responder=WANG,
    received_on=date(2026, 11, 20),
    due_on=date(2026, 12, 1),
    is_provisional=False,
    promised_days=7,
    left=7,
    contact_days=2,
    officer_title="为企服务人员",
    hub_name="区政务服务办",
    enterprise="宁河区测试1号食品有限公司",
    is_verified=True,
    caller="赵*（139****0001）",
    near=("临时占道",),
    visits=1,
    is_held_by_responder=True,
)
WORKING = replace(OWN, status=Status.WORKING)
DEPARTMENT = replace(WORKING, holder=LI, step_name="部门协同办", is_held_by_responder=False)
RAISED = replace(DEPARTMENT, step_name="中枢分派办", holder=Party("区政务服务办"))
QUEUED = replace(OWN, holder=Party("区政务服务办"), responder=None, enterprise="", is_held_by_responder=False)
UNREACHABLE = replace(QUEUED, responder=WANG, enterprise=OWN.enterprise)
ORDER = replace(DEPARTMENT, channel="12345热线", outside_due_at=datetime(2026, 11, 25, 9, 0, tzinfo=UTC))
LATE = replace(DEPARTMENT, left=-2, urged_count=2)
OVER_NEW_YEAR = replace(OWN, due_on=date(2027, 1, 5), is_provisional=True)
RESULT = "施工方今天铺设临时通道，货车可从南门进出，主路 12 月 5 日通车。"
DONE = replace(DEPARTMENT, status=Status.RESOLVED, result=RESULT)


def everything() -> dict[str, Notice | Reply]:
    """A name for each text → the text."""
    return {
        "opened, with the officer": notices.opened(OWN),
        "opened, to the hub": notices.opened(QUEUED),
        "opened, the officer has no chat": notices.opened(UNREACHABLE),
        "opened, over an unpublished year": notices.opened(OVER_NEW_YEAR),
        "accepted": notices.accepted(WORKING),
        "summoned": notices.summoned(DEPARTMENT, "芦台街道一片"),
        "raised": notices.raised(RAISED),
        "dispatched": notices.dispatched(DEPARTMENT),
        "raised by the green channel": notices.raised(replace(RAISED, is_green=True)),
        "returned to the officer": notices.returned(OWN),
        "returned to the queue": notices.returned(QUEUED),
        "a meeting was asked for": notices.convened(RAISED, "优化营商环境工作联席会议"),
        "decided by a meeting": notices.decided(DEPARTMENT, "优化营商环境工作联席会议"),
        "handed off": notices.handed_off(WORKING, "12345热线", "TJ-88"),
        "merged": notices.merged(WORKING),
        "replied": notices.replied(WORKING, "明天上午到现场", "王服务"),
        "waiting": notices.waiting(WORKING, "请拍一张路口的照片"),
        "waiting, the clock runs on": notices.waiting(replace(WORKING, pauses=False), "请拍一张路口的照片"),
        "waiting again": notices.waiting_again(replace(WORKING, status=Status.WAITING)),
        "the pause is used up": notices.resumed(WORKING),
        "taken up after its day": notices.accepted(replace(WORKING, left=-2)),
        "extended": notices.extended(WORKING, 3, "等专家踏勘"),
        "recounted": notices.recounted(WORKING),
        "extended, over an unpublished year": notices.extended(OVER_NEW_YEAR, 3, "等专家踏勘"),
        "resolved": notices.resolved(DONE, "区住建委 李专员", date(2026, 11, 24)),
        "reopened, raised, with words": notices.reopened(RAISED, "南门太窄", was_raised=True),
        "reopened, on the top rung, without words": notices.reopened(RAISED, "", was_raised=False),
        "reopened by the hub": notices.reopened_by_hub(DEPARTMENT),
        "closed": notices.closed(replace(DONE, status=Status.CLOSED)),
        "rated": notices.rated(DONE),
        "rated, the officer too": notices.rated(
            replace(DONE, responder=WANG, score=5, asks_about_officer=True)
        ),
        "survey": notices.survey(replace(DONE, status=Status.CLOSED)),
        "supplemented": notices.supplemented(DEPARTMENT),
        "urged": notices.urged(DEPARTMENT),
        "urged, overdue": notices.urged(LATE),
        "withdrawn": notices.withdrawn(OWN),
        "withdrawn by the hub": notices.withdrawn_for_you(OWN),
        "staff: new": staff_notices.new_ticket(OWN),
        "staff: new, with a department": staff_notices.new_ticket(OWN, "住建委"),
        "staff: new, over an unpublished year": staff_notices.new_ticket(OVER_NEW_YEAR),
        "staff: assigned, unknown caller": staff_notices.assigned(QUEUED, "请先联系"),
        "staff: step taken": staff_notices.step_taken(DEPARTMENT, "ticket_accepted", "区住建委 李专员已接单"),
        "staff: taken over": staff_notices.taken_over(
            RAISED, "王服务已上报，现由区政务服务办办理：协调不下来"
        ),
        "staff: supplemented": staff_notices.supplemented(WORKING, "施工方电话已换"),
        "staff: urged": staff_notices.urged(LATE),
        "staff: withdrawn": staff_notices.withdrawn(OWN),
        "staff: reopened": staff_notices.reopened(RAISED, "南门太窄", by_hub=False),
        "staff: reopened by the hub": staff_notices.reopened(DEPARTMENT, "抽查未解决", by_hub=True),
        "staff: unaccepted": staff_notices.unaccepted(OWN),
        "staff: unaccepted, on the list": staff_notices.unaccepted_to_hub(OWN),
        "staff: contact late": staff_notices.contact_late(DEPARTMENT),
        "staff: due soon": staff_notices.due_soon(replace(DEPARTMENT, left=2)),
        "staff: due today": staff_notices.due_soon(replace(DEPARTMENT, left=0)),
        "staff: progress late": staff_notices.progress_late(DEPARTMENT),
        "staff: overdue": staff_notices.overdue(replace(LATE, area_leader="郑主任")),
        "staff: overdue, no leader known": staff_notices.overdue(LATE),
        "staff: overdue to hub": staff_notices.overdue_to_hub(LATE),
        "staff: supervised by hand": staff_notices.supervised(LATE, "多次催办没有进展"),
        "staff: helping": staff_notices.helping(replace(WORKING, helpers="区交通局", is_green=True)),
        "staff: step for the holder": staff_notices.step_for_holder(
            WORKING, "notice", "区交通局 周专员已回复：明天到"
        ),
        "staff: step beside": staff_notices.step_beside(WORKING, "ticket_accepted", "王服务已接单"),
        "staff: merged": staff_notices.merged(WORKING),
        "staff: handed back": staff_notices.handed_back(WORKING, "供电公司已增容"),
        "staff: untold": staff_notices.untold(DONE),
        "staff: untold, on the list": staff_notices.untold_late(DONE),
        "staff: recounted": staff_notices.recounted(WORKING),
        "staff: new, of another system": staff_notices.assigned(replace(ORDER, status=Status.PENDING), ""),
        "staff: due soon, the other system's deadline first": staff_notices.due_soon(replace(ORDER, left=2)),
        "staff: overdue there": staff_notices.urged(replace(ORDER, is_late_outside=True)),
        "staff: due soon, our deadline first": staff_notices.due_soon(
            replace(ORDER, left=2, outside_due_at=datetime(2026, 12, 4, 9, 0, tzinfo=UTC))
        ),
        "staff: resumed": staff_notices.resumed(WORKING),
    }


def reply_of(item: Notice | Reply) -> Reply:
    return item.reply if isinstance(item, Notice) else item


def test_every_text_is_as_agreed() -> None:
    """Wording is changed on purpose or not at all."""
    lines = []
    for name, item in everything().items():
        kind = item.kind if isinstance(item, Notice) else "passive reply"
        lines.append(f"== {name} [{kind}]\n{reply_of(item).plain()}\n")
    text = "\n".join(lines)
    if os.environ.get("QIYING_UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "item"), everything().items())
def test_texts_are_short_tappable_and_leak_nothing(name: str, item: Notice | Reply) -> None:
    """Fits one passive reply; the number is named; taps say the full number; no unmasked phone of a caller."""
    reply = reply_of(item)
    plain = reply.plain()
    assert len(plain.encode()) < 1000, name
    assert "0042" in plain
    assert "13912340001" not in plain
    taps = [part for part in reply.parts if isinstance(part, Tap)]
    assert all("20261120-0042" in tap.say for tap in taps)
    assert "系统繁忙" not in plain


def test_kinds_are_the_known_ones() -> None:
    """A kind selects the template; each known one is used, no other is invented."""
    used = {item.kind for item in everything().values() if isinstance(item, Notice)}
    assert used == KINDS


def test_template_fields_fit_templates() -> None:
    """`thing` fields hold 20 characters; every notice fills the same names."""
    names = {"number", "title", "enterprise", "status", "handler", "due", "note"}
    for item in everything().values():
        if isinstance(item, Notice):
            assert set(item.fields) == names
            assert all(len(value) <= 20 for value in item.fields.values())


def test_a_long_request_is_quoted_at_a_glance() -> None:
    """120 characters, one line."""
    long = replace(OWN, content="修路\n" * 500)
    assert len(long.quote) == 120
    assert long.quote.endswith("…")
    assert "\n" not in long.quote


def test_two_reminders_of_one_morning_are_two_different_cards() -> None:
    """C9: a template's card shows little more than its note; the same card twice reads as a mistake."""
    cards = [staff_notices.unaccepted(OWN), staff_notices.contact_late(OWN)]
    assert cards[0].fields["note"] != cards[1].fields["note"]


def test_the_template_has_the_earlier_of_both_deadlines() -> None:
    """C2: whoever reads only the card meets the day that comes first; an enterprise hears of ours alone."""
    card = staff_notices.due_soon(replace(ORDER, left=2)).fields
    assert (card["due"], card["note"]) == ("11月25日", "对方时限 11月25日 17:00")
    late = staff_notices.due_soon(replace(ORDER, left=2, is_late_outside=True)).fields
    assert late["note"] == "对方时限已过 11月25日 17:00"
    ours = replace(ORDER, left=2, outside_due_at=datetime(2026, 12, 4, 9, 0, tzinfo=UTC))
    assert staff_notices.due_soon(ours).fields["due"] == "12月1日"
    assert staff_notices.due_soon(ours).fields["note"] == "剩 2 个工作日"
    told = notices.accepted(ORDER)
    assert told.fields["due"] == "12月1日" and "11月25日" not in told.reply.plain()


def test_a_template_says_how_long_is_left() -> None:
    """C9: an officer outside the chat's window reads only the template; its words name the day or what is wanted."""
    reminders = {
        "剩 2 个工作日（12月1日前）": staff_notices.due_soon(replace(DEPARTMENT, left=2)),
        "超期 2 个工作日（12月1日前）": staff_notices.overdue_to_hub(LATE),
        "今天是反馈进度的最后一天": staff_notices.progress_late(DEPARTMENT),
        "结果没送到，已列入督办清单": staff_notices.untold_late(DONE),
    }
    assert {said: notice.fields["note"] for said, notice in reminders.items()} == {
        said: said for said in reminders
    }
