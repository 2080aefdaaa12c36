"""Try questions as an enterprise or as an officer would ask them: decision, confidence, reasons, the very words."""

from starlette.responses import Response

from app.panel.calls import Call
from app.panel.pages.answers import DECISION_NAMES, DECISION_TONES
from bot import answers
from handbook.entry import Decision
from handbook.explaining import Explanation, explain

MOST = 5
MAX_TYPED = 1000


def show(call: Call) -> Response:
    """The box, and under it an explanation of every line; nothing is recorded."""
    typed, staff = _typed(call), call.query("staff") == "1"
    questions = [line.strip() for line in typed.splitlines() if line.strip()][:MOST]
    tried = [explain(call.deps.search, question, staff=staff) for question in questions]
    return call.page(
        "handbook_try.html",
        typed=typed,
        staff=staff,
        tried=[(found, _said(found, staff=staff)) for found in tried],
        names=DECISION_NAMES,
        tones=DECISION_TONES,
    )


def _typed(call: Call) -> str:
    """Longer than other parameters: a question may be a story, and several lines are several questions."""
    text = call.request.query_params.get("q", "")[:MAX_TYPED]
    return "".join(sign for sign in text if sign.isprintable() or sign == "\n").strip()


def _said(found: Explanation, *, staff: bool) -> str:
    """What the person would read; "" where the bot asks back or hands over."""
    best = found.result.best
    if best is None or found.result.decision in (Decision.CHOOSE, Decision.NONE):
        return ""
    if staff:
        return answers.staff_answer(best.entry).plain()
    if found.result.decision is Decision.ANSWER:
        return answers.answer(best.entry).plain()
    return answers.short_reply(best.entry).plain()
