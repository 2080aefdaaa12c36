"""Does a text name a person or an enterprise? Flags with what was seen, and the text with it taken out. Pure.

A handbook entry is read by everybody, a ticket is somebody's affair (PIPL 6, 25). Names are only found where
they are known from the ticket; the person who proposes reads the text once more.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

ENTERPRISE, PERSON = "企业名称", "人名"
_PATTERNS = (
    ("身份证号", re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dXx])"), "（身份证号）"),
    ("统一社会信用代码", re.compile(r"(?<![0-9A-Za-z])[159Y][1239][0-9]{6}[0-9A-HJ-NP-RT-UW-Y]{10}(?![0-9A-Za-z])"), "（信用代码）"),
    ("银行账号", re.compile(r"(?<!\d)\d{16,19}(?!\d)"), "（账号）"),
    ("手机号", re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"), "（电话）"),
    ("电话号码", re.compile(r"(?<!\d)(?:0\d{2,3}[-—－ ]?)[2-9]\d{6,7}(?!\d)|(?<!\d)[2-9]\d{7}(?!\d|\s*(?:元|万|亿|年))"), "（电话）"),
    ("电子邮箱", re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "（邮箱）"),
    ("微信号", re.compile(r"(?:微信号?|wx|VX|vx)\s*[:：]?\s*[A-Za-z][\w-]{5,19}"), "（微信）"),
    ("车牌号", re.compile(r"[京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新][A-Z][·•]?[A-Z0-9]{5,6}"), "（车牌）"),
)  # fmt: skip
_WIDE = str.maketrans("０１２３４５６７８９－", "0123456789-")
_PLACE = re.compile(r"^(?:天津市|天津)?(?:[\u4e00-\u9fff]{2,3}?(?:新区|区|县))?")
_FORM = re.compile(
    r"(?:（[^）]*）|\([^)]*\))?(?:有限责任公司|股份有限公司|集团有限公司|有限公司|合伙企业|分公司|专业合作社|合作社|经营部|商行|工作室|集团|公司|厂|店|部)$"
)
_TRADE = re.compile(
    r"(?:食品|机械|商贸|科技|贸易|建筑|工程|餐饮|物流|运输|服务|电子|化工|医药|制造|设备|装饰|材料|农业|网络|信息|技术|管理|咨询|文化|传媒)+$"
)
MIN_SHORT_NAME = 3
LONG_ENOUGH_FOR_MORE = 7


@dataclass(frozen=True)
class Flag:
    """One thing that should not be in a public text."""

    kind: str
    seen: str
    start: int
    end: int
    instead: str


def flags(text: str, *, enterprises: Iterable[str] = (), people: Iterable[str] = ()) -> list[Flag]:
    """Everything personal in the text, in reading order, overlaps once."""
    plain = text.translate(_WIDE)
    found = [*_numbers(plain), *_named(plain, ENTERPRISE, short_names(enterprises), "某企业")]
    names = [name.strip() for name in people if len(name.strip()) >= 2]
    found += _named(plain, PERSON, names, "某人")
    found.sort(key=lambda flag: (flag.start, -flag.end))
    kept: list[Flag] = []
    for flag in found:
        if not kept or flag.start >= kept[-1].end:
            kept.append(flag)
    return kept


def redacted(text: str, *, enterprises: Iterable[str] = (), people: Iterable[str] = ()) -> str:
    """The text with every flag replaced by what kind of thing it was."""
    result, end = "", 0
    for flag in flags(text, enterprises=enterprises, people=people):
        result += text[end : flag.start] + flag.instead
        end = flag.end
    return result + text[end:]


def explained(found: Iterable[Flag]) -> str:
    """One sentence for the person who typed it; the value half hidden, since it may be shown on a shared screen."""
    shown = "、".join(dict.fromkeys(f"{flag.kind}（{_hinted(flag.seen)}）" for flag in found))
    return f"还有个人信息或企业名称：{shown}。改成「某企业」「某人」再提交"


def part_with(parts: Mapping[str, str], found: Iterable[Flag]) -> str:
    """The name of the first part of a text in which something of what was found stands; "" if it stands in none."""
    seen = {flag.seen.translate(_WIDE) for flag in found}
    return next(
        (name for name, text in parts.items() if any(one in text.translate(_WIDE) for one in seen)), ""
    )


def _numbers(text: str) -> Iterator[Flag]:
    for kind, pattern, instead in _PATTERNS:
        for match in pattern.finditer(text):
            yield Flag(kind, match.group(), match.start(), match.end(), instead)


def _named(text: str, kind: str, names: Iterable[str], instead: str) -> list[Flag]:
    found = []
    for name in sorted(set(names), key=len, reverse=True):
        for match in re.finditer(re.escape(name), text):
            found.append(Flag(kind, name, match.start(), match.end(), instead))
    return found


def short_names(enterprises: Iterable[str]) -> list[str]:
    """A name as registered and as people shorten it: without place, legal form, trade."""
    names: list[str] = []
    for full in enterprises:
        full = full.strip()
        if not full:
            continue
        without_form = _FORM.sub("", full)
        core = _PLACE.sub("", without_form)
        names += [full, without_form, _PLACE.sub("", full), core, _TRADE.sub("", core)]
    return [name for name in dict.fromkeys(names) if len(name) >= MIN_SHORT_NAME]


def _hinted(seen: str) -> str:
    return f"{seen[:3]}…{seen[-1]}" if len(seen) >= LONG_ENOUGH_FOR_MORE else f"{seen[:1]}…"
