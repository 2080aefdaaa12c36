"""Which layer of a district's routing an enterprise falls under (A8); pure, first layer that names people wins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.districts.rules import RoutingBy, RoutingLayer


@dataclass(frozen=True)
class EnterpriseFacts:
    """What the layers read of an enterprise; empty text where nothing is known."""

    kind: str
    industry: str = ""
    key_service: str = ""
    promotion_department: str = ""
    building: str = ""
    area_code: str = ""
    grid: str = ""


@dataclass(frozen=True)
class OfficerFacts:
    """What the layers read of an officer; `load` is how many enterprises he serves already."""

    id: int
    staff_no: str
    name: str
    unit: str = ""
    area_code: str = ""
    grid: str = ""
    load: int = 0


@dataclass(frozen=True)
class Routed:
    """Who serves the enterprise, by which layer; `unit` is the body the layer named, for people to read."""

    officer_id: int
    layer: str
    unit: str


def route(
    layers: Sequence[RoutingLayer], enterprise: EnterpriseFacts, officers: Iterable[OfficerFacts]
) -> Routed | None:
    """The first layer that names somebody of the roster; None where no layer does: a person decides.

    A layer that names a unit takes its officer with the fewest enterprises (then the lowest staff number). A
    layer that names nobody on the roster is passed over.
    """
    people = list(officers)
    for layer in layers:
        unit = named_by(layer, enterprise)
        found = _of_area(enterprise, people) if layer.by is RoutingBy.AREA else _of_unit(unit, people)
        if found is not None:
            return Routed(found.id, layer.name, unit or found.unit)
    return None


def named_by(layer: RoutingLayer, enterprise: EnterpriseFacts) -> str:
    """The person, unit or place that a layer names for this enterprise; empty if it names none."""
    match layer.by:
        case RoutingBy.KEY_SERVICE:
            return enterprise.key_service.strip()
        case RoutingBy.PROMOTION:
            return enterprise.promotion_department.strip()
        case RoutingBy.BUILDING:
            return enterprise.building.strip()
        case RoutingBy.INDUSTRY:
            return _from_table(layer, enterprise.industry.strip())
        case RoutingBy.KIND:
            return _from_table(layer, enterprise.kind.strip())
        case RoutingBy.AREA:
            return ""


def _from_table(layer: RoutingLayer, value: str) -> str:
    """Exact first; else the longest entry that the value contains (`食品制造业` → `制造业`)."""
    if not value:
        return ""
    entries = {entry: line.unit for line in layer.table for entry in line.values}
    if value in entries:
        return entries[value]
    contained = [entry for entry in entries if entry in value]
    return entries[max(contained, key=len)] if contained else ""


def _of_unit(name: str, people: Sequence[OfficerFacts]) -> OfficerFacts | None:
    """The officer so named or numbered, else the least busy of the unit or building of this name."""
    if not name:
        return None
    persons = [person for person in people if name in (person.staff_no, person.name)]
    if len(persons) == 1:
        return persons[0]
    members = [person for person in people if name in (person.unit, person.grid)]
    return min(members, key=lambda person: (person.load, person.staff_no), default=None)


def _of_area(enterprise: EnterpriseFacts, people: Sequence[OfficerFacts]) -> OfficerFacts | None:
    """The one officer of the grid, else of the area; where several share it, a person decides."""
    if not enterprise.area_code:
        return None
    area = [person for person in people if person.area_code == enterprise.area_code]
    grid = [person for person in area if person.grid and person.grid == enterprise.grid]
    for members in (grid, area):
        if len(members) == 1:
            return members[0]
    return None
