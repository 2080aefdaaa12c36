"""From a solved ticket to the draft of a case, and the check that lets none go on that still names somebody (B4).

The draft goes the way of every entry: proposed here, taken up by an editor, approved by another one, published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, select

from app.cases.leftovers import cleaned, leftovers
from app.clock import local_date
from app.directory.models import Department, Enterprise
from app.editing import privacy, proposing
from app.editing.desk import Desk
from app.editing.values import Person, Sheet
from app.errors import AppError
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket, TicketEvent
from handbook.drafting import Draft, DraftSection, markdown_of
from handbook.entry import Kind

ORIGIN = "case"
TITLE = "案例："
MAX_TITLE, MAX_SUMMARY, MAX_TOPIC = 40, 300, 24
REQUEST, STEPS, RESULT = "企业的诉求", "怎么办的", "办成什么样"
STEP_WORDS = {
    "opened": "收到诉求",
    Action.ACCEPT: "接单",
    Action.DISPATCH: "分派到承办单位",
    Action.SUMMON: "吹哨，请部门报到",
    Action.ENGAGE: "请部门协办",
    Action.RAISE: "上报上一级协调",
    Action.CONVENE: "提请会商",
    Action.DECIDE: "会议议定牵头部门和时限",
    Action.RESOLVE: "办结",
}


@dataclass(frozen=True)
class CaseText:
    """What a person reads and mends before it is proposed."""

    title: str
    summary: str
    request: str
    steps: str
    result: str

    @property
    def whole(self) -> str:
        """Everything that readers will see."""
        return "\n".join((self.title, self.summary, self.request, self.steps, self.result))


def first_text(session: Session, ticket: Ticket) -> CaseText:
    """A first text from the ticket, names and numbers taken out."""
    title, request, result = (
        " ".join(cleaned(session, text, ticket).split())
        for text in (ticket.title or ticket.content, ticket.content, ticket.result)
    )
    days = (local_date(ticket.resolved_at) - local_date(ticket.opened_at)).days if ticket.resolved_at else 0
    spent = "当天" if days <= 0 else f"{days} 天"
    return CaseText(
        title=f"{TITLE}{title}"[:MAX_TITLE],
        summary=f"有{_kind(session, ticket)}反映：{_short(request)}。{spent}办成：{_short(result)}。"[
            :MAX_SUMMARY
        ],
        request=request,
        steps="\n".join(f"{place}. {line}" for place, line in enumerate(_steps(session, ticket), start=1)),
        result=result,
    )


def propose(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    text: CaseText,
    *,
    folder: str,
    label: str,
    hub: str,
    who: Person,
    now: datetime,
) -> Sheet:
    """Put it on the editors' desk; `hub` answers for it where no department does.

    Raises AppError while it names anybody or a part is missing.
    """
    if not all((text.title, text.summary, text.request, text.steps, text.result)):
        raise AppError("标题、短答、诉求、办理经过、结果都要写")
    if len(text.title) > MAX_TITLE or len(text.summary) > MAX_SUMMARY:
        too_long = "title" if len(text.title) > MAX_TITLE else "summary"
        raise AppError(f"标题不超过 {MAX_TITLE} 个字，短答不超过 {MAX_SUMMARY} 个字", field=too_long)
    found = leftovers(session, text.whole, ticket)
    if found:
        raise AppError(privacy.explained(found), field=privacy.part_with(asdict(text), found))
    entry_id, draft = proposing.new_entry(
        desk, folder, label, title=text.title, question=text.title, answer=text.summary
    )
    draft = replace(
        draft,
        kind=Kind.CASE.value,
        questions=_questions(text.title),
        summary=text.summary,
        department=_department(session, ticket) or hub,
        sections=(
            DraftSection(REQUEST, text.request),
            DraftSection(STEPS, text.steps),
            DraftSection(RESULT, text.result),
        ),
    )
    words = f"把工单写成典型案例：{text.title}"
    return desk.propose(entry_id, draft, who, now, words=words, ticket=ticket.number, origin=ORIGIN)


def require_clean(
    session: Session, sheet: Sheet, draft: Draft, fields: Mapping[str, str] | None = None
) -> None:
    """The last door before review and before publishing: raises AppError where a case still names somebody.

    `fields`: the draft as the form that was sent shows it, for the error to name the one where it stands.
    """
    if draft.kind != Kind.CASE:
        return
    ticket = (
        session.exec(select(Ticket).where(col(Ticket.number) == sheet.ticket)).first()
        if sheet.ticket
        else None
    )
    found = leftovers(session, _readable(draft), ticket)
    if found:
        raise AppError(privacy.explained(found), field=privacy.part_with(fields or {}, found))


def cases_on(sheets: Sequence[Sheet]) -> dict[str, Sheet]:
    """The newest case sheet of each ticket number."""
    return {sheet.ticket: sheet for sheet in reversed(sheets) if sheet.origin == ORIGIN and sheet.ticket}


def _readable(draft: Draft) -> str:
    """The words of the file without its dates, so that a day is not taken for a number of somebody's."""
    return markdown_of(replace(draft, approved_on="", reviewed="", effective_from="", effective_to=""))


def _questions(title: str) -> tuple[str, ...]:
    topic = title.removeprefix(TITLE)[:MAX_TOPIC]
    return (f"{topic}的案例", f"有没有{topic}办成的例子", f"别的企业{topic}最后怎么解决的")


def _steps(session: Session, ticket: Ticket) -> list[str]:
    statement = (
        select(TicketEvent).where(col(TicketEvent.ticket_id) == ticket.id).order_by(col(TicketEvent.id))
    )
    first = local_date(ticket.opened_at)
    found: list[str] = []
    for event in session.exec(statement):
        words = STEP_WORDS.get(event.kind)
        if words is not None:
            found.append(f"第 {(local_date(event.at) - first).days + 1} 天：{words}")
    return list(dict.fromkeys(found)) or ["第 1 天：收到诉求"]


def _department(session: Session, ticket: Ticket) -> str:
    row = session.get(Department, ticket.department_id) if ticket.department_id else None
    return row.name if row is not None else ""


def _kind(session: Session, ticket: Ticket) -> str:
    row = session.get(Enterprise, ticket.enterprise_id) if ticket.enterprise_id else None
    if row is None:
        return "企业"
    return f"{row.industry}的{row.kind}" if row.industry else row.kind


def _short(text: str) -> str:
    return text[:100].rstrip("。，；！？ ")
