"""Files that leave the house: nothing runs as a formula, telephone numbers are masked, DOCX opens (C9, E2, E4, E5)."""

import io
from datetime import UTC, date, datetime

import openpyxl
from docx import Document

from app.reports import book, cases, gathering, ledger, special, topics
from app.reports.book import Table
from app.reports.history import REMINDED, Party
from app.reports.measures import BY_KEY, Line
from app.reports.period import Period, month_of, quarter_of, week_of, year_of
from app.reports.topics import Topic
from app.tickets.escalation import SUPERVISED
from app.tickets.events import write_event
from app.tickets.lifecycle import Action, Status
from app.tickets.values import SYSTEM, Actor, ActorKind
from app.workdays.store import packaged_calendar

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
BOSS = Actor(ActorKind.ENTERPRISE, "o-boss", "")
WANG = Actor(ActorKind.OFFICER, "1", "王服务")
HOSTILE = ("=1+1", "+86", "-2", "@SUM(A1)", "\t=1", "＝1", "=cmd|' /C calc'!A0", "\x00\x07x")


def test_cells_are_text_and_numbers_stay_numbers():
    rows = [[text, number, None] for number, text in enumerate(HOSTILE)]
    content = book.write([("表", Table("=标题", "+期间", ["=甲", "乙", "丙"], rows, ["=注"]))])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert cells and all(cell.data_type == "s" for cell in cells)
    assert [sheet.cell(4 + n, 2).value for n in range(len(rows))] == list(range(len(rows)))
    assert sheet.cell(4, 1).value == "=1+1"


def test_a_sheet_can_be_filtered_sorted_by_day_and_printed():
    """E4: days are days, rates keep their decimal, heads stand on each page, and a long title in a narrow table is
    not cut off."""
    rows = [["甲", date(2026, 11, 20), 100.0], ["乙", date(2026, 9, 1), 66.7]]
    title = "天津市示例区共性问题（按相近的手册条目）" * 4
    content = book.write([("表", Table(title, "期间", ["项", "日期", "率"], rows, ["注"], is_list=True))])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    days, rates = ([sheet.cell(line, column) for line in (4, 5)] for column in (2, 3))
    assert all(cell.is_date for cell in days) and days[1].value.date() == date(2026, 9, 1)
    assert {cell.number_format for cell in rates} == {"0.0"}
    assert sheet.auto_filter.ref == "A3:C5" and sheet.print_title_rows == "$3:$3"
    assert sheet.page_setup.paperSize == int(sheet.PAPERSIZE_A4)
    assert sheet.row_dimensions[1].height > 3 * sheet.row_dimensions[2].height
    plain = book.write([("表", Table("题", "期间", ["项"], [["合计"]]))])
    assert openpyxl.load_workbook(io.BytesIO(plain)).active.auto_filter.ref is None, (
        "a total is not sorted away"
    )


def test_the_ledger_has_a_line_for_each_ticket_and_no_numbers(desk):
    ticket = desk.open("=HYPERLINK(1) 请打13912345678联系我")
    desk.at("2026-11-18 10:00").do(ticket, Action.RESOLVE, WANG, note="好了")
    desk.do(ticket, Action.RATE, BOSS, score=5)
    with desk.db.reading() as session:
        found = gathering.stories(session, NOVEMBER, desk.now)
        (row,) = list(
            ledger.rows(
                session,
                ledger.opened_in(found, NOVEMBER),
                gathering.names(session, desk.rules.profile.hub.name),
            )
        )
    named = dict(zip(ledger.HEADS, row, strict=True))
    assert named["单号"] == ticket.number and named["是否按时"] == "是" and named["企业评分"] == 5
    assert "139****5678" in named["诉求"] and "13912345678" not in str(row)
    assert (named["收到日期"], named["办结日期"]) == (date(2026, 11, 16), date(2026, 11, 18))
    assert named["结果"] == "已解决" and named["片区"] == "甲一网格" and named["期末状态"] == "已归档"


def test_the_brief_names_what_is_late_and_leaves_the_advice_to_people(desk):
    desk.at("2026-11-02 10:00").open("超期的 13912345678")
    desk.at("2026-11-25 10:00")
    with desk.db.reading() as session:
        found = gathering.stories(session, NOVEMBER, desk.now)
        known = gathering.names(session, desk.rules.profile.hub.name)
        lines = gathering.lines(found, "area", NOVEMBER, desk.now, known)
    day = NOVEMBER.last_day(desk.now)
    late, supervised, around = special.pick(found, day)
    brief = special.Brief(
        "专报", "中枢", "2026年11月", day, gathering.total(lines), late, supervised, around,
        [Topic("道路", 3, 0.5, 2, True)], packaged_calendar(),
    )  # fmt: skip
    document = Document(io.BytesIO(special.write(brief, known)))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "超期未办结的诉求（1 件）" in text and "道路：3 件" in text and "（请填写）" in text
    table = document.tables[0]
    assert [cell.text for cell in table.rows[1].cells][3:] == [
        "王服务（T1）",
        late[0].due_on.isoformat(),
        "10",
    ], "C9: 11 November to 25 November, counted in working days like the promise"
    assert "13912345678" not in " ".join(cell.text for cell in table.rows[1].cells)
    paper = document.sections[0]
    assert (round(paper.page_width.cm, 1), round(paper.page_height.cm, 1)) == (21.0, 29.7)
    room = paper.page_width - paper.left_margin - paper.right_margin
    assert sum(cell.width for cell in table.rows[1].cells) <= room
    assert "w:tblHeader" in table.rows[0]._tr.xml, "the heads stand on every page"


def test_the_hub_is_called_what_the_district_calls_it(desk):
    """E1: the same name in the list, the ledger and the brief."""
    ticket = desk.open("没有服务人员的诉求", enterprise_id=None, openid=None)
    with desk.db.reading() as session:
        found = gathering.stories(session, NOVEMBER, desk.now)
        known = gathering.names(session, desk.rules.profile.hub.name)
        (row,) = ledger.rows(session, found, known)
    assert dict(zip(ledger.HEADS, row, strict=True))["承办"] == "区政务服务办"
    assert ticket.holder_kind == "hub"


def test_a_result_that_nobody_was_told_stays_supervised_in_the_brief_as_on_screen(desk):
    """D2: done, but the enterprise does not know; filed away it is off the list."""
    desk.at("2026-11-02 10:00").open("路灯不亮")
    with desk.db.reading() as session:
        (story,) = gathering.stories(session, NOVEMBER, desk.now)
    story.is_supervised = True
    lengths = {}
    for story.status in (Status.WORKING, Status.RESOLVED, Status.CLOSED):
        lengths[story.status] = len(special.pick([story], NOVEMBER.since)[1])
    assert lengths == {Status.WORKING: 1, Status.RESOLVED: 1, Status.CLOSED: 0}


def test_what_is_done_and_supervised_stays_in_the_brief_of_the_next_month(desk):
    """As on the first screen: nobody touched it since November, and the enterprise still does not know."""
    ticket = desk.at("2026-11-02 10:00").open("路灯不亮")
    desk.at("2026-11-05 10:00").do(ticket, Action.RESOLVE, WANG, note="换好了")
    with desk.db.transaction() as session:
        keys = {"keys": [f"{next(iter(SUPERVISED))}:2026-11-09"]}
        write_event(session, ticket, REMINDED, SYSTEM, datetime(2026, 11, 20, 2, tzinfo=UTC), data=keys)
    december = Period(date(2026, 12, 1), date(2026, 12, 31))
    found = desk.at("2026-12-04 10:00").stories(december)
    assert [story.basis.number for story in special.pick(found, date(2026, 12, 4))[1]] == [ticket.number]
    assert all(line.counts["resolved"] == 0 for line in desk.lines("area", december).values())


def test_a_spike_is_more_than_chance():
    assert Topic("甲", 9, 2.0, 5, True).is_spike
    assert not Topic("甲", 3, 2.0, 3, True).is_spike
    assert not Topic("甲", 2, 0.0, 2, True).is_spike
    assert not Topic("甲", 40, 30.0, 9, True).is_spike
    assert not Topic("甲", 9, 0.0, 5, False).is_spike
    assert not Topic(topics.UNKNOWN, 9, 0.0, 5, True).is_spike


def test_topics_are_compared_with_the_four_periods_before(desk):
    for month in (7, 8, 9, 10):
        desk.at(f"2026-{month:02d}-15 10:00").open("停水", category="水电气热")
    for day in range(2, 12):
        desk.at(f"2026-11-{day:02d} 10:00").open(f"停水 {day}", category="水电气热", near=("停水报修",))
    with desk.db.reading() as session:
        (one,) = topics.topics(session, NOVEMBER, desk.now, "category")
        assert (one.name, one.count, one.mean, one.enterprises, one.is_spike) == (
            "水电气热",
            10,
            1.0,
            1,
            True,
        )
        numbers = topics.numbers_of(session, NOVEMBER, desk.now, "near", "停水报修")
    assert len(numbers) == 10


def test_typical_cases_are_solved_rated_five_and_never_reopened(desk):
    good = desk.open("好案例")
    desk.at("2026-11-17 10:00").do(good, Action.RESOLVE, WANG, note="好了")
    desk.do(good, Action.RATE, BOSS, score=5)
    plain = desk.open("普通")
    desk.do(plain, Action.RESOLVE, WANG, target="explained", note="解释了")
    desk.do(plain, Action.RATE, BOSS, score=5)
    (one,) = cases.candidates(desk.stories(), NOVEMBER)
    assert one.story.basis.number == good.number and "企业评 5 分" in one.why


def test_nobody_with_a_blemish_is_praised():
    def line(**counts):
        return Line("1", "甲", dict.fromkeys(BY_KEY, 0) | counts)

    fine = line(resolved=3, on_time=3, rated=2, satisfied=2)
    assert cases.stars([fine]) == [fine]
    for spoilt in (
        line(resolved=2, on_time=2, rated=2, satisfied=2),
        line(resolved=3, on_time=2, rated=2, satisfied=2),
        line(resolved=3, on_time=3, rated=2, satisfied=1),
        line(resolved=3, on_time=3),
        line(resolved=3, on_time=3, rated=2, satisfied=2, reopened=1),
    ):
        assert cases.stars([spoilt]) == []


def test_periods():
    day = date(2026, 11, 20)
    assert month_of(date(2028, 2, 3)).until == date(2028, 2, 29)
    assert (quarter_of(day).since, quarter_of(day).until) == (date(2026, 10, 1), date(2026, 12, 31))
    assert (week_of(day).since, week_of(day).until) == (date(2026, 11, 16), date(2026, 11, 22))
    assert year_of(day).label == "2026-01-01 至 2026-12-31" and NOVEMBER.label == "2026年11月"
    assert NOVEMBER.before(1) == month_of(date(2026, 10, 1)) and NOVEMBER.before(11) == month_of(
        date(2025, 12, 1)
    )
    assert week_of(day).before(2) == Period(date(2026, 11, 2), date(2026, 11, 8))
    assert Party("hub") == Party("hub", None, None)
