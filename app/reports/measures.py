"""What is counted, in words and in code: one definition for the figure, the rows behind it and the page's legend. Pure.

A measure names, for one story and one period, each party to be credited; nobody means that the ticket does not count.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from app.reports.history import Party, Story
from app.reports.period import Period
from app.tickets.values import DISSATISFIED_UP_TO, SATISFIED_FROM

Count = Callable[[Story, Period, date], list[Party]]


@dataclass(frozen=True)
class Measure:
    """One column: its head, what it means, and whom it credits. `tone` colours a figure above zero.

    `of_times`: it counts how often something was done; the others count a ticket once in each group.
    """

    key: str
    name: str
    meaning: str
    count: Count
    tone: str = ""
    of_times: bool = False


@dataclass(frozen=True)
class Rate:
    """A percentage of two measures."""

    key: str
    name: str
    part: str
    whole: str
    meaning: str

    def of(self, counts: dict[str, int]) -> float | None:
        """In percent, one decimal; None where there is nothing to divide by."""
        whole = counts[self.whole]
        return round(100 * counts[self.part] / whole, 1) if whole else None


def _opened(story: Story, period: Period, _day: date) -> list[Party]:
    return [story.received[0][1]] if period.has(story.basis.opened_at) else []


def _received(story: Story, period: Period, _day: date) -> list[Party]:
    return list(dict.fromkeys(party for at, party in story.received if period.has(at)))


def _resolved(story: Story, period: Period, _day: date) -> list[Party]:
    done = story.standing
    return [done.party] if done and period.has(done.at) else []


def _on_time(story: Story, period: Period, day: date) -> list[Party]:
    done = story.standing
    return _resolved(story, period, day) if done and done.is_on_time else []


def _late(story: Story, period: Period, day: date) -> list[Party]:
    done = story.standing
    return _resolved(story, period, day) if done and not done.is_on_time else []


def _returned(story: Story, period: Period, _day: date) -> list[Party]:
    return [party for at, party in story.returned if period.has(at)]


def _reopened(story: Story, period: Period, _day: date) -> list[Party]:
    return [party for at, party in story.reopened if period.has(at)]


def _rated(story: Story, period: Period, _day: date) -> list[Party]:
    return [story.rated_party] if story.rating and period.has(story.rating.at) else []


def _satisfied(story: Story, period: Period, day: date) -> list[Party]:
    return _rated(story, period, day) if story.rating and story.rating.score >= SATISFIED_FROM else []


def _fair(story: Story, period: Period, day: date) -> list[Party]:
    is_between = story.rating and DISSATISFIED_UP_TO < story.rating.score < SATISFIED_FROM
    return _rated(story, period, day) if is_between else []


def _dissatisfied(story: Story, period: Period, day: date) -> list[Party]:
    return _rated(story, period, day) if story.rating and story.rating.score <= DISSATISFIED_UP_TO else []


def _live(story: Story, _period: Period, _day: date) -> list[Party]:
    return [story.party] if story.is_live else []


def _overdue(story: Story, _period: Period, day: date) -> list[Party]:
    return [story.party] if story.is_late_on(day) else []


def _past_due(story: Story, period: Period, day: date) -> list[Party]:
    """One is never counted twice: what has a result is not open."""
    return [*_late(story, period, day), *_overdue(story, period, day)]


def _summoned(story: Story, period: Period, _day: date) -> list[Party]:
    return [story.received[0][1]] if any(period.has(at) for at in story.summoned) else []


def _raised(story: Story, period: Period, _day: date) -> list[Party]:
    return [story.received[0][1]] if any(period.has(at) for at in story.raised) else []


def _alone(story: Story, period: Period, day: date) -> list[Party]:
    done = story.standing
    parties = {party for at, party in story.received if done and at <= done.at}
    return _resolved(story, period, day) if len(parties) == 1 else []


MEASURES = (
    Measure("opened", "收到诉求", "期内新收的诉求，一件算一次。", _opened),
    Measure("received", "接手", "期内交到其手上的诉求；同一件交来几次只算一次。", _received),
    Measure(
        "resolved", "办结", "期内出了结果、到期末没有重办的诉求，算在出结果时的承办人名下。", _resolved
    ),
    Measure("on_time", "按时办结", "办结那天不晚于当时承诺的期限；延期和等企业补充顺延的日子算在期限里。", _on_time),
    Measure("late", "超期办结", "办结的当中，晚于当时期限的。", _late, "bad"),
    Measure("alone", "一手办结", "没有吹哨、上报、转办，收到的人自己办结的。", _alone),
    Measure("summoned", "吹哨", "期内吹过哨的诉求件数。", _summoned),
    Measure("raised", "上报", "期内上报过的诉求件数。", _raised),
    Measure("returned", "退回", "期内退单的次数，算在退回的一方名下。", _returned, "warn", of_times=True),
    Measure(
        "reopened", "重办", "期内因不满意或中枢要求重办的次数，算在原来出结果的一方名下。", _reopened, "warn", of_times=True
    ),
    Measure("rated", "已评价", "期内企业给出评价的诉求，一件只算最后一次评价。", _rated),
    Measure("satisfied", "满意", "已评价的当中 4 分和 5 分的。", _satisfied),
    Measure("fair", "基本满意", "已评价的当中 3 分的；不算在满意率里。", _fair),
    Measure("dissatisfied", "不满意", "已评价的当中 1 分和 2 分的：都重办。", _dissatisfied, "warn"),
    Measure("live", "期末在办", "期末那一刻还没有结果的诉求，算在当时的承办人名下。", _live),
    Measure("overdue", "期末超期", "期末在办的当中，当时的期限已经过了的。", _overdue, "bad"),
    Measure(
        "past_due", "超期合计", "“这个月超期几件”就看这一项：超期办结的，加上期末超期的，一件只算一次。", _past_due, "bad"
    ),
)  # fmt: skip
BY_KEY = {measure.key: measure for measure in MEASURES}
RATES = (
    Rate("on_time_rate", "按时率", "on_time", "resolved", "按时办结 ÷ 办结。"),
    Rate("return_rate", "退单率", "returned", "received", "退回次数 ÷ 接手件数。"),
    Rate("satisfied_rate", "满意率", "satisfied", "rated", "满意 ÷ 已评价。"),
    Rate("repeat_rate", "重办率", "reopened", "resolved", "重办次数 ÷ 办结件数。"),
)
RATE_BY_KEY = {rate.key: rate for rate in RATES}


@dataclass
class Line:
    """One group with its counts by measure."""

    key: str
    name: str
    counts: dict[str, int]

    def rate(self, key: str) -> float | None:
        """A percentage of this line."""
        return RATE_BY_KEY[key].of(self.counts)


def tally(
    stories: Sequence[Story], period: Period, day: date, group: Callable[[Story, Party], str | None]
) -> dict[str, dict[str, int]]:
    """Counts by group and measure; a group of None is left out."""
    found: dict[str, dict[str, int]] = {}
    for story in stories:
        for measure in MEASURES:
            keys = [group(story, party) for party in measure.count(story, period, day)]
            for key in keys if measure.of_times else dict.fromkeys(keys):
                if key is not None:
                    counts = found.setdefault(key, dict.fromkeys(BY_KEY, 0))
                    counts[measure.key] += 1
    return found


def behind(
    stories: Sequence[Story],
    period: Period,
    day: date,
    measure: str,
    wanted: Callable[[Story, Party], bool],
) -> list[Story]:
    """The stories that one figure counts, each once."""
    count = BY_KEY[measure].count
    return [story for story in stories if any(wanted(story, party) for party in count(story, period, day))]
