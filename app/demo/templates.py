"""Template messages of the made-up account: what people get outside the customer-service window."""

from typing import Any

from app.demo.platform.stand_in import StandIn

_FIELDS = {
    "character_string1": "number",
    "thing2": "title",
    "thing3": "status",
    "thing4": "handler",
    "thing5": "note",
}
_LABELS = {
    "character_string1": "工单编号",
    "thing2": "诉求内容",
    "thing3": "办理状态",
    "thing4": "办理人员",
    "thing5": "说明",
}
_TITLES = {
    "ticket_opened_officer": "新诉求提醒",
    "ticket_assigned": "诉求转办提醒",
    "ticket_accepted": "诉求接单通知",
    "ticket_transferred": "诉求流转通知",
    "ticket_waiting": "需要补充材料",
    "ticket_extended": "办理延期通知",
    "ticket_resolved": "诉求办结通知",
    "ticket_reopened": "诉求重办通知",
    "ticket_closed": "诉求归档通知",
    "ticket_supplement": "企业补充提醒",
    "ticket_urged": "企业催办提醒",
    "ticket_withdrawn": "企业撤回提醒",
    "ticket_reminder": "时限提醒",
    "ticket_escalated": "超期督办提醒",
}

DEMO_TEMPLATES: dict[str, Any] = {kind: {"id": f"TPL_{kind}", "fields": dict(_FIELDS)} for kind in _TITLES}


def add_templates(platform: StandIn) -> None:
    """Give the stand-in's account the templates that the settings name."""
    for kind, title in _TITLES.items():
        platform.add_template(f"TPL_{kind}", title, dict(_LABELS))
