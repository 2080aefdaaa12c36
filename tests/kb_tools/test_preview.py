"""`kb preview`: the page follows the file, shows bubble and phone page, and says faults as the compiler does."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.cli.kb_preview import resolve
from app.cli.preview.server import preview_app
from app.cli.preview.views import Bench
from app.db import Database
from app.districts.loader import load_profile
from app.errors import AppError

KB = Path(__file__).parents[2] / "kb"
ENTRY = "registration/company-setup"


@pytest.fixture
def kb(tmp_path: Path) -> Path:
    folder = tmp_path / "kb"
    folder.mkdir()
    shutil.copytree(KB / "registration", folder / "registration")
    shutil.copy(KB / "categories.toml", folder)
    return folder


@pytest.fixture
def client(kb: Path, tmp_path: Path) -> Iterator[TestClient]:
    bench = Bench(
        kb, tmp_path / "local", load_profile("ninghe"), "http://127.0.0.1:8000", today=date(2026, 11, 20)
    )
    db = Database("sqlite://")
    yield TestClient(preview_app(bench, db, first=ENTRY))
    db.close()


def test_the_bubble_and_the_phone_page_stand_side_by_side(client: TestClient) -> None:
    page = client.get("/").text
    assert 'class="bubble">怎么注册一家有限责任公司' in page
    assert f'src="/h/{ENTRY}"' in page
    assert "工作人员看到的" in page
    phone = client.get(f"/h/{ENTRY}")
    assert "备齐一项勾一项" in phone.text
    assert "内部提示" not in phone.text
    assert phone.headers["x-frame-options"] == "SAMEORIGIN"


def test_a_save_is_seen_and_its_fault_named_with_file_and_line(client: TestClient, kb: Path) -> None:
    before = client.get("/version").json()["version"]
    file = kb / f"{ENTRY}.md"
    lines = file.read_text("utf-8").split("\n")
    number = next(n for n, line in enumerate(lines, start=1) if line.startswith("## 办理条件"))
    lines.insert(number, "<script>alert(1)</script>")
    file.write_text("\n".join(lines), "utf-8")
    assert client.get("/version").json()["version"] != before
    page = client.get(f"/entry/{ENTRY}").text
    assert f"{ENTRY}.md:{number + 1}: 不能用 HTML" in page
    assert "<script>alert" not in page
    assert "<script>alert" not in client.get(f"/h/{ENTRY}").text


def test_a_file_that_cannot_be_read_keeps_the_page_alive(client: TestClient, kb: Path) -> None:
    (kb / f"{ENTRY}.md").write_bytes("---\ntitle: 公司\n---\n".encode("gbk"))
    page = client.get(f"/entry/{ENTRY}")
    assert page.status_code == 200
    assert "不是 UTF-8 编码" in page.text
    assert client.get(f"/h/{ENTRY}").status_code == 404


def test_only_this_machine_by_its_own_name(client: TestClient) -> None:
    """A name that another site points at 127.0.0.1 reads nothing."""
    assert client.get("/all", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("path", ["/entry/../../etc/passwd", "/entry/registration/none", "/static/views.py"])
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_what_to_preview(kb: Path, tmp_path: Path) -> None:
    folders = (tmp_path / "local", kb)
    assert resolve("", folders) == (None, "")
    assert resolve(ENTRY, folders) == (None, ENTRY)
    assert resolve(str(kb / f"{ENTRY}.md"), folders) == (None, ENTRY)
    elsewhere = tmp_path / "permit"
    elsewhere.mkdir()
    file = elsewhere / "food-truck.md"
    file.write_text("---\n---\n", "utf-8")
    assert resolve(str(file), folders) == (file, "permit/food-truck")
    for wrong in ("registration/none", "none.md"):
        with pytest.raises(AppError):
            resolve(wrong, folders)
