"""Lines of the security checklist that no other file covers (reliability §4.2 cases 6, 7, 11, 15–18)."""

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import update
from sqlmodel import col, select

from app.clock import real_now
from app.db import Database
from app.directory.models import Coordinator, Department
from app.migrations import runner
from app.panel.models import LoginFailure, User, UserSession
from app.panel.router import panel_router
from app.panel.security import half_way, is_half_way
from app.settings import Settings, credential_faults, signing_key
from app.workdays.models import Workday

CORPUS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}",
    "</textarea></title><iframe srcdoc=1>",
    "\u202eexe.gpj",
)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_database_its_log_and_the_key_are_nobody_elses(tmp_path):
    """Case 16: also where the machine's umask is generous."""
    before = os.umask(0o022)
    try:
        folder = tmp_path / "data"
        db = Database(f"sqlite:///{folder}/qiying.db")
        runner.upgrade(db)
        with db.transaction() as session:
            session.add(User(username="x", role="hub", password_hash="-", created_at=real_now()))
            session.flush()
            found = {path.name: mode_of(path) for path in folder.glob("qiying.db*")}
        signing_key(Settings(_env_file=None, data_dir=folder))
        db.close()
    finally:
        os.umask(before)
    assert len(found) == 4 and set(found.values()) == {
        0o600
    }  # with the log, its index and the turn-taking lock
    assert mode_of(folder) == 0o700 and mode_of(folder / "secret.key") == 0o600


@pytest.mark.parametrize(
    ("key", "is_refused"), [("change-me", True), ("x" * 31, True), ("x" * 32, False), ("", False)]
)
def test_an_example_secret_does_not_start_a_server(key, is_refused):
    """Case 15."""
    faults = credential_faults(Settings(_env_file=None, secret_key=key))
    assert any("QIYING_SECRET_KEY" in fault for fault in faults) == is_refused


def test_the_panel_is_one_path_and_in_no_public_description(office):
    """Cases 17, 18: a proxy can close /admin to the outside; nothing describes it."""
    for route in panel_router(office.deps).routes:
        assert isinstance(route, APIRoute) and route.path.startswith("/admin")
        assert route.include_in_schema is False
    conf = (Path(__file__).parents[3] / "deploy/nginx/qiying.conf").read_text()
    assert "location /admin {" in conf


def test_a_thousand_guesses_from_many_addresses_lock_no_one_out(office, log_in):
    """Case 6: by account and address; the owner elsewhere goes on."""
    for number in range(8):
        attacker = office.guest(f"198.51.100.{number}")
        for _ in range(6):
            last = log_in(attacker, "hub", "wrong wrong wrong")
        assert last.status_code == 429
    assert log_in(office.guest("203.0.113.5"), "hub", "lutai-qiaobei-17").status_code == 303


def test_an_attempt_during_the_lock_looks_at_no_password(office, log_in, monkeypatch):
    attacker = office.guest("198.51.100.7")
    for _ in range(6):
        log_in(attacker, "hub", "wrong wrong wrong")
    monkeypatch.setattr("app.panel.passwords.Passwords.matches", lambda *_: pytest.fail("looked at"))
    assert log_in(attacker, "hub", "lutai-qiaobei-17").status_code == 429
    with office.db.reading() as session:
        keys = [row.key for row in session.exec(select(LoginFailure))]
    assert keys and not any("hub" in key or "198" in key for key in keys)


@pytest.mark.parametrize("payload", CORPUS)
def test_hostile_words_stay_text_on_the_system_pages(office, payload):
    """Case 7: names of accounts, addresses, reasons, departments."""
    with office.db.transaction() as session:
        session.execute(update(User).where(col(User.username) == "hub").values(name=payload))
        session.execute(update(Department).where(col(Department.name) == "住建委").values(name=payload))
        session.execute(update(Coordinator).values(name=payload))
        session.add(
            Workday(
                day=real_now().date(), layer="override", is_workday=False, source=payload, entered_by=payload,
                entered_at=real_now(),
            )
        )  # fmt: skip
    hub, admin = office.user("hub"), office.user("admin")
    with office.db.transaction() as session:
        session.execute(update(UserSession).values(address=payload[:64]))
    for browser, path in (
        (hub, "/admin/me"), (admin, "/admin/users"), (admin, "/admin/sessions"), (admin, "/admin/users/1"),
        (admin, f"/admin/calendar?year={real_now().year}"), (admin, "/admin/outbox?q=" + payload[:4]),
    ):  # fmt: skip
        page = browser.get(path).text
        assert "<" not in payload or payload not in page, path
        assert "{{" not in payload or ">49<" not in page, path


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "/admin/../x\r\nSet-Cookie: a=b"]
)
def test_both_steps_of_a_login_lead_inside_only(office, fields_of, wanted):
    """Case 11."""
    guest = office.guest()
    hidden = fields_of(guest.client.get("/admin/login", params={"next": wanted}).text, "/admin/login")
    assert hidden["next"] == "/admin"
    data = {**hidden, "next": wanted, "username": "hub", "password": "lutai-qiaobei-17"}
    answer = guest.client.post("/admin/login", data=data)
    assert answer.headers["location"] == "/admin"


def test_the_proof_of_the_first_step_dies_after_five_minutes():
    key, now = b"a signing key for tests only....", real_now()
    proof = half_way(key, "a:1:hash", now)
    assert is_half_way(key, "a:1:hash", proof, now + timedelta(minutes=4))
    assert not is_half_way(key, "a:1:hash", proof, now + timedelta(minutes=6))
    for subject, given in (("b:1:hash", proof), ("a:1:other", proof), ("a:1:hash", ""), ("a:1:hash", "x.y")):
        assert not is_half_way(key, subject, given, now)
    assert not is_half_way(b"another key", "a:1:hash", proof, now)
