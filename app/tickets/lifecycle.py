"""The life of a ticket: every legal (status, action) pair in one table, and one error for the others.

Pure. Who may act is `authority`; what an action changes is `handling`, `moving` and `asking`.
"""

from enum import StrEnum

from app.errors import Conflict


class Status(StrEnum):
    """Where a ticket stands. PENDING: somebody holds it and has not taken it up yet."""

    PENDING = "pending"
    WORKING = "working"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What people and the worker do to a ticket."""

    ACCEPT = "accept"
    REPLY = "reply"
    REQUEST_INFO = "request_info"
    SUMMON = "summon"
    RAISE = "raise"
    RETURN = "return"
    EXTEND = "extend"
    RESOLVE = "resolve"
    TELL = "tell"
    DISPATCH = "dispatch"
    CLOSE = "close"
    SUPPLEMENT = "supplement"
    URGE = "urge"
    WITHDRAW = "withdraw"
    RATE = "rate"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    RESUME = "resume"
    ENGAGE = "engage"
    LEAVE = "leave"
    SUPERVISE = "supervise"
    CONVENE = "convene"
    DECIDE = "decide"
    HAND_OFF = "hand_off"
    HAND_BACK = "hand_back"
    MERGE = "merge"
    CATEGORISE = "categorise"


LIVE = frozenset({Status.PENDING, Status.WORKING, Status.WAITING})
FINAL = frozenset({Status.CLOSED, Status.WITHDRAWN})

STATUS_NAMES = {
    Status.PENDING: "待接单",
    Status.WORKING: "办理中",
    Status.WAITING: "待补充",
    Status.RESOLVED: "已办结",
    Status.CLOSED: "已归档",
    Status.WITHDRAWN: "已撤回",
}
ACTION_NAMES = {
    Action.ACCEPT: "接单",
    Action.REPLY: "回复",
    Action.REQUEST_INFO: "补件",
    Action.SUMMON: "吹哨",
    Action.RAISE: "上报",
    Action.RETURN: "退回",
    Action.EXTEND: "延期",
    Action.RESOLVE: "办结",
    Action.TELL: "告知",
    Action.DISPATCH: "分派",
    Action.CLOSE: "归档",
    Action.SUPPLEMENT: "补充",
    Action.URGE: "催办",
    Action.WITHDRAW: "撤回",
    Action.RATE: "评价",
    Action.CONFIRM: "确认解决",
    Action.REOPEN: "重办",
    Action.RESUME: "恢复计时",
    Action.ENGAGE: "协办",
    Action.LEAVE: "退出协办",
    Action.SUPERVISE: "督办",
    Action.CONVENE: "提请会商",
    Action.DECIDE: "会议议定",
    Action.HAND_OFF: "转出",
    Action.HAND_BACK: "转出回办",
    Action.MERGE: "并案",
    Action.CATEGORISE: "归类",
}

# Rows that hold for every live status unless a later row says otherwise.
_WHILE_LIVE = {
    Action.SUMMON: Status.PENDING,
    Action.RAISE: Status.PENDING,
    Action.RETURN: Status.PENDING,
    Action.DISPATCH: Status.PENDING,
    Action.REQUEST_INFO: Status.WAITING,
    Action.RESOLVE: Status.RESOLVED,
    Action.WITHDRAW: Status.WITHDRAWN,
    Action.DECIDE: Status.PENDING,
    Action.MERGE: Status.CLOSED,
}
_UNMOVED_WHILE_LIVE = (
    Action.REPLY, Action.EXTEND, Action.TELL, Action.URGE, Action.SUPPLEMENT, Action.ENGAGE, Action.LEAVE,
    Action.SUPERVISE, Action.CONVENE, Action.HAND_OFF, Action.HAND_BACK, Action.CATEGORISE,
)  # fmt: skip

TRANSITIONS: dict[tuple[Status, Action], Status] = {
    **{(status, action): after for status in LIVE for action, after in _WHILE_LIVE.items()},
    **{(status, action): status for status in LIVE for action in _UNMOVED_WHILE_LIVE},
    (Status.PENDING, Action.ACCEPT): Status.WORKING,
    (Status.PENDING, Action.REPLY): Status.WORKING,
    (Status.WAITING, Action.SUPPLEMENT): Status.WORKING,
    (Status.WAITING, Action.RESUME): Status.WORKING,
    (Status.RESOLVED, Action.REPLY): Status.RESOLVED,
    (Status.RESOLVED, Action.SUPPLEMENT): Status.RESOLVED,
    (Status.RESOLVED, Action.TELL): Status.RESOLVED,
    (Status.RESOLVED, Action.CATEGORISE): Status.RESOLVED,
    (Status.CLOSED, Action.CATEGORISE): Status.CLOSED,
    (Status.RESOLVED, Action.CLOSE): Status.CLOSED,
    (Status.RESOLVED, Action.CONFIRM): Status.CLOSED,
    (Status.RESOLVED, Action.RATE): Status.CLOSED,
    (Status.RESOLVED, Action.REOPEN): Status.PENDING,
    (Status.CLOSED, Action.RATE): Status.CLOSED,
    (Status.CLOSED, Action.REOPEN): Status.PENDING,
}


class IllegalAction(Conflict):
    """This action does not fit the ticket's status; carries both."""

    def __init__(self, status: Status, action: Action, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.action = action


def next_status(status: Status, action: Action) -> Status:
    """The status after the action; IllegalAction if the pair is not in the table."""
    if (status, action) in TRANSITIONS:
        return TRANSITIONS[status, action]
    raise IllegalAction(status, action, _refusal(status, action))


def _refusal(status: Status, action: Action) -> str:
    if action is Action.RATE and status in LIVE:
        return "还在办理，办结后再评价"
    if action is Action.SUPPLEMENT:
        return f"{STATUS_NAMES[status]}，不能再补充；事情还没解决，请直接把问题发来，会开新单"
    return f"{STATUS_NAMES[status]}，不能{ACTION_NAMES[action]}"
