"""Typical cases (B4, E5): solved tickets worth telling about, written without whose they were, approved by others."""

from starlette.responses import Response

from app.cases import candidates as choosing
from app.cases import drafting
from app.cases.drafting import CaseText
from app.editing.desk import Desk
from app.editing.values import STATE_NAMES, Sheet
from app.errors import AppError
from app.panel.calls import Call
from app.panel.pages.handbook import desk_of, person_of, topic_categories
from app.panel.pages.handbook_drafts import TONES
from app.panel.roles import DISPATCHERS, OUTBOX_READERS
from app.tickets.models import Ticket
from handbook.entry import Kind

PATH = "/admin/cases"
FIELDS = ("title", "summary", "request", "steps", "result")
USUAL_FOLDER = "service"


def show_list(call: Call) -> Response:
    """What could become a case, what is being written, what is published."""
    desk = desk_of(call)
    sheets = drafting.cases_on(desk.shelf.sheets())
    may_see = call.may(OUTBOX_READERS, PATH)
    return call.page(
        "cases.html",
        meaning=choosing.MEANING,
        rows=[(one, sheets.get(one.ticket.number)) for one in choosing.candidates(call.session)]
        if may_see
        else [],
        sheets=list(sheets.values()),
        published=[entry for entry in desk.library().entries if entry.kind is Kind.CASE],
        states=STATE_NAMES,
        tones=TONES,
        may_see=may_see,
        may_write=call.may(DISPATCHERS, PATH),
    )


def show(call: Call) -> Response:
    """The first text of one ticket, to be read and mended."""
    ticket = choosing.candidate(call.session, call.part("number"))
    return _page(call, ticket, drafting.first_text(call.session, ticket))


def propose(call: Call) -> Response:
    """Put it on the editors' desk, unless it still names somebody."""
    ticket = choosing.candidate(call.session, call.part("number"))
    call.target = f"ticket:{ticket.number}"
    desk = desk_of(call)
    if _under_way(desk, ticket) is not None:
        raise AppError("这张单子已经写过案例：到手册的草稿里找")
    labels = {category.folder: category.label for category in topic_categories(desk.library())}
    folder = call.form.text("folder")
    if folder not in labels:
        raise AppError("请选类目", field="folder")
    sheet = drafting.propose(
        call.session,
        desk,
        ticket,
        _typed(call),
        folder=folder,
        label=labels[folder],
        hub=call.deps.rules(call.session).profile.hub.name,
        who=person_of(call),
        now=call.now,
    )
    call.detail = {"entry": sheet.entry_id, "draft": sheet.key}
    return call.go(PATH, done="case-proposed")


def show_refusal(call: Call, error: AppError) -> Response:
    """The form with the reason and what was typed."""
    ticket = choosing.candidate(call.session, call.part("number"))
    return _page(call, ticket, _typed(call), fault=error.message, status=error.status_code)


def _page(call: Call, ticket: Ticket, text: CaseText, *, fault: str = "", status: int = 200) -> Response:
    desk = desk_of(call)
    categories = topic_categories(desk.library())
    chosen = call.form.text("folder") or USUAL_FOLDER
    return call.page(
        "case.html",
        status=status,
        fault=fault,
        ticket=ticket,
        text=text,
        sheet=_under_way(desk, ticket),
        categories=[(category.folder, category.label) for category in categories],
        folder=chosen,
        lengths=(drafting.MAX_TITLE, drafting.MAX_SUMMARY),
        may_write=call.may(DISPATCHERS, PATH),
    )


def _under_way(desk: Desk, ticket: Ticket) -> Sheet | None:
    return drafting.cases_on(desk.shelf.sheets()).get(ticket.number)


def _typed(call: Call) -> CaseText:
    return CaseText(*(call.form.text(name) for name in FIELDS))
