"""One's own account: password, second factor, logins."""

from dataclasses import dataclass
from io import BytesIO

import segno
from starlette.responses import Response

from app.clock import real_now
from app.errors import AppError, Forbidden, NotFound
from app.panel import accounts, scope, second_factor, sessions
from app.panel.calls import Call, Form
from app.panel.cookies import set_login
from app.panel.deps import PanelDeps
from app.panel.lockout import count_guess, forget_guesses, wait_text
from app.panel.models import User, UserSession
from app.panel.passwords import Passwords
from app.panel.policy import duty_of, is_password_old
from app.panel.roles import Role

ME, TOTP = "/admin/me", "/admin/me/totp"
LOCKED = "现在的口令输错太多次，请 {}后再试"
WRONG = "现在的口令不对"


@dataclass(frozen=True)
class MePages:
    """The pages everybody has."""

    passwords: Passwords

    def knows_password(self, deps: PanelDeps, user: User, form: Form) -> None:
        """Refuse whoever found the browser open; counted before it is looked at, five in fifteen minutes."""
        with deps.db.transaction() as session:
            locked = count_guess(session, "own-password", user.username, real_now())
        if locked is not None:
            raise AppError(LOCKED.format(wait_text(locked, real_now())), field="current")
        if not self.passwords.matches(user.password_hash, form.fields.get("current", "")):
            raise AppError(WRONG, field="current")
        with deps.db.transaction() as session:
            forget_guesses(session, "own-password", user.username)

    def change_password(self, call: Call) -> Response:
        """The new password ends every login; this browser gets a fresh one."""
        call.target = f"user:{call.user.username}"
        wanted = call.form.fields.get("password", "")
        if wanted != call.form.fields.get("again", ""):
            raise AppError("两次输入的新口令不一样", field="again")
        user = _stored(call)
        accounts.change_password(call.session, self.passwords, user, wanted, now=real_now())
        return _with_new_login(call, user, ME, "password-changed")


def show(call: Call) -> Response:
    """Who I am here, what is due, where I am logged in."""
    user, now = _stored(call), real_now()
    own = sessions.hash_cookie(call.request.cookies.get(call.deps.cookie_name, ""))
    rows = sessions.living(call.session, user_id=user.id, now=now)
    return call.page(
        "me.html",
        account=user,
        scope=scope.scope_text(call.session, user),
        logins=[(row, sessions.public_name(row), row.id_hash == own) for row, _ in rows],
        codes_left=second_factor.codes_left(call.session, user) if user.totp_since else 0,
        password_days=call.deps.policy.password_days,
        must_have_totp=Role(user.role) in call.deps.policy.totp_roles,
    )


def show_password(call: Call) -> Response:
    """The form; after a reset or when the password is too old, the only page there is."""
    return _password_page(call)


def refuse_password(call: Call, error: AppError) -> Response:
    """The form again; what was typed is not given back."""
    return _password_page(call, fault=error.message, status=error.status_code)


def show_totp(call: Call) -> Response:
    """The state, or the picture to scan and the field for the first code."""
    return _totp_page(call)


def refuse_totp(call: Call, error: AppError) -> Response:
    """The page again with the reason."""
    return _totp_page(call, fault=error.message, status=error.status_code)


def begin_totp(call: Call) -> Response:
    """A new seed."""
    call.target = f"user:{call.user.username}"
    second_factor.begin(call.session, _stored(call), call.deps.signing_key)
    return call.go(TOTP)


def confirm_totp(call: Call) -> Response:
    """The first code fits: eight codes for paper, shown once; the other logins end and this one is a new one."""
    call.target = f"user:{call.user.username}"
    user = _stored(call)
    codes = second_factor.confirm(
        call.session, user, call.form.text("code"), call.deps.signing_key, real_now()
    )
    sessions.end_all_sessions(call.session, user.id or 0)
    cookie = sessions.open_session(call.session, user, address=call.address, now=real_now())
    call.csrf_token = call.session.get_one(UserSession, sessions.hash_cookie(cookie)).csrf_token
    response = call.page("me_codes.html", codes=codes)
    set_login(response, call.deps, cookie)
    return response


def drop_totp(call: Call) -> Response:
    """Without a second factor again, where the role may be."""
    call.target = f"user:{call.user.username}"
    if call.role in call.deps.policy.totp_roles:
        raise Forbidden("您的角色必须用动态口令；换手机请找管理员重置")
    user = _stored(call)
    second_factor.remove(call.session, user)
    return _with_new_login(call, user, ME, "totp-off")


def totp_picture(call: Call) -> Response:
    """The seed as a QR code, while it is not confirmed; NotFound afterwards."""
    user = _stored(call)
    address = second_factor.address_of(user, call.deps.signing_key, call.deps.district_name)
    if not address or user.totp_since is not None:
        raise NotFound("没有待绑定的动态口令")
    drawing = BytesIO()
    segno.make(address, error="m").save(drawing, kind="svg", scale=5, border=2, light="#fff", xmldecl=False)
    return Response(drawing.getvalue(), media_type="image/svg+xml")


def end_login(call: Call) -> Response:
    """End one of one's own logins."""
    row = sessions.end_one(call.session, call.part("name"), user_id=call.user.id)
    call.target = f"user:{call.user.username}"
    call.detail = {"address": row.address}
    return call.go(ME, done="login-ended")


def end_others(call: Call) -> Response:
    """End every login of one's own but this one."""
    own = sessions.hash_cookie(call.request.cookies.get(call.deps.cookie_name, ""))
    call.target = f"user:{call.user.username}"
    call.detail = {"ended": sessions.end_all_sessions(call.session, call.user.id or 0, besides=own)}
    return call.go(ME, done="login-ended")


def _password_page(call: Call, *, fault: str = "", status: int = 200) -> Response:
    user = _stored(call)
    is_old = is_password_old(user, call.deps.policy, real_now())
    reason = ""
    if user.must_change_password:
        reason = "这个口令是管理员给的：请先换成只有您知道的。"
    elif is_old:
        reason = f"口令用满 {call.deps.policy.password_days} 天了：请先换一个。"
    return call.page("me_password.html", status=status, fault=fault, reason=reason)


def _totp_page(call: Call, *, fault: str = "", status: int = 200) -> Response:
    user = _stored(call)
    seed = "" if user.totp_since else second_factor.seed_of(user, call.deps.signing_key)
    return call.page(
        "me_totp.html",
        status=status,
        fault=fault,
        account=user,
        seed=" ".join(seed[at : at + 4] for at in range(0, len(seed), 4)),
        codes_left=second_factor.codes_left(call.session, user),
        must_have=call.role in call.deps.policy.totp_roles,
        is_due=duty_of(user, call.deps.policy, real_now()) == TOTP,
    )


def _with_new_login(call: Call, user: User, path: str, done: str) -> Response:
    """Other rights or another secret: the session id changes, and only this browser goes on."""
    sessions.end_all_sessions(call.session, user.id or 0)
    cookie = sessions.open_session(call.session, user, address=call.address, now=real_now())
    response = call.go(path, done=done)
    set_login(response, call.deps, cookie)
    return response


def _stored(call: Call) -> User:
    """The account as it is in this transaction."""
    return call.session.get_one(User, call.user.id)
