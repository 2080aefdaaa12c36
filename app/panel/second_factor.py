"""The second factor: a code of the account's own telephone (RFC 6238), or one of eight codes kept on paper.

The seed lies encrypted in the table, so a copy of the database opens nothing; a code counts once, whoever saw it.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from app.errors import Conflict
from app.panel.models import RecoveryCode, User

STEP_S = 30
RECOVERY_CODES = 8
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def begin(session: Session, user: User, key: bytes) -> None:
    """Put a new seed beside the account; it opens nothing until a first code was seen. Conflict if one is in use."""
    if user.totp_since is not None:
        raise Conflict("已经绑定过动态口令；要换手机，请先解除绑定")
    user.totp_seed = _seal(key, user, pyotp.random_base32())
    session.add(user)


def address_of(user: User, key: bytes, district: str) -> str:
    """The `otpauth:` address that the telephone's app reads from the picture; "" where there is no seed."""
    seed = seed_of(user, key)
    return (
        pyotp.TOTP(seed).provisioning_uri(name=user.username, issuer_name=f"企应 {district}") if seed else ""
    )


def seed_of(user: User, key: bytes) -> str:
    """The seed in clear; "" if there is none or it was sealed for another account or with another key."""
    if not user.totp_seed:
        return ""
    try:
        owner, _, seed = _fernet(key).decrypt(user.totp_seed.encode()).decode().partition(":")
    except InvalidToken:
        return ""
    return seed if owner == str(user.id) else ""


def confirm(session: Session, user: User, code: str, key: bytes, now: datetime) -> list[str]:
    """The first code fits: the factor counts from now on; the eight codes for paper. Conflict if it does not."""
    step = fitting_step(seed_of(user, key), code, user.totp_step, now)
    if step is None or user.totp_since is not None:
        raise Conflict("动态口令不对：请核对手机时间是否准确，等下一组数字再试", field="code")
    user.totp_since, user.totp_step = now, step
    session.add(user)
    return _new_codes(session, user)


def spend(session: Session, user: User, code: str, key: bytes, now: datetime) -> bool:
    """Whether the code opens the account; it never does so twice."""
    plain = "".join(code.split()).replace("-", "").lower()
    step = fitting_step(seed_of(user, key), plain, user.totp_step, now)
    if step is not None:
        unused = (col(User.totp_step).is_(None)) | (col(User.totp_step) < step)
        done = session.connection().execute(
            update(User).where(col(User.id) == user.id, unused).values(totp_step=step)
        )
        return bool(done.rowcount)
    done = session.connection().execute(
        update(RecoveryCode)
        .where(
            col(RecoveryCode.user_id) == user.id,
            col(RecoveryCode.code_hash) == _hash(user, plain),
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=now)
    )
    return bool(done.rowcount)


def fitting_step(seed: str, code: str, last: int | None, now: datetime) -> int | None:
    """The half minute whose code this is: now, the one before or the next, and later than the last one used."""
    if not seed or not (len(code) == 6 and code.isascii() and code.isdigit()):
        return None
    current = int(now.timestamp()) // STEP_S
    generator = pyotp.TOTP(seed)
    found = None
    for step in (current - 1, current, current + 1):
        if hmac.compare_digest(generator.generate_otp(step), code) and (last is None or step > last):
            found = step
    return found


def remove(session: Session, user: User) -> None:
    """The account has no second factor any more."""
    user.totp_seed, user.totp_since, user.totp_step = "", None, None
    session.add(user)
    session.connection().execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))


def codes_left(session: Session, user: User) -> int:
    """How many of the codes on paper were not used yet."""
    statement = select(RecoveryCode).where(
        RecoveryCode.user_id == user.id, col(RecoveryCode.used_at).is_(None)
    )
    return len(session.exec(statement).all())


def _new_codes(session: Session, user: User) -> list[str]:
    session.connection().execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))
    codes = ["-".join(_part() for _ in range(4)) for _ in range(RECOVERY_CODES)]
    for code in codes:
        session.add(RecoveryCode(user_id=user.id or 0, code_hash=_hash(user, code.replace("-", ""))))
    return codes


def _part() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(4))


def _hash(user: User, code: str) -> str:
    """Random codes of 79 bits need no slow hash; the account's number keeps them apart."""
    return hashlib.sha256(f"{user.id}:{code}".encode()).hexdigest()


def _seal(key: bytes, user: User, seed: str) -> str:
    return _fernet(key).encrypt(f"{user.id}:{seed}".encode()).decode()


def _fernet(key: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hmac.new(key, b"panel-second-factor", hashlib.sha256).digest()))
