"""What may not stand in an entry's body: markup a phone cannot show safely, dead links, numbers and addresses."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from handbook.entry import Problem
from handbook.frontmatter import Document

HOTLINES = frozenset(
    [
        "110",
        "119",
        "120",
        "122",
        "12313",
        "12315",
        "12329",
        "12333",
        "12345",
        "12348",
        "12356",
        "12360",
        "12366",
        "12368",
        "12388",
        "12393",
    ]
)
SCHEMES = frozenset({"https", "tel"})

_TAG = re.compile(r"<\s*(?:/?[a-zA-Z][^<>]*|!--.*?--|!\w[^<>]*|\?[^<>]*)>?")
_LINK = re.compile(r"(?P<image>!?)\[(?P<label>[^\]\n]*)\]\(\s*<?(?P<target>[^)\s>]*)")
_REFERENCE = re.compile(r"^\s{0,3}\[[^\]\n]+\]:\s*(?P<target>\S+)")
_BARE_LINK = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*)://[^\s）)]+|\bwww\.[^\s）)]+")
_CODE = re.compile(r"```|~~~|`")
_TABLE = re.compile(r"^\s*\|.*\|\s*$|^\s*:?-{3,}:?\s*\|")
_CALLED = r"(?:拨打|拨|电话|热线|致电|打|咨询|联系)[^\d\n]{0,6}"
_PHONE = re.compile(
    r"(?<![\d.])(?:"
    r"1[3-9]\d[- ]?\d{4}[- ]?\d{4}"  # mobile
    r"|0\d{2,3}[-—－ ]?[2-9]\d{6,7}"  # with area code
    r"|[48]00[- ]?\d{3,4}[- ]?\d{3,4}"  # toll-free
    r"|[2-9]\d{7}(?!\s*(?:元|万|亿|年|号))"  # eight digits of Tianjin
    r")(?![\d.])"
)
_SHORT_NUMBER = re.compile(
    r"(?<![\d.])123\d\d(?!\d|\.\d|\s*(?:元|万|亿|人|户|家|平))|"
    + _CALLED
    + r"(?<!\d)(\d{3}|\d{5,6})(?!\d|\.\d|元|万|年|个|天|日|人|月|%|份)"
)
_ADDRESS = re.compile(
    r"[\u4e00-\u9fff]{1,8}(?:路|街|大道|道|胡同|巷)\s*\d{1,5}\s*号|\d{1,4}\s*号楼|[A-Za-z\d]+\s*座\s*\d+\s*[层室]|\d+\s*层\s*\d+\s*(?:室|号窗口)"
)


def body_problems(document: Document, ids: frozenset[str]) -> Iterator[Problem]:
    """Faults of the body, line by line; `ids` are the entries that links may lead to."""
    for number, line in enumerate(document.body.split("\n"), start=document.body_line):
        for message, advice in (*_markup(line), *_links(line, document.id, ids), *number_faults(line)):
            yield Problem(document.path, number, message, advice)


def number_faults(line: str) -> Iterator[tuple[str, str]]:
    """Phone numbers other than national hotlines, and street addresses: both belong in the district's profile."""
    advice = "全国热线之外的电话用变量，例如 {{ district.hotline }}"
    seen = set()
    for match in _PHONE.finditer(line):
        seen.add(match.group())
        yield f"像电话号码：{match.group()}", advice
    for match in _SHORT_NUMBER.finditer(line):
        number = match[1] or match.group()
        if number not in HOTLINES and number not in seen:
            yield f"像电话号码：{number}", advice
    for match in _ADDRESS.finditer(line):
        yield f"像地址：{match.group()}", "地址会变：写大厅名称，例如 {{ district.hall }}"


def _markup(line: str) -> Iterator[tuple[str, str]]:
    if (tag := _TAG.search(line)) is not None and not re.match(r"<\s*(https|tel):", tag.group()):
        yield f"不能用 HTML：{tag.group()[:30]}", "只用段落、列表、粗体和链接"
    if _CODE.search(line):
        yield "不能用代码标记 `", "删掉反引号"
    if _TABLE.search(line):
        yield "不能用表格", "改成列表，手机上看得清"
    if line.startswith("#") and not re.match(r"#{2} \S", line):
        yield "标题只能用「## 标题」", "改成两个井号加空格"


def _links(line: str, entry_id: str, ids: frozenset[str]) -> Iterator[tuple[str, str]]:
    targets = [match["target"] for match in _LINK.finditer(line) if not match["image"]]  # pictures: see media
    reference = _REFERENCE.match(line)
    if reference is not None:
        targets.append(reference["target"])
    for target in targets:
        yield from _target_faults(target, entry_id, ids)
    for match in _BARE_LINK.finditer(line):
        if match["scheme"] is None or match["scheme"].lower() not in SCHEMES:
            yield f"链接只能用 https：{match.group()[:40]}", "换成官方 https 网址，没有就只写名称"


def _target_faults(target: str, entry_id: str, ids: frozenset[str]) -> Iterator[tuple[str, str]]:
    try:
        parts = urlsplit(target)
    except ValueError:
        yield f"链接写错了：{target[:40]}", "换成官方 https 网址"
        return
    if parts.scheme == "tel":
        if parts.path not in HOTLINES:
            yield f"链接里的电话不是全国热线：{target[:40]}", "只能链接全国热线"
    elif parts.scheme or target.startswith("//"):
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
            yield f"链接只能用 https：{target[:40]}", "换成官方 https 网址，没有就只写名称"
    elif _linked_id(parts.path, entry_id) not in ids:
        yield f"链接指向的条目不存在：{target[:40] or '（空）'}", "写成 /h/类目/短名"


def _linked_id(path: str, entry_id: str) -> str:
    name = path.removeprefix("/h/").removesuffix(".md")
    while name.startswith(("./", "../")):
        name = name.removeprefix("./").removeprefix("../")
    return name if "/" in name else f"{entry_id.split('/')[0]}/{name}"
