"""SIGKILL in the middle of traffic: nothing acknowledged is lost, nothing happens twice (reliability test 3)."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import select

from app.db import Database
from app.demo.platform.stand_in import StandIn
from app.integrity import examine
from app.tickets.models import Ticket

PEOPLE = 200
SENDERS = 16
CLOSED_FOR_S = 60
KILLS = {"quick": 2, "chaos": 50}
# An emergency always becomes a ticket, whatever the handbook says.
WORDS = "厂里着火了"
ACKNOWLEDGED = frozenset({"shown", "silent"})
FRESH = 4


def wait_for_more_answers(sending: list[Future[Any]]) -> None:
    """So that a kill meets what was answered a moment ago, however long a start takes; not for long after the last."""
    before, deadline = answered(sending), time.monotonic() + CLOSED_FOR_S
    while answered(sending) < before + FRESH and time.monotonic() < deadline:
        if all(future.done() for future in sending):
            return
        time.sleep(0.005)


def answered(sending: list[Future[Any]]) -> int:
    return sum(future.done() and future.result().verdict in ACKNOWLEDGED for future in sending)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_in_traffic_nothing_acknowledged_is_lost_or_doubled(
    platform: StandIn, new_server: Callable[..., Any], served_url: str, is_chaos: bool
) -> None:
    """A person writes again and again after each kill; the platform repeats what got no answer."""
    server = new_server(served_url)
    server.start()
    kills = KILLS["chaos" if is_chaos else "quick"]
    count = PEOPLE * kills // 2 if is_chaos else PEOPLE
    phones = [platform.user(f"oKill{n:05d}") for n in range(count)]

    def sends_when_up(phone: Any) -> Any:
        """People do not queue up at a closed door: only messages under way meet the kill."""
        deadline = time.monotonic() + CLOSED_FOR_S
        while not server.is_up() and time.monotonic() < deadline:
            time.sleep(0.05)
        return phone.send_text(WORDS)

    starts = []
    with ThreadPoolExecutor(SENDERS) as pool:
        sending = [pool.submit(sends_when_up, phone) for phone in phones]
        for number in range(kills):
            wait_for_more_answers(sending)
            time.sleep(0.02 + 0.11 * (number % 5))
            server.kill()
            starts.append(server.start())
        results = [future.result() for future in sending]
    server.stop()
    database = Database(served_url)
    with database.reading() as session:
        tickets = Counter(session.exec(select(Ticket.openid)))
    faults = examine(database)
    database.close()
    acknowledged = {sent.message.openid for sent in results if sent.verdict in ACKNOWLEDGED}
    print(
        f"{kills} kills, acknowledged {len(acknowledged)}/{count}, tickets {sum(tickets.values())}, "
        f"open again after at most {max(starts):.1f} s"
    )
    assert acknowledged - set(tickets) == set(), "acknowledged, but lost"
    assert [person for person, many in tickets.items() if many > 1] == [], "a second ticket"
    assert len(acknowledged) >= count // 2, "the run proves little if most messages were given up"
    assert faults == []
