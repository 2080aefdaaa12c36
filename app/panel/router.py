"""The panel as one router: every page with the roles it is for."""

from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.errors import NotFound
from app.panel.access import require_declared
from app.panel.calls import Call, Form
from app.panel.deps import PanelDeps
from app.panel.directory_routes import add_directory, add_reports
from app.panel.learning_routes import add_learning
from app.panel.pages import (
    answers,
    callbacks,
    campaigns,
    exchange,
    handbook,
    handbook_drafts,
    handbook_pictures,
    handbook_proposals,
    handoffs,
    home,
    intake,
    intake_list,
    learned,
    login,
    meetings,
    problems,
    referrals,
    sheets,
    supervising,
    supervision,
    ticket,
    tickets,
    trying,
)
from app.panel.passwords import Passwords
from app.panel.rendering import Pages
from app.panel.roles import (
    CASE_READERS,
    CASE_WORKERS,
    DISPATCHERS,
    EDITORS,
    EVERYONE,
    HANDBOOK_READERS,
    OUTBOX_READERS,
    TICKET_READERS,
    TICKET_WORKERS,
)
from app.panel.routing import Routes
from app.panel.system_routes import add_system

STATIC = Path(__file__).parent / "static"
STATIC_TYPES = {"panel.css": "text/css", "mark.svg": "image/svg+xml"}


def panel_router(deps: PanelDeps) -> APIRouter:
    """All of /admin. Raises ConfigurationError if any route lacks a declared role."""
    pages = Pages(deps)
    routes = Routes(deps, pages)
    passwords = Passwords()
    entrance = login.LoginPages(deps, pages, passwords)
    routes.open("GET", "/login", entrance.show)
    routes.open("POST", "/login", entrance.submit)
    routes.open("POST", "/login/code", entrance.submit_code)
    routes.open("GET", "/static/{name}", _static)
    routes.post("/logout", EVERYONE, "logout", login.leave)
    _add_pages(routes)
    add_system(routes, passwords)
    routes.get("/{rest:path}", EVERYONE, _not_found)
    require_declared(routes.router)
    return routes.router


def _add_pages(routes: Routes) -> None:
    routes.get("", EVERYONE, home.show)
    routes.get("/tickets", TICKET_READERS, tickets.show_list)
    routes.get("/tickets/dispatch", CASE_WORKERS, tickets.show_bulk)
    routes.post(
        "/tickets/dispatch", CASE_WORKERS, "ticket.act", tickets.dispatch_bulk, on_refusal=tickets.refuse_bulk
    )
    routes.get("/tickets/sheets", TICKET_WORKERS, sheets.show)
    routes.post("/tickets/sheets/reveal", TICKET_WORKERS, "contact.reveal", sheets.reveal)
    routes.post("/tickets/filters", TICKET_READERS, "filter.save", tickets.keep_filter, tickets.refuse_filter)
    routes.post("/tickets/filters/{filter_id}/drop", TICKET_READERS, "filter.drop", tickets.drop_filter)
    routes.get("/tickets/{number}", TICKET_READERS, ticket.show)
    routes.post("/tickets/{number}/reveal", TICKET_WORKERS, "contact.reveal", ticket.reveal)
    routes.get("/tickets/{number}/sheet", TICKET_READERS, ticket.show_sheet)
    routes.post("/tickets/{number}/sheet/reveal", TICKET_WORKERS, "contact.reveal", ticket.reveal_sheet)
    routes.get("/tickets/{number}/attachments/{attachment_id}", TICKET_WORKERS, ticket.show_attachment)
    routes.post(
        "/tickets/{number}/do/{action}",
        TICKET_WORKERS,
        "ticket.act",
        ticket.act,
        on_refusal=ticket.show_refusal,
    )
    _add_intake(routes)
    _add_outside(routes)
    _add_feedback(routes)
    _add_problems(routes)
    routes.get("/queue", OUTBOX_READERS, tickets.show_queue)
    routes.get("/answers", HANDBOOK_READERS, answers.show)
    add_directory(routes)
    add_reports(routes)
    _add_handbook(routes)
    add_learning(routes)


def _add_intake(routes: Routes) -> None:
    routes.get("/meetings", OUTBOX_READERS, meetings.show)
    routes.get("/supervision", CASE_READERS, supervision.show)
    routes.get("/supervision/all", DISPATCHERS, supervising.show)
    routes.post(
        "/supervision/all", DISPATCHERS, "ticket.supervise_all", supervising.apply, supervising.refuse
    )
    routes.get("/referrals", OUTBOX_READERS, referrals.show)
    routes.post("/referrals", DISPATCHERS, "ticket.refer", referrals.refer, referrals.refuse)
    routes.post(
        "/referrals/{referral_id}/outcome",
        DISPATCHERS,
        "referral.outcome",
        referrals.note_outcome,
        referrals.refuse,
    )
    routes.get("/intake", DISPATCHERS, intake.show)
    routes.post(
        "/intake",
        DISPATCHERS,
        "ticket.register",
        intake.register,
        intake.show_refusal,
        prepare=intake.near_entries,
    )
    routes.get("/intake/list", DISPATCHERS, intake_list.show)
    routes.post(
        "/intake/list", DISPATCHERS, "list.check", intake_list.send, intake_list.refuse, takes_file=True
    )
    routes.get("/intake/list/{upload_id}", DISPATCHERS, intake_list.preview)
    routes.post("/intake/list/{upload_id}/apply", DISPATCHERS, "list.apply", intake_list.apply)
    routes.get("/intake/list/{upload_id}/rejected", DISPATCHERS, intake_list.download_rejected)


def _add_outside(routes: Routes) -> None:
    one = "/handoffs/{handoff_id}"
    routes.get("/handoffs", OUTBOX_READERS, handoffs.show)
    routes.post(f"{one}/chase", DISPATCHERS, "handoff.chase", handoffs.chase, handoffs.refuse)
    routes.post(f"{one}/back", DISPATCHERS, "handoff.back", handoffs.bring_back, handoffs.refuse)
    files, again = "/exchange", exchange.refuse
    routes.get(files, OUTBOX_READERS, exchange.show)
    routes.get(f"{files}/{{system}}/look", OUTBOX_READERS, exchange.look)
    routes.post(
        f"{files}/{{system}}/send", DISPATCHERS, "exchange.send", exchange.send, again, takes_file=True
    )
    routes.post(
        f"{files}/take", DISPATCHERS, "exchange.take", exchange.note_taken, again, prepare=exchange.take_now
    )
    routes.post(
        f"{files}/tell", DISPATCHERS, "exchange.tell", exchange.note_told, again, prepare=exchange.tell_now
    )
    routes.post(f"{files}/download", DISPATCHERS, "exchange.download", exchange.download, again)


def _add_feedback(routes: Routes) -> None:
    one, item = "/campaigns/{campaign_id}", "/callbacks/{item_id}"
    routes.get("/campaigns", OUTBOX_READERS, campaigns.show_list)
    routes.post("/campaigns", DISPATCHERS, "campaign.create", campaigns.create, campaigns.show_refusal)
    routes.get(one, OUTBOX_READERS, campaigns.show)
    routes.post(f"{one}/ask", DISPATCHERS, "campaign.ask", campaigns.ask)
    routes.get("/callbacks", OUTBOX_READERS, callbacks.show_list)
    routes.get(item, OUTBOX_READERS, callbacks.show)
    routes.post(f"{item}/reveal", DISPATCHERS, "contact.reveal", callbacks.reveal)
    routes.post(f"{item}/record", DISPATCHERS, "callback.record", callbacks.record, callbacks.show_refusal)


def _add_problems(routes: Routes) -> None:
    one = "/problems/{item_id}"
    routes.get("/problems", OUTBOX_READERS, problems.show_list)
    routes.post("/problems", DISPATCHERS, "problem.list", problems.create, problems.refuse_create)
    routes.post("/problems/checks", DISPATCHERS, "problem.draw", problems.draw, problems.refuse_create)
    one_check = "/problems/checks/{check_item_id}"
    routes.post(one_check, DISPATCHERS, "problem.check", problems.record, problems.refuse_create)
    routes.get(one, OUTBOX_READERS, problems.show)
    routes.post(
        f"{one}/do/{{step}}", DISPATCHERS, "problem.act", problems.act, problems.refuse_act, takes_file=True
    )
    routes.get(f"{one}/evidence/{{evidence_id}}", OUTBOX_READERS, problems.show_evidence)


def _add_handbook(routes: Routes) -> None:
    routes.get("/handbook", HANDBOOK_READERS, handbook.show_list)
    routes.get("/handbook/new", EDITORS, handbook.show_new)
    routes.post("/handbook/new", EDITORS, "handbook.start", handbook.create, handbook.show_new_again)
    routes.get("/handbook/try", HANDBOOK_READERS, trying.show)
    routes.get("/handbook/learned", HANDBOOK_READERS, learned.show)
    lesson = "/handbook/learned/{lesson_id}"
    routes.post(f"{lesson}/accept", EDITORS, "handbook.learn", learned.accept, learned.show_refusal)
    routes.post(f"{lesson}/reject", EDITORS, "handbook.learn", learned.reject, learned.show_refusal)
    routes.get("/handbook/entry/{folder}/{slug}", HANDBOOK_READERS, handbook.show_entry)
    routes.post("/handbook/entry/{folder}/{slug}/start", EDITORS, "handbook.start", handbook.start)
    routes.post("/handbook/entry/{folder}/{slug}/restore", EDITORS, "handbook.restore", handbook.restore)
    drafts, one = handbook_drafts, "/handbook/drafts/{key}"
    routes.get("/handbook/drafts", HANDBOOK_READERS, drafts.show_drafts)
    routes.get(one, HANDBOOK_READERS, drafts.show_draft)
    routes.post(f"{one}/save", EDITORS, "handbook.save", drafts.save, drafts.show_refusal)
    pictures = handbook_pictures
    routes.get(f"{one}/images/{{name}}", HANDBOOK_READERS, pictures.show)
    routes.post(
        f"{one}/images", EDITORS, "handbook.picture", pictures.attach, drafts.show_refusal, takes_file=True
    )
    routes.post(f"{one}/rebase", EDITORS, "handbook.save", drafts.rebase, drafts.show_refusal)
    routes.post(f"{one}/do/{{act}}", EDITORS, "handbook.act", drafts.act, drafts.show_refusal)
    proposals = handbook_proposals
    routes.get("/handbook/propose", CASE_WORKERS, proposals.show)
    routes.post(
        "/handbook/propose", CASE_WORKERS, "handbook.propose", proposals.propose, proposals.show_refusal
    )


def _static(request: Request, _form: Form) -> Response:
    name = str(request.path_params["name"])
    if name not in STATIC_TYPES:
        return Response(status_code=404)
    headers = {"Cache-Control": "max-age=3600"}
    return Response((STATIC / name).read_bytes(), media_type=STATIC_TYPES[name], headers=headers)


def _not_found(_call: Call) -> Response:
    raise NotFound("没有这个页面。")
