"""督办 of every request that has been open since before a day, with one action after a look (BH 2(2)4)."""

from datetime import date

from starlette.responses import Response

from app.errors import AppError
from app.panel import ticket_actions, ticket_rows
from app.panel.calls import Call, day_of
from app.tickets import supervising
from app.tickets.channels import every_channel
from app.tickets.models import Ticket
from app.tickets.values import Incomplete

MOST_AT_ONCE = 500
SHOWN = 50


def show(call: Call) -> Response:
    """The form; with a day in the address also what it would put on the list."""
    return _page(call, call.query("day"), call.query("channel"))


def apply(call: Call) -> Response:
    """Put them onto the supervision list; who holds one is told. At most 500 at a time, the oldest first."""
    day, channel, note = call.form.day("day"), call.form.text("channel"), call.form.text("note")
    if day is None:
        raise Incomplete("请选择日期", field="day")
    if not note:
        raise Incomplete("请写明为什么督办，承办人会看到", field="note")
    found = _found(call, day, channel)[:MOST_AT_ONCE]
    if not found:
        raise Incomplete("没有这样的单子：可能都已办结，或者已经在督办清单上")
    done = supervising.supervise_all(
        call.session,
        [ticket.id or 0 for ticket in found],
        ticket_actions.actor_of(call.user),
        note=note,
        rules=call.deps.rules(call.session),
        now=call.now,
    )
    call.target = f"tickets:{len(done)}"
    call.detail = {
        "before": day.isoformat(),
        "channel": channel,
        "sent": [item.number for item in done if not item.fault],
        "refused": [item.number for item in done if item.fault],
    }
    return call.go("/admin/supervision", done="supervised-all")


def refuse(call: Call, error: AppError) -> Response:
    """The form again with what was typed."""
    form = call.form
    return _page(call, form.text("day"), form.text("channel"), fault=error.message, status=error.status_code)


def _found(call: Call, day: date, channel: str) -> list[Ticket]:
    return supervising.open_since(call.session, day, channel=channel)


def _page(call: Call, day: str, channel: str, *, fault: str = "", status: int = 200) -> Response:
    rules = call.deps.rules(call.session)
    chosen = day_of(day)
    found = _found(call, chosen, channel) if chosen is not None else []
    numbers = [ticket.number for ticket in found[:SHOWN]]
    return call.page(
        "supervise_all.html",
        status=status,
        fault=fault,
        day=chosen.isoformat() if chosen else "",
        channel=channel,
        channels=every_channel(rules.profile),
        count=len(found),
        most=MOST_AT_ONCE,
        rows=ticket_rows.by_numbers(call.session, numbers, call.today, None),
        note=call.form.text("note"),
    )
