"""A new district from an empty database, in production mode: accounts, rosters on screen, a code, the first question.

Administrators only keep accounts where duties are separate (GB/T 22239), so the first thing made is the hub's login.
"""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from stdnum.cn import uscc

from app.demo.platform.phone import Phone
from app.demo.platform.stand_in import StandIn

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
CLI = [sys.executable, "-c", "from app.cli.entry import run; run()"]
OWN = "haihe-qiaotou-wandian-36"
CODE = "91120221MA0000777"
ENTERPRISE = CODE + uscc.calc_check_digit(CODE)
ROSTERS = {
    "片区名册": "编码,名称,类型\nSF01,示范街道,一级片区\n",
    "部门和协调专员名册": "部门,协调专员,办公电话\n住建委,吴示例,022-00000200\n",
    "服务人员名册": "工号,姓名,片区,公开电话\nSF001,郑测试,示范街道,022-00000201\n",
    "企业名单": f"统一社会信用代码,名称,类型,片区,联系人\n{ENTERPRISE},示范区测试1号机械有限公司,企业,示范街道,冯测试\n",
}  # fmt: skip
WORDS = "厂门口修路半个月了货车进不来 快耽误交货了"


@dataclass(frozen=True)
class Office:
    """A server on an empty data folder, before the platform's stand-in."""

    url: str
    platform: StandIn
    environment: dict[str, str]

    def command(self, *arguments: str) -> str:
        done = subprocess.run(
            [*CLI, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    platform = StandIn()
    platform.start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, account = f"http://127.0.0.1:{port}", platform.account
    account.callback_url = f"{url}/wechat"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("QIYING_")} | {
        "QIYING_DATA_DIR": str(tmp_path / "data"),
        "QIYING_SECRET_KEY": "k" * 48,
        "QIYING_PUBLIC_URL": url,
        "QIYING_WECHAT_APP_ID": account.app_id,
        "QIYING_WECHAT_APP_SECRET": account.secret,
        "QIYING_WECHAT_TOKEN": account.token,
        "QIYING_WECHAT_ENCODING_AES_KEY": account.aes_key,
        "QIYING_WECHAT_ORIGINAL_ID": account.original_id,
        "QIYING_WECHAT_API_BASE_URL": platform.base_url,
    }
    with (tmp_path / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [*CLI, "serve", "--port", str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            wait_until_open(port, process, tmp_path / "serve.log")
            yield Office(url, platform, environment)
        finally:
            process.terminate()
            process.wait(timeout=30)
            platform.stop()


def wait_until_open(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}")


def log_in(page: Page, username: str, password: str) -> None:
    page.goto("/admin/login")
    page.get_by_label("账号").fill(username)
    page.get_by_label("口令").fill(password)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("登录管理后台")


def open_the_hub(visitors, office: Office) -> Page:
    """The command line makes one administrator; he makes the hub's account; its owner replaces the password."""
    said = office.command(
        "admin", "create-user", "chief", "--role", "admin", "--name", "管理员测试", "--generate"
    )
    admin = visitors.enter(office.url)
    log_in(admin, "chief", re.search(r"[A-Za-z0-9-]{16,}", said)[0])
    admin.goto("/admin/users")
    new = admin.get_by_role("region", name="新建账号")
    new.get_by_label("账号").fill("desk")
    new.get_by_label("姓名").fill("中枢测试")
    new.get_by_label("角色").select_option(label="运行中枢")
    new.get_by_role("button", name="新建").click()
    first = admin.locator(".big-code").inner_text()
    hub = visitors.enter(office.url)
    log_in(hub, "desk", first)
    hub.get_by_label("现在的口令").fill(first)
    hub.get_by_label("新口令", exact=True).fill(OWN)
    hub.get_by_label("新口令再输一次").fill(OWN)
    hub.get_by_role("button", name="改口令").click()
    hub.goto("/admin")
    expect(hub.get_by_role("heading", level=1)).to_have_text("首页")
    return hub


def import_rosters(page: Page) -> None:
    for name, text in ROSTERS.items():
        page.goto("/admin/imports")
        page.get_by_label("哪一种名册").select_option(label=name)
        file = {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": text.encode("utf-8-sig")}
        page.get_by_label("文件").set_input_files(file)
        page.get_by_role("button", name="看差异").click()
        expect(page.get_by_role("region", name="未采用的行")).to_contain_text("每一行都能用")
        page.get_by_role("button", name="按上面的差异写入").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{name}已写入")
        expect(page.get_by_role("region", name="写入了什么")).to_contain_text("新增")


def officer_joins(page: Page, phone: Phone) -> None:
    """A code from the roster page, sent in the chat."""
    page.goto("/admin/officers")
    page.get_by_role("link", name="郑测试").first.click()
    page.get_by_role("button", name="发绑定口令").click()
    code = page.locator(".big-code").inner_text()
    phone.follow()
    phone.send_text(f"绑定工号 {code}")
    page.goto("/admin/officers")
    expect(page.locator("tbody tr", has_text="郑测试")).to_contain_text("已绑定")


def ask(phone: Phone) -> str:
    """The enterprise's first question, which the handbook does not know; the ticket's number."""
    phone.follow()
    phone.send_text("绑定 示范区测试1号机械有限公司")
    phone.send_text("1")
    phone.send_text("冯女士 13900000777")
    phone.send_text(WORDS)
    if "都不是" in phone.texts[-1]:
        phone.send_text("都不是")
    return re.search(r"单号 (\d{8}-\d{4})", "\n".join(phone.texts))[1]


def test_from_an_empty_database_to_the_first_ticket(visitors, office) -> None:
    hub = open_the_hub(visitors, office)
    expect(hub.get_by_role("heading", name="眼下要紧的")).to_be_visible()
    import_rosters(hub)
    hub.goto(f"/admin/enterprises/{ENTERPRISE}")
    expect(hub.get_by_role("region", name=re.compile("服务"))).to_contain_text("郑测试")
    officer, enterprise = office.platform.user("oNewOfficer"), office.platform.user("oNewEnterprise")
    officer_joins(hub, officer)
    number = ask(enterprise)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and number[-4:] not in "\n".join(officer.texts):
        time.sleep(0.2)
    assert number[-4:] in "\n".join(officer.texts)
    hub.goto(f"/admin/tickets/{number}")
    expect(hub.locator("main")).to_contain_text("郑测试")
    expect(hub.locator("main")).to_contain_text("示范区测试1号机械有限公司")
