"""Who serves an enterprise: named by the list, else the district's layers, each choice saying its rule (A3, A8)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.directory.models import Assignment, Officer
from app.districts.routing import EnterpriseFacts, OfficerFacts, Router
from app.districts.rules import RoutingLayer
from app.districts.statuses import GONE

LISTED = "名册指定"
FACT_FIELDS = (
    "kind", "industry", "key_service", "promotion_department", "building", "area_code", "grid",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """The running assignment of an enterprise."""

    assignment_id: int
    officer_id: int
    rule: str


@dataclass(frozen=True, slots=True)
class Placement:
    """What becomes of an enterprise's assignment: ended, given to an officer, or both."""

    ended: Held | None
    officer_id: int | None
    rule: str = ""
    unit: str = ""
    why_ended: str = ""


class Placer:
    """Decides placements over one state of the roster and keeps count of loads."""

    def __init__(self, layers: Sequence[RoutingLayer], officers: Iterable[OfficerFacts]) -> None:
        people = list(officers)
        self._router = Router(layers, people)
        self._rules = frozenset(layer.name for layer in layers)
        self._by_id = {person.id: person for person in people}
        self._by_number = {person.staff_no: person for person in people}

    def number_of(self, officer_id: int | None) -> str | None:
        """The staff number of an active officer."""
        person = self._by_id.get(officer_id or 0)
        return person.staff_no if person else None

    def place(
        self,
        facts: Mapping[str, str | None],
        held: Held | None,
        *,
        listed: str | None,
        changed: frozenset[str] = frozenset(),
        is_moved: bool = False,
    ) -> Placement | None:
        """None where nothing changes. `listed`: staff number the list names; `changed`: fields that differ."""
        if facts.get("status") in GONE:
            return self._settle(held, None, why=facts.get("status") or "")
        named = self._by_number.get(listed or "")
        if named is not None:
            return self._settle(held, named, rule=LISTED)
        if held is not None and held.officer_id in self._by_id:
            by_rule = held.rule in self._rules and bool(changed.intersection(FACT_FIELDS))
            if not (is_moved or by_rule):
                return None
        choice = self._router.choose(enterprise_facts(facts), held_by=held.officer_id if held else None)
        if choice is None:
            return None
        return self._settle(held, self._by_id[choice.officer_id], rule=choice.layer, unit=choice.unit)

    def _settle(
        self, held: Held | None, person: OfficerFacts | None, *, rule: str = "", unit: str = "", why: str = ""
    ) -> Placement | None:
        if held is not None and person is not None and held.officer_id == person.id:
            return None
        if held is None and person is None:
            return None
        self._router.moved(held.officer_id if held else None, -1)
        self._router.moved(person.id if person else None, 1)
        reason = f"改由{person.name}服务" if person else why
        return Placement(held, person.id if person else None, rule, unit, reason if held else "")


def enterprise_facts(values: Mapping[str, str | None]) -> EnterpriseFacts:
    """What the layers read, from stored values."""
    return EnterpriseFacts(**{name: values.get(name) or "" for name in FACT_FIELDS})


def officers_on_duty(session: Session) -> list[OfficerFacts]:
    """Active officers by staff number, with how many enterprises each serves."""
    loads = Counter(
        dict(
            session.exec(
                select(Assignment.officer_id, func.count())
                .where(col(Assignment.until).is_(None))
                .group_by(col(Assignment.officer_id))
            ).all()
        )
    )
    statement = select(Officer).where(col(Officer.is_active)).order_by(col(Officer.staff_no))
    return [
        OfficerFacts(row.id, row.staff_no, row.name, row.unit, row.area_code or "", row.grid, loads[row.id])
        for row in session.exec(statement)
        if row.id is not None
    ]


def running(session: Session) -> dict[int, Held]:
    """The running assignment by enterprise id."""
    statement = select(Assignment.enterprise_id, Assignment.id, Assignment.officer_id, Assignment.rule).where(
        col(Assignment.until).is_(None)
    )
    return {row[0]: Held(row[1] or 0, row[2], row[3]) for row in session.exec(statement)}
