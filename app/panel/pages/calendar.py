"""The working calendar: a year as it counts, the district's own days, and the yearly notice with four eyes."""

from starlette.responses import Response

from app.clock import local_date
from app.errors import AppError
from app.panel import calendar_rows
from app.panel.calls import Call, whole_number
from app.panel.roles import SYSTEM_KEEPERS
from app.tickets import calendar_entry
from app.tickets.calendar_watch import calendar_warning
from app.tickets.values import Actor, ActorKind, Incomplete
from app.workdays import pending
from app.workdays.notice import read_notice
from app.workdays.store import load_calendar

PATH = "/admin/calendar"
FIRST_YEAR, LAST_YEAR = 2004, 2099
KINDS = {"off": False, "work": True, "clear": None}
KIND_NAMES = (("off", "放假"), ("work", "上班"), ("clear", "撤销本区规定"))
DAY_FIELDS = ("day", "kind", "reason")


def show(call: Call) -> Response:
    """A year as a grid, what waits for a second person, and the forms."""
    return _page(call)


def refuse(call: Call, error: AppError) -> Response:
    """The page again with what was typed."""
    return _page(call, fault=error.message, status=error.status_code)


def set_day(call: Call) -> Response:
    """The district's own word on one day; open deadlines are counted again."""
    day, kind = call.form.day("day"), call.form.text("kind")
    if day is None or kind not in KINDS:
        raise Incomplete("请选择哪一天、放假还是上班", field="day")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise AppError("年份不对，请核对日期", field="day")
    if kind != "clear" and not call.form.text("reason"):
        raise Incomplete("请写明原因或文号：时限变了，别人要查得到为什么", field="reason")
    call.target = f"calendar:{day}"
    work = load_calendar(call.session)
    before = {"workday": work.is_workday(day), "override": day in work.overrides}
    moved = calendar_entry.override_day(
        call.session,
        day,
        KINDS[kind],
        reason=call.form.text("reason"),
        by=_actor(call),
        rules=call.deps.rules(call.session),
        now=call.now,
    )
    after = load_calendar(call.session)
    call.detail = {
        "before": before,
        "after": {"workday": after.is_workday(day), "override": day in after.overrides},
        "recounted": len(moved),
        "moved": sum(item.is_moved for item in moved),
    }
    return call.go(f"{PATH}?year={day.year}&done=day-set")


def check_notice(call: Call) -> Response:
    """What the pasted notice would change; nothing is kept yet."""
    text = call.form.text("text")
    if not text:
        raise Incomplete("请把放假通知贴进来", field="text")
    notice = read_notice(text)
    call.target, call.detail = f"calendar:{notice.year}", {"days": len(notice.days)}
    found = calendar_entry.preview_notice(call.session, notice, rules=call.deps.rules(call.session))
    return call.page(
        "calendar_notice.html",
        notice=notice,
        found=found,
        text=text,
        source=call.form.text("source"),
        row=None,
    )


def propose_notice(call: Call) -> Response:
    """Keep it for a second person."""
    notice = read_notice(call.form.text("text"))
    call.target, call.detail = f"calendar:{notice.year}", {"days": len(notice.days)}
    source = call.form.text("source") or f"{notice.year} 年放假通知"
    row = calendar_entry.propose_notice(call.session, notice, source=source, by=_actor(call), now=call.now)
    return call.go(f"{PATH}/pending/{row.id}", done="notice-proposed")


def show_pending(call: Call) -> Response:
    """One notice that waits: its days and what they would move."""
    return _pending_page(call)


def refuse_pending(call: Call, error: AppError) -> Response:
    """The same with the reason."""
    return _pending_page(call, fault=error.message, status=error.status_code)


def confirm(call: Call) -> Response:
    """The second person's word."""
    number = _number(call)
    found = calendar_entry.confirm_notice(
        call.session, number, by=_actor(call), rules=call.deps.rules(call.session), now=call.now
    )
    call.target = f"calendar:{found.diff.year}"
    call.detail = {"pending": number, "moved": sum(item.is_moved for item in found.recounts)}
    return call.go(f"{PATH}?year={found.diff.year}&done=notice-confirmed")


def discard(call: Call) -> Response:
    """It was wrong."""
    row = calendar_entry.discard_notice(call.session, _number(call), by=_actor(call), now=call.now)
    call.target, call.detail = f"calendar:{row.year}", {"pending": row.id}
    return call.go(PATH, done="notice-discarded")


def _page(call: Call, *, fault: str = "", status: int = 200) -> Response:
    today = local_date(call.now)
    year = call.query_number("year") or today.year
    year = min(max(year, FIRST_YEAR), LAST_YEAR)
    work = load_calendar(call.session)
    return call.page(
        "calendar.html",
        status=status,
        fault=fault,
        year=year,
        months=calendar_rows.months(call.session, work, year, today),
        layer_names=calendar_rows.LAYER_NAMES,
        overrides=calendar_rows.overrides_of(call.session, year),
        is_published=work.is_published(year),
        warning=calendar_warning(call.session, work, call.now),
        waiting=pending.waiting(call.session),
        kinds=KIND_NAMES,
        may_write=call.role in SYSTEM_KEEPERS,
        typed={name: call.form.text(name) for name in (*DAY_FIELDS, "text", "source")},
    )


def _pending_page(call: Call, *, fault: str = "", status: int = 200) -> Response:
    row = pending.find(call.session, _number(call))
    notice = pending.notice_of(row)
    found = calendar_entry.preview_notice(call.session, notice, rules=call.deps.rules(call.session))
    return call.page(
        "calendar_notice.html",
        status=status,
        fault=fault,
        row=row,
        notice=notice,
        found=found,
        text="",
        source=row.source,
        is_own=row.entered_by == _actor(call).name,
        may_write=call.role in SYSTEM_KEEPERS,
    )


def _number(call: Call) -> int:
    return whole_number(call.part("pending_id")) or 0


def _actor(call: Call) -> Actor:
    """With the account's name, so that two people of one name are two and one person is one."""
    user = call.user
    return Actor(ActorKind.HUB, user.username, f"{user.name[:28]}（{user.username}）")
