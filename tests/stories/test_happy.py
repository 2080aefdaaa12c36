"""Each district's ladder from question to satisfied closing, over 国庆 with its make-up Saturday (C1–C5, D1)."""

from datetime import date

import pytest

from app.tickets.lifecycle import Action

QUESTION = "厂门口修路半个月了货车进不来"
# Per district: who moves it how, and the rung and holder that the enterprise then reads.
LADDERS = {
    "dongli": [
        ("wang", "吹哨 {n} 住建委 道路归住建", "吹哨报到", "住建委 李专员"),
        ("li", "上报 {n} 涉及交通局，协调不下来", "专项工作组", "“政企同行·有需必应”专项工作组"),
        ("hub", "体制机制空白", "联席会议", "优化营商环境工作联席会议"),
    ],
    "beichen": [
        ("wang", "吹哨 {n} 住建委 道路归住建", "部门协调办理", "住建委 李专员"),
        ("wang", "上报 {n} 涉及两个部门", "区级会商办理", "区营商环境办"),
        ("hub", "涉及市级层面", "市级提级办理", "市级部门或市便民专线服务中心"),
    ],
    "tpftz": [
        ("wang", "吹哨 {n} 住建委 道路归住建", "协同办理", "住建委 李专员"),
        ("li", "上报 {n} 研判意见：需城环局和规建局一起定", "联席会议", "优化营商环境工作联席会议"),
    ],
    "ninghe": [
        ("wang", "吹哨 {n} 住建委 道路归住建", "部门协同办", "住建委 李专员"),
        ("li", "上报 {n} 本部门意见：须交通局同意占道", "中枢分派办", "区政务服务办"),
        ("wang", "上报 {n} 请包联区领导协调", "领导提级办", "包联区领导"),
        ("hub", "超出区级权限", "市区协调办", "市优化营商环境工作联席会"),
    ],
    "binhai": [
        ("wang", "吹哨 {n} 住建委 道路归住建", "转办", "住建委 李专员"),
        ("wang", "上报 {n} 部门迟迟没有答复", "督办", "区营商环境办"),
        ("hub", "整改不到位", "通报", "区营商环境办"),
    ],
}
PHONES = {"wang": "oWang", "li": "oLi"}


@pytest.mark.parametrize("key", LADDERS)
def test_from_question_to_satisfied_closing_along_the_whole_ladder(open_district, key: str) -> None:
    """Every rung is reached by chat, told to the enterprise, and the answer closes the ticket."""
    district = open_district(key, "2026-09-29 10:00")
    said = district.says("oBoss", QUESTION)
    number = district.ticket().number
    assert f"单号 {number}，最晚 10月14日（7 个工作日）办结" in said, "10 October is worked"
    assert "王服务" in said
    assert district.pushed("oWang")[-1].kind == "ticket_opened_officer"

    district.says("oWang", f"接单 {number[-4:]}")
    assert district.pushed("oBoss")[-1].kind == "ticket_accepted"
    for who, words, rung, holder in LADDERS[key]:
        before = len(district.pushed("oBoss"))
        if who == "hub":
            district.hub(Action.RAISE, number, note=words)
        else:
            district.says(PHONES[who], words.format(n=number[-4:]))
        ticket = district.ticket()
        step = next(step for step in ticket.ladder if step["key"] == ticket.step)
        assert step["name"] == rung
        news = district.pushed("oBoss")[before:]
        assert [push.kind for push in news] == ["ticket_transferred"], "told once of every step (D1)"
        assert holder.split(" ")[0] in news[0].text
        assert ticket.first_responder_id == 1, "C4: the first responder stays"
    assert rung == district.ticket().ladder[-1]["name"], "the whole ladder was walked"

    district.until("2026-10-10 10:00")
    assert date(2026, 10, 3) not in district.push_days("oWang"), "nobody is disturbed during 国庆"
    listed = district.put_right(number)
    district.hub(Action.RESOLVE, number, note="已修好便道，货车可以进出")
    result = district.last_push("oBoss")
    assert "已办结：已修好便道，货车可以进出" in result
    assert "〔满意〕 〔基本满意〕 〔不满意〕" in result
    assert district.heard("oWang", "已办结：已修好便道"), "the first responder hears the end"
    assert "评价已记下" in district.says("oBoss", f"评价 {number} 5 办得快")
    ticket = district.ticket()
    assert ticket.status == "closed"
    assert ticket.told_at is not None
    assert district.scores() == [(5, True)]
    moves = ["summon" if "吹哨" in words else "raise" for _, words, _, _ in LADDERS[key]]
    assert district.kinds() == ["opened", "accept", *moves, *listed, "resolve", "rate"]


@pytest.mark.parametrize("key", LADDERS)
def test_solved_at_once_and_silent(open_district, key: str) -> None:
    """The first rung alone: answered, told by push, silent for five working days, filed; still ratable."""
    district = open_district(key, "2026-09-29 10:00")
    district.says("oBoss", QUESTION)
    number = district.ticket().number
    district.says("oWang", f"办结 {number[-4:]} 施工方今晚拆围挡")
    district.until("2026-10-10 20:00")
    assert district.ticket().status == "resolved", "silence over 国庆 is not five working days"
    district.until("2026-10-13 09:30")
    assert district.ticket().status == "closed"
    assert district.pushed("oBoss")[-1].kind == "ticket_closed"
    assert "评价已记下" in district.says("oBoss", f"评价 {number} 4")
    assert district.scores() == [(4, True)]
