"""A matter: what the handbook says of it, and what happens when it says nothing."""

import re
from dataclasses import replace
from datetime import timedelta

from bot import answers, binding_wording, signals, topics, wording
from bot.commands import Verb, normalise
from bot.effects import OpenTicket, RecordAnswer, Supplement
from bot.state import ConversationState, Option, Pick, Step
from bot.thanks import is_thanks
from bot.turn import Context, Turn, do, say
from bot.views import TicketView
from handbook.entry import Decision, Entry, Kind, SearchResult

# Commands that people say in other words and that change nothing: run at once.
HARMLESS = frozenset({Verb.MY_OFFICER, Verb.PROGRESS, Verb.HELP, Verb.HUMAN, Verb.BIND, Verb.SWITCH})
# Commands that need a ticket, and from how many characters on a message is a story rather than a command.
ABOUT_TICKETS = frozenset({Verb.URGE, Verb.WITHDRAW, Verb.SUPPLEMENT, Verb.RATE})
SHORTEST_STORY = 14
# How much of a message must be in the words of a command for it to be nothing but that command.
ONLY_A_COMMAND = 0.6
_NOT_SETTLED = re.compile(r"(还是?|仍然?|又|根本|压根|到现在|一直|可是?|但是?)+.{0,3}([没不未坏堵停漏]|来了)")
_NOT_YET = re.compile(r"[没不未]")
_ASKS_HOW = re.compile(r"怎么|咋|如何|哪|吗|能不能|什么")
# Answered with the entry's own words only; the question is kept for «人工».
_SHORT = frozenset({Decision.OUT_OF_SCOPE, Decision.REDIRECT, Decision.COMMAND})
# Below it a refusal may be a misunderstanding («我爸的店想转给我»), and says how to get to a person all the same; a
# redirection is one while a ticket waits for more.
SURE_TO_REFUSE = 0.6
# Decisions that stand even for a word that looks like noise («ok», «hi»).
CERTAIN = frozenset({Decision.SMALLTALK, Decision.COMMAND, Decision.ANSWER})


def urgent(ctx: Context, words: str) -> Turn | None:
    """What must not depend on an index: an emergency, a life at risk, a complaint about one's own officer."""
    if signals.is_emergency(words) or signals.is_crisis(words):
        return _emergency(ctx, words)
    if signals.is_about_own_officer(words):
        return open_ticket(ctx, words, is_about_officer=True)
    return None


def consider(ctx: Context, question: str) -> Turn:
    """Search first, always; then answer, ask, refuse kindly, or hand over to a person."""
    question, result = _found(ctx, question)
    best = result.best
    if signals.is_nonsense(question) and result.decision not in CERTAIN:
        return say(ctx.state, wording.nonsense())
    if result.decision is Decision.CHOOSE and best is not None:
        return _choose(ctx, question, result)
    if result.decision is Decision.NONE or best is None or _means_nothing_here(ctx, question, result):
        return _nothing_found(ctx, question, result)
    if result.decision is Decision.SMALLTALK:
        return say(ctx.state, answers.short_reply(best.entry), _record(question, result))
    if result.decision in _SHORT:
        # «人工» after it is about what was said now, not about an older question.
        kept = keeping(ctx, question, (best.entry.id,))
        is_final = result.decision is Decision.OUT_OF_SCOPE and result.confidence >= SURE_TO_REFUSE
        reply = answers.short_reply(best.entry) if is_final else answers.with_way_on(best.entry)
        return say(kept, reply, _record(question, result))
    return give(ctx, question, best.entry, _record(question, result))


def _found(ctx: Context, question: str) -> tuple[str, SearchResult]:
    """What the handbook says; a few words that say nothing alone are read with the topic asked about before."""
    result = topics.by_itself(question, ctx.search.search(question))
    joined = topics.with_topic(ctx.state, question)
    if result.decision is not Decision.NONE or not joined:
        return question, result
    again = ctx.search.search(joined)
    return (joined, again) if again.decision in (Decision.ANSWER, Decision.CHOOSE) else (question, result)


def give(ctx: Context, question: str, entry: Entry, record: RecordAnswer) -> Turn:
    """Show one entry; the question is kept in case it does not help."""
    reply = answers.answer(entry) if _is_matter(entry) else answers.short_reply(entry)
    return say(keeping(ctx, question, (entry.id,)), reply, record)


def keeping(ctx: Context, question: str, near: tuple[str, ...] = ()) -> ConversationState:
    """The question stays at hand for «没解决» and «人工», for a day."""
    return ctx.state.expecting(_rest(ctx), ctx.now, options=(), question=question, near=near)


def open_ticket(
    ctx: Context,
    content: str,
    near: tuple[str, ...] = (),
    *,
    is_about_officer: bool = False,
    was_searched: bool = False,
) -> Turn:
    """C1: hand over in the same reply; an unbound person is asked once who they are."""
    asks_who = ctx.person.current is None and not ctx.state.asked_who
    effect = OpenTicket(content, near, is_about_officer, ctx.state.media, was_searched)
    cleared = replace(ctx.state, question="", near=(), media=(), answer_id=None, options=(), aside="")
    if not asks_who:
        return do(cleared.expecting(_rest(ctx), ctx.now), effect)
    state = cleared.expecting(Step.NAMING, ctx.now, asked_who=True)
    return Turn(state, (), (effect,), (binding_wording.who_are_you(ctx.policy),))


def supplement(ctx: Context, ticket: TicketView, text: str) -> Turn:
    """Attach to a ticket; the words are kept so that «单独转» can still make them a new one."""
    kept = ctx.state.expecting(_rest(ctx), ctx.now, options=(), question="", near=(), aside=text, media=())
    return Turn(kept, (), (Supplement(ticket.number, text, ctx.state.media),), (wording.apart(),))


def following_up(ctx: Context) -> TicketView | None:
    """The ticket that an unanswered message belongs to: waiting for the person, or opened just now."""
    tickets = [ticket for ticket in ctx.desk.open_tickets() if not ticket.is_resolved]
    waiting = [ticket for ticket in tickets if ticket.is_waiting]
    if waiting:
        return waiting[0]
    horizon = ctx.now - timedelta(minutes=ctx.policy.follow_up_minutes)
    recent = [ticket for ticket in tickets if ticket.opened_at >= horizon]
    return recent[0] if recent else None


def _rest(ctx: Context) -> Step:
    """What stays expected when a matter is dealt with: the enterprise's name, until somebody is bound."""
    return Step.NAMING if ctx.person.current is None and ctx.state.asked_who else Step.IDLE


def _nothing_found(ctx: Context, question: str, result: SearchResult) -> Turn:
    """More about a ticket in hand is no question that the handbook failed to answer: it is not counted as one."""
    near = tuple(item.entry.id for item in result.candidates if _is_matter(item.entry))[:3]
    turn = _to_a_person(ctx, question, near)
    if following_up(ctx) is not None:
        return turn
    return replace(turn, effects=(_record(question, result), *turn.effects))


def _to_a_person(ctx: Context, question: str, near: tuple[str, ...]) -> Turn:
    ticket = following_up(ctx)
    if ticket is not None:
        return supplement(ctx, ticket, question)
    if topics.is_vague(question):
        return say(keeping(ctx, question, near), wording.say_more())
    tickets = (*ctx.desk.open_tickets(), *ctx.desk.closed_lately())[:3]
    if not tickets:
        return open_ticket(ctx, question, near, was_searched=True)
    options = (*(_goes_on(item) for item in tickets), Option("新诉求，转服务员", Pick.TICKET))
    state = ctx.state.expecting(Step.CHOOSING, ctx.now, options=options, question=question, near=near)
    has_live = any(item.pick is Pick.ATTACH for item in options)
    return say(state, wording.new_or_supplement([item.label for item in options], has_live=has_live))


def _goes_on(ticket: TicketView) -> Option:
    """More about what is in hand, or word that what was settled is not (the grace period after a result)."""
    if ticket.is_resolved:
        return Option(f"{ticket.short} {ticket.title} 还没解决，接着办", Pick.REOPEN, ticket.number)
    return Option(f"补充 {ticket.short} {ticket.title}", Pick.ATTACH, ticket.number)


def more_about_it(ctx: Context, entry: Entry) -> Turn | None:
    """«南门也堵了» is more about what is in hand; only the bare command, or how it is done, is explained."""
    if not ctx.desk.open_tickets():
        return None
    is_bare = normalise(ctx.text) in {normalise(words) for words in entry.phrasings}
    return None if is_bare or _ASKS_HOW.search(ctx.text) else _to_a_person(ctx, ctx.text, ())


def before_a_result(ctx: Context, entry: Entry) -> Turn | None:
    """Praise or blame while nothing is settled yet: «还没修好» is news for the ticket, praise is not."""
    if entry.command != Verb.RATE or not ctx.desk.open_tickets():
        return None
    is_news = _NOT_YET.search(ctx.text)
    return _to_a_person(ctx, ctx.text, ()) if is_news else say(ctx.state, wording.nothing_to_rate())


def nothing_in_hand(ctx: Context, entry: Entry) -> Turn | None:
    """Urging, withdrawing or rating with no ticket at all: said so, in place of how it is done with a number."""
    if ctx.desk.open_tickets() or _ASKS_HOW.search(ctx.text) or not _is_about(entry, ctx.text):
        return None
    replies = {Verb.RATE: wording.nothing_to_rate, Verb.WITHDRAW: wording.nothing_to_withdraw}
    return say(keeping(ctx, ctx.text), replies.get(Verb(entry.command), wording.nothing_in_hand)())


def thanked(ctx: Context) -> Turn | None:
    """Thanks and consent while something is in hand: answered, and nothing else happens (no supplement, no reopening)."""
    tickets = ctx.desk.open_tickets()
    if not tickets or not is_thanks(ctx.text):
        return None
    resolved = [ticket for ticket in tickets if ticket.is_resolved]
    waiting = [ticket for ticket in tickets if ticket.is_waiting]
    if resolved:
        return say(ctx.state, wording.rate_how(resolved[0]))
    return say(ctx.state, wording.welcome((waiting or list(tickets))[0]))


def not_settled(ctx: Context) -> Turn | None:
    """«还没搬呢», «又堵了» while a result waits for its rating: asked whether it is solved, the words go along (D4)."""
    resolved = [ticket for ticket in ctx.desk.open_tickets() if ticket.is_resolved]
    words = normalise(ctx.text)
    if len(resolved) != 1 or len(words) > SHORTEST_STORY or not _NOT_SETTLED.match(words):
        return None
    return say(keeping(ctx, ctx.text), wording.offer_rating(resolved[0], ctx.text))


def _means_nothing_here(ctx: Context, question: str, result: SearchResult) -> bool:
    """What the handbook took for something else: it belongs to the ticket just opened, or is a new matter.

    «停车费也乱收» right after a ticket adds to it; «门口修路半个月» with nothing in hand urges nobody.
    """
    if result.decision is Decision.REDIRECT and result.confidence < SURE_TO_REFUSE:
        return following_up(ctx) is not None
    return (
        result.decision is Decision.COMMAND
        and not ctx.desk.open_tickets()
        and result.best is not None
        and result.best.entry.command in ABOUT_TICKETS
        and not _is_about(result.best.entry, question)
    )


def _is_about(entry: Entry, words: str) -> bool:
    """«还没人联系我» only urges; «门口修路半个月了货车进不来» has a matter of its own."""
    if len(words) > SHORTEST_STORY:
        return False
    names_it = entry.command in words or entry.command == Verb.RATE  # praise and blame are said in any words
    return names_it or topics.share_named(entry, words) >= ONLY_A_COMMAND


def _choose(ctx: Context, question: str, result: SearchResult) -> Turn:
    entries = answers.offered(result.candidates)
    if not entries:
        return _nothing_found(ctx, question, result)
    options = (
        *(Option(entry.title, Pick.ENTRY, entry.id) for entry in entries),
        *_attachable(ctx),
        Option("都不是，转服务员", Pick.TICKET),
    )
    ids = tuple(entry.id for entry in entries)
    record = RecordAnswer(question, result.decision, "", ids, result.confidence)
    if _was_asked_back(ctx, ids):
        wordings = dict.fromkeys((ctx.state.question, question))
        turn = _to_a_person(ctx, "\n".join(wordings), ids)
        return replace(turn, effects=(record, *turn.effects))
    state = ctx.state.expecting(Step.CHOOSING, ctx.now, options=options, question=question, near=ids)
    return say(state, wording.choices([option.label for option in options]), record)


def _was_asked_back(ctx: Context, ids: tuple[str, ...]) -> bool:
    """Whether the same matter was answered with choices just before, and the person wrote it out anew instead.

    Two bounces are enough: the third try is a person's.
    """
    offered = {option.value for option in ctx.state.options if option.pick is Pick.ENTRY}
    return ctx.state.step is Step.CHOOSING and not offered.isdisjoint(ids)


def _attachable(ctx: Context) -> tuple[Option, ...]:
    """A close call while something was asked for, or just opened, may as well belong to that ticket."""
    ticket = following_up(ctx)
    return (Option(f"补充 {ticket.short} {ticket.title}", Pick.ATTACH, ticket.number),) if ticket else ()


def _emergency(ctx: Context, question: str) -> Turn:
    ticket = following_up(ctx)
    is_same = ticket is not None and (signals.is_emergency(ticket.title) or signals.is_crisis(ticket.title))
    turn = supplement(ctx, ticket, question) if ticket and is_same else open_ticket(ctx, question)
    first = wording.crisis() if signals.is_crisis(question) else wording.emergency()
    return replace(turn, replies=(first, *turn.replies))


def _record(question: str, result: SearchResult) -> RecordAnswer:
    best = result.best
    entry_id = best.entry.id if best and result.decision is not Decision.NONE else ""
    offered = tuple(item.entry.id for item in result.candidates)
    return RecordAnswer(question, result.decision, entry_id, offered, result.confidence)


def _is_matter(entry: Entry) -> bool:
    return entry.kind in (Kind.ANSWER, Kind.POLICY, Kind.CASE)
