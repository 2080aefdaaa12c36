"""The first screen: what is late, stuck, waiting, asked and not answered; every figure opens its rows."""

import re
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import col, select

from app.clock import SHANGHAI
from app.conversations.models import Answer
from app.tickets.lifecycle import Status
from app.tickets.models import Ticket

FOOD = "permit/food-business"
FIGURE = re.compile(r'<a href="([^"]+)"><span class="count">(\d+)</span><span class="label">([^<]+)</span>')


def total_of(page):
    found = re.search(r"共 (\d+) 条", page)
    return int(found[1]) if found else 0


def test_every_figure_equals_the_rows_behind_it(office):
    browser = office.user("admin")
    figures = FIGURE.findall(browser.get("/admin").text)
    assert len(figures) == 13
    for link, count, label in figures:
        assert total_of(browser.get(link.replace("&amp;", "&")).text) == int(count), label


@pytest.mark.parametrize(
    ("label", "count"),
    [
        ("已超期", 1),
        ("今天到期", 2),
        ("待分派", 5),
        ("没送到的消息", 1),
        ("等对方露面再说", 1),
        ("没有服务人员的企业", 5),
    ],
)
def test_the_seeded_week_has_something_of_each(office, label, count):
    found = {name: int(number) for _, number, name in FIGURE.findall(office.user("hub").get("/admin").text)}
    assert found[label] == count


def test_late_tickets_are_named_on_the_first_screen(office):
    page = office.user("hub").get("/admin").text
    assert office.ticket("315 千伏安").number in page
    assert "超期 2 个工作日" in page


def test_a_ticket_that_waits_for_the_enterprise_is_not_late(office):
    """The clock stands still (profile: pause)."""
    waiting = office.ticket("食品生产许可证明年三月到期")
    office.clock.advance(timedelta(days=14))
    page = office.user("hub").get("/admin/tickets?status=late").text
    assert waiting.number not in page
    assert office.ticket("排烟窗").number in page


def test_one_that_was_late_before_it_waits_stays_late(office):
    """C8, C9: asking the enterprise for a paper takes no late ticket off the list."""
    late = office.ticket("315 千伏安")
    with office.db.transaction() as session:
        ticket = session.get(Ticket, late.id)
        ticket.status, ticket.waiting_since = Status.WAITING, ticket.due_on + timedelta(days=1)
    page = office.user("hub").get("/admin/tickets?status=late").text
    assert late.number in page
    with office.db.transaction() as session:
        ticket = session.get(Ticket, late.id)
        ticket.waiting_since = ticket.due_on
    page = office.user("hub").get("/admin/tickets?status=late").text
    assert late.number not in page


def test_what_is_asked_most_and_in_vain_is_shown_to_the_editor(office):
    page = office.user("editor").get("/admin").text
    assert "食品经营许可证怎么办" in page
    assert "园区里能不能装光伏" in page
    assert "眼下要紧的" not in page


ASKED = re.compile(r'<li><a href="(/admin/answers[^"]+)">.*?</li>')


def test_what_is_asked_most_opens_exactly_those_questions(office):
    """Every figure opens its rows: so many times in these days, for given answers and for what got none."""
    week_ago = office.clock.now() - timedelta(days=8)

    def ask(session):
        for decision, entry in (("choose", FOOD), ("answer", FOOD)):
            session.add(
                Answer(openid="oA", question="旧的一句", decision=decision, entry_id=entry, at=week_ago)
            )
        session.add(
            Answer(openid="oA", question="食品证？", decision="choose", entry_id=FOOD, at=office.clock.now())
        )

    office.change(ask)
    browser = office.user("editor")
    found = list(ASKED.finditer(browser.page("/admin")))
    assert len(found) == 16
    for line in found:
        count = int((re.search(r"(\d+) 次", line[0]) or [0, 1])[1])
        assert total_of(browser.page(line[1].replace("&amp;", "&"))) == count, line[0]


def test_the_first_screen_shows_no_telephone_number_that_somebody_typed(office):
    office.change(
        lambda session: session.add(
            Answer(openid="oA", question="打我 13900001234 说光伏", decision="none", at=office.clock.now())
        )
    )
    page = office.user("editor").page("/admin")
    assert "说光伏" in page and "13900001234" not in page


def test_an_area_leaders_figures_count_the_own_area(office):
    figures = {name: int(n) for _, n, name in FIGURE.findall(office.user("leader").get("/admin").text)}
    whole = {name: int(n) for _, n, name in FIGURE.findall(office.user("hub").get("/admin").text)}
    assert 0 < figures["在办"] < whole["在办"]
    assert "没送到的消息" not in figures


CELL = re.compile(r'<td><a href="([^"]+)">([0-9.]+)[^<]*</a>\s*<small>([^<]*)</small></td>')


def test_every_number_behind_a_chart_opens_its_rows(office):
    """E3: a rate leads to those that spoilt it, a full one to all of them."""
    browser = office.user("hub")
    cells = CELL.findall(browser.get("/admin").text)
    assert len(cells) > 4
    for link, share, words in cells:
        count, good = (int(number) for number in re.findall(r"\d+", words)[:2])
        rows = total_of(browser.get(link.replace("&amp;", "&")).text)
        assert float(share) == round(100 * good / count, 1)
        assert rows == (count - good or (0 if "answers" in link else count)), (link, words)


def test_a_figure_of_an_earlier_week_says_of_which(office):
    """Nothing got its result this week: the last figure is not taken for this week's."""
    browser = office.user("hub")
    of_week = re.compile(r'on-time-name">[^<]*</span><strong>([^<]+)</strong>')
    assert of_week.search(browser.get("/admin").text)[1] == "100%"
    office.clock.advance(timedelta(days=14))
    assert of_week.search(browser.get("/admin").text)[1] == "100%（11/16 那周）"


def test_charts_speak_without_their_picture(office):
    """Each picture has a title, a sentence and the table it shows."""
    page = office.user("hub").get("/admin").text
    for key in ("self-service", "on-time", "satisfaction", "arrivals"):
        picture = page[page.index(f'aria-labelledby="{key}-title {key}-desc"') :].partition("</figure>")[0]
        assert f'<title id="{key}-title">' in picture and f'<desc id="{key}-desc">' in picture
        assert picture.count('<tr><th scope="row">') == 8


def test_charts_are_of_what_the_role_may_open(office):
    assert "按时办结率" in office.user("leader").get("/admin").text
    assert "自助解决率" not in office.user("leader").get("/admin").text
    assert "按时办结率" not in office.user("editor").get("/admin").text
    assert "自助解决率" in office.user("editor").get("/admin").text


def test_the_share_on_time_counts_calendar_days_in_china(office):
    """Done at 00:30 on the day after the promised one is late, at 23:30 on the day itself is not."""
    with office.db.transaction() as session:
        done = session.exec(select(Ticket).where(col(Ticket.resolved_at).is_not(None))).all()
        for ticket in done:
            ticket.resolved_at = None
        for ticket, hour in zip(done[:2], (23, 24), strict=True):
            ticket.due_on = date(2026, 11, 18)
            ticket.resolved_at = datetime(2026, 11, 18, tzinfo=SHANGHAI) + timedelta(hours=hour, minutes=30)
    page = office.user("hub").get("/admin").text
    assert "2 中 1 件按时" in page


def test_an_unknown_address_is_a_page_too(office):
    assert "没有这个页面" in office.user("editor").get("/admin/what/is/this", status=404).text


def test_next_years_missing_holidays_stand_on_the_first_screen_from_25_october(office) -> None:
    """C8: the hub sees it before anything else, with what to do."""
    page = office.user("hub").get("/admin").text
    assert "2027" in page
    assert 'href="/admin/system"' in page
