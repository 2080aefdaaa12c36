"""PostgreSQL crashes and comes back in the middle of traffic; connections are cut one by one (test 10)."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import select

from app.db import Database
from app.tickets.models import Ticket

RESTARTS = {"quick": 2, "chaos": 10}
SENDERS = 8
TRIES = 3
PATIENCE_S = 5.0
PROVES = 20
SLOW_MACHINE_S = 30.0


@pytest.mark.postgres
@pytest.mark.slow
def test_nothing_acknowledged_is_lost_and_the_pool_recovers(
    cluster: Any, front_desk: Any, is_chaos: bool
) -> None:
    database: Database = cluster.new_schema()
    desk = front_desk.conversations(database)
    over, taken, heard = threading.Event(), [], []

    def send(sender: int) -> tuple[list[str], int]:
        """As the platform: up to three tries with pauses, then the message is given up."""
        answered, given_up, number = [], 0, 0
        while not over.is_set():
            number += 1
            openid = f"oRestart{sender}x{number}"
            incoming = front_desk.message(openid, 0, "厂门口修路货车进不来")
            for attempt in range(TRIES):
                try:
                    assert "单号" in desk.receive(incoming)
                    answered.append(openid)
                    heard.append(openid)
                    break
                except Exception:
                    time.sleep(0.3 * (attempt + 1))
            else:
                given_up += 1
            time.sleep(0.02)
        return answered, given_up

    with ThreadPoolExecutor(SENDERS) as pool:
        sending = [pool.submit(send, sender) for sender in range(SENDERS)]
        for _ in range(RESTARTS["chaos" if is_chaos else "quick"]):
            time.sleep(0.7)
            cluster.restart()
            taken.append(healthy_after(database))
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        for _ in range(3):
            time.sleep(0.2)
            cluster.administer(f"{cut} AND datname = '{database.write_engine.url.database}'")
        taken.append(healthy_after(database))
        until = time.monotonic() + SLOW_MACHINE_S
        while len(heard) <= PROVES and time.monotonic() < until:
            time.sleep(0.1)
        over.set()
        results = [future.result() for future in sending]
    answered = [openid for found, _ in results for openid in found]
    with database.reading() as session:
        tickets = Counter(session.exec(select(Ticket.openid)))
    desk.close()
    database.close()
    given_up = sum(count for _, count in results)
    print(f"answered {len(answered)}, given up {given_up}, healthy again after {max(taken):.2f} s")
    assert set(answered) - set(tickets) == set(), "acknowledged, but lost"
    assert [openid for openid, count in tickets.items() if count > 1] == []
    assert len(answered) > PROVES, "the run proves little"
    assert max(taken) <= 2.0


def healthy_after(database: Database) -> float:
    """Seconds from an accepting server to a read that works; no connection of the pool may stay broken."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_S:
        if works(lambda: database.reading()):
            return time.monotonic() - began
        time.sleep(0.02)
    return PATIENCE_S


def works(opened: Callable[[], Any]) -> bool:
    try:
        with opened() as session:
            session.exec(select(Ticket.id).limit(1)).first()
    except Exception:
        return False
    return True
