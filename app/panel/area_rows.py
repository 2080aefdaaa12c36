"""The tree of areas with how many enterprises each has and how many of them nobody serves (A1, A2)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from app.directory.models import Area, Enterprise, Officer
from app.panel.conditions import Today
from app.panel.enterprise_rows import is_unserved
from app.panel.treemap import Tile, treemap

INDENT = "\u3000"
NO_AREA = ""


@dataclass
class AreaNode:
    """An area; the counts include what lies below it. `depth` is 0 at the top of what the reader may see."""

    area: Area
    depth: int
    total: int = 0
    unserved: int = 0
    officers: int = 0
    children: list["AreaNode"] = field(default_factory=list)

    @property
    def share(self) -> float | None:
        """Served in percent; None where there is nobody to serve."""
        return round(100 * (self.total - self.unserved) / self.total, 1) if self.total else None


@dataclass(frozen=True)
class Counts:
    """Enterprises in the base, those of them whom nobody serves, and officers, by area code."""

    total: Mapping[str, int]
    unserved: Mapping[str, int]
    officers: Mapping[str, int]


def choices(session: Session, codes: frozenset[str] | None) -> list[tuple[str, str]]:
    """Areas (code, indented name) to choose from: the whole tree, or what a confined user may see."""
    return [(node.area.code, INDENT * node.depth + node.area.name) for node in walk(_forest(session, codes))]


def tree(session: Session, today: Today, codes: frozenset[str] | None) -> list[AreaNode]:
    """The areas at the top, each with its branch; enterprises of a status that the profile counts as covered by duty
    (`profile.coverage`)."""
    top = _forest(session, codes)
    statuses = today.rules.profile.coverage.statuses
    counts = today.counts.of(
        ("areas", codes), today.now, lambda: counts_by_area(session, statuses, codes), size=_enterprises
    )
    for node in top:
        _add_up(node, counts)
    return top


def walk(nodes: Sequence[AreaNode]) -> Iterator[AreaNode]:
    """Every node, parents before their parts."""
    for node in nodes:
        yield node
        yield from walk(node.children)


def tiles(top: Sequence[AreaNode]) -> list[Tile]:
    """The areas at the top as a drawn map: as large as their number of enterprises."""
    filled = [node for node in top if node.total]
    return treemap([(node.area.code, node.area.name, node.total, node.unserved) for node in filled])


def counts_by_area(session: Session, statuses: Collection[str], codes: frozenset[str] | None) -> Counts:
    """Three counts in three statements, each along an index alone: statuses are told apart here, because a condition
    on them would lead away from it. Within `codes`; None: everywhere."""
    place, status = col(Enterprise.area_code), col(Enterprise.status)
    base = select(place, status, func.count()).group_by(place, status)
    if codes is not None:
        base = base.where(place.in_(codes))
    officers = (
        select(col(Officer.area_code), func.count())
        .where(col(Officer.is_active))
        .group_by(col(Officer.area_code))
    )
    unserved = base.where(is_unserved())
    return Counts(
        _in_base(session, base, statuses),
        _in_base(session, unserved, statuses),
        {code or NO_AREA: count for code, count in session.execute(officers).all()},
    )


def _enterprises(counts: Counts) -> int:
    return sum(counts.total.values())


def _in_base(
    session: Session, statement: Select[*tuple[Any, ...]], statuses: Collection[str]
) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for code, status, count in session.execute(statement).all():
        counts[code or NO_AREA] += count if status in statuses else 0
    return counts


def _forest(session: Session, codes: frozenset[str] | None) -> list[AreaNode]:
    """Active areas as a tree; one whose parent is missing or not to be seen stands at the top."""
    rows = session.scalars(select(Area).where(col(Area.is_active)).order_by(col(Area.code))).all()
    seen = {row.code: row for row in rows if codes is None or row.code in codes}
    parts: dict[str, list[Area]] = defaultdict(list)
    for row in seen.values():
        parts[row.parent_code if row.parent_code in seen else ""].append(row)
    return [_branch(row, 0, parts) for row in parts[""]]


def _branch(area: Area, depth: int, parts: Mapping[str, list[Area]]) -> AreaNode:
    below = parts.get(area.code, [])
    return AreaNode(area, depth, children=[_branch(row, depth + 1, parts) for row in below])


def _add_up(node: AreaNode, counts: Counts) -> None:
    code = node.area.code
    node.total, node.unserved = counts.total.get(code, 0), counts.unserved.get(code, 0)
    node.officers = counts.officers.get(code, 0)
    for child in node.children:
        _add_up(child, counts)
        node.total += child.total
        node.unserved += child.unserved
        node.officers += child.officers
