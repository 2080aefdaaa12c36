"""One ticket in the panel: what it shows, acting on it, and what happens when two clerks act at once (E1, C9)."""

import re
from datetime import timedelta

import pytest
from sqlmodel import col, select

from app.directory.models import Assignment, Department, Officer
from app.outbox.models import OutboxMessage
from app.tickets.models import Ticket, TicketEvent
from app.tickets.outside_models import OutsideOrder


def act(browser, ticket, action, status=303, **fields):
    fields.setdefault("version", str(ticket.version))
    return browser.post(f"/admin/tickets/{ticket.number}/do/{action}", status=status, **fields)


def officer(office, staff_no):
    with office.db.reading() as session:
        return session.exec(select(Officer).where(Officer.staff_no == staff_no)).one()


def events(office, ticket):
    with office.db.reading() as session:
        return list(session.exec(select(TicketEvent).where(TicketEvent.ticket_id == ticket.id)))


def messages(office, ticket):
    with office.db.reading() as session:
        statement = select(OutboxMessage).where(OutboxMessage.ticket_id == ticket.id)
        return list(session.exec(statement.order_by(col(OutboxMessage.id))))


def rows_of(page):
    """How many tickets a list shows."""
    return page.count('<th scope="row" data-label="单号">')


def test_the_page_tells_the_whole_story(office):
    ticket = office.ticket("限高杆")
    page = office.user("hub").get(f"/admin/tickets/{ticket.number}").text
    for shown in (
        "厂区东门的限高杆挪了位置", "宁河区测试61号食品有限公司", "部门协同办", "交通局", "限高杆归交通局管",
        "剩 5 个工作日", "11月18日（周三）收到，当天不计", "第 7 个工作日 2026年11月27日（周五）", "货车通行证办理",
        "流转进展", "已送出",
    ):  # fmt: skip
        assert shown in page, shown


def test_the_story_says_to_whom_it_went_and_which_reminder_it_was(office):
    """C4, C9: who handed it to whom, until when, and what the system urged; the printed sheet says so too."""
    ticket = office.ticket("315 千伏安")
    hub = office.user("hub")
    page = hub.page(f"/admin/tickets/{ticket.number}")
    for line in (
        "提交诉求：分派依据 专属服务人员",
        "吹哨：供电公司",
        "系统提醒：还没接单",
        "系统提醒：超期，已报中枢督办",
    ):
        assert f"<strong>{line}</strong>" in page, line
    assert "吹哨（供电公司）" in hub.page(f"/admin/tickets/{ticket.number}/sheet")
    act(hub, ticket, "extend", days="3", note="等设备到场")
    assert re.search(
        r"<strong>延期：3 个工作日，到 11月\d+日</strong>", hub.page(f"/admin/tickets/{ticket.number}")
    )


def test_the_page_leads_to_the_file_of_the_enterprise(office):
    """A10: one tap to the file; a department, which may open no files, gets the name alone."""
    ticket = office.ticket("排烟窗")
    code = office.enterprise(12).credit_code
    page = office.user("hub").page(f"/admin/tickets/{ticket.number}")
    assert f'<a href="/admin/enterprises/{code}">' in page
    assert f"/admin/enterprises/{code}" not in office.user("department").page(
        f"/admin/tickets/{ticket.number}"
    )


def test_a_rung_that_was_jumped_over_is_not_shown_as_done(office):
    ticket = office.ticket("一个月里三拨人来查消防")
    page = office.user("hub").get(f"/admin/tickets/{ticket.number}").text
    states = re.findall(r'<li class="(\w+)"[^>]*><span>([^<]+)</span>', page)
    assert states == [
        ("done", "属地即时办"),
        ("ahead", "部门协同办"),
        ("now", "中枢分派办"),
        ("ahead", "领导提级办"),
        ("ahead", "市区协调办"),
    ]


def test_phone_and_name_are_masked_until_revealed(office):
    ticket = office.ticket("限高杆")
    page = office.user("hub").get(f"/admin/tickets/{ticket.number}").text
    assert "赵*（139****0061）" in page
    assert "13900000061" not in page and "赵测试" not in page


def test_revealing_shows_once_and_is_audited(office):
    ticket = office.ticket("限高杆")
    browser = office.user("hub")
    page = browser.post(f"/admin/tickets/{ticket.number}/reveal", status=200)
    assert "赵测试 13900000061" in page.text
    assert page.headers["cache-control"] == "no-store"
    rows = office.audited("contact.reveal")
    assert [(row.actor, row.object, row.succeeded) for row in rows] == [
        ("hub", f"ticket:{ticket.number}", True)
    ]
    assert "13900000061" not in str(rows[0].detail)
    assert "13900000061" not in browser.get(f"/admin/tickets/{ticket.number}").text


def test_an_auditor_reads_but_reveals_and_acts_nowhere(office):
    ticket = office.ticket("限高杆")
    browser = office.user("auditor")
    page = browser.get(f"/admin/tickets/{ticket.number}").text
    assert "只能查看" in page and "/do/" not in page and "/reveal" not in page
    browser.post(f"/admin/tickets/{ticket.number}/reveal", status=403)
    act(browser, ticket, "resolve", status=403, note="x")
    assert [row.succeeded for row in office.audited("contact.reveal")] == [False]


def test_dispatching_from_the_queue(office):
    """The hub names an officer: event, pushes, audit and the ticket change together."""
    ticket, wang = office.ticket("我租的门面房东说要拆"), officer(office, "NH0001")
    browser = office.user("hub")
    assert ticket.number in browser.get("/admin/queue").text
    response = act(browser, ticket, "dispatch", target=f"officer:{wang.id}", note="请先打电话问清地址")
    assert response.headers["location"] == f"/admin/tickets/{ticket.number}?done=dispatch"
    assert "已分派" in browser.get(response.headers["location"]).text
    changed = office.ticket("我租的门面房东说要拆")
    assert (changed.officer_id, changed.first_responder_id, changed.version) == (wang.id, wang.id, 2)
    assert [event.kind for event in events(office, ticket)] == ["opened", "dispatch"]
    assert events(office, ticket)[-1].actor_name == "中枢值班员"
    assert {message.openid for message in messages(office, ticket)} == {ticket.openid, wang.openid}
    assert ticket.number not in browser.get("/admin/queue").text
    (row,) = office.audited("ticket.act")
    assert row.detail["before"]["holder"] == "hub" and row.detail["after"]["officer"] == wang.id
    assert row.succeeded and row.object == f"ticket:{ticket.number}"


def test_dispatching_to_a_department(office):
    ticket = office.ticket("叉车进不了库")
    with office.db.reading() as session:
        department = session.exec(select(Department).where(Department.name == "住建委")).one()
    act(office.user("hub"), ticket, "dispatch", target=f"department:{department.id}")
    changed = office.ticket("叉车进不了库")
    assert (changed.holder_kind, changed.department_id) == ("department", department.id)


def test_the_choice_of_holders_narrows_by_words(office):
    ticket = office.ticket("我租的门面房东说要拆")
    browser = office.user("hub")
    everyone = browser.get(f"/admin/tickets/{ticket.number}").text
    few = browser.get(f"/admin/tickets/{ticket.number}?find=施工许可").text
    assert everyone.count('<option value="officer:') == 40
    assert few.count('<option value="officer:') == 0
    dispatch = few[few.index('id="dispatch-target"') :].partition("</select>")[0]
    assert re.findall(r'<option value="department:\d+" selected>([^<（]+)', dispatch) == ["住建委"]
    assert re.findall(r'<option value="department:\d+"[^>]*>', dispatch)[1:] == []


def test_a_complaint_about_an_officer_cannot_go_to_that_officer(office):
    ticket = office.ticket("给我们配的服务人员电话一直没人接")
    with office.db.reading() as session:
        statement = select(Assignment.officer_id).where(Assignment.enterprise_id == ticket.enterprise_id)
        accused = session.exec(statement).one()
    browser = office.user("hub")
    assert f'value="officer:{accused}"' not in browser.get(f"/admin/tickets/{ticket.number}").text
    act(browser, ticket, "dispatch", status=403, target=f"officer:{accused}")
    assert office.ticket("给我们配的服务人员电话一直没人接").holder_kind == "hub"


def test_each_action_writes_its_history(office):
    """办结, 告知, 归档 one after another: the ladder of a day at the hub."""
    browser = office.user("hub")
    ticket = office.ticket("限高杆")
    act(browser, ticket, "extend", days="3", note="等审批")
    ticket = office.ticket("限高杆")
    assert ticket.due_on.isoformat() == "2026-12-02"
    assert "延期 3 个工作日：2026-11-27 → 2026-12-02" in browser.get(f"/admin/tickets/{ticket.number}").text
    act(browser, ticket, "raise", note="两家意见不一", step="leader")
    assert office.ticket("限高杆").step == "leader"
    act(browser, office.ticket("限高杆"), "resolve", note="限高杆已外移三米", result_kind="solved")
    assert office.ticket("限高杆").result == "限高杆已外移三米"
    act(browser, office.ticket("限高杆"), "close", status=409)
    act(browser, office.ticket("限高杆"), "tell", note="11月20日电话告知赵先生")
    act(browser, office.ticket("限高杆"), "close")
    assert office.ticket("限高杆").status == "closed"
    kinds = [event.kind for event in events(office, ticket)]
    assert kinds[-5:] == ["extend", "raise", "resolve", "tell", "close"]
    assert [row.succeeded for row in office.audited("ticket.act")] == [True, True, True, False, True, True]


def test_a_stale_form_changes_nothing_and_keeps_what_was_typed(office):
    """Two clerks, one ticket: the second sees what the first did, with the own words still there."""
    ticket, wang = office.ticket("叉车进不了库"), officer(office, "NH0001")
    first, second = office.user("hub"), office.user("admin")
    act(first, ticket, "dispatch", target=f"officer:{wang.id}", note="先去现场")
    page = act(second, ticket, "resolve", status=409, note="已协调园区排水", result_kind="referred").text
    assert "刚刚有变化" in page
    assert re.search(r"<time[^>]*>[^<]+</time> 中枢值班员 分派（[^）]+）：先去现场", page)
    assert "\n已协调园区排水</textarea>" in page
    assert '<option value="referred" selected>' in page
    assert f'name="version" value="{ticket.version + 1}"' in page
    assert office.ticket("叉车进不了库").status == "pending"
    assert [row.succeeded for row in office.audited("ticket.act")] == [True, False]


@pytest.mark.parametrize(
    ("action", "fields", "sentence"),
    [
        ("resolve", {"note": " "}, "请填写：结果"),
        ("extend", {"days": "99", "note": "等审批"}, "一次可延"),
        ("extend", {"days": "x", "note": "等审批"}, "一次可延"),
        ("dispatch", {"target": ""}, "请选择分派给谁"),
        ("dispatch", {"target": "officer:99999"}, "没有这位服务人员"),
        ("raise", {"step": "nowhere", "note": "协调不了"}, "现在可以上报到"),
        ("resolve", {"note": "好了", "result_kind": "nonsense"}, "办结类型"),
    ],
)
def test_a_refused_form_says_why_and_keeps_the_words(office, action, fields, sentence):
    ticket = office.ticket("限高杆")
    response = office.user("hub").client
    browser = office.user("hub")
    data = {"csrf_token": browser.csrf_token, "version": str(ticket.version), **fields}
    response = browser.client.post(f"/admin/tickets/{ticket.number}/do/{action}", data=data)
    assert response.status_code in (404, 409, 422)
    assert sentence in response.text and office.check(response.text) == []
    if fields.get("note", "").strip():
        assert f"\n{fields['note']}</textarea>" in response.text
    assert office.ticket("限高杆").version == ticket.version
    assert [row.succeeded for row in office.audited("ticket.act")] == [False]


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999"])
def test_a_form_without_its_version_is_refused(office, version):
    ticket = office.ticket("限高杆")
    act(office.user("hub"), ticket, "reply", status=409, version=version, note="在吗")
    assert office.ticket("限高杆").version == ticket.version


@pytest.mark.parametrize("action", ["rate", "confirm", "resume", "nonsense", "return"])
def test_what_is_not_the_hubs_to_do_is_refused(office, action):
    act(office.user("hub"), office.ticket("限高杆"), action, status=403, note="x")


@pytest.mark.parametrize(
    ("words", "found"),
    [("0032", True), ("20261118-0032", True), ("限高杆", True), ("测试61号", True), ("限高杆 冷链", True), ("限高杆 火箭", False),
     ("%", False), ("_", False)],
)  # fmt: skip
def test_search_by_number_name_or_words(office, words, found):
    ticket = office.ticket("限高杆")
    page = office.user("hub").client.get("/admin/tickets", params={"q": words}).text
    assert (ticket.number in page) == found


def test_another_systems_deadline_stands_before_ours_where_it_is_earlier(office):
    """C2: an order of the hotline has two clocks; once theirs has passed the page says so."""
    ticket = office.ticket("叉车进不了库")
    with office.db.transaction() as session:
        row = session.get_one(Ticket, ticket.id)
        row.channel, row.external_number = "12345热线", "TJ-9"
        order = OutsideOrder(
            system="hotline", external_number="TJ-9", idempotency_key="9", body_hash="9", ticket_id=ticket.id,
            received_at=row.opened_at, due_at=office.deps.clock.now() + timedelta(hours=2),
        )  # fmt: skip
        session.add_all((row, order))
    page = office.user("hub").get(f"/admin/tickets/{ticket.number}").text
    assert page.index('class="hint">12345热线时限') < page.index('class="hint">办结<')
    assert "已过对方时限" not in page
    office.deps.clock.advance(timedelta(hours=3))
    assert "已过对方时限" in office.user("hub").get(f"/admin/tickets/{ticket.number}").text


def test_filters_by_status_and_area(office):
    browser = office.user("hub")
    waiting = browser.get("/admin/tickets?status=waiting").text
    assert rows_of(waiting) == 1
    assert office.ticket("食品生产许可证明年三月到期").number in waiting
    park = browser.get("/admin/tickets?status=all&area=NH16").text
    assert office.ticket("电压不稳").number in park
    assert office.ticket("限高杆").number not in park


def test_long_lists_come_in_pages(office):
    browser = office.user("hub")
    first = browser.get("/admin/tickets?status=all").text
    second = browser.get("/admin/tickets?status=all&page=2").text
    assert "第 1 / 2 页，共 28 条" in first
    assert rows_of(browser.get("/admin/tickets?status=all&page=999").text) == rows_of(second) == 3


def test_a_ticket_that_does_not_exist_is_a_404(office):
    for number in ("20990101-0001", "x", "'; drop table ticket; --"):
        office.user("hub").get(f"/admin/tickets/{number}", status=404)
