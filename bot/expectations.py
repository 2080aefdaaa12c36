"""What the bot asked for a moment ago: a pick, a description, a name, a phone number."""

import re
from dataclasses import replace

from bot import binding_wording, matters
from bot.commands import normalise, parse
from bot.effects import Bind, RecordAnswer, Reopen, SaveContact, Supplement, SwitchTo
from bot.owner import offer_enterprises
from bot.signals import contact_in
from bot.staff import worded
from bot.state import Option, Pick, Step
from bot.turn import Context, Turn, do, say

# `1`, `1.`, `选1`, `第一个`, `①`, `二`, `2 公司变更…`: a number as people say it, alone or with the label.
_NUMBERED = re.compile(
    r"(?:我?选择?)?\s*第?\s*([1-9一二三四五六七八九①-⑨])\s*(?:个|项|号|条|家)?吧?(?:[\s.、,，]+(.*)|$)"
)
_AFFIRMS = re.compile(
    r"(是|对|嗯|没错|确认|好)*(的|呀|啊|就)*(就?是)?(这家|它|这个|我们?家?|我的店)?(的|呀|啊|了)*"
)
_DENIES = re.compile(r"(不是?|不对|错了|都不是|不是我们?的?)(这家|它|这个)?(的|呀|啊)?")
_DECLINES = frozenset({"不用", "不留", "不用了", "算了", "不方便", "不想留", "不", "不需要", "跳过"})


def expected(ctx: Context) -> Turn | None:
    """Take the message as what was asked for, or None if it is something else."""
    match ctx.state.step:
        case Step.CHOOSING:
            return _choosing(ctx)
        case Step.DESCRIBING:
            return _describing(ctx)
        case Step.NAMING:
            return _naming(ctx)
        case Step.CONTACTING:
            return _contacting(ctx)
        case Step.WORDING:
            return worded(ctx)
    return None


def picked(options: tuple[Option, ...], text: str) -> Option | None:
    """The option a text names: its number alone, number and label, or the label."""
    line = normalise(text)
    for option in options:
        if line == normalise(option.label):
            return option
    match = _NUMBERED.fullmatch(line)
    number = _ordinal(match[1]) if match else 0
    if not match or number > len(options):
        return None
    option = options[number - 1]
    return option if match[2] is None or normalise(match[2]) == normalise(option.label) else None


def _confirmed(options: tuple[Option, ...], text: str) -> Option | None:
    """«是的», «对，就是这家», «不是» to «是这家吗？», where only one enterprise was named."""
    if [option.pick for option in options] != [Pick.ENTERPRISE, Pick.NOT_LISTED]:
        return None
    line = re.sub(r"[\s,，。.!！~～]", "", normalise(text)).replace("對", "对").replace("這", "这")
    if _DENIES.fullmatch(line):
        return options[1]
    return options[0] if _AFFIRMS.fullmatch(line) else None


def _ordinal(sign: str) -> int:
    for numerals in ("一二三四五六七八九", "①②③④⑤⑥⑦⑧⑨"):
        if sign in numerals:
            return numerals.index(sign) + 1
    return int(sign)


def _choosing(ctx: Context) -> Turn | None:
    option = picked(ctx.state.options, ctx.text) or _confirmed(ctx.state.options, ctx.text)
    if option is None:
        return None
    state, question = ctx.state, ctx.state.question
    match option.pick:
        case Pick.ENTRY:
            return _chosen_entry(ctx, option.value)
        case Pick.TICKET:
            return matters.open_ticket(ctx, question, state.near)
        case Pick.ATTACH:
            effect = Supplement(option.value, question, state.media)
            return do(state.settled(question="", near=(), media=()), effect)
        case Pick.REOPEN:
            again = Reopen(option.value, question, state.media)
            return do(state.settled(question="", near=(), media=()), again)
        case Pick.ENTERPRISE:
            return bind(ctx, int(option.value))
        case Pick.SWITCH:
            return do(state.settled(), SwitchTo(int(option.value)))
        case Pick.NOT_LISTED:
            return say(state.settled(), binding_wording.not_listed(ctx.policy))


def bind(ctx: Context, enterprise_id: int) -> Turn:
    """Bind, and ask once for name and phone."""
    if ctx.state.asked_contact or ctx.person.has_contact:
        return do(ctx.state.settled(), Bind(enterprise_id))
    state = ctx.state.expecting(Step.CONTACTING, ctx.now, options=(), asked_contact=True)
    return Turn(state, (), (Bind(enterprise_id),), (binding_wording.ask_contact(),))


def _chosen_entry(ctx: Context, entry_id: str) -> Turn | None:
    entry = ctx.search.entry(entry_id)
    if entry is None:
        return None
    record = RecordAnswer(ctx.state.question, "chosen", entry_id, ctx.state.near, 1.0)
    return matters.give(ctx, ctx.state.question, entry, record)


def _describing(ctx: Context) -> Turn | None:
    if parse(ctx.text) is not None:
        return None
    near = tuple(item.entry.id for item in ctx.search.search(ctx.text).candidates[:3])
    return matters.open_ticket(ctx, ctx.text, near)


def _naming(ctx: Context) -> Turn | None:
    if parse(ctx.text) is not None:
        return None
    found = ctx.desk.find_enterprises(ctx.text)
    if found is None:
        return say(ctx.state, binding_wording.too_many_look_ups(ctx.policy))
    return offer_enterprises(ctx, found) if found else None


def _contacting(ctx: Context) -> Turn | None:
    contact = contact_in(ctx.text)
    if contact is not None:
        return do(ctx.state.settled(), SaveContact(*contact))
    if normalise(ctx.text) in _DECLINES:
        return say(replace(ctx.state.settled(), asked_contact=True), binding_wording.contact_declined())
    return None
