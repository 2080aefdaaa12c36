"""`qiying admin`: accounts from the command line, and the officer's one-time code alone on the last line."""

import re

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from app.audit import AuditRow
from app.cli.admin import admin_app
from app.clock import real_now
from app.db import Database
from app.directory import binding
from app.directory.models import Area, Coordinator, Department, Officer
from app.errors import AppError, Conflict, NotFound
from app.migrations import runner
from app.panel import lockout
from app.panel.accounts import find_user
from app.panel.passwords import Passwords


@pytest.fixture
def db(tmp_path, monkeypatch):
    """An installation's database, found by the commands through the environment."""
    monkeypatch.setenv("QIYING_DATABASE_URL", f"sqlite:///{tmp_path}/cli.db")
    monkeypatch.chdir(tmp_path)
    database = Database(f"sqlite:///{tmp_path}/cli.db")
    runner.upgrade(database)
    yield database
    database.close()


def run(*arguments, typed=""):
    return CliRunner().invoke(admin_app, list(arguments), input=typed)


def audited(db):
    with db.reading() as session:
        return [(row.action, row.object, row.actor_kind) for row in session.exec(select(AuditRow))]


def test_a_generated_password_is_the_last_line_and_works(db):
    result = run("create-user", "clerk", "--role", "hub", "--name", "值班员", "--generate")
    assert result.exit_code == 0, result.output
    password = result.output.strip().splitlines()[-1]
    with db.reading() as session:
        user = find_user(session, "clerk")
        assert (user.role, user.name) == ("hub", "值班员")
        assert Passwords().matches(user.password_hash, password)
    assert audited(db) == [("user.create", "user:clerk", "cli")]


def test_a_typed_password_is_asked_twice_and_not_shown(db):
    secret = "correct horse battery"
    result = run("create-user", "clerk", "--role", "editor", typed=f"{secret}\n{secret}\n")
    assert result.exit_code == 0, result.output
    assert secret not in result.output


def test_a_weak_password_a_bad_role_or_an_unknown_area_is_refused(db):
    for arguments, typed in (
        (("create-user", "clerk", "--role", "hub"), "short\nshort\n"),
        (("create-user", "clerk", "--role", "emperor", "--generate"), ""),
        (("create-user", "clerk", "--role", "officer-leader", "--generate"), ""),
        (("create-user", "clerk", "--role", "officer-leader", "--area", "NOWHERE", "--generate"), ""),
    ):
        result = run(*arguments, typed=typed)
        assert isinstance(result.exception, AppError)
    with db.reading() as session:
        assert find_user(session, "clerk") is None


def test_resetting_replaces_the_password(db):
    first = run("create-user", "clerk", "--role", "hub", "--generate").output.strip().splitlines()[-1]
    second = run("reset-password", "clerk", "--generate").output.strip().splitlines()[-1]
    with db.reading() as session:
        stored = find_user(session, "clerk").password_hash
    assert Passwords().matches(stored, second) and not Passwords().matches(stored, first)
    assert isinstance(run("reset-password", "nobody", "--generate").exception, AppError)


def test_an_officers_code_is_eight_digits_alone_on_the_last_line(db):
    with db.transaction() as session:
        session.add(Area(code="A", name="一片区", kind="一级片区"))
        session.add(Officer(staff_no="007", name="王服务"))
    result = run("invite-officer", "007")
    assert result.exit_code == 0, result.output
    code = result.output.rstrip("\n").split("\n")[-1]
    assert re.fullmatch(r"\d{8}", code)
    with db.transaction() as session:
        assert binding.redeem(session, code, "o-wang", real_now()).name == "王服务"
    assert audited(db) == [("officer.invite", "officer:007", "cli")]


def test_an_unknown_officer_gets_no_code(db):
    assert isinstance(run("invite-officer", "999").exception, AppError)


def test_a_departments_clerk_is_made_for_a_person_of_its_list(db):
    """One account for one coordinator; who is not on the list gets none."""
    with db.transaction() as session:
        unit = Department(name="住建委")
        session.add(unit)
        session.flush()
        session.add(Coordinator(department_id=unit.id, name="李专员"))
    words = ("--role", "department", "--department", "住建委", "--generate")
    assert run("create-user", "zhujian", "--name", "李专员", *words).exit_code == 0
    with db.reading() as session:
        assert find_user(session, "zhujian").coordinator_id is not None
    assert isinstance(run("create-user", "again", "--name", "李专员", *words).exception, Conflict)
    assert isinstance(run("create-user", "other", "--name", "没有的人", *words).exception, NotFound)
    bare = run("create-user", "bare", "--role", "department", "--name", "李专员", "--generate")
    assert isinstance(bare.exception, AppError)


def test_an_account_is_unlocked_from_the_command_line(db):
    run("create-user", "clerk", "--role", "hub", "--name", "值班员", "--generate")
    now = real_now()
    with db.transaction() as session:
        for _ in range(6):
            lockout.count_attempt(session, username="clerk", address="198.51.100.4", now=now)
        assert lockout.locked_until(session, "clerk", now)
    assert run("unlock", "clerk").exit_code == 0
    with db.reading() as session:
        assert lockout.locked_until(session, "clerk", now) is None
    assert ("user.unlock", "user:clerk", "cli") in audited(db)
    assert isinstance(run("unlock", "nobody").exception, NotFound)
