"""How enterprises behave: they ask, choose, complain, add, rate, urge, withdraw, or say nothing at all."""

import re
from collections.abc import Callable
from datetime import timedelta

import httpx2

from app.bench.week.diary import Matter, numbers_in
from app.bench.week.engine import Engine
from app.bench.week.people import Client
from app.bench.week.words import Words
from app.demo.platform.callbacks import Sent
from app.demo.platform.markup import Segment, links, options
from app.demo.platform.world import Entry

HINTS = ("手册里没有现成答案", "好，这件事已")
GREEN, RED = (5, 3, 1), (55, 12, 9)
WAITS_DAYS = 3
_REOPENED = re.compile(r"(\d{4}) 已重新打开")


class ClientLife:
    """One person. Everything is drawn from the engine's chooser."""

    def __init__(self, engine: Engine, words: Words, client: Client) -> None:
        self.engine = engine
        self.words = words
        self.client = client
        self.is_gone = False
        engine.reads(client.openid, self._pushed)

    def arrive(self) -> None:
        """Follow the account; half of them bind at once."""
        sent = self.engine.phone(self.client.openid).follow()
        self.engine.note(self.client.openid, "（关注）", "follow", sent)
        if self.client.enterprise and self._chance(0.5):
            self._heard(self._say(f"绑定 {self.client.name}", "bind"), "bind")

    def visit(self) -> None:
        """Come with something."""
        occasion = self.words.occasion()
        if self.is_gone and occasion == "leave":
            return
        act = getattr(self, f"_{occasion.replace('-', '_')}", None)
        if act is not None:
            act()
            return
        self._heard(self._say(self.words.of(occasion), occasion), occasion)
        self.is_gone = self.is_gone or occasion == "leave"

    def _ask(self) -> None:
        question = self.words.question()
        sent = self._say(question.text, "ask")
        self.engine.diary.expected.append((self.engine.diary.said[-1], question.entry_id))
        self._heard(sent, "ask")

    def _typo(self) -> None:
        question = self.words.typo()
        self._heard(self._say(question.text, "typo"), "typo")

    def _trouble(self) -> None:
        self._heard(self._say(self.words.trouble(), "trouble"), "trouble")

    def _sticker(self) -> None:
        sent = self.engine.phone(self.client.openid).send_unsupported()
        self.engine.note(self.client.openid, "（表情）", "sticker", sent)

    def _voice(self) -> None:
        sent = self.engine.phone(self.client.openid).send_voice()
        self.engine.note(self.client.openid, "（语音）", "voice", sent)

    def _picture(self) -> None:
        sent = self.engine.phone(self.client.openid).send_image()
        self._heard(self.engine.note(self.client.openid, "（图片）", "picture", sent), "picture")
        if self._chance(0.7):
            self._heard(self._say(self.words.trouble(), "trouble"), "trouble")

    def _say(self, text: str, occasion: str, option: Segment | None = None) -> Sent:
        said, option_id = (option.say, option.option_id) if option else (text, "")
        sent = self.engine.say(self.client.openid, said, occasion, option_id=option_id)
        again = _REOPENED.search(sent.text)
        matter = self.engine.diary.own(self.client.openid, again[1]) if again else None
        if matter is not None:
            matter.reopened.append(self.engine.now)
            self.engine.diary.counts["reopened"] += 1
        return sent

    def _tap(self, option: Segment, occasion: str) -> Sent:
        sent = self._say("", occasion, option)
        self._heard(sent, occasion)
        return sent

    def _chance(self, share: float) -> bool:
        return self.engine.rng.random() < share

    def _heard(self, sent: Sent, occasion: str) -> None:
        """What a person does at once with an answer."""
        text, choices = sent.text, options(sent.text)
        if any(hint in text for hint in HINTS) and numbers_in(text):
            self._was_given(numbers_in(text)[0])
        if "您想办的是哪一件" in text and choices:
            self._choose(choices)
        elif "是补充在办的事" in text or "是这件事还没解决" in text:
            self._tap(choices[-1] if self._chance(0.6) else choices[0], "which")
        elif "您是哪家企业或店铺" in text or "发执照上的名称" in text:
            self._say_who()
        elif "是这家吗" in text or "是哪一家" in text:
            own = [option for option in choices if self.client.name and self.client.name in option.text]
            self._tap(own[0] if own else choices[-1], "bind")
        elif "留个称呼和电话" in text and self._chance(0.6):
            self._say("张测试 13900000000", "contact")
        elif occasion in ("ask", "typo"):
            self._judge(choices)

    def _choose(self, choices: list[Segment]) -> None:
        """The first is meant most often; some take none of them, some go away."""
        draw = self.engine.rng.random()
        if draw < 0.9:
            place = 0 if draw < 0.62 else min(1, len(choices) - 1) if draw < 0.78 else len(choices) - 1
            self._tap(choices[place], "choice")

    def _judge(self, choices: list[Segment]) -> None:
        unsolved = [option for option in choices if "没解决" in option.say]
        if unsolved and self._chance(0.07):
            self._tap(unsolved[0], "unsolved")
        elif unsolved and self._chance(0.06):
            self._say("谢谢", "thanks")

    def _say_who(self) -> None:
        if not self.client.enterprise:
            if self._chance(0.4):
                self._heard(self._say("我不是企业，就问问", "who"), "who")
            return
        if self._chance(0.85):
            name = self.client.credit_code if self._chance(0.2) else self.client.name
            self._heard(self._say(name, "who"), "who")

    def _was_given(self, number: str) -> None:
        """A number on the screen: now somebody waits."""
        diary = self.engine.diary
        if diary.matter(number) is not None:
            return
        matter = Matter(number, self.engine.now, self.client.openid, self.client.enterprise)
        diary.opened(matter)
        if self._chance(0.25):
            self.engine.later(timedelta(minutes=self.engine.rng.randrange(1, 8)), self._add)
        if self._chance(0.04):
            self.engine.later(
                timedelta(hours=self.engine.rng.randrange(1, 20)), lambda: self._withdraw(matter)
            )
        wait = timedelta(days=WAITS_DAYS, hours=self.engine.rng.randrange(1, 48))
        if self._chance(0.3):
            self.engine.later(wait, lambda: self._urge(matter))

    def _add(self) -> None:
        if self._chance(0.5):
            sent = self.engine.phone(self.client.openid).send_image()
            self.engine.note(self.client.openid, "（图片）", "supplement", sent)
        else:
            self._heard(self._say(self.words.of("more"), "supplement"), "supplement")

    def _urge(self, matter: Matter) -> None:
        if matter.withdrawn_at is None and matter.last("办结") is None:
            self._heard(self._say(f"催办 {matter.number[-4:]}", "urge"), "urge")

    def _withdraw(self, matter: Matter) -> None:
        if matter.last("办结") is None and "已撤回" in self._say(f"撤回 {matter.number}", "withdraw").text:
            matter.withdrawn_at = self.engine.now

    def _pushed(self, entry: Entry) -> None:
        """What a push moves somebody to, minutes or hours later."""
        numbers = numbers_in(entry.text)
        if not self.engine.phone(self.client.openid).person.is_following:
            return
        if "政策送达" in entry.text:
            self._read_policy(entry)
        elif numbers and ("已办结：" in entry.text or "诉求办结通知" in entry.text):
            self._soon(lambda: self._rate(numbers[0]), most_hours=30)
        elif numbers and ("需要您补充" in entry.text or "需要补充材料" in entry.text) and self._chance(0.75):
            self._soon(self._add, most_hours=40)

    def _soon(self, act: Callable[[], None], most_hours: float) -> None:
        hours = self.engine.rng.expovariate(4 / most_hours)
        moment = self.engine.now + timedelta(hours=min(hours, most_hours), minutes=3)
        self.engine.at(moment, act)

    def _rate(self, number: str) -> None:
        draw = self.engine.rng.random() * 100
        for score, share in zip(GREEN, RED, strict=True):
            draw -= share
            if draw < 0:
                self._give(number, score)
                return

    def _give(self, number: str, score: int) -> None:
        comment = f" {self.words.of('comment')}" if score == 1 and self._chance(0.6) else ""
        sent = self._say(f"评价 {number} {score}{comment}", "rate")
        matter = self.engine.diary.matter(number)
        if matter is not None and ("评价已记下" in sent.text or "已重新打开" in sent.text):
            matter.scores.append((self.engine.now, score))
        about = [option for option in options(sent.text) if "服务人员" in option.say]
        if about and self._chance(0.5):
            self._tap(about[0], "rate")

    def _read_policy(self, entry: Entry) -> None:
        self.engine.diary.counts["policies"] += 1
        pages = links(entry.text)
        if pages and self._chance(0.4):
            self.engine.diary.counts["policies_read"] += 1
            open_page(pages[0].address)
            if self._chance(0.3):
                self._soon(self._ask, most_hours=5)


def open_page(address: str) -> int:
    """As a browser would; the status."""
    return int(httpx2.get(address, timeout=20).status_code)
