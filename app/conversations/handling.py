"""Messages from claim to stored reply: the only place where a turn with effects meets the database."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from app import audit, log
from app.clock import Clock, real_now
from app.conversations import answers, effects, inbox, limiting, plain
from app.conversations.desk import Caller, SessionDesk, caller_of, staff_among
from app.conversations.memo import SearchMemo
from app.conversations.models import Answer
from app.conversations.plain import Prepared, Terms
from app.conversations.policy import chat_policy
from app.conversations.reading import click_as_words, note_receipt, with_area
from app.conversations.replies import NOTICE, document_of, joined, with_news
from app.conversations.scene import Scene
from app.db import Database, lost_a_race
from app.directory.binding import end_contacts
from app.editing.desk import Desk
from app.errors import NotFound
from app.followers import holding
from app.followers import service as followers
from app.followers.holding import Held
from app.limits.bucket import Rate
from app.meters import ANSWERS, MESSAGES, SEARCH_SECONDS, Meters
from app.outbox import service as outbox
from app.tickets import parties
from app.tickets.values import Rules
from bot import effects as bot_effects
from bot.messages import Incoming, MessageKind, Reply
from bot.respond import respond, search_texts
from bot.state import ConversationState
from bot.turn import Turn
from handbook.entry import Search

TRIES = 3
PAUSE_S = 0.05
PAGE_KEY = "page:"


class MessageHandler:
    """Handles messages in three steps: prepare, look up, carry out. Safe to share between threads."""

    def __init__(
        self,
        db: Database,
        search: Search,
        rules: Callable[[Session], Rules],
        clock: Clock,
        public_url: str,
        signing_key: bytes,
        desk: Desk,
        *,
        pace: Rate | None = None,
        meters: Meters | None = None,
    ) -> None:
        self._db = db
        self._search = search
        self._rules = rules
        self._clock = clock
        self._public_url = public_url
        self._key = signing_key
        self._desk = desk
        self._pace = pace
        self._meters = meters or Meters()

    def prepare(self, batch: Sequence[Incoming]) -> list[Prepared]:
        """Look at messages before any transaction: what is known of them, and what to search for."""
        with self._db.reading() as session:
            known = inbox.stored_of(session, [incoming.dedupe_key for incoming in batch])
            openids = {incoming.openid for incoming in batch}
            staff = staff_among(session, openids)
            rows = holding.look(session, openids)
            simple = plain.may_be_plain(session, batch, staff)
        prepared = []
        for incoming in map(click_as_words, batch):
            item = Prepared(incoming, SearchMemo(self._search), is_staff=incoming.openid in staff)
            seen = known.get(incoming.dedupe_key)
            if seen is not None and not seen.is_open:
                item.reply = seen.reply_xml
            elif not limiting.is_used_up(self._pace, row := rows.get(incoming.openid), incoming, real_now()):
                item.may_be_plain = incoming.dedupe_key in simple
                state = ConversationState.from_json(row.state if row else {})
                item.words = search_texts(incoming, state, is_staff=item.is_staff)
            prepared.append(item)
        return prepared

    def look_up(self, batch: Sequence[Prepared]) -> Sequence[Prepared]:
        """Search for what the messages ask, all at once; the transaction finds the results in their memos."""
        asked = [(words, item.is_staff, item.memo) for item in batch for words in item.words]
        with self._meters.timed(SEARCH_SECONDS):
            found = self._search.search_each([(words, staff) for words, staff, _ in asked])
        for (words, staff, memo), result in zip(asked, found, strict=True):
            memo.keep(words, result, staff=staff)
        return batch

    def carry_out(self, batch: Sequence[Prepared]) -> list[str]:
        """The reply documents ("" for none), stored with the claims so that every repeat gets the same.

        `batch` has at most one message of a person. Plain questions share one transaction. The others share
        another one on SQLite, which has one writer anyway; on PostgreSQL each has its own, so that rows are not
        locked for longer than one message takes. Whatever breaks takes its whole transaction back: the caller
        may give the messages of the batch again one by one.
        """
        replies = {item.incoming.dedupe_key: item.reply for item in batch if item.reply is not None}
        replies |= self._retried(lambda: self._answered_plainly(_without(batch, replies)))
        rest = _without(batch, replies)
        for together in [rest] if self._db.is_sqlite else [[item] for item in rest]:
            replies |= self._retried(partial(self._carried_out_each, together))
        return [replies[item.incoming.dedupe_key] for item in batch]

    def _retried(self, act: Callable[[], dict[str, str]]) -> dict[str, str]:
        """Where the database sacrificed a transaction to another one, the whole of it is tried again."""
        for number in range(1, TRIES):
            try:
                return act()
            except DBAPIError as error:
                if not lost_a_race(error):
                    raise
                log.event("message_retried", tries=number)
                time.sleep(PAUSE_S * number * random.random())
        return act()

    def _answered_plainly(self, batch: Sequence[Prepared]) -> dict[str, str]:
        if not any(item.may_be_plain for item in batch):
            return {}
        with self._db.transaction() as session:
            done = plain.answer(session, batch, self._terms(session))
        for each in done.values():
            log.event("message_handled", kind=MessageKind.TEXT.value)
            self._meters.count(MESSAGES, kind=MessageKind.TEXT.value, outcome="answered")
            if each.decision:
                self._meters.count(ANSWERS, decision=each.decision)
        return {key: each.document for key, each in done.items()}

    def _carried_out_each(self, batch: Sequence[Prepared]) -> dict[str, str]:
        """One after the other in one transaction; none meets objects that another one left in the session."""
        if not batch:
            return {}
        replies = {}
        with self._db.transaction() as session:
            terms = self._terms(session)
            people = {item.incoming.openid for item in batch}
            rows, staff = holding.hold(session, people), staff_among(session, people)
            waited_for = outbox.have_pending(session, people, terms.now)
            for item in batch:
                openid = item.incoming.openid
                item.row, item.is_staff = rows.get(openid), openid in staff
                item.has_news = openid in waited_for
                replies[item.incoming.dedupe_key] = self._in_transaction(session, item, terms)
                session.flush()
                audit.seal(session)
                session.expunge_all()
        return replies

    def _terms(self, session: Session) -> Terms:
        rules = self._rules(session)
        return Terms(
            rules=rules,
            policy=chat_policy(rules.profile, parties.department_names(session)),
            public_url=self._public_url,
            key=self._key,
            pace=self._pace,
            now=self._clock.now(),
            real_now=real_now(),
        )

    def not_solved(self, token: str) -> None:
        """«没解决» on an entry page: as if typed in the chat; the reply goes by a customer-service message.

        `token` is the signed answer id of the page's link. NotFound for a forged one; a repeat does nothing.
        """
        answer_id = answers.read_signed(token, self._key)
        with self._db.transaction() as session:
            answer = session.get(Answer, answer_id) if answer_id is not None else None
            if answer is None:
                raise NotFound("这个链接不完整或已失效，请回到对话里直接说要办什么事")
            if answer.is_solved is False:
                return
            self._carry_on(session, answer)

    def _carry_on(self, session: Session, answer: Answer) -> None:
        terms = self._terms(session)
        now = terms.now
        incoming = Incoming(
            "", answer.openid, MessageKind.TEXT, now, f"{PAGE_KEY}{answer.id}", text="没解决", event="page"
        )
        follower = holding.hold(session, [answer.openid]).get(answer.openid)
        if follower is None:
            raise NotFound("请先关注公众号，再在对话里说要办什么事")
        state = ConversationState.from_json(follower.state)
        near = (answer.entry_id,) if answer.entry_id else ()
        follower.state = replace(
            state.settled(), question=answer.question, near=near, answer_id=answer.id
        ).to_json()
        caller, memo = caller_of(session, answer.openid), SearchMemo(self._search)
        scene = Scene(session, incoming, caller, terms.policy, terms.rules, memo, self._desk, now)
        reply = self._converse(scene, follower)
        outbox.enqueue(
            session,
            dedupe_key=incoming.dedupe_key,
            openid=answer.openid,
            kind="deferred_answer",
            reply=reply,
            now=now,
        )

    def _in_transaction(self, session: Session, item: Prepared, terms: Terms) -> str:
        incoming, now = item.incoming, terms.now
        claim = inbox.claim(session, incoming, now)
        was_deferred = claim is inbox.Claim.DEFERRED
        if claim is inbox.Claim.NONE:
            known = inbox.stored(session, incoming.dedupe_key)
            return known.reply_xml if known is not None else ""
        follower = followers.met(session, item.row, incoming, now)
        if not limiting.allows(self._pace, follower, incoming, terms.real_now) and not was_deferred:
            return self._slow_down(session, follower, incoming, terms)
        reply = self._reply_to(session, item, follower, terms)
        if reply is None:
            return ""
        if was_deferred:
            key = f"deferred:{incoming.dedupe_key}"
            outbox.enqueue(
                session, dedupe_key=key, openid=incoming.openid, kind="deferred_answer", reply=reply, now=now
            )
            return ""
        if item.has_news:
            reply = with_news(session, incoming, reply, now)
        document = document_of(reply, incoming, self._public_url)
        inbox.save_reply(session, incoming.dedupe_key, document)
        log.event("message_handled", kind=incoming.kind.value)
        self._meters.count(MESSAGES, kind=incoming.kind.value, outcome="answered")
        return document

    def _slow_down(self, session: Session, follower: Held, incoming: Incoming, terms: Terms) -> str:
        """Too many messages in a minute: kept for their repeats, without any effect; said once, then nothing."""
        log.event("follower_limited", kind=incoming.kind.value)
        self._meters.count(MESSAGES, kind=incoming.kind.value, outcome="limited")
        hotline = terms.rules.profile.places.hotline
        document = limiting.slow_down(session, follower, incoming, hotline, terms.real_now)
        holding.save(session, [follower])
        return document

    def _reply_to(self, session: Session, item: Prepared, follower: Held, terms: Terms) -> Reply | None:
        incoming, now = item.incoming, terms.now
        if incoming.kind is MessageKind.SILENT:
            note_receipt(session, incoming, now)
            return None
        if incoming.kind is MessageKind.UNFOLLOW:
            followers.unfollow(session, incoming.openid, now)
            end_contacts(session, incoming.openid, now)
            outbox.cancel_for(session, incoming.openid)
            return None
        caller = caller_of(session, incoming.openid) if item.is_staff else Caller(incoming.openid)
        scene = Scene(session, incoming, caller, terms.policy, terms.rules, item.memo, self._desk, now)
        return self._converse(scene, follower)

    def _converse(self, scene: Scene, follower: Held) -> Reply:
        session, now = scene.session, scene.now
        turn = respond(
            ConversationState.from_json(follower.state),
            with_area(session, scene.incoming),
            policy=scene.policy,
            search=scene.search,
            desk=SessionDesk(session, scene.caller, scene.search, now),
            now=now,
        )
        reply, state = self._carried_out(scene, turn)
        follower.state = state.to_json()
        if follower.noticed_at is None:
            follower.noticed_at = now
            is_told = scene.incoming.kind is MessageKind.FOLLOW or scene.caller.is_staff
            reply = reply if is_told else joined([reply, NOTICE])
        holding.save(session, [follower])
        return reply

    def _carried_out(self, scene: Scene, turn: Turn) -> tuple[Reply, ConversationState]:
        state, said = turn.state, list(turn.replies)
        for effect in turn.effects:
            if isinstance(effect, bot_effects.RecordAnswer):
                answer_id = answers.record(scene.session, scene.openid, effect, scene.now)
                self._meters.count(ANSWERS, decision=str(effect.decision))
                state = replace(state, answer_id=answer_id)
                said = [answers.with_answer_link(reply, answer_id, self._key) for reply in said]
                continue
            reply = effects.carry_out(scene, effect)
            if reply is not None:
                said.append(reply)
        return joined([*answers.with_links_of_last(said, state, self._key), *turn.after]), state


def _without(batch: Sequence[Prepared], replies: Mapping[str, str]) -> list[Prepared]:
    return [item for item in batch if item.incoming.dedupe_key not in replies]
