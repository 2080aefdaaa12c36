"""Whom a ticket can be dispatched to: officers, nearest first, then departments."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from app.directory.models import Area, Coordinator, Department, Enterprise, Officer
from app.errors import Forbidden
from app.panel.calls import whole_number
from app.panel.scope import officers_in, subtree
from app.tickets import parties
from app.tickets.models import Ticket
from app.tickets.values import Incomplete

MOST = 200
OFFICER = "officer:"


@dataclass(frozen=True)
class Choice:
    """`value` is what `perform` takes as target; `label` what the clerk reads."""

    value: str
    label: str


@dataclass(frozen=True)
class Group:
    """Choices under one heading."""

    heading: str
    choices: tuple[Choice, ...]


def holder_groups(session: Session, ticket: Ticket, codes: frozenset[str] | None, words: str) -> list[Group]:
    """Officers of the enterprise's area, other officers, departments; narrowed by words if given.

    A user confined to an area gets its officers only.
    """
    enterprise = session.get(Enterprise, ticket.enterprise_id) if ticket.enterprise_id else None
    barred = barred_officer_id(session, ticket)
    near = subtree(session, enterprise.area_code) if enterprise and enterprise.area_code else frozenset()
    rows = [(row, area) for row, area in _officers(session, codes, words) if row.id != barred]
    own = tuple(_officer_choice(row, area) for row, area in rows if row.area_code in near)
    others = tuple(_officer_choice(row, area) for row, area in rows if row.area_code not in near)
    groups = [Group("本片区服务人员", own), Group("其他片区服务人员", others)]
    if codes is None:
        groups.append(Group("职能部门", _departments(session, words)))
    return [group for group in groups if group.choices]


def all_groups(session: Session, codes: frozenset[str] | None, words: str) -> list[Group]:
    """Whom several tickets can go to at once: every officer, then every department."""
    groups = officer_groups(session, codes, words)
    if codes is None:
        groups.append(Group("职能部门", _departments(session, words)))
    return [group for group in groups if group.choices]


def officer_groups(
    session: Session, codes: frozenset[str] | None, words: str, besides: int | None = None
) -> list[Group]:
    """The officers alone, one of them left out where `besides` is given."""
    kept = [row for row in _officers(session, codes, words) if row[0].id != besides]
    group = Group("服务人员", tuple(_officer_choice(row, area) for row, area in kept))
    return [group] if group.choices else []


def chosen_officer(session: Session, value: str, codes: frozenset[str] | None) -> Officer:
    """The officer of a form's `officer:<id>`; a user confined to an area has that area's only.

    Raises Incomplete where nobody was chosen, Forbidden outside the area.
    """
    number = whole_number(value.removeprefix(OFFICER)) if value.startswith(OFFICER) else None
    officer = session.get(Officer, number) if number is not None else None
    if officer is None:
        raise Incomplete("请选择一位服务人员", field="target")
    if codes is not None and officer.area_code not in codes:
        raise Forbidden("只能选本片区的服务人员；要跨片区，请找运行中枢", field="target")
    return officer


def department_choices(session: Session) -> list[tuple[str, str]]:
    """Departments as (`department:<id>`, name) for a form."""
    statement = select(Department).where(col(Department.is_active)).order_by(col(Department.id))
    return [(f"department:{row.id}", row.name) for row in session.scalars(statement).all()]


def refuse_wrong_target(session: Session, ticket: Ticket, target: str, codes: frozenset[str] | None) -> None:
    """Not to the officer it is about; a confined user only to the own officers. Raises Forbidden."""
    kind, _, identity = target.partition(":")
    number = int(identity) if identity.isdecimal() and len(identity) < 10 else None
    officer = session.get(Officer, number) if kind == "officer" and number is not None else None
    if officer is not None and officer.id == barred_officer_id(session, ticket):
        raise Forbidden("这张单子反映的就是这位服务人员，请分派给别人", field="target")
    if codes is not None and (officer is None or officer.area_code not in codes):
        raise Forbidden("只能分派给本片区的服务人员；要转部门或其他片区，请找运行中枢", field="target")


def barred_officer_id(session: Session, ticket: Ticket) -> int | None:
    """The officer whom the ticket is about must never get it (design §3)."""
    if not ticket.is_about_officer or ticket.enterprise_id is None:
        return None
    return parties.assigned_officer_id(session, ticket.enterprise_id)


def _officers(session: Session, codes: frozenset[str] | None, words: str) -> list[tuple[Officer, str]]:
    statement = (
        select(Officer, col(Area.name))
        .outerjoin(Area, col(Area.code) == col(Officer.area_code))
        .where(col(Officer.is_active), officers_in(codes))
        .order_by(col(Officer.area_code), col(Officer.staff_no))
        .limit(MOST)
    )
    for word in words.split()[:4]:
        text = (
            col(Officer.name) + " " + col(Officer.staff_no) + " " + col(Area.name) + " " + col(Officer.duty)
        )
        statement = statement.where(text.contains(word, autoescape=True))
    return [(row, area or "") for row, area in session.execute(statement).all()]


def _officer_choice(officer: Officer, area: str) -> Choice:
    unbound = "" if officer.openid else "，未绑定微信"
    return Choice(f"officer:{officer.id}", f"{officer.name}（{area or officer.unit}{unbound}）")


def _departments(session: Session, words: str) -> tuple[Choice, ...]:
    statement = select(Department).where(col(Department.is_active)).order_by(col(Department.id))
    expertise: dict[int, list[str]] = {}
    people = select(Coordinator).where(col(Coordinator.is_active)).order_by(col(Coordinator.id))
    for person in session.scalars(people).all():
        expertise.setdefault(person.department_id, []).append(f"{person.name} {person.expertise}")
    choices = []
    for row in session.scalars(statement).all():
        who = "；".join(expertise.get(row.id or 0, []))
        if all(word in f"{row.name} {row.industries} {who}" for word in words.split()[:4]):
            choices.append(Choice(f"department:{row.id}", f"{row.name}{f'（{who}）' if who else ''}"))
    return tuple(choices)


def only_choice(groups: Sequence[Group]) -> str:
    """The one choice that a search left over; "" while there are several or none."""
    values = [choice.value for group in groups for choice in group.choices]
    return values[0] if len(values) == 1 else ""
