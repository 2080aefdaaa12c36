"""Read one entry file: bytes to YAML front matter and body, each value with its line; faults, never exceptions."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from handbook.entry import Problem

MAX_BYTES = 256 * 1024
MAX_DEPTH = 4
_FENCE = "---"
_FORBIDDEN_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_BOM = b"\xef\xbb\xbf"

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Item:
    """A YAML value with its line in the file (1 = first): text, list of items, mapping, or None."""

    value: "str | list[Item] | dict[str, Item] | None"
    line: int


@dataclass(frozen=True)
class Document:
    """One file taken apart; `path` as shown to people, `body_line` the line of the body's first character."""

    id: str
    path: str
    fields: dict[str, Item]
    body: str
    body_line: int
    raw: str


class _BadValue(Exception):
    """A YAML shape an entry never needs (alias, deep nesting, a key twice)."""

    def __init__(self, line: int, message: str, advice: str) -> None:
        super().__init__(message)
        self.line, self.message, self.advice = line, message, advice


def read_document(file: Path, *, entry_id: str, shown: str) -> tuple[Document | None, list[Problem]]:
    """Take `file` apart; the document is None when nothing of it can be used."""
    text, problems = _read_text(file, shown)
    if text is None:
        return None, problems
    front, body, body_line, fault = _split(text, shown)
    if fault is not None:
        return None, [*problems, fault]
    fields, faults = _parse_front(front, shown)
    problems += faults
    if fields is None:
        return None, problems
    return Document(entry_id, shown, fields, body, body_line, text), problems


def _read_text(file: Path, shown: str) -> tuple[str | None, list[Problem]]:
    def fault(message: str, advice: str, line: int = 1) -> tuple[None, list[Problem]]:
        return None, [Problem(shown, line, message, advice)]

    try:
        if file.is_symlink():
            return fault("这是一个符号链接", "把真正的文件放到这里")
        if not file.is_file():
            return fault("这不是普通文件", "换成一个 .md 文本文件")
        size = file.stat().st_size
        if size > MAX_BYTES:
            return fault(
                f"文件有 {size // 1024} KB，超过 {MAX_BYTES // 1024} KB", "一个条目只写一件事，请拆开"
            )
        data = file.read_bytes()
    except OSError as error:
        return fault(f"读不了这个文件（{error.strerror}）", "检查文件权限")
    problems = []
    if data.startswith(_BOM):
        data = data[len(_BOM) :]
        problems.append(
            Problem(shown, 1, "文件开头有 BOM 标记", "另存为「UTF-8（无 BOM）」", is_warning=True)
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return fault("不是 UTF-8 编码（可能是 GBK）", "用编辑器另存为 UTF-8", line)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    bad = _FORBIDDEN_CHARACTERS.search(text)
    if bad is not None:
        line = text[: bad.start()].count("\n") + 1
        return fault(f"有看不见的控制字符 U+{ord(bad.group()):04X}", "删掉这个字符", line)
    return text, problems


def _split(text: str, shown: str) -> tuple[str, str, int, Problem | None]:
    lines = text.split("\n")
    if lines[0].strip() != _FENCE:
        return "", "", 1, Problem(shown, 1, "第一行不是 ---", "照 kb/_template.md 的样子，从 --- 开始写")
    for number, line in enumerate(lines[1:], start=2):
        if line.rstrip() == _FENCE:
            return "\n".join(lines[1 : number - 1]), "\n".join(lines[number:]), number + 1, None
    return (
        "",
        "",
        1,
        Problem(shown, len(lines), "开头的 --- 没有配对的 ---（文件可能没写完）", "在字段后面补一行 ---"),
    )


def _parse_front(front: str, shown: str) -> tuple[dict[str, Item] | None, list[Problem]]:
    try:
        node = yaml.compose(front, Loader=_LOADER)
        item = _convert(node, seen=set(), depth=0) if node is not None else Item({}, 2)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 2 if mark is not None else 2
        advice = "检查冒号后的空格和缩进；短语里有 : # [ ] { } , 引号时用双引号括起来"
        return None, [Problem(shown, line, f"字段部分读不懂（{error.problem or error.context}）", advice)]
    except yaml.YAMLError:
        return None, [Problem(shown, 2, "字段部分读不懂", "检查有没有奇怪的字符")]
    except _BadValue as error:
        return None, [Problem(shown, error.line, error.message, error.advice)]
    if not isinstance(item.value, dict):
        return None, [Problem(shown, 2, "字段部分不是「字段: 值」的样子", "照 kb/_template.md 写")]
    return item.value, []


def _convert(node: yaml.Node, *, seen: set[int], depth: int) -> Item:
    line = node.start_mark.line + 2
    if id(node) in seen:
        raise _BadValue(line, "用了 YAML 别名（*）", "把内容直接写出来；短语以 * 或 & 开头时用双引号括起来")
    seen.add(id(node))
    if depth > MAX_DEPTH:
        raise _BadValue(line, "嵌套太深", "照 kb/_template.md 写")
    if isinstance(node, yaml.SequenceNode):
        return Item([_convert(child, seen=seen, depth=depth + 1) for child in node.value], line)
    if isinstance(node, yaml.MappingNode):
        return Item(_convert_mapping(node, seen=seen, depth=depth), line)
    value: Any = node.value
    is_null = node.tag == "tag:yaml.org,2002:null"
    return Item(None if is_null else str(value), line)


def _convert_mapping(node: yaml.MappingNode, *, seen: set[int], depth: int) -> dict[str, Item]:
    result: dict[str, Item] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 2
        if not isinstance(key_node, yaml.ScalarNode):
            raise _BadValue(line, "字段名不是文字", "短语里有 { } [ ] 时用双引号括起来")
        key = str(key_node.value)
        if key in result:
            raise _BadValue(line, f"字段 {key} 写了两次", "删掉一个")
        result[key] = _convert(value_node, seen=seen, depth=depth + 1)
    return result
