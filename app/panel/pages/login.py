"""Logging in and out. The password is checked outside any transaction: it takes a tenth of a second."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app import audit
from app.clock import real_now
from app.panel.accounts import find_user
from app.panel.calls import Call, Form
from app.panel.deps import PanelDeps
from app.panel.lockout import count_attempt, forget_failures
from app.panel.models import User
from app.panel.passwords import Passwords
from app.panel.rendering import Pages
from app.panel.routing import LOGIN, address_of
from app.panel.security import is_foreign, login_token, new_nonce, return_path, same_token
from app.panel.sessions import ABSOLUTE, end_session, open_session

NONCE_COOKIE = "qiying_login"
WRONG = "账号或口令不对"
LOCKED = "输错次数太多，请 15 分钟后再试，或请管理员重置口令"
STALE = "登录页放得太久了，请再试一次"


@dataclass(frozen=True)
class LoginPages:
    """The login form and what it does."""

    deps: PanelDeps
    pages: Pages
    passwords: Passwords

    def show(self, request: Request, _form: Form) -> Response:
        """The form."""
        return self._page(request, next_path=return_path(request.query_params.get("next", "")))

    def submit(self, request: Request, form: Form) -> Response:
        """Check token, lockout and password, in this order; a fresh session id on success.

        The old session of this browser ends, so that nobody can plant one (session fixation).
        """
        username, address = form.text("username").casefold()[:64], address_of(request)
        next_path = return_path(form.text("next"))
        if not self._is_ours(request, form):
            return self._page(request, next_path=next_path, username=username, fault=STALE, status=403)
        now = real_now()
        with self.deps.db.transaction() as session:
            locked_until = count_attempt(session, username=username, address=address, now=now)
        if locked_until is not None:
            return self._page(request, next_path=next_path, username=username, fault=LOCKED, status=429)
        with self.deps.db.reading() as session:
            user = find_user(session, username)
        fits = self.passwords.matches(user.password_hash if user else None, form.fields.get("password", ""))
        if user is None or not fits or not user.is_active:
            self._record(user, address, succeeded=False)
            return self._page(request, next_path=next_path, username=username, fault=WRONG, status=401)
        return self._enter(request, user, form, next_path, address)

    def _enter(self, request: Request, user: User, form: Form, next_path: str, address: str) -> Response:
        now = real_now()
        rehashed = (
            self.passwords.hash(form.fields["password"])
            if self.passwords.is_outdated(user.password_hash)
            else ""
        )
        with self.deps.db.transaction() as session:
            forget_failures(session, username=user.username, address=address)
            end_session(session, request.cookies.get(self.deps.cookie_name, ""))
            cookie = open_session(session, user, address=address, now=now)
            stored = session.get(User, user.id)
            if rehashed and stored is not None:
                stored.password_hash = rehashed
                session.add(stored)
        self._record(user, address, succeeded=True)
        response = RedirectResponse(next_path, status_code=303)
        self._set_cookie(response, cookie)
        response.delete_cookie(NONCE_COOKIE, path=LOGIN)
        return response

    def _record(self, user: User | None, address: str, *, succeeded: bool) -> None:
        """An unknown name is not kept: it may be a password typed into the wrong field."""
        with self.deps.db.transaction() as session:
            audit.record(
                session,
                at=real_now(),
                actor_kind="user",
                actor=user.username if user else "unknown",
                action="login",
                target="panel",
                address=address,
                succeeded=succeeded,
            )

    def _is_ours(self, request: Request, form: Form) -> bool:
        if form.is_too_large or is_foreign(request.headers, public_url=self.deps.public_url):
            return False
        nonce = request.cookies.get(NONCE_COOKIE, "")
        return bool(nonce) and same_token(login_token(self.deps.signing_key, nonce), form.text("csrf_token"))

    def _page(
        self, request: Request, *, next_path: str, username: str = "", fault: str = "", status: int = 200
    ) -> Response:
        nonce = request.cookies.get(NONCE_COOKIE) or new_nonce()
        html = self.pages.render(
            "login.html",
            token=login_token(self.deps.signing_key, nonce),
            next_path=next_path,
            username=username,
            fault=fault,
            done=request.query_params.get("done", ""),
        )
        response = HTMLResponse(html, status_code=status)
        response.set_cookie(
            NONCE_COOKIE,
            nonce,
            max_age=3600,
            path=LOGIN,
            httponly=True,
            samesite="lax",
            secure=self.deps.is_https,
        )
        return response

    def _set_cookie(self, response: Response, cookie: str) -> None:
        response.set_cookie(
            self.deps.cookie_name,
            cookie,
            max_age=int(ABSOLUTE.total_seconds()),
            path="/" if self.deps.is_https else "/admin",
            httponly=True,
            samesite="lax",
            secure=self.deps.is_https,
        )


def leave(call: Call) -> Response:
    """Log out."""
    cookie = call.request.cookies.get(call.deps.cookie_name, "")
    end_session(call.session, cookie)
    call.target = "panel"
    response = call.go(LOGIN, done="left")
    response.delete_cookie(call.deps.cookie_name, path="/" if call.deps.is_https else "/admin")
    return response
