"""`qiying setup`: repeatable, scriptable, every step skippable, and no secret on the screen."""

import os
import re
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import select
from typer.testing import Result

from app.audit import AuditRow
from app.cli.setup_checks import try_callback
from app.clock import real_now
from app.db import Database
from app.demo.platform.stand_in import StandIn
from app.directory.models import Area
from app.panel.models import User
from app.panel.passwords import Passwords
from app.settings import Settings
from app.wechat.crypto import Credentials, Gatekeeper, Refused

Run = Callable[..., Result]


def database(folder: Path) -> Database:
    return Database(f"sqlite:///{folder}/data/qiying.db")


def users(folder: Path) -> list[User]:
    db = database(folder)
    with db.reading() as session:
        found = list(session.exec(select(User)).all())
    db.close()
    return found


def test_a_whole_run_from_a_file_and_a_repeat(
    folder: Path, answers: Path, platform: StandIn, run: Run
) -> None:
    """One run leaves settings, schema, an administrator, both menus and a backup; a second one changes nothing."""
    (folder / "areas.csv").write_text("编码,名称,类型\nCS1,测试街道,一级片区\n")
    answers.write_text(answers.read_text() + '[imports]\nareas = "areas.csv"\napply = true\n')
    first = run("--answers", str(answers), "--non-interactive")
    assert isinstance(first.exception, SystemExit), first.exception
    assert first.exit_code == 1, "nothing serves yet, so the callback cannot be reached"
    undone = [line for line in first.output.splitlines() if line.startswith("  ✗")]
    assert undone == ["  ✗ 连不上：服务还没启动，或域名没有指到这台服务器"], first.output
    assert platform.account.secret not in first.output
    assert platform.account.aes_key not in first.output
    env = folder / ".env"
    assert "QIYING_DISTRICT=beichen\n" in env.read_text()
    assert env.stat().st_mode & 0o777 == 0o600
    password = re.search(r"要换）：(\S+)", first.output)
    [user] = users(folder)
    assert password is not None
    assert Passwords().matches(user.password_hash, password[1])
    assert (user.username, user.role, user.must_change_password) == ("ceshi01", "admin", True)
    assert platform.world.default_menu is not None
    assert len(list((folder / "data/backups").glob("*.backup"))) == 1
    db = database(folder)
    with db.reading() as session:
        assert session.get(Area, "CS1") is not None
        assert [row.action for row in session.exec(select(AuditRow)) if row.action == "user.create"]
    db.close()
    before = env.read_text()
    second = run("--answers", str(answers), "--non-interactive")
    assert "已有管理员 ceshi01，没有改动" in second.output
    assert "没有变化" in second.output
    assert env.read_text() == before
    assert len(users(folder)) == 1


def test_without_a_person_every_missing_answer_is_named_and_nothing_is_done(folder: Path, run: Run) -> None:
    done = run("--non-interactive")
    assert done.exit_code == 1
    for name in (
        "public_url",
        "wechat.app_id",
        "wechat.app_secret",
        "wechat.token",
        "wechat.encoding_aes_key",
    ):
        assert f"缺少 {name}" in str(done.exception)
    assert not (folder / ".env").exists()
    assert not (folder / "data").exists()


def test_without_a_person_a_missing_administrator_is_named_before_anything_is_done(
    folder: Path, answers: Path, run: Run
) -> None:
    answers.write_text(answers.read_text().split("[admin]")[0])
    done = run("--answers", str(answers), "--non-interactive")
    assert "缺少 admin.username" in str(done.exception)
    assert not (folder / "data/qiying.db").exists()


def test_a_bad_or_unknown_answer_is_named_without_its_value(folder: Path, answers: Path, run: Run) -> None:
    good = answers.read_text()
    answers.write_text(good.replace('encoding_aes_key = "', 'encoding_aes_key = "geheim'))
    done = run("--answers", str(answers), "--non-interactive")
    assert "wechat.encoding_aes_key" in str(done.exception)
    assert "geheim" not in str(done.exception) + done.output
    answers.write_text("distrikt = 1\n" + good)
    assert "distrikt" in str(run("--answers", str(answers)).exception)


def test_every_step_can_be_skipped_and_says_how_to_do_it_later(
    folder: Path, answers: Path, platform: StandIn, run: Run
) -> None:
    keys = ("database", "admin", "token", "callback", "imports", "menu", "backup")
    answers.write_text(f"skip = {list(keys)}\n" + answers.read_text())
    done = run("--answers", str(answers), "--non-interactive")
    assert done.exit_code == 0, done.output
    assert done.output.count("跳过；以后：") == len(keys)
    assert not (folder / "data/qiying.db").exists()
    assert not platform.record.calls_to("/cgi-bin/stable_token")


def test_a_refused_token_is_explained(folder: Path, answers: Path, platform: StandIn, run: Run) -> None:
    """40164 is what everybody meets first: the server's address is not listed."""
    platform.account.is_ip_listed = False
    answers.write_text('skip = ["callback", "menu", "backup"]\n' + answers.read_text())
    done = run("--answers", str(answers), "--non-interactive")
    assert done.exit_code == 1
    assert "IP 白名单" in done.output
    platform.account.is_ip_listed = True
    assert run("--answers", str(answers), "--non-interactive").exit_code == 0


def test_a_person_is_asked_again_until_it_fits_and_secrets_are_not_shown(
    folder: Path, platform: StandIn, run: Run
) -> None:
    account = platform.account
    typed = [
        "nirgends", "tpftz", "qy.example", "https://qy.example", "y", account.app_id, "kurz", account.secret,
        account.token, account.aes_key, "", "n", "n", "n", "n", "n", "n", "n",
    ]  # fmt: skip
    done = run(typed="\n".join(typed) + "\n")
    assert done.exit_code == 0, done.output
    assert account.secret not in done.output
    assert account.token not in done.output
    env = (folder / ".env").read_text()
    assert "QIYING_DISTRICT=tpftz\n" in env
    assert f"QIYING_WECHAT_APP_SECRET={account.secret}\n" in env
    # Again: Enter keeps every value.
    again = run(typed="\n" * 3 + "\n" * 5 + "n\n" * 7)
    assert again.exit_code == 0, again.output
    assert account.secret not in again.output
    assert account.aes_key not in again.output
    assert (folder / ".env").read_text() == env


def test_a_demo_is_refused(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QIYING_DEMO", "1")
    assert "演示不需要" in str(run().exception)


def test_root_does_not_take_a_service_accounts_data_away(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What root writes there, the service could not write any more."""
    (folder / "data").mkdir()
    if os.geteuid() == 0:
        os.chown(folder / "data", 65534, 65534)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "请用 sudo -u" in str(run().exception)


def test_the_callback_is_tried_as_the_console_does(platform: StandIn) -> None:
    """Against the real gatekeeper: the right Token is echoed, another one is explained, nobody there too."""
    account = platform.account
    token = account.token

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            keeper = Gatekeeper(Credentials.from_settings(settings(token)), now=real_now)
            try:
                body, status = keeper.echo(query).encode(), 200
            except Refused as refusal:
                body, status = b"refused", refusal.status_code
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    def settings(own_token: str, port: int = 9) -> Settings:
        return Settings(
            _env_file=None,
            public_url=f"http://127.0.0.1:{port}/",
            wechat_app_id=account.app_id,
            wechat_app_secret=account.secret,
            wechat_token=own_token,
            wechat_encoding_aes_key=account.aes_key,
        )

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    port = server.server_address[1]
    try:
        assert try_callback(settings(token, port)) == ""
        assert "Token" in try_callback(settings("another1", port))
    finally:
        server.shutdown()
        server.server_close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert "连不上" in try_callback(settings(token, free.getsockname()[1]))
