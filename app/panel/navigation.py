"""The panel's menu per role, and the sentences shown after something was done."""

from dataclasses import dataclass

from app.panel.roles import (
    ADMINS,
    CASE_READERS,
    DISPATCHERS,
    EVERYONE,
    HANDBOOK_READERS,
    OUTBOX_READERS,
    OVERSEERS,
    SYSTEM_READERS,
    TICKET_READERS,
    Role,
    may_open,
)


@dataclass(frozen=True)
class MenuItem:
    """One entry of the menu, who sees it and under which heading."""

    path: str
    label: str
    roles: frozenset[Role]
    section: str = "办理"


MENU = (
    MenuItem("/admin", "首页", EVERYONE, ""),
    MenuItem("/admin/tickets", "工单", TICKET_READERS),
    MenuItem("/admin/queue", "待分派", OUTBOX_READERS),
    MenuItem("/admin/intake", "登记诉求", DISPATCHERS),
    MenuItem("/admin/meetings", "会商", OUTBOX_READERS),
    MenuItem("/admin/supervision", "督办", CASE_READERS),
    MenuItem("/admin/handoffs", "转出跟踪", OUTBOX_READERS),
    MenuItem("/admin/referrals", "移交记录", OUTBOX_READERS),
    MenuItem("/admin/exchange", "文件交换", OUTBOX_READERS),
    MenuItem("/admin/campaigns", "抽样回访", OUTBOX_READERS, "回访"),
    MenuItem("/admin/callbacks", "电话回访", OUTBOX_READERS, "回访"),
    MenuItem("/admin/handbook", "应答手册", HANDBOOK_READERS, "手册"),
    MenuItem("/admin/answers", "问答记录", HANDBOOK_READERS, "手册"),
    MenuItem("/admin/trends", "热点和缺口", HANDBOOK_READERS, "手册"),
    MenuItem("/admin/policies", "政策推送", HANDBOOK_READERS, "手册"),
    MenuItem("/admin/cases", "典型案例", HANDBOOK_READERS, "手册"),
    MenuItem("/admin/enterprises", "企业", CASE_READERS, "名录"),
    MenuItem("/admin/areas", "片区", CASE_READERS, "名录"),
    MenuItem("/admin/officers", "服务人员", CASE_READERS, "名录"),
    MenuItem("/admin/departments", "部门", CASE_READERS, "名录"),
    MenuItem("/admin/imports", "导入名册", DISPATCHERS, "名录"),
    MenuItem("/admin/reports", "报表", CASE_READERS, "统计"),
    MenuItem("/admin/reports/clearance", "清零情况", OUTBOX_READERS, "统计"),
    MenuItem("/admin/outbox", "待发消息", SYSTEM_READERS, "系统"),
    MenuItem("/admin/calendar", "工作日历", SYSTEM_READERS, "系统"),
    MenuItem("/admin/system", "运行状况", SYSTEM_READERS, "系统"),
    MenuItem("/admin/system/profile", "本区规则", SYSTEM_READERS, "系统"),
    MenuItem("/admin/system/backups", "备份", ADMINS, "系统"),
    MenuItem("/admin/users", "账号", ADMINS, "系统"),
    MenuItem("/admin/keys", "对接系统", ADMINS, "系统"),
    MenuItem("/admin/audit", "审计", OVERSEERS, "系统"),
)
SECTIONS = ("", "办理", "回访", "手册", "名录", "统计", "系统")
# Pages whose address does not begin with that of their menu entry.
BELONGS = {
    "/admin/problems": "/admin/supervision",
    "/admin/gaps": "/admin/trends",
    "/admin/usage": "/admin/trends",
    "/admin/digest": "/admin/trends",
    "/admin/changes": "/admin/areas",
    "/admin/sessions": "/admin/users",
}

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
    "supervise": "已列入督办。",
    "convene": "已提请会商，等会议议定。",
    "decide": "已记下会议议定，牵头部门会收到消息。",
    "engage": "已请部门协办，对方会收到消息。",
    "hand_off": "已记下转出，本单不关闭，等结果回来。",
    "hand_back": "已记下转出结果。",
    "chased": "已记下这次催办，从今天重新算。",
    "exchange-sent": "已放进去，看过会怎样再登记；不登记的一分钟内也会自动处理。",
    "exchange-taken": "已处理，登记结果写给对方了。",
    "exchange-fault": "整份没有采用，原因写给对方了。",
    "exchange-told": "办理情况已写好，等对方来取。",
    "exchange-nothing": "没有要告诉对方的变化。",
    "categorise": "已改好类别，统计按新的算。",
    "merge": "已并案，这家企业跟着另一张单子收进展。",
    "supplement": "已记下补充。",
    "urge": "已记下催办，承办人会收到提醒。",
    "withdraw": "已撤回。",
    "referred": "已记下移交，单子照常办；那边有结果再回来记。",
    "supervised-all": "已列入督办清单，承办人都会收到消息。",
    "registered": "已登记，承办人会收到消息。",
    "filter-saved": "这组条件已存下。",
    "filter-dropped": "这组条件已删除。",
    "campaign": "已抽好样本，先看名单再发问卷。",
    "asked": "问卷已列入待发消息。",
    "called": "回访结果已记下。",
    "retry": "已重新排队发送。",
    "push-written": "已存下，谁也没有收到：看过名单再开始。",
    "push-started": "已开始，分批送出，免打扰时段不发。",
    "reserve-listed": "已列入政策储备池，证据一并存下。",
    "reserve-decided": "已记下怎么定的和理由。",
    "gap-drafted": "已起草：问法和办结结果都带上了，请补全再提交审核。",
    "gap-settled": "已记下，从现在起看这一堆少不少。",
    "gap-dismissed": "已记下，手册不用答这个。",
    "case-proposed": "已交给手册编辑：采纳后由另一位编辑审核发布。",
    "push-stopped": "已停发，没发出的都收回了。",
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
    "learned": "已采纳，一分钟内机器人就认得这句问法。",
    "not-learned": "没有采纳，不会影响回答。",
    "unlearned": "已撤回，一分钟内机器人不再认这句问法。",
    "assigned": "已改由这位服务人员服务，记入沿革。",
    "contacted": "已记下这次联系。",
    "corrected": "已更正，改前改后和原因都留痕。",
    "undone": "已撤销最近一次导入，恢复到导入之前。",
    "away": "已登记外出，期间的新诉求和提醒交给代理人。",
    "back": "已登记回岗。",
    "password-changed": "口令已改，别处的登录都已退出。",
    "day-set": "已记下，在办单子的时限已重算。",
    "notice-proposed": "已保存，还没有生效：请另一位同事复核。",
    "notice-confirmed": "放假安排已生效，在办单子的时限已重算。",
    "notice-discarded": "已作废，日历没有变。",
    "backed-up": "已备份并自检。",
    "keys-revoked": "密钥已停用。",
    "webhook-removed": "不再回传。",
    "totp-off": "动态口令已解除。",
    "login-ended": "已退出。",
    "user-opened": "账号已启用。",
    "user-unlocked": "已解锁，现在就可以再登录。",
    "user-closed": "账号已停用，登录都已退出。",
    "left": "已退出登录。",
}


def menu_for(role: str, *, separates_duties: bool = False) -> list[tuple[str, list[MenuItem]]]:
    """The headings with the items this role may open; headings without any are left out."""
    own = [
        item
        for item in MENU
        if may_open(Role(role), item.roles, item.path, separates_duties=separates_duties)
    ]
    grouped = [(name, [item for item in own if item.section == name]) for name in SECTIONS]
    return [(name, items) for name, items in grouped if items]


def current_item(path: str) -> str:
    """The path of the menu entry a page belongs to: the longest one that begins its address."""
    path = path.rstrip("/")
    for start, home in BELONGS.items():
        if path == start or path.startswith(f"{start}/"):
            return home
    fitting = [item.path for item in MENU if path == item.path or path.startswith(f"{item.path}/")]
    inner = [one for one in fitting if one != "/admin" or path == "/admin"]
    return max(inner, key=len, default="")
