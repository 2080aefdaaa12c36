"""Plain questions of many people, answered in one transaction with a few statements for all of them together.

Plain is what most messages are: an enterprise without an open ticket asks, and the handbook's words are the answer.
Whatever turns out to be more than that (a ticket, a command, news that waited, somebody of the staff, a repeat) is
left alone here; `handling` then takes it one by one. What a message leads to is the same either way.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from app.conversations import answers, inbox
from app.conversations.desk import enterprise_people, staff_among, with_open_ticket
from app.conversations.learning import CHOSEN
from app.conversations.memo import SearchMemo
from app.conversations.replies import NOTICE, document_of, joined
from app.followers import holding, pacing
from app.followers import service as followers
from app.followers.holding import Held
from app.limits.bucket import Rate
from app.outbox import service as outbox
from app.tickets.values import Rules
from bot.effects import RecordAnswer
from bot.messages import Incoming, MessageKind
from bot.policy import Policy
from bot.respond import respond
from bot.state import ConversationState
from bot.turn import Turn
from bot.views import EnterpriseView, Person, TicketView


@dataclass
class Prepared:
    """A message that was looked at before any transaction.

    `words` are what to search for; `reply` the document of a repeat that was answered before.
    `may_be_plain` only saves work: whether it is plain is found out inside the transaction.
    `row` is the person's, once a transaction holds it; `has_news`: something waits to be said to this person.
    """

    incoming: Incoming
    memo: SearchMemo
    is_staff: bool = False
    may_be_plain: bool = False
    words: tuple[str, ...] = ()
    reply: str | None = None
    row: Held | None = None
    has_news: bool = False


@dataclass(frozen=True)
class Terms:
    """What holds for every message of one transaction. `now` is business time, `real_now` real time."""

    rules: Rules
    policy: Policy
    public_url: str
    key: bytes
    pace: Rate | None
    now: datetime
    real_now: datetime


@dataclass(frozen=True)
class Answered:
    """What became of a plain message; `decision` is the handbook's, "" where it was not asked."""

    document: str
    decision: str


class NotPlain(Exception):
    """The dialogue wants to know more than a plain question needs."""


@dataclass(frozen=True)
class _PlainDesk:
    """bot.views.Desk of an enterprise's person without an open ticket, who asks for nothing else."""

    owner: Person

    def person(self) -> Person:
        return self.owner

    def open_tickets(self) -> tuple[TicketView, ...]:
        return ()

    def rated_lately(self) -> tuple[TicketView, ...]:
        raise NotPlain

    def closed_lately(self) -> tuple[TicketView, ...]:
        raise NotPlain

    def popular_questions(self) -> tuple[str, ...]:
        raise NotPlain

    def find_enterprises(self, text: str) -> tuple[EnterpriseView, ...] | None:
        raise NotPlain


@dataclass
class _Decided:
    """A plain message, its person's row as it will be, and what to say."""

    incoming: Incoming
    row: Held
    turn: Turn

    @property
    def record(self) -> RecordAnswer | None:
        return next((effect for effect in self.turn.effects if isinstance(effect, RecordAnswer)), None)


def may_be_plain(session: Session, batch: Iterable[Incoming], staff: frozenset[str]) -> frozenset[str]:
    """The keys of those messages that do not look like more than a plain question from the start."""
    texts = [item for item in batch if item.kind is MessageKind.TEXT and item.openid not in staff]
    busy = with_open_ticket(session, {item.openid for item in texts}) if texts else frozenset()
    return frozenset(item.dedupe_key for item in texts if item.openid not in busy)


def answer(session: Session, messages: Sequence[Prepared], terms: Terms) -> dict[str, Answered]:
    """Answer the plain ones of `messages`, at most one a person; by dedupe key. The others are untouched.

    1. Everybody's row is locked first: from then on no other process answers these people, so that what is found
       in the inbox stays true, and two messages of one person stay in order. Who has no row yet gets one at the end.
    2. Each message is decided by `respond` alone, with what was read for all of them at once.
    3. Answers, inbox rows with their replies and the people's rows are written together.

    IntegrityError where a message was put off, or a new person wrote elsewhere, meanwhile: nothing of this
    transaction may be kept then.
    """
    texts = {item.incoming.openid: item for item in messages if item.may_be_plain}
    rows = holding.hold(session, texts)
    people = _plain_people(session, texts.values(), terms.now)
    decided = [
        found
        for openid, person in people.items()
        if (found := _decided(texts[openid], rows.get(openid), person, terms))
    ]
    given = [(item.incoming.openid, item.record) for item in decided if item.record is not None]
    ids = dict(
        zip((openid for openid, _ in given), answers.record_many(session, given, terms.now), strict=True)
    )
    done = {
        item.incoming.dedupe_key: Answered(
            _finished(item, ids.get(item.incoming.openid), terms),
            str(item.record.decision) if item.record else "",
        )
        for item in decided
    }
    inbox.add_answered(
        session, [(item.incoming, done[item.incoming.dedupe_key].document) for item in decided], terms.now
    )
    holding.add(session, [item.row for item in decided if item.row.openid not in rows])
    holding.save(session, [item.row for item in decided if item.row.openid in rows])
    return done


def _plain_people(session: Session, messages: Iterable[Prepared], now: datetime) -> dict[str, Person]:
    """Who of these may ask a plain question: nobody of the staff, nothing in hand, nothing that waits; no repeats."""
    by_key = {item.incoming.dedupe_key: item.incoming.openid for item in messages}
    if not by_key:
        return {}
    openids = list(by_key.values())
    busy = (
        {by_key[key] for key in inbox.stored_of(session, by_key)}
        | staff_among(session, openids)
        | with_open_ticket(session, openids)
        | outbox.have_pending(session, openids, now)
    )
    return enterprise_people(session, [openid for openid in openids if openid not in busy])


def _decided(message: Prepared, row: Held | None, person: Person, terms: Terms) -> _Decided | None:
    """The turn of a plain message; None where it is more than that. Pure but for `row`, which is changed."""
    row = row or holding.fresh(message.incoming.openid, terms.now)
    followers.note_contact(row, message.incoming, terms.now)
    if terms.pace is not None and not pacing.may_write(row, terms.pace, terms.real_now):
        return None
    try:
        turn = respond(
            ConversationState.from_json(row.state),
            message.incoming,
            policy=terms.policy,
            search=message.memo,
            desk=_PlainDesk(person),
            now=terms.now,
        )
    except NotPlain:
        return None
    is_plain = len(turn.effects) <= 1 and all(
        isinstance(effect, RecordAnswer) and effect.decision != CHOSEN for effect in turn.effects
    )
    return _Decided(message.incoming, row, turn) if is_plain else None


def _finished(item: _Decided, answer_id: int | None, terms: Terms) -> str:
    """The reply document; the person's row gets the new state."""
    said, state = item.turn.replies, item.turn.state
    if answer_id is not None:
        state = replace(state, answer_id=answer_id)
        said = tuple(answers.with_answer_link(reply, answer_id, terms.key) for reply in said)
    said = tuple(answers.with_links_of_last(said, state, terms.key))
    if item.row.noticed_at is None:
        item.row.noticed_at = terms.now
        reply = joined([joined([*said, *item.turn.after]), NOTICE])
    else:
        reply = joined([*said, *item.turn.after])
    item.row.state = state.to_json()
    return document_of(reply, item.incoming, terms.public_url)
