"""Two questions in one message: one is answered, the other is named and a tap away, so that neither is lost."""

import re
from dataclasses import replace

from bot import matters, wording
from bot.signals import CJK
from bot.turn import Context, Turn
from handbook.entry import Decision, SearchResult

FEWEST_CHARACTERS, MOST_CHARACTERS = 5, 60
_JOINT = re.compile(
    r"[\s,，。.;；、!！?？]*(?:另外|此外|顺便再?问一?下?|再(?:问|咨询)一?下|另一个[是呢]?|再一个[是呢]?|再就是)[\s,，:：]*"
    r"|(?:[\s,，。.;；、!！?？]+|(?<=[吗呢呀]))(?:还有(?:就是|一个[是呢]?)?(?![没吗多几\d个])|其次|第二个?[是呢,，、:：]|二是|2(?:、|\.(?!\d)))[\s,，:：]*"
    r"|[?？]+\s*(?=.)"
)
# Both halves ask for something: «我们厂想扩建，另外环评要重做吗» tells first what it asks about.
_ASKS = re.compile(
    r"怎么|怎样|咋|如何|什么|啥|[吗呢]|哪|多少|多久|几|谁|是否|[能可]否|(.)[不没]\1|[不没]$|流程|条件|材料|手续|想(办|申请|问|贷|咨询|了解|查|要)"
)
_LEAD = re.compile(
    r"^(?:.{0,12}[两二2][个件](?:问题|事情?)[\s,，:：]*)?(?:一个是|第一个?[是呢,，、:：]|一是|1(?:、|\.(?!\d)))?\s*"
)
_END = re.compile(r"[\s,，。.;；、!！?？]+$")
_TALK = (Decision.SMALLTALK, Decision.COMMAND)


def parts(text: str) -> tuple[str, str] | None:
    """The two halves of «A 另外 B», without the words that join them; None where it is one question, or a story."""
    halves = [_END.sub("", _LEAD.sub("", half)).strip() for half in _JOINT.split(text.strip())]
    if len(halves) != 2 or any(
        len(CJK.findall(half)) < FEWEST_CHARACTERS or len(half) > MOST_CHARACTERS or not _ASKS.search(half)
        for half in halves
    ):
        return None
    return halves[0], halves[1]


def answer_one(ctx: Context) -> Turn | None:
    """The first half that the handbook answers, or knows something near, and the other one as a tap.

    None where the message is better kept whole: what nobody can answer goes to a person as it was written, and
    whoever gets the ticket reads both halves.
    """
    halves = parts(ctx.text)
    if halves is None:
        return None
    found, whole = [ctx.search.search(half) for half in halves], ctx.search.search(ctx.text).decision
    decisions = [result.decision for result in found]
    known = [Decision.ANSWER, Decision.CHOOSE] if whole is Decision.CHOOSE else [Decision.ANSWER]
    told = next((decisions.index(decision) for decision in known if decision in decisions), None)
    if told is None or not _is_another(found[told], found[1 - told]):
        return None
    if whole is Decision.NONE and decisions[1 - told] is not Decision.ANSWER:
        return None
    turn = matters.consider(ctx, halves[told])
    return replace(turn, after=(*turn.after, wording.the_other_question(halves[1 - told])))


def _is_another(answered: SearchResult, other: SearchResult) -> bool:
    """Whether the other half is a matter, and not the one that was answered."""
    if other.decision in _TALK:
        return False
    same = other.best is not None and answered.best is not None and other.best.entry == answered.best.entry
    return not same
