"""The product's figures beside the diary's: one number from reports and panel, one counted from what people saw."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from app.bench.week.diary import SATISFIED_FROM, Matter, Said
from app.bench.week.life import Lived
from app.bench.week.words import OCCASIONS
from app.conversations.models import Answer
from app.policies import progress
from app.policies.models import PolicyPush
from app.reports import gathering
from app.reports.period import Period
from app.tickets.values import DISSATISFIED_UP_TO
from app.trends import digest, gaps, warning
from app.trends.models import GapCluster

ANSWERED = "msgmenucontent=%E6%B2%A1%E8%A7%A3%E5%86%B3"
ASKING = frozenset(OCCASIONS)


@dataclass(frozen=True)
class Pair:
    """The same thing counted twice."""

    name: str
    product: int
    diary: int

    @property
    def agrees(self) -> bool:
        """To the last one."""
        return self.product == self.diary


def pairs(lived: Lived) -> list[Pair]:
    """Opened, settled, rated, satisfied, dissatisfied, taken back up; answers that did not help; policies read."""
    period = Period(lived.first, lived.last)
    now = lived.town.clock.now()
    with lived.town.runtime.db.reading() as session:
        stories = gathering.stories(session, period, now)
        names = gathering.names(session, lived.town.runtime.profile.hub.name)
        counts = gathering.total(gathering.lines(stories, "area", period, now, names)).counts
        unsolved = sum(row is False for row in session.exec(select(Answer.is_solved)))
        read = _read(session)
    matters = list(lived.diary.matters.values())
    scored = [matter.scores[-1][1] for matter in matters if matter.scores]
    good = sum(score >= SATISFIED_FROM for score in scored)
    bad = sum(score <= DISSATISFIED_UP_TO for score in scored)
    return [
        Pair("收到诉求", counts["opened"], len(matters)),
        Pair("办结", counts["resolved"], sum(_is_settled(matter) for matter in matters)),
        Pair("已评价", counts["rated"], len(scored)),
        Pair("满意", counts["satisfied"], good),
        Pair("基本满意", counts["fair"], len(scored) - good - bad),
        Pair("不满意", counts["dissatisfied"], bad),
        Pair("重办", counts["reopened"], lived.diary.counts["reopened"]),
        Pair("退回", counts["returned"], sum(act.verb == "退回" for item in matters for act in item.acts)),
        Pair("说没解决", unsolved, _unsolved(lived)),
        Pair("政策看过的人", read, lived.diary.counts["policies_read"]),
    ]


def shares(lived: Lived) -> dict[str, Any]:
    """How it went in hundredths, from the diary; and what the clusters, warnings and digests say."""
    asked = [said for said in lived.diary.said if said.occasion in ASKING and said.sent.verdict == "shown"]
    answered = [said for said in asked if ANSWERED in said.sent.text]
    right = sum(_is_right(said, entry) for said, entry in lived.diary.expected)
    waits = sorted(said.sent.latency_s for said in lived.diary.said)
    with lived.town.runtime.db.reading() as session:
        outcomes = Counter(session.exec(select(Answer.decision)))
        found = _learned(session, lived)
    return {
        "messages": len(lived.diary.said),
        "messages_of_enterprises": sum(said.occasion != "staff" for said in lived.diary.said),
        "visits_asking": len(asked),
        "answered_at_once": len(answered),
        "known_questions": len(lived.diary.expected),
        "known_questions_answered_right": right,
        "slowest_answer_ms": round(waits[-1] * 1000) if waits else 0,
        "p99_answer_ms": round(waits[int(len(waits) * 0.99)] * 1000) if waits else 0,
        "decisions": dict(outcomes.most_common()),
        "said": dict(Counter(said.occasion for said in lived.diary.said).most_common()),
        "outside": dict(lived.diary.counts.most_common()),
        "refusals": dict(lived.diary.refusals.most_common(25)),
        **found,
    }


def _is_settled(matter: Matter) -> bool:
    done = matter.last("办结")
    if done is None or matter.withdrawn_at is not None:
        return False
    return not any(at > done.at for at in matter.reopened)


def _unsolved(lived: Lived) -> int:
    return sum(said.occasion == "unsolved" for said in lived.diary.said)


def _is_right(said: Said, entry_id: str) -> bool:
    return f"/h/{entry_id}" in said.sent.text


def _read(session: Session) -> int:
    return sum(progress.figures(session, push).read for push in session.exec(select(PolicyPush)))


def _learned(session: Session, lived: Lived) -> dict[str, Any]:
    now, entries = lived.town.clock.now(), lived.town.runtime.handbook.handbook.entries
    counts = gaps.counts(session, lived.town.clock.now() - gaps_window(lived))
    clusters = session.exec(select(GapCluster).order_by(col(GapCluster.id))).all()
    ordered = sorted(clusters, key=lambda row: -counts.get(row.id or 0, 0))
    texts = [
        digest.text_of(item, lived.last) for item in digest.digests(session, entries, now) if item.has_news
    ]
    return {
        "gap_clusters": [f"{row.name}（{counts.get(row.id or 0, 0)} 次，{row.department or '没有部门'}）" for row in ordered[:12]],
        "gap_clusters_all": len(clusters),
        "warnings": [
            f"{row.day:%m-%d} {row.kind} {row.name} {row.count} 次，平时 {row.median:g}，界限 {row.limit}"
            for row in warning.notices(session, lived.first)
        ],
        "digests": texts[:4],
    }  # fmt: skip


def gaps_window(lived: Lived) -> timedelta:
    """From the first day to now."""
    return lived.last - lived.first + timedelta(days=1)
