"""The audit trail in words that an auditor reads: acts, objects, details (E3, reliability §4.2 case 14)."""

import ast
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from app.panel import audit_words
from app.panel.access import access_of
from app.panel.audit_words import ACTIONS, KEYS, as_text, object_name
from app.panel.router import panel_router

APP = Path(audit_words.__file__).parents[1]


def test_every_form_of_the_panel_has_a_name_in_the_trail(office):
    routes = [route for route in panel_router(office.deps).routes if isinstance(route, APIRoute)]
    acts = {access.action for route in routes if (access := access_of(route)) and access.action}
    assert len(acts) > 50 and acts - set(ACTIONS) == set()


def test_every_detail_that_is_written_has_a_name():
    """Of the details that the source spells out; the others come from fields that are named alike."""
    written = {key for path in APP.rglob("*.py") for key in _details(ast.parse(path.read_text()))}
    assert len(written) > 40 and written - set(KEYS) == set()


def _details(tree: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(tree):
        is_assigned = isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Attribute) and target.attr == "detail" for target in node.targets
        )
        is_passed = isinstance(node, ast.keyword) and node.arg == "detail"
        if (is_assigned or is_passed) and isinstance(node.value, ast.Dict):
            found += [str(key.value) for key in node.value.keys if isinstance(key, ast.Constant)]
    return found


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ({"action": "hand_off"}, "动作 转出"),
        ({"before": {"status": "pending", "department": ""}, "after": {"status": "working", "department": ""}},
         "改前 状态=待接单；改后 状态=办理中"),
        ({"before": {"area": "NH01"}, "after": {"area": ""}}, "改前 片区=NH01；改后 片区=—"),
        ({"action": "hand_off", "before": {"status": "pending"}, "after": {"status": "pending"}}, "动作 转出"),
        ({"before": {}, "after": {"name": "王测试", "area": ""}}, "改前 姓名=—；改后 姓名=王测试"),
        ({"scopes": ["a", "b"]}, "权限 a、b"),
        ({}, ""),
    ],
)  # fmt: skip
def test_details_read_as_a_line(detail, words):
    assert as_text(detail) == words


def test_an_object_is_named_and_what_we_do_not_know_stays():
    assert object_name("ticket:20261120-0041") == "工单 20261120-0041"
    assert object_name("panel") == "后台" and object_name("odd:thing") == "odd:thing"


def test_the_auditor_searches_by_the_words_on_screen(office):
    hub = office.user("hub")
    hub.post("/admin/tickets/filters", filter_name="芦台在办", area="NH01")
    auditor = office.user("auditor")
    assert "存下的条件" in auditor.get("/admin/audit?action=存下条件").text
    assert "没有符合条件" in auditor.get("/admin/audit?action=发密钥").text
