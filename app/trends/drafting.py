"""One tap from a cluster of unanswered questions to the draft of its entry, out of what was done about them (B3)."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from app.cases.leftovers import cleaned
from app.editing import proposing
from app.editing.desk import Desk
from app.editing.values import Person, Sheet, State
from app.errors import AppError, Conflict, NotFound
from app.tickets.models import Ticket
from app.trends import gaps
from app.trends.counting import tickets_after
from app.trends.models import GapCluster, GapState
from handbook.drafting import DraftSection
from handbook.fields import INTERNAL_HEADING

MAX_TITLE, MAX_QUESTION, QUESTIONS = 40, 120, 12
RESULTS = 3
TO_WRITE = "（还没有办结的工单可以参考，请责任部门写短答。）"


def resolved_tickets(session: Session, cluster: GapCluster) -> list[Ticket]:
    """What became of those who asked: their tickets with a result, newest first."""
    return [row for row in tickets_after(session, gaps.answers_of(session, cluster)) if row.result]


def start_draft(
    session: Session, desk: Desk, cluster: GapCluster, folder: str, label: str, who: Person, now: datetime
) -> Sheet:
    """A draft with the questions as people ask them and the results as an answer, nobody named in it."""
    if cluster.state != GapState.OPEN:
        raise Conflict("这一堆已经有人在写了：刷新看最新状态")
    tickets = resolved_tickets(session, cluster)[:RESULTS]
    results = [" ".join(cleaned(session, ticket.result, ticket).split()) for ticket in tickets]
    title = cluster.name.rstrip("？?。！! ")[:MAX_TITLE]
    if not title:
        raise AppError("这一堆问题的原话已经删除，请直接新建条目")
    entry_id, draft = proposing.new_entry(
        desk, folder, label, title=title, question=cluster.name, answer=results[0] if results else TO_WRITE
    )
    asked = [words for words in gaps.wordings(session, cluster, QUESTIONS) if len(words) <= MAX_QUESTION]
    notes = [f"参考工单 {ticket.number}：{result}" for ticket, result in zip(tickets, results, strict=True)]
    sections = (DraftSection(INTERNAL_HEADING, "\n\n".join(notes)),) if notes else draft.sections
    draft = replace(
        draft,
        department=cluster.department,
        questions=tuple(dict.fromkeys(words for words in asked if words != title)),
        sections=sections,
    )
    sheet = desk.start_new(entry_id, draft, who, now)
    cluster.state, cluster.sheet_key, cluster.entry_id = GapState.DRAFTED, sheet.key, entry_id
    session.add(cluster)
    return sheet


def follow_desk(session: Session, desk: Desk) -> int:
    """What became of the drafts: a published one settles its cluster, a dropped one opens it again; how many."""
    count = 0
    statement = select(GapCluster).where(col(GapCluster.state) == GapState.DRAFTED)
    for cluster in session.scalars(statement).all():
        state, moment = _fate(desk, cluster.sheet_key)
        if state is State.PUBLISHED and moment is not None:
            gaps.settle(session, cluster, cluster.entry_id, moment)
        elif state in (State.DROPPED, State.DECLINED, None):
            cluster.state, cluster.sheet_key, cluster.entry_id = GapState.OPEN, "", ""
            session.add(cluster)
        else:
            continue
        count += 1
    return count


def _fate(desk: Desk, key: str) -> tuple[State | None, datetime | None]:
    try:
        sheet = desk.shelf.sheet(key)
    except NotFound:
        return None, None
    return sheet.state, sheet.updated.at
