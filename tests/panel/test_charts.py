"""Charts: geometry that can be checked by eye, and words for those who do not see it (E3)."""

import pytest

from app.panel.charts import BOTTOM, HEIGHT, TOP, Point, bar_chart, line_chart, nice_top


def points(*values):
    return [Point(f"11/{number}", value) for number, value in enumerate(values, 1)]


def test_the_ends_of_the_scale_lie_on_the_edges():
    marks = line_chart("k", "率", points(0, 100), unit="%", top=100).marks
    assert [mark.y for mark in marks] == [HEIGHT - BOTTOM, TOP]


def test_a_week_without_values_is_a_gap_and_not_a_zero():
    chart = line_chart("k", "率", points(80, 90, None, 70, 60), top=100)
    assert len(chart.marks) == 4
    assert len(chart.lines) == 2
    assert chart.text(None) == "—"


def test_a_lone_value_is_a_dot():
    assert line_chart("k", "率", points(None, 50, None), top=100).lines == []


def test_the_summary_says_what_the_picture_shows():
    chart = line_chart("k", "按时办结率", points(80, 95.5, 90), unit="%", top=100)
    assert chart.summary == "按时办结率：最近是 11/3，90%；最低 80%（11/1），最高 95.5%（11/2）。"
    assert line_chart("k", "满意率", points(None), top=100).summary == "满意率：还没有数据。"


@pytest.mark.parametrize(("largest", "top"), [(0, 4), (4, 4), (5, 8), (13, 20), (21, 40), (121, 200)])
def test_a_scale_ends_at_a_round_number(largest, top):
    assert nice_top(largest) == top


def test_no_bar_leaves_the_picture():
    for mark in bar_chart("k", "件", points(3, 7, 12)).marks:
        assert TOP <= mark.y <= HEIGHT - BOTTOM
        assert mark.y + mark.height == pytest.approx(HEIGHT - BOTTOM)
