"""An entry as an editor handles it: plain text fields, written to and read from the entry's file."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import yaml

from handbook.entry import Basis
from handbook.fields import DEFAULT_REVIEW_DAYS, split_body
from handbook.frontmatter import Document, Item

MAX_SLUG = 40
_LINE_BREAKS = re.compile(r"\s*[\r\n\t\x0b\x0c\x85\u2028\u2029]\s*")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class DraftSection:
    """One `##` part; `heading` with its district (`办理渠道 @ninghe`) as written."""

    heading: str
    body: str


@dataclass(frozen=True)
class Draft:
    """Everything an entry file says, dates and numbers as typed, variables not filled in."""

    title: str = ""
    questions: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    department: str = ""
    category: str = ""
    audience: str = "public"
    kind: str = "answer"
    command: str = ""
    districts: tuple[str, ...] = ()
    basis: tuple[Basis, ...] = ()
    effective_from: str = ""
    effective_to: str = ""
    approved_by: str = ""
    approved_on: str = ""
    reviewed: str = ""
    review_every: str = str(DEFAULT_REVIEW_DAYS)
    related: tuple[str, ...] = ()
    summary: str = ""
    sections: tuple[DraftSection, ...] = ()


def draft_of(document: Document) -> Draft:
    """What a file says; values of the wrong shape are left out (the check names them)."""
    fields = document.fields
    lead, parts = split_body(document)
    effective, approved = _mapping(fields.get("effective")), _mapping(fields.get("approved"))
    return Draft(
        title=_text(fields.get("title")),
        questions=_texts(fields.get("questions")),
        unlike=_texts(fields.get("unlike")),
        keywords=_texts(fields.get("keywords")),
        department=_text(fields.get("department")),
        category=_text(fields.get("category")),
        audience=_text(fields.get("audience")) or "public",
        kind=_text(fields.get("kind")) or "answer",
        command=_text(fields.get("command")),
        districts=_texts(fields.get("districts")),
        basis=tuple(_basis(child) for child in _children(fields.get("basis"))),
        effective_from=_text(effective.get("from")),
        effective_to=_text(effective.get("to")),
        approved_by=_text(approved.get("by")),
        approved_on=_text(approved.get("on")),
        reviewed=_text(fields.get("reviewed")),
        review_every=_text(fields.get("review_every")) or str(DEFAULT_REVIEW_DAYS),
        related=_texts(fields.get("related")),
        summary=lead,
        sections=tuple(
            DraftSection(f"{part.heading} @{part.district}" if part.district else part.heading, part.body)
            for part in parts
        ),
    )


def markdown_of(draft: Draft) -> str:
    """The file for a draft; reading it back gives the same draft."""
    lines = ["---", f"title: {_scalar(draft.title)}"]
    lines += _block("questions", draft.questions) + _block("unlike", draft.unlike)
    lines += [
        f"keywords: {_flow(draft.keywords)}",
        f"department: {_scalar(draft.department)}",
        f"category: {_scalar(draft.category)}",
        f"audience: {_scalar(draft.audience)}",
        f"kind: {_scalar(draft.kind)}",
    ]
    if draft.command:
        lines.append(f"command: {_scalar(draft.command)}")
    lines.append(f"districts: {_flow(draft.districts)}")
    lines += _basis_lines(draft.basis)
    lines += _pair("effective", ("from", draft.effective_from), ("to", draft.effective_to))
    lines += _pair("approved", ("by", draft.approved_by), ("on", draft.approved_on))
    lines += [
        f"reviewed: {_scalar(draft.reviewed)}",
        f"review_every: {_scalar(draft.review_every or str(DEFAULT_REVIEW_DAYS))}",
        f"related: {_flow(draft.related)}",
        "---",
        _body_text(draft.summary),
    ]
    for section in draft.sections:
        lines += ["", f"## {_one_line(section.heading)}", _body_text(section.body)]
    return "\n".join(lines).rstrip() + "\n"


@cache
def _pronounce() -> Callable[[str], list[str]]:
    """pypinyin with its phrases, which the search leaves out: they take a moment, and only a name needs them."""
    from pypinyin import lazy_pinyin, load_phrases_dict
    from pypinyin.phrases_dict import phrases_dict

    load_phrases_dict(phrases_dict)
    return lazy_pinyin


def slug_of(title: str) -> str:
    """A short name from a title, by pronunciation: `怎么注册公司` → `zen-me-zhu-ce-gong-si`; "" if nothing can be said."""
    spoken = " ".join(_pronounce()(title)).lower()
    slug = "-".join(re.findall(r"[a-z0-9]+", spoken))
    while len(slug) > MAX_SLUG:
        slug = slug.rpartition("-")[0] or slug[:MAX_SLUG]
    return slug


def _basis_lines(basis: Iterable[Basis]) -> list[str]:
    rows = []
    for item in basis:
        pairs = [("title", item.title), ("article", item.article), ("url", item.url)]
        inside = ", ".join(f"{name}: {_scalar(value)}" for name, value in pairs if value)
        rows.append(f"  - {{{inside}}}")
    return ["basis:", *rows] if rows else ["basis: []"]


def _pair(name: str, *pairs: tuple[str, str]) -> list[str]:
    inside = ", ".join(f"{key}: {_scalar(value)}" for key, value in pairs if value)
    return [f"{name}: {{{inside}}}"] if inside else []


def _block(name: str, values: Iterable[str]) -> list[str]:
    rows = [f"  - {_scalar(value)}" for value in values]
    return [f"{name}:", *rows] if rows else [f"{name}: []"]


def _flow(values: Iterable[str]) -> str:
    return f"[{', '.join(_scalar(value) for value in values)}]"


def _scalar(text: str) -> str:
    """Plain where YAML reads it back unchanged inside brackets, quoted otherwise."""
    text = _one_line(text)
    return text if _is_plain(text) else json.dumps(text, ensure_ascii=False)


def _is_plain(text: str) -> bool:
    try:
        node = yaml.compose(f"[{text}]", Loader=_LOADER)
    except yaml.YAMLError:
        return False
    if not isinstance(node, yaml.SequenceNode) or len(node.value) != 1:
        return False
    only = node.value[0]
    plain = isinstance(only, yaml.ScalarNode) and only.style is None and only.tag != "tag:yaml.org,2002:null"
    return plain and only.value == text and not text.startswith(("&", "*", "!"))


def _one_line(text: str) -> str:
    return _LINE_BREAKS.sub(" ", text).strip()


def _body_text(text: str) -> str:
    """Body text that cannot open a section of its own."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    return "\n".join(line.rstrip() for line in lines)


def _text(item: Item | None) -> str:
    return item.value.strip() if item is not None and isinstance(item.value, str) else ""


def _texts(item: Item | None) -> tuple[str, ...]:
    return tuple(text for child in _children(item) if (text := _text(child)))


def _children(item: Item | None) -> list[Item]:
    return item.value if item is not None and isinstance(item.value, list) else []


def _mapping(item: Item | None) -> dict[str, Item]:
    return item.value if item is not None and isinstance(item.value, dict) else {}


def _basis(item: Item) -> Basis:
    values = _mapping(item)
    return Basis(_text(values.get("title")), _text(values.get("article")), _text(values.get("url")))
