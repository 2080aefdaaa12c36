"""`/t` and `/o` after WeChat's sign-in, over real HTTP: read, add, urge, rate, and an officer's work (D3, D5)."""

import re
from typing import Any

import pytest
import requests
from sqlmodel import select

from app.clock import real_now
from app.tickets.lifecycle import Status
from app.tickets.links import officer_path, ticket_path
from app.tickets.models import Attachment, Rating, Ticket

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


class Browser:
    """A phone's browser inside WeChat, signed in as whoever holds the phone."""

    def __init__(self, town: Any, openid: str) -> None:
        self.town = town
        self.openid = openid
        self.base = town.runtime.settings.public_url
        self.http = requests.Session()
        town.platform.user(openid)
        self.page = ""

    def open(self, path: str) -> requests.Response:
        answer = self.http.get(self.base + path, timeout=60)
        self.page = answer.text
        return answer

    def sign_in(self, path: str) -> requests.Response:
        """Tap the button: through the platform's sign-in and back."""
        self.town.platform.world.oauth_openid = self.openid
        return self.open(f"{path}/sign-in")

    def send(
        self, path: str, action: str, *, files: list[Any] | None = None, **fields: str
    ) -> requests.Response:
        token = re.search(r'name="form_token" value="([^"]+)"', self.page)
        version = re.search(r'name="version" value="(\d+)"', self.page)
        data = {
            "form_token": token.group(1) if token else "",
            "version": version.group(1) if version else "",
            "action": action,
            **fields,
        }
        parts = files if files is not None else [("files", ("", b""))]
        answer = self.http.post(self.base + path, data=data, files=parts, timeout=60)
        self.page = answer.text
        return answer


@pytest.fixture
def ticket(town: Any, bound: Any, ignorant: Any) -> Ticket:
    bound.send_text("厂门口三盏路灯不亮，夜里货车进出不安全")
    return town.tickets()[-1]  # type: ignore[no-any-return]


@pytest.fixture
def path(town: Any, ticket: Ticket) -> str:
    return ticket_path(ticket.number, town.runtime.signing_key, real_now())


def now(town: Any, ticket: Ticket) -> Ticket:
    with town.runtime.db.reading() as session:
        return session.get_one(Ticket, ticket.id)  # type: ignore[no-any-return]


def test_the_opener_reads_his_words_after_sign_in_and_nobody_before(
    town: Any, ticket: Ticket, path: str, page_faults: Any
) -> None:
    phone = Browser(town, "oEnterprise1")
    assert "路灯" not in phone.open(path).text
    assert "用微信确认身份" in phone.page
    shown = phone.sign_in(path)
    assert shown.url.partition("#")[0] == phone.base + path
    assert "厂门口三盏路灯不亮" in shown.text
    assert "13900000001" not in shown.text
    assert page_faults(shown.text) == []


def test_a_stranger_who_signs_in_sees_progress_only_and_can_do_nothing(
    town: Any, ticket: Ticket, path: str
) -> None:
    """The link alone proves nothing; sabotage of `may_read` shows the words to anybody."""
    stranger = Browser(town, "oStranger")
    page = stranger.sign_in(path).text
    assert "路灯" not in page
    assert "没有关系" in page
    assert "form_token" not in page
    answer = stranger.send(path, "withdraw")
    assert answer.status_code == 403
    assert now(town, ticket).status == Status.PENDING


def test_words_and_pictures_are_added_and_the_officer_is_told(town: Any, ticket: Ticket, path: str) -> None:
    """D5 补充: files are judged by their bytes."""
    phone = Browser(town, "oEnterprise1")
    phone.sign_in(path)
    files = [("files", ("现场.png", PNG)), ("files", ("合同.pdf", b"%PDF-1.7 ..."))]
    answer = phone.send(path, "supplement", words="灯杆编号 3 到 5 号", files=files)
    assert "已补充" in answer.text
    assert "灯杆编号 3 到 5 号" in answer.text
    with town.runtime.db.reading() as session:
        kept = [row.path[-4:] for row in session.exec(select(Attachment))]
    assert sorted(kept) == [".pdf", ".png"]
    refused = phone.send(path, "supplement", words="我的话还在", files=[("files", ("a.png", b"<script>"))])
    assert refused.status_code == 400
    assert "只收图片和 PDF" in refused.text
    assert "我的话还在" in refused.text


def test_urge_resolve_rate(town: Any, ticket: Ticket, path: str) -> None:
    """D3, D5: an officer settles it on the own page, the enterprise rates on theirs, once."""
    phone = Browser(town, "oEnterprise1")
    phone.sign_in(path)
    assert "已催办" in phone.send(path, "urge").text
    assert now(town, ticket).urged_count == 1
    officer = Browser(town, "oOfficerWang")
    own = officer_path(ticket.number, town.runtime.signing_key, real_now())
    assert "厂门口三盏路灯不亮" in officer.sign_in(own).text
    assert "已接单" in officer.send(own, "accept").text
    empty = officer.send(own, "resolve", extra="solved")
    assert "请先写结果" in empty.text
    assert "已办结" in officer.send(own, "resolve", words="路灯已修好", extra="solved").text
    assert now(town, ticket).status == Status.RESOLVED
    assert "路灯已修好" in phone.open(path).text
    assert "请先选一个评价" in phone.send(path, "rate").text
    assert "评价已记下" in phone.send(path, "rate", extra="5", words="很快").text
    with town.runtime.db.reading() as session:
        assert session.exec(select(Rating)).one().score == 5
    assert now(town, ticket).status == Status.CLOSED


def test_an_officers_stale_page_is_told_who_was_faster(town: Any, ticket: Ticket) -> None:
    own = officer_path(ticket.number, town.runtime.signing_key, real_now())
    slow = Browser(town, "oOfficerWang")
    slow.sign_in(own)
    quick = Browser(town, "oOfficerWang")
    quick.sign_in(own)
    quick.send(own, "accept")
    late = slow.send(own, "resolve", words="我写了很多字", extra="solved")
    assert late.status_code == 409
    assert "我写了很多字" in late.text


def test_a_form_from_elsewhere_does_nothing(town: Any, ticket: Ticket, path: str) -> None:
    phone = Browser(town, "oEnterprise1")
    phone.sign_in(path)
    phone.page = ""
    assert phone.send(path, "withdraw").status_code == 403
    assert now(town, ticket).status == Status.PENDING


def test_nobody_is_signed_in_by_somebody_elses_link(town: Any, ticket: Ticket, path: str) -> None:
    """The state belongs to the browser that left: a code of the attacker's does not sign the victim in."""
    attacker = Browser(town, "oStranger")
    town.platform.world.oauth_openid = "oStranger"
    first = attacker.http.get(f"{attacker.base}{path}/sign-in", timeout=60, allow_redirects=False)
    second = requests.get(first.headers["Location"], timeout=60, allow_redirects=False)
    victim = Browser(town, "oEnterprise1")
    answer = victim.http.get(second.headers["Location"], timeout=60)
    assert answer.status_code == 400
    assert "qiying_reader" not in victim.http.cookies
    forged = victim.http.get(f"{victim.base}/phone/back?code=x&state=1.2.3", timeout=60)
    assert forged.status_code == 400


def test_a_preview_identity_and_a_used_code_are_refused(town: Any, ticket: Ticket, path: str) -> None:
    phone = Browser(town, "oEnterprise1")
    town.platform.policy.is_snapshot_user = True
    answer = phone.sign_in(path)
    assert "预览模式" in answer.text
    assert "qiying_reader" not in phone.http.cookies


def test_a_page_for_officers_does_not_open_with_an_enterprises_link(
    town: Any, ticket: Ticket, path: str
) -> None:
    officer = Browser(town, "oOfficerWang")
    assert officer.open(path.replace("/t/", "/o/")).status_code == 404
