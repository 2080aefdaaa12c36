"""A map of tiles whose areas are in proportion to numbers, for reading at a glance. Pure.

The table beside it says the same in figures; nobody needs the picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 960, 300
ROOM_FOR_NAME, ROOM_FOR_COUNT = 34, 40
CHARACTER = 15


@dataclass(frozen=True)
class Tile:
    """One rectangle in units of the drawing. `tone` is full, some or many by how much is missing."""

    key: str
    name: str
    count: int
    missing: int
    x: float
    y: float
    width: float
    height: float

    @property
    def tone(self) -> str:
        """full: nothing missing; some; many: more than one in ten."""
        if not self.missing:
            return "full"
        return "many" if self.missing * 10 > self.count else "some"

    @property
    def label(self) -> str:
        """The name, as much of it as fits, or nothing."""
        if self.height < ROOM_FOR_NAME or self.width < CHARACTER * 3:
            return ""
        fitting = int((self.width - 12) / CHARACTER)
        return self.name if len(self.name) <= fitting else f"{self.name[: fitting - 1]}…"

    @property
    def has_room_for_count(self) -> bool:
        """Whether a second line fits."""
        return self.height > ROOM_FOR_NAME + ROOM_FOR_COUNT / 2 and bool(self.label)


def treemap(items: Sequence[tuple[str, str, int, int]]) -> list[Tile]:
    """Tiles of (key, name, count, missing), largest first, split in halves of like weight."""
    ordered = sorted(items, key=lambda item: (-item[2], item[0]))
    return _split(ordered, 0.0, 0.0, float(WIDTH), float(HEIGHT))


def _split(
    items: Sequence[tuple[str, str, int, int]], x: float, y: float, width: float, height: float
) -> list[Tile]:
    if not items:
        return []
    if len(items) == 1:
        key, name, count, missing = items[0]
        return [Tile(key, name, count, missing, round(x, 1), round(y, 1), round(width, 1), round(height, 1))]
    at = _halfway([item[2] for item in items])
    share = sum(item[2] for item in items[:at]) / sum(item[2] for item in items)
    if width >= height:
        left = width * share
        return _split(items[:at], x, y, left, height) + _split(items[at:], x + left, y, width - left, height)
    upper = height * share
    return _split(items[:at], x, y, width, upper) + _split(items[at:], x, y + upper, width, height - upper)


def _halfway(weights: Sequence[int]) -> int:
    """Where to cut so that both parts weigh about the same; neither is empty."""
    total, so_far = sum(weights), 0
    for at, weight in enumerate(weights[:-1], start=1):
        so_far += weight
        if so_far * 2 >= total:
            return at
    return len(weights) - 1
