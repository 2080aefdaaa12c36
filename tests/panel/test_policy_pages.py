"""Policy pushes at the panel (B7): written, previewed with reasons, started, followed, stopped, audited."""

import re

import pytest
from sqlmodel import select

from app.policies import service
from app.policies.models import PolicyPush

PATH = "/admin/policies"
FORM = {
    "entry": "permit/food-business",
    "sentence": "先领执照，再办许可。",
    "per_hour": "1",
    "follow_hours": "72",
}


@pytest.fixture
def written(office):
    hub = office.user("hub")
    page = hub.post(PATH, **FORM, kind="企业").headers["location"]
    return hub, page.partition("?")[0]


def receivers(page):
    return re.search(r'name="receivers" value="(\d+)"', page)[1]


def test_the_form_finds_an_entry_and_proposes_its_first_sentence(office):
    hub = office.user("hub")
    assert "permit/food-business" in hub.get(f"{PATH}/new?q=食品").text
    page = hub.get(f"{PATH}/new?entry=permit/food-business").text
    assert "先领执照。" in page and "产业链" not in page.split("<legend")[0]


def test_a_push_is_looked_at_before_anybody_is_told(office, written):
    hub, path = written
    page = hub.get(path).text
    assert "类型：企业" in page and "没有绑定微信的联系人" in page and "【政策送达】" in page
    with office.db.transaction() as session:
        assert service.release(session, office.deps.rules(session), office.clock.now(), lambda _: None) == 0


def test_start_let_out_and_stop_are_audited(office, written):
    hub, path = written
    page = hub.get(path).text
    hub.post(f"{path}/start", status=409, receivers="999")
    hub.post(f"{path}/start", receivers=receivers(page))
    with office.db.transaction() as session:
        told = service.release(session, office.deps.rules(session), office.clock.now(), lambda _: None)
    assert told == 1
    assert "正在发" in hub.get(path).text and "在发" in hub.get(PATH).text
    hub.post(f"{path}/stop", status=400, reason="")
    hub.post(f"{path}/stop", reason="日期写错了")
    stopped = hub.get(path).text
    found = re.findall(r'class="count">(\d+)</span><span class="label">([^<]+)<', stopped)
    shown = {label: count for count, label in found}
    assert "日期写错了" in stopped and shown["停发收回"] == shown["名单"]
    assert [row.succeeded for row in office.audited("policy.start")] == [False, True]
    assert office.audited("policy.write")[0].object.startswith("policy_push:")


@pytest.mark.parametrize("changes", [{"sentence": ""}, {"entry": "no/such"}, {"per_hour": "0"}])
def test_a_refused_form_keeps_what_was_typed(office, changes):
    page = office.user("hub").post(PATH, status=400, **(FORM | changes)).text
    assert 'id="fault"' in page
    with office.db.reading() as session:
        assert session.exec(select(PolicyPush)).all() == []


def test_an_editor_writes_but_neither_sends_nor_sees_the_enterprises(office, written):
    _, path = written
    editor = office.user("editor")
    page = editor.get(path).text
    assert "企业名单由运行中枢查看" in page and "测试1号" not in page and "/start" not in page
    editor.post(f"{path}/start", status=403, receivers="1")
    editor.post(PATH, **FORM)
    office.user("leader").get(PATH, status=403)


def test_hostile_words_stay_words(office):
    hub = office.user("hub")
    path = hub.post(PATH, **(FORM | {"sentence": "<script>alert(1)</script>"})).headers["location"]
    assert "&lt;script&gt;" in hub.get(path).text
