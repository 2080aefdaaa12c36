"""What the enterprise does to its own ticket: 补充, 催办, 撤回, 评价, 确认解决 (mission D3, D5)."""

import re

from app.clock import local_date
from app.tickets import campaigns, describing, merging, repository
from app.tickets.changes import Case, Change
from app.tickets.lifecycle import Action, Status
from app.tickets.models import Rating
from app.tickets.values import DISSATISFIED_UP_TO, ActorKind, Incomplete

LOWEST, HIGHEST = 1, 5
BY_TELEPHONE = re.compile(r"[\s，,。；;（(]*评价\s*[:：]?\s*([1-5])\s*分[)）。！!\s]*$")
OFFICER_SCORE = re.compile(r"\s*(?:服务人员|服务员|专员|人员)[:：\s]*([1-5])\s*分?")


def heard(action: Action, status: Status, note: str, score: int | None) -> tuple[str, int | None]:
    """What the enterprise said when it was told the result by telephone: `评价5分` at the end of a 告知 (FT 三(三) 由承办
    单位反馈结果并回访); the note without it, and the score."""
    found = BY_TELEPHONE.search(note) if action is Action.TELL and status is Status.RESOLVED else None
    return (note[: found.start()], int(found[1])) if found else (note, score)


def effective_action(action: Action, score: int | None) -> Action:
    """A bad rating, tapped or heard, is not one of something finished: it reopens."""
    if action is Action.TELL and score is not None and score <= DISSATISFIED_UP_TO:
        return Action.REOPEN
    if action is not Action.RATE:
        return action
    if score is None or not LOWEST <= score <= HIGHEST:
        raise Incomplete("请打 1 到 5 分，5 分最满意，例如：评价 0042 5 办得快")
    return Action.REOPEN if score <= DISSATISFIED_UP_TO else Action.RATE


def supplement(case: Case) -> Change:
    """补充: what we waited for arrives, or something new is said."""
    case.needed_note("补充 {} 施工方电话已换")
    return Change()


def urge(case: Case) -> Change:
    """催办: counted and passed on; an overdue ticket goes onto the supervision list."""
    values = {"urged_count": case.ticket.urged_count + 1}
    if local_date(case.now) > describing.promised(case.ticket, rules=case.rules, now=case.now).on:
        return Change(values | {"supervised_at": case.ticket.supervised_at or case.now})
    return Change(dict(values))


def withdraw(case: Case) -> Change:
    """撤回: the enterprise no longer wants it."""
    return Change(values={"closed_at": case.now, "supervised_at": None})


def rate(case: Case) -> Change:
    """评价: the result was good enough; whoever rates has been told."""
    merging.refuse_early_rating(case)
    return Change(
        values={
            "told_at": case.ticket.told_at or case.now,
            "closed_at": case.ticket.closed_at or case.now,
        },
        data={"score": case.score},
    )


def confirm(case: Case) -> Change:
    """确认解决: the enterprise says it is done; that is being told, too."""
    return Change(values={"told_at": case.ticket.told_at or case.now, "closed_at": case.now})


def keep_rating(case: Case) -> None:
    """Store what the enterprise thinks; it answers every call-back that still waits for this ticket."""
    officer_score, comment = _about_officer(case)
    rating = Rating(
        ticket_id=case.ticket_id,
        at=case.now,
        score=case.score or LOWEST,
        officer_score=officer_score,
        comment=comment[:1000],
        openid=case.actor.id if case.actor.kind is ActorKind.ENTERPRISE else "",
    )
    campaigns.keep_rating(case.session, rating)


def _about_officer(case: Case) -> tuple[int | None, str]:
    """`服务人员5分` at the start of a comment rates the officer; a second answer keeps what was said before."""
    before = repository.current_rating(case.session, case.ticket_id)
    found = OFFICER_SCORE.match(case.note)
    if found is None:
        return (before.officer_score if before else None), case.note
    rest = case.note[found.end() :].strip(" ，,。:：")
    return int(found[1]), rest or (before.comment if before else "")
