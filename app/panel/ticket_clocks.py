"""Clocks that explain themselves: which days were counted, which were skipped, and why (C8). Pure."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.clock import local_date, local_text
from app.panel.conditions import Today
from app.tickets.deadlines import day_text, days_left, explanation, left_text
from app.tickets.facts import TicketFacts
from app.tickets.lifecycle import LIVE, Status
from app.tickets.models import Ticket
from app.workdays.calendar import WorkCalendar

SOON = 1


@dataclass(frozen=True)
class Clock:
    """One promise: until when, how much is left (empty once it does not run), and how the day was found."""

    name: str
    on: date
    left: str
    urgency: str
    lines: list[str]
    is_main: bool = False


def clocks_of(ticket: Ticket, facts: TicketFacts, today: Today) -> list[Clock]:
    """Every promise that this ticket has made: to finish (another system's deadline beside ours, the earlier
    first), to call, to report, to tell the result."""
    calendar = today.rules.calendar
    clocks = [_finish(ticket, today)]
    if facts.outside_due_at is not None:
        clocks.insert(0 if facts.is_outside_first else 1, _outside(facts, today))
    handed = local_date(ticket.held_since)
    for name, due in (("联系企业", ticket.contact_due_on), ("反馈进展", ticket.progress_due_on)):
        if due is not None:
            lines = counted(calendar, handed, due, "交到部门手上，当天不计")
            clocks.append(_running(name, due, lines, today))
    if ticket.status == Status.RESOLVED and ticket.told_at is None and ticket.resolved_at is not None:
        done = local_date(ticket.resolved_at)
        due = calendar.add(done, today.rules.profile.deadlines.tell.working_days)
        clocks.append(_running("告知结果", due, counted(calendar, done, due, "办结，当天不计"), today))
    return clocks


def counted(calendar: WorkCalendar, start: date, due: date, first: str = "") -> list[str]:
    """Day zero, each working day with its number, and the days that were left out."""
    days = calendar.explain(start, calendar.between(start, due))
    lines = explanation(start, days).split("\n")
    if first:
        lines[0] = lines[0].replace("收到，当天不计", first)
    skipped = [day for day in _after(start, due) if not calendar.is_workday(day)]
    if skipped:
        lines.append(f"跳过 {len(skipped)} 个休息日：{'、'.join(day_text(day) for day in skipped)}")
    worked = [day for day in days if day.weekday() > 4]
    if worked:
        lines.append(f"调休上班，照常计：{'、'.join(day_text(day) for day in worked)}")
    return lines


def _finish(ticket: Ticket, today: Today) -> Clock:
    if ticket.due_days == 0:
        lines = ["会议议定的完成日，不按工作日数"]
    elif ticket.due_from == ticket.received_on:
        lines = counted(today.rules.calendar, ticket.due_from, ticket.due_on)
    else:
        lines = counted(today.rules.calendar, ticket.due_from, ticket.due_on, "重新起算，当天不计")
    if ticket.status not in LIVE:
        return Clock("办结", ticket.due_on, "", "", lines, is_main=True)
    if ticket.status == Status.WAITING and today.rules.profile.pause.is_enabled:
        return Clock("办结", ticket.due_on, "等企业补充，暂停计时", "", lines, is_main=True)
    running = _running("办结", ticket.due_on, lines, today, since=ticket.received_on)
    return Clock(running.name, running.on, running.left, running.urgency, lines, is_main=True)


def _outside(facts: TicketFacts, today: Today) -> Clock:
    """The deadline of the system that it came from (C2)."""
    at = facts.outside_due_at or today.now
    lines = [f"{facts.channel}来件时写明：{local_text(at)} 前", "由对方规定，本区延期、暂停都不会改它"]
    clock = _running(f"{facts.channel}时限", local_date(at), lines, today)
    return replace(clock, left="已过对方时限", urgency="late") if facts.is_late_outside else clock


def _running(name: str, due: date, lines: list[str], today: Today, since: date | None = None) -> Clock:
    now = max(since, today.day) if since else today.day
    left = days_left(today.rules.calendar, now, due)
    urgency = "late" if left < 0 else "soon" if left <= SOON else ""
    return Clock(name, due, left_text(left), urgency, lines)


def _after(start: date, end: date) -> list[date]:
    return [start + timedelta(days=number + 1) for number in range(max((end - start).days, 0))]
