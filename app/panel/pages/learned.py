"""What people's choices taught: an editor reads each before it becomes a phrasing, and can take it back."""

from dataclasses import dataclass

from starlette.responses import Response

from app.conversations import learning
from app.conversations.learning import Taught
from app.conversations.models import Lesson, LessonState
from app.editing import phrasings
from app.editing.proposing import MAX_QUESTION
from app.errors import AppError
from app.panel.calls import Call
from app.panel.pages.handbook import PATH, desk_of, person_of
from app.panel.roles import EDITORS

PAGE = f"{PATH}/learned"
SHOWN = 100
TABS = (
    (LessonState.WAITING, "待定"),
    (LessonState.ACCEPTED, "已采纳"),
    (LessonState.REJECTED, "没有采纳"),
    (LessonState.REFUTED, "选了也没解决"),
)


@dataclass(frozen=True)
class Row:
    """A lesson with titles for the ids; `others` were offered and not chosen."""

    taught: Taught
    title: str
    others: tuple[str, ...]
    phrasing: str


def show(call: Call) -> Response:
    """Lessons by state."""
    return _page(call)


def accept(call: Call) -> Response:
    """Teach the phrasing as typed in the form (the question, shortened if need be)."""
    lesson = _lesson(call)
    phrasing = call.form.text("phrasing")
    # The lesson first: where somebody else has decided, the file stays as it is.
    learning.decide(
        call.session,
        lesson,
        LessonState.ACCEPTED,
        who=person_of(call).account,
        now=call.now,
        phrasing=phrasings.tidy(phrasing)[:MAX_QUESTION],
    )
    line = phrasings.teach(desk_of(call), lesson.entry_id, phrasing)
    call.detail = {"act": "accept", "lesson": lesson.id, "phrasing": line}
    return call.go(PAGE, done="learned")


def reject(call: Call) -> Response:
    """It teaches nothing; what was taught already is taken back."""
    lesson = _lesson(call)
    was_taught = lesson.state == LessonState.ACCEPTED
    learning.decide(call.session, lesson, LessonState.REJECTED, who=person_of(call).account, now=call.now)
    if was_taught:
        phrasings.forget(desk_of(call), lesson.entry_id, lesson.phrasing)
    call.detail = {"act": "take-back" if was_taught else "reject", "lesson": lesson.id}
    return call.go(PAGE, done="unlearned" if was_taught else "not-learned")


def show_refusal(call: Call, error: AppError) -> Response:
    """The list with the reason, and what was typed in its line."""
    return _page(call, fault=error.message, status=error.status_code, typed=call.form.text("phrasing"))


def _page(call: Call, *, fault: str = "", status: int = 200, typed: str = "") -> Response:
    wanted = call.query("show")
    state = LessonState(wanted) if wanted in {tab.value for tab, _ in TABS} else LessonState.WAITING
    counts = learning.counts(call.session)
    refused = call.request.path_params.get("lesson_id", "")
    return call.page(
        "handbook_learned.html",
        status=status,
        fault=fault,
        tabs=[(tab.value, label, counts[tab.value]) for tab, label in TABS],
        tab=state.value,
        rows=[
            _row(call, found, typed if str(found.lesson.id) == refused else "")
            for found in learning.taught(call.session, state, SHOWN)
        ],
        may_edit=call.role in EDITORS,
    )


def _row(call: Call, found: Taught, typed: str) -> Row:
    lesson = found.lesson
    others = tuple(_title(call, entry_id) for entry_id in lesson.offered if entry_id != lesson.entry_id)
    return Row(found, _title(call, lesson.entry_id), others, typed or lesson.phrasing or lesson.question)


def _lesson(call: Call) -> Lesson:
    number = call.part("lesson_id")
    lesson = learning.lesson_of(call.session, int(number) if number.isdecimal() and len(number) < 10 else 0)
    call.target = f"entry:{lesson.entry_id}"
    return lesson


def _title(call: Call, entry_id: str) -> str:
    entry = call.deps.search.entry(entry_id)
    return entry.title if entry else entry_id
