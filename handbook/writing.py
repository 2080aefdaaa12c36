"""A new entry file from the template: never over an existing one."""

import json
import re
from datetime import date
from pathlib import Path

from handbook.loader import read_categories

TEMPLATE = "_template.md"
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*")


class WritingRefused(Exception):
    """The file was not written; the text says why, for people."""


def new_entry(kb_dir: Path, folder: Path, entry_id: str, *, title: str, today: date) -> Path:
    """Write `folder/<entry_id>.md` from `kb_dir/_template.md` with title, category and dates filled in.

    Raises WritingRefused.
    """
    if not _ID.fullmatch(entry_id):
        raise WritingRefused("编号要写成 类目/短名，只用小写字母、数字和连字符，例如 permit/food-truck")
    if not title.strip() or "\n" in title:
        raise WritingRefused("标题要是一句话")
    categories, _ = read_categories(kb_dir)
    category = categories.get(entry_id.split("/")[0])
    if category is None:
        raise WritingRefused(f"没有这个类目，可用：{'、'.join(sorted(categories))}")
    try:
        template = (kb_dir / TEMPLATE).read_text("utf-8")
    except OSError:
        raise WritingRefused(f"找不到模板 {kb_dir / TEMPLATE}") from None
    file = folder / f"{entry_id}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    text = _filled(template, title.strip(), category.label, today)
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError:
        raise WritingRefused(f"{file} 已经有了") from None
    return file


def _filled(template: str, title: str, category: str, today: date) -> str:
    """JSON strings are YAML strings, so any title is safe in quotes."""
    text = re.sub(
        r"^title:.*$",
        lambda _: f"title: {json.dumps(title, ensure_ascii=False)}",
        template,
        count=1,
        flags=re.MULTILINE,
    )
    text = re.sub(r"^category:.*$", lambda _: f"category: {category}", text, count=1, flags=re.MULTILINE)
    text = re.sub(r"on: \d{4}-\d\d-\d\d", f"on: {today.isoformat()}", text, count=1)
    return re.sub(r"^reviewed:.*$", f"reviewed: {today.isoformat()}", text, count=1, flags=re.MULTILINE)
