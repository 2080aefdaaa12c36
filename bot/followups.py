"""«那要带啥», «多少钱», «几天能办好» after an answer: the part of the same entry that says so, word for word."""

import re

from bot import answers, matters, wording
from bot.commands import normalise
from bot.state import Pick, Step
from bot.turn import Context, Turn, say
from handbook.entry import Decision, Entry, Kind

MOST_CHARACTERS = 16
_LEAD = r"(那么?|嗯|好的?|请问|我想问|想问下?|问一?下|这个|这|它|还有?|都|一共|总共|大概|大约|一般|具体|我们?|得|是|需要|要|到底|该|可以|能不能|能)*"
_END = r"(啊|呀|呢|嘛|吗|吧|哦|呗|来着|了|的|谢谢|不)*"
_WHAT = r"(什么|啥|哪些|嘛|哪几样)"
_PAPERS = r"(材料|东西|手续|资料|证件|文件|证明)"
# A part of an entry by the headings of `kb/_template.md`, and how people ask for it without naming the matter.
_PARTS = {
    "所需材料": rf"(带|准备|交|提交|拿|提供|备)(些|点|上)?{_WHAT}{_PAPERS}?|{_WHAT}{_PAPERS}|{_PAPERS}(清单)?(有|都|要|是|需要)*{_WHAT}?",
    "办理时限与费用": r"花?(多少|几个|多)钱|收(不收)?[费钱]|[要花交]钱|免费|费用(是?多少)?|花多少"
    r"|(几天|多久|多长时间|多少天|几个工作日|啥时候|什么时候)(能|可以|才|就)*(办[好完]|办?下来|拿到|出来|好|批|到账|拿证)?",
    "办理渠道": r"([在去上到])?(哪里|哪儿|哪|什么地方|啥地方)(能|可以|去)*(办理?|弄|申请|交|领)|[在去上到](哪里|哪儿|哪|什么地方|啥地方)"
    r"|(网上|线上|手机上?)(能|可以|怎么)?(办理?|弄|申请)|(地址|窗口|大厅)(在哪里?儿?)?",
    "办理流程": r"(怎么|咋|如何)(办理?|弄|操作|申请|走|整)|(流程|步骤)(是?(什么|啥))?|第一步(干|做|是)?(什么|啥)?"
    r"|(下一步|接下来|还[要得]?)(干|做|怎么|咋).{0,2}|(下一步|接下来)|先(干|办|做|弄)(什么|啥|哪个)",
    "办理条件": r"有?(什么|啥|哪些)(条件|要求)|条件(是?(什么|啥))?",
}
_ASKED = {heading: re.compile(f"{_LEAD}({core}){_END}") for heading, core in _PARTS.items()}
_NO_SECTIONS = frozenset({Kind.REDIRECT})


def part_asked_for(text: str) -> str | None:
    """The heading that a follow-up question asks for; None where it names a matter of its own."""
    words = re.sub(r"[\s,，。.!！?？~～、;；]", "", normalise(text))
    if not words or len(words) > MOST_CHARACTERS:
        return None
    return next((heading for heading, pattern in _ASKED.items() if pattern.fullmatch(words)), None)


def follow_up(ctx: Context) -> Turn | None:
    """The part asked for of the answer given last; None where the words belong to a ticket or are a question."""
    heading = part_asked_for(ctx.text)
    if heading is None:
        return None
    options = ctx.state.options
    if ctx.state.step is Step.CHOOSING and any(option.pick is Pick.ENTRY for option in options):
        return say(ctx.state, wording.choices([option.label for option in options]))
    entry = _answered_last(ctx)
    if entry is None:
        return _of_nothing(ctx)
    if entry.kind in _NO_SECTIONS:
        return say(ctx.state, answers.with_way_on(entry))
    section = next((item for item in entry.sections if item.heading == heading), None)
    return say(ctx.state, answers.part(entry, section) if section else answers.answer(entry))


def _of_nothing(ctx: Context) -> Turn | None:
    """«多少钱» with neither an answer nor a fresh ticket before it: of what?"""
    is_known = ctx.search.search(ctx.text).decision not in (Decision.CHOOSE, Decision.NONE)
    if is_known or matters.following_up(ctx) is not None:
        return None
    return say(matters.keeping(ctx, ctx.text), wording.say_more())


def _answered_last(ctx: Context) -> Entry | None:
    if not ctx.state.question or len(ctx.state.near) != 1:
        return None
    entry = ctx.search.entry(ctx.state.near[0])
    if entry is None or not (answers.has_page(entry) or entry.kind in _NO_SECTIONS):
        return None
    return entry
