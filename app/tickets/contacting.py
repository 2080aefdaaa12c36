"""Contacts that we start: logged, and no more of them than the district allows (无事不扰, E7).

Visits, calls, surveys and policy pushes count. News of the enterprise's own ticket never does: nothing in
`telling` asks here. What is over the cap is not refused in silence: who is skipped is said with the reason.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.directory.models import Visit
from app.districts.profile import Profile
from app.followers.models import Follower

PERIOD = timedelta(days=30)
NOTE_LENGTH = 1000
OPTED_OUT = "本人已退订问卷和推送"


class Contact(StrEnum):
    """How we come to an enterprise without being asked, as the contact log names it."""

    VISIT = "走访"
    CALL = "电话"
    ONLINE = "线上联系"
    SURVEY = "问卷"
    CALLBACK = "回访"
    POLICY = "政策推送"


IN_PERSON = (Contact.VISIT, Contact.CALL, Contact.ONLINE)


@dataclass(frozen=True)
class Skipped:
    """Who is not contacted, and why. `what` names the ticket or the enterprise."""

    what: str
    reason: str

    def to_json(self) -> dict[str, str]:
        """For the row that remembers it."""
        return {"number": self.what, "reason": self.reason}


def contacted(
    session: Session, now: datetime, enterprise_ids: Collection[int] | None = None
) -> dict[int, int]:
    """How often we contacted each enterprise within the last 30 days; those we did not are absent."""
    statement = select(Visit.enterprise_id, func.count()).where(col(Visit.at) > now - PERIOD)
    if enterprise_ids is not None:
        statement = statement.where(col(Visit.enterprise_id).in_(enterprise_ids))
    return dict(session.exec(statement.group_by(col(Visit.enterprise_id))).all())


def log_of(session: Session, enterprise_id: int, now: datetime) -> list[Visit]:
    """The contacts of the last 30 days, newest first: what to look at before a visit."""
    statement = select(Visit).where(col(Visit.enterprise_id) == enterprise_id, col(Visit.at) > now - PERIOD)
    return list(session.exec(statement.order_by(col(Visit.at).desc(), col(Visit.id).desc())))


def too_often(count: int, profile: Profile) -> str:
    """Why an enterprise with so many contacts should be left alone now; empty while it may be contacted. Pure."""
    cap = profile.feedback.contacts_per_month
    return f"近 30 天已联系 {count} 次（上限 {cap} 次）" if count >= cap else ""


def reason_to_leave_alone(
    session: Session, enterprise_id: int | None, openid: str | None, *, profile: Profile, now: datetime
) -> str:
    """Why no survey or push should go to this person of this enterprise now; empty if it may."""
    follower = session.get(Follower, openid) if openid else None
    if follower is not None and follower.refuses_surveys:
        return OPTED_OUT
    if enterprise_id is None:
        return ""
    return too_often(contacted(session, now, [enterprise_id]).get(enterprise_id, 0), profile)


def log_contact(
    session: Session,
    enterprise_id: int,
    kind: Contact,
    *,
    note: str,
    officer_id: int | None = None,
    now: datetime,
) -> Visit:
    """Write a contact down. One that took place is always logged, also beyond the cap."""
    row = Visit(
        enterprise_id=enterprise_id,
        officer_id=officer_id,
        at=now,
        channel=kind.value,
        note=note[:NOTE_LENGTH],
    )
    session.add(row)
    session.flush()
    return row
