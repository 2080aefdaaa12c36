"""Commands of enterprises (contract: Chat commands; mission D5, A7)."""

from collections.abc import Callable
from datetime import timedelta

from bot import answers, binding_wording, matters, staff_wording, wording
from bot.commands import Command, Verb
from bot.effects import (
    BindStaff,
    Effect,
    OptOut,
    Rate,
    RecordUnsolved,
    ShowOfficer,
    ShowProgress,
    Supplement,
    SwitchTo,
    Unbind,
    Urge,
    Withdraw,
)
from bot.state import Option, Pick, Step
from bot.turn import Context, Turn, do, say
from bot.views import EnterpriseView, TicketView

# Within this time of a rating, the next one may well be about the same ticket.
SECOND_THOUGHTS = timedelta(minutes=10)


def own_command(ctx: Context, command: Command) -> Turn | None:
    """Run it; None if after all it is something to search for («满意» with nothing to rate)."""
    handler = _HANDLERS.get(command.verb)
    return handler(ctx, command) if handler else None


def offer_enterprises(ctx: Context, found: tuple[EnterpriseView, ...]) -> Turn:
    """Confirm by a tap which enterprise this person speaks for."""
    options = (
        *(Option(item.name, Pick.ENTERPRISE, str(item.id)) for item in found),
        Option("都不是", Pick.NOT_LISTED),
    )
    state = ctx.state.expecting(Step.CHOOSING, ctx.now, options=options, asked_who=True)
    return say(state, binding_wording.which_enterprise(found))


def _progress(ctx: Context, command: Command) -> Turn:
    return do(ctx.state, ShowProgress(command.ref))


def _supplement(ctx: Context, command: Command) -> Turn:
    if command.ref and (command.text or ctx.state.media):
        return do(ctx.state.settled(media=()), Supplement(command.ref, command.text, ctx.state.media))
    tickets = ctx.desk.open_tickets()
    if not tickets:
        return say(ctx.state, wording.no_open_tickets())
    return say(ctx.state, wording.supplement_how(tickets[0]))


def _on_open_ticket(verb: str, make: Callable[[str], Effect]) -> Callable[[Context, Command], Turn]:
    def run(ctx: Context, command: Command) -> Turn:
        if command.ref:
            return do(ctx.state, make(command.ref))
        tickets = [item for item in ctx.desk.open_tickets() if not item.is_resolved]
        return _one_of(ctx, verb, tickets, make)

    return run


def _one_of(
    ctx: Context, verb: str, tickets: list[TicketView], make: Callable[[str], Effect], words: str = ""
) -> Turn:
    if not tickets:
        return say(ctx.state, wording.no_open_tickets())
    if len(tickets) == 1 and verb != Verb.WITHDRAW:
        return do(ctx.state, make(tickets[0].number))
    if len(tickets) == 1:  # a single word must not end what may have climbed the whole ladder
        return say(ctx.state, wording.confirm_withdrawal(tickets[0]))
    return say(ctx.state, wording.asked_which_ticket(verb, tickets, words))


def _rate(ctx: Context, command: Command) -> Turn | None:
    """Without a number it means what waits for a rating, else what was rated lately: the last answer wins (D3).

    «不满意» seconds after «满意» is a change of mind; while something else waits too, the person is asked which.
    """
    tickets = [item for item in ctx.desk.open_tickets() if item.is_resolved]
    rated = ctx.desk.rated_lately()
    just_now = [item for item in rated if item.rated_at and ctx.now - item.rated_at <= SECOND_THOUGHTS]
    tickets = [*tickets, *just_now[:1]] if tickets else [*rated[:1]]
    if command.score is not None:
        score, comment = command.score, command.text
        if command.ref:
            return do(ctx.state, Rate(command.ref, score, comment))
        if not tickets:
            return None
        words = f"{score} {comment}".strip()
        return _one_of(ctx, "评价", tickets, lambda ref: Rate(ref, score, comment), words)
    if not tickets:
        return say(ctx.state, wording.nothing_to_rate())
    return say(ctx.state, wording.rate_how(tickets[0]))


def _bind(ctx: Context, command: Command) -> Turn:
    if not command.text:
        return say(ctx.state.expecting(Step.NAMING, ctx.now, asked_who=True), binding_wording.bind_how())
    found = ctx.desk.find_enterprises(command.text)
    if found is None:
        return say(ctx.state, binding_wording.too_many_look_ups(ctx.policy))
    if not found:
        state = ctx.state.expecting(Step.NAMING, ctx.now, asked_who=True)
        return say(state, binding_wording.enterprise_not_found(ctx.policy, command.text))
    return offer_enterprises(ctx, found)


def _switch(ctx: Context, command: Command) -> Turn:
    others = tuple(item for item in ctx.person.enterprises if item != ctx.person.current)
    named = tuple(item for item in others if command.text and command.text in item.name)
    if len(named) == 1:
        return do(ctx.state.settled(), SwitchTo(named[0].id))
    if not ctx.person.enterprises:
        return say(ctx.state, binding_wording.not_bound())
    if not others:
        return say(ctx.state, binding_wording.only_one(ctx.person.enterprises[0].name))
    options = tuple(Option(item.name, Pick.SWITCH, str(item.id)) for item in others)
    return say(
        ctx.state.expecting(Step.CHOOSING, ctx.now, options=options), binding_wording.switch_to(others)
    )


def _unbind(ctx: Context, _command: Command) -> Turn:
    if ctx.person.current is None:
        return say(ctx.state, binding_wording.not_bound())
    return do(ctx.state.settled(), Unbind())


def _human(ctx: Context, _command: Command) -> Turn:
    ticket = None if ctx.state.question else matters.following_up(ctx)
    if ticket is not None:
        return do(ctx.state, ShowProgress(ticket.number))
    if not ctx.state.question:
        return say(ctx.state.expecting(Step.DESCRIBING, ctx.now, options=()), wording.describe_first())
    return matters.open_ticket(ctx, ctx.state.question, ctx.state.near)


def _apart(ctx: Context, command: Command) -> Turn:
    """What was attached a moment ago becomes a matter of its own."""
    if not ctx.state.aside:
        return _human(ctx, command)
    return matters.open_ticket(ctx, ctx.state.aside)


def _unsolved(ctx: Context, command: Command) -> Turn:
    turn = _human(ctx, command)
    if ctx.state.answer_id is None:
        return turn
    return Turn(turn.state, turn.replies, (RecordUnsolved(ctx.state.answer_id), *turn.effects), turn.after)


def _help(ctx: Context, _command: Command) -> Turn:
    help_text = (
        staff_wording.help_text(ctx.person.role) if ctx.person.is_staff else wording.help_text(ctx.policy)
    )
    return say(ctx.state, help_text)


def _faq(ctx: Context, _command: Command) -> Turn:
    return say(ctx.state, wording.popular(ctx.desk.popular_questions()))


def _my_officer(ctx: Context, _command: Command) -> Turn:
    if ctx.person.current is None:
        state = ctx.state.expecting(Step.NAMING, ctx.now, asked_who=True)
        return say(state, binding_wording.bind_first(ctx.policy))
    return do(ctx.state, ShowOfficer())


def _bind_staff(ctx: Context, command: Command) -> Turn:
    if not command.text:
        return say(ctx.state, staff_wording.bind_how())
    return do(ctx.state, BindStaff(command.text))


def _card(ctx: Context, _command: Command) -> Turn:
    """The last answer as a card to look at and pass on (B8)."""
    entry = ctx.search.entry(ctx.state.near[0]) if ctx.state.near else None
    if entry is None or not answers.has_page(entry):
        return say(ctx.state, wording.card_how())
    return say(ctx.state, answers.card(entry))


_HANDLERS: dict[Verb, Callable[[Context, Command], Turn | None]] = {
    Verb.PROGRESS: _progress,
    Verb.SUPPLEMENT: _supplement,
    Verb.URGE: _on_open_ticket("催办", Urge),
    Verb.WITHDRAW: _on_open_ticket("撤回", Withdraw),
    Verb.RATE: _rate,
    Verb.BIND: _bind,
    Verb.SWITCH: _switch,
    Verb.UNBIND: _unbind,
    Verb.HUMAN: _human,
    Verb.APART: _apart,
    Verb.UNSOLVED: _unsolved,
    Verb.HELP: _help,
    Verb.FAQ: _faq,
    Verb.MY_OFFICER: _my_officer,
    Verb.OPT_OUT: lambda ctx, _command: do(ctx.state, OptOut()),
    Verb.BIND_STAFF: _bind_staff,
    Verb.CARD: _card,
}
