"""Common problems and sudden ones (E2): what is asked for in a period against the four before it."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlmodel import Session, col

from app.reports.period import Period
from app.tickets.models import Ticket

EARLIER = 4
FEWEST = 3
UNKNOWN = "没有归类"
KINDS = {"category": "类别", "near": "相近的手册条目"}


@dataclass(frozen=True)
class Topic:
    """One topic: tickets in the period, the mean of the periods before, and from how many enterprises it came."""

    name: str
    count: int
    mean: float
    enterprises: int
    has_past: bool

    @property
    def is_spike(self) -> bool:
        """At least three, twice the mean, and further from it than chance explains (three square roots).

        Never in the first period of an installation: there is nothing to compare with.
        """
        return (
            self.has_past
            and self.name != UNKNOWN
            and self.count >= FEWEST
            and self.count >= 2 * self.mean
            and self.count >= self.mean + 3 * math.sqrt(self.mean)
        )


def topics(
    session: Session, period: Period, now: datetime, kind: str, scope: ColumnElement[bool] | None = None
) -> list[Topic]:
    """Topics with tickets in the period, the most frequent first, what has no topic last; `kind` is a key of KINDS."""
    now_counts: Counter[str] = Counter()
    before_counts: Counter[str] = Counter()
    askers: dict[str, set[int]] = {}
    earliest = period.before(EARLIER).starts_at
    statement = select(
        col(Ticket.opened_at), col(Ticket.category), col(Ticket.near), col(Ticket.enterprise_id)
    ).where(col(Ticket.opened_at) >= earliest, col(Ticket.opened_at) < period.cutoff(now))
    if scope is not None:
        statement = statement.where(scope)
    for opened_at, category, near, enterprise_id in session.execute(statement).all():
        name = topic_of(kind, category, near)
        if opened_at < period.starts_at:
            before_counts[name] += 1
            continue
        now_counts[name] += 1
        if enterprise_id is not None:
            askers.setdefault(name, set()).add(enterprise_id)
    found = [
        Topic(name, count, before_counts[name] / EARLIER, len(askers.get(name, ())), bool(before_counts))
        for name, count in now_counts.items()
    ]
    return sorted(found, key=lambda topic: (topic.name == UNKNOWN, -topic.count, topic.name))


def numbers_of(
    session: Session,
    period: Period,
    now: datetime,
    kind: str,
    name: str,
    scope: ColumnElement[bool] | None = None,
) -> list[str]:
    """The tickets behind one topic, newest first."""
    during = and_(col(Ticket.opened_at) >= period.starts_at, col(Ticket.opened_at) < period.cutoff(now))
    statement = select(col(Ticket.number), col(Ticket.category), col(Ticket.near)).where(during)
    if scope is not None:
        statement = statement.where(scope)
    rows = session.execute(statement.order_by(col(Ticket.id).desc())).all()
    return [number for number, category, near in rows if topic_of(kind, category, near) == name]


def topic_of(kind: str, category: str, near: list[str] | None) -> str:
    """What a ticket is about: its category, or the handbook's nearest entry when it came. Pure."""
    if kind == "category":
        return category or UNKNOWN
    return near[0] if near else UNKNOWN
