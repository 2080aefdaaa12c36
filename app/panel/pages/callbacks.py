"""Call-back tasks: who did not answer by chat, and what they said on the telephone (D3)."""

from sqlmodel import col, select
from starlette.responses import Response

from app.directory.models import Enterprise, Visit
from app.errors import AppError, NotFound
from app.panel import ticket_actions, ticket_rows
from app.panel.calls import Call, whole_number
from app.panel.contacts import contact_of
from app.panel.paging import page_of
from app.panel.roles import DISPATCHERS
from app.tickets import calling, campaigns, describing
from app.tickets.models import Campaign, CampaignItem, Ticket

PATH = "/admin/callbacks"
RECENT = 5
TYPED = ("outcome", "score", "officer_score", "comment")


def show_list(call: Call) -> Response:
    """Who has to be called, the longest silent first; `campaign` narrows."""
    rules = call.deps.rules(call.session)
    number = call.query_number("campaign")
    waiting = [
        (item, ticket)
        for item, ticket in campaigns.callbacks(call.session, rules=rules, now=call.now)
        if number is None or item.campaign_id == number
    ]
    query = {"campaign": str(number)} if number is not None else {}
    page = page_of(waiting, number=call.query_number("page"), path=PATH, query=query)
    names = {row.id: row.name for row in call.session.exec(select(Campaign))}
    ids = {ticket.enterprise_id for _, ticket in page.rows}
    enterprises = {
        row.id: row.name for row in call.session.exec(select(Enterprise).where(col(Enterprise.id).in_(ids)))
    }
    return call.page(
        "callbacks.html", page=page, names=names, enterprises=enterprises, only=names.get(number)
    )


def show(call: Call) -> Response:
    """One task: what was asked and done, when the enterprise was last disturbed, the form."""
    return _page(call, *_task(call))


def reveal(call: Call) -> Response:
    """The number to call; the audit row is the price."""
    item, ticket = _task(call)
    call.target = f"ticket:{ticket.number}"
    call.detail = {"shown": "contact", "for": f"callback:{item.id}"}
    return _page(call, item, ticket, revealed=contact_of(call.session, ticket))


def record(call: Call) -> Response:
    """What came of the call."""
    item, ticket = _task(call)
    calling.record_call(
        call.session,
        item.id or 0,
        by=ticket_actions.actor_of(call.user),
        outcome=call.form.text("outcome"),
        score=call.form.number("score"),
        officer_score=call.form.number("officer_score"),
        comment=call.form.text("comment"),
        rules=call.deps.rules(call.session),
        now=call.now,
    )
    call.target = f"ticket:{ticket.number}"
    call.detail = {"outcome": call.form.text("outcome"), "score": call.form.number("score")}
    return call.go(PATH, done="called")


def show_refusal(call: Call, error: AppError) -> Response:
    """The task again with what was typed."""
    return _page(call, *_task(call), fault=error.message, status=error.status_code)


def _task(call: Call) -> tuple[CampaignItem, Ticket]:
    item = call.session.get(CampaignItem, whole_number(call.part("item_id")) or 0)
    ticket = call.session.get(Ticket, item.ticket_id) if item else None
    if item is None or ticket is None:
        raise NotFound("没有这项回访")
    return item, ticket


def _page(
    call: Call,
    item: CampaignItem,
    ticket: Ticket,
    *,
    fault: str = "",
    status: int = 200,
    revealed: tuple[str, str] | None = None,
) -> Response:
    session = call.session
    today = call.today
    visits = select(Visit).where(Visit.enterprise_id == ticket.enterprise_id)
    return call.page(
        "callback.html",
        status=status,
        item=item,
        ticket=ticket,
        facts=describing.describe(session, ticket, rules=today.rules, now=today.now),
        badge=ticket_rows.status_badge(ticket),
        visits=list(session.exec(visits.order_by(col(Visit.at).desc()).limit(RECENT))),
        outcomes=campaigns.OUTCOMES,
        rates_officer=today.rules.profile.feedback.rates_officer,
        typed={name: call.form.text(name) for name in TYPED},
        fault=fault,
        revealed=revealed,
        may_record=call.role in DISPATCHERS and not item.outcome,
    )
