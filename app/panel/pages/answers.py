"""What was asked and what the bot said; a box to try a question."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import ColumnElement, select
from sqlmodel import col
from starlette.responses import Response

from app.conversations.learning import CHOSEN
from app.conversations.models import Answer
from app.editing import privacy
from app.panel.calls import Call
from app.panel.paging import paged
from app.panel.trends import in_vain
from app.reports.period import midnight
from app.trends.counting import HITS
from handbook.entry import Decision
from handbook.explaining import explain

PATH = "/admin/answers"
DECISION_NAMES = {
    Decision.ANSWER: "直接答",
    Decision.CHOOSE: "请对方选",
    CHOSEN: "选了一条",
    Decision.NONE: "没答上",
    Decision.REDIRECT: "指路",
    Decision.SMALLTALK: "寒暄",
    Decision.COMMAND: "指令",
    Decision.OUT_OF_SCOPE: "不受理",
}
DECISION_TONES = {Decision.ANSWER: "done", CHOSEN: "done", Decision.CHOOSE: "wait", Decision.NONE: "bad"}
WINDOW = timedelta(days=90)
SHOWN: dict[str, Callable[[], ColumnElement[bool]]] = {
    "vain": in_vain,
    "given": lambda: col(Answer.decision).in_(HITS),
    "unsolved": lambda: col(Answer.is_solved).is_(False),
}


def show(call: Call) -> Response:
    """The record of the last 90 days; `try` fills the box with a recorded question, `q` with a typed one, and
    `same` leaves only the times that this recorded question came in the same words."""
    query = {name: call.query(name) for name in ("show", "entry", "same", "since", "until")}
    same = _recorded(call, "same")
    statement = select(Answer).where(col(Answer.at) >= call.now - WINDOW).order_by(col(Answer.id).desc())
    if query["entry"]:
        statement = statement.where(col(Answer.entry_id) == query["entry"])
    if same:
        statement = statement.where(col(Answer.question) == same)
    if query["show"] in SHOWN:
        statement = statement.where(SHOWN[query["show"]]())
    since, until = call.query_day("since"), call.query_day("until")
    if since:
        statement = statement.where(col(Answer.at) >= midnight(since))
    if until:
        statement = statement.where(col(Answer.at) < midnight(until + timedelta(days=1)))
    page = paged(call.session, statement, number=call.query_number("page"), path=PATH, query=query)
    question = privacy.redacted(same or _recorded(call, "try")) or call.query("q")
    return call.page(
        "answers.html",
        page=page,
        query=query,
        question=question,
        tried=explain(call.deps.search, question) if question else None,
        title_of=lambda entry_id: _title(call, entry_id),
        names=DECISION_NAMES,
        tones=DECISION_TONES,
        readable=privacy.redacted,
    )


def _recorded(call: Call, name: str) -> str:
    """The recorded question whose number the address gives; "" if there is none."""
    number = call.query_number(name)
    row = call.session.get(Answer, number) if number is not None else None
    return row.question if row else ""


def _title(call: Call, entry_id: str) -> str:
    entry = call.deps.search.entry(entry_id) if entry_id else None
    return entry.title if entry else entry_id
