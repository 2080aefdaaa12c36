"""Duplicates, slow answers, races and restarts over real HTTP (protocol cases 16, 33–39, 54–56)."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlmodel import col, select

from app.audit import AuditRow
from app.clock import real_now
from app.conversations import inbox
from app.conversations.models import InboxMessage
from app.conversations.service import Conversations
from app.directory.binding import invite_officer
from app.outbox.models import OutboxMessage
from bot.messages import Incoming, MessageKind
from handbook.entry import Search, SearchResult

QUESTION = "厂门口修路半个月了货车进不来"


def encrypted_part(body: bytes) -> str:
    return re.search(rb"<Encrypt><!\[CDATA\[(.+?)\]\]>", body)[1].decode()


def passive(phone) -> list[str]:
    return [line.text for line in phone.inbox if line.kind == "passive"]


pytestmark = pytest.mark.usefixtures("ignorant")


class Slow(Search):
    """A handbook that takes its time, as a loaded machine would."""

    def __init__(self, inner, seconds: float) -> None:
        self.inner, self.seconds, self.calls = inner, seconds, 0

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        self.calls += 1
        time.sleep(self.seconds)
        return self.inner.search(question, staff=staff)

    def entry(self, entry_id: str):
        return self.inner.entry(entry_id)


@pytest.fixture
def slow(town, monkeypatch, ignorant):
    def make(seconds: float) -> Slow:
        search = Slow(ignorant, seconds)
        monkeypatch.setattr(town.runtime.handler, "_search", search)
        return search

    return make


def test_case_16_a_replayed_request_gets_the_same_answer_and_one_ticket(town, bound) -> None:
    """The same bytes again: the stored answer, nothing done twice."""
    sent = bound.send_text(QUESTION)
    again = town.platform.hostile.replay(sent)
    assert again.status == 200
    cipher = town.platform.sender.cipher()
    plain = [cipher.decrypt(encrypted_part(body)) for body in (sent.delivery.answer, again.body)]
    assert plain[0] == plain[1]
    assert len(town.tickets()) == 1


def test_case_33_parallel_duplicates_make_one_ticket(town, bound) -> None:
    sent = town.platform.hostile.parallel_duplicates(QUESTION, 8, bound.openid)
    assert len(town.tickets()) == 1
    assert "单号" in sent.text
    assert {delivery.status for delivery in sent.deliveries} == {200}


@pytest.mark.parametrize("resign", ["fresh", "same"])
def test_case_34_a_slow_answer_is_acknowledged_and_comes_once_later(town, bound, slow, resign: str) -> None:
    """Answered within five seconds with `success`, exactly one answer, no fault text, one search."""
    town.platform.policy.resign = resign
    search = slow(6.0)
    started = time.monotonic()
    bound.send_text(QUESTION)
    assert time.monotonic() - started < 5
    deadline = time.monotonic() + 30
    while not town.tickets() and time.monotonic() < deadline:
        time.sleep(0.1)
    town.work()
    shown = [line for line in bound.inbox if line.kind in ("passive", "custom") and "单号" in line.text]
    assert len(shown) == 1
    assert not [line for line in bound.inbox if line.kind == "system"]
    assert len(town.tickets()) == 1
    assert search.calls == 1


def test_case_35_around_the_budget_there_is_always_exactly_one_answer(town, bound, slow) -> None:
    """The inbox row decides between passive and deferred: never zero, never two."""
    budget = 0.25
    town.runtime.conversations._budget_s = budget
    town.runtime.handler._pace = None  # more than a person may write in a minute
    for number in range(24):
        slow(budget - 0.06 + 0.005 * number)
        bound.send_text(f"第{number}件事 {QUESTION}")
    time.sleep(0.6)
    town.work()
    town.runtime.handler._search = town.runtime.handbook  # quick again, and it knows a greeting
    town.passes(hours=1)
    for _ in range(6):  # five customer-service messages a contact; the rest waits for the next contact
        bound.send_text("你好")
        town.work()
    shown = [line.text for line in bound.inbox if line.kind in ("passive", "custom")]
    with town.runtime.db.reading() as session:
        rows = list(session.exec(select(InboxMessage)))
        deferred = list(session.exec(select(OutboxMessage).where(OutboxMessage.kind == "deferred_answer")))
    assert all(row.state == "answered" for row in rows)
    assert all(row.state == "sent" for row in deferred)
    everything = "\n".join(shown)  # one bubble may carry two answers that waited
    # On a slow machine one is looked at after the hour: then it is asked whether it still belongs to the first.
    answers = ("单号 2026", "已补充到", "这是补充在办的事，还是新诉求")
    assert sum(everything.count(words) for words in answers) == 24


def test_case_36_a_message_whose_handler_died_is_answered_after_the_lease(town, bound) -> None:
    """`success` was said and the process died: the worker takes it up again."""
    now = town.clock.now()
    incoming = Incoming(
        town.platform.account.original_id, bound.openid, MessageKind.TEXT, now, "gh|777", "777", QUESTION
    )
    with town.runtime.db.transaction() as session:
        assert inbox.defer(session, incoming, now, real_now() - timedelta(minutes=5))
    town.work()
    assert len(town.tickets()) == 1
    assert any("单号" in line.text for line in bound.inbox if line.kind == "custom")


def test_case_38_two_events_of_one_second_are_both_handled(town, bound) -> None:
    before = len(passive(bound))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(bound.tap_menu, ["进度", "我的服务员"]))
    assert len(passive(bound)) == before + 2


def test_case_39_messages_of_one_person_keep_their_order(town, bound) -> None:
    """Serialised per person: one ticket, the rest are supplements."""
    threads = [threading.Thread(target=bound.send_text, args=(f"{QUESTION} 第{n}句",)) for n in range(6)]
    for thread in threads:
        thread.start()
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    assert len(town.tickets()) == 1


def test_case_54_an_enterprise_cannot_use_officer_commands(town, bound) -> None:
    bound.send_text(QUESTION)
    number = town.tickets()[0].number
    bound.send_text(f"办结 {number} 我说办好了就办好了")
    assert town.tickets()[0].status == "pending"
    with town.runtime.db.reading() as session:
        refused = list(session.exec(select(AuditRow).where(col(AuditRow.succeeded).is_(False))))
    assert [row.action for row in refused] == ["chat.办结"]


def test_case_55_a_binding_code_works_once_and_only_in_time(town) -> None:
    def issue(session) -> None:
        codes.append(invite_officer(session, "T002", town.clock.now()))

    codes: list[str] = []
    town.in_session(issue)
    one, other = town.phone("oNewOfficer"), town.phone("oStranger")
    one.send_text(f"绑定工号 {codes[0]}")
    assert "绑定好了" in one.inbox[-1].text
    other.send_text(f"绑定工号 {codes[0]}")
    assert "已用过" in other.inbox[-1].text
    town.in_session(issue)
    town.passes(hours=73)
    other.send_text(f"绑定工号 {codes[1]}")
    assert "已过期" in other.inbox[-1].text


def test_case_56_a_stale_option_changes_nothing(town, bound) -> None:
    officer = town.phone("oOfficerWang")
    bound.send_text(QUESTION)
    officer.send_text(f"办结 {town.tickets()[0].number} 已清理")
    town.work()
    line = bound.inbox[-1]
    bound.tap_option(line, 0)
    version = town.tickets()[0].version
    officer.send_text(f"接单 {town.tickets()[0].number}")
    assert "归档" in officer.inbox[-1].text
    assert town.tickets()[0].version == version


def test_case_33_two_processes_that_meet_the_same_message_make_one_ticket(town, bound, slow) -> None:
    """Two front desks know nothing of each other's work under way: the inbox row alone decides."""
    slow(0.4)
    incoming = Incoming(
        town.platform.account.original_id,
        bound.openid,
        MessageKind.TEXT,
        town.clock.now(),
        "gh|4242",
        "4242",
        QUESTION,
    )
    desks = [Conversations(town.runtime.db, town.runtime.handler, town.clock) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda desk: desk.receive(incoming), desks))
    assert len(town.tickets()) == 1
    assert replies[0] == replies[1] and "单号" in replies[0]


def test_case_37_a_restart_between_delivery_and_duplicate_changes_nothing(town, bound) -> None:
    """What was answered before the restart is answered again, word for word, and done once."""
    incoming = Incoming(
        town.platform.account.original_id,
        bound.openid,
        MessageKind.TEXT,
        town.clock.now(),
        "gh|3737",
        "3737",
        QUESTION,
    )
    first = Conversations(town.runtime.db, town.runtime.handler, town.clock)
    reply = first.receive(incoming)
    first.close()
    again = Conversations(town.runtime.db, town.runtime.handler, town.clock).receive(incoming)
    assert again == reply and "单号" in reply
    assert len(town.tickets()) == 1


@pytest.mark.parametrize("openid", ["oOfficerWang", "oEnterprise1"])
def test_nothing_is_searched_inside_the_write_transaction(town, monkeypatch, openid: str) -> None:
    """SQLite has one writer: a slow search inside its transaction would hold up everybody."""
    inside: list[str] = []
    depth = threading.local()
    transaction = town.runtime.db.transaction

    @contextmanager
    def watched():
        with transaction() as session:
            depth.is_inside = True
            try:
                yield session
            finally:
                depth.is_inside = False

    class Watching(Search):
        def search(self, question: str, *, staff: bool = False) -> SearchResult:
            if getattr(depth, "is_inside", False):
                inside.append(question)
            return town.runtime.handbook.search(question, staff=staff)

        def entry(self, entry_id: str):
            return town.runtime.handbook.entry(entry_id)

    monkeypatch.setattr(town.runtime.handler, "_search", Watching())
    monkeypatch.setattr(town.runtime.db, "transaction", watched)
    for words in ("年报怎么报", "手册 占道经营", "你好", "营业执照", "丢了", "厂门口修路货车进不来"):
        town.phone(openid).send_text(words)
    assert inside == []
