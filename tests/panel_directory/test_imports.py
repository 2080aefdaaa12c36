"""Rosters on screen (A4): nothing is written before the button, exactly what was seen is written, and it can be undone."""

import csv
import io
import re

import openpyxl
import pytest
from sqlmodel import col, func, select

from app.directory.models import DirectoryChange, Enterprise
from app.panel.models import Upload

HEADERS = ["统一社会信用代码", "名称", "类型", "片区", "经营状态", "联系电话"]


def as_csv(*rows):
    text = io.StringIO()
    csv.writer(text).writerows([HEADERS, *rows])
    return text.getvalue().encode()


def row_of(one, **changed):
    values = {
        "area": one.area_code,
        "status": one.status,
        "phone": one.contact_phone,
        "name": one.name,
    } | changed
    return [one.credit_code, values["name"], one.kind, values["area"], values["status"], values["phone"]]


def upload(hub, content, name="十一月.csv", roster="enterprises", **fields):
    response = hub.send_file("/admin/imports", name, content, roster=roster, **fields)
    return response.headers["location"]


def seal_in(page):
    return re.search(r'name="seal" value="(\w+)"', page)[1]


def apply(hub, path, status=303, **fields):
    number = path.rsplit("/", 1)[1]
    return hub.post(f"{path}/apply", status, upload_id=number, **fields)


@pytest.fixture
def mixed(office):
    """Changed, moved, gone, unchanged, new and refused rows in one file."""
    return as_csv(
        row_of(office.enterprise(1), phone="13900009999"),
        row_of(office.enterprise(12), area="NH01"),
        row_of(office.enterprise(5), status="注销"),
        row_of(office.enterprise(10)),
        ["91120221MA0000001G", "宁河区测试900号新店有限公司", "企业", "NH01", "正常", ""],
        ["12345", "=HYPERLINK(0)", "企业", "NH01", "正常", ""],
    )  # fmt: skip


def test_the_difference_is_shown_and_nothing_is_written(office, mixed):
    hub = office.user("hub")
    page = hub.page(upload(hub, mixed))
    for words in ("新增", "变更", "迁移", "注销或不再列入", "未采用", "芦台街道", "像是公式"):
        assert words in page
    assert "13900009999" not in page and "139****9999" in page
    with office.db.reading() as session:
        assert session.exec(select(func.count()).select_from(DirectoryChange)).one() == 0
    (row,) = office.audited("roster.check")
    assert row.detail["file"] == "十一月.csv"


@pytest.mark.usefixtures("unhurried")
def test_the_button_writes_what_was_seen_and_undo_takes_it_back(office, mixed):
    hub = office.user("hub")
    path = upload(hub, mixed)
    apply(hub, path, seal=seal_in(hub.page(path)))
    done = hub.page(path)
    assert "新增 1" in done and "未采用 1" in done
    assert office.enterprise(5).status == "注销" and office.enterprise(900).credit_code
    with office.db.reading() as session:
        assert session.exec(select(Upload.content)).one() == b""
    rejected = hub.get(f"{path}/rejected")
    (sheet,) = openpyxl.load_workbook(io.BytesIO(rejected.content)).worksheets
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value]
    assert "=HYPERLINK(0)" in [cell.value for cell in cells]
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}
    ledger = hub.page("/admin/changes?month=2026-11")
    assert "测试900号" in ledger and "注销" in ledger
    form = hub.page("/admin/imports")
    number = re.search(r'name="run" value="(\d+)"', form)[1]
    hub.post("/admin/imports/undo", run=number)
    assert office.enterprise(5).status == "正常"
    assert "撤销" in hub.page("/admin/imports")
    assert [row.succeeded for row in office.audited("roster.undo")] == [True]
    hub.post("/admin/imports/undo", status=404, run=number)


def test_what_changed_since_it_was_seen_is_not_written(office, mixed):
    """Somebody edits an enterprise between the look and the button: the clerk sees the new difference first."""
    hub = office.user("hub")
    path = upload(hub, mixed)
    seal = seal_in(hub.page(path))

    def touch(session):
        row = session.get(Enterprise, office.enterprise(1).id)
        row.contact_phone = "13911112222"
        session.add(row)

    office.change(touch)
    assert "看过差异之后" in apply(hub, path, 409, seal=seal).text
    assert office.enterprise(5).status == "正常"
    apply(hub, path, seal=seal_in(hub.page(path)))
    apply(hub, path, 409, seal=seal)


def test_too_many_gone_needs_a_tick(office):
    """A full list of one row would deregister everybody: refused unless somebody says that it is meant."""
    hub = office.user("hub")
    path = upload(hub, as_csv(row_of(office.enterprise(10))), full="yes")
    page = hub.page(path)
    assert "超过现有" in page and "5%" in page
    assert "勾选确认" in apply(hub, path, 422, seal=seal_in(page)).text
    assert office.enterprise(1).status == "正常"
    apply(hub, path, seal=seal_in(page), sure="yes")
    assert office.enterprise(1).status == "注销"


def test_another_clerks_file_is_nobody_elses(office, mixed):
    hub, admin = office.user("hub"), office.user("admin")
    path = upload(hub, mixed)
    admin.page(path, status=404)
    admin.page(f"{path}/rejected", status=404)
    apply(admin, path, 404, seal=seal_in(hub.page(path)))
    for username in ("leader", "auditor", "editor"):
        office.user(username).page("/admin/imports", status=403)


def test_bad_files_say_what_to_do(office):
    hub = office.user("hub")
    for name, content, words in (
        ("空.csv", b"\n", "是空的"),
        ("坏.xlsx", b"not a workbook", "不是 XLSX 文件"),
        ("缺.csv", "统一社会信用代码,类型\n1,企业\n".encode(), "缺少列：名称"),
        ("图.csv", b"\x00\x01\x02", "不是文本文件"),
    ):
        fields = {"roster": "enterprises"}
        assert words in hub.send_file("/admin/imports", name, content, 422, **fields).text
    assert "请选择" in hub.send_file("/admin/imports", "x.csv", b"a,b\n", 422, roster="nonsense").text
    with office.db.reading() as session:
        assert session.exec(select(Upload)).all() == [], "no file that cannot be used waits to be written"


def test_refused_rows_can_be_mended_and_sent_again(office):
    """Digits alone and zeros in front come through a spreadsheet as they were."""
    hub = office.user("hub")
    headers = "工号,姓名,手机,片区,公开电话"
    content = f"{headers}\n00124,测试零一,12x,NH01,022-00010002\n".encode()
    path = upload(hub, content, roster="officers")
    sent_back = hub.get(f"{path}/rejected")
    book = openpyxl.load_workbook(io.BytesIO(sent_back.content))
    assert [cell.value for cell in book.active[2]][:2] == ["2", "00124"]
    book.active["D2"] = "13800000041"
    mended = io.BytesIO()
    book.save(mended)
    page = hub.page(upload(hub, mended.getvalue(), "未采用.xlsx", roster="officers"))
    assert "00124" in page and "每一行都能用" in page


def test_other_rosters_come_as_workbooks(office):
    book = openpyxl.Workbook()
    book.active.append(["编码", "名称", "上级编码", "类型"])
    book.active.append(["NH01-9", "芦台街道<b>新</b>网格", "NH01", "网格"])
    data = io.BytesIO()
    book.save(data)
    hub = office.user("hub")
    response = hub.send_file("/admin/imports", "片区.xlsx", data.getvalue(), roster="areas")
    path = response.headers["location"]
    page = hub.page(path)
    assert "<b>新</b>" not in page
    apply(hub, path, seal=seal_in(page))
    assert "芦台街道&lt;b&gt;新" in hub.page("/admin/areas")
    with office.db.reading() as session:
        assert session.exec(select(func.count(col(DirectoryChange.id)))).one() == 1
