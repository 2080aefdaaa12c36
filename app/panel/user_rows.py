"""Accounts as lines of a list: scope in words, and what an administrator should look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app.directory.models import Area, Coordinator, Department
from app.panel import policy
from app.panel.models import User
from app.panel.policy import Policy
from app.panel.roles import Role
from app.panel.scope import scope_text


@dataclass(frozen=True)
class UserRow:
    """`remarks` are the things to look at, in words."""

    user: User
    scope: str
    remarks: tuple[str, ...]
    password_days: int


def rows(
    session: Session, users: Sequence[User], rules: Policy, filters: Mapping[str, str], now: datetime
) -> list[UserRow]:
    """The accounts under the filters."""
    stale = {user.id for user in policy.stale(users, now)}
    return [
        row_of(session, user, rules, now)
        for user in users
        if filters["role"] in ("", user.role)
        and (filters["show"] != "closed" or not user.is_active)
        and (filters["show"] != "stale" or user.id in stale)
        and (filters["show"] != "old" or policy.is_password_old(user, rules, now))
    ]


def row_of(session: Session, user: User, rules: Policy, now: datetime) -> UserRow:
    """One account."""
    return UserRow(user, scope_text(session, user), tuple(_remarks(user, rules, now)), _age(user, now))


def counts(users: Sequence[User], rules: Policy, now: datetime) -> dict[str, int]:
    """How many there are under each tab."""
    return {
        "": len(users),
        "stale": len(policy.stale(users, now)),
        "old": sum(policy.is_password_old(user, rules, now) for user in users),
        "closed": sum(not user.is_active for user in users),
    }


def areas(session: Session) -> list[tuple[str, str]]:
    """Areas (code, name) in service."""
    statement = select(Area).where(col(Area.is_active)).order_by(col(Area.code))
    return [(row.code, row.name) for row in session.exec(statement)]


def with_account(session: Session) -> set[int]:
    """Coordinators who have an account, open or closed."""
    found = session.exec(select(User.coordinator_id).where(col(User.coordinator_id).is_not(None)))
    return {identity for identity in found if identity is not None}


def coordinators(session: Session, own: int | None = None) -> list[tuple[str, str]]:
    """Coordinators (id, department · name) in service who have no account yet; `own` is that of the account shown."""
    taken = with_account(session) - {own}
    statement = (
        select(Coordinator, Department)
        .join(Department, col(Department.id) == col(Coordinator.department_id))
        .where(col(Coordinator.is_active), col(Department.is_active), col(Coordinator.id).not_in(taken))
        .order_by(col(Department.name), col(Coordinator.id))
    )
    return [(str(person.id), f"{unit.name} · {person.name}") for person, unit in session.exec(statement)]


def _remarks(user: User, rules: Policy, now: datetime) -> list[str]:
    if not user.is_active:
        return []
    found = []
    if policy.stale([user], now):
        found.append("90 天没有登录，不用了就停用")
    if policy.is_password_old(user, rules, now):
        found.append(f"口令超过 {rules.password_days} 天，下次登录要换")
    if user.must_change_password:
        found.append("还没有换掉初始口令")
    if Role(user.role) in rules.totp_roles and user.totp_since is None:
        found.append("还没有绑定动态口令")
    return found


def _age(user: User, now: datetime) -> int:
    return (now - (user.password_changed_at or user.created_at)).days
