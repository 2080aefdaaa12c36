"""`/t` and `/o`: progress for whoever has the link; words and acts for the person it concerns, after sign-in."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from app.clock import real_now
from app.errors import AppError, Forbidden, NotFound
from app.page_faults import point_out
from app.phone import ticket_forms
from app.phone.deps import PhoneDeps
from app.phone.rendering import HEADERS, PhonePages
from app.phone.signin import BACK, Reader
from app.phone.ticket_forms import Sent
from app.phone.ticket_view import ticket_view, words_of
from app.tickets import parties, repository
from app.tickets.links import EXPIRED, Audience, read_token
from app.tickets.models import Ticket
from app.tickets.sent_files import sent_file

MAX_TOKEN = 200
LONGEST_NUMBER = 9
MOST_FILES, MOST_PARTS = 4, 40
MAX_BODY_BYTES = 32 * 1024 * 1024
MAX_FILE_BYTES = 10 * 1024 * 1024
TOO_LARGE = "每个文件不超过 10 MB"
NOT_KEPT = "只收图片和 PDF，请换一种格式"
IN_CHAT = "；照片也可以在对话里直接发，微信会压缩"
STAFF_EXPIRED = "这个链接打不开或已过期，请在对话里发「待办」重新获取"
LATE = "这一页打开得太久，没有发出去。您写的话还在下面，请再点一次"


@dataclass(frozen=True)
class Form:
    """What was posted: text fields and files' bytes; `fault` says why the body was not read."""

    fields: dict[str, str]
    files: tuple[bytes, ...] = ()
    fault: str = ""


async def read_form(request: Request) -> Form:
    """A form with at most four files; one that is too large, or of unknown length, is not read.

    Of one with more files than that the words are read: they are shown again.
    """
    declared = request.headers.get("content-length", "")
    if not (declared.isdecimal() and len(declared) <= LONGEST_NUMBER and int(declared) <= MAX_BODY_BYTES):
        return Form({}, fault="文件太大，没有收：一次最多 4 个，每个不超过 10 MB，可以分几次发")
    try:
        async with request.form(max_files=MOST_PARTS, max_fields=10, max_part_size=64 * 1024) as data:
            texts = {name: value for name, value in data.multi_items() if isinstance(value, str)}
            sent = [await value.read() for _, value in data.multi_items() if isinstance(value, UploadFile)]
    except HTTPException:
        return Form({}, fault="没有收全：一次最多 4 个文件，每个不超过 10 MB")
    files = tuple(content for content in sent if content)
    if len(files) > MOST_FILES:
        return Form(texts, fault=f"一次最多 {MOST_FILES} 个文件，可以分几次发")
    too_large = any(len(content) > MAX_FILE_BYTES for content in files)
    return Form(texts, files, fault=TOO_LARGE if too_large else "")


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
            router.add_api_route(f"{path}/files/{{number}}", self._file_of(audience), methods=["GET"])
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
                return self._no_link(audience, error)

        return sign_in

    def _no_link(self, audience: Audience, error: AppError) -> Response:
        """A forged, expired or foreign link, without saying which; how each kind of reader gets a fresh one."""
        is_staff = audience is Audience.OFFICER and error.message == EXPIRED
        text = STAFF_EXPIRED if is_staff else error.message
        return self._pages.message("打不开这个链接", text, status=error.status_code)

    def _file_of(self, audience: Audience) -> Any:
        def show(request: Request, token: str, number: str) -> Response:
            try:
                return self._file(request, token[:MAX_TOKEN], audience, _whole_number(number))
            except AppError as error:
                return self._pages.message("打不开这个附件", error.message, status=error.status_code)

        return show

    def _file(self, request: Request, token: str, audience: Audience, number: int | None) -> Response:
        """What somebody sent, shown to those who may read the words: pictures and PDFs open, the rest is saved."""
        readers = self._deps.readers
        reader = readers.known(request, real_now()) if readers else None
        if reader is None:
            return RedirectResponse(f"/{audience.value}/{token}/sign-in", 303)
        with self._deps.db.reading() as session:
            ticket, actor = (
                self._ticket(session, token, audience),
                ticket_forms.actor_of(session, reader.openid),
            )
            if not ticket_forms.may_read(session, ticket, actor, self._deps.clock.now()):
                raise NotFound(EXPIRED)
            found = sent_file(session, ticket, number, self._deps.data_dir)
        how = "inline" if found.is_picture or found.media_type == "application/pdf" else "attachment"
        return FileResponse(
            found.path,
            headers={**HEADERS, "Cache-Control": "no-store"},
            media_type=found.media_type,
            filename=found.name,
            content_disposition_type=how,
        )

    def _reader_of(self, audience: Audience) -> Any:
        def read(request: Request, token: str, done: str = "") -> Response:
            return self._show(request, token[:MAX_TOKEN], audience, done=done)

        return read

    def _actor_of(self, audience: Audience) -> Any:
        async def act(request: Request, token: str, form: Form = Depends(read_form)) -> Response:
            return await run_in_threadpool(self._act, request, token[:MAX_TOKEN], audience, form)

        return act

    def _act(self, request: Request, token: str, audience: Audience, form: Form) -> Response:
        readers = self._deps.readers
        reader = readers.known(request, real_now()) if readers else None
        if readers is None or reader is None:
            return self._pages.onward(f"/{audience.value}/{token}/sign-in")
        try:
            if form.fault:
                raise _file_fault(form.fault, audience)
            if not readers.is_genuine(reader, form.fields.get("form_token", "")):
                raise Forbidden(LATE)
            action = self._carried_out(reader, token, audience, form)
        except NotFound as error:
            return self._no_link(audience, error)
        except AppError as error:
            return self._show(request, token, audience, fault=error, typed=form.fields)
        return RedirectResponse(f"/{audience.value}/{token}?done={action}", 303)

    def _carried_out(self, reader: Reader, token: str, audience: Audience, form: Form) -> str:
        """What was done. Files are kept only for somebody who may send them, outside of the transaction."""
        sent, now = _sent(form), self._deps.clock.now()
        with self._deps.db.reading() as session:
            ticket, actor = (
                self._ticket(session, token, audience),
                ticket_forms.actor_of(session, reader.openid),
            )
            if ticket_forms.is_same_tap(session, ticket, actor, sent, now):
                return sent.action
            ticket_forms.form_of(session, ticket, actor, sent, now)
        kept = [self._deps.keep(content) for content in form.files]
        if not all(kept):
            raise _file_fault(NOT_KEPT, audience)
        with self._deps.db.transaction() as session:
            ticket, actor = (
                self._ticket(session, token, audience),
                ticket_forms.actor_of(session, reader.openid),
            )
            if not ticket_forms.is_same_tap(session, ticket, actor, sent, now):
                rules = self._deps.rules(session)
                ticket_forms.carry_out(session, ticket, actor, sent, kept, rules=rules, now=now)
        return sent.action

    def _show(
        self,
        request: Request,
        token: str,
        audience: Audience,
        *,
        done: str = "",
        fault: AppError | None = None,
        typed: dict[str, str] | None = None,
    ) -> Response:
        readers = self._deps.readers
        reader = readers.known(request, real_now()) if readers else None
        with self._deps.db.reading() as session:
            rules, now = self._deps.rules(session), self._deps.clock.now()
            try:
                ticket = self._ticket(session, token, audience)
            except NotFound as error:
                return self._no_link(audience, error)
            view = ticket_view(session, ticket, audience, rules=rules, now=now)
            own = self._own(session, ticket, reader)
        page = self._pages.page(
            "ticket.html", title=f"工单 {view.number}", status=fault.status_code if fault else 200, is_private=True, ticket=view, own=own,
            reader=reader, can_sign_in=readers is not None, address=f"/{audience.value}/{token}", said=ticket_forms.said_after(done, is_live=view.is_live),
            is_staff=audience is Audience.OFFICER, fault=fault.message if fault else "", typed=typed or {},
            scores=ticket_forms.SCORES, results=ticket_forms.RESULTS,
        )  # fmt: skip
        return _pointed(page, request, fault, typed or {}) if fault else page

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


def _file_fault(sentence: str, audience: Audience) -> AppError:
    """What is wrong with the files. What an officer sends in the chat goes to no ticket."""
    return AppError(sentence + (IN_CHAT if audience is Audience.ENTERPRISE else ""), field="files")


def _pointed(page: Response, request: Request, fault: AppError, typed: dict[str, str]) -> Response:
    """The page with the cursor in the field that is wrong."""
    field = ticket_forms.FIELD_OF.get(fault.field, fault.field)
    html = bytes(page.body).decode()
    page.body = point_out(html, fault.message, action=request.url.path, sent=typed, field=field).encode()
    page.headers["Content-Length"] = str(len(page.body))
    return page


def _whole_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


def _sent(form: Form) -> Sent:
    fields = form.fields
    return Sent(
        fields.get("action", ""),
        fields.get("words", ""),
        fields.get("extra", ""),
        _whole_number(fields.get("version", "")),
        form.files,
    )
