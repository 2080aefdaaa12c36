"""Candidates for typical cases and for 服务标兵 (E5). A person decides; nothing is published here. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.clock import local_date
from app.reports.history import Story
from app.reports.measures import Line
from app.reports.period import Period
from app.tickets.values import ResultKind

BEST = 5
FEWEST_RESOLVED = 3
MOST_CASES = 30
MOST_PEOPLE = 10
MEANING = "期内企业评 5 分、结果是已解决、没有重办过的诉求；经手单位多的、提前办结的排在前面。"
STARS_MEANING = (
    f"期内办结至少 {FEWEST_RESOLVED} 件、全部按时、没有重办、企业都满意的服务人员；办结多的排在前面。"
)


@dataclass(frozen=True)
class Candidate:
    """A ticket worth telling about, and why."""

    story: Story
    why: tuple[str, ...]
    rank: tuple[int, int]


def candidates(found: Sequence[Story], period: Period) -> list[Candidate]:
    """The best first."""
    fitting = [_candidate(story) for story in found if _is_typical(story, period)]
    return sorted(fitting, key=lambda item: (item.rank, item.story.basis.number), reverse=True)[:MOST_CASES]


def stars(officers: Sequence[Line]) -> list[Line]:
    """Officers without a blemish in the period."""
    fitting = [
        line
        for line in officers
        if line.counts["resolved"] >= FEWEST_RESOLVED
        and line.counts["on_time"] == line.counts["resolved"]
        and not line.counts["reopened"]
        and line.counts["satisfied"] == line.counts["rated"] > 0
    ]
    return sorted(fitting, key=lambda line: (-line.counts["resolved"], -line.counts["satisfied"], line.key))[
        :MOST_PEOPLE
    ]


def _is_typical(story: Story, period: Period) -> bool:
    done, rating = story.standing, story.rating
    if done is None or rating is None or story.reopened:
        return False
    return rating.score == BEST and period.has(rating.at) and done.result_kind == ResultKind.SOLVED


def _candidate(story: Story) -> Candidate:
    done = story.standing
    assert done is not None  # noqa: S101 - _is_typical saw it
    hands = len({party for _, party in story.received})
    early = _days_early(local_date(done.at), done.due_on)
    why = ["企业评 5 分"]
    if hands > 1:
        why.append(f"{hands} 家接力办成")
    if early > 0:
        why.append(f"提前 {early} 天办结")
    if story.summoned:
        why.append("吹哨报到")
    return Candidate(story, tuple(why), (hands, early))


def _days_early(done_on: date, due_on: date) -> int:
    return (due_on - done_on).days
