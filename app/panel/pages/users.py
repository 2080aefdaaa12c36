"""Accounts: who may log in, as what, for which part of the district. Passwords are shown once and never again."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select
from starlette.responses import Response

from app.clock import real_now
from app.errors import AppError, Conflict, NotFound
from app.panel import accounts, lockout, sessions, user_rows
from app.panel.accounts import Profile
from app.panel.calls import Call, whole_number
from app.panel.models import User
from app.panel.passwords import Passwords, generate_password
from app.panel.roles import ROLE_NAMES, Role

PATH = "/admin/users"
FIELDS = ("username", "name", "role", "area_code", "coordinator_id")


@dataclass(frozen=True)
class UserPages:
    """The pages that make passwords."""

    passwords: Passwords

    def create(self, call: Call) -> Response:
        """A new account with a password that its owner has to replace at the first login."""
        wanted = _wanted(call)
        accounts.check_scope(call.session, None, wanted)
        password = generate_password()
        user = accounts.create_user(
            call.session,
            self.passwords,
            username=call.form.text("username").casefold(),
            name=wanted.name,
            role=wanted.role,
            password=password,
            area_code=wanted.area_code,
            coordinator_id=wanted.coordinator_id,
            now=real_now(),
            must_change_password=True,
        )
        call.target = f"user:{user.username}"
        call.detail = {"before": {}, "after": accounts.facts_of(user)}
        return call.page("user_password.html", account=user, password=password, is_new=True)

    def reset_password(self, call: Call) -> Response:
        """A new password; the account's logins end, and a closed account is not opened by it."""
        user = _user(call)
        call.target = f"user:{user.username}"
        was_active, password = user.is_active, generate_password()
        accounts.reset_password(
            call.session,
            self.passwords,
            username=user.username,
            password=password,
            now=real_now(),
            must_change_password=True,
        )
        user.is_active = was_active
        return call.page("user_password.html", account=user, password=password, is_new=False)


def show_list(call: Call) -> Response:
    """Every account with its scope, last login and what is wrong with it."""
    return _list(call)


def refuse_create(call: Call, error: AppError) -> Response:
    """The list with the form as it was filled in."""
    return _list(call, fault=error.message, status=error.status_code)


def show(call: Call) -> Response:
    """One account and what can be done to it."""
    return _one(call)


def refuse(call: Call, error: AppError) -> Response:
    """The account's page with the reason."""
    return _one(call, fault=error.message, status=error.status_code)


def update(call: Call) -> Response:
    """Name, role, area or department."""
    user = _user(call)
    call.target = f"user:{user.username}"
    if call.form.text("seen") not in ("", accounts.as_seen(user)):
        raise Conflict("您打开这一页以后，别人改过这个账号：上面是现在的情况，核对后再保存")
    call.detail = accounts.update_user(call.session, user, _wanted(call))
    return call.go(f"{PATH}/{user.id}", done="saved")


def set_active(call: Call) -> Response:
    """Close or open an account."""
    user = _user(call)
    call.target = f"user:{user.username}"
    wanted = call.form.text("active") == "yes"
    call.detail = {"before": {"active": user.is_active}, "after": {"active": wanted}}
    accounts.set_active(call.session, user, wanted)
    return call.go(f"{PATH}/{user.id}", done="user-opened" if wanted else "user-closed")


def reset_totp(call: Call) -> Response:
    """The telephone is lost."""
    user = _user(call)
    call.target = f"user:{user.username}"
    call.detail = {"before": {"totp": user.totp_since is not None}, "after": {"totp": False}}
    accounts.reset_second_factor(call.session, user)
    return call.go(f"{PATH}/{user.id}", done="totp-off")


def unlock(call: Call) -> Response:
    """Somebody mistyped too often: the account may try again at once."""
    user = _user(call)
    call.target = f"user:{user.username}"
    call.detail = {"count": lockout.unlock(call.session, user.username)}
    return call.go(f"{PATH}/{user.id}", done="user-unlocked")


def show_sessions(call: Call) -> Response:
    """Everybody's logins."""
    rows = sessions.living(call.session, now=real_now())
    own = sessions.hash_cookie(call.request.cookies.get(call.deps.cookie_name, ""))
    logins = [(row, user, sessions.public_name(row), row.id_hash == own) for row, user in rows]
    return call.page("sessions.html", logins=logins)


def end_session(call: Call) -> Response:
    """End one login."""
    row = sessions.end_one(call.session, call.part("name"))
    user = call.session.get_one(User, row.user_id)
    call.target = f"user:{user.username}"
    call.detail = {"address": row.address}
    return call.go("/admin/sessions", done="login-ended")


def end_sessions(call: Call) -> Response:
    """End every login of one account."""
    user = _user(call)
    call.target = f"user:{user.username}"
    call.detail = {"ended": sessions.end_all_sessions(call.session, user.id or 0)}
    return call.go(f"{PATH}/{user.id}", done="login-ended")


def _list(call: Call, *, fault: str = "", status: int = 200) -> Response:
    users = call.session.exec(select(User).order_by(col(User.is_active).desc(), col(User.username))).all()
    filters = {"role": call.query("role"), "show": call.query("show")}
    return call.page(
        "users.html",
        status=status,
        fault=fault,
        rows=user_rows.rows(call.session, users, call.deps.policy, filters, real_now()),
        filters=filters,
        counts=user_rows.counts(users, call.deps.policy, real_now()),
        typed={name: call.form.text(name) for name in FIELDS},
        **_choices(call),
    )


def _one(call: Call, *, fault: str = "", status: int = 200) -> Response:
    user = _user(call)
    logins = sessions.living(call.session, user_id=user.id, now=real_now())
    shown = {
        **accounts.facts_of(user),
        "area_code": user.area_code,
        "coordinator_id": user.coordinator_id or "",
    }
    typed = {name: call.form.text(name) for name in FIELDS} if "role" in call.form.fields else shown
    return call.page(
        "user.html",
        status=status,
        fault=fault,
        account=user,
        row=user_rows.row_of(call.session, user, call.deps.policy, real_now()),
        typed=typed,
        seen=accounts.as_seen(user),
        logins=len(logins),
        locked_until=lockout.locked_until(call.session, user.username, real_now()),
        **_choices(call, user.coordinator_id),
    )


def _choices(call: Call, coordinator: int | None = None) -> dict[str, Any]:
    return {
        "roles": [(role.value, name) for role, name in ROLE_NAMES.items()],
        "areas": user_rows.areas(call.session),
        "people": user_rows.coordinators(call.session, coordinator),
    }


def _wanted(call: Call) -> Profile:
    """The form's account; a scope that the role does not have is dropped."""
    text = call.form.text("role")
    if text not in set(Role):
        raise AppError("请选择角色", field="role")
    role = Role(text)
    if not call.form.text("name"):
        raise AppError("请填写姓名：审计里要看得出是谁", field="name")
    return Profile(
        name=call.form.text("name")[:64],
        role=role,
        area_code=call.form.text("area_code") if role is Role.LEADER else "",
        coordinator_id=call.form.number("coordinator_id") if role is Role.DEPARTMENT else None,
    )


def _user(call: Call) -> User:
    user = call.session.get(User, whole_number(call.part("user_id")) or 0)
    if user is None:
        raise NotFound("没有这个账号")
    return user
