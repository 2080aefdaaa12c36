"""The usual range of a topic (E2): by median and spread, and by how rare random arrivals make it."""

import random

import pytest

from app.trends.unusual import usual


def is_unusual(count, history):
    known = usual(history)
    return known is not None and count >= known.limit


@pytest.mark.parametrize(
    ("history", "count", "expected"),
    [
        ([0] * 20, 4, False),  # fewer than five never are
        ([0] * 20, 5, True),
        ([10] * 20, 12, False),
        ([10] * 20, 22, True),
        ([4, 6, 5, 7, 3, 5, 6, 4, 5, 6], 11, False),
        ([4, 6, 5, 7, 3, 5, 6, 4, 5, 6], 15, True),
        ([5] * 18 + [80, 80], 20, True),  # outbreaks before do not hide the next
        ([2, 30, 4, 28, 3, 31, 2, 29, 5, 30], 60, False),  # a topic that swings is given room
        ([0] * 6, 50, False),  # no week of history: nothing is known
        ([1000] * 20, 1100, True),
        ([1000] * 20, 1080, False),
    ],
)
def test_a_day_out_of_range(history, count, expected):
    assert is_unusual(count, history) == expected


def test_less_than_usual_is_no_warning():
    assert not is_unusual(0, [40] * 20)


def test_a_topic_that_comes_at_random_gives_hardly_any_false_alarm():
    """A thousand days of a topic with six a day on average: at most a handful of alarms."""
    chance = random.Random(20261120)
    days = [sum(chance.random() < 0.06 for _ in range(100)) for _ in range(1020)]
    alarms = sum(is_unusual(days[place], days[place - 20 : place]) for place in range(20, 1020))
    assert alarms <= 6


def test_more_history_never_makes_the_range_meaningless():
    assert usual([3] * 7).limit == usual([3] * 28).limit
