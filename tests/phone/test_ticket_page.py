"""A ticket by its signed link: progress only, nothing personal, nothing written (contract: /t, /o)."""

from datetime import timedelta

import pytest

from app.clock import real_now
from app.tickets.lifecycle import Action
from app.tickets.links import officer_path, ticket_path

KEY = b"a signing key for tests only...."


@pytest.fixture
def path(mobile):
    return ticket_path(mobile.ticket.number, KEY, real_now())


def test_progress_is_drawn_as_steps(mobile, path):
    mobile.act(Action.ACCEPT)
    mobile.act(Action.SUMMON, target="住建委", note="内部理由：协调不动")
    page = mobile.get(path).text
    for shown in (
        mobile.ticket.number,
        "提交诉求",
        "接单",
        "吹哨",
        "等待接单",
        "部门协同办",
        "住建委",
        "最晚 12月1日",
    ):
        assert shown in page, shown
    assert page.count('aria-current="step"') == 1
    assert page.index("吹哨") < page.index('aria-current="step"') < page.index('class="ahead"')


def test_nothing_personal_and_nothing_written_is_on_it(mobile, path):
    mobile.act(Action.REPLY, note="回复里的话")
    mobile.act(Action.RESOLVE, note="结果里的话")
    for address in (path, officer_path(mobile.ticket.number, KEY, real_now())):
        page = mobile.get(address).text
        for hidden in ("赵测试", "13900000001", "139****0001", "厂门口", "回复里的话", "结果里的话", "o-zhao",
                       "13800000001", "测试1号"):  # fmt: skip
            assert hidden not in page, hidden


def test_the_officers_public_phone_can_be_tapped(mobile, path):
    assert 'href="tel:022-00000001"' in mobile.get(path).text


@pytest.mark.parametrize(
    ("action", "words", "advice"),
    [
        (None, {}, "补充"),
        (Action.REQUEST_INFO, {"note": "要执照照片"}, "把要补充的文字或照片直接发来"),
        (Action.RESOLVE, {"note": "好了"}, "回复不满意"),
    ],
)
def test_it_says_what_is_expected_of_the_reader(mobile, path, action, words, advice):
    if action:
        mobile.act(action, **words)
    assert advice in mobile.get(path).text


def test_a_late_ticket_says_so(mobile, path):
    mobile.clock.advance(timedelta(days=14))
    assert '<span class="late">超期' in mobile.get(path).text


def test_a_waiting_ticket_is_not_late(mobile, path):
    mobile.act(Action.REQUEST_INFO, note="要执照照片")
    mobile.clock.advance(timedelta(days=14))
    assert "暂停计时" in mobile.get(path).text


def test_the_officers_page_leads_back_to_the_chat(mobile):
    page = mobile.get(officer_path(mobile.ticket.number, KEY, real_now())).text
    assert f"查看 {mobile.ticket.number[-4:]}" in page


def test_a_link_works_for_its_own_reader_only(mobile, path):
    assert "「待办」" in mobile.get(path.replace("/t/", "/o/"), status=404).text
    own = officer_path(mobile.ticket.number, KEY, real_now())
    assert "「进度」" in mobile.get(own.replace("/o/", "/t/"), status=404).text


def test_a_link_expires_by_real_time_not_by_the_business_clock(mobile, path):
    mobile.clock.advance(timedelta(days=365))
    mobile.get(path)
    mobile.get(ticket_path(mobile.ticket.number, KEY, real_now() - timedelta(days=31)), status=404)


@pytest.mark.parametrize("damage", ["number", "signature", "longer", "nonsense", "huge", "no signature"])
def test_a_changed_link_opens_nothing(mobile, path, damage):
    payload, signature = path.removeprefix("/t/").split(".")
    other = ticket_path("20261120-0002", KEY, real_now()).removeprefix("/t/").split(".")[0]
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    changed = {
        "number": f"{other}.{signature}",
        "signature": f"{payload}.{flipped}",
        "longer": f"{payload}.{signature}AAAA",
        "nonsense": "x.y",
        "huge": "a" * 5000,
        "no signature": payload,
    }[damage]
    assert "打不开这个链接" in mobile.get(f"/t/{changed}", status=404).text


def test_a_genuine_link_to_no_ticket_is_a_404(mobile):
    mobile.get(ticket_path("20990101-0001", KEY, real_now()), status=404)


def test_no_cache_keeps_a_ticket_page(mobile, path):
    response = mobile.get(path)
    assert (
        response.headers["cache-control"] == "no-store"
        and response.headers["referrer-policy"] == "no-referrer"
    )
    assert "noindex" in response.text
