"""A line in front of a piece of work: never more threads than allowed, never out of order, nothing left behind."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.conversations.stages import Stage


@pytest.mark.parametrize("threads", [1, 2])
def test_no_more_threads_than_allowed_and_what_gathers_is_taken_together(threads: int) -> None:
    lock, under_way, most_at_once, batches = threading.Lock(), [0], [0], []

    def work(items: list[int]) -> None:
        with lock:
            under_way[0] += 1
            most_at_once[0] = max(most_at_once[0], under_way[0])
            batches.append(items)
        time.sleep(0.01)
        with lock:
            under_way[0] -= 1

    with ThreadPoolExecutor(8) as pool:
        stage = Stage(pool, work, threads=threads, most=10)
        for number in range(100):
            stage.put(number)
    assert most_at_once[0] == threads
    assert max(map(len, batches)) == 10 and len(batches) < 30
    done = [number for items in batches for number in items]
    assert (done if threads == 1 else sorted(done)) == list(range(100))


def test_many_at_once_start_as_many_threads_as_they_need() -> None:
    threads, batches, met = set(), [], threading.Barrier(2)

    def work(items: list[int]) -> None:
        met.wait(30)
        threads.add(threading.current_thread().name)
        batches.append(len(items))

    with ThreadPoolExecutor(8) as pool:
        stage = Stage(pool, work, threads=4, most=3)
        stage.put(*range(6))
        stage.put()
    assert (len(threads), batches) == (2, [3, 3])


def test_with_the_pool_closed_it_is_done_there_and_then() -> None:
    done: list[int] = []
    pool = ThreadPoolExecutor(1)
    stage = Stage(pool, done.extend, threads=1, most=5)
    pool.shutdown()
    for number in range(3):
        stage.put(number)
    assert done == [0, 1, 2]


def test_what_work_itself_puts_in_is_done_too() -> None:
    """Also while closing: a message of somebody's line follows from the one before it."""
    done: list[int] = []
    pool = ThreadPoolExecutor(1)

    def work(items: list[int]) -> None:
        done.extend(items)
        if done[-1] < 2000:
            stage.put(done[-1] + 1)

    stage = Stage(pool, work, threads=1, most=5)
    pool.shutdown()
    stage.put(0)
    assert done == list(range(2001))
