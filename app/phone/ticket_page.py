"""`/t` and `/o`: progress for whoever has the link; words and acts for the person it concerns, after sign-in."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.clock import real_now
from app.errors import AppError, Forbidden, NotFound
from app.phone import ticket_forms
from app.phone.deps import PhoneDeps
from app.phone.rendering import PhonePages
from app.phone.signin import BACK, Reader
from app.phone.ticket_forms import DONE, Sent
from app.phone.ticket_view import ticket_view, words_of
from app.tickets import parties, repository
from app.tickets.lifecycle import Action
from app.tickets.links import EXPIRED, Audience, read_token
from app.tickets.models import Ticket

MAX_TOKEN = 200
LONGEST_NUMBER = 9
MOST_FILES = 4
MAX_BODY_BYTES = 32 * 1024 * 1024
MAX_FILE_BYTES = 10 * 1024 * 1024
LATE = "页面打开太久或不是本页发出的，请重新打开这一页再试；您写的内容没有丢，按返回键还能看到"


@dataclass(frozen=True)
class Form:
    """What was posted: text fields and files' bytes; `fault` says why the body was not read."""

    fields: dict[str, str]
    files: tuple[bytes, ...] = ()
    fault: str = ""


async def read_form(request: Request) -> Form:
    """A form with at most four files; one that is too large, or of unknown length, is not read."""
    declared = request.headers.get("content-length", "")
    if not (declared.isdecimal() and len(declared) <= LONGEST_NUMBER and int(declared) <= MAX_BODY_BYTES):
        return Form({}, fault="文件太大：一次最多 4 个，每个不超过 10 MB")
    try:
        async with request.form(max_files=MOST_FILES, max_fields=10, max_part_size=64 * 1024) as data:
            texts = {name: value for name, value in data.multi_items() if isinstance(value, str)}
            sent = [await value.read() for _, value in data.multi_items() if isinstance(value, UploadFile)]
    except HTTPException:
        return Form({}, fault="没有收全：一次最多 4 个文件，每个不超过 10 MB")
    files = tuple(content for content in sent if content)
    too_large = any(len(content) > MAX_FILE_BYTES for content in files)
    return Form(texts, files, fault="每个文件不超过 10 MB" if too_large else "")


class TicketPages:
    """The routes of both pages."""

    def __init__(self, deps: PhoneDeps, pages: PhonePages) -> None:
        self._deps = deps
        self._pages = pages

    def add_to(self, router: APIRouter) -> None:
        """Register reading and acting for both kinds of reader, and the way through WeChat."""
        for audience in Audience:
            path = f"/{audience.value}/{{token}}"
            router.add_api_route(path, self._reader_of(audience), methods=["GET"])
            router.add_api_route(path, self._actor_of(audience), methods=["POST"])
            router.add_api_route(f"{path}/sign-in", self._sign_in_of(audience), methods=["GET"])
        router.add_api_route(BACK, self.back, methods=["GET"])

    def back(self, request: Request) -> Response:
        """From WeChat's sign-in to the page that was being read."""
        if self._deps.readers is None:
            return self._pages.not_found()
        try:
            return self._deps.readers.arrive(request, real_now())
        except AppError as error:
            return self._pages.message("没能登录", error.message, status=error.status_code)

    def _sign_in_of(self, audience: Audience) -> Any:
        def sign_in(token: str) -> Response:
            if self._deps.readers is None:
                return self._pages.not_found()
            try:
                read_token(token[:MAX_TOKEN], self._deps.signing_key, real_now())
                return self._deps.readers.leave(f"/{audience.value}/{token[:MAX_TOKEN]}", real_now())
            except AppError as error:
                return self._pages.message("打不开这个链接", error.message, status=error.status_code)

        return sign_in

    def _reader_of(self, audience: Audience) -> Any:
        def read(request: Request, token: str, done: str = "") -> Response:
            said = DONE[Action(done)] if done in {action.value for action in DONE} else ""
            return self._show(request, token[:MAX_TOKEN], audience, said=said)

        return read

    def _actor_of(self, audience: Audience) -> Any:
        async def act(request: Request, token: str, form: Form = Depends(read_form)) -> Response:
            return await run_in_threadpool(self._act, request, token[:MAX_TOKEN], audience, form)

        return act

    def _act(self, request: Request, token: str, audience: Audience, form: Form) -> Response:
        readers = self._deps.readers
        reader = readers.known(request, real_now()) if readers else None
        if readers is None or reader is None:
            return RedirectResponse(f"/{audience.value}/{token}/sign-in", 303)
        try:
            if not readers.is_genuine(reader, form.fields.get("form_token", "")):
                raise Forbidden(LATE)
            if form.fault:
                raise AppError(form.fault)
            action = self._carried_out(reader, token, audience, form)
        except NotFound as error:
            return self._pages.message("打不开这个链接", error.message, status=404)
        except AppError as error:
            return self._show(
                request, token, audience, fault=error.message, typed=form.fields, status=error.status_code
            )
        return RedirectResponse(f"/{audience.value}/{token}?done={action}", 303)

    def _carried_out(self, reader: Reader, token: str, audience: Audience, form: Form) -> str:
        kept = [self._deps.keep(content) for content in form.files]
        if not all(kept):
            raise AppError("只收图片和 PDF，请换一种格式，或在对话里直接发照片")
        fields = form.fields
        version = fields.get("version", "")
        is_number = version.isdecimal() and len(version) <= LONGEST_NUMBER
        sent = Sent(
            fields.get("action", ""), fields.get("words", ""), fields.get("extra", ""),
            int(version) if is_number and audience is Audience.OFFICER else None, kept,
        )  # fmt: skip
        with self._deps.db.transaction() as session:
            ticket = self._ticket(session, token, audience)
            actor = ticket_forms.actor_of(session, reader.openid)
            rules, now = self._deps.rules(session), self._deps.clock.now()
            ticket_forms.carry_out(session, ticket, actor, sent, rules=rules, now=now)
        return sent.action

    def _show(
        self,
        request: Request,
        token: str,
        audience: Audience,
        *,
        said: str = "",
        fault: str = "",
        typed: dict[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        readers = self._deps.readers
        reader = readers.known(request, real_now()) if readers else None
        with self._deps.db.reading() as session:
            rules, now = self._deps.rules(session), self._deps.clock.now()
            try:
                ticket = self._ticket(session, token, audience)
            except NotFound as error:
                return self._pages.message("打不开这个链接", error.message, status=404)
            view = ticket_view(session, ticket, audience, rules=rules, now=now)
            own = self._own(session, ticket, reader)
        return self._pages.page(
            "ticket.html", title=f"工单 {view.number}", status=status, is_private=True, ticket=view, own=own,
            reader=reader, can_sign_in=readers is not None, address=f"/{audience.value}/{token}", said=said,
            is_staff=audience is Audience.OFFICER, fault=fault, typed=typed or {},
            scores=ticket_forms.SCORES, results=ticket_forms.RESULTS,
        )  # fmt: skip

    def _own(self, session: Session, ticket: Ticket, reader: Reader | None) -> dict[str, Any] | None:
        """Words, acts and choices for the person it concerns; None for everybody else."""
        if reader is None:
            return None
        actor = ticket_forms.actor_of(session, reader.openid)
        now = self._deps.clock.now()
        if not ticket_forms.may_read(session, ticket, actor, now):
            return None
        return {
            "words": words_of(session, ticket, actor),
            "forms": ticket_forms.forms_for(session, ticket, actor, now),
            "departments": [item.name for item in parties.departments(session)],
            "version": ticket.version,
        }

    def _ticket(self, session: Session, token: str, audience: Audience) -> Ticket:
        """The ticket behind a link; NotFound for a bad link, or one made for the other kind of reader."""
        link = read_token(token, self._deps.signing_key, real_now())
        ticket = repository.by_number(session, link.number) if link.audience is audience else None
        if ticket is None:
            raise NotFound(EXPIRED)
        return ticket
