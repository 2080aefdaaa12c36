"""The calendar on screen: a year as it counts, the district's word on a day, the notice with four eyes (E5)."""

import pytest
from sqlmodel import select

from app.workdays.models import PendingNotice, Workday

NOTICE = """国务院办公厅关于2027年部分节假日安排的通知
一、元旦：1月1日至3日放假调休，共3天。
二、春节：2月5日至12日放假调休，共8天。1月31日（周日）、2月14日（周日）上班。
三、清明节：4月3日至5日放假，共3天。
四、劳动节：5月1日至5日放假调休，共5天。5月8日（周六）上班。
五、端午节：6月9日放假，共1天。
六、中秋节：9月15日放假，共1天。
七、国庆节：10月1日至7日放假调休，共7天。10月9日（周六）上班。"""


def rows_of(office, model):
    with office.db.reading() as session:
        return list(session.exec(select(model)))


def test_the_year_is_drawn_with_the_layer_of_each_day(office):
    page = office.user("hub").get("/admin/calendar?year=2026").text
    assert page.count('class="month card"') == 12
    assert "10月1日 放假（随程序发布" in page and "调休上班" in page
    later = office.user("hub").get("/admin/calendar?year=2031").text
    assert "5月1日 放假（暂定" in later and "还没有录入" in later


@pytest.mark.parametrize("year", ["1", "99999", "abc", "-5"])
def test_a_strange_year_does_no_harm(office, year):
    office.user("hub").get(f"/admin/calendar?year={year}")


def test_one_day_by_the_district_counts_at_once_and_can_be_taken_back(office):
    browser = office.user("hub")
    browser.post("/admin/calendar/day", day="2026-12-01", kind="off", reason="大雪停工")
    page = browser.get("/admin/calendar?year=2026").text
    assert "12月1日 放假（本区规定，大雪停工）" in page
    row = office.audited("calendar.day")[-1]
    assert row.detail["before"] == {"workday": True, "override": False}
    assert row.detail["after"] == {"workday": False, "override": True}
    browser.post("/admin/calendar/day", day="2026-12-01", kind="clear", reason="")
    assert rows_of(office, Workday) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"day": "", "kind": "off", "reason": "x"},
        {"day": "2026-12-01", "kind": "maybe", "reason": "x"},
        {"day": "2026-12-01", "kind": "off", "reason": ""},
        {"day": "1026-12-01", "kind": "off", "reason": "x"},
    ],
)
def test_half_a_form_changes_nothing(office, fields):
    browser = office.user("hub")
    answer = browser.client.post("/admin/calendar/day", data={"csrf_token": browser.csrf_token, **fields})
    assert answer.status_code in (400, 422) and office.check(answer.text) == []
    assert rows_of(office, Workday) == []


def test_a_notice_is_looked_at_proposed_and_confirmed_by_another_person(office):
    hub, admin = office.user("hub"), office.user("admin")
    page = hub.post("/admin/calendar/notice/check", 200, text=NOTICE, source="测试文号").text
    assert "2027-01-31" in page and "提交复核" in page and rows_of(office, PendingNotice) == []
    address = hub.post("/admin/calendar/notice", text=NOTICE, source="测试文号").headers["location"]
    pending = address.split("?")[0]
    assert "是您录入的" in hub.get(pending).text
    hub.post(f"{pending}/confirm", 409)
    assert rows_of(office, Workday) == []
    assert "核对无误" in admin.get(pending).text
    admin.post(f"{pending}/confirm")
    assert {row.layer for row in rows_of(office, Workday)} == {"notice"}
    assert "2月8日 放假（放假通知" in hub.get("/admin/calendar?year=2027").text
    assert "已生效" in hub.get(pending).text
    hub.post(f"{pending}/discard", 409)


def test_a_wrong_notice_is_thrown_away_by_whoever_sees_it(office):
    hub = office.user("hub")
    address = hub.post("/admin/calendar/notice", text=NOTICE).headers["location"].split("?")[0]
    hub.post(f"{address}/discard")
    assert rows_of(office, Workday) == [] and "等另一位同事" not in hub.get("/admin/calendar").text


@pytest.mark.parametrize(
    "text", ["", "hello", "2027-13-01 休", "{", "2027-01-04 休\n<script>alert(1)</script>"]
)
def test_what_is_no_notice_is_refused_with_its_words(office, text):
    browser = office.user("hub")
    data = {"csrf_token": browser.csrf_token, "text": text}
    answer = browser.client.post("/admin/calendar/notice/check", data=data)
    assert answer.status_code in (400, 422) and office.check(answer.text) == []
    assert "<script" not in answer.text


def test_the_auditor_looks_and_writes_nothing(office):
    auditor = office.user("auditor")
    assert "规定一天" not in auditor.get("/admin/calendar").text
    auditor.post("/admin/calendar/day", 403, day="2026-12-01", kind="off", reason="x")
    office.user("leader").get("/admin/calendar", 403)
