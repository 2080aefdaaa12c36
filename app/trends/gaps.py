"""Questions that nobody could answer, by meaning, over time (B3): a cluster stays the same one from day to day.

Placing is three steps, so that no lock is held while meanings are compared: read what is new (`unplaced`), group
it with the clusters that are known (`place`), write it down (`keep`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from app.conversations.models import Answer
from app.directory.models import Contact, Enterprise
from app.editing.privacy import redacted
from app.errors import AppError, Conflict, NotFound
from app.trends.models import GapCluster, GapQuestion, GapState
from handbook.entry import Search

Group = Callable[[Sequence[str]], list[list[int]]]
LOOK_BACK = timedelta(days=60)
AT_ONCE = 2000
SHORTEST = 2
SAMPLES = 5
NEAR_ENOUGH = 0.05
OWNER_LEADS_BY = 1.25
WINDOW_DAYS = 28


@dataclass(frozen=True)
class Unplaced:
    """An unanswered question without personal data."""

    answer_id: int
    words: str
    at: datetime


@dataclass(frozen=True)
class Head:
    """A known cluster by its central question."""

    cluster_id: int
    words: str
    count: int


@dataclass(frozen=True)
class Placed:
    """Questions that belong together: with a known cluster, or a new one with its name, neighbour and department."""

    cluster_id: int | None
    questions: tuple[Unplaced, ...]
    name: str = ""
    near: str = ""
    department: str = ""


@dataclass(frozen=True)
class Shrinkage:
    """As many days before the entry was served as after it; `days` 0: too early to say."""

    days: int
    before: int
    after: int

    @property
    def text(self) -> str:
        """One line for people."""
        if not self.days:
            return "刚发布，明天再看"
        verdict = (
            "少了" if self.after < self.before else "没有变少" if self.after == self.before else "反而多了"
        )
        return f"发布前 {self.days} 天 {self.before} 次，发布后 {self.days} 天 {self.after} 次：{verdict}"


def unplaced(session: Session, now: datetime) -> list[Unplaced]:
    """Questions of the last two months without an answer that helped, and in no cluster yet; oldest first."""
    known = select(col(GapQuestion.answer_id))
    statement = (
        select(Answer)
        .where(
            col(Answer.at) > now - LOOK_BACK,
            or_(col(Answer.decision) == "none", col(Answer.is_solved).is_(False)),
            col(Answer.question) != "",
            col(Answer.id).not_in(known),
        )
        .order_by(col(Answer.id))
        .limit(AT_ONCE)
    )
    rows = list(session.scalars(statement))
    names = _names(session, {row.openid for row in rows})
    found = [Unplaced(row.id or 0, _clean(row.question, names.get(row.openid, ())), row.at) for row in rows]
    return [one for one in found if len(one.words) >= SHORTEST]


def heads(session: Session) -> list[Head]:
    """Every known cluster, dismissed and settled ones too: what comes again belongs there."""
    count = func.count(col(GapQuestion.id))
    statement = (
        select(col(GapCluster.id), col(GapCluster.name), count)
        .outerjoin(GapQuestion, col(GapQuestion.cluster_id) == col(GapCluster.id))
        .group_by(col(GapCluster.id), col(GapCluster.name))
        .order_by(count.desc())
        .limit(1000)
    )
    return [Head(number or 0, words, many) for number, words, many in session.execute(statement).all()]


def place(found: Sequence[Unplaced], known: Sequence[Head], group: Group, search: Search) -> list[Placed]:
    """Group by meaning; a group with known clusters in it joins the largest of them."""
    by_words: dict[str, list[Unplaced]] = {}
    for one in found:
        by_words.setdefault(one.words, []).append(one)
    if not by_words:
        return []
    texts = [*(head.words for head in known), *by_words]
    placed: list[Placed] = []
    for members in group(texts):
        words = [texts[place] for place in members if place >= len(known)]
        if not words:
            continue
        questions = tuple(one for text in dict.fromkeys(words) for one in by_words[text])
        joined = [known[place] for place in members if place < len(known)]
        if joined:
            largest = max(joined, key=lambda head: head.count)
            placed.append(Placed(largest.cluster_id, questions))
        else:
            near, department = likely_owner(words[:SAMPLES], search)
            placed.append(Placed(None, questions, words[0], near, department))
    return placed


def keep(session: Session, placed: Sequence[Placed]) -> int:
    """Write it down; how many questions found their place. What another worker placed meanwhile is left there."""
    count = 0
    for group in placed:
        ids = [one.answer_id for one in group.questions]
        taken = set(
            session.scalars(select(col(GapQuestion.answer_id)).where(col(GapQuestion.answer_id).in_(ids)))
        )
        fresh = [one for one in group.questions if one.answer_id not in taken]
        if not fresh:
            continue
        cluster = _cluster(session, group, fresh)
        cluster.first_at = min(cluster.first_at, *(one.at for one in fresh))
        cluster.last_at = max(cluster.last_at, *(one.at for one in fresh))
        session.add(cluster)
        session.flush()
        session.add_all(
            GapQuestion(cluster_id=cluster.id or 0, answer_id=one.answer_id, at=one.at) for one in fresh
        )
        count += len(fresh)
    session.flush()
    return count


def likely_owner(texts: Sequence[str], search: Search) -> tuple[str, str]:
    """The nearest entry ("" if none is near) and the department that answers for most of what lies near.

    No department where several are as likely: nobody is asked each week to write what is not theirs.
    """
    votes: dict[str, float] = {}
    near = ""
    for text in texts:
        for candidate in search.search(text, staff=True).candidates:
            if not candidate.entry.sections or not candidate.entry.department:
                continue
            if not near and candidate.score >= NEAR_ENOUGH:
                near = candidate.entry.id
            votes[candidate.entry.department] = votes.get(candidate.entry.department, 0.0) + candidate.score
    first, second = [*sorted(votes.values(), reverse=True), 0.0, 0.0][:2]
    is_clear = first > 0 and first >= OWNER_LEADS_BY * second
    return near, max(votes, key=lambda name: votes[name]) if is_clear else ""


def find(session: Session, cluster_id: int) -> GapCluster:
    """One cluster. Raises NotFound."""
    cluster = session.get(GapCluster, cluster_id)
    if cluster is None:
        raise NotFound("没有这一堆问题")
    return cluster


def answers_of(session: Session, cluster: GapCluster) -> list[Answer]:
    """What was asked, newest first, where the words are still kept."""
    inside = select(col(GapQuestion.answer_id)).where(col(GapQuestion.cluster_id) == cluster.id)
    statement = select(Answer).where(col(Answer.id).in_(inside), col(Answer.question) != "")
    return list(session.scalars(statement.order_by(col(Answer.id).desc()).limit(500)))


def wordings(session: Session, cluster: GapCluster, limit: int) -> list[str]:
    """Different ways in which it was asked, personal data taken out, newest first."""
    rows = answers_of(session, cluster)
    names = _names(session, {row.openid for row in rows})
    words = (_clean(row.question, names.get(row.openid, ())) for row in rows)
    return list(dict.fromkeys(text for text in words if len(text) >= SHORTEST))[:limit]


def counts(session: Session, since: datetime) -> dict[int, int]:
    """How often each cluster was asked since then."""
    statement = (
        select(col(GapQuestion.cluster_id), func.count())
        .where(col(GapQuestion.at) >= since)
        .group_by(col(GapQuestion.cluster_id))
    )
    return {number: many for number, many in session.execute(statement).all()}  # noqa: C416 - rows are no pairs


def settle(session: Session, cluster: GapCluster, entry_id: str, now: datetime) -> None:
    """An entry that answers it is served since `now`."""
    cluster.state, cluster.entry_id, cluster.settled_at = GapState.SETTLED, entry_id, now
    session.add(cluster)


def dismiss(session: Session, cluster: GapCluster) -> None:
    """The handbook need not answer this."""
    if cluster.state not in (GapState.OPEN, GapState.DRAFTED):
        raise Conflict("这一堆已经处理过了：刷新看最新状态")
    cluster.state = GapState.DISMISSED
    session.add(cluster)


def shrinkage(session: Session, cluster: GapCluster, now: datetime) -> Shrinkage | None:
    """Whether it is asked less since its entry is served; None while there is none."""
    served = cluster.settled_at
    if cluster.state != GapState.SETTLED or served is None:
        return None
    days = min(WINDOW_DAYS, (now - served).days)
    span = timedelta(days=days)
    return Shrinkage(
        days,
        _between(session, cluster, served - span, served),
        _between(session, cluster, served, served + span),
    )


def _between(session: Session, cluster: GapCluster, since: datetime, until: datetime) -> int:
    statement = (
        select(func.count())
        .select_from(GapQuestion)
        .where(
            col(GapQuestion.cluster_id) == cluster.id,
            col(GapQuestion.at) > since,
            col(GapQuestion.at) <= until,
        )
    )
    return session.scalar(statement) or 0


def _cluster(session: Session, group: Placed, fresh: Sequence[Unplaced]) -> GapCluster:
    if group.cluster_id is not None:
        known = session.get(GapCluster, group.cluster_id)
        if known is None:
            raise AppError("这一堆问题刚刚被删除，请再试一次")
        return known
    first = fresh[0].at
    return GapCluster(
        name=group.name[:500],
        near=group.near,
        department=group.department[:64],
        first_at=first,
        last_at=first,
    )


def _names(session: Session, openids: set[str]) -> dict[str, tuple[str, ...]]:
    """Names of the enterprises and people that each person speaks for."""
    found: dict[str, tuple[str, ...]] = {}
    wanted = sorted(openids)
    for start in range(0, len(wanted), 500):
        statement = (
            select(Contact, Enterprise)
            .join(Enterprise, col(Enterprise.id) == col(Contact.enterprise_id))
            .where(col(Contact.openid).in_(wanted[start : start + 500]))
        )
        for contact, row in session.execute(statement).all():
            names = (row.name, contact.name, row.legal_representative, row.contact_name)
            found[contact.openid] = (*found.get(contact.openid, ()), *names)
    return found


def _clean(question: str, names: Sequence[str]) -> str:
    companies = [name for name in names if len(name) > 4]
    people = [name for name in names if 2 <= len(name) <= 4]
    return " ".join(redacted(question, enterprises=companies, people=people).split())[:500]
