"""Messages on their way to people: states, the oldest unsent one, dead letters and another try."""

from starlette.responses import Response

from app.errors import AppError, NotFound
from app.outbox import service as outbox
from app.panel import outbox_rows
from app.panel.calls import Call, whole_number
from app.panel.roles import SYSTEM_KEEPERS, TICKET_READERS
from app.tickets.values import Incomplete

MOST_AT_ONCE = 50


def show(call: Call) -> Response:
    """The list, with how many are in each state."""
    return _page(call)


def refuse(call: Call, error: AppError) -> Response:
    """The list with the reason."""
    return _page(call, fault=error.message, status=error.status_code)


def retry(call: Call) -> Response:
    """Put one message back into the queue."""
    message_id = whole_number(call.part("message_id"))
    if message_id is None:
        raise NotFound("没有这条消息")
    call.target = f"outbox:{message_id}"
    outbox.retry_dead(call.session, message_id, call.now)
    return call.go("/admin/outbox", done="retry")


def retry_many(call: Call) -> Response:
    """Put the ticked ones back; one that is on its way by now is left alone."""
    wanted = [number for value in call.form.every("message") if (number := whole_number(value))]
    if not wanted:
        raise Incomplete("还没有选中消息")
    done, left = [], []
    for message_id in wanted[:MOST_AT_ONCE]:
        try:
            outbox.retry_dead(call.session, message_id, call.now)
            done.append(message_id)
        except AppError:
            left.append(message_id)
    call.target, call.detail = f"outbox:{len(done)}", {"messages": done, "left": left}
    return call.go("/admin/outbox", done="retry")


def _page(call: Call, *, fault: str = "", status: int = 200) -> Response:
    state = call.query("state") if call.query("state") in outbox_rows.FILTERS else ""
    kind = call.query("kind") if call.query("kind") in outbox_rows.KIND_NAMES else ""
    counts = outbox.counts(call.session)
    page = outbox_rows.find(
        call.session, state, call.query_number("page"), counts=counts, kind=kind, words=call.query("q")
    )
    tabs = [
        (key, label, sum(counts[item] for item in states))
        for key, (label, states) in outbox_rows.FILTERS.items()
    ]
    return call.page(
        "outbox.html",
        status=status,
        fault=fault,
        page=page,
        state=state,
        kind=kind,
        words=call.query("q"),
        tabs=tabs,
        oldest=outbox.oldest_unsent_at(call.session, call.now),
        names=outbox_rows,
        people=outbox_rows.staff_names(call.session, {message.openid for message, _number in page.rows}),
        may_retry=call.role in SYSTEM_KEEPERS,
        reads_cases=call.may(TICKET_READERS, "/admin/tickets"),
    )
