"""What a proposal puts on the desk: the entry it is about with the new question, or the beginning of a new one."""

from dataclasses import replace

from app.editing.desk import Desk
from app.errors import AppError, NotFound
from handbook.documents.recognised import shortened
from handbook.drafting import Draft, DraftSection, draft_of, slug_of
from handbook.fields import INTERNAL_HEADING

MAX_QUESTION = 120
MOST_OF_ONE_NAME = 100


def edited(desk: Desk, entry_id: str, question: str) -> Draft:
    """The present text with the question added; NotFound for an unknown entry."""
    document = desk.library().documents.get(entry_id)
    if document is None:
        raise NotFound("没有这个条目")
    draft = draft_of(document)
    if len(question) > MAX_QUESTION or question in (draft.title, *draft.questions):
        return draft
    return replace(draft, questions=(*draft.questions, question))


def new_entry(
    desk: Desk, folder: str, label: str, *, title: str, question: str, answer: str
) -> tuple[str, Draft]:
    """A free id in the folder and a draft whose short answer is `answer`; what is too long goes to the notes."""
    summary, rest = shortened(answer)
    notes = (DraftSection(INTERNAL_HEADING, rest),) if rest else ()
    questions = (question,) if len(question) <= MAX_QUESTION else ()
    draft = Draft(title=title, questions=questions, category=label, summary=summary, sections=notes)
    return _free_id(desk, folder, slug_of(title) or "new-entry"), draft


def _free_id(desk: Desk, folder: str, slug: str) -> str:
    for number in range(1, MOST_OF_ONE_NAME):
        entry_id = f"{folder}/{slug}" if number == 1 else f"{folder}/{slug}-{number}"
        if desk.current(entry_id) is None and desk.open_sheet(entry_id) is None:
            return entry_id
    raise AppError("同名的条目太多：换一个标题", field="title")
