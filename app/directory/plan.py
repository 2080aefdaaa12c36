"""What a roster file would change: a comparison of values, no database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Action(StrEnum):
    """What happens to one line of the directory."""

    ADDED = "added"
    CHANGED = "changed"
    MOVED = "moved"
    DEREGISTERED = "deregistered"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Wanted:
    """One usable row: the key and label of what it is about, and the filled-in values."""

    line: int
    key: str
    label: str
    values: Mapping[str, str | None]


@dataclass(frozen=True)
class Change:
    """One planned change; `fields` maps a field to what it was and what it becomes."""

    action: Action
    key: str
    label: str
    line: int = 0
    fields: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)


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

    def counts(self) -> dict[str, int]:
        """How many of each kind, rejected rows included."""
        return {action.value: len(self.of(action)) for action in Action} | {"rejected": len(self.rejected)}

    def deregisters_too_many(self, share: float = 0.05) -> bool:
        """Whether more of the directory would go than an ordinary month explains (contract: 5 %)."""
        return len(self.of(Action.DEREGISTERED)) > share * max(self.existing_count, 1)


def compare(
    wanted: Iterable[Wanted],
    existing: Mapping[str, Mapping[str, str | None]],
    *,
    place_fields: frozenset[str] = frozenset(),
    is_gone: Mapping[str, frozenset[str]] | None = None,
    absent_keys: Mapping[str, str] | None = None,
) -> list[Change]:
    """Changes in file order, then those that are no longer listed (`absent_keys`: key → label).

    A change of a `place_fields` field is a move. `is_gone` names per field the values that mean deregistered.
    """
    changes = [_one(row, existing.get(row.key), place_fields, is_gone or {}) for row in wanted]
    gone = (absent_keys or {}).items()
    return changes + [Change(Action.DEREGISTERED, key, label) for key, label in gone]


def _one(
    row: Wanted,
    current: Mapping[str, str | None] | None,
    place_fields: frozenset[str],
    is_gone: Mapping[str, frozenset[str]],
) -> Change:
    if current is None:
        fields: dict[str, tuple[str | None, str | None]] = {
            name: (None, value) for name, value in row.values.items()
        }
        return Change(Action.ADDED, row.key, row.label, row.line, fields)
    differing = {
        name: (current.get(name), value)
        for name, value in row.values.items()
        if (current.get(name) or "") != (value or "")
    }
    if not differing:
        return Change(Action.UNCHANGED, row.key, row.label, row.line)
    if any(name in differing and differing[name][1] in values for name, values in is_gone.items()):
        action = Action.DEREGISTERED
    else:
        action = Action.MOVED if place_fields & differing.keys() else Action.CHANGED
    return Change(action, row.key, row.label, row.line, differing)
