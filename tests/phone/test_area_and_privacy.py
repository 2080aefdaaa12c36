"""The public page of an area (A7) and what we say about personal data."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from app.directory.models import Area, Officer


def test_officers_duty_and_public_phone(mobile):
    page = mobile.get("/areas/A").text
    for shown in (
        "芦台街道",
        "王服务",
        "一片区",
        "企业服务",
        'href="tel:022-00000001"',
        "东至蓟运河",
        "李示例",
    ):
        assert shown in page, shown
    assert "离职者" not in page


def test_private_numbers_are_never_shown(mobile):
    page = mobile.get("/areas/A").text
    assert "1380000" not in page and "138****" not in page


def test_a_part_links_to_the_whole_and_back(mobile):
    assert 'href="/areas/A-1"' in mobile.get("/areas/A").text
    page = mobile.get("/areas/A-1").text
    assert 'href="/areas/A"' in page and "李示例" not in page


def test_who_is_away_is_stood_in_for(mobile):
    today = date(2026, 11, 20)
    with mobile.db.transaction() as session:
        session.execute(
            update(Officer)
            .where(col(Officer.staff_no) == "1")
            .values(away_from=today, away_until=today, stand_in_id=2)
        )
    assert "由 李示例 代办" in mobile.get("/areas/A").text
    mobile.clock.advance(timedelta(days=1))
    assert "代办" not in mobile.get("/areas/A").text


@pytest.mark.parametrize("code", ["NOWHERE", "OLD", "'; drop", "x" * 3000])
def test_an_unknown_or_closed_area_is_a_friendly_404(mobile, code):
    assert "没找到这一页" in mobile.get(f"/areas/{code}", status=404).text


def test_hostile_words_stay_text(mobile):
    text = '"><img src=x onerror=alert(1)>'
    with mobile.db.transaction() as session:
        session.execute(update(Area).values(name=text, bounds=text, leader=text, section=text))
        session.execute(update(Officer).values(name=text, duty=text, public_phone=text[:32], grid=text))
    assert "<img" not in mobile.get("/areas/A").text


def test_the_privacy_page_says_what_why_how_long_and_how_to_erase(mobile):
    page = mobile.get("/privacy").text
    for shown in (
        "我们只记录您发来的内容和所属企业",
        "只用于",
        "保存多久",
        "删除",
        "解绑",
        "退订",
        "人工",
        "区政务服务办",
    ):
        assert shown in page, shown


def test_every_page_links_to_the_privacy_page(mobile):
    for path in ("/h/registration/individual-setup", "/areas/A", "/privacy"):
        assert 'href="/privacy"' in mobile.get(path).text
