"""Two processes on PostgreSQL are restarted one after the other behind the shipped proxy: nobody notices (test 23)."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

REST_OF_PROXY_S = 2.5  # fail_timeout of the shipped file: so long a process counts as gone


@pytest.mark.postgres
@pytest.mark.timeout(600)
def test_a_rolling_restart_fails_no_request(
    new_server: Callable[..., Any], new_proxy: Any, question: Any, cluster: Any
) -> None:
    url = cluster.new_database()
    servers = [new_server(url), new_server(url, "--no-worker")]
    for server in servers:
        server.start()
    proxy = new_proxy([server.port for server in servers])
    assert proxy.exchange(question("oWarm"))[0] == 200
    rolled: list[tuple[int, float]] = []
    done = threading.Event()

    def keep_asking(place: int) -> None:
        number = 0
        while not done.is_set():
            number += 1
            rolled.append(proxy.exchange(question(f"oRoll{place}x{number}")))

    asking = [threading.Thread(target=keep_asking, args=(place,)) for place in range(2)]
    for thread in asking:
        thread.start()
    ended = []
    for server in servers:
        time.sleep(REST_OF_PROXY_S)
        ended.append(server.stop())
        server.start()
        while not server.is_ready():
            time.sleep(0.1)
    time.sleep(1)
    done.set()
    for thread in asking:
        thread.join()
    slowest = max(seconds for _, seconds in rolled)
    failed = [status for status, _ in rolled if status != 200]
    print(
        f"{len(rolled)} requests, {len(failed)} failed, slowest {slowest:.2f} s, ends took {max(ended):.1f} s"
    )
    assert failed == []
    assert max(ended) <= 10
    cluster.drop(url)
