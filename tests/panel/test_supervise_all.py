"""督办 of everything that is old with one action, after a look (C9, BH 2(2)4)."""

from sqlmodel import select

from app.tickets.models import Ticket

PATH = "/admin/supervision/all"


def supervised(office):
    with office.db.reading() as session:
        return {ticket.number for ticket in session.exec(select(Ticket)) if ticket.supervised_at is not None}


def test_a_look_changes_nothing_and_one_click_puts_all_on_the_list(office, page_faults):
    browser, before = office.user("hub"), supervised(office)
    assert "按日期一次督办" in browser.get("/admin/supervision").text
    page = browser.get(f"{PATH}?day=2026-11-30").text
    assert page_faults(page) == []
    assert "先看有哪些" in page and "督办这" in page
    assert supervised(office) == before
    browser.post(PATH, status=422, day="2026-11-30", note="")
    assert supervised(office) == before
    browser.post(PATH, day="2026-11-30", note="月底前清零")
    added = supervised(office) - before
    (row,) = office.audited("ticket.supervise_all")[-1:]
    assert added and set(row.detail["sent"]) == added
    assert "没有这样的单子" in browser.get(f"{PATH}?day=2026-11-30").text
    browser.post(PATH, status=422, day="2026-11-30", note="再来一次")


def test_what_makes_no_sense_is_asked_again(office):
    browser = office.user("hub")
    assert "督办这" not in browser.get(f"{PATH}?day=%00&channel=x").text
    assert "「昨天」看不出是哪一天" in browser.post(PATH, status=422, day="昨天", note="x").text
    office.user("leader").get(PATH, status=403)
    office.user("auditor").post(PATH, status=403, day="2026-11-30", note="x")
