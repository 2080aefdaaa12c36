"""Who and what the numbers in the audit trail are: looked up for a page of rows at once, one question per kind.

What is gone, or was erased, stays a number. The rows themselves keep their numbers: names change, the trail must not.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from app.audit import AuditRow
from app.directory.models import Area, Coordinator, Department, Enterprise, Officer
from app.panel.models import User
from app.tickets.models import Campaign

Reference = tuple[str, str]
Names = Mapping[Reference, str]
NOBODY: Names = {}
NONE: Reference = ("", "")
MOST_DIGITS = 9
CREDIT_CODE_LENGTH = 18
OFFICER_KEYS = frozenset({"officer", "stand_in", "from", "to"})
# Acts that name an officer by the number of the row; all others by the number of the staff.
BY_ROW = frozenset({"officer.away", "officer.back", "officer.transfer", "staff.bind"})
BY_STAFF_NUMBER = frozenset({"enterprise.look", "contact.verify"})


def reference(key: str, value: Any) -> Reference | None:
    """What a value of a detail refers to; None for one that speaks for itself."""
    if isinstance(value, bool) or not isinstance(value, int | str) or not value:
        return None
    if isinstance(value, int):
        kind = "officer" if key in OFFICER_KEYS else key if key in ("department", "coordinator") else ""
    elif key == "target":
        kind, _, value = value.partition(":")
        kind = kind if kind in ("officer", "department") else ""
    else:
        kind = {"officer": "staff", "area": "area"}.get(key, "")
    return (kind, str(value)) if kind else None


def of_object(row: AuditRow) -> Reference | None:
    """What the object of a row is."""
    kind, _, rest = row.object.partition(":")
    if kind == "officer":
        return ("officer" if row.action in BY_ROW else "staff", rest)
    if kind == "enterprise" and len(rest) == CREDIT_CODE_LENGTH:
        return ("code", rest)
    is_known = kind in ("enterprise", "department", "coordinator", "campaign", "user")
    return (kind, rest) if is_known else None


def of_actor(row: AuditRow) -> Reference | None:
    """Who did it; None for contacts of enterprises, whom this page does not name."""
    if row.actor_kind == "officer":
        is_by_staff_number = row.action in BY_STAFF_NUMBER
        return ("staff" if is_by_staff_number else "officer", row.actor)
    kind = {"user": "user", "hub": "account", "coordinator": "coordinator"}.get(row.actor_kind, "")
    return (kind, row.actor) if kind else None


def actor_name(row: AuditRow, names: Names) -> str:
    """Who did it, where it is known who that is; "" otherwise."""
    return names.get(of_actor(row) or NONE, "")


def thing_name(row: AuditRow, names: Names) -> str:
    """What it was done to, where that has a name; "" otherwise."""
    return names.get(of_object(row) or NONE, "")


def names_of(session: Session, rows: Iterable[AuditRow]) -> Names:
    """The names behind these rows: of officers, departments and enterprises, as every reader of cases sees them."""
    wanted: dict[str, set[str]] = {}
    for row in rows:
        for kind, key in _references(row):
            wanted.setdefault(kind, set()).add(key)
    return {
        (kind, key): name
        for kind, keys in wanted.items()
        for key, name in _FINDERS[kind](session, sorted(keys)).items()
    }


def _references(row: AuditRow) -> Iterable[Reference]:
    yield from filter(None, (of_object(row), of_actor(row)))
    yield from _within(row.detail)


def _within(detail: Mapping[str, Any]) -> Iterable[Reference]:
    for key, value in detail.items():
        if isinstance(value, Mapping):
            yield from _within(value)
        elif found := reference(key, value):
            yield found


def _numbers(keys: Sequence[str]) -> list[int]:
    return [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) <= MOST_DIGITS]


def _officers(
    session: Session, column: Any, keys: Sequence[Any], key_of: Callable[[Officer], Any]
) -> dict[str, str]:
    rows = session.exec(select(Officer).where(col(column).in_(keys)))
    return {str(key_of(row)): f"{row.name}（{row.staff_no}）" for row in rows if row.name}


def _coordinators(session: Session, keys: Sequence[str]) -> dict[str, str]:
    statement = select(Coordinator, Department).where(
        Coordinator.department_id == Department.id, col(Coordinator.id).in_(_numbers(keys))
    )
    return {str(row.id): f"{unit.name} {row.name}" for row, unit in session.exec(statement) if row.name}


def _named(
    model: Any, column: Any, *, by_number: bool = False
) -> Callable[[Session, Sequence[str]], dict[str, str]]:
    def find(session: Session, keys: Sequence[str]) -> dict[str, str]:
        sought = _numbers(keys) if by_number else keys
        rows = session.execute(select(column, model.name).where(col(column).in_(sought)))
        return {str(key): name for key, name in rows if name}

    return find


_FINDERS: Mapping[str, Callable[[Session, Sequence[str]], dict[str, str]]] = {
    "officer": lambda session, keys: _officers(session, Officer.id, _numbers(keys), lambda row: row.id),
    "staff": lambda session, keys: _officers(session, Officer.staff_no, keys, lambda row: row.staff_no),
    "coordinator": _coordinators,
    "department": _named(Department, Department.id, by_number=True),
    "area": _named(Area, Area.code),
    "enterprise": _named(Enterprise, Enterprise.id, by_number=True),
    "code": _named(Enterprise, Enterprise.credit_code),
    "campaign": _named(Campaign, Campaign.id, by_number=True),
    "user": _named(User, User.username),
    "account": _named(User, User.id, by_number=True),
}
