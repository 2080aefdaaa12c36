"""Quiet hours hold for everything except what the person just asked (E7), through chat, clock and worker."""

import pytest

from app.tickets.lifecycle import Action

QUESTION = "厂门口修路半个月了货车进不来"


def moments(district, openid: str) -> list[tuple[str, str]]:
    """(kind, `日 时:分` in China) of every push that went out to a person."""
    zone = district.zone
    return [(push.kind, f"{push.at.astimezone(zone):%d %H:%M}") for push in district.pushed(openid)]


def test_a_request_in_the_night_reaches_the_officer_in_the_morning(open_district) -> None:
    """The enterprise is answered at once; nobody else is woken."""
    district = open_district("ninghe", "2026-09-28 10:00")
    district.until("2026-09-28 22:30")
    assert "单号" in district.says("oBoss", QUESTION)
    district.until("2026-09-29 07:59")
    assert [kind for kind, _ in moments(district, "oWang")] == ["binding_request"]
    district.until("2026-09-29 08:00")
    assert moments(district, "oWang")[-1] == ("ticket_opened_officer", "29 08:00")


def test_news_of_the_night_wait_unless_the_person_is_talking(open_district) -> None:
    district = open_district("ninghe", "2026-09-28 10:00")
    district.says("oBoss", QUESTION)
    number = district.ticket().number
    district.until("2026-09-28 23:00")
    district.says("oWang", f"接单 {number[-4:]}")
    assert district.pushed("oBoss") == [], "asleep"
    district.until("2026-09-29 08:00")
    assert moments(district, "oBoss")[-1] == ("ticket_accepted", "29 08:00"), "nothing is lost"
    district.until("2026-09-29 23:00")
    district.says("oBoss", "进度")
    district.says("oWang", f"回复 {number[-4:]} 明早到现场")
    assert moments(district, "oBoss")[-1] == ("notice", "29 23:00"), "just asked: awake, and waiting for us"


def test_who_writes_in_the_night_reads_what_was_held(open_district) -> None:
    """Held news are shown in the passive reply, once."""
    district = open_district("ninghe", "2026-09-28 10:00")
    district.says("oBoss", QUESTION)
    number = district.ticket().number
    district.until("2026-09-28 22:00")
    district.says("oWang", f"接单 {number[-4:]}")
    said = district.says("oBoss", "进度")
    assert "这是之前没送到的进展" in said
    assert "已接单" in said
    district.until("2026-09-29 09:30")
    assert [kind for kind, _ in moments(district, "oBoss")].count("ticket_accepted") == 1


@pytest.mark.parametrize(
    ("moment", "held"), [("20:59", False), ("21:00", True), ("07:59", True), ("08:00", False)]
)
def test_the_edges_are_the_profiles(open_district, moment: str, held: bool) -> None:
    district = open_district("ninghe", "2026-09-28 06:00")
    district.says("oBoss", QUESTION)
    number = district.ticket().number
    district.until("2026-09-28 09:00")
    district.until(f"2026-09-29 {moment}")
    before = len(district.pushed("oLi"))
    district.hub(Action.SUMMON, number, target="住建委")
    assert (len(district.pushed("oLi")) == before) is held
