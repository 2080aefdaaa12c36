"""What was asked and what the bot said; a box to try a question."""

from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col
from starlette.responses import Response

from app.conversations.models import Answer
from app.panel.calls import Call
from app.panel.figures import in_vain
from app.panel.paging import paged
from handbook.entry import Decision, SearchResult

PATH = "/admin/answers"
DECISION_NAMES = {
    Decision.ANSWER: "直接答",
    Decision.CHOOSE: "请对方选",
    Decision.NONE: "没答上",
    Decision.REDIRECT: "指路",
    Decision.SMALLTALK: "寒暄",
    Decision.COMMAND: "指令",
    Decision.OUT_OF_SCOPE: "不受理",
}
DECISION_TONES = {Decision.ANSWER: "done", Decision.CHOOSE: "wait", Decision.NONE: "bad"}
WINDOW = timedelta(days=90)
# What the search measures (handbook.features), in words an editor can use.
WHY_NAMES = {
    "words": "词",
    "characters": "字",
    "sounds": "读音",
    "body": "正文",
    "phrasing": "问法",
    "phrasing_sounds": "问法读音",
    "whole": "整句",
    "title": "标题",
    "clause": "最像的一句",
    "clause_phrasing": "最像的一句问法",
    "unlike": "像不该答的",
    "covered": "覆盖",
    "exact": "一字不差",
    "is_meta": "非事项条目",
    "dense": "意思",
    "centroid": "意思（整条）",
    "dense_clause": "意思（一句）",
    "dense_unlike": "意思像不该答的",
    "characters_mass": "字的分量",
    "phrasing_mass": "问法分量",
    "sounds_mass": "读音分量",
    "body_mass": "正文分量",
    "whole_mass": "整句分量",
    "title_mass": "标题分量",
}


def show(call: Call) -> Response:
    """The record of the last 90 days; `try` fills the box with a recorded question, `q` with a typed one."""
    query = {name: call.query(name) for name in ("show", "entry")}
    statement = select(Answer).where(col(Answer.at) >= call.now - WINDOW).order_by(col(Answer.id).desc())
    if query["entry"]:
        statement = statement.where(col(Answer.entry_id) == query["entry"])
    if query["show"] == "vain":
        statement = statement.where(in_vain())
    page = paged(call.session, statement, number=call.query_number("page"), path=PATH, query=query)
    question = _question(call)
    return call.page(
        "answers.html",
        page=page,
        query=query,
        question=question,
        tried=call.deps.search.search(question) if question else None,
        title_of=lambda entry_id: _title(call, entry_id),
        names=DECISION_NAMES,
        tones=DECISION_TONES,
        why_of=why_of,
    )


def why_of(result: SearchResult) -> list[tuple[str, str, float, list[tuple[str, str]]]]:
    """Candidates as (id, title, score, reasons)."""
    return [
        (
            candidate.entry.id,
            candidate.entry.title,
            candidate.score,
            [(WHY_NAMES.get(name, name), _short(value)) for name, value in candidate.why.items()],
        )
        for candidate in result.candidates
    ]


def _short(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _question(call: Call) -> str:
    number = call.query_number("try")
    if number is not None:
        row = call.session.get(Answer, number)
        return row.question if row else ""
    return call.query("q")


def _title(call: Call, entry_id: str) -> str:
    entry = call.deps.search.entry(entry_id) if entry_id else None
    return entry.title if entry else entry_id
