"""Once a week each department reads what its part of the handbook needs (B3): told to its coordinators by chat."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from app.clock import local_date
from app.conversations.answers import unsolved_counts
from app.directory import lookup
from app.outbox.service import enqueue
from app.tickets import parties
from app.tickets.values import Rules
from app.trends import gaps, usage
from app.trends.models import GapCluster, GapState
from app.trends.usage import WINDOW, Use
from bot.messages import Reply
from handbook.entry import Entry

WEEK = timedelta(days=7)
SHOWN = 3
NAME_LENGTH = 30
UNNAMED = "没有写责任部门"


@dataclass
class Digest:
    """What one department should know; every list the most pressing first."""

    department: str
    new_gaps: list[tuple[str, int]] = field(default_factory=list)
    due: list[tuple[Entry, date]] = field(default_factory=list)
    unsolved: list[tuple[str, int]] = field(default_factory=list)
    never: list[Use] = field(default_factory=list)
    wrong: list[Use] = field(default_factory=list)

    @property
    def has_news(self) -> bool:
        """Whether anything asks for work; entries that are merely unused do not."""
        return bool(self.new_gaps or self.due or self.unsolved or self.wrong)


def digests(session: Session, entries: Sequence[Entry], now: datetime) -> list[Digest]:
    """All departments with anything to read, by name."""
    found: dict[str, Digest] = {}

    def of(name: str) -> Digest:
        return found.setdefault(name or UNNAMED, Digest(name or UNNAMED))

    for cluster, count in _gaps_of_the_week(session, now):
        of(cluster.department).new_gaps.append((cluster.name, count))
    for entry, day in usage.due_for_review(entries, local_date(now)):
        of(entry.department).due.append((entry, day))
    owners = {entry.id: entry for entry in entries}
    for entry_id, count in sorted(unsolved_counts(session, now - WEEK).items(), key=lambda pair: -pair[1]):
        if entry_id in owners:
            of(owners[entry_id].department).unsolved.append((owners[entry_id].title, count))
    uses = usage.usage(session, entries, now - WINDOW)
    for use in usage.never_hit(uses):
        of(use.entry.department).never.append(use)
    for use in usage.winning_wrongly(uses):
        of(use.entry.department).wrong.append(use)
    return sorted(found.values(), key=lambda digest: (not digest.has_news, digest.department))


def text_of(digest: Digest, today: date) -> str:
    """The week in a few lines. Pure."""
    lines = [f"【应答手册周报】{digest.department}（到{today.month}月{today.day}日）"]
    if digest.new_gaps:
        asked = [f"{_cut(name)}（{count}次）" for name, count in digest.new_gaps]
        lines.append(f"答不上的新问题 {len(asked)} 堆，请补条目：{_some(asked)}")
    if digest.due:
        due = [f"{_cut(entry.title)}（{day.month}月{day.day}日）" for entry, day in digest.due]
        lines.append(f"到期该复核 {len(due)} 条：{_some(due)}")
    if digest.unsolved:
        total = sum(count for _, count in digest.unsolved)
        titles = [f"{_cut(title)}（{count}次）" for title, count in digest.unsolved]
        lines.append(f"看了说没解决 {total} 次：{_some(titles)}")
    if digest.wrong:
        lines.append(
            f"常被错当答案 {len(digest.wrong)} 条，请改问法：{_some([_cut(use.entry.title) for use in digest.wrong])}"
        )
    if digest.never:
        days = WINDOW.days
        lines.append(
            f"近 {days} 天没人问到 {len(digest.never)} 条：{_some([_cut(use.entry.title) for use in digest.never])}"
        )
    return "\n".join(lines)


def send(session: Session, entries: Sequence[Entry], rules: Rules, now: datetime) -> int:
    """To the coordinators of every department with news, once an ISO week, on a working day; how many were told."""
    today = local_date(now)
    if not rules.calendar.is_workday(today):
        return 0
    year, week, _ = today.isocalendar()
    told = 0
    for digest in digests(session, entries, now):
        department = lookup.find_department(session, digest.department) if digest.has_news else None
        if department is None or department.id is None:
            continue
        words = text_of(digest, today)
        for person in parties.coordinators(session, department.id):
            if person.openid:
                enqueue(
                    session,
                    dedupe_key=f"digest:{year}-{week}:{digest.department[:32]}:{person.openid}",
                    openid=person.openid,
                    kind="notice",
                    reply=Reply.of(words),
                    fields={
                        "number": "手册周报",
                        "title": "应答手册周报",
                        "status": "请处理",
                        "note": words[:20],
                    },
                    now=now,
                )
                told += 1
    return told


def _gaps_of_the_week(session: Session, now: datetime) -> list[tuple[GapCluster, int]]:
    counts = gaps.counts(session, now - WEEK)
    statement = select(GapCluster).where(
        col(GapCluster.state) == GapState.OPEN, col(GapCluster.id).in_(list(counts))
    )
    rows = [(row, counts[row.id or 0]) for row in session.scalars(statement)]
    return sorted(rows, key=lambda pair: -pair[1])


def _some(names: Sequence[str]) -> str:
    more = f"等 {len(names)} 项" if len(names) > SHOWN else ""
    return f"{'、'.join(names[:SHOWN])}{more}"


def _cut(text: str) -> str:
    return text if len(text) <= NAME_LENGTH else f"{text[:NAME_LENGTH]}…"
