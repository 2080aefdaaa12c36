"""What a clerk at the telephone needs at once: how the request came, what to tell the caller, an old case (C2, C6, E1)."""

import re


def register(hub, **fields):
    wanted = {"enterprise": "宁河区测试150号", "contact_phone": "13900001234", "channel": "电话",
              "content": "厂区南门外排水沟堵了，一下雨就倒灌进车间", "do": "sure", **fields}  # fmt: skip
    return hub.post("/admin/intake", **wanted).headers["location"]


def test_who_calls_or_comes_to_the_window_has_a_channel_that_no_document_names(office):
    hub = office.user("hub")
    page = hub.get("/admin/intake").text
    assert '<option value="电话">' in page and '<option value="窗口">' in page
    number = re.search(r"\d{8}-\d{4}", register(hub))[0]
    assert office.ticket("排水沟堵了").channel == "电话"
    assert number in hub.get("/admin/tickets?status=all&channel=电话").text


def test_after_registering_the_clerk_reads_to_the_caller_who_does_it_until_when(office):
    hub = office.user("hub")
    address = register(hub)
    page = hub.get(address).text
    assert "可以这样告诉对方：单号" in page and re.search(r"最晚 \d+月\d+日（7 个工作日）办结", page)
    assert "可以这样告诉对方" not in hub.get(address.partition("?")[0]).text


def test_from_an_enterprises_file_the_form_knows_the_enterprise(office):
    page = office.user("hub").get("/admin/intake?enterprise=91120117MAT000018A").text
    assert "是这家吗" in page and re.search(r'type="radio"[^>]* checked', page)
    assert "没有找到" in office.user("hub").get("/admin/intake?enterprise=没有这家公司").text


def test_twins_open_beside_the_form_so_that_nothing_typed_is_lost(office):
    hub = office.user("hub")
    fields = {
        "enterprise": "宁河区测试2号",
        "content": "厂区南门外排水沟堵了",
        "channel": "电话",
        "do": "register",
    }
    page = hub.post("/admin/intake", 200, **fields).text
    assert re.search(r'<a href="/admin/tickets/[\d-]+" target="_blank" rel="noopener">', page)


def test_words_of_an_old_request_lead_to_it_though_only_open_ones_were_searched(office):
    hub = office.user("hub")
    page = hub.get("/admin/tickets?q=交社保&status=live").text
    assert "没有符合条件的工单" in page
    link = re.search(r'href="([^"]+)">不限状态有 1 件', page)[1].replace("&amp;", "&")
    assert "春节前临时招的工人" in hub.get(link).text
    assert "不限状态" not in hub.get("/admin/tickets?q=没有谁说过这句&status=live").text


def test_an_old_request_elsewhere_is_not_told_to_who_may_not_see_it(office):
    """The leader of another area: the count would give it away."""
    assert "不限状态" not in office.user("leader").get("/admin/tickets?q=知识产权质押&status=live").text


def test_the_only_one_that_a_search_leaves_is_chosen(office):
    hub = office.user("hub")
    numbers = [office.ticket("限高杆").number, office.ticket("我租的门面房东说要拆").number]
    path = "/admin/tickets/dispatch?" + "&".join(f"number={number}" for number in numbers)
    assert " selected>" not in hub.get(path).text.partition('id="target"')[2]
    assert " selected>" in hub.get(f"{path}&find=施工许可").text.partition('id="target"')[2]
