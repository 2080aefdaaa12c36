"""One message in, one Turn out: the whole dialogue as a pure function.

Order: what the bot just asked for → commands → the handbook → a person. Whatever was asked before, a new
question is always understood as a question (design §3: search first, always).
"""

from dataclasses import replace
from datetime import datetime

from bot import matters, topics, twofold, wording
from bot.commands import STAFF_VERBS, Command, Verb, normalise, parse
from bot.effects import Supplement
from bot.expectations import expected
from bot.followups import follow_up
from bot.matters import HARMLESS
from bot.messages import Incoming, MessageKind
from bot.owner import own_command
from bot.policy import Policy
from bot.staff import staff_command, staff_question
from bot.state import ConversationState, Step
from bot.turn import Context, Turn, do, say
from bot.views import Desk
from handbook.entry import Decision, Search

_MEDIA = frozenset({MessageKind.IMAGE, MessageKind.VIDEO, MessageKind.LOCATION, MessageKind.LINK})


def respond(
    state: ConversationState,
    incoming: Incoming,
    *,
    policy: Policy,
    search: Search,
    desk: Desk,
    now: datetime,
) -> Turn:
    """What to say and do about one message. Pure: effects are values that app carries out."""
    ctx = Context(incoming, state.fresh(now), policy, desk.person(), search, desk, now)
    match incoming.kind:
        case MessageKind.TEXT | MessageKind.CLICK:
            return _text(ctx)
        case MessageKind.FOLLOW | MessageKind.SCAN:
            return say(ctx.state, wording.greeting(policy, incoming.data.get("area", "")))
        case MessageKind.UNSUPPORTED:
            return say(ctx.state, wording.unsupported())
        case MessageKind.VOICE:
            return say(ctx.state, wording.media_received("voice"))
    if incoming.kind in _MEDIA:
        return _media(ctx)
    return Turn(ctx.state)


def search_texts(incoming: Incoming, state: ConversationState, *, is_staff: bool) -> tuple[str, ...]:
    """What to look up before the transaction opens: all that `respond` may search for in this state."""
    text = _search_text(incoming, is_staff=is_staff)
    if text is None or (state.step is Step.WORDING and parse(text) is None):
        return ()
    more = () if is_staff else (topics.with_topic(state, text), *(twofold.parts(text) or ()))
    return tuple(words for words in (text, *more) if words)


def _search_text(incoming: Incoming, *, is_staff: bool) -> str | None:
    if incoming.kind not in (MessageKind.TEXT, MessageKind.CLICK):
        return None
    command = parse(incoming.text)
    if command is None:
        return incoming.text if not normalise(incoming.text).isdigit() else None
    if command.verb is Verb.HANDBOOK and command.text and is_staff:
        return command.text
    may_be_question = command.verb is Verb.RATE or (
        command.verb in STAFF_VERBS and command.verb is not Verb.TODO
    )
    return incoming.text if may_be_question and not command.ref else None


def _text(ctx: Context) -> Turn:
    if not normalise(ctx.text):
        return say(ctx.state, wording.nonsense())
    command = parse(ctx.text)
    if command is not None and ctx.state.step is Step.WORDING:  # whoever starts anew means that
        ctx = replace(ctx, state=ctx.state.settled(command=""))
    turn = expected(ctx)
    if turn is not None:
        return turn
    if command is not None:
        turn = _command(ctx, command)
        if turn is not None:
            return turn
    if ctx.person.is_staff:
        return staff_question(ctx, ctx.text)
    return (
        matters.thanked(ctx)
        or matters.not_settled(ctx)
        or follow_up(ctx)
        or matters.urgent(ctx, ctx.text)
        or _meant_command(ctx)
        or twofold.answer_one(ctx)
        or matters.consider(ctx, ctx.text)
    )


def _command(ctx: Context, command: Command) -> Turn | None:
    if command.verb in STAFF_VERBS:
        if not ctx.person.is_staff and not command.ref and command.verb is not Verb.TODO:
            return None  # «登记怎么办» of an enterprise is a question
        return staff_command(ctx, command)
    return own_command(ctx, command)


def _meant_command(ctx: Context) -> Turn | None:
    """A command in other words («我那事办到哪了»): run it if it changes nothing, else offer it."""
    result = ctx.search.search(ctx.text)
    if result.decision is not Decision.COMMAND or result.best is None:
        return None
    try:
        verb = Verb(result.best.entry.command)
    except ValueError:
        return None
    ticket = matters.following_up(ctx) if verb is Verb.HUMAN else None
    if ticket is not None:  # «今天能来人吗» is for whoever has the ticket that was just opened
        return matters.supplement(ctx, ticket, ctx.text)
    if verb in HARMLESS:
        return own_command(ctx, Command(verb))
    if verb is Verb.SUPPLEMENT:
        return matters.more_about_it(ctx, result.best.entry)
    fitting = [item for item in ctx.desk.open_tickets() if item.is_resolved is (verb is Verb.RATE)]
    if not fitting:
        entry = result.best.entry
        return matters.before_a_result(ctx, entry) or matters.nothing_in_hand(ctx, entry)
    # It may have been a new matter after all: the words are kept, and one tap makes them a ticket.
    if verb is Verb.RATE and len(fitting) == 1:
        return say(matters.keeping(ctx, ctx.text), wording.offer_rating(fitting[0], ctx.text))
    return say(matters.keeping(ctx, ctx.text), wording.offer_command(verb, fitting[:3]))


def _media(ctx: Context) -> Turn:
    """A picture belongs to the ticket in hand; without one it is kept until there are words."""
    item = (str(ctx.incoming.kind), ctx.incoming.media_id or str(ctx.incoming.data.get("label", "")))
    ticket = matters.following_up(ctx)
    tickets = ctx.desk.open_tickets()
    if ticket is None and len(tickets) == 1:
        ticket = tickets[0]
    if ticket is not None:
        return do(ctx.state, Supplement(ticket.number, "", (item,)))
    kept = replace(ctx.state, media=(*ctx.state.media, item)[-9:])
    return say(kept, wording.media_received(ctx.incoming.kind))
