"""Reading a TOML table key by key while collecting every fault, so that all are reported at once."""

from collections.abc import Mapping
from datetime import time
from typing import Any, TypeVar

T = TypeVar("T")


class Table:
    """One table of a profile. Getters never raise: they note a fault and give a harmless value."""

    def __init__(self, data: Mapping[str, Any], where: str, faults: list[str]) -> None:
        self._data = data
        self._where = where
        self._faults = faults
        self._seen: set[str] = set()

    def fault(self, key: str, message: str) -> None:
        """Note what is wrong with a key."""
        self._faults.append(f"{self._path(key)}：{message}")

    def text(self, key: str, *, default: str | None = None) -> str:
        """A non-empty string; a missing one is a fault unless there is a default."""
        value = self._get(key, str, default, "应是文字")
        if value is None:
            return ""
        if not value.strip() and default is None:
            self.fault(key, "不能为空")
        return value

    def number(self, key: str, *, minimum: int, maximum: int) -> int:
        """A whole number within bounds."""
        value = self._get(key, int, None, "应是整数")
        if value is None:
            return minimum
        if not minimum <= value <= maximum:
            self.fault(key, f"应在 {minimum} 到 {maximum} 之间，现在是 {value}")
        return value

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """true or false."""
        return bool(self._get(key, bool, default, "应是 true 或 false"))

    def clock_time(self, key: str) -> time:
        """A time of day, written 09:00:00 without quotes."""
        return self._get(key, time, None, "应是时刻，如 09:00:00（不加引号）") or time(0)

    def texts(self, key: str, *, default: list[str] | None = None) -> tuple[str, ...]:
        """A list of different non-empty strings."""
        value = self._get(key, list, default, "应是文字列表")
        if value is None:
            return ()
        if not all(isinstance(item, str) and item.strip() for item in value):
            self.fault(key, "应是文字列表")
            return ()
        if len(set(value)) != len(value):
            self.fault(key, "有重复")
        return tuple(value)

    def words(self, key: str, *, default: dict[str, str] | None = None) -> dict[str, str]:
        """A table of text to text whose keys are not ours to name, in its order."""
        value = self._get(key, dict, default, "应是表，左右都是文字")
        if value is None:
            return {}
        if not all(isinstance(word, str) and word.strip() and name.strip() for name, word in value.items()):
            self.fault(key, "左右都应是文字，不能为空")
            return {}
        return value

    def table(self, key: str) -> "Table":
        """A sub-table. Where it is missing, that is one fault, not one more for each of its lines."""
        value = self._get(key, dict, None, "应是表")
        return Table(value or {}, self._path(key), self._faults if value is not None else [])

    def optional_table(self, key: str) -> "Table | None":
        """A sub-table that may be absent."""
        return self.table(key) if key in self._data else None

    def tables(self, key: str) -> list["Table"]:
        """An array of tables; an absent or empty one is a fault."""
        value = self._get(key, list, None, "应是表的列表")
        if value is not None and not (value and all(isinstance(item, dict) for item in value)):
            self.fault(key, "应是表的列表，至少一项")
            return []
        return [Table(item, f"{self._path(key)}[{n}]", self._faults) for n, item in enumerate(value or [], 1)]

    def optional_tables(self, key: str) -> list["Table"]:
        """An array of tables that may be absent."""
        return self.tables(key) if key in self._data else []

    def finish(self) -> None:
        """Note every key that nobody asked for: a misspelt rule must not be silently ignored."""
        for key in self._data:
            if key not in self._seen:
                self.fault(key, "没有这一项，请检查拼写")

    def _get(self, key: str, kind: type[T], default: T | None, message: str) -> T | None:
        self._seen.add(key)
        if key not in self._data:
            if default is None:
                self.fault(key, "缺少这一项")
            return default
        value = self._data[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.fault(key, message)
            return default
        return value

    def _path(self, key: str) -> str:
        return f"{self._where}.{key}" if self._where else key
