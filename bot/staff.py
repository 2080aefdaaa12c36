"""Commands of officers and coordinators (contract: Chat commands; B6, C5, A11)."""

import re

from bot import answers, staff_wording
from bot.commands import COORDINATOR_VERBS, STAFF_TICKET_VERBS, Command, Verb
from bot.effects import (
    ConfirmBinding,
    FindCoordinator,
    FindEnterprise,
    LogVisit,
    Propose,
    RefuseStaffCommand,
    Register,
    ShowTicket,
    ShowTodo,
    StaffAct,
)
from bot.turn import Context, Turn, do, say
from bot.views import Role
from handbook.entry import Decision

_NEEDS_TEXT = frozenset(
    {Verb.REPLY, Verb.ASK_MORE, Verb.RAISE, Verb.RETURN, Verb.RESOLVE, Verb.TELL, Verb.PROPOSE}
)

_NUMERALS = "零一二三四五六七八九十"
_EXTENSION = re.compile(
    r"(\d{1,2}|[一二两三四五六七八九十])\s*(?:个?工作日|天|日)?[\s,，:：]*(.+)", re.DOTALL
)


def staff_command(ctx: Context, command: Command) -> Turn:
    """Run an officer's command, or refuse it (case 54: role first, words never authorise)."""
    if not ctx.person.is_staff:
        return do(ctx.state, RefuseStaffCommand(command.verb))
    if ctx.person.role is Role.COORDINATOR and command.verb not in COORDINATOR_VERBS:
        return do(ctx.state, RefuseStaffCommand(command.verb))
    if command.verb in STAFF_TICKET_VERBS:
        return _on_ticket(ctx, command)
    return _other(ctx, command)


def staff_question(ctx: Context, question: str) -> Turn:
    """Anything else an officer types is looked up in the handbook, notes included; no ticket."""
    result = ctx.search.search(question, staff=True)
    best = result.best
    if best is None or result.decision is Decision.NONE:
        return say(ctx.state, staff_wording.nothing_found())
    if result.decision is Decision.CHOOSE:
        return say(ctx.state, answers.staff_list(result.candidates))
    if result.decision in (Decision.SMALLTALK, Decision.COMMAND):
        return say(ctx.state, answers.short_reply(best.entry))
    return say(ctx.state, answers.staff_answer(best.entry))


def _on_ticket(ctx: Context, command: Command) -> Turn:
    verb = command.verb
    if not command.ref:
        return say(ctx.state, staff_wording.how_to(verb))
    if verb is Verb.SHOW:
        return do(ctx.state, ShowTicket(command.ref))
    if verb in _NEEDS_TEXT and not command.text:
        return say(ctx.state, staff_wording.how_to(verb))
    if verb is Verb.PROPOSE:
        return do(ctx.state, Propose(command.ref, command.text))
    if verb is Verb.SUMMON:
        target, reason = _department_and_reason(command.text, ctx.policy.departments)
        if not target:
            return say(ctx.state, staff_wording.how_to(verb))
        return do(ctx.state, StaffAct(verb, command.ref, reason, target))
    if verb is Verb.EXTEND:
        match = _EXTENSION.match(command.text)
        if not match:
            return say(ctx.state, staff_wording.how_to(verb))
        return do(ctx.state, StaffAct(verb, command.ref, match[2].strip(), days=_days(match[1])))
    return do(ctx.state, StaffAct(verb, command.ref, command.text))


def _other(ctx: Context, command: Command) -> Turn:
    if command.verb is Verb.TODO:
        return do(ctx.state, ShowTodo())
    if not command.text:
        return say(ctx.state, staff_wording.how_to(command.verb))
    match command.verb:
        case Verb.HANDBOOK:
            return staff_question(ctx, command.text)
        case Verb.FIND_ENTERPRISE:
            return do(ctx.state, FindEnterprise(command.text))
        case Verb.FIND_COORDINATOR:
            return do(ctx.state, FindCoordinator(command.text))
        case Verb.CONFIRM_BINDING:
            return do(ctx.state, ConfirmBinding(command.text))
    enterprise, _, rest = command.text.partition(" ")
    if not rest.strip():
        return say(ctx.state, staff_wording.how_to(command.verb))
    if command.verb is Verb.VISIT:
        return do(ctx.state, LogVisit(enterprise, rest.strip()))
    return do(ctx.state, Register(enterprise, rest.strip()))


def _department_and_reason(text: str, departments: tuple[str, ...]) -> tuple[str, str]:
    """`住建委 占道施工` or `住建委占道施工`: known names first, else the first word."""
    for name in sorted(departments, key=len, reverse=True):
        if text.startswith(name):
            return name, text[len(name) :].strip(" ,，:：")
    first, _, reason = text.partition(" ")
    return first, reason.strip()


def _days(text: str) -> int:
    return int(text) if text.isdecimal() else _NUMERALS.index(text.replace("两", "二"))
