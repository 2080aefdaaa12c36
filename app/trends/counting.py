"""What is asked for, by topic and day: answers by entry, tickets by category, gaps by cluster; and the evidence."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlmodel import Session, col

from app.clock import SHANGHAI, local_date
from app.conversations.models import Answer
from app.directory.models import Contact, Enterprise
from app.editing.privacy import redacted
from app.tickets.models import Ticket
from app.trends.models import GapCluster, GapQuestion, TopicKind

HITS = ("answer", "chosen")
SAMPLES = 5
TICKETS = 10
WORDS = 80
LONGEST_ID = 9


@dataclass(frozen=True)
class Topic:
    """One topic; `key` is an entry's id, a category's name or a cluster's number."""

    kind: TopicKind
    key: str


@dataclass(frozen=True)
class Evidence:
    """What speaks for a common problem: how often in how many days, by how many people, in which words."""

    days: int
    count: int
    people: int
    samples: tuple[str, ...]
    tickets: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As kept with an item of the reserve."""
        return asdict(self)


def counts_between(
    session: Session, since: datetime, until: datetime, keys: Collection[Topic] | None = None
) -> dict[Topic, Counter[date]]:
    """Counts per topic and China day from `since` to before `until`; only these topics, where given."""
    found: dict[Topic, Counter[date]] = {}
    for kind in TopicKind:
        wanted = None if keys is None else [topic.key for topic in keys if topic.kind is kind]
        if wanted is not None and not wanted:
            continue
        for key, at in session.execute(_rows(kind, since, until, wanted)).all():
            found.setdefault(Topic(kind, str(key)), Counter())[local_date(at)] += 1
    return found


def name_of(session: Session, topic: Topic, titles: dict[str, str]) -> str:
    """How people call the topic; `titles` of entries by id."""
    if topic.kind is TopicKind.ENTRY:
        return titles.get(topic.key, topic.key)
    if topic.kind is TopicKind.GAP:
        is_id = topic.key.isdecimal() and len(topic.key) <= LONGEST_ID
        cluster = session.get(GapCluster, int(topic.key)) if is_id else None
        return cluster.name if cluster is not None else topic.key
    return topic.key


def evidence(session: Session, topic: Topic, days: int, now: datetime) -> Evidence:
    """The last days of one topic, the words without whose they were."""
    since = now - timedelta(days=days)
    if topic.kind is TopicKind.CATEGORY:
        tickets = _tickets(session, col(Ticket.category) == topic.key, since)
        people = {(ticket.openid or ticket.number) for ticket in tickets}
        samples = [
            _masked(session, ticket.openid, ticket.content, ticket.enterprise_id) for ticket in tickets
        ]
        return _evidence(days, len(tickets), people, samples, tickets)
    answers = list(
        session.scalars(_answers_of(topic).where(col(Answer.at) >= since).order_by(col(Answer.id).desc()))
    )
    askers = {answer.openid for answer in answers}
    samples = [_masked(session, answer.openid, answer.question, None) for answer in answers[: 4 * SAMPLES]]
    return _evidence(days, len(answers), askers, samples, tickets_after(session, answers))


def tickets_after(session: Session, answers: Sequence[Answer]) -> list[Ticket]:
    """Tickets that the askers opened within two hours after the handbook did not help, newest first."""
    asked: dict[str, list[datetime]] = {}
    for answer in answers:
        asked.setdefault(answer.openid, []).append(answer.at)
    if not asked:
        return []
    first = min(min(moments) for moments in asked.values())
    rows = session.scalars(
        select(Ticket)
        .where(col(Ticket.openid).in_(list(asked)[:500]), col(Ticket.opened_at) >= first)
        .order_by(col(Ticket.id).desc())
    )
    soon = timedelta(hours=2)
    return [
        row
        for row in rows
        if any(timedelta() <= row.opened_at - moment <= soon for moment in asked.get(row.openid or "", ()))
    ]


def start_of(day: date) -> datetime:
    """Midnight in China."""
    return datetime.combine(day, datetime.min.time(), SHANGHAI)


def _rows(
    kind: TopicKind, since: datetime, until: datetime, wanted: list[str] | None
) -> Select[Any, datetime]:
    key: Any
    if kind is TopicKind.ENTRY:
        key, at = col(Answer.entry_id), col(Answer.at)
        statement = select(key, at).where(col(Answer.decision).in_(HITS), key != "")
    elif kind is TopicKind.CATEGORY:
        key, at = col(Ticket.category), col(Ticket.opened_at)
        statement = select(key, at).where(key != "")
    else:
        key, at = col(GapQuestion.cluster_id), col(GapQuestion.at)
        statement = select(key, at)
    if wanted is not None:
        values = [int(one) for one in wanted] if kind is TopicKind.GAP else wanted
        statement = statement.where(key.in_(values))
    return statement.where(at >= since, at < until)


def _answers_of(topic: Topic) -> Select[Answer]:
    if topic.kind is TopicKind.ENTRY:
        return select(Answer).where(col(Answer.entry_id) == topic.key, col(Answer.decision).in_(HITS))
    inside = select(col(GapQuestion.answer_id)).where(col(GapQuestion.cluster_id) == int(topic.key or 0))
    return select(Answer).where(col(Answer.id).in_(inside))


def _tickets(session: Session, rule: ColumnElement[bool], since: datetime) -> list[Ticket]:
    statement = select(Ticket).where(rule, col(Ticket.opened_at) >= since).order_by(col(Ticket.id).desc())
    return list(session.scalars(statement))


def _evidence(
    days: int, count: int, people: set[str], samples: Sequence[str], tickets: Sequence[Ticket]
) -> Evidence:
    different = [words for words in dict.fromkeys(samples) if words][:SAMPLES]
    return Evidence(
        days, count, len(people), tuple(different), tuple(row.number for row in tickets[:TICKETS])
    )


def _masked(session: Session, openid: str | None, words: str, enterprise_id: int | None) -> str:
    if enterprise_id is None and openid:
        current = select(col(Contact.enterprise_id)).where(col(Contact.openid) == openid)
        enterprise_id = session.scalar(current.order_by(col(Contact.id).desc()).limit(1))
    row = session.get(Enterprise, enterprise_id) if enterprise_id else None
    names = [row.name] if row is not None else []
    people = [row.legal_representative, row.contact_name] if row is not None else []
    return redacted(words, enterprises=names, people=people)[:WORDS]
