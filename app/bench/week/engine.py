"""A queue of moments: people act when their time comes, the worker works all the time between."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from random import Random

from app.bench.week.diary import Diary, Said
from app.bench.week.town import Town
from app.clock import SHANGHAI
from app.demo.platform.callbacks import Message, Sent
from app.demo.platform.phone import Phone
from app.demo.platform.world import Entry

BY_DAY, BY_NIGHT = timedelta(minutes=20), timedelta(hours=2)
DAY_STARTS, DAY_ENDS = 7, 22
ANSWER_WITHIN_S = 5.0
REPEATED = 0.02
Act = Callable[[], None]
Reader = Callable[[Entry], None]


class Engine:
    """Business time, the phones and what people saw on them."""

    def __init__(self, town: Town, diary: Diary, rng: Random, pace: timedelta) -> None:
        self.town = town
        self.diary = diary
        self.rng = rng
        self._queue: list[tuple[datetime, int, Act]] = []
        self._order = count()
        self._readers: list[tuple[Phone, Reader]] = []
        self._read: dict[str, int] = {}
        self._pace = pace
        self._worked_at = self.now - pace

    @property
    def now(self) -> datetime:
        """Business time."""
        return self.town.clock.now()

    def phone(self, openid: str) -> Phone:
        """This person's phone."""
        return self.town.platform.user(openid)

    def reads(self, openid: str, reader: Reader) -> None:
        """From now on `reader` is called with every push that this phone shows."""
        phone = self.phone(openid)
        self._readers.append((phone, reader))
        self._read[openid] = len(phone.person.chat)

    def at(self, moment: datetime, act: Act) -> None:
        """Do it then."""
        heapq.heappush(self._queue, (moment, next(self._order), act))

    def later(self, delay: timedelta, act: Act) -> None:
        """Do it after a while."""
        self.at(self.now + delay, act)

    def run(self, until: datetime) -> None:
        """Let time pass."""
        while self._queue and self._queue[0][0] <= until:
            moment, _, act = heapq.heappop(self._queue)
            self._pass(moment)
            act()
            self._settle()
        self._pass(until)

    def say(self, openid: str, text: str, occasion: str, *, option_id: str = "") -> Sent:
        """One text, and now and then the platform brings it twice."""
        sent = self.phone(openid).send_text(text, option_id)
        return self.note(openid, text, occasion, sent)

    def note(self, openid: str, text: str, occasion: str, sent: Sent) -> Sent:
        """Keep what became of a message."""
        said = Said(self.now, openid, occasion, text, sent)
        self.diary.said.append(said)
        if sent.verdict == "fault":
            self.diary.fault(f"{occasion}「{text}」没有回音：{sent.delivery.outcome}")
        if sent.latency_s > ANSWER_WITHIN_S:
            self.diary.fault(f"{occasion}「{text}」用了 {sent.latency_s:.1f} 秒")
        if self.rng.random() < REPEATED:
            self._bring_again(said)
        return sent

    def _bring_again(self, said: Said) -> None:
        """The same message a second time, as after a lost answer: the same reply, nothing done twice."""
        sender = self.town.platform.sender
        again = Sent(Message(said.openid, said.sent.message.document))
        sender.attempt(again, sender.request(said.openid, said.sent.message.document))
        self.diary.duplicates.append((said, again.delivery.text))

    def _pass(self, moment: datetime) -> None:
        """The worker wakes at least every twenty minutes by day, every two hours by night."""
        while True:
            hour = self.now.astimezone(SHANGHAI).hour
            following = self.now + (BY_DAY if DAY_STARTS <= hour < DAY_ENDS else BY_NIGHT)
            if following >= moment:
                break
            self.town.jump(following)
            self._settle()
        self.town.jump(moment)

    def _settle(self) -> None:
        """The worker does what is due, at its pace, and people look at their phones."""
        if self.now - self._worked_at < self._pace:
            return
        self._worked_at = self.now
        self.town.work()
        for phone, reader in self._readers:
            chat = phone.person.chat
            seen = self._read[phone.openid]
            if len(chat) == seen:
                continue
            self._read[phone.openid] = len(chat)
            for entry in chat[seen:]:
                if entry.kind in ("custom", "template", "subscribe"):
                    reader(entry)
