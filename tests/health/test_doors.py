"""`/healthz`, `/readyz`, `/metrics`, unknown paths and foreign hosts (contract; reliability 25; checklist 12, 13)."""

import http.client
import json
import logging
import re
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from app import keyvalue
from app.alarms.facts import Facts
from app.alarms.service import LAST_BACKUP
from app.clock import Clock, real_now
from app.db import Database
from app.edge import Edge, add_kind_answers, host_of, known_hosts
from app.health import health_router
from app.meters import ANSWERS, MESSAGES, SEARCH_SECONDS, Meters
from app.metrics import metrics_router
from app.outbox import periodic
from app.outbox.models import OutboxMessage, OutboxState
from app.tickets.lifecycle import Status
from app.tickets.models import Ticket
from tests.served import served

TOKEN = "a token of the test"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def facts(healthy) -> list[Facts]:
    """What the process knows; a test may change it."""
    return [healthy]


def client_of(db: Database, facts: list[Facts], *, token: str = TOKEN, hosts=(), meters=None) -> TestClient:
    app = FastAPI()
    app.include_router(health_router(db, clock=Clock(), facts=lambda: facts[0], degraded=lambda: ""))
    app.include_router(
        metrics_router(
            db, token=token, clock=Clock(), facts=lambda: facts[0], meters=meters or Meters(), pauses=True
        )
    )

    def broken() -> None:
        raise RuntimeError("13912345678 https://x/?access_token=leak")

    app.add_api_route("/broken", broken)
    add_kind_answers(app)
    app.add_middleware(Edge, hosts=hosts)
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def client(db, facts) -> TestClient:
    with db.transaction() as session:
        periodic.beat(session, real_now())
        keyvalue.write(session, LAST_BACKUP, real_now().isoformat())
    return client_of(db, facts)


def test_a_head_is_answered_as_a_get_without_its_body(client) -> None:
    """`curl -I` and the probes of many load balancers ask this way."""
    with served(client.app) as address:
        line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        for path, status in (("/healthz", 200), ("/nowhere", 404)):
            line.request("HEAD", path)
            answer = line.getresponse()
            assert (answer.status, answer.read()) == (status, b"")
        line.close()


def test_ready_when_database_index_and_worker_are(client, db, facts) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (200, [])
    facts[0] = replace(facts[0], entries=0)
    assert client.get("/readyz").json()["reasons"] == ["handbook: no entries"]
    with db.transaction() as session:
        periodic.beat(session, real_now() - timedelta(minutes=5))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert set(answer.json()["reasons"]) == {"handbook: no entries", "worker: no heartbeat"}
    assert client.get("/healthz").status_code == 200


def test_what_does_not_stop_the_work_is_named_but_ready(client, db) -> None:
    with db.transaction() as session:
        session.add(
            OutboxMessage(
                dedupe_key="a",
                openid="oX",
                kind="n",
                state=OutboxState.DEAD,
                created_at=real_now(),
                due_at=real_now(),
            )
        )
    answer = client.get("/readyz")
    assert answer.status_code == 200 and "dead_letters" in answer.json()["alarms"]


def test_a_database_that_takes_no_write_is_not_ready(client, db, monkeypatch) -> None:
    def full() -> None:
        raise OperationalError("insert", {}, Exception("disk full"))

    monkeypatch.setattr(db, "transaction", full)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["database: OperationalError"])


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN[:-1]}])
def test_metrics_look_absent_without_the_token(client, headers) -> None:
    absent, unknown = client.get("/metrics", headers=headers), client.get("/nothing-here")
    assert absent.status_code == unknown.status_code == 404
    assert absent.json() == unknown.json()


def test_metrics_are_closed_while_no_token_is_set(db, facts) -> None:
    closed = client_of(db, facts, token="")
    assert closed.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    for accepted in ("*/*", "text/html"):
        shown = [closed.get(path, headers={"Accept": accepted}) for path in ("/metrics", "/nowhere")]
        assert {(answer.status_code, answer.text) for answer in shown} == {(404, shown[1].text)}


def test_metrics_show_what_is_going_on(client, db, facts) -> None:
    meters = Meters()
    meters.count(MESSAGES, kind="text", outcome="answered")
    meters.count(MESSAGES, kind="text", outcome="answered")
    meters.count(ANSWERS, decision="answer")
    meters.observe(SEARCH_SECONDS, 0.02)
    now = real_now()
    with db.transaction() as session:
        session.add(
            Ticket(
                number="20260601-0001", status="处理中", content="x", step="officer", holder_kind="officer", opened_at=now,
                received_on=date(2026, 6, 1), due_on=date(2026, 6, 2), due_from=date(2026, 6, 1), due_days=1, held_since=now,
                last_activity_at=now,
            )
        )  # fmt: skip
        session.add(
            OutboxMessage(
                dedupe_key="a", openid="oX", kind="n", created_at=now, due_at=now - timedelta(seconds=100)
            )
        )
    text = client_of(db, facts, meters=meters).get("/metrics", headers=BEARER).text
    process = meters._process[0][1]
    for line in (
        f'qiying_messages_total{{kind="text",outcome="answered",process="{process}"}} 2',
        f'qiying_answers_total{{decision="answer",process="{process}"}} 1',
        f'qiying_search_seconds_bucket{{le="0.025",process="{process}"}} 1',
        f'qiying_search_seconds_bucket{{le="0.01",process="{process}"}} 0',
        f'qiying_search_seconds_count{{process="{process}"}} 1',
        'qiying_tickets{status="处理中"} 1',
        "qiying_index_entries 217",
        'qiying_outbox_messages{state="new"} 1',
        "qiying_outbox_dead_letters 0",
        "qiying_database_up 1",
    ):
        assert line in text.splitlines()
    values = {
        line.split(" ")[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line[0] != "#"
    }
    assert 99 < values["qiying_outbox_oldest_unsent_seconds"] < 130
    assert 0 <= values["qiying_worker_heartbeat_age_seconds"] < 60
    assert {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")} >= {
        "qiying_calendar_horizon_days", "qiying_disk_free_bytes", "qiying_token_failing", "qiying_calibrated", "qiying_encoder_ready",
    }  # fmt: skip


def test_metrics_survive_a_database_that_is_down(client, db, monkeypatch) -> None:
    def gone() -> None:
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(db, "reading", gone)
    answer = client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200 and "qiying_database_up 0" in answer.text


def test_unknown_paths_and_methods_are_answered_kindly(client) -> None:
    answer = client.get("/wp-login.php")
    assert answer.status_code == 404 and "公众号" in answer.json()["message"]
    assert answer.headers["content-type"].startswith("application/json")
    wrong = client.delete("/healthz")
    assert wrong.status_code == 405 and wrong.json()["message"]


def test_a_browser_reads_the_same_as_a_page(client, page_faults) -> None:
    reads_html = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for path, status in (("/wp-login.php", 404), ("/broken", 500)):
        page, answer = client.get(path, headers=reads_html), client.get(path)
        assert (page.status_code, answer.status_code) == (status, status)
        assert page_faults(page.text) == []
        assert answer.json()["message"] in page.text
    assert re.search("编号：[0-9a-f]{8}", page.text)


def test_a_fault_shows_a_number_and_nothing_else(client, caplog) -> None:
    """Checklist 13: no trace on the wire, and none in the log."""
    caplog.set_level(logging.INFO)
    logging.getLogger("qiying").propagate = True
    answer = client.get("/broken")
    assert answer.status_code == 500
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert answer.json()["number"] in logged
    for text in (answer.text, logged):
        assert "13912345678" not in text and "leak" not in text and "Traceback" not in text


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("qiying.example", 404), ("qiying.example:8443", 404), ("127.0.0.1:8000", 404), ("intranet.example", 404),
        ("evil.example", 421), ("qiying.example.evil.example", 421), ("", 421), ("[::1]:80", 404), ("[bad", 421),
        ("qiying.example@evil.example", 421),
    ],
)  # fmt: skip
def test_only_our_own_hosts_are_served(db, facts, host: str, status: int) -> None:
    hosts = known_hosts("https://qiying.example", "intranet.example")
    client = client_of(db, facts, hosts=hosts)
    assert client.get("/x", headers={"Host": host}).status_code == status
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_any_host_while_the_public_address_is_this_machine() -> None:
    assert known_hosts("http://127.0.0.1:8000", "") == frozenset()
    assert host_of("A.Example:1") == "a.example"


def test_label_values_cannot_break_the_format() -> None:
    meters = Meters()
    meters.count(MESSAGES, kind='a"\n\\', outcome="x")
    (line,) = [line for line in meters.lines() if line.startswith(MESSAGES + "{")]
    assert json.loads(line.split("kind=")[1].split(",")[0]) == 'a"\n\\'


def test_the_metric_of_what_is_late_knows_a_stopped_clock(client, db, facts) -> None:
    """C8, C9: one that waits for the enterprise is late only if its day was over before."""
    now, due = real_now(), date(2026, 6, 2)
    stopped = {
        "1": (Status.WORKING, None),
        "2": (Status.WAITING, due + timedelta(days=1)),
        "3": (Status.WAITING, due),
    }
    with db.transaction() as session:
        for number, (status, since) in stopped.items():
            session.add(
                Ticket(
                    number=f"20260601-000{number}", status=status, content="x", step="officer", holder_kind="officer",
                    opened_at=now, received_on=due, due_on=due, due_from=due, due_days=1, held_since=now,
                    last_activity_at=now, waiting_since=since,
                )
            )  # fmt: skip
    assert (
        "qiying_tickets_overdue 2" in client_of(db, facts).get("/metrics", headers=BEARER).text.splitlines()
    )
