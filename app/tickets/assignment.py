"""Which officer gets a new ticket: the enterprise's own, the stand-in while away, else the hub's queue. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True)
class OfficerFacts:
    """What the choice needs to know of an officer. `is_reachable`: bound to WeChat."""

    id: int
    is_active: bool
    is_reachable: bool
    stand_in_id: int | None = None
    away_from: date | None = None
    away_until: date | None = None

    def is_away(self, today: date) -> bool:
        """Whether the officer is away on this day; an open end means until further notice."""
        if self.away_from is None or today < self.away_from:
            return False
        return self.away_until is None or today <= self.away_until


class Reason(StrEnum):
    """Why it went where it went, as the timeline says it."""

    OWN_OFFICER = "专属服务人员"
    STAND_IN = "服务人员不在岗，由代理人接办"
    NO_ENTERPRISE = "未绑定企业"
    NO_OFFICER = "企业还没有服务人员"
    ABOUT_OFFICER = "反映的是服务人员本人"
    NOBODY_THERE = "服务人员不在岗且没有代理人"
    UNREACHABLE = "服务人员还没有绑定微信"


@dataclass(frozen=True)
class Choice:
    """`officer_id` None means the hub's queue; `responsible_id` is the officer who stays answerable."""

    officer_id: int | None
    responsible_id: int | None
    reason: Reason


def choose(
    assigned_id: int | None,
    officers: Mapping[int, OfficerFacts],
    *,
    has_enterprise: bool,
    is_about_officer: bool,
    today: date,
) -> Choice:
    """Where a new ticket goes.

    1. A complaint about the own officer never reaches that officer (design §3).
    2. Nobody assigned, or an unknown caller: the hub.
    3. Away or gone: the stand-in, along the chain, but never round in a circle.
    4. An officer whom no chat message can reach stays answerable, while the hub moves the ticket.
    """
    if not has_enterprise:
        return Choice(None, None, Reason.NO_ENTERPRISE)
    if is_about_officer:
        return Choice(None, None, Reason.ABOUT_OFFICER)
    if assigned_id is None:
        return Choice(None, None, Reason.NO_OFFICER)
    present = first_present(assigned_id, officers, today)
    if present is None:
        return Choice(None, None, Reason.NOBODY_THERE)
    if not present.is_reachable:
        return Choice(None, present.id, Reason.UNREACHABLE)
    reason = Reason.OWN_OFFICER if present.id == assigned_id else Reason.STAND_IN
    return Choice(present.id, present.id, reason)


def first_present(
    officer_id: int | None, officers: Mapping[int, OfficerFacts], today: date
) -> OfficerFacts | None:
    """The officer, or the first stand-in along the chain who is active and not away."""
    seen: set[int] = set()
    while officer_id is not None and officer_id in officers and officer_id not in seen:
        seen.add(officer_id)
        officer = officers[officer_id]
        if officer.is_active and not officer.is_away(today):
            return officer
        officer_id = officer.stand_in_id
    return None
