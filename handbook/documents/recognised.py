"""What a district's own handbook calls things, and the drafts that come out of it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from handbook.drafting import Draft, DraftSection
from handbook.entry import Basis

# What districts write → the heading or field of ours. Longest names win over shorter ones within them.
SECTION_NAMES: Mapping[str, tuple[str, ...]] = {
    "办理条件": ("申请条件", "受理条件", "适用条件", "适用范围", "适用对象", "服务对象", "条件"),
    "所需材料": ("申请材料", "申报材料", "提交材料", "办理材料", "所需资料", "需要材料", "材料清单", "材料"),
    "办理流程": ("办理程序", "办事流程", "办理步骤", "申请流程", "操作步骤", "办理方式", "流程", "程序", "步骤"),
    "办理时限与费用": (
        "办理时限和费用", "时限与费用", "时限和费用", "法定时限", "承诺时限", "办理时限", "办结时限", "办理时间",
        "收费标准", "收费情况", "是否收费", "费用", "时限",
    ),
    "办理渠道": ("办理地点", "办理窗口", "受理地点", "受理窗口", "办理部门及地点", "咨询渠道", "网上办理", "渠道", "地点"),
    "常见问题": ("常见问答", "温馨提示", "注意事项", "热点问题", "faq"),
    "内部提示": ("内部备注", "工作提示", "内部", "备注"),
}  # fmt: skip
FIELD_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("事项名称", "问题", "标题", "事项", "名称", "咨询问题", "标准问题", "问"),
    "summary": ("答复", "答案", "简要答复", "回答", "标准答复", "短答", "解答", "回复", "答复口径", "口径", "答"),
    "questions": ("其他问法", "相似问法", "同义问法", "相似问题", "问法", "别的问法", "扩展问"),
    "unlike": ("反例", "不应匹配", "易混问题"),
    "keywords": ("关键词", "关键字", "标签"),
    "department": ("责任部门", "主管部门", "牵头部门", "负责部门", "责任单位", "牵头单位", "承办单位", "主办单位", "部门", "单位"),
    "category": ("类目", "类别", "分类", "所属类别", "事项类别", "一级分类", "栏目", "门类"),
    "basis": ("依据", "法律依据", "政策依据", "设定依据", "法规依据", "文件依据", "办理依据"),
    "approved_by": ("审核部门", "审定部门", "审核单位", "审核人"),
    "reviewed": ("复核日期", "审核日期", "更新日期", "更新时间", "复审日期"),
}  # fmt: skip
REQUIRED = {
    "department": "责任部门", "category": "类目", "questions": "其他问法", "unlike": "反例", "basis": "依据",
    "summary": "短答", "reviewed": "复核日期", "approved_by": "审核部门",
}  # fmt: skip
MAX_SUMMARY = 300
_LABEL_DRESS = re.compile(
    r"^[\s*#【\[（(]*(?:第?[一二三四五六七八九十\d]+(?:[、.．)）]|章|节|条)\s*)*|[\s*:：】\]）)]*$"
)
_CITATION = re.compile(
    r"《([^《》]{2,100})》\s*((?:第[零〇一二三四五六七八九十百千\d]+条(?:[、和及至]|第[一二三四五六七八九十\d]+款)*)*)"
)
_SPLIT = re.compile(r"[\n;；|｜]+")
_SENTENCE_END = re.compile(r"(?<=[。！？!?])")


@dataclass(frozen=True)
class Found:
    """One entry out of a document: `place` says where it stood, `notes` what was guessed or cut."""

    draft: Draft
    place: str
    notes: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """What an editor still has to write, by the names people use."""
        return tuple(shown for name, shown in REQUIRED.items() if not getattr(self.draft, name))


@dataclass(frozen=True)
class Reading:
    """A whole document: entries in order, and pieces (place, text) that belong to none of them."""

    found: tuple[Found, ...]
    left_over: tuple[tuple[str, str], ...] = ()
    headers: tuple[str, ...] = field(default=())


def bare_label(text: str) -> str:
    """`二、申请材料：` → `申请材料`."""
    return _LABEL_DRESS.sub("", re.sub(r"[（(].*?[)）]", "", text.strip())).strip().lower()


def section_name(label: str) -> str:
    """Our heading for a district's label; "" where it is none."""
    return _named(bare_label(label), SECTION_NAMES)


def field_name(label: str) -> str:
    """Our field for a district's label; "" where it is none."""
    return _named(bare_label(label), FIELD_NAMES)


def draft_from(values: Mapping[str, str], sections: Mapping[str, str]) -> tuple[Draft, tuple[str, ...]]:
    """A draft from raw texts by field and by heading, with notes on what was moved or guessed.

    A long answer becomes a short one of whole sentences, the rest goes to the notes for officers, so that
    nothing of the source is lost.
    """
    notes: list[str] = []
    kept = {name: text.strip() for name, text in sections.items() if text.strip()}
    summary, rest = shortened(values.get("summary", ""))
    if rest:
        kept["内部提示"] = "\n\n".join(
            part for part in (kept.get("内部提示", ""), f"导入时从短答里移出：{rest}") if part
        )
        notes.append("短答太长，后半段移到了内部提示")
    basis = citations(values.get("basis", ""))
    if not basis and (cited := citations("\n".join([values.get("summary", ""), *kept.values()]))):
        basis = cited
        notes.append("依据是从正文里认出来的")
    ordered = [name for name in SECTION_NAMES if name in kept] + [
        name for name in kept if name not in SECTION_NAMES
    ]
    draft = Draft(
        title=_one_line(values.get("title", "")),
        questions=_items(values.get("questions", "")),
        unlike=_items(values.get("unlike", "")),
        keywords=_items(values.get("keywords", ""), commas=True),
        department=_one_line(values.get("department", "")),
        category=_one_line(values.get("category", "")),
        basis=basis,
        approved_by=_one_line(values.get("approved_by", "")),
        reviewed=_day(values.get("reviewed", "")),
        summary=summary,
        sections=tuple(DraftSection(name, kept[name]) for name in ordered),
    )
    return draft, tuple(notes)


def shortened(text: str) -> tuple[str, str]:
    """One paragraph of whole sentences within the limit, and what did not fit."""
    whole = " ".join(text.split())
    if len(whole) <= MAX_SUMMARY:
        return whole, ""
    kept = ""
    for sentence in _SENTENCE_END.split(whole):
        if len(kept) + len(sentence) > MAX_SUMMARY:
            break
        kept += sentence
    kept = kept or whole[:MAX_SUMMARY]
    return kept.strip(), whole[len(kept) :].strip()


def citations(text: str) -> tuple[Basis, ...]:
    """Statutes named in 《》, with their articles where they follow."""
    found = [
        Basis(match[1].strip(), match[2].strip().rstrip("、和及至")) for match in _CITATION.finditer(text)
    ]
    return tuple(dict.fromkeys(found))


def with_category(found: Found, category: str) -> Found:
    """The same with a category, unless the document named one."""
    if found.draft.category or not category:
        return found
    return replace(found, draft=replace(found.draft, category=category))


def _named(label: str, names: Mapping[str, tuple[str, ...]]) -> str:
    if not label or len(label) > 12:
        return ""
    for name, others in names.items():
        if label == name.lower() or label in others:
            return name
    return ""


def _items(text: str, *, commas: bool = False) -> tuple[str, ...]:
    pieces = re.split(r"[\n;；|｜,，、]+", text) if commas else _SPLIT.split(text)
    cleaned = (re.sub(r"^\s*(?:[-•·●]|\d{1,2}[.、．)）])\s*", "", piece).strip() for piece in pieces)
    return tuple(dict.fromkeys(piece for piece in cleaned if piece))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _day(text: str) -> str:
    match = re.search(r"(20\d\d)\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})", text)
    return f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}" if match else ""
