"""Who would get a push and why, and who is left alone and why: everybody of the directory is one or the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.directory.models import Area, Contact, Enterprise
from app.districts.profile import Profile
from app.followers.models import Follower
from app.policies.models import ItemState, PolicyPush, PushItem
from app.policies.targeting import Target, fitting
from app.tickets import contacting

NO_CONTACT = "没有绑定微信的联系人"
NOT_VERIFIED = "联系人还没有核实"
NOT_FOLLOWING = "已取消关注"
OPTED_OUT = "本人已退订推送"
TOO_OFTEN = "近 30 天联系次数已到上限"
HAD_IT = "已收到过这条政策"
SAME_PERSON = "同一个人已在名单里（替另一家企业收）"
ENOUGH = "本人近 30 天收到的推送已到上限"


@dataclass(frozen=True)
class Receiver:
    """One person who would get it, for one enterprise; `contacts` is how often we came to it in 30 days (E7)."""

    enterprise_id: int
    enterprise: str
    credit_code: str
    openid: str
    why: str
    contacts: int


@dataclass(frozen=True)
class LeftOut:
    """An enterprise that is meant but gets nothing, with the reason."""

    enterprise: str
    reason: str


@dataclass(frozen=True)
class Audience:
    """The whole answer; `fitting` is how many enterprises the target means."""

    fitting: int
    receivers: tuple[Receiver, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def reasons(self) -> dict[str, int]:
        """How many enterprises get nothing, by reason, the most frequent first."""
        counts: dict[str, int] = {}
        for item in self.left_out:
            counts[item.reason] = counts.get(item.reason, 0) + 1
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


@dataclass(frozen=True)
class _Person:
    openid: str
    is_verified: bool
    is_following: bool
    refuses: bool


def audience(session: Session, target: Target, entry_id: str, *, profile: Profile, now: datetime) -> Audience:
    """Everybody of the district's base (operating status, A5) against the target and the reasons to leave alone."""
    names = area_names(session)
    scope = _scope(session, target.area)
    people = _people(session)
    contacts = contacting.contacted(session, now)
    had, sated = _had_it(session, entry_id), _sated(session, profile, now)
    statement = select(Enterprise).where(col(Enterprise.status).in_(profile.coverage.statuses))
    receivers: dict[str, Receiver] = {}
    left_out: list[LeftOut] = []
    count = 0
    for row in session.exec(statement.order_by(col(Enterprise.id))):
        reasons = fitting(target, row, names, scope)
        if reasons is None or row.id is None:
            continue
        count += 1
        often = contacts.get(row.id, 0)
        found = _decide(people.get(row.id, []), often, had, sated, receivers, profile)
        if isinstance(found, str):
            left_out.append(LeftOut(row.name, found))
            continue
        for person in found:
            receivers[person.openid] = Receiver(
                row.id, row.name, row.credit_code, person.openid, "；".join(reasons), often
            )
    return Audience(count, tuple(receivers.values()), tuple(left_out))


def still_welcome(session: Session, item: PushItem, *, profile: Profile, now: datetime) -> str:
    """Looked at again when its turn has come: why this person is left alone after all; empty if welcome."""
    people = _people(session, item.enterprise_id).get(item.enterprise_id, [])
    person = next((one for one in people if one.openid == item.openid), None)
    if person is None:
        return NO_CONTACT
    if item.openid in _sated(session, profile, now, item.openid):
        return ENOUGH
    if was_reached(session, item):  # a colleague had it a moment ago: one push is one contact
        return _refusal(person)
    often = contacting.contacted(session, now, [item.enterprise_id]).get(item.enterprise_id, 0)
    return _refusal(person) or (TOO_OFTEN if contacting.too_often(often, profile) else "")


def was_reached(session: Session, item: PushItem) -> bool:
    """Whether somebody of the same enterprise has had this push already."""
    statement = select(PushItem.id).where(
        col(PushItem.push_id) == item.push_id,
        col(PushItem.enterprise_id) == item.enterprise_id,
        col(PushItem.state) == ItemState.RELEASED,
        col(PushItem.id) != item.id,
    )
    return session.exec(statement).first() is not None


def area_names(session: Session) -> dict[str, str]:
    """Area names by code."""
    return dict(session.exec(select(Area.code, Area.name)).all())


def _decide(
    people: list[_Person],
    often: int,
    had: frozenset[str],
    sated: frozenset[str],
    chosen: Mapping[str, Receiver],
    profile: Profile,
) -> list[_Person] | str:
    """Everybody of one enterprise who gets it, or the one reason why nobody does."""
    if not people:
        return NO_CONTACT
    welcome = [person for person in people if not _refusal(person)]
    if not welcome:
        return _refusal(people[0])
    fresh = [person for person in welcome if person.openid not in had]
    if not fresh:
        return HAD_IT
    unlisted = [person for person in fresh if person.openid not in chosen]
    if not unlisted:
        return SAME_PERSON
    hungry = [person for person in unlisted if person.openid not in sated]
    if not hungry:
        return ENOUGH
    return TOO_OFTEN if contacting.too_often(often, profile) else hungry


def _refusal(person: _Person) -> str:
    if not person.is_verified:
        return NOT_VERIFIED
    if not person.is_following:
        return NOT_FOLLOWING
    return OPTED_OUT if person.refuses else ""


def _people(session: Session, enterprise_id: int | None = None) -> dict[int, list[_Person]]:
    statement = (
        select(Contact, Follower)
        .outerjoin(Follower, col(Follower.openid) == col(Contact.openid))
        .where(col(Contact.ended_at).is_(None))
        .order_by(col(Contact.id))
    )
    if enterprise_id is not None:
        statement = statement.where(col(Contact.enterprise_id) == enterprise_id)
    found: dict[int, list[_Person]] = {}
    for contact, follower in session.exec(statement).all():
        person = _Person(
            contact.openid,
            contact.verified_at is not None,
            follower is None or follower.is_subscribed,  # as the outbox sees it
            follower is not None and follower.refuses_surveys,
        )
        found.setdefault(contact.enterprise_id, []).append(person)
    return found


def _had_it(session: Session, entry_id: str) -> frozenset[str]:
    statement = (
        select(PushItem.openid)
        .join(PolicyPush, col(PolicyPush.id) == col(PushItem.push_id))
        .where(
            col(PolicyPush.entry_id) == entry_id,
            col(PushItem.state).in_([ItemState.RELEASED, ItemState.WAITING]),
        )
    )
    return frozenset(session.exec(statement))


def _sated(session: Session, profile: Profile, now: datetime, openid: str = "") -> frozenset[str]:
    """Who had as many pushes lately as the district allows, for whichever enterprise (E7): only this person, if named."""
    released = col(PushItem.state) == ItemState.RELEASED
    statement = select(PushItem.openid).where(released, col(PushItem.released_at) >= now - contacting.PERIOD)
    if openid:
        statement = statement.where(col(PushItem.openid) == openid)
    most = profile.feedback.contacts_per_month
    counted = statement.group_by(col(PushItem.openid)).having(func.count() >= most)
    return frozenset(session.exec(counted))


def _scope(session: Session, codes: tuple[str, ...]) -> frozenset[str]:
    """These areas and everything below them; a circle in the data ends the walk."""
    if not codes:
        return frozenset()
    children: dict[str, list[str]] = {}
    for code, parent in session.exec(select(Area.code, Area.parent_code)).all():
        children.setdefault(parent or "", []).append(code)
    found: set[str] = set()
    waiting = list(codes)
    while waiting:
        code = waiting.pop()
        if code not in found:
            found.add(code)
            waiting += children.get(code, [])
    return frozenset(found)
