"""C17 through the chat: the request is proposed a category by what the handbook nearly said; the officer corrects it."""

import re


def test_proposed_in_the_chat_and_corrected_by_the_officer(town, bound) -> None:
    bound.send_text("小微企业贷款需要什么条件")
    bound.send_text("没解决")
    tickets = town.tickets()
    if not tickets:  # it asks what is missing first
        bound.send_text("转人工")
        tickets = town.tickets()
    [ticket] = tickets
    assert (ticket.category, ticket.kind, ticket.is_sorting_proposed) == ("融资贷款", "咨询", True)
    officer, short = town.phone("oOfficerWang"), ticket.number[-4:]
    officer.send_text(f"查看 {short}")
    assert "类别：融资贷款 · 咨询（系统推荐）" in officer.inbox[-1].text
    officer.send_text(f"类别 {short} 金融")
    assert re.search(r"请写明类别（政策咨询、.*融资贷款", officer.inbox[-1].text)
    officer.send_text(f"类别 {short} 政策咨询 问题")
    assert "类别已改好" in officer.inbox[-1].text
    [ticket] = town.tickets()
    assert (ticket.category, ticket.kind, ticket.is_sorting_proposed) == ("政策咨询", "问题", False)
