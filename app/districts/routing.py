"""Which layer of a district's routing an enterprise falls under (A8); pure, first layer that names people wins."""

from collections import defaultdict
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


class Router:
    """A district's layers over one roster; keeps count of how many each officer serves."""

    def __init__(self, layers: Sequence[RoutingLayer], officers: Iterable[OfficerFacts]) -> None:
        self._layers = layers
        self._loads: dict[int, int] = {}
        self._persons: dict[str, list[OfficerFacts]] = defaultdict(list)
        self._members: dict[str, list[OfficerFacts]] = defaultdict(list)
        self._places: dict[tuple[str, str], list[OfficerFacts]] = defaultdict(list)
        for person in officers:
            self._loads[person.id] = person.load
            for name in {person.staff_no, person.name}:
                self._persons[name].append(person)
            for name in {person.unit, person.grid} - {""}:
                self._members[name].append(person)
            for grid in {"", person.grid}:
                self._places[person.area_code, grid].append(person)

    def choose(self, enterprise: EnterpriseFacts, *, held_by: int | None = None) -> Routed | None:
        """The first layer that names somebody of the roster; None where no layer does: a person decides.

        A layer that names a unit takes its officer with the fewest enterprises (then the lowest staff number),
        but leaves the enterprise with `held_by` where that is one of the unit. A layer that names nobody on the
        roster is passed over.
        """
        for layer in self._layers:
            unit = named_by(layer, enterprise)
            found = self._of_area(enterprise) if layer.by is RoutingBy.AREA else self._of_unit(unit, held_by)
            if found is not None:
                return Routed(found.id, layer.name, unit or found.unit)
        return None

    def moved(self, officer_id: int | None, by: int) -> None:
        """One enterprise more (1) or fewer (-1) for this officer."""
        if officer_id in self._loads:
            self._loads[officer_id] += by

    def _of_unit(self, name: str, held_by: int | None) -> OfficerFacts | None:
        """The officer so named or numbered, else the least busy of the unit or building of this name."""
        if not name:
            return None
        persons = self._persons.get(name, [])
        if len(persons) == 1:
            return persons[0]
        members = self._members.get(name, [])
        for person in members:
            if person.id == held_by:
                return person
        return min(members, key=lambda person: (self._loads[person.id], person.staff_no), default=None)

    def _of_area(self, enterprise: EnterpriseFacts) -> OfficerFacts | None:
        """The one officer of the grid, else of the area; where several share it, a person decides."""
        if not enterprise.area_code:
            return None
        for grid in (enterprise.grid, "") if enterprise.grid else ("",):
            members = self._places.get((enterprise.area_code, grid), [])
            if len(members) == 1:
                return members[0]
        return None


def route(
    layers: Sequence[RoutingLayer], enterprise: EnterpriseFacts, officers: Iterable[OfficerFacts]
) -> Routed | None:
    """One enterprise over one roster, see `Router.choose`."""
    return Router(layers, officers).choose(enterprise)


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
