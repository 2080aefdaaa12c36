"""The hub in its panel over HTTP, everybody else on their phones (E1, E5, C9, B2, B6)."""

import io
import re
from html import unescape
from urllib.parse import quote

import httpx2
import pytest
from docx import Document

from app.panel.accounts import create_user
from app.panel.passwords import Passwords
from app.panel.roles import Role
from handbook.entry import Decision

NAME, PASSWORD = "zhihui", "a-password-of-the-hub-7"
OFFICER = "oOfficerWang"
UNCLEAR = ("变更登记", "工伤", "办照", "开店要办什么证")


class Hub:
    """A logged-in browser."""

    def __init__(self, town) -> None:
        self.client = httpx2.Client(base_url=town.runtime.settings.public_url, timeout=30)
        sent = {
            "username": NAME,
            "password": PASSWORD,
            "next": "",
            "csrf_token": token(self.page("/admin/login")),
        }
        assert self.client.post("/admin/login", data=sent).status_code == 303

    def page(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text[:500]
        return str(answer.text)

    def act(self, number: str, action: str, **fields: str) -> None:
        page = self.page(f"/admin/tickets/{number}")
        version = re.search(r'name="version" value="(\d+)"', page)[1]
        sent = {"csrf_token": token(page), "version": version, **fields}
        answer = self.client.post(f"/admin/tickets/{number}/do/{action}", data=sent)
        assert answer.status_code == 303, answer.text[:2000]


def token(page: str) -> str:
    return unescape(re.search(r'name="csrf_token" value="([^"]+)"', page)[1])


@pytest.fixture
def hub(town) -> Hub:
    def write(session):
        create_user(
            session, Passwords(), username=NAME, name="示例值班", role=Role.HUB, password=PASSWORD, area_code="",
            coordinator_id=None, now=town.clock.now(),
        )  # fmt: skip

    town.in_session(write)
    browser = Hub(town)
    yield browser
    browser.client.close()


def settled(town, enterprise, words: str, score: int) -> str:
    """Asked, taken up, settled and rated, all by chat; the number."""
    number = re.search(r"\d{8}-\d{4}", enterprise.send_text(words).text)[0]
    officer = town.phone(OFFICER)
    officer.send_text(f"接单 {number}")
    assert "已办结" in officer.send_text(f"办结 {number} 已协调处理完毕").text
    town.work()
    enterprise.send_text(f"评价 {number} {score}")
    town.passes(minutes=31)
    return number


def test_received_dispatched_followed_and_supervised_by_the_hub(town, hub, ignorant):
    """E1: what nobody serves waits in the queue; the hub gives it to an officer, watches it, and puts it on its list."""
    stranger = town.phone("oStranger")
    number = re.search(r"\d{8}-\d{4}", stranger.send_text("门口路灯坏了三根").text)[0]
    assert number in hub.page("/admin/queue")
    page = hub.page(f"/admin/tickets/{number}")
    target = re.search(r'<option value="(officer:\d+)"[^>]*>[^<]*王服务', page)[1]
    hub.act(number, "dispatch", target=target, note="")
    town.work()
    assert number not in hub.page("/admin/queue")
    wang = town.phone(OFFICER)
    assert any(number[-4:] in line.text and "门口路灯坏了三根" in line.text for line in wang.inbox) or (
        number[-4:] in wang.send_text("待办").text
    )
    hub.act(number, "supervise", note="两天内报进展")
    town.work()
    assert number in hub.page("/admin/supervision")
    body = town.runtime.profile.hub.duties["supervise"]
    assert any(f"{body}督办清单" in line.text for line in wang.inbox)


def test_both_kinds_of_candidates_stand_in_the_report(town, hub, bound, ignorant):
    """E5: three settled on time and praised make a star; the praised ones may become cases; a blemish ends it."""
    praised = [settled(town, bound, words, 5) for words in ("门口积水", "车间跳闸", "垃圾没人运")]
    page = hub.page("/admin/reports/cases")
    assert all(number in page for number in praised)
    assert "王服务" in page.partition("服务标兵候选")[2]
    settled(town, bound, "路灯又不亮了", 1)
    assert "王服务" not in hub.page("/admin/reports/cases").partition("服务标兵候选")[2]


def test_reminded_then_late_then_in_the_document_for_supervision(town, hub, bound, ignorant):
    """C9: 到期前、当天、超期逐级提醒，形成专报; the DOCX names what is late."""
    number = re.search(r"\d{8}-\d{4}", bound.send_text("货车进不来").text)[0]
    officer = town.phone(OFFICER)
    officer.send_text(f"接单 {number}")
    for _ in range(18):
        officer.send_text("待办")  # keeps the window open, so that every reminder is a text
        town.passes(hours=23, minutes=59)
        town.work()
    told = "".join(line.text for line in officer.inbox)
    assert all(word in told for word in ("【将到期】", "今天到期", "【超期】"))
    assert number in hub.page("/admin/supervision")
    page = hub.page("/admin/reports/special")
    answer = hub.client.post("/admin/reports/special/export", data={"csrf_token": token(page)})
    document = Document(io.BytesIO(answer.content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert answer.status_code == 200 and number in cells


def test_an_unclear_question_is_asked_back_and_a_tap_answers_it(town, bound):
    """B2 over the wire: choices as taps, the chosen one with its text and source; nothing was opened meanwhile."""
    search = town.runtime.handbook.search
    unclear = next(words for words in UNCLEAR if search(words).decision is Decision.CHOOSE)
    asked = bound.send_text(unclear)
    assert "您想办的是哪一件" in asked.text
    chosen = bound.tap_option(asked.text, 0)
    assert "复核" in chosen.text and "/h/" in chosen.text
    assert town.tickets() == []


def test_one_handbook_for_enterprise_officer_and_operator(town, hub, bound):
    """B6: the same entry by three doors; the officer's alone carries the notes that are not public."""
    search = town.runtime.handbook
    entry = next(
        entry
        for entry in search.public_entries()
        if entry.internal_notes and search.search(entry.title).decision is Decision.ANSWER
    )
    question = entry.title
    assert entry.title in bound.send_text(question).text
    said = town.phone(OFFICER).send_text(f"手册 {question}").text
    assert entry.title in said
    assert entry.title in hub.page(f"/admin/handbook/try?q={quote(question)}")
    assert "内部提示" in said and "内部提示" not in bound.inbox[-1].text
