"""Second thoughts about a rating, merged tickets in 进度, 协办 and 转出 by chat: transcripts with the worker."""

from app.tickets.lifecycle import Action

QUESTION = "厂门口修路半个月了货车进不来"


def settled(district) -> str:
    district.says("oBoss", QUESTION)
    number = district.ticket().number
    district.says("oWang", f"办结 {number[-4:]} 便道已通")
    return number


def test_satisfied_then_dissatisfied_reopens_one_step_up(open_district) -> None:
    """D3, D4: the last answer wins, with history, and says so."""
    district = open_district("ninghe", "2026-09-28 10:00")
    number = settled(district)
    assert "评价已记下，单子归档" in district.says("oBoss", "满意")
    said = district.says("oBoss", "不满意，大车还是进不来")
    assert "由“满意”改为“不满意”（原来的留底" in said
    assert "已重新打开，并升到「中枢分派办」" in said
    assert "“大车还是进不来”已写进单子" in said
    again = district.ticket()
    assert (again.number, again.status, again.reopened_count) == (number, "pending", 1)
    assert district.scores() == [(5, False), (1, True)]
    assert "还在办理，办结后再评价" in district.says("oBoss", "满意")


def test_a_better_rating_replaces_the_first_with_history(open_district) -> None:
    district = open_district("dongli", "2026-09-28 10:00")
    settled(district)
    district.says("oBoss", "基本满意")
    district.until("2026-09-28 15:00")
    said = district.says("oBoss", "满意 其实办得不错")
    assert "由“基本满意”改为“满意”（原来的留底" in said
    assert district.ticket().status == "closed"
    assert district.scores() == [(3, False), (5, True)]
    assert "改为" not in district.says("oBoss", "满意"), "the same again is no change"


def test_a_day_later_bare_words_are_words_again(open_district) -> None:
    district = open_district("dongli", "2026-09-28 10:00")
    number = settled(district)
    district.says("oBoss", "满意")
    district.until("2026-09-29 11:00")
    district.says("oBoss", "不满意")
    assert district.scores(number[-4:]) == [(5, True)], "but by its number it can still be changed"
    assert "改为“基本满意”" in district.says("oBoss", f"评价 {number} 3")


def test_progress_lists_merged_requests_while_they_are_worked_on(open_district) -> None:
    """Two people's same matter: each sees the own number, and how the one that survived stands."""
    district = open_district("ninghe", "2026-09-28 10:00")
    district.says("oBoss", QUESTION)
    first = district.ticket().number
    district.until("2026-09-28 11:00")
    district.says("oBoss", "修路的事：门口的坑越来越大了")
    district.says("oBoss", "2")
    second = district.ticket().number
    assert second != first
    district.hub(Action.MERGE, second, target=first)
    listed = district.says("oBoss", "进度")
    assert first[-4:] in listed
    assert second[-4:] in listed
    assert "您有 2 件没有归档的事" in listed
    district.says("oWang", f"办结 {first} 便道已通")
    district.says("oBoss", f"评价 {first} 5")
    assert "没有在办的事项" in district.says("oBoss", "进度")


def test_beside_the_holder_and_out_of_the_house(open_district) -> None:
    """协办, 转出 with the outside number, no 办结 meanwhile, 转回: all by an officer's chat."""
    district = open_district("ninghe", "2026-09-28 10:00")
    district.says("oBoss", QUESTION)
    number = district.ticket().number
    n = number[-4:]
    assert "仍由一片区 王服务主办" in district.says("oWang", f"协办 {n} 住建委 请看路面")
    assert "协办的诉求" in district.last_push("oLi")
    assert "已经在协办" in district.says("oWang", f"协办 {n} 住建委")
    assert "不在您手上" in district.says("oZhou", f"协办 {n} 住建委") or "没有这个号" in district.says(
        "oZhou", f"协办 {n} 住建委"
    )
    said = district.says("oWang", f"转出 {n} 12345热线 DH20260928001 请供电公司办")
    assert "已记下转出" in said
    assert "已转12345热线（编号 DH20260928001）协同办理" in district.last_push("oBoss")
    assert "结果还没有回来" in district.says("oWang", f"办结 {n} 好了")
    assert "已记下转出结果" in district.says("oWang", f"转回 {n} 供电公司已增容")
    assert "已办结" in district.says("oWang", f"办结 {n} 已增容，便道已通")
    assert district.kinds() == ["opened", "engage", "hand_off", "hand_back", "resolve"]


def test_the_contact_log_before_and_after_a_visit(open_district) -> None:
    """E7: two contacts a month by the profile; a third is logged, with a word of caution; the own ticket goes on."""
    district = open_district("ninghe", "2026-09-28 10:00")
    name = "测试1号食品有限公司"
    assert "近 30 天没有联系过" in district.says("oWang", f"走访 {name}")
    assert "无事不扰" not in district.says("oWang", f"走访 {name} 看了车间")
    assert "无事不扰" in district.says("oWang", f"走访 {name} 电话问用工")
    log = district.says("oWang", f"走访 {name}")
    assert "电话 电话问用工" in log
    assert "近 30 天已联系 2 次（上限 2 次）" in log
    assert "近 30 天主动联系 2 次" in district.says("oWang", f"查企业 {name}")
    district.says("oBoss", QUESTION)
    district.says("oWang", f"接单 {district.ticket().number[-4:]}")
    assert district.pushed("oBoss")[-1].kind == "ticket_accepted", (
        "news of the own ticket are never held back"
    )


def test_thanks_and_the_grace_period(open_district) -> None:
    """«谢谢» changes nothing; days after the silent filing «又挖开了» takes the same ticket up one rung higher."""
    district = open_district("beichen", "2026-09-28 10:00")
    number = settled(district)
    assert "办得怎么样？\n满意 基本满意 不满意" in district.says("oBoss", "好的，谢谢")
    assert district.kinds() == ["opened", "resolve"]
    district.until("2026-10-13 09:30")
    assert district.ticket().status == "closed"
    assert "还没解决，接着办" in district.says("oBoss", "路又挖开了，货车又进不来")
    said = district.says("oBoss", "1")
    assert f"{number[-4:]} 已重新打开，并升到「区级会商办理」" in said
    assert "“路又挖开了，货车又进不来”已写进单子" in said
    assert district.ticket().number == number
    assert district.heard("oWang", "路又挖开了")


def test_what_cannot_be_granted_is_explained(open_district) -> None:
    """C11 through chat: the kind is kept with the result."""
    district = open_district("ninghe", "2026-09-28 10:00")
    district.says("oBoss", QUESTION)
    n = district.ticket().number[-4:]
    district.says("oWang", f"办结 {n} 解释：主路改造列入明年计划，今年先修便道")
    assert (district.ticket().result_kind, district.ticket().result) == (
        "explained",
        "主路改造列入明年计划，今年先修便道",
    )
