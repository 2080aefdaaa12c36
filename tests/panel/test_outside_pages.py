"""转出跟踪, 文件交换 and 清零 on screen (C2, C16, BH 2(2)4): what is with others, what came in, what is settled."""

from dataclasses import replace

import pytest
from fastapi import FastAPI
from sqlmodel import select
from starlette.testclient import TestClient

from app.panel.router import panel_router
from app.tickets import service
from app.tickets.lifecycle import Action
from app.tickets.models import Handoff, Ticket
from app.tickets.values import Actor, ActorKind

HUB = Actor(ActorKind.HUB, "1", "中枢值班员")
HEADERS = "工单编号,诉求内容,企业名称,联系人,联系电话,受理时间"
GOOD = "BH001,厂门口三盏路灯不亮一周了,宁河区测试1号食品有限公司,赵测试,13900000001,2026/11/20 09:00"
BAD = "BH002,停水两天,,钱测试,1390,2026/11/20 09:00"


@pytest.fixture
def out(office) -> Handoff:
    """A ticket that is with another platform."""
    ticket = office.ticket("限高杆")
    with office.db.transaction() as session:
        rules = office.deps.rules(session)
        place = rules.profile.handoffs.destinations[0]
        details = {"outside_number": "WB-7"}
        service.perform(
            session, ticket.id, Action.HAND_OFF, HUB, target=place, details=details, rules=rules, now=office.clock.now()
        )  # fmt: skip
    with office.db.reading() as session:
        return session.exec(select(Handoff)).one()


def handoff(office) -> Handoff:
    with office.db.reading() as session:
        return session.exec(select(Handoff)).one()


def test_what_is_with_others_is_chased_and_brought_back(office, out) -> None:
    hub = office.user("hub")
    page = hub.get("/admin/handoffs").text
    assert "WB-7" in page and "还没催过" in page
    hub.post(f"/admin/handoffs/{out.id}/chase", note="已电话联系，答复本周内回")
    assert handoff(office).chased_count == 1
    assert "催过 1 次" in hub.get("/admin/handoffs").text
    hub.post(f"/admin/handoffs/{out.id}/back", result="那边已协调增容")
    assert handoff(office).result == "那边已协调增容"
    page = hub.get("/admin/handoffs").text
    assert "还没回来的 0 件" in page and "那边已协调增容" in page
    assert [row.succeeded for row in office.audited("handoff.chase") + office.audited("handoff.back")] == [
        True,
        True,
    ]


def test_half_a_word_changes_nothing_and_an_auditor_only_reads(office, out) -> None:
    hub = office.user("hub")
    assert "催办经过" in hub.post(f"/admin/handoffs/{out.id}/chase", 422, note=" ").text
    assert "那边办的结果" in hub.post(f"/admin/handoffs/{out.id}/back", 422, result="").text
    hub.post("/admin/handoffs/999/back", 404, result="有结果")
    auditor = office.user("auditor")
    assert "记一次催办" not in auditor.get("/admin/handoffs").text
    auditor.post(f"/admin/handoffs/{out.id}/chase", 403, note="问过")
    assert (handoff(office).chased_count, handoff(office).returned_at) == (0, None)


def test_the_report_of_clearance_counts_and_is_taken_along(office) -> None:
    hub = office.user("hub")
    path = "/admin/reports/clearance"
    page = hub.get(f"{path}?open_on=2026-11-13&settled_by=2026-11-20&channel=").text
    assert "清零率" in page and office.ticket("报装三周了").number in page
    turned = hub.get(f"{path}?open_on=2026-11-20&settled_by=2026-11-13&channel=").text
    assert turned == page, "the days in any order"
    fields = {"open_on": "2026-11-13", "settled_by": "2026-11-20", "channel": ""}
    assert hub.post(f"{path}/export", 200, **fields).content.startswith(b"PK")
    assert office.audited("report.export")[-1].object == "report:clearance"
    tomorrow = hub.get(f"{path}?open_on=2026-11-21&settled_by=2026-11-22").text
    assert tomorrow.count('value="2026-11-20"') >= 2, "no day after today"
    office.user("leader").get(path, 403)


@pytest.fixture
def files(office, tmp_path):
    """The hub's browser on a server that has a data folder, and the folder of the hotline."""
    app = FastAPI()
    app.include_router(panel_router(replace(office.deps, data_dir=tmp_path)))
    hub = office.user("hub")
    cookies = hub.client.cookies
    hub.client = TestClient(app, base_url="http://testserver", follow_redirects=False, cookies=cookies)
    hub.get("/admin/exchange")
    yield hub, tmp_path / "exchange" / "hotline-12345"
    hub.client.close()


def put(folder, *rows: str, name: str = "来单.csv", headers: str = HEADERS) -> None:
    (folder / "in" / name).write_text("\n".join((headers, *rows)), encoding="utf-8")


def sent(hub, content: str, name: str = "来单.csv"):
    return hub.client.post(
        "/admin/exchange/hotline-12345/send",
        data={"csrf_token": hub.csrf_token},
        files={"file": (name, content.encode())},
    )


def test_a_file_is_looked_at_then_taken_and_its_bad_rows_come_back(office, files) -> None:
    hub, folder = files
    assert sent(hub, "\n".join((HEADERS, GOOD, BAD))).status_code == 303
    look = hub.get("/admin/exchange/hotline-12345/look?file=来单.csv").text
    assert "会登记" in look and "登记不了" in look
    with office.db.reading() as session:
        assert session.exec(select(Ticket).where(Ticket.external_number == "BH001")).first() is None
    hub.post("/admin/exchange/take", system="hotline-12345", file="来单.csv")
    assert office.ticket("三盏路灯").external_number == "BH001"
    page = hub.get("/admin/exchange").text
    assert "已登记 1，以前已登记 0，已更新 0，未登记 1" in page
    rejected = next(path.name for path in (folder / "out").glob("*没有登记*"))
    content = hub.post("/admin/exchange/download", 200, system="hotline-12345", file=rejected).content
    assert b"BH002" in content and b"BH001" not in content
    assert office.audited("exchange.download")[-1].detail == {"file": rejected}
    again = next(path.name for path in (folder / "done").iterdir())
    hub.post("/admin/exchange/take", system="hotline-12345", again=again)
    assert "已登记 0，以前已登记 1" in hub.get("/admin/exchange").text
    hub.post("/admin/exchange/tell", system="hotline-12345")
    assert list((folder / "out").glob("办理情况*"))


@pytest.mark.parametrize("name", ["../../secret.csv", "/etc/passwd", "没有.csv", ""])
def test_no_name_leads_out_of_the_folders(files, name) -> None:
    """What is typed is looked up among the files that are there; it never becomes a path."""
    hub, folder = files
    (folder.parents[1] / "secret.csv").write_text("秘密")
    hub.get(f"/admin/exchange/hotline-12345/look?file={name}", 404)
    for field in ("file", "again"):
        hub.post("/admin/exchange/take", 404, system="hotline-12345", **{field: name})
    hub.post("/admin/exchange/download", 404, system="hotline-12345", file=name)
    hub.post("/admin/exchange/take", 404, system="nobody", file="来单.csv")


def test_a_table_of_something_else_is_refused_whole_and_told(files) -> None:
    hub, folder = files
    assert sent(hub, "x", name="来单.exe").status_code == 422
    put(folder, "1", headers="别的列")
    assert "整份没有采用" in hub.get("/admin/exchange/hotline-12345/look?file=来单.csv").text
    answer = hub.post("/admin/exchange/take", system="hotline-12345", file="来单.csv")
    assert answer.headers["location"].endswith("exchange-fault")
    assert list((folder / "out").glob("*没有采用*"))
