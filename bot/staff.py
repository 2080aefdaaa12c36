"""Commands of officers and coordinators (contract: Chat commands; B6, C5, A11)."""

import re
from dataclasses import replace

from bot import answers, staff_wording
from bot.commands import COORDINATOR_VERBS, STAFF_TICKET_VERBS, Command, Verb, normalise
from bot.effects import (
    ConfirmBinding,
    FindCoordinator,
    FindEnterprise,
    LogVisit,
    Propose,
    RefuseStaffCommand,
    Register,
    ShowContacts,
    ShowTicket,
    ShowTodo,
    StaffAct,
)
from bot.staff_slips import meant
from bot.state import Step
from bot.turn import Context, Turn, do, say
from bot.views import Role
from handbook.entry import Decision

_NEEDS_TEXT = frozenset(
    {
        Verb.REPLY,
        Verb.ASK_MORE,
        Verb.RAISE,
        Verb.RETURN,
        Verb.RESOLVE,
        Verb.TELL,
        Verb.PROPOSE,
        Verb.HAND_BACK,
        Verb.CATEGORISE,
    }
)

_CANCELS = frozenset({"取消", "不了", "算了", "不发了", "不办了"})
# «代办» is what many type for «待办»; of an enterprise it is a question about agents.
_TODO_TOO = frozenset({"代办", "任务", "我的任务", "工单", "我的工单"})
_HOW = re.compile(r"怎么|咋|如何|的?格式|发|写|操作|用|呢|啊")
MOST_TO_ASK_HOW = 10
_NUMERALS = "零一二三四五六七八九十"
_EXTENSION = re.compile(
    r"(\d{1,2}|[一二两三四五六七八九十])\s*(?:个?工作日|天|日)?[\s,，:：]*(.+)", re.DOTALL
)


_RESULT_KINDS = {
    "解决": "solved", "解释": "explained", "转介": "referred", "不属受理范围": "out_of_scope",
}  # fmt: skip
_RESULT = re.compile(r"已?(解决|解释|转介|不属受理范围)\s*[:：]\s*(.+)", re.DOTALL)
# An order number of another system: letters, digits and dashes, at least one digit.
_OUTSIDE_NUMBER = re.compile(r"(?=.*\d)[0-9A-Za-z][0-9A-Za-z\-_/]{2,40}")


def staff_command(ctx: Context, command: Command) -> Turn:
    """Run an officer's command, or refuse it (case 54: role first, words never authorise)."""
    if not ctx.person.is_staff:
        return do(ctx.state, RefuseStaffCommand(command.verb))
    if ctx.person.role is Role.COORDINATOR and command.verb not in COORDINATOR_VERBS:
        return do(ctx.state, RefuseStaffCommand(command.verb))
    if command.verb in STAFF_TICKET_VERBS:
        return _on_ticket(ctx, command)
    return _other(ctx, command)


def worded(ctx: Context) -> Turn | None:
    """The text of the command that waits for it; None where nothing waits."""
    verb, _, ref = ctx.state.command.partition(" ")
    if not ref:
        return None
    state, text = ctx.state.settled(command=""), normalise(ctx.text)
    if text in _CANCELS:
        return say(state, staff_wording.left_alone(ref))
    return staff_command(replace(ctx, state=state), Command(Verb(verb), ref, text))


def staff_question(ctx: Context, question: str) -> Turn:
    """Anything else an officer types: a command with a slip, or looked up in the handbook, notes included."""
    if normalise(question) in _TODO_TOO:
        return do(ctx.state, ShowTodo())
    slip = meant(question)
    if slip is not None:
        return staff_command(ctx, slip)
    verb = _asked_how(question)
    if verb is not None:
        return say(ctx.state, staff_wording.how_to(verb))
    result = ctx.search.search(question, staff=True)
    best = result.best
    if best is None or result.decision is Decision.NONE:
        return say(ctx.state, staff_wording.nothing_found())
    if result.decision is Decision.CHOOSE:
        return say(ctx.state, answers.staff_list(result.candidates))
    if result.decision is Decision.COMMAND and best.entry.command == Verb.PROGRESS:
        return do(ctx.state, ShowTodo())  # «我今天有几个单子»: 进度 is an enterprise's word for it
    if result.decision in (Decision.SMALLTALK, Decision.COMMAND):
        return say(ctx.state, answers.short_reply(best.entry))
    return say(ctx.state, answers.staff_answer(best.entry))


def _asked_how(question: str) -> Verb | None:
    """«怎么办结», «延期怎么发»: the command whose form is asked for."""
    if len(question) > MOST_TO_ASK_HOW or not _HOW.search(question):
        return None
    rest = _HOW.sub("", normalise(question))
    return next((verb for verb in STAFF_TICKET_VERBS if rest == verb), None)


def _on_ticket(ctx: Context, command: Command) -> Turn:
    verb = command.verb
    if not command.ref:
        slip = meant(f"{verb} {command.text}")
        return staff_command(ctx, slip) if slip else say(ctx.state, staff_wording.how_to(verb))
    if verb in _NEEDS_TEXT and not command.text:
        waiting = ctx.state.expecting(Step.WORDING, ctx.now, options=(), command=f"{verb} {command.ref}")
        return say(waiting, staff_wording.ask_for_text(verb, command.ref))
    return _complete(ctx, command)


def _complete(ctx: Context, command: Command) -> Turn:
    verb = command.verb
    match verb:
        case Verb.SHOW:
            return do(ctx.state, ShowTicket(command.ref))
        case Verb.PROPOSE:
            return do(ctx.state, Propose(command.ref, command.text))
        case Verb.SUMMON | Verb.ENGAGE:
            return _to_department(ctx, command)
        case Verb.EXTEND:
            return _extend(ctx, command)
        case Verb.RESOLVE:
            kind, result = _result(command.text)
            return do(ctx.state, StaffAct(verb, command.ref, result, kind))
        case Verb.HAND_OFF:
            return _hand_off(ctx, command)
        case Verb.HAND_BACK:
            return _hand_back(ctx, command)
        case Verb.CATEGORISE:
            return do(ctx.state, StaffAct(verb, command.ref, target=command.text))
    return do(ctx.state, StaffAct(verb, command.ref, command.text))


def _to_department(ctx: Context, command: Command) -> Turn:
    target, reason = _department_and_reason(command.text, ctx.policy.departments)
    if not target:
        return say(ctx.state, staff_wording.how_to(command.verb, command.ref, ctx.policy.departments))
    return do(ctx.state, StaffAct(command.verb, command.ref, reason, target))


def _result(text: str) -> tuple[str, str]:
    """`解释：按规定不能减免` → its kind and the words (C11); without such a word the kind is left to app."""
    match = _RESULT.fullmatch(text)
    return (_RESULT_KINDS[match[1]], match[2].strip()) if match else ("", text)


def _extend(ctx: Context, command: Command) -> Turn:
    match = _EXTENSION.match(command.text)
    if not match:
        return say(ctx.state, staff_wording.how_to(command.verb, command.ref))
    return do(ctx.state, StaffAct(command.verb, command.ref, match[2].strip(), days=_days(match[1])))


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
    if not rest.strip() and command.verb is Verb.VISIT:
        return do(ctx.state, ShowContacts(enterprise))
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


def _hand_off(ctx: Context, command: Command) -> Turn:
    """转出 <单号> <去向> [外部编号] [说明]: the destination is one of the district's, or a piece of its name."""
    target, rest = _destination(command.text, ctx.policy.destinations)
    if not target:
        return say(ctx.state, staff_wording.hand_off_how(ctx.policy.destinations, command.ref))
    number, _, note = rest.partition(" ")
    if not _OUTSIDE_NUMBER.fullmatch(number):
        number, note = "", rest
    act = StaffAct(command.verb, command.ref, note.strip(), target, outside_number=number)
    return do(ctx.state, act)


def _hand_back(ctx: Context, command: Command) -> Turn:
    """转回 <单号> [去向] <结果>: the destination only where several have it."""
    target, result = _destination(command.text, ctx.policy.destinations)
    note = result if target and result else command.text
    return do(ctx.state, StaffAct(command.verb, command.ref, note, target if note is result else ""))


def _destination(text: str, known: tuple[str, ...]) -> tuple[str, str]:
    """`12345热线 T2026-1` or `12345 T2026-1`: a known name first, else a first word that only one name contains."""
    for name in sorted(known, key=len, reverse=True):
        if text.startswith(name):
            return name, text[len(name) :].strip(" ,，:：")
    first, _, rest = text.partition(" ")
    meant = [name for name in known if first and first in name]
    exact = [name for name in meant if name.startswith(first)] if len(meant) > 1 else meant
    return (exact[0], rest.strip()) if len(exact) == 1 else ("", text)


def _days(text: str) -> int:
    return int(text) if text.isdecimal() else _NUMERALS.index(text.replace("两", "二"))
