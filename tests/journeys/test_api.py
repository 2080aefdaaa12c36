"""`/api/v1` over real HTTP: other systems' orders come in once and their state goes out (C2, C3, B6)."""

import base64
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests
from sqlmodel import func, select

from app.api import keys
from app.api.keys import Scope
from app.api.models import ApiKey
from app.clock import real_now
from app.districts.loader import load_profile
from app.outbox.models import OutboxMessage
from app.tickets.models import Attachment, CoHandler, Ticket
from app.tickets.outside_models import OutsideOrder

ORDER = {
    "external_number": "TJ12345-0001",
    "channel": "12345热线",
    "category": "道路交通",
    "title": "路灯不亮",
    "content": "厂门口三盏路灯不亮一周了，夜班工人出入不安全",
    "enterprise": {"credit_code": "91120221MA0000001G", "name": "宁河区测试1号食品有限公司"},
    "contact": {"name": "赵测试", "phone": "13900000001"},
    "received_at": "2026-11-20T09:00:00+08:00",
    "due_at": "2026-11-25T17:00:00+08:00",
    "departments": ["住建委"],
}
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 40).decode()


class System:
    """Another system with its key."""

    def __init__(self, base: str, key: str) -> None:
        self.base = base
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def send(self, key: str = "order-1", **changed: Any) -> requests.Response:
        """An order like ORDER."""
        headers = self.headers | {"Idempotency-Key": key}
        return requests.post(f"{self.base}/api/v1/tickets", json=ORDER | changed, headers=headers, timeout=60)

    def get(self, path: str, **query: str) -> requests.Response:
        return requests.get(f"{self.base}/api/v1{path}", params=query, headers=self.headers, timeout=60)

    def ask(self, question: str) -> requests.Response:
        url = f"{self.base}/api/v1/answers"
        return requests.post(url, json={"query": question}, headers=self.headers, timeout=60)


@pytest.fixture
def system(town: Any) -> Callable[..., System]:
    """Makes systems with a fresh key."""

    def make(name: str = "hotline", *scopes: Scope) -> System:
        with town.runtime.db.transaction() as session:
            key = keys.create_key(session, name, scopes or tuple(Scope), by="test", now=real_now())
        return System(town.runtime.settings.public_url, key)

    return make


def count(town: Any, model: type) -> int:
    with town.runtime.db.reading() as session:
        return int(session.exec(select(func.count()).select_from(model)).one())


def told(town: Any) -> set[str]:
    """Who got a message."""
    with town.runtime.db.reading() as session:
        return {row.openid for row in session.exec(select(OutboxMessage))}


def test_an_order_reaches_the_enterprises_own_officer(town: Any, system: Any) -> None:
    """C1, C2: one ticket with both numbers and both deadlines, and the officer is told."""
    answer = system().send()
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["external_number"] == "TJ12345-0001"
    assert body["outside_due_at"] == "2026-11-25T09:00:00Z"
    assert body["due_on"] == "2026-12-01"
    assert body["enterprise"] == {"name": "宁河区测试1号食品有限公司", "matched": True}
    assert body["title"] == "路灯不亮"
    assert body["holder"] == "芦台街道 王服务"
    assert [item["title"] for item in body["timeline"]] == ["提交诉求"]
    assert "139" not in answer.text
    assert told(town) == {"oOfficerWang"}


def test_the_officer_sees_the_other_systems_deadline_beside_ours(town: Any, system: Any) -> None:
    """C2: in the first message, in 待办 (the earlier deadline first), in 查看, on the page; gone once it is done."""
    system().send()
    wang = town.phone("oOfficerWang")
    with town.runtime.db.reading() as session:
        [first] = [str(row.reply) for row in session.exec(select(OutboxMessage))]
    both = "12345热线时限 11月25日 17:00；本区剩 7 个工作日（12月1日前）"
    assert both in first and both in wang.send_text("待办").text
    number = town.tickets()[-1].number
    shown = wang.send_text(f"查看 {number}").text
    assert both in shown
    page = requests.get(re.search(r'href="(http[^"]+/o/[^"]+)"', shown)[1], timeout=60).text
    assert ">剩 3 个工作日<" in page, "what is left until the earlier one"
    assert page.index("12345热线时限 11月25日 17:00") < page.index("本区剩 7 个工作日（12月1日前）")
    wang.send_text(f"接单 {number}")
    wang.send_text(f"办结 {number} 路灯已修好，今晚亮灯")
    assert "12345热线时限" not in wang.send_text(f"查看 {number}").text


def test_where_the_district_says_so_the_department_gets_it_together_with_the_officer(
    town: Any, system: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DL 二(四)3, C3."""
    monkeypatch.setattr(town.runtime.rules, "_profile", load_profile("dongli"))
    answer = system().send(category="")
    assert answer.status_code == 201, answer.text
    assert told(town) == {"oOfficerWang", "oCoordinator"}
    assert count(town, CoHandler) == 1


def test_who_calls_or_comes_by_is_a_channel_here_as_in_the_panel(town: Any, system: Any) -> None:
    """C2: what the hub's form offers, another system may name, too."""
    for number, channel in enumerate(("电话", "窗口")):
        answer = system(f"desk-{number}").send(channel=channel)
        assert (answer.status_code, answer.json()["channel"]) == (201, channel), answer.text
    refused = system("chat").send(channel="飞鸽传书")
    assert refused.status_code == 422
    assert refused.json()["faults"][0]["message"].endswith("电话、窗口")


def test_a_department_that_does_not_exist_is_a_fault_with_the_list(town: Any, system: Any) -> None:
    """C3: nobody may believe that a department was told which is not there; a short name may still be used."""
    answer = system().send(departments=["住建", "天文台", "宇航局"])
    assert answer.status_code == 422
    faults = {fault["field"]: fault["message"] for fault in answer.json()["faults"]}
    assert set(faults) == {"departments.1", "departments.2"}
    assert "没有「天文台」这个部门，现有：" in faults["departments.1"] and "住建委" in faults["departments.1"]
    assert count(town, Ticket) == 0
    assert system().send(departments=["住建"]).status_code == 201


def test_a_repeat_gets_the_same_ticket_and_a_mix_up_is_refused(town: Any, system: Any) -> None:
    hotline = system()
    first = hotline.send().json()
    again = hotline.send()
    assert (again.status_code, again.json()["number"]) == (200, first["number"])
    other_key = hotline.send(key="order-1-retry")
    assert (other_key.status_code, other_key.json()["number"]) == (200, first["number"])
    mixed = hotline.send(content="完全另一件事情")
    assert mixed.status_code == 409
    assert "请换一个值" in mixed.json()["message"]
    renamed = hotline.send(key="order-2", content="同一单号，另一件事")
    assert renamed.status_code == 409
    assert first["number"] in renamed.json()["message"]
    assert count(town, Ticket) == 1
    assert system("jinchanfa").send().status_code == 201


def test_ten_at_once_make_one_ticket(town: Any, system: Any) -> None:
    """The unique keys decide, not the moment."""
    hotline = system()
    codes: list[int] = []
    numbers: set[str] = set()

    def send() -> None:
        answer = hotline.send()
        codes.append(answer.status_code)
        numbers.add(answer.json()["number"])

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200] * 9 + [201]
    assert len(numbers) == 1
    assert count(town, Ticket) == count(town, OutsideOrder) == 1


@pytest.mark.parametrize("name", ["12345", "hotline-12345", "12345政务服务便民热线"])
def test_a_channel_is_known_by_its_beginning_and_by_the_systems_own_name(
    town: Any, system: Any, name: str
) -> None:
    """C2: what everybody calls it; a second sending of the same words is the same order."""
    hotline = system("hotline-12345")
    first = hotline.send(channel=name)
    assert (first.status_code, first.json()["channel"]) == (201, "12345热线"), first.text
    assert hotline.send(channel=name).status_code == 200


def test_null_is_what_was_left_out(town: Any, system: Any) -> None:
    """As many programs write what they have nothing for."""
    answer = system().send(
        due_at=None, departments=None, attachments=None, category=None, title=None,
        enterprise={"credit_code": None, "name": "宁河区测试99号示例有限公司"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    assert system("second").send(content=None).status_code == 422


def test_every_fault_is_named_at_once_in_chinese_and_nothing_is_kept(town: Any, system: Any) -> None:
    wrong = system().send(
        channel="飞鸽", category="天文", received_at="2026-11-20T09:00:00", enterprise={"credit_code": "9112", "name": ""},
        priority="high",
    )  # fmt: skip
    assert wrong.status_code == 422
    faults = {item["field"]: item["message"] for item in wrong.json()["faults"]}
    assert set(faults) == {"received_at", "enterprise.credit_code", "enterprise.name", "priority"}
    assert "时区" in faults["received_at"]
    later = system().send(channel="飞鸽", category="天文", attachments=[{"name": "a", "content": "不是"}])
    faults = {item["field"]: item["message"] for item in later.json()["faults"]}
    assert set(faults) == {"channel", "category", "attachments.0.content"}
    assert "12345热线" in faults["channel"]
    assert count(town, Ticket) == count(town, OutsideOrder) == 0
    ahead = system().send(received_at="2026-11-21T09:00:00+08:00")
    assert (ahead.status_code, ahead.json()["faults"][0]["field"]) == (422, "received_at")


def test_faults_are_named_by_their_field_and_for_text_in_characters(system: Any) -> None:
    """The field of the answers' door is itself called `query`; a broken document has no field."""
    hotline = system()
    assert hotline.ask("").json()["faults"] == [{"field": "query", "message": "不能为空，至少 1 个字"}]
    assert hotline.ask("长" * 501).json()["faults"] == [
        {"field": "query", "message": "内容太长，最多 500 个字符"}
    ]
    headers = hotline.headers | {"Content-Type": "application/json"}
    broken = requests.post(f"{hotline.base}/api/v1/answers", data="{", headers=headers, timeout=60)
    assert broken.json()["faults"] == [{"field": "body", "message": "正文不是合格的 JSON"}]


def test_a_wrong_key_is_refused_before_anything_else_is_judged(town: Any) -> None:
    """401 whatever is wrong with the request besides: who has no key learns nothing of what is expected."""
    stranger = System(town.runtime.settings.public_url, "qy_wrong")
    url = f"{stranger.base}/api/v1/tickets"
    assert requests.post(url, json={}, headers=stranger.headers, timeout=60).status_code == 401
    assert stranger.get("/tickets", status="x" * 99).status_code == 401


def test_attachments_are_kept_by_what_they_are_not_by_their_name(town: Any, system: Any) -> None:
    script = base64.b64encode(b"<script>alert(1)</script>").decode()
    files = [{"name": "现场.jpg", "content": PNG}, {"name": "说明.png", "content": script}]
    assert system().send(attachments=files).status_code == 201
    with town.runtime.db.reading() as session:
        rows = list(session.exec(select(Attachment).order_by(Attachment.id)))
    assert [row.path[-4:] for row in rows] == [".png", ""]
    assert rows[1].fault == "类型不收：说明.png"
    stored = town.runtime.settings.data_dir / "uploads" / rows[0].path
    assert stored.stat().st_mode & 0o777 == 0o600


def test_a_system_sees_its_own_orders_only(town: Any, system: Any) -> None:
    hotline, other = system(), system("jinchanfa")
    number = hotline.send().json()["number"]
    assert hotline.get(f"/tickets/{number}").json()["number"] == number
    refused = other.get(f"/tickets/{number}")
    assert refused.status_code == 404
    assert other.get("/tickets").json() == {"items": [], "next_cursor": ""}
    assert hotline.get("/tickets", status="pending").json()["items"][0]["number"] == number
    assert hotline.get("/tickets", status="closed").json()["items"] == []
    assert hotline.get("/tickets", status="nonsense").status_code == 422
    assert hotline.get("/tickets", updated_since="2026-11-30T00:00:00+08:00").json()["items"] == []
    bare = hotline.get("/tickets?updated_since=2026-11-30T00:00:00+08:00")  # the plus arrives as a space
    assert (bare.status_code, bare.json()["items"]) == (200, [])


def test_pages_follow_each_other_without_gap_or_repeat(
    town: Any, system: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.api import reading

    monkeypatch.setattr(reading, "PER_PAGE", 3)
    hotline = system()
    sent = [hotline.send(key=f"k{n}", external_number=f"X{n}").json()["number"] for n in range(7)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = hotline.get("/tickets", cursor=cursor).json()
        seen += [item["number"] for item in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert seen == sent
    assert hotline.get("/tickets", cursor="garbage").status_code == 422


def test_keys_are_scoped_revocable_and_never_stored(town: Any, system: Any) -> None:
    base = town.runtime.settings.public_url
    nobody = System(base, "")
    assert nobody.send().status_code == 401
    assert nobody.send().headers["WWW-Authenticate"] == "Bearer"
    assert System(base, "qy_hotline_guess").get("/tickets").status_code == 401
    reader = system("reader", Scope.ANSWERS)
    assert reader.send().status_code == 403
    assert reader.ask("个体户怎么办执照").status_code == 200
    hotline = system()
    newer = system()
    with town.runtime.db.transaction() as session:
        assert keys.revoke_keys(session, "hotline", besides_newest=True, now=real_now()) == 1
        secret = newer.headers["Authorization"].removeprefix("Bearer ")
        assert all(secret not in str(row.model_dump()) for row in session.exec(select(ApiKey)))
        assert any(row.last_used_at for row in session.exec(select(ApiKey)))
    assert hotline.get("/tickets").status_code == 401
    assert newer.get("/tickets").status_code == 200


def test_answers_hold_public_entries_only(town: Any, system: Any) -> None:
    """B6: the hotline's agents read the same handbook."""
    body = system().ask("个体工商户怎么注册").json()
    assert body["decision"] == "answer"
    assert body["entries"][0]["id"] == "registration/individual-setup"
    assert body["entries"][0]["url"].endswith("/h/registration/individual-setup")
    assert all(
        set(item) == {"id", "title", "score", "summary", "department", "url"} for item in body["entries"]
    )
    assert "内部提示" not in str(body)


def test_the_documentation_is_our_own_and_covers_the_api_alone(town: Any, page_faults: Any) -> None:
    base = town.runtime.settings.public_url
    document = requests.get(f"{base}/openapi.json", timeout=60).json()
    assert set(document["paths"]) == {"/api/v1/tickets", "/api/v1/tickets/{number}", "/api/v1/answers"}
    page = requests.get(f"{base}/docs", timeout=60)
    assert page_faults(page.text) == []
    assert "http" not in page.text.replace("http-equiv", "")
    assert "Idempotency-Key" in page.text.replace("idempotency-key", "Idempotency-Key")


def test_a_body_without_length_or_beyond_the_limit_is_refused_unread(town: Any, system: Any) -> None:
    hotline = system()
    url = f"{hotline.base}/api/v1/tickets"

    def chunks() -> Any:
        yield b"{}"

    endless = requests.post(url, data=chunks(), headers=hotline.headers, timeout=60)
    assert endless.status_code == 413
    huge = requests.post(url, data=b"0" * (17 * 2**20), headers=hotline.headers, timeout=30)
    assert huge.status_code == 413


def test_without_a_key_nothing_is_said_of_the_content(town: Any) -> None:
    """A generated fuzzer's finding: a body that does not fit, without a key, is 401 before it is 422."""
    address = f"{town.runtime.settings.public_url}/api/v1/tickets"
    answer = requests.post(address, json={"contact": 1}, timeout=60)
    assert answer.status_code == 401 and answer.json()["faults"] == []
