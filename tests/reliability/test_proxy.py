"""Slow clients in front of the shipped nginx configuration hold up nobody (test 21); ending on request (test 23)."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from app.bench import traffic

SLOW = {"quick": 60, "chaos": 500}
HOST = "qiying.example.gov.cn"


@pytest.mark.slow
def test_slow_clients_hold_up_nobody_and_the_end_is_in_order(
    platform: Any, new_server: Callable[..., Any], new_proxy: Any, question: Any, is_chaos: bool
) -> None:
    """Dribbled heads and bodies wait at the proxy. Told to end, the server answers what it has taken."""
    server = new_server()
    server.start()
    proxy = new_proxy([server.port])
    assert proxy.exchange(question("oWarm"))[0] == 200
    quiet = [proxy.exchange(question(f"oQuiet{n}")) for n in range(10)]
    over = threading.Event()
    count = SLOW["chaos" if is_chaos else "quick"]
    dribbling = [threading.Thread(target=dribble, args=(proxy, n, over)) for n in range(count)]
    for thread in dribbling:
        thread.start()
    time.sleep(0.5)
    crowded = [proxy.exchange(question(f"oCrowd{n}")) for n in range(20)]
    large = f"POST /wechat HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 10000000\r\n\r\nx"
    too_much = proxy.exchange(large.encode(), "127.0.0.3")
    over.set()
    for thread in dribbling:
        thread.join()
    slowest, without = (max(seconds for _, seconds in rows) for rows in (crowded, quiet))
    print(f"{count} slow clients: slowest answer {slowest:.2f} s, without them {without:.2f} s")
    assert {status for status, _ in (*quiet, *crowded)} == {200}
    assert too_much[0] == 413

    mail = traffic.Mail(platform)
    messages = [mail.text(f"oEnd{n}", "营业执照丢了怎么补") for n in range(400)]
    tallies: list[traffic.Tally] = []
    sending = threading.Thread(target=lambda: tallies.append(until_closed(server.address, messages)))
    sending.start()
    time.sleep(1.0)
    ended = server.stop()
    sending.join()
    print(
        f"ended within {ended:.1f} s, {len(tallies[0].latencies_s)} answered before, {tallies[0].failed} failed"
    )
    assert ended <= 10
    assert tallies[0].failed == 0
    assert tallies[0].answered > 0


def until_closed(address: str, messages: list[bytes]) -> traffic.Tally:
    """Eight connections until the server closes them; every answer that comes must be a good one."""
    tally = traffic.Tally()
    traffic.flood(address, messages, seconds=30, connections=8, tally=tally)
    return tally


def dribble(proxy: Any, number: int, over: threading.Event) -> None:
    """One byte at a time from an address of its own, head or body, until the proxy has had enough."""
    source = f"127.0.0.{10 + number % 200}"
    try:
        with proxy.connect(source) as line:
            head = f"POST /wechat HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1000\r\n\r\n".encode()
            if number % 2:
                line.sendall(head)
            while not over.is_set():
                line.sendall(b"x" if number % 2 else b"P")
                time.sleep(0.3)
    except OSError:
        return
