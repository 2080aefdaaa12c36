"""An entry as the fields of a form, and back."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.panel.calls import Form, day_of
from handbook.check import PUBLIC_SECTIONS
from handbook.drafting import Draft, DraftSection
from handbook.entry import Basis, Kind
from handbook.fields import INTERNAL_HEADING
from handbook.proofing import Proof, Remark

KIND_NAMES = {
    Kind.ANSWER: "办事",
    Kind.POLICY: "政策",
    Kind.CASE: "案例",
    Kind.REDIRECT: "指路",
    Kind.OUT_OF_SCOPE: "不受理",
    Kind.SMALLTALK: "闲谈",
    Kind.COMMAND: "指令",
}
AUDIENCE_NAMES = {"public": "企业和工作人员都能看", "officer": "只给工作人员看"}
STANDARD = (*PUBLIC_SECTIONS, INTERNAL_HEADING)
SPARE_BASIS = 2
MAX_BASIS, MAX_SECTIONS = 12, 14
UNNAMED = "没写标题"
SECTION_HINTS = {
    "所需材料": "一行一样，前面加「- 」",
    "办理流程": "一行一步，写成「1. 」「2. 」",
    "常见问题": "**问：……？** 换行 答：……，两问之间空一行",
    INTERNAL_HEADING: "只给工作人员看，企业永远看不到",
}


@dataclass(frozen=True)
class SectionRow:
    """One section of the form; a standard one has a fixed heading."""

    number: int
    heading: str
    body: str
    is_standard: bool
    hint: str
    remarks: tuple[Remark, ...]


_FIELD_NAMES = {
    "questions": "问法", "unlike": "反例", "keywords": "关键词", "department": "责任部门", "category": "类目名",
    "audience": "给谁看", "kind": "种类", "command": "对应指令", "basis": "依据", "effective": "有效期",
    "approved": "审核部门和日期", "reviewed": "复核日期", "review_every": "复核天数", "related": "相关条目",
    "title": "标题", "from": "开始", "to": "结束", "by": "部门", "on": "日期",
}  # fmt: skip
_FIELD = re.compile(rf"(?<![a-z/_])(?:{'|'.join(sorted(_FIELD_NAMES, key=len, reverse=True))})(?![a-z/_])")
_FOR_FILES = re.compile(r"(?:，或)?照 kb/_template\.md (?:补上|写)|，或删掉这一行")
_HEADING = re.compile(r"^加上 ## .+")


def worded(remark: Remark) -> str:
    """A remark for somebody who sees a form, not a file."""
    message = _FIELD.sub(lambda match: _FIELD_NAMES[match[0]], remark.message).replace("反例 反例", "反例")
    advice = _FOR_FILES.sub("", _HEADING.sub("把这一节填上", remark.advice))
    advice = _FIELD.sub(lambda match: _FIELD_NAMES[match[0]], advice)
    return (
        f"{message.replace('缺少字段 ', '还没填：')} → {advice}"
        if advice
        else message.replace("缺少字段 ", "还没填：")
    )


def draft_from_form(form: Form) -> Draft:
    """What was typed, as a draft."""
    return Draft(
        title=form.text("title"),
        questions=tuple(lines(form.text("questions"))),
        unlike=tuple(lines(form.text("unlike"))),
        keywords=tuple(words(form.text("keywords"))),
        department=form.text("department"),
        category=form.text("category"),
        audience=form.text("audience"),
        kind=form.text("kind"),
        command=form.text("command"),
        districts=tuple(words(form.text("districts"))),
        basis=tuple(_basis(form)),
        effective_from=_day(form, "effective_from"),
        effective_to=_day(form, "effective_to"),
        approved_by=form.text("approved_by"),
        approved_on=_day(form, "approved_on"),
        reviewed=_day(form, "reviewed"),
        review_every=form.text("review_every"),
        related=tuple(words(form.text("related").replace("\n", "，"))),
        summary=form.text("summary"),
        sections=tuple(_sections(form)),
    )


def basis_rows(draft: Draft) -> list[Basis]:
    """The rows to show: those there are and a few empty ones."""
    spare = max(SPARE_BASIS, 3 - len(draft.basis)) if len(draft.basis) < MAX_BASIS else 0
    return [*draft.basis, *([Basis("")] * min(spare, MAX_BASIS - len(draft.basis)))]


def section_rows(draft: Draft, proof: Proof) -> list[SectionRow]:
    """Standard sections in their order, then the entry's others, then an empty one to add."""
    return [
        SectionRow(
            number,
            heading,
            body,
            is_standard,
            SECTION_HINTS.get(heading, ""),
            proof.at(f"section:{place}") if place is not None else (),
        )
        for number, (heading, body, is_standard, place) in enumerate(_rows(draft))
    ]


def written(draft: Draft) -> dict[str, str]:
    """What stands in the fields of the form for words of one's own, by their names, in their order."""
    rows = {f"body_{number}": body for number, (_, body, _, _) in enumerate(_rows(draft))}
    headings = {f"heading_{number}": heading for number, (heading, _, _, _) in enumerate(_rows(draft))}
    return {
        "title": draft.title,
        "summary": draft.summary,
        "questions": "\n".join(draft.questions),
        "unlike": "\n".join(draft.unlike),
        **rows,
        **headings,
        "department": draft.department,
        "approved_by": draft.approved_by,
        "keywords": joined(draft.keywords),
    }


def _rows(draft: Draft) -> list[tuple[str, str, bool, int | None]]:
    """Heading, text, whether it is a standard section, and its place in the draft, as the form shows them."""
    left = list(enumerate(draft.sections))
    rows: list[tuple[str, str, bool, int | None]] = []
    for heading in STANDARD if draft.kind == Kind.ANSWER else (INTERNAL_HEADING,):
        here = next(((n, section) for n, section in left if section.heading == heading), None)
        if here is not None:
            left.remove(here)
        rows.append((heading, here[1].body if here else "", True, here[0] if here else None))
    rows += [(section.heading, section.body, False, n) for n, section in left]
    if len(rows) < MAX_SECTIONS:
        rows.append(("", "", False, None))
    return rows


def lines(text: str) -> Iterator[str]:
    """Lines that are not blank, without list marks."""
    for line in text.split("\n"):
        cleaned = line.strip().removeprefix("- ").strip()
        if cleaned:
            yield cleaned


def words(text: str) -> Iterator[str]:
    """Words between commas of any kind."""
    for mark in ("、", ",", "；", ";"):
        text = text.replace(mark, "，")
    return (word.strip() for word in text.split("，") if word.strip())


def joined(values: Iterable[str]) -> str:
    """A list of words as one line."""
    return "，".join(values)


def _day(form: Form, name: str) -> str:
    """A day as files have it, however it was written; what is none stays as it is, to be found by the check."""
    day = day_of(form.text(name))
    return day.isoformat() if day else form.text(name)


def _basis(form: Form) -> Iterator[Basis]:
    for number in range(MAX_BASIS):
        title = form.text(f"basis_title_{number}").removeprefix("《").removesuffix("》")
        article, url = form.text(f"basis_article_{number}"), form.text(f"basis_url_{number}")
        if title or article or url:
            yield Basis(title, article, url)


def _sections(form: Form) -> Iterator[DraftSection]:
    for number in range(MAX_SECTIONS):
        heading, body = form.text(f"heading_{number}"), form.text(f"body_{number}")
        if body:
            yield DraftSection(heading or UNNAMED, body)
