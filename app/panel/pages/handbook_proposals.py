"""From a settled ticket to a proposal for the handbook: what was learnt, without whose it was."""

from dataclasses import dataclass

from sqlmodel import Session
from starlette.responses import Response

from app.directory.models import Enterprise, Officer
from app.editing import privacy, proposing
from app.editing.desk import Desk
from app.editing.values import STATE_NAMES, Person
from app.errors import AppError, NotFound
from app.panel import ticket_detail
from app.panel.calls import Call
from app.panel.pages.handbook import PATH, desk_of, person_of, topic_categories
from app.panel.pages.handbook_drafts import TONES
from app.panel.scope import area_codes
from app.tickets.models import Ticket
from handbook.drafting import Draft

NEW = "new"
MAX_TITLE = 40


@dataclass(frozen=True)
class Source:
    """A ticket with the names that must not get into the handbook, and who may be thanked."""

    ticket: Ticket
    enterprises: tuple[str, ...]
    people: tuple[str, ...]
    officer: Officer | None


def show(call: Call) -> Response:
    """The form, filled from the ticket with what is personal taken out."""
    source = _source(call, call.query("ticket"))
    ticket = source.ticket
    typed = {
        "question": _clean(source, ticket.content),
        "answer": _clean(source, ticket.result),
        "target": NEW,
        "title": "",
        "folder": "",
        "whose": "self",
    }
    return _page(call, source, typed)


def propose(call: Call) -> Response:
    """Put the proposal on the desk, unless it still names somebody."""
    source = _source(call, call.form.text("ticket"))
    call.target = f"ticket:{source.ticket.number}"
    question, answer, title = (call.form.text(name) for name in ("question", "answer", "title"))
    if not question or not answer:
        raise AppError("问法和答复都要写")
    parts = {"question": question, "answer": answer, "title": title}
    named = privacy.flags("\n".join(parts.values()), enterprises=source.enterprises, people=source.people)
    if named:
        raise AppError(privacy.explained(named), field=privacy.part_with(parts, named))
    desk = desk_of(call)
    entry_id, draft = _draft(call, desk, question=question, answer=answer, title=title)
    me = person_of(call)
    words = f"企业这样问：{question}\n应该这样答：{answer}"
    sheet = desk.propose(
        entry_id,
        draft,
        _proposer(call, source) or me,
        call.now,
        words=words,
        ticket=source.ticket.number,
        by=me,
    )
    call.detail = {"entry": entry_id, "draft": sheet.key}
    return call.go(f"{PATH}/propose?ticket={source.ticket.number}&done=proposed")


def show_refusal(call: Call, error: AppError) -> Response:
    """The form with the reason and what was typed."""
    source = _source(call, call.form.text("ticket"))
    typed = {
        name: call.form.text(name) for name in ("question", "answer", "target", "title", "folder", "whose")
    }
    return _page(call, source, typed, fault=error.message, status=error.status_code)


def _page(
    call: Call, source: Source, typed: dict[str, str], *, fault: str = "", status: int = 200
) -> Response:
    desk = desk_of(call)
    result = call.deps.search.search(source.ticket.content, staff=True)
    mine = [sheet for sheet in desk.shelf.sheets() if sheet.ticket == source.ticket.number]
    return call.page(
        "handbook_propose.html",
        status=status,
        ticket=source.ticket,
        officer=source.officer,
        near=[candidate.entry for candidate in result.candidates if candidate.entry.sections],
        categories=topic_categories(desk.library()),
        typed=typed,
        fault=fault,
        sheets=mine,
        states=STATE_NAMES,
        tones=TONES,
        new=NEW,
    )


def _source(call: Call, number: str) -> Source:
    ticket = ticket_detail.find_ticket(call.session, number, area_codes(call.session, call.user))
    if not ticket.result:
        raise NotFound("这张单子还没有结果：办结以后再写进手册")
    enterprise, officer = _enterprise(call.session, ticket), _officer(call.session, ticket)
    people = [ticket.contact_name]
    if enterprise is not None:
        people += [enterprise.legal_representative, enterprise.contact_name]
    if officer is not None:
        people.append(officer.name)
    names = (enterprise.name,) if enterprise is not None else ()
    return Source(ticket, names, tuple(filter(None, people)), officer)


def _enterprise(session: Session, ticket: Ticket) -> Enterprise | None:
    return session.get(Enterprise, ticket.enterprise_id) if ticket.enterprise_id is not None else None


def _officer(session: Session, ticket: Ticket) -> Officer | None:
    number = ticket.officer_id or ticket.first_responder_id
    return session.get(Officer, number) if number is not None else None


def _clean(source: Source, text: str) -> str:
    return privacy.redacted(text, enterprises=source.enterprises, people=source.people)


def _proposer(call: Call, source: Source) -> Person | None:
    officer = source.officer
    if call.form.text("whose") != "officer" or officer is None or not officer.openid:
        return None
    return Person(f"officer:{officer.staff_no}", officer.name, officer.openid)


def _draft(call: Call, desk: Desk, *, question: str, answer: str, title: str) -> tuple[str, Draft]:
    """The entry the proposal is for and its text: the present one with the question added, or a new one."""
    target = call.form.text("target")
    if target != NEW:
        return target, proposing.edited(desk, target, question)
    folder = call.form.text("folder")
    categories = {category.folder: category for category in topic_categories(desk.library())}
    if not title or len(title) > MAX_TITLE:
        raise AppError(f"新条目要写标题，不超过 {MAX_TITLE} 个字", field="title")
    if folder not in categories:
        raise AppError("新条目要选类目", field="folder")
    return proposing.new_entry(
        desk, folder, categories[folder].label, title=title, question=question, answer=answer
    )
