"""What must hold of tickets after a week: known outside, held, promised for the right day, passed up in time."""

from datetime import date, datetime, time, timedelta

from sqlmodel import select

from app.bench.week.seen import Outcome, Seen
from app.clock import SHANGHAI, local_date
from app.directory.models import Enterprise
from app.tickets.lifecycle import LIVE
from app.tickets.models import Ticket

# Days of 2026 around the made-up week that are not as Monday to Friday says, from the State Council's notice.
DAYS_OFF = {date(2026, 9, 25), *(date(2026, 10, day) for day in range(1, 8))}
WORKED = {date(2026, 9, 20), date(2026, 10, 10)}


def opened_once(seen: Seen) -> Outcome:
    """Every ticket is one that somebody outside was given, and none is missing."""
    known, rows = set(seen.diary.matters), set(seen.tickets)
    wrong = [f"{number} 有人拿到单号，库里没有" for number in sorted(known - rows)]
    wrong += [
        f"{number} 库里有，没有人拿到过单号：{seen.tickets[number].content[:30]}"
        for number in sorted(rows - known)
    ]
    return len(rows), tuple(wrong)


def held(seen: Seen) -> Outcome:
    """Every live ticket has a holder, a deadline, and a moment when the clock looks again."""
    wrong = []
    live = [row for row in seen.tickets.values() if row.status in LIVE]
    for row in live:
        holder = {"officer": row.officer_id, "department": row.department_id}.get(row.holder_kind, 1)
        if holder is None:
            wrong.append(f"{row.number} {row.holder_kind} 没有承办人")
        if row.next_step_at is None and not _is_done_reminding(row):
            wrong.append(f"{row.number} {row.status} {row.holder_kind} 没有下一步的时间")
    return len(live), tuple(wrong)


def _is_done_reminding(row: Ticket) -> bool:
    """On the supervision list: the last step of its chains was taken."""
    return row.supervised_at is not None


def clocks(seen: Seen) -> Outcome:
    """The promised day, counted anew on fingers, of every ticket that nobody extended, paused, moved or reopened."""
    finish = seen.lived.town.runtime.profile.deadlines.finish.working_days
    closes = seen.lived.town.runtime.profile.office_hours.closes
    moved = {"补件", "延期", "吹哨", "上报", "退回"}
    wrong, looked = [], 0
    for number, row in seen.tickets.items():
        matter = seen.diary.matter(number)
        acts = {act.verb for act in matter.acts} if matter else set()
        if acts & moved or row.reopened_count or row.holder_kind not in ("officer", "department"):
            continue
        if row.step != row.ladder[0]["key"]:
            continue
        looked += 1
        expected = counted(row.opened_at, finish, closes)
        if row.due_on != expected:
            wrong.append(
                f"{number} {row.opened_at.astimezone(SHANGHAI):%m-%d %H:%M}收到，应是 {expected}，却是 {row.due_on}"
            )
    return looked, tuple(wrong)


def counted(opened_at: datetime, days: int, closes: time) -> date:
    """`days` working days after the day of receipt, which after the office closes is the next working day."""
    local = opened_at.astimezone(SHANGHAI)
    day = local.date()
    if not is_workday(day) or local.time() >= closes:
        day = _next_workday(day)
    for _ in range(days):
        day = _next_workday(day)
    return day


def is_workday(day: date) -> bool:
    """By the list above."""
    return day in WORKED or (day.weekday() < 5 and day not in DAYS_OFF)


def _next_workday(day: date) -> date:
    day += timedelta(days=1)
    while not is_workday(day):
        day += timedelta(days=1)
    return day


def ladder(seen: Seen) -> Outcome:
    """Where nobody acts, the ticket is put on the supervision list; once it is late, the area's leader hears of it."""
    areas = {row.id: row.area_code or "" for row in seen.session.exec(select(Enterprise))}
    today, wrong, looked = local_date(seen.now), [], 0
    for number, row in seen.tickets.items():
        matter = seen.diary.matter(number)
        if row.status not in LIVE or row.holder_kind not in ("officer", "department") or row.waiting_since:
            continue
        if _workdays_after(row.due_on, today) < 3:
            continue
        looked += 1
        if row.supervised_at is None:
            wrong.append(f"{number} 到期 {row.due_on}，没有列入督办")
        leader = seen.lived.cast.leaders.get(areas.get(row.enterprise_id or 0, "")[:4], "")
        heard = leader and any(
            number[-4:] in entry.text for entry in seen.chat(leader) if entry.kind != "sent"
        )
        if leader and not heard and matter is not None:
            wrong.append(f"{number} 超期，分管领导没有收到")
    return looked, tuple(wrong)


def _workdays_after(day: date, today: date) -> int:
    count = 0
    while day < today:
        day += timedelta(days=1)
        count += is_workday(day)
    return count
