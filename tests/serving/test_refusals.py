"""`qiying serve` refuses what would hurt, in one Chinese sentence and with exit code 1, never a traceback."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from app import keyvalue, tables
from app.cli.faults import sentence_of
from app.cli.run import demo_data_dir, has_chosen_folder
from app.db import Database
from app.demo.seed import DISTRICT, MARK
from app.demo.separation import mixing_faults
from app.directory.models import Officer
from app.errors import ConfigurationError
from app.integrity import examine
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def a_database(folder: Path) -> Database:
    db = Database(f"sqlite:///{folder}/qiying.db")
    tables.metadata.create_all(db.write_engine)
    return db


def refusal(tmp_path: Path, *command: str, **settings: str) -> str:
    """What is said on refusing; asserts exit code 1 and no traceback."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QIYING_")}
    environment = {**kept, "QIYING_DATA_DIR": str(tmp_path), "QIYING_KB_DIR": str(ROOT / "kb"), **settings}
    done = subprocess.run(
        [sys.executable, "-c", "from app.cli.entry import run; run()", *command],
        cwd=tmp_path, env={**environment, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("name", ["QIYING_RETENTION", "QIYING_WECHAT_TEMPLATES", "QIYING_NOW"])
def test_an_empty_value_is_an_unset_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """As a line `NAME=` of a copied `.env` has it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, "")
    settings = Settings.load()
    assert (settings.retention, settings.wechat_templates, settings.now) == ({}, {}, None)


def test_every_empty_value_is_an_unset_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty data dir would be the folder that the command is typed in."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.setenv(f"QIYING_{name.upper()}", "")
    (tmp_path / ".env").write_text("QIYING_WECHAT_APP_ID=wx1")
    assert Settings.load() == Settings.model_construct()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QIYING_DATABASE_URL", "postgresql+psycopg://u:p#x@/db?host=/run/postgresql"),
        ("QIYING_TRUSTED_PROXIES", "10.0.0.0/24, ::1"),
        ("QIYING_TRUSTED_PROXIES", "*"),
        ("QIYING_ALLOWED_HOSTS", "a.example.cn, localhost,[::1]"),
    ],
)
def test_a_usual_value_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, value)
    assert getattr(Settings.load(), name.removeprefix("QIYING_").lower()) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QIYING_WECHAT_TEMPLATES", "{bad"),
        ("QIYING_RETENTION", "{bad"),
        ("QIYING_NOW", "yesterday"),
        ("QIYING_DEMO", "maybe"),
        ("QIYING_PUBLIC_URL", "foo"),
        ("QIYING_WECHAT_API_BASE_URL", "api.weixin.qq.com"),
        ("QIYING_DATABASE_URL", "mysql://user:geheim@host/db"),
        ("QIYING_DATABASE_URL", "postgresql+psycopg://user:geheim@:::"),
        ("QIYING_DATABASE_URL", "sqlite://"),
        ("QIYING_PASSWORD_DAYS", "-1"),
        ("QIYING_MESSAGES_PER_MINUTE", "-5"),
        ("QIYING_API_REQUESTS_PER_MINUTE", "viele"),
        ("QIYING_TRUSTED_PROXIES", "127.0.0.1,proxy.example"),
        ("QIYING_ALLOWED_HOSTS", "https://qiying.example.cn"),
        ("QIYING_KB_LOCAL_DIR", __file__),
    ],
)
def test_a_value_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    """Named, in Chinese, and without repeating what may be a secret."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        Settings.load()
    assert name in caught.value.message
    assert "geheim" not in caught.value.message
    assert "Input should" not in caught.value.message


def test_an_env_file_saved_by_a_windows_editor_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A byte order mark must not hide the first setting."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes("\ufeffQIYING_DISTRICT=beichen\r\n".encode())
    assert Settings.load().district == "beichen"


def test_an_env_file_in_another_encoding_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes("QIYING_DISTRICT=宁河".encode("gb18030"))
    with pytest.raises(ConfigurationError, match="UTF-8"):
        Settings.load()


def test_a_demo_keeps_off_a_districts_own_database(tmp_path: Path) -> None:
    """It would add made-up people and known passwords to real records."""
    settings = Settings(demo=True, data_dir=tmp_path)
    assert mixing_faults(settings) == []
    db = a_database(tmp_path)
    assert mixing_faults(settings) == []
    with db.transaction() as session:
        session.add(Officer(staff_no="N001", name="王服务"))
    assert "演示不能用它" in mixing_faults(settings)[0]


def test_production_keeps_off_a_demo_database(tmp_path: Path) -> None:
    """Made-up tickets would be pushed to real phones; a test against a loopback platform may."""
    db = a_database(tmp_path)
    with db.transaction() as session:
        keyvalue.write(session, MARK, "2026-11-20")
    assert "正式服务不能用它" in mixing_faults(Settings(data_dir=tmp_path))[0]
    assert mixing_faults(Settings(data_dir=tmp_path, wechat_api_base_url="http://127.0.0.1:1")) == []
    assert mixing_faults(Settings(data_dir=tmp_path, demo=True)) == []


def test_the_demo_of_another_district_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    """Its officers and areas would be another district's under this one's name; by default each has a folder."""
    db = a_database(tmp_path)
    with db.transaction() as session:
        keyvalue.write(session, MARK, "2026-11-20")
        keyvalue.write(session, DISTRICT, "binhai")
    db.close()
    assert mixing_faults(Settings(data_dir=tmp_path, demo=True, district="binhai")) == []
    (fault,) = mixing_faults(Settings(data_dir=tmp_path, demo=True, district="ninghe"))
    assert "另一个区（binhai）的演示" in fault
    folders = [demo_data_dir(district) for district in ("ninghe", "binhai", "/etc/qiying/shifan.toml")]
    assert folders == ["demo-data", "demo-data-binhai", "demo-data-shifan"]


@pytest.mark.parametrize(
    ("environment", "file", "is_chosen"),
    [("", "./data", False), ("", "/srv/x", True), ("./data", "", True), ("", "", False)],
)
def test_the_demo_keeps_out_of_the_usual_folder_but_goes_where_it_is_sent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: str, file: str, is_chosen: bool
) -> None:
    """Every QIYING_* variable is honoured, in `.env`, too; `./data` there is what `.env.example` comes with."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QIYING_DATA_DIR", environment)
    (tmp_path / ".env").write_text(f"QIYING_DATA_DIR={file}\n")
    if not environment:
        monkeypatch.delenv("QIYING_DATA_DIR")
    assert has_chosen_folder(Settings.load()) is is_chosen


def test_a_taken_port_is_said_before_anything_is_opened(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refusal(tmp_path, "serve", "--port", str(port), QIYING_DEMO="1")
    assert str(port) in said
    assert not (tmp_path / "qiying.db").exists()


def test_a_data_dir_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    assert "/proc/x" in refusal(tmp_path, "db", "upgrade", QIYING_DATA_DIR="/proc/x")


def test_a_database_that_cannot_be_written_or_opened_is_no_traceback(tmp_path: Path) -> None:
    """A folder that root made, or none yet: the sentence says whose fault it is."""
    a_database(tmp_path).close()
    read_only = create_engine(f"sqlite:///file:{tmp_path}/qiying.db?mode=ro&uri=true")
    with read_only.connect() as connection, pytest.raises(OperationalError) as refused:
        connection.execute(text("DELETE FROM officer"))
    assert "属主和权限" in sentence_of(refused.value)
    with pytest.raises(OperationalError) as refused:
        create_engine(f"sqlite:///{tmp_path}/none/qiying.db").connect()
    assert "qiying db upgrade" in sentence_of(refused.value)


def test_a_missing_database_is_not_called_unreachable(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/none.db")
    assert "qiying db upgrade" in examine(database)[0]
