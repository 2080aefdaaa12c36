"""An entry's page: public things only, short answer first, tick list, steps, source, the way to a person (B1, B6)."""

from dataclasses import replace

import pytest

from app.phone.entry_view import view_of
from app.phone.markdown import Renderer
from handbook.entry import Section


def test_short_answer_materials_steps_and_source(mobile):
    page = mobile.get("/h/registration/individual-setup").text
    assert page.index("<strong>不收费</strong>") < page.index("所需材料") < page.index("办理流程")
    assert page.count('type="checkbox"') == 3 and page.count("<label for=") == 3
    assert page.count('<ol class="steps">') == 1
    for shown in ("市场监管局", "《促进个体工商户发展条例》第十一条", "2026年11月20日", 'href="tel:12345"',
                  'href="tel:022-12345678"', "《某办法》"):  # fmt: skip
        assert shown in page, shown
    assert 'href="https://www.gov.cn/x"' in page and "javascript:" not in page


def test_internal_notes_are_never_shown(mobile):
    assert "内部口径" not in mobile.get("/h/registration/individual-setup").text


@pytest.mark.parametrize(
    "entry_id",
    ["officer/only", "smalltalk/thanks", "command/bind", "no/such", "%2e%2e/etc/passwd", "%00", "x" * 5000],
)
def test_everything_else_is_the_same_friendly_404(mobile, entry_id):
    page = mobile.get(f"/h/{entry_id}", status=404).text
    assert "没找到这一页" in page and "办案口径" not in page


def test_related_entries_are_linked_only_if_public(mobile):
    page = mobile.get("/h/registration/individual-setup").text
    assert 'href="/h/registration/company-setup"' in page
    assert "officer/only" not in page and "not/there" not in page


def test_an_entry_past_its_day_says_so(mobile):
    assert "已过有效期" in mobile.get("/h/policy/old").text
    assert "已过有效期" not in mobile.get("/h/registration/company-setup").text


def test_not_solved_goes_on_to_a_person(mobile):
    page = mobile.get("/h/registration/individual-setup?a=genuine.token").text
    assert 'name="answer" value="genuine.token"' in page and "没解决，转服务员" in page
    done = mobile.post("/h/registration/individual-setup", answer="genuine.token")
    assert "已经转过去了" in done.text and mobile.unsolved == ["genuine.token"]


def test_a_page_that_was_shared_has_no_form(mobile):
    page = mobile.get("/h/registration/individual-setup").text
    assert "<form" not in page and "发「人工」" in page


@pytest.mark.parametrize(("answer", "status"), [("forged.token", 404), ("", 400), ("x" * 500, 400)])
def test_a_bad_answer_id_opens_nothing(mobile, answer, status):
    page = mobile.post("/h/registration/individual-setup", status=status, answer=answer).text
    assert "没能转过去" in page and mobile.unsolved == []


def test_not_solved_of_a_hidden_entry_is_a_404(mobile):
    mobile.post("/h/officer/only", status=404, answer="genuine.token")
    assert mobile.unsolved == []


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}"])
def test_hostile_words_in_any_field_stay_text(mobile, text):
    entry = mobile.search.entries["registration/company-setup"]
    poisoned = replace(
        entry,
        title=text,
        summary=text,
        department=text,
        sections=(Section(text, text), Section("材料", f"- {text}")),
    )
    mobile.search.entries[entry.id] = poisoned
    page = mobile.get(f"/h/{entry.id}?a=%3Cscript%3Ealert").text
    assert "<script>alert" not in page and "<img" not in page
    assert "{{" not in text or page.count("{{ 7*7 }}") >= 4


def test_the_tick_list_is_forgotten_when_the_list_changes(mobile):
    entry = mobile.search.entries["registration/individual-setup"]
    today = mobile.clock.now().date()
    changed = replace(entry, sections=(Section("所需材料", "- 身份证\n- 新要求"),))
    keys = [view_of(version, Renderer(), today).sections[0].key for version in (entry, entry, changed)]
    assert keys[0] == keys[1] != keys[2]


def test_the_static_files_and_nothing_else(mobile):
    for name, kind in (
        ("phone.css", "text/css"),
        ("checklist.js", "text/javascript"),
        ("mark.svg", "image/svg+xml"),
    ):
        response = mobile.client.get(f"/phone-static/{name}")
        assert response.status_code == 200 and response.headers["content-type"].startswith(kind)
        assert "http://www.w3.org" in response.text or "http" not in response.text
    for name in ("..%2frouter.py", "base.html", "%2e%2e"):
        assert mobile.client.get(f"/phone-static/{name}").status_code == 404
