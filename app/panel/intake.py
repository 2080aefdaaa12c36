"""Requests that did not come by chat: one written down at the telephone or window, or a row of a list (C2)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, select

from app.directory import lookup
from app.directory.models import Contact, Enterprise
from app.districts.profile import Profile
from app.tickets import service
from app.tickets.channels import CHAT, every_channel
from app.tickets.lifecycle import FINAL
from app.tickets.models import Ticket
from app.tickets.values import Actor, Rules, TicketDraft

SHORTEST = 4
LONGEST = 4000
MOST_CANDIDATES = 8
MOST_TWINS = 6
NUMBER_LENGTH = 64
PHONE_LENGTH = 32
NAME_LENGTH = 64
# Nothing that was written down loses its end unseen.
LIMITS = {
    "content": ("诉求", LONGEST),
    "contact_name": ("联系人", NAME_LENGTH),
    "contact_phone": ("联系电话", PHONE_LENGTH),
    "external_number": ("编号", NUMBER_LENGTH),
}


@dataclass(frozen=True)
class Entry:
    """What was written down. `enterprise` is a name or credit code; `enterprise_id` once it is known which.

    `is_unlisted`: the caller's enterprise is in no list, or nobody knows which it is.
    """

    content: str = ""
    channel: str = ""
    external_number: str = ""
    enterprise: str = ""
    enterprise_id: int | None = None
    is_unlisted: bool = False
    contact_name: str = ""
    contact_phone: str = ""
    category: str = ""
    kind: str = ""
    is_about_officer: bool = False
    department: str = ""


def faults(entry: Entry, profile: Profile) -> Mapping[str, str]:
    """What is wrong with an entry, by field. Pure."""
    checks = {
        "content": (len(entry.content) < SHORTEST, "请写明诉求，一两句话就行"),
        "channel": (entry.channel not in channels(profile), "请选择来源渠道"),
        "category": (bool(entry.category) and entry.category not in profile.categories, "没有这个类别"),
        "kind": (bool(entry.kind) and entry.kind not in profile.kinds, "没有这种诉求类型"),
        "contact_phone": (
            not entry.contact_phone and (entry.is_unlisted or not (entry.enterprise_id or entry.enterprise)),
            "说不清是哪家企业的，要留电话，不然结果没法告诉对方",
        ),
    }
    found = {name: words for name, (is_wrong, words) in checks.items() if is_wrong}
    for name, (label, most) in LIMITS.items():
        if len(getattr(entry, name)) > most:
            found[name] = f"{label}太长，请删到 {most} 字以内"
    return found


def channels(profile: Profile) -> list[str]:
    """Where a request may come from, other than the chat: the district's own list, and who calls or comes here."""
    return [name for name in every_channel(profile) if name != CHAT]


def candidates(session: Session, entry: Entry) -> list[Enterprise]:
    """What the name or code may mean; the chosen one alone once it is known."""
    if entry.enterprise_id is not None:
        row = session.get(Enterprise, entry.enterprise_id)
        return [row] if row is not None else []
    return (
        lookup.find_enterprises(session, entry.enterprise, limit=MOST_CANDIDATES) if entry.enterprise else []
    )


def known_already(session: Session, entry: Entry) -> Ticket | None:
    """The ticket that already has this outside number of this channel."""
    if not entry.external_number:
        return None
    statement = select(Ticket).where(
        Ticket.external_number == entry.external_number, Ticket.channel == entry.channel
    )
    return session.exec(statement).first()


def twins(session: Session, entry: Entry) -> list[Ticket]:
    """Open tickets of the same enterprise or the same telephone: perhaps the same matter, newest first."""
    if entry.enterprise_id is not None:
        same = col(Ticket.enterprise_id) == entry.enterprise_id
    elif entry.contact_phone:
        same = col(Ticket.contact_phone) == entry.contact_phone
    else:
        return []
    statement = (
        select(Ticket)
        .where(same, col(Ticket.status).not_in(FINAL))
        .order_by(col(Ticket.id).desc())
        .limit(MOST_TWINS)
    )
    return list(session.exec(statement))


def open_entry(
    session: Session,
    entry: Entry,
    *,
    by: Actor,
    near: tuple[tuple[str, str], ...] = (),
    rules: Rules,
    now: datetime,
) -> Ticket:
    """Open the ticket; `near` are ids and titles of entries. A bound and confirmed contact with this telephone follows it by chat (件件有回音)."""
    draft = TicketDraft(
        content=_content(entry),
        openid=_openid(session, entry),
        enterprise_id=entry.enterprise_id,
        contact_name=entry.contact_name,
        contact_phone=entry.contact_phone,
        channel=entry.channel,
        near=tuple(title for _, title in near),
        near_ids=tuple(entry_id for entry_id, _ in near),
        category=entry.category,
        kind=entry.kind,
        is_about_officer=entry.is_about_officer,
        external_number=entry.external_number,
        departments=(entry.department,) if entry.department else (),
        opened_by=by,
    )
    return service.open_ticket(session, draft, rules=rules, now=now)


def with_enterprise(entry: Entry, row: Enterprise) -> Entry:
    """The entry, now that it is known whose it is."""
    return replace(entry, enterprise=row.name, enterprise_id=row.id)


def _content(entry: Entry) -> str:
    """What an unknown enterprise called itself must not get lost."""
    if entry.enterprise_id is None and entry.enterprise:
        return f"（自报企业：{entry.enterprise}）{entry.content}"
    return entry.content


def _openid(session: Session, entry: Entry) -> str | None:
    if entry.enterprise_id is None or not entry.contact_phone:
        return None
    statement = select(Contact.openid).where(
        Contact.enterprise_id == entry.enterprise_id,
        Contact.phone == entry.contact_phone,
        col(Contact.ended_at).is_(None),
        col(Contact.verified_at).is_not(None),
    )
    return session.exec(statement).first()
