"""Messages on their way to people: states, the oldest unsent one, dead letters and another try."""

from starlette.responses import Response

from app.errors import NotFound
from app.outbox import service as outbox
from app.panel import outbox_rows
from app.panel.calls import Call, whole_number


def show(call: Call) -> Response:
    """The list, with how many are in each state."""
    state = call.query("state") if call.query("state") in outbox_rows.FILTERS else ""
    page = outbox_rows.find(call.session, state, call.query_number("page"))
    counts = outbox.counts(call.session)
    tabs = [
        (key, label, sum(counts[item] for item in states))
        for key, (label, states) in outbox_rows.FILTERS.items()
    ]
    return call.page(
        "outbox.html",
        page=page,
        state=state,
        tabs=tabs,
        oldest=outbox.oldest_unsent_at(call.session, call.now),
        names=outbox_rows,
        people=outbox_rows.staff_names(call.session, {message.openid for message, _number in page.rows}),
    )


def retry(call: Call) -> Response:
    """Put one message back into the queue."""
    message_id = whole_number(call.part("message_id"))
    if message_id is None:
        raise NotFound("没有这条消息")
    call.target = f"outbox:{message_id}"
    outbox.retry_dead(call.session, message_id, call.now)
    return call.go("/admin/outbox", done="retry")
