"""`kb ask` says what the chat would do, also where the chat does more with a result than the search decided."""

import pytest

from app.cli.kb_output import show_explanation
from handbook.entry import Candidate, Decision, Entry, Kind, SearchResult
from handbook.explaining import Explanation, Ground


def entry(entry_id: str, title: str) -> Entry:
    return Entry(
        id=entry_id, title=title, questions=(), unlike=(), keywords=(), department="", category="", kind=Kind.ANSWER,
        audience="public", summary="", sections=(), internal_notes="", basis=(), reviewed=None, review_every=180,
        related=(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("question", "said"),
    [("发票", "先请对方选：发票红冲、代开发票"), ("办证", "先请对方多说两句"), ("发票开不了", None)],
)
def test_a_bare_topic_is_shown_as_the_chat_takes_it(
    capsys: pytest.CaptureFixture[str], question: str, said: str | None
) -> None:
    near = (
        Candidate(entry("tax/a", "发票红冲"), 0.14),
        Candidate(entry("tax/b", "代开发票"), 0.14),
        Candidate(entry("labor/c", "合同"), 0.1),
    )
    result = SearchResult(question, Decision.NONE, near, 0.14)
    show_explanation(Explanation(result, next(iter(Ground)), ()))
    printed = capsys.readouterr().out
    assert (said in printed) if said else ("对话里" not in printed)
