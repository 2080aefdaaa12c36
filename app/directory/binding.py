"""Who speaks for which enterprise, and which openid is which officer.

Credit codes are public, so knowing one proves nothing: a contact stays unverified until the enterprise's
officer confirms (design §3 Identity). Staff bind by a one-time code whose hash alone is stored.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from app.clock import local_date
from app.directory import attempts, lookup
from app.directory.models import Contact, Coordinator, Enterprise, Invitation, Officer
from app.errors import AppError, Conflict, Forbidden, NotFound

INVITATION_LIFETIME = timedelta(hours=72)
CODE_DIGITS = 8
# Built once: every ticket asks it.
_CURRENT = select(Contact).where(
    col(Contact.openid) == bindparam("openid"), col(Contact.ended_at).is_(None), col(Contact.is_current)
)
WRONG_CODES_PER_HOUR = 5


def bind_contact(session: Session, openid: str, enterprise_id: int, now: datetime) -> Contact:
    """Let this person speak for the enterprise from now on; binding twice changes nothing but the current one."""
    contact = session.exec(
        select(Contact).where(
            col(Contact.openid) == openid,
            col(Contact.enterprise_id) == enterprise_id,
            col(Contact.ended_at).is_(None),
        )
    ).first()
    _clear_current(session, openid)
    if contact is None:
        known = _known_contact(session, openid)
        contact = Contact(openid=openid, enterprise_id=enterprise_id, since=now)
        if known is not None:
            contact.name, contact.phone = known.name, known.phone
    contact.is_current = True
    session.add(contact)
    session.flush()
    return contact


def current_contact(session: Session, openid: str) -> Contact | None:
    """The enterprise this person speaks for now."""
    return session.scalars(_CURRENT, {"openid": openid}).first()


def switch_contact(session: Session, openid: str, enterprise_id: int) -> Contact:
    """Speak for another of one's enterprises; NotFound if it is not one of them."""
    contact = session.exec(
        select(Contact).where(
            col(Contact.openid) == openid,
            col(Contact.enterprise_id) == enterprise_id,
            col(Contact.ended_at).is_(None),
        )
    ).first()
    if contact is None:
        raise NotFound("您没有绑定这家企业，请先发：绑定 企业名称")
    _clear_current(session, openid)
    contact.is_current = True
    session.add(contact)
    session.flush()
    return contact


def unbind_contact(session: Session, openid: str, now: datetime) -> Contact:
    """End the current binding; another one, if any, becomes current."""
    contact = current_contact(session, openid)
    if contact is None:
        raise NotFound("您还没有绑定企业")
    contact.ended_at, contact.is_current = now, False
    session.add(contact)
    session.flush()
    other = _known_contact(session, openid)
    if other is not None:
        other.is_current = True
        session.add(other)
    return contact


def end_contacts(session: Session, openid: str, now: datetime) -> int:
    """The person unfollowed: unlink them and forget name and phone, keep the case; how many were ended."""
    result = session.connection().execute(
        update(Contact)
        .where(col(Contact.openid) == openid, col(Contact.ended_at).is_(None))
        .values(ended_at=now, is_current=False, name="", phone="")
    )
    return int(result.rowcount)


def save_contact(session: Session, openid: str, name: str, phone: str) -> None:
    """Name and phone, given once, for every enterprise this person speaks for."""
    session.connection().execute(
        update(Contact)
        .where(col(Contact.openid) == openid, col(Contact.ended_at).is_(None))
        .values(name=name, phone=phone)
    )


def verify_contact(
    session: Session, contact_id: int, officer: Officer, now: datetime
) -> tuple[Contact, Enterprise]:
    """The enterprise's officer, or the stand-in on that day, vouches for a contact.

    Raises NotFound, Forbidden or Conflict.
    """
    contact = session.get(Contact, contact_id)
    enterprise = session.get(Enterprise, contact.enterprise_id) if contact is not None else None
    if contact is None or enterprise is None or contact.ended_at is not None:
        raise NotFound(f"没有编号 {contact_id} 的绑定申请")
    own = lookup.officer_of(session, contact.enterprise_id)
    acting, _ = lookup.current_officer(session, contact.enterprise_id, local_date(now))
    if officer.id not in {person.id for person in (own, acting) if person is not None}:
        raise Forbidden("只有该企业的服务人员能确认")
    if contact.verified_at is not None:
        raise Conflict(f"{enterprise.name} 的这个联系人已经确认过了")
    contact.verified_at, contact.verified_by = now, officer.staff_no
    session.add(contact)
    return contact, enterprise


def invite_officer(session: Session, staff_no: str, now: datetime) -> str:
    """A one-time code for this officer (8 digits, 72 hours); earlier unused ones stop working."""
    officer = session.exec(select(Officer).where(col(Officer.staff_no) == staff_no)).first()
    if officer is None or not officer.is_active:
        raise NotFound(f"没有工号 {staff_no}，请先导入人员名单")
    return _issue(session, now, officer_id=officer.id)


def invite_coordinator(session: Session, coordinator_id: int, now: datetime) -> str:
    """A one-time code for this coordinator."""
    coordinator = session.get(Coordinator, coordinator_id)
    if coordinator is None or not coordinator.is_active:
        raise NotFound("没有这位协调专员")
    return _issue(session, now, coordinator_id=coordinator.id)


def redeem(session: Session, code: str, openid: str, now: datetime) -> Officer | Coordinator:
    """Bind this openid to whom the code was issued for (case 55: second use and expiry are refused).

    Raises AppError. Wrong codes are counted in the caller's transaction, which must commit all the same:
    after five in an hour this person's codes are not even looked at.
    """
    key = f"redeem:{openid}"
    if not (code.isascii() and code.isdigit() and len(code) == CODE_DIGITS):
        raise AppError("口令是 8 位数字，请核对后再发：绑定工号 口令")
    if attempts.is_exhausted(session, key, WRONG_CODES_PER_HOUR, now):
        raise AppError("口令错得太多了，请一小时后再试，或向管理员要一个新的")
    invitation = session.exec(
        select(Invitation).where(col(Invitation.code_hash) == _hash(code)).with_for_update()
    ).first()
    if invitation is None or invitation.used_at is not None or invitation.expires_at <= now:
        attempts.count(session, key, now)
        raise AppError("口令不对、已用过或已过期，请向管理员要一个新的")
    holder = _staff_of(session, invitation)
    if holder is None or not holder.is_active:
        raise AppError("这个工号已停用，请联系管理员")
    _release(session, openid)
    invitation.used_at = now
    holder.openid = openid
    if isinstance(holder, Officer):
        holder.bound_at = now
    session.add_all([invitation, holder])
    attempts.forget(session, key)
    session.flush()
    return holder


def _staff_of(session: Session, invitation: Invitation) -> Officer | Coordinator | None:
    if invitation.officer_id is not None:
        return session.get(Officer, invitation.officer_id)
    return session.get(Coordinator, invitation.coordinator_id)


def _release(session: Session, openid: str) -> None:
    """One phone is one member of staff: an earlier binding of this openid ends."""
    for model in (Officer, Coordinator):
        session.connection().execute(update(model).where(col(model.openid) == openid).values(openid=None))
    session.expire_all()


def _issue(
    session: Session, now: datetime, *, officer_id: int | None = None, coordinator_id: int | None = None
) -> str:
    session.connection().execute(
        update(Invitation)
        .where(
            col(Invitation.officer_id) == officer_id,
            col(Invitation.coordinator_id) == coordinator_id,
            col(Invitation.used_at).is_(None),
            col(Invitation.expires_at) > now,
        )
        .values(expires_at=now)
    )
    code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
    session.add(
        Invitation(
            code_hash=_hash(code),
            officer_id=officer_id,
            coordinator_id=coordinator_id,
            issued_at=now,
            expires_at=now + INVITATION_LIFETIME,
        )
    )
    session.flush()
    return code


def _hash(code: str) -> str:
    """Slow on purpose: eight digits could be tried out against a stolen table."""
    return hashlib.scrypt(code.encode(), salt=b"qiying-invitation", n=2**14, r=8, p=1, dklen=32).hex()


def _clear_current(session: Session, openid: str) -> None:
    session.connection().execute(
        update(Contact).where(col(Contact.openid) == openid, col(Contact.is_current)).values(is_current=False)
    )
    session.expire_all()


def _known_contact(session: Session, openid: str) -> Contact | None:
    statement = select(Contact).where(col(Contact.openid) == openid, col(Contact.ended_at).is_(None))
    return session.exec(statement.order_by(col(Contact.id).desc())).first()
