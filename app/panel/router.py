"""The panel as one router: every page with the roles it is for."""

from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.errors import NotFound
from app.panel.calls import Call, Form
from app.panel.deps import PanelDeps
from app.panel.pages import (
    answers,
    audit,
    handbook,
    handbook_drafts,
    handbook_proposals,
    home,
    login,
    outbox,
    people,
    ticket,
    tickets,
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
    OVERSEERS,
)
from app.panel.routing import Routes, require_declared

STATIC = Path(__file__).parent / "static"
STATIC_TYPES = {"panel.css": "text/css", "mark.svg": "image/svg+xml"}


def panel_router(deps: PanelDeps) -> APIRouter:
    """All of /admin. Raises ConfigurationError if any route lacks a declared role."""
    pages = Pages(deps)
    routes = Routes(deps, pages)
    entrance = login.LoginPages(deps, pages, Passwords())
    routes.open("GET", "/login", entrance.show)
    routes.open("POST", "/login", entrance.submit)
    routes.open("GET", "/static/{name}", _static)
    routes.post("/logout", EVERYONE, "logout", login.leave)
    _add_pages(routes)
    routes.get("/{rest:path}", EVERYONE, _not_found)
    require_declared(routes.router)
    return routes.router


def _add_pages(routes: Routes) -> None:
    routes.get("", EVERYONE, home.show)
    routes.get("/tickets", CASE_READERS, tickets.show_list)
    routes.get("/tickets/{number}", CASE_READERS, ticket.show)
    routes.post("/tickets/{number}/reveal", CASE_WORKERS, "contact.reveal", ticket.reveal)
    routes.post(
        "/tickets/{number}/do/{action}",
        CASE_WORKERS,
        "ticket.act",
        ticket.act,
        on_refusal=ticket.show_refusal,
    )
    routes.get("/queue", OUTBOX_READERS, tickets.show_queue)
    routes.get("/outbox", OUTBOX_READERS, outbox.show)
    routes.post("/outbox/{message_id}/retry", DISPATCHERS, "outbox.retry", outbox.retry)
    routes.get("/answers", HANDBOOK_READERS, answers.show)
    routes.get("/officers", CASE_READERS, people.show_officers)
    routes.post("/officers/{officer_id}/invite", DISPATCHERS, "officer.invite", people.invite_officer)
    routes.post(
        "/coordinators/{coordinator_id}/invite", DISPATCHERS, "coordinator.invite", people.invite_coordinator
    )
    routes.get("/enterprises", CASE_READERS, people.show_enterprises)
    routes.get("/audit", OVERSEERS, audit.show)
    _add_handbook(routes)


def _add_handbook(routes: Routes) -> None:
    routes.get("/handbook", HANDBOOK_READERS, handbook.show_list)
    routes.get("/handbook/new", EDITORS, handbook.show_new)
    routes.post("/handbook/new", EDITORS, "handbook.start", handbook.create, handbook.show_new_again)
    routes.get("/handbook/entry/{folder}/{slug}", HANDBOOK_READERS, handbook.show_entry)
    routes.post("/handbook/entry/{folder}/{slug}/start", EDITORS, "handbook.start", handbook.start)
    routes.post("/handbook/entry/{folder}/{slug}/restore", EDITORS, "handbook.restore", handbook.restore)
    drafts, one = handbook_drafts, "/handbook/drafts/{key}"
    routes.get("/handbook/drafts", HANDBOOK_READERS, drafts.show_drafts)
    routes.get(one, HANDBOOK_READERS, drafts.show_draft)
    routes.post(f"{one}/save", EDITORS, "handbook.save", drafts.save, drafts.show_refusal)
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
