"""A ticket of an unknown caller finds its enterprise: the hub's queue gives it to that enterprise's officer."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.clock import local_date
from app.directory.models import Contact
from app.districts.profile import HolderKind
from app.tickets import assignment, describing, parties, staff_notices, telling, watching
from app.tickets.changes import Case, apply
from app.tickets.events import write_event
from app.tickets.lifecycle import LIVE, Action, Status
from app.tickets.models import Ticket
from app.tickets.values import SYSTEM, Rules


def adopt(session: Session, ticket: Ticket, contact: Contact, *, rules: Rules, now: datetime) -> bool:
    """Put the enterprise on the ticket; whether it moved from the hub's queue to an officer.

    Only an untouched ticket moves: what the hub has taken up or dispatched stays where it is, and one that
    has an enterprise keeps it. The person is told in the reply under way, so nothing is pushed to them.
    """
    if ticket.enterprise_id is not None or ticket.status not in LIVE:
        return False
    choice = assignment.choose(
        assigned_id := parties.assigned_officer_id(session, contact.enterprise_id),
        parties.officer_chain(session, assigned_id),
        has_enterprise=True,
        is_about_officer=ticket.is_about_officer,
        today=local_date(now),
    )
    waits_for_hub = ticket.holder_kind == HolderKind.HUB and ticket.status == Status.PENDING
    moves = waits_for_hub and choice.officer_id is not None and ticket.step == ticket.ladder[0]["key"]
    values = _known_now(ticket, contact)
    if waits_for_hub:
        values["first_responder_id"] = ticket.first_responder_id or choice.responsible_id
    if moves:
        values |= {
            "holder_kind": HolderKind.OFFICER.value,
            "officer_id": choice.officer_id,
            "held_since": now,
        }
    case = Case(session, ticket, Action.DISPATCH, SYSTEM, rules, now)
    if not apply(case, Status(ticket.status), values):
        return False
    write_event(
        session, ticket, "identified", SYSTEM, now, is_public=False, data={"reason": choice.reason.value}
    )
    if moves:
        notice = staff_notices.new_ticket(describing.describe(session, ticket, rules=rules, now=now))
        openids = telling.holder_openids(session, ticket, local_date(now))
        telling.push_to_staff(session, ticket, openids, notice, rules=rules, now=now)
    watching.set_next_look(session, ticket, rules=rules, now=now)
    return moves


def _known_now(ticket: Ticket, contact: Contact) -> dict[str, Any]:
    """Words by which it is found come with them."""
    return {
        "indexed_at": None,
        "enterprise_id": contact.enterprise_id,
        "contact_name": ticket.contact_name or contact.name,
        "contact_phone": ticket.contact_phone or contact.phone,
    }
