"""`qiying doctor`: every part is named, ok or with what to do, and what `serve` refuses it says, too."""

from pathlib import Path

import pytest

from app.cli import doctor
from app.cli.doctor import Finding

ROOT = Path(__file__).resolve().parents[2]
CREDENTIALS = {
    "QIYING_WECHAT_APP_ID": "wx0000000000000001",
    "QIYING_WECHAT_APP_SECRET": "x" * 32,
    "QIYING_WECHAT_TOKEN": "testtoken",
    "QIYING_WECHAT_ENCODING_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "QIYING_WECHAT_API_BASE_URL": "http://127.0.0.1:9",
}


def parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **values: str) -> dict[str, Finding]:
    """What it finds in an empty data dir."""
    monkeypatch.chdir(tmp_path)
    folders = {"QIYING_DATA_DIR": str(tmp_path), "QIYING_KB_DIR": str(ROOT / "kb")}
    for name, value in {**folders, **values}.items():
        monkeypatch.setenv(name, value)
    return {finding.part: finding for finding in doctor.examine()}


def test_every_part_is_named_where_the_platform_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Settings, database, index, calendar, platform, clock: a clock that could not be compared is not left out."""
    found = parts(monkeypatch, tmp_path, **CREDENTIALS)
    assert {"设置", "数据库", "手册索引", "工作日历", "微信接口", "时钟"} <= set(found)
    assert found["设置"].is_ok
    assert not found["时钟"].is_ok
    assert not found["微信接口"].is_ok


def test_a_demo_needs_no_credentials_and_no_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = parts(monkeypatch, tmp_path, QIYING_DEMO="1")
    assert found["设置"].is_ok
    assert found["微信接口"].is_ok
    assert found["时钟"].is_ok


def test_an_unreadable_setting_is_a_finding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A program that reads the findings gets one, not an empty output."""
    found = parts(monkeypatch, tmp_path, QIYING_NOW="yesterday")
    assert list(found) == ["设置"]
    assert "QIYING_NOW" in found["设置"].text


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("QIYING_WECHAT_TEMPLATES", '{"ticket_resolved": "x"}', "ticket_resolved"),
        ("QIYING_WECHAT_TEMPLATES", '{"ticket_resolvd": {"id": "x", "fields": {"thing1": "title"}}}', "是不是 ticket_resolved"),
        ("QIYING_TOTP_ROLES", "adminn", "adminn"),
    ],
)  # fmt: skip
def test_what_would_not_start_or_never_work_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, said: str
) -> None:
    found = parts(monkeypatch, tmp_path, **CREDENTIALS, **{name: value})
    assert not found["设置"].is_ok
    assert said in found["设置"].text
