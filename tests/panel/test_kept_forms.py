"""What was typed when a login ended is not lost: it goes through the login and stands in its form again."""

import re
from html import unescape

import pytest

from app.demo.seed_people import DEMO_LOGINS
from app.panel.calls import form_of
from app.panel.kept_forms import LONGEST_PACKED, pack, unpack

HERE = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
WORDS = "已与村委会谈妥，周三上门。\n<b>带图纸</b> & “两份”"


def fields_of(html):
    """The hidden fields of a page."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)
    return {name: unescape(value) for name, value in found}


def end_logins(browser, office):
    browser.client.cookies.delete(office.deps.cookie_name)


def log_in(browser, page, username="hub", status=200):
    sent = {**fields_of(page), "username": username, "password": dict(DEMO_LOGINS)[username]}
    response = browser.client.post("/admin/login", data=sent, headers=HERE)
    assert response.status_code == status
    return response.text


@pytest.fixture
def reply(office):
    """Where a reply to a live ticket goes, and its fields."""
    ticket = office.ticket("限高杆")
    return f"/admin/tickets/{ticket.number}/do/reply", {"version": str(ticket.version), "note": WORDS}


def test_words_typed_before_the_login_ended_stand_in_the_form_after_it(office, reply):
    """A long reply, half an hour without a request: the writer logs in, looks again and sends it."""
    path, fields = reply
    browser = office.user("hub")
    end_logins(browser, office)
    asked = browser.post(path, 401, HERE, **fields).text
    assert "您填的都还在" in asked
    resumed = log_in(browser, asked)
    assert f'action="{path}"' in resumed and fields_of(resumed)["note"] == WORDS
    again = browser.client.post(path, data=fields_of(resumed), headers=HERE)
    assert again.status_code == 400 and "登录到过时" in again.text
    assert not browser.check(again.text)
    typed = unescape(re.search(r'id="reply-note"[^>]*>([^<]*)</textarea>', again.text)[1])
    assert typed.strip() == WORDS
    assert office.audited("ticket.act")[-1].succeeded is False
    token = fields_of(again.text)["csrf_token"]
    done = browser.client.post(path, data={**fields, "csrf_token": token}, headers=HERE)
    assert done.status_code == 303


def test_a_form_of_an_earlier_login_comes_back_with_its_words(office, reply):
    """Logged out and in again in another tab: the old token no longer fits, the words stay."""
    path, fields = reply
    browser = office.user("hub")
    page = browser.post(path, 403, HERE, **{**fields, "csrf_token": "0" * 43}).text
    assert "放得太久" in page and "已与村委会谈妥" in page and browser.csrf_token in page


@pytest.mark.parametrize(
    "headers", [{}, {"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}]
)
def test_nobody_elsewhere_can_plant_words(office, reply, headers):
    """Neither before the login nor on its way through it."""
    path, fields = reply
    guest = office.guest()
    refused = guest.post(path, 303, headers, **fields)
    assert refused.headers["location"] == "/admin/login"
    planted = {**fields_of(guest.page("/admin/login")), "kept": pack(path, form_of(fields.items()))}
    sent = {**planted, "username": "hub", "password": "wrong wrong wrong"}
    assert 'name="kept"' not in guest.client.post("/admin/login", data=sent, headers=headers).text
    strange = office.user("hub").post(path, 403, headers, **{**fields, "csrf_token": "0" * 43}).text
    assert "已与村委会谈妥" not in strange


def test_a_wrong_password_on_the_way_loses_nothing(office, reply):
    path, fields = reply
    guest = office.guest()
    asked = guest.post(path, 401, HERE, **fields).text
    sent = {**fields_of(asked), "username": "hub", "password": "wrong wrong wrong"}
    again = guest.client.post("/admin/login", data=sent, headers=HERE).text
    assert fields_of(log_in(guest, again))["note"] == WORDS


def test_passwords_and_empty_forms_are_not_carried():
    written = form_of([("note", "字"), ("csrf_token", "x")])
    assert unpack(pack("/admin/tickets/20261118-0032/do/reply", written)).fields == (("note", "字"),)
    for path in ("/admin/me/password", "/admin/users", "/admin/users/1/password", "/admin/login", "/h/x"):
        assert pack(path, written) == ""
    assert pack("/admin/intake", form_of([("csrf_token", "x"), ("version", "3"), ("note", "")])) == ""


@pytest.mark.parametrize("packed", ["", "x", "AAAA", "eJw=", "A" * (LONGEST_PACKED + 4)])
def test_what_we_did_not_pack_is_nothing(packed):
    assert unpack(packed) is None


def test_a_list_that_was_asked_for_comes_back_with_its_conditions(office):
    sent = office.guest().client.get("/admin/tickets?status=late&q=%E5%9B%BE%E5%AE%A1").headers["location"]
    guest = office.guest()
    page = guest.page(sent)
    data = {**fields_of(page), "username": "hub", "password": dict(DEMO_LOGINS)["hub"]}
    answer = guest.client.post("/admin/login", data=data, headers=HERE)
    assert answer.headers["location"] == "/admin/tickets?status=late&q=%E5%9B%BE%E5%AE%A1"


def test_a_file_that_was_chosen_has_to_be_chosen_again_and_the_page_says_which(office):
    """A browser gives a file back to nobody: the words come back, the cursor stands in the field of the file."""
    browser = office.user("hub")
    end_logins(browser, office)
    sent = {"roster": "officers", "full": "yes", "csrf_token": browser.csrf_token}
    files = {"file": ("十一月名册.csv", "工号,姓名\n1,示例\n".encode() * 1000)}
    asked = browser.client.post("/admin/imports", data=sent, files=files, headers=HERE)
    assert asked.status_code == 401
    resumed = log_in(browser, asked.text)
    assert "请重新选择「十一月名册.csv」" in resumed
    again = browser.client.post("/admin/imports", data=fields_of(resumed), headers=HERE)
    assert again.status_code == 400
    assert not browser.check(again.text)
    assert again.text.count("请重新选择「十一月名册.csv」再提交") == 2
    assert re.search(r'<input[^>]*name="file"[^>]*aria-invalid="true"[^>]*autofocus', again.text)
    assert '<option value="officers" selected>' in again.text
    assert re.search(r'name="full"[^>]* checked', again.text)


def test_of_a_strangers_upload_nothing_is_read(office):
    """Not from our own page: no word of it comes back, whatever it weighs."""
    files = {"file": ("x.csv", b"1")}
    refused = office.guest().client.post("/admin/imports", data={"roster": "officers"}, files=files)
    assert refused.headers["location"] == "/admin/login"
