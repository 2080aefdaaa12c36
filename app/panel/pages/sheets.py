"""Several 为企服务工作单 at once, to be printed one sheet each (C15)."""

from starlette.responses import Response

from app.errors import NotFound
from app.panel import ticket_detail
from app.panel.calls import Call
from app.panel.contacts import contact_of
from app.panel.scope import area_codes
from app.tickets.models import Ticket
from app.tickets.values import Incomplete

MOST_AT_ONCE = 50
TOO_MANY = f"一次最多打印 {MOST_AT_ONCE} 张：请少选一些，分几次印"


def show(call: Call) -> Response:
    """The tickets that were ticked, names and numbers masked; those out of the reader's scope are named instead."""
    numbers = call.queries("number")
    if len(numbers) > MOST_AT_ONCE:
        raise Incomplete(TOO_MANY)
    return _page(call, *_found(call, numbers))


def reveal(call: Call) -> Response:
    """The same with the callers' names and phones; one audit row names every ticket that was shown."""
    numbers = call.form.every("number")
    if not numbers or len(numbers) > MOST_AT_ONCE:
        raise Incomplete(TOO_MANY if numbers else "还没有选中工单")
    found, left_out = _found(call, numbers)
    call.target = f"tickets:{len(found)}"
    call.detail = {"shown": "contact", "on": "sheet", "tickets": [ticket.number for ticket in found]}
    return _page(call, found, left_out, is_revealed=True)


def _found(call: Call, numbers: list[str]) -> tuple[list[Ticket], list[str]]:
    codes = area_codes(call.session, call.user)
    found, left_out = [], []
    for number in numbers:
        try:
            found.append(ticket_detail.find_ticket(call.session, number, codes))
        except NotFound:
            left_out.append(number)
    return found, left_out


def _page(call: Call, tickets: list[Ticket], left_out: list[str], *, is_revealed: bool = False) -> Response:
    today = call.today
    return call.page(
        "sheets.html",
        sheets=[
            (
                ticket_detail.gather(call.session, ticket, today),
                contact_of(call.session, ticket) if is_revealed else None,
            )
            for ticket in tickets
        ],
        left_out=left_out,
        is_revealed=is_revealed,
        profile=today.rules.profile,
    )
