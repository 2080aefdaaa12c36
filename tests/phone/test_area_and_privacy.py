"""The public page of an area (A7) and what we say about personal data."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from app.directory import scenes
from app.directory.models import Area, Officer
from app.directory.qr import qr


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


def test_the_code_leads_to_the_page_until_the_account_has_one_for_the_area(mobile):
    """A7: what a colleague scans. The picture is drawn here; nobody else is asked for it."""
    page = mobile.get("/areas/A-1").text
    assert 'src="/areas/A-1/code.svg"' in page and "把这一页给同事" in page
    picture = mobile.client.get("/areas/A-1/code.svg")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert qr("https://qiying.example/areas/A-1").path in picture.text
    with mobile.db.transaction() as session:
        scenes.remember(session, "A-1", "http://weixin.qq.com/q/scene-of-a-1")
    assert "进公众号对话" in mobile.get("/areas/A-1").text
    assert qr("http://weixin.qq.com/q/scene-of-a-1").path in mobile.client.get("/areas/A-1/code.svg").text


@pytest.mark.parametrize("code", ["NOWHERE", "OLD"])
def test_no_code_for_an_area_that_is_not_there(mobile, code):
    assert "没找到这一页" in mobile.get(f"/areas/{code}/code.svg", status=404).text


def test_a_hostile_name_stays_text_in_the_picture(mobile):
    with mobile.db.transaction() as session:
        session.execute(update(Area).values(name='"><script>alert(1)</script>'))
    assert "<script" not in mobile.client.get("/areas/A/code.svg").text


def test_hostile_words_stay_text(mobile):
    text = '"><img src=x onerror=alert(1)>'
    with mobile.db.transaction() as session:
        session.execute(update(Area).values(name=text, bounds=text, leader=text, section=text))
        session.execute(update(Officer).values(name=text, duty=text, public_phone=text[:32], grid=text))
    assert "<img src=x" not in mobile.get("/areas/A").text


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


@pytest.mark.parametrize("grid", ["南大街网格", "A-2"])
def test_a_grid_shows_who_serves_it_by_the_rosters_grid_column(mobile, grid):
    """A7: officers are listed under their area with the grid beside it; the grid's own notice named nobody."""
    with mobile.db.transaction() as session:
        session.add(Area(code="A-2", name="南大街网格", parent_code="A", kind="网格"))
        session.flush()
        session.add(Officer(staff_no="4", name="测试网格员", area_code="A", grid=grid))
    page = mobile.get("/areas/A-2").text
    assert "测试网格员" in page and "李示例" not in page


def test_a_grid_with_nobody_of_its_own_shows_those_of_the_whole_area(mobile):
    with mobile.db.transaction() as session:
        session.add(Area(code="A-3", name="北大街网格", parent_code="A", kind="网格"))
    page = mobile.get("/areas/A-3").text
    assert "李示例" in page and "没有登记服务人员" not in page
