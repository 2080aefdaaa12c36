"""What the acts and details of the audit trail are called; an act without a name shows its code."""

import json
from collections.abc import Mapping
from typing import Any

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
}


def action_name(code: str) -> str:
    """The act in words, or "" where it has none."""
    return ACTIONS.get(code, "")


def as_text(detail: Mapping[str, Any]) -> str:
    """A row's detail as one line."""
    return "；".join(f"{KEYS.get(key, key)} {_plain(value)}" for key, value in detail.items())


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return "、".join(f"{KEYS.get(key, key)}={_plain(item)}" for key, item in value.items()) or "—"
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
