"""The panel's menu per role, and the sentences shown after something was done."""

from dataclasses import dataclass

from app.panel.roles import (
    CASE_READERS,
    EVERYONE,
    HANDBOOK_READERS,
    OUTBOX_READERS,
    OVERSEERS,
    Role,
)


@dataclass(frozen=True)
class MenuItem:
    """One entry of the menu and who sees it."""

    path: str
    label: str
    roles: frozenset[Role]


MENU = (
    MenuItem("/admin", "首页", EVERYONE),
    MenuItem("/admin/tickets", "工单", CASE_READERS),
    MenuItem("/admin/queue", "待分派", OUTBOX_READERS),
    MenuItem("/admin/outbox", "待发消息", OUTBOX_READERS),
    MenuItem("/admin/answers", "问答记录", HANDBOOK_READERS),
    MenuItem("/admin/handbook", "应答手册", HANDBOOK_READERS),
    MenuItem("/admin/enterprises", "企业", CASE_READERS),
    MenuItem("/admin/officers", "人员", CASE_READERS),
    MenuItem("/admin/audit", "审计", OVERSEERS),
)

NOTICES = {
    "dispatch": "已分派，对方会收到消息。",
    "accept": "已接单。",
    "reply": "已回复，企业会收到消息。",
    "request_info": "已请企业补充，补充期间不计时限。",
    "summon": "已吹哨。",
    "raise": "已上报。",
    "return": "已退回。",
    "extend": "已延期，企业会收到消息。",
    "resolve": "已办结，结果已列入待发消息。",
    "tell": "已记下告知经过。",
    "close": "已归档。",
    "reopen": "已重新打开。",
    "retry": "已重新排队发送。",
    "invite": "口令已生成。",
    "saved": "已保存。",
    "saved-with-faults": "已保存，还没有提交：先把标红的几处改好。",
    "submitted": "已提交审核，请另一位编辑看过发布。",
    "submit": "已提交审核，请另一位编辑看过发布。",
    "published": "已发布，一分钟内机器人就照新内容回答。",
    "send_back": "已退回修改。",
    "decline": "没有采纳，已记下理由。",
    "drop": "已放弃这份稿子。",
    "restored": "已恢复，一分钟内机器人就照这一版回答。",
    "proposed": "建议已提交，等手册编辑采纳。",
    "left": "已退出登录。",
}


def menu_for(role: str) -> list[MenuItem]:
    """The items this role may open."""
    return [item for item in MENU if Role(role) in item.roles]
