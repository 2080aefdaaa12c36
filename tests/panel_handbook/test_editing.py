"""Editors without git, through the real pages: edit, faults at their field, four eyes, publish, undo, audit."""

import re
from collections.abc import Callable
from html import unescape

import pytest

from app.panel.handbook_form import worded
from handbook.proofing import Remark

ENTRY = "registration/company-setup"
PAGE = f"/admin/handbook/entry/{ENTRY}"


def draft_path(text: str) -> str:
    found = re.search(r"/admin/handbook/drafts/[0-9a-f-]+", text)
    assert found is not None, text[:300]
    return found[0]


def fields(page: str) -> dict[str, str]:
    """Every field of the edit form as a browser would send it back."""
    form = page[page.index('<form id="edit"') :]
    form = form[: form.index("</form>")]
    found = {
        name: unescape(value)
        for name, value in re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', form)
    }
    for name, body in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        found[name] = unescape(body).strip("\n")
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    found.pop("csrf_token")
    return found


def started(browser: object) -> str:
    status, text = browser.send(PAGE, f"{PAGE}/start")
    assert status == 303
    return draft_path(text)


def test_the_round_of_an_edit(world: object, login: Callable[[str], object]) -> None:
    """Edit, faults where they are, submit, the author may not publish, another does, the bot follows, undo."""
    zhang, li = login("zhang"), login("li")
    path = started(zhang)
    typed = fields(zhang.get(path))
    before = world.service.entry(ENTRY)
    bad = {**typed, "reviewed": "昨天", "title": "个体工商户怎么注册", "then": "submit"}
    _, text = zhang.send(path, f"{path}/save", **bad)
    assert "还没有提交" in text
    assert "复核日期 不是日期：昨天" in text
    assert 'id="reviewed" name="reviewed" type="text" value="昨天"' in text
    good = {**typed, "summary": "改成这一句。", "version": fields(text)["version"], "then": "submit"}
    _, text = zhang.send(path, f"{path}/save", **good)
    assert "已提交审核" in text
    assert "要请另一位编辑" in text
    version = re.search(r'name="version" value="(\d+)"', text)[1]
    status, text = zhang.send(path, f"{path}/do/publish", version=version)
    assert status == 403
    assert world.service.reload_if_changed() is False
    status, text = li.send(path, f"{path}/do/publish", version=version)
    assert status == 303
    assert "本区改过" in text
    assert world.service.reload_if_changed() is True
    assert world.service.entry(ENTRY).summary == "改成这一句。"
    status, text = li.send(PAGE, f"{PAGE}/restore", number="1")
    assert status == 303
    assert world.service.reload_if_changed() is True
    assert world.service.entry(ENTRY).fingerprint == before.fingerprint
    assert world.audited() == [
        ("zhang", "handbook.start", f"entry:{ENTRY}", True),
        ("zhang", "handbook.save", f"entry:{ENTRY}", True),
        ("zhang", "handbook.save", f"entry:{ENTRY}", True),
        ("zhang", "handbook.act", f"entry:{ENTRY}", False),
        ("li", "handbook.act", f"entry:{ENTRY}", True),
        ("li", "handbook.restore", f"entry:{ENTRY}", True),
    ]


def test_an_unchanged_form_changes_nothing(world: object, login: Callable[[str], object]) -> None:
    """The browser's round through the form keeps every word."""
    zhang = login("zhang")
    path = started(zhang)
    before = world.desk.draft(path.rsplit("/", 1)[1])
    zhang.send(path, f"{path}/save", **fields(zhang.get(path)))
    assert world.desk.draft(path.rsplit("/", 1)[1]) == before


def test_a_lost_race_keeps_what_was_typed(world: object, login: Callable[[str], object]) -> None:
    zhang, li = login("zhang"), login("li")
    path = started(zhang)
    typed = fields(zhang.get(path))
    li.send(path, f"{path}/save", **{**typed, "summary": "李改的。"})
    status, text = zhang.send(path, f"{path}/save", **{**typed, "summary": "张改的。"})
    assert status == 409
    assert "张改的。" in text
    assert "li编辑" in text


def test_typed_markup_is_shown_as_text(login: Callable[[str], object]) -> None:
    zhang = login("zhang")
    path = started(zhang)
    typed = fields(zhang.get(path))
    _, text = zhang.send(
        path, f"{path}/save", **{**typed, "title": '"><script>alert(1)</script>', "body_0": "</textarea><b>x"}
    )
    assert "<script>alert" not in text
    assert "</textarea><b>x" not in text


def test_a_new_entry_gets_a_name_from_its_title(login: Callable[[str], object]) -> None:
    zhang = login("zhang")
    status, text = zhang.send(
        "/admin/handbook/new", "/admin/handbook/new", title="餐车怎么办证", folder="service", slug=""
    )
    assert status == 303
    assert "service/can-che-zen-me-ban-zheng" in text
    assert "处要改" in text
    status, text = zhang.send(
        "/admin/handbook/new", "/admin/handbook/new", title="再来", folder="../x", slug=""
    )
    assert status == 400
    assert "请选择类目" in text


@pytest.mark.parametrize(
    ("username", "path", "status"),
    [
        ("auditor", "/admin/handbook", 200),
        ("auditor", "/admin/handbook/drafts", 200),
        ("auditor", "/admin/handbook/new", 403),
        ("auditor", "/admin/handbook/propose?ticket=20261120-0001", 403),
        ("zhang", "/admin/handbook/propose?ticket=20261120-0001", 403),
        ("hub", "/admin/handbook", 200),
        ("zhang", "/admin/handbook/entry/registration/nothing", 404),
        ("zhang", "/admin/handbook/drafts/20261120100000-00000000", 404),
    ],
)
def test_who_sees_what(login: Callable[[str], object], username: str, path: str, status: int) -> None:
    assert login(username).status(path) == status


def test_only_editors_write_and_only_with_the_forms_token(
    world: object, login: Callable[[str], object]
) -> None:
    zhang = login("zhang")
    path = started(zhang)
    for username in ("hub", "auditor"):
        status, _ = login(username).send(path, f"{path}/save", title="x", version="1")
        assert status == 403
    answer = zhang.client.post(f"{path}/save", data={"title": "x", "version": "1"})
    assert answer.status_code == 403
    assert world.desk.shelf.sheet(path.rsplit("/", 1)[1]).version == 1


def test_the_list_is_filtered(login: Callable[[str], object]) -> None:
    zhang = login("zhang")
    started(zhang)
    assert ENTRY in zhang.get("/admin/handbook?show=draft")
    assert "registration/branch-setup" not in zhang.get("/admin/handbook?show=draft")
    assert "没有符合条件" in zhang.get("/admin/handbook?folder=service")
    assert "没有符合条件" in zhang.get("/admin/handbook?q=没有这种事")
    assert "没有符合条件" in zhang.get("/admin/handbook?show=stale")


def test_remarks_name_the_field_as_the_form_does() -> None:
    assert worded(Remark("whole", "缺少字段 approved", "照 kb/_template.md 补上")) == "还没填：审核部门和日期"
    assert "registration/x" in worded(Remark("related", "相关条目不存在：registration/x", ""))
