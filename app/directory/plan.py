"""What a roster file would change: a comparison of values, no database."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

NOTHING: Mapping[str, tuple[str | None, str | None]] = MappingProxyType({})


class Action(StrEnum):
    """What happens to one line of the directory."""

    ADDED = "added"
    CHANGED = "changed"
    MOVED = "moved"
    DEREGISTERED = "deregistered"
    REACTIVATED = "reactivated"
    UNCHANGED = "unchanged"


NAMES: Mapping[Action, str] = {
    Action.ADDED: "新增",
    Action.CHANGED: "变更",
    Action.MOVED: "迁移（片区或网格变了）",
    Action.DEREGISTERED: "注销或不再列入",
    Action.REACTIVATED: "恢复",
    Action.UNCHANGED: "不变",
}
# Only enterprises move; nobody deregisters an area.
_OTHERS: dict[Action, str] = {action: name for action, name in NAMES.items() if action is not Action.MOVED}
NAMES_BY_ROSTER: Mapping[str, Mapping[Action, str]] = MappingProxyType(
    {
        "enterprises": NAMES,
        "officers": _OTHERS | {Action.DEREGISTERED: "离岗或不再列入", Action.REACTIVATED: "返岗"},
        "departments": _OTHERS | {Action.DEREGISTERED: "停用或不再列入"},
        "areas": _OTHERS | {Action.DEREGISTERED: "停用或不再列入"},
    }
)


class Fresh(Mapping[str, tuple[str | None, str | None]]):
    """The fields of something new: each was nothing and becomes its value."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str | None]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> tuple[str | None, str | None]:
        return None, self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One usable row: the key and label of what it is about, and the filled-in values."""

    line: int
    key: str
    label: str
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Change:
    """One planned change; `fields` maps a field to what it was and what it becomes.

    `mentions` are the fields that the row fills in, the same as before or not.
    """

    action: Action
    key: str
    label: str
    line: int = 0
    fields: Mapping[str, tuple[str | None, str | None]] = field(default_factory=lambda: NOTHING)
    mentions: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rejected:
    """A row that is not taken, as it came, and why."""

    line: int
    cells: Mapping[str, str]
    reason: str


@dataclass(frozen=True)
class Plan:
    """The whole comparison. `existing_count` is how many are active now."""

    changes: tuple[Change, ...]
    rejected: tuple[Rejected, ...]
    existing_count: int = 0
    ignored_headers: tuple[str, ...] = ()

    def of(self, action: Action) -> list[Change]:
        """The changes of one kind."""
        return [change for change in self.changes if change.action is action]

    def changing(self) -> Iterator[Change]:
        """Everything but the unchanged."""
        return (change for change in self.changes if change.action is not Action.UNCHANGED)

    def counts(self) -> dict[str, int]:
        """How many of each kind, rejected rows included."""
        found = Counter(change.action for change in self.changes)
        return {action.value: found[action] for action in Action} | {"rejected": len(self.rejected)}

    def deregisters_too_many(self, share: float = 0.05) -> bool:
        """Whether more of the directory would go than an ordinary month explains (contract: 5 %)."""
        return len(self.of(Action.DEREGISTERED)) > share * max(self.existing_count, 1)


def compare(
    wanted: Iterable[Wanted],
    existing: Mapping[str, Mapping[str, str | None]],
    *,
    place_fields: frozenset[str] = frozenset(),
    is_gone: Mapping[str, frozenset[str]] | None = None,
) -> Iterator[Change]:
    """Changes in file order.

    A change of a `place_fields` field is a move. `is_gone` names per field the values that mean deregistered.
    """
    for row in wanted:
        current = existing.get(row.key)
        if current is None:
            fields = Fresh(row.values)
            yield Change(Action.ADDED, row.key, row.label, row.line, fields, _mentions(row.values))
        else:
            yield _one(row, current, place_fields, is_gone or {})


def _one(
    row: Wanted,
    current: Mapping[str, str | None],
    place_fields: frozenset[str],
    is_gone: Mapping[str, frozenset[str]],
) -> Change:
    differing = {
        name: (current.get(name), value)
        for name, value in row.values.items()
        if (current.get(name) or "") != (value or "")
    }
    if not differing:
        return Change(Action.UNCHANGED, row.key, row.label, row.line)
    action = Action.MOVED if place_fields & differing.keys() else Action.CHANGED
    for name, values in is_gone.items():
        was, becomes = differing.get(name, (None, None))
        if was in values and becomes not in values and becomes:
            action = Action.REACTIVATED
        elif becomes in values and was not in values:
            action = Action.DEREGISTERED
    return Change(action, row.key, row.label, row.line, differing, _mentions(row.values))


@lru_cache(maxsize=512)
def _named(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(names)


def _mentions(values: Mapping[str, str | None]) -> frozenset[str]:
    """Shared between rows that fill in the same fields."""
    return _named(tuple(values))
