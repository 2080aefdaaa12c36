"""The district's routing over the directory: who of the unserved gets whom, by which rule (A8); a plan first."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app import audit
from app.directory import changes, enterprises
from app.directory.changes import Author
from app.directory.locking import lock_directory
from app.directory.models import Assignment, Enterprise
from app.directory.placing import FACT_FIELDS, Placement, enterprise_facts, officers_on_duty
from app.districts.profile import Profile
from app.districts.routing import Routed, Router
from app.districts.statuses import GONE
from app.tickets.values import Actor


@dataclass(frozen=True)
class Routing:
    """One unserved enterprise and what the rules say; `choice` None: a person decides."""

    enterprise_id: int
    credit_code: str
    name: str
    area_code: str
    choice: Routed | None
    officer: str


def plan_routing(session: Session, profile: Profile) -> list[Routing]:
    """What the rules say for every enterprise that nobody serves; nothing is written."""
    served = select(Assignment.enterprise_id).where(col(Assignment.until).is_(None))
    statement = select(Enterprise).where(
        col(Enterprise.status).not_in(GONE), col(Enterprise.id).not_in(served)
    )
    people = officers_on_duty(session)
    numbers = {person.id: person.staff_no for person in people}
    router = Router(profile.routing, people)
    plans = []
    for row in session.exec(statement.order_by(col(Enterprise.id))):
        choice = router.choose(enterprise_facts({name: getattr(row, name) for name in FACT_FIELDS}))
        if choice is not None:
            router.moved(choice.officer_id, 1)
        number = numbers[choice.officer_id] if choice else ""
        plans.append(Routing(row.id or 0, row.credit_code, row.name, row.area_code or "", choice, number))
    return plans


def apply_routing(session: Session, profile: Profile, *, by: Actor, now: datetime) -> list[Routing]:
    """Assign by the rules, each assignment naming its layer; enterprises served already are left alone."""
    lock_directory(session)
    plans = plan_routing(session, profile)
    given = {
        plan.enterprise_id: Placement(None, plan.choice.officer_id, plan.choice.layer, plan.choice.unit)
        for plan in plans
        if plan.choice is not None
    }
    enterprises.place(session, given, now)
    author = Author(f"{by.kind.value}:{by.id}", now, reason="按规则分派")
    changes.write(
        session,
        [
            changes.line(
                author,
                changes.ENTERPRISES,
                plan.credit_code,
                plan.name,
                changes.ASSIGNED,
                before={"officer": None},
                after={"officer": plan.officer},
                area=plan.area_code,
                from_area=plan.area_code,
            )
            for plan in plans
            if plan.choice is not None
        ],
    )
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
