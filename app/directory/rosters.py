"""Areas, departments and officers from a file: what each roster's rows mean, and how a plan is carried out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from sqlalchemy import ColumnElement, select, update
from sqlmodel import Session, col

from app.directory.columns import RowFault
from app.directory.models import Area, Coordinator, Department, Officer
from app.directory.plan import Action, Change, Plan, Wanted

VILLAGE_STANDING = re.compile(r"社区|(?<!驻)村(?!镇)|居委|居民委|社工")
KEY_SEPARATOR = "｜"


@dataclass(frozen=True)
class People:
    """Officers by staff number, and staff numbers by name (several may share one)."""

    by_number: Mapping[str, Officer]
    numbers_by_name: Mapping[str, tuple[str, ...]]

    def find(self, text: str) -> str:
        """The staff number that a cell means; raises RowFault if nobody or more than one fits."""
        if text in self.by_number:
            return text
        numbers = self.numbers_by_name.get(text, ())
        if len(numbers) == 1:
            return numbers[0]
        if numbers:
            raise RowFault(f"叫「{text}」的服务人员有 {len(numbers)} 位，请改填工号")
        raise RowFault(f"「{text}」不在服务人员名册里：先导入服务人员名册")

    def with_zeros(self, number: str) -> str:
        """The number in the roster that this one is without the zeros in front, as a spreadsheet leaves it; "" if none."""
        same = self.by_number.get(number)
        if not number.isdecimal() or (same is not None and same.id is not None):
            return ""
        stored = (known for known, officer in self.by_number.items() if officer.id is not None)
        return next((known for known in stored if known.lstrip("0") == number), "")


@dataclass(frozen=True)
class Known:
    """What a row may refer to: area codes by code and name, officers, and the names of areas by code."""

    areas: Mapping[str, str]
    people: People
    departments: Mapping[str, int] = field(default_factory=dict)
    area_names: Mapping[str, str] = field(default_factory=dict)

    def area_code(self, text: str) -> str:
        """The code of an area given by code or name; raises RowFault."""
        if text not in self.areas:
            raise RowFault(f"没有片区「{text}」：先导入片区名册，或改成片区编码")
        return self.areas[text]

    def grid(self, text: str) -> str:
        """The name of a grid given by its code; any other text as written (a grid need not be in the roster)."""
        return self.area_names.get(text, text)


def known(session: Session) -> Known:
    """Read what rows may refer to."""
    areas: dict[str, str] = {}
    area_names: dict[str, str] = {}
    for area in session.scalars(select(Area)):
        area_names[area.code] = area.name
        areas.setdefault(area.name, area.code)
        areas[area.code] = area.code
    officers = {officer.staff_no: officer for officer in session.scalars(select(Officer))}
    names: dict[str, tuple[str, ...]] = {}
    for number, officer in officers.items():
        if officer.is_active:
            names[officer.name] = (*names.get(officer.name, ()), number)
    departments = {row.name: row.id or 0 for row in session.scalars(select(Department))}
    return Known(areas, People(officers, names), departments, area_names)


def with_listed_officers(base: Known, rows: list[dict[str, str]]) -> Known:
    """The same, where a stand-in may also be somebody listed in the file itself."""
    names: dict[str, tuple[str, ...]] = dict(base.people.numbers_by_name)
    listed = dict(base.people.by_number)
    for row in rows:
        number, name = row.get("staff_no", ""), row.get("name", "")
        if number and number not in names.get(name, ()):
            names[name] = (*names.get(name, ()), number)
        listed.setdefault(number, Officer(staff_no=number, name=name))
    return replace(base, people=People(listed, names))


def area_row(values: dict[str, str], line: int) -> Wanted:
    """One area."""
    if values.get("parent_code") == values["code"]:
        raise RowFault("上级编码不能是自己")
    return Wanted(line, values["code"], values["name"], dict(values))


def officer_row(values: dict[str, str], line: int, facts: Known) -> Wanted:
    """One officer; community and village workers are refused (BC, NH 不得转嫁摊派; mission A12)."""
    standing = values.pop("standing", "")
    if VILLAGE_STANDING.search(standing):
        raise RowFault(
            f"身份「{standing}」：为企服务职责不得转嫁摊派给社区（村）工作人员，请换机关或园区人员"
        )
    whole = facts.people.with_zeros(values["staff_no"])
    if whole:
        raise RowFault(
            f"工号「{values['staff_no']}」像是名册里的「{whole}」，前面的零被表格软件去掉了：请把这一列设为文本，补上零"
        )
    wanted: dict[str, str | None] = dict(values)
    if "area" in values:
        wanted["area_code"] = facts.area_code(values["area"])
        del wanted["area"]
    if "grid" in values:
        wanted["grid"] = facts.grid(values["grid"])
    if "stand_in" in values:
        wanted["stand_in"] = facts.people.find(values["stand_in"])
        if wanted["stand_in"] == values["staff_no"]:
            raise RowFault("代理人不能是本人")
    return Wanted(line, values["staff_no"], values["name"], wanted)


def department_row(values: dict[str, str], line: int) -> Wanted:
    """One department, with one of its coordinators where the row names one."""
    key = KEY_SEPARATOR.join((values["department"], values.get("name", "")))
    label = f"{values['department']} {values.get('name', '')}".strip()
    return Wanted(line, key, label, dict(values))


def current_areas(session: Session) -> dict[str, dict[str, str | None]]:
    """Active and former areas as values by code."""
    fields = ("code", "name", "parent_code", "kind", "bounds", "leader", "district_leader", "section")
    return {row.code: _values(row, fields, row.is_active) for row in session.scalars(select(Area))}


def current_officers(session: Session) -> dict[str, dict[str, str | None]]:
    """Officers as values by staff number; `stand_in` is a staff number too."""
    fields = ("staff_no", "name", "phone", "area_code", "grid", "duty", "unit", "public_phone")
    rows = list(session.scalars(select(Officer)))
    numbers = {row.id: row.staff_no for row in rows}
    return {
        row.staff_no: _values(row, fields, row.is_active)
        | {"stand_in": numbers.get(row.stand_in_id) if row.is_active else None}
        for row in rows
    }


def current_departments(session: Session) -> dict[str, dict[str, str | None]]:
    """Departments and their coordinators as values, one entry per coordinator and one per department."""
    found: dict[str, dict[str, str | None]] = {}
    departments = {row.id: row for row in session.scalars(select(Department))}
    shared = ("office_phone", "industries")
    for department in departments.values():
        key = department.name + KEY_SEPARATOR
        found[key] = _values(department, shared, department.is_active) | {"department": department.name}
    for row in session.scalars(select(Coordinator)):
        department = departments[row.department_id]
        key = KEY_SEPARATOR.join((department.name, row.name))
        own = _values(row, ("name", "phone", "expertise"), row.is_active)
        common = _values(department, shared, row.is_active)
        found[key] = own | common | {"department": department.name if row.is_active else None}
    return found


def _values(row: object, fields: tuple[str, ...], is_active: bool) -> dict[str, str | None]:
    """A row that was switched off differs from every wanted one, so that listing it switches it on again."""
    values: dict[str, str | None] = {name: getattr(row, name) for name in fields}
    return values if is_active else dict.fromkeys(fields)


def apply_areas(session: Session, plan: Plan) -> None:
    """Parents before children; an area no longer listed stays as a former one, because rows refer to it."""
    waiting = [change for change in plan.changes if change.action is not Action.UNCHANGED]
    while waiting:
        ready = [change for change in waiting if _parent_is_there(change, waiting)]
        for change in ready or waiting:
            if change.action is Action.DEREGISTERED:
                _switch_off(session, Area, col(Area.code) == change.key)
            else:
                area = session.get(Area, change.key) or Area(code=change.key, name="", kind="")
                _fill(area, change)
                session.add(area)
            session.flush()
            waiting.remove(change)


def _parent_is_there(change: Change, waiting: list[Change]) -> bool:
    parent = change.fields.get("parent_code", (None, None))[1]
    return not parent or all(other.key != parent or other is change for other in waiting)


def apply_officers(session: Session, plan: Plan) -> None:
    """Everybody first, stand-ins second: two may stand in for each other."""
    listed = [c for c in plan.changes if c.action not in (Action.UNCHANGED, Action.DEREGISTERED)]
    officers = {row.staff_no: row for row in session.scalars(select(Officer))}
    for change in listed:
        officer = officers.setdefault(change.key, Officer(staff_no=change.key, name=""))
        _fill(officer, change, besides=("stand_in",))
        session.add(officer)
    session.flush()
    for change in listed:
        if "stand_in" in change.fields:
            stand_in = officers.get(change.fields["stand_in"][1] or "")
            officers[change.key].stand_in_id = stand_in.id if stand_in else None
    for change in plan.of(Action.DEREGISTERED):
        _switch_off(session, Officer, col(Officer.staff_no) == change.key)


def apply_departments(session: Session, plan: Plan) -> None:
    """A row fills in its department and, where named, that coordinator."""
    departments = {row.name: row for row in session.scalars(select(Department))}
    for change in plan.changes:
        name, _, person = change.key.partition(KEY_SEPARATOR)
        if change.action is Action.DEREGISTERED:
            department_id = departments[name].id
            rule = (col(Coordinator.department_id) == department_id) & (col(Coordinator.name) == person)
            _switch_off(session, Coordinator, rule)
        elif change.action is not Action.UNCHANGED:
            department = departments.setdefault(name, Department(name=name))
            _fill(department, change, only=("office_phone", "industries"))
            session.add(department)
            session.flush()
            if person:
                _fill_coordinator(session, department, person, change)


def _fill_coordinator(session: Session, department: Department, name: str, change: Change) -> None:
    assert department.id is not None  # noqa: S101 - flushed by the caller
    statement = select(Coordinator).where(
        col(Coordinator.department_id) == department.id, col(Coordinator.name) == name
    )
    row = session.scalars(statement).first() or Coordinator(department_id=department.id, name=name)
    _fill(row, change, only=("phone", "expertise"))
    session.add(row)


def _fill(
    row: Area | Officer | Department | Coordinator,
    change: Change,
    *,
    only: tuple[str, ...] = (),
    besides: tuple[str, ...] = (),
) -> None:
    row.is_active = True
    for name, (_, value) in change.fields.items():
        if name not in besides and (not only or name in only):
            setattr(row, name, value)


def _switch_off(
    session: Session, model: type[Area] | type[Officer] | type[Coordinator], rule: ColumnElement[bool]
) -> None:
    session.execute(update(model).where(rule).values(is_active=False))


APPLY: Mapping[str, Callable[[Session, Plan], None]] = MappingProxyType(
    {"areas": apply_areas, "officers": apply_officers, "departments": apply_departments}
)
