"""What the forms of a ticket offer to choose from, and what they hand to `perform`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from app.directory.models import Enterprise
from app.panel import holders
from app.panel.calls import Form
from app.panel.conditions import Today
from app.panel.ticket_actions import ActionForm
from app.tickets import handoffs, meetings
from app.tickets.lifecycle import LIVE
from app.tickets.models import Handoff, Ticket
from app.tickets.moving import GREEN, GREEN_CHANNEL
from app.tickets.values import Incomplete, Rules

MOST_NEIGHBOURS = 20
MOST_MEMBERS = 30


@dataclass(frozen=True)
class Choices:
    """What the selects of a ticket's forms contain."""

    steps: list[tuple[str, str]] = field(default_factory=list)
    departments: list[tuple[str, str]] = field(default_factory=list)
    destinations: list[tuple[str, str]] = field(default_factory=list)
    out: list[Handoff] = field(default_factory=list)
    neighbours: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""
    categories: list[tuple[str, str]] = field(default_factory=list)
    kinds: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Arguments:
    """What `perform` takes besides ticket, act and actor."""

    target: str = ""
    days: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def choices_for(session: Session, ticket: Ticket, forms: list[ActionForm], today: Today) -> Choices:
    """Everything the forms on the page need; nothing is read for forms that are not there."""
    wanted = {form.extra for form in forms}
    asks_departments = wanted & {"department", "decide", "convene"}
    return Choices(
        steps=steps_above(session, ticket, today.rules) if "step" in wanted else [],
        departments=holders.department_choices(session) if asks_departments else [],
        destinations=[(name, name) for name in today.rules.profile.handoffs.destinations],
        out=handoffs.out_now(session, ticket.id or 0) if "handback" in wanted else [],
        neighbours=_neighbours(session, ticket) if "survivor" in wanted else [],
        body=meetings.body_of(ticket, today.rules) if "convene" in wanted else "",
        categories=[(name, name) for name in today.rules.profile.categories],
        kinds=[(name, name) for name in today.rules.profile.kinds],
    )


def steps_above(session: Session, ticket: Ticket, rules: Rules) -> list[tuple[str, str]]:
    """The rungs it can be raised to, and the green channel where the enterprise has one (C6)."""
    here = next((n for n, step in enumerate(ticket.ladder) if step["key"] == ticket.step), 0)
    above = [step for step in ticket.ladder[here + 1 :] if step["holder_kind"] != "department"]
    found = [(str(step["key"]), f"{step['name']}（{step['holder']}）") for step in above]
    channel = rules.profile.green_channel
    enterprise = session.get(Enterprise, ticket.enterprise_id) if ticket.enterprise_id else None
    if channel is None or enterprise is None or channel.step not in [key for key, _ in found]:
        return found
    if enterprise.is_green_channel or enterprise.chain in channel.chains:
        found.append((GREEN, f"{GREEN_CHANNEL}（直达{dict(found)[channel.step]}）"))
    return found


def arguments(form: ActionForm, sent: Form) -> Arguments:
    """The fields of a posted form as `perform` takes them; Incomplete where something is missing."""
    read = READERS.get(form.extra)
    return read(sent) if read else Arguments()


def _chosen(name: str, missing: str) -> Callable[[Form], Arguments]:
    def read(sent: Form) -> Arguments:
        if not sent.text(name):
            raise Incomplete(missing, field=name)
        return Arguments(target=sent.text(name))

    return read


def _handoff(sent: Form) -> Arguments:
    if not sent.text("destination"):
        raise Incomplete("请选择转到哪里", field="destination")
    return Arguments(sent.text("destination"), details={"outside_number": sent.text("outside_number")})


def _handback(sent: Form) -> Arguments:
    number = sent.number("handoff_id")
    return Arguments(details={"handoff_id": number} if number is not None else {})


def _convene(sent: Form) -> Arguments:
    return Arguments(details={"members": sent.every("members")[:MOST_MEMBERS], "body": sent.text("body")})


def _decide(sent: Form) -> Arguments:
    if not sent.text("lead"):
        raise Incomplete("请选择牵头部门", field="lead")
    details = {
        "due_on": sent.day("due_on"),
        "held_on": sent.day("held_on"),
        "minutes": sent.text("minutes"),
        "members": sent.every("members")[:MOST_MEMBERS],
    }
    return Arguments(sent.text("lead"), details=details)


READERS: Mapping[str, Callable[[Form], Arguments]] = {
    "holder": _chosen("target", "请选择分派给谁"),
    "department": _chosen("department", "请选择请哪个部门协办"),
    "survivor": _chosen("survivor", "请写明并入哪张单子"),
    "result": lambda sent: Arguments(target=sent.text("result_kind")),
    "step": lambda sent: Arguments(target=sent.text("step")),
    "days": lambda sent: Arguments(days=sent.number("days")),
    "handoff": _handoff,
    "handback": _handback,
    "convene": _convene,
    "decide": _decide,
    "sorting": lambda sent: Arguments(target=f"{sent.text('category')} {sent.text('kind')}"),
}
TYPED = (
    "note", "target", "days", "result_kind", "step", "department", "survivor", "destination",
    "outside_number", "handoff_id", "body", "lead", "due_on", "held_on", "minutes", "category", "kind",
)  # fmt: skip


def _neighbours(session: Session, ticket: Ticket) -> list[tuple[str, str]]:
    """Other open tickets of the same enterprise, to be merged into."""
    if ticket.enterprise_id is None:
        return []
    statement = (
        select(Ticket)
        .where(Ticket.enterprise_id == ticket.enterprise_id, col(Ticket.id) != ticket.id)
        .where(col(Ticket.status).in_(LIVE), col(Ticket.duplicate_of_id).is_(None))
        .order_by(col(Ticket.id).desc())
        .limit(MOST_NEIGHBOURS)
    )
    return [(row.number, row.title) for row in session.exec(statement)]
