"""`qiying setup` in a folder of its own, against the stand-in platform over real HTTP."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.main import app
from app.demo.platform.stand_in import StandIn

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def platform() -> Iterator[StandIn]:
    """One service account whose callback nobody serves."""
    stand_in = StandIn()
    stand_in.start()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: StandIn) -> Path:
    """An installation's working folder; only where data, handbook and platform are is set outside `.env`."""
    for name in [name for name in os.environ if name.startswith("QIYING_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QIYING_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("QIYING_KB_DIR", str(ROOT / "kb"))
    monkeypatch.setenv("QIYING_WECHAT_API_BASE_URL", platform.base_url)
    return tmp_path


@pytest.fixture
def answers(folder: Path, platform: StandIn) -> Path:
    """A whole answers file for the stand-in's account."""
    account = platform.account
    file = folder / "answers.toml"
    file.write_text(
        'district = "beichen"\npublic_url = "http://127.0.0.1:9"\n'
        f'[wechat]\napp_id = "{account.app_id}"\napp_secret = "{account.secret}"\n'
        f'token = "{account.token}"\nencoding_aes_key = "{account.aes_key}"\n'
        '[admin]\nusername = "ceshi01"\nname = "测试管理员"\n'
    )
    return file


@pytest.fixture
def run() -> Callable[..., Result]:
    """The command with these arguments and what a person types."""
    return lambda *arguments, typed=None: CliRunner().invoke(app, ["setup", *arguments], input=typed)
