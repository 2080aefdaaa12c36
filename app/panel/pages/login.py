"""Logging in and out. The password is checked outside any transaction: it takes a tenth of a second."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app import audit
from app.clock import real_now
from app.panel import second_factor
from app.panel.accounts import find_user
from app.panel.calls import Call, Form, whole_number
from app.panel.cookies import drop_login, set_login
from app.panel.deps import PanelDeps
from app.panel.kept_forms import MARK, unpack
from app.panel.lockout import count_attempt, count_guess, forget_failures, forget_guesses, wait_text
from app.panel.login_page import LOGIN, NONCE_COOKIE, login_page
from app.panel.models import User, UserSession
from app.panel.passwords import Passwords
from app.panel.rendering import Pages
from app.panel.routing import address_of
from app.panel.security import (
    half_way,
    is_foreign,
    is_half_way,
    is_proven_ours,
    login_token,
    return_path,
    same_token,
)
from app.panel.sessions import end_session, hash_cookie, open_session

WRONG = "账号或口令不对"
LOCKED = "输错次数太多，请 {}后再试；忘了口令，请找管理员重置"
STALE = "登录页放得太久了，请再试一次"
WRONG_CODE = "动态口令不对，或已经用过：请等下一组数字"


@dataclass(frozen=True)
class LoginPages:
    """The login form and what it does."""

    deps: PanelDeps
    pages: Pages
    passwords: Passwords

    def show(self, request: Request, form: Form) -> Response:
        """The form."""
        return self._page(request, form, next_path=return_path(request.query_params.get("next", "")))

    def submit(self, request: Request, form: Form) -> Response:
        """Check token, lockout and password, in this order; then the second factor, where there is one."""
        username, address = form.text("username").casefold()[:64], address_of(request)
        next_path = return_path(form.text("next"))
        if not self._is_ours(request, form):
            return self._page(request, form, next_path=next_path, username=username, fault=STALE, status=403)
        with self.deps.db.transaction() as session:
            locked = count_attempt(session, username=username, address=address, now=real_now())
        if locked is not None:
            wait = LOCKED.format(wait_text(locked, real_now()))
            return self._page(request, form, next_path=next_path, username=username, fault=wait, status=429)
        with self.deps.db.reading() as session:
            user = find_user(session, username)
        fits = self.passwords.matches(user.password_hash if user else None, form.fields.get("password", ""))
        if user is None or not fits or not user.is_active:
            self._record(user, address, succeeded=False)
            return self._page(request, form, next_path=next_path, username=username, fault=WRONG, status=401)
        self._strengthen(user, form)
        if user.totp_since is not None:
            return self._code_page(request, form, user, next_path)
        return self._enter(request, form, user, next_path, address)

    def submit_code(self, request: Request, form: Form) -> Response:
        """The second step: a code counts once, five guesses in fifteen minutes per account."""
        address, next_path = address_of(request), return_path(form.text("next"))
        with self.deps.db.reading() as session:
            user = session.get(User, whole_number(form.text("account")) or 0)
        if user is None or not self._is_ours(request, form) or not self._is_half_way(request, form, user):
            return self._page(request, form, next_path=next_path, fault=STALE, status=403)
        with self.deps.db.transaction() as session:
            locked = count_guess(session, "totp", user.username, real_now())
        if locked is not None:
            self._record(user, address, succeeded=False)
            wait = LOCKED.format(wait_text(locked, real_now()))
            return self._page(request, form, next_path=next_path, fault=wait, status=429)
        with self.deps.db.transaction() as session:
            stored = session.get_one(User, user.id, with_for_update=True)
            fits = second_factor.spend(session, stored, form.text("code"), self.deps.signing_key, real_now())
        if not fits:
            self._record(user, address, succeeded=False)
            return self._code_page(request, form, user, next_path, fault=WRONG_CODE, status=401)
        return self._enter(request, form, user, next_path, address)

    def _enter(self, request: Request, form: Form, user: User, next_path: str, address: str) -> Response:
        """A fresh session id; the old session of this browser ends, so that nobody can plant one (fixation)."""
        now = real_now()
        with self.deps.db.transaction() as session:
            forget_failures(session, username=user.username, address=address)
            forget_guesses(session, "totp", user.username)
            end_session(session, request.cookies.get(self.deps.cookie_name, ""))
            cookie = open_session(session, user, address=address, now=now)
            session.get_one(User, user.id).last_login_at = now
            csrf_token = session.get_one(UserSession, hash_cookie(cookie)).csrf_token
        self._record(user, address, succeeded=True)
        response = self._onward(form, user, csrf_token) or RedirectResponse(next_path, status_code=303)
        set_login(response, self.deps, cookie)
        response.delete_cookie(NONCE_COOKIE, path=LOGIN)
        return response

    def _onward(self, form: Form, user: User, csrf_token: str) -> Response | None:
        """Back to the form that was being written when the login ended; None if there was none."""
        kept = unpack(form.text("kept"))
        if kept is None:
            return None
        html = self.pages.render("login_resume.html", user=user, csrf_token=csrf_token, kept=kept, mark=MARK)
        return HTMLResponse(html)

    def _kept(self, request: Request, form: Form) -> str:
        """What goes on through the login; a form that another site wrote does not."""
        is_ours = is_proven_ours(request.headers, public_url=self.deps.public_url)
        return form.text("kept") if is_ours and unpack(form.text("kept")) else ""

    def _strengthen(self, user: User, form: Form) -> None:
        """A hash made with weaker parameters than today's is made again while the password is at hand."""
        if not self.passwords.is_outdated(user.password_hash):
            return
        fresh = self.passwords.hash(form.fields["password"])
        with self.deps.db.transaction() as session:
            session.get_one(User, user.id).password_hash = fresh
        user.password_hash = fresh

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

    def _is_half_way(self, request: Request, form: Form, user: User) -> bool:
        """Whether this browser gave this account's present password within the last minutes."""
        nonce = request.cookies.get(NONCE_COOKIE, "")
        subject = f"{nonce}:{user.id}:{user.password_hash}"
        is_real = is_half_way(self.deps.signing_key, subject, form.text("stage"), real_now())
        return is_real and user.is_active and user.totp_since is not None

    def _code_page(
        self,
        request: Request,
        form: Form,
        user: User,
        next_path: str,
        *,
        fault: str = "",
        status: int = 200,
    ) -> Response:
        nonce = request.cookies.get(NONCE_COOKIE, "")
        html = self.pages.render(
            "login_code.html",
            token=login_token(self.deps.signing_key, nonce),
            stage=half_way(self.deps.signing_key, f"{nonce}:{user.id}:{user.password_hash}", real_now()),
            account=user.id,
            next_path=next_path,
            kept=form.text("kept"),
            fault=fault,
        )
        return HTMLResponse(html, status_code=status)

    def _page(
        self,
        request: Request,
        form: Form,
        *,
        next_path: str,
        username: str = "",
        fault: str = "",
        status: int = 200,
    ) -> Response:
        return login_page(
            self.deps,
            self.pages,
            request,
            next_path=next_path,
            username=username,
            fault=fault,
            kept=self._kept(request, form),
            status=status,
        )


def leave(call: Call) -> Response:
    """Log out."""
    cookie = call.request.cookies.get(call.deps.cookie_name, "")
    end_session(call.session, cookie)
    call.target = "panel"
    response = call.go(LOGIN, done="left")
    drop_login(response, call.deps)
    return response
