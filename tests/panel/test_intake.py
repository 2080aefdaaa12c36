"""Requests that come by telephone, window, meeting or as a list (C2)."""

import csv
import io
import re

import openpyxl
import pytest
from sqlmodel import col, select

from app.directory.models import Contact, Enterprise
from app.panel.models import Upload
from app.tickets.models import Ticket

MATTER = {"content": "厂门口路灯不亮，晚上装车看不清", "channel": "12345热线", "contact_phone": "13900007777"}


def opened(office, words):
    with office.db.reading() as session:
        return list(session.exec(select(Ticket).where(col(Ticket.content).contains(words))))


def enterprise(office, number):
    """A served enterprise of the demo without open tickets."""
    with office.db.reading() as session:
        return session.exec(
            select(Enterprise).where(col(Enterprise.name).contains(f"测试{number}号"))
        ).first()


def register(browser, status=303, **fields):
    return browser.post("/admin/intake", status, **{**MATTER, **fields})


def test_a_call_becomes_a_ticket_in_its_officers_hands(office):
    browser, row = office.user("hub"), enterprise(office, 150)
    fields = {"enterprise": row.credit_code, "external_number": "TJ-1", "category": "水电气热"}
    answer = register(browser, **fields)
    ticket = opened(office, "路灯")[0]
    assert answer.headers["location"] == f"/admin/tickets/{ticket.number}?done=registered"
    assert (ticket.enterprise_id, ticket.channel, ticket.external_number) == (row.id, "12345热线", "TJ-1")
    assert ticket.officer_id is not None and ticket.openid is None
    assert office.audited("ticket.register")[0].detail["opened"] == ticket.number
    assert "13900007777" not in str(office.audited("ticket.register")[0].detail)


def test_a_name_that_means_several_is_asked_back(office):
    page = register(office.user("hub"), status=422, enterprise="物流有限公司").text
    assert "是哪一家" in page and page.count('name="enterprise_id"') > 1
    assert opened(office, "路灯") == []
    assert f"\n{MATTER['content']}</textarea>" in page


def test_looking_opens_nothing_and_says_who_serves(office):
    row = enterprise(office, 150)
    page = register(office.user("hub"), status=200, enterprise=row.name, do="look").text
    assert row.credit_code in page and "服务" in page
    assert opened(office, "路灯") == []


def test_the_chosen_one_counts_only_while_the_name_stays(office):
    row, other = enterprise(office, 150), enterprise(office, 151)
    fields = {"enterprise_id": f"{row.id}:{row.name}", "looked_for": row.name}
    register(office.user("hub"), enterprise=other.name, **fields)
    assert opened(office, "路灯")[0].enterprise_id == other.id


def test_marks_that_nobody_sees_are_no_request_and_turn_nothing_around(office):
    """What joins an emoji stays."""
    browser = office.user("hub")
    unseen = {"content": "\u200b\u200b\ufeff\u2060\u200e", "unlisted": "yes"}
    assert "请写明诉求" in register(browser, status=422, **unseen).text
    turned = {"content": "路灯\u202e坏了👷🏽\u200d♀️", "contact_name": "\u200b赵\u2066测试", "unlisted": "yes"}
    register(browser, **turned)
    (ticket,) = opened(office, "路灯")
    assert (ticket.content, ticket.contact_name) == ("路灯坏了👷🏽\u200d♀️", "赵测试")


def test_an_enterprise_nobody_knows_needs_a_number_to_call(office):
    browser = office.user("hub")
    page = register(browser, status=422, enterprise="某某新店", unlisted="yes", contact_phone="").text
    assert "要留电话" in page
    register(browser, enterprise="某某新店", unlisted="yes")
    ticket = opened(office, "路灯")[0]
    assert ticket.enterprise_id is None and "自报企业：某某新店" in ticket.content
    assert ticket.holder_kind == "hub"


def test_an_open_ticket_of_the_same_enterprise_is_offered_first(office):
    browser, known = office.user("hub"), office.ticket("限高杆")
    with office.db.reading() as session:
        name = session.get_one(Enterprise, known.enterprise_id).name
    page = register(browser, status=200, enterprise=name).text
    assert "可能已经有单子了" in page and known.number in page and opened(office, "路灯") == []
    register(browser, enterprise=name, do="sure")
    assert len(opened(office, "路灯")) == 1


def test_the_same_outside_number_is_registered_once(office):
    browser, row = office.user("hub"), enterprise(office, 150)
    register(browser, enterprise=row.name, external_number="TJ-1")
    page = register(browser, status=422, enterprise=row.name, external_number="TJ-1", do="sure").text
    assert "这个编号已经登记过" in page
    assert len(opened(office, "路灯")) == 1


def test_a_confirmed_contact_with_this_number_follows_by_chat(office):
    """件件有回音: who is known by chat hears by chat."""
    with office.db.reading() as session:
        statement = select(Contact).where(col(Contact.verified_at).is_not(None), col(Contact.phone) != "")
        contact = session.exec(statement).first()
        row = session.get_one(Enterprise, contact.enterprise_id)
    fields = {"enterprise": row.credit_code, "contact_phone": contact.phone, "do": "sure"}
    register(office.user("hub"), **fields)
    assert opened(office, "路灯")[0].openid == contact.openid


def test_what_the_handbook_says_goes_along(office):
    row = enterprise(office, 150)
    register(office.user("hub"), enterprise=row.name, content="食品经营许可证到哪里办")
    assert opened(office, "食品经营许可证到哪里办")[0].near == ["食品经营许可证怎么办"]


def send(browser, content, name="名单.csv", channel="联席会议", status=303):
    response = browser.client.post(
        "/admin/intake/list",
        data={"csrf_token": browser.csrf_token, "channel": channel},
        files={"file": (name, content)},
    )
    assert response.status_code == status, response.text[:1500]
    return response


@pytest.fixture
def rows(office):
    row = enterprise(office, 150)
    return [
        ["诉求", "企业", "联系电话", "外部编号", "备注"],
        ["路灯坏了三盏", row.name, "13900007777", "H-1", ""],
        ["想要一份补贴清单", "没有这家企业有限公司", "13900007778", "", ""],
        ["", row.name, "13900007779", "", ""],
        ["路灯坏了三盏", row.name, "13900007777", "", ""],
    ]


def as_csv(rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


@pytest.mark.usefixtures("unhurried")
def test_a_list_is_shown_first_and_opened_once(office, rows):
    browser = office.user("hub")
    place = send(browser, as_csv(rows)).headers["location"]
    page = browser.get(place).text
    assert opened(office, "路灯") == []
    assert "没有找到这家企业" in page and "请写明诉求" in page and "和第 2 行是同一件事" in page
    assert "用不上：备注" in page and "139****7777" in page and "13900007777" not in page
    browser.post(f"{place}/apply")
    (ticket,) = opened(office, "路灯坏了三盏")
    assert (ticket.channel, ticket.external_number) == ("联席会议", "H-1")
    assert "登记了 1 件，3 行没有登记" in browser.get(place).text
    browser.post(f"{place}/apply", status=409)
    assert len(opened(office, "路灯坏了三盏")) == 1
    with office.db.reading() as session:
        assert session.exec(select(Upload)).one().content == b""


def test_a_list_may_call_its_columns_as_offices_do(office, rows):
    """Another system's export or a meeting's list has its own heads; nobody has to rename them."""
    heads = ["诉求内容", "企业名称", "联系方式", "工单编号", "来源渠道"]
    theirs = [heads, [*rows[1][:4], "走访"]]
    browser = office.user("hub")
    place = send(browser, as_csv(theirs)).headers["location"]
    page = browser.get(place).text
    assert "用不上" not in page and "139****7777" in page and "13900007777" not in page
    browser.post(f"{place}/apply")
    (ticket,) = opened(office, rows[1][0])
    assert (ticket.channel, ticket.external_number) == ("走访", rows[1][3])


def test_refused_rows_come_back_with_the_reason_and_no_formula(office, rows):
    rows[2][4] = "@cmd"
    rows[3][1] = "+86 名字"
    browser = office.user("hub")
    place = send(browser, as_csv(rows)).headers["location"]
    for _ in range(2):
        response = browser.get(f"{place}/rejected")
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
        assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
        table = list(sheet.iter_rows(values_only=True))
        assert table[0] == ("行号", *rows[0], "没登记的原因")
        assert [line[0] for line in table[1:]] == ["3", "4", "5"]
        assert table[1][5] == "@cmd" and table[2][2] == "+86 名字"
        browser.client.post(f"{place}/apply", data={"csrf_token": browser.csrf_token})


def test_one_outside_number_is_one_ticket_and_nothing_loses_its_end(office, rows):
    """Two rows with the number that another system gave are one matter; a second telephone is not cut in the middle."""
    numbered = [rows[0], rows[1], ["另一件事情要反映", rows[1][1], "13900007777", "H-1", ""]]
    numbered += [["还有一件事情", rows[1][1], "13900007777（白天）、13900008888（晚上和周末）", "", ""]]
    browser = office.user("hub")
    page = browser.get(send(browser, as_csv(numbered)).headers["location"]).text
    assert "和第 2 行的外部编号相同" in page and "联系电话太长，请删到 32 字以内" in page
    assert "登记这 1 件" in page


def test_a_refused_row_stands_in_nobodys_way(office, rows):
    """What is not opened is not what a later row is the same as."""
    wrong = [rows[0], ["路灯坏了三盏", "没有这家企业有限公司", "13900007777", "H-1", ""], rows[1]]
    browser = office.user("hub")
    assert "登记这 1 件" in browser.get(send(browser, as_csv(wrong)).headers["location"]).text


def test_a_spreadsheet_works_like_a_csv(office, rows):
    book = openpyxl.Workbook()
    for row in rows[:2]:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    browser = office.user("hub")
    place = send(browser, content.getvalue(), name="名单.xlsx").headers["location"]
    browser.post(f"{place}/apply")
    assert len(opened(office, "路灯坏了三盏")) == 1


def test_a_row_like_an_open_ticket_is_offered_for_merging(office, rows):
    """C2: 并案 from the preview; its number is kept and follows the matter it belongs to."""
    browser, row = office.user("hub"), enterprise(office, 150)
    register(browser, enterprise=row.credit_code)
    rows[1][0] = "您好，厂门口路灯不亮，夜里装车看不清"
    place = send(browser, as_csv(rows[:2])).headers["location"]
    page = browser.get(place).text
    first = opened(office, MATTER["content"])[0]
    assert f"很像在办的 {first.number}" in page and "像的 1 件并案" in page
    browser.post(f"{place}/apply", merge="yes")
    assert opened(office, "夜里装车")[0].duplicate_of_id == first.id
    assert "其中 1 件已并案" in browser.get(place).text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "请选择要上传的文件"),
        ("甲,乙\n1,2".encode(), "要有「诉求」这一列"),
        (b"\x00\x01", "不是文本文件"),
    ],
)
def test_a_file_that_is_no_list_says_what_to_do(office, content, words):
    assert words in send(office.user("hub"), content, status=422 if b"\x00" not in content else 400).text
    with office.db.reading() as session:
        assert session.exec(select(Upload)).all() == []


def test_nobody_sees_anothers_list(office, rows):
    place = send(office.user("hub"), as_csv(rows)).headers["location"]
    other = office.user("admin")
    other.get(place, status=404)
    other.get(f"{place}/rejected", status=404)
    other.post(f"{place}/apply", status=404)


def test_a_strangers_file_is_not_read(office, rows):
    response = office.guest().client.post("/admin/intake/list", files={"file": ("a.csv", as_csv(rows))})
    assert (response.status_code, response.headers["location"]) == (303, "/admin/login")


def test_a_file_without_the_forms_token_is_refused(office, rows):
    browser = office.user("hub")
    browser.csrf_token = "wrong"
    send(browser, as_csv(rows), status=403)


def test_enter_in_a_field_never_opens_a_second_ticket(office):
    """A browser presses the first button of the form: that one only looks the enterprise up again."""
    browser, known = office.user("hub"), office.ticket("限高杆")
    with office.db.reading() as session:
        name = session.get_one(Enterprise, known.enterprise_id).name
    page = register(browser, status=200, enterprise=name).text
    form = page[page.index('action="/admin/intake"') :]
    assert re.search(r'<button[^>]*name="do"[^>]*value="(\w+)"', form)[1] == "look"
    assert 'id="twins" tabindex="-1" autofocus' in form
