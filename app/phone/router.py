"""The phone pages as one router: entries, tickets by link, areas, privacy."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from app.clock import local_date, real_now
from app.conversations.answers import is_settled_for
from app.directory.qr import qr, svg
from app.directory.scenes import code_address
from app.errors import AppError
from app.phone.area_view import area_view
from app.phone.deps import PhoneDeps
from app.phone.entry_view import may_be_shown, view_of
from app.phone.markdown import Renderer
from app.phone.rendering import PhonePages, picture_file, picture_response, static_file
from app.phone.ticket_page import MAX_TOKEN, TicketPages
from app.policies.links import read_signed
from app.policies.progress import note_read
from handbook.entry import Entry

UNSOLVED = "/phone/unsolved"
FAILED = "没能转过去"
NOT_YOURS = "这是别人问的，或者过了一周。您要办什么，请在自己的微信对话里直接说。"


def phone_router(deps: PhoneDeps) -> APIRouter:
    """`/h` with its pictures, `/t`, `/o`, `/areas` with their codes, `/privacy` and their static files."""
    pages = _Pages(deps)
    router = APIRouter(include_in_schema=False)
    router.add_api_route("/h/{entry_id:path}", pages.entry, methods=["GET"])
    router.add_api_route("/h/{entry_id:path}", pages.not_solved, methods=["POST"])
    router.add_api_route("/h-images/{folder}/{slug}/{name}", pages.picture, methods=["GET"])
    router.add_api_route(f"{UNSOLVED}/{{answer}}", pages.not_solved_by_reader, methods=["GET"])
    TicketPages(deps, pages.rendering).add_to(router)
    router.add_api_route("/areas/{code}", pages.area, methods=["GET"])
    router.add_api_route("/areas/{code}/code.svg", pages.area_code, methods=["GET"])
    router.add_api_route("/privacy", pages.privacy, methods=["GET"])
    router.add_api_route("/phone-static/{name}", pages.static, methods=["GET"])
    return router


class _Pages:
    def __init__(self, deps: PhoneDeps) -> None:
        self._deps = deps
        self.rendering = PhonePages(deps.profile, is_demo=deps.is_demo)
        self._markdown = Renderer()

    def entry(self, request: Request, entry_id: str, a: str = "", p: str = "") -> Response:
        """One public entry; `a` is the signed id of the answer that led here, `p` that of a policy push."""
        entry = self._public(entry_id)
        if entry is None:
            return self.rendering.not_found()
        view = view_of(entry, self._markdown, local_date(self._deps.clock.now()))
        related = [found for name in entry.related if (found := self._public(name)) is not None]
        answer = a if len(a) <= MAX_TOKEN and not self._is_settled(request, a) else ""
        if p and len(p) <= MAX_TOKEN:
            self._note_read(p, entry_id)
        return self.rendering.page(
            "entry.html",
            title=entry.title,
            indexed=not (a or p),
            entry=view,
            related=related,
            answer=answer,
        )

    def picture(self, folder: str, slug: str, name: str) -> Response:
        """A picture of a public entry; nothing that no public entry shows."""
        entry = self._public(f"{folder}/{slug}")
        found = picture_file(self._deps.kb_folders, entry, name) if entry is not None else None
        return found or self.rendering.not_found()

    def _note_read(self, token: str, entry_id: str) -> None:
        """The link of a push was opened. Forged ones are told apart before anything is written."""
        if read_signed(token, self._deps.signing_key) is None:
            return
        with self._deps.db.transaction() as session:
            note_read(session, token, entry_id, self._deps.signing_key, self._deps.clock.now())

    def _is_settled(self, request: Request, answer: str) -> bool:
        """Whether the answer is an old one, or was given to somebody else than the known reader of this page."""
        if not answer:
            return False
        now, readers = self._deps.clock.now(), self._deps.readers
        reader = readers.known(request, real_now()) if readers else None
        with self._deps.db.reading() as session:
            return is_settled_for(
                session, answer, self._deps.signing_key, reader.openid if reader else "", now
            )

    def not_solved(self, request: Request, entry_id: str, answer: Annotated[str, Form()] = "") -> Response:
        """«没解决»: the chat of whoever asked goes on from here; a repeat changes nothing.

        A page may have been passed on, so a reader whom nobody knows goes through WeChat's silent sign-in first.
        Where there is no sign-in, whoever has the link counts as the one who asked.
        """
        if self._public(entry_id) is None:
            return self.rendering.not_found()
        if not answer or len(answer) > MAX_TOKEN:
            return self.rendering.message(FAILED, "请回到微信对话里发「人工」。", status=400)
        readers, now = self._deps.readers, real_now()
        if readers is None or readers.known(request, now) or self._is_settled(request, answer):
            return self._carry_on(request, answer)
        return self.rendering.onward(f"{UNSOLVED}/{answer}")

    def not_solved_by_reader(self, request: Request, answer: str) -> Response:
        """To the sign-in that the tap on «没解决» leads through, and back: it counts for one's own question only."""
        readers, now = self._deps.readers, real_now()
        if readers is None or len(answer) > MAX_TOKEN:
            return self.rendering.not_found()
        if readers.known(request, now):
            return self._carry_on(request, answer)
        try:
            return readers.leave(f"{UNSOLVED}/{answer}", now)
        except AppError as error:
            return self.rendering.message(FAILED, error.message, status=error.status_code)

    def _carry_on(self, request: Request, answer: str) -> Response:
        if self._is_settled(request, answer):
            return self.rendering.message(FAILED, NOT_YOURS, status=403)
        try:
            self._deps.not_solved(answer)
        except AppError as error:
            return self.rendering.message(FAILED, error.message, status=error.status_code)
        return self.rendering.message("已经转过去了", "您的原话已经带上，结果会发在微信对话里。", tone="good")

    def area(self, code: str) -> Response:
        """Who serves an area."""
        with self._deps.db.reading() as session:
            view = area_view(session, code, local_date(self._deps.clock.now()))
            if view is None:
                return self.rendering.not_found()
            address, scans_into_chat = code_address(session, self._deps.public_url, code)
            return self.rendering.page(
                "area.html",
                title=view.area.name,
                area=view.area,
                parent=view.parent,
                parts=view.parts,
                officers=view.officers,
                has_code=bool(address),
                scans_into_chat=scans_into_chat,
            )

    def area_code(self, code: str) -> Response:
        """The area's code as a picture, to be pressed and held, shown to a colleague, or printed (A7)."""
        with self._deps.db.reading() as session:
            view = area_view(session, code, local_date(self._deps.clock.now()))
            address = code_address(session, self._deps.public_url, code)[0] if view else ""
            if view is None or not address:
                return self.rendering.not_found()
            return picture_response(svg(qr(address), f"{view.area.name}二维码"), "image/svg+xml")

    def privacy(self) -> Response:
        """What we keep, why, how long, and how to have it erased."""
        return self.rendering.page("privacy.html", title="隐私说明")

    def static(self, name: str) -> Response:
        """The stylesheet, the mark and the two scripts."""
        return static_file(name) or self.rendering.not_found()

    def _public(self, entry_id: str) -> Entry | None:
        entry = self._deps.search.entry(entry_id)
        return entry if may_be_shown(entry) else None
