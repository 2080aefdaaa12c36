"""Panel accounts: who may log in, as what, for which part of the district, with which password."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from app.directory.models import Area, Coordinator
from app.errors import AppError, Conflict, NotFound
from app.panel import second_factor
from app.panel.models import FormerPassword, User
from app.panel.passwords import Passwords, password_fault
from app.panel.roles import Role
from app.panel.sessions import end_all_sessions

REMEMBERED = 5
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")


@dataclass(frozen=True)
class Profile:
    """What an administrator sets of an account; area and coordinator only where the role has one."""

    name: str
    role: Role
    area_code: str = ""
    coordinator_id: int | None = None


def create_user(
    session: Session,
    passwords: Passwords,
    *,
    username: str,
    name: str,
    role: Role,
    password: str,
    now: datetime,
    area_code: str = "",
    coordinator_id: int | None = None,
    must_change_password: bool = False,
) -> User:
    """A new account. Raises AppError for a bad name or password, Conflict if the name is taken."""
    if not _USERNAME.fullmatch(username):
        raise AppError("账号名用小写字母和数字，2 到 32 个字符", field="username")
    if find_user(session, username) is not None:
        raise Conflict(f"账号 {username} 已经有了：要换口令请用 reset-password", field="username")
    if role is Role.LEADER and not area_code:
        raise AppError("片区负责人要指明片区编码（--area）")
    if role is Role.DEPARTMENT and coordinator_id is None:
        raise AppError("部门经办人要指明是哪位协调专员（--department 部门 --name 姓名）")
    _refuse_weak(password, username)
    user = User(
        username=username,
        name=name,
        role=role,
        area_code=area_code,
        coordinator_id=coordinator_id,
        password_hash=passwords.hash(password),
        created_at=now,
        password_changed_at=now,
        must_change_password=must_change_password,
    )
    session.add(user)
    session.flush()
    return user


def reset_password(
    session: Session,
    passwords: Passwords,
    *,
    username: str,
    password: str,
    now: datetime | None = None,
    must_change_password: bool = False,
) -> User:
    """A new password given by somebody else; every login of the account ends. Raises NotFound, AppError."""
    user = find_user(session, username)
    if user is None or user.id is None:
        raise NotFound(f"没有账号 {username}")
    _refuse_weak(password, username)
    _replace(session, user, passwords.hash(password), now)
    user.is_active = True
    user.must_change_password = must_change_password
    end_all_sessions(session, user.id)
    return user


def change_password(
    session: Session, passwords: Passwords, user: User, password: str, *, now: datetime
) -> None:
    """The owner's new password: none of the last five; every login ends. The caller has seen the old one. AppError."""
    _refuse_weak(password, user.username)
    statement = select(FormerPassword).where(FormerPassword.user_id == user.id)
    former = session.exec(statement.order_by(col(FormerPassword.id).desc()).limit(REMEMBERED - 1)).all()
    for stored in [user.password_hash, *(row.password_hash for row in former)]:
        if passwords.matches(stored, password):
            raise AppError(f"不能用最近 {REMEMBERED} 次用过的口令，请换一个", field="password")
    _replace(session, user, passwords.hash(password), now)
    user.must_change_password = False
    end_all_sessions(session, user.id or 0)


def update_user(session: Session, user: User, wanted: Profile) -> dict[str, Any]:
    """Name, role and scope; other rights end every login. Returns before and after for the audit.

    AppError for a scope that does not exist, Conflict where the last administrator would be lost.
    """
    check_scope(session, user.id, wanted)
    if user.role == Role.ADMIN and wanted.role is not Role.ADMIN:
        _keep_an_admin(session, user)
    before = facts_of(user)
    user.name, user.role = wanted.name, wanted.role.value
    user.area_code, user.coordinator_id = wanted.area_code, wanted.coordinator_id
    session.add(user)
    after = facts_of(user)
    if {**before, "name": ""} != {**after, "name": ""}:
        end_all_sessions(session, user.id or 0)
    return {"before": before, "after": after}


def set_active(session: Session, user: User, is_active: bool) -> None:
    """Close an account (its logins end) or open it again; Conflict for the last administrator."""
    if not is_active:
        _keep_an_admin(session, user)
        end_all_sessions(session, user.id or 0)
    user.is_active = is_active
    session.add(user)


def reset_second_factor(session: Session, user: User) -> None:
    """Somebody lost the telephone: the password alone opens the account again; every login ends."""
    second_factor.remove(session, user)
    end_all_sessions(session, user.id or 0)


def find_user(session: Session, username: str) -> User | None:
    """The account of this name."""
    return session.exec(select(User).where(User.username == username)).first()


def check_scope(session: Session, user_id: int | None, wanted: Profile) -> None:
    """Whether the role has the scope it needs and no other; AppError. One account per coordinator."""
    if wanted.role is Role.LEADER and (not wanted.area_code or session.get(Area, wanted.area_code) is None):
        raise AppError("片区负责人要选一个片区", field="area_code")
    if wanted.role is not Role.DEPARTMENT:
        return
    person = session.get(Coordinator, wanted.coordinator_id) if wanted.coordinator_id else None
    if person is None or not person.is_active:
        raise AppError(
            "部门经办人要选一位在册的协调专员；名单里没有的，先在部门名单里加上", field="coordinator_id"
        )
    statement = select(User).where(User.coordinator_id == person.id, col(User.id) != (user_id or 0))
    if session.exec(statement).first() is not None:
        raise Conflict(f"{person.name} 已经有账号了，一人一个账号", field="coordinator_id")


def facts_of(user: User) -> dict[str, Any]:
    """What the audit keeps of an account."""
    return {
        "name": user.name,
        "role": str(user.role),
        "area": user.area_code,
        "coordinator": user.coordinator_id,
    }


def as_seen(user: User) -> str:
    """The account's facts in one line: a form that was opened before somebody else's change does not undo it."""
    return "|".join(str(value or "") for value in facts_of(user).values())


def _keep_an_admin(session: Session, user: User) -> None:
    """Nobody could make accounts any more. The administrators' rows are locked: two at once see each other."""
    statement = select(User).where(User.role == Role.ADMIN, col(User.is_active)).with_for_update()
    others = [one for one in session.exec(statement) if one.id != user.id]
    if user.role == Role.ADMIN and user.is_active and not others:
        raise Conflict("这是最后一个管理员：先新建另一个管理员，再停用或改它")


def _replace(session: Session, user: User, password_hash: str, now: datetime | None) -> None:
    moment = now or user.password_changed_at or user.created_at
    session.add(FormerPassword(user_id=user.id or 0, password_hash=user.password_hash, replaced_at=moment))
    user.password_hash = password_hash
    user.password_changed_at = now or user.password_changed_at
    session.add(user)
    session.flush()
    _forget_old(session, user)


def _forget_old(session: Session, user: User) -> None:
    statement = select(FormerPassword).where(FormerPassword.user_id == user.id)
    rows = session.exec(statement.order_by(col(FormerPassword.id).desc()).offset(REMEMBERED)).all()
    for row in rows:
        session.delete(row)


def _refuse_weak(password: str, username: str) -> None:
    fault = password_fault(password, username)
    if fault:
        raise AppError(fault, field="password")
