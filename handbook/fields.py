"""One document to one entry for one district: typed fields, overlays, variables; a fault for each misfit."""

import difflib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from handbook.entry import Basis, Entry, Kind, Problem, Section
from handbook.frontmatter import Document, Item

INTERNAL_HEADING = "内部提示"
FIELDS = (
    "title", "questions", "unlike", "keywords", "department", "category", "audience", "kind", "command",
    "districts", "basis", "effective", "approved", "reviewed", "review_every", "related",
)  # fmt: skip
REQUIRED = ("title", "questions", "department", "category", "audience", "kind", "approved", "reviewed")
AUDIENCES = ("public", "officer")
DEFAULT_REVIEW_DAYS = 180

_VARIABLE = re.compile(r"\{\{\s*district\.([a-z_][a-z0-9_]*)\s*\}\}")
_ANY_BRACES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
_HEADING = re.compile(r"##\s+(?P<name>.+?)(?:\s+@(?P<district>[a-z0-9_-]+))?\s*")


@dataclass(frozen=True)
class Part:
    """One `##` part as written: `district` is set for an overlay, `line` is that of the heading."""

    heading: str
    district: str
    body: str
    line: int


def entry_from(
    document: Document, *, district: str, variables: Mapping[str, str]
) -> tuple[Entry | None, list[Problem]]:
    """The entry as this district reads it; None when a fault makes it unfit to be served."""
    reader = _Reader(document)
    front = reader.front()
    lead, parts = split_body(document)
    sections = overlaid(parts, district)
    body_faults = _variable_faults(document, variables)
    if front is None or body_faults or reader.is_broken:
        return None, reader.problems + body_faults

    def filled(text: str) -> str:
        return _VARIABLE.sub(lambda match: variables[match[1]], text).strip()

    shown = tuple(
        Section(part.heading, filled(part.body)) for part in sections if part.heading != INTERNAL_HEADING
    )
    notes = "\n\n".join(filled(part.body) for part in sections if part.heading == INTERNAL_HEADING)
    entry = replace(front, summary=filled(lead), sections=shown, internal_notes=notes)
    return replace(entry, fingerprint=_fingerprint(entry)), reader.problems


def split_body(document: Document) -> tuple[str, list[Part]]:
    """The lead paragraph(s) before the first `##`, and the parts in order."""
    lead: list[str] = []
    parts: list[Part] = []
    current = lead
    head: tuple[str, str, int] | None = None
    for number, line in enumerate(document.body.split("\n"), start=document.body_line):
        match = _HEADING.fullmatch(line)
        if match is None:
            current.append(line)
            continue
        if head is not None:
            parts.append(Part(head[0], head[1], "\n".join(current).strip(), head[2]))
        head, current = (match["name"], match["district"] or "", number), []
    if head is not None:
        parts.append(Part(head[0], head[1], "\n".join(current).strip(), head[2]))
    return "\n".join(lead).strip(), parts


def overlaid(parts: list[Part], district: str) -> list[Part]:
    """Parts for one district: `## X @here` takes the place of `## X`, overlays of others are dropped."""
    own = {part.heading: part for part in parts if part.district and part.district == district}
    result = []
    for part in parts:
        if part.district:
            if part.district == district and all(
                other.heading != part.heading for other in parts if not other.district
            ):
                result.append(part)
            continue
        result.append(own.get(part.heading, part))
    return result


def _variable_faults(document: Document, variables: Mapping[str, str]) -> list[Problem]:
    faults = []
    for number, line in enumerate(document.body.split("\n"), start=document.body_line):
        for match in _ANY_BRACES.finditer(line):
            name = _VARIABLE.fullmatch(match[0])
            if name is None:
                faults.append(
                    Problem(
                        document.path,
                        number,
                        f"{match[0]} 不是变量",
                        "变量只有 {{ district.名字 }} 这一种写法",
                    )
                )
            elif name[1] not in variables:
                known = "、".join(sorted(variables)) or "（这个区没有变量）"
                faults.append(
                    Problem(document.path, number, f"没有变量 district.{name[1]}", f"可用的有：{known}")
                )
    return faults


def _fingerprint(entry: Entry) -> str:
    content = repr(replace(entry, path="", fingerprint=""))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


class _Reader:
    """Reads typed fields of one document and collects faults with their lines."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.is_broken = False

    def front(self) -> Entry | None:
        """The entry without its body; None when a required field cannot be used."""
        self._unknown_fields()
        for name in REQUIRED:
            if name not in self.document.fields:
                self._fault(
                    1,
                    f"缺少字段 {name}",
                    "照 kb/_template.md 补上",
                    breaks=name in {"title", "kind", "audience"},
                )
        kind = self._choice("kind", tuple(kind.value for kind in Kind))
        audience = self._choice("audience", AUDIENCES)
        title = self.text("title")
        if not kind or not audience or not title:
            self.is_broken = True
            return None
        effective, approved = (
            self._mapping("effective", ("from", "to")),
            self._mapping("approved", ("by", "on")),
        )
        return Entry(
            id=self.document.id,
            title=title,
            questions=self.texts("questions"),
            unlike=self.texts("unlike"),
            keywords=self.texts("keywords"),
            department=self.text("department"),
            category=self.text("category"),
            kind=Kind(kind),
            audience=audience,
            summary="",
            sections=(),
            internal_notes="",
            basis=self._basis(),
            reviewed=self._date(self.document.fields.get("reviewed"), "reviewed"),
            review_every=self._days("review_every"),
            related=self.texts("related"),
            effective_from=self._date(effective.get("from"), "effective.from"),
            effective_to=self._date(effective.get("to"), "effective.to"),
            approved_by=self._plain(approved.get("by"), "approved.by"),
            approved_on=self._date(approved.get("on"), "approved.on"),
            districts=self.texts("districts"),
            command=self.text("command"),
            path=self.document.path,
        )

    def text(self, name: str) -> str:
        """A text field, stripped; "" where absent."""
        return self._plain(self.document.fields.get(name), name)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; anything else in it is a fault."""
        item = self.document.fields.get(name)
        if item is None or item.value is None:
            return ()
        if not isinstance(item.value, list):
            self._fault(item.line, f"{name} 要写成列表", "每条前面加「- 」")
            return ()
        return tuple(text for child in item.value if (text := self._plain(child, name)))

    def _plain(self, item: Item | None, name: str) -> str:
        if item is None:
            return ""
        if isinstance(item.value, str) and item.value.strip():
            return item.value.strip()
        if item.value is None or item.value == "":
            self._fault(item.line, f"{name} 是空的", "填上内容，或删掉这一行")
        else:
            self._fault(
                item.line, f"{name} 里有读不成一句话的内容", "短语里有 : # , [ ] { } 时用双引号括起来"
            )
        return ""

    def _choice(self, name: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name)
        if value and value not in allowed:
            self._fault(
                self._line(name), f"{name} 不能是 {value}", f"只能是：{'、'.join(allowed)}", breaks=True
            )
            return ""
        return value

    def _date(self, item: Item | None, name: str) -> date | None:
        if item is None:
            return None
        text = self._plain(item, name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self._fault(
                item.line, f"{name} 不是日期：{text}", "写成 2026-11-20 这样", breaks=name == "effective.to"
            )
            return None

    def _days(self, name: str) -> int:
        text = self.text(name)
        if not text:
            return DEFAULT_REVIEW_DAYS
        if text.isascii() and text.isdigit() and 0 < int(text[:6]) <= 3650:
            return int(text[:6])
        self._fault(self._line(name), f"{name} 要是 1 到 3650 的天数", "例如 180")
        return DEFAULT_REVIEW_DAYS

    def _mapping(self, name: str, allowed: tuple[str, ...]) -> dict[str, Item]:
        item = self.document.fields.get(name)
        if item is None or item.value is None:
            return {}
        if not isinstance(item.value, dict):
            self._fault(item.line, f"{name} 要写成 {{{allowed[0]}: …}}", "照 kb/_template.md 写")
            return {}
        self._keys_within(item.value, name, allowed)
        return item.value

    def _basis(self) -> tuple[Basis, ...]:
        item = self.document.fields.get("basis")
        if item is None or item.value is None:
            return ()
        if not isinstance(item.value, list):
            self._fault(item.line, "basis 要写成列表", "每条写 - {title: …, article: 第X条}")
            return ()
        result = []
        for child in item.value:
            if not isinstance(child.value, dict):
                self._fault(
                    child.line, "basis 的每一条要写成 {title: …, article: 第X条}", "照 kb/_template.md 写"
                )
                continue
            self._keys_within(child.value, "basis", ("title", "article", "url"))
            if "title" not in child.value:
                self._fault(child.line, "basis 缺少 title", "写法规名称")
                continue
            result.append(
                Basis(
                    **{
                        key: self._plain(child.value.get(key), f"basis.{key}")
                        for key in ("title", "article", "url")
                    }
                )
            )
        return tuple(result)

    def _keys_within(self, mapping: dict[str, Item], name: str, allowed: tuple[str, ...]) -> None:
        for key, child in mapping.items():
            if key not in allowed:
                self._fault(child.line, f"{name} 里不认识 {key}", f"只有：{'、'.join(allowed)}")

    def _unknown_fields(self) -> None:
        for name, item in self.document.fields.items():
            if name not in FIELDS:
                near = difflib.get_close_matches(name, FIELDS, n=1)
                self._fault(
                    item.line,
                    f"不认识的字段 {name}",
                    f"是不是 {near[0]}？" if near else "删掉，或照 kb/_template.md 写",
                )

    def _line(self, name: str) -> int:
        item = self.document.fields.get(name)
        return item.line if item is not None else 1

    def _fault(self, line: int, message: str, advice: str, *, breaks: bool = False) -> None:
        self.is_broken = self.is_broken or breaks
        self.problems.append(Problem(self.document.path, line, message, advice))
