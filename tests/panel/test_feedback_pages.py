"""Call-backs: drawn by seed, asked by chat, called by a person; the supervision list (D3, C9)."""

import re

import pytest
from sqlmodel import select

from app.outbox.models import OutboxMessage
from app.tickets.models import CampaignItem

FORM = {
    "name": "十一月回访", "since": "2026-11-01", "until": "2026-11-20", "seed": "11", "per_group": "3",
}  # fmt: skip


def items(office):
    with office.db.reading() as session:
        return list(session.exec(select(CampaignItem)))


@pytest.fixture
def drawn(office):
    """A campaign of the hub and its page."""
    browser = office.user("hub")
    return browser, browser.post("/admin/campaigns", **FORM).headers["location"].partition("?")[0]


def test_a_sample_is_drawn_and_nobody_asked_yet(office, drawn):
    browser, place = drawn
    assert items(office) and all(item.asked_at is None for item in items(office))
    page = browser.get(place).text
    assert "种子 11" in page and "最多 3 件" in page
    assert office.audited("campaign.create")[0].detail["seed"] == 11


def test_the_same_seed_draws_the_same(office, drawn):
    browser, _ = drawn
    browser.post("/admin/campaigns", **FORM | {"name": "复核"})
    drawn_by = {1: set(), 2: set()}
    for item in items(office):
        drawn_by[item.campaign_id].add(item.ticket_id)
    assert drawn_by[1] == drawn_by[2] != set()


@pytest.mark.parametrize("wrong", [{"name": ""}, {"seed": "x"}, {"per_group": "0"}, {"until": "2026-10-01"}])
def test_a_wrong_form_keeps_what_was_typed(office, wrong):
    page = office.user("hub").post("/admin/campaigns", 422, **FORM | wrong).text
    assert items(office) == [] and 'role="alert"' in page and 'value="2026-11-01"' in page


def test_asking_sends_once(office, drawn):
    browser, place = drawn
    browser.post(f"{place}/ask")
    asked = [item for item in items(office) if item.asked_at]
    assert asked
    with office.db.reading() as session:
        first = len(session.exec(select(OutboxMessage)).all())
    browser.post(f"{place}/ask")
    with office.db.reading() as session:
        assert len(session.exec(select(OutboxMessage)).all()) == first
    assert "还没有问过" not in browser.get(place).text


def test_a_call_is_recorded_by_name_and_the_number_costs_a_trace(office, drawn):
    browser, _ = drawn
    item = items(office)[0]
    page = browser.get(f"/admin/callbacks/{item.id}").text
    assert not re.search(r"1390000\d{4}", page)
    page = browser.post(f"/admin/callbacks/{item.id}/reveal", status=200).text
    assert re.search(r"1\d{10}", page) or "未留电话" in page
    assert office.audited("contact.reveal")[0].detail["for"] == f"callback:{item.id}"
    browser.post(f"/admin/callbacks/{item.id}/record", 422, outcome="answered", score="")
    browser.post(f"/admin/callbacks/{item.id}/record", outcome="answered", score="4", comment="还行")
    done = next(one for one in items(office) if one.id == item.id)
    assert (done.outcome, done.score, done.comment, done.called_by) == ("answered", 4, "还行", "中枢值班员")
    browser.post(f"/admin/callbacks/{item.id}/record", 409, outcome="refused")


def test_who_has_no_chat_is_called(office, drawn):
    browser, place = drawn
    listed = browser.get("/admin/callbacks").text
    called = re.findall(r'href="/admin/callbacks/(\d+)"', listed)
    figure = re.search(r'campaign=1"><span class="count">(\d+)<', browser.get(place).text)
    assert figure and int(figure[1]) == len(called)


def test_an_auditor_reads_and_does_nothing(office, drawn):
    _, place = drawn
    auditor = office.user("auditor")
    item = items(office)[0]
    for path in (
        place,
        "/admin/campaigns",
        "/admin/callbacks",
        f"/admin/callbacks/{item.id}",
        "/admin/meetings",
    ):
        assert "/record" not in auditor.get(path).text
    auditor.post("/admin/campaigns", 403, **FORM)
    auditor.post(f"/admin/callbacks/{item.id}/record", 403, outcome="refused")


@pytest.mark.parametrize(
    "chosen", ["supervised", "late", "passed-around", "unaccepted", "untold", "nonsense"]
)
def test_each_supervision_list_has_the_rows_its_tab_counts(office, chosen):
    page = office.user("hub").get(f"/admin/supervision?list={chosen}").text
    current = re.search(r'aria-current="page">[^<]+<span class="num">(\d+)</span>', page)
    assert current is not None
    assert page.count('data-label="单号"') == int(current[1])


def test_an_area_leader_supervises_the_own_area(office):
    whole = office.user("hub").get("/admin/supervision?list=unaccepted").text
    own = office.user("leader").get("/admin/supervision?list=unaccepted").text
    assert own.count('data-label="单号"') < whole.count('data-label="单号"')
