"""The figures of the first screen: what is late, what is stuck, what is asked most and not answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.clock import local_date
from app.conversations.models import Answer
from app.directory.columns import GONE
from app.directory.models import Enterprise
from app.outbox import service as outbox
from app.outbox.models import OutboxState
from app.panel.conditions import CONDITIONS, Today
from app.panel.enterprise_rows import is_unserved
from app.panel.scope import enterprises_in, tickets_in
from app.panel.trends import in_vain
from app.reports.period import midnight
from app.tickets.lifecycle import LIVE, Status
from app.tickets.models import Ticket
from app.trends.counting import HITS

DAYS = 7
TOP = 8
COUNTED = (
    "late", "today", "dispatch", "live", "unaccepted", "no-officer", "untold", "supervised", "meeting", "outside",
)  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A number with the address of the rows behind it; `tone` bad or warn colours it when it is not zero.

    `key`: the condition of tickets that it counts, where it counts tickets.
    """

    label: str
    count: int
    link: str
    tone: str = ""
    hint: str = ""
    key: str = ""


@dataclass(frozen=True)
class Asked:
    """An entry or a question and how often it came in the last days."""

    text: str
    count: int
    unsolved: int
    link: str


def ticket_counts(session: Session, today: Today, codes: frozenset[str] | None) -> dict[str, int]:
    """How many tickets each of COUNTED has, by one look at those that are not filed away."""
    chosen = [func.count().filter(CONDITIONS[name][1](today)).label(name) for name in COUNTED]
    open_ones = col(Ticket.status).in_([*LIVE, Status.RESOLVED])
    row = session.execute(select(*chosen).select_from(Ticket).where(open_ones, tickets_in(codes))).one()
    return dict(zip(COUNTED, row, strict=True))


def ticket_figures(counts: Mapping[str, int], *, queue: str = "") -> list[Figure]:
    """Late, due today, waiting for dispatch and in hand; `queue` is the hub's page for those who may open it."""
    return [
        _of_tickets(counts, "late", tone="bad"),
        _of_tickets(counts, "today", tone="warn"),
        _of_tickets(counts, "dispatch", tone="warn", link=queue),
        _of_tickets(counts, "live"),
    ]


def stuck_figures(counts: Mapping[str, int]) -> list[Figure]:
    """Tickets that do not move unless somebody pushes."""
    supervision = "/admin/supervision"
    return [
        _of_tickets(counts, "unaccepted", tone="warn", hint="转出去一个工作日还没接单"),
        _of_tickets(counts, "no-officer", tone="warn", hint="企业还没分到服务人员"),
        _of_tickets(counts, "untold", tone="warn", hint="有结果，企业还没看到"),
        _of_tickets(counts, "supervised", tone="bad", hint="超期或多次提醒无果", link=supervision),
        _of_tickets(counts, "meeting", hint="已提请，还没有议定"),
        _of_tickets(counts, "outside", hint="转到别的平台，等结果回来"),
    ]


def outbox_figures(session: Session) -> list[Figure]:
    """Messages that have not reached anybody."""
    counts = outbox.counts(session, (OutboxState.DEAD, OutboxState.UNKNOWN, OutboxState.PENDING))
    undelivered = counts[OutboxState.DEAD] + counts[OutboxState.UNKNOWN]
    return [
        Figure("没送到的消息", undelivered, "/admin/outbox?state=stuck", "bad", "发送失败或不知道到没到"),
        Figure(
            "等对方露面再说",
            counts[OutboxState.PENDING],
            "/admin/outbox?state=pending",
            "",
            "下次来消息时带出",
        ),
    ]


def coverage_figure(session: Session, codes: frozenset[str] | None) -> Figure:
    """Enterprises that nobody serves (mission A1: all of them must be)."""
    statement = select(func.count()).select_from(Enterprise)
    unserved = statement.where(col(Enterprise.status).not_in(GONE), is_unserved(), enterprises_in(codes))
    count = session.scalar(unserved) or 0
    return Figure("没有服务人员的企业", count, "/admin/enterprises?served=no", "warn", "应一户一人，全覆盖")


def asked_most(session: Session, now: datetime) -> list[Asked]:
    """Entries that were given most in the last seven days, with how often that did not help."""
    first = _first_day(now)
    recent = (
        select(col(Answer.entry_id), col(Answer.is_solved))
        .where(col(Answer.at) >= midnight(first), col(Answer.entry_id) != "")
        .where(col(Answer.decision).in_(HITS))
        .cte()
        .prefix_with("MATERIALIZED")  # the week first: grouping would lead through all the years
    )
    unsolved = func.count().filter(recent.c.is_solved.is_(False))
    statement = (
        select(recent.c.entry_id, func.count(), unsolved)
        .group_by(recent.c.entry_id)
        .order_by(func.count().desc(), recent.c.entry_id)
        .limit(TOP)
    )
    return [
        Asked(
            entry_id,
            count,
            bad,
            f"/admin/answers?{urlencode({'show': 'given', 'entry': entry_id, 'since': first})}",
        )
        for entry_id, count, bad in session.execute(statement).all()
    ]


def asked_in_vain(session: Session, now: datetime) -> Sequence[Asked]:
    """Questions that got no answer in the last seven days, same words together, most frequent first."""
    first, latest = _first_day(now), func.max(col(Answer.id))
    statement = (
        select(col(Answer.question), func.count(), latest)
        .where(col(Answer.at) >= midnight(first), in_vain(), col(Answer.question) != "")
        .group_by(col(Answer.question))
        .order_by(func.count().desc(), latest.desc())
        .limit(TOP)
    )
    return [
        Asked(question, count, 0, f"/admin/answers?show=vain&same={answer_id}&since={first}")
        for question, count, answer_id in session.execute(statement).all()
    ]


def _first_day(now: datetime) -> date:
    """Of the last seven days, today among them: as the lists behind the figures count days."""
    return local_date(now) - timedelta(days=DAYS - 1)


def _of_tickets(
    counts: Mapping[str, int], name: str, *, tone: str = "", hint: str = "", link: str = ""
) -> Figure:
    return Figure(
        CONDITIONS[name][0], counts[name], link or f"/admin/tickets?status={name}", tone, hint, name
    )
