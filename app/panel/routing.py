"""The only way a page gets into the panel: with its roles, its audit name and every check in front of it.

For each request, in this order:
1. who asks (session cookie, real time); nobody: to the login page
2. whether the role may open this page
3. for a form: sent from our own pages, with this login's token
4. the handler inside one session; a form inside one write transaction together with its audit row
5. the security headers on whatever comes out

A refused form leaves an audit row too, in a transaction of its own, after the first was rolled back.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app import audit, log
from app.clock import real_now
from app.errors import AppError, Forbidden
from app.panel import policy
from app.panel.access import Access, Check, Preparation
from app.panel.calls import Call, Form, read_form, read_upload, read_words
from app.panel.deps import PanelDeps
from app.panel.fault_pages import pointed
from app.panel.kept_forms import MARK, pack, written_before
from app.panel.login_page import LOGIN, login_page
from app.panel.models import User
from app.panel.rendering import Pages
from app.panel.repeats import once
from app.panel.roles import Role, may_open
from app.panel.security import HEADERS, TRANSPORT_SECURITY, is_foreign, is_proven_ours, same_token
from app.panel.sessions import TOUCH_AFTER, find_session, touch

Handler = Callable[[Call], Response]
Refusal = Callable[[Call, AppError], Response]
GuestHandler = Callable[[Request, Form], Response]
TOO_LARGE = "提交的内容太长，请删减后再试"
STALE_FORM = "这个页面放得太久了，请看过再提交一次"


class StaleForm(Forbidden):
    """The form is of an earlier login of this browser, or of nobody's."""


@dataclass(frozen=True)
class Login:
    """The login behind a cookie."""

    user: User
    id_hash: str
    csrf_token: str
    last_seen_at: datetime


class Routes:
    """Collects the routes of the panel."""

    def __init__(self, deps: PanelDeps, pages: Pages) -> None:
        self.deps = deps
        self.pages = pages
        self.router = APIRouter(prefix="/admin", include_in_schema=False)

    def get(self, path: str, roles: frozenset[Role], handler: Handler) -> None:
        """A page that only reads."""

        def endpoint(request: Request) -> Response:
            return self._guarded(request, lambda: self._read(request, roles, handler))

        self._add("GET", path, endpoint, Access(roles))

    def post(
        self,
        path: str,
        roles: frozenset[Role],
        action: str,
        handler: Handler,
        on_refusal: Refusal | None = None,
        *,
        prepare: Preparation | None = None,
        check: Check | None = None,
        takes_file: bool = False,
    ) -> None:
        """A form. `on_refusal` may show the page again with what was typed; `takes_file`: one file may come along."""
        access = Access(roles, action, prepare, check)
        reader = self._read_upload if takes_file else read_form

        def endpoint(request: Request, form: Annotated[Form, Depends(reader)]) -> Response:
            return self._guarded(request, lambda: self._write(request, form, access, handler, on_refusal))

        self._add("POST", path, endpoint, access)

    def open(self, method: str, path: str, handler: GuestHandler) -> None:
        """A route for guests: the login page and its stylesheet."""

        def endpoint(request: Request, form: Annotated[Form, Depends(read_form)]) -> Response:
            return self._guarded(request, lambda: handler(request, form))

        self._add(method, path, endpoint, Access(None))

    async def _read_upload(self, request: Request) -> Form:
        """Files of strangers are not read; the words of one whose login ended are, to be carried through the next."""
        if await run_in_threadpool(self._login, request):
            return await read_upload(request)
        return await read_words(request) if self._is_from_here(request) else Form()

    def _add(self, method: str, path: str, endpoint: Callable[..., Response], access: Access) -> None:
        endpoint.__dict__["access"] = access
        self.router.add_api_route(path, endpoint, methods=[method], response_class=HTMLResponse)

    def _guarded(self, request: Request, respond: Callable[[], Response]) -> Response:
        """Every answer gets the headers; an unforeseen fault becomes a page and a log line."""
        try:
            response = respond()
        except Exception as error:
            # The edge of the panel: a clerk gets a sentence instead of a trace, the log gets the place.
            number = secrets.token_hex(4)
            log.error("page_failed", error, route=_route_of(request), number=number)
            response = self.error_page(
                f"页面出错了，请稍后再试；一直这样，请把编号 {number} 告诉管理员。", 500
            )
        return secured(response, self.deps)

    def _read(self, request: Request, roles: frozenset[Role], handler: Handler) -> Response:
        login = self._login(request)
        if login is None:
            return to_login(request)
        if not self._may(login, roles, request):
            return self.error_page("您的账号没有这个页面的权限。", 403, login)
        duty = self._duty(login, request)
        if duty:
            return RedirectResponse(duty, status_code=303)
        with self.deps.db.reading() as session:
            call = self._call(request, login, session=session)
            try:
                return handler(call)
            except AppError as error:
                return self.error_page(error.message, error.status_code, login)

    def _write(
        self, request: Request, form: Form, access: Access, handler: Handler, on_refusal: Refusal | None
    ) -> Response:
        login = self._login(request)
        if login is None:
            return self._log_in_first(request, form)
        call: Call | None = None
        is_ours = False
        try:
            self._check_form(request, form, login, access)
            is_ours = True
            if form.text(MARK):
                raise written_before(form)
            if access.check:
                access.check(self.deps, login.user, form)
            prepared = access.prepare(self.deps, form) if access.prepare else None
            with self.deps.db.transaction() as session:
                call = self._call(request, login, session=session, form=form, prepared=prepared)
                response = once(call, login.id_hash, handler)
                self._audit(call, access.action, succeeded=response.status_code < 400)
            self.deps.counts.forget()
            return pointed(response, request.url.path, form)
        except AppError as error:
            is_ours = is_ours or (isinstance(error, StaleForm) and self._is_from_here(request))
            shown = on_refusal if is_ours else None
            return self._refused(request, form, login, access, error, call, shown)

    def _log_in_first(self, request: Request, form: Form) -> Response:
        """What was written on our own page goes through the login with its writer."""
        kept = pack(request.url.path, form) if self._is_from_here(request) else ""
        if not kept:
            return to_login(request)
        return login_page(self.deps, self.pages, request, kept=kept, status=401)

    def _is_from_here(self, request: Request) -> bool:
        return is_proven_ours(request.headers, public_url=self.deps.public_url)

    def _check_form(self, request: Request, form: Form, login: Login, access: Access) -> None:
        if access.roles is None or not self._may(login, access.roles, request):
            raise Forbidden("您的账号没有这项操作的权限。")
        if form.is_too_large:
            raise AppError(TOO_LARGE)
        if is_foreign(request.headers, public_url=self.deps.public_url):
            raise Forbidden("这次提交不是从本页面发出的，已拦下。")
        if not same_token(login.csrf_token, form.text("csrf_token")):
            raise StaleForm(STALE_FORM)
        if self._duty(login, request):
            raise Forbidden("请先改口令或绑定动态口令，再继续办理。")

    def _may(self, login: Login, roles: frozenset[Role], request: Request) -> bool:
        separates = self.deps.policy.separates_duties
        return may_open(Role(login.user.role), roles, request.url.path, separates_duties=separates)

    def _duty(self, login: Login, request: Request) -> str:
        """The page that has to be settled first; "" if this one may be used."""
        if policy.is_free(request.url.path):
            return ""
        return policy.duty_of(login.user, self.deps.policy, real_now())

    def _refused(
        self,
        request: Request,
        form: Form,
        login: Login,
        access: Access,
        error: AppError,
        call: Call | None,
        on_refusal: Refusal | None,
    ) -> Response:
        with self.deps.db.transaction() as session:
            again = self._call(request, login, session=session, form=form)
            again.target = call.target if call and call.target else request.url.path
            again.detail = {"reason": error.message}
            self._audit(again, access.action, succeeded=False)
        if on_refusal is None:
            return self.error_page(error.message, error.status_code, login)
        with self.deps.db.reading() as session:
            try:
                page = on_refusal(self._call(request, login, session=session, form=form), error)
                return pointed(page, request.url.path, form, error)
            except AppError:
                return self.error_page(error.message, error.status_code, login)

    def _login(self, request: Request) -> Login | None:
        cookie = request.cookies.get(self.deps.cookie_name, "")
        now = real_now()
        with self.deps.db.reading() as session:
            found = find_session(session, cookie, now)
        if found is None:
            return None
        row, user = found
        if abs(now - row.last_seen_at) > TOUCH_AFTER:
            with self.deps.db.transaction() as session:
                touch(session, row.id_hash, now)
        return Login(user, row.id_hash, row.csrf_token, row.last_seen_at)

    def _call(self, request: Request, login: Login, **values: Any) -> Call:
        return Call(
            deps=self.deps,
            pages=self.pages,
            request=request,
            user=login.user,
            csrf_token=login.csrf_token,
            now=self.deps.clock.now(),
            address=address_of(request),
            **values,
        )

    def _audit(self, call: Call, action: str, *, succeeded: bool) -> None:
        audit.record(
            call.session,
            at=real_now(),
            actor_kind="user",
            actor=call.user.username,
            action=action,
            target=call.target or call.request.url.path[:200],
            detail=call.detail,
            address=call.address,
            succeeded=succeeded,
        )

    def error_page(self, message: str, status: int, login: Login | None = None) -> Response:
        """A page with one sentence and the way on; with the menu for those who are logged in."""
        values = {"user": login.user, "csrf_token": login.csrf_token} if login else {}
        html = self.pages.render("error.html", message=message, status=status, **values)
        return HTMLResponse(html, status_code=status)


def secured(response: Response, deps: PanelDeps) -> Response:
    """The response with the panel's headers; a page may set its own cache rule."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if deps.is_https:
        response.headers["Strict-Transport-Security"] = TRANSPORT_SECURITY
    return response


def to_login(request: Request) -> Response:
    """To the login page; a page that was being read comes back afterwards, with what it was asked for."""
    if request.method != "GET" or request.url.path in ("/admin", "/admin/"):
        return RedirectResponse(LOGIN, status_code=303)
    wanted = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    return RedirectResponse(f"{LOGIN}?next={quote(wanted, safe='/')}", status_code=303)


def address_of(request: Request) -> str:
    """The client's address as the server sees it (behind a proxy: as the server was told to trust it)."""
    return request.client.host if request.client else ""


def _route_of(request: Request) -> str:
    route = request.scope.get("route")
    return str(getattr(route, "path", ""))
