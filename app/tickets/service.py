"""The front of the ticket desk: what other packages may do to tickets and ask about them.

Everything takes a session and never commits. A change, its event and the messages that follow are written
together or not at all; a refusal is raised before anything is written, so that a caller may catch it inside
its transaction and keep the audit row of the refusal.
"""

from app.tickets.adopting import adopt
from app.tickets.guarding import available_actions, relation_of
from app.tickets.opening import open_ticket
from app.tickets.performing import perform
from app.tickets.reading import find_by_suffix, tickets_of, timeline, todo
from app.tickets.reminding import escalate_due

__all__ = [
    "adopt",
    "available_actions",
    "escalate_due",
    "find_by_suffix",
    "open_ticket",
    "perform",
    "relation_of",
    "tickets_of",
    "timeline",
    "todo",
]
