"""Faults that a test orders in advance: each matches some calls and is used up after `times`."""

from dataclasses import dataclass
from typing import Any

from app.demo.platform.calls import ApiCall
from app.demo.platform.errcodes import MESSAGES

ACTIONS = frozenset(
    {
        "errcode",
        "http",
        "empty200",
        "html200",
        "hang",
        "drop",
        "process_then_hang",
        "slow_body",
        "expire_token",
        "rotate_token",
        "quota",
    }
)


@dataclass
class Fault:
    """One rule. `value`: the error code, HTTP status, seconds or quota that the action needs.

    `path` and `openid` narrow it down ("" matches all); `nth` skips the first nth-1 matching calls.
    """

    action: str
    value: float = 0
    path: str = ""
    openid: str = ""
    nth: int = 1
    times: int = 1

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError(f"unknown action {self.action!r}")
        if self.action == "errcode" and int(self.value) not in MESSAGES:
            raise ValueError(f"errcode {self.value:g} is not in the catalogue")

    def matches(self, call: ApiCall) -> bool:
        """Whether this call is one of those it waits for."""
        return (not self.path or self.path == call.path) and (
            not self.openid or self.openid.encode() in call.body
        )


class FaultQueue:
    """Rules in the order they were ordered; the first that matches acts. The caller holds the lock."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Order one."""
        self._rules.append(fault)

    def clear(self) -> None:
        """Cancel all."""
        self._rules.clear()

    def take(self, call: ApiCall) -> Fault | None:
        """The fault that this call meets, if any."""
        for rule in self._rules:
            if not rule.matches(call):
                continue
            if rule.nth > 1:
                rule.nth -= 1
                continue
            rule.times -= 1
            if rule.times <= 0:
                self._rules.remove(rule)
            return rule
        return None


def fault_from(request: dict[str, Any]) -> Fault:
    """A rule from the control plane's JSON; ValueError says what is wrong with it."""
    match = request.get("match") or {}
    return Fault(
        action=str(request.get("action")),
        value=float(request.get("value") or 0),
        path=str(match.get("path") or ""),
        openid=str(match.get("openid") or ""),
        nth=int(match.get("nth") or 1),
        times=int(request.get("times") or 1),
    )
