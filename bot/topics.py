"""«发票», «贷款», «营业执照变更»: a bare topic is no matter yet. It is asked back, not made a ticket; what is
said next («丢了») is read together with it."""

import re
from dataclasses import replace
from itertools import pairwise

from bot.commands import normalise
from bot.signals import CJK
from bot.state import ConversationState
from handbook.entry import Decision, Entry, SearchResult

MOST_CHARACTERS = 8
FEWEST_TO_CHOOSE_FROM = 2
VAGUE = 3
FEW = 5
# An entry names a topic where it has more than this share of its words: «许可证» alone makes no «种子经营许可证» out of
# a permit for pesticides.
NAMED = 0.5
# Something happened: that is a matter, however short it is said.
_TROUBLE = re.compile(r"[了没不坏堵漏断欠拖吵臭塌裂破偷骗罚赔封倒闹被]|停[水电气暖]|投诉|举报")
# An amount, a time, a number of people; «罚不罚», «能不能退»: the rest of a sentence that was said before. And the
# start of one that is yet to come: «我跟你说个事».
_FRAGMENT = re.compile(
    r"(大概|大约|一共|总共|差不多|就|才|是|有)*[\d零一二两三四五六七八九十百千万亿几半.]+(个|多)?"
    r"(元|块钱?|天|月|年|周|小时|人|家|平方?米?|亩|吨|公里|岁|次)?(左右|多|以上|以下|以内)?[吧呢啊了]*"
    r"|(那|还|这|会|到底|究竟)*(?P<verb>.)[不没](?P=verb).?[呢啊呀吗]*"
    r"|我?(有|想|要|这)*[个件点]?(事儿?|情况|问题)?(想|要)*([跟和给向](你们?|您))?(说说?|讲讲?|反[映应]|问问?|咨询)(一?下|[个件点])*(事情?儿?|情况|问题|困难)?[啊呀吧哈]*"
)
_MATTERS = (Decision.ANSWER, Decision.CHOOSE)
_FILLER = frozenset("怎么样想要办的如何什啥吗呢啊我你他有在和是能可以个请问个下给")


def is_topic(question: str) -> bool:
    """Whether the message only names something, in a few characters."""
    characters = CJK.findall(normalise(question))
    return 0 < len(characters) <= MOST_CHARACTERS and not _TROUBLE.search(question)


def is_fragment(question: str) -> bool:
    """Whether the message is a piece of something and no matter by itself («三十万», «罚不罚», «我跟你说个事»)."""
    line = normalise(question)
    return CJK.search(line) is not None and _FRAGMENT.fullmatch(line) is not None


def is_vague(question: str) -> bool:
    """So few characters that nobody could act on them («办证», «三十万»)."""
    return is_fragment(question) or (is_topic(question) and len(CJK.findall(question)) <= VAGUE)


def by_itself(question: str, result: SearchResult) -> SearchResult:
    """What a few words say without those before them: a bare topic offers what names it, a fragment says nothing."""
    if is_fragment(question) and result.decision in _MATTERS:
        return replace(result, decision=Decision.NONE)
    return _as_choice(question, result)


def _as_choice(question: str, result: SearchResult) -> SearchResult:
    if result.decision is not Decision.NONE or not is_topic(question):
        return result
    pairs = _pairs(normalise(question))
    near = tuple(item for item in result.candidates if _share(item.entry, pairs) > NAMED)
    if len(near) < FEWEST_TO_CHOOSE_FROM:
        return result
    return replace(result, decision=Decision.CHOOSE, candidates=near)


def joined(before: str, words: str) -> str:
    """«丢了» after «营业执照»: both together; "" where either says enough by itself."""
    few = 0 < len(CJK.findall(words)) <= FEW
    return before + words if few and 0 < len(CJK.findall(before)) <= MOST_CHARACTERS else ""


def with_topic(state: ConversationState, words: str) -> str:
    """`joined` with the topic that was asked about before, where one was; else ""."""
    return joined(state.question, words) if state.near else ""


def share_named(entry: Entry, words: str) -> float:
    """How much of a message is in the entry's own phrasings, 0..1 by neighbouring characters."""
    characters = "".join(CJK.findall(words))
    pairs = [one + two for one, two in pairwise(characters)]
    return _share(entry, pairs) if pairs else 1.0


def _pairs(line: str) -> list[str]:
    """Neighbouring characters that mean something."""
    return [
        one + two
        for one, two in pairwise(line)
        if not {one, two} & _FILLER and CJK.match(one) and CJK.match(two)
    ]


def _share(entry: Entry, pairs: list[str]) -> float:
    words = _words(entry)
    return sum(pair in words for pair in pairs) / len(pairs) if pairs else 0.0


def _words(entry: Entry) -> str:
    return "\n".join((*entry.keywords, *entry.phrasings))
