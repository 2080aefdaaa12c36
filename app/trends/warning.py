"""A topic out of its usual range is told to the hub the same day, once a topic and day (E2; NH 高频问题分析和预警)."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from app.clock import local_date
from app.conversations.models import Answer
from app.districts.profile import Profile
from app.outbox.service import enqueue
from app.tickets import parties
from app.tickets.models import Ticket
from app.tickets.values import Rules
from app.trends.counting import Topic, counts_between, name_of, start_of
from app.trends.models import TopicKind, TopicNotice
from app.trends.unusual import FEWEST, Usual, usual
from app.workdays.calendar import WorkCalendar
from bot.messages import Reply

HISTORY_DAYS = 28
KIND_NAMES = {TopicKind.ENTRY: "手册条目", TopicKind.CATEGORY: "诉求类别", TopicKind.GAP: "手册答不上的问题"}


def look(session: Session, rules: Rules, titles: Mapping[str, str], now: datetime) -> list[TopicNotice]:
    """Raise what is new today; the notices raised by this look. `titles` of entries by id."""
    today = local_date(now)
    counts = {
        topic: days[today]
        for topic, days in counts_between(session, start_of(today), now).items()
        if days[today] >= FEWEST
    }
    if not counts:
        return []
    days = comparable_days(today, _first_day(session, today), rules.calendar)
    past = counts_between(session, start_of(today - timedelta(days=HISTORY_DAYS)), start_of(today), counts)
    raised: list[TopicNotice] = []
    for topic, count in counts.items():
        before = past.get(topic, Counter())
        known = usual([before[day] for day in days])
        if known is not None and count >= known.limit:
            name = name_of(session, topic, dict(titles))
            notice = _raise(session, topic, name, today, count, known, now)
            raised += [notice] if notice is not None else []
    for notice in raised:
        _tell(session, notice, rules.profile, now)
    return raised


def comparable_days(today: date, first: date, calendar: WorkCalendar) -> list[date]:
    """The days of the last four weeks to compare with: working days with working days. Pure."""
    days = [today - timedelta(days=back) for back in range(1, HISTORY_DAYS + 1)]
    alike = [day for day in days if calendar.is_workday(day) == calendar.is_workday(today)]
    return [day for day in alike if day >= first]


def notices(session: Session, since: date) -> list[TopicNotice]:
    """What was raised since this day, newest first."""
    statement = select(TopicNotice).where(col(TopicNotice.day) >= since)
    return list(session.scalars(statement.order_by(col(TopicNotice.day).desc(), col(TopicNotice.id).desc())))


def _raise(
    session: Session, topic: Topic, name: str, day: date, count: int, known: Usual, now: datetime
) -> TopicNotice | None:
    """Write it down unless it is known already: then only the count of the day grows."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {
        "kind": topic.kind.value, "topic": topic.key, "name": name[:200], "day": day, "count": count,
        "median": known.median, "limit": known.limit, "raised_at": now,
    }  # fmt: skip
    added = insert(TopicNotice).values(**values)
    added_id = (
        session.connection()
        .execute(
            added.on_conflict_do_nothing(index_elements=["kind", "topic", "day"]).returning(
                col(TopicNotice.id)
            )
        )
        .scalar_one_or_none()
    )
    if added_id is None:
        known_row = update(TopicNotice).where(
            col(TopicNotice.kind) == topic.kind.value,
            col(TopicNotice.topic) == topic.key,
            col(TopicNotice.day) == day,
        )
        session.connection().execute(known_row.values(count=count))
        return None
    return session.get(TopicNotice, added_id)


def _tell(session: Session, notice: TopicNotice, profile: Profile, now: datetime) -> None:
    usually = f"{notice.median:g}"
    kind = KIND_NAMES[TopicKind(notice.kind)]
    words = (
        f"【诉求预警】{kind}「{notice.name}」今天到现在 {notice.count} 次，平时一天 {usually} 次左右，"
        f"到 {notice.limit} 次就算异常。请到后台「热点预警」看明细，共性问题可列入政策储备池。"
    )
    for openid in parties.hub_openids(session, profile):
        enqueue(
            session,
            dedupe_key=f"topic:{notice.id}:{openid}",
            openid=openid,
            kind="notice",
            reply=Reply.of(words),
            fields={
                "number": "诉求预警",
                "title": notice.name[:20],
                "status": "异常增多",
                "note": words[:20],
            },
            now=now,
        )


def _first_day(session: Session, today: date) -> date:
    """The first day with anything at all: what lies before is not a quiet time but no time."""
    moments = [
        session.scalar(select(func.min(col(Answer.at)))),
        session.scalar(select(func.min(col(Ticket.opened_at)))),
    ]
    known = [local_date(moment) for moment in moments if moment is not None]
    return min(known, default=today)
