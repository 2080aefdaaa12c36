"""Making panel accounts and giving them passwords (command line and demo; the panel never shows one)."""

import re
from datetime import datetime

from sqlmodel import Session, select

from app.errors import AppError, Conflict, NotFound
from app.panel.models import User
from app.panel.passwords import Passwords, password_fault
from app.panel.roles import Role
from app.panel.sessions import end_all_sessions

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")


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
) -> User:
    """A new account. Raises AppError for a bad name or password, Conflict if the name is taken."""
    if not _USERNAME.fullmatch(username):
        raise AppError("账号名用小写字母和数字，2 到 32 个字符")
    if find_user(session, username) is not None:
        raise Conflict(f"账号 {username} 已经有了：要换口令请用 reset-password")
    if role is Role.LEADER and not area_code:
        raise AppError("片区负责人要指明片区编码（--area）")
    _refuse_weak(password, username)
    user = User(
        username=username,
        name=name,
        role=role,
        area_code=area_code,
        password_hash=passwords.hash(password),
        created_at=now,
    )
    session.add(user)
    session.flush()
    return user


def reset_password(session: Session, passwords: Passwords, *, username: str, password: str) -> User:
    """A new password; every login of the account ends. Raises NotFound, AppError."""
    user = find_user(session, username)
    if user is None or user.id is None:
        raise NotFound(f"没有账号 {username}")
    _refuse_weak(password, username)
    user.password_hash = passwords.hash(password)
    user.is_active = True
    session.add(user)
    end_all_sessions(session, user.id)
    return user


def find_user(session: Session, username: str) -> User | None:
    """The account of this name."""
    return session.exec(select(User).where(User.username == username)).first()


def _refuse_weak(password: str, username: str) -> None:
    fault = password_fault(password, username)
    if fault:
        raise AppError(fault)
