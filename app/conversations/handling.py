"""One message from claim to stored reply: the only place where a turn meets the database."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from app import log
from app.clock import Clock, real_now
from app.conversations import answers, effects, inbox
from app.conversations.desk import SessionDesk, caller_of, is_bound_to_staff
from app.conversations.memo import SearchMemo
from app.conversations.models import Answer
from app.conversations.policy import chat_policy
from app.conversations.scene import Scene
from app.db import Database, lost_a_race
from app.directory.binding import end_contacts
from app.directory.lookup import area_name
from app.editing.desk import Desk
from app.errors import NotFound
from app.followers import pacing
from app.followers import service as followers
from app.followers.models import Follower
from app.limits.bucket import Rate
from app.meters import ANSWERS, MESSAGES, SEARCH_SECONDS, Meters
from app.outbox import service as outbox
from app.tickets import repository
from app.tickets.values import Rules
from app.wechat.rendering import bubbles, passive_xml
from bot import effects as bot_effects
from bot.messages import Incoming, MessageKind, Part, Reply, Url
from bot.respond import respond, search_text
from bot.state import ConversationState
from bot.turn import Turn
from handbook.entry import Search

AREA_SCENE = "area:"
TRIES = 3
PAUSE_S = 0.05
ROOM_FOR_NEWS_BYTES = 900
NEWS_HEADING = "\n———\n这是之前没送到的进展：\n"
PAGE_KEY = "page:"
SLOW_DOWN = "您发得有点快，我看不过来了。请过一分钟再发，最好把事情写在一条里；急事请打 {hotline}。"
NOTICE = Reply.of("为办理您的诉求，我们只记录您发来的内容和所属企业。", Url("隐私说明", "/privacy"))
_NEVER_LIMITED = frozenset({MessageKind.SILENT, MessageKind.UNFOLLOW, MessageKind.FOLLOW})


class MessageHandler:
    """Handles one message in one transaction. Safe to share between threads."""

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

    def handle(self, incoming: Incoming) -> str:
        """The reply document ("" for none), stored with the claim so that every repeat gets the same.

        Where the database sacrificed this transaction to another one, the whole message is tried again.
        """
        for number in range(1, TRIES):
            try:
                return self._handled(incoming)
            except DBAPIError as error:
                if not lost_a_race(error):
                    raise
                log.event("message_retried", tries=number)
                time.sleep(PAUSE_S * number * random.random())
        return self._handled(incoming)

    def _handled(self, incoming: Incoming) -> str:
        with self._db.reading() as session:
            known = inbox.stored(session, incoming.dedupe_key)
            is_staff = is_bound_to_staff(session, incoming.openid)
            is_too_fast = self._is_too_fast(session, incoming)
        if known is not None and not known.is_open:
            return known.reply_xml
        incoming = _click_as_words(incoming)
        memo = SearchMemo(self._search)
        words = search_text(incoming, is_staff=is_staff)
        if words is not None and not is_too_fast:
            with self._meters.timed(SEARCH_SECONDS):
                memo.search(words, staff=is_staff)
        with self._db.transaction() as session:
            return self._in_transaction(session, incoming, memo)

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
        now = self._clock.now()
        incoming = Incoming(
            "", answer.openid, MessageKind.TEXT, now, f"{PAGE_KEY}{answer.id}", text="没解决", event="page"
        )
        follower = session.get(Follower, answer.openid)
        if follower is None:
            raise NotFound("请先关注公众号，再在对话里说要办什么事")
        state = ConversationState.from_json(follower.state)
        follower.state = replace(
            state.settled(), question=answer.question, near=(answer.entry_id,), answer_id=answer.id
        ).to_json()
        reply = self._converse(session, incoming, follower, SearchMemo(self._search), now)
        outbox.enqueue(
            session,
            dedupe_key=incoming.dedupe_key,
            openid=answer.openid,
            kind="deferred_answer",
            reply=reply,
            now=now,
        )

    def _in_transaction(self, session: Session, incoming: Incoming, memo: SearchMemo) -> str:
        now = self._clock.now()
        claim = inbox.claim(session, incoming, now)
        was_deferred = claim is inbox.Claim.DEFERRED
        if claim is inbox.Claim.NONE:
            known = inbox.stored(session, incoming.dedupe_key)
            return known.reply_xml if known is not None else ""
        may_write: list[bool] = []
        follower = followers.touch(
            session, incoming, now, mark=lambda row: may_write.append(self._may_write(row, incoming))
        )
        if not may_write[0] and not was_deferred:
            return self._slow_down(session, follower, incoming)
        reply = self._reply_to(session, incoming, follower, memo, now)
        if reply is None:
            return ""
        if was_deferred:
            key = f"deferred:{incoming.dedupe_key}"
            outbox.enqueue(
                session, dedupe_key=key, openid=incoming.openid, kind="deferred_answer", reply=reply, now=now
            )
            return ""
        text = bubbles(self._with_news(session, incoming, reply, now), self._public_url, most=1)
        document = passive_xml(text[0], incoming, incoming.sent_at) if text else ""
        inbox.save_reply(session, incoming.dedupe_key, document)
        log.event("message_handled", kind=incoming.kind.value)
        self._meters.count(MESSAGES, kind=incoming.kind.value, outcome="answered")
        return document

    def _is_too_fast(self, session: Session, incoming: Incoming) -> bool:
        if self._pace is None or incoming.kind in _NEVER_LIMITED:
            return False
        return pacing.is_empty(session.get(Follower, incoming.openid), self._pace, real_now())

    def _may_write(self, follower: Follower, incoming: Incoming) -> bool:
        if self._pace is None or incoming.kind in _NEVER_LIMITED:
            return True
        return pacing.may_write(follower, self._pace, real_now())

    def _slow_down(self, session: Session, follower: Follower, incoming: Incoming) -> str:
        """Too many messages in a minute: kept for their repeats, without any effect; said once, then nothing."""
        log.event("follower_limited", kind=incoming.kind.value)
        self._meters.count(MESSAGES, kind=incoming.kind.value, outcome="limited")
        if not pacing.should_say_so(follower, real_now()):
            return ""
        hotline = self._rules(session).profile.places.hotline
        document = passive_xml(SLOW_DOWN.format(hotline=hotline), incoming, incoming.sent_at)
        inbox.save_reply(session, incoming.dedupe_key, document)
        return document

    def _reply_to(
        self, session: Session, incoming: Incoming, follower: Follower, memo: SearchMemo, now: datetime
    ) -> Reply | None:
        if incoming.kind is MessageKind.SILENT:
            _note_receipt(session, incoming, now)
            return None
        if incoming.kind is MessageKind.UNFOLLOW:
            followers.unfollow(session, incoming.openid, now)
            end_contacts(session, incoming.openid, now)
            outbox.cancel_for(session, incoming.openid)
            return None
        return self._converse(session, incoming, follower, memo, now)

    def _converse(
        self, session: Session, incoming: Incoming, follower: Follower, memo: SearchMemo, now: datetime
    ) -> Reply:
        rules = self._rules(session)
        policy = chat_policy(rules.profile, repository.department_names(session))
        caller = caller_of(session, incoming.openid)
        scene = Scene(session, incoming, caller, policy, rules, memo, self._desk, now)
        turn = respond(
            ConversationState.from_json(follower.state),
            _with_area(session, incoming),
            policy=policy,
            search=memo,
            desk=SessionDesk(session, caller, memo, now),
            now=now,
        )
        reply, state = self._carried_out(scene, turn)
        follower.state = state.to_json()
        if follower.noticed_at is None:
            follower.noticed_at = now
            reply = (
                reply if incoming.kind is MessageKind.FOLLOW or caller.is_staff else joined([reply, NOTICE])
            )
        session.add(follower)
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
        return joined([*said, *turn.after]), state

    def _with_news(self, session: Session, incoming: Incoming, reply: Reply, now: datetime) -> Reply:
        """Add what waited for this contact, where there is room; the rest goes by customer-service messages."""
        has_room = len(reply.plain().encode()) <= ROOM_FOR_NEWS_BYTES
        news = outbox.take_pending(session, incoming.openid, now, limit=2 if has_room else 0)
        if not news:
            return reply
        parts: list[Part] = [*reply.parts, NEWS_HEADING]
        for item in news:
            parts += [*item.parts, "\n"]
        return Reply(tuple(parts))


def joined(replies: Sequence[Reply]) -> Reply:
    """Several replies as one bubble, a blank line between them."""
    parts: list[Part] = []
    for reply in replies:
        if parts and reply.parts:
            parts.append("\n\n")
        parts += reply.parts
    return Reply(tuple(parts))


def _click_as_words(incoming: Incoming) -> Incoming:
    """A menu key is the command it stands for."""
    if incoming.kind is MessageKind.CLICK and not incoming.text:
        return replace(incoming, text=incoming.key)
    return incoming


def _with_area(session: Session, incoming: Incoming) -> Incoming:
    """A QR code of an area's notice carries the area (A7)."""
    if not incoming.scene.startswith(AREA_SCENE):
        return incoming
    name = area_name(session, incoming.scene.removeprefix(AREA_SCENE))
    return replace(incoming, data={**incoming.data, "area": name})


def _note_receipt(session: Session, incoming: Incoming, now: datetime) -> None:
    if incoming.event.upper() == "TEMPLATESENDJOBFINISH":
        data = incoming.data
        outbox.on_receipt(
            session, str(data.get("msgid", "")), str(data.get("status", "")), now, openid=incoming.openid
        )
