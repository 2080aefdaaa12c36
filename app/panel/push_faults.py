"""Why a message did not arrive, in words that a clerk can act on; the number stays for whoever looks it up."""

import re

_WORDS = {
    "no window, no template": "对方 48 小时内没来过消息，也没有模板：等对方下次来话",
    "channel parked": "微信那边暂时不收，过一会儿自动再发",
    "quiet hours": "免打扰时段，早上自动发",
    "failed:userblock": "对方拒收",
}
_NOT_FOLLOWING = "对方没有关注公众号：请打电话告知"
_REFUSED = "对方拒收：请打电话告知"
_WINDOW = "对方超过 48 小时没来话，或条数用完"
_ACCOUNT = "公众号的凭据或权限不对：请管理员看运行状况"
_TEMPLATE = "模板不对：请管理员核对模板"
_CODES = {
    43004: _NOT_FOLLOWING, 50005: _NOT_FOLLOWING, 43101: _REFUSED, 48002: _REFUSED, 43019: _REFUSED,
    45015: _WINDOW, 45047: _WINDOW, 40003: "对方的微信标识不对：请重新绑定",
    45009: "当天调用次数用完，零点后自动再发", 45011: "发得太快，稍后自动再发", -1: "微信繁忙，稍后自动再发",
    40037: _TEMPLATE, 47003: _TEMPLATE, 40001: _ACCOUNT, 40013: _ACCOUNT, 40125: _ACCOUNT, 40164: _ACCOUNT,
    40243: _ACCOUNT, 48001: _ACCOUNT, 48004: _ACCOUNT, 50002: _ACCOUNT,
}  # fmt: skip
_NETWORK = re.compile(r": (HTTP \d{3}|\w*(?:Timeout|Error))$")
_CODE = re.compile(r"(?<!\S)(-1|[1-9]\d{4})(?!\S)")


def fault_text(reason: str) -> str:
    """A stored reason as a sentence, with the platform's number; one that we have no words for as it was stored."""
    if reason in _WORDS:
        return _WORDS[reason]
    found = _CODE.search(reason)
    words = _CODES.get(int(found[1])) if found else None
    if found and words:
        return f"{words}（{found[1]}）"
    network = _NETWORK.search(reason)
    return f"微信没有应答，会再试几次（{network[1]}）" if network else reason
