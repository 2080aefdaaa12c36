"""File exchange with systems that have no interface (C2): a table in, results out, states back, nothing twice."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from app.audit import AuditRow
from app.tickets.lifecycle import Action


def test_a_table_of_the_hotline_becomes_tickets_with_their_words_in_ours(hotline: Any, row: Any) -> None:
    """C2, C17: code → category and kind, their deadline beside ours, and the result file in their columns."""
    path = hotline.put(row("TJ-1"))
    assert hotline.work() == 1
    (ticket,), (order,) = hotline.tickets(), hotline.orders()
    assert (ticket.channel, ticket.category, ticket.kind) == ("12345热线", "道路交通", "问题")
    assert (ticket.external_number, ticket.officer_id) == ("TJ-1", 1)
    assert order.due_at is not None
    assert order.due_at.isoformat() == "2026-11-25T15:59:59+00:00", "a day without a time lasts until it ends"
    assert ticket.due_on.isoformat() == "2026-12-01"
    heads, first = hotline.out("登记结果")
    assert heads[:3] == ["工单编号", "本区单号", "办理状态"]
    assert first[:3] == ["TJ-1", ticket.number, "待签收"]
    assert first[-2:] == ["已登记", ""]
    assert not path.exists()
    (done,) = hotline.folders.done.iterdir()
    assert done.stat().st_mode & 0o777 == 0o600
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in hotline.folders.out.iterdir())
    with hotline.database.reading() as session:
        assert [audit.action for audit in session.exec(select(AuditRow))][-1] == "exchange.file"


def test_the_same_list_again_repeats_nothing_and_brings_what_is_new(hotline: Any, row: Any) -> None:
    """A daily export lists yesterday's orders once more: known ones stay, a moved deadline is taken over."""
    hotline.put(row("TJ-1"))
    hotline.work()
    hotline.put(
        row("TJ-1", 办理时限="2026-11-30"), row("TJ-2", "门前下水道堵了，污水外溢没人管"), name="第二天.xlsx"
    )
    hotline.work()
    assert [ticket.external_number for ticket in hotline.tickets()] == ["TJ-1", "TJ-2"]
    assert hotline.orders()[0].due_at.isoformat() == "2026-11-30T15:59:59+00:00"
    verdicts = {line[0]: line[-2:] for line in hotline.out("第二天-登记结果")[1:]}
    assert verdicts["TJ-1"] == ["已更新", "贵方时限改为 2026-11-30 23:59:59"]
    assert verdicts["TJ-2"] == ["已登记", ""]


def test_rows_that_cannot_be_taken_go_back_with_every_reason(hotline: Any, row: Any) -> None:
    """One bad row holds up no other; an unknown code loses no order."""
    hotline.put(row("TJ-1"))
    hotline.work()
    hotline.put(
        row("TJ-1", "完全另一件事情，请另行处理"),
        row("TJ-3", 联系电话="不详", 受理时间="上周", 企业名称=""),
        row("TJ-4", 诉求分类="天文", 受理时间="2026-11-21 09:00"),
        row("TJ-5", 诉求分类="天文", 承办单位="住建委、天文台"),
        name="坏.csv",
        encoding="utf-8",
    )
    hotline.work()
    assert [ticket.external_number for ticket in hotline.tickets()] == ["TJ-1", "TJ-5"]
    reasons = {line[0]: line[-1] for line in hotline.out("坏-登记结果")[1:]}
    assert "内容不同" in reasons["TJ-1"]
    for word in ("联系电话", "受理时间：读不懂「上周」，应像 2026-11-20 09:30:00", "企业名称"):
        assert word in reasons["TJ-3"], word
    assert "在将来" in reasons["TJ-4"]
    assert reasons["TJ-5"] == "分类「天文」没有对照，留空；承办单位「天文台」本区没有，留空"
    back = hotline.out("坏-没有登记")
    assert back[0][-1] == "没有登记的原因"
    assert [line[0] for line in back[1:]] == ["TJ-1", "TJ-3", "TJ-4"]


def test_nothing_in_our_files_runs_as_a_formula(hotline: Any, row: Any) -> None:
    """The reply a caller provoked is a cell of somebody else's spreadsheet."""
    hotline.put(row("+TJ", '-2+3+cmd|" /C calc"!A0'))
    hotline.work()
    cells = [cell for line in hotline.out("登记结果")[1:] for cell in line]
    cells += (
        [cell for line in hotline.out("没有登记")[1:] for cell in line]
        if list(hotline.folders.out.glob("*没有登记*"))
        else []
    )
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("name", ["来单.csv.partial", ".来单.csv", "~$来单.xlsx", "来单.txt"])
def test_what_is_not_a_finished_table_stays_where_it_is(hotline: Any, row: Any, name: str) -> None:
    path = hotline.put(row("TJ-1")).rename(hotline.folders.inbox / name)
    assert hotline.work() == 0
    assert path.exists()


def test_a_file_that_still_grows_is_not_taken(hotline: Any, row: Any) -> None:
    path = hotline.put(row("TJ-1"))
    assert hotline.exchange.work(hotline.now) == 0
    with path.open("ab") as file:
        file.write(",".join(row("TJ-2")).encode("gb18030") + b"\r\n")
    assert hotline.exchange.work(hotline.now) == 0
    assert hotline.exchange.work(hotline.now) == 1
    assert len(hotline.tickets()) == 2


def test_a_link_out_of_the_folder_is_not_followed(hotline: Any, row: Any, tmp_path: Path) -> None:
    outside = hotline.put(row("TJ-1")).rename(tmp_path / "elsewhere.csv")
    (hotline.folders.inbox / "link.csv").symlink_to(outside)
    assert hotline.work() == 0


def test_a_file_of_no_use_is_answered_in_words_and_put_away(hotline: Any, row: Any) -> None:
    hotline.put(row("TJ-1")[:3], headers=("工单编号", "诉求标题", "备注"), name="缺列.csv")
    (hotline.folders.inbox / "坏.xlsx").write_bytes(b"PK\x03\x04 nothing")
    hotline.work()
    answer = hotline.out("缺列-没有采用")[1][1]
    assert "「诉求内容」或「问题描述」" in answer
    assert "「联系电话」" in answer
    assert "不是 XLSX 文件" in hotline.out("坏-没有采用")[1][1]
    assert len(list(hotline.folders.done.iterdir())) == 2
    assert hotline.tickets() == []


def test_a_process_that_was_stopped_leaves_nothing_half_taken(hotline: Any, row: Any) -> None:
    """Taking a file again after a crash: rows that were taken are known, the others are taken now."""
    hotline.put(row("TJ-1"))
    hotline.work()
    path = hotline.put(row("TJ-1"), row("TJ-2", "供电容量不够，想增容不知道找谁"))
    taken = hotline.folders.take(path)
    assert hotline.folders.take(path) is None, "a second process finds it gone"
    assert taken is not None
    hotline.exchange._finish(hotline.system, taken, by="worker", now=hotline.now)
    assert [ticket.external_number for ticket in hotline.tickets()] == ["TJ-1", "TJ-2"]


def test_copies_of_telephone_numbers_do_not_lie_about_for_ever(
    hotline: Any, row: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was taken and answered 90 days ago is deleted; what waits in the inbox is not ours to delete."""
    hotline.put(row("TJ-1"))
    hotline.work()
    waiting = hotline.put(row("TJ-2", "供电容量不够，想增容不知道找谁"), name="新.csv")
    assert hotline.folders.forget() == 0
    monkeypatch.setattr("app.api.exchange.folders.KEPT_S", -60.0)
    assert hotline.folders.forget() == 2
    assert list(hotline.folders.done.iterdir()) == []
    assert waiting.exists()


def test_states_since_the_last_file_and_nothing_twice(hotline: Any, row: Any) -> None:
    hotline.put(row("TJ-1"), row("TJ-2", "供电容量不够，想增容不知道找谁"))
    hotline.work()
    assert hotline.exchange.tell_states(hotline.now) == 2
    assert hotline.exchange.tell_states(hotline.now) == 0
    hotline.now = hotline.now.replace(hour=6)
    hotline.do(hotline.tickets()[1], Action.RESOLVE, note="=已协调供电公司增容", target="explained")
    assert hotline.exchange.tell_states(hotline.now) == 1
    told = hotline.out("办理情况")[1]
    assert told[0] == "TJ-2"
    assert told[2:5] == ["已办结待确认", "已解释", "'=已协调供电公司增容"]


def test_an_order_is_over_only_when_the_hotline_says_so(hotline: Any, row: Any) -> None:
    """Closing rule: our filing alone is not theirs; 退回重办 opens our ticket again, once."""
    hotline.put(row("TJ-1"))
    hotline.work()
    (ticket,) = hotline.tickets()
    hotline.put(row("TJ-1", 工单状态="已归档"), name="早了.csv")
    hotline.work()
    assert hotline.orders()[0].confirmed_at is None
    assert "还没有办结" in hotline.out("早了-登记结果")[1][-1]
    hotline.do(ticket, Action.RESOLVE, note="路灯已修好")
    hotline.do(ticket, Action.TELL, note="已电话告知赵测试")
    hotline.do(ticket, Action.CLOSE)
    hotline.exchange.tell_states(hotline.now)
    assert hotline.out("办理情况")[1][2] == "已办结待确认"
    hotline.put(row("TJ-1", 工单状态="退回重办"), name="退回.csv")
    hotline.work()
    assert hotline.tickets()[0].status == "pending"
    hotline.put(row("TJ-1", 工单状态="退回重办"), name="又退回.csv")
    hotline.work()
    assert hotline.out("又退回-登记结果")[1][-2] == "以前已登记"
    for action, words in (
        (Action.RESOLVE, {"note": "真的修好了"}),
        (Action.TELL, {"note": "已告知"}),
        (Action.CLOSE, {}),
    ):
        hotline.do(ticket, action, **words)
    hotline.put(row("TJ-1", 工单状态="已归档"), name="确认.csv")
    hotline.work()
    assert hotline.orders()[0].confirmed_at is not None
    assert hotline.out("确认-登记结果")[1][2] == "已办结"
