"""The yearly notice in the shapes people have it; a mistyped one is refused whole (reliability §5.4)."""

import json
from datetime import date, timedelta

import pytest

from app.workdays.calendar import WorkCalendar
from app.workdays.notice import HolidayNotice, NoticeFault, read_notice
from app.workdays.store import packaged_calendar

NOTICE_2026 = """国务院办公厅关于2026年部分节假日安排的通知
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
"""
TABLE_2027 = """日期 安排
2027-01-01 休
2027/1/2，休
2027年1月3日 放假
2027-05-01 休
2027-05-02 休
2027-05-08 班
2027-10-01 休
2027-10-02 休
2027-10-03 休
"""


def differences(notice: HolidayNotice, year: int) -> list[date]:
    """Days of the year on which the notice alone and the packaged calendar disagree."""
    alone, packaged = WorkCalendar(notices=notice.days), packaged_calendar()
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    return [day for day in days if alone.is_workday(day) != packaged.is_workday(day)]


def test_the_sentences_of_the_real_notice_give_the_whole_year() -> None:
    """2026 as published, pasted: no day differs from the packaged calendar."""
    notice = read_notice(NOTICE_2026)
    assert notice.year == 2026
    assert differences(notice, 2026) == []


def test_full_width_and_a_range_over_the_new_year() -> None:
    """2023/2024 style: the holiday begins in the old year; digits may be full width."""
    text = "２０２８年放假：2027年12月31日至2028年1月2日放假。5月1日至5日放假，5月6日（周六）上班。10月1日至7日放假。"
    notice = read_notice(text)
    assert notice.year == 2028
    assert notice.days[date(2027, 12, 31)] is False
    assert notice.days[date(2028, 5, 6)] is True


def test_a_table_of_days() -> None:
    notice = read_notice(TABLE_2027)
    assert notice.year == 2027
    assert notice.days[date(2027, 1, 2)] is False
    assert notice.days[date(2027, 5, 8)] is True
    assert len(notice.days) == 9


def test_json_of_calendar_projects() -> None:
    days = [
        {"date": day.isoformat(), "isOffDay": not worked}
        for day, worked in read_notice(TABLE_2027).days.items()
    ]
    assert read_notice(json.dumps({"year": 2027, "days": days})) == read_notice(TABLE_2027)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "没有看到年份"),
        ("{", "JSON"),
        ('{"year": 2027, "days": [{"date": "2027-02-30", "isOffDay": true}]}', "JSON"),
        (TABLE_2027.replace("2027-10-01 休", ""), "法定节假日没有放假：2027-10-01"),
        (TABLE_2027.replace("2027-05-08 班", "2027-05-07 班"), "调休上班应在周末：2027-05-07"),
        (TABLE_2027.replace("2027-05-08 班", "2027-05-08 也许"), "应是 休 或 班"),
        (TABLE_2027.replace("2027-05-08 班", "2027-05-32 班"), "没有这一天"),
        (TABLE_2027 + "2027-10-01 班\n", "另一种安排"),
        (TABLE_2027 + "2029-10-01 休\n", "不属于 2027 年：2029-10-01"),
        (TABLE_2027 + "5月9日 班\n", "看不懂"),
        ("2027年劳动节：4月20日至5月5日放假。元旦1月1日放假。10月1日至3日放假。", "连续放假超过"),
        ("2027年：13月1日放假。", "没有这一天"),
    ],
)
def test_a_mistyped_notice_is_refused_whole(text: str, says: str) -> None:
    """Half a notice would move deadlines twice."""
    with pytest.raises(NoticeFault) as refused:
        read_notice(text)
    assert says in refused.value.message
