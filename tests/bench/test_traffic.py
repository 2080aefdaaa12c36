"""What the measurements send is what they say, and the drain of the outbox is counted right."""

from collections import Counter
from itertools import islice

from app.bench import questions
from app.bench.draining import drained
from app.bench.synthetic import Pool
from app.bench.traffic import Tally
from app.settings import Settings

POOL = Pool((), (), tuple(f"第{n}种事怎么办" for n in range(500)), "店铺")


def test_repeated_questions_follow_zipf() -> None:
    asked = Counter(islice(questions.repeated(POOL, 1), 20_000))
    often = [count for _, count in asked.most_common(3)]
    assert often[0] > 1.4 * often[1] > 1.4 * often[2]
    assert list(islice(questions.repeated(POOL, 1), 50)) == list(islice(questions.repeated(POOL, 1), 50))


def test_new_questions_are_all_different() -> None:
    asked = list(islice(questions.new(POOL, 1), 5000))
    assert len(set(asked)) == len(asked)


def test_a_refused_message_is_no_answer() -> None:
    tally = Tally(seconds=1.0)
    tally.count(200, b"<xml>", 0.1)
    tally.count(200, b"success", 0.2)
    tally.count(503, b"unavailable", 0.3)
    found = tally.summary()
    assert (found["messages"], found["failed"], found["acknowledged_only"], found["per_second"]) == (
        3,
        1,
        1,
        2.0,
    )


def test_the_outbox_is_drained_in_order() -> None:
    found = drained(Settings.load(), 40, tell=lambda _text: None)
    assert found["messages"] == 40
    assert (found["unsent"], found["people_out_of_order"], found["told_twice"]) == (0, 0, 0)
