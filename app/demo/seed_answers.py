"""The demo's answers of a week: what was asked most, and what nobody could answer."""

from datetime import datetime, timedelta
from random import Random

from sqlmodel import Session

from app.clock import SHANGHAI
from app.conversations import learning
from app.conversations.models import Answer
from app.demo.seed_people import demo_openid
from handbook.entry import Decision

DAYS = 7
# (entry, how people put it, times asked, times it did not help)
ASKED = (
    ("credit/annual-report-missed", ("年报忘报了咋整", "营业执照年报过期了怎么补"), 14, 1),
    ("registration/individual-setup", ("个体户执照怎么办", "开个小店办照要啥"), 11, 0),
    ("permit/food-business", ("开饭馆要办啥证", "食品经营许可证去哪办"), 9, 2),
    ("change/address", ("公司搬家了执照地址怎么改",), 8, 0),
    ("labor/minimum-wage", ("现在最低工资多少",), 6, 0),
    ("finance/startup-loan", ("创业担保贷款咋申请", "开店想贷点款有政策吗"), 5, 2),
    ("deregistration/individual", ("不干了执照怎么注销",), 4, 0),
    ("environment/eia", ("开厂要不要做环评",), 3, 1),
)
IN_VAIN = (
    ("园区里能不能装光伏，电网让接吗", 4),
    ("员工宿舍算不算群租房", 3),
    ("厂门口修路货车进不来", 2),
    ("直播卖自家大米要办证吗", 2),
    ("冷库用的氨要不要备案", 1),
)
# (how somebody put it, what they chose, what else was offered, how often)
CHOSEN = (
    ("后厨新来俩人要不要先去体检拿个本", "permit/health-certificate", "permit/food-business", 3),
    ("照上的地方换到新厂房去了要不要重新弄", "change/address", "change/cross-district-move", 2),
    ("俩人合伙开店那种照咋领", "registration/partnership-setup", "registration/company-setup", 1),
)


def seed_answers(session: Session, now: datetime, rng: Random) -> None:
    """Spread the questions over the last week, office hours mostly."""
    rows: list[Answer] = []
    for entry_id, questions, count, unsolved in ASKED:
        for n in range(count):
            rows.append(
                _answer(
                    now,
                    rng,
                    rng.choice(questions),
                    Decision.ANSWER,
                    entry_id,
                    False if n < unsolved else None,
                )
            )
    for question, count in IN_VAIN:
        rows += [_answer(now, rng, question, Decision.NONE, "", None) for _ in range(count)]
    rows.append(
        _answer(
            now, rng, "法院判下来了对方不给钱 你们能管不", Decision.OUT_OF_SCOPE, "scope/court-case", None
        )
    )
    choices = _choices(now)
    rows = sorted([*rows, *choices], key=lambda row: row.at)
    session.add_all(rows)
    session.flush()
    for row in choices:
        learning.keep(session, row)


def _choices(now: datetime) -> list[Answer]:
    """Choices that wait for an editor. Their own dice: what is seeded later stays as it was."""
    rng, rows = Random(len(CHOSEN)), []
    for question, entry_id, other, count in CHOSEN:
        for _ in range(count):
            row = _answer(now, rng, question, Decision.CHOOSE, entry_id, None)
            row.decision, row.offered = learning.CHOSEN, [entry_id, other]
            rows.append(row)
    return rows


def _daytime(now: datetime, rng: Random) -> datetime:
    """A moment of the last week between eight in the morning and nine in the evening, in the past."""
    day = now.astimezone(SHANGHAI) - timedelta(days=rng.randrange(DAYS - 1))
    at = day.replace(hour=rng.randrange(8, 21), minute=rng.randrange(60), second=0, microsecond=0)
    return at if at < now else at - timedelta(days=1)


def _answer(
    now: datetime, rng: Random, question: str, decision: Decision, entry_id: str, is_solved: bool | None
) -> Answer:
    at = _daytime(now, rng)
    return Answer(
        openid=demo_openid(f"asker{rng.randrange(60):02d}x"),
        question=question,
        decision=decision.value,
        entry_id=entry_id,
        offered=[entry_id] if entry_id else [],
        confidence=round(rng.uniform(0.86, 0.99), 3)
        if decision is Decision.ANSWER
        else round(rng.uniform(0.05, 0.4), 3),
        at=at,
        is_solved=is_solved,
    )
