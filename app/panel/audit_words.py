"""What the acts and details of the audit trail are called; an act without a name shows its code."""

import json
from collections.abc import Mapping
from typing import Any

from app.panel.audit_names import NOBODY, NONE, Names, reference
from app.panel.roles import ROLE_NAMES
from app.tickets.lifecycle import ACTION_NAMES, STATUS_NAMES

ACTIONS = {
    "login": "登录",
    "logout": "退出",
    "ticket.act": "办理单子",
    "ticket.register": "登记诉求",
    "contact.reveal": "看联系方式",
    "contact.verify": "核实联系人",
    "list.check": "上传名单",
    "list.apply": "登记整份名单",
    "ticket.supervise_all": "按日期一次督办",
    "ticket.refer": "移交推诿扯皮",
    "referral.outcome": "记移交结果",
    "exchange.file": "处理对接文件",
    "exchange.send": "放进来单文件",
    "exchange.take": "登记来单文件",
    "exchange.tell": "写办理情况文件",
    "exchange.download": "下载对接文件",
    "handoff.chase": "记催办转出",
    "handoff.back": "记转出结果",
    "filter.save": "存下条件",
    "filter.drop": "删除条件",
    "campaign.create": "抽样回访",
    "campaign.ask": "发问卷",
    "callback.record": "记电话回访",
    "enterprise.assign": "分配服务人员",
    "enterprise.contact": "记走访联系",
    "enterprise.change": "改企业信息",
    "enterprise.check": "核对企业信息改动",
    "enterprise.correct": "更正企业信息",
    "directory.assign": "分配服务人员",
    "directory.route": "按规则派到人",
    "officer.invite": "发绑定口令",
    "coordinator.invite": "发绑定口令",
    "officer.absence": "登记请假",
    "officer.return": "登记销假",
    "officer.transfer": "交接企业",
    "officer.hand_over": "整体移交",
    "staff.bind": "工作人员绑定",
    "roster.undo": "撤销导入",
    "report.export": "导出报表",
    "handbook.start": "起草条目",
    "handbook.save": "保存条目",
    "handbook.act": "审核条目",
    "handbook.picture": "给条目放图片",
    "handbook.restore": "恢复旧版条目",
    "handbook.learn": "采纳问法",
    "handbook.propose": "建议条目",
    "outbox.retry": "重发消息",
    "calendar.day": "规定一天",
    "calendar.check": "预览放假通知",
    "calendar.submit": "提交放假通知",
    "calendar.propose": "放假通知待复核",
    "calendar.agree": "复核放假通知",
    "calendar.confirm": "放假通知复核通过",
    "calendar.drop": "作废放假通知",
    "calendar.discard": "放假通知作废",
    "calendar.enter": "改工作日历",
    "calendar.recount": "重算时限",
    "user.create": "新建账号",
    "user.update": "改账号",
    "user.active": "停用或启用账号",
    "user.unlock": "解锁账号",
    "user.password": "改自己的口令",
    "user.reset-password": "重置口令",
    "totp.start": "开始绑定动态口令",
    "totp.confirm": "绑定动态口令",
    "totp.off": "解除动态口令",
    "totp.reset": "重置动态口令",
    "session.end": "结束登录",
    "backup.make": "备份",
    "api-key.create": "发密钥",
    "api-key.revoke": "停用密钥",
    "webhook.register": "登记回传地址",
    "webhook.remove": "停止回传",
    "webhook.retry": "重发回传",
    "audit.export": "导出审计",
    "privacy.erase": "删除个人信息",
    "privacy.export": "给本人一份副本",
    "case.propose": "建议典型案例",
    "gap.draft": "给答不上的问题起草",
    "gap.settle": "记下已有条目能答",
    "gap.dismiss": "手册不用答",
    "policy.write": "写政策推送",
    "policy.start": "开始推送",
    "policy.stop": "停发推送",
    "problem.list": "列入问题清单",
    "problem.act": "办理问题清单",
    "problem.draw": "抽查问题清单",
    "problem.check": "记抽查结果",
    "reserve.list": "列入政策储备池",
    "reserve.decide": "定政策储备池事项",
    "roster.check": "预览导入",
    "roster.apply": "导入名册",
    "import_undo": "撤销导入",
}
KEYS = {
    "before": "改前",
    "after": "改后",
    "changed": "改动",
    "reason": "原因",
    "action": "动作",
    "name": "姓名",
    "role": "角色",
    "area": "片区",
    "coordinator": "部门专员",
    "active": "在用",
    "totp": "动态口令",
    "status": "状态",
    "step": "层级",
    "holder": "承办",
    "officer": "服务人员",
    "department": "部门",
    "due_on": "时限",
    "shown": "看了",
    "ended": "结束",
    "count": "条数",
    "rows": "条数",
    "filters": "条件",
    "days": "天数",
    "moved": "换日期",
    "recounted": "重算",
    "bytes": "字节",
    "closed": "停用",
    "scopes": "权限",
    "host": "地址",
    "address": "来源地址",
    "workday": "上班",
    "override": "本区规定",
    "act": "动作",
    "as": "更正成",
    "asked": "问了",
    "body": "单位",
    "by": "分组",
    "channel": "渠道",
    "destination": "转到",
    "draft": "草稿",
    "enterprises": "企业",
    "entry": "条目",
    "fault": "毛病",
    "fields": "改的栏目",
    "file": "文件",
    "followed": "跟着走的",
    "for": "为了",
    "from": "从",
    "full": "全量名单",
    "held": "手上的",
    "item": "事项",
    "kept_newest": "只留最新",
    "kind": "种类",
    "known": "以前已登记",
    "leaves": "离岗",
    "left_out": "不打扰",
    "lesson": "问法",
    "merged": "并案",
    "new": "已登记",
    "on": "在哪里",
    "open_on": "哪天没办结",
    "opened": "登记单子",
    "outcome": "结果",
    "pending": "待复核",
    "per_group": "每组几件",
    "per_hour": "每小时几条",
    "phrasing": "说法",
    "receivers": "会收到的人",
    "refused": "没办成",
    "rejected": "没登记",
    "repeated": "连着提交两次",
    "roster": "名册",
    "run": "第几次导入",
    "score": "打分",
    "section": "段落",
    "seed": "种子",
    "sent": "办成",
    "settled_by": "到哪天清零",
    "since": "从",
    "size": "抽几项",
    "spared": "收回几条",
    "stand_in": "代理人",
    "state": "状态",
    "target": "发给谁",
    "tickets": "单子",
    "times": "退回几次",
    "to": "给",
    "until": "到",
    "updated": "已更新",
    "version": "第几稿",
    "industry": "行业",
    "scale": "规模",
    "stage": "阶段",
    "chain": "产业链",
}
_HOLDERS = {
    "officer": "服务人员", "department": "部门", "hub": "运行中枢", "meeting": "会议", "leader": "领导", "city": "市级",
}  # fmt: skip
_ACTS = {
    **{action.value: name for action, name in ACTION_NAMES.items()},
    "draft": "起草", "settle": "已有条目", "dismiss": "不用写", "save": "保存", "submit": "提交审核", "publish": "发布",
    "send_back": "退回修改", "decline": "不采纳", "adopt": "采纳", "drop": "放弃", "picture": "放图片", "accept": "采纳",
    "reject": "不采纳", "take-back": "撤回", "start": "开始", "stop": "停发",
}  # fmt: skip
_BLANK: tuple[Any, ...] = (None, "", [])
# Codes that stand as values, by the key they stand under.
VALUES: Mapping[str, Mapping[str, str]] = {
    "status": {status.value: name for status, name in STATUS_NAMES.items()},
    "action": {action.value: name for action, name in ACTION_NAMES.items()},
    "act": _ACTS,
    "holder": _HOLDERS,
    "step": {**_HOLDERS, "local": "属地"},
    "role": {role.value: name for role, name in ROLE_NAMES.items()},
    "shown": {"contact": "联系方式"},
    "on": {"sheet": "工作单"},
}
OBJECTS = {
    "ticket": "工单", "tickets": "工单", "user": "账号", "officer": "服务人员", "coordinator": "部门专员",
    "enterprise": "企业", "entry": "条目", "gap": "答不上的问题", "policy_push": "政策推送", "campaign": "抽样回访",
    "problem": "问题清单", "spot_check": "抽查", "referral": "移交", "reserve": "政策储备", "topic": "热点",
    "system": "对接系统", "filter": "存下的条件", "list": "整份名单", "roster": "名册", "import": "导入",
    "department": "部门", "contact": "企业联系人", "report": "报表", "outbox": "消息", "calendar": "日历", "panel": "后台", "audit": "审计",
}  # fmt: skip


def action_name(code: str) -> str:
    """The act in words, or "" where it has none."""
    return ACTIONS.get(code, "")


def actions_named(words: str) -> list[str]:
    """The codes of the acts whose name contains these words."""
    return [code for code, name in ACTIONS.items() if words and words in name]


def object_name(target: str, name: str = "") -> str:
    """`ticket:20261120-0041` as 工单 20261120-0041; what we have no word for as it is. `name` stands for a number."""
    kind, _, rest = target.partition(":")
    return f"{OBJECTS[kind]} {name or rest}".strip() if kind in OBJECTS else target


def as_text(detail: Mapping[str, Any], names: Names = NOBODY) -> str:
    """A row's detail as one line; numbers that `names` knows as names."""
    return "；".join(
        f"{KEYS.get(key, key)} {_plain(value, names, key)}" for key, value in _changed_only(detail).items()
    )


def _changed_only(detail: Mapping[str, Any]) -> Mapping[str, Any]:
    """Before and after with the fields that differ: the whole of both stands in the file that is exported."""
    before, after = detail.get("before"), detail.get("after")
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        return detail
    names = [name for name in {**before, **after} if _differs(before.get(name), after.get(name))]
    told = {
        key: {name: side.get(name) for name in names} for key, side in (("before", before), ("after", after))
    }
    rest = {key: value for key, value in detail.items() if key not in told}
    return {**rest, **told} if names else rest


def _differs(one: Any, other: Any) -> bool:
    return one != other and not (one in _BLANK and other in _BLANK)


def _plain(value: Any, names: Names, key: str) -> str:
    if isinstance(value, Mapping):
        parts = (f"{KEYS.get(name, name)}={_plain(item, names, name)}" for name, item in value.items())
        return "、".join(parts) or "—"
    named = names.get(reference(key, value) or NONE)
    if named:
        return named
    if value in _BLANK:
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str):
        return VALUES.get(key, {}).get(value, value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "、".join(value) or "—"
    return json.dumps(value, ensure_ascii=False)
