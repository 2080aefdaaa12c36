"""What the installation asks of its accounts; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.panel.models import User
from app.panel.roles import Role

CHANGE_PASSWORD = "/admin/me/password"  # noqa: S105 - an address
SET_UP_TOTP = "/admin/me/totp"
FREE_PATHS = ("/admin/me", "/admin/logout")
STALE_AFTER = timedelta(days=90)


@dataclass(frozen=True)
class Policy:
    """`password_days`: a password older than this is changed at the next login; 0: never.
    `totp_roles`: who must log in with a second factor. `separates_duties`: an administrator keeps accounts and
    the system and sees no case."""

    password_days: int = 0
    totp_roles: frozenset[Role] = frozenset()
    separates_duties: bool = False


def totp_roles_of(text: str) -> tuple[frozenset[Role], list[str]]:
    """The roles of a comma-separated setting, and the names that are none."""
    names = [name.strip() for name in text.replace("，", ",").split(",") if name.strip()]
    known = {role.value for role in Role}
    return frozenset(Role(name) for name in names if name in known), [n for n in names if n not in known]


def duty_of(user: User, policy: Policy, now: datetime) -> str:
    """The page this account has to settle first; "" if none. `now` is real time."""
    if user.must_change_password or is_password_old(user, policy, now):
        return CHANGE_PASSWORD
    if Role(user.role) in policy.totp_roles and user.totp_since is None:
        return SET_UP_TOTP
    return ""


def is_password_old(user: User, policy: Policy, now: datetime) -> bool:
    """Whether the password is past its time."""
    since = user.password_changed_at or user.created_at
    return policy.password_days > 0 and now - since > timedelta(days=policy.password_days)


def is_free(path: str) -> bool:
    """Whether a page is open to somebody who has a duty to settle."""
    return any(path == own or path.startswith(f"{own}/") for own in FREE_PATHS)


def stale(users: Iterable[User], now: datetime) -> list[User]:
    """Active accounts that nobody has logged in with for ninety days (GB/T 22239 L3-CES1-07)."""
    return [
        user
        for user in users
        if user.is_active and now - (user.last_login_at or user.created_at) > STALE_AFTER
    ]
