"""Whom to call about a ticket: the person's name and number, for pages that reveal them and say so in the audit."""

from sqlmodel import Session, col, select

from app.directory.models import Contact
from app.tickets.models import Ticket


def contact_of(session: Session, ticket: Ticket) -> tuple[str, str]:
    """Name and telephone as left with the request, else as bound to the enterprise; "" for what is missing."""
    if ticket.contact_phone or ticket.openid is None:
        return ticket.contact_name, ticket.contact_phone
    statement = select(Contact).where(
        Contact.openid == ticket.openid,
        Contact.enterprise_id == ticket.enterprise_id,
        col(Contact.ended_at).is_(None),
    )
    contact = session.exec(statement).first()
    return (contact.name, contact.phone) if contact else (ticket.contact_name, "")
