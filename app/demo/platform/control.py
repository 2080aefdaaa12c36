"""The control plane `/__control__/…` for a stand-in that runs in another process than the test."""

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from app.clock import Clock
from app.demo.platform.callbacks import Sent
from app.demo.platform.calls import ApiCall
from app.demo.platform.errcodes import ApiError
from app.demo.platform.faults import FaultQueue, fault_from
from app.demo.platform.phone import Phone
from app.demo.platform.record import Record
from app.demo.platform.world import Account, Person, Policy, Template, World

PREFIX = "/__control__/"


class Controlled(Protocol):
    """What the control plane needs of a stand-in."""

    clock: Clock
    account: Account
    world: World
    faults: FaultQueue

    @property
    def policy(self) -> Policy:
        """How it behaves."""
        ...

    @property
    def record(self) -> Record:
        """What happened."""
        ...

    def reset(self) -> None:
        """Forget everything but the account."""
        ...

    def user(self, openid: str) -> Phone:
        """A person's phone."""
        ...


class Control:
    """Answers JSON; a mistake in a request is answered with `{"error": …}`."""

    def __init__(self, platform: Controlled) -> None:
        self._platform = platform
        self._actions: dict[str, Callable[[ApiCall], Any]] = {
            "reset": self._reset,
            "clock": self._clock,
            "app": self._app,
            "user": self._user,
            "template": self._template,
            "fault": self._fault,
            "policy": self._policy,
            "act": self._act,
            "inbox": self._inbox,
            "record": self._record,
            "lints": self._lints,
            "counters": self._counters,
        }

    def __call__(self, call: ApiCall) -> dict[str, Any]:
        """One call of the control plane."""
        action = self._actions.get(call.path.removeprefix(PREFIX))
        if action is None:
            return {"error": "unknown control"}
        try:
            result = action(call)
        except (ApiError, ValueError, TypeError, LookupError) as error:
            return {"error": f"{type(error).__name__}: {error}"}
        return {"ok": True} if result is None else {"result": result}

    def _reset(self, _call: ApiCall) -> None:
        self._platform.reset()

    def _clock(self, call: ApiCall) -> str:
        """`{"set": iso}` or `{"advance": seconds}`."""
        request, clock = call.json(), self._platform.clock
        if "set" in request:
            clock.advance(datetime.fromisoformat(request["set"]) - clock.now())
        if "advance" in request:
            clock.advance(timedelta(seconds=float(request["advance"])))
        return clock.now().isoformat()

    def _app(self, call: ApiCall) -> None:
        _patch(self._platform.account, call.json())

    def _policy(self, call: ApiCall) -> None:
        _patch(self._platform.policy, call.json())

    def _user(self, call: ApiCall) -> None:
        """`{"openid": …}` plus any field of a person."""
        request = call.json()
        person = self._platform.user(str(request.pop("openid"))).person
        _patch(person, request)

    def _template(self, call: ApiCall) -> None:
        template = Template(**call.json())
        self._platform.world.templates[template.template_id] = template

    def _fault(self, call: ApiCall) -> None:
        self._platform.faults.add(fault_from(call.json()))

    def _act(self, call: ApiCall) -> dict[str, Any]:
        """`{"openid", "do": "send_text", "with": {…}}`: a person does something."""
        request = call.json()
        name = str(request["do"])
        if name.startswith("_"):
            raise LookupError(name)
        done = getattr(self._platform.user(str(request["openid"])), name)(**(request.get("with") or {}))
        if not isinstance(done, Sent):
            return {"verdict": "nothing"}
        return {"verdict": done.verdict, "text": done.text, "deliveries": len(done.deliveries)}

    def _inbox(self, call: ApiCall) -> list[dict[str, Any]]:
        person: Person = self._platform.world.person(call.query.get("openid"))
        return [{**dataclasses.asdict(entry), "at": entry.at.isoformat()} for entry in person.inbox]

    def _record(self, call: ApiCall) -> dict[str, Any]:
        record, path = self._platform.record, call.query.get("path", "")
        return {
            "calls": [_plain(row) for row in record.calls if not path or row.path == path],
            "deliveries": [_plain(row) for row in record.deliveries],
        }

    def _lints(self, _call: ApiCall) -> list[dict[str, Any]]:
        return [dataclasses.asdict(lint) for lint in self._platform.record.lints]

    def _counters(self, _call: ApiCall) -> dict[str, int]:
        return dict(self._platform.record.counters)


def _patch(target: Any, values: dict[str, Any]) -> None:
    names = {field.name for field in dataclasses.fields(target)}
    for name, value in values.items():
        if name not in names:
            raise ValueError(f"no field {name!r}")
        was = getattr(target, name)
        setattr(target, name, type(was)(value) if isinstance(was, set | tuple) else value)


def _plain(row: Any) -> dict[str, Any]:
    return {
        name: value.decode("utf-8", "replace")
        if isinstance(value, bytes)
        else value.isoformat()
        if isinstance(value, datetime)
        else value
        for name, value in dataclasses.asdict(row).items()
    }
