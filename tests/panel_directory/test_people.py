"""Areas, officers and departments: coverage (A1, A2), codes, absence (A3), hand-over, the public notice (A7)."""

import re

from app.directory import binding, scenes
from app.directory.models import Area
from app.directory.qr import qr
from app.panel.treemap import treemap


def test_the_tree_counts_what_lies_below(office):
    page = office.user("hub").page("/admin/areas")
    assert "没有服务人员的 5 户" in page
    street = re.search(r'/admin/enterprises\?status=base&amp;area=NH01">(\d+)<', page)[1]
    parts = re.findall(r'/admin/enterprises\?status=base&amp;area=NH01-\d">(\d+)<', page)
    assert int(street) > sum(map(int, parts)) > 0
    rows = office.user("hub").page("/admin/enterprises?status=base&area=NH01")
    assert f"共 {street} 条" in rows


def test_an_area_leader_sees_the_own_branch(office):
    leader = office.user("leader")
    page = leader.page("/admin/areas")
    assert "芦台街道一片区" in page and "经济开发区" not in page
    leader.page("/admin/areas/NH01/notice")
    leader.page("/admin/areas/NH16", status=404)
    leader.page("/admin/areas/NH16/notice", status=404)
    leader.page("/admin/areas/coverage", status=403)
    outsider = office.officer("NH0035")
    leader.page(f"/admin/officers/{outsider.id}", status=404)
    for act in ("absence", "back", "reveal"):
        leader.post(f"/admin/officers/{outsider.id}/{act}", status=404)
    leader.post(f"/admin/officers/{office.officer('NH0001').id}/transfer", status=403)


def test_the_list_to_look_at(office):
    page = office.user("hub").page("/admin/areas/coverage")
    assert "没有服务人员 5 户" in page and "测试57号" in page


def test_the_notice_names_the_officers_and_carries_the_area(office):
    """A7: name, duty, public phone; the code is the account's scene code once made, else the area's page."""
    hub = office.user("hub")
    page = hub.page("/admin/areas/NH01/notice")
    assert "王服务" in page and "022-00000001" in page and "13800000001" not in page
    assert qr("http://testserver/areas/NH01").path in page and "贴照片处" in page
    with office.db.transaction() as session:
        assert "NH01" in scenes.areas_without(session)
        found = scenes.made(["NH01"], lambda scene: f"http://weixin.qq.com/q/{scene}")
        assert found == {"NH01": "http://weixin.qq.com/q/area:NH01"}
        scenes.remember(session, "NH01", "http://weixin.qq.com/q/02test")
        assert "NH01" not in scenes.areas_without(session)
    page = hub.page("/admin/areas/NH01/notice")
    assert qr("http://weixin.qq.com/q/02test").path in page and "微信扫码提诉求" in page


def test_a_code_is_drawn_on_the_page_and_nowhere_kept(office):
    officer = office.officer("NH0009")
    response = office.user("hub").post(f"/admin/officers/{officer.id}/invite", status=200)
    code = re.search(r'class="big-code"[^>]*>(\d{8})<', response.text)[1]
    assert qr(f"绑定工号 {code}").path in response.text
    assert response.headers["cache-control"] == "no-store"
    assert code not in str([row.detail for row in office.audited("officer.invite")])
    with office.db.transaction() as session:
        assert binding.redeem(session, code, "o-new", office.clock.now()).staff_no == "NH0009"


def test_absence_gives_the_stand_in_what_is_new(office):
    hub, one = office.user("hub"), office.officer("NH0001")
    path, deputy = f"/admin/officers/{one.id}", office.officer("NH0002")
    hub.post(f"{path}/absence", 422, start="", stand_in=f"officer:{deputy.id}")
    hub.post(f"{path}/absence", 409, start="2026-11-20", stand_in=f"officer:{one.id}")
    hub.post(f"{path}/absence", start="2026-11-20", until="2026-11-25", stand_in=f"officer:{deputy.id}")
    page = hub.page(path)
    assert "2026-11-25" in page and deputy.name in page and "不在岗" in page
    served = office.enterprise(1)
    assert f"由 {deputy.name} 代办" in hub.page(f"/admin/enterprises/{served.credit_code}")
    assert one.name in hub.page("/admin/officers?state=away")
    hub.post(f"{path}/back")
    assert office.officer("NH0001").away_from is None
    assert [row.succeeded for row in office.audited("officer.absence")] == [False, False, True]


def test_an_area_leader_names_stand_ins_of_the_own_area(office):
    leader, one = office.user("leader"), office.officer("NH0001")
    stranger = office.officer("NH0035")
    path = f"/admin/officers/{one.id}/absence"
    leader.post(path, 403, start="2026-11-20", stand_in=f"officer:{stranger.id}")
    leader.post(path, start="2026-11-20", stand_in=f"officer:{office.officer('NH0002').id}")


def test_everything_of_an_officer_goes_over_in_one_action(office):
    hub, one, other = office.user("hub"), office.officer("NH0001"), office.officer("NH0002")
    page = hub.post(
        f"/admin/officers/{one.id}/transfer", 200, target=f"officer:{other.id}", leaves="yes"
    ).text
    assert "企业" in page and "已离岗" in page
    assert office.officer("NH0001").is_active is False
    assert other.name in hub.page(f"/admin/enterprises/{office.enterprise(1).credit_code}")
    (row,) = office.audited("officer.hand_over")
    assert row.object == "officer:NH0001" and row.detail["to"] == "NH0002"


def test_numbers_are_masked_until_revealed(office):
    hub, one = office.user("hub"), office.officer("NH0001")
    path = f"/admin/officers/{one.id}"
    assert one.phone not in hub.page(path)
    assert one.phone in hub.post(f"{path}/reveal", 200).text
    assert office.audited("contact.reveal")[0].object == "officer:NH0001"
    assert "137****0001" in hub.page("/admin/departments")


def test_departments_are_found_by_matter(office):
    page = office.user("leader").page("/admin/departments?q=施工许可")
    assert "住建委" in page and "税务局" not in page


def test_tiles_are_in_proportion_and_cover_the_map():
    tiles = treemap([("a", "甲", 60, 0), ("b", "乙", 30, 1), ("c", "丙", 10, 5)])
    whole = sum(tile.width * tile.height for tile in tiles)
    assert [round(100 * tile.width * tile.height / whole) for tile in tiles] == [60, 30, 10]
    assert [tile.tone for tile in tiles] == ["full", "some", "many"]
    assert treemap([]) == []


def test_a_circle_of_areas_does_not_hang_the_page(office):
    def circle(session):
        row = session.get(Area, "NH01")
        row.parent_code = "NH01-1"
        session.add(row)

    office.change(circle)
    office.user("hub").page("/admin/areas")
    office.user("hub").page(f"/admin/enterprises/{office.enterprise(1).credit_code}")


def test_what_a_department_has_in_hand_opens_its_rows(office):
    """A6: the number beside a department is the tickets it holds."""
    hub = office.user("hub")
    found = re.findall(r'data-label="在办"><a href="([^"]+)">(\d+) 件', hub.page("/admin/departments"))
    assert len(found) > 3
    for link, count in found:
        assert f"共 {count} 条" in hub.page(link.replace("&amp;", "&"))
    assert "department=" not in office.user("leader").page("/admin/departments")
    chosen = found[0][0].rpartition("=")[2]
    page = hub.page(f"/admin/tickets?status=all&department={chosen}")
    assert f'<option value="{chosen}" selected>' in page and 'class="more" open' in page
    for foreign in ("x", "-1", "999999"):
        assert hub.page(f"/admin/tickets?department={foreign}")
    assert 'id="department"' not in office.user("department").page("/admin/tickets")
