"""Facts of an enterprise corrected by hand (A4, A5): old → new first, then written with the reason, masked in the audit."""

import re
from html import unescape

import pytest
from sqlmodel import col, select

from app.directory.models import Assignment, Enterprise


def path_of(enterprise: Enterprise) -> str:
    return f"/admin/enterprises/{enterprise.credit_code}/correct"


def fields_of(page: str) -> dict[str, str]:
    """What the form would send: inputs and chosen options, the token aside."""
    found = {
        name: unescape(value)
        for name, value in re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page)
    }
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        found[name] = re.search(r'value="([^"]*)" selected', options)[1]
    found.pop("csrf_token")
    return found


def send(person, path, expected, fields):
    """Post the fields (one of them is called `status`)."""
    response = person.client.post(path, data={"csrf_token": person.csrf_token, **fields})
    assert response.status_code == expected, response.text[:1500]
    assert not response.text or person.check(response.text) == []
    return response


def look(person, enterprise, expected=200, **changed):
    """Fill the form in and ask for the difference; the page."""
    fields = fields_of(person.page(path_of(enterprise)))
    return send(person, f"{path_of(enterprise)}/check", expected, fields | changed).text


def write(person, enterprise, page, expected=303):
    return send(person, path_of(enterprise), expected, fields_of(page))


def test_the_form_holds_the_facts_but_nobodys_name_or_number(office):
    one = office.enterprise(1)
    page = office.user("hub").page(path_of(one))
    fields = fields_of(page)
    assert (fields["name"], fields["address"], fields["area_code"]) == (one.name, one.address, one.area_code)
    assert fields["contact_phone"] == fields["contact_name"] == fields["legal_representative"] == ""
    assert one.contact_phone not in page and "139****0001" in page


def test_it_shows_old_and_new_and_writes_nothing_yet(office):
    one = office.enterprise(1)
    page = look(
        office.user("hub"), one, address="芦台大街 8 号", contact_phone="13900008888", reason="企业来电"
    )
    assert "要改 2 项" in page and one.address in page and "芦台大街 8 号" in page
    assert "139****0001" in page and "139****8888" in page and one.contact_phone not in page
    assert office.enterprise(1) == one


def test_what_was_looked_at_is_written_with_a_masked_audit_row(office):
    """PIPL 51: the trail says what changed without becoming a second copy of the number."""
    one, hub = office.enterprise(1), office.user("hub")
    page = look(hub, one, address="芦台大街 8 号", contact_phone="139 0000 8888", reason="企业来电")
    assert write(hub, one, page).headers["location"].endswith("?done=corrected")
    row = office.enterprise(1)
    assert (row.address, row.contact_phone, row.contact_name) == (
        "芦台大街 8 号",
        "13900008888",
        one.contact_name,
    )
    (audited,) = office.audited("enterprise.correct")
    assert audited.detail == {
        "reason": "企业来电",
        "before": {"地址": one.address, "联系电话": "139****0001"},
        "after": {"地址": "芦台大街 8 号", "联系电话": "139****8888"},
    }
    assert "更正企业信息" in office.user("auditor").page("/admin/audit")


def test_a_person_is_cleared_by_a_word_not_by_an_empty_field(office):
    one, hub = office.enterprise(1), office.user("hub")
    write(hub, one, look(hub, one, contact_name="无", grid="测试网格", reason="联系人离职"))
    row = office.enterprise(1)
    assert (row.contact_name, row.contact_phone, row.grid) == ("", one.contact_phone, "测试网格")


def test_a_status_and_a_move_have_consequences_and_say_so_first(office):
    """A5: deregistered enterprises lose their officer; the history stays."""
    one, hub = office.enterprise(1), office.user("hub")
    assert "重新确定服务人员" in look(hub, one, area_code="NH02", reason="搬家")
    page = look(hub, one, status="注销", reason="登记机关告知")
    assert "服务人员会解除" in page
    write(hub, one, page)
    with office.db.reading() as session:
        open_rows = session.exec(
            select(Assignment).where(Assignment.enterprise_id == one.id, col(Assignment.until).is_(None))
        ).all()
    assert open_rows == []
    assert "登记机关告知" in hub.page(path_of(one).removesuffix("/correct"))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reason": ""}, "请写原因"),
        ({}, "还没有改动任何一项"),
        ({"name": ""}, "名称」不能为空"),
        ({"contact_phone": "打我电话"}, "电话不对"),
        ({"address": "很" * 201}, "超过 200 个字"),
        ({"status": "倒闭"}, "不认识"),
        ({"area_code": "XX99"}, "没有编码为"),
    ],
)
def test_what_cannot_be_taken_is_said_and_the_rest_is_kept(office, changed, words):
    one = office.enterprise(1)
    fields = {"reason": "我写的原因"} | changed
    statuses = {"请写原因": 422, "还没有改动任何一项": 422}
    page = look(office.user("hub"), one, statuses.get(words, 400), **fields)
    assert words in page and f'value="{fields["reason"]}"' in page


def test_whoever_was_faster_is_not_overwritten(office):
    """The second clerk confirmed a difference that is no longer the one."""
    one, hub = office.enterprise(1), office.user("hub")
    first = look(hub, one, address="甲路 1 号", reason="来电")
    second = look(hub, one, address="乙路 2 号", reason="来电")
    write(hub, one, first)
    assert "又有变化" in write(hub, one, second, 409).text
    assert office.enterprise(1).address == "甲路 1 号"


def test_an_area_leader_corrects_the_own_area_and_moves_nothing_out_of_it(office):
    own, foreign, leader = office.enterprise(1), office.enterprise(32), office.user("leader")
    leader.page(path_of(foreign), status=404)
    for path in (path_of(foreign), f"{path_of(foreign)}/check"):
        leader.post(path, status=404, reason="x", address="x")
    assert "运行中枢" in look(leader, own, 403, area_code=foreign.area_code, reason="搬家")
    write(leader, own, look(leader, own, address="本片区新址", reason="走访"))
    assert office.enterprise(1).address == "本片区新址"
    for username in ("auditor", "editor", "department"):
        office.user(username).post(path_of(own), status=403, reason="x", address="x")


def test_an_enterprise_that_came_by_an_import_has_a_page(office):
    """Its first status has nothing before it."""
    hub = office.user("hub")
    code = "91120221MA00007772"
    rows = (
        f"统一社会信用代码,名称,类型,片区,经营状态\n{code},宁河区测试901号机械有限公司,企业,芦台街道,正常\n"
    )
    sent = hub.send_file("/admin/imports", "名单.csv", rows.encode("utf-8-sig"), roster="enterprises")
    preview = hub.page(sent.headers["location"])
    fields = fields_of(preview[preview.index('aria-labelledby="apply"') :])
    send(hub, f"{sent.headers['location']}/apply", 303, fields)
    assert "启用以来没有变过" not in hub.page(f"/admin/enterprises/{code}")
