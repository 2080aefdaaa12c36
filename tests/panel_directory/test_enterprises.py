"""一企一档 on screen (A10, A3, A11, E7, C15): found, shown masked, assigned with a reason, contacted, printed."""

from sqlmodel import col, select

from app.directory import correcting
from app.directory.models import Assignment, Enterprise, Visit


def path_of(enterprise: Enterprise) -> str:
    return f"/admin/enterprises/{enterprise.credit_code}"


def test_search_by_piece_of_name_by_code_and_by_filters(office):
    hub = office.user("hub")
    one = office.enterprise(12)
    assert "共 1 条" in hub.page("/admin/enterprises?q=测试12号")
    assert one.name in hub.page(f"/admin/enterprises?q={one.credit_code}")
    prefix = hub.page(f"/admin/enterprises?q={one.credit_code[:6]}")
    assert "条" in prefix and "没有符合条件" not in prefix
    assert "共 1 条" in hub.page("/admin/enterprises?status=停业")
    assert "共 5 条" in hub.page("/admin/enterprises?served=no")
    page = hub.page("/admin/enterprises?kind=农民专业合作社")
    assert "水稻种植专业合作社" in page and "食品有限公司" not in page
    assert "没有符合条件" in hub.page("/admin/enterprises?q=%25")
    hub.page("/admin/enterprises?status=nonsense&kind=x&area=y&page=99999")


def test_the_file_shows_what_is_known_and_masks_people(office):
    one = office.enterprise(1)
    page = office.user("auditor").page(path_of(one))
    assert one.name in page and "依据：片区" in page and "来龙去脉" in page
    assert one.contact_phone not in page and "139****0001" in page
    assert one.legal_representative not in page.replace(one.name, "")


def test_the_contact_is_revealed_once_and_audited(office):
    one = office.enterprise(1)
    hub = office.user("hub")
    assert one.contact_phone in hub.post(f"{path_of(one)}/reveal", status=200).text
    assert one.contact_phone not in hub.page(path_of(one))
    assert one.contact_phone in hub.post(f"{path_of(one)}/sheet/reveal", status=200).text
    rows = office.audited("contact.reveal")
    assert [row.object for row in rows] == [f"enterprise:{one.credit_code}"] * 2
    assert one.contact_phone not in str([row.detail for row in rows])
    office.user("auditor").post(f"{path_of(one)}/reveal", status=403)


def test_reassigning_needs_a_reason_and_keeps_the_history(office):
    one, officer = office.enterprise(1), office.officer("NH0002")
    hub = office.user("hub")
    before = office.officer("NH0001")
    fields = {"target": f"officer:{officer.id}", "seen": str(before.id)}
    refused = hub.post(f"{path_of(one)}/assign", status=400, **fields).text
    assert "原因" in refused
    hub.post(f"{path_of(one)}/assign", reason="企业搬到二片区", **fields)
    page = hub.page(path_of(one))
    assert "人工指定" in page and "企业搬到二片区" in page and "王服务" in page
    with office.db.reading() as session:
        rows = session.exec(select(Assignment).where(Assignment.enterprise_id == one.id)).all()
    assert [row.until is None for row in rows] == [False, True]
    (row,) = [row for row in office.audited("enterprise.assign") if row.succeeded]
    assert row.detail["officer"] == "NH0002"


def test_the_slower_of_two_clerks_is_told(office):
    """Two clerks with the same page: the second must not overwrite what he has not seen (A3)."""
    one = office.enterprise(1)
    seen = str(office.officer("NH0001").id)
    hub = office.user("hub")
    hub.post(
        f"{path_of(one)}/assign", target=f"officer:{office.officer('NH0002').id}", seen=seen, reason="甲"
    )
    again = hub.post(
        f"{path_of(one)}/assign", 409, target=f"officer:{office.officer('NH0003').id}", seen=seen, reason="乙"
    )
    assert "刚被改派过" in again.text and 'value="乙"' in again.text


def test_an_area_leader_sees_and_assigns_in_the_own_area_only(office):
    own, foreign = office.enterprise(1), office.enterprise(32)
    leader = office.user("leader")
    leader.page(path_of(own))
    leader.page(f"{path_of(foreign)}", status=404)
    leader.page(f"{path_of(foreign)}/sheet", status=404)
    for act in ("reveal", "assign", "contact", "sheet/reveal"):
        leader.post(f"{path_of(foreign)}/{act}", status=404)
    seen = str(office.officer("NH0001").id)
    outsider = office.officer("NH0035")
    leader.post(f"{path_of(own)}/assign", 403, target=f"officer:{outsider.id}", seen=seen, reason="x")
    assert foreign.name not in leader.page("/admin/enterprises?q=测试32号")


def test_a_contact_is_logged_and_shown_before_the_next_one(office):
    """无事不扰 (E7): the log of the last 30 days stands above the form; over the cap a warning says so."""
    one = office.enterprise(12)
    hub = office.user("hub")
    hub.post(f"{path_of(one)}/contact", status=422, channel="走访", note="")
    hub.post(f"{path_of(one)}/contact", status=422, channel="政策推送", note="x")
    long = hub.post(f"{path_of(one)}/contact", status=422, channel="走访", note="长" * 901).text
    assert "最多写 900 字，现在是 901 字" in long and f"{'长' * 901}</textarea>" in long, (
        "kept to be shortened"
    )
    for number in range(3):
        hub.post(f"{path_of(one)}/contact", channel="电话", note=f"问用工第 {number} 次")
    page = hub.page(path_of(one))
    assert "问用工第 2 次" in page and page.index("问用工第 2 次") < page.index("记一次走访或联系")
    assert "近 30 天已联系" in page
    with office.db.reading() as session:
        rows = session.exec(select(Visit).where(col(Visit.note).contains("问用工"))).all()
    assert {row.enterprise_id for row in rows} == {one.id} and len(rows) == 3
    assert [row.succeeded for row in office.audited("enterprise.contact")] == [False] * 3 + [True] * 3


def test_the_status_history_is_on_the_file(office):
    one = office.enterprise(12)

    def stop(session):
        correcting.change_enterprise(
            session, one.id, {"status": "停业"}, layers=(), reason="月度名单", actor_kind="user",
            actor="hub", now=office.clock.now(),
        )  # fmt: skip

    office.change(stop)
    page = office.user("auditor").page(path_of(one))
    assert "正常 → 停业" in page and "月度名单" in page


def test_the_sheet_is_for_paper(office):
    """C15 为企服务工作单 per enterprise, masked unless revealed."""
    one = office.enterprise(1)
    page = office.user("auditor").page(f"{path_of(one)}/sheet")
    assert "为企服务工作单" in page and one.name in page and "企业签字" in page
    assert one.contact_phone not in page


def test_hostile_text_stays_text(office):
    one = office.enterprise(5)

    def write(session):
        row = session.get(Enterprise, one.id)
        row.name, row.address = "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'
        session.add(row)

    office.change(write)
    for page in (
        office.user("hub").page(path_of(one)),
        office.user("hub").page("/admin/enterprises?q=script"),
    ):
        assert "<script>alert" not in page and "<img src=x" not in page
