"""One enterprise corrected by hand: the same rules, ledger and status history as an import (A4, A5)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from app import audit
from app.directory import changes, enterprises
from app.directory.changes import Author
from app.directory.columns import ENTERPRISES, RowFault
from app.directory.enterprises import Stored
from app.directory.locking import lock_directory
from app.directory.models import Area, Enterprise
from app.directory.plan import Action, Change, Plan, Wanted, compare
from app.districts.rules import RoutingLayer
from app.errors import AppError, NotFound

FIELDS = tuple(name for name in enterprises.FIELDS if name != "area_code")
_COLUMNS = {column.field: column for column in ENTERPRISES}


def change_enterprise(
    session: Session,
    enterprise_id: int,
    values: Mapping[str, str],
    *,
    layers: Sequence[RoutingLayer],
    reason: str,
    actor_kind: str,
    actor: str,
    now: datetime,
) -> Change | None:
    """Set these fields (names of `FIELDS`, or `area_code`), checked as a roster's cells are; what changed, or None.

    Gone enterprises lose their officer; one that moves or comes back is assigned by the district's rules. Raises
    NotFound or AppError. The officer is changed by `assigning.assign`, not here.
    """
    lock_directory(session)
    change, stored = _planned(session, enterprise_id, values)
    if change.action is Action.UNCHANGED:
        return None
    by = Author(actor, now, reason=reason)
    enterprises.apply(session, Plan((change,), ()), stored, layers=layers, by=by)
    audit.record(
        session,
        at=now,
        actor_kind=actor_kind,
        actor=actor,
        action="enterprise.change",
        target=f"enterprise:{enterprise_id}",
        detail={"fields": sorted(change.fields), "as": changes.NAMES[change.action.value]},
    )
    session.expire_all()
    return change


def plan_change(session: Session, enterprise_id: int, values: Mapping[str, str]) -> Change:
    """What `change_enterprise` would change now (`UNCHANGED`: nothing); writes nothing and raises the same."""
    return _planned(session, enterprise_id, values)[0]


def longest(name: str) -> int:
    """How many characters this field takes; AppError if it is none of `FIELDS`."""
    if name not in FIELDS:
        raise AppError(f"不能在这里改「{name}」")
    return _COLUMNS[name].limit


def _planned(session: Session, enterprise_id: int, values: Mapping[str, str]) -> tuple[Change, Stored]:
    row = session.get(Enterprise, enterprise_id, populate_existing=True)
    if row is None:
        raise NotFound("没有这家企业")
    wanted = _checked(session, values)
    stored = enterprises.current(session, only=row.credit_code)
    change = next(
        compare(
            [Wanted(0, row.credit_code, row.name, wanted)],
            stored,
            place_fields=enterprises.PLACE_FIELDS,
            is_gone=enterprises.IS_GONE,
        )
    )
    return change, stored


def _checked(session: Session, values: Mapping[str, str]) -> dict[str, str | None]:
    checked: dict[str, str | None] = {}
    for name, text in values.items():
        if name == "area_code":
            if session.get(Area, text) is None:
                raise AppError(f"没有编码为「{text}」的片区", field="area_code")
            checked[name] = text
            continue
        column = _COLUMNS.get(name)
        if column is None or name not in FIELDS:
            raise AppError(f"不能在这里改「{name}」")
        try:
            value = column.read(text.strip())
        except RowFault as fault:
            raise AppError(str(fault), field=name) from None
        if len(value) > column.limit:
            raise AppError(f"「{column.header}」超过 {column.limit} 个字", field=name)
        if column.is_required and not value:
            raise AppError(f"「{column.header}」不能为空", field=name)
        checked[name] = value
    return checked
