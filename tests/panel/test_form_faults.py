"""A refused form names the field: the sentence beside it, the mark for screen readers, the cursor in it."""

import re
from datetime import date

import pytest

from app.errors import AppError
from app.page_faults import point_out
from app.panel.calls import form_of
from app.panel.handbook_form import draft_from_form
from app.tickets.lifecycle import Action

TOLD = re.compile(
    r'<(?:input|select|textarea)[^>]*\bname="([^"]+)"[^>]*aria-invalid="true"[^>]*\sautofocus[\s>]'
)
FORM = (
    '<h1 autofocus>x</h1><details class="card"><summary>办</summary><form method="post" action="/a">'
    '<input type="hidden" name="csrf_token" value="t"><input type="hidden" name="act" value="{act}">'
    '<p><input name="day" value="an autofocus " title=" autofocus " required aria-describedby="hint"></p>'
    '<p><textarea name="note" required>autofocus</textarea></p></form></details>'
)


def told(html: str) -> str:
    """The name of the one field that is marked, described by the sentence and given the cursor."""
    marked = re.findall(r'<(?:input|select|textarea)[^>]*aria-invalid="true"[^>]*>', html)
    assert len(marked) == 1, html
    assert re.search(r'aria-describedby="[^"]*\bfield-fault"', marked[0])
    assert re.search(r"\sautofocus[\s>]", marked[0])
    bare = re.sub(r'"[^"]*"', "", html)
    assert len(re.findall(r"<[a-z0-9]+\b[^>]*\sautofocus[\s>]", bare)) == 1
    return re.search(r'name="([^"]+)"', marked[0])[1]


def test_the_field_that_is_named_is_marked_and_everything_around_it_stays() -> None:
    html = FORM.format(act="x")
    shown = point_out(
        html, "日期<不>对", action="/a", sent={"act": "x", "day": "1", "note": "n"}, field="day"
    )
    assert told(shown) == "day"
    assert 'aria-describedby="hint field-fault"' in shown
    assert '<span class="remark" id="field-fault">日期&lt;不&gt;对</span></p>' in shown
    assert '<details class="card" open>' in shown
    assert 'value="an autofocus " title=" autofocus "' in shown
    assert ">autofocus</textarea>" in shown


def test_of_two_forms_with_one_address_the_one_that_was_sent_is_meant() -> None:
    html = FORM.format(act="x") + FORM.format(act="y")
    shown = point_out(html, "没填", action="/a", sent={"act": "y", "day": "1"})
    assert told(shown) == "note"
    assert shown.startswith(FORM.format(act="x").replace("<h1 autofocus>", "<h1>"))


def test_a_refusal_that_is_about_no_field_leaves_the_page_alone() -> None:
    html, sent = FORM.format(act="x"), {"act": "x", "day": "1", "note": "n"}
    shown = point_out(html, "别人先改了", action="/a", sent=sent)
    assert shown == html.replace('<details class="card">', '<details class="card" open>')
    assert point_out(html, "没填", action="/b", sent=sent, field="day") == html


def test_words_come_back_into_the_form_that_was_sent_and_into_no_other() -> None:
    """Inputs, long texts and choices that the page left empty; a password is typed again."""
    form = (
        '<form method="post" action="/a/{n}"><p><input name="q" value=""></p><p><input name="w"></p>'
        '<p><textarea name="t">\n</textarea></p><p><input name="p" type="password"></p>'
        '<p><select name="s"><option value="">选</option><option value="1">一</option></select></p></form>'
    )
    sent = {"q": '"><b>', "w": "w", "t": "</textarea>", "p": "secret", "s": "1"}
    shown = point_out(form.format(n=1) + form.format(n=2), "没成", action="/a/2", sent=sent)
    assert shown.startswith(form.format(n=1))
    again = shown.removeprefix(form.format(n=1))
    assert 'name="q" value="&#34;&gt;&lt;b&gt;"' in again
    assert '<input name="w" value="w">' in again
    assert '<textarea name="t">\n&lt;/textarea&gt;' in again
    assert '<option value="1" selected>' in again
    assert "secret" not in again


# Who sends which form with what, and the field that is wrong in it.
REFUSED = (
    ("hub", "/calendar/day", {"day": "2026-11-21", "kind": "off"}, "reason"),
    ("hub", "/calendar/notice/check", {"text": "乱写", "source": "s"}, "text"),
    ("hub", "/campaigns", {"name": "", "since": "2026-11-01", "until": "2026-11-20", "seed": "1"}, "name"),
    ("hub", "/campaigns",
     {"name": "月", "since": "2026-11-20", "until": "2026-11-01", "seed": "1", "per_group": "5"}, "until"),
    ("hub", "/calendar/day", {"day": "11月21日", "kind": "off", "reason": "x"}, "day"),
    ("hub", "/campaigns", {"name": "月", "since": "去年", "until": "2026-11-01", "seed": "1"}, "since"),
    ("hub", "/campaigns", {"name": "月", "since": "2026-11-01", "until": "2026-11-20", "seed": "1234567890"}, "seed"),
    ("hub", "/referrals", {"number": "99", "body": "x", "reason": "推来推去"}, "number"),
    ("hub", "/imports", {"roster": "enterprises"}, "file"),
    ("hub", "/intake/list", {"channel": "电话"}, "file"),
    ("hub", "/intake", {"content": "短", "channel": "电话"}, "contact_phone"),
    ("hub", "/supervision/all", {"day": "2026-11-20", "note": ""}, "note"),
    ("hub", "/tickets/filters", {"filter_name": " ", "status": "all", "channel": "走访"}, "filter_name"),
    ("admin", "/users", {"username": "A!", "name": "示例", "role": "hub"}, "username"),
    ("admin", "/users", {"username": "ok1", "name": "示例", "role": "officer-leader"}, "area_code"),
    ("admin", "/keys", {"system": "hotline"}, "scopes"),
    ("admin", "/me/password", {"current": "wrong", "password": "a", "again": "b"}, "current"),
)  # fmt: skip


def test_every_refused_form_of_the_panel_says_which_field(office) -> None:
    """One way for all of them: the page comes back, passes every page's checks, and the cursor stands there."""
    people = {name: office.user(name) for name in ("hub", "admin")}
    wrong = []
    for who, path, fields, field in REFUSED:
        data = {"csrf_token": people[who].csrf_token, **fields}
        page = people[who].client.post(f"/admin{path}", data=data)
        found = TOLD.findall(page.text)
        if page.status_code < 400 or office.check(page.text) or found != [field]:
            wrong.append((path, field, page.status_code, found, re.findall('role="alert".{0,90}', page.text)))
    assert not wrong, "\n".join(map(str, wrong))


def test_a_day_is_understood_however_it_is_written_and_none_is_guessed() -> None:
    """A browser without a field for dates sends what was typed; without a year it is anybody's guess."""
    for text in ("2026-11-21", "2026/11/21", "2026.11.21", "2026年11月21日", "2026-11-21 "):
        assert form_of([("day", text)]).day("day") == date(2026, 11, 21), text
    assert form_of([("day", " ")]).day("day") is None
    for text in ("11月21日", "2026-13-01", "20261121", "明天", "0001-01-01"):
        with pytest.raises(AppError, match="请写成 2026-11-20") as refused:
            form_of([("day", text)]).day("day")
        assert refused.value.field == "day"


def test_every_date_field_says_in_chinese_what_it_wants(office) -> None:
    """A browser writes its date fields in its own language (mm/dd/yyyy), one without them shows a line of text."""
    hub, auditor = office.user("hub"), office.user("auditor")
    pages = [
        hub.get(f"/admin{path}").text
        for path in ("/tickets", "/reports/clearance", "/reports/ledger", "/campaigns", "/calendar", "/supervision/all")
    ]  # fmt: skip
    for page in (*pages, auditor.get("/admin/audit").text):
        fields = re.findall(r'<input[^>]*type="date"[^>]*>', page)
        assert fields and all('placeholder="例如 2026-11-20"' in one and "月（mm）" in one for one in fields)


def test_filters_take_a_day_however_it_is_written(office) -> None:
    """The address of a list that a browser without date fields sends, and an entry's dates."""
    hub = office.user("hub")
    for text in ("2026/11/18", "2026.11.18", "2026年11月18日"):
        assert 'name="since" type="date" value="2026-11-18"' in hub.get(f"/admin/tickets?since={text}").text
        query = f"since={text}&until={text}"
        assert 'name="until" type="date" value="2026-11-18"' in hub.get(f"/admin/reports/ledger?{query}").text
        form = form_of([("reviewed", text), ("effective_to", "年底")])
        draft = draft_from_form(form)
        assert (draft.reviewed, draft.effective_to) == ("2026-11-18", "年底")


def test_a_refused_act_keeps_the_words_and_opens_its_form(office) -> None:
    """延期 with a number of days beyond the rule: the field of days is the one."""
    clerk, ticket = office.user("hub"), office.ticket("叉车进不了库")
    page = clerk.post(
        f"/admin/tickets/{ticket.number}/do/{Action.EXTEND.value}",
        422,
        days="99",
        note="等批复",
        version=str(ticket.version),
    ).text
    assert told(page) == "days"
    assert 'value="99"' in page
    assert ">\n等批复</textarea>" in page
