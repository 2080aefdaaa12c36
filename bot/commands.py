"""Chat commands (contract: Chat commands), read forgivingly: spaces, full width, punctuation, synonyms."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """Every command by its official word."""

    BIND = "绑定"
    SWITCH = "切换"
    UNBIND = "解绑"
    MY_OFFICER = "我的服务员"
    PROGRESS = "进度"
    SUPPLEMENT = "补充"
    URGE = "催办"
    WITHDRAW = "撤回"
    RATE = "评价"
    HUMAN = "人工"
    APART = "单独转"
    HELP = "帮助"
    FAQ = "常见问题"
    OPT_OUT = "退订"
    UNSOLVED = "没解决"
    BIND_STAFF = "绑定工号"
    TODO = "待办"
    SHOW = "查看"
    ACCEPT = "接单"
    REPLY = "回复"
    ASK_MORE = "补件"
    SUMMON = "吹哨"
    RAISE = "上报"
    RETURN = "退回"
    EXTEND = "延期"
    RESOLVE = "办结"
    TELL = "告知"
    REGISTER = "登记"
    CONFIRM_BINDING = "确认绑定"
    FIND_ENTERPRISE = "查企业"
    FIND_COORDINATOR = "查专员"
    VISIT = "走访"
    HANDBOOK = "手册"
    PROPOSE = "提议"
    ENGAGE = "协办"
    HAND_OFF = "转出"
    HAND_BACK = "转回"
    CATEGORISE = "类别"
    CARD = "图文"


STAFF_TICKET_VERBS = frozenset(
    {
        Verb.SHOW, Verb.ACCEPT, Verb.REPLY, Verb.ASK_MORE, Verb.SUMMON, Verb.RAISE, Verb.RETURN,
        Verb.EXTEND, Verb.RESOLVE, Verb.TELL, Verb.PROPOSE, Verb.ENGAGE, Verb.HAND_OFF, Verb.HAND_BACK,
        Verb.CATEGORISE,
    }
)  # fmt: skip
STAFF_VERBS = STAFF_TICKET_VERBS | {
    Verb.TODO, Verb.REGISTER, Verb.CONFIRM_BINDING, Verb.FIND_ENTERPRISE, Verb.FIND_COORDINATOR,
    Verb.VISIT, Verb.HANDBOOK,
}  # fmt: skip
COORDINATOR_VERBS = frozenset(
    {
        Verb.TODO, Verb.SHOW, Verb.ACCEPT, Verb.REPLY, Verb.ASK_MORE, Verb.RAISE, Verb.RETURN,
        Verb.RESOLVE, Verb.EXTEND, Verb.TELL, Verb.HANDBOOK, Verb.FIND_COORDINATOR, Verb.PROPOSE, Verb.ENGAGE, Verb.HAND_OFF,
        Verb.HAND_BACK, Verb.CATEGORISE,
    }
)  # fmt: skip

# Alone in a message they are the command itself.
_ALONE = {
    Verb.MY_OFFICER: ("我的服务员", "我的服务专员", "我的专员", "我的服务人员", "我的为企服务人员", "服务员是谁"),
    Verb.PROGRESS: ("进度", "查进度", "查询进度", "办理进度", "我的诉求", "我的工单", "查单"),
    Verb.HUMAN: ("人工", "转人工", "人工服务", "找人工", "转服务员", "转服务专员", "找服务员", "人工客服", "转人工客服", "找人工客服", "都不是", "投诉", "反映问题", "我有事要反映"),
    Verb.APART: ("单独转", "是另一件事单独转", "是另一件事"),
    Verb.HELP: ("帮助", "help", "菜单", "怎么用", "使用说明"),
    Verb.FAQ: ("常见问题", "热门问题"),
    Verb.OPT_OUT: ("退订", "td"),
    Verb.UNSOLVED: ("没解决", "没有解决", "未解决", "没解决转服务员", "没用", "不是这个"),
    Verb.TODO: ("待办", "我的待办", "待办事项"),
    Verb.SWITCH: ("切换", "切换企业"),
    Verb.UNBIND: ("解绑", "解除绑定", "解绑企业"),
    Verb.BIND: ("绑定", "绑定企业", "我要绑定"),
    Verb.SUPPLEMENT: ("补充", "补充情况"),
    Verb.URGE: ("催办", "催一下", "催单", "催促", "催一催"),
    Verb.WITHDRAW: ("撤回", "撤销诉求", "发错了撤回"),
    Verb.RATE: ("评价",),
    Verb.CARD: ("图文", "图文卡片", "发图文"),
}  # fmt: skip
_SPELLINGS = {
    "绑定工号": Verb.BIND_STAFF, "工号绑定": Verb.BIND_STAFF, "确认绑定": Verb.CONFIRM_BINDING, "绑定": Verb.BIND, "切换": Verb.SWITCH,
    "解绑": Verb.UNBIND, "进度": Verb.PROGRESS, "查进度": Verb.PROGRESS, "查询进度": Verb.PROGRESS, "补充": Verb.SUPPLEMENT,
    "催办": Verb.URGE, "催单": Verb.URGE, "催促": Verb.URGE, "撤回": Verb.WITHDRAW, "撤单": Verb.WITHDRAW, "撤销": Verb.WITHDRAW, "评价": Verb.RATE, "查看": Verb.SHOW,
    "接单": Verb.ACCEPT, "签收": Verb.ACCEPT, "回复": Verb.REPLY, "答复": Verb.REPLY, "补件": Verb.ASK_MORE, "吹哨": Verb.SUMMON,
    "上报": Verb.RAISE, "退回": Verb.RETURN, "退单": Verb.RETURN, "延期": Verb.EXTEND, "办结": Verb.RESOLVE, "完结": Verb.RESOLVE, "结案": Verb.RESOLVE,
    "告知": Verb.TELL, "登记": Verb.REGISTER, "查企业": Verb.FIND_ENTERPRISE, "查专员": Verb.FIND_COORDINATOR,
    "走访": Verb.VISIT, "提议": Verb.PROPOSE, "手册": Verb.HANDBOOK, "协办": Verb.ENGAGE, "转出": Verb.HAND_OFF,
    "转回": Verb.HAND_BACK, "类别": Verb.CATEGORISE, "归类": Verb.CATEGORISE,
}  # fmt: skip
# `绑 定 X`, `进　度`: blanks between the characters of the word itself; longer words first.
_WRITTEN = [
    (re.compile(" ?".join(spelling)), _SPELLINGS[spelling])
    for spelling in sorted(_SPELLINGS, key=len, reverse=True)
]
# What people put around a word that stands alone: «我要转人工», «我的服务员是谁呀».
_POLITE_START = re.compile(r"^(请|麻烦|帮我|我要|我想|给我)+")
_POLITE = re.compile(r"^(请|麻烦|帮我|我要|我想|给我)+|(呀|啊|呢|哦|哈|呗|吧|啦|谢谢|是谁)+$")
_SATISFACTION = {"非常满意": 5, "满意": 5, "基本满意": 3, "不太满意": 2, "不满意": 1, "很不满意": 1}
_TICKET_VERBS = STAFF_TICKET_VERBS | {Verb.PROGRESS, Verb.SUPPLEMENT, Verb.URGE, Verb.WITHDRAW, Verb.RATE}
# `0042`, `【0042】`, `#0042`, `单号0042号`, `20261120—0042`, `202611200042`: as people copy and type them.
_REFERENCE = re.compile(
    r"[【\[〔(（#＃]*(?:单号|工单号?|编号)?[\s:：]*[【\[〔(（#＃]*"
    r"(?:(20\d{6})(?:\s*[-—–－_]+\s*|\s+)?)?(\d{4})(?![\d-]|年[^久]|元)[】\]〕)）]*(?:号(?:工单|单)?(?=$|[\s:：,，]))?"
)
_LOOKS_LIKE_NAME = re.compile(
    r"(公司|集团|厂|店|社|部|行|馆|中心|餐厅|饭店|商行|经营部|工作室|农场|合作社|院|站|场)$"
)
_SCORE = re.compile(
    r"([1-5](?!\d)|[一二三四五](?=分|星|颗星))\s*(?:分|星|颗星)?(?:好评)?[\s,，。:：]*(.*)", re.DOTALL
)
_ONLY_SCORE = re.compile(
    r"[\s:：]*([1-5]|[一二三四五](?=分|星|颗星))\s*(?:分|星|颗星)?(?:好评)?(?:[\s,，。]+(.*))?", re.DOTALL
)
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NP-RTUW-Y]{18}", re.IGNORECASE)


@dataclass(frozen=True)
class Command:
    """A command with its arguments: `ref` is a ticket number or its last four digits, or ""."""

    verb: Verb
    ref: str = ""
    text: str = ""
    score: int | None = None


# Digits, letters and blanks to half width; punctuation stays as typed, because the rest of a command is
# somebody's text (a result, a reason) that others will read.
_HALF_WIDTH = {
    full: full - 0xFEE0 for full in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}
_HALF_WIDTH |= {0x3000: 0x20, 0xFF0D: 0x2D}


def normalise(text: str) -> str:
    """Half width, single spaces, no ornament at the ends; the words themselves stay."""
    folded = text.translate(_HALF_WIDTH).strip()
    return re.sub(r"\s+", " ", folded).strip(" .。!！?？~～,，;；:：、【】[]〔〕<>《》\"'“”‘’")


def parse(text: str) -> Command | None:
    """The command in a message, or None if it is something to search for."""
    line = normalise(text)
    if not line:
        return None
    asked = _POLITE_START.sub("", line)  # «我要绑定 X», «请补充 0042 …»
    return _alone(line) or _satisfaction(line) or _with_arguments(asked) or _reference_first(line)


def _alone(line: str) -> Command | None:
    bare = re.sub(r"[\s,，。.!！?？]", "", line).lower()
    said = {bare, _POLITE.sub("", bare)}
    for verb, spellings in _ALONE.items():
        if not said.isdisjoint(spellings):
            return Command(verb)
    return None


def _satisfaction(line: str) -> Command | None:
    """`满意`, `不满意 0042 南门太窄`, `基本满意 20261120-0042`."""
    for word in sorted(_SATISFACTION, key=len, reverse=True):
        if not line.startswith(word):
            continue
        rest = line[len(word) :]
        if rest and rest[0] not in " ,，。:：、0123456789":
            return None
        ref, comment = _split_reference(rest.lstrip(" ,，。:：、"))
        return Command(Verb.RATE, ref, comment, _SATISFACTION[word])
    return None


def _with_arguments(line: str) -> Command | None:
    for pattern, verb in _WRITTEN:
        match = pattern.match(line)
        if match is None:
            continue
        rest = line[match.end() :]
        if verb in _TICKET_VERBS:
            return _ticket_command(verb, rest)
        return _free_command(verb, rest)
    return None


def _ticket_command(verb: Verb, rest: str) -> Command | None:
    ref, text = _split_reference(rest.lstrip(" :：,，"))
    if not ref:
        return _without_reference(verb, rest)
    if verb is Verb.RATE:
        return _rating(ref, text)
    return Command(verb, ref, text)


def _without_reference(verb: Verb, rest: str) -> Command | None:
    """`评价 5 办得快`, `接单`, `吹哨 住建委`: half a command, which its handler completes or explains."""
    score = _ONLY_SCORE.fullmatch(rest) if verb is Verb.RATE else None
    if score:
        return Command(verb, text=(score[2] or "").strip(), score=_points(score[1]))
    if verb in STAFF_TICKET_VERBS and (not rest or rest[0] in " :：" or rest[0].isdigit()):
        return Command(verb, text=rest.strip(" :：,，"))
    return None


def _rating(ref: str, text: str) -> Command:
    match = _SCORE.match(text)
    if match:
        return Command(Verb.RATE, ref, match[2].strip(), _points(match[1]))
    said = _satisfaction(text)
    if said is not None:
        return Command(Verb.RATE, ref, said.text, said.score)
    return Command(Verb.RATE, ref, text)


def _points(digit: str) -> int:
    return "零一二三四五".index(digit) if digit in "一二三四五" else int(digit)


def _free_command(verb: Verb, rest: str) -> Command | None:
    """`绑定 X` needs a blank, a colon or something that looks like a name: «绑定银行卡» is a question."""
    separated = rest[:1] in (" ", ":", "：")
    argument = rest.strip(" :：")
    if verb in (Verb.BIND_STAFF, Verb.CONFIRM_BINDING):
        argument = re.sub(r"[\s-]", "", argument)
    if not argument:
        return Command(verb)
    if separated or _looks_bound(verb, argument):
        return Command(verb, text=argument)
    return None


def _looks_bound(verb: Verb, argument: str) -> bool:
    if verb in (Verb.BIND_STAFF, Verb.CONFIRM_BINDING):
        return argument.isdigit()
    if verb in (Verb.FIND_ENTERPRISE, Verb.FIND_COORDINATOR):
        return True  # said by staff only: of anybody else it is a question all the same
    if verb is Verb.BIND:
        return bool(_CREDIT_CODE.fullmatch(argument) or _LOOKS_LIKE_NAME.search(argument))
    return False


def _reference_first(line: str) -> Command | None:
    """`0042 进度`, `0042`: the number first, as people do when they answer a push."""
    ref, rest = _split_reference(line)
    if not ref:
        return None
    if not rest:
        return Command(Verb.PROGRESS, ref)
    for spelling, verb in _SPELLINGS.items():
        if rest.startswith(spelling) and verb in _TICKET_VERBS:
            text = rest[len(spelling) :].strip(" :：,，")
            return _rating(ref, text) if verb is Verb.RATE else Command(verb, ref, text)
    if rest in _SATISFACTION:
        return Command(Verb.RATE, ref, "", _SATISFACTION[rest])
    return None


def _split_reference(text: str) -> tuple[str, str]:
    match = _REFERENCE.match(text)
    if not match:
        return "", text.strip()
    day, serial = match[1], match[2]
    ref = f"{day}-{serial}" if day else serial
    return ref, text[match.end() :].strip(" :：,，")
