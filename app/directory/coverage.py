"""Who has an officer and who has not (A1, A3), whose area is unknown or doubtful (A2), who has too many."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from app.directory.models import Area, Assignment, Department, Enterprise
from app.directory.placing import officers_on_duty
from app.districts.routing import OfficerFacts
from app.districts.rules import Coverage

FIRST_LEVEL = "一级片区"
BUILDING = "楼宇"


@dataclass(frozen=True, slots=True)
class Item:
    """One enterprise that somebody must look at, and why."""

    credit_code: str
    name: str
    area: str
    why: str


@dataclass
class AreaLine:
    """One area: enterprises in the base, and how many of them have an officer."""

    code: str
    name: str
    total: int = 0
    assigned: int = 0
    officers: int = 0


@dataclass
class CoverageReport:
    """The whole picture. `excluded`: not in the base, by status; `several_officers`: those of the unassigned whose
    place several officers share; `two_areas`: the address speaks of another area; `crowded`: officers with too many;
    `leaderless`: no district leader stands behind them or their area (A9), where the district asks for one."""

    total: int = 0
    assigned: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    areas: dict[str, AreaLine] = field(default_factory=dict)
    unassigned: list[Item] = field(default_factory=list)
    several_officers: list[Item] = field(default_factory=list)
    two_areas: list[Item] = field(default_factory=list)
    unknown_area: list[Item] = field(default_factory=list)
    leaderless: list[Item] = field(default_factory=list)
    crowded: list[tuple[OfficerFacts, int]] = field(default_factory=list)
    missing_areas: list[str] = field(default_factory=list)
    missing_departments: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Assigned of the base, 1.0 for an empty one."""
        return self.assigned / self.total if self.total else 1.0


def coverage_report(session: Session, rule: Coverage, *, asks_leader: bool = False) -> CoverageReport:
    """The report over the district's base (`rule.statuses`); an officer who left does not count.

    `asks_leader`: enterprises without a district leader are listed too.
    """
    officers = officers_on_duty(session)
    areas = {row.code: row for row in session.exec(select(Area).where(col(Area.is_active)))}
    report = CoverageReport(areas={code: AreaLine(code, row.name) for code, row in areas.items()})
    _count_officers(report, officers)
    on_duty = {person.id for person in officers}
    places = _Places(areas, officers)
    for row in _enterprises(session):
        if row[4] not in rule.statuses:
            report.excluded[row[4]] += 1
            continue
        _add(report, row, row[7] in on_duty, places)
        if asks_leader and not row[8] and not places.has_leader(row[2] or ""):
            area = report.areas.get(row[2] or "")
            report.leaderless.append(
                Item(row[0], row[1], area.name if area else "", "企业和片区都没有区领导")
            )
    report.crowded = sorted(
        ((person, person.load) for person in officers if person.load > rule.most_per_officer),
        key=lambda pair: -pair[1],
    )
    names = {area.name for area in areas.values()}
    report.missing_areas = [name for name in rule.areas if name not in names]
    held = set(session.exec(select(Department.name).where(col(Department.is_active))))
    report.missing_departments = [name for name in rule.departments if not _has(name, held)]
    return report


def _has(name: str, held: set[str]) -> bool:
    """`财政局` is there as `区财政局`, too."""
    return any(other.endswith(name) for other in held)


def _count_officers(report: CoverageReport, officers: Sequence[OfficerFacts]) -> None:
    for person in officers:
        if person.area_code in report.areas:
            report.areas[person.area_code].officers += 1


Row = tuple[str, str, str | None, str, str, str, str, int | None, str]


def _enterprises(session: Session) -> Iterator[Row]:
    statement = (
        sa_select(
            col(Enterprise.credit_code),
            col(Enterprise.name),
            col(Enterprise.area_code),
            col(Enterprise.grid),
            col(Enterprise.status),
            col(Enterprise.address),
            col(Enterprise.building),
            col(Assignment.officer_id),
            col(Enterprise.leader),
        )
        .outerjoin(
            Assignment,
            (col(Assignment.enterprise_id) == col(Enterprise.id)) & col(Assignment.until).is_(None),
        )
        .order_by(col(Enterprise.id))
        .execution_options(yield_per=2000)
    )
    for row in session.connection().execute(statement):
        yield cast(Row, tuple(row))


class _Places:
    """What the tree of areas says of an address: first-level areas named in it, officers who share a place."""

    def __init__(self, areas: Mapping[str, Area], officers: Sequence[OfficerFacts]) -> None:
        self._areas = areas
        self._first = {row.name: row.code for row in areas.values() if row.kind == FIRST_LEVEL}
        self._buildings = {row.name: row.code for row in areas.values() if row.kind == BUILDING}
        self._people: Counter[tuple[str, str]] = Counter()
        for person in officers:
            for grid in {person.grid, ""}:
                self._people[person.area_code, grid] += 1

    def top(self, code: str) -> str:
        """The code at the top of an area's branch."""
        branch = self._branch(code)
        return branch[-1].code if branch else code

    def has_leader(self, code: str) -> bool:
        """Whether a district leader stands behind the area or one above it (包保, A9)."""
        return any(area.district_leader for area in self._branch(code))

    def _branch(self, code: str | None) -> list[Area]:
        """The area and those above it, nearest first."""
        found: dict[str, Area] = {}
        while code and code in self._areas and code not in found:
            found[code] = self._areas[code]
            code = found[code].parent_code
        return list(found.values())

    def others(self, code: str, address: str, building: str) -> list[str]:
        """Names of areas that the address or building speaks of and that are not where the enterprise is listed."""
        listed = self.top(code)
        named = [name for name, found in self._first.items() if name in address and found != listed]
        home = self._buildings.get(building)
        if home is not None and self.top(home) != listed:
            named.append(building)
        return named

    def candidates(self, code: str, grid: str) -> int:
        """How many officers share the grid, else the area."""
        return (self._people[code, grid] if grid else 0) or self._people[code, ""]


def _add(report: CoverageReport, row: Row, is_served: bool, places: _Places) -> None:
    code, name, area_code, grid, _, address, building, _, _ = row
    area = report.areas.get(area_code or "")
    report.total += 1
    report.assigned += is_served
    if area is None:
        report.unknown_area.append(Item(code, name, area_code or "", "没有片区，或片区已停用"))
    else:
        area.total += 1
        area.assigned += is_served
        others = places.others(area.code, address, building)
        if others:
            report.two_areas.append(Item(code, name, area.name, f"地址或楼宇又指向{'、'.join(others)}"))
    if is_served:
        return
    label = area.name if area else ""
    shared = places.candidates(area.code, grid) if area else 0
    item = Item(code, name, label, "没有规则指到在岗的人")
    if shared > 1:
        item = Item(code, name, label, f"有 {shared} 位服务人员，要由人指定")
        report.several_officers.append(item)
    report.unassigned.append(item)


def by_area_rows(report: CoverageReport) -> list[AreaLine]:
    """Areas with enterprises or officers, worst first."""
    rows = [line for line in report.areas.values() if line.total or line.officers]
    return sorted(rows, key=lambda line: (line.assigned / line.total if line.total else 1.0, line.code))
