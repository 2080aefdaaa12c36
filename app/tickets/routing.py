"""The district's routing over the directory: who of the unserved gets whom, by which rule (A8); a plan first."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, select

from app import audit
from app.directory.columns import GONE
from app.directory.models import Assignment, Enterprise, Officer
from app.districts.profile import Profile
from app.districts.routing import EnterpriseFacts, OfficerFacts, Routed, route
from app.tickets.values import Actor


@dataclass(frozen=True)
class Routing:
    """One unserved enterprise and what the rules say; `choice` None: a person decides."""

    enterprise_id: int
    name: str
    choice: Routed | None


def plan_routing(session: Session, profile: Profile) -> list[Routing]:
    """What the rules say for every enterprise that nobody serves; nothing is written."""
    served = select(Assignment.enterprise_id).where(col(Assignment.until).is_(None))
    statement = select(Enterprise).where(
        col(Enterprise.status).not_in(GONE), col(Enterprise.id).not_in(served)
    )
    people = _officers(session)
    plans = []
    for row in session.exec(statement.order_by(col(Enterprise.id))):
        choice = route(profile.routing, _facts(row), people.values())
        if choice is not None:
            people[choice.officer_id] = _busier(people[choice.officer_id])
        plans.append(Routing(row.id or 0, row.name, choice))
    return plans


def apply_routing(session: Session, profile: Profile, *, by: Actor, now: datetime) -> list[Routing]:
    """Assign by the rules, each assignment naming its layer; enterprises served already are left alone."""
    plans = plan_routing(session, profile)
    for plan in plans:
        if plan.choice is not None:
            session.add(
                Assignment(
                    enterprise_id=plan.enterprise_id,
                    officer_id=plan.choice.officer_id,
                    since=now,
                    rule=plan.choice.layer,
                    reason=plan.choice.unit[:200],
                )
            )
    session.flush()
    layers = Counter(plan.choice.layer if plan.choice else "待人工" for plan in plans)
    audit.record(
        session,
        at=now,
        actor_kind=by.kind.value,
        actor=by.id,
        action="directory.route",
        target="enterprises",
        detail=dict(layers),
    )
    return plans


def _officers(session: Session) -> dict[int, OfficerFacts]:
    running = session.exec(select(Assignment.officer_id).where(col(Assignment.until).is_(None)))
    loads = Counter(running)
    statement = select(Officer).where(col(Officer.is_active)).order_by(col(Officer.staff_no))
    return {
        row.id: OfficerFacts(
            row.id, row.staff_no, row.name, row.unit, row.area_code or "", row.grid, loads[row.id]
        )
        for row in session.exec(statement)
        if row.id is not None
    }


def _busier(person: OfficerFacts) -> OfficerFacts:
    return replace(person, load=person.load + 1)


def _facts(row: Enterprise) -> EnterpriseFacts:
    return EnterpriseFacts(
        kind=row.kind,
        industry=row.industry,
        key_service=row.key_service,
        promotion_department=row.promotion_department,
        building=row.building,
        area_code=row.area_code or "",
        grid=row.grid,
    )
