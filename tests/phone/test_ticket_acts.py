"""What is sent from a ticket page: once, nothing lost, nothing kept of strangers, words for the one who reads (D3, D5)."""

import re
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from httpx2 import Response
from playwright.sync_api import Browser, expect
from sqlmodel import select
from starlette.testclient import TestClient

from app.clock import real_now
from app.phone.deps import PhoneDeps
from app.phone.router import phone_router
from app.phone.signin import Readers
from app.tickets.lifecycle import Action
from app.tickets.links import officer_path, ticket_path
from app.tickets.models import TicketEvent

KEY = b"a signing key for tests only...."
ZHAO, WANG = "o-zhao", "o-wang"
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 60


@dataclass
class SignIn:
    """WeChat's sign-in: whoever holds the phone comes straight back."""

    openid_of_phone: str = ZHAO

    def address(self, back: str, state: str) -> str:
        return f"{back.removeprefix('http://phone')}?code=c&state={state}"

    def openid(self, code: str) -> str:
        return self.openid_of_phone


@dataclass
class Errand:
    """The ticket pages with a sign-in, and what was kept of files."""

    mobile: Any
    client: TestClient
    sign_in: SignIn
    kept: list[bytes] = field(default_factory=list)

    def open(self, path: str, openid: str = ZHAO) -> str:
        self.sign_in.openid_of_phone = openid
        self.client.cookies.clear()
        page = self.client.get(f"{path}/sign-in")
        assert page.status_code == 200
        assert self.mobile.check(page.text) == []
        return page.text

    def send(
        self, path: str, page: str, action: str, files: tuple[bytes, ...] = (), **fields: str
    ) -> Response:
        hidden = dict(re.findall(r'name="(form_token|version)" value="([^"]+)"', page))
        parts = [("files", (f"{place}.jpg", content)) for place, content in enumerate(files)]
        answer = self.client.post(path, data=hidden | {"action": action} | fields, files=parts or None)
        assert self.mobile.check(answer.text) == []
        return answer

    def count(self, kind: str) -> int:
        with self.mobile.db.reading() as session:
            return len(session.exec(select(TicketEvent).where(TicketEvent.kind == kind)).all())


@pytest.fixture
def errand(mobile, tmp_path: Path) -> Errand:
    sign_in, app = SignIn(), FastAPI()
    found = Errand(mobile, TestClient(app, base_url="http://phone"), sign_in)

    def keep(content: bytes) -> str:
        found.kept.append(content)
        name = f"{len(found.kept)}.jpg"
        (tmp_path / "uploads").mkdir(exist_ok=True)
        (tmp_path / "uploads" / name).write_bytes(content)
        return name if content.startswith(JPEG[:2]) else ""

    deps = PhoneDeps(
        db=mobile.db, search=mobile.search, profile=mobile.rules.profile, clock=mobile.clock, signing_key=KEY,
        not_solved=lambda _token: None, rules=lambda _session: mobile.rules, keep=keep,
        readers=Readers(sign_in, KEY, "http://phone"), data_dir=tmp_path,
    )  # fmt: skip
    app.include_router(phone_router(deps))
    return found


@pytest.fixture
def path(mobile) -> str:
    return ticket_path(mobile.ticket.number, KEY, real_now())


@pytest.fixture
def own(mobile) -> str:
    return officer_path(mobile.ticket.number, KEY, real_now())


def test_a_second_tap_changes_nothing_and_says_the_same(errand, path) -> None:
    """The same page sent twice; what is written again on a fresh page, or later, is new."""
    page = errand.open(path)
    for _ in range(2):
        assert "已补充" in errand.send(path, page, "supplement", (JPEG,), words="灯杆三号").text
    assert errand.count("supplement") == 1
    assert len(errand.kept) == 1
    for _ in range(2):
        assert "已催办" in errand.send(path, errand.open(path), "urge").text
    assert errand.count("urge") == 2
    errand.mobile.clock.advance(timedelta(minutes=2))
    errand.send(path, page, "supplement", words="灯杆三号")
    assert errand.count("supplement") == 2


def test_an_officers_second_tap_is_no_conflict_but_another_act_on_an_old_page_is(errand, own) -> None:
    page = errand.open(own, WANG)
    assert [errand.send(own, page, "accept").status_code for _ in range(2)] == [200, 200]
    assert errand.count("accept") == 1
    late = errand.send(own, page, "reply", words="写了很多字")
    assert late.status_code == 409
    assert "写了很多字" in late.text


def test_a_second_rating_on_the_same_page_counts_if_it_is_another(errand, path) -> None:
    """Dissatisfied reopens (D4); the same tap again does not climb another rung."""
    errand.mobile.act(Action.ACCEPT)
    errand.mobile.act(Action.RESOLVE, note="好了", target="solved")
    page = errand.open(path)
    for _ in range(2):
        answer = errand.send(path, page, "rate", extra="2", words="没好").text
        assert "已重新打开，升一级接着办" in answer
        assert "上次的结果：</strong>好了" in answer
    assert errand.count("reopen") == 1


@pytest.mark.parametrize(
    ("files", "said"),
    [((JPEG,) * 5, "一次最多 4 个文件"), ((JPEG + b"0" * 10 * 1024 * 1024,), "每个文件不超过 10 MB"), ((b"MZ\x90",), "只收图片和 PDF")],
)  # fmt: skip
def test_what_cannot_be_kept_is_named_and_the_words_stay(errand, path, files, said) -> None:
    answer = errand.send(path, errand.open(path), "supplement", files, words="我的话还在")
    assert answer.status_code == 400
    assert said in answer.text
    assert "我的话还在</textarea>" in answer.text
    assert errand.count("supplement") == 0


def test_nothing_is_kept_of_somebody_who_may_not_send_it(errand, path) -> None:
    """A stranger has no form; what is not one's own to do, or goes to a link that nobody made, leaves no file."""
    assert "form_token" not in errand.open(path, "o-stranger")
    page = errand.open(path)
    assert errand.send(path, page, "resolve", (JPEG,), words="办好了").status_code == 403
    assert errand.send("/t/x.y", page, "supplement", (JPEG,), words="补充").status_code == 404
    assert errand.kept == []


def test_the_officer_reads_of_the_enterprise_and_the_enterprise_of_itself(errand, path, own) -> None:
    """What is asked for stands at the top, before the form that answers it."""
    errand.mobile.act(Action.REQUEST_INFO, note="请拍执照正本")
    mine, staff = errand.open(path), errand.open(own, WANG)
    assert mine.index("请您补充：</strong>请拍执照正本") < mine.index("可以做的")
    assert "请企业补充：</strong>请拍执照正本" in staff
    assert "等您补充" in mine
    assert "等您" not in staff
    errand.mobile.act(Action.RESOLVE, note="好了", target="solved")
    assert "等企业评价" in errand.open(own, WANG)


def test_a_picture_is_seen_by_whoever_may_read_the_words(errand, path, own) -> None:
    """The officer sees on the phone what the enterprise sent; the link alone, or another ticket's, shows nothing."""
    errand.send(path, errand.open(path), "supplement", (JPEG,), words="看照片")
    page = errand.open(own, WANG)
    address = re.search(r'href="(/o/[^"]+/files/1)"', page)[1]
    shown = errand.client.get(address)
    assert (shown.status_code, shown.content, shown.headers["content-type"]) == (200, JPEG, "image/jpeg")
    assert shown.headers["content-disposition"].startswith("inline")
    assert (shown.headers["cache-control"], shown.headers["x-content-type-options"]) == (
        "no-store",
        "nosniff",
    )
    for wrong in ("2", "x", "-1", "1" * 12):
        answer = errand.client.get(f"{own}/files/{wrong}")
        assert answer.status_code == 404
        assert errand.mobile.check(answer.text) == []
    errand.open(own, "o-stranger")
    assert errand.client.get(address).status_code == 404
    errand.client.cookies.clear()
    assert errand.client.get(address, follow_redirects=False).status_code == 303


@pytest.fixture
def site(errand):
    """The pages on a port of this machine."""
    server = uvicorn.Server(uvicorn.Config(errand.client.app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=5)


@pytest.mark.browser
def test_words_outlive_a_lost_connection_and_large_files_do_not_travel(
    errand, site, path, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{site}{path}/sign-in")
    act = page.locator("details.act", has_text="补充").first
    files, send = act.locator("input[type=file]"), act.locator("button")
    act.get_by_role("textbox").fill("写了很久的话")
    files.evaluate(
        """input => {
            const chosen = new DataTransfer();
            chosen.items.add(new File([new Uint8Array(10 * 1024 * 1024 + 1)], "大图.jpg"));
            input.files = chosen.files;
        }"""
    )
    send.tap()
    expect(act.get_by_role("alert")).to_contain_text("「大图.jpg」超过 10 MB")
    files.set_input_files([])
    page.route(
        "**/t/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    send.tap()
    page.wait_for_timeout(300)
    page.unroute("**/t/**")
    page.goto(site + path)
    expect(act.get_by_role("textbox")).to_have_value("写了很久的话")
    expect(act.get_by_role("alert")).to_contain_text("可能没有发出去")
    send.evaluate("button => { button.click(); button.click(); }")
    expect(page.get_by_role("status")).to_contain_text("已补充")
    expect(act.get_by_role("textbox")).to_have_value("")
    assert "done=" not in page.url
    act.get_by_role("textbox").fill("登录到时间以后的话")
    context.clear_cookies()
    send.tap()
    expect(act.get_by_role("alert")).to_contain_text("可能没有发出去")
    expect(act.get_by_role("textbox")).to_have_value("登录到时间以后的话")
    assert errand.count("supplement") == 1
    context.close()
