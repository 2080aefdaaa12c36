"""What people's choices teach: kept as labelled examples without personal data, until an editor has decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.conversations.models import Answer, Lesson, LessonState
from app.directory import binding
from app.directory.models import Enterprise
from app.editing import privacy
from app.errors import Conflict, NotFound

CHOSEN = "chosen"
SHORTEST = 2


@dataclass(frozen=True)
class Taught:
    """The same words that led to the same entry: `lesson` is the newest, `count` how often it came."""

    lesson: Lesson
    count: int


def keep(session: Session, answer: Answer) -> Lesson | None:
    """Keep an answer that came by a choice; None for any other, and where nothing but a blank was asked."""
    if answer.decision != CHOSEN or not answer.entry_id or answer.id is None:
        return None
    question = _without_names(session, answer).strip()
    if len(question) < SHORTEST:
        return None
    lesson = Lesson(
        answer_id=answer.id,
        question=question[:500],
        entry_id=answer.entry_id,
        offered=list(answer.offered),
        at=answer.at,
    )
    session.add(lesson)
    return lesson


def refute(session: Session, answer_id: int) -> None:
    """«没解决» after the choice: it teaches nothing, unless an editor has decided already."""
    lesson = session.exec(select(Lesson).where(col(Lesson.answer_id) == answer_id)).first()
    if lesson is not None and lesson.state == LessonState.WAITING:
        lesson.state = LessonState.REFUTED
        session.add(lesson)


def taught(session: Session, state: LessonState, limit: int) -> list[Taught]:
    """Lessons in a state, the same words for the same entry together, those that came most often first."""
    newest, count = func.max(col(Lesson.id)), func.count()
    groups = session.exec(
        select(newest, count)
        .where(col(Lesson.state) == state)
        .group_by(col(Lesson.question), col(Lesson.entry_id))
        .order_by(count.desc(), newest.desc())
        .limit(limit)
    ).all()
    found = session.exec(select(Lesson).where(col(Lesson.id).in_([number for number, _ in groups]))).all()
    by_id = {lesson.id: lesson for lesson in found}
    return [Taught(by_id[number], many) for number, many in groups]


def counts(session: Session) -> dict[str, int]:
    """How many different lessons there are in each state."""
    return {state.value: _count(session, state) for state in LessonState}


def lesson_of(session: Session, lesson_id: int) -> Lesson:
    """One lesson. Raises NotFound."""
    lesson = session.get(Lesson, lesson_id)
    if lesson is None:
        raise NotFound("没有这条记录")
    return lesson


def decide(
    session: Session,
    lesson: Lesson,
    state: LessonState,
    *,
    who: str,
    now: datetime,
    phrasing: str = "",
) -> Sequence[Lesson]:
    """Settle this lesson and all with the same words for the same entry; returns them.

    From WAITING to ACCEPTED (with the phrasing that is taught) or REJECTED, from ACCEPTED to REJECTED (taken
    back). Raises Conflict where somebody else has decided.
    """
    expected = {LessonState.WAITING}
    if state is LessonState.REJECTED:
        expected.add(LessonState.ACCEPTED)
    if LessonState(lesson.state) not in expected:
        raise Conflict("这条已经有人处理过了：刷新看最新状态")
    same = session.exec(
        select(Lesson).where(
            col(Lesson.question) == lesson.question,
            col(Lesson.entry_id) == lesson.entry_id,
            col(Lesson.state) == lesson.state,
        )
    ).all()
    for each in same:
        each.state, each.decided_by, each.decided_at = state, who, now
        each.phrasing = phrasing or each.phrasing
        session.add(each)
    return same


def _count(session: Session, state: LessonState) -> int:
    groups = (
        select(col(Lesson.question), col(Lesson.entry_id))
        .where(col(Lesson.state) == state)
        .group_by(col(Lesson.question), col(Lesson.entry_id))
        .subquery()
    )
    return session.exec(select(func.count()).select_from(groups)).one()


def _without_names(session: Session, answer: Answer) -> str:
    """The question without numbers, and without the names of the person's own enterprise and people."""
    contact = binding.current_contact(session, answer.openid)
    if contact is None:
        return privacy.redacted(answer.question)
    enterprise = session.get(Enterprise, contact.enterprise_id)
    names = [enterprise.name] if enterprise else []
    people = [contact.name, enterprise.legal_representative if enterprise else ""]
    return privacy.redacted(answer.question, enterprises=names, people=people)
