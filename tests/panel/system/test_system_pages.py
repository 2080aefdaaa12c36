"""Health, rules as read, backups, keys of other systems, messages in bulk, the audit trail to take along (E4–E6)."""

import csv
import io
import re
import stat
from dataclasses import replace

import pytest
from fastapi import FastAPI
from sqlalchemy import text, update
from sqlmodel import col, select

from app.alarms.facts import Facts
from app.api import keys
from app.api.models import ApiKey
from app.api.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from app.audit import AuditRow, record
from app.backup import backup
from app.clock import real_now
from app.districts.loader import load_profile
from app.outbox.models import OutboxMessage, OutboxState
from app.panel import profile_rows
from app.panel.router import panel_router

DISTRICTS = ("dongli", "beichen", "tpftz", "ninghe", "binhai")


@pytest.fixture
def served(office, tmp_path):
    """The office as the program puts it together: with a data folder, backups and facts."""
    deps = replace(
        office.deps,
        data_dir=tmp_path,
        make_backup=lambda target: backup(office.db, target),
        facts=lambda: Facts(entries=12, disk_free=10**9, database_bytes=4_000_000),
        allows_loopback=True,
    )
    app = FastAPI()
    app.include_router(panel_router(deps))
    return replace(office, deps=deps, app=app)


def test_health_says_what_it_means_and_what_to_do(served):
    page = served.user("hub").get("/admin/system").text
    assert "后台任务没有在运行" in page and "怎么办：" in page and "磁盘只剩 1.0 GB" in page
    assert "4.0 MB" in page and "去备份" not in page
    assert "去备份" in served.user("admin").get("/admin/system").text


@pytest.mark.parametrize("district", DISTRICTS)
def test_every_rule_of_a_profile_is_shown_with_its_clause_or_as_ours(district):
    groups = profile_rows.groups(load_profile(district))
    rules = [rule for group in groups for rule in group.rules]
    assert len(rules) > 30 and all(rule.clause for rule in rules)
    assert profile_rows.defaults(groups)


def test_the_profile_page_marks_what_the_document_does_not_say(office):
    page = office.user("auditor").get("/admin/system/profile").text
    assert '<span class="badge wait">默认</span>' in page and "全程办结" in page


def test_a_backup_is_made_kept_private_and_remembered(served, tmp_path):
    admin = served.user("admin")
    assert "还没有备份过" in admin.get("/admin/system/backups").text
    admin.post("/admin/system/backups")
    made = list((tmp_path / "backups").iterdir())
    assert len(made) == 1 and stat.S_IMODE(made[0].stat().st_mode) == 0o600
    page = admin.get("/admin/system/backups").text
    assert made[0].name in page and "还没有备份过" not in page and "qiying db restore" in page
    row = served.audited("backup.make")[-1]
    assert row.object == f"backup:{made[0].name}" and row.detail["bytes"] == made[0].stat().st_size


def test_a_backup_that_fails_says_why_and_is_not_remembered(served, office):
    def full(_target):
        raise OSError(28, "No space left on device")

    deps = replace(served.deps, make_backup=full)
    app = FastAPI()
    app.include_router(panel_router(deps))
    broken = replace(served, deps=deps, app=app)
    admin = broken.user("admin")
    assert "磁盘还有没有空间" in admin.post("/admin/system/backups", 400).text
    assert broken.audited("backup.make")[-1].succeeded is False
    assert "还没有备份过" in admin.get("/admin/system/backups").text
    for username in ("hub", "auditor"):
        broken.user(username).post("/admin/system/backups", 403)
        broken.user(username).get("/admin/system/backups", 403)


@pytest.mark.usefixtures("unhurried")
def test_a_key_is_shown_once_and_opens_the_api_until_it_is_revoked(office):
    admin = office.user("admin")
    page = admin.post("/admin/keys", 200, system="hotline-12345", scopes="tickets").text
    key = re.search(r"qy_hotline-12345_[\w-]+", page)[0]
    with office.db.reading() as session:
        assert keys.find_caller(session, key)[0].system == "hotline-12345"
    assert key not in admin.get("/admin/keys/hotline-12345").text
    assert key.encode() not in office.stored()
    admin.post("/admin/keys", 200, system="hotline-12345", scopes="answers")
    admin.post("/admin/keys/hotline-12345/revoke", keep="newest")
    with office.db.reading() as session:
        assert keys.find_caller(session, key) is None and len(keys.live_keys(session)) == 1
    admin.post("/admin/keys/hotline-12345/revoke")
    admin.post("/admin/keys/hotline-12345/revoke", 404)
    assert [row.detail["closed"] for row in office.audited("api-key.revoke") if row.succeeded] == [1, 1]


@pytest.mark.parametrize(("system", "scopes"), [("", "tickets"), ("A B", "tickets"), ("ok-name", "")])
def test_a_key_for_nobody_or_nothing_is_refused(office, system, scopes):
    admin = office.user("admin")
    data = {"csrf_token": admin.csrf_token, "system": system, "scopes": scopes}
    answer = admin.client.post("/admin/keys", data=data)
    assert answer.status_code in (400, 422) and office.check(answer.text) == []
    with office.db.reading() as session:
        assert session.exec(select(ApiKey)).all() == []


@pytest.mark.usefixtures("unhurried")
def test_an_address_gets_a_secret_once_and_never_points_inside(served):
    """SSRF: other than on a machine for trying, private addresses are refused."""
    admin = served.user("admin")
    admin.post("/admin/keys", 200, system="cloud", scopes="tickets")
    page = admin.post("/admin/keys/cloud/endpoint", 200, url="http://127.0.0.1:9/hook").text
    secret = re.search(r"\b[0-9a-f]{64}\b", page)[0]
    assert secret not in admin.get("/admin/keys/cloud").text
    with served.db.reading() as session:
        assert session.get_one(WebhookEndpoint, "cloud").registered_by == "admin"
    admin.post("/admin/keys/cloud/endpoint/remove")
    admin.post("/admin/keys/cloud/endpoint/remove", 404)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/x", "https://127.0.0.1/x", "ftp://x", "https://u:p@10.0.0.1/", ""]
)
def test_an_inner_address_is_refused(office, url):
    admin = office.user("admin")
    admin.post("/admin/keys", 200, system="cloud", scopes="tickets")
    data = {"csrf_token": admin.csrf_token, "url": url}
    answer = admin.client.post("/admin/keys/cloud/endpoint", data=data)
    assert answer.status_code in (400, 422) and office.check(answer.text) == []
    with office.db.reading() as session:
        assert session.get(WebhookEndpoint, "cloud") is None


def test_failed_deliveries_are_seen_and_sent_again(office):
    admin, now = office.user("admin"), office.clock.now()
    admin.post("/admin/keys", 200, system="cloud", scopes="tickets")
    ticket = office.ticket("限高杆")
    with office.db.transaction() as session:
        session.add(
            WebhookDelivery(
                delivery_id="d-1", system="cloud", event_id=1, ticket_id=ticket.id, kind="ticket.accepted",
                body={"number": ticket.number}, state=DeliveryState.DEAD, created_at=now, due_at=now, tries=11,
                last_error="<b>503</b>",
            )
        )  # fmt: skip
    assert "1 条没送到" in admin.get("/admin/keys").text
    page = admin.get("/admin/keys/cloud").text
    assert ticket.number in page and "<b>503" not in page
    admin.post("/admin/keys/cloud/retry")
    with office.db.reading() as session:
        assert session.exec(select(WebhookDelivery)).one().state == DeliveryState.NEW


def test_ticked_messages_are_sent_again_together(office):
    hub = office.user("hub")
    with office.db.transaction() as session:
        chosen = [row.id for row in session.exec(select(OutboxMessage).limit(3))]
        session.execute(
            update(OutboxMessage).where(col(OutboxMessage.id).in_(chosen)).values(state=OutboxState.DEAD)
        )
    page = hub.get("/admin/outbox?state=stuck").text
    assert all(f'id="message-{number}"' in page for number in chosen)
    data = {"csrf_token": hub.csrf_token, "message": [str(number) for number in [*chosen, 999999]]}
    assert hub.client.post("/admin/outbox/retry", data=data).status_code == 303
    with office.db.reading() as session:
        assert {session.get_one(OutboxMessage, number).state for number in chosen} == {OutboxState.NEW}
    assert office.audited("outbox.retry")[-1].detail == {"messages": chosen, "left": [999999]}
    hub.post("/admin/outbox/retry", 422)
    office.user("auditor").post("/admin/outbox/retry", 403)


def test_messages_are_found_by_kind_and_reason(office):
    hub = office.user("hub")
    found = hub.get("/admin/outbox?q=43004").text
    assert "43004" in found and "没有这样的消息" in hub.get("/admin/outbox?q=no-such-reason").text
    hub.get("/admin/outbox?kind=ticket_resolved&state=sent")


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", " =1", "a\n=cmd|' /C calc'!A0", '"=1"']


def test_the_trail_is_taken_along_without_formulas_and_that_is_a_row(office):
    """Checklist line 9: every line of every cell, read back with a parser."""
    with office.db.transaction() as session:
        for payload in FORMULAS:
            record(
                session, at=real_now(), actor_kind="user", actor=payload, action="x", target=payload,
                detail={"note": payload},
            )  # fmt: skip
    auditor = office.user("auditor")
    answer = auditor.post("/admin/audit/export", 200, action="x")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(table) == 1 + len(FORMULAS)
    for cell in (cell for row in table for cell in row):
        for one in cell.split("\n"):
            assert not one.lstrip(" \u00a0\u3000").startswith(tuple("=+-@\t\r＝＋－＠")), cell
    row = office.audited("audit.export")[-1]
    assert row.detail == {"rows": len(FORMULAS), "filters": {"action": "x"}}


def test_the_trail_is_found_by_who_what_from_where_and_when(office):
    auditor = office.user("auditor")
    office.user("hub").post("/admin/calendar/day", day="2026-12-01", kind="off", reason="测试原因")
    today = f"{real_now():%Y-%m-%d}"
    for query in (
        "actor=hub",
        "action=calendar.day",
        "object=2026-12-01",
        "address=203.0",
        "since=2020-01-01",
    ):
        assert "calendar.day" in auditor.get(f"/admin/audit?{query}").text, query
    for query in ("actor=nobody", "action=nothing", "address=9.9.9.9", "until=2020-01-01", "failed=1"):
        assert "没有符合条件" in auditor.get(f"/admin/audit?object=2026-12-01&{query}").text, query
    auditor.get(f"/admin/audit?since={today}x&until=;")


def test_the_chain_is_whole_until_somebody_rewrites_a_row(office):
    auditor = office.user("auditor")
    office.user("hub").post("/admin/calendar/day", day="2026-12-01", kind="off", reason="x")
    assert (
        "一条没改" in auditor.get("/admin/audit/chain").text
        or "触发器" in auditor.get("/admin/audit/chain").text
    )
    with office.db.transaction() as session:
        row = session.exec(select(AuditRow).where(AuditRow.action == "calendar.day")).one()
        on = "" if session.get_bind().dialect.name == "sqlite" else " ON audit"
        session.execute(text(f"DROP TRIGGER IF EXISTS audit_no_update{on}"))
        session.execute(update(AuditRow).where(col(AuditRow.id) == row.id).values(actor="somebody"))
    page = auditor.get("/admin/audit/chain").text
    assert "这一行被改过" in page and f"编号 {row.id} " in page


def test_too_many_rows_at_once_are_refused(office, monkeypatch):
    monkeypatch.setattr("app.panel.audit_rows.MOST_ROWS", 0)
    auditor = office.user("auditor")
    office.user("hub").post("/admin/calendar/day", day="2026-12-01", kind="off", reason="x")
    assert "按日期分几次" in auditor.post("/admin/audit/export", 400).text
