"""Who a request for a copy or for erasure is about: from an openid or a telephone number to everything linked."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlmodel import Session, col

from app.directory.models import Contact, Coordinator, Enterprise, Officer
from app.errors import AppError, Conflict
from app.followers.models import Follower
from app.privacy.matching import Marks, plain_phone
from app.tickets.models import Ticket

SHORTEST_PHONE = 7


@dataclass(frozen=True)
class Subject:
    """One person: their marks, the tickets they opened, the enterprises whose record names their number."""

    marks: Marks
    ticket_ids: tuple[int, ...]
    enterprise_ids: tuple[int, ...]
    is_known: bool


def find_subject(session: Session, *, openid: str = "", phone: str = "") -> Subject:
    """Everything linked to an openid, a number, or both. Raises AppError without either."""
    number = plain_phone(phone)
    if not openid and len(number) < SHORTEST_PHONE:
        raise AppError("请给出 --openid，或 --phone 和完整的电话号码")
    contacts = _contacts(session, openid, number)
    openids = {openid, *(contact.openid for contact in contacts)} - {""}
    phones = {number, *(plain_phone(contact.phone) for contact in contacts)} - {""}
    tickets = _tickets(session, openids, phones)
    openids |= {ticket.openid for ticket in tickets if ticket.openid and _same(ticket.contact_phone, number)}
    phones |= {plain_phone(ticket.contact_phone) for ticket in tickets if ticket.openid in openids} - {""}
    names = {contact.name for contact in contacts} | {ticket.contact_name for ticket in tickets}
    enterprises = [row for row in _with_phone(session) if plain_phone(row.contact_phone) in phones]
    names |= {row.contact_name for row in enterprises}
    followers = session.scalars(select(Follower).where(col(Follower.openid).in_(openids))).all()
    return Subject(
        marks=Marks.of(openids, phones, names),
        ticket_ids=tuple(sorted(ticket.id for ticket in tickets if ticket.id is not None)),
        enterprise_ids=tuple(sorted(row.id for row in enterprises if row.id is not None)),
        is_known=bool(contacts or tickets or enterprises or followers),
    )


def refuse_staff(session: Session, subject: Subject) -> None:
    """Officers and coordinators are managed in the rosters; raises Conflict."""
    people: list[Officer | Coordinator] = [
        *session.scalars(select(Officer)),
        *session.scalars(select(Coordinator)),
    ]
    for row in people:
        numbers = {plain_phone(row.phone), plain_phone(getattr(row, "public_phone", ""))} - {""}
        if row.openid in subject.marks.openids or numbers & subject.marks.phones:
            raise Conflict(
                f"{row.name} 是服务人员或协调专员：请先在名册里停用并清空电话、解除微信绑定，再执行"
            )


def _contacts(session: Session, openid: str, number: str) -> list[Contact]:
    rows = session.scalars(
        select(Contact).where(or_(col(Contact.openid) == openid, col(Contact.phone) != ""))
    )
    return [row for row in rows if (openid and row.openid == openid) or _same(row.phone, number)]


def _tickets(session: Session, openids: set[str], phones: set[str]) -> list[Ticket]:
    statement = select(Ticket).where(or_(col(Ticket.openid).in_(openids), col(Ticket.contact_phone) != ""))
    return [
        row
        for row in session.scalars(statement)
        if row.openid in openids or plain_phone(row.contact_phone) in phones
    ]


def _with_phone(session: Session) -> list[Enterprise]:
    return list(session.scalars(select(Enterprise).where(col(Enterprise.contact_phone) != "")))


def _same(phone: str, number: str) -> bool:
    return bool(number) and plain_phone(phone) == number
