"""Reading the yearly holiday notice (国务院办公厅关于部分节假日安排的通知) in the shapes people have it. Pure.

1. JSON as published by calendar projects: `{"year": 2027, "days": [{"date": "2027-01-01", "isOffDay": true}]}`.
2. A table, one day a line: `2027-01-01 休` and `2027-01-09 班`, in any of the usual spellings of date and mark.
3. The sentences of the notice itself: `元旦：1月1日至3日放假调休，共3天。1月4日（周一）上班。`
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from app.errors import AppError
from app.workdays.calendar import FIXED_STATUTORY_DAYS, SATURDAY, days_after

MOST_DAYS_OFF_IN_A_ROW = 12
OFF_MARKS = ("休", "放假", "假", "off", "false", "0")
WORKED_MARKS = ("班", "上班", "调休上班", "补班", "work", "true", "1")
_TABLE_LINE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[\s,，:：|\t]+(\S+)")
_DAY = r"(?:(?P<{0}y>\d{{4}})年)?(?:(?P<{0}m>\d{{1,2}})月)?(?P<{0}d>\d{{1,2}})日"
_REMARK = re.compile(r"[（(][^（）()]*[）)]")
_FREE = re.compile(_DAY.format("a") + r"(?:(?:至|到|-|—|~)" + _DAY.format("b") + r")?放假")
_WORKED = re.compile(r"((?:(?:\d{4}年)?(?:\d{1,2}月)?\d{1,2}日[、,，和及]?)+)上班")
_ONE_DAY = re.compile(r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日")
_YEAR = re.compile(r"(20\d{2})年")


class NoticeFault(AppError):
    """The notice cannot be used as it is; the message lists every fault."""

    status_code = 422


@dataclass(frozen=True)
class HolidayNotice:
    """What one notice says: the days it names, each worked or not. A day before `year` may be among them."""

    year: int
    days: Mapping[date, bool]


def read_notice(text: str) -> HolidayNotice:
    """The notice in this text; NoticeFault names every fault, so that nothing half-read is applied."""
    text = unicodedata.normalize("NFKC", text.lstrip("\ufeff"))
    if text.lstrip().startswith("{"):
        year, days = _from_json(text)
    elif _TABLE_LINE.search(text):
        year, days = _from_table(text)
    else:
        year, days = _from_sentences(text)
    faults = list(_faults(year, days))
    if faults:
        raise NoticeFault("\n".join(faults), field="text")
    return HolidayNotice(year, dict(sorted(days.items())))


def _from_json(text: str) -> tuple[int, dict[date, bool]]:
    try:
        data: dict[str, Any] = json.loads(text)
        days = {date.fromisoformat(item["date"]): not bool(item["isOffDay"]) for item in data["days"]}
        return int(data["year"]), days
    except (ValueError, KeyError, TypeError) as error:
        raise NoticeFault(
            f"不是能识别的 JSON：需要 year 和 days（date、isOffDay）：{error}", field="text"
        ) from None


def _from_table(text: str) -> tuple[int, dict[date, bool]]:
    days: dict[date, bool] = {}
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        found = _TABLE_LINE.search(line)
        if found is None:
            if line.strip() and re.match(r"\s*\d", line):
                faults.append(f"第 {number} 行看不懂：{line.strip()[:40]}")
            continue
        mark = found[4].lower()
        if mark not in OFF_MARKS + WORKED_MARKS:
            faults.append(f"第 {number} 行：「{found[4]}」应是 休 或 班")
            continue
        try:
            day = date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            faults.append(f"第 {number} 行：没有这一天：{found[0]}")
            continue
        if days.get(day, mark in WORKED_MARKS) != (mark in WORKED_MARKS):
            faults.append(f"第 {number} 行：{day} 前面写的是另一种安排")
        days[day] = mark in WORKED_MARKS
    if faults:
        raise NoticeFault("\n".join(faults), field="text")
    return _main_year(days), days


def _from_sentences(text: str) -> tuple[int, dict[date, bool]]:
    """Remarks in brackets (weekdays, lunar dates) are dropped first; a month is carried on to the next day."""
    named = _YEAR.search(text)
    if named is None:
        raise NoticeFault("没有看到年份，请贴通知全文，或用每行一天的表：2027-01-01 休", field="text")
    year = int(named[1])
    days: dict[date, bool] = {}
    for sentence in re.split(r"[。；;\n]", _REMARK.sub("", text).replace(" ", "")):
        days |= dict.fromkeys(_free_days(sentence, year), False)
        days |= dict.fromkeys(_worked_days(sentence, year), True)
    return year, days


def _free_days(sentence: str, year: int) -> Iterator[date]:
    for found in _FREE.finditer(sentence):
        first = _date(found["ay"], found["am"], found["ad"], year, 0)
        last = _date(found["by"], found["bm"], found["bd"], year, first.month) if found["bd"] else first
        yield first
        yield from days_after(first, last)


def _worked_days(sentence: str, year: int) -> Iterator[date]:
    for found in _WORKED.finditer(sentence):
        month = 0
        for one in _ONE_DAY.finditer(found[1]):
            day = _date(one[1], one[2], one[3], year, month)
            month = day.month
            yield day


def _date(year: str | None, month: str | None, day: str, notice_year: int, last_month: int) -> date:
    try:
        return date(int(year or notice_year), int(month or last_month), int(day))
    except ValueError:
        raise NoticeFault(
            f"没有这一天：{year or notice_year}年{month or last_month}月{day}日", field="text"
        ) from None


def _main_year(days: Mapping[date, bool]) -> int:
    years = [day.year for day in days]
    return max(set(years), key=years.count)


def _faults(year: int, days: Mapping[date, bool]) -> Iterator[str]:
    """What a genuine notice never says; each was once somebody's typing mistake."""
    statutory = {date(year, month, day) for month, day in FIXED_STATUTORY_DAYS}
    missing = sorted(day for day in statutory if days.get(day, True))
    if missing:
        yield f"法定节假日没有放假：{'、'.join(str(day) for day in missing)}"
    outside = [day for day in days if day.year != year and not (day.year == year - 1 and day.month == 12)]
    if outside:
        yield f"不属于 {year} 年：{'、'.join(str(day) for day in outside)}"
    weekdays = [day for day, is_worked in days.items() if is_worked and day.weekday() < SATURDAY]
    if weekdays:
        yield f"调休上班应在周末：{'、'.join(str(day) for day in weekdays)}"
    free = sorted(day for day, is_worked in days.items() if not is_worked)
    run = 1
    for before, day in pairwise(free):
        run = run + 1 if (day - before).days == 1 else 1
        if run > MOST_DAYS_OFF_IN_A_ROW:
            yield f"连续放假超过 {MOST_DAYS_OFF_IN_A_ROW} 天，到 {day}"
            break
