"""«发票», «贷款», «营业执照变更»: a bare topic is no matter yet. It is asked back, not made a ticket; what is
said next («丢了») is read together with it."""

import re
from dataclasses import replace
from itertools import pairwise

from bot.commands import normalise
from bot.state import ConversationState
from handbook.entry import Candidate, Decision, Entry, SearchResult

MOST_CHARACTERS = 8
FEWEST_TO_CHOOSE_FROM = 2
VAGUE = 3
FEW = 5
_CJK = re.compile(r"[\u4e00-\u9fff]")
# Something happened: that is a matter, however short it is said.
_TROUBLE = re.compile(r"[了没不坏堵漏断欠拖吵臭塌裂破偷骗罚赔封倒闹被]|停[水电气暖]|投诉|举报")
_FILLER = frozenset("怎么样想要办的如何什啥吗呢啊我你他有在和是能可以个请问个下给")


def is_topic(question: str) -> bool:
    """Whether the message only names something, in a few characters."""
    characters = _CJK.findall(normalise(question))
    return 0 < len(characters) <= MOST_CHARACTERS and not _TROUBLE.search(question)


def is_vague(question: str) -> bool:
    """A topic of so few characters that nobody could act on it («办证»)."""
    return is_topic(question) and len(_CJK.findall(question)) <= VAGUE


def as_choice(question: str, result: SearchResult) -> SearchResult:
    """The result with what names the same thing to choose from, where nothing was certain enough of a bare topic."""
    if result.decision is not Decision.NONE or not is_topic(question):
        return result
    pairs = _pairs(normalise(question))
    near = tuple(item for item in result.candidates if _names(item, pairs))
    if len(near) < FEWEST_TO_CHOOSE_FROM:
        return result
    return replace(result, decision=Decision.CHOOSE, candidates=near)


def joined(before: str, words: str) -> str:
    """«丢了» after «营业执照»: both together; "" where either says enough by itself."""
    few = 0 < len(_CJK.findall(words)) <= FEW
    return before + words if few and 0 < len(_CJK.findall(before)) <= MOST_CHARACTERS else ""


def with_topic(state: ConversationState, words: str) -> str:
    """`joined` with the topic that was asked about before, where one was; else ""."""
    return joined(state.question, words) if state.near else ""


def share_named(entry: Entry, words: str) -> float:
    """How much of a message is in the entry's own phrasings, 0..1 by neighbouring characters."""
    characters = "".join(_CJK.findall(words))
    pairs = [one + two for one, two in pairwise(characters)]
    known = _words(entry)
    return sum(pair in known for pair in pairs) / len(pairs) if pairs else 1.0


def _pairs(line: str) -> set[str]:
    """Neighbouring characters that mean something."""
    return {
        one + two
        for one, two in pairwise(line)
        if not {one, two} & _FILLER and _CJK.match(one) and _CJK.match(two)
    }


def _names(item: Candidate, pairs: set[str]) -> bool:
    words = _words(item.entry)
    return any(pair in words for pair in pairs)


def _words(entry: Entry) -> str:
    return "\n".join((*entry.keywords, *entry.phrasings))
